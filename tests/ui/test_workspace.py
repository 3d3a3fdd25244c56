"""The shared state of the window, on real projects with drawn pictures; the fake trainer stands in for training."""

import inspect
import json
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_workspace import FakeWorkspace, hardware, practice, quiet_settings
from PIL import Image
from pydantic import ValidationError
from pytestqt.qtbot import QtBot

from lora_studio.bases import FoundBase
from lora_studio.errors import StudioError
from lora_studio.hardware import probe
from lora_studio.hardware.budget import Fix
from lora_studio.jobs.supervisor import attach, start
from lora_studio.projects.project import BaseReference, open_project
from lora_studio.projects.recent import recent_projects
from lora_studio.runs.events import Event, EventWriter, Finished, Paused, Started
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from tests.fakes.drawn_pictures import draw_pictures
from ui.models import workspace as workspace_module
from ui.models.picture_set import PictureSet
from ui.models.workspace import Workspace

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
FOR_EVER = {"steps": 100_000, "each_s": 0.01}
WAIT_MS = 8000


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.json"
    path.write_text(json.dumps([FOR_EVER]))
    return path


@pytest.fixture
def workspace(tmp_path: Path, script: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(probe, "probe_hardware", lambda folder=None: hardware(folder=folder or tmp_path))
    settings = quiet_settings(projects_folder=str(tmp_path / "projects"))
    made = Workspace(settings, command=[sys.executable, str(FAKE_TRAINER), str(script)])
    yield made
    made.wait_until_saved()
    for run in made.runs:
        if trainer := attach(run):
            trainer.kill()
    made.close_project()


@pytest.fixture
def opened(workspace: Workspace, pictures: Path, qtbot: QtBot) -> Workspace:
    """With the project of four drawn pictures, looked at and planned."""
    workspace.open_images([pictures])
    qtbot.waitUntil(lambda: workspace.budget is not None, timeout=WAIT_MS)
    return workspace


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "misty ink", size=(160, 160))


def failures(workspace: Workspace) -> list[str]:
    heard: list[str] = []
    workspace.failed.connect(lambda error: heard.append(error.code))
    return heard


def counted(signal: object) -> Callable[[], int]:
    heard: list[None] = []
    signal.connect(lambda *_: heard.append(None))  # type: ignore[attr-defined]
    return lambda: len(heard)


# ── Projects ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dropped_folder_becomes_a_project_whose_names_come_before_its_report(
    workspace: Workspace, pictures: Path, qtbot: QtBot
) -> None:
    seen: list[tuple[int, bool]] = []
    workspace.pictures_changed.connect(lambda: seen.append((len(workspace.files), workspace.report is not None)))
    workspace.open_images([pictures])
    qtbot.waitUntil(lambda: workspace.report is not None, timeout=WAIT_MS)
    assert workspace.project is not None
    assert workspace.project.name == "misty ink"
    assert seen == [(0, False), (4, False), (4, True)]
    assert [project.name for project in recent_projects()] == ["misty ink"]


def test_the_same_folder_opens_the_same_project_again(opened: Workspace, pictures: Path, qtbot: QtBot) -> None:
    assert opened.project is not None
    opened.change(trigger="mistyink")
    opened.open_images([pictures])
    with qtbot.waitSignal(opened.project_changed):
        pass
    assert opened.project.data.trigger == "mistyink"
    assert len(list(opened.settings.values.projects_dir.iterdir())) == 1


def test_single_pictures_are_copied_with_their_captions_and_nothing_else_of_their_folder(
    workspace: Workspace, pictures: Path, qtbot: QtBot
) -> None:
    workspace.open_images([pictures / "000.png", pictures / "002.png"])
    qtbot.waitUntil(lambda: workspace.report is not None, timeout=WAIT_MS)
    assert workspace.report is not None and workspace.project is not None
    assert [(image.path.name, image.caption) for image in workspace.report.images] == [
        ("000.png", "a red disc"),
        ("002.png", "a blue disc"),
    ]
    assert all(image.path.is_relative_to(workspace.project.folder) for image in workspace.report.images)


