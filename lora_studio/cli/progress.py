"""Shows a running training in a terminal: one live line with the time left, or plain lines in a log."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType, TracebackType

from lora_studio.cli.output import Printer, in_words
from lora_studio.jobs.supervisor import Trainer
from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import RunState, RunWatcher

POLL_S = 0.25
LOG_EVERY_S = 15.0
BAR_WIDTH = 24
PHASE_WORDS = {
    "loading": "Loading the base model",
    "caching": "Encoding pictures",
    "encoding": "Encoding captions",
    "measuring": "Measuring the graphics card",
    "testing": "Checking that one step fits",
    "sampling": "Drawing samples",
    "saving": "Saving",
    "exporting": "Exporting",
    "training": "Training",
    "waiting": "Waiting for mains power",
}


class Interrupts:
    """Counts Ctrl+C instead of being thrown out by it, so that a trainer is never left behind unwatched."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        self.count += 1


class Follower:
    """Follows one trainer until it ends. Ctrl+C once asks it to save and stop, twice ends it now."""

    def __init__(self, run: RunFolder, trainer: Trainer, interrupts: Interrupts, printer: Printer) -> None:
        self._watcher = RunWatcher(run)
        self._events = events.EventReader(run.events_path)
        self._events.read()  # what earlier processes of this run told
        self._trainer = trainer
        self._interrupts = interrupts
        self._printer = printer
        self._live = sys.stderr.isatty()
        self._answered = 0
        self._logged_at_s = time.monotonic()

    def watch(self) -> None:
        """Returns when the trainer's process has ended."""
        while True:
            ended = not self._trainer.is_alive()
            self._tell()
            if ended:
                self._clear()
                return
            self._answer()
            time.sleep(POLL_S)

    def _answer(self) -> None:
        """Does what the presses of Ctrl+C since the last look ask for."""
        presses = self._interrupts.count  # once: a press that comes while this one is answered waits for the next look
        if presses == self._answered:
            return
        self._clear()
        if presses == 1:
            self._printer.line("Saving and stopping. Press Ctrl+C again to stop now.")
            self._trainer.pause()
        else:
            self._printer.line("Stopping now. What was saved before is safe.")
            self._trainer.kill()
        self._answered = presses

    def _tell(self) -> None:
        for event in self._events.read():
            match event:
                case events.StepTried():
                    self._say(
                        f"One step at {event.width_px} × {event.height_px} pixels fits: "
                        f"{event.memory_mib / 1024:.1f} of {event.memory_total_mib / 1024:.1f} GB."
                    )
                case events.EpochSaved():
                    self._say(f"Epoch {event.epoch} is saved (step {event.step:,}).")
                case events.Validation():
                    self._say(f"Check loss after epoch {event.epoch}: {event.loss:.4f}")
                case events.Notice():
                    self._say(f"{event.title} {event.detail}")
        state = self._watcher.look()
        if self._live:
            print("\r\x1b[K" + progress_line(state), end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._logged_at_s >= LOG_EVERY_S:
            self._logged_at_s = time.monotonic()
            self._printer.line(progress_line(state))

    def _say(self, text: str) -> None:
        self._clear()
        self._printer.line(text)

    def _clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def progress_line(state: RunState) -> str:
    """Where a run is, in one line: a bar, the step, the loss and the time left, or what it prepares."""
    if state.total_steps is None or state.kind in ("preparing", "sampling", "waiting"):
        words = PHASE_WORDS.get(state.phase or "loading", "Preparing")
        count = f" {state.phase_done} of {state.phase_total}" if state.phase_total > 1 else ""
        step = f"step {state.step:,}: " if state.step else ""
        return f"{step}{words}{count}"
    done = round(BAR_WIDTH * state.step / state.total_steps)
    parts = [f"[{'#' * done}{'.' * (BAR_WIDTH - done)}] {state.step:,}/{state.total_steps:,}"]
    if state.last_loss is not None:
        parts.append(f"loss {state.last_loss:.4f}")
    if state.eta_s is not None:
        parts.append(f"about {in_words(state.eta_s)} left")
    return "  ".join(parts)
