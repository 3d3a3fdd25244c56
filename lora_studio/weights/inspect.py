"""Looks into any adapter file and tells what it is: scheme, family, strength, settings, flaws.

A file that is no adapter is refused in words. Module names are only classified here, never translated.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from lora_studio.config.findings import Finding, Severity
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY, read_adapter
from lora_studio.weights.effect import effect_findings
from lora_studio.weights.grouping import LEAVES, Modules, Scheme, component_of, group_tensors, leaf_of
from lora_studio.weights.header import Header, TensorInfo, TensorReader, read_header
from lora_studio.weights.loading import Verdict, kind_of, loads_in
from lora_studio.weights.programs.rules import ModuleKind

GuessedFamily = Literal["practice", "sd1", "sd2", "sdxl", "unknown"]
_TARGET = re.compile(
    r"(?:^|[._])(to_[qkv]|to_out|ff_net_\d|ff\.net\.\d|proj_in|proj_out|[qkv]_proj|out_proj|fc[12]|conv[12]"
    r"|conv_shortcut|time_emb_proj|in_layers|out_layers|emb_layers|skip_connection|downsamplers|upsamplers)(?:[._]|$)"
)
_CROSS_ATTENTION_INPUT = re.compile(r"attn2[._](processor\.)?to_[kv]$")
_SDXL_MARK = re.compile(
    r"lora_te[12]_|text_encoder_2\.|lora_unet_(input_blocks|middle_block|output_blocks)_"
    r"|.*transformer_blocks[._]([2-9])[._]"
)
_OLD_SDXL_NAME = re.compile(r"lora_unet_(down_blocks|mid_block|up_blocks)_")
# Of each kind of float: the whole numbers of its size, and the bits of its exponent.
_EXPONENTS = {
    "F16": ("<u2", np.uint16(0x7C00)),
    "BF16": ("<u2", np.uint16(0x7F80)),
    "F32": ("<u4", np.uint32(0x7F800000)),
    "F64": ("<u8", np.uint64(0x7FF0000000000000)),
}
_FAMILY_BY_WIDTH: dict[int, GuessedFamily] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
# Hashes are reported apart; pictures and tags are too long to show.
_HIDDEN_METADATA = {
    ADAPTER_KEY, "lora_adapter_metadata", "ss_tag_frequency", "modelspec.thumbnail", "ssmd_cover_images",
    "sshs_model_hash", "sshs_legacy_hash", "modelspec.hash_sha256",
}  # fmt: skip
_OTHER_KINDS = {
    "model.diffusion_model.": "a base model",
    "cond_stage_model.": "a base model",
    "conditioner.embedders.": "a base model",
    "first_stage_model.": "a base model",
    "control_model.": "a ControlNet",
    "controlnet_cond_embedding.": "a ControlNet",
    "ip_adapter.": "an IP-Adapter",
    "double_blocks.": "a model of the Flux kind",
    "diffusion_model.": "the UNet of a base model",
    "input_blocks.": "the UNet of a base model",
    "down_blocks.": "the UNet of a base model",
    "text_model.": "a text encoder of a base model",
    "encoder.": "the picture coder (VAE) of a base model",
    "emb_params": "a textual inversion (an embedding)",
    "clip_l": "a textual inversion (an embedding)",
}


class ProgramReport(BaseModel):
    """What one program makes of the file: counts of tensors by what becomes of them, and why, in sentences.

    `version` is the one its rules were read from or run with; the program itself was not run on this file.
    """

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    version: str
    loaded: int
    ignored: int
    misread: int
    refused: int
    not_known: int
    reasons: tuple[str, ...]


class AdapterReport(BaseModel):
    """What an adapter file is; texts come from the file, so they must be shown as plain text.

    `family` is the best guess and `family_source` says what it rests on. `module_count`, `kinds`, `ranks` and
    `targets` count modules by component, kind of change, rank and kind of layer. `alphas` are sorted without repeats;
    empty means the file states none. `programs` is empty where the family is not known. `metadata` leaves out hashes,
    tags and pictures. `data_sha256` is None where only the names were read.
    """

    model_config = ConfigDict(frozen=True)

    file_name: str
    size_bytes: int
    scheme: Scheme
    family: GuessedFamily
    family_source: str
    title: str
    module_count: dict[str, int]
    kinds: dict[ModuleKind, int]
    ranks: dict[int, int]
    alphas: tuple[float, ...]
    targets: dict[str, int]
    dtypes: tuple[str, ...]
    trigger_words: tuple[str, ...]
    metadata: dict[str, str]
    data_sha256: str | None
    stated_sha256: str | None
    programs: dict[str, ProgramReport]
    findings: tuple[Finding, ...]


def inspect_adapter(path: Path, *, reads_numbers: bool = True) -> AdapterReport:
    """Reports on a file; nothing is changed.

    Args:
        path: The file.
        reads_numbers: Whether every number is read too: for its hash, for broken numbers, and for layers that change
            nothing. Without, names, shapes and strengths are all that is read.

    Raises:
        StudioError: as `read_header`; `not_an_adapter` for a base model or anything else, saying what it
            looks like; as `read_adapter` when a file of our own trainer disagrees with its note.
    """
    header = read_header(path)
    modules, strays = group_tensors(header)
    scheme = find_scheme(path, header, modules, strays)
    alphas = _alphas(path, header, modules)
    family, family_source = guess_family(path, header, modules)
    kinds = Counter(kind_of(leaves) for leaves in modules.values())
    stated = header.metadata.get("sshs_model_hash")
    findings = [*_strength_findings(scheme, modules, alphas), *_name_findings(modules, strays, family)]
    if kinds["half"]:
        findings.append(_half_modules(modules))
    data_sha256 = None
    if reads_numbers:
        numbers = _read_numbers(path, header)
        data_sha256 = numbers.sha256
        findings += [*_content_findings(numbers, stated), *effect_findings(_effects(modules, numbers.zero))]
    claimed = _claimed_family(header.metadata)
    if claimed not in (None, family):
        findings.append(_finding("family_disagrees", "warn", f"The file says {claimed}, its contents {family}."))
    leaves = [info for leaves in modules.values() for info in leaves.values()]
    return AdapterReport(
        file_name=path.name,
        size_bytes=header.file_size,
        scheme=scheme,
        family=family,
        family_source=family_source,
        title=header.metadata.get("modelspec.title") or header.metadata.get("ss_output_name") or path.stem,
        module_count=dict(Counter(component_of(module) for module in modules)),
        kinds=dict(kinds.most_common()),
        ranks=dict(sorted(Counter(rank for leaves in modules.values() if (rank := _rank(leaves))).items())),
        alphas=tuple(sorted(set(alphas.values()))),
        targets=dict(sorted(Counter(_target(module) for module in modules).items())),
        dtypes=tuple(sorted({info.dtype for name, info in leaves if not name.endswith(".alpha")})),
        trigger_words=_trigger_words(header.metadata),
        metadata={key: text for key, text in sorted(header.metadata.items()) if key not in _HIDDEN_METADATA},
        data_sha256=data_sha256,
        stated_sha256=stated,
        programs={} if family == "unknown" else _programs(header, family, alphas),
        findings=tuple(findings),
    )


def is_adapter(path: Path) -> bool:
    """Whether a file can be read and names its parts as adapters do; only the header is read."""
    try:
        header = read_header(path)
        find_scheme(path, header, *group_tensors(header))
    except StudioError:
        return False
    return True


def _programs(header: Header, family: FamilyId, alphas: dict[str, float]) -> dict[str, ProgramReport]:
    return {
        loading.program: ProgramReport(
            verdict=loading.verdict,
            version=loading.version,
            loaded=len(loading.loaded),
            ignored=len(loading.ignored),
            misread=len(loading.misread),
            refused=len(loading.refused),
            not_known=len(loading.not_known),
            reasons=loading.reasons,
        )
        for loading in loads_in(header, family, alphas)
    }


def _rank(leaves: dict[str, tuple[str, TensorInfo]]) -> int | None:
    """The rank of a module; None for one that is stored whole."""
    role = next((role for role in ("down", "w2_b", "w1_b") if role in leaves), None)
    return leaves[role][1].shape[0] if role and leaves[role][1].shape else None


def find_scheme(path: Path, header: Header, modules: Modules, strays: list[str]) -> Scheme:
    """How the modules are named.

    Raises:
        StudioError: `not_an_adapter`, saying what it looks like.
    """
    if ADAPTER_KEY in header.metadata:
        return "studio"
    if any(name.startswith("lora_unet_unet_") for name in header.tensors):
        raise _not_an_adapter(path, "an adapter that was converted wrongly, which no program can use")
    found = (LEAVES[leaf_of(name)][1] for leaves in modules.values() for name, _ in leaves.values())
    schemes = Counter(scheme for scheme in found if scheme)
    if not schemes or len(strays) > schemes.total():
        raise _not_an_adapter(path, _kind_in_words(header.tensors))
    return schemes.most_common(1)[0][0]


def _kind_in_words(names: Iterable[str]) -> str:
    for name in names:
        for prefix, words in _OTHER_KINDS.items():
            if name.startswith(prefix):
                return words
    return "a file of another kind"


def _target(module: str) -> str:
    """The kind of layer, such as `to_q`; `other` when it is none of the usual ones."""
    match = _TARGET.search(module)
    return match[1].replace(".", "_") if match else "other"


def _alphas(path: Path, header: Header, modules: Modules) -> dict[str, float]:
    """The stated alpha of each module that has one; for PEFT files, of each component."""
    if ADAPTER_KEY in header.metadata:
        return {module: note.alpha for module, note in read_adapter(path).note.modules.items()}
    if "lora_adapter_metadata" in header.metadata:
        return {
            key: value
            for key, value in _json_object(header.metadata["lora_adapter_metadata"]).items()
            if key.endswith("lora_alpha") and isinstance(value, float)
        }
    with TensorReader(path, header) as reader:
        return {
            module: float(reader.read(leaves["alpha"][0]).reshape(-1)[0])
            for module, leaves in modules.items()
            if "alpha" in leaves and _is_number(leaves["alpha"][1])
        }


def _is_number(info: TensorInfo) -> bool:
    return info.shape in ((), (1,)) and info.dtype in _EXPONENTS


def guess_family(path: Path, header: Header, modules: Modules) -> tuple[GuessedFamily, str]:
    """The best guess and what it rests on.

    Raises:
        StudioError: as `read_adapter` when a file of our own trainer disagrees with its note.
    """
    if ADAPTER_KEY in header.metadata:
        return read_adapter(path).note.family, "the note of our trainer"
    claimed = _claimed_family(header.metadata)
    if claimed == "practice":
        return claimed, "its metadata"
    for module, leaves in modules.items():
        if _CROSS_ATTENTION_INPUT.search(module):
            width = _input_width(leaves)
            if width in _FAMILY_BY_WIDTH:
                return _FAMILY_BY_WIDTH[width], f"the width of its cross-attention, {width}"
    if any(_SDXL_MARK.match(module) for module in modules):
        return "sdxl", "the names of its modules"
    for module, leaves in modules.items():
        if component_of(module) == "text_encoder" and "q_proj" in module:
            width = _input_width(leaves)
            if width in (768, 1024):
                return _FAMILY_BY_WIDTH[width], f"the width of its text encoder, {width}"
    return (claimed, "its metadata") if claimed else ("unknown", "nothing in the file tells")


def _input_width(leaves: dict[str, tuple[str, TensorInfo]]) -> int:
    """How many inputs a module's layer has; 0 where its tensors do not say."""
    shapes = {role: info.shape for role, (_, info) in leaves.items() if len(info.shape) == 2}
    if "down" in shapes:
        return shapes["down"][1]
    first, second = shapes.get("w1"), shapes.get("w2", shapes.get("w2_b"))
    return first[1] * second[1] if first and second else 0


