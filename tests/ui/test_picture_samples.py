from pathlib import Path

import pytest
from picture_bytes import encoded
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.models.run_record import SampleShot
from ui.widgets.epoch_strip import EpochStrip, EpochThumb
from ui.widgets.picture_samples import SampleRole, SamplesView, best_columns
from ui.widgets.picture_store import PictureStore

SPOKEN = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture
def store() -> PictureStore:
    return PictureStore(lambda path, size_px: encoded(60, 40))


def shot(index: int, epoch: int = 7) -> SampleShot:
    return SampleShot(epoch, index, Path(f"/run/{epoch}-{index}.png"), f"prompt {index}", 7 + index, 1)


def thumbs(count: int) -> list[EpochThumb]:
    return [EpochThumb(epoch, Path(f"/run/{epoch}.png")) for epoch in range(count)]


@pytest.mark.parametrize(
    ("count", "width", "height", "columns"),
    [(4, 720, 420, 2), (1, 720, 420, 1), (2, 720, 300, 2), (8, 800, 400, 4), (3, 200, 600, 1)],
)
def test_samples_are_laid_out_as_large_as_they_get(count: int, width: int, height: int, columns: int) -> None:
    assert best_columns(count, width, height) == columns


@pytest.mark.parametrize(("width", "height", "side"), [(612, 312, 150), (312, 500, 150), (620, 312, 150)])
def test_samples_are_squares_side_by_side_in_the_middle(
    width: int, height: int, side: int, qtbot: QtBot, store: PictureStore
) -> None:
    view = SamplesView(store)
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    view.show_samples([shot(row) for row in range(4)], [])
    QApplication.processEvents()
    places = [view.itemDelegate().picture_rect(view.visualRect(view.model().index(row, 0))) for row in range(4)]  # type: ignore[attr-defined]
    assert {place.size().toTuple() for place in places} == {(side, side)}
    assert places[1].left() - places[0].right() == places[2].top() - places[0].bottom() == 13
    left = view.viewport().x() + places[0].left()
    right = width - 1 - view.viewport().x() - places[1].right()
    assert abs(left - right) <= 1
    assert left >= 0


def test_a_prompt_without_a_sample_is_an_empty_place(qtbot: QtBot, store: PictureStore) -> None:
    view = SamplesView(store)
    qtbot.addWidget(view)
    view.show_samples([shot(1)], ["a cat", "a dog"])
    model = view.model()
    assert [model.index(row, 0).data(SampleRole.SHOT) for row in (0, 1)] == [None, shot(1)]
    assert model.index(0, 0).data(SPOKEN) == "a cat, not drawn yet"


def test_enter_opens_a_sample(qtbot: QtBot, store: PictureStore) -> None:
    view = SamplesView(store)
    qtbot.addWidget(view)
    view.show_samples([shot(0), shot(1)], [])
    view.setCurrentIndex(view.model().index(1, 0))
    with qtbot.waitSignal(view.sample_opened) as opened:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened.args == [shot(1)]


def test_the_strip_follows_the_newest_epoch_until_another_is_chosen(qtbot: QtBot, store: PictureStore) -> None:
    strip = EpochStrip(store)
    qtbot.addWidget(strip)
    strip.show_epochs(thumbs(3), "3 min")
    assert strip.epoch == 2
    strip.show_epochs(thumbs(4), "3 min")
    assert strip.epoch == 3
    with qtbot.waitSignal(strip.epoch_selected) as selected:
        qtbot.keyClick(strip, Qt.Key.Key_Left)
    assert selected.args == [2]
    strip.show_epochs(thumbs(5), None)
    assert strip.epoch == 2


def test_the_next_epoch_is_told_and_cannot_be_chosen(qtbot: QtBot, store: PictureStore) -> None:
    strip = EpochStrip(store)
    qtbot.addWidget(strip)
    strip.show_epochs(thumbs(2), "3 min")
    model = strip.model()
    assert [model.index(row, 0).data() for row in range(3)] == ["Before", "1", "3 min"]
    assert model.index(2, 0).data(SPOKEN) == "Next samples: 3 min"
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert strip.epoch == 1


def test_a_strip_of_many_epochs_scrolls_to_the_newest(qtbot: QtBot, store: PictureStore) -> None:
    strip = EpochStrip(store)
    qtbot.addWidget(strip)
    strip.resize(400, 90)
    strip.show()
    strip.show_epochs(thumbs(30), None)
    QApplication.processEvents()
    newest = strip.visualRect(strip.model().index(29, 0))
    assert strip.viewport().rect().intersects(newest)
