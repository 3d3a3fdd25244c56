"""Reading a base's weights from the disk while the libraries that load them are still being imported."""

from __future__ import annotations

import logging
import mmap
import os
import sys
import threading
from collections.abc import Iterable
from io import FileIO
from pathlib import Path

import psutil

from lora_studio import storage
from lora_studio.bases import find_base, weight_files
from lora_studio.errors import StudioError

log = logging.getLogger(__name__)

# One call of the system for so much: between two of them this thread waits for the one that imports, 5 ms each time.
BLOCK_BYTES = 32 * storage.MIB
MEMORY_SHARE = 0.5


def read_ahead(source: str) -> threading.Thread:
    """Begins to read the weights of the base that `source` names, and returns at once.

    Nothing is kept here: the system holds files that were read in memory that is free anyway, and loading finds them
    there. So nothing is read that would take more than half of it. What is wrong with a base is left for loading to
    say. The thread does not keep the process from ending.
    """
    thread = threading.Thread(target=_read, args=(source,), name="read ahead", daemon=True)
    thread.start()
    return thread


def _read(source: str) -> None:
    try:
        base = find_base(source)
        read_files([base.checkpoint] if base.checkpoint is not None else _files_in(base.folder))
    except (StudioError, OSError) as error:
        log.info("the base was not read ahead: %s", error)


def _files_in(folder: Path) -> Iterable[Path]:
    return [path for part in ("unet", "vae", "text_encoder", "text_encoder_2") for path in weight_files(folder / part)]


def read_files(paths: Iterable[Path]) -> int:
    """Reads from start to end what the system does not hold yet; returns how many bytes that were.

    They are none where memory has no room for the files.

    Raises:
        OSError: A file cannot be read.
    """
    paths = list(paths)
    if sum(path.stat().st_size for path in paths) > psutil.virtual_memory().available * MEMORY_SHARE:
        return 0
    block = mmap.mmap(-1, BLOCK_BYTES)  # takes no memory before it is written to
    total = 0
    for path in paths:
        with path.open("rb", buffering=0) as file:
            for start in range(0, path.stat().st_size, BLOCK_BYTES):
                if not _is_held(file, start + BLOCK_BYTES):
                    file.seek(start)
                    total += file.readinto(block) or 0
    return total


def _is_held(file: FileIO, end: int) -> bool:
    """Whether the system holds what lies before `end` in its memory. Only Linux tells, and not on every file system.

    The last byte of a block stands for it all: looking at a file's header brings the bytes after it along.
    """
    if sys.platform != "linux":
        return False
    place = min(end, os.fstat(file.fileno()).st_size) - 1
    try:
        return os.preadv(file.fileno(), [bytearray(1)], place, os.RWF_NOWAIT) == 1
    except OSError:  # it would have to be read, or nobody knows
        return False
