"""One line of what happened: icon, clock time, sentence."""

from datetime import datetime
from typing import Literal

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.theme import tokens
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label

LogKind = Literal["saved", "ok", "info", "sleep", "warn", "err"]
_ICONS = {
    "saved": ("save", "ok"),
    "ok": ("check_circle", "ok"),
    "info": ("info", "accent"),
    "sleep": ("moon", "accent"),
    "warn": ("warning", "warn"),
    "err": ("error", "err"),
}


class LogLine(QWidget):
    """Sentences come from files and other programs, so they are plain text and cut to one line."""

    def __init__(self, at: datetime, sentence: str, kind: LogKind = "info", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        clock = QLocale().toString(at.time(), QLocale.FormatType.ShortFormat)  # type: ignore[call-overload]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap8)
        icon, token = _ICONS[kind]
        layout.addWidget(IconLabel(icon, token, 14))
        layout.addWidget(Label(clock, "small", "muted", tabular=True))
        layout.addWidget(ElidedLabel(sentence, "small"), 1)
        self.setAccessibleName(f"{clock} {sentence}")
