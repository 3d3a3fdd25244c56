"""Writes the one adapter file that all the usual programs read (the kohya scheme), checked before it appears.

The file gets its name only after every tensor was read back and found equal, bit for bit, to what was meant.
No torch here: numbers are cast with numpy, one tensor in memory at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY, StudioAdapter, read_adapter
from lora_studio.weights.header import ITEM_BYTES, Header, read_header, read_tensor, read_tensor_bytes
from lora_studio.weights.names import build_name_table

ExportDtype = Literal["fp16", "bf16", "fp32"]

_DTYPES: dict[ExportDtype, str] = {"fp16": "F16", "bf16": "BF16", "fp32": "F32"}
# With the first, diffusers refuses alphas; InvokeAI takes a file with the second for another scheme.
_FORBIDDEN_METADATA = {"lora_adapter_metadata", "ot_branch", ADAPTER_KEY}
_LEGACY_HASH_START, _LEGACY_HASH_BYTES = 0x100000, 0x10000


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written; `sha256_data` is the hash of the tensor section, which metadata cannot change."""

    path: Path
    size_bytes: int
    module_count: int
    sha256_data: str


@dataclass(frozen=True, slots=True)
class _Tensor:
    """One tensor of the file to be: a tensor of the source, or the alpha of a module."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    source_name: str | None
    alpha: float = 0.0

    @property
    def size_bytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * ITEM_BYTES[self.dtype]


def export_kohya(source: Path, target: Path, metadata: Mapping[str, str], dtype: ExportDtype = "fp16") -> ExportResult:
    """Writes `target` from a checkpoint of our trainer; only a good file replaces an older one.

    Args:
        source: The adapter file the trainer saved.
        target: Where to write; a temporary file stands beside it meanwhile.
        metadata: From `adapter_metadata`; the hashes and `format` are added here.
        dtype: Number format of the weights; alphas are always float32.

    Raises:
        StudioError: as `read_adapter`; `module_unknown`; `export_not_finite` and `export_out_of_range` when
            the numbers cannot be written; `export_failed` when reading back found a difference; disk errors.
            In every case no new file is left, and `source` is untouched.
        ValueError: `metadata` holds a key that would make another program misread the file.

    Source: reference/lora-formats, sections 1 and 3.2.
    """
    if forbidden := _FORBIDDEN_METADATA & metadata.keys():
        raise ValueError(f"metadata that must not be exported: {sorted(forbidden)}")
    if target.resolve() == source.resolve():
        raise StudioError(
            "export_failed",
            "The adapter cannot be saved over the checkpoint it comes from.",
            f"{source.name} is untouched.",
            "Choose another file name.",
        )
    adapter = read_adapter(source)
    tensors = _plan(adapter, _DTYPES[dtype])
    data_hash = hashlib.sha256()
    for chunk in _data_chunks(adapter, tensors):
        data_hash.update(chunk)
    sha256_data = data_hash.hexdigest()
    whole_metadata = {
        **metadata,
        "format": "pt",
        "sshs_model_hash": sha256_data,
        "sshs_legacy_hash": _legacy_hash(adapter, tensors, metadata),
        "modelspec.hash_sha256": "0x" + sha256_data,
    }

    def chunks() -> Iterator[bytes]:
        yield _header_bytes(tensors, whole_metadata)
        yield from _data_chunks(adapter, tensors)

    def check(written: Path) -> None:
        compare_export(source, written)
        if read_header(written).metadata != whole_metadata:
            raise _failed(["the metadata differs"])

    _publish(target, chunks(), check)
    return ExportResult(target, target.stat().st_size, len(adapter.note.modules), sha256_data)


def compare_export(source: Path, target: Path) -> None:
    """Compares an exported file with its checkpoint: every name, shape, alpha and bit, and the hashes.

    Raises:
        StudioError: `export_failed` with the first differences; else as `read_adapter` and `read_header`.
    """
    adapter = read_adapter(source)
    header = read_header(target)
    expected = {tensor.name: tensor for tensor in _plan(adapter, _weight_dtype(header))}
    problems = [f"{name} is missing" for name in sorted(expected.keys() - header.tensors.keys())]
    problems += [f"{name} does not belong there" for name in sorted(header.tensors.keys() - expected.keys())]
    for name, info in header.tensors.items():
        tensor = expected.get(name)
        if tensor is None:
            continue
        if (info.dtype, info.shape) != (tensor.dtype, tensor.shape):
            problems.append(f"{name} is {info.dtype} {info.shape}, not {tensor.dtype} {tensor.shape}")
        elif read_tensor_bytes(target, header, name) != _encode(adapter, tensor):
            problems.append(f"{name} has other numbers")
    sha256_data = hash_data(target, header)
    if header.metadata.get("sshs_model_hash") != sha256_data:
        problems.append("sshs_model_hash is not the hash of the tensors")
    if header.metadata.get("modelspec.hash_sha256") != "0x" + sha256_data:
        problems.append("modelspec.hash_sha256 is not the hash of the tensors")
    if problems:
        raise _failed(problems)


def hash_data(path: Path, header: Header) -> str:
    """SHA-256 in hex of everything after the header, which is how `sshs_model_hash` is defined."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(header.data_start)
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _plan(adapter: StudioAdapter, dtype: str) -> list[_Tensor]:
    """The tensors of the export in the library's file order: wider numbers first, then by name."""
    tensors = []
    for module, stem in build_name_table(adapter.note.family, adapter.note.modules).items():
        for side, leaf in (("lora_A", "lora_down"), ("lora_B", "lora_up")):
            source_name = f"{module}.{side}.weight"
            shape = adapter.header.tensors[source_name].shape
            tensors.append(_Tensor(f"{stem}.{leaf}.weight", dtype, shape, source_name))
        alpha = adapter.note.modules[module].alpha
        tensors.append(_Tensor(f"{stem}.alpha", "F32", (), None, alpha))
    return sorted(tensors, key=lambda tensor: (-ITEM_BYTES[tensor.dtype], tensor.name.encode()))


