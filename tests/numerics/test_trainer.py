"""Whole trainings on the tiny base: to the end, interrupted, resumed, and with numbers that go wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from drawn_pictures import draw_pictures
from PIL import Image
from torch.amp import GradScaler

from lora_studio.adapters.lora import adapter_layers, without_adapter
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.budget import Fix
from lora_studio.runs import events
from lora_studio.runs.commands import CommandReader, Pause, SampleNow, Stop, send
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.leaner import can_go_on_leaner, make_leaner
from lora_studio.runs.longer import add_epochs
from lora_studio.runs.remaining import keep_what_is_left
from lora_studio.runs.state import read_state
from lora_studio.training import precision
from lora_studio.training.__main__ import main
from lora_studio.training.draw import DrawWish, draw
from lora_studio.training.randomness import normal
from lora_studio.training.reporter import AskedToEnd
from lora_studio.training.step import TrainingStep
from lora_studio.training.trainer import Trainer

TINY: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8, "flip": True, "caption_dropout": 0.2},
    "adapter": {"rank": 2, "alpha": 2, "dropout": 0.1},
    "optimizer": {"learning_rate": 1e-2},
    "schedule": {"min_steps": 1, "max_steps": 6, "looks_per_picture": 100, "epochs": 2, "batch_size": 2},
    "preview": {"steps": 2, "prompts": ["a red disc", "a blue disc"]},
    "output": {"checkpoint_every_steps": 2},
    "precision": {"device": "cpu", "cpu_threads": 1},
}


def make_run(base: Path, pictures: Path, folder: Path, changes: Mapping[str, Any] | None = None) -> RunFolder:
    wish = RunWish(folder=pictures, base=str(base), trigger="zzdisc", settings=merge_settings([TINY, changes or {}]))
    return create_run(plan_run(wish), folder)


def adapter_hash(run: RunFolder) -> str:
    return hashlib.sha256(run.epoch_path(run.epochs()[-1]).read_bytes()).hexdigest()


def kinds(run: RunFolder) -> list[str]:
    return [event.kind for event in EventReader(run.events_path).read() if event.kind not in ("alive", "phase")]


@pytest.fixture(scope="module")
def straight(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """An undisturbed run of six steps in two epochs, and its pictures beside it."""
    home = tmp_path_factory.mktemp("straight")
    run = make_run(tiny_base, draw_pictures(home / "pictures"), home / "run")
    assert main(str(run.path)) == ExitCode.DONE
    return run


@pytest.fixture
def same_pictures(straight: RunFolder) -> Path:
    return straight.path.parent / "pictures"


def test_a_whole_run_leaves_everything_a_person_expects(straight: RunFolder) -> None:
    assert straight.epochs() == [1, 2]
    assert [len(straight.sample_paths(epoch)) for epoch in (0, 1, 2)] == [2, 2, 2]
    with Image.open(straight.sheet_path) as sheet:
        assert "zzdisc" in sheet.text["lora_studio"]  # type: ignore[attr-defined]
    with Image.open(straight.sample_paths(2)[1]) as sample:
        facts = json.loads(sample.text["lora_studio"])  # type: ignore[attr-defined]
    assert (facts["prompt"], facts["seed"], facts["epoch"]) == ("a blue disc", 43, 2)
    assert list(straight.exports_dir.iterdir()) == [straight.exports_dir / "pictures.safetensors"]
    state = read_state(straight)
    assert (state.kind, state.step, state.total_steps, state.checkpoint_step) == ("done", 6, 6, 6)


def test_the_adapter_moves_and_samples_change_with_it(straight: RunFolder) -> None:
    from lora_studio.weights.header import read_header, read_tensor

    path = straight.epoch_path(2)
    header = read_header(path)
    ups = [name for name in header.tensors if ".lora_B." in name]
    assert all(abs(read_tensor(path, header, name)).max() > 0 for name in ups)
    base, trained = (straight.sample_paths(epoch)[0].read_bytes() for epoch in (0, 2))
    assert base != trained


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 5])
def test_a_run_paused_anywhere_and_resumed_equals_the_undisturbed_one_bit_for_bit(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path, cut: int
) -> None:
    # The run's name seeds nothing; another folder must not matter either.
    run = make_run(tiny_base, same_pictures, tmp_path / "run")
    pause_at(run, cut)
    assert read_state(run).kind == "paused"
    assert main(str(run.path)) == ExitCode.DONE
    assert adapter_hash(run) == adapter_hash(straight)
    assert [path.read_bytes() for path in run.sample_paths(2)] == [
        path.read_bytes() for path in straight.sample_paths(2)
    ]


def pause_at(run: RunFolder, step: int) -> None:
    """Trains in this process up to `step`, then pauses as a command would."""
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, PauseAtStep(run, step))
        trainer.prepare()
        trainer.announce()
        assert trainer.learn() == "paused"
        assert trainer.state.step == step
        writer.write(events.Paused(step=step))


class PauseAtStep(CommandReader):
    """Commands of a person who presses Pause once a step is done; step 0 is done when the base alone is checked."""

    def __init__(self, run: RunFolder, step: int) -> None:
        super().__init__(run)
        self._journal = EventReader(run.events_path)
        self._step = step
        self._done = False

    def poll(self) -> list[Any]:
        seen = [e.step for e in self._journal.read() if e.kind == ("step" if self._step else "validation")]
        self._done = self._done or self._step in seen
        return [Pause()] if self._done else []


@pytest.mark.parametrize(
    "optimizer",
    [{"type": kind} for kind in ("adamw", "adamw8bit", "lion8bit", "adafactor", "prodigy", "schedule_free")],
)
def test_the_step_tried_first_leaves_no_trace(
    tiny_base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: dict[str, Any]
) -> None:
    tried, untried = (
        make_run(tiny_base, pictures, tmp_path / name, {"optimizer": optimizer, "preview": {"enabled": False}})
        for name in ("tried", "untried")
    )
    assert main(str(tried.path)) == ExitCode.DONE
    (told,) = [event for event in EventReader(tried.events_path).read() if isinstance(event, events.StepTried)]
    assert (told.width_px, told.height_px, told.batch_size) == (64, 64, 2)
    assert 0 < told.memory_mib < told.memory_total_mib
    monkeypatch.setattr(Trainer, "_try_step", lambda _: told)
    assert main(str(untried.path)) == ExitCode.DONE
    assert adapter_hash(tried) == adapter_hash(untried)


def test_a_step_that_does_not_fit_ends_before_anything_is_learned(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_of_memory(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    run = make_run(tiny_base, same_pictures, tmp_path / "run")
    with monkeypatch.context() as small_card:
        small_card.setattr(TrainingStep, "__call__", end_of_memory)
        assert main(str(run.path)) == ExitCode.OUT_OF_MEMORY
    state = read_state(run)
    assert (state.kind, state.error_code, state.step) == ("failed", "does_not_fit", 0)
    assert "64 × 64" in state.error_detail
    assert not run.checkpoint_steps()
    assert not run.sampled_epochs()
    assert main(str(run.path)) == ExitCode.DONE
    assert adapter_hash(run) == adapter_hash(straight)


def test_a_run_without_memory_goes_on_leaner_from_its_save_point_and_ends_with_the_same_adapter(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn = TrainingStep.__call__

    def end_of_memory(self: TrainingStep, step: int, *rest: Any) -> Any:
        if step == 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return learn(self, step, *rest)

    run = make_run(tiny_base, same_pictures, tmp_path / "run")
    with monkeypatch.context() as small_card:
        small_card.setattr(TrainingStep, "__call__", end_of_memory)
        assert main(str(run.path)) == ExitCode.OUT_OF_MEMORY
    state = read_state(run)
    assert (state.error_code, state.checkpoint_step, can_go_on_leaner(state)) == ("out_of_memory", 2, True)
    with monkeypatch.context() as smaller_card:
        smaller_card.setattr(TrainingStep, "__call__", lambda step, *_: end_of_memory(step, 3))
        assert main(str(run.path)) == ExitCode.OUT_OF_MEMORY
    state = read_state(run)
    assert (state.error_code, state.checkpoint_step, can_go_on_leaner(state)) == ("does_not_fit", 2, True)
    assert state.error_detail.endswith("Nothing is lost: step 2 is saved.")
    make_leaner(run, (Fix({"precision.gradient_checkpointing": True}, 0, "", True),))
    recomputed = []
    checkpoint = torch.utils.checkpoint.checkpoint
    monkeypatch.setattr(
        torch.utils.checkpoint, "checkpoint", lambda *a, **k: (recomputed.append(1), checkpoint(*a, **k))[1]
    )
    assert main(str(run.path)) == ExitCode.DONE
    assert recomputed
    assert [event.resumed_from for event in EventReader(run.events_path).read() if event.kind == "started"][-1] == 2
    assert (read_state(run).step, run.epochs(), run.sampled_epochs()) == (6, [1, 2], [0, 1, 2])
    for epoch in (1, 2):
        leaner, whole = (safetensors.torch.load_file(of.epoch_path(epoch)) for of in (run, straight))
        assert max(float((leaner[name] - whole[name]).abs().max()) for name in whole) < 1e-5


def test_a_finished_run_is_given_more_epochs_and_keeps_those_it_has(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path
) -> None:
    runs = [RunFolder(tmp_path / name) for name in ("at once", "paused")]
    for run in runs:
        shutil.copytree(straight.path, run.path)
        add_epochs(run, 2)
    at_once, paused = runs
    before = [at_once.epoch_path(epoch).read_bytes() for epoch in (1, 2)]
    assert main(str(at_once.path)) == ExitCode.DONE
    assert (read_state(at_once).step, at_once.epochs(), at_once.sampled_epochs()) == (14, [1, 2, 3, 4], [0, 1, 2, 3, 4])
    assert [at_once.epoch_path(epoch).read_bytes() for epoch in (1, 2)] == before
    assert adapter_hash(at_once) != adapter_hash(straight)
    pause_at(paused, 8)
    assert main(str(paused.path)) == ExitCode.DONE
    assert adapter_hash(paused) == adapter_hash(at_once)


def test_more_epochs_are_refused_while_a_run_is_not_finished_or_cannot_go_on(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path
) -> None:
    fresh = make_run(tiny_base, same_pictures, tmp_path / "fresh")
    with pytest.raises(StudioError, match="not come to its end"):
        add_epochs(fresh, 4)
    cleaned = RunFolder(tmp_path / "cleaned")
    shutil.copytree(straight.path, cleaned.path)
    shutil.rmtree(cleaned.checkpoints_dir)
    settings = cleaned.config_path.read_bytes()
    with pytest.raises(StudioError, match="cannot go on"):
        add_epochs(cleaned, 4)
    assert cleaned.config_path.read_bytes() == settings


def test_a_damaged_newest_save_point_is_passed_over(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, same_pictures, tmp_path / "run")
    pause_at(run, 5)
    newest = run.checkpoint_dir(5) / "adapter.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1] + b"\x7f")
    assert main(str(run.path)) == ExitCode.DONE
    assert adapter_hash(run) == adapter_hash(straight)


def test_stop_and_keep_ends_the_run_with_an_exported_adapter(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(
        tiny_base, pictures, tmp_path / "run", {"schedule": {"max_steps": 4000}, "preview": {"prompts": ["a"]}}
    )

    class StopAfterThree(PauseAtStep):
        def poll(self) -> list[Any]:
            return [Stop()] if super().poll() else []

    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, StopAfterThree(run, 3))
        trainer.prepare()
        assert trainer.learn() == "stopped"
    assert (run.exports_dir / "pictures.safetensors").is_file()
    assert run.checkpoint_steps()[-1] == 3


class Killed(Exception):
    """Stands for a kill at one moment."""


class DiesAtTheEndOfAnEpoch(EventWriter):
    """A journal whose process is killed just before it tells that an epoch's adapter is saved, or its check loss."""

    before: type[events.EpochSaved | events.Validation]

    def write(self, event: events.Event) -> events.Event:
        if isinstance(event, self.before) and event.step == 4:
            raise Killed
        return super().write(event)


