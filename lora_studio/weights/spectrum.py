"""How much of a LoRA would be left with fewer ranks, told before anything is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lora_studio.weights.convert import own_dtype
from lora_studio.weights.header import ITEM_BYTES
from lora_studio.weights.lora import Lora, LoraModule
from lora_studio.weights.low_rank import Matrix, singular_values
from lora_studio.weights.resize import EnergyTally, change_of, choose_by

_ALPHA_BYTES = 4


@dataclass(frozen=True, slots=True)
class Forecast:
    """What `resize_lora` would leave, in the terms of its result; `size_bytes` is that of the file but its header."""

    kept: float
    worst_kept: float
    worst_module: str
    ranks: dict[int, int]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The singular values of each layer's change, strength included, largest first, by the layer's path."""

    modules: Mapping[str, LoraModule]
    values: Mapping[str, Matrix]

    def foresee(self, *, rank: int | None = None, keep: float | None = None) -> Forecast:
        """What a resize to `rank`, or to the share `keep` of each layer's change, would leave.

        Raises:
            ValueError: as `resize_lora`.
        """
        choose_rank = choose_by(rank, keep)
        tally = EnergyTally()
        ranks: list[int] = []
        size_bytes = 0
        for path, values in self.values.items():
            module = self.modules[path]
            squares = np.square(values)
            energy = float(squares.sum())
            left = max(1, min(choose_rank(values), len(values)))
            tally.add(path, energy, float(squares[:left].sum()) if left < module.rank else energy)
            ranks.append(left)
            size_bytes += module_bytes(module, own_dtype(module), left)
        kept = tally.kept / tally.energy if tally.energy > 0 else 1.0
        counted = {one: ranks.count(one) for one in sorted(set(ranks))}
        return Forecast(kept, tally.worst_kept, tally.worst_module, counted, size_bytes)


def measure_spectrum(lora: Lora) -> Spectrum:
    """Reads every matrix once; a layer of rank r costs a QR of its two factors and an SVD of r × r.

    Raises:
        StudioError: as `change_of`.
    """
    values = {path: singular_values(change_of(module, path)) for path, module in lora.modules.items()}
    return Spectrum(lora.modules, values)


def module_bytes(module: LoraModule, dtype: str, rank: int | None = None) -> int:
    """Bytes of a layer in kohya's scheme, written as `dtype` with `rank` (None: its own) ranks."""
    per_rank = math.prod(module.down.shape[1:]) + module.up.shape[0]
    return per_rank * (rank or module.rank) * ITEM_BYTES[dtype] + _ALPHA_BYTES
