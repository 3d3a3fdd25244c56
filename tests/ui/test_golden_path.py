"""From a folder to a file to share, as a person does it: real mouse, real keys, no slot is called.

A trainer without torch stands in; everything else is the program itself.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hands import Hands
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from whole_app import end_with_trainers

from lora_studio.projects.project import RunNote, open_project
from lora_studio.weights.inspect import inspect_adapter
from tests.fakes.drawn_pictures import draw_pictures
from ui.app import Studio
from ui.pages.start import StartPage
from ui.widgets.compare_grid import CompareGrid

QUICK_TRAINER = Path(__file__).parents[1] / "fakes" / "quick_trainer.py"
WAIT_MS = 30_000
CONTROL = Qt.KeyboardModifier.ControlModifier


REAL_TRAINER = pytest.param(None, marks=[pytest.mark.slow, pytest.mark.timeout(600)], id="real")
FEW_STEPS = {"schedule.min_steps": 6, "schedule.max_steps": 6, "schedule.epochs": 2, "preview.steps": 4}


@pytest.fixture
def trainer(request: pytest.FixtureRequest) -> list[str] | None:
    """The command in the trainer's place; None is the trainer itself."""
    return getattr(request, "param", [sys.executable, str(QUICK_TRAINER)])


@pytest.fixture
def studio(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trainer: list[str] | None
) -> Iterator[Studio]:
    monkeypatch.setenv("HOME", str(tmp_path))  # where base models are looked for
    studio = Studio(qapp, trainer)
    studio.start(None)
    studio.window.activateWindow()
    qtbot.waitUntil(lambda: studio.window.isActiveWindow() and studio.workspace.hardware is not None, timeout=WAIT_MS)
    yield studio
    end_with_trainers(studio)


@pytest.fixture
def hands(qtbot: QtBot, studio: Studio) -> Hands:
    return Hands(qtbot, studio.window)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "misty ink", 12, (160, 160))


@pytest.mark.parametrize(
    "trainer", [pytest.param([sys.executable, str(QUICK_TRAINER)], id="quick"), REAL_TRAINER], indirect=True
)
def test_a_drop_and_a_few_clicks_lead_from_a_folder_to_an_adapter(
    qtbot: QtBot, studio: Studio, hands: Hands, pictures: Path, trainer: list[str] | None
) -> None:
    window = studio.window

    # 1. Drop a folder anywhere: the whole window names what will happen.
    carried = hands.drag_over([pictures])
    qtbot.waitUntil(lambda: window.drop_target.sentence == "Drop to add 12 pictures", timeout=WAIT_MS)
    assert window.drop_target.isVisible()
    hands.let_go(carried)

    # 2. Images: looked at, and on to the recipe.
    qtbot.waitUntil(lambda: window.place == "images" and studio.workspace.plan is not None, timeout=WAIT_MS)
    hands.press_button("Continue to Recipe")

    # 3. and 4. Recipe: nothing has to be changed; the real trainer only gets a short run, for the tests' sake.
    qtbot.waitUntil(lambda: window.place == "recipe" and not studio.workspace.is_planning, timeout=WAIT_MS)
    if trainer is None:
        studio.workspace.change(settings=FEW_STEPS)
        qtbot.waitUntil(lambda: not studio.workspace.is_planning, timeout=WAIT_MS)
    hands.press_button("Start training")

    # 5. Train: it runs, and then it is done.
    qtbot.waitUntil(lambda: window.place == "train" and studio.workspace.run is not None, timeout=WAIT_MS)
    run = studio.workspace.run
    assert run is not None
    qtbot.waitUntil(lambda: run.kind == "done" and len(run.sampled_epochs) > 1, timeout=10 * WAIT_MS)
    hands.press_button("Compare epochs")

    # 6. Compare: a click on a picture of the last epoch, P picks it.
    qtbot.waitUntil(lambda: window.place == "compare", timeout=WAIT_MS)
    grid = hands.find(CompareGrid)
    qtbot.waitUntil(lambda: grid.model() is not None and grid.model().columnCount() > 1, timeout=WAIT_MS)
    last = grid.model().index(0, grid.model().columnCount() - 1)
    grid.scrollTo(last)
    hands.press(grid.viewport(), grid.visualRect(last).center())
    hands.key(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: picked(studio) is not None, timeout=WAIT_MS)
    hands.press_button("Export adapter")

    # 7. Export: one file, read back and checked.
    qtbot.waitUntil(lambda: window.place == "export", timeout=WAIT_MS)
    hands.press_button("Save adapter")
    qtbot.waitUntil(lambda: bool(exported(studio)), timeout=WAIT_MS)
    (path,) = exported(studio)
    assert inspect_adapter(path).trigger_words == (trigger(studio),)
    assert picked(studio) == run.epochs
    assert window.banners() == []


