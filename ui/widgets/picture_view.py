"""One large picture: contained, zoomed and moved together with every other picture that shares its `ViewState`."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QLabel, QWidget

from lora_studio.dataset.buckets import Placement
from ui.models import shortcuts
from ui.theme import tokens
from ui.widgets.picture_painting import (
    crop_rect,
    fill,
    paint_icon,
    paint_trim,
    rounded,
    watch_theme,
)
from ui.widgets.picture_store import LOAD_SIZES_PX, PictureRequest, PictureStore

MAX_ZOOM = 32.0
WHEEL_NOTCH = 120.0
ZOOM_PER_NOTCH = 1.2
PIXELS_SHOWN_AT = 3.0  # from here on, single pixels stay sharp squares
LEAST_LOADED_PX = 1024  # samples come whole, so that Z really shows their pixels
MIDDLE = QPointF(0.5, 0.5)


class ViewState(QObject):
    """How far one looks in and where, shared by all open pictures.

    `zoom` 1 shows the whole picture. `centre` is the point in the middle of the view, as shares of the picture.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._zoom = 1.0
        self._centre = QPointF(MIDDLE)

    @property
    def zoom(self) -> float:
        return self._zoom

    @property
    def centre(self) -> QPointF:
        return QPointF(self._centre)

    def look(self, zoom: float, centre: QPointF) -> None:
        """Look at a point; at zoom 1 the whole picture is in the middle."""
        zoom = min(MAX_ZOOM, max(1.0, zoom))
        margin = 0.5 / zoom
        across = min(1 - margin, max(margin, centre.x()))
        down = min(1 - margin, max(margin, centre.y()))
        if (zoom, across, down) != (self._zoom, self._centre.x(), self._centre.y()):
            self._zoom, self._centre = zoom, QPointF(across, down)
            self.changed.emit()

    def zoom_at(self, factor: float, point: QPointF) -> None:
        """Zoom so that `point` (shares of the picture) stays where it is on the screen."""
        zoom = min(MAX_ZOOM, max(1.0, self._zoom * factor))
        self.look(zoom, point + (self._centre - point) * (self._zoom / zoom))

    def move_by(self, across: float, down: float) -> None:
        """Move the view by shares of the picture."""
        self.look(self._zoom, self._centre + QPointF(across, down))

    def reset(self) -> None:
        """Show the whole picture."""
        self.look(1.0, MIDDLE)


def shown_rect(area: QRectF, picture: QSizeF, view: ViewState) -> QRectF:
    """Where a whole picture lies when it is looked at through `area`; parts may lie outside."""
    scale = min(area.width() / picture.width(), area.height() / picture.height()) * view.zoom
    size = picture * scale
    middle = area.center()
    return QRectF(
        QPointF(middle.x() - view.centre.x() * size.width(), middle.y() - view.centre.y() * size.height()), size
    )


def paint_stage_picture(painter: QPainter, area: QRectF, pixmap: QPixmap, shown: QRectF) -> None:
    """Paint the part of a picture that lies inside `area`, smoothly, or in squares when looked at closely."""
    visible = shown & area
    if visible.isEmpty():
        return
    across, down = pixmap.width() / shown.width(), pixmap.height() / shown.height()
    source = QRectF(
        (visible.left() - shown.left()) * across,
        (visible.top() - shown.top()) * down,
        visible.width() * across,
        visible.height() * down,
    )
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shown.width() / pixmap.width() < PIXELS_SHOWN_AT)
    painter.drawPixmap(visible, pixmap, source)