class SampleAfterTwoSteps(PauseAtStep):
    """Commands of a person who asks for samples in the middle of the first epoch."""

    asked = False

    def poll(self) -> list[Any]:
        if self.asked or not super().poll():
            return []
        self.asked = True
        return [SampleNow()]


@pytest.mark.parametrize("before", [events.EpochSaved, events.Validation])
@pytest.mark.parametrize("samples", [True, False], ids=["samples", "no samples"])
def test_a_kill_at_the_end_of_an_epoch_is_made_up_for(
    straight: RunFolder,
    tiny_base: Path,
    same_pictures: Path,
    tmp_path: Path,
    samples: bool,
    before: type[events.EpochSaved | events.Validation],
) -> None:
    run = make_run(tiny_base, same_pictures, tmp_path / "run", {"preview": {"enabled": samples}})
    with DiesAtTheEndOfAnEpoch(run.events_path) as writer:
        writer.before = before
        trainer = Trainer(run, writer, SampleAfterTwoSteps(run, 2))
        trainer.prepare()
        with pytest.raises(Killed):
            trainer.learn()
    assert run.epochs() == [1]
    assert len(run.sample_paths(1)) == (2 if samples else 0)  # before the adapter's end, those of step 2
    assert main(str(run.path)) == ExitCode.DONE
    told = [event.step for event in EventReader(run.events_path).read() if isinstance(event, events.Validation)]
    assert told == [0, 4, 6]
    if samples:
        for ours, theirs in zip(run.sample_paths(1), straight.sample_paths(1), strict=True):
            assert ours.read_bytes() == theirs.read_bytes()