def _claimed_family(metadata: dict[str, str]) -> GuessedFamily | None:
    """What the metadata says, or None when it says nothing of the kind."""
    claims: tuple[tuple[str, str, GuessedFamily], ...] = (
        ("modelspec.architecture", "lora-studio-practice", "practice"),
        ("modelspec.architecture", "stable-diffusion-v1", "sd1"),
        ("modelspec.architecture", "stable-diffusion-v2", "sd2"),
        ("modelspec.architecture", "stable-diffusion-xl", "sdxl"),
        ("ss_base_model_version", "sdxl_", "sdxl"),
        ("ss_base_model_version", "sd_v2", "sd2"),
        ("ss_base_model_version", "sd_v1", "sd1"),
        ("ss_v2", "True", "sd2"),
    )
    return next((family for key, start, family in claims if metadata.get(key, "").startswith(start)), None)


def _trigger_words(metadata: dict[str, str]) -> tuple[str, ...]:
    phrase = metadata.get("modelspec.trigger_phrase") or metadata.get("ss_training_comment") or ""
    words = (word.strip() for word in phrase.split(","))
    return tuple(word for word in words if word and word != "None")


def _strength_findings(scheme: Scheme, modules: Modules, alphas: dict[str, float]) -> Iterator[Finding]:
    if not alphas:
        yield _finding(
            "no_alpha",
            "tip",
            "The file does not say how strong it is.",
            "Programs will use it at full strength.",
        )
    elif scheme == "kohya" and len(alphas) < sum("down" in leaves for leaves in modules.values()):
        yield _finding("alpha_missing", "warn", "Some modules do not say how strong they are.")
    if 0.0 in alphas.values():
        yield _finding(
            "alpha_zero",
            "warn",
            "Some modules have strength 0.",
            "Some programs switch them off, others do not.",
        )
    if any("dora" in leaves for leaves in modules.values()):
        yield _finding(
            "dora",
            "warn",
            "This is a DoRA adapter.",
            "Programs read DoRA differently, so pictures will differ.",
        )


