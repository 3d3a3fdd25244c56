"""When a trainer is kept ready: while a start is near, and never beside a training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import told_runs
from fake_workspace import FakeWorkspace
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from whole_app import end

from lora_studio.jobs.queue import Job
from lora_studio.jobs.ready_trainer import ReadyTrainer
from lora_studio.runs.create import RunPlan, RunWish, plan_run
from tests.fakes.drawn_pictures import draw_pictures
from ui.app import Studio
from ui.models import readiness
from ui.models.readiness import Readiness
from ui.models.run import RunModel

WAIT_MS = 10_000
A_WHILE_MS = 60
FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"


class NotedTrainer(ReadyTrainer):
    """No process: what is asked for, in order."""

    def __init__(self) -> None:
        super().__init__(["no such program"])
        self.asked: list[str] = []

    def begin(self) -> None:
        self.asked.append("begin")

    def end(self) -> None:
        self.asked.append("end")

    def give_way(self) -> None:
        self.asked.append("give way")

    def close(self) -> None:
        self.asked.append("close")


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "BEGIN_AFTER_MS", 10)


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    return plan_run(RunWish(folder=draw_pictures(tmp_path / "pictures", 1), base="practice", trigger="zz"))


@pytest.fixture
def ready() -> NotedTrainer:
    return NotedTrainer()


@pytest.fixture
def make(qapp: QApplication, ready: NotedTrainer) -> Iterator[Callable[[], tuple[FakeWorkspace, Readiness]]]:
    made: list[Readiness] = []

    def begin() -> tuple[FakeWorkspace, Readiness]:
        workspace = FakeWorkspace()
        workspace.ready = ready
        made.append(Readiness(workspace))
        return workspace, made[-1]

    yield begin
    for each in made:
        each.finish()


Make = Callable[[], tuple[FakeWorkspace, Readiness]]


def test_it_begins_once_recipe_shows_a_plan_and_not_elsewhere(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan
) -> None:
    workspace, kept = make()
    kept.show_place("recipe")
    qtbot.wait(A_WHILE_MS)
    kept.show_place("images")
    workspace.show_plan(plan)
    qtbot.wait(A_WHILE_MS)
    assert ready.asked == []
    kept.show_place("recipe")
    qtbot.waitUntil(lambda: ready.asked == ["begin"], timeout=WAIT_MS)


def test_it_waits_until_nothing_has_changed_for_a_moment(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "BEGIN_AFTER_MS", 300)
    workspace, kept = make()
    kept.show_place("recipe")
    for _ in range(8):
        workspace.show_plan(plan)
        qtbot.wait(50)
    assert ready.asked == []
    qtbot.waitUntil(lambda: ready.asked == ["begin"], timeout=WAIT_MS)


@pytest.mark.parametrize(("limit", "next_place"), [("LEFT_MS", "images"), ("UNTOUCHED_MS", "recipe")])
def test_it_ends_when_no_start_came(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan, monkeypatch: pytest.MonkeyPatch,
    limit: str, next_place: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(readiness, limit, 50)
    workspace, kept = make()
    workspace.show_plan(plan)
    kept.show_place("recipe")
    qtbot.waitUntil(lambda: ready.asked[:1] == ["begin"], timeout=WAIT_MS)
    kept.show_place(next_place)
    qtbot.waitUntil(lambda: ready.asked[-1] == "end", timeout=WAIT_MS)


def test_coming_back_to_recipe_keeps_it(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LEFT_MS", 50)
    workspace, kept = make()
    workspace.show_plan(plan)
    kept.show_place("recipe")
    qtbot.waitUntil(lambda: ready.asked == ["begin"], timeout=WAIT_MS)
    kept.show_place("images")
    kept.show_place("recipe")
    qtbot.wait(2 * A_WHILE_MS)
    assert "end" not in ready.asked


def test_none_is_kept_while_a_job_of_the_queue_trains(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan, tmp_path: Path
) -> None:
    workspace, kept = make()
    workspace.show_plan(plan)
    kept.show_place("recipe")
    qtbot.waitUntil(lambda: ready.asked == ["begin"], timeout=WAIT_MS)
    workspace.jobs = (Job("1", told_runs.told_run(tmp_path / "run"), None, "running"),)
    workspace.queue_changed.emit()
    qtbot.waitUntil(lambda: ready.asked == ["begin", "end"], timeout=WAIT_MS)
    workspace.show_plan(plan)
    qtbot.wait(A_WHILE_MS)
    assert ready.asked == ["begin", "end"]
    workspace.jobs = ()
    workspace.queue_changed.emit()
    qtbot.waitUntil(lambda: ready.asked == ["begin", "end", "begin"], timeout=WAIT_MS)


def test_none_is_kept_while_the_run_that_is_shown_trains(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan, tmp_path: Path
) -> None:
    workspace, kept = make()
    workspace.show_plan(plan)
    kept.show_place("recipe")
    qtbot.waitUntil(lambda: ready.asked == ["begin"], timeout=WAIT_MS)
    folder = told_runs.told_run(tmp_path / "run")
    told_runs.tell(folder, told_runs.started())
    trainer = told_runs.alive(folder)
    run = RunModel(folder)
    workspace.show_run_model(run)
    run.look()
    qtbot.waitUntil(lambda: ready.asked[-1] == "end", timeout=WAIT_MS)
    trainer.kill()
    trainer.wait()
    run.rest()


def test_a_start_that_is_under_way_may_be_taking_it(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan
) -> None:
    workspace, kept = make()
    workspace.show_plan(plan)
    kept.show_place("recipe")
    workspace.is_starting = True
    workspace.show_plan(plan)
    qtbot.wait(A_WHILE_MS)
    assert ready.asked == []


def test_it_is_asked_now_and_then_to_give_way(
    qtbot: QtBot, make: Make, ready: NotedTrainer, plan: RunPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LOOK_MS", 20)
    workspace, kept = make()
    workspace.show_plan(plan)
    kept.show_place("recipe")
    qtbot.waitUntil(lambda: ready.asked[:2] == ["begin", "give way"], timeout=WAIT_MS)


def test_the_app_keeps_one_while_recipe_is_shown_starts_with_it_and_leaves_none_behind(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where base models are looked for
    script = tmp_path / "script.json"
    script.write_text('[{"steps": 100000, "each_s": 0.01}]')
    command = [sys.executable, str(FAKE_TRAINER), str(script)]
    monkeypatch.setattr("lora_studio.jobs.supervisor.training_command", lambda: command)
    monkeypatch.setattr("lora_studio.jobs.ready_trainer.training_command", lambda: command)
    studio = Studio(qapp)
    workspace = studio.workspace
    studio.start(None)
    workspace.open_images([draw_pictures(tmp_path / "misty ink", size=(160, 160))])
    qtbot.waitUntil(lambda: workspace.plan is not None, timeout=WAIT_MS)
    studio.window.go_to("recipe")
    qtbot.waitUntil(lambda: workspace.ready.pid is not None, timeout=WAIT_MS)
    pid = workspace.ready.pid
    workspace.start_training()
    qtbot.waitUntil(lambda: workspace.run is not None and workspace.run.state.is_alive, timeout=WAIT_MS)
    assert [child.pid for child in psutil.Process().children()] == [pid]
    psutil.Process(pid).kill()
    qtbot.waitUntil(lambda: workspace.ready.pid is not None, timeout=WAIT_MS)  # for the next start
    end(studio)
    assert not [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
