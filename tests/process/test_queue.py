"""The queue against trainers that only act."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lora_studio.errors import StudioError
from lora_studio.jobs.queue import Queue
from lora_studio.runs.events import EventWriter, Finished
from lora_studio.runs.folder import RunFolder

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
GOOD = ({"steps": 2}, {"finish": True})
CRASH = ({"steps": 2}, {"kill": True})
FAILURE = ({"event": {"kind": "failed", "code": "x", "title": "The disk is full."}}, {"exit": 22})


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path / "queue")


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., RunFolder]:
    """Makes a run whose trainer acts out a script."""

    def make(name: str, *script: dict[str, Any]) -> RunFolder:
        run = RunFolder.create(tmp_path / "runs" / name, {"config.json": b"{}"})
        (tmp_path / f"{name}.json").write_text(json.dumps(script))
        return run

    return make


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A command that picks the script by the name of the run."""
    code = (
        "import runpy, sys; from pathlib import Path; run = Path(sys.argv[1]);"
        f"sys.argv[1:] = [str(Path({str(tmp_path)!r}) / (run.name + '.json')), str(run)];"
        f"sys.path.insert(0, {str(FAKE_TRAINER.parents[2])!r});"
        f"runpy.run_path({str(FAKE_TRAINER)!r}, run_name='__main__')"
    )
    return [sys.executable, "-c", code]


def places(queue: Queue) -> dict[str, str]:
    return {job.run.name: job.place for job in queue.jobs()}


@pytest.fixture
def run_through(
    queue: Queue, command: list[str], wait_until: Callable[[Callable[[], bool]], None]
) -> Callable[[], list[str]]:
    """Runs the queue as a window does, step by step; returns the runs that were started, in order."""

    def run() -> list[str]:
        started: list[str] = []
        with queue.running() as runner:
            by_hand = True
            while (job := runner.step(command, by_hand)) is not None:
                by_hand = False
                if not started or started[-1] != job.run.name:
                    started.append(job.run.name)
                wait_until(lambda: "running" not in places(queue).values())
        return started

    return run


def test_jobs_are_run_in_order_and_their_states_come_from_their_runs(
    queue: Queue, make_run: Any, run_through: Any
) -> None:
    for name in ("a", "b", "c"):
        queue.add(make_run(name, *GOOD))
    queue.move(queue.jobs()[2].id, 0)
    assert run_through() == ["c", "a", "b"]
    assert places(queue) == {"c": "ended", "a": "ended", "b": "ended"}
    assert queue.clear_ended() == 3 and queue.jobs() == []


def test_a_failing_job_is_set_aside_with_its_reason_and_the_next_starts(
    queue: Queue, make_run: Any, run_through: Any
) -> None:
    for name, script in (("bad", FAILURE), ("killed", CRASH), ("good", GOOD)):
        queue.add(make_run(name, *script))
    assert run_through() == ["bad", "killed", "good"]
    assert places(queue) == {"bad": "set_aside", "killed": "set_aside", "good": "ended"}
    assert queue.jobs()[0].reason == "The disk is full."
    assert not queue.is_held_back()


def test_nothing_starts_by_itself_after_two_crashes_in_a_row(queue: Queue, make_run: Any, run_through: Any) -> None:
    for name, script in (("one", CRASH), ("two", CRASH), ("three", GOOD)):
        queue.add(make_run(name, *script))
    assert run_through() == ["one", "two"]
    assert queue.is_held_back()
    assert places(queue)["three"] == "waiting"
    assert run_through() == ["three"]  # begun again by hand
    assert not queue.is_held_back()


def test_a_job_that_was_set_aside_can_wait_again(queue: Queue, make_run: Any, run_through: Any, tmp_path: Path) -> None:
    queue.add(make_run("bad", *CRASH))
    run_through()
    (tmp_path / "bad.json").write_text(json.dumps(GOOD))
    queue.retry(queue.jobs()[0].id)
    assert places(queue) == {"bad": "waiting"}
    assert run_through() == ["bad"]
    assert places(queue) == {"bad": "ended"}


def test_one_process_runs_the_queue(queue: Queue) -> None:
    assert not queue.is_run_by_someone()
    with queue.running():
        assert queue.is_run_by_someone()
        with pytest.raises(StudioError) as caught, Queue(queue._home).running():
            pass
    assert caught.value.code == "queue_busy"
    assert not queue.is_run_by_someone()


def test_a_trainer_that_cannot_be_started_does_not_block_the_line(
    queue: Queue, make_run: Any, command: list[str], tmp_path: Path
) -> None:
    queue.add(make_run("a", *GOOD))
    with queue.running() as runner:
        assert runner.step([str(tmp_path / "no such program")]) is None
        assert [error.code for error in runner.refused.values()] == ["trainer_not_started"]
        assert runner.step(command) is None  # not tried over and over


def test_a_run_is_in_line_once(queue: Queue, make_run: Any) -> None:
    run = make_run("a")
    assert queue.add(run).id == queue.add(run).id
    assert len(queue.jobs()) == 1


def test_a_finished_run_is_refused(queue: Queue, make_run: Any) -> None:
    run = make_run("a")
    with EventWriter(run.events_path) as journal:
        journal.write(Finished(step=1, epochs=1, seconds=1.0))
    with pytest.raises(StudioError) as caught:
        queue.add(run)
    assert caught.value.code == "run_ended"


def test_removing_a_job_leaves_its_run(queue: Queue, make_run: Any) -> None:
    run = make_run("a")
    assert queue.remove(queue.add(run).id) == run
    assert run.is_run() and queue.jobs() == []
    with pytest.raises(StudioError) as caught:
        queue.remove("x")
    assert caught.value.code == "no_such_job"


def test_a_run_whose_drive_is_gone_is_set_aside(queue: Queue, make_run: Any) -> None:
    from lora_studio import storage

    run = make_run("a")
    queue.add(run)
    storage.remove_tree(run.path)
    assert [(job.place, job.state) for job in queue.jobs()] == [("set_aside", None)]


def test_a_damaged_list_is_told_and_left_alone(queue: Queue, make_run: Any, tmp_path: Path) -> None:
    run = make_run("a")
    queue.add(run)
    (tmp_path / "queue" / "queue.json").write_text('{"version": 7}')
    with pytest.raises(StudioError) as caught:
        queue.add(run)
    assert caught.value.code == "queue_damaged"
    assert (tmp_path / "queue" / "queue.json").read_text() == '{"version": 7}'
