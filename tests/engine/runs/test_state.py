import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lora_studio import storage
from lora_studio.runs.checkpoints import save_checkpoint
from lora_studio.runs.commands import Pause, SaveNow, Stop, send
from lora_studio.runs.events import (
    Alive,
    Event,
    EventWriter,
    Failed,
    Finished,
    Paused,
    Phase,
    Started,
    Step,
    Stopped,
)
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.history import list_runs
from lora_studio.runs.lock import hold
from lora_studio.runs.state import RunWatcher, follow, read_state

DEAD_PID = 2**31 - 7
STARTED = Started(step=0, pid=os.getpid(), device="cpu", total_steps=100, total_epochs=4)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", {"config.json": b"{}"})


@pytest.fixture
def held(run: RunFolder) -> Iterator[RunFolder]:
    with hold(run):
        yield run


def step(number: int, seconds: float = 2.0) -> Step:
    return Step(step=number, epoch=1, loss=0.5, learning_rate=0.1, seconds=seconds)


def tell(run: RunFolder, *events: Event) -> None:
    with EventWriter(run.events_path) as writer:
        for event in events:
            writer.write(event)


def leave_dead_process(run: RunFolder) -> None:
    storage.write_json(run.process_path, {"pid": DEAD_PID, "create_time": 1.0, "commands_offset": 0})


def test_a_run_that_never_started_is_a_draft(run: RunFolder) -> None:
    state = read_state(run)
    assert (state.kind, state.is_alive, state.checkpoint_step) == ("draft", False, None)


def test_a_process_that_has_not_spoken_yet_is_preparing(held: RunFolder) -> None:
    assert read_state(held).kind == "preparing"


@pytest.mark.parametrize(
    ("phase", "kind"),
    [
        ("loading", "preparing"),
        ("encoding", "preparing"),
        ("caching", "preparing"),
        ("measuring", "preparing"),
        ("testing", "preparing"),
        ("sampling", "sampling"),
        ("training", "running"),
        ("saving", "running"),
        ("exporting", "running"),
    ],
)
def test_the_phase_decides_what_a_living_run_does(held: RunFolder, phase: str, kind: str) -> None:
    tell(held, STARTED, Phase.model_validate({"name": phase, "done": 3, "total": 9}))
    state = read_state(held)
    assert (state.kind, state.phase, state.phase_done, state.phase_total) == (kind, phase, 3, 9)


def test_a_step_after_the_samples_means_that_training_goes_on(held: RunFolder) -> None:
    tell(held, STARTED, Phase(name="sampling"), step(1))
    assert read_state(held).kind == "running"


def test_progress_and_time_left_are_told(held: RunFolder) -> None:
    tell(held, STARTED, Phase(name="training"), *[step(number, 0.5) for number in range(1, 20)])
    assert read_state(held).eta_s is None
    tell(held, step(20, seconds=90.0))
    state = read_state(held)
    assert (state.step, state.total_steps, state.epoch, state.epochs) == (20, 100, 1, 4)
    assert (state.last_loss, state.seconds_per_step, state.eta_s) == (0.5, 0.5, 40.0)


def test_where_steps_take_long_a_few_tell_the_time_left(held: RunFolder) -> None:
    tell(held, STARTED, Phase(name="training"), *[step(number, 3.0) for number in range(1, 5)])
    assert read_state(held).eta_s is None
    tell(held, step(5, 3.0))
    assert read_state(held).eta_s == 95 * 3.0


@pytest.mark.parametrize(("command", "asked"), [(Pause(), "pause"), (Stop(), "stop")])
def test_a_run_that_was_asked_to_end_is_pausing_until_it_does(
    held: RunFolder, command: Pause | Stop, asked: str
) -> None:
    tell(held, STARTED, step(1))
    send(held, SaveNow())
    assert read_state(held).kind == "running"
    send(held, command)
    state = read_state(held)
    assert (state.kind, state.asked) == ("pausing", asked)
    tell(held, Paused(step=1))
    assert read_state(held).kind == "paused"


def test_a_request_to_an_earlier_process_is_forgotten(run: RunFolder) -> None:
    send(run, Stop())
    with hold(run):
        tell(run, STARTED, step(1))
        assert read_state(run).kind == "running"


def test_a_watcher_forgets_what_an_earlier_process_was_asked(run: RunFolder) -> None:
    watcher = RunWatcher(run)
    with hold(run):
        tell(run, STARTED, step(1))
        send(run, Pause())
        assert watcher.look().kind == "pausing"
        tell(run, Paused(step=1))
    assert watcher.look().kind == "paused"
    with hold(run):
        tell(run, STARTED, step(2))
        assert watcher.look().kind == "running"


