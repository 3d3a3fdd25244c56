"""A nameless file for matrices that are made now and written later, when their number and order are known."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from lora_studio import storage
from lora_studio.weights.lora import Factor


class Scratch:
    """Holds float32 matrices on the disk of the result; gone when the block of `open_scratch` ends."""

    def __init__(self, file: IO[bytes], target: Path) -> None:
        self._file = file
        self._target = target

    def keep(self, values: NDArray[np.floating], shape: tuple[int, ...], dtype: str) -> Factor:
        """Stores `values` as float32 of `shape`, meant to be written as `dtype`, and gives the way to read them.

        Raises:
            StudioError: the disk is full or gone.
        """
        with storage.disk_errors(self._target), np.errstate(over="ignore"):
            at = self._file.seek(0, 2)
            rest = np.ascontiguousarray(values, "<f4").tobytes()
            while rest:  # a nearly full disk takes a part and refuses the rest
                rest = rest[self._file.write(rest) :]
        return Factor(dtype, shape, partial(self._read, at, shape))

    def _read(self, at: int, shape: tuple[int, ...]) -> NDArray[np.generic]:
        with storage.disk_errors(self._target):
            self._file.seek(at)
            return np.frombuffer(self._file.read(4 * int(np.prod(shape))), "<f4").reshape(shape)


@contextmanager
def open_scratch(target: Path) -> Iterator[Scratch]:
    """A scratch file in the folder of `target`.

    Raises:
        StudioError: nothing can be written there.
    """
    with ExitStack() as stack:
        with storage.disk_errors(target):
            folder = target.absolute().parent
            # Unbuffered: what did not fit on the disk must not be written again on closing.
            file = stack.enter_context(tempfile.TemporaryFile(buffering=0, dir=folder, prefix=storage.TEMP_PREFIX))
        yield Scratch(file, target)
