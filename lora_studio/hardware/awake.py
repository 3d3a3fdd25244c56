"""Keeps the computer from falling asleep while something works, with what each system has for it."""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

# Microsoft's SetThreadExecutionState: the system stays up, the screen may go dark; for as long as the thread lives.
ES_CONTINUOUS, ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


@contextmanager
def kept_awake() -> Iterator[None]:
    """Inside the block this computer does not fall asleep by itself. Where that cannot be had, only the log says so.

    The helper process ends with this one, also when this one is killed.
    """
    if sys.platform == "win32":
        with _windows():
            yield
        return
    helper = _start(command_for(sys.platform, os.getpid()))
    try:
        yield
    finally:
        if helper is not None:
            _end(helper)


def command_for(platform: str, pid: int) -> list[str] | None:
    """What keeps the computer awake while process `pid` lives; None where this system has nothing the app knows."""
    if platform == "darwin":
        words = ["caffeinate", "-i", "-w", str(pid)]
    else:
        words = [
            "systemd-inhibit", "--what=idle:sleep", "--who=LoRA Studio", "--why=Training", "--mode=block",
            "tail", f"--pid={pid}", "-f", os.devnull,
        ]  # fmt: skip
    return words if shutil.which(words[0]) is not None else None


def _start(words: list[str] | None) -> subprocess.Popen[bytes] | None:
    if words is None:
        log.info("nothing here keeps the computer awake: it may fall asleep while it trains")
        return None
    quiet = subprocess.DEVNULL
    try:
        # In a session of its own, so that a Ctrl+C for the trainer, which saves first, does not end it.
        helper = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError as error:
        log.warning("%s could not be started, so the computer may fall asleep: %s", words[0], error)
        return None
    return helper


def _end(helper: subprocess.Popen[bytes]) -> None:
    if helper.poll() is not None:
        log.warning("the computer could have fallen asleep: %s ended with %s", helper.args, helper.returncode)
        return
    os.killpg(helper.pid, signal.SIGTERM)  # with what it started
    helper.wait()


@contextmanager
def _windows() -> Iterator[None]:
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    if not kernel.SetThreadExecutionState(ES_CONTINUOUS | ES_SYSTEM_REQUIRED):
        log.warning("Windows did not agree to stay awake")
    try:
        yield
    finally:
        kernel.SetThreadExecutionState(ES_CONTINUOUS)
