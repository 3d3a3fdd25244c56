"""Progress in the title and on the program's icon, read from a bus of the test's own."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ui.shell.taskbar import Taskbar

needs_bus = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not shutil.which("dbus-daemon") or not shutil.which("dbus-monitor"),
    reason="needs dbus-daemon and dbus-monitor",
)


class Bus:
    """A bus that nobody else is on, and everything that was said on it to docks."""

    def __init__(self) -> None:
        words = ["dbus-daemon", "--session", "--nofork", "--print-address"]
        self._daemon = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        rule = "interface='com.canonical.Unity.LauncherEntry'"
        self._monitor = subprocess.Popen(
            ["dbus-monitor", "--address", self.address, rule], stdout=subprocess.PIPE, text=True
        )
        self._lines: list[str] = []
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self._listening.wait(10)

    def _read(self) -> None:
        assert self._monitor.stdout is not None
        for line in self._monitor.stdout:
            self._lines.append(line)
            self._listening.set()

    def last(self, name: str) -> str | None:
        """Type and value of a property as it was sent last."""
        found = re.findall(rf'string "{name}"\s+variant\s+(\w+ \S+)', "".join(self._lines))
        return found[-1] if found else None

    def said(self, words: str) -> bool:
        return words in "".join(self._lines)

    def close(self) -> None:
        self._monitor.terminate()
        self._daemon.terminate()
        self._reader.join()
        for process in (self._monitor, self._daemon):
            process.communicate()


@pytest.fixture
def bus() -> Iterator[Bus]:
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


def test_the_title_begins_with_the_program_and_ends_with_how_far_the_training_is(window: QWidget) -> None:
    taskbar = Taskbar(window)
    taskbar.show_project("Misty Ink")
    assert window.windowTitle() == "LoRA Studio · Misty Ink"
    taskbar.show_run(0.349, needs_you=False)
    assert window.windowTitle() == "LoRA Studio · Misty Ink · 34 %"
    taskbar.show_run(None, needs_you=False)
    assert window.windowTitle() == "LoRA Studio · Misty Ink"
    taskbar.show_project("")
    assert window.windowTitle() == "LoRA Studio"


@needs_bus
def test_the_icon_shows_the_share_and_nothing_once_the_training_ended(qtbot: QtBot, window: QWidget, bus: Bus) -> None:
    QGuiApplication.setDesktopFileName("lora-studio")
    taskbar = Taskbar(window, bus.address)
    taskbar.show_run(0.34, needs_you=False)
    qtbot.waitUntil(lambda: bus.last("progress") == "double 0.34")
    assert bus.said('string "application://lora-studio.desktop"')
    assert bus.last("progress-visible") == "boolean true"
    assert bus.last("urgent") == "boolean false"
    taskbar.show_run(None, needs_you=False)
    qtbot.waitUntil(lambda: bus.last("progress-visible") == "boolean false")


@needs_bus
def test_the_icon_is_urgent_until_the_person_looks(qtbot: QtBot, window: QWidget, bus: Bus) -> None:
    taskbar = Taskbar(window, bus.address)
    taskbar.show_run(None, needs_you=True)
    qtbot.waitUntil(lambda: bus.last("urgent") == "boolean true")
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: bus.last("urgent") == "boolean false")
