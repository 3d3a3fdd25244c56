"""Work off the GUI thread: results and errors come back to it, cancelled ones do not."""

import gc
import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, QThread, QThreadPool
from pytestqt.qtbot import QtBot

from ui.work import tasks
from ui.work.poll import Poll
from ui.work.tasks import CancelToken


def test_the_result_arrives_on_the_gui_thread(qtbot: QtBot) -> None:
    seen: list[tuple[int, bool]] = []
    gui_thread = QThread.currentThread()
    tasks.run(lambda _: 6 * 7, lambda result: seen.append((result, QThread.currentThread() is gui_thread)))
    qtbot.waitUntil(lambda: seen != [])
    assert seen == [(42, True)]


def test_the_work_itself_runs_in_another_thread(qtbot: QtBot) -> None:
    names: list[int] = []
    tasks.run(lambda _: threading.get_ident(), names.append)
    qtbot.waitUntil(lambda: names != [])
    assert names != [threading.get_ident()]


def test_an_error_arrives_as_it_was_raised(qtbot: QtBot) -> None:
    seen: list[Exception] = []
    tasks.run(lambda _: 1 // 0, lambda _: None, seen.append)
    qtbot.waitUntil(lambda: seen != [])
    assert isinstance(seen[0], ZeroDivisionError)


def test_a_cancelled_result_is_dropped_even_if_the_work_was_done(qtbot: QtBot) -> None:
    seen: list[str] = []
    pool, began, gate = _pool_of_one(), threading.Event(), threading.Event()

    def work(_: CancelToken) -> None:
        began.set()
        gate.wait(5)

    token = tasks.run(work, lambda _: seen.append("cancelled"), pool=pool)
    assert began.wait(5)
    token.cancel()
    gate.set()
    tasks.run(lambda _: "next", seen.append, pool=pool)
    qtbot.waitUntil(lambda: "next" in seen)
    assert seen == ["next"]


def test_work_cancelled_before_it_began_is_never_begun(qtbot: QtBot) -> None:
    began: list[str] = []
    pool, gate = _pool_of_one(), threading.Event()
    tasks.run(lambda _: gate.wait(5), lambda _: None, pool=pool)
    token = CancelToken()
    tasks.run(lambda _: began.append("late"), lambda _: None, token=token, pool=pool)
    token.cancel()
    gate.set()
    pool.waitForDone()
    assert began == []


def test_running_work_sees_that_it_was_cancelled(qtbot: QtBot) -> None:
    seen: list[bool] = []
    started = threading.Event()

    def wait_for_cancel(token: CancelToken) -> None:
        started.set()
        while not token.is_cancelled:
            pass
        seen.append(True)

    pool = _pool_of_one()
    token = tasks.run(wait_for_cancel, lambda _: None, pool=pool)
    started.wait(5)
    token.cancel()
    pool.waitForDone()
    assert seen == [True]


def test_a_result_for_a_receiver_that_is_gone_is_dropped(qtbot: QtBot) -> None:
    seen: list[str] = []
    pool, gate, owner = _pool_of_one(), threading.Event(), QObject()
    tasks.run(lambda _: gate.wait(5), lambda _: seen.append("to nobody"), owner=owner, pool=pool)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    gate.set()
    tasks.run(lambda _: "next", seen.append, pool=pool)
    qtbot.waitUntil(lambda: "next" in seen)
    assert seen == ["next"]


class _Owner(QObject):
    """Works in a pool of its own, as the models do."""

    def __init__(self, gate: threading.Event, seen: list[bool]) -> None:
        super().__init__()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._gate, self._seen = gate, seen
        for _ in range(3):
            tasks.run(lambda _: self._work(), lambda _: None, owner=self, pool=self._pool)

    def _work(self) -> None:
        self._gate.wait(5)
        self._seen.append(True)


def test_work_of_an_owner_nobody_holds_any_more_is_not_taken_apart_before_it_ran(qtbot: QtBot) -> None:
    gate, seen = threading.Event(), list[bool]()
    _Owner(gate, seen)
    gc.collect()
    gate.set()
    qtbot.waitUntil(lambda: len(seen) == 3)


def test_it_is_idle_only_when_the_result_was_handed_over(qtbot: QtBot) -> None:
    qtbot.waitUntil(tasks.is_idle)
    seen: list[int] = []
    tasks.run(lambda _: 42, seen.append)
    assert tasks.wait_for_all(5_000)
    assert (seen, tasks.is_idle()) == ([], False)
    qtbot.waitUntil(tasks.is_idle)
    assert seen == [42]


def test_an_error_nobody_asked_for_is_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    pool = _pool_of_one()
    tasks.run(lambda _: 1 // 0, lambda _: None, pool=pool)
    pool.waitForDone()
    assert "Background work failed" in caplog.text


def test_a_poll_looks_at_once_and_again_until_it_is_stopped(qtbot: QtBot) -> None:
    looks: list[int] = []
    look: Callable[[], object] = lambda: looks.append(1)  # noqa: E731
    owner = QObject()
    poll = Poll(look, 5, owner)
    poll.start()
    assert looks == [1]
    qtbot.waitUntil(lambda: len(looks) >= 3)
    poll.stop()
    assert not poll.is_running


def _pool_of_one() -> QThreadPool:
    pool = QThreadPool()
    pool.setMaxThreadCount(1)
    return pool
