"""Lines that prove themselves: JSON, a tab, the CRC32 of the JSON as 8 hex digits, a newline.

The journal and the commands of a run are such files. A line that was cut off or changed is never taken for
a line, whatever follows it.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from lora_studio import storage


def encode_line(payload: bytes) -> bytes:
    """One line with its check. `payload` is JSON without a raw newline or tab."""
    return b"%s\t%08x\n" % (payload, zlib.crc32(payload))


def decode_line(line: bytes) -> bytes | None:
    """The JSON of a line, without its newline; None if the check does not fit."""
    payload, tab, check = line.rpartition(b"\t")
    return payload if tab and check == b"%08x" % zlib.crc32(payload) else None


def size_bytes(path: Path) -> int:
    """The size of a line file; 0 if it is missing."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class LineReader:
    """Reads whole, valid lines that were added to a file since the last time.

    Attributes:
        offset: Bytes read so far; always just behind a newline.
        skipped: Lines ended by a newline whose check failed.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self.skipped = 0

    def read(self) -> list[bytes]:
        """The JSON of each new line. A missing file has none; a last line without a newline waits.

        If the file is shorter than before, it is another file now and is read from its beginning.
        Raises `StudioError` `file_unreadable`.
        """
        size = size_bytes(self.path)
        if size == self.offset:
            return []
        self.offset = self.offset if size > self.offset else 0
        with storage.read_errors(self.path), self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        lines = [line for line in whole.split(b"\n") if line]
        payloads = [payload for line in lines if (payload := decode_line(line)) is not None]
        self.skipped += len(lines) - len(payloads)
        return payloads
