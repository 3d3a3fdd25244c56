"""Writes a plain LoRA in the scheme of kohya or of diffusers; numbers that need no rounding keep every bit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.export import FORBIDDEN_METADATA, ExportResult, check_names
from lora_studio.weights.lora import DIFFUSERS_KEY, Factor, Lora, LoraModule
from lora_studio.weights.metadata import ARCHITECTURES, BASE_VERSIONS, Prediction
from lora_studio.weights.names import build_name_table
from lora_studio.weights.pieces import PlannedTensor, plan_alpha, plan_weights
from lora_studio.weights.writing import DTYPE_CODES, ExportDtype, write_tensors

LoraScheme = Literal["kohya", "diffusers"]

_PREDICTIONS: tuple[Prediction, ...] = ("epsilon", "v")


def convert_lora(
    lora: Lora, target: Path, scheme: LoraScheme = "kohya", dtype: ExportDtype | None = None
) -> ExportResult:
    """Writes the same LoRA under other names or in another number format; metadata is kept, hashes renewed.

    Args:
        lora: From `read_lora`.
        target: Where to; an older file there is replaced once the new one is good.
        scheme: `kohya` for every program, `diffusers` for Python code that uses that library.
        dtype: None keeps each module's own format (64-bit becomes fp32).

    Raises:
        StudioError: as `check_target` and `write_lora`.
    """
    check_target(target, [lora.path])
    return write_lora(target, lora.family, lora.modules, lora.metadata, scheme, dtype)


def check_target(target: Path, sources: Sequence[Path]) -> None:
    """Refuses a name no program would know, and the place of a file that is being read.

    Raises:
        StudioError: `bad_file_name`, or `same_file`.
    """
    if target.suffix.lower() != ".safetensors" or target.is_dir():
        raise StudioError(
            "bad_file_name", f"{target.name} cannot be the name of an adapter file.",
            "Programs know adapters by the ending .safetensors.", f"For example: --out {target.stem}.safetensors",
        )  # fmt: skip
    for source in sources:
        if target.resolve() == source.resolve() or (target.exists() and target.samefile(source)):
            raise StudioError(
                "same_file", "The result cannot be saved over the file it comes from.",
                f"{source.name} is untouched.", "Choose another file name for --out.",
            )  # fmt: skip


def write_lora(
    target: Path,
    family: FamilyId,
    modules: Mapping[str, LoraModule],
    metadata: Mapping[str, str],
    scheme: LoraScheme = "kohya",
    dtype: ExportDtype | None = None,
) -> ExportResult:
    """Writes modules as one adapter file; before it gets its name it is read back, compared, and its keys checked.

    Raises:
        StudioError: as `write_tensors` and `check_names`, with what reading a factor raises. In every case no new
            file is left.
    """
    kept = {key: text for key, text in metadata.items() if key not in FORBIDDEN_METADATA}
    if scheme == "kohya":
        tensors = list(_plan_kohya(family, modules, dtype))
        alphas = {stem: modules[path].alpha for path, stem in build_name_table(family, modules).items()}
        verify = partial(check_names, family=family, alphas=alphas)
    else:
        verify = partial(check_names, family=family, alphas={}, spelling="peft")
        tensors = list(_plan_diffusers(modules, dtype))
        kept[DIFFUSERS_KEY] = json.dumps(_peft_settings(modules), sort_keys=True)
    sha256_data = write_tensors(target, tensors, {**family_marks(family), **kept}, verify)
    return ExportResult(target, target.stat().st_size, len(modules), sha256_data)


def _plan_kohya(
    family: FamilyId, modules: Mapping[str, LoraModule], dtype: ExportDtype | None
) -> Iterator[PlannedTensor]:
    for path, stem in build_name_table(family, modules).items():
        module = modules[path]
        yield _plan_factor(f"{stem}.lora_down.weight", module, module.down, dtype)
        yield _plan_factor(f"{stem}.lora_up.weight", module, module.up, dtype)
        yield plan_alpha(f"{stem}.alpha", module.alpha)


def _plan_diffusers(modules: Mapping[str, LoraModule], dtype: ExportDtype | None) -> Iterator[PlannedTensor]:
    for path, module in modules.items():
        component, _, inner = path.partition(".")
        # Older versions of diffusers look for text_model, newer ones take it away.
        level = "" if component == "unet" else "text_model."
        yield _plan_factor(f"{component}.{level}{inner}.lora_A.weight", module, module.down, dtype)
        yield _plan_factor(f"{component}.{level}{inner}.lora_B.weight", module, module.up, dtype)


def _plan_factor(name: str, module: LoraModule, factor: Factor, dtype: ExportDtype | None) -> PlannedTensor:
    code = DTYPE_CODES[dtype] if dtype else own_dtype(module)
    return plan_weights(name, code, factor.shape, factor.read, name)


def own_dtype(module: LoraModule) -> str:
    """The format that holds both factors; programs want the two of a module in one."""
    found = {module.down.dtype, module.up.dtype}
    return found.pop() if len(found) == 1 and found <= set(DTYPE_CODES.values()) else "F32"


def _peft_settings(modules: Mapping[str, LoraModule]) -> dict[str, object]:
    """What diffusers reads strengths from: per component the usual rank and alpha, and each module that differs."""
    settings: dict[str, object] = {}
    for component in dict.fromkeys(path.partition(".")[0] for path in modules):
        inner = {
            path.partition(".")[2]: module for path, module in modules.items() if path.partition(".")[0] == component
        }
        ranks = {name: module.rank for name, module in inner.items()}
        alphas = {name: module.alpha for name, module in inner.items()}
        rank, alpha = _most_common(ranks), _most_common(alphas)
        settings |= {
            f"{component}.r": rank,
            f"{component}.lora_alpha": alpha,
            f"{component}.rank_pattern": {name: value for name, value in ranks.items() if value != rank},
            f"{component}.alpha_pattern": {name: value for name, value in alphas.items() if value != alpha},
            f"{component}.target_modules": sorted(inner),
            f"{component}.use_rslora": False,
        }
    return settings


def _most_common(values: Mapping[str, float]) -> float:
    return Counter(values.values()).most_common(1)[0][0]


def family_marks(family: FamilyId) -> dict[str, str]:
    """Metadata that tells other programs the family, for a file that had none: with hashes alone they take it for SD 1.

    What depends on the kind of prediction, which nobody stated, is left out.
    """
    marks = {"ss_v2": str(family == "sd2")}
    for key, values in (("ss_base_model_version", BASE_VERSIONS), ("modelspec.architecture", ARCHITECTURES)):
        told = {values[family, prediction] for prediction in _PREDICTIONS}
        if len(told) == 1:
            marks[key] = told.pop()
    return marks