def test_a_picture_too_large_to_open_is_replaced_by_a_smaller_copy_with_its_caption(
    workspace: Workspace, pictures: Path, qtbot: QtBot
) -> None:
    large = pictures / "001.png"
    Image.new("L", (66_000, 300), 90).save(large)
    before = large.read_bytes()
    workspace.open_images([pictures])
    qtbot.waitUntil(lambda: workspace.report is not None, timeout=WAIT_MS)
    assert [item.paths for item in workspace.report.findings if item.code == "picture_too_large"] == [("001.png",)]
    done: list[None] = []
    workspace.add_smaller_copies({"001.png": large}, lambda: done.append(None))
    qtbot.waitUntil(lambda: bool(done) and workspace.report is not None, timeout=WAIT_MS)
    assert workspace.report is not None and workspace.project is not None
    copies = [image for image in workspace.report.images if image.path.is_relative_to(workspace.project.folder)]
    assert [(copy.path.name, copy.width_px, copy.height_px, copy.caption) for copy in copies] == [
        ("001.png", 16_384, 74, "a green disc")
    ]
    assert workspace.project.data.left_out == {"001.png"}
    assert large.read_bytes() == before


def test_a_zip_file_becomes_a_project_of_its_pictures(
    workspace: Workspace, pictures: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "Misty Ink"), "zip", pictures))
    workspace.open_images([archive])
    qtbot.waitUntil(lambda: workspace.report is not None, timeout=WAIT_MS)
    assert workspace.report is not None and workspace.project is not None
    assert workspace.project.name == "Misty Ink"
    assert {image.path.name for image in workspace.report.images} == {path.name for path in pictures.glob("*.png")}
    assert all(image.caption for image in workspace.report.images)