def test_the_same_way_can_be_gone_by_keyboard_alone(qtbot: QtBot, studio: Studio, hands: Hands) -> None:
    window = studio.window

    def press_primary(words: str) -> None:
        qtbot.waitUntil(lambda: ready_primary(studio) == words, timeout=WAIT_MS)
        hands.key(Qt.Key.Key_Return, CONTROL)

    page = window.page
    assert isinstance(page, StartPage)
    qtbot.waitUntil(lambda: len(page.sample_row.cards) == 2, timeout=WAIT_MS)
    hands.tab_to("Blue angles")
    hands.key(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.place == "images", timeout=WAIT_MS)
    press_primary("Continue to Recipe")
    press_primary("Start training")
    qtbot.waitUntil(lambda: studio.workspace.run is not None and studio.workspace.run.kind == "done", timeout=WAIT_MS)
    press_primary("Compare epochs")
    qtbot.waitUntil(lambda: window.place == "compare", timeout=WAIT_MS)
    grid = hands.find(CompareGrid)
    while window.focusWidget() is not grid:
        hands.key(Qt.Key.Key_Tab)
    hands.key(Qt.Key.Key_Right)
    hands.key(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: picked(studio) is not None, timeout=WAIT_MS)
    press_primary("Export adapter")
    press_primary("Save adapter")
    qtbot.waitUntil(lambda: bool(exported(studio)), timeout=WAIT_MS)
    hands.key(Qt.Key.Key_3, CONTROL)
    assert window.place == "train"
    assert window.focusWidget() is window.page  # and not some button that happened to come next


def test_a_window_that_was_closed_in_the_middle_comes_back_to_its_training(
    qtbot: QtBot, studio: Studio, hands: Hands, pictures: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setenv("QUICK_TRAINER_STEP_S", "0.5")
    hands.let_go(hands.drag_over([pictures]))
    qtbot.waitUntil(lambda: ready_primary(studio) == "Continue to Recipe", timeout=WAIT_MS)
    hands.press_button("Continue to Recipe")
    qtbot.waitUntil(lambda: ready_primary(studio) == "Start training", timeout=WAIT_MS)
    hands.press_button("Start training")
    qtbot.waitUntil(lambda: studio.window.rail.items["train"].mark.share is not None, timeout=WAIT_MS)
    studio.window.close()
    hands.press_button("Close and keep training")
    assert not studio.window.isVisible()
    studio.finish()

    again = Studio(qapp, [sys.executable, str(QUICK_TRAINER)])
    again.start(None)
    try:
        qtbot.waitUntil(lambda: again.window.place == "train", timeout=WAIT_MS)
        qtbot.waitUntil(lambda: again.window.rail.items["train"].mark.kind == "running", timeout=WAIT_MS)
        Hands(qtbot, again.window).press_button("Stop and keep")
        run = again.workspace.run
        assert run is not None
        qtbot.waitUntil(lambda: run.kind == "stopped", timeout=WAIT_MS)
    finally:
        end_with_trainers(again)


def ready_primary(studio: Studio) -> str:
    """The words of the primary action in view, once it can be pressed."""
    page = studio.window.page
    button = page.primary_action() if page is not None else None
    return button.text() if button is not None and button.isEnabled() and button.isVisible() else ""


def picked(studio: Studio) -> int | None:
    """What the project's own file says."""
    project, run = studio.workspace.project, studio.workspace.run
    assert project is not None and run is not None
    return open_project(project.folder).data.runs.get(run.run.name, RunNote()).pick


def exported(studio: Studio) -> list[Path]:
    run = studio.workspace.run
    assert run is not None
    return list(run.run.exports_dir.glob("*.safetensors"))


def trigger(studio: Studio) -> str:
    run = studio.workspace.run
    assert run is not None and run.facts is not None
    return run.facts.config.dataset.trigger
