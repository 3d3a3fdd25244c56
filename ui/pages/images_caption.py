"""The caption of the chosen pictures, as tags or as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from lora_studio.dataset.captions import join_lines, prepare_caption
from ui.models import shortcuts
from ui.models.caption_tags import suggested, tags_of, with_tag, without_tag
from ui.models.caption_tokens import CaptionTokens
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.chip import TagChip
from ui.widgets.filter_row import FilterRow
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.labels import Label, as_tooltip

Mode = Literal["tags", "text"]
MOST_SUGGESTIONS = 4
MOST_CHIPS = 60


@dataclass(frozen=True, slots=True)
class _ChipFacts:
    """What a chip shows; the trigger word's has no count."""

    tag: str
    count: int | None
    total: int
    is_editable: bool


class CaptionEditor(QWidget):
    """Shows the captions of one or more pictures and tells what they become; it keeps nothing on disk.

    What all of them have in common is shown solid, tags of only some of them hollow.
    """

    captions_typed = Signal(object)  # path to text
    edit_finished = Signal()  # the focus left
    tag_typed = Signal(str)  # what stands in the tag field now and is no tag yet

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode: Mode = "text"
        self.mode_was_chosen = False
        self._texts: dict[Path, str] = {}
        self._trigger = ""
        self._tags: Counter[str] = Counter()
        self._tokens: CaptionTokens | None = None
        self._is_editable = True
        self._shown_facts: list[_ChipFacts] = []
        self._shown_chips: list[TagChip] = []
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(sizes.gap8)
        head = QHBoxLayout()
        head.setSpacing(sizes.gap8)
        head.addWidget(Label(self.tr("Caption"), "section"))
        head.addStretch(1)
        self.count_label = Label("", "small", "muted", wrap=True, tabular=True)
        self.mode_button = Button("", "ghost", small=True)
        self.mode_button.clicked.connect(self.toggle_mode)
        head.addWidget(self.mode_button)
        layout.addLayout(head)
        self._chips = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._chips.setSizePolicy(policy)
        self._flow = FlowLayout(self._chips, sizes.gap8)
        self.tag_edit = _TagEdit(self)
        self.tag_edit.setPlaceholderText(self.tr("Add a tag"))
        self.tag_edit.setAccessibleName(self.tr("Add a tag"))
        self.suggestions = _Suggestions(self)
        self.text_edit = _TextEdit(self)
        self.text_edit.setAccessibleName(self.tr("Caption"))
        self.hint_label = Label("", "small", "muted", wrap=True)
        for widget in (self._chips, self.tag_edit, self.suggestions, self.text_edit, self.count_label, self.hint_label):
            layout.addWidget(widget)
        self.tag_edit.textEdited.connect(self._suggest)
        self.tag_edit.textChanged.connect(self.tag_typed)
        self.tag_edit.entered.connect(self._add_typed)
        self.tag_edit.highlight_moved.connect(self.suggestions.move_highlight)
        self.tag_edit.closed.connect(self._suggest)
        self.suggestions.chosen.connect(self._enter_tags)
        self.text_edit.textChanged.connect(self._take_text)
        for edit in (self.tag_edit, self.text_edit):
            edit.installEventFilter(self)
        self._show_mode()

    def show_captions(self, texts: Mapping[Path, str], trigger: str) -> None:
        """Show captions that came from elsewhere; what reads the same keeps its cursor."""
        is_other = set(texts) != set(self._texts)
        same = not is_other and all(join_lines(text) == join_lines(self._texts[path]) for path, text in texts.items())
        if same and any("\n" in text for text in texts.values()) == any("\n" in t for t in self._texts.values()):
            trigger_changed, self._trigger = trigger != self._trigger, trigger
            if trigger_changed:
                self._show_mode()
            return
        self._texts, self._trigger = dict(texts), trigger
        if is_other:
            self.tag_edit.clear()
        self._show_mode()
        self._show_text()

    def set_tags(self, tags: Counter[str]) -> None:
        """The tags of the whole set, to suggest from."""
        self._tags = tags

    def set_tokens(self, counter: CaptionTokens | None) -> None:
        self._tokens = counter
        self._show_count()

    def set_mode(self, mode: Mode) -> None:
        self.mode = mode
        self._show_mode()
        self._show_text()

    def toggle_mode(self) -> None:
        """Between tags and text, as the person wants it."""
        if not self.mode_button.isEnabled():
            return
        self.mode_was_chosen = True
        self.set_mode("tags" if self.shown_mode == "text" else "text")
        self.start_typing("")

    def set_editable(self, is_editable: bool) -> None:
        if is_editable == self._is_editable:
            return
        self.take_typed()
        self._is_editable = is_editable
        self.text_edit.setReadOnly(not is_editable)
        self.tag_edit.setEnabled(is_editable)
        self._show_chips()

    @property
    def shown_mode(self) -> Mode:
        """Captions that differ are shown as tags whatever was chosen, lines as text."""
        if len(set(self._texts.values())) > 1:
            return "tags"
        return "text" if any("\n" in text for text in self._texts.values()) else self.mode

    def start_typing(self, typed: str) -> None:
        """Put the keyboard into the caption, with what was typed elsewhere already."""
        typed = typed if self._is_editable else ""
        if self.shown_mode == "tags":
            self.tag_edit.setFocus(Qt.FocusReason.OtherFocusReason)
            self.tag_edit.insert(typed)
            self._suggest()
        else:
            self.text_edit.setFocus(Qt.FocusReason.OtherFocusReason)
            cursor = self.text_edit.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(typed)
            self.text_edit.setTextCursor(cursor)

    def take_typed(self) -> None:
        """Make tags of what stands in the tag field, as Enter would; the keyboard stays where it is."""
        tags = tags_of(self.tag_edit.text())
        if tags and self._is_editable:
            self.tag_edit.clear()
            self._add_tags(tags)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # A menu of the field itself, to paste for example, leaves what is typed as it is.
            if watched is self.tag_edit and event.reason() != Qt.FocusReason.PopupFocusReason:
                self.take_typed()
            self.edit_finished.emit()
        return super().eventFilter(watched, event)

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _show_mode(self) -> None:
        is_tags = self.shown_mode == "tags"
        differ = len(set(self._texts.values())) > 1
        has_lines = any("\n" in text for text in self._texts.values())
        for widget in (self._chips, self.tag_edit):
            widget.setVisible(is_tags)
        self.text_edit.setVisible(not is_tags)
        self.mode_button.setText(self.tr("As text") if is_tags else self.tr("As tags"))
        self.mode_button.setVisible(bool(self._texts))
        if differ:
            self.mode_button.block(self.tr("These captions differ, so only tags can be changed together."))
        elif has_lines:
            self.mode_button.block(self.tr("This caption has several lines, which tags would lose."))
        else:
            self.mode_button.unblock()
            words = self.tr("Show the caption as tags or as text ({keys})")
            self.mode_button.setToolTip(as_tooltip(words.format(keys=shortcuts.key_words("caption_mode"))))
        self._suggest()
        self._show_chips()
        self._show_hint(is_tags, differ)
        self._show_count()

    def _show_hint(self, is_tags: bool, differ: bool) -> None:
        hint = ""
        if differ:
            hint = self.tr("Hollow tags are in only some of them. Press Enter on one to give it to all.")
        elif not is_tags and self._trigger:
            hint = self.tr("{word} is put in front for training.").format(word=self._trigger)
        self.hint_label.setText(hint)
        self.hint_label.setVisible(bool(hint))

    def _show_text(self) -> None:
        text = next(iter(self._texts.values()), "") if len(set(self._texts.values())) == 1 else ""
        if self.text_edit.toPlainText() != text:
            self.text_edit.blockSignals(True)
            self.text_edit.setPlainText(text)
            self.text_edit.blockSignals(False)

    def _show_chips(self) -> None:
        """The first ones that stay as they are keep their chips: the mouse may be pressing one of them."""
        wanted = self._chip_facts()
        pairs = zip(wanted, self._shown_facts, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        had_focus = self.focusWidget() in self._shown_chips[same:]
        self._flow.clear(same)
        added = [self._chip(facts) for facts in wanted[same:]]
        for chip in added:
            self._flow.addWidget(chip)
            chip.show()
        self._shown_facts, self._shown_chips = wanted, [*self._shown_chips[:same], *added]
        self._chips.updateGeometry()
        if had_focus:
            self.tag_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _chip_facts(self) -> list[_ChipFacts]:
        if self.shown_mode != "tags" or not self._texts:
            return []
        total, is_editable = len(self._texts), self._is_editable
        counted = list(self._counted().items())[:MOST_CHIPS]
        tags = [_ChipFacts(tag, count, total, is_editable) for tag, count in counted]
        return [_ChipFacts(self._trigger, None, total, is_editable), *tags] if self._trigger else tags

    def _chip(self, facts: _ChipFacts) -> TagChip:
        tag, count = facts.tag, facts.count
        if count is None:
            chip = TagChip(tag, locked=True, parent=self._chips)
            chip.setToolTip(as_tooltip(self.tr("The trigger word. Training puts it in front of every caption.")))
            return chip
        is_partial = count < facts.total
        chip = TagChip(tag, partial=is_partial, parent=self._chips)
        chip.setEnabled(facts.is_editable)
        chip.removed.connect(lambda: self._remove_tag(tag))
        if is_partial:
            words = self.tr("In {count} of {total}").format(count=count, total=facts.total)
            chip.setToolTip(as_tooltip(words))
            chip.setAccessibleDescription(words)
            chip.clicked.connect(lambda: self._give_to_all(tag))
        return chip

    def _counted(self) -> Counter[str]:
        trigger = self._trigger.casefold()
        every = (tag for text in self._texts.values() for tag in tags_of(text))
        counted = Counter(tag for tag in every if tag.casefold() != trigger)
        return counted if len(self._texts) == 1 else Counter(dict(counted.most_common()))

    def _show_count(self) -> None:
        text = next(iter(self._texts.values()), "")
        if len(self._texts) != 1:
            self.count_label.setText("")
            return
        trained = prepare_caption(join_lines(text), self._trigger)
        if self._tokens is None:
            self.count_label.setText(self.tr("%n word(s)", "", len(trained.split())))
            self.count_label.set_tone("muted")
            self.count_label.setToolTip("")
            return
        count, limit = self._tokens.count(trained), self._tokens.limit
        words = self.tr("{count} of %n token(s)", "", limit).format(count=count)
        self.count_label.setText(words)
        self.count_label.set_tone("warn" if count > limit else "muted")
        told = self.tr("Counted as your base model reads it, the trigger word included.")
        over = self.tr("The base model reads %n token(s). The end of this caption is ignored.", "", limit)
        self.count_label.setToolTip(as_tooltip(over if count > limit else told))

    # ── Changing ──────────────────────────────────────────────────────────────────────────────────────────

    def _take_text(self) -> None:
        text = self.text_edit.toPlainText()
        self._change(dict.fromkeys(self._texts, text))

    def _suggest(self) -> None:
        typed = self.tag_edit.text() if self.shown_mode == "tags" else ""
        self.suggestions.show_tags(suggested(typed, self._tags, self._common(), MOST_SUGGESTIONS))
        self.tag_edit.has_suggestions = self.suggestions.isVisibleTo(self)

    def _common(self) -> list[str]:
        return [tag for tag, count in self._counted().items() if count == len(self._texts)]

    def _add_typed(self, takes_suggestion: bool) -> None:
        chosen = self.suggestions.highlighted if takes_suggestion or self.suggestions.was_moved else ""
        self._enter_tags(chosen or self.tag_edit.text())

    def _enter_tags(self, words: str) -> None:
        """These in place of what is typed."""
        self.tag_edit.clear()
        self._add_tags(tags_of(words))
        self.tag_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _give_to_all(self, tag: str) -> None:
        self._add_tags([tag])
        self.tag_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_tags(self, tags: Iterable[str]) -> None:
        texts = self._texts
        for tag in tags:
            texts = {path: with_tag(text, tag) for path, text in texts.items()}
        self._change(texts)
        self._suggest()
        self._show_chips()

    def _remove_tag(self, tag: str) -> None:
        self._change({path: without_tag(text, tag) for path, text in self._texts.items()})
        self._show_chips()
        self.tag_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _change(self, texts: dict[Path, str]) -> None:
        changed = {path: text for path, text in texts.items() if text != self._texts[path]}
        if not changed or not self._is_editable:
            return
        self._texts |= changed
        self._show_count()
        self.captions_typed.emit(changed)


class _Suggestions(QFrame):
    """Tags of the set that fit what is typed; one of them is highlighted."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self.was_moved = False
        self._rows: list[FilterRow] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(4, 4, 4, 4)
        self._layout.setSpacing(0)
        self.hide()

    @property
    def highlighted(self) -> str:
        return next((row.label for row in self._rows if row.isChecked()), "")

    def show_tags(self, tags: list[tuple[str, int]]) -> None:
        for row in self._rows:
            self._layout.removeWidget(row)
            row.deleteLater()
        self._rows = []
        self.was_moved = False
        for tag, count in tags:
            row = FilterRow(tag, parent=self)
            row.set_count(count)
            row.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.clicked.connect(lambda _checked=False, tag=tag: self.chosen.emit(tag))
            self._layout.addWidget(row)
            self._rows.append(row)
        if self._rows:
            self._rows[0].setChecked(True)
        self.setVisible(bool(self._rows))

    def move_highlight(self, by: int) -> None:
        if self._rows:
            here = next(place for place, row in enumerate(self._rows) if row.isChecked())
            self._rows[(here + by) % len(self._rows)].setChecked(True)
            self.was_moved = True


class _TagEdit(QLineEdit):
    """Enter or a comma adds what is typed, Tab takes the highlighted tag, arrows choose another, Esc clears."""

    entered = Signal(bool)  # whether the highlighted tag is meant
    highlight_moved = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.has_suggestions = False

    def event(self, event: QEvent) -> bool:
        if _is_empty_undo(event, self.isUndoAvailable(), self.isRedoAvailable()):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Comma) and self.text().strip():
            self.entered.emit(False)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.has_suggestions:
            self.highlight_moved.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self.has_suggestions:
            self.entered.emit(True)
            return True
        return super().focusNextPrevChild(forward)


class _TextEdit(QPlainTextEdit):
    """A few lines of plain text; with nothing of its own to undo it leaves Ctrl+Z to the page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self._fit()
        tokens.changed.connect(self._fit)

    def event(self, event: QEvent) -> bool:
        document = self.document()
        if _is_empty_undo(event, document.isUndoAvailable(), document.isRedoAvailable()):
            event.ignore()
            return False
        return super().event(event)

    def _fit(self) -> None:
        self.setFixedHeight(tokens.current().scaled(104))


def _is_empty_undo(event: QEvent, can_undo: bool, can_redo: bool) -> bool:
    """Whether a field is asked to take Ctrl+Z or Ctrl+Shift+Z though it has nothing to undo or redo."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
    return (event.matches(undo) and not can_undo) or (event.matches(redo) and not can_redo)
