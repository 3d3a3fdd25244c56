"""The Advanced card: every setting as a row, built from the engine's own fields when the card is first opened."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue
from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from ui.models import recipe_settings
from ui.models.engine_words import engine_words
from ui.models.recipe import RecipeModel
from ui.models.recipe_settings import SettingField, SettingState
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import CollapsibleCard
from ui.widgets.chip import Chip
from ui.widgets.combo_box import ComboBox
from ui.widgets.labels import Label, as_tooltip
from ui.widgets.setting_row import SettingRow
from ui.widgets.skeleton import Skeleton
from ui.widgets.text_field import NumberField, TextField

ROWS_AT_ONCE = 1  # two took up to 50 ms
TYPING_MS = 400  # after the last digit of a whole number
CONTROL_WIDTH = 150


class AdvancedRow(SettingRow):
    """One setting; `value_chosen` carries what the person entered, read but not checked."""

    value_chosen = Signal(object)

    def __init__(self, one: SettingField, parent: QWidget | None = None) -> None:
        self.field = one
        self._show: Callable[[JsonValue], None] = lambda _: None
        self._shown: SettingState | None = None
        self._timer: QTimer | None = None
        super().__init__(one.title, self._make_control(one), one.effect, parent)
        self.because = Label("", "small", "text2", wrap=True)
        self.because.hide()
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.because)
        tokens.changed.connect(self._size_control)
        self._size_control()

    def _size_control(self) -> None:
        self.control.setFixedWidth(tokens.current().scaled(CONTROL_WIDTH))

    def show_state(self, state: SettingState) -> None:
        """A field in which the person is typing keeps its text."""
        if state == self._shown:
            return
        self._shown = state
        if not self._has_focus():
            self._show(state.value)
            self.set_reason("")
        self._close_choices(state)
        words = {
            "auto": self.tr("auto"),
            "preset": self.tr("preset"),
            "yours": self.tr("yours"),
        }
        self.set_origin(words[state.origin])
        self.set_changed(state.is_changed)
        self.control.setEnabled(not state.reason or state.is_changed)
        told = "\n".join(filter(None, (state.reason, *self._closed_words(state), state.because)))
        self.because.setText(told)
        self.because.setVisible(bool(told))

    def _closed_words(self, state: SettingState) -> list[str]:
        whys = dict.fromkeys(state.closed.values())
        grouped = {why: ", ".join(choice for choice, one in state.closed.items() if one == why) for why in whys}
        return [self.tr("{choices}: {why}").format(choices=choices, why=why) for why, choices in grouped.items()]

    def refuse(self, reason: str) -> None:
        """The old value stays in force, what was typed stays in the field."""
        self.set_reason(reason)

    def show_again(self) -> None:
        """Put the value in force back into the field, and drop what was typed."""
        if self._timer is not None:
            self._timer.stop()
        self.set_reason("")
        if self._shown is not None:
            self._show(self._shown.value)

    def _has_focus(self) -> bool:
        return isinstance(self.control, TextField) and self.control.edit.hasFocus()

    def _make_control(self, one: SettingField) -> QWidget:
        if one.control == "switch":
            return self._switch()
        if one.control == "choice":
            return self._combo(one)
        if one.control == "whole":
            return self._whole(one)
        return self._text_row(one)

    def _switch(self) -> QWidget:
        box = QCheckBox()
        box.clicked.connect(lambda is_on: self.value_chosen.emit(is_on))

        def show(value: object) -> None:
            box.setChecked(bool(value))
            on, off = QCoreApplication.translate("recipe", "On"), QCoreApplication.translate("recipe", "Off")
            box.setText(on if value else off)

        self._show = show
        return box

    def _combo(self, one: SettingField) -> QWidget:
        combo = ComboBox(one.title)
        for choice in one.choices:
            combo.addItem(recipe_settings.choice_word(choice), choice)
        combo.activated.connect(lambda _: self.value_chosen.emit(combo.currentData()))
        self._show = lambda value: combo.setCurrentIndex(combo.findData(value))
        return combo

    def _whole(self, one: SettingField) -> QWidget:
        low, high, step = one.limits
        number = NumberField(one.title, low, low, high, step=step, shows_label=False)
        timer = self._timer = QTimer(number, singleShot=True, interval=TYPING_MS)
        timer.timeout.connect(lambda: self._take_whole(number, step))
        number.text_changed.connect(lambda _: timer.start())
        number.committed.connect(lambda _: self._take_whole(number, step))
        self._show = lambda value: number.set_value(float(value) if isinstance(value, int | float) else low)
        number.edit.setToolTip(one.range)
        return number

    def _take_whole(self, number: NumberField, step: int) -> None:
        if not number.error and (self._shown is None or int(number.value) != self._shown.value):
            self.value_chosen.emit(int(number.value))

    def _text_row(self, one: SettingField) -> QWidget:
        line = TextField(one.title, shows_label=False)
        line.edit.setPlaceholderText(self._empty_words(one))
        line.edit.setToolTip(as_tooltip(one.range))
        line.committed.connect(lambda text: self._take_line(one, text))
        self._show = lambda value: line.set_text(recipe_settings.typed_value(value))
        return line

    def _empty_words(self, one: SettingField) -> str:
        return QCoreApplication.translate("recipe", "off") if one.is_optional and one.control == "number" else ""

    def _take_line(self, one: SettingField, text: str) -> None:
        try:
            value = recipe_settings.read_value(one, text)
        except StudioError as error:
            self.refuse(engine_words(error.title))
        else:
            self.value_chosen.emit(value)

    def _close_choices(self, state: SettingState) -> None:
        if not isinstance(self.control, ComboBox):
            return
        items = self.control.model()
        assert isinstance(items, QStandardItemModel)
        for place, choice in enumerate(self.field.choices):
            reason = state.closed.get(choice, "")
            items.item(place).setEnabled(not reason or choice == state.value)
            items.item(place).setToolTip(reason)


class AdvancedCard(CollapsibleCard):
    """Closed it shows its values as chips, open a row for each setting."""

    text_wanted = Signal()
    save_wanted = Signal()
    undone = Signal(object)  # the settings before Reset all

    def __init__(self, model: RecipeModel, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("recipe", "Advanced"), parent=parent)
        self._model = model
        self.rows: dict[str, AdvancedRow] = {}
        self._waiting: list[SettingField] = []
        self._section: str | None = None
        self._chips: list[Chip] = []
        self._chip_words: list[str] = []
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_some)
        self._add_head()
        self.toggled.connect(self._open)

    def _add_head(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(tokens.current().sizes.gap8)
        self.preset_label = Label("", "strong")
        head.addWidget(self.preset_label, 1)
        self.reset_button = Button(self.tr("Reset all"), "ghost", "undo", small=True)
        self.reset_button.clicked.connect(self._reset_all)
        self.text_button = Button(self.tr("Edit as text"), "secondary", "text", small=True)
        self.text_button.clicked.connect(self.text_wanted)
        for button in (self.reset_button, self.text_button):
            head.addWidget(button)
        self.body.addLayout(head)
        self._grey = Skeleton(8)
        self.body.addWidget(self._grey)
        self._holder = QWidget(self)  # shown when all rows are in it
        self._holder.hide()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.current().sizes.gap8)
        self.body.addWidget(self._holder)

    def show_state(self) -> None:
        self.set_note(self._model.advanced_note())
        self._show_chips()
        self.preset_label.setText(self._model.preset_words())
        self.reset_button.setVisible(bool(self._model.changed_settings))
        states = self._model.states()
        self._column.setEnabled(False)  # else the whole page is laid out anew for each row
        for path, row in self.rows.items():
            if path in states:
                row.show_state(states[path])
        self._column.setEnabled(True)
        self._column.invalidate()

    def drop_typed(self) -> None:
        """Another project is open: what was typed for the last one is not for this one."""
        for row in self.rows.values():
            row.show_again()

    def build_all(self) -> None:
        """Make every row now."""
        self._open(True)
        while self._waiting:
            self._build_some()

    def _open(self, is_open: bool) -> None:
        for chip in self._chips:
            chip.setVisible(not is_open)
        if is_open and not self.rows:
            self._waiting = list(recipe_settings.fields())
            self._builder.start()
        self._fit_chips()

    def _build_some(self) -> None:
        """A few rows at a time, so that the window never stands still."""
        states = self._model.states()
        for one in self._waiting[:ROWS_AT_ONCE]:
            if one.section != self._section:
                self._section = one.section
                heading = Label(recipe_settings.section_title(one.section), "section")
                heading.setContentsMargins(0, tokens.current().sizes.gap12, 0, 0)
                self._column.addWidget(heading)
            row = AdvancedRow(one)
            row.value_chosen.connect(lambda value, path=one.path: self._take_value(path, value))
            row.reset_wanted.connect(lambda path=one.path: self._reset(path))
            if one.path in states:
                row.show_state(states[one.path])
            self.rows[one.path] = row
            self._column.addWidget(row)
            _polish(row)
        del self._waiting[:ROWS_AT_ONCE]
        if not self._waiting:
            self._builder.stop()
            self._grey.hide()
            self._holder.show()

    def _take_value(self, path: str, value: JsonValue) -> None:
        row = self.rows[path]
        reason = self._model.set_value(path, value)
        if reason:
            row.refuse(reason)
        else:
            row.set_reason("")

    def _reset(self, path: str) -> None:
        self._model.reset(path)
        self.rows[path].show_again()

    def _reset_all(self) -> None:
        before = self._model.changed_settings
        self._model.reset_all()
        self.undone.emit(before)

    # ── Chips ─────────────────────────────────────────────────────────────────────────────────────────────

    def _show_chips(self) -> None:
        words = self._model.summary()
        if words == self._chip_words:
            return
        self._chip_words = words
        for chip in self._chips:
            self.summary.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [Chip(word, parent=self) for word in words]
        for chip in self._chips:
            self.summary.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        self._fit_chips()

    def _fit_chips(self) -> None:
        """As many chips as the head has room for; the rows say the same."""
        sizes = tokens.current().sizes
        room = self.width() - 2 * sizes.card_padding - self.fold_button.minimumSizeHint().width()
        for chip in self._chips:
            room -= chip.sizeHint().width() + sizes.gap8
            chip.setVisible(room > 0 and not self.is_open)

    def minimumSizeHint(self) -> QSize:
        """Chips give way before the card asks for room."""
        size = super().minimumSizeHint()
        shown = [chip.sizeHint().width() + tokens.current().sizes.gap8 for chip in self._chips if not chip.isHidden()]
        return QSize(size.width() - sum(shown), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_chips()


def _polish(row: QWidget) -> None:
    """Style a row now, a few at a time, instead of all of them at the moment they are shown."""
    row.ensurePolished()
    for child in row.findChildren(QWidget):
        child.ensurePolished()
