"""Several processes that train one run together, as they do with a card each; here they share the processor."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
import safetensors.torch
import torch
from accelerate.state import AcceleratorState
from drawn_pictures import draw_pictures
from tiny_base import write_tiny_base

from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs import supervisor
from lora_studio.runs import events
from lora_studio.runs.checkpoints import newest_whole
from lora_studio.runs.commands import CommandReader, Pause, send
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.training import group
from lora_studio.training.trainer import Trainer

WAIT_S = 120.0
TINY: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8, "flip": True, "caption_dropout": 0.2},
    "adapter": {"rank": 2, "alpha": 2},
    "optimizer": {"learning_rate": 1e-3, "type": "adamw"},
    "schedule": {"min_steps": 1, "max_steps": 8, "looks_per_picture": 100, "epochs": 2, "batch_size": 3},
    "preview": {"steps": 2, "prompts": ["a red disc"]},
    "output": {"checkpoint_every_steps": 3},
    "precision": {"device": "cpu", "cpu_threads": 1, "compute": "fp32"},
}
STEPS = 40
LONGER = {"schedule": {"max_steps": STEPS}}
Make = Callable[..., RunFolder]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    home = tmp_path_factory.mktemp("cards")
    base, pictures = write_tiny_base(home / "base"), draw_pictures(home / "pictures")

    def create(name: str, cards: int, changes: Mapping[str, Any] | None = None) -> RunFolder:
        settings = merge_settings([TINY, {"precision": {"cards": cards}}, changes or {}])
        wish = RunWish(folder=pictures, base=str(base), trigger="zzdisc", settings=settings)
        return create_run(plan_run(wish), Path(tempfile.mkdtemp(dir=home)) / name)

    return create


@pytest.fixture
def alone(make: Make) -> Iterator[None]:
    """No process of a training outlives a test."""
    yield
    for process in psutil.Process().children(recursive=True):
        process.kill()


def train(run: RunFolder) -> supervisor.Trainer:
    return supervisor.start(run)


def finish(trainer: supervisor.Trainer) -> int | None:
    return trainer.wait(WAIT_S)


def wait_for_step(run: RunFolder, step: int) -> None:
    end_s = time.monotonic() + WAIT_S
    while not any(isinstance(event, events.Step) and event.step >= step for event in told(run)):
        assert time.monotonic() < end_s, supervisor.console_tail(run)
        time.sleep(0.02)


def told(run: RunFolder) -> list[events.Event]:
    return EventReader(run.events_path).read()


def followers(trainer: supervisor.Trainer) -> list[psutil.Process]:
    living = [c for c in psutil.Process(trainer.pid).children() if c.status() != psutil.STATUS_ZOMBIE]
    return [child for child in living if "follower" in " ".join(child.cmdline())]


def largest_difference(one: RunFolder, other: RunFolder) -> float:
    mine, others = (safetensors.torch.load_file(run.epoch_path(2)) for run in (one, other))
    assert mine.keys() == others.keys()
    return max(float((mine[name] - others[name]).abs().max()) for name in mine)


def losses(run: RunFolder) -> list[float]:
    return [event.loss for event in told(run) if isinstance(event, events.Step)]


def test_two_processes_learn_what_one_learns(make: Make, alone: None) -> None:
    """Batches of three, so that one gets two pictures and the other one; the last batch of a pass holds fewer."""
    changes = {"schedule": {"gradient_accumulation": 2}, "adapter": {"train_text_encoder": True}}
    one, two = make("one", 1, changes), make("two", 2, changes)
    assert finish(train(one)) == ExitCode.DONE
    assert finish(train(two)) == ExitCode.DONE, supervisor.console_tail(two)
    assert largest_difference(one, two) < 1e-5
    assert losses(two) == pytest.approx(losses(one), rel=1e-5)
    moved = safetensors.torch.load_file(two.epoch_path(2))
    assert max(float(tensor.abs().max()) for name, tensor in moved.items() if "lora_B" in name) > 1e-3


@pytest.fixture(scope="module")
def straight(make: Make) -> RunFolder:
    """Trained by two, undisturbed."""
    run = make("straight", 2, LONGER)
    assert finish(train(run)) == ExitCode.DONE, supervisor.console_tail(run)
    return run


def test_paused_and_resumed_it_ends_with_the_same_numbers(make: Make, straight: RunFolder, alone: None) -> None:
    paused = make("paused", 2, LONGER)
    trainer = train(paused)
    wait_for_step(paused, 1)
    helpers = followers(trainer)
    send(paused, Pause())
    assert finish(trainer) == ExitCode.PAUSED
    assert (len(helpers), psutil.wait_procs(helpers, 10)[1]) == (1, [])
    assert 1 <= paused.checkpoint_steps()[-1] < STEPS
    assert finish(train(paused)) == ExitCode.DONE, supervisor.console_tail(paused)
    assert largest_difference(straight, paused) == 0


def test_when_one_ends_the_run_stops_with_its_last_save_point_and_can_go_on(
    make: Make, straight: RunFolder, alone: None
) -> None:
    run = make("lost", 2, LONGER)
    trainer = train(run)
    wait_for_step(run, 4)
    (helper,) = followers(trainer)
    helper.kill()
    assert finish(trainer) == ExitCode.UNEXPECTED
    failed = told(run)[-1]
    assert isinstance(failed, events.Failed)
    assert failed.title == "The part of the training on graphics card 2 ended unexpectedly."
    assert newest_whole(run) is not None
    assert finish(train(run)) == ExitCode.DONE, supervisor.console_tail(run)
    assert largest_difference(straight, run) == 0


def test_when_the_trainer_is_killed_nobody_is_left(make: Make, alone: None) -> None:
    run = make("killed", 2, LONGER)
    trainer = train(run)
    wait_for_step(run, 1)
    (helper,) = followers(trainer)
    psutil.Process(trainer.pid).kill()
    helper.wait(20)


def train_here(run: RunFolder, fast_devices: Collection[str] = (), breaks_at: int | None = None) -> None:
    """The leading process is this one; at one step something in it is no number any more, once."""
    AcceleratorState._reset_state(reset_partial_state=True)
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=fast_devices)
        try:
            trainer.prepare()
            if breaks_at is not None:
                break_once(trainer, breaks_at)
            assert trainer.learn() == "done"
        finally:
            trainer.close()


def break_once(trainer: Trainer, step: int) -> None:
    whole, broken = trainer._take_step, []

    def take(number: int, attempt: int, batches: Any) -> Any:
        if number == step and not broken:
            broken.append(number)
            with torch.no_grad():
                whole._parameters[0].fill_(float("nan"))
        return whole(number, attempt, batches)

    trainer._take_step = take  # type: ignore[assignment]


def test_when_one_leaves_the_range_of_numbers_all_go_back(make: Make, alone: None) -> None:
    one, two = make("broken-1", 1), make("broken-2", 2)
    for run in (one, two):
        train_here(run, breaks_at=7)  # two steps after the save point
        assert [event.code for event in told(run) if isinstance(event, events.Notice)] == ["went_back"]
    assert largest_difference(one, two) < 1e-5


FAST_FOLLOWER = """
import sys
from functools import partial
from lora_studio.training import follower, trainer
trainer.Trainer = partial(trainer.Trainer, fast_devices=("cpu",))
sys.exit(follower.main(*sys.argv[1:]))
"""


def test_the_fast_way_is_shared_out_alike(
    make: Make, alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "fast_follower.py"
    script.write_text(FAST_FOLLOWER, encoding="utf-8")
    monkeypatch.setattr(group, "module_command", lambda module: [sys.executable, str(script)])
    one, two = make("fast-1", 1), make("fast-2", 2)
    for run in (one, two):
        train_here(run, fast_devices=("cpu",))
    assert largest_difference(one, two) < 1e-5


def test_a_process_that_hangs_because_another_is_gone_is_ended(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As with NCCL, which waits for ever: no error reaches the main thread."""
    monkeypatch.setattr(group, "module_command", lambda module: [sys.executable, "-c", "raise SystemExit(20)"])
    monkeypatch.setattr(group, "GRACE_S", 0.2)
    lost: list[StudioError] = []
    leader = group.Leader(make("hanging", 2), 2, lost.append)
    end_s = time.monotonic() + WAIT_S
    while not lost and time.monotonic() < end_s:
        time.sleep(0.05)
    leader.close()
    assert [(error.code, error.title) for error in lost] == [("out_of_memory", "Graphics card 2 ran out of memory.")]
    assert [record.getMessage() for record in caplog.records if record.name == group.log.name] == [
        "the part on card 2 ended with exit code 20"
    ]


@pytest.mark.parametrize(
    ("seen", "rank", "card"), [("", 1, "1"), ("2,5", 0, "2"), ("2, 5", 1, "5"), ("GPU-a,GPU-b", 1, "GPU-b")]
)
def test_each_process_sees_one_of_the_cards_that_the_person_allows(seen: str, rank: int, card: str) -> None:
    assert group.card_of(rank, {"CUDA_VISIBLE_DEVICES": seen}) == card


def test_more_cards_than_there_are_is_refused_before_anything_starts(make: Make) -> None:
    with pytest.raises(StudioError) as refused:
        group.gather(make("refused", 2), 2, torch.device("cuda"), lambda error: None)
    assert refused.value.code == "cards_missing"


def test_a_batch_needs_a_picture_for_every_card(make: Make) -> None:
    with pytest.raises(StudioError, match="picture for every card"):
        make("too-small", 2, {"schedule": {"batch_size": 1}})
