"""What a run is doing, worked out from its folder each time it is asked. Nothing stores a state."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict

from lora_studio.runs.commands import CommandReader, Pause, Stop
from lora_studio.runs.events import (
    Event,
    EventReader,
    Failed,
    Finished,
    Paused,
    Phase,
    PhaseName,
    Started,
    Step,
    Stopped,
    TerminalEvent,
)
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import ProcessRecord, find_process, is_alive, read_process

StateKind = Literal[
    "draft", "preparing", "sampling", "running", "waiting", "pausing", "paused",
    "stopped", "done", "failed", "crashed", "not_answering",
]  # fmt: skip
SILENCE_S = 10.0
ETA_AFTER_STEPS = 20  # the first steps of a process are slow and would promise hours
ETA_AFTER_S, ETA_FEWEST_STEPS = 10.0, 5  # where each takes long, a few are enough
PREPARING: frozenset[PhaseName] = frozenset({"loading", "encoding", "caching", "measuring", "testing"})


class RunState(BaseModel):
    """One look at a run.

    `asked` is what the living process was told and has not done yet. `silent_s` is the time since its last
    event. The `error_...` fields speak for `failed` and `crashed`. `checkpoint_step` is where a resume goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: StateKind
    step: int = 0
    total_steps: int | None = None
    epoch: int = 0
    epochs: int | None = None
    last_loss: float | None = None
    seconds_per_step: float | None = None
    eta_s: float | None = None
    phase: PhaseName | None = None
    phase_done: int = 0
    phase_total: int = 0
    asked: Literal["pause", "stop"] | None = None
    silent_s: float = 0.0
    error_code: str = ""
    error_title: str = ""
    error_detail: str = ""
    error_hint: str = ""
    checkpoint_step: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether a process works on the run."""
        return self.kind in ("preparing", "sampling", "running", "waiting", "pausing", "not_answering")


class RunWatcher:
    """Looks at one run again and again, reading only what is new. Not shared between threads.

    Silence is measured by this watcher's own clock, so a computer whose clock is set means nothing; a watcher
    that has looked for less than 10 s never says `not_answering`.
    """

    def __init__(self, run: RunFolder, clock: Callable[[], float] = time.monotonic) -> None:
        self.run = run
        self._clock = clock
        self._events = EventReader(run.events_path)
        self._heard_at = clock()
        self._process: ProcessRecord | None = None
        self._commands: CommandReader | None = None
        self._asked: Literal["pause", "stop"] | None = None
        self._started: Started | None = None
        self._terminal: TerminalEvent | None = None
        self._phase: Phase | None = None
        self._step: Step | None = None
        self._total_steps: int | None = None
        self._step_seconds: deque[float] = deque(maxlen=ETA_AFTER_STEPS)

    def look(self) -> RunState:
        """The state now. Raises `StudioError` `file_unreadable`."""
        # Liveness before events: a process that ends in between has written its last event by then.
        record = read_process(self.run)
        spawned = record is not None and find_process(record) is not None
        alive = spawned or is_alive(self.run)
        self._hear(self._events.read(last_steps=ETA_AFTER_STEPS))
        self._listen(record)
        kind = self._kind(record, spawned, alive)
        return self._describe(kind)

    def _kind(self, record: ProcessRecord | None, spawned: bool, alive: bool) -> StateKind:
        unheard = record is not None and (self._started is None or self._started.pid != record.pid)
        if unheard and spawned:
            return "preparing"
        if unheard and not alive:
            return "crashed"
        if self._terminal is not None:
            return _end_kind(self._terminal)
        if not alive:
            return "draft" if self._started is None else "crashed"
        if self._silent_s() > SILENCE_S:
            return "not_answering"
        if self._asked is not None:
            return "pausing"
        if self._phase is None or self._phase.name in PREPARING:
            return "preparing"
        if self._phase.name in ("sampling", "waiting"):
            return self._phase.name
        return "running"

    def _silent_s(self) -> float:
        return self._clock() - self._heard_at

    def _hear(self, events: list[Event]) -> None:
        if events:
            self._heard_at = self._clock()
        for event in events:
            match event:
                case Started():
                    self._started, self._terminal, self._phase, self._step = event, None, None, None
                    self._step_seconds.clear()
                    self._total_steps = event.total_steps
                case Phase():
                    self._phase = event
                    if event.name == "training" and event.total:
                        self._total_steps = event.total
                case Step():
                    self._step = event
                    self._step_seconds.append(event.seconds)
                    if self._phase is None or self._phase.name != "training":
                        self._phase = Phase(name="training", done=event.step, total=self._total_steps or 0)
                case Paused() | Stopped() | Finished() | Failed():
                    self._terminal = event
                case _:
                    pass

    def _listen(self, record: ProcessRecord | None) -> None:
        if record != self._process:
            self._process, self._asked = record, None
            self._commands = CommandReader(self.run, record.commands_offset) if record else None
        for command in self._commands.poll() if self._commands else []:
            match command:
                case Pause():
                    self._asked = "pause"
                case Stop():
                    self._asked = "stop"
                case _:
                    pass

    def _describe(self, kind: StateKind) -> RunState:
        checkpoints = self.run.checkpoint_steps()
        state = RunState(
            kind=kind,
            step=self._last_step(),
            total_steps=self._total_steps,
            epoch=self._step.epoch if self._step else 0,
            epochs=self._started.total_epochs if self._started else None,
            last_loss=self._step.loss if self._step else None,
            seconds_per_step=median(self._step_seconds) if self._step_seconds else None,
            checkpoint_step=checkpoints[-1] if checkpoints else None,
        )
        if state.is_alive:
            return state.model_copy(update=self._present(state))
        return state.model_copy(update=_error_words(state, self._terminal, self._started is not None))

    def _last_step(self) -> int:
        if self._terminal is not None and not isinstance(self._terminal, Failed):
            return self._terminal.step
        if self._step is not None:
            return self._step.step
        return self._started.step if self._started else 0

    def _present(self, state: RunState) -> dict[str, object]:
        eta_s = None
        known = len(self._step_seconds)
        took_long = known >= ETA_FEWEST_STEPS and sum(self._step_seconds) >= ETA_AFTER_S
        if state.seconds_per_step and state.total_steps and (known == ETA_AFTER_STEPS or took_long):
            eta_s = max(0, state.total_steps - state.step) * state.seconds_per_step
        phase = self._phase
        return {
            "asked": self._asked,
            "silent_s": self._silent_s(),
            "eta_s": eta_s,
            "phase": phase.name if phase else None,
            "phase_done": phase.done if phase else 0,
            "phase_total": phase.total if phase else 0,
        }


def read_state(run: RunFolder) -> RunState:
    """One look at a run. To watch it, keep a `RunWatcher`: it reads only what is new and can notice silence."""
    return RunWatcher(run).look()


def follow(run: RunFolder, poll_s: float = 0.1) -> Iterator[Event]:
    """Every event of a run from its first, waiting for more for as long as a process works on it."""
    reader = EventReader(run.events_path)
    while True:
        alive = is_alive(run)
        yield from reader.read()
        if not alive:
            return
        time.sleep(poll_s)


def _end_kind(event: TerminalEvent) -> StateKind:
    match event:
        case Paused():
            return "paused"
        case Stopped():
            return "stopped"
        case Finished():
            return "done"
        case Failed():
            return "failed"


def _error_words(state: RunState, terminal: TerminalEvent | None, began: bool) -> dict[str, object]:
    if state.kind == "failed" and isinstance(terminal, Failed):
        words = (terminal.code, terminal.title, terminal.detail, terminal.hint)
    elif state.kind == "crashed":
        title = f"Training stopped unexpectedly at step {state.step:,}."
        safe = "No checkpoint was saved yet."
        if state.checkpoint_step is not None:
            safe = f"Everything up to step {state.checkpoint_step:,} is safe."
        hint = "Resume to go on from there." if state.checkpoint_step is not None else "Start it again."
        words = ("crashed", title if began else "Training ended before it began.", safe, hint)
    else:
        return {}
    return dict(zip(("error_code", "error_title", "error_detail", "error_hint"), words, strict=True))
