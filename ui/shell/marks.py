"""What stands at the end of each rail item, worked out from the workspace."""

from __future__ import annotations

from lora_studio.projects.project import RunNote
from ui.models.picture_issues import all_findings, sort_findings
from ui.models.workspace import Workspace
from ui.shell.rail import RailMark

NONE, DONE = RailMark(), RailMark("done")


def rail_marks(workspace: Workspace, pictures_to_look_at: int | None = None) -> dict[str, RailMark]:
    """The marks of all places of the rail.

    Args:
        workspace: What the marks are about.
        pictures_to_look_at: What the Images page counts, which knows what was kept on purpose; None before it is made.
    """
    waiting = sum(job.place == "waiting" for job in workspace.jobs)
    queue = RailMark("count", waiting) if waiting else NONE
    if workspace.project is None:
        return {"images": NONE, "recipe": NONE, "train": NONE, "compare": NONE, "export": NONE, "queue": queue}
    note = _run_note(workspace)
    return {
        "images": _images_mark(workspace, pictures_to_look_at),
        "recipe": _recipe_mark(workspace),
        "train": train_mark(workspace),
        "compare": DONE if note.pick is not None else NONE,
        "export": DONE if note.exported else NONE,
        "queue": queue,
    }


def open_pictures(workspace: Workspace) -> int:
    """How many pictures need a look: something was found about them and they are not left out."""
    if workspace.project is None or workspace.report is None:
        return 0
    from_plan = workspace.plan.findings if workspace.plan is not None else ()
    keys = {image.relative for image in workspace.report.images}
    found = sort_findings(all_findings(workspace.report, from_plan), keys)
    return len(found.issues.keys() - workspace.project.data.left_out)


def _images_mark(workspace: Workspace, counted: int | None) -> RailMark:
    if workspace.scan_problem is not None:
        return RailMark("look", 1)
    count = open_pictures(workspace) if counted is None else counted
    if count:
        return RailMark("look", count)
    return DONE if workspace.report is not None else NONE


def _recipe_mark(workspace: Workspace) -> RailMark:
    if workspace.scan_problem is not None:
        return NONE  # told at the pictures
    problems = 1 if workspace.plan_problem is not None else 0
    if workspace.plan is not None:
        problems += sum(finding.severity == "stop" for finding in workspace.plan.findings)
    if workspace.budget is not None:
        problems += workspace.budget.memory.verdict == "too_big"
        problems += not workspace.budget.fits_on_disk
    if problems:
        return RailMark("look", problems)
    return DONE if workspace.runs else NONE


def train_mark(workspace: Workspace) -> RailMark:
    """The mark of the shown run; quick, for every step."""
    run = workspace.run
    if run is None:
        return NONE
    if run.state.is_alive:
        share = run.step / run.steps if run.steps and run.step else None
        return RailMark("running", share=share)
    if run.kind in ("failed", "crashed", "recovered", "paused"):
        return RailMark("look", 1)
    return DONE if run.kind in ("done", "stopped") else NONE


def _run_note(workspace: Workspace) -> RunNote:
    """What the person said about the shown run."""
    if workspace.project is None or workspace.run is None:
        return RunNote()
    return workspace.project.data.runs.get(workspace.run.run.name, RunNote())
