"""The queue as its page shows it: looked at off the GUI thread, and driven from here while it was started here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QObject, QThreadPool, Signal

from lora_studio.config.training import Kind
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import estimate_time
from lora_studio.hardware.probe import GraphicsCard, Hardware, probe_hardware
from lora_studio.jobs.queue import Job, Place, Queue, QueueRunner
from lora_studio.projects.project import is_project
from lora_studio.runs import commands
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.leaner import find_leaner, make_leaner
from lora_studio.runs.state import RunState
from lora_studio.runs.timings import find_timing, remember_timing
from ui.models.engine_words import engine_words
from ui.models.library_words import family_word, kind_word, sentence_case, span_words
from ui.models.run import clock_time
from ui.models.run_record import read_facts
from ui.work import tasks
from ui.work.poll import Poll

LOOK_MS = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What never changes in a job. `planned_s` is None where the run tells too little."""

    name: str
    kind: Kind
    family: str
    project_dir: Path | None
    planned_s: float | None


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job with what is known about its time. Moments are in seconds since 1970, None while unknown."""

    job: Job
    facts: JobFacts | None
    left_s: float | None = None
    starts_at: float | None = None
    ended_at: float | None = None
    epochs: int = 0
    refusal: StudioError | None = None

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def name(self) -> str:
        return self.facts.name if self.facts else self.job.run.name

    @property
    def place(self) -> Place:
        return self.job.place

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        state = self.job.state
        if state is None or not state.total_steps:
            return 0.0
        return min(1.0, state.step / state.total_steps)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One look at the queue; `current` is the job the runner is busy with."""

    lines: tuple[JobLine, ...]
    is_held_back: bool = False
    is_run_elsewhere: bool = False
    current: Job | None = None


@dataclass(frozen=True, slots=True)
class QueueOutcome:
    """How the queue ended: jobs it finished, and jobs it set aside, since it was started here."""

    done: int
    aside: int


