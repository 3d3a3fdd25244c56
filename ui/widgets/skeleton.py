"""Grey shapes that stand for what is being loaded."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import tokens
from ui.widgets import painting


class Skeleton(QWidget):
    """Lines of text to come, or with `line_count` 0 one block. It stands still: nothing blinks while work is done."""

    def __init__(self, line_count: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line_count = line_count
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Loading"))
        tokens.changed.connect(self.update)
        self.setMinimumHeight(max(24, line_count * 22))

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        fill = current.color("hover")
        if self._line_count == 0:
            painting.fill_round(painter, QRectF(self.rect()), current.sizes.radius_picture, fill)
            return
        height = current.scaled(10)
        for index in range(self._line_count):
            is_last = index == self._line_count - 1 and self._line_count > 1
            width = self.width() * (0.6 if is_last else 1.0)
            painting.fill_round(painter, QRectF(0, index * 2 * height + 4, width, height), height / 2, fill)
