"""Makes a plain LoRA of an adapter of another kind: the nearest change of few ranks for each layer, its error told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lora_studio.errors import StudioError
from lora_studio.weights.base_layers import BaseLayers
from lora_studio.weights.convert import LoraScheme, check_target, write_lora
from lora_studio.weights.export import ExportResult
from lora_studio.weights.header import ITEM_BYTES
from lora_studio.weights.lora import LoraModule
from lora_studio.weights.low_rank import (
    Kronecker,
    LowRank,
    Squeezed,
    squeeze,
    squeeze_kronecker,
    squeeze_matrix,
    squeeze_whole,
)
from lora_studio.weights.other_kinds import Change, OtherAdapter, base_weight, whole
from lora_studio.weights.resize import choose_by, count_ranks, describe_ranks, keep_squeezed
from lora_studio.weights.rounding import round_weights
from lora_studio.weights.scratch import open_scratch
from lora_studio.weights.strength import check_strength, metadata_at
from lora_studio.weights.writing import DTYPE_CODES, ExportDtype

USUAL_KEEP = 0.99
# One for all layers, because diffusers and others misread files whose alphas differ.
_USUAL_ALPHA = 16.0
_OF_THE_OLD_KIND = ("ss_network_args",)


@dataclass(frozen=True, slots=True)
class PlainResult:
    """What was written, and how far it is from what the file did.

    An error is the root of the sum of squares of what is missing, as a share (0 to 1) of the change's; rounding to
    the number format included. `ranks` counts layers by rank. `left_out` names what no LoRA can hold.
    """

    written: ExportResult
    error: float
    worst_error: float
    worst_module: str
    ranks: dict[int, int]
    left_out: tuple[str, ...]


def make_plain(
    adapter: OtherAdapter,
    target: Path,
    *,
    rank: int | None = None,
    keep: float | None = None,
    base: BaseLayers | None = None,
    scheme: LoraScheme = "kohya",
    dtype: ExportDtype | None = None,
    strength: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> PlainResult:
    """Writes the plain LoRA nearest to `adapter`; one layer is in memory at a time.

    Args:
        adapter: From `read_other`.
        target: Where to; an older file there is replaced once the new one is good.
        rank: The most ranks a layer may have, at least 1; or
        keep: the share of each layer's change to keep, above 0 and up to 1. One of the two is given.
        base: What it was trained on; needed for a DoRA alone, whose change depends on it.
        scheme: As in `convert_lora`.
        dtype: None takes the file's own where all its numbers have one, else fp32.
        strength: Folded in, as by `with_strength`.
        progress: Hears how many layers of how many are done, on this thread.

    Raises:
        StudioError: `base_needed`, `families_differ`; as `base_weight`; `bad_strength`; `export_not_finite`; else as
            `check_target`, `read_tensor` and `write_lora`.
        ValueError: both or none of `rank` and `keep`, or one out of its range.
    """
    choose_by(rank, keep)
    check_strength(strength)
    _check_base(adapter, base)
    sources = [adapter.path, *({layer.file for layer in base.layers.values()} if base else ())]
    check_target(target, sources)
    code = DTYPE_CODES[dtype] if dtype else _own_dtype(adapter)
    alpha = float(rank or _USUAL_ALPHA)
    tally = _ErrorTally()
    modules: dict[str, LoraModule] = {}
    with open_scratch(target) as scratch:
        for place, module in adapter.modules.items():
            weight = base_weight(place, module, base) if base is not None and module.is_dora else None
            change = module.read(weight)
            squeezed = _squeeze(change, rank, keep)
            made = keep_squeezed(squeezed, alpha, module.shape, code, scratch)
            tally.add(place, change, made)
            modules[place] = LoraModule(made.down, made.up, alpha * strength)
            if progress:
                progress(len(modules), len(adapter.modules))
        written = write_lora(target, adapter.family, modules, _metadata(adapter, modules, strength), scheme)
    error, worst_error = tally.result()
    return PlainResult(written, error, worst_error, tally.worst_module, count_ranks(modules), adapter.left_out)


def foresee_bytes(adapter: OtherAdapter, rank: int) -> int:
    """The most bytes of the plain LoRA of this rank in the file's own format, but for its header."""
    sizes = [(module.shape[0], math.prod(module.shape[1:])) for module in adapter.modules.values()]
    item_bytes = ITEM_BYTES[_own_dtype(adapter)]
    return sum(min(rank, *size) * sum(size) * item_bytes + ITEM_BYTES["F32"] for size in sizes)


class _ErrorTally:
    """Sums of squares of the changes and of what is missing from them."""

    def __init__(self) -> None:
        self._energy = self._missing = self._worst = 0.0
        self.worst_module = ""

    def add(self, place: str, change: Change, made: LoraModule) -> None:
        """Compares what a layer's change was with what is kept of it, rounded as it will be written."""
        up, down = (
            round_weights(factor.read(), factor.dtype)[1].astype(np.float64).reshape(factor.shape[0], -1)
            for factor in (made.up, made.down)
        )
        wanted = whole(change)
        energy = float(np.square(wanted).sum())
        missing = float(np.square(wanted - made.scale * (up @ down)).sum())
        self._energy += energy
        self._missing += missing
        error = _root_share(missing, energy)
        if not self.worst_module or error > self._worst:
            self._worst, self.worst_module = error, place

    def result(self) -> tuple[float, float]:
        """The error of all layers together, and of the worst."""
        return _root_share(self._missing, self._energy), self._worst


def _root_share(missing: float, energy: float) -> float:
    return math.sqrt(missing / energy) if energy > 0 else 0.0


def _squeeze(change: Change, rank: int | None, keep: float | None) -> Squeezed:
    choose = choose_by(rank, keep)
    match change:
        case Kronecker():
            return squeeze_kronecker(change, choose)
        case LowRank(up, down):
            # Of a LoHa's many ranks few are wanted: then the whole matrix is cheaper than the SVD of its factors.
            if rank is None or up.shape[1] <= 2 * rank + 64:
                return squeeze(change, choose)
            return squeeze_matrix(up @ down, rank)
        case _:
            return squeeze_matrix(change, rank) if rank is not None else squeeze_whole(change, choose)


def _check_base(adapter: OtherAdapter, base: BaseLayers | None) -> None:
    if base is None and adapter.needs_base:
        raise StudioError(
            "base_needed", f"{adapter.path.name} is a DoRA: what it changes depends on the base it was trained on.",
            "Nothing was written.", "Say which base that is, as in --base MODEL.",
        )  # fmt: skip
    if base is not None and base.family != adapter.family:
        raise StudioError(
            "families_differ", f"{adapter.path.name} is not for a base like {base.name}.",
            f"The adapter is for {adapter.family}, the base is {base.family}. Nothing was written.",
            "Choose a base of the adapter's own family.",
        )  # fmt: skip


def _own_dtype(adapter: OtherAdapter) -> str:
    return adapter.dtypes[0] if len(adapter.dtypes) == 1 and adapter.dtypes[0] in DTYPE_CODES.values() else "F32"


def _metadata(adapter: OtherAdapter, modules: Mapping[str, LoraModule], strength: float) -> dict[str, str]:
    kept = {key: text for key, text in adapter.metadata.items() if key not in _OF_THE_OLD_KIND}
    return metadata_at(kept, strength) | {"ss_network_module": "networks.lora"} | describe_ranks(modules)
