"""Several processes that train one run together, as they do with a card each; here they share the processor."""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
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
from lora_studio.settings import Settings, save_settings
from lora_studio.training import __main__ as training_program
from lora_studio.training import draw, group
from lora_studio.training.samples import SampleDrawer
from lora_studio.training.trainer import Trainer

WAIT_S = 120.0
TINY: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8, "flip": True, "caption_dropout": 0.2},
    "adapter": {"rank": 2, "alpha": 2},
    "optimizer": {"learning_rate": 1e-3, "type": "adamw"},
    "schedule": {"min_steps": 1, "max_steps": 8, "looks_per_picture": 100, "epochs": 2, "batch_size": 3},
    "preview": {"steps": 2, "prompts": ["a red disc", "zzdisc", "a blue square"]},
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


def check_losses(run: RunFolder) -> list[float]:
    return [event.loss for event in told(run) if isinstance(event, events.Validation)]


def sample_files(run: RunFolder, epoch: int) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.sample_paths(epoch)}


def told_prompts(run: RunFolder, epoch: int) -> list[int]:
    return [event.prompt_index for event in told(run) if isinstance(event, events.Sample) and event.epoch == epoch]


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
    assert check_losses(two) == pytest.approx(check_losses(one), rel=1e-5)
    assert check_losses(two)[0] == check_losses(one)[0]
    assert sample_files(two, 0) == sample_files(one, 0)
    assert len(sample_files(two, 2)) == 3


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


@contextmanager
def leading(
    run: RunFolder, fast_devices: Collection[str] = (), wishes: CommandReader | None = None
) -> Iterator[Trainer]:
    """The leading process is this one, and ready to learn."""
    AcceleratorState._reset_state(reset_partial_state=True)
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, wishes or CommandReader(run), fast_devices=fast_devices)
        try:
            trainer.prepare()
            yield trainer
        finally:
            trainer.close()


def train_here(run: RunFolder, fast_devices: Collection[str] = (), breaks_at: int | None = None) -> None:
    """At one step something in this process is no number any more, once."""
    with leading(run, fast_devices) as trainer:
        if breaks_at is not None:
            break_once(trainer, breaks_at)
        assert trainer.learn() == "done"


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


def test_each_draws_a_part_of_the_samples_and_all_are_as_one_would_have_drawn_them(
    make: Make, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn_here: list[tuple[int, int]] = []
    draw_one = SampleDrawer._draw_one

    def watched(drawer: SampleDrawer, epoch: int, step: int, index: int) -> bytes:
        drawn_here.append((epoch, index))
        return draw_one(drawer, epoch, step, index)

    monkeypatch.setattr(SampleDrawer, "_draw_one", watched)
    changes = {
        "adapter": {"average": 0.5}, "optimizer": {"learning_rate": 0.1}, "schedule": {"max_steps": 4},
    }  # fmt: skip
    run = make("drawing", 2, changes)
    with leading(run) as trainer:
        assert trainer.learn() == "done"
        assert drawn_here == [(0, 0), (0, 2), (1, 0), (1, 2), (2, 0), (2, 2)]
        assert [sorted(told_prompts(run, epoch)) for epoch in (0, 1, 2)] == [[0, 1, 2]] * 3
        shared = sample_files(run, 2)
        step = trainer.state.step

        for number in (2, 3):
            run.sample_path(2, number).unlink()
        trainer._epochs.draw(2, step, anew=False)
        assert drawn_here[6:] == [(2, 1)]
        assert sample_files(run, 2) == shared

        trainer._samples._group = trainer._epochs._group = group.Group()
        trainer._epochs.draw(2, step)
        assert drawn_here[7:] == [(2, 0), (2, 1), (2, 2)]
        assert sample_files(run, 2) == shared
        assert trainer._epochs.measure() == check_losses(run)[-1]
        assert len(shared) == 3 and shared != sample_files(run, 1)


SLOW_FOLLOWER = """
import sys, time, torch
from lora_studio.training import follower
from lora_studio.training.samples import SampleDrawer
def draw(drawer, epoch, step, index):
    if epoch == 0:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
    time.sleep(600)
SampleDrawer._draw_one = draw
sys.exit(follower.main(*sys.argv[1:]))
"""


class WhenOthersDraw(CommandReader):
    """Commands of a person who does something once this process has drawn its part of an epoch's samples."""

    def __init__(self, run: RunFolder, act: Callable[[], list[Any]]) -> None:
        super().__init__(run)
        self.run, self.act, self.looks = run, act, 0

    def poll(self) -> list[Any]:
        self.looks += len(self.run.sample_paths(1)) == 2
        return self.act() if self.looks == 5 else []


@pytest.fixture
def slow_follower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other process runs has no room to draw the base's sample, and is never done with the next one."""
    script = tmp_path / "slow_follower.py"
    script.write_text(SLOW_FOLLOWER, encoding="utf-8")
    monkeypatch.setattr(group, "module_command", lambda module: [sys.executable, str(script)])


def helpers_here() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "follower" in " ".join(child.cmdline())]


def test_a_pause_is_obeyed_while_another_process_draws_and_what_it_had_no_room_for_is_left_out(
    make: Make, alone: None, slow_follower: None
) -> None:
    run = make("waiting", 2, {"schedule": {"max_steps": 2}})
    with leading(run, wishes=WhenOthersDraw(run, lambda: [Pause()])) as trainer:
        assert trainer.learn() == "paused"
        helpers = helpers_here()
    assert (len(helpers), psutil.wait_procs(helpers, 10)[1]) == (1, [])
    assert (told_prompts(run, 0), told_prompts(run, 1)) == ([0, 2], [0, 2])
    assert [event.code for event in told(run) if isinstance(event, events.Notice)] == ["no_room_to_draw"]
    assert run.checkpoint_steps()[-1] == trainer.state.step


def test_a_process_that_ends_while_it_draws_ends_the_run_with_its_last_save_point(
    make: Make, alone: None, slow_follower: None
) -> None:
    run = make("dying", 2, {"schedule": {"max_steps": 2}})

    def kill() -> list[Any]:
        (helper,) = helpers_here()
        helper.kill()
        return []

    with leading(run, wishes=WhenOthersDraw(run, kill)) as trainer, pytest.raises(StudioError) as lost:
        trainer.learn()
    assert lost.value.title == "The part of the training on graphics card 2 ended unexpectedly."
    assert told_prompts(run, 1) == [0, 2]
    assert run.checkpoint_steps()[-1] == trainer.state.step


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


def test_training_and_drawing_begin_with_the_card_chosen_in_the_settings(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[int | None] = []
    for program in (training_program, draw):
        monkeypatch.setattr(program, "put_card_first", chosen.append)
    save_settings(Settings(graphics_card=1))
    run = make("chosen", 1)
    run.images_path.unlink()
    assert training_program.main(str(run.path)) == ExitCode.UNEXPECTED
    wish = draw.DrawWish(base="nowhere", prompts=(), out_paths=())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(wish.model_dump_json().encode())))
    assert draw.main() != ExitCode.DONE
    assert chosen == [1, 1]


def test_more_cards_than_there_are_is_refused_before_anything_starts(make: Make) -> None:
    with pytest.raises(StudioError) as refused:
        group.gather(make("refused", 2), 2, torch.device("cuda"), lambda error: None)
    assert refused.value.code == "cards_missing"


def test_a_batch_needs_a_picture_for_every_card(make: Make) -> None:
    with pytest.raises(StudioError, match="picture for every card"):
        make("too-small", 2, {"schedule": {"batch_size": 1}})
