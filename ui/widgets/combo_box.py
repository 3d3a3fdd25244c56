"""A drop-down list with our chevron."""

from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from ui.theme import icons, tokens


class ComboBox(QComboBox):
    """A combo box that a scrolling wheel does not change by accident."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        tokens.changed.connect(self.update)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        size = tokens.current().scaled(16)
        mark = icons.pixmap("chevron_down", "text2" if self.isEnabled() else "muted", size)
        is_mirrored = self.isRightToLeft()
        x = 10 if is_mirrored else self.width() - size - 10
        QPainter(self).drawPixmap(x, (self.height() - size) // 2, mark)
