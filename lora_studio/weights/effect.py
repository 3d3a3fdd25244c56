"""How much each layer of a LoRA changes: the size of its weight change, without ever making the whole matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from lora_studio.config.findings import Finding
from lora_studio.errors import StudioError

# A layer whose change is so much smaller than the largest one cannot be seen in a picture.
DEAD_SHARE = 1e-6
# Beyond these float32 loses the squares.
_SMALLEST, _LARGEST = 1e-30, 1e30


@contextmanager
def on_one_core() -> Iterator[None]:
    """Inside the block matrix products take one core.

    Small ones are no faster on all of them, and where those are busy, as beside a training, they wait: exporting
    SDXL at rank 68 took seconds.
    """
    with _linear_algebra().limit(limits=1, user_api="blas"):
        yield


@cache
def _linear_algebra() -> ThreadpoolController:
    return ThreadpoolController()


def measure_halves(halves: Sequence[NDArray[np.float32]]) -> list[NDArray[np.floating]]:
    """Of each half of a layer's change, as `rows_of_down` and `rows_of_up` give it, its product with itself.

    Returns:
        `rows @ rowsᵀ` of each, shape (rank, rank).
    """
    products: list[NDArray[np.floating]] = []
    for rank, alike in groupby(halves, len):
        together = list(alike)
        found = np.empty((len(together), rank, rank), np.float32)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            for rows, product in zip(together, found, strict=True):
                np.matmul(rows, rows.T, out=product)
            sizes = found.trace(axis1=1, axis2=2)
        is_exact = (sizes > _SMALLEST) & (sizes < _LARGEST)
        products += [
            product if exact else _in_float64(rows)
            for rows, product, exact in zip(together, found, is_exact.tolist(), strict=True)
        ]
    return products


def rows_of_down(down: NDArray[np.float32]) -> NDArray[np.float32]:
    """A down matrix (rank, in[, k, k]) as a row for each rank; no copy."""
    return down.reshape(down.shape[0], -1)


def rows_of_up(up: NDArray[np.float32]) -> NDArray[np.float32]:
    """An up matrix (out, rank[, 1, 1]) as a row for each rank; no copy."""
    return up.reshape(up.shape[0], -1).T


def change_norm(down_gram: NDArray[np.floating], up_gram: NDArray[np.floating], alpha: float) -> float:
    """The root of the sum of squares of `alpha / rank * (up @ down)`.

    The trace of a product does not change when its factors go round: ‖B·A‖² = tr(BᵀB · AAᵀ).
    """
    square = float(np.vdot(down_gram.astype(np.float64), up_gram.astype(np.float64)))
    return abs(alpha) / len(down_gram) * math.sqrt(max(square, 0.0))


def change_shares(norms: Mapping[str, float]) -> dict[str, float]:
    """Each module's share of the sum of squares of all changes; they add up to 1, or are all 0."""
    largest = max(norms.values(), default=0.0)
    if largest == 0:
        return dict.fromkeys(norms, 0.0)
    squares = {module: (norm / largest) ** 2 for module, norm in norms.items()}
    whole = math.fsum(squares.values())
    return {module: square / whole for module, square in squares.items()}


def effect_findings(norms: Mapping[str, float]) -> Iterator[Finding]:
    """What to tell about an adapter that changes nothing, or of which some layers change nothing."""
    largest = max(norms.values(), default=0.0)
    dead = [module for module, norm in norms.items() if norm <= DEAD_SHARE * largest]
    if dead and len(dead) == len(norms):
        yield Finding(
            code="no_effect", severity="stop", title="The adapter changes nothing.",
            detail="Every layer in it is zero, so pictures are those of the base alone.",
        )  # fmt: skip
    elif dead:
        yield Finding(
            code="dead_modules", severity="warn", title="Some layers of the adapter change nothing.",
            detail=f"{len(dead):,} of {len(norms):,}, such as {dead[0]}.",
        )  # fmt: skip


def refuse_no_effect(norms: Mapping[str, float]) -> None:
    """Refuses an adapter of which no layer changes anything.

    Raises:
        StudioError: `export_no_effect`.
    """
    if not any(norms.values()):
        raise StudioError(
            "export_no_effect",
            "The adapter changes nothing, so it was not saved.",
            "Every layer in it is zero. Your checkpoints are untouched.",
            "Save a later epoch, or train with a higher learning rate.",
        )


def _in_float64(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = rows.astype(np.float64)
    return np.asarray(wide @ wide.T)
