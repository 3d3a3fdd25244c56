"""Rounds weights to the number formats of adapter files, and refuses what they cannot hold. numpy alone, no torch."""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import NDArray

from lora_studio.errors import StudioError

# How the bits of a format are kept.
BITS: dict[str, str] = {"F16": "<u2", "BF16": "<u2", "F32": "<u4"}
_TOO_LARGE = {"BF16": 2.0**128 - 2.0**119, "F32": math.inf}  # from where on there is only infinity
_BLOCK = 2**17  # numbers at a time: what is made on the way stays in the processor's cache


def encode_weights(values: NDArray[np.generic], dtype: str, name: str) -> bytes:
    """The bytes of a tensor of weights in the format `dtype` (F16, BF16 or F32), rounded to nearest.

    Raises:
        StudioError: `export_not_finite` and `export_out_of_range`, which names the tensor `name`.
    """
    wide = np.ascontiguousarray(values, "<f4").reshape(-1)
    rounded = np.empty(wide.shape, BITS[dtype])
    if not round_into(wide, dtype, rounded) or (not (rounded << 1).any() and wide.any()):
        check_finite(wide, name)
        raise StudioError(
            "export_out_of_range",
            f"The numbers of this adapter do not fit the small format ({dtype}).",
            f"First found in {name}: its largest value is {np.abs(wide).max():g}. Nothing was written.",
            "Save it as bf16 or fp32 instead.",
        )
    return rounded.tobytes()


def check_finite(values: NDArray[np.floating], name: str) -> None:
    """Refuses numbers that would paint black pictures.

    Raises:
        StudioError: `export_not_finite`, which names the tensor or layer `name`.
    """
    if not np.isfinite(values).all():
        raise StudioError(
            "export_not_finite",
            "The adapter holds numbers that are not finite, so it was not saved.",
            f"First found in {name}. It would paint black pictures.",
            "Save an earlier epoch, and train with a lower learning rate.",
        )


def round_weights(values: NDArray[np.generic], dtype: str) -> tuple[bytes, NDArray[np.floating]]:
    """Weights rounded to the nearest in the format `dtype` (F16, BF16 or F32): their bytes, and what those stand for.

    What is too large becomes infinite; nothing is checked.
    """
    wide = np.ascontiguousarray(values, "<f4").reshape(-1)
    rounded = np.empty(wide.shape, BITS[dtype])
    round_into(wide, dtype, rounded)
    kept: NDArray[np.floating] = wide
    if dtype == "F16":
        kept = rounded.view("<f2")
    elif dtype == "BF16":
        kept = (rounded.astype("<u4") << 16).view("<f4")
    return rounded.tobytes(), kept.reshape(values.shape)


def round_into(values: NDArray[np.float32], dtype: str, rounded: NDArray[np.unsignedinteger]) -> bool:
    """Writes into `rounded` the bits of the numbers nearest to `values` in the format `dtype` (F16, BF16 or F32).

    Ties go to the even one. What is too large becomes infinite.

    Args:
        values: Of one dimension, contiguous.
        dtype: The format.
        rounded: As many numbers as `values`, of the kind that `BITS` names.

    Returns:
        Whether every number is finite and stays so.
    """
    if dtype == "F16":
        return _round_to_fp16(values, rounded)
    if dtype == "BF16":
        _round_to_bf16(values.view("<u4"), rounded)
    else:
        rounded.view("<f4")[:] = values
    # Of what is no number no comparison is true.
    return bool(-_TOO_LARGE[dtype] < values.min(initial=0) and values.max(initial=0) < _TOO_LARGE[dtype])


class _Scratch(threading.local):
    """Room that each thread has for itself and keeps: fresh memory costs as much as the arithmetic."""

    def __init__(self) -> None:
        self.wide = np.empty(0, np.float32)
        self.step = np.empty(_BLOCK, "<u4")
        self.sum = np.empty(_BLOCK, "<u4")
        self.exponent = np.empty(_BLOCK, "<u2")
        self.count = np.empty(_BLOCK, "<u2")
        # float16's smallest power of two; an array, as numpy compares slowly with one number
        self.least = np.full(_BLOCK, 0x38800000, "<u4")


_SCRATCH = _Scratch()


def scratch(count: int) -> NDArray[np.float32]:
    """Room for so many numbers, until this thread asks again."""
    if _SCRATCH.wide.size < count:
        _SCRATCH.wide = np.empty(count, np.float32)
    return _SCRATCH.wide[:count]


def _round_to_fp16(values: NDArray[np.float32], rounded: NDArray[np.unsignedinteger]) -> bool:
    """As `round_into`; what is below zero and becomes zero loses its sign.

    numpy's own cast takes twice as long, and fifty times where many numbers are below 6e-5, as in a young adapter.
    """
    fits = True
    for start in range(0, values.size, _BLOCK):
        block, room = values[start : start + _BLOCK], rounded[start : start + _BLOCK]
        if not _round_block(block, room):
            with np.errstate(over="ignore", under="ignore"):
                room[:] = block.astype("<f2").view("<u2")
            room[room == 0x8000] = 0
            fits = fits and bool(np.isfinite(room.view("<f2")).all())
    return fits


def _round_block(values: NDArray[np.float32], rounded: NDArray[np.unsignedinteger]) -> bool:
    """Of no more than `_BLOCK` numbers; False, and nothing is done, if one of them is 32768 or larger, or is none."""
    rooms = (_SCRATCH.step, _SCRATCH.sum, _SCRATCH.exponent, _SCRATCH.count, _SCRATCH.least)
    step, total, exponent, count, least = (room[: values.size] for room in rooms)
    np.bitwise_and(values.view("<u4"), 0x7F800000, out=step)
    if step.max(initial=0) >= 0x47000000:
        return False
    np.maximum(step, least, out=step)
    # Plus 1.5 times 2^13 of its power of two a number is rounded to float16's steps, and how many of them it has, which
    # may be below zero, is in the last 16 bits.
    step += (13 << 23) + 0x400000
    np.add(values, step.view("<f4"), out=total.view("<f4"))
    count[:] = total
    # The exponent, counted as in float16; what is above the 16th bit falls off.
    step >>= 13
    exponent[:] = step
    exponent += 0x600
    # The steps with their sign in a bit of its own: of the two ways to read them the smaller one, both without sign.
    np.subtract(0x8000, count, out=rounded)
    np.minimum(count, rounded, out=rounded)
    rounded += exponent
    return True


def _round_to_bf16(bits: NDArray[np.uint32], rounded: NDArray[np.unsignedinteger]) -> None:
    """Of any float32 numbers with these bits, as torch does."""
    for start in range(0, bits.size, _BLOCK):
        block = bits[start : start + _BLOCK]
        total = _SCRATCH.sum[: block.size]
        np.right_shift(block, 16, out=total)
        total &= 1
        total += block
        total += 0x7FFF
        total >>= 16
        rounded[start : start + _BLOCK] = total
