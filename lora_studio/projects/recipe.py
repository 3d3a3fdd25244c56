"""From a project to the very run that the command line would make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_studio.bases import find_base
from lora_studio.config.resolve import merged, nested, resolve
from lora_studio.config.training import FamilyId, Kind
from lora_studio.dataset.scan import ScanReport
from lora_studio.presets import preset_layers
from lora_studio.projects.pictures import chosen_pictures
from lora_studio.projects.project import Project, Thoroughness
from lora_studio.runs.create import RunPlan, RunWish, create_run, merge_settings, plain_name, plan_scanned
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.prepare import free_place

# Looks, and the least and most steps, against the preset's own.
THOROUGHNESS: Mapping[Thoroughness, float] = {"quick": 0.5, "balanced": 1.0, "thorough": 5 / 3}


def plan_project(project: Project, report: ScanReport, held_back: ScanReport | None = None) -> RunPlan:
    """The run that a project asks for, thought through; under 0.1 s for a thousand pictures, writes nothing.

    Args:
        project: The project as it is now; it need not be saved.
        report: From `scan_project`; left-out pictures are taken out here.
        held_back: The scanned held-back pictures; None scans them where the project has some.

    Raises:
        StudioError: `base_missing` and the like, `bad_setting`, `unknown_setting`, `setting_decided`, `no_pictures`.
    """
    return plan_scanned(wish_of(project), chosen_pictures(project, report), held_back)


def create_project_run(project: Project, plan: RunPlan) -> RunFolder:
    """Freezes a plan as a new run of the project; nothing is started.

    Raises:
        StudioError: `stopped_by_findings`, `folder_in_pictures`, or a disk error.
    """
    return create_run(plan, free_place(project.runs_dir, plan.resolved.config.name))


def wish_of(project: Project) -> RunWish:
    """What a project asks for, as it could be typed behind `lora-studio train`."""
    data = project.data
    dirs = project.image_dirs()
    patches = [_thoroughness_patch(data.kind, find_base(data.base.source).family, data.thoroughness)]
    patches += [nested(path, value) for path, value in data.settings.items()]
    return RunWish(
        folder=dirs[0][1] if dirs else project.folder,
        base=data.base.source,
        kind=data.kind,
        name=plain_name(data.name),
        trigger=data.trigger,
        held_back=project.held_back_dir,
        prompts=data.prompts,
        settings=merge_settings(patches),
    )


def _thoroughness_patch(kind: Kind, family: FamilyId, thoroughness: Thoroughness) -> dict[str, Any]:
    factor = THOROUGHNESS[thoroughness]
    if factor == 1:
        return {}
    schedule = resolve(preset_layers(kind, family)).config.schedule
    return merged({}, {
        "schedule": {
            "looks_per_picture": min(10_000.0, schedule.looks_per_picture * factor),
            "min_steps": max(1, round(schedule.min_steps * factor)),
            "max_steps": max(1, round(schedule.max_steps * factor)),
        }
    })  # fmt: skip
