"""Adds LoRAs of one family into one file: the exact weighted sum, or the nearest to it with fewer ranks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_studio.errors import StudioError
from lora_studio.weights.convert import check_target, own_dtype, write_lora
from lora_studio.weights.lora import Lora, LoraModule
from lora_studio.weights.low_rank import LowRank, add, squeeze
from lora_studio.weights.resize import EnergyTally, ResizeResult, change_of, describe_ranks, keep_squeezed
from lora_studio.weights.scratch import Scratch, open_scratch
from lora_studio.weights.writing import DTYPE_CODES, ExportDtype

_TRIGGER_KEYS = ("ss_training_comment", "modelspec.trigger_phrase")


@dataclass(frozen=True, slots=True)
class Part:
    """One LoRA of several and how strongly it counts: 1 as trained, below 0 the other way round."""

    lora: Lora
    weight: float = 1.0


def merge_loras(
    parts: Sequence[Part], target: Path, *, rank: int | None = None, dtype: ExportDtype | None = None
) -> ResizeResult:
    """Writes the weighted sum of LoRAs, in kohya's scheme.

    A layer's ranks add up, to no more than it has rows or columns; `rank` squeezes it to at most so many. All modules
    get one alpha, because diffusers and others misread files whose alphas differ.

    Raises:
        StudioError: `bad_strength` for a weight of 0 or not finite; `families_differ`; `sizes_differ` when a layer
            has another size in another file; else as `check_target` and `write_lora`.
        ValueError: no part, or a rank below 1.
    """
    if not parts or (rank is not None and rank < 1):
        raise ValueError(f"{len(parts)} parts, rank {rank}")
    _check_parts(parts)
    check_target(target, [part.lora.path for part in parts])
    alpha = _common_alpha(parts)
    tally = EnergyTally()
    modules = {}
    with open_scratch(target) as scratch:
        for path in dict.fromkeys(path for part in parts for path in part.lora.modules):
            modules[path] = _merge(path, parts, alpha, rank, scratch, tally)
        metadata = _merged_metadata(parts, target) | describe_ranks(modules)
        written = write_lora(target, parts[0].lora.family, modules, metadata, "kohya", dtype)
    return tally.result(written, modules)


def _check_parts(parts: Sequence[Part]) -> None:
    first = parts[0].lora
    for part in parts:
        if not math.isfinite(part.weight) or part.weight == 0:
            raise StudioError(
                "bad_strength", f"{part.lora.path.name} cannot count {part.weight:g} times.",
                "With 0 it would leave nothing behind.", "Leave it out, or give another weight, as in FILE:0.8.",
            )  # fmt: skip
        if part.lora.family != first.family:
            raise StudioError(
                "families_differ", "These files are for different base models, so they cannot become one.",
                f"{first.path.name} is for {first.family}, {part.lora.path.name} for {part.lora.family}.",
                "Merge only files for the same base.",
            )  # fmt: skip


def _common_alpha(parts: Sequence[Part]) -> float:
    """One alpha for all layers, large enough that no factor has to grow."""
    ranks: Counter[str] = Counter()
    strengths: dict[str, float] = {}
    for part in parts:
        for path, module in part.lora.modules.items():
            ranks[path] += module.rank
            strengths[path] = max(strengths.get(path, 0.0), abs(part.weight) * module.scale)
    return max(strength * ranks[path] for path, strength in strengths.items())


def _merge(
    path: str, parts: Sequence[Part], alpha: float, rank: int | None, scratch: Scratch, tally: EnergyTally
) -> LoraModule:
    held = [(part, part.lora.modules[path]) for part in parts if path in part.lora.modules]
    _check_sizes(path, held)
    # Linear layers stand in some files as 1 × 1 convolutions; the longer form fits both.
    like = max((module for _, module in held), key=lambda module: len(module.down.shape))
    dtype = _widest([own_dtype(module) for _, module in held])
    whole = add([change_of(module, path, part.weight) for part, module in held])
    if rank is None and whole.down.shape[0] <= min(whole.up.shape[0], whole.down.shape[1]):
        return _stack(whole, alpha, like, dtype, scratch)
    squeezed = squeeze(whole, lambda values: rank or len(values))
    if squeezed.change.down.shape[0] == whole.down.shape[0]:
        tally.add(path, squeezed.energy, squeezed.energy)
        return _stack(whole, alpha, like, dtype, scratch)
    tally.add(path, squeezed.energy, squeezed.kept)
    return keep_squeezed(squeezed, alpha, like.layer_shape, dtype, scratch)


def _check_sizes(path: str, held: Sequence[tuple[Part, LoraModule]]) -> None:
    first, first_module = held[0]
    for part, module in held:
        if (module.up.shape[0], math.prod(module.down.shape[1:])) != (
            first_module.up.shape[0],
            math.prod(first_module.down.shape[1:]),
        ):
            names = f"{part.lora.path.name} and {first.lora.path.name}"
            raise StudioError(
                "sizes_differ", f"{names} are for bases of different sizes.",
                f"Their changes to {path} do not fit one another.", "Merge only files for the same base.",
            )  # fmt: skip


def _stack(whole: LowRank, alpha: float, like: LoraModule, dtype: str, scratch: Scratch) -> LoraModule:
    """The whole sum with its down matrices as they were, so that only the up matrices are rounded."""
    rank = whole.down.shape[0]
    return LoraModule(
        scratch.keep(whole.down, (rank, *like.down.shape[1:]), dtype),
        scratch.keep(whole.up * (rank / alpha), (like.up.shape[0], rank, *like.up.shape[2:]), dtype),
        alpha,
    )


def _widest(dtypes: Sequence[str]) -> str:
    """The format that loses nothing of any; fp16 and bf16 meet in F32."""
    return dtypes[0] if len(set(dtypes)) == 1 else DTYPE_CODES["fp32"]


def _merged_metadata(parts: Sequence[Part], target: Path) -> dict[str, str]:
    """What all files say alike, every trigger word, and which files these were."""
    stated = [part.lora.metadata for part in parts]
    metadata = {key: text for key, text in stated[0].items() if all(other.get(key) == text for other in stated)}
    for key in _TRIGGER_KEYS:
        words = [word.strip() for other in stated for word in other.get(key, "").split(",")]
        if told := ", ".join(dict.fromkeys(word for word in words if word and word != "None")):
            metadata[key] = told
    return metadata | {
        "ss_output_name": target.stem,
        "modelspec.title": target.stem,
        "modelspec.merged_from": ", ".join(f"{part.lora.path.name}:{part.weight:g}" for part in parts),
    }
