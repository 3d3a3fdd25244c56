"""What would be sent to the hub: a kit's files, where to, and who may see them. No network here."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.hub.offer import HubFile, parse_id

README = "README.md"
KIT_TAG = "lora-studio"  # stands among the tags of every kit's card; by it a page is known as one of our kits
_SENT = frozenset({".safetensors", ".md", ".txt", ".png", ".jpg", ".jpeg", ".webp"})
_LICENCE = re.compile(r"^license: *(\S.*?) *$", re.MULTILINE)


class KitContents(BaseModel):
    """What of a kit would be sent: every file by its name there, and nothing else.

    `licence` is what the card states, as the hub spells it; empty when it states none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[HubFile, ...]
    licence: str

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


class Parcel(BaseModel):
    """A kit on its way: from which folder, to which page, and whether everybody may see it there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str
    model_id: str
    is_public: bool
    contents: KitContents


def look_into(kit: Path) -> KitContents:
    """What would be sent of the kit in this folder: adapters, pictures and texts; hidden files and links stay.

    Raises:
        StudioError: `hub_not_a_kit`; as `storage.read_errors`.
    """
    with storage.read_errors(kit):
        files = tuple(
            HubFile(name=path.relative_to(kit).as_posix(), size_bytes=path.stat().st_size)
            for path in sorted(kit.rglob("*"), key=Path.as_posix)  # else Windows has an order of its own
            if path.suffix.lower() in _SENT and _is_plain(path, kit)
        )
    has_adapter = any(file.name.endswith(".safetensors") and "/" not in file.name for file in files)
    if not has_adapter or not any(file.name == README for file in files):
        is_zip = kit.suffix == ".zip" and kit.is_file()
        raise StudioError(
            "hub_not_a_kit", f"{kit.name} is not the folder of a sharing kit.",
            "A kit is a folder with an adapter and README.md in it. Nothing was sent.",
            "Unpack it first." if is_zip else "Make one: lora-studio kit RUN_OR_ADAPTER",
        )  # fmt: skip
    return KitContents(files=files, licence=_stated_licence(kit / README))


def pack(kit: Path, text: str, is_public: bool, listed: KitContents | None = None) -> Parcel:
    """Makes a kit ready to be sent. Nothing is sent by this.

    Args:
        kit: The folder.
        text: The page on the hub, as `owner/name` or as its address.
        is_public: Whether everybody may see it.
        listed: What the person was shown and has agreed to; None where it is shown afterwards.

    Raises:
        StudioError: `hub_bad_id`; `kit_changed` when it is not what was shown; `hub_no_licence` for a public page
            without one; as `look_into`.
    """
    model_id = parse_id(text)
    contents = look_into(kit)
    if listed is not None and contents != listed:
        raise StudioError(
            "kit_changed", f"The files in {kit.name} changed meanwhile.", "Nothing was sent.",
            "Look at the list again, then send it.",
        )  # fmt: skip
    if is_public and not contents.licence:
        raise StudioError(
            "hub_no_licence", "The kit states no licence.",
            "Nobody could know what may be done with it. Nothing was sent.",
            "Choose a licence for the adapter and make the kit again, or keep the page private.",
        )  # fmt: skip
    return Parcel(folder=str(kit.absolute()), model_id=model_id, is_public=is_public, contents=contents)


def _is_plain(path: Path, kit: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(kit).parts)
    return path.is_file() and not path.is_symlink() and not is_hidden


def _stated_licence(readme: Path) -> str:
    """The licence in the front matter of a card; empty without one."""
    with storage.read_errors(readme):
        lines = readme.read_text("utf-8", errors="replace").splitlines()
    if lines[:1] != ["---"] or "---" not in lines[1:]:
        return ""
    found = _LICENCE.search("\n".join(lines[1 : lines.index("---", 1)]))
    return found[1].strip("\"'") if found else ""
