"""Where an adapter file will load: each of its keys held against the rules of each program. No program is run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from lora_studio.config.training import FamilyId
from lora_studio.weights.adapter import ADAPTER_KEY
from lora_studio.weights.grouping import group_tensors, leaf_of
from lora_studio.weights.header import Header, TensorInfo
from lora_studio.weights.places import Place, find_place
from lora_studio.weights.programs import PROGRAMS
from lora_studio.weights.programs.rules import OTHER_KINDS, FileFlaw, ModuleKind, Program, Result, Rule

# `refused`: nothing of it is used. `part`: what was passed over is missing in pictures.
Verdict = Literal["loads", "part", "misread", "refused", "nothing", "not_known"]

_KIND_BY_LEAF: tuple[tuple[str, ModuleKind], ...] = (
    (".hada_", "loha"), (".lokr_", "lokr"), (".oft_", "oft"), (".diff", "full"), (".w_norm", "norm"),
    (".b_norm", "norm"), (".a1.", "glora"), (".a2.", "glora"), (".b1.", "glora"), (".b2.", "glora"),
)  # fmt: skip
_FLOATS = {"F16", "BF16", "F32", "F64"}
_UNTRIED = Rule("not_known", "", because="Nobody has tried such a file with it.")
# How wide the square layers of all families are.
_WIDTHS = frozenset({96, 160, 224, 256, 320, 640, 768, 1024, 1280})
_UNPLACED = ("omi", "lycoris", "numbered")
_FLAWS: dict[FileFlaw, str] = {
    "mixed_blocks": "It refuses a file that mixes two kinds of block names.",
    "no_width": "It finds nothing in the file that tells the base model.",
    "width_of_time": "It takes the file for one of SDXL, because of a layer that comes first.",
}
# What a file is refused for although its names and numbers are right: its choice of layers.
_FLAW_IS_LIMIT: dict[FileFlaw, bool] = {"mixed_blocks": False, "no_width": True, "width_of_time": True}


@dataclass(frozen=True, slots=True)
class Loading:
    """What one program makes of a file: the names of its tensors by what becomes of them, and a verdict.

    `reasons` are sentences. `is_sound` says that whatever is not loaded is a limit of the program, met by sound files.
    """

    program: str
    version: str
    verdict: Verdict
    loaded: tuple[str, ...]
    ignored: tuple[str, ...]
    misread: tuple[str, ...]
    refused: tuple[str, ...]
    not_known: tuple[str, ...]
    reasons: tuple[str, ...]
    is_sound: bool


class FoundModule(NamedTuple):
    """One module of a file, as programs see it; `tensors` are their names. A tuple, because a file has hundreds."""

    name: str
    tensors: tuple[str, ...]
    kind: ModuleKind
    place: Place

    @property
    def component(self) -> str:
        return (self.place.path or "").partition(".")[0]


@dataclass(frozen=True, slots=True)
class _File:
    """What programs go by beyond single modules.

    `alike` are the modules by what programs may tell apart; `common_alphas` by component, which components have
    out_proj, `paths`, the layers that are in the file, and the modules of text encoders.
    """

    family: FamilyId
    modules: tuple[FoundModule, ...]
    alike: tuple[tuple[FoundModule, ...], ...]
    strays: tuple[str, ...]
    alphas: Mapping[str, float]
    common_alphas: Mapping[str, float]
    with_out_proj: frozenset[str]
    paths: frozenset[str]
    of_text: tuple[FoundModule, ...]


def loads_in(header: Header, family: FamilyId, alphas: Mapping[str, float] | None = None) -> tuple[Loading, ...]:
    """What ComfyUI, A1111, Forge, InvokeAI, kohya's scripts and diffusers make of a file, key by key.

    Args:
        header: Of the file.
        family: Which base it is for; its layers are the ones that names are looked up among.
        alphas: The strength of each module by its name in the file; needed for what programs do with odd ones.

    Source: reference/lora-formats, and what each rule names.
    """
    if ADAPTER_KEY in header.metadata:
        return tuple(_unexported(program, header) for program in PROGRAMS)
    found, strays = find_modules(header, family)
    return judge(found, strays, family, alphas or {})


def find_modules(header: Header, family: FamilyId) -> tuple[tuple[FoundModule, ...], tuple[str, ...]]:
    """The modules of a file with their kinds and places, and the names that belong to none."""
    modules, strays = group_tensors(header)
    return tuple(_find(name, leaves, family) for name, leaves in modules.items()), tuple(strays)


def judge(
    found: tuple[FoundModule, ...], strays: tuple[str, ...], family: FamilyId, alphas: Mapping[str, float]
) -> tuple[Loading, ...]:
    """As `loads_in`, for modules that were found already."""
    paths = frozenset(module.place.path for module in found if module.place.path)
    with_out_proj = frozenset(path.partition(".")[0] for path in paths if path.endswith(".out_proj"))
    common = _common_alphas(found, alphas)
    alike = _gather_alike(found, alphas, common)
    of_text = tuple(module for module in found if module.component.startswith("text_encoder"))
    file = _File(family, found, alike, strays, alphas, common, with_out_proj, paths, of_text)
    return tuple(_load(program, file) for program in PROGRAMS)


def _gather_alike(
    found: tuple[FoundModule, ...], alphas: Mapping[str, float], common_alphas: Mapping[str, float]
) -> tuple[tuple[FoundModule, ...], ...]:
    """Modules of which no program takes one in another way than the others; a file has hundreds, of few sorts."""
    named = {rule.path for program in PROGRAMS for rule in program.rules}
    sorts: dict[object, list[FoundModule]] = {}
    for module in found:
        place = module.place
        is_usual = (
            place.path not in named  # as None is
            and place.layer != "text_attention"
            and (alpha := alphas.get(module.name)) != 0
            and (alpha is None or alpha == common_alphas[module.component])
        )
        sort = (module.kind, place.spelling, place.layer) if is_usual else module.name
        sorts.setdefault(sort, []).append(module)
    return tuple(map(tuple, sorts.values()))


def kind_of(leaves: Mapping[str, tuple[str, TensorInfo]]) -> ModuleKind:
    """What kind of change a module's tensors make up, told by what they are for and their shapes."""
    if "dora" in leaves:
        name, info = leaves["dora"]
        if name.endswith(".lora_magnitude_vector"):
            return "dora_peft"
        return "dora_by_row" if info.shape[1:2] == (1,) else "dora_by_column"
    if not leaves.keys() <= {"down", "up", "alpha"} or leaves.get("down", ("",))[0].endswith(".hada_w1_b"):
        endings = [leaf_of(name) for name, _ in leaves.values()]
        for start, kind in _KIND_BY_LEAF:
            if any(ending.startswith(start) for ending in endings):
                return kind
    if not {"down", "up"} <= leaves.keys() or not _halves_fit(leaves["down"][1][:2], leaves["up"][1][:2]):
        return "half"
    return "tucker" if "mid" in leaves else "lora"


