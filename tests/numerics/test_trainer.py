"""Whole trainings on the tiny base: to the end, interrupted, resumed, and with numbers that go wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn_pictures import draw_pictures
from PIL import Image

from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs import events
from lora_studio.runs.commands import CommandReader, Pause, Stop, send
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import read_state
from lora_studio.training.__main__ import main
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
    """Commands of a person who presses Pause after so many steps."""

    def __init__(self, run: RunFolder, step: int) -> None:
        super().__init__(run)
        self._left = step

    def poll(self) -> list[Any]:
        self._left -= 1
        return [Pause()] if self._left < 0 else []


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


def test_a_command_from_another_process_is_obeyed(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        send(run, Pause())
        assert trainer.learn() == "paused"


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
    """Puts a NaN into the adapter before one step, as an overflow would."""

    def __init__(self, trainer: Trainer, step: int) -> None:
        self.attempts: list[int] = []
        whole: TrainingStep = trainer._take_step

        def broken(number: int, attempt: int, batches: Any) -> Any:
            if number == step:
                self.attempts.append(attempt)
                with torch.no_grad():
                    whole._parameters[0].fill_(float("nan"))
            return whole(number, attempt, batches)

        trainer._take_step = broken  # type: ignore[assignment]


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
        {"schedule": {"gradient_accumulation": 2}, "objective": {"noise_offset": 0.05, "min_snr_gamma": None}},
        {"precision": {"compute": "bf16", "gradient_checkpointing": True}},
    ],
    ids=["nf4", "int8", "adamw8bit", "text encoder", "accumulation", "bf16"],
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


def test_every_picture_is_seen_equally_often(straight: RunFolder) -> None:
    from lora_studio.config.training import TrainingConfig
    from lora_studio.runs.pictures import RunPictures
    from lora_studio.training.batches import BatchPlan

    config = TrainingConfig.model_validate_json(straight.config_path.read_bytes())
    pictures = RunPictures.model_validate_json(straight.images_path.read_bytes()).training
    plan = BatchPlan(pictures, config)
    seen = [index for step in range(1, 7) for batch in plan.batches(step) for index in batch]
    assert sorted(seen) == sorted([0, 1, 2, 3] * 3)
