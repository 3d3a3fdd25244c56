from pathlib import Path

import pytest
from picture_bytes import encoded
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from pytestqt.qtbot import QtBot

from lora_studio.dataset.buckets import plan_buckets
from ui.widgets.picture_painting import crop_rect
from ui.widgets.picture_store import PictureStore
from ui.widgets.picture_view import PictureView, ViewState, shown_rect

AREA = QRectF(0, 0, 200, 100)


def test_a_picture_is_contained_and_in_the_middle() -> None:
    assert shown_rect(AREA, QSizeF(50, 50), ViewState()) == QRectF(50, 0, 100, 100)


def test_zooming_keeps_the_point_under_the_cursor() -> None:
    view = ViewState()
    point = QPointF(0.75, 0.5)
    before = shown_rect(AREA, QSizeF(200, 100), view)
    view.zoom_at(2, point)
    after = shown_rect(AREA, QSizeF(200, 100), view)
    assert after.width() == 2 * before.width()
    assert after.left() + 0.75 * after.width() == pytest.approx(before.left() + 0.75 * before.width())


def test_one_cannot_look_past_the_edge() -> None:
    view = ViewState()
    view.zoom_at(4, QPointF(0.5, 0.5))
    view.move_by(5, -5)
    assert (view.centre.x(), view.centre.y()) == (0.875, 0.125)
    view.zoom_at(0.001, QPointF(0.5, 0.5))
    assert (view.zoom, view.centre) == (1.0, QPointF(0.5, 0.5))


def test_the_crop_lies_where_training_cuts() -> None:
    placement = plan_buckets([(300, 200)], 256, enabled=False).placements[0]
    kept = crop_rect(placement, QRectF(0, 0, 300, 200))
    assert (round(kept.left()), round(kept.width()), round(kept.height())) == (50, 200, 200)


def test_the_thirds_of_a_crop_are_drawn_only_while_one_is_at_it(qtbot: QtBot) -> None:
    view = PictureView(PictureStore(lambda path, size_px: encoded(300, 300)))
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show_picture(Path("a.png"), placement=plan_buckets([(300, 300)], 256).placements[0])
    view.show()
    qtbot.waitUntil(lambda: view.picture_size() is not None)

    def has_lines() -> bool:
        drawn = view.grab().toImage()
        return drawn.pixel(100, 50) != drawn.pixel(110, 50)

    view.clearFocus()
    for is_at_it in (False, True, False):
        view.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, is_at_it)
        assert has_lines() == is_at_it
    view.setFocus()
    assert has_lines()


def test_pictures_that_share_a_view_zoom_together(qtbot: QtBot) -> None:
    store = PictureStore(lambda path, size_px: encoded(400, 400))
    view = ViewState()
    first, second = PictureView(store, view), PictureView(store, view)
    for widget in (first, second):
        qtbot.addWidget(widget)
        widget.resize(200, 200)
        widget.show_picture(Path("a.png"))
        widget.show()
    qtbot.waitUntil(lambda: first.picture_size() is not None)
    qtbot.keyClick(first, Qt.Key.Key_Z)
    assert view.zoom == pytest.approx(2.0)  # 400 pixels in 200
    assert second.view.zoom == view.zoom
    qtbot.keyClick(second, Qt.Key.Key_Z)
    assert view.zoom == 1.0


def test_a_picture_is_named_for_screen_readers(qtbot: QtBot) -> None:
    view = PictureView(PictureStore(lambda path, size_px: b""))
    qtbot.addWidget(view)
    view.show_picture(Path("ink_002.png"))
    assert view.accessibleName() == "ink_002.png"
