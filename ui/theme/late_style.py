"""A new style sheet for a large window, quickly.

Pages that are not in view get it little by little while the window is at rest, or at the latest when they come into
view: all ten at once would hold the window up.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

REST_MS, SLICE_S = 50, 0.008  # how often, and for how long, what is out of view is gone on with
_MAY_WAIT = "style_may_wait"
_POLISHED = Qt.WidgetAttribute.WA_WState_Polished  # Qt gives a new sheet to what bears this mark
_OWN_STYLE = Qt.WidgetAttribute.WA_SetStyle  # and tells it to all that do not bear this one

_under_way: dict[QWidget, Iterator[None]] = {}  # out of view, and the rest of what is to be done for it


def allow_late_style(widget: QWidget) -> None:
    """While it is hidden it need not be styled, nor what it holds; `style_now` must then come before it is shown."""
    widget.setProperty(_MAY_WAIT, True)


def put_on(app: QApplication, sheet: str) -> None:
    """Put a style sheet on the application in place of the one that is there.

    The old one is taken off first. Were it replaced, Qt would style each widget once for every widget it lies in.
    """
    with _unheard(app.allWidgets()):
        app.setStyleSheet("")
    _under_way.clear()
    late = [widget for widget in app.allWidgets() if _may_wait(widget)]
    with _unheard([part for widget in late for part in _put_off(widget)]):
        app.setStyleSheet(sheet)
    _under_way.update({widget: _styling(widget) for widget in late})


def style_now(widget: QWidget) -> None:
    """Give it the style sheet that it was passed over by, if it was."""
    for _ in _under_way.pop(widget, ()):
        pass


def style_some() -> bool:
    """Go on for a moment with what is out of view; whether more is left."""
    until_s = time.perf_counter() + SLICE_S
    while _under_way and time.perf_counter() < until_s:
        widget, left = next(iter(_under_way.items()))
        if not isValid(widget) or next(left, widget) is widget:
            del _under_way[widget]
    return bool(_under_way)


def _styling(widget: QWidget) -> Iterator[None]:
    parts = _parts(widget)
    for kind in (QEvent.Type.Polish, QEvent.Type.StyleChange):
        for part in filter(isValid, parts):
            QCoreApplication.sendEvent(part, QEvent(kind))
            yield


def _may_wait(widget: QWidget) -> bool:
    return widget.isHidden() and bool(widget.property(_MAY_WAIT))


def _put_off(widget: QWidget) -> list[QWidget]:
    parts = _parts(widget)
    for part in parts:
        part.setAttribute(_POLISHED, False)
    return parts


def _parts(widget: QWidget) -> list[QWidget]:
    return [widget, *widget.findChildren(QWidget)]


@contextmanager
def _unheard(widgets: Sequence[QWidget]) -> Iterator[None]:
    """Nothing is told to these widgets of a change of style; they would lay themselves out for nothing."""
    marked = [widget for widget in widgets if not widget.testAttribute(_OWN_STYLE)]
    for widget in marked:
        widget.setAttribute(_OWN_STYLE)
    yield
    for widget in filter(isValid, marked):
        widget.setAttribute(_OWN_STYLE, False)
