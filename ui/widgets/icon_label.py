"""An icon standing by itself in a layout, retinted with the theme."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import icons, tokens


class IconLabel(QWidget):
    """Decoration beside a word; screen readers pass it by."""

    def __init__(self, name: str, token: str = "text2", size: int = 18, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._token = token
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        tokens.changed.connect(self._restyle)

    def set_icon(self, name: str, token: str) -> None:
        self._name = name
        self._token = token
        self.update()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = tokens.current().scaled(self._size)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        side = tokens.current().scaled(self._size)
        mark = icons.pixmap(self._name, self._token, side)
        QPainter(self).drawPixmap((self.width() - side) // 2, (self.height() - side) // 2, mark)
