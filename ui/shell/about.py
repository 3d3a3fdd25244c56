"""About: versions, licences, and whose work ships with the program."""

from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QWidget

from ui.models.settings_about import notices, versions
from ui.theme import fonts, tokens
from ui.widgets.card import CollapsibleCard
from ui.widgets.labels import Label
from ui.widgets.sheet import Sheet


class AboutSheet(Sheet):
    """Reads its files when it is made, so make it when it is asked for."""

    def __init__(self, area: QWidget) -> None:
        super().__init__(area, self.tr("About LoRA Studio"), self.tr("Made to run on your own computer."))
        table = QWidget(self)
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.current().sizes.gap24)
        grid.setColumnStretch(2, 1)
        for row, (name, version, licence) in enumerate(versions()):
            grid.addWidget(Label(name, "strong"), row, 0)
            grid.addWidget(Label(version, "body", "text2", tabular=True), row, 1)
            grid.addWidget(Label(licence, "small", "muted", wrap=True), row, 2)
        self.body.addWidget(table)
        for title, text in notices():
            card = CollapsibleCard(title)
            view = QPlainTextEdit(text)
            view.setReadOnly(True)
            view.setFont(fonts.mono_font())
            view.setAccessibleName(title)
            view.setMinimumHeight(tokens.current().scaled(220))
            card.body.addWidget(view)
            self.body.addWidget(card)
        self.body.addStretch(1)
