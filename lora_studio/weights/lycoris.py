"""What is written of a LoHa or LoKr checkpoint: factors as LyCORIS names them, a strength that all take alike.

Source: reference/lora-formats, section 1.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lora_studio.weights.adapter import StudioAdapter
from lora_studio.weights.factors import LOKR_PRODUCT, LOKR_WHOLE, second_factor, size_of_change
from lora_studio.weights.header import TensorReader
from lora_studio.weights.loading import tells_width
from lora_studio.weights.pieces import PlannedTensor, plan_weights


def written_alphas(adapter: StudioAdapter, strength: float) -> dict[str, float]:
    """By module the alpha to write: what it has times `strength`; of a LoKr of two whole factors its rank.

    There programs take 1 for the strength whatever alpha says, and whoever does reckon with it gets 1 too.
    """
    whole = whole_factors(adapter)
    notes = adapter.note.modules.items()
    return {module: float(note.rank) if module in whole else note.alpha * strength for module, note in notes}


def plan_factors(
    adapter: StudioAdapter, stems: Mapping[str, str], reader: TensorReader, dtype: str, strength: float
) -> Iterator[PlannedTensor]:
    """The factors of every module under its name in the file, `stems`; alphas are left to the caller."""
    whole = whole_factors(adapter)
    for module, stem in stems.items():
        for leaf in adapter.leaves(module):
            source = f"{module}.{leaf}"
            read: Callable[[], NDArray[np.generic]] = partial(reader.read, source)
            shape = adapter.header.tensors[source].shape
            if module in whole and leaf != LOKR_WHOLE[0]:
                if leaf == LOKR_PRODUCT[2]:
                    continue  # part of the second factor
                note = adapter.note.modules[module]
                read = partial(_scaled_second, adapter, module, reader, note.alpha / note.rank * strength)
                leaf, shape = LOKR_WHOLE[1], _second_shape(adapter, module)
            yield plan_weights(f"{stem}.{leaf}", dtype, shape, read, source)


def change_norms(
    adapter: StudioAdapter, stems: Mapping[str, str], reader: TensorReader, strength: float
) -> dict[str, float]:
    """The size of each module's change, by its name in the file."""
    norms = {}
    for module, stem in stems.items():
        note = adapter.note.modules[module]
        norms[stem] = note.alpha / note.rank * strength * size_of_change(_read_factors(adapter, module, reader))
    return norms


def whole_factors(adapter: StudioAdapter) -> frozenset[str]:
    """The modules of a LoKr whose second factor is written whole, where it is not a product or one has to be.

    InvokeAI tells SD 1.x from 2.x by the width of a layer that reads text, and finds it only where no factor is a
    product (`model_util.py` at 0eddabc8, read); SDXL it knows by name. So the first such layer is written whole.
    """
    if adapter.note.kind != "lokr":
        return frozenset()
    modules = adapter.note.modules
    found = {module for module in modules if adapter.leaves(module) == LOKR_WHOLE}
    telling = [module for module in modules if tells_width(module)]
    if adapter.note.family != "sdxl" and found.isdisjoint(telling):
        found.update(telling[:1])
    return frozenset(found)


def _scaled_second(adapter: StudioAdapter, module: str, reader: TensorReader, scale: float) -> NDArray[np.generic]:
    """The second factor with the strength folded in: its numbers are the larger ones, so 16 bit loses least of them."""
    return np.asarray(scale * second_factor(_read_factors(adapter, module, reader)), np.float32)


def _second_shape(adapter: StudioAdapter, module: str) -> tuple[int, ...]:
    tensors = adapter.header.tensors
    if adapter.leaves(module) == LOKR_WHOLE:
        return tensors[f"{module}.{LOKR_WHOLE[1]}"].shape
    left, right = (tensors[f"{module}.{leaf}"].shape for leaf in LOKR_PRODUCT[1:])
    return (left[0], right[1])


def _read_factors(adapter: StudioAdapter, module: str, reader: TensorReader) -> dict[str, NDArray[np.floating]]:
    return {leaf: reader.read(f"{module}.{leaf}").astype(np.float32, copy=False) for leaf in adapter.leaves(module)}