def _name_findings(modules: Modules, strays: list[str], family: GuessedFamily) -> Iterator[Finding]:
    if strays:
        title = "The file holds keys that do not belong to an adapter."
        yield _finding("stray_keys", "warn", title, f"{len(strays):,}, such as {strays[0]}. Some programs refuse it.")
    encoder = [module for module in modules if component_of(module).startswith("text_encoder")]
    if any(re.match(r"lora_te[12]?_encoder_", module) for module in encoder):
        yield _finding(
            "text_model_missing", "warn", "The text encoder part has names most programs do not know.",
            "Its keys lack text_model, so that part is ignored or the whole file is refused.",
        )  # fmt: skip
    if any(re.search(r"[qkv]_proj", module) for module in encoder) and not any("out_proj" in m for m in encoder):
        yield _finding(
            "text_encoder_without_out_proj", "warn", "diffusers does not read all of this text encoder part.",
            "It takes attention layers only where out_proj is among them.",
        )  # fmt: skip
    if "attn1" in " ".join(modules) and "attn2" not in " ".join(modules) and not encoder:
        yield _finding("self_attention_only", "tip", "InvokeAI cannot tell which base model this adapter is for.")
    if family == "sdxl" and any(_OLD_SDXL_NAME.match(module) for module in modules):
        yield _finding("sdxl_diffusers_names", "tip", "The module names are not the usual ones for SDXL.")


