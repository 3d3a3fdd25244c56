"""What to do when no epoch looks right: four things that are seen, each with its way out."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.labels import Label, hairline
from ui.widgets.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Advice:
    """What somebody sees, what it means, and one thing to do about it."""

    seen: str
    meaning: str
    words: str
    way: str  # what `AdviceSheet.way_chosen` tells


class AdviceSheet(Sheet):
    """Goes with the first way that is chosen."""

    way_chosen = Signal(str)  # "longer", "strengths", "images" or "recipe"

    def __init__(self, area: QWidget, *, longer_words: str) -> None:
        """`longer_words` is empty where the run cannot go on."""
        super().__init__(area, _tr("What do you see?"), _tr("None of it touches what was trained."))
        for place, advice in enumerate(_advice(longer_words)):
            if place:
                self.body.addWidget(hairline())
            self.body.addLayout(self._row(advice))
        self.body.addStretch(1)

    def _row(self, advice: Advice) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap16)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(advice.seen, "strong", wrap=True))
        words.addWidget(Label(advice.meaning, "body", "text2", wrap=True))
        row.addLayout(words, 1)
        button = Button(advice.words, "secondary", small=True)
        button.clicked.connect(lambda: self._choose(advice.way))
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return row

    def _choose(self, way: str) -> None:
        self.close_sheet()
        self.way_chosen.emit(way)


def _advice(longer_words: str) -> list[Advice]:
    weak = _tr("The adapter has learned too little so far. More epochs make it stronger; those you have stay.")
    weak_again = _tr("The adapter has learned too little. Set Recipe to be more thorough and train once more.")
    return [
        Advice(
            _tr("Even the last epoch looks almost like the base model"),
            weak if longer_words else weak_again,
            longer_words or _tr("Go to Recipe"),
            "longer" if longer_words else "recipe",
        ),
        Advice(
            _tr("Late epochs are harsh, muddy, or copies of your pictures"),
            _tr("It has learned too much. Pick an earlier epoch, or use this one at less strength."),
            _tr("See strengths"),
            "strengths",
        ),
        Advice(
            _tr("Something unwanted comes along, such as a background or a pose"),
            _tr("It is in many of your pictures and not in their captions. Write it there, or leave such pictures out; "
                "then train again."),
            _tr("Go to Images"),
            "images",
        ),
        Advice(
            _tr("It is right in some pictures and wrong in others"),
            _tr("Your pictures differ too much, or are too few. Add some that show what is missing. Another base model "
                "may know the subject better."),
            _tr("Go to Recipe"),
            "recipe",
        ),
    ]  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("compare_advice", text)
