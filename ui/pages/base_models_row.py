"""One base model as a row of the list."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from lora_studio.bases import FoundBase
from ui.models.base_models import BaseState, is_practice, state_of, subline_of
from ui.models.converting import can_be_converted
from ui.models.engine_words import engine_words
from ui.models.library_words import base_name
from ui.theme import icons, tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.chip import Chip, ChipKind
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label, Tone
from ui.widgets.menus import open_at, open_below

BaseAction = Literal["use", "show_folder", "check", "details", "convert", "remove", "model_card", "notice"]


class BaseRow(QFrame):
    """Says what a model is, where it lies and whether it can be trained; `action_wanted` asks for the rest."""

    action_wanted = Signal(str)  # BaseAction

    def __init__(self, base: FoundBase, *, is_there: bool, is_used: bool, can_use: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.base = base
        self.setProperty("surface", "card")
        sizes = tokens.current().sizes
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.gap16, sizes.gap12, sizes.gap8, sizes.gap12)
        column.setSpacing(sizes.gap4)
        layout = QHBoxLayout()
        layout.setSpacing(sizes.gap12)
        column.addLayout(layout)
        layout.addWidget(IconLabel("base_models", "text2", 20), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(base_name(base), "strong", mode=Qt.TextElideMode.ElideMiddle))
        words.addWidget(ElidedLabel(subline_of(base), "small", "muted"))
        self.reason = self._reason(is_there)
        if self.reason:
            column.addWidget(self._below(Label(self.reason, "small", self._tone(is_there), wrap=True)))
        if is_practice(base):
            column.addWidget(self._below(self._papers()))
        layout.addLayout(words, 1)
        self.chip = Chip(*self._state(is_there, is_used))
        layout.addWidget(self.chip)
        if can_use and is_there and base.usable and not is_used:
            use = Button(self.tr("Use"), "secondary", small=True)
            use.setAccessibleName(self.tr("Use {name} for this project").format(name=base_name(base)))
            use.clicked.connect(lambda: self.action_wanted.emit("use"))
            layout.addWidget(use)
        self.convert_button: Button | None = None
        if is_there and can_be_converted(Path(base.source)):
            self.convert_button = Button(self.tr("Convert it safely…"), "secondary", small=True)
            self.convert_button.setAccessibleName(self.tr("Convert {name} safely").format(name=base_name(base)))
            self.convert_button.clicked.connect(lambda: self.action_wanted.emit("convert"))
            layout.addWidget(self.convert_button)
        self.menu_button = icon_button("more", self.tr("More for {name}").format(name=base_name(base)))
        self.menu_button.clicked.connect(self._open_menu)
        layout.addWidget(self.menu_button)
        self.setAccessibleName(self.tr("{name}, {state}").format(name=base_name(base), state=self.chip.text))
        self.setAccessibleDescription("\n".join(filter(None, (subline_of(base), self.reason))))

    def _below(self, widget: QWidget) -> QWidget:
        """What stands under the words, in line with them."""
        holder = QWidget(self)
        layout = QHBoxLayout(holder)
        layout.setContentsMargins(tokens.current().scaled(20) + tokens.current().sizes.gap12, 0, 0, 0)
        layout.addWidget(widget)
        return holder

    def _tone(self, is_there: bool) -> Tone:
        is_trouble = not is_there or state_of(self.base) in ("damaged", "unsuitable")
        return "warn" if is_trouble else "text2"

    def _reason(self, is_there: bool) -> str:
        if not is_there:
            return self.tr("It is not there any more. The drive may be unplugged or the folder moved.")
        if is_practice(self.base):
            return self.tr(
                "A small model that draws icons at 128 px. It is for learning the app and for trying things out, not "
                "for art; an adapter made with it works only with it."
            )
        return engine_words(self.base.reason)

    def _state(self, is_there: bool, is_used: bool) -> tuple[str, ChipKind]:
        if not is_there:
            return self.tr("Not there"), "warn"
        if is_used:
            return self.tr("Used by this project"), "info"
        words: dict[BaseState, tuple[str, ChipKind]] = {
            "ready": (self.tr("Can be trained"), "ok"),
            "damaged": (self.tr("Damaged"), "err"),
            "unsuitable": (self.tr("Cannot be trained"), "warn"),
        }
        return words[state_of(self.base)]

    def _papers(self) -> QWidget:
        papers = QWidget(self)
        flow = FlowLayout(papers)
        flow.setContentsMargins(0, tokens.current().sizes.gap8, 0, 0)
        actions: tuple[tuple[BaseAction, str], ...] = (
            ("model_card", self.tr("Model card")),
            ("notice", self.tr("Notice")),
        )
        for action, text in actions:
            button = Button(text, "secondary", "text", small=True)
            button.clicked.connect(lambda _checked=False, wanted=action: self.action_wanted.emit(wanted))
            flow.addWidget(button)
        return papers

    def build_menu(self) -> QMenu:
        """What can be done with the model. Nothing here touches its files."""
        menu = QMenu(self)
        entries: list[tuple[BaseAction, str, str]] = [("details", self.tr("Details"), "info")]
        if not is_practice(self.base):
            converting: list[tuple[BaseAction, str, str]] = []
            if can_be_converted(Path(self.base.source)):
                converting = [("convert", self.tr("Convert it safely…"), "shield")]
            entries = [
                ("show_folder", self.tr("Show in folder"), "folder_open"),
                ("check", self.tr("Check again"), "refresh"),
                *entries,
                *converting,
                ("remove", self.tr("Remove from the list"), "close"),
            ]
        for action, text, icon in entries:
            if action == "remove":
                menu.addSeparator()
            menu.addAction(icons.icon(icon), text).triggered.connect(
                lambda _checked=False, wanted=action: self.action_wanted.emit(wanted)
            )
        return menu

    def _open_menu(self) -> None:
        open_below(self.build_menu(), self.menu_button)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        open_at(self.build_menu(), event.globalPos())
