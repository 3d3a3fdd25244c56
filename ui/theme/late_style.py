"""A new style sheet for a large window, quickly.

Pages that are not in view get it when they come into view: all ten at once would hold the window up.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_MAY_WAIT, _IS_DUE = "style_may_wait", "style_is_due"
_POLISHED = Qt.WidgetAttribute.WA_WState_Polished  # Qt gives a new sheet to what bears this mark
_OWN_STYLE = Qt.WidgetAttribute.WA_SetStyle  # and tells it to all that do not bear this one


def allow_late_style(widget: QWidget) -> None:
    """While it is hidden it need not be styled, nor what it holds; `style_now` must then come before it is shown."""
    widget.setProperty(_MAY_WAIT, True)


def put_on(app: QApplication, sheet: str) -> None:
    """Put a style sheet on the application in place of the one that is there.

    The old one is taken off first. Were it replaced, Qt would style each widget once for every widget it lies in.
    """
    with _unheard(app.allWidgets()):
        app.setStyleSheet("")
    late = [part for widget in app.allWidgets() if _may_wait(widget) for part in _put_off(widget)]
    with _unheard(late):
        app.setStyleSheet(sheet)


def style_now(widget: QWidget) -> None:
    """Give it the style sheet that it was passed over by, if it was."""
    if not widget.property(_IS_DUE):
        return
    widget.setProperty(_IS_DUE, False)
    parts = _parts(widget)
    for kind in (QEvent.Type.Polish, QEvent.Type.StyleChange):
        for part in parts:
            QCoreApplication.sendEvent(part, QEvent(kind))


def _may_wait(widget: QWidget) -> bool:
    return widget.isHidden() and bool(widget.property(_MAY_WAIT))


def _put_off(widget: QWidget) -> list[QWidget]:
    widget.setProperty(_IS_DUE, True)
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
