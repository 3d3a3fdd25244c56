"""What a run has told so far: its losses, samples, epochs and the lines of its log. No Qt, no words.

`RunFollower` reads on a worker thread; `RunRecord` belongs to the GUI thread and takes what was read in portions.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio import storage
from lora_studio.config.length import RunLength
from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures, length_of
from lora_studio.runs.state import RunState, RunWatcher

EVENTS_PER_LOOK = 1000  # about 2 ms of the GUI thread
SMOOTHED_STEPS = 30  # the bold line follows about so many steps
SAMPLE_TIMES = 8


@dataclass(frozen=True, slots=True)
class ClockBack:
    """The computer's clock was set back between two events; noticed here, for no trainer can see its own clock jump."""

    t: float
    hours: int


LoggedEvent = (
    ClockBack
    | events.Started
    | events.StepTried
    | events.EpochSaved
    | events.Notice
    | events.Paused
    | events.Stopped
    | events.Finished
    | events.Failed
)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What never changes in a run. `length` is None where the run has no list of pictures."""

    config: TrainingConfig
    length: RunLength | None


@dataclass(frozen=True, slots=True)
class RunNews:
    """One look at a run; with `has_more`, the next look need not wait. `folder_id` tells the folder from others."""

    folder_id: tuple[int, int] | None
    facts: RunFacts
    state: RunState
    events: tuple[events.Event, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class SampleShot:
    """One drawn sample; `version` changes when the picture is drawn again under the same path."""

    epoch: int
    prompt_index: int
    path: Path
    prompt: str
    seed: int
    version: int


@dataclass(slots=True)
class LogEntry:
    """A line of the log: what happened, and how many samples followed it."""

    event: LoggedEvent
    sample_count: int = 0


class RunFollower:
    """Reads one run on worker threads, one look at a time."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._watcher = RunWatcher(run)
        self._reader = events.EventReader(run.events_path)
        self._waiting: deque[events.Event] = deque()
        self._facts: RunFacts | None = None

    def look(self) -> RunNews:
        """The state now and the next events. Raises `StudioError` when the run cannot be read."""
        folder_id = self._run.identity()
        state = self._watcher.look()
        told = self._reader.read()
        if self._facts is None or any(isinstance(event, events.Started) for event in told):  # it may be longer now
            self._facts = read_facts(self._run)
        self._waiting.extend(told)
        count = min(len(self._waiting), EVENTS_PER_LOOK)
        portion = tuple(self._waiting.popleft() for _ in range(count))
        return RunNews(folder_id, self._facts, state, portion, bool(self._waiting))


def read_facts(run: RunFolder) -> RunFacts:
    """Settings and length of a run. Raises `StudioError` when they cannot be read."""
    config = read_config(run.config_path)
    if not run.images_path.is_file():
        return RunFacts(config, None)
    pictures = RunPictures.model_validate(storage.read_json(run.images_path))
    return RunFacts(config, length_of(pictures, config.schedule))


class LossSeries:
    """The loss of every step that counts: a step trained again after a resume replaces what came after it."""

    def __init__(self) -> None:
        self.steps = array("q")
        self.raw = array("d")
        self.smoothed = array("d")

    def __len__(self) -> int:
        return len(self.steps)

    def record(self, step: int, loss: float) -> None:
        """Add a step; later ones that a crash or going back made void are taken out."""
        if self.steps and step <= self.steps[-1]:
            self._cut(step)
        before = self.smoothed[-1] if self.smoothed else loss
        # At the beginning a plain mean, so that the line does not hang on the first step's luck.
        share = max(2 / (SMOOTHED_STEPS + 1), 1 / (len(self.steps) + 1))
        follows = math.isfinite(loss) and math.isfinite(before)
        self.steps.append(step)
        self.raw.append(loss)
        self.smoothed.append(before + share * (loss - before) if follows else before)

    def _cut(self, step: int) -> None:
        first = bisect_left(self.steps, step)
        del self.steps[first:], self.raw[first:], self.smoothed[first:]


@dataclass(slots=True)
class RunRecord:
    """Everything the events of a run said, in the shape the screens need."""

    run: RunFolder
    facts: RunFacts | None = None
    loss: LossSeries = field(default_factory=LossSeries)
    epoch_ends: dict[int, int] = field(default_factory=dict)  # epoch -> its last step
    shots: dict[int, dict[int, SampleShot]] = field(default_factory=dict)  # epoch -> prompt index -> sample
    log: list[LogEntry] = field(default_factory=list)
    device: str = ""
    memory_mib: float | None = None
    saved_at: float | None = None  # seconds since 1970
    began_at: float | None = None
    trained_s: float = 0.0
    sample_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=SAMPLE_TIMES))
    heard_at: float = 0.0

    def hear(self, event: events.Event) -> None:
        """Take one event in."""
        hours_back = round((self.heard_at - event.t) / 3600)
        self.heard_at = event.t
        if hours_back >= 1:
            self.log.append(LogEntry(ClockBack(event.t, hours_back)))
        match event:
            case events.Step():
                self.loss.record(event.step, event.loss)
                self.memory_mib = event.memory_mib
            case events.Checkpoint():
                self.saved_at = event.t
            case events.Sample():
                self._hear_sample(event)
            case events.EpochSaved():
                self.epoch_ends[event.epoch] = event.step
                self.log.append(LogEntry(event))
            case events.Started():
                self.device = event.device or self.device
                self.began_at = event.t if self.began_at is None else self.began_at
                self._log_start(event)
            case events.Finished():
                self.trained_s = event.seconds
                self.log.append(LogEntry(event))
            case events.StepTried() | events.Notice() | events.Paused() | events.Stopped() | events.Failed():
                self.log.append(LogEntry(event))
            case _:
                pass

    @property
    def mean_sample_s(self) -> float:
        """Seconds one sample takes; 0 while none was drawn."""
        return sum(self.sample_seconds) / len(self.sample_seconds) if self.sample_seconds else 0.0

    def _log_start(self, event: events.Started) -> None:
        """A trainer tells twice that it began: at once, and again when it knows where it goes on."""
        last = self.log[-1].event if self.log else None
        if isinstance(last, events.Started) and last.pid == event.pid:
            self.log.pop()
        self.log.append(LogEntry(event))

    def _hear_sample(self, event: events.Sample) -> None:
        preview = self.facts.config.preview if self.facts else None
        known = preview is not None and event.prompt_index < len(preview.prompts)
        shot = SampleShot(
            epoch=event.epoch,
            prompt_index=event.prompt_index,
            path=self.run.sample_path(event.epoch, event.prompt_index + 1),
            prompt=preview.prompts[event.prompt_index] if preview is not None and known else "",
            seed=(preview.seed if preview is not None else 0) + event.prompt_index,
            version=event.n,
        )
        self.shots.setdefault(event.epoch, {})[event.prompt_index] = shot
        self.sample_seconds.append(event.seconds)
        if self.log and isinstance(self.log[-1].event, events.EpochSaved) and self.log[-1].event.epoch == event.epoch:
            self.log[-1].sample_count += 1
