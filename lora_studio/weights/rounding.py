"""Rounds weights to the number formats of adapter files, and refuses what they cannot hold. numpy alone, no torch."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lora_studio.errors import StudioError

# The whole numbers that a format's bits are read as, and those of infinity without the sign's place.
_BITS = {"F16": ("<u2", 0x7C00 << 1), "BF16": ("<u2", 0x7F80 << 1), "F32": ("<u4", 0x7F800000 << 1)}
_BLOCK = 2**15  # numbers at a time: what is made on the way stays in the processor's cache


def encode_weights(values: NDArray[np.generic], dtype: str, name: str) -> bytes:
    """The bytes of a tensor of weights in the format `dtype` (F16, BF16 or F32), rounded to nearest.

    Raises:
        StudioError: `export_not_finite` and `export_out_of_range`, which names the tensor `name`.
    """
    raw = round_weights(values, dtype)[0]
    unsigned, infinite = _BITS[dtype]
    # Bits are in the order of the numbers they stand for, once the sign is shifted out.
    if not 0 < (np.frombuffer(raw, unsigned) << 1).max(initial=0) < infinite:
        wide = values.astype(np.float32)
        check_finite(wide, name)
        largest = np.abs(wide).max(initial=0)
        if largest > 0:  # and became infinite, or all became zero
            raise StudioError(
                "export_out_of_range",
                f"The numbers of this adapter do not fit the small format ({dtype}).",
                f"First found in {name}: its largest value is {largest:g}. Nothing was written.",
                "Save it as bf16 or fp32 instead.",
            )
    return raw


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
    return _CASTS[dtype](values.astype(np.float32, copy=False))


def _to_fp16(values: NDArray[np.float32]) -> tuple[bytes, NDArray[np.floating]]:
    """Rounds to the nearest float16, ties to even.

    numpy's own cast takes twice as long, and fifty times where many numbers are below 6e-5, as in a young adapter.
    """
    bits = np.ascontiguousarray(values, "<f4").view("<u4").reshape(-1)
    rounded = np.empty(bits.shape, "<u2")
    for start in range(0, bits.size, _BLOCK):
        _round_block(bits[start : start + _BLOCK], rounded[start : start + _BLOCK])
    kept = rounded.view("<f2").reshape(values.shape)
    return kept.tobytes(), kept


class _Scratch(threading.local):
    """Room for a block, each thread its own and kept: fresh memory costs as much as the arithmetic."""

    def __init__(self) -> None:
        self.magnitude = np.empty(_BLOCK, "<u4")
        self.power = np.empty(_BLOCK, "<u4")
        # float16's smallest power of two; an array, as numpy compares slowly with one number
        self.least = np.full(_BLOCK, 0x38800000, "<u4")


_SCRATCH = _Scratch()


def _round_block(bits: NDArray[np.uint32], rounded: NDArray[np.uint16]) -> None:
    """Writes into `rounded` the bits of the float16 numbers nearest to the float32 ones with these bits."""
    magnitude, power, least = (room[: bits.size] for room in (_SCRATCH.magnitude, _SCRATCH.power, _SCRATCH.least))
    np.bitwise_and(bits, 0x7FFFFFFF, out=magnitude)
    if magnitude.max() >= 0x477FF000:  # 65520, from where on there is only infinity, or no number
        with np.errstate(over="ignore", under="ignore"):
            rounded[:] = bits.view("<f4").astype("<f2").view("<u2")
        return
    np.bitwise_and(magnitude, 0x7F800000, out=power)
    np.maximum(power, least, out=power)
    # Plus 2^13 of its power a number is rounded to float16's steps, and their count is in the last bits. 0x800 turns
    # the exponent from float32's count into float16's once the rest is added; what is above the 16th bit falls off.
    power += (13 << 23) + 0x800
    total = magnitude.view("<f4")
    total += power.view("<f4")
    power >>= 13
    magnitude += power
    np.right_shift(bits, 16, out=power)
    power &= 0x8000  # the sign
    magnitude += power
    rounded[:] = magnitude


def _to_bf16(values: NDArray[np.float32]) -> tuple[bytes, NDArray[np.floating]]:
    """Rounds to the nearest bfloat16, ties to even, as torch does."""
    bits = np.ascontiguousarray(values, "<f4").view("<u4")
    upper = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
    return upper.tobytes(), (upper.astype("<u4") << 16).view("<f4")


def _to_fp32(values: NDArray[np.float32]) -> tuple[bytes, NDArray[np.floating]]:
    return values.astype("<f4").tobytes(), values


_CASTS: dict[str, Callable[[NDArray[np.float32]], tuple[bytes, NDArray[np.floating]]]] = {
    "F16": _to_fp16,
    "BF16": _to_bf16,
    "F32": _to_fp32,
}
