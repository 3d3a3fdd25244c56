"""Converting an old checkpoint in a process of its own, which is gone when it is done, called off, or not needed."""

from __future__ import annotations

import json
import logging
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.interpreter import module_command, training_environment
from lora_studio.weights.old_checkpoint import Converted, check_new_file

log = logging.getLogger(__name__)

POLL_S = 0.1


def convert_in_own_process(
    source: Path,
    target: Path,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Converted:
    """As `convert_checkpoint`, in a process that can do nothing but read, and write in the folder of `target`.

    For any thread; `progress` and `cancelled` are called on it. However it ends, the process ends too, and nothing
    half-written is left.

    Raises:
        StudioError: as `convert_checkpoint`; `cancelled`; `converter_failed` when the process died.
    """
    check_new_file(target)
    target = target.absolute()
    with tempfile.TemporaryFile() as console:
        try:
            child = subprocess.Popen(
                [*module_command("lora_studio.weights.converter"), str(source.absolute()), str(target)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=console,
                env=training_environment(),
                creationflags=_without_window(),
            )
        except OSError as error:
            raise _failed(source, str(error.strerror or error)) from error
        try:
            told = _follow(child, progress, cancelled)
        finally:
            child.kill()
            child.wait()
            storage.collect_orphans(target.parent)
        if "error" in told:
            raise StudioError(**told["error"], exit_code=ExitCode(told["exit_code"]))
        if "tensors" not in told:
            console.seek(0)
            log.warning("the converter died: %s", console.read().decode("utf-8", "replace")[-2000:])
            raise _failed(source, f"Its process ended with {child.returncode}.")
    return Converted(target, told["size_bytes"], told["tensors"], told["left_out"])


def _follow(
    child: subprocess.Popen[bytes],
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> dict[str, Any]:
    """Hands on what the process tells, until it has ended; returns the last thing it told."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    assert child.stdout is not None
    threading.Thread(target=_read_lines, args=(child.stdout, lines.put), daemon=True).start()
    told: dict[str, Any] = {}
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
        if progress and "done" in told:
            progress(told["done"], told["total"])


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


def _failed(source: Path, why: str) -> StudioError:
    return StudioError(
        "converter_failed", f"{source.name} could not be converted.", f"{why} The file was not changed.",
        "Try again, and if it stays so, report it.", ExitCode.UNEXPECTED,
    )  # fmt: skip