@lru_cache(maxsize=1000)  # a file has hundreds of a few sizes
def _halves_fit(down: tuple[str, tuple[int, ...]], up: tuple[str, tuple[int, ...]]) -> bool:
    """Whether numbers of such a kind and shape, (rank, in[, k, k]) and (out, rank[, 1, 1]), make a change.

    Swapped halves of a square layer seem to have a rank larger than the layer, and a layer as small as their rank.
    """
    (down_kind, (rank, *inputs)), (up_kind, (width, rank_of_up, *window)) = down, up
    sides = (math.prod(inputs), width)
    return (
        {down_kind, up_kind} <= _FLOATS
        and len(inputs) in (1, 3)
        and window in ([], [1, 1])
        and rank == rank_of_up
        and rank > 0
        and 0 not in sides
        and (rank <= max(sides) or _WIDTHS.issuperset(sides))
    )


def _find(name: str, leaves: Mapping[str, tuple[str, TensorInfo]], family: FamilyId) -> FoundModule:
    tensors = tuple(tensor for tensor, _ in leaves.values())
    telling = next((leaves[role][0] for role in ("down", "up", "dora") if role in leaves), tensors[0])
    return FoundModule(name, tensors, kind_of(leaves), find_place(name, telling, family))


def _unexported(program: Program, header: Header) -> Loading:
    reason = "It is an epoch of this app: export it first."
    names = tuple(header.tensors)
    return Loading(program.name, program.version, "refused", (), (), (), names, (), (reason,), False)


