"""Where pictures go in: a dashed frame with its button. The drop itself is taken by the window, wherever it falls."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.theme import tokens
from ui.widgets import painting
from ui.widgets.empty_state import EmptyState


class DropZone(EmptyState):
    """Icon, title, sentence and the primary button; `action_chosen` when that is pressed."""

    def __init__(self, icon: str, title: str, sentence: str, action: str, parent: QWidget | None = None) -> None:
        super().__init__(icon, title, sentence, action, kind="primary", parent=parent)
        self.setAccessibleDescription(sentence)
        tokens.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        painter.setPen(QPen(current.color("line"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(current.color("card"))
        radius = current.sizes.radius_card + 4
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
