"""The rows of Settings: each watches one field, applies at once, and keeps the old value when a new one is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import JsonValue, ValidationError
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QFileDialog, QKeySequenceEdit, QWidget

from lora_studio.settings import Settings
from ui.models.settings import SettingsModel
from ui.models.shortcuts import Action, combination, keys_in_force, refusal, without_keys
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.combo_box import ComboBox
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.labels import ElidedLabel
from ui.widgets.setting_row import SettingRow
from ui.work import tasks

_CONTROL_PX = 220
_PATH_PX = 300


class FieldRow(SettingRow):
    """A setting with its control. `show_value` puts the field's value into the control without telling anyone."""

    def __init__(self, settings: SettingsModel, field: str, label: str, effect: str, control: QWidget) -> None:
        super().__init__(label, control, effect)
        self.field = field
        self._settings = settings
        self.reset_wanted.connect(self._reset)
        settings.changed.connect(self._take_change)

    @property
    def value(self) -> object:
        return getattr(self._settings.values, self.field)

    def show_value(self) -> None:
        raise NotImplementedError

    def refresh(self) -> None:
        """Show what is in force, and whether it is the app's own choice."""
        self.show_value()
        self.set_changed(self.value != getattr(Settings(), self.field))

    def choose(self, value: JsonValue) -> None:
        """Apply a value, or say why not and keep the old one."""
        try:
            self._settings.set(self.field, value)
        except ValidationError as error:
            self.set_reason(self.tr("This value was not taken: {why}.").format(why=error.errors()[0]["msg"]))
            self.show_value()
        else:
            self.set_reason("")

    def _reset(self) -> None:
        self.choose(Settings().model_dump(mode="json")[self.field])

    def _take_change(self, field: str) -> None:
        if field == self.field:
            self.refresh()


class SwitchRow(FieldRow):
    """On or off."""

    def __init__(self, settings: SettingsModel, field: str, label: str, effect: str) -> None:
        self.box = QCheckBox()
        super().__init__(settings, field, label, effect, self.box)
        self.box.setAccessibleName(label)
        self.box.toggled.connect(self.choose)
        self.refresh()

    def show_value(self) -> None:
        self.box.blockSignals(True)
        self.box.setChecked(bool(self.value))
        self.box.setText(self.tr("On") if self.value else self.tr("Off"))
        self.box.blockSignals(False)


class ChoiceRow(FieldRow):
    """One of several values."""

    def __init__(
        self,
        settings: SettingsModel,
        field: str,
        label: str,
        effect: str,
        choices: Sequence[tuple[JsonValue, str]],
        other: Callable[[object], str] = str,
    ) -> None:
        """`other` names a value that stands in the file and is not among the choices."""
        self.box = ComboBox(label)
        super().__init__(settings, field, label, effect, self.box)
        self._other = other
        self.set_choices(choices)
        self.box.activated.connect(lambda _: self.choose(self.box.currentData()))
        self._fit()
        tokens.changed.connect(self._fit)

    def set_choices(self, choices: Sequence[tuple[JsonValue, str]]) -> None:
        self.box.clear()
        for value, words in choices:
            self.box.addItem(words, value)
        self.refresh()

    def show_value(self) -> None:
        row = self.box.findData(self.value)
        if row < 0:
            self.box.addItem(self._other(self.value), self.value)
            row = self.box.count() - 1
        self.box.setCurrentIndex(row)

    def _fit(self) -> None:
        self.box.setMinimumWidth(tokens.current().scaled(_CONTROL_PX))


class FolderRow(FieldRow):
    """A folder, or the app's own place for it. A folder that cannot be written to is refused."""

    checked = Signal()

    def __init__(
        self,
        settings: SettingsModel,
        field: str,
        label: str,
        effect: str,
        own_place: Callable[[], str],
        more: Sequence[Button] = (),
    ) -> None:
        control = QWidget()
        layout = FlowLayout(control)
        self.path_label = ElidedLabel("", "body", "text2", mode=Qt.TextElideMode.ElideMiddle)
        self.path_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.choose_button = Button("", "secondary", "folder", small=True)
        layout.addWidget(self.path_label)
        layout.addWidget(self.choose_button)
        for button in more:
            layout.addWidget(button)
        super().__init__(settings, field, label, effect, control)
        self._own_place = own_place
        self.choose_button.setText(self.tr("Choose"))
        self.choose_button.setAccessibleName(self.tr("Choose: {setting}").format(setting=label))
        self.choose_button.clicked.connect(self._ask)
        self._fit()
        tokens.changed.connect(self._fit)
        self.refresh()

    def show_value(self) -> None:
        self.path_label.setText(str(self.value) or self._own_place())

    def choose_folder(self, folder: Path) -> None:
        """Take a folder once it was tried that files can be made in it."""

        def refuse(error: Exception) -> None:
            if not isinstance(error, OSError):
                raise error
            reason = self.tr("{folder} cannot be written to, so the old folder stays.")
            self.set_reason(reason.format(folder=folder))
            self.checked.emit()

        def take(_result: None) -> None:
            self.choose(str(folder))
            self.checked.emit()

        tasks.run(lambda _: _try_to_write(folder), take, refuse, owner=self)

    def _ask(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.label, str(self.value) or self._own_place())
        if folder:
            self.choose_folder(Path(folder))

    def _fit(self) -> None:
        self.path_label.setMaximumWidth(tokens.current().scaled(_PATH_PX))


def _try_to_write(folder: Path) -> None:
    probe = folder / f".lora-studio-{id(folder)}"
    probe.touch()
    probe.unlink()


class ShortcutRow(FieldRow):
    """The keys of one action. Keys that another action has are refused by its name."""

    def __init__(self, settings: SettingsModel, action: Action) -> None:
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        super().__init__(settings, "shortcuts", action.sentence, "", self.edit)
        self.action = action
        self.edit.editingFinished.connect(self._take_keys)
        self._fit()
        tokens.changed.connect(self._fit)
        self.refresh()

    def refresh(self) -> None:
        self.show_value()
        chosen = self._settings.values.shortcuts
        self.set_changed(self.action.name in chosen)
        self.set_reason(without_keys(self.action.name, chosen))

    def show_value(self) -> None:
        keys = QKeySequence(keys_in_force(self._settings.values.shortcuts)[self.action.name])
        if keys != self.edit.keySequence():
            self.edit.setKeySequence(keys)

    def choose_keys(self, keys: str) -> None:
        """Give the action these keys (portable text), unless they are taken."""
        chosen = self._settings.values.shortcuts
        reason = refusal(self.action.name, keys, chosen)
        if reason:
            self.set_reason(reason)
            self.show_value()
            return
        others = {name: known for name, known in chosen.items() if name != self.action.name}
        is_default = combination(keys) == combination(self.action.keys)
        self.choose({**others} if is_default else {**others, self.action.name: keys})

    def _take_keys(self) -> None:
        self.choose_keys(self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText))

    def _reset(self) -> None:
        self.choose_keys(self.action.keys)

    def _fit(self) -> None:
        self.edit.setFixedWidth(tokens.current().scaled(160))
