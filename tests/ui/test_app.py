"""Starting the program: quick, light, and sound for a long life."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import told_runs
from hands import Hands
from PIL import Image
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file
from whole_app import end, end_with_trainers

from lora_studio import paths
from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.errors import StudioError
from lora_studio.projects.project import create_project
from lora_studio.runs.lock import is_alive
from lora_studio.runs.picture_facts import DrawnPicture, save_picture
from lora_studio.runs.state import read_state
from tests.fakes.drawn_pictures import draw_pictures
from ui.app import Studio, tidy_up
from ui.models.run import RunModel
from ui.pages.images import ImagesPage
from ui.pages.library_sheets import InspectSheet
from ui.pages.recipe_sheets import PromptsSheet
from ui.shell import drops, places
from ui.shell.closing import QUESTION
from ui.shell.drops import Drop
from ui.shell.language import counted
from ui.shell.rail import RailMark
from ui.theme import motion
from ui.work.instance import server_name
from ui.work.tasks import CancelToken

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
WAIT_MS = 10_000
HEAVY = ("torch", "diffusers", "transformers", "peft", "accelerate", "scipy", "pyqtgraph", "numpy", "imagehash")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def studio(qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    monkeypatch.setenv("HOME", str(tmp_path))  # where base models are looked for
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"steps": 100_000, "each_s": 0.01}]))
    studio = Studio(qapp, [sys.executable, str(FAKE_TRAINER), str(script)])
    yield studio
    end_with_trainers(studio)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "misty ink", size=(160, 160))


@pytest.fixture
def opened(qtbot: QtBot, studio: Studio, pictures: Path) -> Studio:
    """In view, with a project of four drawn pictures."""
    studio.start(None)
    studio.workspace.open_images([pictures])
    qtbot.waitUntil(lambda: studio.workspace.plan is not None, timeout=WAIT_MS)
    return studio


@pytest.fixture
def training(qtbot: QtBot, opened: Studio) -> Studio:
    """With a run under way."""
    opened.workspace.start_training()
    qtbot.waitUntil(lambda: mark(opened, "train").share is not None, timeout=WAIT_MS)
    return opened


def mark(studio: Studio, place: str) -> RailMark:
    return studio.window.rail.items[place].mark


def test_starting_the_app_imports_nothing_heavy() -> None:
    code = f"import sys, lora_studio, ui.app; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


RESTING = """
import gc
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from ui import app as window

