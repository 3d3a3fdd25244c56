"""The fast way of a training: it learns what the plain one learns, resumes it, and records what it repeats."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from torch import Tensor

from lora_studio import embedded
from lora_studio.errors import StudioError
from lora_studio.runs import events
from lora_studio.runs.commands import CommandReader, Pause
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.training.graphs import SHAPE_LIMIT, Action, CudaRecorder, Inputs, Replayed, answer_of
from lora_studio.training.step import NonFinite, TrainingStep
from lora_studio.training.trainer import Trainer

CPU = torch.device("cpu")
SETTINGS: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8},
    "adapter": {"rank": 2, "alpha": 2},
    "optimizer": {"learning_rate": 1e-2},
    "schedule": {"min_steps": 1, "max_steps": 6, "looks_per_picture": 100, "epochs": 1, "batch_size": 2},
    "preview": {"enabled": False},
    "output": {"checkpoint_every_steps": 2},
    "precision": {"device": "cpu", "cpu_threads": 1},
}


class Again:
    """Records by remembering what to do, so that recording can be tried without a card."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.works = True
        self.run_count = self.recorded = self.released = self.replayed = 0
        self.in_the_way = False

    def run(self, action: Action) -> None:
        self.run_count += 1
        action()

    def record(self, action: Action) -> Action:
        if self.fails:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            action()

        return replay

    def is_in_the_way(self, needed_bytes: int) -> bool:
        return self.in_the_way

    def release(self) -> None:
        self.released += 1


class Paused(CommandReader):
    """Commands of a person who presses Pause once a step is done."""

    def __init__(self, run: RunFolder, step: int) -> None:
        super().__init__(run)
        self._journal, self._step = EventReader(run.events_path), step

    def poll(self) -> list[Any]:
        return [Pause()] if any(e.kind == "step" and e.step == self._step for e in self._journal.read()) else []


def make_run(base: Path, pictures: Path, folder: Path, changes: Mapping[str, Any] | None = None) -> RunFolder:
    settings = merge_settings([SETTINGS, changes or {}])
    return create_run(plan_run(RunWish(folder=pictures, base=str(base), trigger="zzdisc", settings=settings)), folder)


def train(run: RunFolder, fast: bool, pause_at: int | None = None, recorder: Again | None = None) -> Trainer:
    commands = CommandReader(run) if pause_at is None else Paused(run, pause_at)
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, commands, fast_devices=("cpu",) if fast else ())
        trainer.prepare()
        step = trainer._take_step
        assert (step._fast is not None) == fast
        if recorder is not None:
            assert step._fast is not None
            learn = step._learn_inputs
            step._replayed = Replayed(lambda inputs: learn(step._fast, inputs), recorder, CPU)  # type: ignore[arg-type]
            step._answers = Replayed(partial(answer_of, step._unet.forward), recorder, CPU)
        trainer.announce()
        ending = trainer.learn()
        assert ending == ("done" if pause_at is None else "paused")
        if pause_at is not None:
            writer.write(events.Paused(step=pause_at))
    return trainer


def adapter(run: RunFolder) -> dict[str, Tensor]:
    return safetensors.torch.load_file(run.epoch_path(run.epochs()[-1]))


def difference(run: RunFolder, other: RunFolder) -> float:
    """How far two adapters are apart, relative to their size."""
    one, two = (torch.cat([tensor.flatten() for _, tensor in sorted(adapter(r).items())]) for r in (run, other))
    return float((one - two).norm() / two.norm())


def check_losses(run: RunFolder) -> list[float]:
    return [event.loss for event in EventReader(run.events_path).read() if isinstance(event, events.Validation)]


