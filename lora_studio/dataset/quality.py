"""Measures of pictures that compare them with each other: sharpness and likeness. Arithmetic only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SAME_BITS = 4
# A hash with nearly all bits alike comes from a flat picture or a plain gradient: no likeness.
_LEAST_MIXED_BITS = 8
_ROWS_AT_ONCE = 512

_FEWEST_TO_JUDGE = 8
_SOFT_Z = -3.0
# In log units: in a folder of nearly equal sharpness, tiny differences must not count as many deviations.
_LEAST_SPREAD = 0.2


def measure_sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian of the grey picture, 0 for a flat one; compare only like sizes."""
    grey = np.asarray(image.convert("L"), dtype=np.float32)
    if min(grey.shape) < 3:
        return 0.0
    centre = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    return float(laplacian.var())


def find_soft(sharpness: Sequence[float]) -> list[int]:
    """Numbers of the pictures far softer than the rest: robust z below -3 on a log scale, by median and MAD.

    Fewer than eight pictures are not judged.
    """
    if len(sharpness) < _FEWEST_TO_JUDGE:
        return []
    logs = np.log1p(np.asarray(sharpness, dtype=np.float64))
    away = logs - np.median(logs)
    spread = max(1.4826 * float(np.median(np.abs(away))), _LEAST_SPREAD)
    return [int(number) for number in np.flatnonzero(away / spread < _SOFT_Z)]


def group_duplicates(content_sha256: Sequence[str], dhashes: Sequence[str]) -> list[tuple[int, ...]]:
    """Groups of picture numbers that are the same bytes or look alike: hashes within 4 of 64 bits.

    Args:
        content_sha256: Hash of each file's bytes.
        dhashes: Difference hash of each picture, 16 hexadecimal digits.

    Returns:
        Groups of two or more, in picture order. Likeness joins groups: a like b and b like c are one group.
    """
    leader = list(range(len(dhashes)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    def join(one: int, other: int) -> None:
        low, high = sorted((find(one), find(other)))
        leader[high] = low

    first_with: dict[str, int] = {}
    for number, digest in enumerate(content_sha256):
        join(number, first_with.setdefault(digest, number))
    for one, other in _alike_pairs(dhashes):
        join(one, other)
    groups: dict[int, list[int]] = {}
    for number in range(len(dhashes)):
        groups.setdefault(find(number), []).append(number)
    return [tuple(members) for members in groups.values() if len(members) > 1]


def _alike_pairs(dhashes: Sequence[str]) -> list[tuple[int, int]]:
    values = np.array([int(text, 16) for text in dhashes], dtype=np.uint64)
    mixed = np.bitwise_count(values)
    usable = np.flatnonzero((mixed >= _LEAST_MIXED_BITS) & (mixed <= 64 - _LEAST_MIXED_BITS))
    distinct, first, which = np.unique(values[usable], return_index=True, return_inverse=True)
    pairs = [(int(usable[number]), int(usable[first[kind]])) for number, kind in enumerate(which)]
    for start in range(0, len(distinct), _ROWS_AT_ONCE):
        rows = distinct[start : start + _ROWS_AT_ONCE, None]
        differing: NDArray[np.uint8] = np.bitwise_count(rows ^ distinct[None, start:])
        near_row, near_column = np.nonzero(differing <= _SAME_BITS)
        for row, column in zip(near_row, near_column, strict=True):
            if column > row:
                pairs.append((int(usable[first[start + row]]), int(usable[first[start + column]])))
    return pairs
