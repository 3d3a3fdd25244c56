"""What a place shows before it has anything: icon, a few words, one sentence, one button."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme import icons, tokens
from ui.widgets import painting
from ui.widgets.buttons import Button, Kind
from ui.widgets.labels import Label


class _Disc(QWidget):
    def __init__(self, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self.setFixedSize(QSize(64, 64))
        tokens.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painting.smooth(QPainter(self))
        painting.fill_round(painter, QRectF(self.rect()), 32, tokens.current().color("soft"))
        painter.drawPixmap(18, 18, icons.pixmap(self._icon_name, "accent", 28))


class EmptyState(QWidget):
    """Centred in whatever room it gets; `action_chosen` when its button is pressed."""

    action_chosen = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str,
        action: str = "",
        *,
        kind: Kind = "secondary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(sizes.gap24, sizes.gap24, sizes.gap24, sizes.gap24)
        layout.setSpacing(sizes.gap8)
        layout.addStretch(1)
        layout.addWidget(_Disc(icon, self), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(sizes.gap8)
        self.title_label = Label(title, "title", wrap=True)
        self.sentence_label = Label(sentence, "body", "text2", wrap=True)
        for label in (self.title_label, self.sentence_label):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setMaximumWidth(tokens.current().scaled(460))
            label.setMinimumWidth(min(tokens.current().scaled(300), 420))
            row = QHBoxLayout()  # not an alignment: that would keep the label from growing in height
            row.addStretch(1)
            row.addWidget(label, 8)
            row.addStretch(1)
            layout.addLayout(row)
        self.button = Button(action, kind, parent=self)
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self.action_chosen)
        layout.addSpacing(sizes.gap8)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def set_words(self, title: str, sentence: str) -> None:
        self.title_label.setText(title)
        self.sentence_label.setText(sentence)
        self.setAccessibleName(title)
