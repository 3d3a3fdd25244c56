"""Cards: the surface that groups things, plain or folding."""

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import icons, tokens
from ui.widgets import painting
from ui.widgets.labels import Label


class Card(QFrame):
    """A bordered surface: optional title on the left of `header`, contents in `body`."""

    def __init__(self, title: str = "", note: str = "", *, large: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        sizes = tokens.current().sizes
        padding = sizes.card_padding_large if large else sizes.card_padding
        layout = QVBoxLayout(self)
        layout.setContentsMargins(padding, padding, padding, padding)
        layout.setSpacing(sizes.gap12)
        self.header = QHBoxLayout()
        self.header.setSpacing(sizes.gap8)
        self.title_label = Label(title, "title" if large else "section")
        self.note_label = Label(note, "small", "muted", wrap=True)
        self.body = QVBoxLayout()
        self.body.setSpacing(sizes.gap8)
        if title:
            self.header.addWidget(self.title_label)
            self.header.addWidget(self.note_label, 1)
            self.header.addStretch(0)  # takes the room where the note is hidden
            self.setAccessibleName(title)
        layout.addLayout(self.header)
        layout.addLayout(self.body)

    def set_title(self, title: str, note: str = "") -> None:
        self.title_label.setText(title)
        self.note_label.setText(note)
        self.setAccessibleName(title)

    def add_to_header(self, widget: QWidget) -> None:
        """Put a chip, note or button at the right end of the header."""
        self.header.addWidget(widget)


class FoldButton(QPushButton):
    """The clickable head of a folding card: chevron, title, note."""

    def __init__(self, title: str, note: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setProperty("kind", "fold")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._title = Label(title, "section")
        self._note = Label(note, "small", "muted")
        for label in (self._title, self._note):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(tokens.current().scaled(24), 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap8)
        layout.addWidget(self._title)
        layout.addWidget(self._note)
        layout.addStretch(1)

    def set_note(self, note: str) -> None:
        self._note.setText(note)
        self.setAccessibleDescription(note)

    def sizeHint(self) -> QSize:
        return QSize(self._layout_width(), tokens.current().scaled(32))

    def _layout_width(self) -> int:
        layout = self.layout()
        return layout.sizeHint().width() if layout is not None else 0

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painting.smooth(QPainter(self))
        size = tokens.current().scaled(18)
        name = "chevron_down" if self.isChecked() else "chevron_right"
        top = QPointF(-2, (self.height() - size) / 2)
        painter.drawPixmap(top, icons.pixmap(name, "text" if self.underMouse() else "text2", size))


class CollapsibleCard(QFrame):
    """A card that folds; closed, it can still show its values as chips in `summary`."""

    toggled = Signal(bool)

    def __init__(self, title: str, note: str = "", *, opened: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(sizes.card_padding, sizes.gap8, sizes.card_padding, sizes.gap8)
        layout.setSpacing(sizes.gap8)
        head = QHBoxLayout()
        self.fold_button = FoldButton(title, note, self)
        self.fold_button.toggled.connect(self._show_body)
        self.summary = QHBoxLayout()
        self.summary.setSpacing(sizes.gap8)
        head.addWidget(self.fold_button, 1)
        head.addLayout(self.summary)
        self.contents = QWidget(self)
        self.body = QVBoxLayout(self.contents)
        self.body.setContentsMargins(0, 0, 0, sizes.gap8)
        self.body.setSpacing(sizes.gap8)
        layout.addLayout(head)
        layout.addWidget(self.contents)
        self.contents.setVisible(opened)
        self.fold_button.setChecked(opened)

    @property
    def is_open(self) -> bool:
        return self.fold_button.isChecked()

    def set_open(self, is_open: bool) -> None:
        self.fold_button.setChecked(is_open)

    def set_note(self, note: str) -> None:
        self.fold_button.set_note(note)

    def _show_body(self, is_open: bool) -> None:
        self.contents.setVisible(is_open)
        self.toggled.emit(is_open)
