"""A trainer that is started before its run is known, imports what it will need, and waits for one line about the run.

Who started it sends that line on stdin: the run's folder, as JSON. See `lora_studio.jobs.ready_trainer`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from lora_studio import storage

PRIORITY = 10  # of the importing thread on Linux, where 0 is usual and 19 the lowest


def begin_to_import() -> threading.Thread:
    """Imports what trains in a thread of its own, which gives way to others where the system can do that for a thread.

    The process as a whole keeps its priority: on Linux and macOS a person's process that gave it up cannot take it
    back. The thread does not keep the process from ending.
    """
    thread = threading.Thread(target=_import, name="imports", daemon=True)
    thread.start()
    return thread


def _import() -> None:
    from lora_studio.training.imports import import_what_trains

    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PRIORITY)
    import_what_trains()


def wait_for_run() -> Path | None:
    """The folder of the run to train, once it is known; None when nobody is left who could say it."""
    line = sys.stdin.buffer.readline()
    return Path(json.loads(line)) if line.endswith(b"\n") else None


def print_to(console: Path) -> None:
    """From now on this process prints to the end of `console` and reads nothing. What it printed is moved there.

    Raises:
        StudioError: `console` cannot be written to.
    """
    with storage.open_append(console) as file:
        earlier = os.dup(sys.stdout.fileno())  # a file without a name
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
        with os.fdopen(earlier, "rb") as printed:
            printed.seek(0)
            file.write(printed.read())
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
