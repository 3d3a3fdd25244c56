"""A trainer that waits for its run: it trains like any other, and nothing depends on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from drawn_pictures import draw_pictures

from lora_studio.errors import ExitCode
from lora_studio.jobs import interpreter, ready_trainer
from lora_studio.jobs.ready_trainer import ReadyTrainer
from lora_studio.jobs.supervisor import attach, console_tail, start
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import read_process
from lora_studio.runs.state import read_state
from lora_studio.settings import read_settings, save_settings

WaitUntil = Callable[[Callable[[], bool]], None]
SHORT: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 64},
    "schedule": {"min_steps": 1, "max_steps": 1, "epochs": 1},
    "preview": {"enabled": False},
    "precision": {"device": "cpu", "cpu_threads": 1},
}
FOR_EVER = {"steps": 100_000, "each_s": 0.01}


@pytest.fixture
def keep() -> Iterator[Callable[[list[str] | None], ReadyTrainer]]:
    """Keeps a trainer ready by this command; none is left afterwards, waiting or training."""
    kept: list[ReadyTrainer] = []

    def begin(command: list[str] | None) -> ReadyTrainer:
        kept.append(ReadyTrainer(command))
        kept[-1].begin()
        return kept[-1]

    yield begin
    for each in kept:
        each.close()
    for process in psutil.Process().children(recursive=True):
        process.kill()


Keep = Callable[[list[str] | None], ReadyTrainer]
Fake = Callable[..., list[str]]


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def practice_run(folder: Path, pictures: Path) -> RunFolder:
    return create_run(plan_run(RunWish(folder=pictures, base="practice", trigger="zzdisc", settings=SHORT)), folder)


# ── The real trainer ──────────────────────────────────────────────────────────────────────────────────────

WINDOW = """
import os, signal, sys, time
from pathlib import Path
from lora_studio.jobs.ready_trainer import ReadyTrainer
from lora_studio.jobs.supervisor import start
from lora_studio.runs.folder import RunFolder
ready = ReadyTrainer()
ready.begin()
pid = ready.pid
trainer = start(RunFolder(Path(sys.argv[1])), ready=ready)
assert trainer.pid == pid
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for Unix")
def test_it_trains_to_the_same_numbers_also_when_the_window_is_killed_after_the_hand_over(
    tmp_path: Path,
) -> None:
    pictures = draw_pictures(tmp_path / "pictures", 2, (64, 64))
    usual, ready = (practice_run(tmp_path / name, pictures) for name in ("usual", "ready"))
    beside = start(usual)
    environment = dict(interpreter.training_environment())
    window = subprocess.run([sys.executable, "-c", WINDOW, str(ready.path)], env=environment, check=False)
    assert window.returncode == -signal.SIGKILL
    trainer = attach(ready)
    assert trainer is not None and os.getsid(trainer.pid) == trainer.pid
    trainer.wait(120)
    assert read_state(ready).kind == "done", console_tail(ready)
    assert beside.wait(120) == ExitCode.DONE, console_tail(usual)
    assert ready.epoch_path(1).read_bytes() == usual.epoch_path(1).read_bytes()
    assert read_process(ready) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities for threads, and lists them")
def test_what_it_imports_gives_way_to_others_and_the_trainer_does_not(
    keep: Keep, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")  # numpy has threads of its own then
    pid = keep(None).pid
    assert pid is not None
    wait_until(lambda: 10 in priorities(pid))
    wait_until(lambda: set(priorities(pid)) == {0})
    assert "torch" in Path(f"/proc/{pid}/maps").read_text()


def priorities(pid: int) -> list[int]:
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it has just ended
            found.append(os.getpriority(os.PRIO_PROCESS, int(thread.name)))
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for Unix")
def test_a_window_killed_before_the_hand_over_leaves_none_behind(wait_until: WaitUntil) -> None:
    program = WINDOW[: WINDOW.index("trainer =")] + "print(pid, flush=True)\ntime.sleep(60)\n"
    environment = dict(interpreter.training_environment())
    window = subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE)
    assert window.stdout is not None
    pid = int(window.stdout.readline())
    assert not is_gone(pid)
    window.kill()
    window.communicate()
    wait_until(lambda: is_gone(pid))


