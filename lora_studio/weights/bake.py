"""Writes a base model with LoRAs added to its weights; tensor by tensor, so a model of any size takes little memory."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lora_studio import storage
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.base_layers import StoredLayer, layers_in_file, layers_in_folder
from lora_studio.weights.checkpoint import SingleFileFamily
from lora_studio.weights.convert import check_target
from lora_studio.weights.header import Header, read_header, read_tensor, read_tensor_bytes
from lora_studio.weights.lora import LoraModule
from lora_studio.weights.merge import Part
from lora_studio.weights.pieces import PlannedTensor
from lora_studio.weights.rounding import check_finite, round_weights
from lora_studio.weights.writing import DTYPE_CODES, write_model

# What the base says of itself that is no longer true of the new file.
_STALE_METADATA = (
    "modelspec.hash_sha256", "sshs_model_hash", "sshs_legacy_hash", "modelspec.date", "modelspec.thumbnail",
)  # fmt: skip
# In which formats a model's weights come.
WEIGHT_SUFFIXES = {".safetensors", ".bin", ".ckpt", ".pt", ".pth", ".msgpack", ".h5", ".onnx", ".pb"}
MOST_INDEX_BYTES = 64 * storage.MIB


@dataclass(frozen=True, slots=True)
class BakeResult:
    """What was written; `tensor_count` of its tensors differ from the base, all others are the same bytes.

    `sha256_data` is that of the tensor section; None for a folder, which has several.
    """

    path: Path
    size_bytes: int
    layer_count: int
    tensor_count: int
    sha256_data: str | None


@dataclass(frozen=True, slots=True)
class _Change:
    """What one LoRA adds to one layer."""

    layer: StoredLayer
    module: LoraModule
    weight: float
    place: str


def bake_loras(
    base: Path,
    family: SingleFileFamily,
    parts: Sequence[Part],
    target: Path,
    progress: Callable[[int, int], None] | None = None,
) -> BakeResult:
    """Writes the base with the weighted change of each LoRA added in float32 and rounded to the base's own format.

    Args:
        base: A model in one file, of the layout that `inspect_checkpoint` knows. It is never changed.
        family: Its family.
        parts: The LoRAs; one with the weight 0 adds nothing.
        target: Where to; an older file there is replaced once the new one is good.
        progress: Hears how many bytes of how many are written, on this thread.

    Raises:
        StudioError: `bad_strength`; `families_differ`; `layer_missing` when the base lacks a layer of a LoRA;
            `sizes_differ`; `number_format` for a layer in a format that cannot be rounded to; `bake_out_of_range`;
            `export_not_finite` for a LoRA that is broken; else as `check_target`, `read_header` and `write_model`.
    """
    check_target(target, [base, *(part.lora.path for part in parts)])
    header = read_header(base)
    changes = _changes(base, layers_in_file(base, header, family), family, parts)
    metadata = _metadata(base.name, header.metadata, parts, target)
    sha256_data = write_model(target, _plan(base, header, changes), metadata, progress)
    return BakeResult(target, target.stat().st_size, _layer_count(changes), len(changes), sha256_data)


def bake_folder(
    base: Path,
    files: Mapping[str, Sequence[Path]],
    family: FamilyId,
    parts: Sequence[Part],
    target: Path,
    progress: Callable[[int, int], None] | None = None,
) -> BakeResult:
    """Writes a model in the diffusers layout with LoRAs added, as a new folder that appears when all of it is there.

    Everything else in the folder is copied, but for what would still hold the old weights: other variants and formats
    of the parts that are loaded, models in one file beside them, and what is hidden.

    Args:
        base: The folder. It is never changed.
        files: Of each of its parts that an adapter can change (`unet`, `text_encoder`, …) the files that are loaded.
        family: Its family.
        parts: As in `bake_loras`.
        target: The folder to make; an empty one there is replaced.
        progress: Hears how many bytes of how many are written, on this thread.

    Raises:
        StudioError: `bad_file_name`; `folder_in_use` when there is something at `target`, `same_file` when it lies in
            the base; `disk_full` before anything is written when there is not enough room; else as `bake_loras`.
    """
    _check_folder(base, target)
    changes = _changes(base, layers_in_folder(files, family), family, parts)
    loaded = {path for paths in files.values() for path in paths}
    sources = [path for path in _files_below(base) if path in loaded or not _is_stale(path, base, files, loaded)]
    size_bytes = sum(path.stat().st_size for path in sources)
    storage.check_room(target, size_bytes)
    changed = {file for file, _ in changes}
    staged = storage.new_temp_dir(target.parent, "bake")
    done = 0

    def tell(of_file: int, _size: int) -> None:
        if progress:
            progress(min(done + of_file, size_bytes), size_bytes)

    try:
        for source in sources:
            copy = staged / source.relative_to(base)
            storage.make_dir(copy.parent)
            if source in changed:
                header = read_header(source)
                metadata = _metadata(base.name, header.metadata, parts, target)
                write_model(copy, _plan(source, header, changes), metadata, tell)
            else:
                storage.write_file(copy, _chunks(source, tell))
            done += source.stat().st_size
        tell(0, 0)
        storage.publish_dir(staged, target)
    finally:
        storage.remove_tree(staged)
    written = sum(path.stat().st_size for path in _files_below(target))
    return BakeResult(target, written, _layer_count(changes), len(changes), None)


def _check_folder(base: Path, target: Path) -> None:
    if target.suffix.lower() in WEIGHT_SUFFIXES:
        raise StudioError(
            "bad_file_name", f"{target.name} is the name of a file, but {base.name} is a folder, and so the result is.",
            "Nothing was written.", f"For example: --out {target.stem}",
        )  # fmt: skip
    if target.resolve().is_relative_to(base.resolve()):
        raise StudioError(
            "same_file", "The result cannot be saved into the model it comes from.", f"{base.name} is untouched.",
            "Choose another folder.",
        )  # fmt: skip
    if target.is_dir() and any(target.iterdir()):
        raise StudioError(
            "folder_in_use", f"{target.name} is already there.", f"{target} was not touched.", "Choose another name.",
        )  # fmt: skip


def _files_below(folder: Path) -> list[Path]:
    """Every file of a model, through links, but for what is hidden."""
    found: list[Path] = []
    seen: set[str] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        real = os.path.realpath(here)
        if real in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(real)
        found += [Path(here, name) for name in sorted(names) if not name.startswith(".")]
    return found


def _is_stale(path: Path, base: Path, files: Mapping[str, Sequence[Path]], loaded: set[Path]) -> bool:
    """Whether a file would bring the weights of before to whoever loads it in place of the ones that are loaded now."""
    if path.parent != base and not files.get(path.parent.relative_to(base).as_posix()):
        return False
    if ".index." in path.name and ".json" in path.name:
        named = storage.read_json(path, MOST_INDEX_BYTES)
        shards = named.get("weight_map", {}) if isinstance(named, dict) else {}
        return not all(path.with_name(name) in loaded for name in shards.values())
    return path.suffix.lower() in WEIGHT_SUFFIXES


def _chunks(path: Path, tell: Callable[[int, int], None]) -> Iterator[bytes]:
    size_bytes = path.stat().st_size
    with storage.read_errors(path), path.open("rb") as file:
        while chunk := file.read(storage.MIB):
            yield chunk
            tell(file.tell(), size_bytes)


def _plan(file: Path, header: Header, changes: Mapping[tuple[Path, str], Sequence[_Change]]) -> list[PlannedTensor]:
    """The tensors of a file, in its order, each with what is added to it."""
    return [
        PlannedTensor(name, info.dtype, info.shape, partial(_encode, file, header, name, changes.get((file, name), ())))
        for name, info in sorted(header.tensors.items(), key=lambda item: (item[1].begin, item[1].end))
    ]


def _layer_count(changes: Mapping[tuple[Path, str], Sequence[_Change]]) -> int:
    return len({change.place for of_tensor in changes.values() for change in of_tensor})


def _changes(
    base: Path, layers: Mapping[str, StoredLayer], family: FamilyId, parts: Sequence[Part]
) -> dict[tuple[Path, str], list[_Change]]:
    """By file and tensor of the base, what is added to it."""
    changes: dict[tuple[Path, str], list[_Change]] = defaultdict(list)
    for part in parts:
        lora = part.lora
        if not math.isfinite(part.weight):
            raise StudioError(
                "bad_strength", f"{lora.path.name} cannot count {part.weight:g} times.",
                "1 is as trained, below 0 the other way round.", "Give another strength, as in FILE:0.8.",
            )  # fmt: skip
        if lora.family != family:
            raise StudioError(
                "families_differ", f"{lora.path.name} is not for a base like {base.name}.",
                f"The adapter is for {lora.family}, the base is {family}. Nothing was written.",
                "Choose a base of the adapter's own family.",
            )  # fmt: skip
        for place, module in lora.modules.items() if part.weight else ():
            layer = _layer_for(base, layers, part, place, module)
            changes[layer.file, layer.tensor].append(_Change(layer, module, part.weight, place))
    return dict(changes)


def _layer_for(
    base: Path, layers: Mapping[str, StoredLayer], part: Part, place: str, module: LoraModule
) -> StoredLayer:
    name = part.lora.path.name
    layer = layers.get(place)
    if layer is None:
        raise StudioError(
            "layer_missing", f"{base.name} lacks a layer that {name} changes.",
            f"It is called {place}. Nothing was written.", "Choose the base that the adapter was trained on.",
        )  # fmt: skip
    if (module.up.shape[0], math.prod(module.down.shape[1:])) != (layer.shape[0], math.prod(layer.shape[1:])):
        raise StudioError(
            "sizes_differ", f"{name} and {base.name} are of different sizes.",
            f"The change to {place} does not fit. Nothing was written.",
            "Choose the base that the adapter was trained on.",
        )  # fmt: skip
    if layer.dtype not in DTYPE_CODES.values():
        raise StudioError(
            "number_format", f"{base.name} is stored in numbers that nothing can be added to.",
            f"{layer.tensor} is {layer.dtype}. Nothing was written.", "Choose a version of it in fp16, bf16 or fp32.",
        )  # fmt: skip
    return layer


def _encode(base: Path, header: Header, name: str, changes: Sequence[_Change]) -> bytes:
    if not changes:
        return read_tensor_bytes(base, header, name)
    weight = read_tensor(base, header, name).astype(np.float32)
    for change in changes:
        rows = weight[change.layer.rows]
        rows += _change_of(change).reshape(rows.shape)
    raw, kept = round_weights(weight, header.tensors[name].dtype)
    if not np.isfinite(kept).all():
        raise StudioError(
            "bake_out_of_range", "The sum is too large for the number format of the base.",
            f"First found in {name}. Nothing was written, the base is untouched.",
            "Use lower strengths, or a version of the base in fp32.",
        )  # fmt: skip
    return raw


def _change_of(change: _Change) -> NDArray[np.float32]:
    """The layer's change in float32, shape (out, in * k * k)."""
    module = change.module
    down = module.down.read().astype(np.float32).reshape(module.rank, -1)
    up = module.up.read().astype(np.float32).reshape(-1, module.rank)
    check_finite(down, change.place)
    check_finite(up, change.place)
    return np.asarray((up * np.float32(module.scale * change.weight)) @ down, np.float32)


def _metadata(base_name: str, stated: Mapping[str, str], parts: Sequence[Part], target: Path) -> dict[str, str]:
    """What the base says of itself and is still true, with what was added; file names only, no folders."""
    sources = [stated, *(part.lora.metadata for part in parts)]
    told = {
        "modelspec.license": _joined([source.get("modelspec.license", "") for source in sources]),
        "modelspec.trigger_phrase": _joined([_trigger(source) for source in sources]),
        "modelspec.merged_from": ", ".join([base_name, *(f"{part.lora.path.name}:{part.weight:g}" for part in parts)]),
        "modelspec.title": target.stem,
    }
    kept = {key: text for key, text in stated.items() if key not in _STALE_METADATA}
    return {"format": "pt", **kept, **{key: text for key, text in told.items() if text}}


def _trigger(metadata: Mapping[str, str]) -> str:
    return metadata.get("modelspec.trigger_phrase") or metadata.get("ss_training_comment", "").replace("None", "")


def _joined(texts: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
