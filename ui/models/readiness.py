"""When a trainer is kept ready: while a start is near, and the computer has nothing else to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QThreadPool, QTimer

from ui.models.workspace import Workspace
from ui.work import tasks

BEGIN_AFTER_MS = 1500  # after the last thing that changed
LOOK_MS = 10_000  # between two looks whether memory is still there for it
LEFT_MS = 3 * 60_000  # that it is kept after Recipe was left
UNTOUCHED_MS = 30 * 60_000  # that it is kept with nothing being changed


class Readiness(QObject):
    """Keeps the workspace's trainer ready while Recipe shows a plan, and a little longer.

    None is kept while anything trains. Processes are begun and ended in another thread.
    """

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._place = ""
        self._is_kept = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._begin_timer = self._timer(BEGIN_AFTER_MS, self._begin, once=True)
        self._look_timer = self._timer(LOOK_MS, lambda: self._do(workspace.ready.give_way))
        self._end_timer = self._timer(UNTOUCHED_MS, self._end, once=True)
        workspace.plan_changed.connect(self._consider)
        workspace.run_changed.connect(self._follow_run)
        workspace.run_ended.connect(self._consider)
        workspace.queue_changed.connect(self._consider)
        workspace.recent.changed.connect(self._consider)

    def show_place(self, place: str) -> None:
        """This place is in view now."""
        self._place = place
        self._consider()

    def finish(self) -> None:
        """Before the program ends: none is left behind."""
        self._rest()
        self._workspace.ready.close()

    def _timer(self, interval_ms: int, act: Callable[[], None], once: bool = False) -> QTimer:
        timer = QTimer(self, singleShot=once, interval=interval_ms)
        timer.timeout.connect(act)
        return timer

    def _follow_run(self) -> None:
        if self._workspace.run is not None:
            self._workspace.run.changed.connect(self._end_if_busy)
        self._consider()

    def _end_if_busy(self) -> None:
        if self._is_busy():
            self._end()

    def _consider(self) -> None:
        if self._workspace.is_starting:  # it may be taking its run
            self._begin_timer.stop()
        elif self._is_busy():
            self._end()
        elif self._place == "recipe" and self._workspace.plan is not None:
            self._end_timer.start(UNTOUCHED_MS)
            self._begin_timer.start()
        else:
            self._begin_timer.stop()
            if self._is_kept:
                self._end_timer.start(LEFT_MS)

    def _is_busy(self) -> bool:
        workspace = self._workspace
        return (
            (workspace.run is not None and workspace.run.state.is_alive)
            or any(job.place == "running" for job in workspace.jobs)
            or any(line.is_training for line in workspace.recent.lines)
        )

    def _begin(self) -> None:
        self._is_kept = True
        self._look_timer.start()
        self._do(self._workspace.ready.begin)

    def _end(self) -> None:
        self._rest()
        if self._is_kept:
            self._is_kept = False
            self._do(self._workspace.ready.end)

    def _rest(self) -> None:
        for timer in (self._begin_timer, self._look_timer, self._end_timer):
            timer.stop()

    def _do(self, act: Callable[[], None]) -> None:
        tasks.run(lambda _: act(), lambda _: None, owner=self, pool=self._pool)
