"""Text and number fields with label, unit, range and an error in place."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui.theme import icons, tokens
from ui.widgets.labels import Label


class TextField(QWidget):
    """A labelled line of text; `set_error` shows what is wrong under it and never changes what was typed."""

    text_changed = Signal(str)
    committed = Signal(str)  # Enter, or the focus left after a change

    def __init__(
        self,
        label: str,
        *,
        text: str = "",
        unit: str = "",
        placeholder: str = "",
        hint: str = "",
        icon: str = "",
        shows_label: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(sizes.gap4)
        self.label = Label(label, "small", "text2", parent=self)
        self.label.setVisible(shows_label)
        self.edit = QLineEdit(text, self)
        self.edit.setAccessibleName(label)
        self.edit.setPlaceholderText(placeholder)
        self.edit.textChanged.connect(self._take_text)
        self.edit.editingFinished.connect(self._commit)
        self._committed_text = text
        if icon:
            leading = self.edit.addAction(icons.icon(icon, "muted"), QLineEdit.ActionPosition.LeadingPosition)
            leading.setText(label)
            leading.setObjectName("leading")
        self._icon_name = icon
        self._unit = Label(unit, "small", "muted", parent=self)
        self._unit.setVisible(bool(unit))
        self._hint_text = hint
        self.hint = Label(hint, "small", "muted", wrap=True, parent=self)
        self.hint.setVisible(bool(hint))
        self._error = ""
        line = QHBoxLayout()
        line.setSpacing(sizes.gap8)
        line.addWidget(self.edit, 1)
        line.addWidget(self._unit)
        for item in (self.label, line, self.hint):
            layout.addLayout(item) if isinstance(item, QHBoxLayout) else layout.addWidget(item)
        self.setFocusProxy(self.edit)
        tokens.changed.connect(self._retint)

    @property
    def text(self) -> str:
        return self.edit.text()

    @property
    def error(self) -> str:
        return self._error

    def set_text(self, text: str) -> None:
        """Show a text that came from elsewhere; nobody is told."""
        self.edit.blockSignals(True)
        self.edit.setText(text)
        self.edit.blockSignals(False)
        self._committed_text = text

    def set_hint(self, hint: str) -> None:
        self._hint_text = hint
        self._show_hint()

    def set_error(self, error: str) -> None:
        """An empty error clears it and brings the hint back."""
        if error == self._error:
            return
        self._error = error
        self.edit.setProperty("invalid", bool(error))
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        self.edit.setAccessibleDescription(error)
        self._show_hint()

    def _show_hint(self) -> None:
        shown = self._error or self._hint_text
        self.hint.setText(shown)
        self.hint.set_tone("err" if self._error else "muted")
        self.hint.setVisible(bool(shown))

    def _take_text(self, text: str) -> None:
        self.text_changed.emit(text)

    def _commit(self) -> None:
        if self.text != self._committed_text:
            self._committed_text = self.text
            self.committed.emit(self.text)

    def _retint(self) -> None:
        leading = self.edit.findChild(QAction, "leading")  # asked for: what Python held of it can go before it
        if leading is not None:
            leading.setIcon(icons.icon(self._icon_name, "muted"))


class NumberField(TextField):
    """A number in a range, written as the user's language writes it; Up and Down change it by `step`."""

    value_changed = Signal(float)

    def __init__(
        self,
        label: str,
        value: float,
        minimum: float,
        maximum: float,
        *,
        step: float = 1.0,
        decimals: int = 0,
        unit: str = "",
        hint: str = "",
        shows_label: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        self._minimum, self._maximum, self._step, self._decimals = minimum, maximum, step, decimals
        self._value = value
        super().__init__(label, unit=unit, hint=hint, shows_label=shows_label, parent=parent)
        self.set_text(self._written(value))
        self.text_changed.connect(self._read)
        self.committed.connect(self._tidy)

    @property
    def value(self) -> float:
        """The last number that was in range."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a number that came from elsewhere; nobody is told."""
        self._value = value
        self.set_text(self._written(value))
        self.set_error("")

    def _written(self, value: float) -> str:
        locale = QLocale()
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        return locale.toString(float(value), "f", self._decimals)

    def _read(self, text: str) -> None:
        number, is_number = QLocale().toDouble(text.strip())
        if not is_number or not self._minimum <= number <= self._maximum:
            low, high = self._written(self._minimum), self._written(self._maximum)
            self.set_error(self.tr("Choose a number from {low} to {high}.").format(low=low, high=high))
            return
        self.set_error("")
        value = round(number, self._decimals)
        if value != self._value:
            self._value = value
            self.value_changed.emit(value)

    def _tidy(self) -> None:
        if not self.error:
            self.set_text(self._written(self._value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        directions = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        direction = directions.get(Qt.Key(event.key()))
        if direction is None:
            super().keyPressEvent(event)
            return
        stepped = min(max(self._value + direction * self._step, self._minimum), self._maximum)
        self.edit.setText(self._written(stepped))
