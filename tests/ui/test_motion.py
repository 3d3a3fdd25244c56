"""Reduced motion: nothing in the window moves by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from told_runs import told_run

import ui
from lora_studio.runs.state import RunState
from ui.models.run import RunModel
from ui.pages.train_cards import ProgressCard
from ui.theme import motion
from ui.widgets.buttons import Button


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    motion.put_in_force("off")


def test_a_turning_ring_stands_still_from_the_moment_motion_is_reduced_and_turns_again_after(qtbot: QtBot) -> None:
    button = Button("Save")
    qtbot.addWidget(button)
    button.set_busy(True)
    assert button._spinner.is_moving
    motion.put_in_force("on")
    assert not button._spinner.is_moving
    motion.put_in_force("off")
    assert button._spinner.is_moving
    button.set_busy(False)
    assert not button._spinner.is_moving


def test_nothing_begins_to_move_while_motion_is_reduced(qtbot: QtBot) -> None:
    motion.put_in_force("on")
    button = Button("Save")
    qtbot.addWidget(button)
    button.set_busy(True)
    assert button._spinner.is_wanted
    assert not button._spinner.is_moving
    assert button.is_busy


@pytest.mark.parametrize(("choice", "has_end"), [("on", True), ("off", False)])
def test_a_bar_without_an_end_does_not_run_to_and_fro(
    qtbot: QtBot, tmp_path: Path, choice: motion.MotionChoice, has_end: bool
) -> None:
    motion.put_in_force(choice)
    card = ProgressCard()
    qtbot.addWidget(card)
    run = RunModel(told_run(tmp_path / "run"))
    run._state = RunState(kind="preparing")
    card.show_run(run, None)
    assert (card.preparing.maximum() > card.preparing.minimum()) is has_end


def test_whatever_moves_in_the_window_moves_by_a_beat() -> None:
    """Animations of Qt's own would not hear of the setting."""
    moving = re.compile(r"Q(Property|Variant|Parallel|Sequential)\w*Animation|QMovie|QTimeLine|startTimer\(")
    sources = Path(ui.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if moving.search(path.read_text(encoding="utf-8"))] == []
    ticking = re.compile(r"\b\w*(spin|shimmer|turn|fade|slide)\w* = QTimer", re.IGNORECASE)
    sources = Path(ui.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if ticking.search(path.read_text(encoding="utf-8"))] == []
