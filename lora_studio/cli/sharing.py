"""`kit` and `upload`: what is made to be shared, and the way to the Hugging Face hub."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lora_studio.cli.output import Printer, counted
from lora_studio.cli.runs import open_run
from lora_studio.cli.tools import agreed, tenths
from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs.folder import RunFolder

if TYPE_CHECKING:
    from lora_studio.hub.tokens import Token


def run_kit(
    source: Path, epoch: int | None, strength: float | None, cover: Path | None, out: Path | None, printer: Printer
) -> None:
    """Makes the kit of a run's epoch or of an adapter file, beside it if no place is given.

    Raises:
        StudioError: `usage` for an epoch of a file; as `open_run`, `make_run_kit` and `make_kit`.
    """
    from lora_studio.runs.kit import free_kit_path, make_kit, make_run_kit

    if source.is_file():
        if epoch is not None:
            raise StudioError(
                "usage", f"{source.name} is one file and has no epochs.", "Only runs have.", "Leave --epoch out.",
                ExitCode.USAGE,
            )  # fmt: skip
        target = out.absolute() if out else free_kit_path(source.absolute())
        made = make_kit(_run_of(source.absolute()), source, target, cover=cover, strength=strength)
    else:
        run = open_run(source)
        made = make_run_kit(run, out.absolute() if out else None, epoch=epoch, cover=cover, strength=strength)
    facts = {
        "kit": str(made.path),
        "size_bytes": made.size_bytes,
        "files": {file.name: file.size_bytes for file in made.files},
    }
    printer.result(
        facts,
        *(f"  {file.name} ({_megabytes(file.size_bytes)})" for file in made.files),
        f"Kit: {made.path} ({counted(len(made.files), 'file')}, {_megabytes(made.size_bytes)})",
        "Nothing was sent. Read README.md before you share it.",
    )


def _run_of(adapter: Path) -> RunFolder | None:
    """The run among whose exports the file lies."""
    run = RunFolder(adapter.parent.parent)
    return run if run.exports_dir == adapter.parent and run.is_run() else None


def run_upload(folder: Path, page: str, is_public: bool, asks_token: bool, is_sure: bool, printer: Printer) -> None:
    """Says what would be sent and who could see it, asks, and sends it.

    Raises:
        StudioError: `usage` when nobody can be asked; as `pack` and `upload`.
    """
    from lora_studio.hub.parcel import pack
    from lora_studio.jobs.upload import upload

    parcel = pack(folder, page, is_public)
    seen = "Everybody can see and download it" if is_public else "Only you can see it"
    printer.lines(
        [
            f"To {parcel.model_id} on the Hugging Face hub. {seen}.",
            *(f"  {file.name} ({_megabytes(file.size_bytes)})" for file in parcel.contents.files),
            f"Licence: {parcel.contents.licence or 'none is stated'}",
        ]
    )
    token = _token(asks_token, printer)
    if not is_sure and not agreed(printer, "send", "Nothing was sent."):
        printer.result({"page": None}, "Nothing was sent.")
        return
    address = upload(parcel, token, tenths(printer, "sent", "waiting for the hub"))
    printer.result(
        {
            "page": address,
            "public": is_public,
            "files": len(parcel.contents.files),
            "size_bytes": parcel.contents.size_bytes,
        },
        f"It is there: {address}",
    )
    if token.source == "typed":
        _offer_to_keep(token, printer)


def _token(asks: bool, printer: Printer) -> Token:
    """The kept token, or the one the person types; it is not shown while typed."""
    from lora_studio.hub.tokens import find_token, no_token, read_typed

    found = None if asks else find_token()
    if found is not None:
        return found
    if printer.as_json or not sys.stdin.isatty():
        raise no_token()
    return read_typed(getpass.getpass("Token (not shown, from huggingface.co/settings/tokens): "))


def _offer_to_keep(token: Token, printer: Printer) -> None:
    from lora_studio.hub.tokens import keep_token

    if input("Keep the token in this computer's keyring? [y/N] ").strip().lower() not in ("y", "yes"):
        return
    try:
        keep_token(token)
    except StudioError as error:  # the kit is there all the same
        printer.line(str(error))


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:.1f} kB"
