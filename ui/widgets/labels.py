"""Labels that show plain text only, at the levels of the type scale."""

import re
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from ui.theme import fonts

Level = fonts.Level
Tone = Literal["text", "text2", "muted", "accent", "ok", "warn", "err"]


class Label(QLabel):
    """Plain text of one level and tone, never read as markup."""

    def __init__(
        self,
        text: str = "",
        level: Level = "body",
        tone: Tone = "text",
        *,
        wrap: bool = False,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("level", level)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if tabular:
            self.setFont(fonts.with_tabular_figures(self.font()))
        self.setText(text)

    def set_tone(self, tone: Tone) -> None:
        if tone != self.property("tone"):
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)


class ElidedLabel(Label):
    """One line that gives way: what does not fit is cut with an ellipsis and kept whole in the tooltip."""

    def __init__(
        self,
        text: str = "",
        level: Level = "body",
        tone: Tone = "text",
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        self._mode = mode
        super().__init__(text, level, tone, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance("…") * 3, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """What is on screen: the text, cut to the present width."""
        return self.fontMetrics().elidedText(self.text().replace("\n", " "), self._mode, self.contentsRect().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown_text()
        self.setToolTip("" if shown == self.text() else as_tooltip(self.text()))
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment() | Qt.TextFlag.TextSingleLine, shown)


def as_tooltip(text: str) -> str:
    """Plain text for a tooltip, which has no switch against markup: escaped, so that nothing in it is loaded or run."""
    return f"<qt>{escaped(text)}</qt>" if "<" in text else text


def with_breaks(path: str) -> str:
    """A path that a label may break after each folder, where else it would be cut."""
    return re.sub(r"([/\\])", "\\1\u200b", path)


def escaped(text: str) -> str:
    """Plain text as markup that shows exactly that text, line breaks included."""
    marked = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return marked.replace("\n", "<br>")


def as_menu_text(text: str) -> str:
    """Plain text for a menu entry or button, where an ampersand would otherwise mark a key."""
    return text.replace("&", "&&")


def hairline(parent: QWidget | None = None) -> QFrame:
    """A 1 px line between groups."""
    line = QFrame(parent)
    line.setProperty("surface", "line")
    line.setFixedHeight(1)
    return line
