"""How much each layer of a LoRA changes: the size of its weight change, without ever making the whole matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

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


def gram_of_down(down: NDArray[np.floating]) -> NDArray[np.floating]:
    """`down @ downᵀ`, shape (rank, rank), of a down matrix (rank, in[, k, k])."""
    return _gram(down.reshape(down.shape[0], -1))


def gram_of_up(up: NDArray[np.floating]) -> NDArray[np.floating]:
    """`upᵀ @ up`, shape (rank, rank), of an up matrix (out, rank[, 1, 1])."""
    return _gram(up.reshape(up.shape[0], -1).T)


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


def _gram(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        narrow = rows.astype(np.float32, copy=False)
        product = narrow @ narrow.T
    if _SMALLEST < product.trace() < _LARGEST:
        return product
    wide = rows.astype(np.float64)
    return np.asarray(wide @ wide.T)
