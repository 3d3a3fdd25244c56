"""Whether the computer runs on its battery."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

ASK_EVERY_S = 20.0


class Battery:
    """Asked as often as one likes; the computer itself is asked at most every 20 s."""

    def __init__(
        self, is_in_use: Callable[[], bool] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`is_in_use` stands in for the computer, for tests."""
        self._ask = is_in_use or on_battery
        self._clock = clock
        self._asked_at: float | None = None
        self._answer = False

    def is_in_use(self) -> bool:
        """Whether the power came from the battery when it was asked last."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at >= ASK_EVERY_S:
            self._asked_at, self._answer = now, self._ask()
        return self._answer


def on_battery() -> bool:
    """Whether there is a battery and nothing charges it; False where nobody knows."""
    ask = getattr(psutil, "sensors_battery", None)  # not on every system
    battery = ask() if ask is not None else None
    return battery is not None and battery.power_plugged is False