# ── Any trainer ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_it_printed_before_and_after_lies_in_the_runs_console(
    run: RunFolder, fake_command: Fake, keep: Keep
) -> None:
    command = fake_command({"waiting": {"print": "before é"}, "print": "after"}, {"finish": True})
    ready = keep(command)
    pid = ready.pid
    trainer = start(run, command, ready)
    assert (trainer.pid, ready.pid) == (pid, None)
    assert trainer.wait(10) == ExitCode.DONE
    assert console_tail(run) == ("before é", "after")


def test_it_obeys_and_is_killed_like_any_other(run: RunFolder, fake_command: Fake, keep: Keep) -> None:
    command = fake_command(FOR_EVER)
    trainer = start(run, command, keep(command))
    trainer.stop()
    assert trainer.wait(10) == ExitCode.STOPPED
    again = start(run, command, keep(command))
    again.kill()
    assert not again.is_alive()
    assert read_state(run).kind == "crashed"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for Unix")
def test_one_that_was_killed_while_it_waited_is_replaced(run: RunFolder, fake_command: Fake, keep: Keep) -> None:
    command = fake_command({"finish": True})
    ready = keep(command)
    pid = ready.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    trainer = start(run, command, ready)
    assert trainer.pid != pid
    assert trainer.wait(10) == ExitCode.DONE


@pytest.mark.parametrize(("waiting", "patience_s"), [({"sleep_s": 60}, 0.5), ({"exit": 3}, 12)])
def test_one_that_does_not_answer_is_ended_and_replaced(
    run: RunFolder,
    fake_command: Fake,
    keep: Keep,
    monkeypatch: pytest.MonkeyPatch,
    waiting: Mapping[str, Any],
    patience_s: float,
) -> None:
    monkeypatch.setattr(ready_trainer, "ANSWER_S", patience_s)
    command = fake_command({"waiting": waiting}, {"finish": True})
    ready = keep(command)
    pid = ready.pid
    assert pid is not None
    began_s = time.monotonic()
    trainer = start(run, command, ready)
    assert time.monotonic() - began_s < 10
    assert trainer.pid != pid and is_gone(pid)
    assert trainer.wait(10) == ExitCode.DONE


@pytest.mark.parametrize("what", ["environment", "graphics card"])
def test_one_that_was_made_for_something_else_is_ended_and_replaced(
    run: RunFolder, fake_command: Fake, keep: Keep, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path / "home"))
    command = fake_command(FOR_EVER)
    ready = keep(command)
    pid = ready.pid
    assert pid is not None
    if what == "environment":
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    else:
        save_settings(read_settings().settings.model_copy(update={"graphics_card": 1}))
    trainer = start(run, command, ready)
    assert trainer.pid != pid and is_gone(pid)
    trainer.stop()
    assert trainer.wait(10) == ExitCode.STOPPED


def test_there_is_one_at_most_and_none_after_the_end(fake_command: Fake, keep: Keep) -> None:
    ready = keep(fake_command({"finish": True}))
    pid = ready.pid
    assert pid is not None
    ready.begin()
    assert ready.pid == pid
    ready.close()
    ready.begin()
    assert ready.pid is None and is_gone(pid)


def test_it_gives_way_where_memory_is_short(fake_command: Fake, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = keep(fake_command({"finish": True}))
    pid = ready.pid
    assert pid is not None
    ready.give_way()
    assert ready.pid == pid
    monkeypatch.setattr(ready_trainer, "LEAST_FREE_BYTES", psutil.virtual_memory().total + 1)
    ready.give_way()
    assert ready.pid is None and is_gone(pid)


def test_none_begins_where_memory_is_short(fake_command: Fake, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready_trainer, "NEEDED_FREE_BYTES", psutil.virtual_memory().total + 1)
    assert keep(fake_command({"finish": True})).pid is None


def test_one_that_cannot_be_started_is_done_without(run: RunFolder, fake_command: Fake, keep: Keep) -> None:
    ready = keep([str(run.path / "no-python")])
    assert ready.pid is None
    trainer = start(run, fake_command({"finish": True}), ready)
    assert trainer.wait(10) == ExitCode.DONE
