"""Garbage is collected by the GUI thread, whatever other threads make."""

import threading

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from ui.work import tasks
from ui.work.garbage import LOOK_MS, Collector


class _Left(QObject):
    """Holds itself, so that only the collector ends it."""

    def __init__(self, ended_in: list[int]) -> None:
        super().__init__()
        self._self = self
        self._ended_in = ended_in

    def __del__(self) -> None:
        self._ended_in.append(threading.get_ident())


def test_a_worker_that_makes_many_objects_takes_no_qt_object_apart(qtbot: QtBot, collector: Collector) -> None:
    ended_in: list[int] = []
    made: list[list[list[int]]] = []
    assert collector.thread() is QThread.currentThread()
    _Left(ended_in)
    tasks.run(lambda _: [[number] for number in range(100_000)], made.append)
    qtbot.waitUntil(lambda: made != [] and ended_in != [], timeout=10 * LOOK_MS)
    assert ended_in == [threading.get_ident()]
