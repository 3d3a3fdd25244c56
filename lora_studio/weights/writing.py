"""Writes a safetensors file whose tensors are made one at a time, with its hashes, checked before it appears.

The file gets its name only after every tensor was read back and found equal, bit for bit, to what was meant.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BufferedReader
from itertools import accumulate, islice, pairwise, repeat
from pathlib import Path
from typing import Literal

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.weights.header import ITEM_BYTES, Header, TensorInfo, TensorReader, open_regular, read_header
from lora_studio.weights.pieces import PlannedTensor, gather

ExportDtype = Literal["fp16", "bf16", "fp32"]

DTYPE_CODES: dict[ExportDtype, str] = {"fp16": "F16", "bf16": "BF16", "fp32": "F32"}
MAX_KEPT_BYTES = 10**9
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PIECES_AHEAD = 8
_COMPARED_BYTES = 2**20
_LEGACY_HASH_START, _LEGACY_HASH_BYTES = 0x100000, 0x10000


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
        StudioError: what `make`, `fill` and `verify` raise; `export_failed` when reading back found a difference; disk
            errors. In every case no new file is left.

    Source: reference/lora-formats, section 3.2.
    """
    planned = list(tensors)
    usual = _usual_order(planned)
    ordered = planned if keep_order else usual
    with _made_beside(ordered) as (image, pieces):
        places = _lay_out(usual)
        described = _describe(places)
        legacy = _legacy_hash(usual, places, described, metadata)
        if keep_order:
            described = _describe(_lay_out(planned))
        data_hash = hashlib.sha256()
        told = {**metadata, "format": "pt", **_name_hashes("0" * 64, "0" * 8)}  # until they are known

        def head() -> bytes:
            return _header_bytes(described, told)

        def chunks() -> Iterator[bytes | memoryview]:
            yield head()
            for piece in pieces:
                data_hash.update(piece)
                yield piece
            told.update(_name_hashes(data_hash.hexdigest(), legacy()))

        def check(written: Path) -> None:
            # Bytes that equal those that were hashed have their hash.
            with open_regular(written) as file:
                data = [image] if image is not None else (piece.encode() for piece in gather(ordered))
                is_same = all(_follows(file, part) for part in [memoryview(head()), *data]) and not file.read(1)
            try:
                found = read_header(written)
            except StudioError as error:
                reason = error.detail.removesuffix(".")
                raise failed_check([f"its header cannot be read. {reason}"]) from error
            if not is_same:
                raise failed_check(_differences(written, found, ordered) or ["the metadata differs"])
            verify(found)

        storage.write_file(target, chunks(), head=head, check=check)
    return data_hash.hexdigest()


@contextmanager
def _made_beside(tensors: Sequence[PlannedTensor]) -> Iterator[tuple[memoryview | None, Iterator[memoryview]]]:
    """The bytes of a file's tensors, and the pieces of them, which a second thread makes a few ahead of the caller.

    Further ahead they would leave the processor's cache before they are hashed. Of more than `MAX_KEPT_BYTES` there
    are only the pieces.
    """
    planned = list(gather(tensors))
    size_bytes = sum(piece.size_bytes for piece in planned)
    image = _new_memory(size_bytes) if size_bytes <= MAX_KEPT_BYTES else None
    rooms: Iterable[memoryview | None] = repeat(None)
    if image is not None:
        ends = accumulate((piece.size_bytes for piece in planned), initial=0)
        rooms = [image[begin:end] for begin, end in pairwise(ends)]
    with ThreadPoolExecutor(1) as beside:
        submitted = (beside.submit(piece.encode, room) for piece, room in zip(planned, rooms, strict=False))
        made = deque(islice(submitted, _PIECES_AHEAD))

        def in_order() -> Iterator[memoryview]:
            while made:
                first = made.popleft().result()
                made.extend(islice(submitted, 1))
                yield first

        try:
            yield image, in_order()
        finally:
            beside.shutdown(cancel_futures=True)


def _new_memory(size_bytes: int) -> memoryview:
    """From numpy, which asks for large pages: a fifth of the time of small ones."""
    import numpy as np  # not at the top: a tenth of a second of the window's start

    return np.empty(size_bytes, np.uint8).data


def _follows(file: BufferedReader, wanted: memoryview) -> bool:
    """Whether these are the next bytes of the file."""
    room = bytearray(_COMPARED_BYTES)
    for start in range(0, len(wanted), _COMPARED_BYTES):
        part = wanted[start : start + _COMPARED_BYTES]
        del room[len(part) :]
        # Other kinds of memory are compared byte by byte, not at once.
        if file.readinto(room) != len(part) or room != part:
            return False
    return True


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
    head = _header_bytes(_describe(_lay_out(tensors)), metadata)
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


def _lay_out(tensors: Iterable[PlannedTensor]) -> dict[str, TensorInfo]:
    """Where each tensor lies when they follow one another."""
    places = {}
    begin = 0
    for tensor in tensors:
        end = begin + tensor.size_bytes
        places[tensor.name] = TensorInfo(tensor.dtype, tensor.shape, begin, end)
        begin = end
    return places


def _describe(places: Mapping[str, TensorInfo]) -> str:
    """The header's JSON for the tensors; each begins with a comma."""
    kinds = {
        (dtype, shape): f'{{"dtype":"{dtype}","shape":[{",".join(map(str, shape))}],"data_offsets":['
        for dtype, shape in {info[:2] for info in places.values()}
    }
    return "".join(
        f",{_JSON.encode(name)}:{kinds[dtype, shape]}{begin},{end}]}}"
        for name, (dtype, shape, begin, end) in places.items()
    )


def _header_bytes(described: str, metadata: Mapping[str, str]) -> bytes:
    """The length prefix and JSON header, padded with spaces to a multiple of 8 as the library does."""
    told = _JSON.encode(dict(sorted(metadata.items())))
    text = f'{{"__metadata__":{told}{described}}}'.encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _usual_order(tensors: Iterable[PlannedTensor]) -> list[PlannedTensor]:
    """The order of the safetensors library: wider numbers first, then by name."""
    return sorted(tensors, key=lambda tensor: (-ITEM_BYTES[tensor.dtype], tensor.name.encode()))


def _name_hashes(sha256_data: str, legacy: str) -> dict[str, str]:
    return {
        "sshs_model_hash": sha256_data,
        "sshs_legacy_hash": legacy,
        "modelspec.hash_sha256": "0x" + sha256_data,
    }


def _legacy_hash(
    tensors: Sequence[PlannedTensor], places: Mapping[str, TensorInfo], described: str, metadata: Mapping[str, str]
) -> Callable[[], str]:
    """First 8 hex digits of SHA-256 over 64 KiB at 1 MiB of the file, had it `ss_*` metadata alone.

    Where that is follows from `places` and `described`, those of the tensors in their usual order. The function makes
    what lies there anew.
    """
    ss_only = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    start = _LEGACY_HASH_START - len(_header_bytes(described, ss_only))
    end = start + _LEGACY_HASH_BYTES
    hashed = [
        (tensor, slice(max(start - places[tensor.name].begin, 0), end - places[tensor.name].begin))
        for tensor in tensors
        if places[tensor.name].begin < end and places[tensor.name].end > start
    ]
    return lambda: hashlib.sha256(b"".join(tensor.encode()[part] for tensor, part in hashed)).hexdigest()[:8]
