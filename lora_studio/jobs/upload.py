"""Putting a kit on the Hugging Face hub, in a process that lives only while it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lora_studio.errors import ExitCode, StudioError
from lora_studio.hub.parcel import Parcel
from lora_studio.hub.tokens import VARIABLE, Token, no_token
from lora_studio.jobs.download import HUB_SETTINGS
from lora_studio.jobs.told_process import run_told


def upload(
    parcel: Parcel,
    token: Token | None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> str:
    """Sends what `pack` listed and returns the address of its page. Call it only once the person has said yes.

    For any thread; `progress` hears bytes that have gone and all bytes, on it. Called off, nothing appears there but
    perhaps an empty page. The token goes in the process's environment: other programs can read its arguments.

    Raises:
        StudioError: `hub_no_token`; `cancelled`; as `lora_studio.hub.sending.send`; `hub_failed` when the process died.
    """
    if token is None:
        raise no_token()
    total = max(1, parcel.contents.size_bytes)

    def hear(told: Mapping[str, Any]) -> None:
        if progress and "done" in told:
            progress(min(told["done"], total), total)

    settings = {**HUB_SETTINGS, VARIABLE: token.text, "HF_HUB_DISABLE_XET": "1"}  # over plain HTTP we see how far it is
    words = ["put", parcel.model_dump_json()]
    told = run_told("lora_studio.hub", words, _failure(parcel), hear, cancelled, settings)
    return str(told["page"])


def _failure(parcel: Parcel) -> StudioError:
    return StudioError(
        "hub_failed", f"The kit could not be sent to {parcel.model_id}.", "The process that talks to the hub ended.",
        "Look at its page, then try again, and if it stays so, report it.", ExitCode.UNEXPECTED,
    )  # fmt: skip
