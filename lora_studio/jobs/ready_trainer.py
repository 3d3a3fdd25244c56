"""A trainer kept ready: it has imported what takes seconds, and waits for the run that somebody is about to start.

Its stdin stays open here until it gets its run. So it ends by itself when this process does, however that ends.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence

import psutil

from lora_studio.errors import StudioError
from lora_studio.jobs.interpreter import training_command, training_environment
from lora_studio.jobs.supervisor import spawn
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lines import size_bytes
from lora_studio.settings import read_settings

log = logging.getLogger(__name__)

READY = "--ready"  # in place of the run's folder
NEEDED_FREE_BYTES = 3 << 30  # to begin one; while it waits it holds about 0.5 GB
LEAST_FREE_BYTES = 2 << 30
ANSWER_S = 10.0  # while it imports, a library that is read from a slow disk keeps it from answering
LOOK_S = 0.01
KILL_WAIT_S = 5.0


class ReadyTrainer:
    """At most one process that waits for a run. For any thread.

    Nothing depends on it: whatever is wrong with it, `hand_over` says so, and a trainer is started as usual.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        """`command` replaces the real trainer, for tests."""
        self._command = command
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._made_as: object = None
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The process that waits, importing or done with it; None where there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def begin(self) -> None:
        """Starts one, unless one waits or memory is short."""
        with self._lock:
            if self.pid is None and not self._is_closed and _free_bytes() >= NEEDED_FREE_BYTES:
                self._end()
                self._start()

    def give_way(self) -> None:
        """Ends the one that waits where others need its memory."""
        with self._lock:
            if _free_bytes() < LEAST_FREE_BYTES:
                self._end()

    def end(self) -> None:
        """Ends the one that waits, if there is one."""
        with self._lock:
            self._end()

    def close(self) -> None:
        """Ends the one that waits; no other begins."""
        with self._lock:
            self._is_closed = True
            self._end()

    def hand_over(self, run: RunFolder, command: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """Makes the process that waits the trainer of `run`; takes some ten milliseconds.

        None where there is none, it was started in another environment or not by `command`, or it does not answer; it
        is gone then, and the run is as it was.
        """
        with self._lock:
            child = self._child
            if child is None or self._made_as != _made_by(command):
                self._end()
                return None
            self._child = None
        if _is_taken(child, run):
            return child
        log.warning("the trainer kept ready did not take its run: %s", child.poll())
        _kill(child)
        return None

    def _start(self) -> None:
        command = self._command or training_command()
        self._made_as = _made_by(command)
        try:
            with tempfile.TemporaryFile() as printed:  # what it prints before it has a run
                self._child = spawn([*command, READY], printed, subprocess.PIPE)
        except OSError as error:
            log.warning("no trainer is kept ready: %s", error)

    def _end(self) -> None:
        if self._child is not None:
            _kill(self._child)
            self._child = None


def _free_bytes() -> int:
    return int(psutil.virtual_memory().available)


def _made_by(command: Sequence[str]) -> tuple[list[str], dict[str, str], int | None]:
    """What a trainer's process hangs on, beside its run: it chooses its card before it imports torch."""
    return list(command), dict(training_environment()), _chosen_card()


def _chosen_card() -> int | None:
    try:
        return read_settings().settings.graphics_card
    except StudioError as error:  # the trainer itself tells it, when there is a run
        log.info("%s", error)
        return None


def _is_taken(child: subprocess.Popen[bytes], run: RunFolder) -> bool:
    """Sends a run to the process that waits, and waits for what it first writes into the run."""
    assert child.stdin is not None
    end = time.monotonic() + ANSWER_S
    try:
        told_bytes = size_bytes(run.events_path)
        with child.stdin as stdin:
            stdin.write(json.dumps(str(run.path.absolute())).encode() + b"\n")
        while time.monotonic() < end:
            has_ended = child.poll() is not None
            if size_bytes(run.events_path) > told_bytes:
                return True
            if has_ended:
                return False
            time.sleep(LOOK_S)
    except OSError as error:  # it ended while it waited, or the run cannot be read, which the usual start tells
        log.info("%s", error)
    return False


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Ends it at once; nothing it holds is worth a moment."""
    child.kill()
    try:
        child.wait(KILL_WAIT_S)
    except subprocess.TimeoutExpired:
        log.warning("process %s is still there after a kill", child.pid)
    if child.stdin is not None:
        child.stdin.close()