window.IMPORT_EVERY_MS = 1
app = QApplication([])
studio = window.Studio(app)
studio.start(None)
look = QTimer(app, interval=20)
look.timeout.connect(lambda: app.quit() if gc.get_freeze_count() else None)
look.start()
app.exec()
studio.finish()
window.tasks.wait_for_all(60_000)
sys.exit(not {"numpy", "pyqtgraph.graphicsItems.PlotItem", "ui.pages.library_tools"} <= sys.modules.keys())
"""


def test_pages_and_charts_are_read_while_the_window_rests_and_garbage_is_not_looked_for_in_them(tmp_path: Path) -> None:
    env = {**os.environ, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run([sys.executable, "-c", RESTING], cwd=ROOT, env=env, timeout=60, check=False)
    assert ended.returncode == 0


def test_the_app_survives_200_000_void_calls_of_qt() -> None:
    """PySide6 6.12.0 lost a reference to None on each; Python below 3.12 aborted after about 5,000."""
    target = QObject()
    for _ in range(200_000):
        target.setObjectName("x")
    assert target.objectName() == "x"


def test_every_page_of_the_table_can_be_made(studio: Studio) -> None:
    for name, make in places.page_factories().items():
        assert make(studio.context).title(), name


def test_a_project_given_at_the_start_is_opened_and_named_in_the_title(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    create_project(tmp_path / "misty", "Misty Ink")
    studio.start(tmp_path / "misty")
    qtbot.waitUntil(lambda: studio.context.project is not None)
    assert studio.window.windowTitle() == "LoRA Studio · Misty Ink"
    qtbot.waitUntil(lambda: "Misty Ink" in [a.text() for a in studio.window.rail.switcher.build_menu().actions()])


def test_a_folder_that_is_no_project_is_told_in_a_banner(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    studio.start(tmp_path)
    qtbot.waitUntil(lambda: any("no project" in banner.title for banner in studio.window.banners()))


@pytest.mark.parametrize(
    ("sentence", "n", "shown"),
    [
        ("%n picture(s)", 1, "%n picture"),
        ("%n picture(s)", 0, "%n pictures"),
        ("%n match(es) in %n entr(y|ies)", 2, "%n matches in %n entries"),
        ("%n caption(s) (is|are) too long (75)", 1, "%n caption is too long (75)"),
    ],
)
def test_counted_english_sentences_take_the_right_form(sentence: str, n: int, shown: str) -> None:
    assert counted(sentence, n) == shown


def test_a_counted_sentence_on_screen_has_no_brackets(studio: Studio) -> None:
    assert studio.tr("%n picture(s)", "", 84) == "84 pictures"
    assert studio.tr("Not counted (s)") == "Not counted (s)"


def test_theme_and_text_size_follow_the_settings(studio: Studio) -> None:
    studio.settings.set("theme", "high_contrast")
    studio.settings.set("text_size_percent", 120)
    studio.settings.wait_until_saved()
    assert (studio.appearance.choice, studio.appearance.text_scale) == ("contrast", 1.2)
    studio.settings.set("reduce_motion", "on")
    assert motion.is_reduced()
    studio.settings.set("reduce_motion", "off")
    assert not motion.is_reduced()


def test_a_start_tidies_up_after_killed_windows_and_takes_the_oldest_thumbnails(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thumbnails = Thumbnails(tmp_path / "thumbnails")
    made = [thumbnails.make(path) for path in sorted(pictures.glob("*.png"))]
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()
    left = paths.config_dir() / f".tmp-{ended.pid}-0123456789ab"
    left.parent.mkdir(parents=True)
    left.touch()
    monkeypatch.setattr(Thumbnails.__init__, "__defaults__", (1,))  # as if the cache held half a gigabyte
    tidy_up(tmp_path, CancelToken())
    assert not any(path.exists() for path in (*made, left))


# ── Projects ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dropped_folder_opens_its_project_at_the_pictures(qtbot: QtBot, studio: Studio, pictures: Path) -> None:
    studio.start(None)
    studio.window.dropped.emit(Drop("folders", (pictures,)))
    qtbot.waitUntil(lambda: studio.window.place == "images", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: mark(studio, "images").kind == "done", timeout=WAIT_MS)
    assert studio.window.windowTitle() == "LoRA Studio · misty ink"


def test_dropped_pictures_join_the_open_project(qtbot: QtBot, opened: Studio, tmp_path: Path) -> None:
    more = draw_pictures(tmp_path / "more", 1, (170, 160))
    opened.window.dropped.emit(Drop("pictures", (more / "000.png",)))
    qtbot.waitUntil(lambda: len(opened.workspace.files) == 5, timeout=WAIT_MS)


def test_a_dropped_sample_is_named_and_its_prompt_offered_to_the_recipe(
    qtbot: QtBot, opened: Studio, tmp_path: Path
) -> None:
    facts = {"prompt": "a fox in snow", "negative_prompt": "", "seed": 7, "steps": 20, "guidance": 7.0, "base": "base"}
    sample = tmp_path / "sample.png"
    save_picture(Image.new("RGB", (64, 64)), sample, facts | {"width_px": 64, "height_px": 64})
    opened.window.go_to("train")
    hands = Hands(qtbot, opened.window)
    carried = hands.drag_over([sample])
    sentence = "Drop to add its prompt to your samples: a fox in snow"
    qtbot.waitUntil(lambda: opened.window.drop_target.sentence == sentence, timeout=WAIT_MS)
    hands.let_go(carried)
    qtbot.waitUntil(lambda: opened.window.findChild(PromptsSheet) is not None, timeout=WAIT_MS)
    assert opened.window.place == "recipe"
    assert opened.window.findChild(PromptsSheet).prompts[-1] == "a fox in snow"
    assert len(opened.workspace.files) == 4


def test_once_there_are_samples_a_dropped_one_leads_to_compare(qtbot: QtBot, opened: Studio, tmp_path: Path) -> None:
    run = RunModel(told_runs.trained_run(tmp_path / "run"))
    with qtbot.waitSignal(run.samples_changed, timeout=WAIT_MS):
        run.look()
    opened.workspace.run = run
    assert drops.prompt_place(opened.workspace, "train") == "compare"
    assert drops.prompt_place(opened.workspace, "recipe") == "recipe"
    words = drops.prompt_sentence(DrawnPicture("a fox " * 50, 7), "compare")
    assert words.startswith("Drop to draw its prompt with your adapter: a fox") and len(words) < 180
    run.rest()


def test_a_dropped_text_file_becomes_the_caption_of_the_picture_of_its_name(
    qtbot: QtBot, opened: Studio, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "001.txt").write_text("dropped words\n")
    opened.window.dropped.emit(Drop("captions", (tmp_path / "001.txt",)))
    qtbot.waitUntil(lambda: (pictures / "001.txt").read_text() == "dropped words", timeout=WAIT_MS)
    (tmp_path / "nobody.txt").write_text("words")
    (tmp_path / "002.txt").write_text("more words")
    opened.window.dropped.emit(Drop("captions", (tmp_path / "nobody.txt", tmp_path / "002.txt")))
    title = "1 caption belongs to no picture here."
    qtbot.waitUntil(lambda: [b.title for b in opened.window.banners()] == [title], timeout=WAIT_MS)
    assert (pictures / "002.txt").read_text() == "more words"
    opened.workspace.undo_caption()
    qtbot.waitUntil(lambda: (pictures / "002.txt").read_text() != "more words", timeout=WAIT_MS)


def test_a_folder_carried_elsewhere_over_an_open_project_is_said_to_open_as_another(
    qtbot: QtBot, opened: Studio, tmp_path: Path
) -> None:
    more = draw_pictures(tmp_path / "more", 3, (170, 160))
    opened.window.go_to("train")
    Hands(qtbot, opened.window).drag_over([more])
    target = opened.window.drop_target
    assert target.sentence == "Drop to open more as a project"
    qtbot.waitUntil(lambda: target.sentence == "Drop to open 3 pictures as a project", timeout=WAIT_MS)


def test_a_dropped_text_that_is_no_caption_is_refused_and_nothing_is_changed(
    qtbot: QtBot, opened: Studio, pictures: Path, tmp_path: Path
) -> None:
    before = (pictures / "001.txt").read_bytes()
    (tmp_path / "001.txt").write_text("a novel " * 10_000)
    opened.window.dropped.emit(Drop("captions", (tmp_path / "001.txt",)))
    qtbot.waitUntil(lambda: [b.title for b in opened.window.banners()] == ["001.txt is no caption."], timeout=WAIT_MS)
    assert (pictures / "001.txt").read_bytes() == before


def test_a_zip_file_carried_over_the_pictures_is_named_and_joins_them(
    qtbot: QtBot, opened: Studio, tmp_path: Path
) -> None:
    more = draw_pictures(tmp_path / "more", 3, (170, 160))
    archive = Path(shutil.make_archive(str(tmp_path / "more"), "zip", more))
    opened.window.go_to("images")
    project = opened.workspace.project
    assert project is not None
    hands = Hands(qtbot, opened.window)
    carried = hands.drag_over([archive])
    assert opened.window.drop_target.sentence == f"Drop to add to {project.name}"
    hands.let_go(carried)
    qtbot.waitUntil(lambda: len(opened.workspace.files) == 7, timeout=WAIT_MS)
    assert opened.workspace.project is not None
    assert opened.workspace.project.folder == project.folder


def test_an_adapter_dropped_anywhere_is_named_and_looked_into_and_a_base_model_becomes_one(
    qtbot: QtBot, opened: Studio, tmp_path: Path
) -> None:
    run = told_runs.told_run(tmp_path / "run")
    told_runs.save_adapter(run, 1)
    hands = Hands(qtbot, opened.window)
    carried = hands.drag_over([run.epoch_path(1)])
    sentence = f"Drop to look inside {run.epoch_path(1).name}"
    qtbot.waitUntil(lambda: opened.window.drop_target.sentence == sentence, timeout=WAIT_MS)
    hands.let_go(carried)
    qtbot.waitUntil(lambda: opened.window.findChild(InspectSheet) is not None, timeout=WAIT_MS)
    assert opened.window.place == "library"
    base = tmp_path / "base.safetensors"
    save_file({"model.diffusion_model.out.2.bias": np.zeros(4, np.float32)}, base)
    opened.window.dropped.emit(Drop("model", (base,)))
    qtbot.waitUntil(lambda: opened.window.place == "base_models", timeout=WAIT_MS)


def test_pictures_that_need_a_look_are_counted_in_the_rail(qtbot: QtBot, opened: Studio, pictures: Path) -> None:
    opened.workspace.set_caption([pictures / "000.png", pictures / "001.png"], "")
    qtbot.waitUntil(lambda: mark(opened, "images") == RailMark("look", 2), timeout=WAIT_MS)
    opened.workspace.leave_out(["000.png"], True)
    qtbot.waitUntil(lambda: mark(opened, "images") == RailMark("look", 1), timeout=WAIT_MS)
    page = opened.window.made_page("images")
    assert isinstance(page, ImagesPage)
    page.set.keep(page.set.open_pictures())
    qtbot.waitUntil(lambda: mark(opened, "images") == RailMark("done"), timeout=WAIT_MS)


def test_the_switcher_says_what_the_project_is_and_shows_a_picture_of_it(qtbot: QtBot, opened: Studio) -> None:
    switcher = opened.window.rail.switcher
    assert switcher.accessibleDescription() == "Style · Practice"
    qtbot.waitUntil(lambda: not switcher._picture.isNull(), timeout=WAIT_MS)


def test_a_queued_run_is_counted_in_the_rail(qtbot: QtBot, opened: Studio) -> None:
    opened.workspace.add_to_queue()
    qtbot.waitUntil(lambda: mark(opened, "queue") == RailMark("count", 1), timeout=WAIT_MS)


# ── Problems ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_problem_is_told_once_and_its_button_mends_it(qtbot: QtBot, opened: Studio) -> None:
    problem = StudioError("settings_damaged", "Your settings could not be read.", "Nothing is lost.")
    opened.workspace.failed.emit(problem)
    opened.workspace.failed.emit(problem)
    (banner,) = opened.window.banners()
    opened.window.go_to("start")
    banner.buttons[0].click()
    assert opened.window.place == "settings"
    assert opened.window.banners() == []


def test_a_folder_that_is_gone_is_told_by_its_page_and_not_twice(qtbot: QtBot, opened: Studio, pictures: Path) -> None:
    pictures.rename(pictures.with_name("elsewhere"))
    opened.workspace.rescan()
    qtbot.waitUntil(lambda: opened.workspace.scan_problem is not None, timeout=WAIT_MS)
    assert opened.window.banners() == []
    assert mark(opened, "images") == RailMark("look", 1)


# ── Runs, closing, and coming back ────────────────────────────────────────────────────────────────────────


def test_a_running_training_fills_the_ring_of_its_step(training: Studio) -> None:
    assert mark(training, "train").kind == "running"
    assert mark(training, "recipe").kind == "done"


def test_closing_while_training_asks_and_keeping_leaves_the_trainer_alive(qtbot: QtBot, training: Studio) -> None:
    (run,) = training.closing.living_runs()
    training.window.close()
    assert training.window.isVisible()
    assert training.closing.keep_button.hasFocus()
    training.closing.keep_button.click()
    assert not training.window.isVisible()
    assert is_alive(run)


def test_closing_can_pause_first_and_then_closes_by_itself(qtbot: QtBot, training: Studio) -> None:
    (run,) = training.closing.living_runs()
    training.window.close()
    training.closing.pause_button.click()
    qtbot.waitUntil(lambda: not training.window.isVisible(), timeout=WAIT_MS)
    assert read_state(run).kind == "paused"


def test_a_remembered_answer_is_not_asked_again(qtbot: QtBot, training: Studio) -> None:
    training.window.close()
    training.closing.remember_box.setChecked(True)
    training.closing.keep_button.click()
    training.window.show()
    training.window.close()
    assert not training.window.isVisible()
    assert training.settings.values.remembered_answers == {QUESTION: "keep"}


def test_the_question_can_be_left_without_closing(qtbot: QtBot, training: Studio) -> None:
    training.window.close()
    assert training.closing.sheet is not None
    training.closing.sheet.close_sheet()
    assert training.window.isVisible()


def test_without_training_the_window_closes_at_once(opened: Studio) -> None:
    opened.window.close()
    assert not opened.window.isVisible()


def test_a_training_that_goes_on_is_shown_at_the_next_start_without_asking(
    qtbot: QtBot, training: Studio, qapp: QApplication
) -> None:
    (run,) = training.closing.living_runs()
    training.workspace.finish()
    again = Studio(qapp)
    again.start(None)
    qtbot.waitUntil(lambda: again.window.place == "train", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: mark(again, "train").kind == "running", timeout=WAIT_MS)
    assert again.workspace.run is not None
    assert again.workspace.run.run.path == run.path
    end(again)


def test_the_end_of_a_training_is_told_outside_the_window(
    qtbot: QtBot, opened: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(opened.window.notices, "notify", lambda title, _body, place: told.append((title, place)))
    (tmp_path / "script.json").write_text(json.dumps([{"steps": 30, "each_s": 0.01}, {"finish": True}]))
    opened.workspace.start_training()
    qtbot.waitUntil(lambda: told == [("misty ink is ready to compare", "compare")], timeout=WAIT_MS)


def test_the_end_of_the_queue_is_told_outside_the_window(opened: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(opened.window.notices, "notify", lambda title, _body, place: told.append((title, place)))
    opened.workspace.queue_ended.emit("The queue is done: 3 jobs finished.", False)
    assert told == [("The queue is done: 3 jobs finished.", "queue")]
    opened.settings.set("notify_done", False)
    opened.workspace.queue_ended.emit("The queue is done: 2 jobs finished.", False)
    opened.workspace.queue_ended.emit("The queue is done. 1 job set aside with a reason.", True)
    assert told[1:] == [("The queue is done. 1 job set aside with a reason.", "queue")]


def train_in_queue(opened: Studio, tmp_path: Path, qtbot: QtBot) -> None:
    """A job that is followed, as the queue's last or one before."""
    (tmp_path / "script.json").write_text(json.dumps([{"steps": 30, "each_s": 0.01}, {"finish": True}]))
    opened.workspace.start_training()
    qtbot.waitUntil(lambda: opened.workspace.run is not None, timeout=WAIT_MS)
    run = opened.workspace.run
    assert run is not None
    opened.workspace.queue.add(run.run)
    opened.workspace.jobs = tuple(opened.workspace.queue.jobs())


