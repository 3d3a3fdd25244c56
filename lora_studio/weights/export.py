"""Writes the one adapter file that the usual programs read, checked before it appears.

A LoRA in the kohya scheme, which all read; LoHa and LoKr as LyCORIS writes them, under the same module names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lora_studio.config.findings import Finding
from lora_studio.config.training import AdapterKind, FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY, StudioAdapter, read_adapter
from lora_studio.weights.effect import (
    change_norm,
    change_shares,
    effect_findings,
    measure_halves,
    on_one_core,
    refuse_no_effect,
    rows_of_down,
    rows_of_up,
)
from lora_studio.weights.header import Header, TensorReader, read_header
from lora_studio.weights.loading import find_modules, judge
from lora_studio.weights.lycoris import change_norms, plan_factors, written_alphas
from lora_studio.weights.names import build_name_table
from lora_studio.weights.pieces import PlannedTensor, plan_alpha
from lora_studio.weights.strength import check_strength, metadata_at
from lora_studio.weights.writing import (
    DTYPE_CODES,
    ExportDtype,
    check_tensors,
    failed_check,
    write_tensors,
)

# By the checkpoint's name of a down or up matrix, its product with itself, (rank, rank).
Grams = dict[str, NDArray[np.floating]]

# With the first, diffusers refuses alphas; InvokeAI takes a file with the second for another scheme.
FORBIDDEN_METADATA = frozenset({"lora_adapter_metadata", "ot_branch", ADAPTER_KEY})

# Of a layer in the file, its alpha included; LoKr's second factor is one or two.
TENSORS_OF_A_LAYER: Mapping[AdapterKind, tuple[int, ...]] = {"lora": (3,), "loha": (5,), "lokr": (3, 4)}


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written; `sha256_data` is the hash of the tensor section, which metadata cannot change.

    `shares` is each module's part of the whole change, by its name in the file; `findings` tell of layers without any.
    Both are empty where nobody measured.
    """

    path: Path
    size_bytes: int
    module_count: int
    sha256_data: str
    shares: Mapping[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def export_kohya(
    source: Path, target: Path, metadata: Mapping[str, str], dtype: ExportDtype = "fp16", strength: float = 1.0
) -> ExportResult:
    """Writes `target` from a checkpoint of our trainer; only a good file replaces an older one.

    Good means: read back equal to the checkpoint bit by bit, every key one that each named program takes if it knows
    the kind of adapter, and some effect on the model.

    Args:
        source: The adapter file the trainer saved.
        target: Where to write; a temporary file stands beside it meanwhile.
        metadata: From `adapter_metadata`; the hashes and `format` are added here.
        dtype: Number format of the weights; alphas are always float32.
        strength: Folded into the alphas, or into a factor where programs pass over them: 1 in any program is then
            this strength of the checkpoint.

    Raises:
        StudioError: as `read_adapter`; `bad_strength`; `module_unknown`; `export_not_finite` and
            `export_out_of_range` when the numbers cannot be written; `export_failed` when reading back found a
            difference or a key that a program does not take; `export_no_effect` when every layer is zero; disk
            errors. In every case no new file is left, and `source` is untouched.
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
    check_strength(strength)
    adapter = read_adapter(source)
    stems = build_name_table(adapter.note.family, adapter.note.modules)
    kind = adapter.note.kind
    by_module = written_alphas(adapter, strength)
    alphas = {stem: by_module[module] for module, stem in stems.items()}
    grams: Grams = {}
    norms: dict[str, float] = {}

    def verify(written: Header) -> None:
        check_names(written, adapter.note.family, alphas, kind)
        if kind == "lora":
            norms.update(
                (stem, change_norm(grams[f"{module}.lora_A.weight"], grams[f"{module}.lora_B.weight"], alphas[stem]))
                for module, stem in stems.items()
            )
        else:
            norms.update(change_norms(adapter, stems, reader, strength))
        refuse_no_effect(norms)

    with TensorReader(source, adapter.header) as reader, on_one_core():
        tensors = _plan(adapter, stems, reader, DTYPE_CODES[dtype], grams, strength)
        sha256_data = write_tensors(target, tensors, metadata_at(metadata, strength), verify)
    findings = tuple(effect_findings(norms))
    size_bytes = target.stat().st_size
    return ExportResult(target, size_bytes, len(stems), sha256_data, change_shares(norms), findings)


def check_names(
    header: Header,
    family: FamilyId,
    alphas: Mapping[str, float],
    kind: AdapterKind = "lora",
    spelling: Literal["kohya", "peft"] = "kohya",
) -> None:
    """Holds the keys of a written file against the rules of every program it is meant for.

    Args:
        header: Of the file.
        family: Which base it is for.
        alphas: The strength of each module by its name in the file; empty where keys do not carry it.
        kind: What its modules are.
        spelling: How they are named: `peft` is a LoRA meant for diffusers alone.

    Raises:
        StudioError: `export_failed` for a key that a program would pass over, refuse or take for something else,
            unless it is a layer the program has no place for.
    """
    sizes = TENSORS_OF_A_LAYER[kind] if spelling == "kohya" else (2,)
    found, strays = find_modules(header, family)
    problems = [f"{name} belongs to no layer" for name in strays]
    for module in found:
        if module.place.path is None:
            problems.append(f"{module.name} is no layer of {family}")
        elif module.place.spelling != spelling:
            problems.append(f"{module.name} is not the usual name of {module.place.path}")
        elif module.kind != kind or len(module.tensors) not in sizes:
            problems.append(f"{module.name} does not hold the factors of a layer that fit, and a strength")
    for loading in judge(found, strays, family, alphas):
        if not loading.is_sound and (spelling == "kohya" or loading.program == "diffusers"):
            problems.append(f"{loading.program} would not load it whole")
    if problems:
        raise failed_check(problems)


def compare_export(source: Path, target: Path, strength: float = 1.0) -> None:
    """Compares an exported file with its checkpoint at `strength`: every name, shape, alpha and bit, and the hashes.

    Raises:
        StudioError: `export_failed` with the first differences; else as `read_adapter` and `read_header`.
    """
    adapter = read_adapter(source)
    with TensorReader(source, adapter.header) as reader:
        dtype = _weight_dtype(read_header(target))
        stems = build_name_table(adapter.note.family, adapter.note.modules)
        check_tensors(target, _plan(adapter, stems, reader, dtype, {}, strength))


def _plan(
    adapter: StudioAdapter, stems: Mapping[str, str], reader: TensorReader, dtype: str, grams: Grams, strength: float
) -> list[PlannedTensor]:
    """The tensors of the export; `grams` gets what the size of each change follows from once they are made."""
    alphas = written_alphas(adapter, strength)
    tensors = [plan_alpha(f"{stem}.alpha", alphas[module]) for module, stem in stems.items()]
    if adapter.note.kind != "lora":
        return [*tensors, *plan_factors(adapter, stems, reader, dtype, strength)]

    def fill(sources: Sequence[str], room: NDArray[np.float32]) -> None:
        reader.read_into(sources, room)
        halves = []
        for source in sources:
            shape = adapter.header.tensors[source].shape
            values, room = room[: math.prod(shape)], room[math.prod(shape) :]
            rows_of = rows_of_down if source.endswith("lora_A.weight") else rows_of_up
            halves.append(rows_of(values.reshape(shape)))
        grams.update(zip(sources, measure_halves(halves), strict=True))

    for module, stem in stems.items():
        for side, leaf in (("lora_A", "lora_down"), ("lora_B", "lora_up")):
            source = f"{module}.{side}.weight"
            shape = adapter.header.tensors[source].shape
            tensors.append(PlannedTensor(f"{stem}.{leaf}.weight", dtype, shape, fill=fill, source=source))
    return tensors


def _weight_dtype(header: Header) -> str:
    """The number format of the weights in an exported file; a mixture then shows as differences."""
    found = {info.dtype for name, info in header.tensors.items() if not name.endswith(".alpha")}
    known = sorted(found & set(DTYPE_CODES.values()))
    if not known:
        raise failed_check([f"its weights are stored as {', '.join(sorted(found)) or 'nothing'}"])
    return known[0]