class QueueModel(QObject):
    """Looks at the queue every second, and starts the next job while `is_running`. Nothing runs before `start`.

    Signals arrive on the GUI thread.
    """

    changed = Signal()
    ended = Signal(object)  # QueueOutcome: nothing is left to start
    failed = Signal(object)  # StudioError

    def __init__(
        self,
        queue: Queue,
        parent: QObject | None = None,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`command` replaces the real trainer, for tests."""
        super().__init__(parent)
        self.lines: tuple[JobLine, ...] = ()
        self.problem: StudioError | None = None
        self.has_looked = False
        self.is_held_back = False
        self.is_run_elsewhere = False
        self._queue = queue
        self._command = command
        self._clock = clock
        self._card: GraphicsCard | None = None
        self._facts: dict[Path, JobFacts] = {}  # belongs to the one thread of the pool
        self._timed: set[str] = set()  # likewise
        self._runner: QueueRunner | None = None
        self._running: AbstractContextManager[QueueRunner] | None = None
        self._start_wanted = False
        self._by_hand = False
        self._before: frozenset[str] = frozenset()
        self._looking = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._poll = Poll(self.look, LOOK_MS, self)

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────

    def follow(self) -> None:
        """Look now and then every second."""
        self._poll.start()

    def rest(self) -> None:
        """Look no more, unless the queue runs from here."""
        if not self.is_running:
            self._poll.stop()

    def set_card(self, card: GraphicsCard | None) -> None:
        """What jobs will train on, for their times."""
        if card is None or self._card is None or card.name != self._card.name:
            self._card = card
            tasks.run(lambda _: self._facts.clear(), lambda _: None, owner=self, pool=self._pool)

    def look(self) -> None:
        """Look once, and start what is next if the queue runs here, unless a look is under way."""
        if self._looking:
            return
        self._looking = True
        runner, by_hand, self._by_hand = self._runner, self._by_hand, False
        tasks.run(lambda _: self._see(runner, by_hand), self._take, self._miss, owner=self, pool=self._pool)

    def _see(self, runner: QueueRunner | None, by_hand: bool) -> _Seen:
        """In the pool's thread."""
        current = runner.step(self._command, by_hand) if runner is not None else None
        refused = runner.refused if runner is not None else {}
        jobs = self._queue.jobs()
        for job in jobs:
            self._note_timing(job)
        return _Seen(
            lines=_with_times([self._line(job, refused) for job in jobs], self._clock()),
            is_held_back=self._queue.is_held_back(),
            is_run_elsewhere=runner is None and self._queue.is_run_by_someone(),
            current=current,
        )

    def _line(self, job: Job, refused: Mapping[str, StudioError]) -> JobLine:
        facts = self._facts.get(job.run.path)
        if facts is None and job.state is not None:
            facts = _read_job_facts(job.run, self._card)
            if facts is not None:
                self._facts[job.run.path] = facts
        ended_at = None
        if job.place == "ended" and job.run.events_path.is_file():
            ended_at = job.run.events_path.stat().st_mtime
        return JobLine(
            job, facts, _seconds_left(job, facts), None, ended_at, len(job.run.epochs()), refused.get(job.id)
        )

    def _note_timing(self, job: Job) -> None:
        """What a finished job measured makes the next plans better."""
        if job.place == "ended" and job.id not in self._timed:
            self._timed.add(job.id)
            try:
                remember_timing(job.run)
            except StudioError as error:
                log.warning("%s", error)

    def _take(self, seen: _Seen) -> None:
        self._looking = False
        before = self._shown()
        self.problem, self.has_looked = None, True
        self.lines, self.is_held_back = seen.lines, seen.is_held_back
        self.is_run_elsewhere = seen.is_run_elsewhere
        if self._start_wanted:
            self._begin()
        elif self._runner is not None and not self._by_hand and seen.current is None:
            self._end()
        if self._shown() != before:
            self.changed.emit()

    def _shown(self) -> tuple[object, ...]:
        return self.lines, self.is_held_back, self.is_run_elsewhere, self.is_running, self.problem, self.has_looked

    def _miss(self, error: Exception) -> None:
        self._looking = False
        if not isinstance(error, StudioError):
            raise error
        is_news = self.problem is None or self.problem.code != error.code
        self.problem, self.has_looked, self._start_wanted = error, True, False
        self._let_go()
        if is_news:
            self.changed.emit()

    # ── Running ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_running(self) -> bool:
        """Whether jobs are started from here, one after the other."""
        return self._runner is not None or self._start_wanted

    def start(self) -> None:
        """Start the jobs that wait, one after the other; asked for by hand, so earlier crashes do not hold it back."""
        if not self.is_running:
            self._start_wanted = True
            self._poll.start()  # its look begins the running
            self.changed.emit()

    def pause(self) -> None:
        """Start nothing more. The job that runs goes on to its end."""
        self._start_wanted = False
        self._let_go()
        self.changed.emit()

    def _begin(self) -> None:
        """Take the lock, on this thread and between looks: a lock belongs to the thread that took it."""
        self._start_wanted = False
        running = self._queue.running()
        try:
            self._runner = running.__enter__()
        except StudioError as error:
            self.failed.emit(error)
            return
        self._running = running
        self._by_hand = True
        self._before = self._ids("ended", "set_aside")
        self.look()

    def _end(self) -> None:
        done = self._ids("ended") - self._before
        aside = self._ids("set_aside") - self._before
        self._let_go()
        self.ended.emit(QueueOutcome(len(done), len(aside)))

    def _let_go(self) -> None:
        running, self._running, self._runner = self._running, None, None
        if running is not None:
            running.__exit__(None, None, None)

    def _ids(self, *places: Place) -> frozenset[str]:
        return frozenset(line.id for line in self.lines if line.place in places)

    # ── Changing ──────────────────────────────────────────────────────────────────────────────────────────

    def in_place(self, place: Place) -> list[JobLine]:
        """The jobs of one place, in order."""
        return [line for line in self.lines if line.place == place]

    def move_by(self, job_id: str, steps: int) -> None:
        """Move a waiting job earlier (below 0) or later among those that wait; at the end it stays."""
        waiting = [line.id for line in self.in_place("waiting")]
        here = waiting.index(job_id)
        there = min(max(here + steps, 0), len(waiting) - 1)
        if there != here:
            neighbour = self._index(waiting[there])
            self._change(lambda: self._queue.move(job_id, neighbour))

    def move_before(self, job_id: str, other_id: str | None) -> None:
        """Move a waiting job before another one; None moves it to the end."""
        if job_id == other_id:
            return
        rest = [line.id for line in self.lines if line.id != job_id]
        place = len(rest) if other_id is None else rest.index(other_id)
        self._change(lambda: self._queue.move(job_id, place))

    def remove(self, job_id: str) -> None:
        """Take a job out of the line; its run stays on the disk."""
        self._change(lambda: self._queue.remove(job_id))

    def put_back(self, run: RunFolder, place: int) -> None:
        """Undo `remove`: the job stands at its place (counted in `lines`) again."""
        self._change(lambda: self._queue.move(self._queue.add(run).id, place))

    def retry(self, job_id: str) -> None:
        """Let a job that was set aside wait again."""
        self._change(lambda: self._queue.retry(job_id))

    def retry_leaner(
        self, job_id: str, hardware: Hardware | None, kept_free_bytes: int, card_index: int | None
    ) -> None:
        """Change what saves memory in a job that was set aside, and let it wait again. None probes the computer."""
        run = self.lines[self._index(job_id)].job.run

        def change_and_retry() -> None:
            found = hardware or probe_hardware(run.path)
            make_leaner(run, find_leaner(run, found, kept_free_bytes, card_index))
            self._facts.pop(run.path, None)  # its steps take another time now
            self._queue.retry(job_id)

        self._change(change_and_retry)

    def clear_ended(self) -> None:
        """Take the finished jobs out of the list; their runs stay."""
        self._change(self._queue.clear_ended)

    def pause_job(self, job_id: str) -> None:
        """Ask the job that runs to save and end, to go on later; the next one starts then if the queue runs."""
        run = self.lines[self._index(job_id)].job.run
        self._change(lambda: commands.send(run, commands.Pause()))

    def _index(self, job_id: str) -> int:
        return next(index for index, line in enumerate(self.lines) if line.id == job_id)

    def _change(self, act: Callable[[], object]) -> None:
        tasks.run(lambda _: act(), lambda _: self.look(), self._refuse, owner=self, pool=self._pool)

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.failed.emit(error)
        self.look()

    # ── Sentences ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def finishes_at(self) -> float | None:
        """When the last waiting job ends if the queue runs from now; None while a job's time is unknown."""
        busy = [line for line in self.lines if line.place in ("running", "waiting")]
        if not busy or any(line.left_s is None for line in busy):
            return None
        return self._clock() + sum(line.left_s or 0.0 for line in busy)

    def subline(self, line: JobLine) -> str:
        """What a job is: its kind and base."""
        if line.facts is None:
            return str(line.job.run.path)
        words = self.tr("{kind}  ·  {base}")
        return words.format(kind=kind_word(line.facts.kind), base=family_word(line.facts.family))

    def sentence(self, line: JobLine) -> str:
        """What a job does, or when it will."""
        match line.place:
            case "running":
                return self._running_sentence(line)
            case "waiting":
                return self._waiting_sentence(line)
            case "set_aside":
                return engine_words(line.job.reason)
            case "ended":
                return self._ended_sentence(line)

    def _running_sentence(self, line: JobLine) -> str:
        state = line.job.state
        assert state is not None
        if state.asked is not None:
            return self.tr("Saving, then it ends")
        match state.kind:
            case "preparing":
                return self.tr("Preparing")
            case "sampling":
                return self.tr("Drawing samples")
            case "waiting":
                return self.tr("Waiting for mains power")
            case "not_answering":
                return self.tr("Not answering")
            case _ if line.left_s is None:
                return self.tr("Training")
            case _:
                return sentence_case(self.tr("{span} left").format(span=span_words(line.left_s)))

    def _waiting_sentence(self, line: JobLine) -> str:
        if line.refusal is not None:
            return engine_words(line.refusal.title)
        if line.left_s is None:
            return self.tr("Waiting")
        span = span_words(line.left_s)
        if line.starts_at is None or not (self.is_running or self.in_place("running")):
            return sentence_case(span)
        return sentence_case(self.tr("{span}, from {time}").format(span=span, time=clock_time(line.starts_at)))

    def _ended_sentence(self, line: JobLine) -> str:
        time_word = clock_time(line.ended_at) if line.ended_at is not None else ""
        if line.job.state is not None and line.job.state.kind == "stopped":
            return self.tr("Stopped at {time}, %n epoch(s) kept", "", line.epochs).format(time=time_word)
        return self.tr("Finished at {time}, %n epoch(s)", "", line.epochs).format(time=time_word)


def _read_job_facts(run: RunFolder, card: GraphicsCard | None) -> JobFacts | None:
    """None for a run whose settings cannot be read; the trainer will say why."""
    try:
        facts = read_facts(run)
    except (StudioError, ValidationError) as error:
        log.warning("no plan for %s: %s", run.path, error)
        return None
    config, length = facts.config, facts.length
    planned_s = None
    if length is not None:
        on_card = card is not None and config.precision.device != "cpu"
        measured = find_timing(config, card.name if card is not None and on_card else "cpu")
        planned_s = estimate_time(config, length, on_card, measured).seconds
    return JobFacts(config.name, config.kind, config.base.family, project_of(run), planned_s)


def project_of(run: RunFolder) -> Path | None:
    """The project whose run this is; None for one that was made elsewhere, as by the command line."""
    folder = run.path.parent.parent
    return folder if is_project(folder) else None


def _seconds_left(job: Job, facts: JobFacts | None) -> float | None:
    state: RunState | None = job.state
    if state is not None and state.eta_s is not None:
        return state.eta_s
    if facts is None or facts.planned_s is None or state is None:
        return None
    done = state.step / state.total_steps if state.total_steps else 0.0
    return facts.planned_s * max(0.0, 1 - done)


def _with_times(lines: list[JobLine], now: float) -> tuple[JobLine, ...]:
    """The lines with the moment each waiting one would start, were the queue running."""
    starts_at: float | None = now + sum(line.left_s or 0.0 for line in lines if line.place == "running")
    timed = []
    for line in lines:
        if line.place == "waiting":
            line = JobLine(line.job, line.facts, line.left_s, starts_at, None, line.epochs, line.refusal)
            starts_at = None if starts_at is None or line.left_s is None else starts_at + line.left_s
        timed.append(line)
    return tuple(timed)