def test_a_resumed_process_says_at_once_where_it_goes_on(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, same_pictures, tmp_path / "run")
    pause_at(run, 3)
    assert main(str(run.path)) == ExitCode.DONE
    starts = [event.step for event in EventReader(run.events_path).read() if isinstance(event, events.Started)]
    assert starts == [0, 3, 3]


def test_a_resume_that_fails_early_still_says_what_is_saved(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    run = make_run(base, pictures, tmp_path / "run")
    pause_at(run, 3)
    config = base / "vae" / "config.json"
    config.write_text(config.read_text("utf-8").replace('"latent_channels": 4', '"latent_channels": "4"'), "utf-8")
    assert main(str(run.path)) == ExitCode.UNEXPECTED
    failed = EventReader(run.events_path).read()[-1]
    assert isinstance(failed, events.Failed)
    assert "step 3 is saved" in failed.detail


def test_a_run_never_goes_on_upon_another_base_of_the_same_shape(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    run = make_run(base, pictures, tmp_path / "run")
    pause_at(run, 3)
    weights = base / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = {name: tensor * 1.01 for name, tensor in safetensors.torch.load_file(weights).items()}
    safetensors.torch.save_file(tensors, weights, metadata={"format": "pt"})
    assert main(str(run.path)) == ExitCode.BAD_INPUT
    failed = EventReader(run.events_path).read()[-1]
    assert isinstance(failed, events.Failed)
    assert failed.code == "base_changed"


def test_many_pictures_do_not_fill_the_journal(tiny_base: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, draw_pictures(tmp_path / "many", count=60), tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        Trainer(run, writer, CommandReader(run)).prepare()
    told = [event for event in EventReader(run.events_path).read() if isinstance(event, events.Phase)]
    caching = [event for event in told if event.name == "caching"]
    assert (caching[-1].done, caching[-1].total) == (60, 60)
    assert len(caching) < 30


def test_samples_and_check_loss_are_made_without_dropout(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", {"adapter": {"dropout": 0.5}})
    with EventWriter(run.events_path) as writer:
        pressed = PauseAtStep(run, 3)
        trainer = Trainer(run, writer, pressed)
        trainer.prepare()
        trainer.learn()
        pressed._done = False  # let go of the button
        pressed._step = 10**9
        seen = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            trainer._epochs.finish(1, trainer.state.step)
            told = [event for event in EventReader(run.events_path).read() if isinstance(event, events.Validation)]
            seen.append((told[-1].loss, [path.read_bytes() for path in run.sample_paths(1)]))
    assert seen[0] == seen[1]


def test_a_command_from_another_process_is_obeyed(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        send(run, Pause())
        assert trainer.learn() == "paused"
        assert run.checkpoint_steps() == [0]


def test_numbers_out_of_range_go_back_twice_and_then_give_up(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", {"schedule": {"curve": "constant"}})
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        breaker = BreaksAtStep(trainer, 4)
        with pytest.raises(StudioError) as problem:
            trainer.learn()
    assert problem.value.exit_code == ExitCode.NON_FINITE
    assert "step 4" in problem.value.title
    assert breaker.attempts == [0, 1, 2]
    assert kinds(run).count("notice") == 2
    assert run.checkpoint_steps()[-1] == 2  # the last one before; nothing later was saved


class BreaksAtStep:
    """Puts a NaN into the adapter before one step, so many times, as an overflow would."""

    def __init__(self, trainer: Trainer, step: int, times: int = 3) -> None:
        self.attempts: list[int] = []
        whole: TrainingStep = trainer._take_step

        def broken(number: int, attempt: int, batches: Any) -> Any:
            if number == step and len(self.attempts) < times:
                self.attempts.append(attempt)
                with torch.no_grad():
                    whole._parameters[0].fill_(float("nan"))
            return whole(number, attempt, batches)

        trainer._take_step = broken  # type: ignore[assignment]


def test_weights_out_of_range_are_noticed_before_they_are_saved(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        optimizer = trainer._optimizer.optimizer
        calls: list[int] = []

        def overflow(*ignored: Any) -> None:
            calls.append(len(calls) + 1)
            if calls[-1] == 4:  # the step that a save point follows
                with torch.no_grad():
                    trainer._take_step._parameters[0].fill_(float("inf"))

        optimizer.register_step_post_hook(overflow)
        assert trainer.learn() == "done"
    assert trainer.state.attempt == 1
    assert kinds(run).count("notice") == 1


def use_gradient_scaling(trainer: Trainer, scale: float) -> GradScaler:
    """What accelerate sets up for fp16 on a graphics card, here with torch's scaler for the processor."""
    scaler = GradScaler("cpu", init_scale=scale)
    accelerator, step = trainer._accelerator, trainer._take_step
    accelerator.scaler = scaler
    accelerator.native_amp = True
    accelerator.state._mixed_precision = "fp16"
    raw = trainer._optimizer.optimizer
    accelerator._optimizers.clear()
    trainer._optimizer = step._optimizer = accelerator.prepare_optimizer(raw)
    return scaler


def test_with_gradient_scaling_a_bad_moment_is_survived_too(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        scaler = use_gradient_scaling(trainer, 1024.0)
        BreaksAtStep(trainer, 4, times=1)
        assert trainer.learn() == "done"
    assert trainer.state.attempt == 1
    assert scaler.get_scale() == 1024.0
    assert trainer.state.step == 6


def test_a_gradient_that_overflows_at_every_scale_is_not_passed_over_in_silence(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", {"schedule": {"max_steps": 20}})
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        use_gradient_scaling(trainer, 4.0)
        trainer._take_step._parameters[0].register_hook(lambda gradient: gradient * float("inf"))
        with pytest.raises(StudioError) as problem:
            trainer.learn()
    assert problem.value.exit_code == ExitCode.NON_FINITE


def test_a_single_bad_moment_is_survived(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        whole = trainer._take_step
        broken_once: list[int] = []

        def once(number: int, attempt: int, batches: Any) -> Any:
            if number == 4 and not broken_once:
                broken_once.append(number)
                with torch.no_grad():
                    whole._parameters[0].fill_(float("nan"))
            return whole(number, attempt, batches)

        trainer._take_step = once  # type: ignore[assignment]
        assert trainer.learn() == "done"
    assert trainer.state.attempt == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"base": {"quantization": "nf4"}},
        {"base": {"quantization": "int8", "text_encoder_quantization": "int8"}},
        {"optimizer": {"type": "adamw8bit"}},
        {"adapter": {"train_text_encoder": True, "targets": "attention_and_feed_forward", "rank_stabilized": True}},
        {"objective": {"keep_base_share": 0.5}, "adapter": {"train_text_encoder": True}},
        {"schedule": {"gradient_accumulation": 2}, "objective": {"noise_offset": 0.05, "min_snr_gamma": None}},
        {"precision": {"compute": "bf16", "gradient_checkpointing": True}},
        {"optimizer": {"type": "prodigy"}, "adapter": {"average": 0.9, "targets": "with_convolutions"}},
        {"optimizer": {"type": "schedule_free"}, "adapter": {"train_text_encoder": True}},
        {
            "adapter": {
                "kind": "loha",
                "dropout": 0.0,
                "average": 0.9,
                "targets": "with_convolutions",
                "train_text_encoder": True,
            },
            "objective": {"keep_base_share": 0.5},
        },
        {
            "adapter": {"kind": "lokr", "dropout": 0.0, "average": 0.9, "targets": "with_convolutions", "rank": 4},
            "precision": {"compute": "bf16", "gradient_checkpointing": True},
        },
        {
            "dataset": {"shuffle_tags": True, "keep_first_tags": 0, "caption_tokens": 150},
            "base": {"clip_skip": 2},
            "objective": {
                "multires_noise": 0.3,
                "input_perturbation": 0.1,
                "loss": "huber",
                "debiased": True,
                "min_snr_gamma": None,
                "timestep_density": "logit_normal",
                "timestep_low": 10,
                "timestep_high": 990,
            },
        },
    ],
    ids=[
        "nf4",
        "int8",
        "adamw8bit",
        "text encoder",
        "leak guard",
        "accumulation",
        "bf16",
        "prodigy and average",
        "schedule-free",
        "LoHa",
        "LoKr",
        "noise and captions",
    ],
)
def test_every_way_of_training_runs_resumes_and_exports(
    tiny_base: Path, pictures: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    short = {"schedule": {"max_steps": 3, "epochs": 1}, "preview": {"prompts": ["a"], "steps": 1}}
    wish = merge_settings([short, changes])
    run, cut = (make_run(tiny_base, pictures, tmp_path / name, wish) for name in ("run", "cut"))
    assert main(str(run.path)) == ExitCode.DONE
    pause_at(cut, 2)
    assert main(str(cut.path)) == ExitCode.DONE
    assert adapter_hash(cut) == adapter_hash(run)
    assert len(list(run.exports_dir.iterdir())) == 1


def test_an_average_is_what_is_kept_drawn_and_checked_and_changes_nothing_that_is_learned(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    changes = {"optimizer": {"learning_rate": 0.1}, "schedule": {"curve": "constant"}}
    runs = [
        make_run(tiny_base, pictures, tmp_path / str(average), {**changes, "adapter": {"average": average}})
        for average in (0.0, 0.9)
    ]
    for run in runs:
        assert main(str(run.path)) == ExitCode.DONE
    plain, averaged = runs
    step = plain.checkpoint_steps()[-1]
    live = [safetensors.torch.load_file(run.checkpoint_dir(step) / "adapter.safetensors") for run in runs]
    kept = [safetensors.torch.load_file(run.epoch_path(2)) for run in runs]
    average = safetensors.torch.load_file(averaged.checkpoint_dir(step) / "average.safetensors")
    for name in live[0]:
        assert torch.equal(live[0][name], live[1][name])
        assert torch.equal(kept[0][name], live[0][name])
        assert torch.equal(kept[1][name], average[name])
    assert any(not torch.equal(average[name], live[1][name]) for name in average)
    assert plain.sample_paths(2)[0].read_bytes() != averaged.sample_paths(2)[0].read_bytes()
    losses = [
        [event.loss for event in EventReader(run.events_path).read() if isinstance(event, events.Validation)]
        for run in runs
    ]
    assert losses[0][0] == losses[1][0] and losses[0][-1] != losses[1][-1]


def test_pictures_edited_after_the_run_was_made_stop_it_in_words(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    Image.new("RGB", (40, 40), "yellow").save(pictures / "001.png")
    assert main(str(run.path)) == ExitCode.BAD_INPUT
    failed = EventReader(run.events_path).read()[-1]
    assert isinstance(failed, events.Failed)
    assert (failed.code, "001.png" in failed.detail) == ("pictures_changed", True)


def test_pictures_that_are_gone_do_not_matter_once_they_are_encoded(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    pause_at(run, 1)
    (pictures / "001.png").unlink()
    assert main(str(run.path)) == ExitCode.DONE


def test_a_run_whose_pictures_changed_goes_on_with_what_is_left_to_the_length_it_was_planned_for(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    pause_at(run, 3)
    Image.new("RGB", (48, 40), "yellow").save(pictures / "001.png")
    (pictures / "002.png").unlink()
    assert main(str(run.path)) == ExitCode.BAD_INPUT
    assert (read_state(run).error_code, read_state(run).checkpoint_step) == ("pictures_changed", 3)
    keep_what_is_left(run)
    assert main(str(run.path)) == ExitCode.DONE
    assert [event.resumed_from for event in EventReader(run.events_path).read() if event.kind == "started"][-1] == 3
    assert (read_state(run).step, run.epochs(), run.sampled_epochs()) == (6, [1, 2], [0, 1, 2])


def test_every_picture_is_seen_equally_often(straight: RunFolder) -> None:
    from lora_studio.config.training import TrainingConfig
    from lora_studio.runs.pictures import RunPictures
    from lora_studio.training.batches import BatchPlan

    config = TrainingConfig.model_validate_json(straight.config_path.read_bytes())
    pictures = RunPictures.model_validate_json(straight.images_path.read_bytes()).training
    plan = BatchPlan(pictures, config)
    seen = [index for step in range(1, 7) for batch in plan.batches(step) for index in batch]
    assert sorted(seen) == sorted([0, 1, 2, 3] * 3)


def samples_told(run: RunFolder, epoch: int) -> list[events.Sample]:
    told = EventReader(run.events_path).read()
    return [event for event in told if isinstance(event, events.Sample) and event.epoch == epoch]


def test_a_pause_is_answered_while_samples_are_drawn_and_the_epoch_is_made_up_for(
    straight: RunFolder, tiny_base: Path, same_pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, same_pictures, tmp_path / "run")

    class PauseAfterOneSample(CommandReader):
        def poll(self) -> list[Any]:
            return [Pause()] if len(run.sample_paths(1)) == 1 else []

    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, PauseAfterOneSample(run))
        trainer.prepare()
        assert trainer.learn() == "paused"
        assert len(run.sample_paths(1)) == 1
    before = sorted(event.prompt_index for event in samples_told(run, epoch=1))
    assert main(str(run.path)) == ExitCode.DONE
    drawn_in_all = sorted(event.prompt_index for event in samples_told(run, epoch=1))
    assert (before, drawn_in_all) == ([0], [0, 1])  # the first is not drawn a second time
    assert [path.read_bytes() for path in run.sample_paths(1)] == [
        path.read_bytes() for path in straight.sample_paths(1)
    ]


def test_a_pause_while_pictures_are_encoded_ends_the_process_and_loses_nothing(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        send(run, Pause())
        with pytest.raises(AskedToEnd):
            trainer.prepare()
    assert main(str(run.path)) == ExitCode.DONE


def test_the_leak_guard_pulls_only_the_words_without_the_trigger_back_to_the_base(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    """With every look guarded the goal is the base itself, so an adapter that already acts is unlearned."""
    moved = {}
    for share in (0.0, 0.9):
        changes = {
            "objective": {"keep_base_share": share},
            "schedule": {"max_steps": 12, "curve": "constant"},
            "optimizer": {"learning_rate": 3e-3},
            "adapter": {"dropout": 0.0},
            "preview": {"enabled": False},
        }
        run = make_run(tiny_base, pictures, tmp_path / str(share), changes)
        with EventWriter(run.events_path) as writer:
            trainer = Trainer(run, writer, CommandReader(run))
            trainer.prepare()
            assert trainer.learn() == "done"
        components, family = trainer._components, trainer._family
        torch.manual_seed(0)
        noisy, timesteps = torch.randn(4, 4, 16, 16), torch.tensor([100, 400, 700, 900])
        words = family.encode(components, ["a red disc"] * 4)
        with torch.no_grad():
            ours = family.predict(components.unet, noisy, timesteps, words)
            with without_adapter(components.networks()):
                alone = family.predict(components.unet, noisy, timesteps, words)
        moved[share] = float((ours - alone).norm() / alone.norm())
    assert moved[0.9] < 0.5 * moved[0.0], moved


def test_without_the_adapter_the_base_answers_alone_and_learning_goes_on(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", {"preview": {"enabled": False}})
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        with without_adapter(trainer._components.networks()):
            assert all(parameter.requires_grad for parameter in trainer._take_step._parameters)
        trainer.learn()
    layers = dict(adapter_layers(trainer._components.networks()))
    assert not any(layer.disable_adapters for layer in layers.values())


def test_a_step_gives_every_picture_its_own_words_and_noise(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    """Rows that slip against each other would train on shuffled captions, with a loss that looks as good as ever."""
    changes = {
        "dataset": {"flip": False, "caption_dropout": 0.0},
        "objective": {"keep_base_share": 0.0},
        "adapter": {"train_text_encoder": False},
    }
    run = make_run(tiny_base, pictures, tmp_path / "run", changes)
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
    step, batches = trainer._take_step, trainer._plan.batches(1)
    seen: list[tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]] = []
    answer = step._answer

    def watched(noisy: torch.Tensor, timesteps: torch.Tensor, words: dict[str, torch.Tensor]) -> torch.Tensor:
        seen.append((noisy, timesteps, words))
        return answer(noisy, timesteps, words)

    step._answer = watched  # type: ignore[method-assign]
    step(1, 0, batches)
    ((noisy, timesteps, words),) = seen
    (batch,) = batches
    assert len(batch) == 2
    draw = (trainer.config.seed, 1, 0, 0)
    drawn = normal(tuple(noisy.shape), *draw, "vae")
    for row, index in enumerate(batch):
        caption = trainer._pictures.training[index].caption
        assert torch.equal(words["encoder_hidden_states"][row], step_words(trainer, caption))
        level = trainer._components.alphas_cumprod[timesteps[row]]
        noise = normal(tuple(noisy.shape), *draw, "noise")[row]
        clean = (noisy[row] - (1 - level).sqrt() * noise) / level.sqrt()
        own = trainer._latents.batch([index], [False], drawn[row : row + 1])[0]
        assert torch.allclose(clean, own, atol=1e-3)


def step_words(trainer: Trainer, caption: str) -> torch.Tensor:
    return trainer._text.conditioning([caption])["encoder_hidden_states"][0]


@pytest.mark.parametrize(
    "changes",
    [
        {"base": {"clip_skip": 2}},
        {"base": {"prediction": "v_prediction"}},
        {"dataset": {"caption_tokens": 150}},
    ],
    ids=["clip skip", "velocity", "long captions"],
)
def test_pictures_to_compare_are_drawn_as_the_training_drew_them(
    tiny_base: Path, pictures: Path, tmp_path: Path, changes: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "drawing_dtype", lambda _device: torch.float32)  # as the training
    long = "a red disc, " * 40
    short = {"schedule": {"max_steps": 2, "epochs": 1}, "preview": {"prompts": [long], "steps": 2}}
    run = make_run(tiny_base, pictures, tmp_path / "run", merge_settings([short, changes]))
    assert main(str(run.path)) == ExitCode.DONE
    config = TrainingConfig.model_validate_json(run.config_path.read_bytes())

    def far_from_sample(**settings: Any) -> float:
        drawn = tmp_path / "drawn.png"
        draw(
            DrawWish(
                base=config.base.source, prompts=(long,), negative_prompt=config.preview.negative_prompt,
                seed=config.preview.seed, steps=2, guidance=config.preview.guidance,
                size_px=config.dataset.resolution_px, out_paths=(str(drawn),), **settings,
            )
        )  # fmt: skip
        ours, theirs = (np.asarray(Image.open(path), np.float32) for path in (drawn, run.sample_path(0, 1)))
        return float(np.abs(ours - theirs).mean())

    told = {
        "clip_skip": config.base.clip_skip, "prediction": config.base.prediction,
        "caption_tokens": config.dataset.caption_tokens,
    }  # fmt: skip
    assert far_from_sample(**told) < 0.05 < 0.3 < far_from_sample()