def _load(program: Program, file: _File) -> Loading:
    names: dict[Result, list[str]] = {"loaded": [], "ignored": [], "misread": [], "refused": [], "not_known": []}
    names[program.strays].extend(file.strays)
    # A dictionary, because it keeps the order in which sentences first came up.
    reasons = {"It does not know some of the keys.": None} if file.strays else {}
    is_sound = not file.strays
    for alike in file.alike:
        rule = _odd_alpha(program, alike[0], file) or _rule(program, alike[0], file)
        for module in alike:
            names[rule.result].extend(module.tensors)
        if rule.result != "loaded":
            is_sound &= rule.is_limit
            reasons |= {rule.because: None} if rule.because else {}
    for because, is_limit in _refusals(program, file, len(names["ignored"])):
        reasons[because] = None
        is_sound &= is_limit
        whole = [name for found in names.values() for name in found]
        names = {"loaded": [], "ignored": [], "misread": [], "refused": whole, "not_known": []}
    is_practice = file.family == "practice"
    return Loading(
        program.name,
        program.version,
        "refused" if is_practice else _verdict(names),
        tuple(names["loaded"]),
        tuple(names["ignored"]),
        tuple(names["misread"]),
        tuple(names["refused"]),
        tuple(names["not_known"]),
        ("It has no Practice base.",) if is_practice else tuple(reasons),
        is_sound,
    )


def _rule(program: Program, module: FoundModule, file: _File) -> Rule:
    """What becomes of a module whose strength is nothing special."""
    if _lacks_out_proj(program, module, file):
        words = "It takes a text encoder's attention only where out_proj is among it."
        return Rule("ignored", "run with 0.42.1", because=words, is_limit=True)
    if program.joins_attention and _is_torn_attention(module.place, file):
        words = "It takes this text encoder's attention only where query, key, value and output are all there."
        return Rule("ignored", "run with v1.10.1", because=words, is_limit=True)
    # Norm layers are in no table here, so their names alone decide.
    if module.place.path is None and module.place.spelling not in _UNPLACED and module.kind != "norm":
        result = program.strays if module.kind == "half" else program.unknown_layers.get(file.family, program.strays)
        return Rule(result, program.source_of_strays, because="It does not know some of the layers.")
    return _first_rule(program, module.kind, module.place, file.family)


def _first_rule(program: Program, kind: ModuleKind, place: Place, family: FamilyId) -> Rule:
    for rule in program.rules:
        if (
            (rule.spellings is None or place.spelling in rule.spellings)
            and (rule.kinds is None or kind in rule.kinds)
            and (rule.layers is None or place.layer in rule.layers)
            and (rule.families is None or family in rule.families)
            and (rule.path is None or place.path == rule.path)
        ):
            return rule
    return _UNTRIED


def _common_alphas(found: tuple[FoundModule, ...], alphas: Mapping[str, float]) -> dict[str, float]:
    """By component the alpha that most of its modules have."""
    found_alphas: dict[str, list[float]] = {}
    for module in found:
        if module.name in alphas:
            found_alphas.setdefault(module.component, []).append(alphas[module.name])
    return {component: Counter(values).most_common(1)[0][0] for component, values in found_alphas.items()}


def _odd_alpha(program: Program, module: FoundModule, file: _File) -> Rule | None:
    """What becomes of a module whose strength a program takes for another; None where it takes it as it is."""
    alpha = file.alphas.get(module.name)
    if alpha is None or module.place.path is None or not module.place.spelling.startswith("kohya"):
        return None
    if alpha == 0 and program.reads_alpha_0 != "loaded":
        words = "It takes strength 0 for full strength."
        if program.reads_alpha_0 == "not_known":
            words = "Nobody has tried strength 0 with it."
        return Rule(program.reads_alpha_0, "reference/lora-formats, section 1.1", because=words)
    # What it refuses for its kind it evens nothing out in.
    is_evened_out = module.kind not in OTHER_KINDS and module.place.layer in ("attention", "text_attention", "text_mlp")
    if program.evens_out_alphas and is_evened_out and alpha != file.common_alphas[module.component]:
        words = "It gives attention layers one common strength, but they have different ones."
        return Rule("misread", "run with 0.42.1", because=words, is_limit=True)
    return None


