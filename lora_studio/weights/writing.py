"""Writes a safetensors file whose tensors are made one at a time, with its hashes, checked before it appears.

The file gets its name only after every tensor was read back and found equal, bit for bit, to what was meant.
No torch here: numbers are cast with numpy, one tensor in memory at a time.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.weights.header import ITEM_BYTES, Header, TensorReader, open_regular, read_header

ExportDtype = Literal["fp16", "bf16", "fp32"]

DTYPE_CODES: dict[ExportDtype, str] = {"fp16": "F16", "bf16": "BF16", "fp32": "F32"}
MAX_KEPT_BYTES = 10**9
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


def encode_weights(values: NDArray[np.generic], dtype: str, name: str) -> bytes:
    """The bytes of a tensor of weights in the format `dtype` (F16, BF16 or F32), rounded to nearest.

    Raises:
        StudioError: `export_not_finite` and `export_out_of_range`, which names the tensor `name`.
    """
    wide = values.astype(np.float32, copy=False)
    largest = largest_magnitude(wide)
    if not np.isfinite(largest):
        check_finite(wide, name)
    _, rounded = round_weights(np.array([largest]), dtype)
    # Rounding keeps the order, so the largest number tells for all: none overflows, and not all become zero.
    if not np.isfinite(rounded[0]) or (largest > 0 and rounded[0] == 0):
        raise StudioError(
            "export_out_of_range",
            f"The numbers of this adapter do not fit the small format ({dtype}).",
            f"First found in {name}: its largest value is {largest:g}. Nothing was written.",
            "Save it as bf16 or fp32 instead.",
        )
    return round_weights(wide, dtype)[0]


def largest_magnitude(values: NDArray[np.float32]) -> np.float32:
    """The largest number without its sign; NaN where there is one, 0 for no numbers."""
    return np.float32(np.maximum(values.max(), -values.min())) if values.size else np.float32(0)


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


def write_tensors(
    target: Path,
    tensors: Iterable[PlannedTensor],
    metadata: Mapping[str, str],
    verify: Callable[[Header], None] = lambda header: None,
    *,
    keep_order: bool = False,
) -> str:
    """Writes `target` with `metadata`, `format` and the three hashes; only a good file replaces an older one.

    A temporary file stands beside the target meanwhile. Up to 1 GB is held in memory, of a larger file one tensor
    at a time, made anew when it is hashed, written and compared.

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
    if sum(tensor.size_bytes for tensor in planned) <= MAX_KEPT_BYTES:
        planned = [replace(tensor, encode=_keep(tensor.encode())) for tensor in planned]
    usual = _usual_order(planned)
    ordered = planned if keep_order else usual
    data_hash = hashlib.sha256()
    for tensor in ordered:
        data_hash.update(tensor.encode())
    sha256_data = data_hash.hexdigest()
    whole_metadata = {
        **metadata,
        "format": "pt",
        "sshs_model_hash": sha256_data,
        "sshs_legacy_hash": _legacy_hash(usual, metadata),
        "modelspec.hash_sha256": "0x" + sha256_data,
    }

    def chunks() -> Iterator[bytes]:
        yield _header_bytes(ordered, whole_metadata)
        for tensor in ordered:
            yield tensor.encode()

    def check(written: Path) -> None:
        # Bytes that equal those that were hashed have their hash.
        with open_regular(written) as file:
            is_same = all(file.read(len(chunk)) == chunk for chunk in chunks()) and not file.read(1)
        header = read_header(written)
        if not is_same:
            raise failed_check(_differences(written, header, ordered) or ["the metadata differs"])
        verify(header)

    _publish(target, chunks(), check)
    return sha256_data


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
    head = _header_bytes(tensors, metadata)
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

    _publish(target, chunks(), check)
    return data_hash.hexdigest()


def _keep(raw: bytes) -> Callable[[], bytes]:
    return lambda: raw


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


def round_weights(values: NDArray[np.generic], dtype: str) -> tuple[bytes, NDArray[np.floating]]:
    """Weights rounded to the nearest in the format `dtype` (F16, BF16 or F32): their bytes, and what those stand for.

    What is too large becomes infinite; nothing is checked.
    """
    return _CASTS[dtype](values.astype(np.float32, copy=False))


def _to_fp16(values: NDArray[np.float32]) -> tuple[bytes, NDArray[np.floating]]:
    with np.errstate(over="ignore", under="ignore"):
        kept = values.astype("<f2")
    return kept.tobytes(), kept


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


def _header_bytes(tensors: Iterable[PlannedTensor], metadata: Mapping[str, str]) -> bytes:
    """The length prefix and JSON header, padded with spaces to a multiple of 8 as the library does."""
    entries: dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))}
    begin = 0
    for tensor in tensors:
        end = begin + tensor.size_bytes
        offsets = [begin, end]
        entries[tensor.name] = {"dtype": tensor.dtype, "shape": list(tensor.shape), "data_offsets": offsets}
        begin = end
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _usual_order(tensors: Iterable[PlannedTensor]) -> list[PlannedTensor]:
    """The order of the safetensors library: wider numbers first, then by name."""
    return sorted(tensors, key=lambda tensor: (-ITEM_BYTES[tensor.dtype], tensor.name.encode()))


def _legacy_hash(tensors: Sequence[PlannedTensor], metadata: Mapping[str, str]) -> str:
    """First 8 hex digits of SHA-256 over 64 KiB at 1 MiB of the file, had it `ss_*` metadata alone."""
    ss_only = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    start = _LEGACY_HASH_START - len(_header_bytes(tensors, ss_only))
    end = start + _LEGACY_HASH_BYTES
    digest = hashlib.sha256()
    at = 0
    for tensor in tensors:
        if at < end and at + tensor.size_bytes > start:
            digest.update(tensor.encode()[max(start - at, 0) : end - at])
        at += tensor.size_bytes
    return digest.hexdigest()[:8]


def _publish(target: Path, chunks: Iterable[bytes], check: Callable[[Path], None]) -> None:
    """Gives a file its name only after `check` accepted what the disk gives back; else no file is left.

    `storage.write_file` alone would rename before the check, so the file is staged beside its place.
    """
    staging_dir = storage.new_temp_dir(target.parent)
    try:
        staged = staging_dir / target.name
        storage.write_file(staged, chunks)
        check(staged)
        with storage.disk_errors(target):
            staged.replace(target)
            if os.name != "nt":
                descriptor = os.open(target.parent, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
    finally:
        storage.remove_tree(staging_dir)
