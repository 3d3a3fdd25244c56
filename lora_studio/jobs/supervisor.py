"""Starting a trainer for a run, and ending it. The trainer does not need the process that started it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import psutil

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.interpreter import training_command, training_environment
from lora_studio.runs.commands import Pause, Stop, send
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import find_process, is_alive, read_process, record_process

if TYPE_CHECKING:
    from lora_studio.jobs.ready_trainer import ReadyTrainer

log = logging.getLogger(__name__)

CONSOLE_LINES = 40
CONSOLE_TAIL_BYTES = 64 * 1024
KILL_WAIT_S = 10.0
KILL_POLL_S = 0.05

EXIT_WORDS: dict[int, str] = {
    ExitCode.DONE: "Training finished.",
    ExitCode.UNEXPECTED: "The trainer met a problem it does not know.",
    ExitCode.USAGE: "The trainer was started the wrong way.",
    ExitCode.PAUSED: "Training was paused.",
    ExitCode.STOPPED: "Training was stopped and what was made is kept.",
    ExitCode.OUT_OF_MEMORY: "The graphics card ran out of memory.",
    ExitCode.NON_FINITE: "The numbers went out of range.",
    ExitCode.DISK: "The disk is full or cannot be written to.",
    ExitCode.DEVICE_LOST: "The graphics card stopped responding.",
    ExitCode.BAD_INPUT: "Something the training needs is missing or wrong.",
    ExitCode.BUSY: "Another process trains this run.",
    ExitCode.INTERRUPTED: "Training was interrupted from the keyboard.",
}
SIGNAL_WORDS = {
    "SIGKILL": "The system or a person ended the trainer at once; often the computer ran out of memory.",
    "SIGTERM": "The system or a person asked the trainer to end.",
    "SIGINT": "Training was interrupted from the keyboard.",
    "SIGSEGV": "The trainer, or a library it uses, crashed.",
    "SIGABRT": "A library that the trainer uses gave up.",
    "SIGBUS": "The trainer could not read memory or disk; the disk may be full.",
    "SIGILL": "A library was built for another kind of processor.",
}


@dataclass(frozen=True, slots=True)
class ProcessOutcome:
    """How a trainer process ended, in words.

    `exit_code` is None while it lives, or if this process did not start it and so cannot know. It is negative
    if a signal ended it. `console` holds the last lines that it printed.
    """

    exit_code: int | None
    signal_name: str | None
    sentence: str
    console: tuple[str, ...]


class Trainer:
    """A trainer process, started here or found alive. It goes on when this object, or this process, is gone."""

    def __init__(self, run: RunFolder, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.run = run
        self.pid = pid
        self._child = child

    def is_alive(self) -> bool:
        """Whether the process still exists."""
        return self._child.poll() is None if self._child else self._find() is not None

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for the end and return the exit code, as in `outcome`. Raises TimeoutError after `timeout_s`."""
        try:
            if self._child:
                return self._child.wait(timeout_s)
            if process := self._find():
                process.wait(timeout_s)
            return None
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired) as error:
            raise TimeoutError(f"the trainer did not end within {timeout_s} s") from error

    def stop(self) -> None:
        """Ask it to save, keep what was made and end. It answers between two steps."""
        send(self.run, Stop())

    def pause(self) -> None:
        """Ask it to save a checkpoint and end, to go on later. It answers between two steps."""
        send(self.run, Pause())

    def kill(self) -> None:
        """End it and everything it started at once. What was saved before is safe."""
        process = self._find()
        if process is None:
            return
        try:
            family = [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for member in family:
            try:
                member.kill()
            except psutil.NoSuchProcess:
                continue
        end = time.monotonic() + KILL_WAIT_S
        while (left := _still_living(family)) and time.monotonic() < end:
            family = left
        if left:
            log.warning("still there after a kill: %s", [member.pid for member in left])
        if self._child:
            self._child.poll()

    def outcome(self) -> ProcessOutcome:
        """How it ended, and the last lines it printed."""
        exit_code = self._child.poll() if self._child else None
        name = signal_name(exit_code)
        return ProcessOutcome(exit_code, name, self._sentence(exit_code, name), console_tail(self.run))

    def _sentence(self, exit_code: int | None, name: str | None) -> str:
        if exit_code is None:
            return "The trainer is running." if self.is_alive() else "The trainer ended."
        if name is not None:
            return SIGNAL_WORDS.get(name, f"The trainer was ended by the signal {name}.")
        return EXIT_WORDS.get(exit_code, f"The trainer ended unexpectedly with exit code {exit_code}.")

    def _find(self) -> psutil.Process | None:
        record = read_process(self.run)
        if self._child is not None:
            return psutil.Process(self.pid) if self._child.poll() is None else None
        return find_process(record) if record is not None and record.pid == self.pid else None


def start(run: RunFolder, command: Sequence[str] | None = None, ready: ReadyTrainer | None = None) -> Trainer:
    """Start a trainer for a run, in a session of its own; returns at once.

    It reads nothing and prints to the run's `console.log`, so nobody who started it can block or end it.
    Another `command` than the real trainer gets the run's folder as its last argument too. One that is kept `ready`
    takes the run, if it can.

    Raises:
        StudioError: `run_busy` if the run is training already, `trainer_not_started`, or a disk error.
    """
    if is_alive(run):
        detail = f"{run.path} was not touched."
        hint = "Wait until it ends, or stop it first."
        raise StudioError("run_busy", "This run is already training.", detail, hint, ExitCode.BUSY)
    command = command or training_command()
    if ready is not None and (taken := ready.hand_over(run, command)) is not None:
        return Trainer(run, taken.pid, taken)
    words = [*command, str(run.path.absolute())]
    with storage.open_append(run.console_path) as console:
        try:
            child = spawn(words, console)
        except OSError as error:
            detail = f"{words[0]}: {error.strerror or error}."
            hint = "Set up the training engine again."
            raise StudioError("trainer_not_started", "The trainer could not be started.", detail, hint) from error
    trainer = Trainer(run, child.pid, child)
    try:
        record_process(run, child.pid)
    except psutil.NoSuchProcess:
        log.warning("the trainer ended at once: %s", trainer.outcome().sentence)
    except StudioError:
        trainer.kill()
        raise
    return trainer


def spawn(words: Sequence[str], console: IO[bytes], stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """A process that trains, in a session of its own, with both outputs going to `console`. Raises OSError."""
    return subprocess.Popen(
        words,
        stdin=stdin,
        stdout=console,
        stderr=subprocess.STDOUT,
        env=training_environment(),
        start_new_session=True,
        creationflags=_creation_flags(),
    )


def attach(run: RunFolder) -> Trainer | None:
    """The trainer that works on a run now, whoever started it; None if there is none."""
    record = read_process(run)
    return Trainer(run, record.pid) if record is not None and find_process(record) is not None else None


def console_tail(run: RunFolder, lines: int = CONSOLE_LINES) -> tuple[str, ...]:
    """The last lines a run's trainers printed; none if nothing was printed."""
    try:
        with run.console_path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - CONSOLE_TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    return tuple(text.splitlines()[-lines:])


def signal_name(exit_code: int | None) -> str | None:
    """The name of the signal behind a negative exit code, such as `SIGKILL`; None if there is none."""
    if exit_code is None or exit_code >= 0:
        return None
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


def _still_living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that live after a moment's wait. One that only waits for its parent to take note, in a window, is dead."""
    _, left = psutil.wait_procs(processes, timeout=KILL_POLL_S)
    living = []
    for process in left:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                living.append(process)
        except psutil.NoSuchProcess:
            continue
    return living


def _creation_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return 0
