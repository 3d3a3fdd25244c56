"""What can go wrong between this computer and the hub, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from lora_studio.errors import StudioError

# The library's own class of every failed request: its error for answers is made from it.
_REQUEST_ERROR = cast(type[Exception], HfHubHTTPError.__bases__[0])


@contextmanager
def network_errors(safe: str) -> Iterator[None]:
    """Turn what the hub's library says of the network into `hub_unreachable`; `safe` tells what is safe."""
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise StudioError(
            "hub_unreachable", "The hub was not asked.",
            "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids it on this computer.",
            "Take that setting away, then try again.",
        ) from error  # fmt: skip
    except HfHubHTTPError as error:
        code = error.response.status_code
        raise StudioError(
            "hub_unreachable", "The hub did not answer as it should.", f"It says: {code}. {safe}",
            "Try again in a few minutes.",
        ) from error  # fmt: skip
    except (_REQUEST_ERROR, ConnectionError, TimeoutError) as error:
        raise _no_network(safe) from error
    except OSError as error:
        if error.errno is None:  # the library's word for an answer that ended early; the disk's have a number
            raise _no_network(safe) from error
        raise


def _no_network(safe: str) -> StudioError:
    return StudioError(
        "hub_unreachable", "The hub could not be reached.", safe,
        "Check the connection to the internet, then try again.",
    )  # fmt: skip
