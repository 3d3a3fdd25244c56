"""What the hub has under an id, and which of its files are needed to train on it. No network here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field

from lora_studio.errors import StudioError

SMALLEST_MODEL_BYTES = 1 << 30  # as `bases.SMALLEST_FILE_BYTES`: what lies at the top and is smaller is an adapter
_ID = re.compile(r"(?:https?://[^/\s]+/)?([\w.-]{1,96}/[\w.-]{1,96})(?:/tree/main)?/?")
_PARTS = ("unet", "vae", "text_encoder", "text_encoder_2")
_SETTINGS = ("model_index.json", "scheduler/scheduler_config.json")
_WORDS = ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


class HubFile(BaseModel):
    """One file of a model on the hub; `sha256` is empty for small ones, of which the hub keeps none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size_bytes: int
    sha256: str = ""


class Offer(BaseModel):
    """A model on the hub as it is now, with the files that would be downloaded.

    `revision` names this state of it. `licence` is what its page states, empty when it states none. `is_gated`: its
    owner wants the licence accepted first. `files` is what the app needs of it: a diffusers folder, or one file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_id: str
    revision: str = Field(pattern=r"^\w[\w.-]*$")
    licence: str
    is_gated: bool
    files: tuple[HubFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder in the diffusers layout, not one file."""
        return any(file.name == "model_index.json" for file in self.files)

    @property
    def folder_name(self) -> str:
        return self.model_id.replace("/", "--")


def parse_id(text: str) -> str:
    """The id, such as `owner/name`, in what a person typed or pasted; a model's page is understood too.

    Raises:
        StudioError: `hub_bad_id`.
    """
    found = _ID.fullmatch(text.strip())
    if found is None or ".." in found[1]:
        raise StudioError(
            "hub_bad_id", f"{text[:80]} is not the id of a model.",
            "An id has an owner and a name with a slash between, as in owner/name.",
            "Copy it from the top of the model's page.",
        )  # fmt: skip
    return found[1]


def choose_files(model_id: str, files: Mapping[str, HubFile], wanted: str = "") -> tuple[HubFile, ...]:
    """The files the app needs: those of a diffusers folder in one variant, else the one model in a single file.

    Only .safetensors files, settings and words; weights in half precision where every part has them, as they train
    alike and are half as large.

    Args:
        model_id: For the messages.
        files: All files by name.
        wanted: The single file that the person chose; it goes before everything else.

    Raises:
        StudioError: `hub_no_files` when nothing here can be trained; `hub_many_files` when the person has to choose.
    """
    if wanted:
        if wanted not in files or not wanted.endswith(".safetensors") or ".." in wanted or "\\" in wanted:
            raise StudioError(
                "hub_no_files", f"{model_id} has no file {wanted} that ends in .safetensors.", "",
                "Copy the name from the list of files on its page.",
            )  # fmt: skip
        return (files[wanted],)
    folder = _folder_files(files)
    if folder:
        return folder
    single = [
        file for name, file in files.items()
        if "/" not in name and name.endswith(".safetensors") and file.size_bytes >= SMALLEST_MODEL_BYTES
    ]  # fmt: skip
    if not single:
        has_old = any(PurePosixPath(name).suffix in (".ckpt", ".bin", ".pt") for name in files)
        old = " Its weights are in an old format that can carry programs." if has_old else ""
        raise StudioError(
            "hub_no_files", f"{model_id} has nothing the app can train on.",
            f"It has neither a whole diffusers folder nor a single model file, as .safetensors.{old}",
            "Choose another model.",
        )  # fmt: skip
    if len(single) > 1:
        names = ", ".join(f"{file.name} ({file.size_bytes / 1e9:.1f} GB)" for file in single[:8])
        raise StudioError(
            "hub_many_files", f"{model_id} has several models.", f"They are: {names}.",
            f"Say which one, for example: --file {single[0].name}",
        )  # fmt: skip
    return (single[0],)


def _folder_files(files: Mapping[str, HubFile]) -> tuple[HubFile, ...]:
    """What is needed of a diffusers folder; nothing when a part of it is not there as .safetensors."""
    if any(name not in files for name in _SETTINGS):
        return ()
    parts = [part for part in _PARTS if f"{part}/config.json" in files]
    if not {"unet", "vae", "text_encoder"} <= set(parts):
        return ()
    variants = [_weights(files, part) for part in parts]
    variant = next((name for name in ("fp16", "") if all(name in of_part for of_part in variants)), None)
    if variant is None:
        return ()
    names = [*_SETTINGS, *(f"{part}/config.json" for part in parts)]
    for part, of_part in zip(parts, variants, strict=True):
        names += of_part[variant]
        if len(of_part[variant]) > 1:  # weights in several files are found by an index
            names += [name for name in files if name.startswith(f"{part}/") and ".safetensors.index." in name]
    names += [f"{folder}/{word}" for folder in ("tokenizer", "tokenizer_2") for word in _WORDS]
    return tuple(files[name] for name in names if name in files)


def _weights(files: Mapping[str, HubFile], part: str) -> dict[str, list[str]]:
    """The .safetensors files of a part by variant; the plain ones are the variant without a name."""
    found: dict[str, list[str]] = {}
    for name in files:
        path = PurePosixPath(name)
        if str(path.parent) == part and path.suffix == ".safetensors" and not path.name.startswith("adapter"):
            _, *between, _ = path.name.split(".")
            variant = between[-1].partition("-")[0] if between else ""
            found.setdefault(variant, []).append(name)
    return found
