"""Runs that wait in line. A job is a run folder that is whole and frozen: its recipe, and its pictures with hashes.

`queue.json` holds only the order. What a job is doing is read from its run each time; nothing here stores a state.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import paths, storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs import supervisor
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import is_locked
from lora_studio.runs.state import RunState, read_state

LOCK_WAIT_S = 5.0
RUNNER_WAIT_S = 0.2  # who asks whether the queue runs has its lock for a moment
CRASHES_IN_A_ROW = 2
POLL_S = 0.5

Place = Literal["waiting", "running", "set_aside", "ended"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    run: Path
    tried: int = 0  # the number of its last start among all starts of the queue; 0 before the first


class _QueueFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    jobs: tuple[_Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A run in the queue as it is now.

    `place` says what the queue makes of it: waiting, running, set aside (it failed, crashed or was paused after the
    queue started it, or its folder is gone; `reason` says which), or ended (done, or stopped and kept). `state` is
    None only when the folder is gone.
    """

    id: str
    run: RunFolder
    state: RunState | None
    place: Place
    reason: str = ""


class Queue:
    """The line of waiting runs. Several processes may look and change it; one at a time may run it."""

    def __init__(self, home: Path | None = None) -> None:
        """The computer's queue, or another one in `home`. Nothing is written yet."""
        self._home = home or paths.data_dir() / "queue"

    def jobs(self) -> list[Job]:
        """Every job in order, with its state worked out now.

        Raises:
            StudioError: `queue_damaged`.
        """
        return [_look(entry) for entry in self._read().jobs]

    def add(self, run: RunFolder) -> Job:
        """Puts a run at the end of the line; one that is in it already stays where it is.

        Raises:
            StudioError: `not_a_run`, `run_ended` when it has nothing left to do, or a disk error.
        """
        found = RunFolder.open(run.path.absolute())
        if read_state(found).kind == "done":
            detail = f"{found.path} has nothing left to do."
            raise StudioError("run_ended", "This run is finished.", detail, "Choose another run.")
        with self._changing() as entries:
            known = next((entry for entry in entries if entry.run == found.path), None)
            if known is None:
                known = _Entry(id=uuid.uuid4().hex[:12], run=found.path)
                entries.append(known)
        return _look(known)

    def remove(self, job_id: str) -> RunFolder:
        """Takes a job out of the line and returns its run, which stays on the disk.

        Raises:
            StudioError: `no_such_job`, or a disk error.
        """
        with self._changing() as entries:
            entry = _find(entries, job_id)
            entries.remove(entry)
        return RunFolder(entry.run)

    def move(self, job_id: str, place: int) -> None:
        """Moves a job to a place in the line, counted from 0; beyond the end is the end.

        Raises:
            StudioError: `no_such_job`, or a disk error.
        """
        with self._changing() as entries:
            entry = _find(entries, job_id)
            entries.remove(entry)
            entries.insert(max(0, place), entry)

    def retry(self, job_id: str) -> None:
        """Lets a job that was set aside wait again, at the end of the line.

        Raises:
            StudioError: `no_such_job`, or a disk error.
        """
        with self._changing() as entries:
            entry = _find(entries, job_id)
            entries.remove(entry)
            entries.append(entry.model_copy(update={"tried": 0}))

    def clear_ended(self) -> int:
        """Takes the jobs that ended well out of the line; returns how many. Their runs stay."""
        ended = {job.id for job in self.jobs() if job.place == "ended"}
        with self._changing() as entries:
            entries[:] = [entry for entry in entries if entry.id not in ended]
        return len(ended)

    def is_held_back(self) -> bool:
        """Whether the last two jobs that were started both crashed, so that nothing may start by itself."""
        tried = sorted((entry for entry in self._read().jobs if entry.tried), key=lambda entry: entry.tried)
        last = [_look(entry).state for entry in tried[-CRASHES_IN_A_ROW:]]
        return len(last) == CRASHES_IN_A_ROW and all(state is not None and state.kind == "crashed" for state in last)

    def is_run_by_someone(self) -> bool:
        """Whether a process runs the queue now."""
        return is_locked(self._home / "runner.lock")

    @contextmanager
    def running(self) -> Iterator[QueueRunner]:
        """Be the one process that starts jobs, for as long as the block lasts.

        Raises:
            StudioError: `queue_busy` when another process is.
        """
        storage.make_dir(self._home)
        lock = FileLock(self._home / "runner.lock", timeout=RUNNER_WAIT_S)
        try:
            lock.acquire()
        except Timeout as error:
            raise StudioError(
                "queue_busy", "The queue is running already.", "Another window or terminal runs it.",
                "Wait until it ends, or stop it there.", ExitCode.BUSY,
            ) from error  # fmt: skip
        try:
            yield QueueRunner(self)
        finally:
            lock.release()

    def _note_start(self, job_id: str) -> None:
        with self._changing() as entries:
            entry = _find(entries, job_id)
            newest = max(other.tried for other in entries)
            entries[entries.index(entry)] = entry.model_copy(update={"tried": newest + 1})

    def _read(self) -> _QueueFile:
        path = self._home / "queue.json"
        try:
            return _QueueFile.model_validate(storage.read_json(path))
        except StudioError as error:
            if error.code == "file_missing":
                return _QueueFile()
            if error.code == "file_damaged":
                raise _damaged(path) from error
            raise
        except ValidationError as error:
            raise _damaged(path) from error

    @contextmanager
    def _changing(self) -> Iterator[list[_Entry]]:
        """The entries, to be changed inside the block and kept after it; others wait meanwhile."""
        storage.make_dir(self._home)
        lock = FileLock(self._home / "queue.lock", timeout=LOCK_WAIT_S)
        try:
            lock.acquire()
        except Timeout as error:
            raise StudioError(
                "queue_busy", "The queue is being changed by another window.", "Nothing was changed.", "Try again.",
                ExitCode.BUSY,
            ) from error  # fmt: skip
        try:
            entries = list(self._read().jobs)
            yield entries
            kept = _QueueFile(jobs=tuple(entries))
            storage.write_file(self._home / "queue.json", kept.model_dump_json(indent=1).encode() + b"\n")
        finally:
            lock.release()