def _half_modules(modules: Modules) -> Finding:
    half = [leaves for leaves in modules.values() if kind_of(leaves) == "half"]
    name = next(iter(half[0].values()))[0]
    title = "Some modules lack one of their two halves."
    if any({"down", "up"} <= leaves.keys() for leaves in half):
        title = "Some modules do not hold two matrices that fit."
    return _finding("half_modules", "warn", title, f"Such as {name}.")


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What all numbers of a file say: their hash, the first tensor with a broken one, the tensors that are all zero."""

    sha256: str
    broken: str | None
    zero: frozenset[str]


def _read_numbers(path: Path, header: Header) -> _Numbers:
    """One pass over the file, in its own order, on the bits alone: several times as fast as on numbers."""
    digest = hashlib.sha256()
    broken = None
    zero = set()
    with TensorReader(path, header) as reader:
        for name, info in sorted(header.tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
            raw = reader.read_bytes(name)
            digest.update(raw)
            if info.dtype not in _EXPONENTS:
                continue
            unsigned, exponent = _EXPONENTS[info.dtype]
            bits = np.frombuffer(raw, unsigned)
            # Infinite or no number: all bits of the exponent are set.
            if broken is None and ((bits & exponent) == exponent).any():
                broken = name
            if not (bits << 1).any():  # without the sign
                zero.add(name)
    return _Numbers(digest.hexdigest(), broken, frozenset(zero))


def _effects(modules: Modules, zero: frozenset[str]) -> dict[str, float]:
    """By LoRA, LoHa or LoKr module whether it changes anything: 1 or 0. How much is not measured here."""
    return {
        module: float(zero.isdisjoint(name for role, (name, _) in leaves.items() if role != "alpha"))
        for module, leaves in modules.items()
        if kind_of(leaves) in ("lora", "loha", "lokr")
    }


def _content_findings(numbers: _Numbers, stated: str | None) -> Iterator[Finding]:
    if stated not in (None, numbers.sha256):
        yield _finding(
            "hash_disagrees", "warn", "The file was changed after it was made.",
            "Its tensors do not have the hash it states.",
        )  # fmt: skip
    if numbers.broken:
        yield _finding(
            "not_finite", "stop", "The adapter is broken: it holds numbers that are not finite.",
            f"First found in {numbers.broken}. It would paint black pictures.",
        )  # fmt: skip


def _json_object(text: str) -> dict[str, object]:
    """The JSON object in a metadata value; empty when it is none."""
    try:
        value = json.loads(text, parse_int=float)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _finding(code: str, severity: Severity, title: str, detail: str = "") -> Finding:
    return Finding(code=code, severity=severity, title=title, detail=detail)


def _not_an_adapter(path: Path, looks_like: str) -> StudioError:
    return StudioError(
        "not_an_adapter",
        f"{path.name} is not an adapter the app can read.",
        f"It looks like {looks_like}.",
        "Choose a LoRA file that ends in .safetensors.",
    )
