"""Two sheets of the library: making room, and looking inside an adapter file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from lora_studio.weights.inspect import AdapterReport
from ui.models.engine_words import engine_words
from ui.models.library_inspect import InspectNote, can_be_made_plain, facts_of, notes_of
from ui.models.library_space import PartName, RunSpace, SpacePart
from ui.models.library_words import size_word
from ui.models.messages import message_for
from ui.pages.library_tools import add_tools
from ui.theme import tokens
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.card import CollapsibleCard
from ui.widgets.labels import Label
from ui.widgets.menus import open_above
from ui.widgets.message_card import MessageCard
from ui.widgets.sheet import Sheet


class FreeSpaceSheet(Sheet):
    """Shows what can go and how many bytes that is; `free_wanted` names the chosen parts. Nothing goes before."""

    free_wanted = Signal(list)  # PartNames

    def __init__(self, area: QWidget, space: RunSpace) -> None:
        title = QCoreApplication.translate("library", "Free space: {name}").format(name=space.run.name)
        super().__init__(area, title, width_px=560)
        self._space = space
        self.boxes: dict[PartName, QCheckBox] = {}
        kept = QCoreApplication.translate(
            "library",
            "The samples, the log, the recipe and the exported adapters always stay. Nothing is deleted: what you "
            "choose moves to the bin of your computer.",
        )
        self.body.addWidget(Label(kept, "body", "text2", wrap=True))
        for part in space.parts:
            self.body.addWidget(self._part_row(part))
        self.body.addStretch(1)
        self.free_button = Button("", "primary", "trash")
        self.free_button.clicked.connect(lambda: self.free_wanted.emit(self.chosen()))
        cancel = Button(self.tr("Cancel"))
        cancel.clicked.connect(self.close_sheet)
        self.add_button(cancel)
        self.add_button(self.free_button)
        self._show_sum()

    def chosen(self) -> list[PartName]:
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def _part_row(self, part: SpacePart) -> QWidget:
        row = QFrame(self)
        row.setProperty("surface", "raised")
        sizes = tokens.current().sizes
        layout = QHBoxLayout(row)
        layout.setContentsMargins(sizes.gap12, sizes.gap8, sizes.gap12, sizes.gap8)
        words = QVBoxLayout()
        words.setSpacing(2)
        title, effect = self._words(part)
        box = QCheckBox(title)
        box.setAccessibleDescription(effect)
        box.setChecked(part.name == "cache" or (part.name == "saves" and self._space.is_finished))
        box.toggled.connect(self._show_sum)
        self.boxes[part.name] = box
        words.addWidget(box)
        words.addWidget(Label(effect, "small", "muted", wrap=True))
        layout.addLayout(words, 1)
        layout.addWidget(Label(size_word(part.size_bytes), "strong", tabular=True))
        return row

    def _words(self, part: SpacePart) -> tuple[str, str]:
        match part.name:
            case "cache":
                return self.tr("Prepared pictures"), self.tr("Made again when training goes on.")
            case "saves" if self._space.is_finished:
                return self.tr("Saves to go on from"), self.tr("This run is finished and does not need them.")
            case "saves":
                return self.tr("Saves to go on from"), self.tr("Without them this run cannot go on.")
            case "epochs":
                kept = ", ".join(str(epoch) for epoch in self._space.kept_epochs)
                effect = self.tr("Your pick and what you rated stay: epoch {epochs}.").format(epochs=kept)
                return self.tr("%n other epoch(s)", "", len(part.paths)), effect

    def _show_sum(self) -> None:
        wanted = set(self.chosen())
        size_bytes = sum(part.size_bytes for part in self._space.parts if part.name in wanted)
        self.free_button.setText(self.tr("Move {size} to the bin").format(size=size_word(size_bytes)))
        if wanted:
            self.free_button.unblock()
        else:
            self.free_button.block(self.tr("Choose what may go"))
        self.free_button.updateGeometry()


class InspectSheet(Sheet):
    """A file in plain words. Everything in it comes from the file and is shown as plain text."""

    folder_wanted = Signal(Path)
    another_wanted = Signal()
    tool_wanted = Signal(str)  # a ToolName
    settings_wanted = Signal()

    def __init__(
        self, area: QWidget, path: Path, outcome: AdapterReport | StudioError, *, has_project: bool = False
    ) -> None:
        super().__init__(area, path.name, str(path.parent), width_px=620)
        if isinstance(outcome, StudioError):
            self._show_problem(outcome)
        else:
            self._show_report(outcome)
        self.body.addStretch(1)
        show = Button(self.tr("Show in folder"), "secondary", "folder_open")
        show.clicked.connect(lambda: self.folder_wanted.emit(path))
        done = Button(self.tr("Done"), "primary")
        done.clicked.connect(self.close_sheet)
        self.add_button(show)
        self.settings_button = self.add_button(Button(self.tr("Use its settings…"), "secondary", "recipe"))
        self.settings_button.clicked.connect(self.settings_wanted)
        self.settings_button.setVisible(not isinstance(outcome, StudioError))
        if not has_project:
            self.settings_button.block(self.tr("Open the project first that is to have them"))
        self.tools_button = self.add_button(Button(self.tr("Tools"), "secondary", "more"))
        self.tools_button.clicked.connect(lambda: open_above(self.build_menu(), self.tools_button))
        self.tools_button.setVisible(not isinstance(outcome, StudioError))
        self.add_button(done)

    def build_menu(self) -> QMenu:
        """What can be made from the file."""
        menu = QMenu(self)
        add_tools(menu, self.tool_wanted.emit)
        return menu

    def _show_problem(self, error: StudioError) -> None:
        message = message_for(error).only({"choose_file"})
        card = MessageCard(message)
        card.action_chosen.connect(lambda _: self.another_wanted.emit())
        self.body.addWidget(card)
        hint = engine_words(error.hint)
        if hint and hint not in message.body:
            self.body.addWidget(Label(hint, "body", "text2", wrap=True))

    def _show_report(self, report: AdapterReport) -> None:
        for note in notes_of(report):
            self.body.addWidget(self._note(note))
        if can_be_made_plain(report):
            title = self.tr("It is not a plain LoRA")
            body = self.tr("Many programs misread such files. The app can write the nearest plain LoRA beside it.")
            self.plain_note = Banner("info", title, body, (self.tr("Make it plain"),))
            self.plain_note.action_chosen.connect(lambda _: self.tool_wanted.emit("convert"))
            self.body.addWidget(self.plain_note)
        self.body.addWidget(_table(facts_of(report)))
        if report.metadata:
            count = self.tr("%n entr(y|ies)", "", len(report.metadata))
            card = CollapsibleCard(self.tr("Everything written into the file"), count)
            card.body.addWidget(_table(list(report.metadata.items())))
            self.body.addWidget(card)

    def _note(self, note: InspectNote) -> QWidget:
        return Banner(note.tone, note.title, note.body)


def _table(pairs: list[tuple[str, str]]) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(tokens.current().sizes.gap20)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for row, (name, value) in enumerate(pairs):
        grid.addWidget(Label(name, "small", "muted", wrap=True), row, 0)
        text = Label(value, "body", wrap=True)
        text.setMinimumWidth(1)  # a long value without spaces must not widen the sheet
        grid.addWidget(text, row, 1)
    grid.setColumnMinimumWidth(0, tokens.current().scaled(120))
    return table
