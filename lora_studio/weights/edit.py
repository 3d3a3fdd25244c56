"""Changes what an adapter file says about itself, and its cover; its tensors are copied byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.convert import check_target, family_marks
from lora_studio.weights.export import ExportResult
from lora_studio.weights.grouping import Scheme, group_tensors
from lora_studio.weights.header import MAX_METADATA_BYTES, Header, TensorInfo, read_header, read_tensor_bytes
from lora_studio.weights.inspect import find_scheme, guess_family
from lora_studio.weights.metadata import IMPLEMENTATION_BY_FAMILY, MAX_THUMBNAIL_BYTES, data_uri, without_folders
from lora_studio.weights.pieces import PlannedTensor
from lora_studio.weights.writing import write_tensors

_WORD_KEYS = {
    "title": ("modelspec.title",),
    "author": ("modelspec.author",),
    "license": ("modelspec.license",),
    "trigger": ("modelspec.trigger_phrase", "ss_training_comment"),
    "description": ("modelspec.description",),
    "usage_hint": ("modelspec.usage_hint",),
    "tags": ("modelspec.tags",),
}
_COVER_KEYS = ("modelspec.thumbnail", "ssmd_cover_images")
# How trainers' keys begin; what of them tells other programs how to use the file stays.
_SETTINGS = ("ss_", "ot_", "training_info")
_NEEDED = frozenset({
    "ss_base_model_version", "ss_v2", "ss_output_name", "ss_network_module", "ss_network_dim", "ss_network_alpha",
    "ss_network_args", "ss_training_comment",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class EditWish:
    """What to change. Of the words None leaves what is there, and empty text takes it away.

    Attributes:
        trigger: The words that call up what was taught.
        tags: Parted by commas.
        cover_jpeg: The new cover; empty bytes take it away.
        remove_settings: Takes away how it was trained: rates, steps, pictures, tags of captions.
    """

    title: str | None = None
    author: str | None = None
    license: str | None = None
    trigger: str | None = None
    description: str | None = None
    usage_hint: str | None = None
    tags: str | None = None
    cover_jpeg: bytes | None = None
    remove_settings: bool = False


@dataclass(frozen=True, slots=True)
class EditResult:
    """What was written, and which metadata changed, by key: new, other or gone."""

    written: ExportResult
    changed: tuple[str, ...]


def edit_adapter(source: Path, target: Path, wish: EditWish, family: FamilyId | None = None) -> EditResult:
    """Writes a copy of an adapter of any kind with other metadata; `sshs_model_hash` stays the same, and right.

    Places on a disk, which other programs leave in metadata, are cut to their last part.

    Args:
        source: The adapter; it is never changed.
        target: Where to.
        wish: What to change.
        family: Which base it is for, where the file does not tell.

    Raises:
        StudioError: as `read_header`; `not_an_adapter`; `bad_title` for an empty one; `metadata_too_large`; else as
            `check_target` and `write_tensors`.
        ValueError: the cover has more than 256 KiB.

    Source: ModelSpec 1.0.1; reference/lora-formats, section 3.
    """
    header = read_header(source)
    modules, strays = group_tensors(header)
    scheme = find_scheme(source, header, modules, strays)
    check_target(target, [source])
    guessed, _ = guess_family(source, header, modules)
    known = family or (guessed if guessed != "unknown" else None)
    metadata = _changed(header.metadata, wish)
    metadata = _marks(scheme, known, metadata, target) | metadata
    tensors = [
        PlannedTensor(name, info.dtype, info.shape, partial(read_tensor_bytes, source, header, name))
        for name, info in _in_file_order(header)
    ]
    sha256_data = write_tensors(target, tensors, metadata, keep_order=True)
    written = read_header(target)
    changed = {
        key for key in header.metadata | written.metadata if header.metadata.get(key) != written.metadata.get(key)
    }
    return EditResult(ExportResult(target, written.file_size, len(modules), sha256_data), tuple(sorted(changed)))


def _in_file_order(header: Header) -> list[tuple[str, TensorInfo]]:
    return sorted(header.tensors.items(), key=lambda item: (item[1].begin, item[1].end))


def _changed(stated: Mapping[str, str], wish: EditWish) -> dict[str, str]:
    """The metadata as wished."""
    if wish.title is not None and not wish.title.strip():
        raise StudioError(
            "bad_title", "An adapter cannot be without a title.", "ModelSpec demands one. Nothing was written.",
            "Give a title, or leave --title out to keep the one it has.",
        )  # fmt: skip
    metadata = without_folders(stated)
    if wish.remove_settings:
        metadata = {key: text for key, text in metadata.items() if not key.startswith(_SETTINGS) or key in _NEEDED}
    for field, keys in _WORD_KEYS.items():
        words: str | None = getattr(wish, field)
        if words is not None:
            # A1111 would decode a leading brace as JSON.
            metadata |= dict.fromkeys(keys, words.strip().lstrip("{"))
    if wish.cover_jpeg is not None:
        if len(wish.cover_jpeg) > MAX_THUMBNAIL_BYTES:
            raise ValueError(f"a cover of {len(wish.cover_jpeg)} bytes")
        metadata |= dict.fromkeys(_COVER_KEYS, "")
        if wish.cover_jpeg:
            metadata["modelspec.thumbnail"] = data_uri(wish.cover_jpeg)
    metadata = {key: text for key, text in metadata.items() if text}
    if sum(len(key.encode()) + len(text.encode()) for key, text in metadata.items()) > MAX_METADATA_BYTES * 0.9:
        raise StudioError(
            "metadata_too_large", "The file would say more about itself than programs read.",
            "All its metadata together may have 0.9 MB. Nothing was written.",
            "Shorten the description, or take away how it was trained with --remove-settings.",
        )  # fmt: skip
    return metadata


def _marks(scheme: Scheme, family: FamilyId | None, metadata: Mapping[str, str], target: Path) -> dict[str, str]:
    """What ModelSpec demands and other programs need to tell the base, for a file that does not say it."""
    if family is None:
        return {}
    marks = family_marks(family)
    architecture = metadata.get("modelspec.architecture") or marks.get("modelspec.architecture")
    if architecture:
        named_as = IMPLEMENTATION_BY_FAMILY[family] if scheme == "kohya" else "diffusers"
        marks |= {
            "modelspec.sai_model_spec": "1.0.1",
            "modelspec.implementation": named_as,
            "modelspec.title": metadata.get("ss_output_name") or target.stem,
        }
    return marks
