"""The full-window target that names what a drop will do, before it is let go."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting


class DropTarget(QWidget):
    """Covers its parent while something hovers over the window; it takes no events itself."""

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._sentence = ""
        self._is_usable = True
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def sentence(self) -> str:
        return self._sentence

    def announce_drop(self, sentence: str, *, is_usable: bool) -> None:
        self._sentence = sentence
        self._is_usable = is_usable
        self.setAccessibleName(sentence)
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        painter.fillRect(self.rect(), current.color("bg", 0.88))
        ink = "accent" if self._is_usable else "err"
        frame = QRectF(self.rect()).adjusted(20, 20, -20, -20)
        pen = QPen(current.color(ink), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(current.color("soft" if self._is_usable else "errsoft", 0.6))
        painter.drawRoundedRect(frame, 18, 18)
        middle = frame.center()
        size = current.scaled(44)
        mark = icons.pixmap("download" if self._is_usable else "error", ink, size)
        painter.drawPixmap(round(middle.x() - size / 2), round(middle.y() - size - 8), mark)
        painter.setFont(ui_font("title"))
        painter.setPen(current.color("text"))
        height = QFontMetrics(ui_font("title")).height() * 3
        words = QRectF(frame.left() + 32, middle.y() + 8, frame.width() - 64, height)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(words, flags, self._sentence)
