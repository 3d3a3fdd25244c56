"""One line that says what was just done, with a way back; it goes by itself after 6 seconds."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QPointF, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.theme import tokens
from ui.widgets.announcing import announce
from ui.widgets.buttons import Button, icon_button
from ui.widgets.labels import ElidedLabel

SHOWN_MS = 6000
_KEPT = 200


@dataclass(frozen=True, slots=True)
class ToastRecord:
    """What was said, for the log: nothing lives only in a toast."""

    said_at: datetime
    text: str


class Toast(QFrame):
    """The line itself. It stays while the mouse is over it or the keyboard in it."""

    gone = Signal()

    def __init__(self, text: str, undo: Callable[[], None] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self.setAccessibleName(text)
        self._undo = undo
        sizes = tokens.current().sizes
        layout = QHBoxLayout(self)
        layout.setContentsMargins(sizes.gap16, 6, 6, 6)
        layout.setSpacing(sizes.gap12)
        self.label = ElidedLabel(text, "strong")
        layout.addWidget(self.label, 1)
        if undo is not None:
            self.undo_button = Button(self.tr("Undo"), "ghost", "undo", small=True)
            self.undo_button.clicked.connect(self._take_back)
            layout.addWidget(self.undo_button)
        close = icon_button("close", self.tr("Close this message"))
        close.clicked.connect(self.dismiss)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self._leave_unless_in_use)
        self._timer.start()

    def dismiss(self) -> None:
        self.hide()
        self.gone.emit()

    def _take_back(self) -> None:
        if self._undo is not None:
            self._undo()
        self.dismiss()

    def _leave_unless_in_use(self) -> None:
        focused = self.focusWidget()
        if self.underMouse() or (focused is not None and focused.hasFocus()):
            self._timer.start()
        else:
            self.dismiss()


class ToastHost(QObject):
    """Shows one toast at a time at the foot of `area`, and keeps what was said."""

    def __init__(self, area: QWidget, bottom_inset_px: Callable[[], int] | None = None) -> None:
        super().__init__(area)
        self._area = area
        self._bottom_inset_px = bottom_inset_px or (lambda: 0)
        self._toast: Toast | None = None
        self.records: deque[ToastRecord] = deque(maxlen=_KEPT)
        area.installEventFilter(self)

    @property
    def toast(self) -> Toast | None:
        return self._toast

    def show_toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Replaces the toast in view; its undo goes with it, so the history must keep its own."""
        if self._toast is not None:
            self._toast.dismiss()
        self.records.append(ToastRecord(datetime.now(), text))
        self._toast = Toast(text, undo, self._area)
        self._toast.gone.connect(self._drop_toast)
        self._place()
        self._toast.show()
        self._toast.raise_()
        announce(self._area, text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _drop_toast(self) -> None:
        if self._toast is not None:
            self._toast.deleteLater()
            self._toast = None

    def _place(self) -> None:
        if self._toast is None:
            return
        gap = tokens.current().sizes.gap16
        wanted = self._toast.sizeHint()
        width = min(max(wanted.width(), tokens.current().scaled(280)), self._area.width() - 2 * gap)
        self._toast.resize(width, wanted.height())
        top = self._area.height() - wanted.height() - gap - self._bottom_inset_px()
        self._toast.move(QPointF((self._area.width() - width) / 2, top).toPoint())
