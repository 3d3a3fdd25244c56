"""From a folder of pictures and a few wishes to a run folder that is complete before any process exists."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lora_studio import storage
from lora_studio.bases import find_base
from lora_studio.config.findings import Finding
from lora_studio.config.length import RunLength
from lora_studio.config.resolve import Layer, ResolvedConfig, leaves, merged, resolve
from lora_studio.config.training import LONGEST_NAME_BYTES, Kind, ScheduleSettings, TrainingConfig
from lora_studio.dataset.scan import ScanReport, check_for_training, scan_dataset, scan_known
from lora_studio.dataset.wording import shown_text
from lora_studio.errors import StudioError
from lora_studio.presets import preset_layers, propose_prompts, propose_trigger
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import (
    PictureEntry,
    RunPictures,
    bucket_plan,
    check_masks,
    length_of,
    list_pictures,
    list_prior,
)

DECIDED_ELSEWHERE = {
    "version": "It belongs to the app.",
    "kind": "Choose the preset instead (--preset).",
    "base.source": "Choose the base model instead (--base).",
    "base.family": "It is read from the base model.",
    "dataset.folder": "Choose the folder of pictures instead.",
}


@dataclass(frozen=True, slots=True)
class RunWish:
    """What a person asks for; everything else is decided by presets and the pictures.

    Attributes:
        folder: The pictures.
        base: The word practice, or a model: a .safetensors file or a folder.
        kind: The preset.
        name: Names run and export; None takes the folder's name.
        trigger: The trigger word; None proposes one.
        held_back: Pictures only used to check, or None.
        prompts: Sample prompts; empty proposes four.
        settings: A nested patch laid over everything else.
    """

    folder: Path
    base: str = "practice"
    kind: Kind = "style"
    name: str | None = None
    trigger: str | None = None
    held_back: Path | None = None
    prompts: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run thought through to the end: settings with their origins, pictures in their places, and what to know."""

    resolved: ResolvedConfig
    pictures: RunPictures
    report: ScanReport
    findings: tuple[Finding, ...]
    length: RunLength


def plan_run(wish: RunWish, progress: Callable[[int, int], None] | None = None) -> RunPlan:
    """Scans the pictures, lays out the settings and places every picture; writes nothing.

    Raises:
        StudioError: The folder, the base or a setting cannot be used.
    """
    _refuse_decided(wish.settings)
    return plan_scanned(wish, scan_dataset(wish.folder, progress))


def plan_scanned(wish: RunWish, report: ScanReport, held_back: ScanReport | None = None) -> RunPlan:
    """The plan for a wish whose pictures are known; reads only the base's configs and writes nothing.

    Args:
        wish: What is asked for; its folder only names the run when nothing else does.
        report: The pictures to train on, which may come from several folders.
        held_back: The pictures of the held-back folder; None scans it where the settings name one.

    Raises:
        StudioError: `no_pictures` when the report is empty; the base or a setting cannot be used; `start_misfit` and
            the like when the adapter cannot begin with the file of `adapter.start_from`.
    """
    _refuse_decided(wish.settings)
    if not report.images:
        raise StudioError(
            "no_pictures", "There are no pictures to train on.", "All of them are left out. Nothing was deleted.",
            "Take some back in, or add a folder.",
        )  # fmt: skip
    base = find_base(wish.base)
    _refuse_unwritable_names(report)
    name = wish.name or plain_name(wish.folder.resolve().name)
    found: dict[str, Any] = {
        "name": name,
        "kind": wish.kind,
        "base": {"source": base.source, "family": base.family, "prediction": base.prediction},
        "dataset": {"folder": str(report.folder), "trigger": propose_trigger(name, wish.kind)},
    }
    user = Layer("user", merged(_spoken(wish), wish.settings))
    layers = [*preset_layers(wish.kind, base.family), Layer("model", found), user]
    resolved = resolve(layers)
    pictures = list_pictures(report, resolved.config.dataset)
    if not resolved.config.preview.prompts:
        caption = next((picture.caption for picture in pictures if picture.caption), "")
        prompts = propose_prompts(wish.kind, base.family, resolved.config.dataset.trigger, caption)
        resolved = resolve([*layers, Layer("model", {"preview": {"prompts": prompts}})])
    config = resolved.config
    if start := _start_of(config):
        from lora_studio.weights.start import read_start  # not at the top: it needs numpy

        read_start(start, base.family, config.adapter)
    if held_back is None and config.dataset.held_back_folder:
        held_back = scan_dataset(Path(config.dataset.held_back_folder))
    checking = list_pictures(held_back, config.dataset) if held_back else ()
    more = check_for_training(report, config.dataset.resolution_px, bucket_plan(pictures))
    prior: tuple[PictureEntry, ...] = ()
    if config.dataset.prior_folder:
        looks = sum(picture.repeats for picture in pictures)
        prior = list_prior(scan_known(Path(config.dataset.prior_folder)), config.dataset, looks)
    listed = RunPictures(training=pictures, held_back=checking, prior=prior)
    length = length_of(listed, config.schedule)
    return RunPlan(
        resolved=resolved,
        pictures=listed,
        report=report,
        findings=(
            *report.findings,
            *more,
            *check_masks(report, pictures, config.dataset),
            *_trained_and_held_back(pictures, checking),
            *_own_and_prior(pictures, prior),
            *_endless_warmup(config.schedule, length.total_steps),
        ),
        length=length,
    )


