"""The forms of the tools that need base models: baking adapters in, extracting one from two, making one plain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.bases import FoundBase
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights import extract, plain
from lora_studio.weights.extract import ExtractTargets
from ui.models.base_models import examine
from ui.models.engine_words import engine_words
from ui.models.library_tools import AdapterTools
from ui.models.library_tools_bases import (
    MOST_EXTRACTED_RANK,
    BakeWish,
    ExtractWish,
    PlainWish,
    folder_for,
    offered_bases,
    why_not,
)
from ui.models.library_tools_words import kind_word
from ui.models.library_words import base_name, size_word
from ui.pages.library_tool_forms import FilesForm, ToolForm, labelled
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.combo_box import ComboBox
from ui.widgets.labels import Label
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.text_field import NumberField
from ui.work import tasks

USUAL_RANK = 32
MOST_PLAIN_RANK = 1024
LEAST_KEPT_PERCENT, USUAL_KEPT_PERCENT = 50, 99
MOST_REASONS = 4


class BaseChoice(QWidget):
    """One of the base models that the app has found, or a file or folder chosen by hand."""

    changed = Signal()

    def __init__(self, name: str, bases: Sequence[FoundBase]) -> None:
        super().__init__()
        self._bases = list(bases)
        self._family: FamilyId | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.current().sizes.gap4)
        self.box = ComboBox(name)
        self.box.activated.connect(self.changed)
        column.addLayout(labelled(self.box))
        row = QHBoxLayout()
        self.note = Label("", "small", "muted", wrap=True)
        row.addWidget(self.note, 1, Qt.AlignmentFlag.AlignTop)
        self.file_button = Button(self.tr("Choose a file"), "ghost", "file", small=True)
        self.file_button.clicked.connect(self._choose_file)
        self.folder_button = Button(self.tr("Choose a folder"), "ghost", "folder", small=True)
        self.folder_button.clicked.connect(self._choose_folder)
        row.addWidget(self.file_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.folder_button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        self._fill()

    @property
    def base(self) -> FoundBase | None:
        """The chosen one."""
        source = self.box.currentData()
        return next((base for base in self._bases if base.source == source), None)

    def set_family(self, family: FamilyId | None) -> None:
        """Offer only bases of this family; None for any."""
        if family != self._family:
            self._family = family
            self._fill()

    def _fill(self) -> None:
        chosen = self.box.currentData()
        offered, reasons = offered_bases(self._bases, self._family)
        self.box.clear()
        for base in offered:
            self.box.addItem(f"{base_name(base)}  ·  {size_word(base.size_bytes)}", base.source)
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)) if offered else -1)
        self.box.setEnabled(bool(offered))
        more = len(reasons) - MOST_REASONS
        shown = reasons[:MOST_REASONS]
        if more > 0:
            shown.append(self.tr("And %n more.", "", more))
        words = self.tr("Not offered: {reasons}").format(reasons=" ".join(shown)) if shown else ""
        self.note.setText(words if offered else self.tr("No fitting base model was found. {words}").format(words=words))

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.box.accessibleName(), "", self.tr("Models (*.safetensors)"))
        self._examine(name)

    def _choose_folder(self) -> None:
        self._examine(QFileDialog.getExistingDirectory(self, self.box.accessibleName()))

    def _examine(self, name: str) -> None:
        if not name:
            return
        path = Path(name)

        def refuse(error: Exception) -> None:
            if not isinstance(error, StudioError):
                raise error
            self.note.setText(f"{error.title} {engine_words(error.detail)}".strip())

        tasks.run(lambda _: examine(path), self._take, refuse, owner=self)

    def _take(self, found: FoundBase) -> None:
        reason = why_not(found, self._family)
        if reason:
            self.note.setText(reason)
            return
        self._bases = [*(base for base in self._bases if base.source != found.source), found]
        self._fill()
        self.box.setCurrentIndex(self.box.findData(found.source))
        self.changed.emit()


class Amount(QWidget):
    """How many ranks a layer may have, or how much of its change is kept; one of the two is shown."""

    changed = Signal()

    def __init__(self, most_rank: int, way: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.current().sizes.gap12)
        ways = [Segment("rank", self.tr("To a rank")), Segment("keep", self.tr("By what is kept"))]
        self.way = Segmented(ways, self.tr("How near"))
        self.way.set_key(way)
        column.addWidget(self.way)
        self.rank_field = NumberField(
            self.tr("Rank"), USUAL_RANK, 1, most_rank, hint=self.tr("Half the rank makes half the file.")
        )
        self.keep_field = NumberField(
            self.tr("Keep at least"), USUAL_KEPT_PERCENT, LEAST_KEPT_PERCENT, 100, unit="%",
            hint=self.tr("Every layer gets the fewest ranks that keep this much of its change."),
        )  # fmt: skip
        for field in (self.rank_field, self.keep_field):
            field.text_changed.connect(self._edit)
            column.addWidget(field)
        self.way.chosen.connect(self._edit)
        self._show()

    @property
    def rank(self) -> int | None:
        return round(self.rank_field.value) if self.way.key == "rank" else None

    @property
    def keep(self) -> float | None:
        return self.keep_field.value / 100 if self.way.key == "keep" else None

    @property
    def error(self) -> str:
        """What is wrong with the field in view; empty when nothing is."""
        return (self.rank_field if self.way.key == "rank" else self.keep_field).error

    def _edit(self, _: object = None) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.rank_field.setVisible(self.way.key == "rank")
        self.keep_field.setVisible(self.way.key == "keep")


class BakeForm(FilesForm):
    """Which base, and how strongly each adapter is added to it."""

    def __init__(self, tools: AdapterTools, offered: Sequence[Path], bases: Sequence[FoundBase]) -> None:
        explained = _tr("A new base model is written that draws as this one does with the adapters switched on.")
        super().__init__(tools, offered, explained)
        self.base = BaseChoice(self.tr("Base model"), bases)
        self.base.changed.connect(self.changed)
        self.column.addWidget(self.base)

    def wish(self) -> BakeWish:
        return BakeWish(self.base.base, self.weights())

    def obstacle(self) -> str:
        return super().obstacle() or ("" if self.base.base is not None else self.tr("Choose a base model"))

    def refresh(self) -> None:
        self.base.set_family(self._tools.files[0].lora.family)
        super().refresh()

    def folder(self) -> Path | None:
        return folder_for(self.base.base) if self.base.base is not None else None

    def size_bytes(self) -> int | None:
        return self.base.base.size_bytes if self.base.base is not None else None


class ExtractForm(ToolForm):
    """Two bases, which layers, and how near the adapter comes to their difference."""

    def __init__(self, tools: AdapterTools, bases: Sequence[FoundBase]) -> None:
        super().__init__(tools)
        explained = self.tr(
            "What one model has learned beyond the other becomes an adapter, which makes the second draw like the "
            "first as nearly as its ranks allow."
        )
        self.column.addWidget(Label(explained, "body", "text2", wrap=True))
        self.tuned = BaseChoice(self.tr("The model that learned something"), bases)
        self.base = BaseChoice(self.tr("The model it was trained from"), bases)
        for choice in (self.tuned, self.base):
            choice.changed.connect(self.changed)
            self.column.addWidget(choice)
        self.layers = ComboBox(self.tr("Layers"))
        layers: tuple[tuple[ExtractTargets, str], ...] = (
            ("attention", self.tr("Attention: as most adapters have")),
            ("attention_and_feed_forward", self.tr("Attention and feed forward")),
            ("all", self.tr("All, with convolutions: the nearest")),
        )
        for key, words in layers:
            self.layers.addItem(words, key)
        self.layers.activated.connect(self.changed)
        self.text_box = QCheckBox(self.tr("Text encoder too"))
        self.text_box.toggled.connect(self.changed)
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap12)
        row.addLayout(labelled(self.layers), 1)
        row.addWidget(self.text_box, 0, Qt.AlignmentFlag.AlignBottom)
        self.column.addLayout(row)
        self.amount = Amount(MOST_EXTRACTED_RANK, "rank")
        self.amount.changed.connect(self.changed)
        self.column.addWidget(self.amount)

    def wish(self) -> ExtractWish:
        targets: ExtractTargets = self.layers.currentData()
        return ExtractWish(
            self.tuned.base, self.base.base, self.amount.rank, self.amount.keep, targets, self.text_box.isChecked()
        )

    def obstacle(self) -> str:
        tuned, base = self.tuned.base, self.base.base
        if tuned is None or base is None:
            return self.tr("Choose two base models")
        if tuned.source == base.source:
            return self.tr("Choose two different models")
        return self.amount.error

    def refresh(self) -> None:
        tuned = self.tuned.base
        self.base.set_family(tuned.family if tuned is not None else None)
        if self.base.base is not None:
            self._tools.look_at(self.base.base)

    def focus_first(self) -> None:
        self.tuned.box.setFocus()

    def size_bytes(self) -> int | None:
        base = self.base.base
        layers = self._tools.layers.get(base.source) if base is not None else None
        wish = self.wish()
        if layers is None or wish.rank is None:
            return None
        return extract.foresee_bytes(layers, rank=wish.rank, targets=wish.targets, text_encoder=wish.text_encoder)


class PlainForm(ToolForm):
    """How near the plain LoRA comes to an adapter of another kind, and the base that a DoRA needs."""

    def __init__(self, tools: AdapterTools, bases: Sequence[FoundBase]) -> None:
        super().__init__(tools)
        self.explained = Label("", "body", "text2", wrap=True)
        self.column.addWidget(self.explained)
        self.amount = Amount(MOST_PLAIN_RANK, "keep")
        self.amount.changed.connect(self.changed)
        self.column.addWidget(self.amount)
        self.base = BaseChoice(self.tr("The base it was trained on"), bases)
        self.base.changed.connect(self.changed)
        self.column.addWidget(self.base)

    def wish(self) -> PlainWish:
        return PlainWish(self.amount.rank, self.amount.keep, self.base.base)

    def obstacle(self) -> str:
        other = self._tools.other
        if other is not None and other.adapter.needs_base and self.base.base is None:
            return self.tr("Choose the base it was trained on")
        return self.amount.error

    def refresh(self) -> None:
        other = self._tools.other
        if other is None:
            return
        kinds = ", ".join(dict.fromkeys(kind_word(kind) for kind in other.adapter.kinds))
        words = self.tr(
            "This file is not a plain LoRA but: {kinds}. Many programs misread such files, and the other tools need a "
            "plain one. The nearest plain LoRA is made, and how near it came is told."
        )
        sentences = [words.format(kinds=kinds)]
        if other.adapter.needs_base:
            sentences.append(self.tr("What a DoRA changes depends on its base model."))
        if other.adapter.left_out:
            words = self.tr(
                "%n bias(es) or norm(s) will be left out: no LoRA can hold them.", "", len(other.adapter.left_out)
            )
            sentences.append(words)
        self.explained.setText(" ".join(sentences))
        self.base.setVisible(other.adapter.needs_base)
        self.base.set_family(other.adapter.family)

    def focus_first(self) -> None:
        self.amount.way.focus_chosen()

    def size_bytes(self) -> int | None:
        other = self._tools.other
        rank = self.amount.rank
        return plain.foresee_bytes(other.adapter, rank) if other is not None and rank is not None else None


def _tr(text: str) -> str:
    return QCoreApplication.translate("tools", text)
