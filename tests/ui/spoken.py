"""A window as a screen reader finds it: a tree of roles, names, values and states, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget

Role, Text = QAccessible.Role, QAccessible.Text
MOST_ITEMS = 4  # of a list or table
LISTS = {Role.List, Role.Table, Role.Tree}
# Frames around other things: without a name of their own they say nothing.
FRAMES = {Role.Client, Role.Pane, Role.NoRole, Role.LayeredPane, Role.Border, Role.Grouping, Role.Window, Role.Splitter}
FRAMES |= {Role.ScrollBar, Role.Separator, Role.Whitespace}
SILENT = {Role.Client, Role.Pane, Role.NoRole, Role.LayeredPane, Role.Border, Role.Window}


def tree(window: QWidget) -> str:
    """One line for each thing: deeper things further right, then the order of Tab."""
    interface = QAccessible.queryAccessibleInterface(window)
    assert interface is not None
    lines = [f"{'  ' * depth}{line}" for depth, line in _lines(interface, 0)]
    return "\n".join([*lines, "", "Tab:", *(f"  {_role(one)} {_name(one)!r}" for one in _tab_order(window)), ""])


def complaints(window: QWidget) -> list[str]:
    """Controls that can have the focus or be pressed and have no name or no role, and pictures without a text."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None:
            continue
        takes_focus = _takes_focus(widget)
        what = f"{type(widget).__module__}.{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        if takes_focus and not _name(interface):
            found.append(f"{what} can have the focus and has no name")
        if takes_focus and interface.role() in SILENT:
            found.append(f"{what} can have the focus and has no role")
        if interface.role() == Role.Graphic and not _name(interface) and not _description(interface):
            found.append(f"{what} is a picture without a text")
    return found


def _lines(interface: QAccessibleInterface, depth: int) -> Iterator[tuple[int, str]]:
    if interface.state().invisible:
        return
    says = interface.role() not in FRAMES or bool(_name(interface) and depth)
    if says:
        yield depth, _line(interface)
    is_list = interface.role() in LISTS
    shown = 0
    for index in range(interface.childCount()):
        child = interface.child(index)
        if child is None or not child.isValid() or child.state().invisible:
            continue
        if is_list and child.role() not in FRAMES:
            shown += 1
            if shown > MOST_ITEMS:
                yield depth + 1, "…"
                return
        yield from _lines(child, depth + 1 if says else depth)


def _line(interface: QAccessibleInterface) -> str:
    parts = [_role(interface), repr(_name(interface))]
    value = interface.text(Text.Value)
    if value and value != _name(interface):
        parts.append(f"= {value!r}")
    if _description(interface):
        parts.append(f"({_description(interface)})")
    return " ".join([*parts, *_states(interface)])


def _states(interface: QAccessibleInterface) -> list[str]:
    state = interface.state()
    names = ("checked", "selected", "disabled", "expanded", "readOnly", "passwordEdit")
    return [f"[{name}]" for name in names if getattr(state, name)]


def _role(interface: QAccessibleInterface) -> str:
    return str(interface.role().name)


def _name(interface: QAccessibleInterface) -> str:
    return interface.text(Text.Name).replace("\u200b", "").replace("\n", " ")


def _description(interface: QAccessibleInterface) -> str:
    return interface.text(Text.Description).replace("\u200b", "").replace("\n", " ")


def _takes_focus(widget: QWidget) -> bool:
    """By itself, and not for something in it that it hands the focus to."""
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled()
    return takes and widget.focusProxy() is None


def _tab_order(window: QWidget) -> Iterator[QAccessibleInterface]:
    widget = window.nextInFocusChain()
    while widget is not None and widget is not window:
        if widget.isVisible() and _takes_focus(widget):
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface is not None:
                yield interface
        widget = widget.nextInFocusChain()
