"""Shapes that several components paint alike."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QProgressBar, QStyle, QWidget


def smooth(painter: QPainter) -> QPainter:
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    return painter


def mirrored(widget: QWidget, place: QRect) -> QRect:
    """A place in the widget, counted from the side where reading begins."""
    return QStyle.visualRect(widget.layoutDirection(), widget.rect(), place)


def leading(widget: QWidget) -> Qt.AlignmentFlag:
    """The side where reading begins, whatever the script of the text."""
    side = Qt.AlignmentFlag.AlignRight if widget.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignAbsolute


def fill_round(painter: QPainter, rect: QRectF, radius: float, fill: QColor, outline: QColor | None = None) -> None:
    """A rounded surface whose outline lies inside `rect`."""
    if outline is None:
        painter.setPen(Qt.PenStyle.NoPen)
        inner = rect
    else:
        painter.setPen(QPen(outline, 1))
        inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setBrush(fill)
    painter.drawRoundedRect(inner, radius, radius)


def outline_round(painter: QPainter, rect: QRectF, radius: float, color: QColor, width: float) -> None:
    """A rounded outline that lies inside `rect`."""
    half = width / 2
    painter.setPen(QPen(color, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def draw_ring(painter: QPainter, centre: QPointF, diameter: float, color: QColor, share: float, turn: float) -> None:
    """An open ring: `share` of the circle, turned by `turn` of a full turn, clockwise from the top."""
    pen = QPen(color, max(2.0, diameter / 7))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = pen.widthF() / 2
    rect = QRectF(0, 0, diameter - 2 * inset, diameter - 2 * inset)
    rect.moveCenter(centre)
    painter.drawArc(rect, round((0.25 - turn) * 5760), round(-share * 5760))


def set_value_quietly(bar: QProgressBar, value: int) -> None:
    """Give a bar its value without painting it at once, as Qt would, in the middle of what else is being changed."""
    bar.setUpdatesEnabled(False)
    bar.setValue(value)
    bar.setUpdatesEnabled(True)
