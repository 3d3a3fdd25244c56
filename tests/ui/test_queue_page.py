"""The queue's page: rows of every place, order by keys and drops, and a queue that starts only when it is told to."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sample_runs
from fake_workspace import CARD, FakeWorkspace, hardware, quiet_settings
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from lora_studio.config.resolve import read_config
from lora_studio.jobs.queue import Job, Queue
from lora_studio.jobs.supervisor import attach
from lora_studio.projects.project import Project
from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from ui.models import shortcuts
from ui.models.queue import QueueModel
from ui.models.queue_after import AfterQueueModel
from ui.pages.queue import QueuePage
from ui.pages.queue_row import JobRow
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
WAIT_MS = 8000


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path / "queue")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return sample_runs.make_project(tmp_path / "Misty Ink")


@pytest.fixture
def add(queue: Queue, project: Project) -> Callable[[str], Job]:
    """Adds a run of this name to the queue."""
    return lambda name: queue.add(sample_runs.make_run(project.runs_dir / name, name))


@pytest.fixture
def page(qtbot: QtBot, queue: Queue, appearance: Appearance) -> Iterator[QueuePage]:
    workspace = FakeWorkspace(quiet_settings())
    workspace.queue = queue
    page = QueuePage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    yield page
    page.model.pause()
    page.model._pool.waitForDone()


def look(qtbot: QtBot, page: QueuePage) -> None:
    """Wait for a look that began now."""
    qtbot.waitUntil(lambda: not page.model._looking)
    page.model.look()
    qtbot.waitUntil(lambda: not page.model._looking)


def row(page: QueuePage, name: str) -> JobRow:
    return next(row for row in page._rows.values() if row.line.name == name)


def waiting(page: QueuePage) -> list[str]:
    return [row.line.name for row in page.sections["waiting"].list.rows]


class TestShowing:
    def test_an_empty_queue_says_where_jobs_come_from(self, qtbot: QtBot, page: QueuePage) -> None:
        look(qtbot, page)
        assert page.empty.isVisible()
        assert page.bottom_actions() == []
        with qtbot.waitSignal(page.place_wanted) as wanted:
            page.empty.button.click()
        assert wanted.args == ["recipe"]

    def test_each_job_stands_in_its_place(
        self, qtbot: QtBot, page: QueuePage, queue: Queue, add: Callable[[str], Job]
    ) -> None:
        sample_runs.train_now(add("ink").run)
        add("fox")
        failed = add("castle")
        queue._note_start(failed.id)
        sample_runs.fail(failed.run)
        done = add("wash")
        sample_runs.finish(done.run)
        look(qtbot, page)
        shown = {place: [row.line.name for row in section.list.rows] for place, section in page.sections.items()}
        assert shown == {"running": ["ink"], "waiting": ["fox"], "set_aside": ["castle"], "ended": ["wash"]}
        assert row(page, "castle").sentence == "The graphics card ran out of memory at step 12."
        assert row(page, "wash").sentence.startswith("Finished at")

    def test_a_job_that_does_not_fit_offers_its_recipe_and_any_other_to_try_again(
        self, qtbot: QtBot, page: QueuePage, queue: Queue, add: Callable[[str], Job]
    ) -> None:
        def too_wide(run: RunFolder) -> RunFolder:
            failed = events.Failed(code="does_not_fit", title="This recipe needs more memory than there is.")
            return sample_runs.tell(run, sample_runs.started(), failed)

        for name, act in (("big", sample_runs.fail), ("wide", too_wide), ("torn", sample_runs.crash)):
            job = add(name)
            queue._note_start(job.id)
            act(job.run)
        look(qtbot, page)
        shown = [row(page, name).button.text() for name in ("big", "wide", "torn")]
        assert shown == ["Edit the recipe", "Edit the recipe", "Try again"]
        row(page, "torn").button.click()
        qtbot.waitUntil(lambda: waiting(page) == ["torn"])

    def test_a_job_that_ran_out_of_memory_waits_again_with_less(
        self, qtbot: QtBot, page: QueuePage, queue: Queue, add: Callable[[str], Job]
    ) -> None:
        page._workspace.hardware = hardware(CARD)
        job = add("big")
        queue._note_start(job.id)
        job.run.checkpoint_dir(8).mkdir()
        sample_runs.fail(job.run)
        look(qtbot, page)
        assert row(page, "big").button.text() == "Use less memory"
        assert "Edit the recipe" in [action.text() for action in row(page, "big").build_menu().actions()]
        before = read_config(job.run.config_path)
        row(page, "big").button.click()
        qtbot.waitUntil(lambda: waiting(page) == ["big"])
        assert read_config(job.run.config_path) != before

    def test_the_end_of_the_queue_is_worked_out_from_the_plans(
        self, qtbot: QtBot, page: QueuePage, add: Callable[[str], Job]
    ) -> None:
        add("fox")
        add("comic")
        look(qtbot, page)
        first, second = page.model.in_place("waiting")
        assert first.left_s and second.left_s and first.starts_at and second.starts_at
        assert second.starts_at - first.starts_at == pytest.approx(first.left_s)
        assert page.model.finishes_at == pytest.approx(second.starts_at + second.left_s, abs=2)

    def test_a_row_that_stays_keeps_the_keyboard_when_the_list_changes(
        self, qtbot: QtBot, page: QueuePage, add: Callable[[str], Job]
    ) -> None:
        add("fox")
        look(qtbot, page)
        kept = row(page, "fox")
        kept.setFocus()
        add("comic")
        look(qtbot, page)
        assert row(page, "fox") is kept
        assert kept.hasFocus()

    def test_a_queue_that_cannot_be_read_is_told_and_not_shown_as_empty(
        self, qtbot: QtBot, page: QueuePage, tmp_path: Path
    ) -> None:
        (tmp_path / "queue").mkdir()
        (tmp_path / "queue" / "queue.json").write_text("{")
        look(qtbot, page)
        assert page._banner is not None and "cannot be read" in page._banner.title
        assert not page.empty.isVisible()


class TestOrder:
    @pytest.fixture(autouse=True)
    def three_jobs(self, qtbot: QtBot, page: QueuePage, add: Callable[[str], Job]) -> None:
        for name in ("one", "two", "three"):
            add(name)
        look(qtbot, page)

    def test_alt_and_an_arrow_move_a_job(self, qtbot: QtBot, page: QueuePage) -> None:
        qtbot.keyClick(row(page, "one"), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: waiting(page) == ["two", "one", "three"])
        qtbot.keyClick(row(page, "three"), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: waiting(page) == ["two", "three", "one"])

    def test_chosen_keys_move_a_job_and_its_handle_names_them(self, qtbot: QtBot, page: QueuePage) -> None:
        shortcuts.use({"job_down": "Ctrl+D"})
        assert row(page, "one").handle.toolTip() == "Drag to change the order, or press Alt+Up or Ctrl+D"
        qtbot.keyClick(row(page, "one"), Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: waiting(page) == ["two", "one", "three"])

    def test_the_menu_moves_a_job_to_the_front(self, qtbot: QtBot, page: QueuePage) -> None:
        entries = {action.text(): action for action in row(page, "three").build_menu().actions()}
        entries["Move to the front"].trigger()
        qtbot.waitUntil(lambda: waiting(page) == ["three", "one", "two"])

    def test_the_menu_offers_only_moves_that_move(self, qtbot: QtBot, page: QueuePage) -> None:
        def moves(name: str) -> set[str]:
            entries = {action.text() for action in row(page, name).build_menu().actions()}
            return {entry for entry in entries if entry.startswith("Move ")}

        up, down = {"Move up", "Move to the front"}, {"Move down", "Move to the end"}
        assert (moves("one"), moves("two"), moves("three")) == (down, up | down, up)
        qtbot.keyClick(row(page, "one"), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda: waiting(page) == ["two", "one", "three"])
        assert (moves("one"), moves("two")) == (up | down, down)

    def test_a_row_let_go_over_another_stands_before_it(self, qtbot: QtBot, page: QueuePage) -> None:
        rows = page.sections["waiting"].list
        drag = row(page, "three").make_drag()
        place = QPointF(20, row(page, "two").geometry().top() + 2)
        drop = QDropEvent(
            place, Qt.DropAction.MoveAction, drag.mimeData(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        rows.dropEvent(drop)
        qtbot.waitUntil(lambda: waiting(page) == ["one", "three", "two"])

    def test_a_job_taken_out_keeps_its_run_and_can_be_put_back(self, qtbot: QtBot, page: QueuePage) -> None:
        gone = row(page, "two").line.job
        with qtbot.waitSignal(page.toast_wanted) as told:
            qtbot.keyClick(row(page, "two"), Qt.Key.Key_Delete)
        qtbot.waitUntil(lambda: waiting(page) == ["one", "three"])
        assert gone.run.is_run()
        told.args[1]()
        qtbot.waitUntil(lambda: waiting(page) == ["one", "two", "three"])


class TestRunning:
    @pytest.fixture
    def trained(self, page: QueuePage, tmp_path: Path) -> Callable[[str], None]:
        """Makes the queue's trainer act out a script."""

        def script(text: str) -> None:
            path = tmp_path / "script.json"
            path.write_text(text)
            page.model._command = [sys.executable, str(FAKE_TRAINER), str(path)]

        return script

    def test_nothing_starts_before_it_is_told_to(
        self, qtbot: QtBot, page: QueuePage, add: Callable[[str], Job]
    ) -> None:
        job = add("fox")
        page.shown()
        look(qtbot, page)
        look(qtbot, page)
        assert attach(job.run) is None
        assert page.bottom_actions()[-1] is page.start_button

    def test_started_it_trains_one_job_after_the_other_and_says_when_it_is_done(
        self, qtbot: QtBot, page: QueuePage, add: Callable[[str], Job], trained: Callable[[str], None]
    ) -> None:
        trained('[{"steps": 2}, {"finish": true}]')
        jobs = [add("fox"), add("comic")]
        look(qtbot, page)
        told: list[str] = []
        page._workspace.queue_ended.connect(lambda said, _needs_a_look: told.append(said))
        with qtbot.waitSignal(page.model.ended, timeout=WAIT_MS) as ended:
            page.start_button.click()
            assert page.bottom_actions()[-1] is page.pause_button
            assert page.after.is_queue_running
        assert (ended.args[0].done, ended.args[0].aside) == (2, 0)
        assert told == ["The queue is done: 2 jobs finished."]
        assert all(not job.run.process_path.exists() for job in jobs)
        assert not page.model.is_running

    def test_paused_it_lets_the_running_job_go_on_and_starts_no_other(
        self, qtbot: QtBot, page: QueuePage, add: Callable[[str], Job], trained: Callable[[str], None]
    ) -> None:
        trained('[{"steps": 200, "each_s": 0.01}, {"finish": true}]')
        first, second = add("fox"), add("comic")
        look(qtbot, page)
        page.start_button.click()
        qtbot.waitUntil(lambda: attach(first.run) is not None, timeout=WAIT_MS)
        page.pause_button.click()
        assert not page.model.is_running
        assert not page._workspace.queue.is_run_by_someone()
        qtbot.waitUntil(lambda: attach(first.run) is None, timeout=WAIT_MS)
        look(qtbot, page)
        assert (row(page, "fox").line.place, row(page, "comic").line.place) == ("ended", "waiting")
        assert second.run.is_run()

    def test_while_another_window_runs_it_start_is_blocked_with_the_reason(
        self, qtbot: QtBot, page: QueuePage, queue: Queue, add: Callable[[str], Job]
    ) -> None:
        add("fox")
        with queue.running():
            look(qtbot, page)
            assert page.start_button.reason == "Another window or terminal runs the queue"
        look(qtbot, page)
        assert page.start_button.reason == ""

    def test_after_two_crashes_it_says_that_it_waits(
        self, qtbot: QtBot, page: QueuePage, queue: Queue, add: Callable[[str], Job]
    ) -> None:
        for name in ("one", "two"):
            job = add(name)
            queue._note_start(job.id)
            sample_runs.crash(job.run)
        add("three")
        look(qtbot, page)
        assert page._banner is not None and "so the queue waits" in page._banner.title


