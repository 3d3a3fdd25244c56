"""What each choice of a recipe would cost, worked out beside the plan and off the GUI thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio import presets
from lora_studio.bases import FoundBase, find_base, shape_of
from lora_studio.config.resolve import Layer, ResolvedConfig, resolve
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.scan import ScanReport
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import MIB, Budget, Fix, Measured, Verdict, estimate_memory, estimate_time, find_fixes
from lora_studio.hardware.probe import Hardware
from lora_studio.projects.project import Project, Thoroughness
from lora_studio.projects.recipe import THOROUGHNESS, plan_project, wish_of
from lora_studio.runs.create import RunPlan
from ui.models.caption_tokens import read_tokens


@dataclass(frozen=True, slots=True)
class Crowded:
    """The card has too little left beside other programs; `fix` is the first change that would fit there."""

    used_bytes: int
    fix: Fix | None


@dataclass(frozen=True, slots=True)
class LongCaptions:
    """Pictures whose captions are longer than the base reads (`limit` tokens), each with what would fit."""

    limit: int
    shortened: Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class Costs:
    """What was worked out beside the plan. `advised` are the settings without the person's changes.

    `crowded` counts a training of ours as another program.
    """

    advised: TrainingConfig | None = None
    current: ResolvedConfig | None = None
    steps: Mapping[Thoroughness, int] = field(default_factory=dict)
    fits: Mapping[str, Verdict] = field(default_factory=dict)
    samples_s: float | None = None
    crowded: Crowded | None = None
    long_captions: LongCaptions | None = None


def work_out(
    project: Project,
    report: ScanReport | None,
    plan: RunPlan | None,
    budget: Budget | None,
    bases: Sequence[FoundBase],
    hardware: Hardware | None,
    kept_free_bytes: int,
    card_index: int | None,
    long_captions: LongCaptions | None = None,
) -> Costs:
    """Everything that is known from these facts; what is missing leaves its part empty. For any thread.

    `long_captions` are those of this very plan where they were worked out before.
    """
    return Costs(
        advised=advised(project),
        current=_resolved(project),
        steps=_steps(project, report) if report is not None else {},
        fits=_fits(project, bases, hardware, kept_free_bytes, card_index) if hardware is not None else {},
        samples_s=_samples_s(plan, budget),
        long_captions=find_long_captions(plan) if plan and long_captions is None else long_captions,
        crowded=_crowded(plan.resolved.config, hardware, kept_free_bytes, card_index) if plan and hardware else None,
    )


def _layers(project: Project, source: str) -> list[Layer]:
    base = find_base(source)
    found = {
        "kind": project.data.kind,
        "base": {"source": base.source, "family": base.family, "prediction": base.prediction},
    }
    wish = wish_of(project.changed(base=project.data.base.model_copy(update={"source": source})))
    return [
        *presets.preset_layers(project.data.kind, base.family),
        Layer("model", found),
        Layer("user", wish.settings),
    ]


def _resolved(project: Project) -> ResolvedConfig | None:
    try:
        return resolve(_layers(project, project.data.base.source))
    except StudioError:  # the plan's own problem tells it
        return None


def advised(project: Project) -> TrainingConfig | None:
    """The settings without the person's changes; None while the base cannot be used. Reads the base's configs."""
    resolved = _resolved(project.changed(settings={}))
    return resolved.config if resolved is not None else None


def _steps(project: Project, report: ScanReport) -> dict[Thoroughness, int]:
    """The steps of a quick, a balanced and a thorough run of these pictures."""
    steps: dict[Thoroughness, int] = {}
    for thoroughness in THOROUGHNESS:
        try:
            steps[thoroughness] = plan_project(project.changed(thoroughness=thoroughness), report).length.total_steps
        except StudioError:
            return {}
    return steps


def _fits(
    project: Project, bases: Sequence[FoundBase], hardware: Hardware, kept_free_bytes: int, card_index: int | None
) -> dict[str, Verdict]:
    """How each base would fit with these choices."""
    fits: dict[str, Verdict] = {}
    for base in bases:
        try:
            config = resolve(_layers(project, base.source)).config
            shape = shape_of(find_base(base.source))
        except StudioError:  # choosing it tells what is wrong
            continue
        fits[base.source] = estimate_memory(config, shape, hardware, kept_free_bytes, card_index).verdict
    return fits


def find_long_captions(plan: RunPlan) -> LongCaptions | None:
    """The captions that are longer than the base reads; None where its rules cannot be read."""
    try:
        tokens = read_tokens(find_base(plan.resolved.config.base.source))
    except StudioError:  # the plan's own problem tells it
        return None
    if tokens is None:
        return None
    found = {}
    for image, entry in zip(plan.report.images, plan.pictures.training, strict=True):
        if image.caption and (whole := tokens.count(entry.caption)) > tokens.limit:
            trigger = whole - tokens.count(image.caption)
            if trigger > tokens.limit // 2:
                continue  # it is the trigger word that is too long, which its own check tells
            found[image.path] = tokens.shortened(image.caption, tokens.limit - trigger)
    return LongCaptions(tokens.limit, found)


def _crowded(
    config: TrainingConfig, hardware: Hardware, kept_free_bytes: int, card_index: int | None
) -> Crowded | None:
    """Whether the recipe fits the card, and not into what is free on it."""
    card = next((card for card in hardware.cards if card_index in (None, card.index)), None)
    if card is None:
        return None
    try:
        shape = shape_of(find_base(config.base.source))
    except StudioError:  # the plan's own problem tells it
        return None
    what_is_free = card.model_copy(update={"total_mib": card.free_mib})
    beside = hardware.model_copy(update={"cards": (what_is_free,)})
    whole = estimate_memory(config, shape, hardware, kept_free_bytes, card_index)
    if whole.verdict == "too_big" or estimate_memory(config, shape, beside, 0).verdict != "too_big":
        return None
    fix = next((fix for fix in find_fixes(config, shape, beside, 0) if fix.is_enough), None)
    return Crowded((card.total_mib - card.free_mib) * MIB, fix)


def _samples_s(plan: RunPlan | None, budget: Budget | None) -> float | None:
    """What drawing samples takes of the whole run."""
    if plan is None or budget is None:
        return None
    config = plan.resolved.config
    without = config.model_copy(update={"preview": config.preview.model_copy(update={"enabled": False})})
    step = Measured(budget.time.step_s)
    whole = estimate_time(config, plan.length, budget.memory.is_card, step).seconds
    return whole - estimate_time(without, plan.length, budget.memory.is_card, step).seconds
