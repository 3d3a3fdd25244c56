"""The journal of a run: everything a trainer tells, one checked line for each event.

The trainer writes it; window, command line and history read the same file with the same reader.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.runs.lines import LineReader, encode_line

log = logging.getLogger(__name__)

PhaseName = Literal[
    "loading", "encoding", "caching", "measuring", "testing", "sampling", "training", "saving", "exporting", "waiting",
]  # fmt: skip
HEARTBEAT_S = 3.0


class _Event(BaseModel):
    """`n` grows by one with each event of a run, over all its processes; `t` is in seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")

    n: int = 0
    t: float = 0.0


class Started(_Event):
    """A trainer process began at `step`; `resumed_from` is the step of the checkpoint it read, if it did."""

    kind: Literal["started"] = "started"
    step: int = 0
    resumed_from: int | None = None
    total_steps: int | None = None
    total_epochs: int | None = None
    pid: int
    device: str
    torch_version: str = ""
    app_version: str = ""


class Phase(_Event):
    """What the trainer does now; `done` of `total` pieces, 0 of 0 where it cannot count.

    `memory_mib` is the most that was reserved on a card since the phase event before, whatever phase that named.
    """

    kind: Literal["phase"] = "phase"
    name: PhaseName
    done: int = 0
    total: int = 0
    memory_mib: int | None = None


class StepTried(_Event):
    """One step at the largest training size went through before anything was learned, and was undone.

    `memory_mib` is the peak, on the card where there is one, of `memory_total_mib`.
    """

    kind: Literal["step_tried"] = "step_tried"
    width_px: int
    height_px: int
    batch_size: int
    seconds: float
    memory_mib: int
    memory_total_mib: int


class Step(_Event):
    """One optimiser step, counted from 1 over the whole run. `seconds` is for this one step."""

    kind: Literal["step"] = "step"
    step: int
    epoch: int
    loss: float
    learning_rate: float
    grad_norm: float | None = None
    seconds: float
    memory_mib: float | None = None


class Validation(_Event):
    """The loss on pictures kept out of the training."""

    kind: Literal["validation"] = "validation"
    step: int
    epoch: int
    loss: float


class Sample(_Event):
    """A sample was drawn; epoch 0 is the base alone.

    `prompt_index` counts from 0. `path` is relative to the run, with forward slashes.
    """

    kind: Literal["sample"] = "sample"
    epoch: int
    prompt_index: int
    path: str
    seconds: float = 0.0


class Checkpoint(_Event):
    """A checkpoint was published: training can go on from `step`."""

    kind: Literal["checkpoint"] = "checkpoint"
    step: int


class EpochSaved(_Event):
    """The adapter after an epoch was published. `path` is relative to the run."""

    kind: Literal["epoch_saved"] = "epoch_saved"
    epoch: int
    step: int
    path: str


class Notice(_Event):
    """Something the person should know that does not end the run."""

    kind: Literal["notice"] = "notice"
    code: str
    title: str
    detail: str = ""


class Alive(_Event):
    """Nothing new, but the process lives."""

    kind: Literal["alive"] = "alive"


class Paused(_Event):
    """The process ended as asked and can go on from `step`."""

    kind: Literal["paused"] = "paused"
    step: int


class Stopped(_Event):
    """The process ended as asked and what was made is kept."""

    kind: Literal["stopped"] = "stopped"
    step: int


class Finished(_Event):
    """All steps are done. `exports` are relative to the run."""

    kind: Literal["finished"] = "finished"
    step: int
    epochs: int
    seconds: float
    exports: tuple[str, ...] = ()


class Failed(_Event):
    """The process ended over a problem, told in the words of a `StudioError`."""

    kind: Literal["failed"] = "failed"
    code: str
    title: str
    detail: str = ""
    hint: str = ""
    step: int = 0


TerminalEvent = Paused | Stopped | Finished | Failed
Event = (
    Started | Phase | StepTried | Step | Validation | Sample | Checkpoint | EpochSaved | Notice | Alive | TerminalEvent
)  # fmt: skip
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


class EventReader:
    """Follows a journal: each `read` returns the events added since the last one.

    Attributes:
        offset: Bytes read so far.
        skipped: Damaged lines, and events of a kind this version does not know.
    """

    def __init__(self, path: Path) -> None:
        self._lines = LineReader(path)
        self._unknown = 0

    @property
    def offset(self) -> int:
        return self._lines.offset

    @property
    def skipped(self) -> int:
        return self._lines.skipped + self._unknown

    def read(self, last_steps: int | None = None) -> list[Event]:
        """New whole events, in order. A torn last line waits; a damaged one is skipped and counted.

        With `last_steps`, only so many of the new `Step` events are given, the latest, which makes a look at a
        long run about five times quicker. Raises `StudioError` `file_unreadable`.
        """
        payloads = self._lines.read()
        if last_steps is not None:
            # Quotes inside a JSON string are escaped, so these bytes are the field itself.
            steps = [index for index, payload in enumerate(payloads) if b'"kind":"step"' in payload]
            left_out = set(steps[: max(0, len(steps) - last_steps)])
            payloads = [payload for index, payload in enumerate(payloads) if index not in left_out]
        events = []
        for payload in payloads:
            try:
                events.append(_EVENT.validate_json(payload))
            except ValidationError:
                self._unknown += 1
        return events


class EventWriter:
    """Appends to a run's journal. Only the process that holds the run writes it; its threads may share this.

    Opening closes a torn last line and goes on counting where the last process ended. A written event
    survives the end of the process; `sync` makes all of them survive lost power too.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Open or begin the journal at `path`. Raises `StudioError` for disk errors."""
        self._file = storage.open_append(path)
        storage.append_line(self._file, b"")  # a line that lacks only its newline must count below
        self._next_n = max((event.n for event in EventReader(path).read()), default=0) + 1
        self._clock = clock
        self._lock = threading.Lock()

    def write(self, event: Event) -> Event:
        """Append `event` and return it with its number and time. Raises `StudioError` (`disk_full`, ...)."""
        with self._lock:
            numbered = event.model_copy(update={"n": self._next_n, "t": self._clock()})
            storage.append_line(self._file, encode_line(numbered.model_dump_json().encode()))
            self._next_n += 1
            return numbered

    def sync(self) -> None:
        """Make every event so far survive lost power."""
        with self._lock:
            storage.sync_lines(self._file)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def heartbeat(self, every_s: float = HEARTBEAT_S) -> Iterator[None]:
        """Inside the block, a thread writes `Alive` whenever nothing else was written for `every_s`.

        Readers call a run without news for 10 s "not answering"; loading a model takes longer.
        """
        ended = threading.Event()

        def beat() -> None:
            seen = self._next_n
            while not ended.wait(every_s):
                if self._next_n == seen:
                    try:
                        self.write(Alive())
                    except StudioError as error:  # the trainer's own next event meets the same disk and tells
                        log.warning("no heartbeat: %s", error)
                seen = self._next_n

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
