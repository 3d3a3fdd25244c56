"""Makes a LoRA smaller: fewer ranks for each layer, the change as near as it can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lora_studio.weights.convert import check_target, own_dtype, write_lora
from lora_studio.weights.export import ExportResult
from lora_studio.weights.lora import Lora, LoraModule
from lora_studio.weights.low_rank import LowRank, Matrix, Squeezed, rank_for_energy, squeeze
from lora_studio.weights.rounding import check_finite
from lora_studio.weights.scratch import Scratch, open_scratch
from lora_studio.weights.writing import ExportDtype


@dataclass(frozen=True, slots=True)
class ResizeResult:
    """What was written, and which share (0 to 1) of the change is left: of all layers together, and of the worst.

    A share is of the sum of squares of the change, strength included. `ranks` counts layers by their new rank.
    """

    written: ExportResult
    kept: float
    worst_kept: float
    worst_module: str
    ranks: dict[int, int]


@dataclass(slots=True)
class EnergyTally:
    """Adds up how much of the change is left, layer by layer."""

    energy: float = 0.0
    kept: float = 0.0
    worst_kept: float = 1.0
    worst_module: str = ""

    def add(self, path: str, energy: float, kept: float) -> None:
        self.energy += energy
        self.kept += kept
        share = kept / energy if energy > 0 else 1.0
        if not self.worst_module or share < self.worst_kept:
            self.worst_kept, self.worst_module = share, path

    def result(self, written: ExportResult, modules: Mapping[str, LoraModule]) -> ResizeResult:
        share = self.kept / self.energy if self.energy > 0 else 1.0
        ranks = count_ranks(modules)
        return ResizeResult(written, share, self.worst_kept, self.worst_module, ranks)


def resize_lora(
    lora: Lora, target: Path, *, rank: int | None = None, keep: float | None = None, dtype: ExportDtype | None = None
) -> ResizeResult:
    """Writes a copy with fewer ranks, in kohya's scheme; layers that are small enough already keep every bit.

    Args:
        lora: From `read_lora`.
        target: Where to.
        rank: The most ranks a layer may have, at least 1; or
        keep: the share of each layer's change to keep, above 0 and up to 1. One of the two is given.
        dtype: None keeps each layer's own format.

    Raises:
        StudioError: as `check_target` and `write_lora`.
        ValueError: both or none of `rank` and `keep`, or one out of its range.
    """
    choose_rank = choose_by(rank, keep)
    check_target(target, [lora.path])
    tally = EnergyTally()
    with open_scratch(target) as scratch:
        modules = {path: _resize(module, path, choose_rank, scratch, tally) for path, module in lora.modules.items()}
        metadata = lora.metadata | describe_ranks(modules)
        written = write_lora(target, lora.family, modules, metadata, "kohya", dtype)
    return tally.result(written, modules)


def keep_squeezed(
    squeezed: Squeezed, alpha: float, layer_shape: tuple[int, ...], dtype: str, scratch: Scratch
) -> LoraModule:
    """A module of strength `alpha` for a squeezed change of a layer of this shape, (out, in) or (out, in, k, k)."""
    out, *inner = layer_shape
    rank = squeezed.change.down.shape[0]
    # The factors take up what the new strength, alpha / rank, is too little or too much.
    share = np.sqrt(rank / alpha)
    return LoraModule(
        scratch.keep(squeezed.change.down * share, (rank, *inner), dtype),
        scratch.keep(squeezed.change.up * share, (out, rank, *([1] * (len(inner) - 1))), dtype),
        alpha,
    )


def change_of(module: LoraModule, path: str, weight: float = 1.0) -> LowRank:
    """The whole change of the layer at `path` times `weight`, strength included.

    Raises:
        StudioError: `export_not_finite`; else as reading a factor.
    """
    down = module.down.read().astype(np.float64).reshape(module.rank, -1)
    up = module.up.read().astype(np.float64).reshape(-1, module.rank)
    check_finite(down, path)
    check_finite(up, path)
    return LowRank(up * (module.scale * weight), down)


def describe_ranks(modules: Mapping[str, LoraModule]) -> dict[str, str]:
    """The metadata other programs show as rank and alpha."""
    ranks = {module.rank for module in modules.values()}
    alphas = {module.alpha for module in modules.values()}
    return {
        "ss_network_dim": str(ranks.pop()) if len(ranks) == 1 else "Dynamic",
        "ss_network_alpha": f"{alphas.pop():g}" if len(alphas) == 1 else "Dynamic",
    }


def count_ranks(modules: Mapping[str, LoraModule]) -> dict[int, int]:
    """How many layers have which rank."""
    ranks = [module.rank for module in modules.values()]
    return {rank: ranks.count(rank) for rank in sorted(set(ranks))}


def choose_by(rank: int | None, keep: float | None) -> Callable[[Matrix], int]:
    """How many of a layer's singular values a resize to `rank`, or to the share `keep`, wants.

    Raises:
        ValueError: both or none of the two, or one out of its range.
    """
    if rank is not None and keep is None and rank >= 1:
        return lambda values: rank
    if keep is not None and rank is None and 0 < keep <= 1:
        return partial(rank_for_energy, share=keep)
    raise ValueError(f"rank {rank} and keep {keep}: one of them, in its range")


def _resize(
    module: LoraModule, path: str, choose_rank: Callable[[Matrix], int], scratch: Scratch, tally: EnergyTally
) -> LoraModule:
    squeezed = squeeze(change_of(module, path), choose_rank)
    if squeezed.change.down.shape[0] >= module.rank:
        tally.add(path, squeezed.energy, squeezed.energy)
        return module
    tally.add(path, squeezed.energy, squeezed.kept)
    # The alpha stays: diffusers and others misread files whose alphas differ from layer to layer.
    return keep_squeezed(squeezed, module.alpha, module.layer_shape, own_dtype(module), scratch)
