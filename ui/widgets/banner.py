"""A message in its place: what happened, what is safe, and the button that mends it."""

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ui.theme import fonts, tokens
from ui.widgets.announcing import announce
from ui.widgets.buttons import Button, icon_button
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import Label

BannerKind = Literal["info", "ok", "warn", "err"]
BANNER_ICONS = {
    "info": ("info", "accent"),
    "ok": ("check_circle", "ok"),
    "warn": ("warning", "warn"),
    "err": ("error", "err"),
}


class Banner(QFrame):
    """Title, body and buttons; `action_chosen` tells which button was pressed, by its place from 0.

    `details` (code and log) unfold under it and can be copied.
    """

    action_chosen = Signal(int)
    closed = Signal()

    def __init__(
        self,
        kind: BannerKind,
        title: str,
        body: str = "",
        actions: tuple[str, ...] = (),
        *,
        details: str = "",
        closable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", kind)
        self.kind = kind
        self.title = title
        self.body = body
        self.setAccessibleName(title)
        self.setAccessibleDescription(body)
        sizes = tokens.current().sizes
        layout = QHBoxLayout(self)
        layout.setContentsMargins(sizes.gap16, sizes.gap12, sizes.gap12, sizes.gap12)
        layout.setSpacing(sizes.gap12)
        icon, token = BANNER_ICONS[kind]
        layout.addWidget(IconLabel(icon, token, 20), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(sizes.gap4)
        self._title_label = Label(title, "strong", wrap=True)
        words.addWidget(self._title_label)
        if body:
            words.addWidget(Label(body, "body", "text2", wrap=True))
        layout.addLayout(words, 1)
        self.buttons = [Button(text, "secondary", small=True) for text in actions]
        row = QWidget(self)
        row_layout = FlowLayout(row, sizes.gap8)
        for index, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, place=index: self.action_chosen.emit(place))
            row_layout.addWidget(button)
        if details:
            self._add_details(details, row_layout, words)
        if row_layout.count():
            row_layout.setContentsMargins(0, sizes.gap4, 0, 0)
            words.insertWidget(2 if body else 1, row)
        else:
            row.deleteLater()
        if closable:
            close = icon_button("close", self.tr("Close this message"))
            close.clicked.connect(self._close)
            layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def set_title(self, title: str) -> None:
        """Say it in other words, without being read out again."""
        self.title = title
        self._title_label.setText(title)
        self.setAccessibleName(title)

    def speak(self) -> None:
        """Read the message out; for one that appears while the user is elsewhere."""
        announce(self, f"{self.title}\n{self.body}")

    def _add_details(self, details: str, row: FlowLayout, words: QVBoxLayout) -> None:
        panel = QWidget(self)
        panel_layout = QVBoxLayout(panel)
        panel_layout.setContentsMargins(0, 0, 0, 0)
        text = QPlainTextEdit(details, panel)
        text.setReadOnly(True)
        text.setFont(fonts.mono_font())
        text.setAccessibleName(self.tr("Details"))
        text.setMaximumHeight(tokens.current().scaled(180))
        copy = Button(self.tr("Copy"), "secondary", "copy", small=True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        panel_layout.addWidget(text)
        panel_layout.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        panel.hide()
        words.addWidget(panel)
        toggle = Button(self.tr("Details"), "ghost", small=True)
        toggle.setCheckable(True)
        toggle.toggled.connect(panel.setVisible)
        row.addWidget(toggle)

    def _close(self) -> None:
        self.hide()
        self.closed.emit()
