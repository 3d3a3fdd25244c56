"""The card of the Export page with what most people never need: precision, strength, a second file, tags."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from lora_studio.weights.writing import ExportDtype
from ui.theme import tokens
from ui.widgets.card import CollapsibleCard
from ui.widgets.combo_box import ComboBox
from ui.widgets.labels import Label

DTYPES: tuple[ExportDtype, ...] = ("fp16", "bf16", "fp32")


class MoreCard(CollapsibleCard):
    """How the file is written; folded, its title says what was chosen."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("More"), parent=parent)
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap12)
        row.addWidget(Label(self.tr("Precision"), "small", "text2"))
        self.precision = ComboBox(self.tr("Precision"))
        self.precision.addItems(
            [
                self.tr("fp16: loads everywhere"),
                self.tr("bf16: same size, wider range"),
                self.tr("fp32: exact, twice the size"),
            ]
        )
        self.precision.activated.connect(self._tell)
        row.addWidget(self.precision)
        row.addStretch(1)
        self.body.addLayout(row)
        self.folds = QCheckBox("")
        self.folds.toggled.connect(self._tell)
        self.body.addWidget(self.folds)
        self.diffusers = QCheckBox("")
        self.diffusers.toggled.connect(self._tell)
        self.body.addWidget(self.diffusers, 0, Qt.AlignmentFlag.AlignLeft)
        self.tags = QCheckBox(self.tr("Write the tags of your captions into the file, for others to read"))
        self.tags.toggled.connect(self._tell)
        self.body.addWidget(self.tags, 0, Qt.AlignmentFlag.AlignLeft)
        self.set_dtype("fp16")
        self.set_strength(None)
        self.offer_diffusers(True)

    @property
    def dtype(self) -> ExportDtype:
        return DTYPES[self.precision.currentIndex()]

    def set_dtype(self, dtype: ExportDtype) -> None:
        """Choose a precision in the person's place; `edited` is not told."""
        self.precision.setCurrentIndex(DTYPES.index(dtype))
        self._show_note()

    @property
    def folds_strength(self) -> bool:
        return self.folds.isChecked() and not self.folds.isHidden()

    def set_strength(self, strength: float | None) -> None:
        """The strength that was picked; None, 1 and what cannot be folded in hide the choice."""
        can_fold = strength is not None and strength > 0 and strength != 1
        self.folds.setVisible(can_fold)
        if can_fold and strength is not None:
            words = self.tr("Make 1.0 mean the strength you picked ({strength})")
            self.folds.setText(words.format(strength=QLocale().toString(strength, "f", 1)))
        self._show_note()

    def offer_diffusers(self, is_plain: bool) -> None:
        """Whether the adapter is of the one kind that diffusers reads."""
        also = self.tr("Also save it for diffusers, as a second file")
        no = self.tr("No file for diffusers: it reads plain LoRA only")
        self.diffusers.setText(also if is_plain else no)
        self.diffusers.setEnabled(is_plain)
        self.diffusers.setChecked(self.diffusers.isChecked() and is_plain)

    def _tell(self) -> None:
        self._show_note()
        self.edited.emit()

    def _show_note(self) -> None:
        chosen: list[str] = [self.dtype]
        if self.folds_strength:
            chosen.append(self.tr("strength folded in"))
        if self.diffusers.isChecked():
            chosen.append(self.tr("second file for diffusers"))
        if self.tags.isChecked():
            chosen.append(self.tr("with tags"))
        self.set_note(", ".join(chosen))
