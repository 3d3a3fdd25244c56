"""One run as the screens see it: followed through its folder, told in sentences, and steered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QDateTime, QLocale, QObject, QThreadPool, QTimer, Signal

from lora_studio.errors import StudioError
from lora_studio.hardware.budget import samples_in_a_row
from lora_studio.hardware.probe import Hardware, probe_hardware
from lora_studio.jobs import supervisor
from lora_studio.jobs.ready_trainer import ReadyTrainer
from lora_studio.runs import commands, events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.leaner import find_leaner, make_leaner
from lora_studio.runs.longer import add_epochs
from lora_studio.runs.remaining import keep_what_is_left
from lora_studio.runs.state import RunState, StateKind
from ui.models.engine_words import engine_words
from ui.models.messages import message
from ui.models.run_record import ClockBack, LogEntry, LossSeries, RunFacts, RunFollower, RunNews, RunRecord, SampleShot
from ui.work import tasks

JobKind = StateKind | Literal["recovered"]

VISIBLE_MS, HIDDEN_MS = 100, 1000
MIB_PER_GB = 1024
STOP_LIMIT_S = 30.0  # nothing says "stopping" for longer
SILENCE_OFFER_S = 60.0
TIME_LEFT_SHARE = 0.15  # how far one step moves the shown end
TIME_LEFT_JUMP_S = 120.0  # a pause or slow samples: start again instead of creeping there


@dataclass(frozen=True, slots=True)
class LogLine:
    """One sentence of the log; `icon` is a name of the theme, `at` in seconds since 1970."""

    icon: str
    tone: Literal["ok", "accent", "warn", "err", "muted"]
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended, in the words of the engine."""

    code: str
    sentence: str
    detail: str
    hint: str