def test_a_zip_file_that_cannot_be_unpacked_leaves_no_project(
    workspace: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 nothing more")
    with qtbot.waitSignal(workspace.failed, timeout=WAIT_MS) as told:
        workspace.open_images([broken])
    assert told.args[0].code == "zip_unreadable"
    assert workspace.project is None
    home = workspace.settings.values.projects_dir
    assert not home.is_dir() or not [path for path in home.iterdir() if not path.name.startswith(".")]


def test_another_folder_joins_the_open_project(opened: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    opened.add_images([draw_pictures(tmp_path / "more", 2, (170, 160))])
    qtbot.waitUntil(lambda: opened.report is not None and len(opened.report.images) == 6, timeout=WAIT_MS)
    assert opened.project is not None
    opened.wait_until_saved()
    assert len(open_project(opened.project.folder).data.image_folders) == 2


def test_a_sample_opens_with_its_own_pictures_and_held_back_ones(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.open_sample("character")
    qtbot.waitUntil(lambda: workspace.plan is not None, timeout=WAIT_MS)
    assert workspace.report is not None and workspace.held_back is not None
    assert workspace.report.images and workspace.held_back.images


def test_a_folder_that_is_no_project_is_told_and_the_open_one_stays(
    opened: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    before, heard = opened.project, failures(opened)
    opened.open_project(tmp_path)
    qtbot.waitUntil(lambda: heard == ["not_a_project"], timeout=WAIT_MS)
    assert opened.project is before


def test_closing_leaves_nothing_of_the_project(opened: Workspace) -> None:
    opened.close_project()
    assert (opened.project, opened.files, opened.report, opened.plan, opened.budget) == (None, [], None, None, None)
    assert (opened.runs, opened.run, opened.captions) == ((), None, None)


# ── Changes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_told_saved_and_planned_once(opened: Workspace, qtbot: QtBot) -> None:
    assert opened.budget is not None and opened.project is not None
    before, projects = opened.budget.steps, counted(opened.project_changed)
    plans: list[int] = []

    def note_plan() -> None:
        if not opened.is_planning and opened.budget is not None:
            plans.append(opened.budget.steps)

    opened.plan_changed.connect(note_plan)
    opened.change(thoroughness="quick")
    opened.change(thoroughness="thorough")
    opened.change(name="Old comic")
    assert projects() == 3
    assert opened.is_planning
    qtbot.waitUntil(lambda: bool(plans), timeout=WAIT_MS)
    assert not opened.is_planning
    assert opened.budget.steps > before
    assert len(plans) == 1
    opened.wait_until_saved()
    assert open_project(opened.project.folder).data == opened.project.data


def test_a_value_that_is_not_allowed_changes_nothing(opened: Workspace) -> None:
    before = opened.project
    with pytest.raises(ValidationError):
        opened.change(name="")
    assert opened.project is before


def test_a_left_out_picture_is_not_planned_but_still_known(opened: Workspace, qtbot: QtBot) -> None:
    opened.leave_out(["000.png", "001.png"], True)
    qtbot.waitUntil(lambda: opened.budget is not None and opened.budget.pictures == 2, timeout=WAIT_MS)
    assert opened.report is not None
    assert len(opened.report.images) == 4
    opened.leave_out(["000.png"], False)
    qtbot.waitUntil(lambda: opened.budget is not None and opened.budget.pictures == 3, timeout=WAIT_MS)


def test_with_every_picture_left_out_the_plan_says_why_there_is_none(opened: Workspace, qtbot: QtBot) -> None:
    opened.leave_out([file.key for file in opened.files], True)
    qtbot.waitUntil(lambda: opened.plan_problem is not None, timeout=WAIT_MS)
    assert opened.plan_problem is not None
    assert (opened.plan_problem.code, opened.plan) == ("no_pictures", None)


def test_captions_are_written_undone_and_redone(opened: Workspace, pictures: Path, qtbot: QtBot) -> None:
    def shown() -> list[str | None]:
        assert opened.report is not None
        return [image.caption for image in opened.report.images[:2]]

    chosen = [pictures / "000.png", pictures / "001.png"]
    opened.set_caption(chosen, "two discs")
    qtbot.waitUntil(lambda: shown() == ["two discs", "two discs"], timeout=WAIT_MS)
    assert (pictures / "001.txt").read_text() == "two discs"
    assert (opened.can_undo_caption, opened.can_redo_caption) == (True, False)
    opened.undo_caption()
    qtbot.waitUntil(lambda: shown() == ["a red disc", "a green disc"], timeout=WAIT_MS)
    assert (opened.can_undo_caption, opened.can_redo_caption) == (False, True)
    opened.redo_caption()
    qtbot.waitUntil(lambda: shown() == ["two discs", "two discs"], timeout=WAIT_MS)


def test_a_caption_written_during_the_scan_is_not_lost_to_what_the_scan_read(
    opened: Workspace, pictures: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, scan = threading.Event(), workspace_module.scan_project

    def slow_scan(*arguments: object) -> object:
        report = scan(*arguments)  # type: ignore[arg-type]
        go_on.wait(5)
        return report

    monkeypatch.setattr(workspace_module, "scan_project", slow_scan)
    opened.rescan()
    opened.set_caption([pictures / "000.png"], "written meanwhile")
    qtbot.waitUntil(lambda: opened.can_undo_caption, timeout=WAIT_MS)
    go_on.set()
    qtbot.waitUntil(lambda: opened.report is not None, timeout=WAIT_MS)
    assert opened.report is not None
    assert opened.report.images[0].caption == "written meanwhile"


def test_captions_changed_outside_are_read_again_and_those_changed_here_are_not(
    opened: Workspace, pictures: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = PictureSet(opened)
    came: list[int] = []
    shown.captions_came.connect(came.append)
    read: list[list[str]] = []
    read_again = opened.read_again
    monkeypatch.setattr(
        opened, "read_again", lambda seen, then: read.append([path.name for path in seen]) or read_again(seen, then)
    )

    def look() -> None:
        shown.look_at_folders()
        qtbot.waitUntil(lambda: not shown._is_looking, timeout=WAIT_MS)

    look()
    opened.set_caption([pictures / "000.png"], "written here")
    qtbot.waitUntil(lambda: opened.can_undo_caption, timeout=WAIT_MS)
    look()
    assert (read, came) == ([], [])
    (pictures / "001.txt").write_text("written\noutside")
    (pictures / "002.txt").unlink()
    look()
    qtbot.waitUntil(lambda: came == [2], timeout=WAIT_MS)
    assert opened.report is not None
    assert [image.caption for image in opened.report.images[:3]] == ["written here", "written outside", None]
    (pictures / "000.txt").write_text("written over")
    (pictures / "003.txt").touch()  # says the same
    look()
    qtbot.waitUntil(lambda: came == [2, 1], timeout=WAIT_MS)
    assert opened.report.images[0].caption == "written over"
    assert read == [["001.png", "002.png"], ["000.png", "003.png"]]


def test_a_caption_typed_over_one_that_came_from_outside_asks_first(
    opened: Workspace, pictures: Path, qtbot: QtBot
) -> None:
    shown = PictureSet(opened)
    picture, file = pictures / "000.png", pictures / "000.txt"
    shown.changes.type_captions({picture: "type"})
    file.write_text("outside")
    shown.look_at_folders()
    qtbot.waitUntil(lambda: opened.report is not None and opened.report.images[0].caption == "outside", timeout=WAIT_MS)
    shown.changes.type_captions({picture: "typed"})
    shown.changes.save()
    qtbot.waitUntil(lambda: shown.changes.problem is not None, timeout=WAIT_MS)
    assert shown.changes.problem is not None
    assert (shown.changes.problem.code, file.read_text()) == ("caption_changed_outside", "outside")
    assert (shown.changes.draft(picture), shown.changes.failed_paths) == ("typed", (picture,))
    shown.changes.try_again()
    qtbot.waitUntil(lambda: file.read_text() == "typed", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: shown.changes.draft(picture) is None, timeout=WAIT_MS)
    # On and on typing is not taken for another hand.
    for text in ("typed o", "typed on"):
        shown.changes.type_captions({picture: text})
        shown.changes.save()
    qtbot.waitUntil(lambda: file.read_text() == "typed on", timeout=WAIT_MS)
    assert shown.changes.problem is None
    shown.changes.undo()
    shown.changes.undo()
    shown.changes.undo()
    qtbot.waitUntil(lambda: file.read_text() == "outside", timeout=WAIT_MS)


def test_a_folder_that_went_away_is_told_and_leaves_no_old_plan(
    opened: Workspace, pictures: Path, qtbot: QtBot
) -> None:
    heard = failures(opened)
    pictures.rename(pictures.with_name("elsewhere"))
    opened.rescan()
    qtbot.waitUntil(lambda: heard == ["folder_missing"], timeout=WAIT_MS)
    assert opened.scan_problem is not None
    assert (opened.plan, opened.is_scanning) == (None, False)


def test_a_project_that_cannot_be_saved_keeps_the_change_and_says_so(opened: Workspace, qtbot: QtBot) -> None:
    assert opened.project is not None
    heard = failures(opened)
    (opened.project.folder / "project.json").write_text('{"version": 99}')
    opened.change(name="Kept")
    qtbot.waitUntil(lambda: heard == ["project_newer"], timeout=WAIT_MS)
    assert opened.project.name == "Kept"
    before = (opened.project.folder / "project.json").read_bytes()
    original = opened.project.folder
    done: list[None] = []
    opened.open_copy("{name} copy", lambda: done.append(None))
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT_MS)
    assert opened.project.name == "Kept copy"
    assert opened.project.folder != original
    assert (original / "project.json").read_bytes() == before


def test_what_could_not_be_saved_is_saved_when_the_drive_is_back(
    opened: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    assert opened.project is not None
    folder, heard = opened.project.folder, failures(opened)
    away = folder.rename(tmp_path / "unplugged")
    opened.change(name="Kept")
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=WAIT_MS)
    opened.save_again()
    qtbot.waitUntil(lambda: opened._is_unsaved, timeout=WAIT_MS)
    away.rename(folder)
    opened.save_again()
    opened.wait_until_saved()
    assert open_project(folder).name == "Kept"
    qtbot.wait(50)
    assert len(heard) == 1  # told once


# ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_training_starts_a_run_that_is_followed(opened: Workspace, qtbot: QtBot) -> None:
    opened.start_training()
    opened.start_training()  # ignored: the first is under way
    assert opened.is_starting
    qtbot.waitUntil(lambda: opened.run is not None and opened.run.kind == "running", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(opened.runs) == 1, timeout=WAIT_MS)
    assert opened.run is not None
    assert (opened.is_starting, opened.runs[0].path) == (False, opened.run.run.path)


def test_training_uses_the_last_change_even_before_it_is_planned(opened: Workspace, qtbot: QtBot) -> None:
    opened.change(trigger="newest")
    opened.start_training()
    qtbot.waitUntil(lambda: opened.run is not None and opened.run.facts is not None, timeout=WAIT_MS)
    assert opened.run is not None and opened.run.facts is not None
    assert opened.run.facts.config.dataset.trigger == "newest"


def test_training_uses_captions_that_another_program_wrote_a_moment_ago(
    opened: Workspace, pictures: Path, qtbot: QtBot
) -> None:
    opened.set_caption([pictures / "000.png"], "written here")
    qtbot.waitUntil(lambda: opened.can_undo_caption, timeout=WAIT_MS)
    (pictures / "001.txt").write_text("written\noutside")
    opened.start_training()
    qtbot.waitUntil(lambda: opened.run is not None, timeout=WAIT_MS)
    assert opened.run is not None
    listed = RunPictures.model_validate_json(opened.run.run.images_path.read_bytes())
    assert [picture.caption.partition(",")[0] for picture in listed.training[:2]] == ["written here", "written outside"]


def test_a_living_run_is_shown_at_once_when_its_project_is_opened(
    opened: Workspace, script: Path, qtbot: QtBot
) -> None:
    opened.add_to_queue()
    qtbot.waitUntil(lambda: len(opened.runs) == 1, timeout=WAIT_MS)
    older = opened.runs[0]
    opened.add_to_queue()
    qtbot.waitUntil(lambda: len(opened.runs) == 2, timeout=WAIT_MS)
    assert opened.project is not None
    folder = opened.project.folder
    opened.close_project()
    start(older, [sys.executable, str(FAKE_TRAINER), str(script)])
    opened.open_project(folder)
    qtbot.waitUntil(lambda: opened.run is not None and opened.run.kind == "running", timeout=WAIT_MS)
    assert opened.run is not None
    assert opened.run.run.path == older.path


@pytest.mark.parametrize(
    ("end", "is_unfinished"), [(Paused(step=3), True), (Finished(step=9, epochs=1, seconds=9), False)]
)
def test_a_project_whose_training_can_go_on_is_known_when_it_opens(
    opened: Workspace, end: Event, is_unfinished: bool, qtbot: QtBot
) -> None:
    opened.add_to_queue()
    qtbot.waitUntil(lambda: len(opened.runs) == 1, timeout=WAIT_MS)
    with EventWriter(opened.runs[0].events_path) as writer:
        writer.write(Started(pid=1, device="cpu"))
        writer.write(end)
    assert opened.project is not None
    folder = opened.project.folder
    opened.close_project()
    with qtbot.waitSignal(opened.project_opened, timeout=WAIT_MS):
        opened.open_project(folder)
    assert opened.found_unfinished == is_unfinished


def test_a_queued_run_waits_and_is_not_started(opened: Workspace, qtbot: QtBot) -> None:
    opened.add_to_queue()
    qtbot.waitUntil(lambda: [job.place for job in opened.jobs] == ["waiting"], timeout=WAIT_MS)
    assert opened.run is not None
    assert opened.run.kind == "draft"


def test_a_run_that_cannot_be_started_is_told_and_can_be_tried_again(
    opened: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StudioError("trainer_not_started", "The trainer could not be started.")

    heard = failures(opened)
    monkeypatch.setattr(workspace_module.supervisor, "start", refuse)
    opened.start_training()
    qtbot.waitUntil(lambda: heard == ["trainer_not_started"], timeout=WAIT_MS)
    assert not opened.is_starting
    qtbot.waitUntil(lambda: opened.run is not None, timeout=WAIT_MS)


def test_another_run_can_be_shown(opened: Workspace, qtbot: QtBot) -> None:
    for count in (1, 2):
        opened.add_to_queue()
        qtbot.waitUntil(lambda wanted=count: len(opened.runs) == wanted, timeout=WAIT_MS)  # type: ignore[misc]
    with qtbot.waitSignal(opened.run_changed):
        opened.show_run(RunFolder(opened.runs[0].path))
    assert opened.run is not None
    assert opened.run.run.path == opened.runs[0].path


def test_another_run_at_the_path_of_the_shown_one_is_shown_as_itself(opened: Workspace, qtbot: QtBot) -> None:
    opened.add_to_queue()
    qtbot.waitUntil(lambda: len(opened.runs) == 1 and opened.run is not None, timeout=WAIT_MS)
    path = opened.runs[0].path
    unplugged = path.with_name("unplugged")
    shutil.copytree(path, unplugged)
    with EventWriter(RunFolder(path).events_path) as writer:
        writer.write(Started(pid=1, device="cpu"))
        writer.write(Paused(step=3))
    qtbot.waitUntil(lambda: opened.run is not None and opened.run.kind == "paused", timeout=WAIT_MS)
    before = opened.run
    path.rename(path.with_name("elsewhere"))
    unplugged.rename(path)
    qtbot.waitUntil(lambda: opened.run is not before, timeout=WAIT_MS)
    assert opened.run is not None
    assert (opened.run.run.path, opened.run.kind, opened.run.step) == (path, "draft", 0)


# ── This computer ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_fix_changes_only_the_settings_it_names(opened: Workspace) -> None:
    opened.change(settings={"adapter.rank": 8})
    opened.fix(Fix({"schedule.batch_size": 1}, 5, "", True))
    assert opened.project is not None
    assert opened.project.data.settings == {"adapter.rank": 8, "schedule.batch_size": 1}


def test_a_base_that_was_moved_is_found_by_name_and_size(opened: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    moved = practice().model_copy(update={"source": str(tmp_path / "new"), "name": "anything"})
    opened.change(base=BaseReference(source=str(tmp_path / "old"), name="anything", size_bytes=moved.size_bytes))
    qtbot.waitUntil(lambda: opened.plan_problem is not None, timeout=WAIT_MS)
    opened._take_bases((practice(), moved))
    assert opened.project is not None
    assert opened.project.data.base.source == moved.source


def test_bases_are_searched_in_the_persons_own_folders(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "model_index.json").write_text("{}")
    workspace.settings.set("model_folders", [str(tmp_path / "models")])
    workspace.search_bases()
    assert workspace.is_searching_bases
    qtbot.waitUntil(lambda: not workspace.is_searching_bases, timeout=WAIT_MS)
    assert [(base.name, base.usable) for base in workspace.bases] == [("Practice base", True), ("broken", False)]


def test_a_model_given_by_hand_that_cannot_be_trained_is_listed_and_not_used(
    opened: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "lora.safetensors").write_bytes(b"x")
    opened.add_base(tmp_path / "lora.safetensors")
    qtbot.waitUntil(lambda: any(base.name == "lora" for base in opened.bases), timeout=WAIT_MS)
    found: FoundBase = opened.bases[-1]
    assert opened.project is not None
    assert (bool(found.reason), opened.project.data.base.source) == (True, "practice")


def test_hardware_that_stays_the_same_is_told_once(workspace: Workspace, qtbot: QtBot) -> None:
    told = counted(workspace.hardware_changed)
    workspace.probe_hardware()
    qtbot.waitUntil(lambda: told() == 1, timeout=WAIT_MS)
    workspace.probe_hardware()
    qtbot.waitUntil(lambda: not workspace._is_probing, timeout=WAIT_MS)
    assert told() == 1


def test_the_stand_in_replaces_everything_that_would_touch_the_disk(qtbot: QtBot) -> None:
    quick = {"set_caption", "leave_out", "keep", "use_base", "forget_base"}  # they only call the others
    quick |= {"want_prompt", "take_wanted_prompt", "want_pictures"}  # touch no disk
    public = {name for name, _ in inspect.getmembers(Workspace, inspect.isfunction) if not name.startswith("_")}
    assert public - quick <= set(vars(FakeWorkspace))
