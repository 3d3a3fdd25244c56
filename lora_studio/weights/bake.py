"""Writes a base model with LoRAs added to its weights; tensor by tensor, so a file of any size takes little memory."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lora_studio.errors import StudioError
from lora_studio.weights.base_layers import StoredLayer, layers_in_file
from lora_studio.weights.checkpoint import SingleFileFamily
from lora_studio.weights.convert import check_target
from lora_studio.weights.header import Header, read_header, read_tensor, read_tensor_bytes
from lora_studio.weights.lora import LoraModule
from lora_studio.weights.merge import Part
from lora_studio.weights.writing import DTYPE_CODES, PlannedTensor, check_finite, round_weights, write_model

# What the base says of itself that is no longer true of the new file.
_STALE_METADATA = (
    "modelspec.hash_sha256", "sshs_model_hash", "sshs_legacy_hash", "modelspec.date", "modelspec.thumbnail",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BakeResult:
    """What was written; `tensor_count` of its tensors differ from the base, all others are the same bytes."""

    path: Path
    size_bytes: int
    layer_count: int
    tensor_count: int
    sha256_data: str


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
    tensors = [
        PlannedTensor(name, info.dtype, info.shape, partial(_encode, base, header, name, changes.get(name, ())))
        for name, info in sorted(header.tensors.items(), key=lambda item: (item[1].begin, item[1].end))
    ]
    sha256_data = write_model(target, tensors, _metadata(base, header.metadata, parts, target), progress)
    layers = {change.place for of_tensor in changes.values() for change in of_tensor}
    return BakeResult(target, target.stat().st_size, len(layers), len(changes), sha256_data)


def _changes(
    base: Path, layers: Mapping[str, StoredLayer], family: SingleFileFamily, parts: Sequence[Part]
) -> dict[str, list[_Change]]:
    """By tensor of the base, what is added to it."""
    changes: dict[str, list[_Change]] = defaultdict(list)
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
            changes[layer.tensor].append(_Change(layer, module, part.weight, place))
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


def _metadata(base: Path, stated: Mapping[str, str], parts: Sequence[Part], target: Path) -> dict[str, str]:
    """What the base says of itself and is still true, with what was added; file names only, no folders."""
    sources = [stated, *(part.lora.metadata for part in parts)]
    told = {
        "modelspec.license": _joined([source.get("modelspec.license", "") for source in sources]),
        "modelspec.trigger_phrase": _joined([_trigger(source) for source in sources]),
        "modelspec.merged_from": ", ".join([base.name, *(f"{part.lora.path.name}:{part.weight:g}" for part in parts)]),
        "modelspec.title": target.stem,
    }
    kept = {key: text for key, text in stated.items() if key not in _STALE_METADATA}
    return {"format": "pt", **kept, **{key: text for key, text in told.items() if text}}


def _trigger(metadata: Mapping[str, str]) -> str:
    return metadata.get("modelspec.trigger_phrase") or metadata.get("ss_training_comment", "").replace("None", "")


def _joined(texts: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
