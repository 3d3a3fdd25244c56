"""Writes the one adapter file that all the usual programs read (the kohya scheme), checked before it appears."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY, StudioAdapter, read_adapter
from lora_studio.weights.header import Header, TensorReader, read_header
from lora_studio.weights.names import build_name_table
from lora_studio.weights.writing import (
    DTYPE_CODES,
    ExportDtype,
    PlannedTensor,
    check_tensors,
    encode_weights,
    failed_check,
    plan_alpha,
    write_tensors,
)

# With the first, diffusers refuses alphas; InvokeAI takes a file with the second for another scheme.
FORBIDDEN_METADATA = frozenset({"lora_adapter_metadata", "ot_branch", ADAPTER_KEY})


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written; `sha256_data` is the hash of the tensor section, which metadata cannot change."""

    path: Path
    size_bytes: int
    module_count: int
    sha256_data: str


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
    if forbidden := FORBIDDEN_METADATA & metadata.keys():
        raise ValueError(f"metadata that must not be exported: {sorted(forbidden)}")
    if target.resolve() == source.resolve():
        raise StudioError(
            "export_failed",
            "The adapter cannot be saved over the checkpoint it comes from.",
            f"{source.name} is untouched.",
            "Choose another file name.",
        )
    adapter = read_adapter(source)
    with TensorReader(source, adapter.header) as reader:
        sha256_data = write_tensors(target, _plan(adapter, reader, DTYPE_CODES[dtype]), metadata)
    return ExportResult(target, target.stat().st_size, len(adapter.note.modules), sha256_data)


def compare_export(source: Path, target: Path) -> None:
    """Compares an exported file with its checkpoint: every name, shape, alpha and bit, and the hashes.

    Raises:
        StudioError: `export_failed` with the first differences; else as `read_adapter` and `read_header`.
    """
    adapter = read_adapter(source)
    with TensorReader(source, adapter.header) as reader:
        check_tensors(target, _plan(adapter, reader, _weight_dtype(read_header(target))))


def _plan(adapter: StudioAdapter, reader: TensorReader, dtype: str) -> list[PlannedTensor]:
    """The tensors of the export."""
    tensors = []
    for module, stem in build_name_table(adapter.note.family, adapter.note.modules).items():
        for side, leaf in (("lora_A", "lora_down"), ("lora_B", "lora_up")):
            name = f"{module}.{side}.weight"
            shape = adapter.header.tensors[name].shape
            encode: Callable[[], bytes] = partial(_encode, reader, name, dtype)
            tensors.append(PlannedTensor(f"{stem}.{leaf}.weight", dtype, shape, encode))
        tensors.append(plan_alpha(f"{stem}.alpha", adapter.note.modules[module].alpha))
    return tensors


def _encode(reader: TensorReader, name: str, dtype: str) -> bytes:
    return encode_weights(reader.read(name), dtype, name)


def _weight_dtype(header: Header) -> str:
    """The number format of the weights in an exported file; a mixture then shows as differences."""
    found = {info.dtype for name, info in header.tensors.items() if not name.endswith(".alpha")}
    known = sorted(found & set(DTYPE_CODES.values()))
    if not known:
        raise failed_check([f"its weights are stored as {', '.join(sorted(found)) or 'nothing'}"])
    return known[0]