@pytest.mark.parametrize(("once", "expected"), [(True, []), (False, ["misty ink is ready to compare"])])
def test_a_job_tells_its_end_only_if_the_queue_shall_not_tell_once(
    qtbot: QtBot, opened: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, once: bool, expected: list[str]
) -> None:
    told: list[str] = []
    monkeypatch.setattr(opened.window.notices, "notify", lambda title, _body, _place: told.append(title))
    opened.settings.set("notify_queue_once", once)
    opened.context.after.is_queue_running = True
    with qtbot.waitSignal(opened.workspace.run_ended, timeout=WAIT_MS):
        train_in_queue(opened, tmp_path, qtbot)
    assert told == expected


def test_a_training_beside_the_queue_tells_its_own_end(
    qtbot: QtBot, opened: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(opened.window.notices, "notify", lambda title, _body, _place: told.append(title))
    opened.context.after.is_queue_running = True
    (tmp_path / "script.json").write_text(json.dumps([{"steps": 30, "each_s": 0.01}, {"finish": True}]))
    with qtbot.waitSignal(opened.workspace.run_ended, timeout=WAIT_MS):
        opened.workspace.start_training()
    assert told == ["misty ink is ready to compare"]


def test_the_last_job_is_not_told_again_when_the_queue_saw_its_end_first(
    qtbot: QtBot, opened: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(opened.window.notices, "notify", lambda title, _body, _place: told.append(title))
    with qtbot.waitSignal(opened.workspace.run_ended, timeout=WAIT_MS):
        train_in_queue(opened, tmp_path, qtbot)
        run = opened.workspace.run
        assert run is not None
        qtbot.waitUntil(lambda: run.state.is_alive, timeout=WAIT_MS)
        opened.workspace.queue_ended.emit("The queue is done: 1 job finished.", False)
    assert told == ["The queue is done: 1 job finished."]
    opened.workspace.run_ended.emit(run)  # as if it had been trained longer, by hand
    assert told[1:] == ["misty ink is ready to compare"]


@pytest.mark.parametrize(("is_queue_running", "told"), [(False, ["The computer sleeps in 60 seconds."]), (True, [])])
def test_after_a_training_the_computer_sleeps_if_that_is_wished_and_the_queue_does_not_go_on(
    qtbot: QtBot, opened: Studio, tmp_path: Path, is_queue_running: bool, told: list[str]
) -> None:
    after = opened.context.after
    after.choose("sleep")
    after.is_queue_running = is_queue_running
    (tmp_path / "script.json").write_text(json.dumps([{"steps": 3}, {"finish": True}]))
    opened.workspace.start_training()
    with qtbot.waitSignal(opened.workspace.run_ended, timeout=WAIT_MS):
        pass
    assert [banner.title for banner in opened.window.banners()] == told
    after.choose("nothing")


def test_sleep_is_called_off_with_a_button_on_every_page(qtbot: QtBot, opened: Studio) -> None:
    after = opened.context.after
    after.choose("sleep")
    after.begin()
    after._timer.timeout.emit()
    (banner,) = opened.window.banners()
    assert banner.title == "The computer sleeps in 59 seconds."
    qtbot.mouseClick(banner.buttons[0], Qt.MouseButton.LeftButton)
    assert (after.wish, after.seconds_left, opened.window.banners()) == ("nothing", None, [])


def test_who_opens_another_project_is_there_and_the_computer_stays_awake(
    qtbot: QtBot, opened: Studio, tmp_path: Path
) -> None:
    opened.context.after.choose("sleep")
    with qtbot.waitSignal(opened.workspace.project_opened, timeout=WAIT_MS):
        opened.workspace.open_images([draw_pictures(tmp_path / "other", 2, (64, 64))])
    assert opened.context.after.wish == "nothing"


# ── Two windows ───────────────────────────────────────────────────────────────────────────────────────────


OTHER_WINDOW = """
import sys
from PySide6.QtCore import QCoreApplication
from ui.work.instance import Instance
app = QCoreApplication([])
window = Instance(sys.argv[1])
window.handed_over.connect(lambda arguments: (print(arguments[0]), app.quit()))
print("open", flush=True)
app.exec()
"""


def test_a_project_that_another_window_has_is_not_opened_twice(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    create_project(tmp_path / "misty", "Misty Ink")
    words = [sys.executable, "-c", OTHER_WINDOW, server_name(tmp_path / "misty")]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        studio.start(tmp_path / "misty")
        qtbot.waitUntil(
            lambda: any("already open" in banner.title for banner in studio.window.banners()), timeout=WAIT_MS
        )
        assert other.stdout.readline().strip() == str(tmp_path / "misty")
        (banner,) = studio.window.banners()
        assert [button.text() for button in banner.buttons] == ["Go to that window"]
    assert studio.workspace.project is None


def test_a_launch_with_the_open_project_changes_nothing_in_its_window(opened: Studio) -> None:
    project = opened.workspace.project
    assert project is not None
    assert server_name(project.folder) in opened._instances
    opened._take_arguments([str(project.folder)])
    assert opened.workspace.project is project


# ── Faults ────────────────────────────────────────────────────────────────────────────────────────────────


FAULTY = """
import sys
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from ui import app as window

class Faulty(QLabel):
    def event(self, event):
        if event.type() == event.Type.User:
            raise ValueError("a fault of ours")
        return super().event(event)

app = QApplication([])
studio = window.Studio(app)
studio.start(None)
label = Faulty()
for after_ms in (300, 600):
    QTimer.singleShot(after_ms, lambda: QApplication.postEvent(label, QEvent(QEvent.Type.User)))
def leave():
    print([banner.title for banner in studio.window.banners()], studio.window.isVisible())
    app.exit(7)
QTimer.singleShot(1500, leave)
window.tell_faults(studio)
code = app.exec()
studio.finish()
window.tasks.wait_for_all(60_000)
sys.exit(code)
"""


def test_a_fault_in_an_event_handler_is_told_and_the_window_goes_on(tmp_path: Path) -> None:
    env = {**os.environ, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", FAULTY], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "['Something in the window went wrong.'] True", ended.stderr
    assert ended.returncode == 7
    assert "a fault of ours" in ended.stderr


LINGERING = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from ui import app as window
from ui.work import tasks

app = QApplication([])
window.END_WAIT_MS = 100
def leave():
    studio = app.findChild(window.Studio)
    tasks.run(lambda _: time.sleep(3600), lambda _: None, pool=studio.context.store._pool)
    QTimer.singleShot(100, studio.window.close)
QTimer.singleShot(300, leave)
window.main([])
"""


def test_the_program_ends_although_a_picture_is_still_looked_at(tmp_path: Path) -> None:
    """As on a drive that does not answer any more."""
    env = {**os.environ, "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run([sys.executable, "-c", LINGERING], cwd=ROOT, env=env, timeout=60, check=False)
    assert ended.returncode == 0


def test_a_report_can_be_saved_from_a_message(studio: Studio) -> None:
    studio.start(None)
    studio.tell_fault(ValueError("a fault of ours"))
    (banner,) = studio.window.banners()
    assert [button.text() for button in banner.buttons] == ["Save a report"]
    banner.buttons[0].click()
    assert studio.window.place == "settings"
    assert studio.window.banners() == []
