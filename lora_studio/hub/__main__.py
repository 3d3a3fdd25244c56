"""The process that talks to the hub: `python -m lora_studio.hub look ID [FILE]`, `get OFFER FOLDER` or `put PARCEL`.

It is started when a person asks for it, tells what it does as JSON lines on stdout, and ends. Its parent may end
it at any moment: what was downloaded stays in FOLDER, and the next `get` goes on from there. A token is read by the
hub's own library where its owner put it, for `put` in this process's HF_TOKEN, and neither shown nor kept.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils._headers import build_hf_headers

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hub.failures import network_errors
from lora_studio.hub.offer import HubFile, Offer, choose_files, parse_id
from lora_studio.hub.parcel import Parcel
from lora_studio.hub.sending import send

TELL_EVERY_S = 0.5
ANSWER_WITHIN_S = 20.0


def main() -> int:
    """Does what the arguments say; the last line tells how it went."""
    try:
        if sys.argv[1] == "look":
            _tell(offer=look_up(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "").model_dump())
        elif sys.argv[1] == "put":
            _tell(page=send(Parcel.model_validate_json(sys.argv[2]), lambda done: _tell(done=done)))
        else:
            get(Offer.model_validate_json(sys.argv[2]), Path(sys.argv[3]), lambda done: _tell(done=done))
            _tell(got=True)
    except StudioError as error:
        _tell(error=error.as_dict(), exit_code=int(error.exit_code))
        return int(error.exit_code)
    return int(ExitCode.DONE)


def look_up(model_id: str, wanted: str = "") -> Offer:
    """What the hub has under this id.

    Raises:
        StudioError: `hub_unreachable`, `hub_unknown`, `hub_gated`, `hub_no_files`, `hub_many_files`.
    """
    with _hub_errors(model_id):
        info = HfApi().model_info(model_id, files_metadata=True, timeout=ANSWER_WITHIN_S)
    card = info.card_data
    stated = (card.get("license_name") or card.get("license") or "") if card else ""
    files = {
        file.rfilename: HubFile(
            name=file.rfilename, size_bytes=file.size or 0, sha256=(file.lfs.sha256 or "") if file.lfs else ""
        )
        for file in info.siblings or ()
    }
    chosen = choose_files(info.id, files, wanted)
    return Offer(
        model_id=parse_id(info.id),
        revision=info.sha or "main",
        licence=str(stated),
        is_gated=bool(info.gated),
        files=chosen,
    )


def get(offer: Offer, folder: Path, told: Callable[[int], None]) -> None:
    """Downloads what is missing of an offer into `folder`, and checks every file's size and checksum.

    Raises:
        StudioError: as `look_up`; `hub_damaged` for a file that came other than the hub says, which is removed;
            disk errors.
    """
    ended = threading.Event()
    teller = threading.Thread(target=_tell_size, args=(folder, told, ended), daemon=True)
    teller.start()
    try:
        for file in offer.files:
            with storage.disk_errors(folder), _hub_errors(offer.model_id):
                _get_file(offer, file, folder / file.name)
            _check(folder / file.name, file)
    finally:
        ended.set()
        teller.join()


def _get_file(offer: Offer, file: HubFile, path: Path) -> None:
    """Downloads one file; what has come of it lies beside its place until it is all there.

    `hf_hub_download` would begin anew each time: huggingface_hub 2.4 keeps no unfinished file.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    if part.exists() and part.stat().st_size > file.size_bytes:
        part.unlink()
    with part.open("ab") as stream:
        http_get(
            hf_hub_url(offer.model_id, file.name, revision=offer.revision),
            stream,
            resume_size=part.stat().st_size,
            headers=build_hf_headers(),
            expected_size=file.size_bytes,
            displayed_filename=path.name,
        )
    part.replace(path)


def _check(path: Path, file: HubFile) -> None:
    if path.stat().st_size == file.size_bytes and file.sha256 in ("", storage.sha256_file(path)):
        return
    storage.remove_tree(path)
    raise StudioError(
        "hub_damaged", f"{file.name} came damaged.", "It is not what the hub says it is, and was removed.",
        "Start the download again; what is whole is kept.",
    )  # fmt: skip


def _tell_size(folder: Path, told: Callable[[int], None], ended: threading.Event) -> None:
    """Tells every half second how many bytes have come, those of unfinished files too."""
    while not ended.wait(TELL_EVERY_S):
        told(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


@contextmanager
def _hub_errors(model_id: str) -> Iterator[None]:
    page = f"{constants.ENDPOINT}/{model_id}"
    with network_errors("What has come is kept."):
        try:
            yield
        except GatedRepoError as error:
            raise StudioError(
                "hub_gated", f"{model_id} can be had only after its licence was accepted.",
                f"Accept it at {page}, then run `hf auth login` in a terminal: downloads use no token of the app.",
                "Then try again; what has come is kept.",
            ) from error  # fmt: skip
        except (RepositoryNotFoundError, HFValidationError) as error:
            raise StudioError(
                "hub_unknown", f"The hub knows no model {model_id}.", "It may be written otherwise, private, or gone.",
                "Copy the id from the top of the model's page.",
            ) from error  # fmt: skip


def _tell(**facts: object) -> None:
    try:
        print(json.dumps(facts), flush=True)
    except OSError:  # whoever asked is gone, so nobody wants the rest now
        os._exit(int(ExitCode.INTERRUPTED))


if __name__ == "__main__":
    sys.exit(main())
