"""One setting: its name, its control, what it does, where its value came from, and the way back."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import tokens
from ui.widgets import painting
from ui.widgets.buttons import Button
from ui.widgets.chip import Chip
from ui.widgets.labels import Label


class _ChangedDot(QWidget):
    """Marks a row whose value the user changed; the Reset button says the same in words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(8, 8)
        tokens.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painting.smooth(QPainter(self))
        painting.fill_round(painter, QRectF(1, 1, 6, 6), 3, tokens.current().color("accent"))


class SettingRow(QWidget):
    """`control` gets its accessible name from the row; `reset_wanted` asks for the value without the user's change."""

    reset_wanted = Signal()

    def __init__(self, label: str, control: QWidget, effect: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = label
        self.effect = effect
        self.control = control
        if not control.accessibleName():
            control.setAccessibleName(label)
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, sizes.gap4, 0, sizes.gap4)
        layout.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(sizes.gap12)
        words = QVBoxLayout()
        words.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(6)
        self._dot = _ChangedDot(self)
        self._dot.hide()
        name = Label(label, "strong", wrap=True)
        head.addWidget(name, 1)
        head.addWidget(self._dot)
        words.addLayout(head)
        self._effect = Label(effect, "small", "muted", wrap=True)
        self._effect.setVisible(bool(effect))
        words.addWidget(self._effect)
        line.addLayout(words, 1)
        self.origin = Chip("", parent=self)
        self.origin.hide()
        self.reset_button = Button(self.tr("Reset"), "ghost", "undo", small=True)
        self.reset_button.setAccessibleName(self.tr("Reset {setting}").format(setting=label))
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.clicked.connect(self.reset_wanted)
        self.reset_button.hide()
        line.addWidget(self.origin, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.reset_button, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(line)
        self._reason = Label("", "small", "err", wrap=True)
        self._reason.hide()
        layout.addWidget(self._reason)

    def set_origin(self, origin: str) -> None:
        """Who chose the value ("auto", "Style preset"); empty takes the chip away."""
        self.origin.set_state(origin, "neutral")
        self.origin.setVisible(bool(origin))

    def set_changed(self, is_changed: bool) -> None:
        self._dot.setVisible(is_changed)
        self.reset_button.setVisible(is_changed)

    def set_reason(self, reason: str) -> None:
        """Why a value was refused, or the setting cannot be used; the old value stays."""
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        self.control.setAccessibleDescription(reason or self.effect)

    def matches(self, words: str) -> bool:
        """Whether a search for `words` should find this row."""
        text = f"{self.label} {self.effect}".casefold()
        return all(word in text for word in words.casefold().split())