class TestAfterTheQueue:
    def test_it_gives_notice_and_can_be_cancelled(self, qtbot: QtBot) -> None:
        ran: list[list[str]] = []
        after = AfterQueueModel(run=ran.append, notice_s=5)
        after.choose("sleep")
        after.begin()
        assert after.seconds_left == 5
        after.cancel()
        assert (after.seconds_left, after._timer.isActive(), ran) == (None, False, [])

    def test_nothing_happens_unless_it_was_wished_for(self) -> None:
        after = AfterQueueModel(notice_s=1)
        after.begin()
        assert after.seconds_left is None

    def test_the_wish_holds_for_one_queue_only(self, qtbot: QtBot) -> None:
        after = AfterQueueModel(run=lambda command: None, notice_s=1)
        after.choose("sleep")
        after.begin()
        after._timer.timeout.emit()
        assert after.wish == "nothing"


def test_a_job_whose_project_is_another_is_opened_there(
    qtbot: QtBot, page: QueuePage, project: Project, add: Callable[[str], Job]
) -> None:
    job = add("fox")
    look(qtbot, page)
    workspace = page._workspace
    assert isinstance(workspace, FakeWorkspace)
    row(page, "fox").action_wanted.emit("open")
    assert workspace.calls == [("open_project", (project.folder,))]
    with qtbot.waitSignal(page.place_wanted) as wanted:
        workspace.show_project(project)
    assert (workspace.calls[-1], wanted.args) == (("show_run", (job.run,)), ["train"])


def test_editing_a_waiting_job_takes_it_back_to_recipe_with_what_it_was_frozen_with(
    qtbot: QtBot, page: QueuePage, project: Project, add: Callable[[str], Job]
) -> None:
    add("fox")
    look(qtbot, page)
    workspace = page._workspace
    assert isinstance(workspace, FakeWorkspace)
    workspace.show_project(project.changed(kind="character", trigger="other"))
    with qtbot.waitSignal(page.place_wanted) as wanted:
        row(page, "fox").action_wanted.emit("edit")
    qtbot.waitUntil(lambda: waiting(page) == [])
    assert wanted.args == ["recipe"]
    assert workspace.project is not None
    data = workspace.project.data
    assert (data.kind, data.trigger, data.settings) == ("style", "mistyink", {"adapter.rank": 16})


def test_a_model_without_a_runner_leaves_the_queue_to_others(queue: Queue, qtbot: QtBot) -> None:
    model = QueueModel(queue)
    model.follow()
    qtbot.waitUntil(lambda: model.has_looked)
    with queue.running():
        model.rest()
