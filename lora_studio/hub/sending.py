"""Putting a kit on the hub: a page is made, its files go there, and appear all at once."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi, constants
from huggingface_hub.errors import BadRequestError, HfHubHTTPError, HFValidationError

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.hub.failures import network_errors
from lora_studio.hub.parcel import KIT_TAG, Parcel

TELL_EVERY_S = 0.25
_SAFE = "The files appear there only all together, and they have not."


def send(parcel: Parcel, told: Callable[[int], None]) -> str:
    """Sends a kit and returns the address of its page; `told` hears the bytes that have gone, up to all.

    A page that is not there is made. One that is there gets the files as its next state when it is an earlier kit or
    empty, and as private or public as wished.

    Raises:
        StudioError: `hub_token_wrong`, `hub_not_allowed`, `hub_name_taken`, `hub_seen_otherwise`, `hub_refused`,
            `hub_unreachable`; as `storage.read_errors`.
    """
    api = HfApi()
    with _send_errors(parcel):
        _check_owner(api, parcel)
        try:
            api.create_repo(parcel.model_id, private=not parcel.is_public)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
            _check_page(api, parcel)
        with ExitStack() as stack:
            progress = _Progress(told)
            operations = [_addition(stack, parcel, file.name, progress) for file in parcel.contents.files]
            api.create_commit(parcel.model_id, operations, commit_message="Add the kit made with LoRA Studio")
    told(parcel.contents.size_bytes)
    return f"{constants.ENDPOINT}/{parcel.model_id}"


class _Progress:
    """Sums up how far each file was read for sending, and tells it a few times a second."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told
        self._read: dict[str, int] = {}
        self._told_at = 0.0

    def take(self, name: str, position: int) -> None:
        self._read[name] = max(position, self._read.get(name, 0))
        if time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = time.monotonic()
            self._told(sum(self._read.values()))


class _SentFile(io.BufferedReader):
    """A file that says how far it was read, once its checksum was taken. An open file is sent over plain HTTP."""

    def __init__(self, path: Path, name: str, progress: _Progress) -> None:
        super().__init__(io.FileIO(path))
        self._name = name
        self._progress = progress
        self.is_on_its_way = False

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.is_on_its_way:
            self._progress.take(self._name, self.tell())
        return data


def _addition(stack: ExitStack, parcel: Parcel, name: str, progress: _Progress) -> CommitOperationAdd:
    path = Path(parcel.folder, name)
    with storage.read_errors(path):
        file = stack.enter_context(_SentFile(path, name, progress))
        addition = CommitOperationAdd(path_in_repo=name, path_or_fileobj=file)
        assert addition.upload_info.sha256  # reads the whole file, here at the latest
    file.seek(0)
    file.is_on_its_way = True
    return addition


def _check_owner(api: HfApi, parcel: Parcel) -> None:
    person = api.whoami()
    names = [person["name"], *(group["name"] for group in person.get("orgs", ()))]
    owner = parcel.model_id.partition("/")[0]
    if owner.casefold() not in (name.casefold() for name in names):
        raise StudioError(
            "hub_not_allowed", f"The token belongs to {person['name']}, who cannot make pages for {owner}.",
            f"It can for {', '.join(names)}. Nothing was sent.", f"Use {person['name']} as the owner.",
        )  # fmt: skip


def _check_page(api: HfApi, parcel: Parcel) -> None:
    """Whether what is there already may be followed by this kit."""
    page = api.model_info(parcel.model_id)
    files = [file.rfilename for file in page.siblings or () if file.rfilename != ".gitattributes"]
    if files and KIT_TAG not in (page.tags or ()):
        raise StudioError(
            "hub_name_taken", f"There is already something else at {parcel.model_id}.",
            "It is no kit of LoRA Studio, and was not touched.", "Choose another name.",
        )  # fmt: skip
    if bool(page.private) == parcel.is_public:
        there, wished = ("private", "public") if page.private else ("public", "private")
        raise StudioError(
            "hub_seen_otherwise", f"The page {parcel.model_id} is {there}, and this kit is to be {wished}.",
            "Nothing was sent.", f"Send it as {there}, change the page on the hub, or choose another name.",
        )  # fmt: skip


@contextmanager
def _send_errors(parcel: Parcel) -> Iterator[None]:
    with network_errors(_SAFE):
        try:
            with _unwrapped():
                yield
        except HFValidationError as error:
            raise StudioError(
                "hub_bad_id", f"The hub takes no page named {parcel.model_id}.", "Nothing was sent.",
                "Use letters, digits, dashes, dots and underscores, with no two dashes or dots side by side.",
            ) from error  # fmt: skip
        except BadRequestError as error:
            raise StudioError(
                "hub_refused", "The hub refused the kit.", f"It says: {str(error.server_message)[:300]}. {_SAFE}",
                "Look into README.md of the kit, then try again.",
            ) from error  # fmt: skip
        except HfHubHTTPError as error:
            if error.response.status_code == 401:
                raise StudioError(
                    "hub_token_wrong", "The hub does not know this token.",
                    "It may be mistyped, expired or taken back. Nothing was sent.",
                    f"Make one that may write at {constants.ENDPOINT}/settings/tokens, and use that.",
                ) from error  # fmt: skip
            if error.response.status_code == 403:
                raise StudioError(
                    "hub_not_allowed", f"This token may not write to {parcel.model_id}.", _SAFE,
                    f"Make one that may write at {constants.ENDPOINT}/settings/tokens, and use that.",
                ) from error  # fmt: skip
            raise


@contextmanager
def _unwrapped() -> Iterator[None]:
    """The library wraps what goes wrong with one large file; the cause is what can be told."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error.__cause__, Exception):
            raise error.__cause__ from error
        raise
