"""A short-lived process of ours that tells what it does as JSON lines, and ends with whoever listens to it."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any

from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.interpreter import module_command, training_environment

log = logging.getLogger(__name__)

POLL_S = 0.1
Hear = Callable[[Mapping[str, Any]], None]


def run_told(
    module: str,
    words: Sequence[str],
    failure: StudioError,
    hear: Hear | None = None,
    cancelled: Callable[[], bool] | None = None,
    settings: Mapping[str, str] | None = None,
    order: bytes = b"",
) -> Mapping[str, Any]:
    """Runs a module with these arguments until it ends, and returns the last thing it told.

    For any thread; `hear` gets each line on it, and however this ends, the process is gone then.

    Args:
        settings: What the process finds in its environment besides.
        order: What it reads on stdin.

    Raises:
        StudioError: the one it told; `cancelled`; `failure` when it died or could not be started.
    """
    with tempfile.TemporaryFile() as console, tempfile.TemporaryFile() as told_to_do:
        told_to_do.write(order)
        told_to_do.seek(0)
        try:
            child = subprocess.Popen(
                [*module_command(module), *words],
                stdin=told_to_do,
                stdout=subprocess.PIPE,
                stderr=console,
                env={**training_environment(), **(settings or {})},
                creationflags=_without_window(),
            )
        except OSError as error:
            raise failure from error
        try:
            told = _follow(child, hear, cancelled)
        finally:
            child.kill()
            child.wait()
        if "error" in told:
            raise StudioError(**told["error"], exit_code=ExitCode(told["exit_code"]))
        if child.returncode:
            console.seek(0)
            log.warning("%s died: %s", module, console.read().decode("utf-8", "replace")[-2000:])
            raise failure
    return told


def _follow(
    child: subprocess.Popen[bytes], hear: Hear | None, cancelled: Callable[[], bool] | None
) -> Mapping[str, Any]:
    """Hands on what the process tells, until it has ended; returns the last thing it told."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    assert child.stdout is not None
    threading.Thread(target=_read_lines, args=(child.stdout, lines.put), daemon=True).start()
    told: Mapping[str, Any] = {}
    while True:
        if cancelled and cancelled():
            raise StudioError("cancelled", "The work was called off.", "Nothing was written.")
        try:
            line = lines.get(timeout=POLL_S)
        except queue.Empty:
            continue
        if not line:
            child.wait()
            return told
        told = json.loads(line)
        if hear:
            hear(told)


def _read_lines(stream: IO[bytes], put: Callable[[bytes], None]) -> None:
    """Every line, and an empty one at the end."""
    with stream:
        lines: Iterable[bytes] = stream
        for line in lines:
            put(line)
    put(b"")


def _without_window() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0
