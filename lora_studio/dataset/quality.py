"""Measures of pictures that compare them with each other: sharpness and likeness. Arithmetic only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAME_BITS = 4
# Copies saved again, halved or brightened differ by at most 14 of 255 in the mean colour of any of 256 cells; two
# drawings of one face with another mouth by 76 and more (the Practice base's sample projects).
COLOUR_CELLS = 16
_SAME_COLOUR = 48
# A hash with nearly all bits alike comes from a flat picture or a plain gradient: no likeness.
_LEAST_MIXED_BITS = 8
_ROWS_AT_ONCE = 512

_FEWEST_TO_JUDGE = 8
_SOFT_Z = -3.0
# In log units: in a folder of nearly equal sharpness, tiny differences must not count as many deviations.
_LEAST_SPREAD = 0.2


def measure_sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian of the grey picture, 0 for a flat one; compare only like sizes."""
    import numpy as np  # not at the top: a tenth of a second of the window's start

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
    import numpy as np  # not at the top: a tenth of a second of the window's start

    logs = np.log1p(np.asarray(sharpness, dtype=np.float64))
    away = logs - np.median(logs)
    spread = max(1.4826 * float(np.median(np.abs(away))), _LEAST_SPREAD)
    return [int(number) for number in np.flatnonzero(away / spread < _SOFT_Z)]


def mean_colours(image: Image.Image) -> bytes:
    """The mean colours of 16 × 16 cells of the picture, RGB, row by row."""
    cells = (COLOUR_CELLS, COLOUR_CELLS)
    return image.convert("RGB").resize(cells, Image.Resampling.BOX).tobytes()


def group_duplicates(
    content_sha256: Sequence[str], dhashes: Sequence[str], colours: Sequence[bytes]
) -> list[tuple[int, ...]]:
    """Groups of picture numbers that are the same bytes or look alike: in outline, and in the colours everywhere.

    Args:
        content_sha256: Hash of each file's bytes.
        dhashes: Difference hash of each picture, 16 hexadecimal digits; alike within 4 of 64 bits.
        colours: From `mean_colours`.

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
    for one, other in _alike_pairs(dhashes, colours):
        join(one, other)
    groups: dict[int, list[int]] = {}
    for number in range(len(dhashes)):
        groups.setdefault(find(number), []).append(number)
    return [tuple(members) for members in groups.values() if len(members) > 1]


def _alike_pairs(dhashes: Sequence[str], colours: Sequence[bytes]) -> list[tuple[int, int]]:
    import numpy as np  # not at the top: a tenth of a second of the window's start

    values = np.array([int(text, 16) for text in dhashes], dtype=np.uint64)
    mixed = np.bitwise_count(values)
    usable = np.flatnonzero((mixed >= _LEAST_MIXED_BITS) & (mixed <= 64 - _LEAST_MIXED_BITS))
    # Pictures with both alike to the last bit stand together, so that 10,000 copies are not compared in pairs.
    first_with: dict[tuple[int, bytes], int] = {}
    pairs = []
    for number in map(int, usable):
        pairs.append((number, first_with.setdefault((int(values[number]), colours[number]), number)))
    if not first_with:
        return []
    members = np.array(sorted(first_with.values(), key=lambda number: int(values[number])), dtype=np.int64)
    distinct = values[members]
    cells = np.frombuffer(b"".join(colours[number] for number in members), dtype=np.uint8).reshape(len(members), -1)
    for start in range(0, len(distinct), _ROWS_AT_ONCE):
        rows = distinct[start : start + _ROWS_AT_ONCE, None]
        differing: NDArray[np.uint8] = np.bitwise_count(rows ^ distinct[None, start:])
        near_row, near_column = np.nonzero(differing <= _SAME_BITS)
        for row, column in zip(near_row + start, near_column + start, strict=True):
            away = np.abs(cells[row].astype(np.int16) - cells[column])
            if column > row and away.max() <= _SAME_COLOUR:
                pairs.append((int(members[row]), int(members[column])))
    return pairs
