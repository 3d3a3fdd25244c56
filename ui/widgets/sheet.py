"""A panel over the content for one task; Esc or a press beside it closes it."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from ui.theme import tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.labels import Label
from ui.widgets.reason_label import ReasonLabel

_SCRIM = 0.45


class Sheet(QWidget):
    """Covers `area` while open, keeps the keyboard inside, and gives it back where it was.

    It grows with what is told in it meanwhile, and does not shrink under the pointer.
    Contents go into `body`; buttons with `add_button`, the primary one last.
    """

    closed = Signal()

    def __init__(self, area: QWidget, title: str, subtitle: str = "", *, width_px: int = 640) -> None:
        super().__init__(area)
        self._area = area
        self._wanted_width = width_px
        self._focus_before: QWidget | None = None
        self._is_open = False
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        sizes = tokens.current().sizes
        outer = QHBoxLayout(self)
        outer.setContentsMargins(sizes.gap24, sizes.gap24, sizes.gap24, sizes.gap24)
        self.panel = QFrame(self)
        self.panel.setProperty("surface", "card")
        outer.addWidget(self.panel, 0, Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(sizes.gap20, sizes.gap16, sizes.gap20, sizes.gap20)
        layout.setSpacing(sizes.gap12)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(title, "title"))
        if subtitle:
            words.addWidget(Label(subtitle, "body", "muted", wrap=True))
        self.close_button = icon_button("close", self.tr("Close"))
        self.close_button.clicked.connect(self.close_sheet)
        head.addLayout(words, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(head)
        scroller = QScrollArea(self.panel)
        scroller.setWidgetResizable(True)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        contents = QWidget(scroller)
        contents.setProperty("scrolled", True)
        self.body = QVBoxLayout(contents)
        self.body.setContentsMargins(2, 2, sizes.gap8, 2)
        self.body.setSpacing(sizes.gap12)
        scroller.setWidget(contents)
        self._contents = contents
        self._scroller = scroller
        layout.addWidget(scroller, 1)
        self._footer = QHBoxLayout()
        self._footer.setSpacing(sizes.gap8)
        self._reason = ReasonLabel(self._says, self.panel)
        self._footer.addWidget(self._reason, 1)
        self._footer.addStretch()
        layout.addLayout(self._footer)
        area.installEventFilter(self)
        contents.installEventFilter(self)

    def add_button(self, button: Button) -> Button:
        self._footer.addWidget(button)
        if button.kind == "primary":
            self._reason.follow(button)
        return button

    def _says(self, reason: str) -> bool:
        labels = self._contents.findChildren(QLabel)
        return any(reason in label.text() and label.isVisibleTo(self._contents) for label in labels)

    def open_sheet(self) -> None:
        self._is_open = True
        self._reason.refresh()
        self._focus_before = QApplication.focusWidget()
        self._fit()
        self.show()
        self.raise_()
        first = self._first_focus()
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def close_sheet(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self.hide()
        before = self._focus_before
        if before is not None and isValid(before) and before.isVisible():  # a row may have gone meanwhile
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._focus_before = None
        self.closed.emit()

    def _first_focus(self) -> QWidget:
        """The first field of the body; without one, the close button."""
        for widget in self._contents.findChildren(QWidget):
            if self._takes_tab(widget):
                return widget
        return self.close_button

    def _takes_tab(self, widget: QWidget) -> bool:
        policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        return bool(policy) and widget.isEnabled() and widget.isVisibleTo(self) and self.isAncestorOf(widget)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside the sheet; while it closes, Qt asks too and must find its way out."""
        if not self._is_open:
            return super().focusNextPrevChild(forward)
        order = self._focus_order()
        focused = QApplication.focusWidget()
        if not order:
            return False
        here = order.index(focused) if focused in order else -1 if forward else 0
        following = order[(here + (1 if forward else -1)) % len(order)]
        following.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True

    def _focus_order(self) -> list[QWidget]:
        order = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            if self._takes_tab(widget):
                order.append(widget)
            widget = widget.nextInFocusChain()
        return order

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._area and event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        elif watched is self._contents and event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._fit(least_px=self.panel.height())
        return False

    def _fit(self, least_px: int = 0) -> None:
        self.setGeometry(self._area.rect())
        current = tokens.current()
        room = self._area.rect().adjusted(24, 24, -24, -24)
        self.panel.setFixedWidth(min(current.scaled(self._wanted_width), room.width()))
        layout = self.panel.layout()
        assert layout is not None
        chrome = layout.sizeHint().height() - self._scroller.sizeHint().height()
        inner_width = self.panel.width() - 2 * current.sizes.gap20
        # Where lines break, the hint is made for a narrower panel and would leave the lower half empty.
        wanted = self._contents.heightForWidth(inner_width)
        if wanted < 0:
            wanted = self._contents.sizeHint().height()
        self.panel.setFixedHeight(min(max(chrome + wanted + 8, least_px), room.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar, turns = self._scroller.verticalScrollBar(), {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        elif event.key() in turns:  # a long list without a field is read by keys too
            bar.setValue(bar.value() + turns[Qt.Key(event.key())] * bar.pageStep())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_sheet()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), tokens.current().color("scrim", _SCRIM))
