"""The recipe that comes back from an adapter file: the settings it was trained with, as far as it tells them."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, create_model

from lora_studio import storage
from lora_studio.config.combinations import find_clashes
from lora_studio.config.fields import allowed_values, setting_fields
from lora_studio.config.resolve import merged, nested
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.weights.grouping import group_tensors
from lora_studio.weights.header import Header, read_header
from lora_studio.weights.inspect import AdapterReport, GuessedFamily, inspect_adapter
from lora_studio.weights.lora import DIFFUSERS_KEY, PEFT_SETTINGS, read_lora
from lora_studio.weights.places import PEFT_PREFIX, build_locator
from lora_studio.weights.programs.rules import ModuleKind
from lora_studio.weights.recipe_claims import Claim, is_rank_stabilized, json_object, lokr_claims, metadata_claims
from lora_studio.weights.targets import UNET_TARGETS, smallest_target, untrained

# What a file can tell, in the order of the settings; the rest is up to the person.
RECIPE_SETTINGS = (
    "seed",
    "base.clip_skip",
    *(
        f"dataset.{name}"
        for name in (
            "resolution_px", "buckets", "flip", "caption_dropout", "shuffle_tags", "keep_first_tags", "caption_tokens",
        )
    ),
    *(f"adapter.{name}" for name in (
        "kind", "lokr_factor", "rank", "alpha", "dropout", "rank_stabilized", "targets", "train_text_encoder",
    )),
    *(
        f"optimizer.{name}"
        for name in ("type", "learning_rate", "text_encoder_rate", "weight_decay", "beta1", "beta2")
    ),
    *(
        f"schedule.{name}"
        for name in (
            "looks_per_picture", "epochs", "batch_size", "gradient_accumulation", "curve", "cycles", "warmup_share",
            "warmup_steps",
        )
    ),
    *(
        f"objective.{name}"
        for name in (
            "min_snr_gamma", "debiased", "loss", "noise_offset", "multires_noise", "input_perturbation",
            "zero_terminal_snr", "max_gradient_norm",
        )
    ),
)  # fmt: skip


_TRAINED_KINDS: frozenset[ModuleKind] = frozenset({"lora", "loha", "lokr"})


class TakenSetting(BaseModel):
    """A setting that can be taken over; `source` is a metadata key, or empty where the layers themselves show it."""

    model_config = ConfigDict(frozen=True)

    path: str
    value: JsonValue
    source: str


class LeftSetting(BaseModel):
    """What the file says and cannot be taken over, with the reason as a sentence. `path` may be empty."""

    model_config = ConfigDict(frozen=True)

    path: str
    stated: str
    reason: str


class AdapterRecipe(BaseModel):
    """The training behind an adapter file. Texts come from the file, so they must be shown as plain text.

    Each of `RECIPE_SETTINGS` is in `settings`, whose values their fields allow, in `left`, in `unknown`, or says
    nothing beside the others.
    """

    model_config = ConfigDict(frozen=True)

    file_name: str
    family: GuessedFamily
    settings: tuple[TakenSetting, ...]
    left: tuple[LeftSetting, ...]
    unknown: tuple[str, ...]

    @property
    def values(self) -> dict[str, JsonValue]:
        """What can be taken over, by dotted path."""
        return {setting.path: setting.value for setting in self.settings}

    def patch(self) -> dict[str, Any]:
        """What can be taken over, as nested values that `resolve` lays over others."""
        whole: dict[str, Any] = {}
        for path, value in self.values.items():
            whole = merged(whole, nested(path, value))
        return whole


def recipe_from_adapter(path: Path) -> AdapterRecipe:
    """The settings that a file states in its metadata or shows in its layers; nothing is changed.

    Raises:
        StudioError: as `inspect_adapter`.
    """
    report = inspect_adapter(path, reads_numbers=False)
    header = read_header(path)
    first: dict[str, Claim] = {}
    for claim in (*_layer_claims(path, header, report), *metadata_claims(header.metadata)):
        first.setdefault(claim.path, claim)
    claims = [_checked(claim) for claim in first.values()]
    taken = {claim.path: claim for claim in claims if not claim.problem}
    beside_the_point = set(_meaningless(taken))
    taken = {place: claim for place, claim in taken.items() if place not in beside_the_point}
    left = [*_other_kind(report), *(LeftSetting(path=c.path, stated=c.stated, reason=c.problem)
                                    for c in claims if c.problem and c.path not in beside_the_point)]  # fmt: skip
    said = {*taken, *(item.path for item in left), *beside_the_point}
    return AdapterRecipe(
        file_name=path.name,
        family=report.family,
        settings=tuple(
            TakenSetting(path=place, value=taken[place].value, source=taken[place].source)
            for place in RECIPE_SETTINGS
            if place in taken
        ),
        left=tuple(left),
        unknown=tuple(place for place in RECIPE_SETTINGS if place not in said),
    )


def fitted(recipe: AdapterRecipe, config: TrainingConfig) -> AdapterRecipe:
    """The recipe without what cannot work beside the settings and the base of `config`, each with its reason."""
    while clashing := _first_clash(recipe, config):
        place, reason = clashing
        gone = next(setting for setting in recipe.settings if setting.path == place)
        stated = Claim(place, gone.value, gone.source).stated
        recipe = recipe.model_copy(
            update={
                "settings": tuple(setting for setting in recipe.settings if setting is not gone),
                "left": (*recipe.left, LeftSetting(path=place, stated=stated, reason=reason)),
            }
        )
    return recipe


def _first_clash(recipe: AdapterRecipe, config: TrainingConfig) -> tuple[str, str] | None:
    """A setting of the recipe that excludes another one, and why."""
    ours = recipe.values
    for clash in find_clashes(merged(config.model_dump(), recipe.patch())):
        if place := next((path for path in clash.paths if path in ours), None):
            return place, clash.reason
    return None


def _checked(claim: Claim) -> Claim:
    """The claim with the value its setting holds, or with the reason why it can hold none such."""
    if claim.problem:
        return claim
    info = setting_fields()[claim.path]
    try:
        value = _one_setting(claim.path).model_validate({"value": claim.value}).model_dump(mode="json")["value"]
    except ValidationError:
        return Claim(claim.path, claim.value, claim.source, f"It takes {allowed_values(info)}.")
    return Claim(claim.path, value, claim.source)


@functools.cache
def _one_setting(path: str) -> type[BaseModel]:
    """A model with nothing but this setting as its `value`: its limits without those that other settings add."""
    info = setting_fields()[path]
    assert info.annotation is not None
    return create_model("OneSetting", value=(info.annotation, info))


def _meaningless(taken: Mapping[str, Claim]) -> Iterator[str]:
    """Settings that say nothing beside those that are taken."""
    if _value(taken, "adapter.train_text_encoder") is False:
        yield "optimizer.text_encoder_rate"
    if _value(taken, "adapter.kind") != "lokr":
        yield "adapter.lokr_factor"
    if _value(taken, "optimizer.type") == "prodigy":  # finds its own; the files say 1
        yield from ("optimizer.learning_rate", "optimizer.text_encoder_rate")
    if _value(taken, "schedule.curve") != "cosine_with_restarts":
        yield "schedule.cycles"
    if "schedule.warmup_steps" in taken:
        yield "schedule.warmup_share"
    elif "schedule.warmup_share" in taken:
        yield "schedule.warmup_steps"


def _value(taken: Mapping[str, Claim], path: str) -> JsonValue:
    return taken[path].value if path in taken else None


def _other_kind(report: AdapterReport) -> Iterator[LeftSetting]:
    others = [kind for kind in report.kinds if kind not in _TRAINED_KINDS]
    if others or len(report.kinds) > 1:
        reason = "Its settings are read; what is trained here is a LoRA, a LoHa or a LoKr."
        yield LeftSetting(path="", stated=", ".join(report.kinds), reason=reason)


# ── What the layers show ───────────────────────────────────────────────────────────────────────────────────


def _layer_claims(path: Path, header: Header, report: AdapterReport) -> Iterator[Claim]:
    key, peft = _peft_settings(path, header)
    kind = next(iter(report.kinds), None)
    if len(report.kinds) == 1 and kind in _TRAINED_KINDS:
        yield Claim("adapter.kind", kind, "")
    if kind == "lokr":  # its factors do not show the rank they were made with
        yield from lokr_claims(header.metadata)
    elif is_rank_stabilized(header.metadata):
        yield from _rank_claims(path, report, header.metadata, "ss_network_args")
    else:
        yield from _rank_claims(path, report, header.metadata, key if peft.get("use_rslora") is True else "")
    places = _places(header, report.family)
    unet = [place for place in places if place.startswith("unet.")]
    if unet:
        yield _targets_claim(unet)
    if places:
        yield Claim("adapter.train_text_encoder", len(unet) < len(places), "")
    if "lora_dropout" in peft:
        yield Claim("adapter.dropout", peft["lora_dropout"], key)


def _rank_claims(path: Path, report: AdapterReport, metadata: Mapping[str, str], stabilized_by: str) -> Iterator[Claim]:
    """Rank and strength; `stabilized_by` is the key that says that strengths are rank-stabilised, or empty."""
    ranks, alphas = set(report.ranks), set(report.alphas)
    try:
        modules = read_lora(path).modules.values()
        ranks, alphas = {module.rank for module in modules}, {module.alpha for module in modules}
    except StudioError:  # no plain LoRA: what the report has must do
        pass
    if not ranks:
        return
    if len(ranks) > 1:
        yield Claim("adapter.rank", _span(ranks), "", "It differs by layer; here all layers share one.")
    else:
        yield Claim("adapter.rank", min(ranks), "")
    if len(alphas) > 1 or (stabilized_by and len(ranks) > 1):
        yield Claim("adapter.alpha", _span(alphas), "", "It differs by layer; here all layers share one.")
    elif alphas:
        alpha = min(alphas) / math.sqrt(min(ranks)) if stabilized_by else min(alphas)
        yield Claim("adapter.alpha", _as_stated(alpha, metadata.get("ss_network_alpha", "")), "")
        yield Claim("adapter.rank_stabilized", bool(stabilized_by), stabilized_by)


def _span(numbers: Iterable[float]) -> str:
    ordered = sorted(numbers)
    return f"{ordered[0]:g} to {ordered[-1]:g}"


def _as_stated(alpha: float, stated: str) -> float:
    """The number the metadata has where it is the same one: the layers hold it in 32 bits or fewer."""
    try:
        told = float(stated)
    except ValueError:
        told = math.nan
    return told if math.isclose(told, alpha, rel_tol=1e-6) else float(f"{alpha:.6g}")


def _places(header: Header, family: GuessedFamily) -> list[str]:
    """The layers by their paths; none where a name is not known, as nothing can be said then."""
    if family == "unknown":
        return []
    locate = build_locator(family)
    places = [locate(name) for name in group_tensors(header)[0]]
    return [] if None in places else [place for place in places if place]


def _targets_claim(unet: list[str]) -> Claim:
    found = smallest_target(unet)
    if found is not None:
        return Claim("adapter.targets", found, "")
    beyond = min((untrained(unet, ends) for ends in UNET_TARGETS.values()), key=len)
    kinds = ", ".join(dict.fromkeys(place.rpartition(".")[2] for place in beyond))
    return Claim("adapter.targets", kinds, "", "No choice of layers trains these too.")


def _peft_settings(path: Path, header: Header) -> tuple[str, dict[str, Any]]:
    """Where PEFT's own settings stand, in the file or beside it, and what they say; nothing where there are none."""
    if DIFFUSERS_KEY in header.metadata:
        settings = json_object(header.metadata[DIFFUSERS_KEY])
        return DIFFUSERS_KEY, {name.rpartition(".")[2]: value for name, value in settings.items()}
    beside = path.with_name(PEFT_SETTINGS)
    is_peft = any(name.startswith(PEFT_PREFIX) for name in header.tensors)
    found = storage.read_json(beside) if is_peft and beside.is_file() else None
    return PEFT_SETTINGS, found if isinstance(found, dict) else {}