def create_run(plan: RunPlan, path: Path) -> RunFolder:
    """Freezes a plan into a run folder, whole or not at all.

    Raises:
        StudioError: `stopped_by_findings` while something must be mended first; `run_exists`, `folder_in_use`,
            `folder_in_pictures`, or a disk error.
    """
    stops = [finding for finding in plan.findings if finding.severity == "stop"]
    if stops:
        raise StudioError(
            "stopped_by_findings", "Training cannot start yet.", " ".join(finding.title for finding in stops),
            "Mend these first; `lora-studio scan` shows the details.",
        )  # fmt: skip
    dataset = plan.resolved.config.dataset
    others = [Path(folder) for folder in (dataset.held_back_folder, dataset.prior_folder) if folder]
    for folder in (plan.report.folder, *others):
        if path.resolve().is_relative_to(folder.resolve()):
            raise StudioError(
                "folder_in_pictures", "The run would be written into the folder of pictures.",
                f"{path} lies inside {folder}, and originals are never mixed with results.",
                "Choose another folder with --out.",
            )  # fmt: skip
    origins = {name: origin.model_dump() for name, origin in plan.resolved.origins.items()}
    start = _start_of(plan.resolved.config)
    return RunFolder.create(
        path,
        {
            "config.json": plan.resolved.config.model_dump_json(indent=1).encode(),
            "origins.json": json.dumps(origins, indent=1, ensure_ascii=False).encode(),
            "images.json": plan.pictures.model_dump_json(indent=1).encode(),
            **(_start_files(RunFolder(path), start) if start else {}),
        },
    )


def _start_of(config: TrainingConfig) -> Path | None:
    """The file that the adapter begins with, where the person named one."""
    named = config.adapter.start_from
    return Path(named).expanduser() if named else None


def _start_files(run: RunFolder, source: Path) -> dict[str, Iterator[bytes]]:
    """The LoRA that the adapter begins with, and PEFT's settings beside it, so that the run needs neither again."""
    from lora_studio.weights.lora import PEFT_SETTINGS  # not at the top, as above

    beside = source.with_name(PEFT_SETTINGS)
    found = {run.start_path: source} | ({run.start_path.with_name(PEFT_SETTINGS): beside} if beside.is_file() else {})
    return {copy.relative_to(run.path).as_posix(): storage.read_pieces(file) for copy, file in found.items()}


def merge_settings(patches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several patches as one, later ones over earlier ones."""
    whole: dict[str, Any] = {}
    for patch in patches:
        whole = merged(whole, patch)
    return whole


def plain_name(name: str) -> str:
    """A name as a file name that every system takes."""
    plain = "".join(" " if mark in '/\\:*?"<>|' or not mark.isprintable() else mark for mark in name)
    short = " ".join(plain.split()).encode()[:LONGEST_NAME_BYTES].decode(errors="ignore")
    return short.strip(". ") or "adapter"


def _spoken(wish: RunWish) -> dict[str, Any]:
    """What the wish says outside its settings, as a patch."""
    held_back = str(wish.held_back.absolute()) if wish.held_back else None
    dataset = {"trigger": wish.trigger, "held_back_folder": held_back}
    given: dict[str, Any] = {"dataset": {name: value for name, value in dataset.items() if value is not None}}
    if wish.name:
        given["name"] = wish.name
    if wish.prompts:
        given["preview"] = {"prompts": wish.prompts}
    return given


def _refuse_decided(settings: Mapping[str, Any]) -> None:
    for path, _ in leaves(settings):
        if path in DECIDED_ELSEWHERE:
            raise StudioError(
                "setting_decided", f"The setting '{path}' cannot be chosen freely.", hint=DECIDED_ELSEWHERE[path]
            )


def _refuse_unwritable_names(report: ScanReport) -> None:
    """Names with bytes that are not Unicode cannot be kept in a run's files."""
    odd = [path for path in (report.folder, *(image.path for image in report.images)) if shown_text(path) != str(path)]
    if odd:
        raise StudioError(
            "name_not_readable", "The name of a picture or folder holds letters that cannot be read.",
            f"{len(odd)} such names, first {shown_text(odd[0])}. Nothing was changed.", "Rename it, then try again.",
        )  # fmt: skip


def _endless_warmup(schedule: ScheduleSettings, total_steps: int) -> list[Finding]:
    if schedule.warmup_steps is None or schedule.warmup_steps < total_steps:
        return []
    return [
        Finding(
            code="warmup_too_long",
            severity="warn",
            title="The warm-up is longer than the run.",
            detail="The learning rate never reaches its full value. Take fewer warm-up steps, or leave them empty.",
            fix={"schedule": {"warmup_steps": None}},
        )
    ]


def _own_and_prior(training: Sequence[PictureEntry], prior: Sequence[PictureEntry]) -> list[Finding]:
    own = {picture.content_sha256 for picture in training}
    both = tuple(Path(picture.path).name for picture in prior if picture.content_sha256 in own)
    if not both:
        return []
    return [
        Finding(
            code="prior_trained_on",
            severity="warn",
            title="Some pictures of the kind are your own ones too.",
            detail="They would be taught with and without the trigger word. Take them out of one of the folders.",
            paths=both,
        )
    ]


def _trained_and_held_back(training: Sequence[PictureEntry], held_back: Sequence[PictureEntry]) -> list[Finding]:
    known = {picture.content_sha256 for picture in training}
    both = tuple(Path(picture.path).name for picture in held_back if picture.content_sha256 in known)
    if not both:
        return []
    return [
        Finding(
            code="held_back_trained_on",
            severity="warn",
            title="Some held-back pictures are trained on too.",
            detail="The check loss then looks better than it is. Keep them in a folder of their own.",
            paths=both,
        )
    ]
