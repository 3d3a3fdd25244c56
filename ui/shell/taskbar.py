"""How far the shown run is, told where the desktop lists windows: in the title, and on Linux on the program's icon.

Docks of Ubuntu, KDE and others listen to the signal that Unity began with; Windows and macOS have the title alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

INTERFACE = "com.canonical.Unity.LauncherEntry"
PATH = "/com/canonical/unity/launcherentry/lora_studio"


class Taskbar(QObject):
    """Say again whenever something changed; only what is new is passed on."""

    def __init__(self, window: QWidget, bus_address: str | None = None) -> None:
        """`bus_address` replaces the person's own bus, for tests."""
        super().__init__(window)
        self._window = window
        self._bus_address = bus_address
        self._bus: QDBusConnection | None = None
        self._project = ""
        self._percent: int | None = None
        self._needs_you = False
        self._sent: dict[str, float | bool] = {"progress": 0.0, "progress-visible": False, "urgent": False}
        QGuiApplication.instance().focusWindowChanged.connect(self._mark_icon)  # type: ignore[union-attr]

    def show_project(self, name: str) -> None:
        """The open project; empty for none."""
        self._project = name
        self._show_title()

    def show_run(self, share: float | None, needs_you: bool) -> None:
        """How much of a training is done, 0 to 1, None where nothing trains; and whether it waits for the person."""
        percent = None if share is None else int(100 * min(1.0, max(0.0, share)))
        if (percent, needs_you) != (self._percent, self._needs_you):
            self._percent, self._needs_you = percent, needs_you
            self._show_title()
            self._mark_icon()

    def _show_title(self) -> None:
        if self._project and self._percent is not None:
            title = self.tr("LoRA Studio · {project} · {percent} %")
            number = QLocale().toString(self._percent)
            self._window.setWindowTitle(title.format(project=self._project, percent=number))
        else:
            self._window.setWindowTitle(" · ".join(("LoRA Studio", self._project)) if self._project else "LoRA Studio")

    def _mark_icon(self) -> None:
        wanted = {
            "progress": (self._percent or 0) / 100,
            "progress-visible": self._percent is not None,
            "urgent": self._needs_you and not self._window.isActiveWindow(),
        }
        if wanted != self._sent and self._has_bus():
            self._sent = wanted
            self._send(wanted)

    def _has_bus(self) -> bool:
        """Whether there is a bus to send on; without one, asking for it would start one."""
        if self._bus_address is not None:
            return True
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        named = "DBUS_SESSION_BUS_ADDRESS" in os.environ or (bool(runtime) and Path(runtime, "bus").exists())
        return sys.platform.startswith("linux") and named

    def _send(self, properties: dict[str, float | bool]) -> None:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        if self._bus is None:
            own = self._bus_address
            self._bus = QDBusConnection.connectToBus(own, f"lora-studio {own}") if own else QDBusConnection.sessionBus()
        message = QDBusMessage.createSignal(PATH, INTERFACE, "Update")
        message.setArguments([f"application://{QGuiApplication.desktopFileName()}.desktop", properties])
        self._bus.send(message)
