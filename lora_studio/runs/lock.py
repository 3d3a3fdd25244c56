"""Who trains a run: one process at a time, known to everyone, forgotten by itself when it dies.

The process holds an operating system lock on `run.lock`, which ends with it. `process.json` says which process
it is, from the moment it is spawned (before it can take the lock) until it ends in order.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lines import size_bytes

log = logging.getLogger(__name__)

LOCK_WAIT_S = 1.0  # a reader that asks whether the lock is held has it for a moment
READER_WAIT_S = 0.2
CREATE_TIME_TOLERANCE_S = 1.0  # Linux counts the time from boot, which shifts a little when the clock is set


class ProcessRecord(BaseModel):
    """The process of a run, proof against a reused number by its start time (seconds since 1970).

    Commands before `commands_offset` (bytes) were meant for an earlier process.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    create_time: float
    commands_offset: int


def record_process(run: RunFolder, pid: int) -> ProcessRecord:
    """Write `process.json` for a process that was just spawned, or for the one that takes the lock.

    A process that is recorded already, by itself or by its parent, keeps its `commands_offset`: a stop that was
    sent while it started is meant for it. Raises `psutil.NoSuchProcess` if it is gone.
    """
    earlier = read_process(run)
    if earlier is not None and earlier.pid in (pid, os.getppid() if pid == os.getpid() else pid):
        offset = earlier.commands_offset
    else:
        offset = size_bytes(run.commands_path)
    record = ProcessRecord(pid=pid, create_time=psutil.Process(pid).create_time(), commands_offset=offset)
    storage.write_json(run.process_path, record.model_dump())
    return record


def read_process(run: RunFolder) -> ProcessRecord | None:
    """The recorded process, alive or not; None if there is none."""
    try:
        return ProcessRecord.model_validate(storage.read_json(run.process_path))
    except StudioError as error:
        if error.code != "file_missing":
            log.warning("%s", error)
    except ValidationError as error:
        log.warning("%s is not a process record: %s", run.process_path, error)
    return None


def find_process(record: ProcessRecord) -> psutil.Process | None:
    """The living process behind a record; None if it ended, or if its number now belongs to another."""
    try:
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.create_time) < CREATE_TIME_TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


@contextmanager
def hold(run: RunFolder) -> Iterator[ProcessRecord]:
    """Be the one process that trains `run`, for as long as the block lasts; leftovers in it are collected.

    Raises `StudioError` `run_busy` if another process holds it.
    """
    lock = FileLock(run.lock_path, timeout=LOCK_WAIT_S)
    try:
        lock.acquire()
    except Timeout as error:  # an OSError too
        record = read_process(run)
        detail = f"{run.path} is in use" + (f" by process {record.pid}." if record else ".")
        hint = "Wait until it ends, or stop it first."
        raise StudioError("run_busy", "This run is already training.", detail, hint, ExitCode.BUSY) from error
    except OSError as error:
        raise storage.describe_disk_error(error, run.lock_path) from error
    try:
        run.collect_leftovers()
        yield record_process(run, os.getpid())
    finally:
        try:
            storage.remove_tree(run.process_path)
        except StudioError as error:  # the record of a dead process misleads nobody
            log.warning("%s", error)
        lock.release()


def is_alive(run: RunFolder) -> bool:
    """Whether a process trains this run now, or has been spawned to."""
    record = read_process(run)
    return (record is not None and find_process(record) is not None) or is_locked(run.lock_path)


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock at `path`. Any number may ask at once; none takes another for the holder."""
    if not path.exists():
        return False
    try:
        return _is_refused(path)
    except OSError:  # a folder that cannot be written to has no trainer
        return False


if sys.platform == "win32":

    def _is_refused(path: Path) -> bool:
        """Who asks holds the lock for a moment; so it is asked for again before it counts as held."""
        try:
            with FileLock(path, timeout=READER_WAIT_S, poll_interval=READER_WAIT_S / 10):
                return False
        except Timeout:
            return True

else:
    import fcntl

    def _is_refused(path: Path) -> bool:
        """A shared lock, which many may have at once; the holder has the same lock for itself alone."""
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