def test_a_resumed_process_that_has_not_spoken_yet_is_preparing(held: RunFolder) -> None:
    tell(held, STARTED.model_copy(update={"pid": DEAD_PID}), step(6), Paused(step=6))
    assert read_state(held).kind == "preparing"


def test_ten_seconds_without_a_word_is_not_answering(held: RunFolder) -> None:
    now = 1000.0
    watcher = RunWatcher(held, clock=lambda: now)
    tell(held, STARTED, step(1))
    assert watcher.look().kind == "running"
    now += 10
    assert watcher.look().kind == "running"
    now += 2
    state = watcher.look()
    assert (state.kind, state.silent_s) == ("not_answering", 12.0)
    tell(held, Alive())
    assert watcher.look().kind == "running"


@pytest.mark.parametrize(
    ("event", "kind", "last_step"),
    [
        (Paused(step=7), "paused", 7),
        (Stopped(step=7), "stopped", 7),
        (Finished(step=7, epochs=1, seconds=1), "done", 7),
        (Failed(code="disk_full", title="The disk is full.", step=7), "failed", 6),
    ],
)
def test_the_last_word_of_a_process_is_the_state(run: RunFolder, event: Event, kind: str, last_step: int) -> None:
    with hold(run):
        tell(run, STARTED, step(6), event)
        assert read_state(run).kind == kind
    state = read_state(run)
    assert (state.kind, state.step, state.is_alive, state.phase) == (kind, last_step, False, None)


def test_a_failure_is_told_in_its_own_words(run: RunFolder) -> None:
    tell(run, STARTED, Failed(code="disk_full", title="The disk is full.", detail="a", hint="b"))
    state = read_state(run)
    assert (state.error_code, state.error_title) == ("disk_full", "The disk is full.")
    assert (state.error_detail, state.error_hint) == ("a", "b")


def test_a_process_that_died_without_a_word_has_crashed(run: RunFolder) -> None:
    save_checkpoint(run, 1140, lambda folder: None)
    tell(run, STARTED, step(1146))
    leave_dead_process(run)
    state = read_state(run)
    assert (state.kind, state.checkpoint_step) == ("crashed", 1140)
    assert state.error_title == "Training stopped unexpectedly at step 1,146."
    assert state.error_detail == "Everything up to step 1,140 is safe."


def test_a_resume_that_died_before_its_first_word_has_crashed(run: RunFolder) -> None:
    tell(run, STARTED, step(6), Paused(step=6))
    leave_dead_process(run)
    state = read_state(run)
    assert (state.kind, state.step) == ("crashed", 6)


def test_a_last_word_counts_though_the_process_was_killed_right_after_it(run: RunFolder) -> None:
    tell(run, STARTED.model_copy(update={"pid": DEAD_PID}), Finished(step=9, epochs=1, seconds=1))
    leave_dead_process(run)
    assert read_state(run).kind == "done"


def test_a_resumed_run_counts_from_its_checkpoint(held: RunFolder) -> None:
    tell(held, STARTED, *[step(number) for number in range(1, 31)], Failed(code="x", title="x"))
    tell(held, STARTED.model_copy(update={"step": 20, "resumed_from": 20}))
    state = read_state(held)
    assert (state.kind, state.step, state.eta_s, state.error_code) == ("preparing", 20, None, "")


def test_following_ends_when_nobody_works_on_the_run(run: RunFolder) -> None:
    tell(run, STARTED, Paused(step=0))
    assert [event.kind for event in follow(run)] == ["started", "paused"]


def test_the_list_of_runs_has_the_newest_first_and_no_other_folders(tmp_path: Path) -> None:
    for age, name in ((30, "old"), (10, "new"), (20, "middle")):
        run = RunFolder.create(tmp_path / name, {"config.json": b"{}"})
        os.utime(run.config_path, (1e9 - age, 1e9 - age))
    RunFolder.create(tmp_path / ".tmp-run-1-0123456789ab", {"config.json": b"{}"})
    (tmp_path / "pictures").mkdir()
    tell(RunFolder(tmp_path / "old"), STARTED, Stopped(step=3))
    summaries = list_runs(tmp_path)
    assert [summary.run.name for summary in summaries] == ["new", "middle", "old"]
    assert [summary.state.kind for summary in summaries] == ["draft", "draft", "stopped"]
    assert list_runs(tmp_path / "missing") == []
