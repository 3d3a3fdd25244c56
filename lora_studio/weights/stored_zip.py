"""Where the members of a zip file lie whose members are stored as they are, as torch writes its checkpoints.

Our own reader, because here a false table of contents is an attack: every size and place is checked against the file
before anything is read by it, and what torch never writes (compressed, encrypted, overlapping or double members) is
refused. Nothing is unpacked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

MAX_MEMBERS = 50_000  # the fullest Stable Diffusion checkpoints, with optimiser and average, have some 5,000
MAX_TABLE_BYTES = 8 * 2**20

_END = struct.Struct("<4s4H2IH")
_END64_PLACE = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQ2H2I4Q")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED = 0x1
_EXTRA_64 = 1


@dataclass(frozen=True, slots=True)
class Member:
    """One stored file: its first byte in the zip, how many there are, and the checksum that the table states."""

    begin: int
    size: int
    crc32: int


class RefusedZip(Exception):
    """Why a zip file is not accepted, as a clause; `is_cut` when its end is missing, as after a stopped download."""

    def __init__(self, why: str, *, is_cut: bool = False) -> None:
        super().__init__(why)
        self.is_cut = is_cut


@dataclass(frozen=True, slots=True)
class _Listed:
    """A member as the table of contents states it; `header_at` is where its own header begins."""

    name: bytes
    size: int
    crc32: int
    header_at: int


def read_members(file: BinaryIO) -> dict[str, Member]:
    """The members of a zip file by name, each checked to lie inside it and apart from the others.

    Raises:
        RefusedZip: It is no zip file, cut off, or built as no honest program does.

    Source: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.
    """
    size = file.seek(0, 2)
    table_at, table_size, count = _find_table(file, size)
    if count > MAX_MEMBERS or table_size > MAX_TABLE_BYTES:
        raise RefusedZip(f"it lists {count:,} parts, more than any model has")
    file.seek(table_at)
    listed = _read_table(file.read(table_size), count)
    members: dict[str, Member] = {}
    reached = 0
    for entry in sorted(listed, key=lambda entry: entry.header_at):
        name = entry.name.decode("utf-8", "replace")
        begin = _data_start(file, entry, table_at)
        if entry.header_at < reached:
            raise RefusedZip(f"the part {name[:80]!r} overlaps another")
        if name in members:
            raise RefusedZip(f"the part {name[:80]!r} is there twice")
        reached = begin + entry.size
        if reached > table_at:
            raise RefusedZip(f"the part {name[:80]!r} is larger than the file")
        members[name] = Member(begin, entry.size, entry.crc32)
    return members


def _find_table(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Place and size in bytes of the table of contents, and its number of members."""
    end_at = size - _END.size
    end = _read_at(file, end_at, _END) if end_at >= 0 else ()
    if not end or end[0] != b"PK\5\6":
        raise RefusedZip("its table of contents is missing", is_cut=True)
    _, disk, table_disk, here, count, table_size, table_at, comment = end
    if disk or table_disk or here != count or comment:
        raise RefusedZip("it is a part of a zip file that was cut into several")
    place_at = end_at - _END64_PLACE.size
    if place_at >= 0:
        signature, _, end64_at, _ = _read_at(file, place_at, _END64_PLACE)
        if signature == b"PK\6\7":
            if end64_at != place_at - _END64.size or end64_at < 0:
                raise RefusedZip("its table of contents lies elsewhere than it says")
            signature, _, _, _, _, _, _, count, table_size, table_at = _read_at(file, end64_at, _END64)
            end_at = end64_at if signature == b"PK\6\6" else -1
    if table_at + table_size != end_at:
        raise RefusedZip("its table of contents lies elsewhere than it says")
    return table_at, table_size, count


def _read_table(raw: bytes, count: int) -> list[_Listed]:
    listed = []
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(raw):
            raise RefusedZip("its table of contents is shorter than it says")
        fields = _CENTRAL.unpack_from(raw, at)
        signature, _, _, flags, method, _, _, crc32, packed, size, name_size, extra_size, comment_size = fields[:13]
        name_at = at + _CENTRAL.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        if signature != b"PK\1\2" or at > len(raw):
            raise RefusedZip("its table of contents is broken")
        if method or flags & _ENCRYPTED:
            raise RefusedZip("its parts are compressed or locked, which no program does with a model")
        size, packed, header_at = _wide((size, packed, fields[16]), raw[extra_at : extra_at + extra_size])
        if size != packed:
            raise RefusedZip("it states two sizes for one part")
        listed.append(_Listed(raw[name_at:extra_at], size, crc32, header_at))
    if at != len(raw):
        raise RefusedZip("its table of contents is longer than it says")
    return listed


def _wide(stated: tuple[int, int, int], extra: bytes) -> tuple[int, int, int]:
    """Size, packed size and place, with those that need 64 bits taken from the extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        values = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == _EXTRA_64:
            wanted = [place for place, value in enumerate(stated) if value == _FULL_32]
            if len(values) < 8 * len(wanted):
                break
            wide = list(stated)
            for order, place in enumerate(wanted):
                (wide[place],) = struct.unpack_from("<Q", values, 8 * order)
            return wide[0], wide[1], wide[2]
    if _FULL_32 in stated:
        raise RefusedZip("a size in it is missing")
    return stated


def _data_start(file: BinaryIO, entry: _Listed, table_at: int) -> int:
    """Where a member's bytes begin, by its own header, which must have the name of the table."""
    if entry.header_at + _LOCAL.size > table_at:
        raise RefusedZip("its table of contents points outside the file")
    signature, *_, name_size, extra_size = _read_at(file, entry.header_at, _LOCAL)
    if signature != b"PK\3\4" or file.read(name_size) != entry.name:
        raise RefusedZip("its table of contents and its parts do not agree")
    return entry.header_at + _LOCAL.size + len(entry.name) + int(extra_size)


def _read_at(file: BinaryIO, at: int, layout: struct.Struct) -> tuple[Any, ...]:
    """The fields there; none where the file ends before."""
    file.seek(at)
    raw = file.read(layout.size)
    return layout.unpack(raw) if len(raw) == layout.size else ()
