"""The form for what an adapter file says of itself: its words, its licence, its cover."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QPlainTextEdit, QWidget

from lora_studio.dataset.images import READABLE_SUFFIXES
from lora_studio.weights.edit import EditWish
from ui.models.exporting import LICENSES
from ui.models.library_tools import AdapterTools, DetailsWish, OpenedAdapter
from ui.pages.library_tool_forms import ToolForm, labelled
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.combo_box import ComboBox
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.text_field import TextField

NOTES_PX = 72
COVER_KEYS = ("modelspec.thumbnail", "ssmd_cover_images")


class DetailsForm(ToolForm):
    """Shows what the file says now; the wish holds only what was changed."""

    def __init__(self, tools: AdapterTools) -> None:
        super().__init__(tools)
        self._first: OpenedAdapter | None = None
        self._cover: Path | None = None
        self._drops_cover = False
        self.title = TextField(self.tr("Title"))
        self.trigger = TextField(self.tr("Trigger word"))
        self._add_pair(self.title, self.trigger)
        self.author = TextField(self.tr("Made by"), placeholder=self.tr("Optional"))
        self.license = ComboBox(self.tr("Licence"))
        self.license.activated.connect(self.changed)
        right = QWidget()
        right.setLayout(labelled(self.license))
        self._add_pair(self.author, right)
        for field in (self.title, self.trigger, self.author):
            field.text_changed.connect(self.changed)
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName(self.tr("Description"))
        self.notes.setPlaceholderText(self.tr("What it draws, and how to prompt it"))
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(tokens.current().scaled(NOTES_PX))
        self.notes.textChanged.connect(self.changed)
        self.column.addLayout(labelled(self.notes))
        cover = QHBoxLayout()
        cover.addWidget(Label(self.tr("Cover"), "small", "text2"))
        self.cover_label = ElidedLabel("", "body", "text2", mode=Qt.TextElideMode.ElideMiddle)
        cover.addWidget(self.cover_label, 1)
        self.cover_button = Button(self.tr("Choose a picture"), "ghost", "picture", small=True)
        self.cover_button.clicked.connect(self._choose_cover)
        self.no_cover_button = Button(self.tr("Without a cover"), "ghost", "close", small=True)
        self.no_cover_button.clicked.connect(lambda: self._set_cover(None, drops=True))
        cover.addWidget(self.cover_button)
        cover.addWidget(self.no_cover_button)
        self.column.addLayout(cover)
        self.clean_box = QCheckBox(self.tr("Take out how it was trained: rates, steps, tags of captions"))
        self.clean_box.toggled.connect(self.changed)
        self.column.addWidget(self.clean_box)

    def wish(self) -> DetailsWish:
        metadata = self._tools.files[0].lora.metadata
        words = EditWish(
            title=_changed(self.title.text, metadata.get("modelspec.title", "")),
            author=_changed(self.author.text, metadata.get("modelspec.author", "")),
            license=_changed(self.license.currentData() or "", metadata.get("modelspec.license", "")),
            trigger=_changed(self.trigger.text, metadata.get("modelspec.trigger_phrase", "")),
            description=_changed(self.notes.toPlainText(), metadata.get("modelspec.description", "")),
            cover_jpeg=b"" if self._drops_cover else None,
            remove_settings=self.clean_box.isChecked(),
        )
        return DetailsWish(words, self._cover)

    def obstacle(self) -> str:
        wish = self.wish()
        if wish.words.title == "":
            return self.tr("Give it a title")
        return self.tr("Nothing is changed yet") if wish == DetailsWish(EditWish()) else ""

    def refresh(self) -> None:
        opened = self._tools.files[0]
        if self._first is opened:
            return
        self._first = opened
        metadata = opened.lora.metadata
        self.title.set_text(metadata.get("modelspec.title", ""))
        self.trigger.set_text(metadata.get("modelspec.trigger_phrase", ""))
        self.author.set_text(metadata.get("modelspec.author", ""))
        self.notes.blockSignals(True)
        self.notes.setPlainText(metadata.get("modelspec.description", ""))
        self.notes.blockSignals(False)
        stated = metadata.get("modelspec.license", "")
        self.license.clear()
        self.license.addItem(self.tr("Not stated"), "")
        for name in dict.fromkeys([*LICENSES, *([stated] if stated else [])]):
            self.license.addItem(name, name)
        self.license.setCurrentIndex(max(0, self.license.findData(stated)))
        self._show_cover()

    def _add_pair(self, left: QWidget, right: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap12)
        row.addWidget(left, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(right, 1, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)

    def _choose_cover(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in sorted(READABLE_SUFFIXES))
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Choose a picture"), "", self.tr("Pictures ({kinds})").format(kinds=kinds)
        )
        if name:
            self._set_cover(Path(name), drops=False)

    def _set_cover(self, cover: Path | None, *, drops: bool) -> None:
        self._cover, self._drops_cover = cover, drops
        if drops:
            self.cover_button.setFocus()  # the other gives way
        self._show_cover()
        self.changed.emit()

    def _show_cover(self) -> None:
        metadata = self._tools.files[0].lora.metadata
        has_one = not self._drops_cover and any(metadata.get(key) for key in COVER_KEYS)
        words = self.tr("As it is in the file") if has_one else self.tr("None")
        self.cover_label.setText(self._cover.name if self._cover is not None else words)
        self.no_cover_button.setVisible(has_one or self._cover is not None)


def _changed(text: str, stated: str) -> str | None:
    """None where a field says what the file says."""
    return None if text.strip() == stated.strip() else text.strip()
