"""A finished file as a card that can be dragged into any folder or program."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton, QSizePolicy, QWidget

from ui.models import shortcuts
from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting
from ui.widgets.labels import as_menu_text


def file_mime(path: Path) -> QMimeData:
    """What a drag or copy of a file hands over: its real URL."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


class FileCard(QPushButton):
    """Dragging copies, never moves. Ctrl+C copies the file, Enter or a click asks to show it in its folder."""

    folder_wanted = Signal(Path)

    def __init__(self, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "file")
        self._path: Path | None = None
        self._icon = "file"
        self._note = note
        self._picture = QPixmap()
        self._press_point: QPoint | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._ask_for_folder)
        tokens.changed.connect(self.updateGeometry)
        self.set_file(None, note)

    @property
    def path(self) -> Path | None:
        return self._path

    def set_file(self, path: Path | None, note: str) -> None:
        """None while there is nothing to drag; the note then says what is missing."""
        self._path = path
        self._icon = "file" if path is None or path.is_file() else "folder"
        self._note = note
        name = path.name if path else self.tr("No file yet")
        self.setText(as_menu_text(name))
        self.setAccessibleName(name)
        self.setAccessibleDescription(note)
        self.setEnabled(path is not None)
        self.setCursor(Qt.CursorShape.OpenHandCursor if path else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_picture(self, picture: QPixmap) -> None:
        self._picture = picture
        self.update()

    def _ask_for_folder(self) -> None:
        if self._path is not None:
            self.folder_wanted.emit(self._path)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press_point = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press_point is None or self._path is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        moved = event.position().toPoint() - self._press_point
        if moved.manhattanLength() >= QApplication.startDragDistance():
            self._press_point = None
            self.setDown(False)
            drag = self.make_drag()
            drag.exec(Qt.DropAction.CopyAction)

    def make_drag(self) -> QDrag:
        """The drag that starts when the card is pulled."""
        assert self._path is not None
        drag = QDrag(self)
        drag.setMimeData(file_mime(self._path))
        drag.setPixmap(self.grab().scaledToWidth(240, Qt.TransformationMode.SmoothTransformation))
        return drag

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if shortcuts.pressed(event, "export") == "copy_file" and self._path is not None:
            QGuiApplication.clipboard().setMimeData(file_mime(self._path))
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(300), tokens.current().scaled(72))

    def minimumSizeHint(self) -> QSize:
        """The name is cut in the middle where there is little width."""
        return QSize(tokens.current().scaled(160), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        rect = self.rect().toRectF()
        ground = "hover" if self.underMouse() and self.isEnabled() else "raised"
        painting.fill_round(painter, rect, current.sizes.radius_card, current.color(ground), current.color("border"))
        side = current.scaled(44)
        top = (self.height() - side) / 2
        if self._picture.isNull():
            painter.drawPixmap(QPointF(22, (self.height() - 28) / 2), icons.pixmap(self._icon, "accent", 28))
        else:
            picture = self._picture.scaled(
                side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            painter.drawPixmap(QPointF(14 + (side - picture.width()) / 2, top), picture)
        ink = "text" if self.isEnabled() else "muted"
        if self.isEnabled():
            painter.drawPixmap(QPointF(self.width() - 34, (self.height() - 18) / 2), icons.pixmap("drag", "muted", 18))
        left = 14 + side + 12
        room = self.width() - left - 42
        for text, font, colour, above in (
            (self._path.name if self._path else self.tr("No file yet"), ui_font("strong"), ink, True),
            (self._note, ui_font("small"), "muted", False),
        ):
            painter.setFont(font)
            painter.setPen(current.color(colour))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            base = self.height() / 2 - 4 if above else self.height() / 2 + painter.fontMetrics().ascent() + 3
            painter.drawText(QPointF(left, base), shown)
