"""Reads the header of a safetensors file with our own strict checks, before any library sees the file.

The library accepts duplicate names, path-like names and headers that take seconds to open; this reader
refuses them in milliseconds. What the tensors mean is left to the other files here.
"""

from __future__ import annotations

import json
import math
import re
import stat
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from lora_studio.errors import StudioError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_HEADER_BYTES = 8 * 2**20
MAX_TENSORS = 20_000
MAX_NAME_BYTES = 512
MAX_DIMENSIONS = 8
MAX_METADATA_BYTES = 2**20
MAX_METADATA_KEYS = 10_000
# Eight 19-digit sizes, two offsets and the words around them need about 270 characters.
MAX_ENTRY_CHARACTERS = 512
MAX_ELEMENTS = 2**60

ITEM_BYTES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 1),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 2),
    **dict.fromkeys(("I32", "U32", "F32"), 4),
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 8),
}
_NUMPY_DTYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "I16": "<i2", "U16": "<u2", "F16": "<f2", "I32": "<i4",
    "U32": "<u4", "F32": "<f4", "F64": "<f8", "I64": "<i8", "U64": "<u8", "C64": "<c8",
}  # fmt: skip
_SPACE = re.compile(r"[ \t\r\n]*")
_SYMBOLS = {symbol: re.compile(rf"[ \t\r\n]*{re.escape(symbol)}") for symbol in "{}:,"}
_PATH_LIKE = re.compile(r"^[/\\]|^[A-Za-z]:[/\\]|(^|[/\\])\.\.([/\\]|$)")
# A tensor as all libraries spell it, after the comma behind another; its name has nothing that could be a path.
_NUMBER = r"(?:0|[1-9][0-9]{0,18})"
_USUAL_ENTRY = re.compile(
    rf',"(?!__metadata__")([ !#-.0-[\]-~]{{1,{MAX_NAME_BYTES}}})":'
    rf'\{{("dtype":"([A-Z0-9_]{{2,11}})","shape":\[((?:{_NUMBER}(?:,{_NUMBER}){{0,7}})?)\]),'
    rf'"data_offsets":\[({_NUMBER}),({_NUMBER})\]\}}'
)
_DECODER = json.JSONDecoder()
_PAIRS_DECODER = json.JSONDecoder(object_pairs_hook=list)


class TensorInfo(NamedTuple):
    """Where one tensor lies; `begin` and `end` are bytes from the start of the data section.

    A tuple, because a file has thousands.
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Header:
    """A checked header: the tensors tile the data section exactly, and the file is as long as they say."""

    tensors: dict[str, TensorInfo]
    metadata: dict[str, str]
    data_start: int
    file_size: int


def read_header(path: Path) -> Header:
    """Reads and checks the header of a safetensors file; the tensors themselves are not read.

    A hostile header costs well under half a second and a few times its own size in memory.

    Raises:
        StudioError: `file_missing`, `file_unreadable`, `file_not_safetensors` (another kind of file),
            `file_damaged` (its size does not fit its header) or `file_refused` (broken or unsafe header).

    Source: the safetensors format, and the limits table of our reliability promises (P42, P43).
    """
    with open_regular(path) as file:
        file_size = file.seek(0, 2)
        file.seek(0)
        text, data_start = _read_header_text(path, file, file_size)
    cursor = _Cursor(text)
    try:
        tensors, metadata = _parse_header(cursor)
        data_size = _check_tiling(tensors)
    except _RefusedHeader as problem:
        raise refused_file(path, str(problem)) from problem
    if data_start + data_size != file_size:
        raise damaged_file(path, file_size, data_start + data_size)
    return Header(tensors, metadata, data_start, file_size)


class TensorReader:
    """Reads tensors of one file through one open handle; use it as a context manager.

    Raises (on entering):
        StudioError: as `read_header` when the file cannot be opened.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._header = header

    def __enter__(self) -> Self:
        self._file = open_regular(self._path)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, name: str) -> NDArray[np.generic]:
        """As `read_tensor`."""
        return self.decode(name, self.read_bytes(name))

    def read_into(self, names: Sequence[str], room: NDArray[np.float32]) -> None:
        """Puts the numbers of tensors, one after another, into an array of one dimension; errors as `read_tensor`.

        What lies side by side in the file is read in one go.
        """
        infos = [self._header.tensors[name] for name in names]
        if room.dtype != "<f4" or any(info.dtype != "F32" for info in infos):
            at = 0
            for name in names:
                values = self.read(name)
                room[at : at + values.size] = values.reshape(-1)
                at += values.size
            return
        unread = room.data.cast("B")
        for begin, end in _join((info.begin, info.end) for info in infos):
            self._file.seek(self._header.data_start + begin)
            if self._file.readinto(unread[: end - begin]) != end - begin:
                raise self._cut()
            unread = unread[end - begin :]

    def decode(self, name: str, raw: bytes) -> NDArray[np.generic]:
        """The numbers of the tensor `name`, of which `raw` are the bytes; errors as `read_tensor`."""
        import numpy as np  # not at the top: a tenth of a second of the window's start

        info = self._header.tensors[name]
        if info.dtype == "BF16":
            # A bfloat16 is the upper half of a float32.
            return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4").reshape(info.shape)
        if info.dtype not in _NUMPY_DTYPES:
            raise refused_file(
                self._path, f"{name} is stored in 8-bit floats ({info.dtype}), which cannot be read here"
            )
        return np.frombuffer(raw, _NUMPY_DTYPES[info.dtype]).reshape(info.shape)

    def read_bytes(self, name: str) -> bytes:
        """As `read_tensor_bytes`."""
        info = self._header.tensors[name]
        self._file.seek(self._header.data_start + info.begin)
        raw = self._file.read(info.end - info.begin)
        if len(raw) != info.end - info.begin:
            raise self._cut()
        return raw

    def _cut(self) -> StudioError:
        return damaged_file(self._path, self._file.seek(0, 2), self._header.file_size)