def _lacks_out_proj(program: Program, module: FoundModule, file: _File) -> bool:
    return (
        program.needs_out_proj
        and module.place.layer == "text_attention"
        and module.place.spelling.startswith("kohya")
        and module.component not in file.with_out_proj
    )


def _is_torn_attention(place: Place, file: _File) -> bool:
    """Whether it belongs to an attention of an OpenCLIP encoder, one layer there, of which the file has a part."""
    open_clip = {"sd2": "text_encoder.", "sdxl": "text_encoder_2."}.get(file.family)
    if place.layer != "text_attention" or place.path is None or not open_clip or not place.path.startswith(open_clip):
        return False
    attention = place.path.rpartition(".")[0]
    return not {f"{attention}.{side}_proj" for side in ("q", "k", "v", "out")} <= file.paths


def _refusals(program: Program, file: _File, ignored: int) -> Iterator[tuple[str, bool]]:
    """Why the whole file is refused for what it is as a whole, and whether sound files meet it too."""
    if program.max_unmatched is not None and ignored > program.max_unmatched:
        yield f"It refuses a file with more than {program.max_unmatched} keys it does not know.", False
    for flaw in program.refuses:
        if _has_flaw(flaw, file):
            yield _FLAWS[flaw], _FLAW_IS_LIMIT[flaw]
    if file.of_text and all(_lacks_out_proj(program, module, file) for module in file.of_text):
        yield "It cannot tell what this text encoder part is without out_proj or mlp.", True


def _has_flaw(flaw: FileFlaw, file: _File) -> bool:
    if flaw == "mixed_blocks":
        spellings = {module.place.spelling for module in file.modules if module.component == "unet"}
        return file.family == "sdxl" and {"kohya", "kohya_diffusers_blocks"} <= spellings
    if flaw == "width_of_time":
        return file.family != "sdxl" and _begins_with_time(file)
    return not any(_shows_width(module, file) for module in file.modules)


def _begins_with_time(file: _File) -> bool:
    """Whether, by name, a time projection is the first layer that InvokeAI goes by: its width passes for SDXL's."""
    names = {module.name for module in file.modules if _shows_width(module, file)}
    times = {module.name for module in file.modules if module.kind == "lora" and module.name.endswith("_time_emb_proj")}
    return bool(times) and min(times | names) in times


def _shows_width(module: FoundModule, file: _File) -> bool:
    """Whether InvokeAI can tell the base by this module; it multiplies LoKr's widths only where no factor is cut up.

    Of SDXL it wants the widths of both text encoders at once, and a LoRA's it forgets at once: the last key has none.
    """
    path = module.place.path or ""
    if file.family == "sdxl" and module.component.startswith("text_encoder"):
        components = {other.component for other in file.modules} if module.kind != "lora" else set()
        if not {"text_encoder", "text_encoder_2"} <= components:
            return False
    if module.kind == "lokr" and f"{module.name}.lokr_w2" not in module.tensors:
        return _is_third_block(path)
    return tells_width(path)


def tells_width(path: str) -> bool:
    """Whether InvokeAI goes by this layer."""
    return path.endswith((".attn2.to_k", ".attn2.to_v")) or ".self_attn." in path or _is_third_block(path)


def _is_third_block(path: str) -> bool:
    """Whether it is beyond the second transformer block in a row, as SDXL alone has them."""
    block = path.partition(".transformer_blocks.")[2].partition(".")[0]
    return block != "" and int(block) >= 2


def _verdict(names: Mapping[Result, list[str]]) -> Verdict:
    if names["refused"]:
        return "refused"
    if names["misread"]:
        return "misread"
    if names["not_known"]:
        return "part" if names["ignored"] and names["loaded"] else "not_known"
    if not names["loaded"]:
        return "nothing"
    return "part" if names["ignored"] else "loads"
