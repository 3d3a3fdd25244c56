"""The list at the left of the pictures: what to show, what needs a look, and the tags in use."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.models.picture_set import PictureSet
from ui.theme import tokens
from ui.widgets.filter_row import FilterRow
from ui.widgets.labels import Label, Tone, as_tooltip

MOST_TAGS = 16


class _Column(QWidget):
    """Rows at their full height: the area scrolls rather than squeeze them."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())


class FilterRail(QScrollArea):
    """Follows a `PictureSet`: counts, and which row is chosen; a press narrows it."""

    chosen = Signal(str, str)  # filter, tag

    def __init__(self, pictures: PictureSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._set = pictures
        self.rows: dict[str, FilterRow] = {}
        self.tag_rows: dict[str, FilterRow] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Show"))
        contents = _Column(self)
        contents.setProperty("scrolled", True)
        self._column = QVBoxLayout(contents)
        self._column.setContentsMargins(3, 3, tokens.current().sizes.gap8, 3)
        self._column.setSpacing(1)
        self._build()
        self.setWidget(contents)
        pictures.changed.connect(self._show_counts)
        pictures.tags_changed.connect(self._show_tags)
        pictures.narrowed.connect(self._show_chosen)
        tokens.changed.connect(self._fit)
        self._fit()
        self._show_counts()
        self._show_chosen()

    def _build(self) -> None:
        self._add_heading(self.tr("Show"))
        self._add("all", self.tr("All pictures"), "images", "text2")
        self._add("ready", self.tr("Ready"), "check_circle", "ok")
        self._add("left_out", self.tr("Left out"), "eye_off", "text2")
        self._add("added", self.tr("Just added"), "plus", "accent")
        self._add("from_recipe", self.tr("From Recipe"), "recipe", "accent")
        self._column.addSpacing(tokens.current().sizes.gap12)
        self._add_heading(self.tr("Needs a look"))
        self._add("no_caption", self.tr("No caption"), "text", "warn")
        self._add("duplicate", self.tr("Duplicates"), "duplicate", "warn")
        self._add("too_small", self.tr("Too small"), "expand", "warn")
        self._add("unreadable", self.tr("Cannot be opened"), "picture_broken", "err")
        self._add("extreme_shape", self.tr("Extreme shape"), "shape", "warn")
        self._add("blurry", self.tr("Blurry"), "blur", "warn")
        self._add("noted", self.tr("Also noted"), "info", "text2")
        self._column.addSpacing(tokens.current().sizes.gap12)
        self._tag_heading = self._add_heading(self.tr("Tags in use"))
        self._tag_heading.hide()
        self._first_tag_place = self._column.count()
        self._column.addStretch(1)

    def _add_heading(self, words: str) -> Label:
        label = Label(words, "small", "muted")
        label.setContentsMargins(2, 0, 0, 4)
        self._column.addWidget(label)
        return label

    def _add(self, name: str, label: str, icon: str, tone: Tone) -> None:
        row = FilterRow(label, icon, tone)
        row.setToolTip(label)
        row.clicked.connect(lambda: self.chosen.emit(name, ""))
        self.rows[name] = row
        self._column.addWidget(row)

    def _show_counts(self) -> None:
        for name, row in self.rows.items():
            row.set_count(self._set.counts[name])
        for name in ("left_out", "added", "from_recipe"):
            self.rows[name].setVisible(bool(self._set.counts[name]) or self._set.filter == name)

    def _show_tags(self) -> None:
        commonest = sorted(self._set.tags.items(), key=lambda item: (-item[1], item[0]))[:MOST_TAGS]
        if self._set.tag and self._set.tag not in dict(commonest):
            commonest.append((self._set.tag, self._set.tags[self._set.tag]))
        if list(self.tag_rows) != [tag for tag, _ in commonest]:
            self._make_tag_rows([tag for tag, _ in commonest])
        for tag, count in commonest:
            self.tag_rows[tag].set_count(count)
        self._tag_heading.setVisible(bool(commonest))
        self._show_chosen()

    def _make_tag_rows(self, tags: list[str]) -> None:
        for row in self.tag_rows.values():
            self._column.removeWidget(row)
            row.deleteLater()
        self.tag_rows = {}
        for place, tag in enumerate(tags):
            row = FilterRow(tag, "tag", "text2")
            row.setToolTip(as_tooltip(tag))
            row.clicked.connect(lambda _checked=False, tag=tag: self.chosen.emit("all", tag))
            self._column.insertWidget(self._first_tag_place + place, row)
            self.tag_rows[tag] = row

    def _show_chosen(self) -> None:
        tag_row = self.tag_rows.get(self._set.tag)
        row = self.rows.get(self._set.filter) if not self._set.tag else tag_row
        if row is not None:
            row.show()
            row.setChecked(True)

    def _fit(self) -> None:
        # Counts and words share a row: full growth would starve the grid.
        self.setFixedWidth(round(216 * (1 + (tokens.current().text_scale - 1) * 0.34)))