def _join(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places, those in one that follow one another."""
    joined: list[tuple[int, int]] = []
    for begin, end in places:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined


def read_tensor(path: Path, header: Header, name: str) -> NDArray[np.generic]:
    """Reads one tensor as a read-only array in its own shape; bfloat16 comes back as float32, without loss.

    Raises:
        KeyError: `name` is not in the header.
        StudioError: `file_refused` for 8-bit floats, `file_damaged` if the file was cut since `read_header`.
    """
    with TensorReader(path, header) as reader:
        return reader.read(name)


def read_tensor_bytes(path: Path, header: Header, name: str) -> bytes:
    """The raw little-endian bytes of one tensor.

    Raises:
        StudioError: `file_damaged` when the file is shorter than it was at `read_header`.
    """
    with TensorReader(path, header) as reader:
        return reader.read_bytes(name)


def say_size(size_bytes: int) -> str:
    """A file size in words, such as `3.1 GB`; decimal units, as file managers show them."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


class _RefusedHeader(Exception):
    """Why a header is not accepted; becomes `file_refused` once the file's name is known."""


class _Cursor:
    """Walks the header's JSON by hand, so that limits hold before memory is spent on what exceeds them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, symbol: str) -> bool:
        """Steps over `symbol` and the space before it, if it comes next."""
        match = _SYMBOLS[symbol].match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def expect(self, symbol: str) -> None:
        if not self.take(symbol):
            raise _RefusedHeader(f"its header is not valid JSON at character {self.at}")

    def read_string(self) -> str:
        self.skip_space()
        if not self.text.startswith('"', self.at):
            raise _RefusedHeader(f"its header has something other than text at character {self.at}")
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
            value.encode("utf-8")
        except ValueError as error:
            raise _RefusedHeader(f"its header holds broken text at character {self.at}") from error
        return str(value)

    def read_pairs(self, read_value: Callable[[str], None]) -> None:
        """Walks one object; `read_value` gets each key and must step over the value."""
        self.expect("{")
        if self.take("}"):
            return
        while True:
            key = self.read_string()
            self.expect(":")
            read_value(key)
            if self.take("}"):
                return
            self.expect(",")

    def read_entry(self) -> dict[str, object]:
        """The small flat object that describes one tensor."""
        self.skip_space()
        end = self.text.find("}", self.at, self.at + MAX_ENTRY_CHARACTERS) + 1
        entry = self.text[self.at : end] if end else ""
        if not entry.startswith("{"):
            raise _RefusedHeader(f"its header has no tensor description at character {self.at}")
        try:
            pairs: list[tuple[str, object]] = _PAIRS_DECODER.decode(entry)
        except ValueError as error:
            raise _RefusedHeader(f"its header is not valid JSON near character {self.at}") from error
        if len(dict(pairs)) != len(pairs):
            raise _RefusedHeader(f"a tensor is described twice in one place, at character {self.at}")
        self.at = end
        return dict(pairs)


def open_regular(path: Path) -> BufferedReader:
    """Opens a regular file; a pipe or device could block for ever.

    Raises:
        StudioError: `file_missing`, `file_unreadable`, or `file_refused` for a folder or a device.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refused_file(path, "it is a folder or a device, not a file")
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StudioError(
            "file_missing",
            f"{path.name} is not there any more.",
            "The drive may be unplugged or the file moved.",
            "Choose the file again.",
        ) from error
    except OSError as error:
        raise StudioError(
            "file_unreadable",
            f"{path.name} cannot be opened.",
            f"The system says: {error.strerror}.",
            "Check that you may read the file and that no other program holds it.",
        ) from error


def _read_header_text(path: Path, file: BufferedReader, file_size: int) -> tuple[str, int]:
    """The header's JSON text and the offset of the data section."""
    first = file.read(9)
    if not first:
        raise damaged_file(path, 0, None)
    if len(first) < 9 or first[8:9] != b"{":
        raise _not_safetensors(path, first)
    (header_size,) = struct.unpack("<Q", first[:8])
    if header_size < 2:
        raise _not_safetensors(path, first)
    if header_size > MAX_HEADER_BYTES:
        raise refused_file(path, f"its header would be {say_size(header_size)}, more than any model needs")
    if 8 + header_size > file_size:
        raise damaged_file(path, file_size, None)
    raw = first[8:] + file.read(header_size - 1)
    try:
        return raw.decode("utf-8"), 8 + header_size
    except UnicodeDecodeError as error:
        raise refused_file(path, "its header is not text") from error


def _parse_header(cursor: _Cursor) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    tensors: dict[str, TensorInfo] = {}
    metadata: dict[str, str] | None = None

    def check_new(name: str) -> None:
        if name in tensors:
            raise _RefusedHeader(f"the name {name[:80]!r} appears twice")
        if len(tensors) == MAX_TENSORS:
            raise _RefusedHeader(f"it lists more than {MAX_TENSORS:,} tensors")

    def read_value(name: str) -> None:
        nonlocal metadata
        if name == "__metadata__":
            if metadata is not None:
                raise _RefusedHeader("it has two blocks of metadata")
            metadata = _parse_metadata(cursor)
        else:
            check_new(name)
            if problem := name_problem(name):
                raise _RefusedHeader(problem)
            tensors[name] = _tensor_info(name, cursor.read_entry())
        # What follows in the usual spelling is read in half the time.
        kinds: dict[str, tuple[tuple[int, ...], int]] = {}
        while usual := _USUAL_ENTRY.match(cursor.text, cursor.at):
            name, what, dtype, shape, begin_text, end_text = usual.groups()
            check_new(name)
            if what not in kinds:
                if dtype not in ITEM_BYTES:
                    raise _RefusedHeader(f"{name} has an unknown kind of number")
                sizes = tuple(map(int, shape.split(","))) if shape else ()
                kinds[what] = sizes, _size_bytes(name, dtype, sizes)
            sizes, size_bytes = kinds[what]
            begin, end = int(begin_text), int(end_text)
            if end - begin != size_bytes:
                raise _RefusedHeader(f"the place of {name} does not fit its shape")
            tensors[name] = TensorInfo(dtype, sizes, begin, end)
            cursor.at = usual.end()

    cursor.read_pairs(read_value)
    cursor.skip_space()
    if cursor.at != len(cursor.text):
        raise _RefusedHeader(f"something follows its header at character {cursor.at}")
    return tensors, metadata or {}


def _parse_metadata(cursor: _Cursor) -> dict[str, str]:
    metadata: dict[str, str] = {}
    start = cursor.at

    def read_value(key: str) -> None:
        if key in metadata:
            raise _RefusedHeader(f"the metadata key {key[:80]!r} appears twice")
        metadata[key] = cursor.read_string()
        if len(metadata) > MAX_METADATA_KEYS:
            raise _RefusedHeader(f"its metadata has more than {MAX_METADATA_KEYS:,} entries")
        if cursor.at - start > MAX_METADATA_BYTES:
            raise _RefusedHeader("its metadata is larger than 1 MB")

    cursor.read_pairs(read_value)
    if len(cursor.text[start : cursor.at].encode("utf-8")) > MAX_METADATA_BYTES:
        raise _RefusedHeader("its metadata is larger than 1 MB")
    return metadata


def name_problem(name: str) -> str:
    """Why a tensor cannot have this name, as a clause; empty when it can."""
    if not name.isprintable():  # also true of half characters, which could not even be measured
        return "a tensor name holds characters that cannot be shown"
    if not name or len(name.encode("utf-8")) > MAX_NAME_BYTES:
        return f"a tensor name is empty or longer than {MAX_NAME_BYTES} bytes"
    if ("/" in name or "\\" in name) and _PATH_LIKE.search(name):
        return f"the tensor name {name[:80]!r} looks like a place on a disk"
    return ""


def _tensor_info(name: str, entry: dict[str, object]) -> TensorInfo:
    if set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _RefusedHeader(f"the description of {name} is not complete")
    dtype = entry["dtype"]
    if not isinstance(dtype, str) or dtype not in ITEM_BYTES:
        raise _RefusedHeader(f"{name} has an unknown kind of number")
    shape = _whole_numbers(name, entry["shape"])
    offsets = _whole_numbers(name, entry["data_offsets"])
    if len(offsets) != 2 or offsets[1] - offsets[0] != _size_bytes(name, dtype, shape):
        raise _RefusedHeader(f"the place of {name} does not fit its shape")
    return TensorInfo(dtype, shape, *offsets)


def _size_bytes(name: str, dtype: str, shape: tuple[int, ...]) -> int:
    if len(shape) > MAX_DIMENSIONS or math.prod(filter(None, shape)) > MAX_ELEMENTS:
        raise _RefusedHeader(f"{name} has an impossible shape")
    return math.prod(shape) * ITEM_BYTES[dtype]


def _whole_numbers(name: str, value: object) -> tuple[int, ...]:
    # type() and not isinstance: JSON's true would pass as 1.
    if not isinstance(value, list) or not {*map(type, value)} <= {int} or min(value, default=0) < 0:
        raise _RefusedHeader(f"the description of {name} holds something other than whole numbers")
    return tuple(value)


def _check_tiling(tensors: dict[str, TensorInfo]) -> int:
    """The size of the data section in bytes, when tensors follow one another without gap or overlap.

    Empty tensors may share a place between two others: checkpoints mark `v_pred` and `ztsnr` that way.
    """
    reached = 0
    for name, info in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin != reached:
            raise _RefusedHeader(f"{name} {'overlaps another' if info.begin < reached else 'leaves a gap'}")
        reached = info.end
    return reached


def refused_file(path: Path, why: str) -> StudioError:
    """What is said of a file that no honest program writes; `why` is a clause without a full stop."""
    return StudioError(
        "file_refused",
        f"{path.name} was not opened, because it is not built like an honest model file.",
        f"Reason: {why}. Nothing in it was run or loaded.",
        "Get the file again from a source you trust.",
    )


def damaged_file(path: Path, file_size: int, expected_size: int | None) -> StudioError:
    """What is said of a file of another size than it should have; None where that cannot be known."""
    if expected_size is None:
        detail = f"It is only {say_size(file_size)}: not even its table of contents is there."
    else:
        sizes = say_size(file_size), say_size(expected_size)
        if sizes[0] == sizes[1]:
            sizes = f"{file_size:,} bytes", f"{expected_size:,} bytes"
        detail = f"It is {sizes[0]} but should be {sizes[1]}"
        detail += ": the download may have stopped early." if file_size < expected_size else "."
    return StudioError("file_damaged", f"{path.name} is damaged.", detail, "Download or copy the file again.")


def _not_safetensors(path: Path, first: bytes) -> StudioError:
    detail, hint = "It does not begin like one.", "Choose a file that ends in .safetensors."
    if first.startswith((b"PK\x03\x04", b"\x80")):
        detail = "It looks like an older .ckpt or .pt file."
        hint = "Give it the ending .ckpt, then lora-studio convert-ckpt writes it as .safetensors."
    elif first.startswith(b"version"):
        detail = "It is only a note that stands for a large file (Git LFS), not the file itself."
        hint = "Download the file itself."
    elif len(first) == 9 and not any(first):
        detail, hint = "It begins with nothing but zeros: the download may have stopped early.", "Download it again."
    elif first.lstrip().startswith(b"<"):
        detail, hint = "It looks like a web page saved in place of the file.", "Download the file again."
    return StudioError("file_not_safetensors", f"{path.name} is not a safetensors file.", detail, hint)