@pytest.mark.parametrize(
    "changes",
    [
        {"adapter": {"train_text_encoder": False}},
        {"objective": {"keep_base_share": 0.5}, "precision": {"gradient_checkpointing": True}},
        {"schedule": {"gradient_accumulation": 2}, "adapter": {"targets": "with_convolutions"}},
        {"adapter": {"train_text_encoder": True, "average": 0.9}},
        {"base": {"quantization": "nf4"}, "optimizer": {"type": "adamw8bit"}},
        {"optimizer": {"type": "prodigy"}, "objective": {"loss": "huber"}},
    ],
)
def test_the_fast_way_learns_what_the_plain_one_learns(
    tiny_base: Path, pictures: Path, tmp_path: Path, changes: Mapping[str, Any]
) -> None:
    fast, plain = (make_run(tiny_base, pictures, tmp_path / name, changes) for name in ("fast", "plain"))
    train(fast, fast=True)
    train(plain, fast=False)
    assert check_losses(fast) == pytest.approx(check_losses(plain), rel=1e-3)
    assert difference(fast, plain) < 1e-2
    steps = [[e for e in EventReader(r.events_path).read() if isinstance(e, events.Step)] for r in (fast, plain)]
    assert len(steps[0]) == 6
    for one, two in zip(*steps, strict=True):
        assert one.loss == pytest.approx(two.loss, rel=1e-3)
        assert one.grad_norm == pytest.approx(two.grad_norm, rel=2e-2)


@pytest.mark.parametrize("kind", ["loha", "lokr"])
def test_other_kinds_than_lora_take_the_plain_way_by_themselves(
    tiny_base: Path, pictures: Path, tmp_path: Path, kind: str
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", {"adapter": {"kind": kind}})
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=("cpu",))
        trainer.prepare()
    assert trainer._take_step._fast is None


@pytest.mark.slow
def test_two_hundred_steps_on_the_practice_base_end_at_the_same_check_loss(tmp_path: Path) -> None:
    project = embedded.sample_project("style")
    settings = merge_settings(
        [SETTINGS, {"schedule": {"max_steps": 200, "batch_size": 1}, "optimizer": {"learning_rate": 1e-3}}]
    )
    losses = {}
    for fast in (True, False):
        wish = RunWish(
            folder=project.images_dir, trigger=project.trigger, held_back=project.held_back_dir, settings=settings
        )
        run = create_run(plan_run(wish), tmp_path / f"fast {fast}")
        assert train(run, fast).state.step == 200
        losses[fast] = check_losses(run)
    assert len(losses[True]) == 2
    assert losses[True][1] < losses[True][0]
    assert losses[True] == pytest.approx(losses[False], abs=1e-3)


@pytest.mark.parametrize("fast_first", [True, False])
def test_a_run_that_changes_its_way_in_the_middle_ends_in_the_same_adapter(
    tiny_base: Path, pictures: Path, tmp_path: Path, fast_first: bool
) -> None:
    run, plain = (make_run(tiny_base, pictures, tmp_path / name) for name in ("run", "plain"))
    train(run, fast=fast_first, pause_at=3)
    train(run, fast=not fast_first)
    train(plain, fast=False)
    assert difference(run, plain) < 1e-2


