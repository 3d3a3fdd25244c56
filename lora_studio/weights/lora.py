"""Reads any plain LoRA into one form: the path of each layer, and its two matrices, read when asked for.

Kohya's scheme, diffusers' new and old one, PEFT's, and our own checkpoints. What cannot be told for certain is
refused by name: a wrong guess would change pictures without a word.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lora_studio import storage
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY, read_adapter
from lora_studio.weights.grouping import Modules, Scheme, group_tensors
from lora_studio.weights.header import Header, TensorInfo, read_header, read_tensor
from lora_studio.weights.inspect import find_scheme, guess_family
from lora_studio.weights.loading import kind_of
from lora_studio.weights.places import PEFT_PREFIX, build_locator, dotted_path
from lora_studio.weights.programs.rules import ModuleKind

DIFFUSERS_KEY = "lora_adapter_metadata"
PEFT_SETTINGS = "adapter_config.json"  # beside a file that PEFT wrote
FLOATS = ("F16", "BF16", "F32", "F64")
OTHER_KINDS: dict[ModuleKind, str] = {
    "loha": "a LoHa adapter",
    "lokr": "a LoKr adapter",
    "oft": "an OFT adapter",
    "glora": "a GLoRA adapter",
    "full": "an adapter that holds whole differences of layers",
    "norm": "an adapter that changes norm layers",
    "dora_by_row": "a DoRA adapter",
    "dora_by_column": "a DoRA adapter",
    "dora_peft": "a DoRA adapter",
    "tucker": "a LoRA with a third matrix in a module (Tucker)",
}
CANNOT_BE_PLAIN: frozenset[ModuleKind] = frozenset({"oft", "glora"})
_WAY_OUT = "Make it plain first: `lora-studio convert FILE --to-plain{base}`, or Convert in the Library."


@dataclass(frozen=True, slots=True)
class Factor:
    """One of a module's two matrices; `read` fetches it anew each time, in its own shape, bfloat16 as float32."""

    dtype: str
    shape: tuple[int, ...]
    read: Callable[[], NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class LoraModule:
    """A layer's change, `alpha / rank * (up @ down)`: down (rank, in[, k, k]), up (out, rank[, 1, 1])."""

    down: Factor
    up: Factor
    alpha: float

    @property
    def rank(self) -> int:
        return self.down.shape[0]

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    @property
    def layer_shape(self) -> tuple[int, ...]:
        """The shape of the weight it changes: (out, in[, k, k])."""
        return (self.up.shape[0], *self.down.shape[1:])


@dataclass(frozen=True, slots=True)
class Lora:
    """A plain LoRA; modules are named as in `module_paths`, in the order of the file."""

    path: Path
    family: FamilyId
    metadata: dict[str, str]
    modules: dict[str, LoraModule]


def module_unknown(path: Path, name: str, family: FamilyId) -> StudioError:
    """What is said of a file with a layer, `name`, that the family does not have."""
    return StudioError(
        "module_unknown", f"{path.name} changes a layer that the family {family} does not have.",
        f"It is called {name}. Nothing was written.",
        "If the family is wrong, say the right one with --family; `lora-studio inspect` shows what is known.",
    )  # fmt: skip


def read_lora(path: Path, family: FamilyId | None = None, likely: FamilyId | None = None) -> Lora:
    """Opens a plain LoRA of any usual scheme; only names and shapes are read now.

    Args:
        path: The file. PEFT's `adapter_config.json` is read from beside it where the names ask for it.
        family: Which base it is for; None finds out.
        likely: What to take it for when nothing in the file tells.

    Raises:
        StudioError: as `read_header` and `find_scheme`; `not_plain_lora` for LoHa, LoKr, DoRA and the like;
            `family_unknown`; `module_unknown` for a name the family does not have; `adapter_inconsistent` when
            matrices do not fit or a strength is missing, zero or not a number.

    Source: reference/lora-formats, sections 1 and 2.
    """
    header = read_header(path)
    named, strays = group_tensors(header)
    scheme = find_scheme(path, header, named, strays)
    _refuse_other_kinds(path, scheme, named)
    if strays:
        raise inconsistent(path, f"{strays[0]} belongs to no module of a LoRA")
    family = family or known_family(path, header, named, likely)
    locate = build_locator(family)
    alphas = stated_alphas(path, header, named)
    modules: dict[str, LoraModule] = {}
    for name, leaves in named.items():
        place = locate(name)
        if place is None:
            raise module_unknown(path, name, family)
        if place in modules:
            raise inconsistent(path, f"{name} is a second name for {place}")
        modules[place] = _module(path, header, name, leaves, alphas.get(name))
    return Lora(path, family, header.metadata, modules)


def _refuse_other_kinds(path: Path, scheme: Scheme, named: Modules) -> None:
    if scheme == "numbered":
        raise not_plain(path, "an early LoRA that numbers its modules in place of naming them")
    kinds = Counter(kind_of(leaves) for leaves in named.values())
    other = next((kind for kind, _ in kinds.most_common() if kind in OTHER_KINDS), None)
    if other:
        has_both = any(
            {"down", "up"} <= leaves.keys() and kind_of(leaves) in ("full", "norm") for leaves in named.values()
        )
        mixture = "a mixture of a LoRA and " if kinds["lora"] or has_both else ""
        if kinds.keys() & CANNOT_BE_PLAIN:
            raise not_plain(path, mixture + OTHER_KINDS[other])
        needs_base = any(kind.startswith("dora") for kind in kinds)
        raise not_plain(path, mixture + OTHER_KINDS[other], _WAY_OUT.format(base=" --base MODEL" if needs_base else ""))


def known_family(path: Path, header: Header, named: Modules, likely: FamilyId | None) -> FamilyId:
    """Which base a file is for, or else `likely`.

    Raises:
        StudioError: `family_unknown`.
    """
    guessed, _ = guess_family(path, header, named)
    family = likely if guessed == "unknown" else guessed
    if family is None:
        raise StudioError(
            "family_unknown", f"{path.name} does not tell which base model it is for.",
            "Neither its metadata nor its layers say it.", "Say it yourself with --family sd1, sd2, sdxl or practice.",
        )  # fmt: skip
    return family


def _module(
    path: Path, header: Header, name: str, leaves: Mapping[str, tuple[str, TensorInfo]], alpha: float | None
) -> LoraModule:
    for role in ("down", "up"):
        if role not in leaves:
            raise inconsistent(path, f"{name} lacks one of its two matrices")
    (down_name, down), (up_name, up) = leaves["down"], leaves["up"]
    if down.dtype not in FLOATS or up.dtype not in FLOATS:
        raise inconsistent(path, f"{name} is stored as {down.dtype} and {up.dtype}")
    fits = len(down.shape) in (2, 4) and len(up.shape) == len(down.shape) and up.shape[2:] in ((), (1, 1))
    if not fits or down.shape[0] != up.shape[1] or 0 in (*down.shape, *up.shape):
        raise inconsistent(path, f"{name} has matrices of {down.shape} and {up.shape}")
    rank = down.shape[0]
    strength = float(rank) if alpha is None else alpha
    # As in `ModuleNote`: zero, also after rounding to float32, is read as "equal to the rank" by some programs.
    if not 1e-30 <= strength <= 1e30:
        raise inconsistent(path, f"{name} has the strength (alpha) {strength:g}")
    return LoraModule(
        Factor(down.dtype, down.shape, partial(read_tensor, path, header, down_name)),
        Factor(up.dtype, up.shape, partial(read_tensor, path, header, up_name)),
        strength,
    )


def stated_alphas(path: Path, header: Header, named: Modules) -> dict[str, float]:
    """The strength (alpha) of each module that states one, by its name in the file.

    Raises:
        StudioError: `adapter_inconsistent`; `not_plain_lora` for settings of a DoRA that has no magnitudes.
    """
    if ADAPTER_KEY in header.metadata:
        return {name: note.alpha for name, note in read_adapter(path).note.modules.items()}
    alphas = {}
    if DIFFUSERS_KEY in header.metadata:
        config = _json_object(path, header.metadata[DIFFUSERS_KEY])
        alphas = dict(_peft_alphas(path, config, named))
    elif any(name.startswith(PEFT_PREFIX) for name in named):
        alphas = dict(_peft_alphas(path, _peft_config(path), named))
    for name, leaves in named.items():
        if "alpha" in leaves:
            alphas[name] = _stated_alpha(path, header, *leaves["alpha"])
    return alphas


def _stated_alpha(path: Path, header: Header, name: str, info: TensorInfo) -> float:
    if info.shape not in ((), (1,)) or info.dtype not in FLOATS:
        raise inconsistent(path, f"{name} is not a number")
    return float(read_tensor(path, header, name).reshape(-1)[0])


def _peft_config(path: Path) -> dict[str, object]:
    beside = path.with_name(PEFT_SETTINGS)
    if not beside.is_file():
        raise StudioError(
            "adapter_inconsistent", f"{path.name} does not say how strong it is.",
            f"That stands in {PEFT_SETTINGS}, which is not beside it.", "Put both files into one folder.",
        )  # fmt: skip
    config = storage.read_json(beside)
    if not isinstance(config, dict):
        raise inconsistent(beside, "it holds no settings")
    return config


def _peft_alphas(path: Path, config: Mapping[str, object], named: Modules) -> Iterator[tuple[str, float]]:
    """The alpha of each module by PEFT's rules; rank-stabilised strength is folded in."""
    says_dora = config.get("use_dora") or any(key.endswith(".use_dora") and value for key, value in config.items())
    if says_dora and not any("dora" in leaves for leaves in named.values()):
        raise not_plain(path, OTHER_KINDS["dora_peft"])
    for name, leaves in named.items():
        component, _, inner = dotted_path(name).partition(".")
        prefix = "" if name.startswith(PEFT_PREFIX) else f"{component}."
        alpha = _pattern_value(path, config.get(f"{prefix}alpha_pattern"), inner, config.get(f"{prefix}lora_alpha"))
        if alpha is None:
            raise inconsistent(path, f"nothing says how strong {name} is")
        rank = leaves["down"][1].shape[0] if "down" in leaves else 1
        yield name, alpha * math.sqrt(rank) if config.get(f"{prefix}use_rslora") else alpha


def _pattern_value(path: Path, pattern: object, inner: str, default: object) -> float | None:
    """The value of the first key that `inner` ends with, else the default; None when there is neither."""
    value = default
    for key, item in pattern.items() if isinstance(pattern, dict) else ():
        plain = key.removeprefix("^").removesuffix("$").replace("\\.", ".").removeprefix(PEFT_PREFIX)
        if not re.fullmatch(r"[\w.]+", plain):
            raise inconsistent(path, f"it names modules by a rule that cannot be read here: {key[:80]}")
        if f".{inner}".endswith(f".{plain.removeprefix('text_model.')}"):
            value = item
            break
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise inconsistent(path, f"the strength of {inner} is not a number")
    return float(value)


def _json_object(path: Path, text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise inconsistent(path, f"{DIFFUSERS_KEY} cannot be read") from error
    if not isinstance(value, dict):
        raise inconsistent(path, f"{DIFFUSERS_KEY} holds no settings")
    return value


def not_plain(path: Path, kind: str, hint: str = "`lora-studio inspect` tells what the file holds.") -> StudioError:
    """What is said of a file whose modules are not plain pairs of matrices; `kind` says what it is instead."""
    return StudioError(
        "not_plain_lora", f"{path.name} is {kind}; this works only with plain LoRA files.",
        "Its change is not one product of two matrices for each layer, so the result would be wrong.", hint,
    )  # fmt: skip


def inconsistent(path: Path, why: str) -> StudioError:
    """What is said of a file that cannot be read for certain; `why` is what was found."""
    return StudioError(
        "adapter_inconsistent", f"{path.name} cannot be read as a LoRA without guessing.",
        f"Found: {why[:600]}. The file is untouched.", "`lora-studio inspect` tells what the file holds.",
    )  # fmt: skip
