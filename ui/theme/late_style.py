"""A new style sheet for a large window, quickly.

What is in sight gets it at once. The rest, such as other pages, hidden parts and what is scrolled away, gets it little
by little while the window is at rest, or at the latest when it is shown: all at once would hold the window up.
"""

import time
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QEvent, QRect, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

REST_MS, SLICE_S = 16, 0.008  # how often, and for how long, what is out of sight is gone on with
_POLISHED = Qt.WidgetAttribute.WA_WState_Polished  # Qt takes sheets from what bears this mark, and gives it new ones
_OWN_STYLE = Qt.WidgetAttribute.WA_SetStyle  # and tells it to all that do not bear this one

_late: dict[QWidget, None] = {}  # passed over by the last style sheet, the outer ones first


def put_on(app: QApplication, sheet: str) -> None:
    """Put a style sheet on the application in place of the one that is there.

    Were it replaced, Qt would style each widget once for every widget it lies in, so the application goes without one
    for a moment. No widget hears of that, nor gives up what the old sheet set: each sheet sets the same properties, so
    the new one covers it all. What is out of sight keeps the old look until its turn comes.
    """
    # Lists of choices and the like first, which measure themselves before they are shown; else the outer ones first.
    windows = sorted(app.topLevelWidgets(), key=lambda window: window.isVisible())
    widgets = dict.fromkeys(part for window in windows for part in (window, *window.findChildren(QWidget)))
    styled = [widget for widget in widgets if widget in _late or widget.testAttribute(_POLISHED)]
    told = [widget for widget in widgets if not widget.testAttribute(_OWN_STYLE)]
    for widget in styled:
        widget.setAttribute(_POLISHED, False)
    for widget in told:
        widget.setAttribute(_OWN_STYLE)
    app.setStyleSheet("")
    app.setStyleSheet(sheet)
    for widget in filter(isValid, told):
        widget.setAttribute(_OWN_STYLE, False)
    _late.clear()
    _late.update(dict.fromkeys(styled))
    _style(_in_sight_of_windows())


def style_now(widget: QWidget) -> None:
    """Give it, and what will be in sight of it, the style sheet that it was passed over by, if it was.

    What is hidden should get it before it is shown; else it is seen in its old look for a moment.
    """
    if _late:
        _style(_in_sight(widget))


def style_some(until_s: float | None = None) -> bool:
    """Go on until then, for a moment if nothing is said, with what is out of sight; whether more is left.

    What came into sight meanwhile is first.
    """
    until_s = time.perf_counter() + SLICE_S if until_s is None else until_s
    for widget in [*_in_sight_of_windows(), *_late] if _late else ():
        if widget in _late:
            _style([widget])
            if time.perf_counter() > until_s:
                break
    return bool(_late)


def _style(widgets: Iterable[QWidget]) -> None:
    """Give those of them the style sheet that wait for it."""
    waiting = [widget for widget in widgets if widget in _late]
    for widget in waiting:
        del _late[widget]
    for widget in filter(isValid, waiting):
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.Polish))
    for widget in filter(isValid, waiting):
        if widget.testAttribute(_OWN_STYLE):
            continue
        if isinstance(widget, QAbstractScrollArea):  # each measures all that it holds, so it is told in its own turn
            QCoreApplication.postEvent(widget, QEvent(QEvent.Type.StyleChange))
        else:
            QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def _in_sight_of_windows() -> list[QWidget]:
    windows = [window for window in QApplication.topLevelWidgets() if window.isVisible()]
    return [seen for window in windows for seen in _in_sight(window)]


def _in_sight(widget: QWidget) -> list[QWidget]:
    """It and what the widgets around leave to be seen of what it holds, the outer ones first."""
    seen: list[QWidget] = []

    def look_at(widget: QWidget, rect: QRect) -> None:
        seen.append(widget)
        for child in widget.children():
            if isinstance(child, QWidget) and not child.isHidden() and not child.isWindow():
                within = rect & (place := child.geometry())
                if not within.isEmpty():
                    look_at(child, within.translated(-place.topLeft()))

    look_at(widget, widget.rect())
    return seen