@pytest.mark.parametrize("learns_text", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_replayed_batches_train_like_those_done_anew_and_a_failed_recording_costs_only_time(
    tiny_base: Path, pictures: Path, tmp_path: Path, fails: bool, learns_text: bool
) -> None:
    recorder = Again(fails)
    changes = {"adapter": {"train_text_encoder": learns_text}}
    replayed, anew = (make_run(tiny_base, pictures, tmp_path / name, changes) for name in ("replayed", "anew"))
    train(replayed, fast=True, recorder=recorder)
    train(anew, fast=True)
    assert difference(replayed, anew) < 1e-5
    assert (recorder.recorded > 0, recorder.replayed > 0, recorder.released) == (not fails, not fails, int(fails))


def test_the_fast_way_is_taken_where_it_helps_and_not_where_it_is_switched_off(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", {"precision": {"fast_step": "off"}})
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=("cpu",))
        trainer.prepare()
    assert trainer._take_step._fast is None
    usual = make_run(tiny_base, pictures, tmp_path / "usual")
    with EventWriter(usual.events_path) as writer:
        trainer = Trainer(usual, writer, CommandReader(usual))
        trainer.prepare()
    assert trainer._take_step._fast is None


def test_the_fast_way_notices_numbers_out_of_range(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=("cpu",))
        trainer.prepare()
        step = trainer._take_step

        def broken(*call: Any) -> Any:
            with torch.no_grad():
                step._parameters[0].fill_(float("nan"))
            return step(*call)

        trainer._take_step = broken  # type: ignore[assignment]
        with pytest.raises(StudioError, match="out of range"):
            trainer.learn()
    assert run.checkpoint_steps() == [0]
    notices = [e.code for e in EventReader(run.events_path).read() if isinstance(e, events.Notice)]
    assert notices == ["went_back", "went_back"]


def test_the_optimiser_gets_clipped_gradients_and_the_person_hears_their_norm_before(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    step = prepared_step(make_run(tiny_base, pictures, tmp_path / "run", {"objective": {"max_gradient_norm": 1e-4}}))
    given: list[float] = []
    step._optimizer.optimizer.register_step_pre_hook(  # type: ignore[attr-defined]
        lambda *_: given.append(float(torch.cat([p.grad.flatten() for p in step._parameters]).norm()))  # type: ignore[union-attr]
    )
    assert step(1, 0, [[0, 1]]).gradient_norm > 1e-3
    assert given == [pytest.approx(1e-4, rel=1e-2)]


def test_weights_that_a_step_leaves_out_of_range_are_noticed_at_once(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    step = prepared_step(make_run(tiny_base, pictures, tmp_path / "run"))

    def overflow(*_: Any) -> None:
        with torch.no_grad():
            step._parameters[0].fill_(float("inf"))

    step(1, 0, [[0, 1]])
    step._optimizer.optimizer.register_step_post_hook(overflow)  # type: ignore[attr-defined]
    with pytest.raises(NonFinite):
        step(2, 0, [[0, 1]])


def prepared_step(run: RunFolder) -> TrainingStep:
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=("cpu",))
        trainer.prepare()
    return trainer._take_step


class Looked:
    """Notes which (step, attempt) a step makes noise for."""

    def __init__(self, step: TrainingStep) -> None:
        self.made: list[tuple[int, int]] = []
        self._look = step._look
        step._look = self  # type: ignore[method-assign, assignment]

    def __call__(self, batch: Any, draw: Any) -> Any:
        self.made.append((draw[1], draw[2]))
        return self._look(batch, draw)


def test_noise_is_made_while_the_card_is_busy_and_is_that_of_its_own_step(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    frozen = {"adapter": {"train_text_encoder": False}}
    ahead, anew = (prepared_step(make_run(tiny_base, pictures, tmp_path / name, frozen)) for name in ("ahead", "anew"))
    batches = ahead._batches_of
    anew._batches_of = lambda step: batches(step + 7)  # of no use to anyone
    looked = Looked(ahead)
    for number in (1, 2, 3):  # what the first needs was made while the step before training was tried
        assert ahead(number, 0, batches(number)) == anew(number, 0, batches(number))
        assert looked.made == [(number + 1, 0)]
        looked.made.clear()
    for number in (4, 2):  # the run goes back and tries other noise; at step 4 the first was made already
        assert ahead(number, 1, batches(number)) == anew(number, 1, batches(number))
        assert looked.made == [(number, 1), (number + 1, 1)]
        looked.made.clear()


def test_what_reads_a_learning_text_encoder_is_not_made_ahead(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    step = prepared_step(make_run(tiny_base, pictures, tmp_path / "run", {"adapter": {"train_text_encoder": True}}))
    looked = Looked(step)
    step(1, 0, step._batches_of(1))
    assert looked.made == [(1, 0)]


def batch_of(width: int, value: float = 1.0) -> dict[str, Tensor]:
    return {"noisy": torch.full((1, width), value)}


def summed(inputs: Inputs) -> Tensor:
    return inputs["noisy"].sum()


def test_samples_drawn_from_recordings_are_those_drawn_anew(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    drawing = {"preview": {"enabled": True, "prompts": ["zzdisc", "red"], "steps": 4}}
    plain = make_run(tiny_base, pictures, tmp_path / "plain", drawing)
    replayed = make_run(tiny_base, pictures, tmp_path / "replayed", drawing)
    train(plain, fast=False)
    recorder = Again()
    train(replayed, fast=True, recorder=recorder)
    assert recorder.recorded >= 1
    for epoch in (0, 1):
        for one, other in zip(plain.sample_paths(epoch), replayed.sample_paths(epoch), strict=True):
            pixels = [np.asarray(Image.open(path), dtype=np.int16) for path in (one, other)]
            assert np.abs(pixels[0] - pixels[1]).max() <= 3
    first, second = (np.asarray(Image.open(path), dtype=np.int16) for path in replayed.sample_paths(1))
    assert np.abs(first - second).max() > 3  # each has its own words and noise


def test_a_shape_is_recorded_when_it_comes_again_and_each_loss_stays_its_own() -> None:
    recorder = Again()
    learn = Replayed(summed, recorder, CPU)
    losses = [learn(batch_of(3, value)) for value in (1.0, 2.0, 3.0)] + [learn(batch_of(4))]
    assert [float(loss) for loss in losses] == [3.0, 6.0, 9.0, 4.0]
    assert (recorder.run_count, recorder.recorded, recorder.replayed) == (2, 1, 2)


def test_shapes_beyond_the_limit_are_done_anew() -> None:
    recorder = Again()
    learn = Replayed(summed, recorder, CPU)
    for width in (*range(1, SHAPE_LIMIT + 3),) * 3:
        assert float(learn(batch_of(width))) == width
    assert recorder.recorded == SHAPE_LIMIT
    assert recorder.run_count == SHAPE_LIMIT + 2 * 3


def test_recordings_are_given_up_where_memory_is_short_and_made_again() -> None:
    recorder = Again()
    learn = Replayed(summed, recorder, CPU)
    for _ in range(2):
        learn(batch_of(3))
    learn.make_room(1)
    assert recorder.released == 0
    recorder.in_the_way = True
    learn.make_room(1)
    assert recorder.released == 1
    assert [float(learn(batch_of(3, value))) for value in (1.0, 2.0)] == [3.0, 6.0]
    assert (recorder.recorded, recorder.run_count) == (2, 2)


def test_after_a_failed_recording_nothing_is_recorded_any_more(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Again()
    learn = Replayed(summed, recorder, CPU)
    for _ in range(2):
        learn(batch_of(3))
    recorder.fails = True
    assert [float(learn(batch_of(width))) for width in (4, 4, 4, 3, 5, 5)] == [4, 4, 4, 3, 5, 5]
    assert (recorder.recorded, recorder.replayed, recorder.run_count) == (1, 1, 2)
    assert len(caplog.records) == 1


def test_a_card_without_memory_pools_trains_on_without_recordings(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Stream:
        def wait_stream(self, other: object) -> None:
            """There is nothing to wait for."""

    def no_pools(*_: object) -> None:
        raise RuntimeError("memory pools are not supported here")

    for name in ("Stream", "MemPool", "current_stream"):
        monkeypatch.setattr(torch.cuda, name, lambda *_: Stream())
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "use_mem_pool", no_pools)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    learn = Replayed(summed, CudaRecorder(torch.device("cuda", 0), lambda needed: needed), CPU)
    assert [float(learn(batch_of(3, value))) for value in (1.0, 2.0, 3.0)] == [3.0, 6.0, 9.0]
    assert len(caplog.records) == 1