class Stage(QLabel):
    """A surface for large pictures: wheel and keys zoom, dragging moves, Z goes to single pixels and back.

    A label with a pixmap, which nothing paints, is a picture to screen readers.
    """

    def __init__(self, store: PictureStore, view: ViewState | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self.view = view or ViewState(self)
        self._grabbed_at: QPointF | None = None
        self.setPixmap(QPixmap(1, 1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focus_radius", tokens.current().sizes.radius_picture)
        self.setMinimumSize(160, 120)
        self.view.changed.connect(self.update)
        store.arrived.connect(self._picture_changed)
        store.failed.connect(self._picture_changed)
        watch_theme(self)

    def shown_paths(self) -> list[Path]:
        """The files that this stage shows."""
        raise NotImplementedError

    def picture_area(self) -> QRectF:
        """The part of the widget through which a picture is seen."""
        return QRectF(self.rect())

    def picture_size(self) -> QSizeF | None:
        """The size in pixels that zoom and movement are measured by; None while there is no picture."""
        found = (self._store.stand_in(path) for path in self.shown_paths())
        return next((QSizeF(pixmap.size()) for pixmap in found if pixmap is not None), None)

    def load(self, path: Path, version: int) -> QPixmap | None:
        """A picture large enough for the present zoom, or what there is of it."""
        longer = max(self.width(), self.height()) * self.devicePixelRatioF() * self.view.zoom
        side = next((size for size in LOAD_SIZES_PX if size >= max(longer, LEAST_LOADED_PX)), LOAD_SIZES_PX[-1])
        request = PictureRequest(path, side, side, 0, "source", version)
        return self._store.picture(request) or self._store.stand_in(path)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._zoom_at(ZOOM_PER_NOTCH ** (event.angleDelta().y() / WHEEL_NOTCH), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.view.zoom > 1:
            self._grabbed_at = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        size = self.picture_size()
        if self._grabbed_at is None or size is None:
            return
        moved, self._grabbed_at = self._grabbed_at - event.position(), event.position()
        shown = shown_rect(self.picture_area(), size, self.view)
        self.view.move_by(moved.x() / shown.width(), moved.y() / shown.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed_at = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.toggle_pixels(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        middle = self.picture_area().center()
        match shortcuts.pressed(event, "loupe"):
            case "zoom":
                self.toggle_pixels(middle)
            case "zoom_in":
                self._zoom_at(ZOOM_PER_NOTCH, middle)
            case "zoom_out":
                self._zoom_at(1 / ZOOM_PER_NOTCH, middle)
            case _:
                super().keyPressEvent(event)

    def toggle_pixels(self, position: QPointF) -> None:
        """Look at single pixels around a place, or at the whole again."""
        size = self.picture_size()
        if self.view.zoom > 1 or size is None:
            self.view.reset()
            return
        area = self.picture_area()
        fitting = min(area.width() / size.width(), area.height() / size.height())
        # A picture that fits at its own size is enlarged instead, or Z would do nothing.
        zoom = 1 / (fitting * self.devicePixelRatioF())
        self._zoom_at(zoom if zoom > 1.05 else 2.0, position)

    def _zoom_at(self, factor: float, position: QPointF) -> None:
        size = self.picture_size()
        if size is None:
            return
        shown = shown_rect(self.picture_area(), size, self.view)
        across = (position.x() - shown.left()) / shown.width()
        down = (position.y() - shown.top()) / shown.height()
        self.view.zoom_at(factor, QPointF(across, down))

    def _picture_changed(self, path: Path) -> None:
        if path in self.shown_paths():
            self.update()


class PictureView(Stage):
    """One large picture, with what training trims away shaded when its placement is known."""

    def __init__(self, store: PictureStore, view: ViewState | None = None, parent: QWidget | None = None) -> None:
        super().__init__(store, view, parent)
        self._path: Path | None = None
        self._version = 0
        self._placement: Placement | None = None
        self._size_px: tuple[int, int] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # painted anew when the mouse comes and goes

    def picture_size(self) -> QSizeF | None:
        return QSizeF(*self._size_px) if self._size_px else super().picture_size()

    def show_picture(
        self,
        path: Path | None,
        version: int = 0,
        placement: Placement | None = None,
        size_px: tuple[int, int] | None = None,
    ) -> None:
        """Show a picture; with a placement its crop, in thirds while mouse or keyboard are on it.

        `size_px` is the picture's true width and height, where it may be larger than what is loaded.
        """
        self._path, self._version, self._placement = path, version, placement
        self._size_px = size_px
        self.setAccessibleName(path.name if path else self.tr("No picture"))
        self.update()

    def shown_paths(self) -> list[Path]:
        return [self._path] if self._path else []

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        radius = current.sizes.radius_picture
        painter = QPainter(self)
        fill(painter, self.rect(), radius, "stage")
        painter.setClipPath(rounded(QRectF(self.rect()), radius))
        self._paint_picture(painter)

    def _paint_picture(self, painter: QPainter) -> None:
        if self._path is None:
            paint_icon(painter, self.rect(), "picture", "muted", 24)
            return
        pixmap = self.load(self._path, self._version)
        if pixmap is None:
            broken = self._store.is_unreadable(self._path, self._version)
            paint_icon(painter, self.rect(), "picture_broken" if broken else "picture", "muted", 24)
            return
        shown = shown_rect(self.picture_area(), QSizeF(pixmap.size()), self.view)
        paint_stage_picture(painter, self.picture_area(), pixmap, shown)
        if self._placement is not None:
            is_at_hand = self.underMouse() or self.hasFocus()
            paint_trim(painter, shown, crop_rect(self._placement, shown), 0, thirds=is_at_hand)
