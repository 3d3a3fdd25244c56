from pathlib import Path

import pytest
from picture_bytes import encoded
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.widgets.picture_store import PictureStore
from ui.widgets.wipe_view import ComparedPicture, WipeMode, WipeView

FIRST, SECOND = ComparedPicture(Path("red"), "Off"), ComparedPicture(Path("blue"), "Epoch 8")
RED, BLUE = QColor("red").name(), QColor("blue").name()


@pytest.fixture
def view(qtbot: QtBot) -> WipeView:
    made = WipeView(PictureStore(lambda path, size_px: encoded(200, 200, path.name)))
    qtbot.addWidget(made)
    made.resize(200, 200)
    made.show_pair(FIRST, SECOND)
    made.show()
    qtbot.waitUntil(lambda: (colour(made, 40), colour(made, 160)) == (RED, BLUE))
    return made


def colour(view: WipeView, x: int) -> str:
    return view.grab().toImage().pixelColor(x, 60).name()


def test_the_first_picture_is_left_of_the_line(view: WipeView) -> None:
    assert (colour(view, 40), colour(view, 160)) == (RED, BLUE)


def test_arrow_keys_move_the_line(view: WipeView, qtbot: QtBot) -> None:
    view.handle.setValue(20)
    assert colour(view, 60) == BLUE
    qtbot.keyClick(view.handle, Qt.Key.Key_Right)
    assert view.handle.value() == 22
    qtbot.keyClick(view.handle, Qt.Key.Key_End)
    assert view.handle.value() == 100


def test_dragging_moves_the_line(view: WipeView, qtbot: QtBot) -> None:
    middle = view.handle.rect().center()
    qtbot.mousePress(view.handle, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(view.handle, middle + QPoint(50, 0))
    qtbot.mouseRelease(view.handle, Qt.MouseButton.LeftButton)
    assert abs(view.handle.value() - 75) <= 1


def test_holding_space_shows_the_first_picture_whole(view: WipeView, qtbot: QtBot) -> None:
    qtbot.keyPress(view.handle, Qt.Key.Key_Space)
    assert colour(view, 160) == RED
    qtbot.keyRelease(view.handle, Qt.Key.Key_Space)
    assert colour(view, 160) == BLUE


def test_leaving_the_window_ends_a_flip(view: WipeView, qtbot: QtBot) -> None:
    qtbot.keyPress(view.handle, Qt.Key.Key_Space)
    QApplication.sendEvent(view, QEvent(QEvent.Type.ActivationChange))
    assert colour(view, 160) == BLUE


def test_flip_shows_the_second_picture_until_space_is_held(view: WipeView, qtbot: QtBot) -> None:
    view.set_mode(WipeMode.FLIP)
    assert colour(view, 40) == BLUE
    qtbot.keyPress(view, Qt.Key.Key_Space)
    assert colour(view, 40) == RED
    repeat = QKeyEvent(QEvent.Type.KeyRelease, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", True)
    QApplication.sendEvent(view, repeat)
    assert colour(view, 40) == RED


def test_side_by_side_shows_both_whole(view: WipeView) -> None:
    view.set_mode(WipeMode.SIDE)
    image = view.grab().toImage()
    assert (image.pixelColor(50, 100).name(), image.pixelColor(150, 100).name()) == (RED, BLUE)


@pytest.mark.parametrize(
    ("key", "signal", "step"),
    [
        (Qt.Key.Key_A, "epoch", -1),
        (Qt.Key.Key_D, "epoch", 1),
        (Qt.Key.Key_W, "prompt", -1),
        (Qt.Key.Key_S, "prompt", 1),
    ],
)
def test_letters_ask_for_another_picture(view: WipeView, qtbot: QtBot, key: Qt.Key, signal: str, step: int) -> None:
    with qtbot.waitSignal(getattr(view, f"{signal}_step_requested")) as asked:
        qtbot.keyClick(view.handle, key)
    assert asked.args == [step]


def test_p_picks(view: WipeView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.pick_requested):
        qtbot.keyClick(view.handle, Qt.Key.Key_P)


def test_a_screen_reader_finds_a_slider_with_its_value(view: WipeView) -> None:
    view.handle.setValue(30)
    found = QAccessible.queryAccessibleInterface(view.handle)
    assert found.role() == QAccessible.Role.Slider
    assert found.valueInterface().currentValue() == 30
    assert found.text(QAccessible.Text.Description) == "Off beside Epoch 8"
    assert view.accessibleName() == "Off beside Epoch 8"


def test_a_view_without_pictures_can_be_painted(qtbot: QtBot) -> None:
    empty = WipeView(PictureStore(lambda path, size_px: b""))
    qtbot.addWidget(empty)
    assert not empty.grab().isNull()
    assert not empty.handle.isVisibleTo(empty)
