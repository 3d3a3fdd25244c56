"""One picture over the whole page, to look closely."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.models import shortcuts
from ui.models.pictures import PictureRecord
from ui.theme import tokens
from ui.widgets.buttons import icon_button
from ui.widgets.labels import ElidedLabel
from ui.widgets.picture_store import PictureStore
from ui.widgets.picture_view import PictureView


class Loupe(QFrame):
    """Keys go through the pictures and close it; Esc does always."""

    moved = Signal(int)  # -1 or 1
    closed = Signal()

    def __init__(self, store: PictureStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(sizes.gap16, sizes.gap12, sizes.gap16, sizes.gap16)
        head = QHBoxLayout()
        self.name_label = ElidedLabel("", "section", mode=Qt.TextElideMode.ElideMiddle)
        back = icon_button("arrow_left", self.tr("Picture before"))
        on = icon_button("arrow_right", self.tr("Next picture"))
        close = icon_button("close", self.tr("Close"))
        back.clicked.connect(lambda: self.moved.emit(-1))
        on.clicked.connect(lambda: self.moved.emit(1))
        close.clicked.connect(self.close_loupe)
        head.addWidget(self.name_label, 1)
        for button in (back, on, close):
            head.addWidget(button)
        layout.addLayout(head)
        self.view = PictureView(store)
        layout.addWidget(self.view, 1)
        self.hide()

    def show_picture(self, record: PictureRecord) -> None:
        """Open it, or go on to another picture."""
        self.name_label.setText(record.name)
        size = (record.width_px, record.height_px) if record.width_px else None
        self.view.view.reset()
        self.view.show_picture(record.path, record.version, size_px=size)
        if self.isHidden():
            parent = self.parentWidget()
            assert parent is not None
            self.setGeometry(parent.rect())
            self.show()
            self.raise_()
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_loupe(self) -> None:
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match shortcuts.pressed(event, "loupe"):
            case "loupe_back":
                self.moved.emit(-1)
            case "loupe_on":
                self.moved.emit(1)
            case action if action == "loupe_close" or event.key() == Qt.Key.Key_Escape:
                self.close_loupe()
            case _:
                super().keyPressEvent(event)