class QueueRunner:
    """Starts jobs one after the other, for the process that holds the queue; made by `Queue.running`.

    A window calls `step` from a timer; a terminal calls `run_all`.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._refused: dict[str, StudioError] = {}

    def step(self, command: Sequence[str] | None = None, by_hand: bool = False) -> Job | None:
        """Starts the next job if none is running; returns the one that runs now, or None when nothing can start.

        After two crashes in a row only a call `by_hand` starts anything. A job whose trainer cannot be started is
        passed over until the next runner; `refused` says why.
        """
        jobs = self._queue.jobs()
        running = next((job for job in jobs if job.place == "running"), None)
        if running is not None:
            return running
        if self._queue.is_held_back() and not by_hand:
            return None
        for job in jobs:
            if job.place == "waiting" and job.id not in self._refused:
                self._queue._note_start(job.id)
                try:
                    supervisor.start(job.run, command)
                except StudioError as error:
                    self._refused[job.id] = error
                    continue
                return job
        return None

    @property
    def refused(self) -> dict[str, StudioError]:
        """Jobs whose trainer could not be started by this runner, by id."""
        return dict(self._refused)

    def run_all(
        self,
        started: Callable[[Job], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Runs every waiting job to its end. Called off, the job that runs goes on by itself."""
        told: str | None = None
        by_hand = True  # asking for it is the hand; the second start in a row is not
        while not (cancelled and cancelled()):
            job = self.step(by_hand=by_hand)
            by_hand = False
            if job is None:
                return
            if job.id != told:
                told = job.id
                if started:
                    started(job)
            time.sleep(POLL_S)


def _look(entry: _Entry) -> Job:
    run = RunFolder(entry.run)
    if not run.is_run():
        return Job(entry.id, run, None, "set_aside", "Its folder is not there. The drive may be unplugged.")
    state = read_state(run)
    if state.is_alive:
        return Job(entry.id, run, state, "running")
    if state.kind in ("done", "stopped"):
        return Job(entry.id, run, state, "ended")
    if state.kind in ("failed", "crashed") and entry.tried:
        return Job(entry.id, run, state, "set_aside", state.error_title)
    if state.kind == "paused" and entry.tried:
        return Job(entry.id, run, state, "set_aside", "It was paused.")
    return Job(entry.id, run, state, "waiting")


def _find(entries: Sequence[_Entry], job_id: str) -> _Entry:
    found = next((entry for entry in entries if entry.id == job_id), None)
    if found is None:
        raise StudioError("no_such_job", "This job is not in the queue any more.", "Nothing was changed.")
    return found


def _damaged(path: Path) -> StudioError:
    return StudioError(
        "queue_damaged", "The list of waiting jobs cannot be read.", f"{path} was not changed. Every run is safe.",
        "Move the file away; runs can be added again.",
    )  # fmt: skip
