"""The card of the Export page that lists what others will read in the file, and lets it be trimmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.weights.publishing import GROUP_TITLES, Group, PublishedLine, shown_text
from ui.models.engine_words import engine_words
from ui.theme import tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.card import CollapsibleCard
from ui.widgets.labels import ElidedLabel

MOST_VALUES, MOST_LETTERS = 4, 48  # of a group that are shown in one line


class GroupRow(QWidget):
    """One group: a box for all of it, its lines in one, and below them, unfolded, a box for each."""

    toggled = Signal(dict)  # key -> whether it is written

    def __init__(self, group: Group, lines: Sequence[PublishedLine], parent: QWidget) -> None:
        super().__init__(parent)
        self.keys = tuple(line.key for line in lines)
        gap = tokens.current().sizes.gap8
        title = engine_words(GROUP_TITLES[group])
        self.box = QCheckBox(title)
        self.box.setEnabled(group != "needed")
        self.box.clicked.connect(lambda: self.toggled.emit(dict.fromkeys(self.keys, not self._is_whole)))
        self.summary = ElidedLabel("", "small", "muted")
        self.fold: Button = icon_button("chevron_right", self.tr("Lines of {group}").format(group=title))
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._unfold)
        head = QHBoxLayout()
        head.setSpacing(gap)
        head.addWidget(self.box)
        head.addWidget(self.summary, 1)
        head.addWidget(self.fold)
        self._lines = QWidget(self)
        grid = QGridLayout(self._lines)
        grid.setContentsMargins(tokens.current().scaled(30), 0, 0, gap)
        grid.setHorizontalSpacing(gap)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        self.boxes: dict[str, QCheckBox] = {}
        self._values: dict[str, ElidedLabel] = {}
        for place, line in enumerate(lines):
            box = self.boxes[line.key] = QCheckBox(engine_words(line.title))
            box.setEnabled(line.can_leave_out)
            box.clicked.connect(lambda is_on, key=line.key: self.toggled.emit({key: is_on}))
            value = self._values[line.key] = ElidedLabel("", "small", "text2")
            grid.addWidget(box, place, 0)
            grid.addWidget(value, place, 1)
        self._lines.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._lines)

    @property
    def _is_whole(self) -> bool:
        return all(box.isChecked() for box in self.boxes.values())

    def show_lines(self, lines: Sequence[PublishedLine], left_out: frozenset[str]) -> None:
        """Show what these lines say now; they have the keys that the row was made for."""
        for line in lines:
            self.boxes[line.key].setChecked(line.key not in left_out)
            self._values[line.key].setText(engine_words(shown_text(line)))
        written = [line for line in lines if line.key not in left_out]
        values = dict.fromkeys(engine_words(shown_text(line)) for line in written)
        summary = "  ·  ".join(values)
        is_short = len(written) <= MOST_VALUES and len(summary) <= MOST_LETTERS
        self.summary.setText(summary if is_short else self.tr("%n line(s)", "", len(written)))
        states = Qt.CheckState
        some = states.PartiallyChecked if written else states.Unchecked
        self.box.setCheckState(states.Checked if self._is_whole else some)

    def _unfold(self, is_open: bool) -> None:
        self.fold.set_icon_name("chevron_down" if is_open else "chevron_right")
        self._lines.setVisible(is_open)


class PublishedCard(CollapsibleCard):
    """Everything the file will say, by groups; what is not ticked is left out."""

    left_out_changed = Signal(frozenset)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What others will see"), parent=parent)
        self._shown: tuple[tuple[PublishedLine, ...], frozenset[str]] = ((), frozenset())
        self.rows: dict[Group, GroupRow] = {}
        self.body.setSpacing(0)
        self.toggled.connect(lambda is_open: self._show_rows() if is_open else None)

    def show_lines(self, lines: tuple[PublishedLine, ...], left_out: frozenset[str]) -> None:
        """Show what could be written and what of it is left out; rows are made once the card is open."""
        if (lines, left_out) == self._shown:
            return
        self._shown = (lines, left_out)
        written = sum(line.key not in left_out for line in lines)
        gone = len(lines) - written
        words = [self.tr("%n line(s)", "", written), *([self.tr("%n left out", "", gone)] if gone else [])]
        self.set_note(", ".join(words) if lines else "")
        if self.is_open:
            self._show_rows()

    def _show_rows(self) -> None:
        lines, left_out = self._shown
        groups = {group: tuple(members) for group, members in groupby(lines, lambda line: line.group)}
        for group in GROUP_TITLES:
            members = groups.get(group, ())
            row = self.rows.get(group)
            if row is not None and row.keys != tuple(line.key for line in members):
                self._drop(group, row)
                row = None
            if not members:
                continue
            if row is None:
                row = self.rows[group] = GroupRow(group, members, self.contents)
                row.toggled.connect(self._take)
                place = sum(other in self.rows for other in list(GROUP_TITLES)[: list(GROUP_TITLES).index(group)])
                self.body.insertWidget(place, row)
            row.show_lines(members, left_out)

    def _drop(self, group: Group, row: GroupRow) -> None:
        del self.rows[group]
        self.body.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _take(self, choices: Mapping[str, bool]) -> None:
        _, left_out = self._shown
        gone = frozenset(key for key, is_written in choices.items() if not is_written)
        self.left_out_changed.emit((left_out - choices.keys()) | gone)
