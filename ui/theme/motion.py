"""Whether things may move. Everything in the window that does, moves by a `Beat`."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

MotionChoice = Literal["system", "on", "off"]

SPI_GETCLIENTAREAANIMATION = 0x1042
_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_FadeMenu, Qt.UIEffect.UI_AnimateCombo, Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip, Qt.UIEffect.UI_AnimateToolBox,
)  # fmt: skip


class _Motion(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_reduced = False


_motion = _Motion()
changed = _motion.changed


def is_reduced() -> bool:
    """Whether nothing may move."""
    return _motion.is_reduced


def put_in_force(choice: MotionChoice) -> None:
    """Follow a choice about reduced motion, from now on and everywhere."""
    is_reduced = system_wants_less() if choice == "system" else choice == "on"
    if is_reduced != _motion.is_reduced:
        _motion.is_reduced = is_reduced
        for effect in _EFFECTS:
            QApplication.setEffectEnabled(effect, False)
        _motion.changed.emit()


def system_wants_less() -> bool:
    """What Windows was told about animations; Qt 6.11 does not say what the other systems were told."""
    if sys.platform != "win32":
        return False
    moves = ctypes.c_int(1)
    asked = ctypes.windll.user32.SystemParametersInfoW(SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(moves), 0)
    return bool(asked) and not moves.value


class Beat(QObject):
    """Calls `move` every `interval_ms` between `start` and `stop`, unless motion is reduced."""

    def __init__(self, interval_ms: int, move: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._is_wanted = False
        self._timer = QTimer(self, interval=interval_ms)
        self._timer.timeout.connect(move)
        changed.connect(self._follow)

    @property
    def is_wanted(self) -> bool:
        """Whether it was started and not stopped."""
        return self._is_wanted

    @property
    def is_moving(self) -> bool:
        return self._timer.isActive()

    def start(self) -> None:
        self._is_wanted = True
        if not self._timer.isActive():
            self._follow()

    def stop(self) -> None:
        self._is_wanted = False
        self._timer.stop()

    def _follow(self) -> None:
        if self._is_wanted and not is_reduced():
            self._timer.start()
        else:
            self._timer.stop()
