"""Writes a safetensors file whose tensors are made one at a time, with its hashes, checked before it appears.

The file gets its name only after every tensor was read back and found equal, bit for bit, to what was meant.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.weights.header import ITEM_BYTES, Header, TensorReader, open_regular, read_header

ExportDtype = Literal["fp16", "bf16", "fp32"]

DTYPE_CODES: dict[ExportDtype, str] = {"fp16": "F16", "bf16": "BF16", "fp32": "F32"}
MAX_KEPT_BYTES = 10**9
_PIECE_BYTES, _PIECES_AHEAD = 2**20, 3
_LEGACY_HASH_START, _LEGACY_HASH_BYTES = 0x100000, 0x10000


@dataclass(frozen=True, slots=True)
class PlannedTensor:
    """One tensor of the file to be; `encode` gives its little-endian bytes, the same at every call."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    encode: Callable[[], bytes]

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * ITEM_BYTES[self.dtype]


def plan_alpha(name: str, alpha: float) -> PlannedTensor:
    """The one float32 number by which other programs learn a module's strength."""
    return PlannedTensor(name, "F32", (), lambda: struct.pack("<f", alpha))


def write_tensors(
    target: Path,
    tensors: Iterable[PlannedTensor],
    metadata: Mapping[str, str],
    verify: Callable[[Header], None] = lambda header: None,
    *,
    keep_order: bool = False,
) -> str:
    """Writes `target` with `metadata`, `format` and the three hashes; only a good file replaces an older one.

    A temporary file stands beside the target meanwhile. Tensors are made in a second thread while earlier ones are
    hashed and written. Up to 1 GB is held in memory; of a larger file every tensor is made anew to be compared.

    Args:
        target: Where to.
        tensors: What to write.
        metadata: Without the hashes.
        verify: Gets the header that was read back from a file with the right bytes, and raises if it is no good.
        keep_order: The tensors follow one another as given, so that copied ones keep the hash of the file they come
            from; else as the safetensors library orders them.

    Returns:
        SHA-256 in hex of the tensor section, which metadata cannot change.

    Raises:
        StudioError: what `encode` and `verify` raise; `export_failed` when reading back found a difference; disk
            errors. In every case no new file is left.

    Source: reference/lora-formats, section 3.2.
    """
    planned = list(tensors)
    usual = _usual_order(planned)
    described = _describe(usual)
    told = {**metadata, "format": "pt", "sshs_legacy_hash": _legacy_hash(usual, described, metadata)}
    ordered = usual
    if keep_order:
        ordered, described = planned, _describe(planned)
    data_hash = hashlib.sha256()
    kept: list[bytes] | None = [] if sum(tensor.size_bytes for tensor in ordered) <= MAX_KEPT_BYTES else None

    def head() -> bytes:
        sha256_data = data_hash.hexdigest()
        hashes = {"sshs_model_hash": sha256_data, "modelspec.hash_sha256": "0x" + sha256_data}
        return _header_bytes(described, told | hashes)

    def chunks() -> Iterator[bytes]:
        yield head()  # with a hash of nothing, as long as the one that takes its place
        for piece in _ahead(_pieces(ordered)):
            data_hash.update(piece)
            if kept is not None:
                kept.append(piece)
            yield piece

    def check(written: Path) -> None:
        # Bytes that equal those that were hashed have their hash.
        with open_regular(written) as file:
            wanted = chain([head()], _pieces(ordered) if kept is None else kept)
            is_same = all(file.read(len(piece)) == piece for piece in wanted) and not file.read(1)
        try:
            header = read_header(written)
        except StudioError as error:
            reason = error.detail.removesuffix(".")
            raise failed_check([f"its header cannot be read. {reason}"]) from error
        if not is_same:
            raise failed_check(_differences(written, header, ordered) or ["the metadata differs"])
        verify(header)

    storage.write_file(target, chunks(), head=head, check=check)
    return data_hash.hexdigest()


def _pieces(tensors: Iterable[PlannedTensor]) -> Iterator[bytes]:
    """The bytes of the tensors, one after another, in pieces of about a MB; a whole tensor is in one."""
    parts: list[bytes] = []
    size_bytes = 0
    for tensor in tensors:
        parts.append(tensor.encode())
        size_bytes += len(parts[-1])
        if size_bytes >= _PIECE_BYTES:
            yield b"".join(parts)
            parts, size_bytes = [], 0
    yield b"".join(parts)


