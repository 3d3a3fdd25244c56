"""One base model to choose: radio dot, name, where it lies, and how it fits."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from ui.theme import tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting
from ui.widgets.chip import Chip, ChipKind


class ModelRow(QRadioButton):
    """Rows in one parent exclude each other. A row that cannot be chosen says why in its sub-line."""

    def __init__(self, title: str, subline: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._title = title
        self._subline = subline
        self.chip = Chip("", parent=self)
        self.chip.hide()
        self.setAccessibleName(title)
        self.setAccessibleDescription(subline)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        tokens.changed.connect(self._restyle)

    def set_subline(self, subline: str) -> None:
        self._subline = subline
        self._describe()
        self.update()

    def set_chip(self, text: str, kind: ChipKind) -> None:
        """An empty text takes the chip away."""
        self.chip.set_state(text, kind)
        self.chip.setVisible(bool(text))
        self._describe()
        self._place_chip()

    def _describe(self) -> None:
        self.setAccessibleDescription("\n".join(filter(None, (self._subline, self.chip.text))))

    def _restyle(self) -> None:
        self.updateGeometry()
        self._place_chip()
        self.update()

    def _place_chip(self) -> None:
        size = self.chip.sizeHint()
        self.chip.setGeometry(self.width() - size.width() - 14, (self.height() - size.height()) // 2, *size.toTuple())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_chip()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def sizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(280), tokens.current().scaled(56))

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(160), tokens.current().scaled(56))

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        rect = QRectF(self.rect())
        radius = current.sizes.radius_button
        is_live = self.isEnabled()
        ground = "soft" if self.isChecked() else "raised" if self.underMouse() and is_live else "card"
        painting.fill_round(painter, rect, radius, current.color(ground), current.color("border"))
        if self.isChecked():
            painting.outline_round(painter, rect, radius, current.color("accent"), 2)
        dot = current.scaled(8)
        centre = QPointF(15 + dot, self.height() / 2)
        painter.setBrush(current.color("card"))
        painter.setPen(QPen(current.color("accent" if self.isChecked() else "line"), 2 if self.isChecked() else 1.5))
        painter.drawEllipse(centre, dot, dot)
        if self.isChecked():
            painter.setBrush(current.color("accent"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(centre, dot * 0.55, dot * 0.55)
        left = round(centre.x() + dot + 12)
        right = self.chip.x() - 10 if self.chip.isVisible() else self.width() - 14
        for text, level, ink, top in (
            (self._title, "strong", "text" if is_live else "muted", 0),
            (self._subline, "small", "text2" if is_live else "muted", 1),
        ):
            font = ui_font("strong" if level == "strong" else "small")
            painter.setFont(font)
            painter.setPen(current.color(ink))
            half = self.height() // 2
            line = QRect(left, half - QFontMetrics(font).height() - 2 if top == 0 else half + 3, right - left, half)
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, shown)
