"""What a file's tensors are made from, and how many of them are made at once. numpy is loaded when they are made."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from lora_studio.weights.header import ITEM_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Made at once; with the numbers they are rounded from they stay in the processor's cache.
_PIECE_BYTES = 2**20

# Puts the numbers of tensors, before they are rounded, one after another into an array of one dimension. It gets their
# `source`; any thread may call it, one at a time.
Fill = Callable[[Sequence[str], "NDArray[np.float32]"], None]


class PlannedTensor(NamedTuple):
    """One tensor of the file to be: `make` gives its little-endian bytes, the same at every call.

    Weights have `fill` instead, and are rounded to F16, BF16 or F32, many in one go, which takes half as long; what
    is wrong with them is told of `source`. Those with the same `fill` are asked for together. A tuple, because there
    are thousands.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    make: Callable[[], bytes] | None = None
    fill: Fill | None = None
    source: str = ""

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            StudioError: what `make` or `fill` and `encode_weights` raise.
        """
        if self.fill is None:
            assert self.make is not None  # no tensor is planned with neither
            return self.make()
        import numpy as np  # not at the top: a tenth of a second of the window's start

        from lora_studio.weights.rounding import encode_weights

        values = np.empty(math.prod(self.shape), np.float32)
        self.fill([self.source], values)
        return encode_weights(values, self.dtype, self.source)


class Piece(NamedTuple):
    """Tensors that follow one another and are made in the same way, in one go."""

    tensors: Sequence[PlannedTensor]
    size_bytes: int

    def encode(self, room: memoryview | None = None) -> memoryview:
        """The bytes of all; in `room`, which they fill, if there is one.

        Raises:
            StudioError: as `PlannedTensor.encode`.
        """
        if room is None:
            room = memoryview(bytearray(self.size_bytes))
        if self.tensors[0].fill is None or not _round_together(self.tensors, room):
            room[:] = b"".join(tensor.encode() for tensor in self.tensors)
        return room


def plan_alpha(name: str, alpha: float) -> PlannedTensor:
    """The one float32 number by which other programs learn a module's strength."""
    return PlannedTensor(name, "F32", (), lambda: struct.pack("<f", alpha))


def plan_weights(
    name: str, dtype: str, shape: tuple[int, ...], read: Callable[[], NDArray[np.generic]], source: str
) -> PlannedTensor:
    """Weights of a tensor that is read by itself: `read` gives its numbers, in the order of `shape`."""

    def fill(_: Sequence[str], room: NDArray[np.float32]) -> None:
        room[:] = read().reshape(-1)

    return PlannedTensor(name, dtype, shape, fill=fill, source=source)


def gather(tensors: Iterable[PlannedTensor]) -> Iterator[Piece]:
    """The pieces of a file, of about a MB; a whole tensor is in one."""
    for _, alike in groupby(tensors, lambda tensor: (tensor.fill is None, tensor.dtype)):
        gathered: list[PlannedTensor] = []
        size_bytes = 0
        for tensor in alike:
            more = tensor.size_bytes
            if gathered and size_bytes + more > _PIECE_BYTES:
                yield Piece(gathered, size_bytes)
                gathered, size_bytes = [], 0
            gathered.append(tensor)
            size_bytes += more
        yield Piece(gathered, size_bytes)


def _round_together(tensors: Sequence[PlannedTensor], room: memoryview) -> bool:
    """Writes the bytes of weights into `room`; False, with nothing of use there, if one of them needs a closer look."""
    import numpy as np

    from lora_studio.weights.rounding import BITS, round_into, scratch

    dtype = tensors[0].dtype
    rounded = np.frombuffer(room, BITS[dtype])
    wide = rounded.view("<f4") if dtype == "F32" else scratch(rounded.size)
    parts = list(pairwise(accumulate((math.prod(tensor.shape) for tensor in tensors), initial=0)))
    for fill, alike in groupby(zip(tensors, parts, strict=True), lambda item: item[0].fill):
        assert fill is not None  # as of all of them
        together = list(alike)
        fill([tensor.source for tensor, _ in together], wide[together[0][1][0] : together[-1][1][1]])
    # Nearly every first number is other than zero; looking at all of them takes as long as rounding.
    return round_into(wide, dtype, rounded) and all(
        rounded[begin] << 1 or (rounded[begin:end] << 1).any() for begin, end in parts if begin < end
    )
