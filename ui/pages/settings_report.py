"""The sheet that shows what a report holds before it is saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from ui.models.settings_report import ReportPart
from ui.theme import fonts, tokens
from ui.widgets.buttons import Button
from ui.widgets.card import CollapsibleCard
from ui.widgets.labels import Label
from ui.widgets.sheet import Sheet


class ReportSheet(Sheet):
    """Every part can be unfolded and read; `save_wanted` when it may be written."""

    save_wanted = Signal()

    def __init__(self, area: QWidget, title: str, parts: list[ReportPart]) -> None:
        super().__init__(area, title, width_px=760)
        words = self.tr(
            "This is all it holds. Pictures, captions, prompts and the names of your folders are left out. It stays on "
            "this computer until you send it to someone."
        )
        self.body.addWidget(Label(words, "body", "text2", wrap=True))
        for part in parts:
            lines = self.tr("%n line(s)", "", part.text.count("\n") + 1)
            card = CollapsibleCard(part.name, lines, opened=part is parts[0])
            view = QPlainTextEdit(part.text)
            view.setReadOnly(True)
            view.setFont(fonts.mono_font())
            view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            view.setAccessibleName(part.name)
            view.setMinimumHeight(tokens.current().scaled(180))
            card.body.addWidget(view)
            self.body.addWidget(card)
        self.body.addStretch(1)
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.close_sheet)
        self.add_button(cancel)
        self.save_button = self.add_button(Button(self.tr("Save the report"), "primary", "save"))
        self.save_button.clicked.connect(self.save_wanted)