def _ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the next of them made in a second thread while the caller works on one."""
    with ThreadPoolExecutor(1) as beside:
        waiting = deque(beside.submit(next, pieces, None) for _ in range(_PIECES_AHEAD))
        while (piece := waiting.popleft().result()) is not None:
            waiting.append(beside.submit(next, pieces, None))
            yield piece


def write_model(
    target: Path,
    tensors: Sequence[PlannedTensor],
    metadata: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """Writes a large file with its tensors in the order given, each made once; only a good file replaces an older one.

    A temporary file stands beside the target meanwhile. No hash is added to the metadata. `progress` hears, after each
    tensor, how many bytes of how many are written; reading back takes about as long again as writing copied ones.

    Returns:
        SHA-256 in hex of the tensor section.

    Raises:
        StudioError: `disk_full` before anything is written when there is not enough room; what `encode` raises;
            `model_write_failed` when reading back found a difference; disk errors. In every case no new file is left.
    """
    head = _header_bytes(_describe(tensors), metadata)
    size_bytes = len(head) + sum(tensor.size_bytes for tensor in tensors)
    storage.check_room(target, size_bytes)
    data_hash = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        yield head
        done = len(head)
        for tensor in tensors:
            raw = tensor.encode()
            data_hash.update(raw)
            yield raw
            done += len(raw)
            if progress:
                progress(done, size_bytes)

    def check(written: Path) -> None:
        header = read_header(written)
        is_as_planned = header.metadata == metadata and [
            (name, info.dtype, info.shape) for name, info in header.tensors.items()
        ] == [(tensor.name, tensor.dtype, tensor.shape) for tensor in tensors]
        if not is_as_planned or hash_data(written, header) != data_hash.hexdigest():
            raise StudioError(
                "model_write_failed", "The saved model did not pass its check.",
                "The disk gave back other numbers than were written. No file was left, the base is untouched.",
                "Save again, or save to another drive.",
            )  # fmt: skip

    storage.write_file(target, chunks(), check=check)
    return data_hash.hexdigest()


def check_tensors(path: Path, tensors: Iterable[PlannedTensor]) -> None:
    """Compares a file with its plan: every name, shape and bit, and the hashes it states.

    Raises:
        StudioError: `export_failed` with the first differences; else as `read_header` and `encode`.
    """
    header = read_header(path)
    problems = _differences(path, header, tensors)
    sha256_data = hash_data(path, header)
    if header.metadata.get("sshs_model_hash") != sha256_data:
        problems.append("sshs_model_hash is not the hash of the tensors")
    if header.metadata.get("modelspec.hash_sha256") != "0x" + sha256_data:
        problems.append("modelspec.hash_sha256 is not the hash of the tensors")
    if problems:
        raise failed_check(problems)


def _differences(path: Path, header: Header, tensors: Iterable[PlannedTensor]) -> list[str]:
    """One line for each tensor of the file that is not as planned."""
    expected = {tensor.name: tensor for tensor in tensors}
    problems = [f"{name} is missing" for name in sorted(expected.keys() - header.tensors.keys())]
    problems += [f"{name} does not belong there" for name in sorted(header.tensors.keys() - expected.keys())]
    with TensorReader(path, header) as reader:
        for name, info in header.tensors.items():
            tensor = expected.get(name)
            if tensor is None:
                continue
            if (info.dtype, info.shape) != (tensor.dtype, tensor.shape):
                problems.append(f"{name} is {info.dtype} {info.shape}, not {tensor.dtype} {tensor.shape}")
            elif reader.read_bytes(name) != tensor.encode():
                problems.append(f"{name} has other numbers")
    return problems


def hash_data(path: Path, header: Header) -> str:
    """SHA-256 in hex of everything after the header, which is how `sshs_model_hash` is defined."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(header.data_start)
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def failed_check(problems: Sequence[str]) -> StudioError:
    """What is said when a written file is not what was meant."""
    more = f" and {len(problems) - 4:,} more" if len(problems) > 4 else ""
    return StudioError(
        "export_failed",
        "The saved adapter did not pass its check.",
        f"Found: {'; '.join(problems[:4])}{more}. Your checkpoints are untouched.",
        "Save again, or save to another drive.",
    )


def _describe(tensors: Iterable[PlannedTensor]) -> str:
    """The header's JSON for the tensors, which follow one another; each begins with a comma."""
    parts = []
    begin = 0
    for tensor in tensors:
        end = begin + tensor.size_bytes
        name, shape = json.dumps(tensor.name, ensure_ascii=False), ",".join(map(str, tensor.shape))
        parts.append(f',{name}:{{"dtype":"{tensor.dtype}","shape":[{shape}],"data_offsets":[{begin},{end}]}}')
        begin = end
    return "".join(parts)


def _header_bytes(described: str, metadata: Mapping[str, str]) -> bytes:
    """The length prefix and JSON header, padded with spaces to a multiple of 8 as the library does."""
    told = json.dumps(dict(sorted(metadata.items())), ensure_ascii=False, separators=(",", ":"))
    text = f'{{"__metadata__":{told}{described}}}'.encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _usual_order(tensors: Iterable[PlannedTensor]) -> list[PlannedTensor]:
    """The order of the safetensors library: wider numbers first, then by name."""
    return sorted(tensors, key=lambda tensor: (-ITEM_BYTES[tensor.dtype], tensor.name.encode()))


def _legacy_hash(tensors: Sequence[PlannedTensor], described: str, metadata: Mapping[str, str]) -> str:
    """First 8 hex digits of SHA-256 over 64 KiB at 1 MiB of the file, had it `ss_*` metadata alone."""
    ss_only = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    start = _LEGACY_HASH_START - len(_header_bytes(described, ss_only))
    end = start + _LEGACY_HASH_BYTES
    digest = hashlib.sha256()
    at = 0
    for tensor in tensors:
        if at < end and at + tensor.size_bytes > start:
            digest.update(tensor.encode()[max(start - at, 0) : end - at])
        at += tensor.size_bytes
    return digest.hexdigest()[:8]
