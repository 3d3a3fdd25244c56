"""A message with its buttons, by the names of their actions."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.models.messages import Message
from ui.widgets.banner import Banner, BannerKind


class MessageCard(QWidget):
    """Shows a message; `action_chosen` brings the action's name, for the page to do."""

    action_chosen = Signal(str)
    closed = Signal()

    def __init__(
        self, message: Message, kind: BannerKind = "err", *, closable: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.message = message
        words = tuple(button.words for button in message.buttons)
        self.banner = Banner(
            kind, message.title, message.body, words, details=message.details, closable=closable, parent=self
        )
        self.buttons = self.banner.buttons
        self.banner.action_chosen.connect(lambda place: self.action_chosen.emit(message.buttons[place].action))
        self.banner.closed.connect(self.closed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.banner)
