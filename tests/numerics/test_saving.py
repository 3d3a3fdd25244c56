"""Save points are written beside the training: steps go on, what is saved is of its own moment, failures are told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn_pictures import draw_pictures

from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs.checkpoints import save_checkpoint
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.events import Event, EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.training import saving
from lora_studio.training.step import NonFinite
from lora_studio.training.trainer import Trainer

SETTINGS: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8},
    "adapter": {"rank": 2, "alpha": 2, "average": 0.9},
    "schedule": {"min_steps": 1, "max_steps": 6, "looks_per_picture": 100, "epochs": 1, "batch_size": 2},
    "preview": {"enabled": False},
    "output": {"checkpoint_every_steps": 2, "keep_checkpoints": 10},
    "precision": {"device": "cpu", "cpu_threads": 1},
}
PATIENCE_S = 30


@pytest.fixture
def run(tiny_base: Path, tmp_path: Path) -> RunFolder:
    return make_run(tiny_base, tmp_path, "run")


def make_run(base: Path, home: Path, name: str) -> RunFolder:
    pictures = home / "pictures"
    if not pictures.exists():
        draw_pictures(pictures)
    return create_run(plan_run(RunWish(folder=pictures, base=str(base), settings=SETTINGS)), home / name)


def learn(run: RunFolder, change: Callable[[Trainer], None] = lambda trainer: None) -> str:
    """Trains in this process; `change` gets the trainer once it is prepared."""
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        change(trainer)
        return trainer.learn()


def saves(monkeypatch: pytest.MonkeyPatch, at_step: int, before: Callable[[], None]) -> None:
    """Has something happen in the saver's thread before it saves one step."""

    def save(run: RunFolder, step: int, *others: Any) -> Path:
        if step == at_step:
            before()
        return save_checkpoint(run, step, *others)

    monkeypatch.setattr(saving, "save_checkpoint", save)


def await_event(run: RunFolder, is_it: Callable[[Event], bool]) -> None:
    journal, until_s = EventReader(run.events_path), time.monotonic() + PATIENCE_S
    while not any(is_it(event) for event in journal.read()):
        assert time.monotonic() < until_s, "it never came"
        time.sleep(0.01)


def test_steps_go_on_meanwhile_and_what_is_saved_is_of_its_own_step(
    run: RunFolder, tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = make_run(tiny_base, tmp_path, "prompt")
    assert learn(prompt) == "done"
    saves(monkeypatch, 2, lambda: await_event(run, lambda event: event.kind == "step" and event.step == 3))
    assert learn(run) == "done"
    told = [(e.kind, e.step) for e in EventReader(run.events_path).read() if e.kind in ("step", "checkpoint")]
    assert told.index(("step", 3)) < told.index(("checkpoint", 2)) < told.index(("step", 5))
    assert run.checkpoint_steps() == prompt.checkpoint_steps() == [0, 2, 4, 6]
    for name in ("adapter.safetensors", "average.safetensors", "optimizer.safetensors"):
        late, early = (each.checkpoint_dir(2) / name for each in (run, prompt))
        assert late.read_bytes() == early.read_bytes()


def test_the_base_alone_is_checked_while_the_first_save_point_is_written(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves(monkeypatch, 0, lambda: await_event(run, lambda event: event.kind == "step" and event.step == 1))
    assert learn(run) == "done"
    told = [(e.kind, e.step) for e in EventReader(run.events_path).read() if e.kind in ("validation", "checkpoint")]
    assert told[:2] == [("validation", 0), ("checkpoint", 0)]
    # Begun anew from there, nothing of the base alone is made up for.
    for step in run.checkpoint_steps()[1:]:
        shutil.rmtree(run.checkpoint_dir(step))
    assert learn(run) == "done"
    assert sum(event.kind == "validation" and event.step == 0 for event in EventReader(run.events_path).read()) == 1


def test_numbers_that_break_at_once_wait_for_the_save_point_to_go_back_to(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves(monkeypatch, 0, lambda: time.sleep(1))

    def breaks(*_: Any) -> Any:
        raise NonFinite

    def change(trainer: Trainer) -> None:
        monkeypatch.setattr(trainer, "_take_step", breaks)
        monkeypatch.setattr(trainer._epochs, "finish", lambda *_: None)  # which would take longer than the saving

    with pytest.raises(StudioError, match="went back to step 0 and tried"):
        learn(run, change)


def test_a_save_that_fails_ends_the_run_in_words_and_keeps_what_was_saved_before(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise StudioError("disk_full", "The disk is full.", exit_code=ExitCode.DISK)

    saves(monkeypatch, 4, fail)
    with pytest.raises(StudioError, match="The disk is full"):
        learn(run)
    assert run.checkpoint_steps() == [0, 2]


def test_a_training_that_breaks_off_leaves_no_save_point_half_written(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves(monkeypatch, 2, lambda: time.sleep(1))

    def change(trainer: Trainer) -> None:
        whole = trainer._take_step

        def breaks(step: int, *others: Any) -> Any:
            if step == 3:
                raise RuntimeError("broken")
            return whole(step, *others)

        monkeypatch.setattr(trainer, "_take_step", breaks)

    with pytest.raises(RuntimeError, match="broken"):
        learn(run, change)
    assert run.checkpoint_steps() == [0, 2]
    assert {path.name for path in run.checkpoints_dir.iterdir()} == {run.checkpoint_dir(s).name for s in (0, 2)}
