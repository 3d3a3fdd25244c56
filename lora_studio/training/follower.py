"""Another process of a training on several cards: `python -m lora_studio.training.follower RUN_DIR MEETING RANK COUNT`.

Started by the trainer and ended by it, also when it dies: by then nobody holds the other end of this one's input. It
keeps encoded pictures in the run's cache, and writes nothing else into the run.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from lora_studio.errors import ExitCode
from lora_studio.runs.commands import Command
from lora_studio.runs.events import Event
from lora_studio.runs.folder import RunFolder
from lora_studio.training.imports import import_what_trains

log = logging.getLogger("lora_studio.training.follower")


class Silence:
    """Tells nobody anything, and nobody wishes for anything: the trainer does both."""

    def write(self, event: Event) -> None:
        pass

    def sync(self) -> None:
        pass

    def poll(self) -> list[Command]:
        return []


def main(folder: str, meeting: str, rank: str, count: str) -> ExitCode:
    """Follows the trainer until it ends this process; returns only when this one failed."""
    line = f"%(asctime)s card {int(rank) + 1} %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=line)
    threading.Thread(target=_end_with_the_trainer, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a terminal asks the whole family; the trainer answers
    import_what_trains()
    from lora_studio.training.failures import describe_failure
    from lora_studio.training.group import Group
    from lora_studio.training.trainer import Trainer

    silence = Silence()
    try:
        group = Group(int(rank), int(count), Path(meeting))
        trainer = Trainer(RunFolder.open(Path(folder)), silence, silence, group=group)
        trainer.prepare()
        trainer.follow()
    except Exception as error:  # whatever it is, the exit code tells the trainer what kind, and the log the rest
        log.exception("this part of the training failed")
        return describe_failure(error, 0, None).exit_code
    return ExitCode.DONE


def _end_with_the_trainer() -> None:
    sys.stdin.buffer.read()
    os._exit(ExitCode.DONE)  # the main thread may be waiting for numbers that never come


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # a group that lost a member is not left in order
