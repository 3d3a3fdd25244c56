"""One setting: its name, its control, what it does, where its value came from, and the way back."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import tokens
from ui.widgets import painting
from ui.widgets.buttons import Button
from ui.widgets.chip import Chip
from ui.widgets.labels import Label

_LEAST_WORDS_PX = 170


class _ChangedDot(QWidget):
    """Marks a row whose value the user changed; the button beside its control takes it back."""

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
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setSpacing(sizes.gap12)
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
        self._effect = Label(effect, "small", "muted", wrap=True, parent=self)
        self._effect.setVisible(bool(effect))
        words.addWidget(self._effect)
        self._line.addLayout(words, 1)
        self.origin = Chip("", parent=self)
        self.origin.hide()
        way_back = self.tr("Reset {setting}").format(setting=label)
        self.reset_button = Button("", "ghost", "undo", small=True, accessible_name=way_back)
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.clicked.connect(self.reset_wanted)
        self.reset_button.hide()
        self._tail = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._tail.setSpacing(sizes.gap12)
        # Reset stands left of the control, so that controls end where the row ends and nothing moves when it comes.
        for widget in (self.reset_button, self.origin, control):
            self._tail.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._line.addLayout(self._tail)
        layout.addLayout(self._line)
        self._reason = Label("", "small", "err", wrap=True)
        self._reason.hide()
        layout.addWidget(self._reason)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the control: the words then stand above it."""
        width = self.control.minimumWidth() or self.control.minimumSizeHint().width()
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        was = self._line.direction(), self._tail.direction()
        self._tail.setDirection(across)
        tail_px = self._tail.sizeHint().width()
        room_px = self.width() - self._line.spacing()
        fits = room_px - tail_px >= tokens.current().scaled(_LEAST_WORDS_PX)
        self._line.setDirection(across if fits else down)
        self._line.setAlignment(self._tail, Qt.AlignmentFlag(0) if fits else Qt.AlignmentFlag.AlignLeft)
        self._tail.setDirection(across if tail_px <= room_px else down)
        layout = self.layout()
        assert layout is not None
        has_turned = was != (self._line.direction(), self._tail.direction())
        if has_turned or layout.totalMinimumHeightForWidth(self.width()) > self.height():
            self.updateGeometry()  # it needs another height now

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
