"""The trainer's process: `python -m lora_studio.training RUN_DIR`, or `--ready` for a run that is named later.

Nothing heavy is imported before the run is locked and the first event is written, so whoever watches sees life
at once. The exit code says how it ended; the last event says it in words.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from types import FrameType

from lora_studio import __version__
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.awake import kept_awake
from lora_studio.hardware.battery import Battery
from lora_studio.hardware.probe import put_card_first
from lora_studio.jobs.ready_trainer import READY
from lora_studio.runs import events
from lora_studio.runs.commands import CommandReader, Pause, send
from lora_studio.runs.events import EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import hold
from lora_studio.settings import read_settings
from lora_studio.training import ready
from lora_studio.training.imports import import_what_trains

log = logging.getLogger("lora_studio.training")


def wait_and_train() -> ExitCode:
    """Imports what trains while it waits for its run, and trains it. Ends at once when no run can come any more."""
    _log_to_console()
    # What `main` imports, so that no two threads import the same at once; and numpy, whose threads keep the priority
    # of the one that imports it.
    import numpy  # noqa: F401

    from lora_studio.config import resolve  # noqa: F401
    from lora_studio.training import read_ahead  # noqa: F401

    with suppress(StudioError):  # `main` tells it
        put_card_first(read_settings().settings.graphics_card)
    importing = ready.begin_to_import()
    folder = ready.wait_for_run()
    if folder is None:
        os._exit(ExitCode.DONE)  # not after what is being imported
    try:
        ready.print_to(RunFolder(folder).console_path)
    except StudioError as error:
        return error.exit_code
    return main(str(folder), importing)


def main(folder: str, importing: threading.Thread | None = None) -> ExitCode:
    """Trains the run in `folder` to its end and returns the process's exit code.

    Another thread may be `importing` what trains already.
    """
    _log_to_console()
    try:
        run = RunFolder.open(Path(folder))
        with hold(run), EventWriter(run.events_path) as writer, writer.heartbeat():
            commands = CommandReader(run)
            _pause_on_signals(run)
            step = max(run.checkpoint_steps(), default=0)  # proved later; until then the run shows where it was
            writer.write(events.Started(step=step, pid=os.getpid(), device="", app_version=__version__))
            _read_base_ahead(run)
            settings = read_settings().settings
            put_card_first(settings.graphics_card)
            with kept_awake() if settings.keep_awake else nullcontext():
                if importing is not None:
                    importing.join()
                return _train(run, writer, commands, settings.pause_on_battery)
    except StudioError as error:
        log.error("%s", error)
        return error.exit_code


def _log_to_console() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _read_base_ahead(run: RunFolder) -> None:
    # Not at the top: they would keep the first event waiting for 50 ms.
    from lora_studio.config.resolve import read_config
    from lora_studio.training.read_ahead import read_ahead

    with suppress(StudioError):  # settings that cannot be used: the trainer reads them again, and says so
        read_ahead(read_config(run.config_path).base.source)


def _pause_on_signals(run: RunFolder) -> None:
    """Ctrl+C in a terminal and a polite kill both save and end the process, as the window's Pause does."""

    def ask(number: int, frame: FrameType | None) -> None:
        send(run, Pause())

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)


def _train(run: RunFolder, writer: EventWriter, commands: CommandReader, waits_on_battery: bool) -> ExitCode:
    began_s = time.monotonic()
    import_what_trains()
    from lora_studio.training.failures import describe_failure
    from lora_studio.training.reporter import AskedToEnd
    from lora_studio.training.trainer import MAINS, Trainer

    trainer = None
    try:
        battery = Battery() if waits_on_battery else MAINS
        trainer = Trainer(run, writer, commands, battery, on_lost=partial(_end_alone, run, writer))
        trainer.prepare()
        trainer.announce()
        ending = trainer.learn()
    except AskedToEnd as asked:  # while it was getting ready
        ending = asked.ending
    except Exception as error:  # translated whole: whatever it is, the person gets a sentence and the log the rest
        log.exception("training failed")
        saved = max(run.checkpoint_steps(), default=None)  # also when it failed before the save point was read
        step = max(trainer.state.step if trainer is not None else 0, saved or 0)
        failure = describe_failure(error, step, saved)
        writer.write(events.Failed(**failure.as_dict(), step=step))
        return failure.exit_code
    finally:
        if trainer is not None:
            trainer.close()
    assert trainer is not None
    step = trainer.state.step or max(run.checkpoint_steps(), default=0)
    match ending:
        case "paused":
            writer.write(events.Paused(step=step))
        case "stopped":
            writer.write(events.Stopped(step=step))
        case "done":
            seconds = time.monotonic() - began_s
            writer.write(
                events.Finished(
                    step=step, epochs=trainer.length.epochs, seconds=seconds, exports=tuple(trainer.exports)
                )
            )
    writer.sync()
    return {"done": ExitCode.DONE, "paused": ExitCode.PAUSED, "stopped": ExitCode.STOPPED}[ending]


def _end_alone(run: RunFolder, writer: EventWriter, error: StudioError) -> None:
    """Ends this process, which waits for one that is gone where no error can reach it."""
    log.error("%s", error)
    writer.write(events.Failed(**error.as_dict(), step=max(run.checkpoint_steps(), default=0)))
    writer.sync()
    os._exit(error.exit_code)


if __name__ == "__main__":
    sys.exit(wait_and_train() if sys.argv[1] == READY else main(sys.argv[1]))
