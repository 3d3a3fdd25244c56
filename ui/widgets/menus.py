"""Menus that are made for one moment: shown without a loop of their own, and gone for good when they close."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainterPath, QRegion
from PySide6.QtWidgets import QMenu, QWidget

from ui.theme import tokens


def open_below(menu: QMenu, widget: QWidget) -> None:
    """Show the menu under a button or a card, at its right end where it would else reach out of the window."""
    window = widget.window()
    left, right = (widget.mapTo(window, corner) for corner in (widget.rect().bottomLeft(), widget.rect().bottomRight()))
    width = menu.sizeHint().width()
    place = left if left.x() + width <= window.width() else right - QPoint(width - 1, 0)
    open_at(menu, window.mapToGlobal(place))


def open_above(menu: QMenu, widget: QWidget) -> None:
    """Show the menu over a button that stands low in the window."""
    open_at(menu, widget.mapToGlobal(QPoint(0, -menu.sizeHint().height())))


def open_at(menu: QMenu, place: QPoint) -> None:
    """Show the menu with its corner at a place of the screen, in logical pixels."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(place)
    # Without it the corners outside the round border are filled; see-through ones would want a compositor.
    corners = QPainterPath()
    radius = tokens.current().sizes.radius_button
    corners.addRoundedRect(menu.rect().toRectF(), radius, radius)
    menu.setMask(QRegion(corners.toFillPolygon().toPolygon()))
