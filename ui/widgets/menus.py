"""Menus that are made for one moment: shown without a loop of their own, and gone for good when they close."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget


def open_below(menu: QMenu, widget: QWidget) -> None:
    """Show the menu under a button or a card."""
    open_at(menu, widget.mapToGlobal(widget.rect().bottomLeft()))


def open_above(menu: QMenu, widget: QWidget) -> None:
    """Show the menu over a button that stands low in the window."""
    open_at(menu, widget.mapToGlobal(QPoint(0, -menu.sizeHint().height())))


def open_at(menu: QMenu, place: QPoint) -> None:
    """Show the menu with its corner at a place of the screen, in logical pixels."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(place)
