"""A new style sheet for a large window, quickly.

What is not in view, such as the other pages, gets it little by little while the window is at rest, or at the latest
when it is shown: all at once would hold the window up.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

REST_MS, SLICE_S = 50, 0.008  # how often, and for how long, what is out of view is gone on with
_POLISHED = Qt.WidgetAttribute.WA_WState_Polished  # Qt takes sheets from what bears this mark, and gives it new ones
_OWN_STYLE = Qt.WidgetAttribute.WA_SetStyle  # and tells it to all that do not bear this one

_may_wait: set[QWidget] = set()
_under_way: dict[QWidget, "_Waiting"] = {}  # out of view, the outer ones first


@dataclass(eq=False)
class _Waiting:
    """A widget with what it holds, but for those in it that wait by themselves; `steps` is the rest of the work."""

    parts: list[QWidget]
    told: list[QWidget] = field(init=False)  # the parts that hear of new styles when they do not wait
    steps: Iterator[None] = field(init=False)

    def __post_init__(self) -> None:
        self.told = _silence(self.parts)
        for part in self.parts:
            part.setAttribute(_POLISHED, False)
        self.steps = self._style()

    def _style(self) -> Iterator[None]:
        self.let_hear()
        for kind in (QEvent.Type.Polish, QEvent.Type.StyleChange):
            for part in filter(isValid, self.parts):
                QCoreApplication.sendEvent(part, QEvent(kind))
                yield

    def let_hear(self) -> None:
        for part in filter(isValid, self.told):
            part.setAttribute(_OWN_STYLE, False)
        self.told = []


def allow_late_style(widget: QWidget) -> None:
    """While it is hidden or scrolled out of view it need not be styled, nor what it holds.

    Where it was hidden `style_now` must come before it is shown; what is scrolled to catches up by itself, at once.
    """
    _may_wait.add(widget)


def put_on(app: QApplication, sheet: str) -> None:
    """Put a style sheet on the application in place of the one that is there.

    Were it replaced, Qt would style each widget once for every widget it lies in, so the application goes without one
    for a moment. No widget hears of that, nor gives up what the old sheet set: each sheet sets the same properties, so
    the new one covers it all. What is out of view keeps the old look until its turn comes.
    """
    for waiting in _under_way.values():
        waiting.let_hear()
    _under_way.clear()
    late = _put_off()
    widgets = [widget for widget in app.allWidgets() if widget not in late]
    styled = [widget for widget in widgets if widget.testAttribute(_POLISHED)]
    for widget in styled:
        widget.setAttribute(_POLISHED, False)
    told = _silence(widgets)
    app.setStyleSheet("")
    for widget in filter(isValid, styled):
        widget.setAttribute(_POLISHED)
    areas = [widget for widget in told if isValid(widget) and isinstance(widget, QAbstractScrollArea)]
    for widget in set(told).difference(areas):
        if isValid(widget):
            widget.setAttribute(_OWN_STYLE, False)
    app.setStyleSheet(sheet)
    for area in filter(isValid, areas):  # each measures all that it holds, so it is told in a turn of its own
        area.setAttribute(_OWN_STYLE, False)
        QCoreApplication.postEvent(area, QEvent(QEvent.Type.StyleChange))


def style_now(widget: QWidget) -> None:
    """Give it, and what will be in sight of it, the style sheet that it was passed over by, if it was."""
    for late in list(_under_way):
        if late is widget or (isValid(late) and widget.isAncestorOf(late) and _is_in_sight(late)):
            for _ in _under_way.pop(late).steps:
                pass


def style_some(until_s: float | None = None) -> bool:
    """Go on until then, for a moment if nothing is said, with what is out of view; whether more is left."""
    until_s = time.perf_counter() + SLICE_S if until_s is None else until_s
    while _under_way:
        widget = next((late for late in _under_way if isValid(late) and late.isVisible() and _is_in_sight(late)), None)
        widget = widget or next(iter(_under_way))
        for _ in _under_way[widget].steps:
            if time.perf_counter() > until_s:
                return True
        del _under_way[widget]
    return False


def _put_off() -> set[QWidget]:
    """Have everything wait that may and is out of view, or lies in what is; returns all these widgets."""
    _may_wait.difference_update([widget for widget in _may_wait if not isValid(widget)])
    hidden = {widget for widget in _may_wait if widget.isHidden()}
    above = {widget: _ancestors(widget) for widget in _may_wait}
    late = [
        widget
        for widget in _may_wait
        if widget in hidden or not hidden.isdisjoint(above[widget]) or not _is_in_sight(widget)
    ]
    late.sort(key=lambda widget: -len(above[widget]))
    taken: set[QWidget] = set()
    waiting = {}
    for widget in late:  # the inner ones first
        parts = [part for part in (widget, *widget.findChildren(QWidget)) if part not in taken]
        taken.update(parts)
        waiting[widget] = _Waiting(parts)
    _under_way.update(reversed(waiting.items()))
    return taken


def _silence(widgets: list[QWidget]) -> list[QWidget]:
    """Tell them nothing of styles, for which they would lay themselves out; returns those that were told before."""
    told = [widget for widget in widgets if not widget.testAttribute(_OWN_STYLE)]
    for widget in told:
        widget.setAttribute(_OWN_STYLE)
    return told


def _is_in_sight(widget: QWidget) -> bool:
    """Whether the widgets around it leave any of it to be seen, once the page that they are on is shown."""
    rect = widget.rect()
    while (parent := widget.parentWidget()) is not None and not widget.isWindow():
        rect = rect.translated(widget.pos()) & parent.rect()
        if rect.isEmpty():
            return False
        widget = parent
    return True


def _ancestors(widget: QWidget) -> list[QWidget]:
    parent = widget.parentWidget()
    return [parent, *_ancestors(parent)] if parent is not None else []
