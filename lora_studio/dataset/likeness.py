"""Whether a drawn picture repeats a training picture. Arithmetic on small copies of pictures; reads no file.

Tried by `tests/trials/verdict_trial.py copies`; what it finds and what it misses stands in docs/verdicts.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALL_PX = 24
SHIFT_PX = 2  # of 24: a copy moved by up to 8 % of the side is still found
FEWEST_PICTURES = 4  # fewer cannot tell how far apart unrelated ones are
MOST_COMPARED = 300  # for the limit only: all pairs of more would take seconds
NEAR_SHARE = 0.1  # the nearest tenth may be duplicates or two of a kind
# Altered copies lie below 0.18, what a run learned by heart gave back at 0.2 to 0.35, other samples above 0.5.
LIMIT_SHARE = 0.6
LEAST_LIMIT = 0.1  # below it the pictures are so alike that a copy cannot be told from another one of them
LEAST_CONTRAST = 1.0  # of 255, the deviation below which a picture is flat, and like no other


def shrink(picture: Image.Image) -> NDArray[np.float32]:
    """The middle square of a picture in little. Shape (24, 24, 3), 0..255."""
    import numpy as np  # not at the top: a tenth of a second of the window's start

    small = ImageOps.fit(picture.convert("RGB"), (SMALL_PX, SMALL_PX), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32)


def picture_gaps(first: Sequence[NDArray[np.float32]], second: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """How unlike pictures are: 1 - correlation at the best shift, the second one mirrored or not.

    Args:
        first, second: What `shrink` gave, at least one each.

    Returns:
        Shape (first, second), 0 for the same picture, about 1 for unrelated ones, at most 2.
    """
    import numpy as np

    width = SMALL_PX - 2 * SHIFT_PX
    inner = slice(SHIFT_PX, SHIFT_PX + width)
    asked = _centred(np.stack(first)[:, inner, inner])
    plain = np.stack(second)
    best = np.full((len(first), len(second)), -1, np.float32)
    for known in (plain, plain[:, :, ::-1]):
        for down in range(2 * SHIFT_PX + 1):
            for right in range(2 * SHIFT_PX + 1):
                patch = _centred(known[:, down : down + width, right : right + width])
                np.maximum(best, asked @ patch.T, out=best)
    gaps: NDArray[np.float32] = 1 - best
    return gaps


def copy_limit(learned: Sequence[NDArray[np.float32]]) -> float | None:
    """The gap below which a drawn picture counts as a copy, from how far apart these training pictures are.

    None where that cannot be told: there are fewer than four, or they are too alike, as those of one face are.
    """
    if len(learned) < FEWEST_PICTURES:
        return None
    import numpy as np

    some = [learned[index] for index in np.unique(np.linspace(0, len(learned) - 1, MOST_COMPARED).astype(int))]
    gaps = picture_gaps(some, some)
    np.fill_diagonal(gaps, np.inf)
    limit = LIMIT_SHARE * float(np.quantile(gaps.min(axis=1), NEAR_SHARE))
    return limit if limit >= LEAST_LIMIT else None


def find_copies(drawn: NDArray[np.float32], by_base: NDArray[np.float32], limit: float) -> list[int | None]:
    """Which training picture each drawn one repeats, or None.

    A training picture that the base alone comes as near to, with the same prompt and seed, was not copied.

    Args:
        drawn: Gaps of the drawn pictures to the training pictures. Shape (drawn, training).
        by_base: Gaps of what the base alone drew instead. Shape (drawn, training).
        limit: What `copy_limit` gave.
    """
    found: list[int | None] = []
    for gaps, before in zip(drawn, by_base, strict=True):
        nearest = int(gaps.argmin())
        found.append(nearest if gaps[nearest] < limit <= before[nearest] else None)
    return found


def _centred(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    away = pictures - pictures.mean(axis=(1, 2), keepdims=True)  # of each channel: a tint alone is no likeness
    rows = away.reshape(len(pictures), -1)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.zeros_like(rows)
    np.divide(rows, lengths, out=unit, where=lengths > LEAST_CONTRAST * rows.shape[1] ** 0.5)
    return unit
