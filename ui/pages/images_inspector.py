"""The panel beside the grid: crop, caption, checks and choices of the pictures that are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from ui.models.messages import Message, message, message_for
from ui.models.picture_issues import Check, Fix
from ui.models.picture_set import PictureSet, is_open
from ui.models.pictures import PictureRecord
from ui.pages.images_caption import CaptionEditor
from ui.theme import tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.chip import Chip
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label, hairline
from ui.widgets.message_card import MessageCard
from ui.widgets.picture_store import PictureStore
from ui.widgets.picture_view import PictureView
from ui.widgets.text_field import NumberField

FEWEST_TO_COMPARE = 8  # a smaller set is not judged for sharpness
MOST_REPEATS = 999
_CHECK_ICONS = {"unreadable": ("picture_broken", "err")}


class Inspector(QFrame):
    """Shows what `PictureSet` says of the chosen pictures; `fix_wanted` and `leave_out_wanted` tell what is pressed."""

    fix_wanted = Signal(str)  # a Fix
    leave_out_wanted = Signal(bool)
    close_wanted = Signal()
    caption_action = Signal(str)  # of the message about a caption that could not be saved

    def __init__(self, pictures: PictureSet, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(self.tr("Chosen pictures"))
        self._set = pictures
        self._chosen: list[PictureRecord] = []
        self._is_locked = False
        self._failure: MessageCard | None = None
        self._build(store)
        self.caption.captions_typed.connect(pictures.changes.type_captions)
        self.caption.edit_finished.connect(pictures.changes.save)
        pictures.changes.problem_changed.connect(self._show_problem)
        pictures.tags_changed.connect(lambda: self.caption.set_tags(pictures.tags))
        pictures.tokens_changed.connect(lambda: self.caption.set_tokens(pictures.tokens))
        tokens.changed.connect(self._fit)
        self._fit()
        self.show_pictures([])

    def _build(self, store: PictureStore) -> None:
        sizes = tokens.current().sizes
        outer = QVBoxLayout(self)
        outer.setContentsMargins(sizes.gap16, sizes.gap12, sizes.gap8, sizes.gap12)
        outer.setSpacing(sizes.gap8)
        head = QHBoxLayout()
        self.name_label = ElidedLabel("", "section", mode=Qt.TextElideMode.ElideMiddle)
        self.close_button = icon_button("chevron_right", self.tr("Close this panel"))
        self.close_button.clicked.connect(self.close_wanted)
        head.addWidget(self.name_label, 1)
        head.addWidget(self.close_button)
        outer.addLayout(head)
        scroller = QScrollArea(self)
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        contents = QWidget(scroller)
        contents.setProperty("scrolled", True)
        self._column = QVBoxLayout(contents)
        self._column.setContentsMargins(2, 2, sizes.gap8, 2)
        self._column.setSpacing(sizes.gap12)
        scroller.setWidget(contents)
        outer.addWidget(scroller, 1)
        self.preview = PictureView(store)
        self.preview.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.size_label = Label("", "small", "text2", wrap=True)
        self.note_label = Label("", "body", "muted", wrap=True)
        self.caption = CaptionEditor()
        self._problem_place = QVBoxLayout()
        self._checks = QWidget()
        self._check_rows = QVBoxLayout(self._checks)
        self._check_rows.setContentsMargins(0, 0, 0, 0)
        self._check_rows.setSpacing(sizes.gap8)
        self._lines = [hairline(), hairline()]
        for item in (self.preview, self.size_label, self.note_label, self._lines[0], self.caption):
            self._column.addWidget(item)
        self._column.addLayout(self._problem_place)
        self._column.addWidget(self._lines[1])
        self._column.addWidget(self._checks)
        self._column.addStretch(1)
        self._column.addWidget(self._build_footer())

    def _build_footer(self) -> QWidget:
        sizes = tokens.current().sizes
        self._footer = QWidget(self)
        column = QVBoxLayout(self._footer)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap8)
        column.addWidget(hairline())
        self._repeats_row = QWidget(self._footer)
        line = QHBoxLayout(self._repeats_row)
        line.setContentsMargins(0, 0, 0, 0)
        self.repeats_field = NumberField(
            self.tr("How often it is shown in an epoch"), 1, 1, MOST_REPEATS, unit=self.tr("times"), shows_label=False
        )
        self.repeats_field.edit.setFixedWidth(tokens.current().scaled(56))
        self.repeats_field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.repeats_field.value_changed.connect(lambda value: self._set.set_repeats(self._chosen, int(value)))
        line.addWidget(Label(self.tr("Shown in an epoch"), "body", "muted", wrap=True), 1)
        line.addWidget(self.repeats_field)
        column.addWidget(self._repeats_row)
        self.leave_out_button = Button(self.tr("Leave out"), "secondary", "eye_off")
        self.leave_out_button.clicked.connect(lambda: self.leave_out_wanted.emit(not self._all_left_out()))
        column.addWidget(self.leave_out_button)
        return self._footer

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def show_pictures(self, chosen: Sequence[PictureRecord]) -> None:
        """Show these; an earlier caption under way is kept by the set."""
        self._chosen = list(chosen)
        one = chosen[0] if len(chosen) == 1 else None
        self.name_label.setText(self._heading())
        self._footer.setVisible(bool(chosen))
        for widget in (self.caption, self._lines[0], self._repeats_row):
            widget.setVisible(self.shows_caption)
        self._show_note()
        self._show_preview(one)
        self.show_captions()
        self._show_checks(one)
        self._show_choices()

    @property
    def shows_caption(self) -> bool:
        """Whether any of the chosen pictures can be trained on, and so has a caption."""
        return any("unreadable" not in record.issues for record in self._chosen)

    def show_captions(self) -> None:
        """Show the captions as they are now, drafts first."""
        texts = {record.path: self._set.caption(record) for record in self._chosen}
        self.caption.show_captions(texts, self._set.trigger)
        is_known = all(map(self._set.is_caption_known, self._chosen))
        self.caption.set_editable(is_known and not self._is_locked)

    def set_locked(self, is_locked: bool) -> None:
        """Locked, everything can be read and nothing changed."""
        self._is_locked = is_locked
        self.show_captions()
        self._show_choices()

    def _heading(self) -> str:
        if not self._chosen:
            return self.tr("No picture chosen")
        if len(self._chosen) == 1:
            return self._chosen[0].name
        return self.tr("%n picture(s) chosen", "", len(self._chosen))

    def _show_note(self) -> None:
        note = ""
        if not self._chosen:
            note = self.tr("Choose a picture to see its crop, caption and checks.")
        elif len(self._chosen) > 1:
            open_count = sum(map(is_open, self._chosen))
            note = self.tr("%n (needs|need) a look.", "", open_count) if open_count else ""
        self.note_label.setText(note)
        self.note_label.setVisible(bool(note))

    def _show_preview(self, one: PictureRecord | None) -> None:
        self.preview.setVisible(one is not None)
        self.size_label.setVisible(one is not None and bool(one.width_px))
        if one is None:
            self.preview.show_picture(None)
            return
        size = (one.width_px, one.height_px) if one.width_px else None
        placement = one.placement if not one.left_out else None
        self.preview.show_picture(one.path, one.version, placement, size)
        self.size_label.setText(self._sizes(one))

    def _sizes(self, record: PictureRecord) -> str:
        own = _size_words(record.width_px, record.height_px)
        if record.placement is None or record.training_size is None or record.left_out:
            return own
        share = record.placement.trimmed_share
        words = self.tr("{own}  →  {trained}, {share} % trimmed")
        if share < 0.005:
            words = self.tr("{own}  →  {trained}, nothing trimmed")
        trimmed = QLocale().toString(share * 100, "f", 0)
        return words.format(own=own, trained=_size_words(*record.training_size), share=trimmed)

    def _show_checks(self, one: PictureRecord | None) -> None:
        while (item := self._check_rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._checks.setVisible(one is not None)
        self._lines[1].setVisible(one is not None)
        if one is None:
            return
        self._check_rows.addWidget(Label(self.tr("Checks"), "section"))
        checks = self._set.checks(one)
        for check in checks:
            self._check_rows.addWidget(self._check_row(check))
        passed = self._passed(one)
        if passed:
            self._check_rows.addWidget(_chip_row(passed))
        elif not checks:
            self._check_rows.addWidget(Label(self.tr("Not looked at yet."), "small", "muted"))

    def _check_row(self, check: Check) -> QWidget:
        row = QWidget(self._checks)
        sizes = tokens.current().sizes
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(sizes.gap8)
        name, token = ("info", "text2") if check.issue is None else _CHECK_ICONS.get(check.issue, ("warning", "warn"))
        icon = ("check", "muted") if check.is_settled else (name, token)
        layout.addWidget(IconLabel(*icon, 16), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(sizes.gap4)
        words.addWidget(Label(check.sentence, "body", "muted" if check.is_settled else "text2", wrap=True))
        fixes = [fix for fix in check.fixes if not (check.is_settled and fix == "keep") and fix not in _FOOTER_FIXES]
        if fixes and not self._is_locked:
            holder = QWidget(row)
            flow = FlowLayout(holder, sizes.gap8)
            for fix in fixes:
                button = Button(fix_words(fix), "secondary", small=True)
                button.clicked.connect(lambda _checked=False, fix=fix: self.fix_wanted.emit(fix))
                flow.addWidget(button)
            words.addWidget(holder)
        layout.addLayout(words, 1)
        return row

    def _passed(self, record: PictureRecord) -> list[str]:
        """What was looked at and found good, in a word each."""
        if not record.width_px:
            return []
        issues = {check.issue for check in self._set.checks(record)}
        compared = self._set.counts["all"] >= FEWEST_TO_COMPARE
        return [
            words
            for words, is_good in (
                (self.tr("Sharp"), compared and "blurry" not in issues),
                (self.tr("Large enough"), record.placement is not None and "too_small" not in issues),
                (self.tr("Unique"), "duplicate" not in issues),
            )
            if is_good
        ]

    def _show_choices(self) -> None:
        if not self._chosen:
            return
        repeats = {self._set.repeats(record) for record in self._chosen}
        self.repeats_field.set_value(min(repeats))
        self.repeats_field.setEnabled(not self._is_locked and not self._all_left_out())
        is_out = self._all_left_out()
        self.leave_out_button.setText(self.tr("Take back in") if is_out else self.tr("Leave out"))
        self.leave_out_button.set_icon_name("eye" if is_out else "eye_off")
        self.leave_out_button.setEnabled(not self._is_locked)

    def _all_left_out(self) -> bool:
        return all(record.left_out for record in self._chosen)

    def _show_problem(self) -> None:
        if self._failure is not None:
            self._failure.hide()
            self._failure.deleteLater()
            self._failure = None
        problem = self._set.changes.problem
        if problem is not None:
            self._failure = MessageCard(self._problem_message(problem))
            self._failure.action_chosen.connect(self.caption_action)
            self._problem_place.addWidget(self._failure)
            self._failure.banner.speak()

    def _problem_message(self, problem: StudioError) -> Message:
        if problem.code in _OWN_WORDS:
            return message_for(problem)
        paths = self._set.changes.failed_paths
        return replace(message("E24", name=paths[0].name if paths else ""), details=str(problem))

    def _fit(self) -> None:
        current = tokens.current()
        self.setFixedWidth(round(300 * (1 + (current.text_scale - 1) * 0.6)))
        self.preview.setFixedHeight(current.scaled(176))


_OWN_WORDS = frozenset({"caption_changed_outside", "caption_too_long"})
_FOOTER_FIXES: frozenset[Fix] = frozenset({"leave_out", "take_in"})  # the button below does these


def fix_words(fix: Fix) -> str:
    """A way to mend something, as its button says it."""
    match fix:
        case "write":
            return _tr("Write one")
        case "keep":
            return _tr("Keep")
        case "leave_out":
            return _tr("Leave out")
        case "take_in":
            return _tr("Take back in")
        case "show_twins":
            return _tr("Show both")
        case "show_crop":
            return _tr("Show the crop")
        case "train_smaller":
            return _tr("Train smaller")
        case "show_in_folder":
            return _tr("Show in folder")
        case "make_smaller":
            return _tr("Shrink a copy")


def _size_words(width: int, height: int) -> str:
    return f"{width} × {height}"


def _chip_row(words: Sequence[str]) -> QWidget:
    holder = QWidget()
    flow = FlowLayout(holder, tokens.current().sizes.gap8)
    for word in words:
        flow.addWidget(Chip(word, "ok"))
    return holder


def _tr(text: str) -> str:
    return QCoreApplication.translate("images_inspector", text)
