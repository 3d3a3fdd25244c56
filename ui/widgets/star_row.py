"""Five stars to rate with."""

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from ui.models import shortcuts
from ui.theme import tokens
from ui.widgets import painting

_STAR = (
    (12, 3.5),
    (14.7, 9),
    (20.7, 9.9),
    (16.3, 14.1),
    (17.4, 20.1),
    (12, 17.2),
    (6.6, 20.1),
    (7.7, 14.1),
    (3.3, 9.9),
    (9.3, 9),
)
_GAP_PX = 4


class StarRow(QSlider):
    """0 to 5 stars; arrows and the keys 0 to 5 rate, a press on the present star takes it back."""

    rated = Signal(int)

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, 5)
        self.setPageStep(1)
        self.setAccessibleName(accessible_name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.valueChanged.connect(self._describe)
        tokens.changed.connect(self.updateGeometry)
        self._describe()

    def set_stars(self, stars: int) -> None:
        """Show a rating that came from elsewhere; nobody is told."""
        self.setValue(stars)

    def _rate(self, stars: int) -> None:
        if stars != self.value():
            self.setValue(stars)
            self.rated.emit(stars)

    def _describe(self) -> None:
        stars = self.value()
        self.setAccessibleDescription(self.tr("%n star(s)", "", stars) if stars else self.tr("Not rated"))
        self.update()

    def _side(self) -> int:
        return tokens.current().scaled(18)

    def sizeHint(self) -> QSize:
        return QSize(5 * self._side() + 4 * _GAP_PX, tokens.current().scaled(28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = self.width() - event.position().x() if self.isRightToLeft() else event.position().x()
        stars = min(5, int(x // (self._side() + _GAP_PX)) + 1)
        self._rate(0 if stars == self.value() else stars)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1}
        step = steps.get(Qt.Key(event.key()))
        action = shortcuts.pressed(event, "compare")
        if action.startswith("stars_"):
            self._rate(int(action.removeprefix("stars_")))
        elif step is not None:
            self._rate(min(max(self.value() + step, 0), 5))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painting.smooth(QPainter(self))
        side = self._side()
        top = (self.height() - side) / 2
        for index in range(5):
            place = 4 - index if self.isRightToLeft() else index
            draw_star(painter, QPointF(place * (side + _GAP_PX), top), side, is_lit=index < self.value())


def draw_star(painter: QPainter, top_left: QPointF, side: float, *, is_lit: bool) -> None:
    """One star, filled when lit."""
    current = tokens.current()
    shape = QPolygonF([top_left + QPointF(x, y) * (side / 24) for x, y in _STAR])
    pen = QPen(current.color("warn" if is_lit else "line"), 1.4)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(current.color("warn") if is_lit else QColor(Qt.GlobalColor.transparent))
    painter.drawPolygon(shape)