class RunModel(QObject):
    """Follows one run and steers it; everything it says is derived from the run folder at the last look.

    Signals arrive on the GUI thread.
    """

    changed = Signal()  # state, numbers or sentences
    loss_changed = Signal()
    samples_changed = Signal()
    log_changed = Signal()
    replaced = Signal()  # another run lies at the same path now; this model looks no more
    command_failed = Signal(StudioError)
    unreadable = Signal(StudioError)  # the folder cannot be read; the last state stays

    def __init__(
        self,
        run: RunFolder,
        parent: QObject | None = None,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.time,
        ready: ReadyTrainer | None = None,
    ) -> None:
        """`command` replaces the real trainer, for tests. One that is kept `ready` is taken where it can be."""
        super().__init__(parent)
        self.run = run
        self._command = command
        self._ready = ready
        self._clock = clock
        self._follower = RunFollower(run)
        self._record = RunRecord(run)
        self._state = RunState(kind="draft")
        self._folder_id: tuple[int, int] | None = None
        self._looking = False
        self._end_at: float | None = None
        self._asked_at: float | None = None
        self._asked_here = False
        self._pool = QThreadPool(self)  # its own, so that a scan of 10,000 pictures does not hold up the news
        self._pool.setMaxThreadCount(2)
        self._timer = QTimer(self)
        self._timer.setInterval(HIDDEN_MS)
        self._timer.timeout.connect(self.look)

    # ── Following ─────────────────────────────────────────────────────────────────────────────────────────

    def follow(self) -> None:
        """Begin to look, at once and then again and again."""
        self._timer.start()
        self.look()

    def set_visible(self, visible: bool) -> None:
        """A visible run is looked at ten times a second, another once."""
        self._timer.setInterval(VISIBLE_MS if visible else HIDDEN_MS)

    def rest(self) -> None:
        """Look no more. The run itself goes on."""
        self._timer.stop()

    def look(self) -> None:
        """Look once, unless a look is under way."""
        if self._looking:
            return
        self._looking = True
        tasks.run(lambda _: self._follower.look(), self._take, self._miss, owner=self, pool=self._pool)

    def _take(self, news: RunNews) -> None:
        self._looking = False
        self._folder_id = self._folder_id or news.folder_id
        if news.folder_id not in (None, self._folder_id):
            self.rest()
            self.replaced.emit()
            return
        before = (self._state, len(self._record.log))
        self._record.facts = news.facts
        for event in news.events:
            self._record.hear(event)
        earlier_step, self._state = self._state.step, news.state
        if news.state.step != earlier_step or not news.state.is_alive:
            self._estimate_end()
        self._hold_to_the_limit()
        self._tell(news, before != (news.state, len(self._record.log)))
        if news.has_more:
            QTimer.singleShot(0, self, self.look)

    def _tell(self, news: RunNews, moved: bool) -> None:
        kinds = {type(event) for event in news.events}
        if kinds & {events.Step, events.EpochSaved, events.Started}:
            self.loss_changed.emit()
        if kinds & {events.Sample, events.EpochSaved}:
            self.samples_changed.emit()
        if kinds - {events.Step, events.Alive, events.Phase}:
            self.log_changed.emit()
        if moved or kinds:
            self.changed.emit()

    def _miss(self, error: Exception) -> None:
        self._looking = False
        if not isinstance(error, StudioError):
            raise error
        self.unreadable.emit(error)

    def _estimate_end(self) -> None:
        left_s = self._raw_time_left_s()
        if left_s is None:
            self._end_at = None
            return
        end_at = self._clock() + left_s
        if self._end_at is None or abs(end_at - self._end_at) > max(TIME_LEFT_JUMP_S, left_s / 2):
            self._end_at = end_at
        else:
            self._end_at += TIME_LEFT_SHARE * (end_at - self._end_at)

    def _raw_time_left_s(self) -> float | None:
        """Steps to go and samples to draw, at the pace of the last ones; None for the first 20 steps."""
        if self._state.eta_s is None:
            return None
        samples = samples_in_a_row(self._record.facts.config) if self._record.facts else 0
        epochs_to_go = max(0, self.epochs - len(self._record.epoch_ends))
        return self._state.eta_s + epochs_to_go * samples * self._record.mean_sample_s

    def _hold_to_the_limit(self) -> None:
        """End a trainer that we asked to end and that has not within the limit. What was saved is safe."""
        if self._state.asked is None or not self._state.is_alive:
            self._asked_at, self._asked_here = None, self._asked_here and self._state.is_alive
            return
        if self._asked_at is None:
            self._asked_at = time.monotonic()
        if self._asked_here and self._asked_for_s() > STOP_LIMIT_S:
            self._asked_here = False
            self.force_stop()

    def _asked_for_s(self) -> float:
        return 0.0 if self._asked_at is None else time.monotonic() - self._asked_at

    # ── Facts ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> RunState:
        """The engine's own answer at the last look."""
        return self._state

    @property
    def kind(self) -> JobKind:
        """The state of the job. `recovered`: it died, and something is safe to go on from."""
        if self._state.kind == "crashed" and self._state.checkpoint_step is not None:
            return "recovered"
        return self._state.kind

    @property
    def facts(self) -> RunFacts | None:
        """Settings and length; None before the first look."""
        return self._record.facts

    @property
    def step(self) -> int:
        return self._state.step

    @property
    def steps(self) -> int | None:
        length = self._record.facts.length if self._record.facts else None
        return length.total_steps if length else self._state.total_steps

    @property
    def epoch(self) -> int:
        """The epoch the last step belongs to; 0 before the first."""
        length = self._record.facts.length if self._record.facts else None
        return length.epoch_of(self.step) if length and self.step else self._state.epoch

    @property
    def epochs(self) -> int:
        length = self._record.facts.length if self._record.facts else None
        return length.epochs if length else self._state.epochs or 0

    @property
    def steps_per_epoch(self) -> int | None:
        length = self._record.facts.length if self._record.facts else None
        if length:
            return length.steps_per_epoch
        return -(-self.steps // self.epochs) if self.steps and self.epochs else None

    @property
    def epoch_share(self) -> float:
        """How much of the present epoch is done, 0 to 1."""
        size = self.steps_per_epoch
        if not size or not self.epoch:
            return 0.0
        end = min(self.epoch * size, self.steps or self.epoch * size)
        began = (self.epoch - 1) * size
        return min(1.0, max(0.0, (self.step - began) / max(1, end - began)))

    @property
    def seconds_per_step(self) -> float | None:
        return self._state.seconds_per_step

    @property
    def seconds_per_sample(self) -> float | None:
        """What a sample takes, by the last ones; None before the first."""
        return self._record.mean_sample_s or None

    @property
    def time_left_s(self) -> float | None:
        """Smoothed; None while it is unknown or nothing runs."""
        return None if self._end_at is None else max(0.0, self._end_at - self._clock())

    @property
    def next_samples_s(self) -> float | None:
        """Seconds until the next samples are drawn; None while unknown."""
        size, pace = self.steps_per_epoch, self._state.seconds_per_step
        if not size or not pace or self._state.kind != "running" or self._state.eta_s is None:
            return None
        end = min(self.epoch * size, self.steps or self.epoch * size)
        return max(0, end - self.step) * pace

    @property
    def loss(self) -> LossSeries:
        return self._record.loss

    @property
    def epoch_ends(self) -> dict[int, int]:
        """Finished epochs and the step each ended with."""
        return self._record.epoch_ends

    @property
    def sampled_epochs(self) -> list[int]:
        """Epochs with samples, 0 being the base alone."""
        return sorted(self._record.shots)

    @property
    def sampled_now(self) -> int | None:
        """The epoch whose samples the trainer draws just now, 0 being the base alone; None while it draws none."""
        return max(self.epoch_ends, default=0) if self.kind == "sampling" else None

    def samples(self, epoch: int) -> list[SampleShot]:
        """The samples of an epoch, in the order of the prompts."""
        shots = self._record.shots.get(epoch, {})
        return [shots[index] for index in sorted(shots)]

    @property
    def device(self) -> str:
        return self._record.device

    @property
    def memory_mib(self) -> float | None:
        """What the trainer held of the card at the last step, if it said so."""
        return self._record.memory_mib

    @property
    def saved_age_s(self) -> float | None:
        """Seconds since the last save, or None."""
        return None if self._record.saved_at is None else max(0.0, self._clock() - self._record.saved_at)

    @property
    def failure(self) -> Failure | None:
        """Why it ended, for `failed`, `crashed` and `recovered`."""
        state = self._state
        if not state.error_title:
            return None
        return Failure(state.error_code, state.error_title, state.error_detail, state.error_hint)

    # ── Sentences ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def word(self) -> str:
        """The state in a word or two, for chips and lists."""
        if self._state.is_alive and self._state.asked == "stop" and self.kind == "pausing":
            return self.tr("Stopping")
        words: dict[JobKind, str] = {
            "draft": self.tr("Not started"),
            "preparing": self.tr("Preparing"),
            "sampling": self.tr("Drawing samples"),
            "running": self.tr("Training"),
            "waiting": self.tr("Waiting"),
            "pausing": self.tr("Pausing"),
            "paused": self.tr("Paused"),
            "stopped": self.tr("Stopped and kept"),
            "done": self.tr("Done"),
            "failed": self.tr("Stopped"),
            "crashed": self.tr("Stopped"),
            "recovered": self.tr("Can go on"),
            "not_answering": self.tr("Not answering"),
        }
        return words[self.kind]

    @property
    def headline(self) -> str:
        """What a person wants to know first."""
        match self.kind:
            case "draft":
                return self.tr("Training has not started")
            case "preparing" | "sampling":
                return self._phase_sentence()
            case "running":
                left_s = self.time_left_s
                return self.tr("Measuring the speed") if left_s is None else self._time_left_sentence(left_s)
            case "waiting":
                return self.tr("Waiting for mains power")
            case "pausing":
                if self._state.phase == "sampling":
                    return self.tr("Finishing a sample, then saving")
                sentence = self.tr("Finishing step {step}, then saving")
                return sentence.format(step=self._number(self.step + 1))
            case "not_answering":
                sentence = self.tr("Not answering for {seconds} s…")
                return sentence.format(seconds=self._number(int(self._state.silent_s)))
            case "paused":
                return self.tr("Paused at step {step}").format(step=self._number(self.step))
            case "stopped":
                return self.tr("Stopped at step {step}. %n epoch(s) kept.", "", len(self.epoch_ends)).format(
                    step=self._number(self.step)
                )
            case "done":
                return self._done_sentence()
            case "recovered":
                sentence = self.tr("Stopped at step {step}, everything up to step {safe} is safe.")
                safe = self._state.checkpoint_step or 0
                return sentence.format(step=self._number(self.step), safe=self._number(safe))
            case _:
                return self._state.error_title

    @property
    def detail(self) -> str:
        """The line under the headline: where it is, and when it ends."""
        kind = self.kind
        if kind in ("failed", "crashed"):
            return self._state.error_detail
        if not self.step or not self.steps or kind in ("preparing", "draft", "done"):
            return ""
        where = {
            "epoch": self._number(self.epoch),
            "epochs": self._number(self.epochs),
            "step": self._number(self.step),
            "steps": self._number(self.steps),
        }
        if self.time_left_s is None or kind not in ("running", "sampling"):
            return self.tr("Epoch {epoch} of {epochs}  ·  step {step} of {steps}").format(**where)
        sentence = self.tr("Epoch {epoch} of {epochs}  ·  step {step} of {steps}  ·  done around {time}")
        return sentence.format(**where, time=self.end_clock)

    @property
    def end_clock(self) -> str:
        """The clock time of the end, or nothing while it is unknown."""
        return "" if self._end_at is None else clock_time(self._end_at)

    @property
    def saved_sentence(self) -> str:
        """When it was saved last, as in "40 s ago"."""
        age_s = self.saved_age_s
        if age_s is None:
            return self.tr("Not yet")
        if age_s < 60:
            return self.tr("{seconds} s ago").format(seconds=self._number(int(age_s)))
        if age_s < 3600:
            return self.tr("{minutes} min ago").format(minutes=self._number(int(age_s / 60)))
        return clock_time(self._record.saved_at or 0.0)

    @property
    def log(self) -> list[LogLine]:
        """What happened, newest first."""
        return [self._log_line(entry) for entry in reversed(self._record.log)]

    def _log_line(self, entry: LogEntry) -> LogLine:
        event = entry.event
        match event:
            case events.Started(resumed_from=None):
                device = self.tr("the processor") if event.device.startswith("cpu") else event.device
                text = self.tr("Training started on {device}").format(device=device or self.tr("this computer"))
                return LogLine("play", "accent", event.t, text)
            case events.Started():
                text = self.tr("Carried on from step {step}").format(step=self._number(event.resumed_from or 0))
                return LogLine("play", "accent", event.t, text)
            case ClockBack():
                said = message("E27", hours=event.hours)
                return LogLine("clock", "muted", event.t, f"{said.title} {said.body}")
            case events.StepTried():
                text = self.tr("One step fits: {used} of {total} GB")
                memory = {"used": _gib(event.memory_mib), "total": _gib(event.memory_total_mib)}
                return LogLine("check", "ok", event.t, text.format(**memory))
            case events.EpochSaved():
                text = self.tr("Saved epoch {epoch}")
                if entry.sample_count:
                    text = self.tr("Saved epoch {epoch} and drew %n sample(s)", "", entry.sample_count)
                return LogLine("save", "ok", event.t, text.format(epoch=self._number(event.epoch)))
            case events.Notice():
                return LogLine("warning", "warn", event.t, engine_words(f"{event.title} {event.detail}".strip()))
            case events.Paused():
                text = self.tr("Paused at step {step}").format(step=self._number(event.step))
                return LogLine("pause", "muted", event.t, text)
            case events.Stopped():
                text = self.tr("Stopped at step {step}, everything was kept").format(step=self._number(event.step))
                return LogLine("stop", "muted", event.t, text)
            case events.Finished():
                return LogLine("check", "ok", event.t, self._done_sentence())
            case events.Failed():
                return LogLine("warning", "err", event.t, engine_words(event.title))

    def _phase_sentence(self) -> str:
        counted = {"done": self._number(self._state.phase_done), "total": self._number(self._state.phase_total)}
        has_count = self._state.phase_total > 1
        match self._state.phase:
            case "loading":
                return self.tr("Loading the base model")
            case "encoding" if has_count:
                return self.tr("Encoding captions {done} of {total}").format(**counted)
            case "encoding":
                return self.tr("Encoding captions")
            case "caching" if has_count:
                return self.tr("Reading pictures {done} of {total}").format(**counted)
            case "caching":
                return self.tr("Reading pictures")
            case "measuring":
                return self.tr("Measuring the graphics card")
            case "testing":
                return self.tr("Checking that one step fits")
            case "sampling" if has_count:
                counted["done"] = self._number(min(self._state.phase_done + 1, self._state.phase_total))
                return self.tr("Drawing sample {done} of {total}").format(**counted)
            case "sampling":
                return self.tr("Drawing samples")
            case _:
                return self.tr("Starting the trainer")

    def _time_left_sentence(self, left_s: float) -> str:
        if left_s >= 90 * 60:
            minutes = round(left_s / 300) * 5
            return self.tr("About {hours} h {minutes} min left").format(hours=minutes // 60, minutes=minutes % 60)
        if left_s >= 120:
            return self.tr("About %n minute(s) left", "", round(left_s / 60))
        return self.tr("About %n second(s) left", "", max(10, round(left_s / 10) * 10))

    def _done_sentence(self) -> str:
        epochs = len(self.epoch_ends)
        minutes = round(self._record.trained_s / 60)
        if minutes < 1:
            return self.tr("Finished in under a minute. %n epoch(s) saved.", "", epochs)
        sentence = self.tr("Finished in {minutes} min. %n epoch(s) saved.", "", epochs)
        return sentence.format(minutes=self._number(minutes))

    def _number(self, value: int) -> str:
        return QLocale().toString(value)

    # ── Steering ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def can_pause(self) -> bool:
        return self._state.is_alive and self._state.asked is None

    @property
    def can_resume(self) -> bool:
        """Whether it can start or go on."""
        return self.kind in ("draft", "paused", "stopped", "failed", "crashed", "recovered")

    @property
    def can_force_stop(self) -> bool:
        """Whether a hard stop should be offered: it has been silent or deaf for too long."""
        silent = self._state.kind == "not_answering" and self._state.silent_s >= SILENCE_OFFER_S
        return silent or self._asked_for_s() > STOP_LIMIT_S

    def pause(self) -> None:
        """Ask it to save and end, to go on later."""
        self._ask(commands.Pause())

    def stop_and_keep(self) -> None:
        """Ask it to save and end for good, keeping every epoch."""
        self._ask(commands.Stop())

    def draw_now(self) -> None:
        """Ask it to draw the samples of this moment."""
        self._steer(lambda: commands.send(self.run, commands.SampleNow()))

    def resume(self) -> None:
        """Start it, or go on from the last save."""
        self._steer(self._start)

    def train_longer(self, epochs: int) -> None:
        """Give a finished run so many more epochs and go on at once."""

        def add_and_start() -> None:
            add_epochs(self.run, epochs)
            self._start()

        self._steer(add_and_start)

    def go_on_leaner(self, hardware: Hardware | None, kept_free_bytes: int, card_index: int | None) -> None:
        """Change what saves memory and teaches the same, and go on from the last save. None probes the computer."""

        def change_and_start() -> None:
            found = hardware or probe_hardware(self.run.path)
            make_leaner(self.run, find_leaner(self.run, found, kept_free_bytes, card_index))
            self._start()

        self._steer(change_and_start)

    def go_on_with_what_is_left(self) -> None:
        """Take the pictures as they are now, without those that are gone, and go on from the last save."""

        def look_and_start() -> None:
            keep_what_is_left(self.run)
            self._start()

        self._steer(look_and_start)

    def force_stop(self) -> None:
        """End the trainer at once. What was saved before is safe."""
        self._steer(self._kill)

    def restart(self) -> None:
        """End a trainer that does not answer and go on from the last save."""

        def kill_and_start() -> None:
            self._kill()
            self._start()

        self._steer(kill_and_start)

    def _ask(self, command: commands.Pause | commands.Stop) -> None:
        self._asked_here = True
        self._steer(lambda: commands.send(self.run, command))

    def _start(self) -> None:
        supervisor.start(self.run, self._command, self._ready)

    def _kill(self) -> None:
        if trainer := supervisor.attach(self.run):
            trainer.kill()

    def _steer(self, act: Callable[[], object]) -> None:
        tasks.run(lambda _: act(), lambda _: self.look(), self._refuse, owner=self, pool=self._pool)

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.command_failed.emit(error)


def _gib(size_mib: float) -> str:
    return QLocale().toString(size_mib / MIB_PER_GB, "f", 1)


def clock_time(at: float) -> str:
    """A moment (seconds since 1970) as the time of day, as the person writes it."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(at)).time(), QLocale.FormatType.ShortFormat)
