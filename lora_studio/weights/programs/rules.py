"""The form of the rules: which module of a file a program takes, passes over, or takes for something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lora_studio.config.training import FamilyId
from lora_studio.weights.places import LayerKind, Spelling

# `refused`: the whole file, because of this module. `not_known`: nobody ran or read it.
Result = Literal["loaded", "ignored", "misread", "refused", "not_known"]
ModuleKind = Literal[
    "lora", "tucker", "loha", "lokr", "oft", "glora", "full", "norm",
    "half",  # one of the two matrices is missing, or they do not fit
    "dora_by_row",  # a scale for each output, as LyCORIS 3 writes it
    "dora_by_column",  # a scale for each input, as older LyCORIS did
    "dora_peft",
]  # fmt: skip
FileFlaw = Literal["mixed_blocks", "no_width", "width_of_time"]

OTHER_KINDS: frozenset[ModuleKind] = frozenset({"loha", "lokr", "oft", "glora", "full", "norm"})
DORA: frozenset[ModuleKind] = frozenset({"dora_by_row", "dora_by_column"})
ANY_PEFT: frozenset[Spelling] = frozenset({"peft", "peft_without_text_model"})
# Names that only some program of long ago, or one single program, writes.
RARE: frozenset[Spelling] = frozenset(
    {"diffusers_022", "diffusers_018", "attn_procs", "peft_directory", "omi", "lycoris", "numbered"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to modules that fit everything it names; None fits all.

    `because` is a sentence for people. `is_limit` marks what a sound file meets too: a limit of the program.
    """

    result: Result
    source: str
    spellings: frozenset[Spelling] | None = None
    kinds: frozenset[ModuleKind] | None = None
    layers: frozenset[LayerKind] | None = None
    families: frozenset[FamilyId] | None = None
    path: str | None = None
    because: str = ""
    is_limit: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """One program. The first rule that fits a module decides.

    `strays` is what becomes of keys that belong to no module or to a layer the family lacks; `unknown_layers` says
    where such a layer fares otherwise. More unmatched keys than `max_unmatched` and the whole file is refused. The
    rest are habits of single programs.
    """

    name: str
    version: str
    rules: tuple[Rule, ...]
    strays: Result
    source_of_strays: str
    unknown_layers: Mapping[FamilyId, Result] = field(default_factory=dict)
    max_unmatched: int | None = None
    refuses: tuple[FileFlaw, ...] = ()
    reads_alpha_0: Result = "not_known"
    evens_out_alphas: bool = False
    needs_out_proj: bool = False
    joins_attention: bool = False
