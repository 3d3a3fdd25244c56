"""Two pictures of one prompt and seed, compared: wiped over each other, side by side, or flipped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractSlider, QWidget

from ui.models import shortcuts
from ui.theme import tokens
from ui.widgets.picture_painting import fill, paint_icon, paint_label, rounded, watch_theme
from ui.widgets.picture_store import PictureStore
from ui.widgets.picture_view import Stage, ViewState, paint_stage_picture, shown_rect

HANDLE_WIDTH = 40
KNOB = 30
SIDE_GAP = 6
LABEL_MARGIN = 10


class WipeMode(Enum):
    """How two pictures are compared."""

    WIPE = "wipe"
    SIDE = "side"
    FLIP = "flip"


@dataclass(frozen=True, slots=True)
class ComparedPicture:
    """One of the two pictures and what it is called."""

    path: Path
    label: str
    version: int = 0


class WipeHandle(QAbstractSlider):
    """The line between two pictures, in percent from the left; a slider to keyboard and screen readers."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(0, 100)
        self.setSingleStep(2)
        self.setPageStep(10)
        self.setValue(50)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setProperty("focus_radius", KNOB // 2)
        self.setAccessibleName(self.tr("Line between the pictures"))
        watch_theme(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        parent = self.parentWidget()
        if self.isSliderDown() and parent is not None and parent.width():
            self.setValue(round(self.mapToParent(event.position()).x() * 100 / parent.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = QPainter(self)
        middle = self.width() // 2
        for token, alpha, width in (("scrim", 0.25, 4), ("onscrim", 1.0, 2)):
            painter.setPen(QPen(current.color(token, alpha), width))
            painter.drawLine(middle, 0, middle, self.height())
        knob = QRect(0, 0, KNOB, KNOB)
        knob.moveCenter(QPoint(middle, self.height() // 2))
        fill(painter, knob.adjusted(-1, -1, 1, 1), KNOB / 2 + 1, "scrim", 0.25)
        fill(painter, knob, KNOB / 2, "onscrim")
        paint_arrows(painter, knob)


def paint_arrows(painter: QPainter, knob: QRect) -> None:
    """Two arrows in the colour of the shade, which reads on the white knob in every theme."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(tokens.current().color("scrim"), 1.75)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    middle = QRectF(knob).center()
    for side in (-1, 1):
        tip = middle + QPointF(side * 9, 0)
        painter.drawPolyline([tip + QPointF(-side * 4, -4), tip, tip + QPointF(-side * 4, 4)])


class WipeView(Stage):
    """Two pictures at the same zoom and place. Holding Space shows the first one whole; letters move on.

    The letters are A and D for the epoch before and after, W and S for the prompt above and below, P to pick.
    """

    epoch_step_requested = Signal(int)  # -1 or 1
    prompt_step_requested = Signal(int)  # -1 or 1
    pick_requested = Signal()

    def __init__(self, store: PictureStore, view: ViewState | None = None, parent: QWidget | None = None) -> None:
        super().__init__(store, view, parent)
        self._pair: tuple[ComparedPicture, ComparedPicture] | None = None
        self._mode = WipeMode.WIPE
        self._flipped = False
        self._flip_key = 0
        self.handle = WipeHandle(self)
        self.handle.valueChanged.connect(self._place_handle)
        self.setFocusProxy(self.handle)
        self._describe()

    @property
    def mode(self) -> WipeMode:
        return self._mode

    def set_mode(self, mode: WipeMode) -> None:
        """Compare in another way; zoom and place stay."""
        self._mode = mode
        self.setFocusProxy(self.handle if mode is WipeMode.WIPE else None)  # type: ignore[arg-type]  # Qt takes None
        self._describe()

    def show_pair(self, first: ComparedPicture, second: ComparedPicture) -> None:
        """Compare two pictures, the first on the left."""
        self._pair = (first, second)
        self._describe()

    def clear(self) -> None:
        """Show nothing."""
        self._pair = None
        self._describe()

    def shown_paths(self) -> list[Path]:
        return [picture.path for picture in self._pair] if self._pair else []

    def picture_area(self) -> QRectF:
        whole = QRectF(self.rect())
        return whole.adjusted(0, 0, -(whole.width() + SIDE_GAP) / 2, 0) if self._mode is WipeMode.SIDE else whole

    def paintEvent(self, event: QPaintEvent) -> None:
        radius = tokens.current().sizes.radius_picture
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, self.rect(), radius, "stage")
        if self._pair is None:
            paint_icon(painter, self.rect(), "compare", "muted", 24)
            return
        painter.setClipPath(rounded(QRectF(self.rect()), radius))
        first, second = self._pair
        whole = QRectF(self.rect())
        if self._flipped or self._mode is WipeMode.FLIP:
            self._paint_one(painter, first if self._flipped else second, whole, whole, on_right=not self._flipped)
        elif self._mode is WipeMode.SIDE:
            left = self.picture_area()
            right = left.translated(left.width() + SIDE_GAP, 0)
            self._paint_one(painter, first, left, left, on_right=False)
            self._paint_one(painter, second, right, right, on_right=True)
        else:
            line = self._line_x()
            self._paint_one(painter, first, whole, whole.adjusted(0, 0, line - whole.width(), 0), on_right=False)
            self._paint_one(painter, second, whole, whole.adjusted(line, 0, 0, 0), on_right=True)

    def _paint_one(
        self, painter: QPainter, picture: ComparedPicture, area: QRectF, visible: QRectF, on_right: bool
    ) -> None:
        """Paint the part of a picture, fitted into `area`, that lies in `visible`."""
        pixmap = self.load(picture.path, picture.version)
        painter.save()
        painter.setClipRect(visible, Qt.ClipOperation.IntersectClip)
        if pixmap is None:
            broken = self._store.is_unreadable(picture.path, picture.version)
            paint_icon(painter, area.toRect(), "picture_broken" if broken else "picture", "muted", 24)
        else:
            paint_stage_picture(painter, area, pixmap, shown_rect(area, QSizeF(pixmap.size()), self.view))
        corner = area.toRect().adjusted(LABEL_MARGIN, LABEL_MARGIN, -LABEL_MARGIN, -LABEL_MARGIN)
        paint_label(painter, corner, picture.label, align_right=on_right)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_handle()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        wipes = self._mode is WipeMode.WIPE and self.view.zoom == 1 and self.width()
        if event.button() == Qt.MouseButton.LeftButton and wipes:
            self.handle.setValue(round(event.position().x() * 100 / self.width()))
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match shortcuts.pressed(event, "compare"):
            case "flip":
                self._flip_key = event.key()
                self.flip(True)
            case "epoch_before":
                self.epoch_step_requested.emit(-1)
            case "epoch_after":
                self.epoch_step_requested.emit(1)
            case "prompt_above":
                self.prompt_step_requested.emit(-1)
            case "prompt_below":
                self.prompt_step_requested.emit(1)
            case "pick":
                self.pick_requested.emit()
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == self._flip_key:
            if not event.isAutoRepeat():
                self.flip(False)
        else:
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self._flipped:
            self.flip(False)  # the key is let go in another window

    def flip(self, flipped: bool) -> None:
        """Show the first picture whole, or what was shown before."""
        self._flipped = flipped
        self._place_handle()
        self.update()

    def _line_x(self) -> float:
        return self.width() * self.handle.value() / 100

    def _place_handle(self) -> None:
        shown = self._pair is not None and self._mode is WipeMode.WIPE and not self._flipped
        # Hiding would hand the keyboard on, and the release of the key with it.
        self.handle.setVisible(self._pair is not None and self._mode is WipeMode.WIPE)
        self.handle.setGeometry(
            round(self._line_x()) - HANDLE_WIDTH // 2 if shown else -HANDLE_WIDTH * 2, 0, HANDLE_WIDTH, self.height()
        )
        self.update()

    def _describe(self) -> None:
        if self._pair is None:
            self.setAccessibleName(self.tr("Nothing to compare yet"))
        else:
            names = {"first": self._pair[0].label, "second": self._pair[1].label}
            self.setAccessibleName(self.tr("{first} beside {second}").format(**names))
            self.handle.setAccessibleDescription(self.accessibleName())
        self._place_handle()
