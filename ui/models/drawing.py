"""Pictures drawn to compare: kept in a folder of the project, made by a separate process, one batch at a time.

The process is `lora_studio.training.draw`. It ends with the window: a picture not drawn is quickly asked for again.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, Signal

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.jobs.effect import DRAW_MODULE, drawing_order
from lora_studio.jobs.interpreter import module_command, training_environment
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from ui.models.engine_words import engine_words
from ui.models.run import RunModel
from ui.models.run_record import RunFacts, SampleShot
from ui.work import tasks

START_S = 10.0  # a process loads libraries and the base before its first picture


@dataclass(frozen=True, slots=True)
class DrawWish:
    """One picture: the run's adapter after an epoch at a strength. Epoch 0 or strength 0 is the base alone."""

    epoch: int
    strength: float
    prompt: str
    seed: int

    @property
    def is_base_alone(self) -> bool:
        return self.epoch == 0 or self.strength == 0


class AddedPrompt(BaseModel):
    """A prompt that the person added to a comparison."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    seed: int


class AddedPrompts(BaseModel):
    """What `prompts.json` beside the drawn pictures of a run holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 1
    prompts: tuple[AddedPrompt, ...] = ()


class Drawings(QObject):
    """The drawn pictures of one run. All calls and signals on the GUI thread."""

    drawn = Signal(object)  # DrawWish, whose picture is there now
    changed = Signal(object)  # DrawWish: waiting, failed or given up
    progressed = Signal()
    ready = Signal()  # known pictures and prompts were read
    failed = Signal(object)  # StudioError: the folder of pictures cannot be read or written

    def __init__(
        self, run: RunModel, home: Path, parent: QObject | None = None, command: Sequence[str] | None = None
    ) -> None:
        """Keeps pictures in `home`; `command` replaces the real program, for tests."""
        super().__init__(parent)
        self.run = run
        self._home = home / run.run.name
        self._command = list(command or module_command(DRAW_MODULE))
        self._hashes: dict[int, str] = {}
        self._hashing: set[int] = set()
        self._there: set[DrawWish] = set()
        self._lost: set[tuple[Path, int]] = set()  # samples and their versions
        self._reasons: dict[DrawWish, str] = {}
        self._waiting: list[DrawWish] = []
        self._batch: list[DrawWish] = []
        self._batch_done = 0
        self._process: QProcess | None = None
        self._exports: tempfile.TemporaryDirectory[str] | None = None
        self._preparing = tasks.CancelToken()
        self.added: tuple[AddedPrompt, ...] = ()
        self.done_count = 0
        self.total_count = 0

    # ── What there is ─────────────────────────────────────────────────────────────────────────────────────

    def read(self) -> None:
        """Learn the added prompts and which pictures are there; `ready` tells when."""
        epochs = [0, *self.run.epoch_ends]
        unknown = [epoch for epoch in epochs if epoch not in self._hashes and epoch not in self._hashing]
        self._hashing.update(unknown)
        folder, path = self.run.run, self._prompts_path()
        tasks.run(
            lambda _: (read_prompts(path), adapter_hashes(folder, unknown)),
            self._take,
            self._tell_failure,
            owner=self,
        )

    def _take(self, found: tuple[tuple[AddedPrompt, ...], dict[int, str]]) -> None:
        prompts, hashes = found
        self.added = tuple(dict.fromkeys((*prompts, *self.added)))
        self._hashes.update(hashes)
        self._hashing.difference_update(hashes)
        self.ready.emit()

    def path_of(self, wish: DrawWish) -> Path | None:
        """Where its picture lies or will lie; None while the adapter's hash is not known."""
        facts = self.run.facts
        adapter = self._hashes.get(0 if wish.is_base_alone else wish.epoch)
        return self._home / f"{picture_key(facts, adapter, wish)}.png" if facts and adapter else None

    def picture(self, wish: DrawWish) -> Path | None:
        """Its picture, or None."""
        path = self.path_of(wish)
        if path is None:
            return None
        if wish not in self._there and path.is_file():
            self._there.add(wish)
        return path if wish in self._there else None

    def sample(self, row: int, epoch: int) -> SampleShot | None:
        """What the trainer drew of a prompt after an epoch, where the picture is still there."""
        shots = (shot for shot in self.run.samples(epoch) if shot.prompt_index == row)
        return next((shot for shot in shots if (shot.path, shot.version) not in self._lost), None)

    def lose_picture(self, path: Path) -> None:
        """The file at `path` is gone or damaged: the picture can be drawn anew. Paths of others are ignored."""
        shots = [shot for epoch in self.run.sampled_epochs for shot in self.run.samples(epoch) if shot.path == path]
        drawn = {wish for wish in self._there if self.path_of(wish) == path}
        self._lost.update((shot.path, shot.version) for shot in shots)
        self._there -= drawn
        if shots or drawn:
            self.ready.emit()

    def is_waiting(self, wish: DrawWish) -> bool:
        """Whether it is being drawn or stands in line."""
        return wish in self._waiting or wish in self._batch[self._batch_done :]

    def reason(self, wish: DrawWish) -> str:
        """Why the last try failed; empty otherwise."""
        return self._reasons.get(wish, "")

    @property
    def is_drawing(self) -> bool:
        return bool(self._waiting or self._batch)

    def cost_s(self, wishes: Iterable[DrawWish]) -> float | None:
        """About how long so many pictures take, by what samples of this run took; None while unknown."""
        picture_s = self.run.seconds_per_sample
        batches = _batches(list(wishes))
        if not picture_s or not batches:
            return None
        return sum(len(batch) for batch in batches) * picture_s + START_S * len(batches)

    # ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────

    def add_prompt(self, prompt: str, seed: int) -> None:
        """Keep a prompt with this run's pictures; `ready` tells that it is there."""
        added = AddedPrompt(prompt=prompt, seed=seed)
        self.added = tuple(dict.fromkeys((*self.added, added)))
        kept = AddedPrompts(prompts=self.added)
        path = self._prompts_path()
        tasks.run(lambda _: write_prompts(path, kept), lambda _: None, self._tell_failure, owner=self)
        self.ready.emit()

    def draw(self, wishes: Iterable[DrawWish]) -> None:
        """Draw what is not there yet, in this order."""
        for wish in wishes:
            if self.path_of(wish) is None or self.picture(wish) is not None or self.is_waiting(wish):
                continue
            if not self.is_drawing:
                self.done_count = self.total_count = 0
            self._reasons.pop(wish, None)
            self._waiting.append(wish)
            self.total_count += 1
            self.changed.emit(wish)
        self._begin_next()
        self.progressed.emit()

    def stop(self) -> None:
        """Give up what is not drawn yet."""
        given_up = [*self._batch[self._batch_done :], *self._waiting]
        self._waiting, self._batch = [], []
        self._preparing.cancel()
        self._end_process()
        for wish in given_up:
            self.changed.emit(wish)
        self.progressed.emit()

    def close(self) -> None:
        """Stop, and remove what was only needed for drawing."""
        self.stop()
        if self._exports is not None:
            self._exports.cleanup()
            self._exports = None

    def _begin_next(self) -> None:
        if self._batch or not self._waiting:
            return
        self._batch = _batches(self._waiting)[0]
        self._batch_done = 0
        self._waiting = self._waiting[len(self._batch) :]
        first, run, home = self._batch[0], self.run.run, self._home
        if self._exports is None:
            self._exports = tempfile.TemporaryDirectory(prefix="lora-studio-", ignore_cleanup_errors=True)
        target = Path(self._exports.name) / f"epoch-{first.epoch}.safetensors"
        self._preparing = tasks.run(
            lambda _: prepare(run, first, home, target), lambda _: self._start(target), self._fail_batch, owner=self
        )

    def _start(self, adapter: Path) -> None:
        facts = self.run.facts
        assert facts is not None
        paths = [self.path_of(wish) for wish in self._batch]
        order = draw_order(facts, self._batch, adapter, [path for path in paths if path is not None])
        process = QProcess(self)
        environment = QProcessEnvironment()
        for name, value in training_environment().items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.readyReadStandardError.connect(self._look)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._refuse)
        self._process = process
        process.start(self._command[0], self._command[1:])
        process.write(json.dumps(order).encode())
        process.closeWriteChannel()

    def _look(self) -> None:
        """A line on stderr may mean that another picture is whole."""
        if self._process is not None:
            self._process.readAllStandardError()
            self._tell_drawn()

    def _tell_drawn(self) -> None:
        while self._batch_done < len(self._batch):
            wish = self._batch[self._batch_done]
            if self.picture(wish) is None:
                return
            self._batch_done += 1
            self.done_count += 1
            self.drawn.emit(wish)
            self.progressed.emit()

    def _finish(self, code: int, _status: QProcess.ExitStatus) -> None:
        process = self._process
        if process is None or self.sender() is not process:
            return
        answer = bytes(process.readAllStandardOutput().data()).decode("utf-8", errors="replace")
        self._end_process()
        self._tell_drawn()
        if self._batch_done < len(self._batch):
            self._fail_batch(problem_in(answer) or _not_drawn(code))
        else:
            self._batch = []
            self._begin_next()
            self.progressed.emit()

    def _refuse(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self.sender() is self._process:
            self._end_process()
            self._fail_batch(_not_drawn(None))

    def _tell_failure(self, error: Exception) -> None:
        self._hashing.clear()
        if not isinstance(error, StudioError):
            raise error
        self.failed.emit(error)

    def _fail_batch(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        failed, self._batch = self._batch[self._batch_done :], []
        self.total_count -= len(failed)
        for wish in failed:
            self._reasons[wish] = engine_words(error.title)
            self.changed.emit(wish)
        self._begin_next()
        self.progressed.emit()

    def _end_process(self) -> None:
        """End it at once, without waiting for it; its late signals are passed over."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.state() == QProcess.ProcessState.NotRunning:
            process.deleteLater()
        else:
            process.setParent(QCoreApplication.instance())  # it may outlive this object by a moment
            process.finished.connect(process.deleteLater)
            process.kill()

    def _prompts_path(self) -> Path:
        return self._home / "prompts.json"


def picture_key(facts: RunFacts, adapter_sha256: str, wish: DrawWish) -> str:
    """The name of a picture's file: another one for everything that changes the picture."""
    config = facts.config
    told = [
        config.base.source,
        "" if wish.is_base_alone else adapter_sha256,
        0.0 if wish.is_base_alone else round(wish.strength, 3),
        wish.prompt,
        wish.seed,
        config.preview.negative_prompt,
        config.preview.steps,
        config.preview.guidance,
        config.dataset.resolution_px,
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]


def draw_order(
    facts: RunFacts, wishes: Sequence[DrawWish], adapter: Path, out_paths: Sequence[Path]
) -> dict[str, object]:
    """The wishes of one batch as the drawing program reads them."""
    first = wishes[0]
    adapters = {} if first.is_base_alone else {adapter: first.strength}
    return drawing_order(facts.config, [wish.prompt for wish in wishes], first.seed, adapters, out_paths)


def adapter_hashes(run: RunFolder, epochs: Iterable[int]) -> dict[int, str]:
    """What tells each epoch's adapter from all others; those whose file is gone are left out.

    Raises:
        StudioError: A file is there and cannot be read.
    """
    paths = {epoch: run.epoch_path(epoch) for epoch in epochs if epoch}
    return {0: "base", **{epoch: storage.sha256_file(path) for epoch, path in paths.items() if path.is_file()}}


def prepare(run: RunFolder, wish: DrawWish, home: Path, target: Path) -> None:
    """Make the folder for pictures, and the adapter in the scheme that drawing reads; on a worker thread."""
    storage.make_dir(home)
    if not wish.is_base_alone and not target.is_file():
        export_epoch(run, wish.epoch, target)


def read_prompts(path: Path) -> tuple[AddedPrompt, ...]:
    """The prompts added earlier; none when there is no such file."""
    try:
        return AddedPrompts.model_validate(storage.read_json(path), strict=False).prompts
    except StudioError as error:
        if error.code == "file_missing":
            return ()
        raise


def write_prompts(path: Path, prompts: AddedPrompts) -> None:
    """Keep the added prompts. Raises `StudioError` for disk errors."""
    storage.make_dir(path.parent)
    storage.write_json(path, prompts.model_dump(mode="json"))


def problem_in(answer: str) -> StudioError | None:
    """The problem that the drawing program told in its last line, if it did."""
    lines = answer.strip().splitlines()
    told = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return StudioError(**told["error"]) if "error" in told else None


def _batches(wishes: Sequence[DrawWish]) -> list[list[DrawWish]]:
    """Neighbours that one process can draw: the same adapter and strength, and seeds that follow each other."""
    batches: list[list[DrawWish]] = []
    for wish in wishes:
        last = batches[-1][-1] if batches else None
        follows = last is not None and (wish.epoch, wish.strength) == (last.epoch, last.strength)
        if follows and last is not None and wish.seed == last.seed + 1:
            batches[-1].append(wish)
        else:
            batches.append([wish])
    return batches


def _not_drawn(code: int | None) -> StudioError:
    detail = "" if code is None else f"The drawing program ended with code {code}."
    return StudioError("drawing_failed", "The picture could not be drawn.", detail, "Check that the engine is whole.")
