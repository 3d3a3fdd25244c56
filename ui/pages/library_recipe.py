"""The sheet that takes over the settings behind an adapter file, and lets training go on from what it learned."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from ui.models.adapter_recipe import RecipeOffer, RecipeRow
from ui.theme import tokens
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.card import CollapsibleCard
from ui.widgets.labels import Label, Tone
from ui.widgets.sheet import Sheet


class AdapterRecipeSheet(Sheet):
    """What would change, before it does. `used` hands over the project's changed settings afterwards."""

    used = Signal(object)  # dict of settings by dotted path

    def __init__(self, area: QWidget, offer: RecipeOffer) -> None:
        title = QCoreApplication.translate("inspect", "Use the settings of {name}?").format(name=offer.path.name)
        super().__init__(
            area, title,
            QCoreApplication.translate(
                "inspect", "Your pictures, captions, trigger word and prompts stay as they are."
            ),
            width_px=680,
        )  # fmt: skip
        self._offer = offer
        self.start_box = QCheckBox(self.tr("Go on from what it learned"))
        self._show_changes()
        self._show_start()
        self._show_rest()
        self.body.addStretch(1)
        self.cancel_button = self.add_button(Button(self.tr("Cancel")))
        self.cancel_button.clicked.connect(self.close_sheet)
        self.use_button = self.add_button(Button(self.tr("Use these settings"), "primary"))
        self.use_button.clicked.connect(self._use)
        self.start_box.toggled.connect(self._show_whether_usable)
        self._show_whether_usable()

    def _show_changes(self) -> None:
        offer = self._offer
        if offer.problem:
            self.body.addWidget(Banner("warn", self.tr("These settings cannot work together."), offer.problem))
        if offer.changes:
            self.body.addWidget(_table(offer.changes))
        else:
            self.body.addWidget(Banner("info", self.tr("No setting would change."), self._same_words()))
        if offer.changes and offer.same_count:
            self.body.addWidget(Label(self._same_words(), "small", "muted", wrap=True))

    def _same_words(self) -> str:
        count = self._offer.same_count
        return self.tr("%n more setting(s) are the same as yours.", "", count) if count else ""

    def _show_start(self) -> None:
        reason = self._offer.start_reason
        words = reason or self.tr(
            "Training begins with its weights instead of a fresh adapter. The run keeps a copy of the file."
        )
        self.start_box.setEnabled(not reason)
        self.start_box.setAccessibleDescription(words)
        holder = QWidget(self)
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap4)
        layout.addWidget(self.start_box)
        layout.addWidget(Label(words, "small", "muted", wrap=True))
        self.body.addWidget(holder)

    def _show_rest(self) -> None:
        offer = self._offer
        if offer.left:
            card = CollapsibleCard(self.tr("Not taken over"), str(len(offer.left)), opened=True)
            card.body.addWidget(_left_table(offer.left))
            self.body.addWidget(card)
        if offer.unknown:
            card = CollapsibleCard(self.tr("Unknown, so they stay as they are"), str(len(offer.unknown)))
            card.body.addWidget(_unknown_table(offer.unknown))
            self.body.addWidget(card)

    def _show_whether_usable(self) -> None:
        if self._offer.problem:
            self.use_button.block(self._offer.problem)
        elif not self._offer.changes and not self.start_box.isChecked():
            self.use_button.block(self.tr("Nothing would change."))
        else:
            self.use_button.unblock()

    def _use(self) -> None:
        self.close_sheet()
        self.used.emit(self._offer.chosen(goes_on=self.start_box.isChecked()))


def _table(rows: Sequence[RecipeRow]) -> QWidget:
    """What changes: title, now → then."""
    table, grid = _grid()
    for line, row in enumerate(rows):
        arrow = Label("→", "body", "muted")
        arrow.setAccessibleName(QCoreApplication.translate("inspect", "becomes"))
        cells = (_title(row), _value(row.now, "muted"), arrow, _value(row.then, "text"))
        for column, cell in enumerate(cells):
            grid.addWidget(cell, line, column)
    return table


def _left_table(rows: Sequence[RecipeRow]) -> QWidget:
    """What the file says and why it is not taken over."""
    table, grid = _grid()
    for line, row in enumerate(rows):
        grid.addWidget(_title(row), 2 * line, 0)
        grid.addWidget(_value(row.then, "text2"), 2 * line, 1, 1, 3)
        grid.addWidget(Label(row.note, "small", "muted", wrap=True), 2 * line + 1, 1, 1, 3)
    return table


def _unknown_table(rows: Sequence[RecipeRow]) -> QWidget:
    """What stays as it is."""
    table, grid = _grid()
    for line, row in enumerate(rows):
        grid.addWidget(_title(row), line, 0)
        grid.addWidget(_value(row.now, "muted"), line, 1)
        grid.addWidget(_value(row.then, "muted"), line, 3)
    return table


def _grid() -> tuple[QWidget, QGridLayout]:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(tokens.current().sizes.gap12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(3, 1)
    grid.setColumnMinimumWidth(0, tokens.current().scaled(160))
    return table, grid


def _title(row: RecipeRow) -> Label:
    return Label(row.title, "small", "muted", wrap=True)


def _value(text: str, tone: Tone) -> Label:
    label = Label(text, "body", tone, wrap=True, tabular=True)
    label.setMinimumWidth(tokens.current().scaled(90))  # a long value without spaces must not widen the sheet
    return label
