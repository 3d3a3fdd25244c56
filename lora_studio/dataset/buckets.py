"""Bucket arithmetic: the training size of each picture, how it is cropped, and the order of batches.

Pure and shared by the trainer and the window, so that a preview shows exactly what is trained on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np

# A bucket far below the area budget would train a picture at a needlessly low resolution.
_LEAST_AREA_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Placement:
    """How one picture becomes a training picture: resize, then crop. All sizes are pixels.

    The resized picture always covers the bucket, and the crop always lies inside it.
    `enlargement` is the resize factor: above 1 the picture is enlarged.
    """

    bucket_width_px: int
    bucket_height_px: int
    resized_width_px: int
    resized_height_px: int
    left_px: int
    top_px: int
    enlargement: float

    @property
    def picture_size_px(self) -> tuple[int, int]:
        """Width and height of the picture itself; where it was shrunk, one may be off by half the factor."""
        return round(self.resized_width_px / self.enlargement), round(self.resized_height_px / self.enlargement)

    @property
    def trimmed_share(self) -> float:
        """Share of the picture's area that the crop cuts away, 0 to just under 1."""
        kept = self.bucket_width_px * self.bucket_height_px
        return 1.0 - kept / (self.resized_width_px * self.resized_height_px)


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """One placement for every picture, in the order the pictures were given; none is left out."""

    placements: tuple[Placement, ...]

    @property
    def buckets(self) -> dict[tuple[int, int], list[int]]:
        """Picture numbers by bucket (width, height), smallest width first."""
        members: dict[tuple[int, int], list[int]] = {}
        for number, placement in enumerate(self.placements):
            members.setdefault((placement.bucket_width_px, placement.bucket_height_px), []).append(number)
        return dict(sorted(members.items()))