def _data_chunks(adapter: StudioAdapter, tensors: Iterable[_Tensor]) -> Iterator[bytes]:
    for tensor in tensors:
        yield _encode(adapter, tensor)


def _encode(adapter: StudioAdapter, tensor: _Tensor) -> bytes:
    """The bytes of one tensor of the export."""
    if tensor.source_name is None:
        return struct.pack("<f", tensor.alpha)
    values = read_tensor(adapter.path, adapter.header, tensor.source_name).astype(np.float32)
    if not np.isfinite(values).all():
        raise StudioError(
            "export_not_finite",
            "The adapter holds numbers that are not finite, so it was not saved.",
            f"First found in {tensor.source_name}. It would paint black pictures.",
            "Save an earlier epoch, and train with a lower learning rate.",
        )
    cast = {"F16": _to_fp16, "BF16": _to_bf16, "F32": _to_fp32}[tensor.dtype]
    raw, kept = cast(values)
    if not np.isfinite(kept).all() or (values.any() and not kept.any()):
        raise StudioError(
            "export_out_of_range",
            f"The numbers of this adapter do not fit the small format ({tensor.dtype}).",
            f"First found in {tensor.source_name}: its largest value is {np.abs(values).max():g}. Nothing was written.",
            "Save it as bf16 or fp32 instead.",
        )
    return raw


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


def _header_bytes(tensors: Iterable[_Tensor], metadata: Mapping[str, str]) -> bytes:
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


def _legacy_hash(adapter: StudioAdapter, tensors: list[_Tensor], metadata: Mapping[str, str]) -> str:
    """First 8 hex digits of SHA-256 over 64 KiB at 1 MiB of the file, had it `ss_*` metadata alone."""
    ss_only = {key: value for key, value in metadata.items() if key.startswith("ss_")}
    start = _LEGACY_HASH_START - len(_header_bytes(tensors, ss_only))
    end = start + _LEGACY_HASH_BYTES
    digest = hashlib.sha256()
    at = 0
    for tensor in tensors:
        if at < end and at + tensor.size_bytes > start:
            digest.update(_encode(adapter, tensor)[max(start - at, 0) : end - at])
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


def _weight_dtype(header: Header) -> str:
    """The number format of the weights in an exported file; a mixture then shows as differences."""
    found = {info.dtype for name, info in header.tensors.items() if not name.endswith(".alpha")}
    known = sorted(found & set(_DTYPES.values()))
    if not known:
        raise _failed([f"its weights are stored as {', '.join(sorted(found)) or 'nothing'}"])
    return known[0]


def _failed(problems: list[str]) -> StudioError:
    more = f" and {len(problems) - 4:,} more" if len(problems) > 4 else ""
    return StudioError(
        "export_failed",
        "The saved adapter did not pass its check.",
        f"Found: {'; '.join(problems[:4])}{more}. Your checkpoints are untouched.",
        "Save again, or save to another drive.",
    )