def bucket_sizes(resolution_px: int, multiple_px: int = 64, max_aspect: float = 3.0) -> list[tuple[int, int]]:
    """Every (width, height) a picture may train at, from tall to wide.

    All sides divide by `multiple_px`, no area exceeds resolution squared, no side is over `max_aspect` times
    the other. Of sizes with one shape only the largest is kept, and none below half the area but the square.

    Raises:
        ValueError: a side would be zero, or `max_aspect` is below 1.
    """
    if multiple_px < 1 or resolution_px < multiple_px or max_aspect < 1:
        raise ValueError(f"no bucket fits {resolution_px} px in steps of {multiple_px} px, aspect {max_aspect}")
    budget = resolution_px * resolution_px
    square = resolution_px // multiple_px * multiple_px
    best = {1.0: (square, square)}
    for short in range(multiple_px, square + 1, multiple_px):
        long = min(budget // short, math.floor(short * max_aspect)) // multiple_px * multiple_px
        if long > short and short * long >= _LEAST_AREA_SHARE * budget:
            best[long / short] = (short, long)  # a later, larger one of the same shape replaces it
    shapes = {(short, long) for short, long in best.values()}
    both_ways = shapes | {(long, short) for short, long in shapes}
    return sorted(both_ways, key=lambda size: (size[0] / size[1], size))


def plan_buckets(
    sizes: Sequence[tuple[int, int]],
    resolution_px: int,
    multiple_px: int = 64,
    enabled: bool = True,
    max_aspect: float = 3.0,
) -> BucketPlan:
    """Give every picture the bucket whose shape is nearest its own.

    Args:
        sizes: (width, height) of each picture in pixels, upright, at least 1.
        resolution_px: Side of the square whose area no bucket exceeds.
        multiple_px: What both sides divide by.
        enabled: Off, all pictures are cropped to the one square.
        max_aspect: Longest bucket shape; longer pictures are cropped to it.

    Raises:
        ValueError: a size or setting is not positive, or no bucket fits.
    """
    if any(min(size) < 1 for size in sizes):
        raise ValueError("picture sizes must be at least 1 pixel")
    allowed = bucket_sizes(resolution_px, multiple_px, max_aspect if enabled else 1.0)
    if not sizes:
        return BucketPlan(())
    import numpy as np  # not at the top: a tenth of a second of the window's start

    bucket_shape = np.log([width / height for width, height in allowed])
    picture_shape = np.log([width / height for width, height in sizes])
    nearest = np.abs(picture_shape[:, None] - bucket_shape[None, :]).argmin(axis=1)
    pairs = zip(sizes, nearest, strict=True)
    return BucketPlan(tuple(cover(size, allowed[number]) for size, number in pairs))


def cover(size: tuple[int, int], bucket: tuple[int, int]) -> Placement:
    """Smallest resize that covers the bucket, cropped in the middle on whole pixels, so no gap is left.

    Both are (width, height) in pixels.
    """
    (width, height), (bucket_width, bucket_height) = size, bucket
    if bucket_width * height >= bucket_height * width:
        scale = bucket_width / width
        resized = (bucket_width, max(bucket_height, round(height * scale)))
    else:
        scale = bucket_height / height
        resized = (max(bucket_width, round(width * scale)), bucket_height)
    left, top = (resized[0] - bucket_width) // 2, (resized[1] - bucket_height) // 2
    return Placement(bucket_width, bucket_height, resized[0], resized[1], left, top, scale)


def place(image: Image.Image, placement: Placement) -> Image.Image:
    """The picture resized (Lanczos) and cropped to exactly its bucket.

    Only the part that is kept is resized: a picture of 1 by 65,000 pixels would otherwise need gigabytes.
    """
    across = image.width / placement.resized_width_px
    down = image.height / placement.resized_height_px
    kept = (
        placement.left_px * across,
        placement.top_px * down,
        min((placement.left_px + placement.bucket_width_px) * across, image.width),
        min((placement.top_px + placement.bucket_height_px) * down, image.height),
    )
    bucket = (placement.bucket_width_px, placement.bucket_height_px)
    return image.resize(bucket, Image.Resampling.LANCZOS, box=kept)


def plan_epoch(
    plan: BucketPlan, repeats: Sequence[int], batch_size: int, seed: int, epoch: int
) -> list[tuple[int, ...]]:
    """The batches of one epoch, as picture numbers, in training order.

    Every picture appears exactly its repeats; a batch never mixes buckets; a bucket's last, smaller batch is
    kept. The order depends on (seed, epoch) alone, so a resumed run goes on with the same one. It is drawn
    from the raw bits of Philox, which numpy promises to keep (NEP 19), not from its shuffling, which may change.

    Raises:
        ValueError: repeats are negative or not one per picture, or the batch size is below 1.
    """
    import numpy as np  # not at the top: a tenth of a second of the window's start

    bits = np.random.Philox(np.random.SeedSequence([seed % 2**64, epoch]))
    batches: list[tuple[int, ...]] = []
    for members in _repeated_members(plan, repeats, batch_size):
        shuffled = _shuffled(members, bits)
        batches += [tuple(shuffled[start : start + batch_size]) for start in range(0, len(members), batch_size)]
    return [batches[number] for number in _shuffled(list(range(len(batches))), bits)]


def steps_per_epoch(plan: BucketPlan, repeats: Sequence[int], batch_size: int) -> int:
    """How many batches `plan_epoch` gives, whatever the seed and epoch.

    Raises:
        ValueError: as `plan_epoch`.
    """
    return sum(-(-len(members) // batch_size) for members in _repeated_members(plan, repeats, batch_size))


def _repeated_members(plan: BucketPlan, repeats: Sequence[int], batch_size: int) -> list[list[int]]:
    if len(repeats) != len(plan.placements) or any(count < 0 for count in repeats) or batch_size < 1:
        raise ValueError("an epoch needs one repeat count per picture and a batch size of at least 1")
    return [[number for number in numbers for _ in range(repeats[number])] for numbers in plan.buckets.values()]


def _shuffled(numbers: list[int], bits: np.random.Philox) -> list[int]:
    import numpy as np  # not at the top: a tenth of a second of the window's start

    draws = np.atleast_1d(bits.random_raw(len(numbers)))
    return [numbers[place] for place in np.argsort(draws, kind="stable")]
