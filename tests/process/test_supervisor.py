import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs import interpreter
from lora_studio.jobs.supervisor import Trainer, attach, console_tail, signal_name, start
from lora_studio.runs.commands import Stop, send
from lora_studio.runs.events import Started
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import RunWatcher, follow, read_state

ActOut = Callable[..., Trainer]
WaitUntil = Callable[[Callable[[], bool]], None]
FOR_EVER = {"steps": 100_000, "each_s": 0.01}


def test_a_run_goes_from_draft_over_running_and_sampling_to_done(run: RunFolder, act_out: ActOut) -> None:
    watcher = RunWatcher(run)
    kinds = [watcher.look().kind]
    trainer = act_out(
        {"event": {"kind": "phase", "name": "loading"}},
        {"sleep_s": 0.2},
        {"steps": 10, "each_s": 0.02},
        {"event": {"kind": "phase", "name": "sampling"}},
        {"sleep_s": 0.2},
        {"finish": True},
    )
    while trainer.is_alive():
        kinds.append(watcher.look().kind)
        time.sleep(0.02)
    kinds.append(watcher.look().kind)
    assert list(dict.fromkeys(kinds)) == ["draft", "preparing", "running", "sampling", "done"]
    assert trainer.wait() == ExitCode.DONE
    assert trainer.outcome().sentence == "Training finished."


def test_a_stop_is_answered_and_what_was_made_is_kept(run: RunFolder, act_out: ActOut, wait_until: WaitUntil) -> None:
    trainer = act_out(FOR_EVER)
    wait_until(lambda: read_state(run).step >= 3)
    trainer.stop()
    assert trainer.wait(5) == ExitCode.STOPPED
    state = read_state(run)
    assert (state.kind, state.checkpoint_step) == ("stopped", state.step)


def test_a_paused_run_resumes_in_the_same_folder(run: RunFolder, act_out: ActOut, wait_until: WaitUntil) -> None:
    trainer = act_out(FOR_EVER)
    wait_until(lambda: read_state(run).step >= 3)
    trainer.pause()
    assert trainer.wait(5) == ExitCode.PAUSED
    paused_at = read_state(run).step
    assert read_state(run).kind == "paused"
    act_out({"steps": 2}, {"finish": True})
    started = [event for event in follow(run) if isinstance(event, Started)]
    assert [event.resumed_from for event in started] == [None, paused_at]
    assert (read_state(run).kind, read_state(run).step) == ("done", paused_at + 2)


def test_a_stop_sent_before_the_trainer_can_read_it_is_obeyed(run: RunFolder, act_out: ActOut) -> None:
    send(run, Stop())  # for an earlier process: must be ignored
    trainer = act_out({"before": {"sleep_s": 0.3}}, FOR_EVER)
    trainer.stop()
    assert trainer.wait(5) == ExitCode.STOPPED
    assert read_state(run).step == 1


def test_an_unanswered_stop_reads_pausing_and_a_kill_ends_it(
    run: RunFolder, act_out: ActOut, wait_until: WaitUntil
) -> None:
    trainer = act_out({**FOR_EVER, "deaf": True})
    wait_until(lambda: read_state(run).step >= 1)
    trainer.stop()
    assert read_state(run).kind == "pausing"
    with pytest.raises(TimeoutError):
        trainer.wait(0.1)
    trainer.kill()
    assert not trainer.is_alive()
    assert read_state(run).kind == "crashed"


@pytest.mark.skipif(sys.platform == "win32", reason="nothing freezes a process there")
def test_a_frozen_trainer_is_noticed_and_can_be_killed(run: RunFolder, act_out: ActOut, wait_until: WaitUntil) -> None:
    watcher = RunWatcher(run, clock=lambda: time.monotonic() * 8)
    trainer = act_out({"steps": 3}, {"sleep_s": 60})
    wait_until(lambda: watcher.look().step == 3)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:  # 12 s by the watcher's clock: the heartbeat speaks for the sleeping loop
        assert watcher.look().kind == "running"
    os.kill(trainer.pid, signal.SIGSTOP)
    wait_until(lambda: watcher.look().kind == "not_answering")
    trainer.kill()
    assert watcher.look().kind == "crashed"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is for Unix")
def test_a_crash_is_told_in_words_with_the_last_lines(run: RunFolder, act_out: ActOut) -> None:
    trainer = act_out({"steps": 2}, {"print": "\n".join(f"line {n} é" for n in range(100))}, {"kill": True})
    assert trainer.wait(5) == -signal.SIGKILL
    outcome = trainer.outcome()
    assert outcome.signal_name == "SIGKILL"
    assert "ran out of memory" in outcome.sentence
    assert len(outcome.console) == 40
    assert outcome.console[-1] == "line 99 é"
    state = read_state(run)
    assert (state.kind, state.error_title) == ("crashed", "Training stopped unexpectedly at step 2.")


def test_a_trainer_that_dies_before_its_first_word_has_crashed(run: RunFolder, act_out: ActOut) -> None:
    trainer = act_out({"before": {"exit": 77}})
    assert trainer.wait(5) == 77
    assert trainer.outcome().sentence == "The trainer ended unexpectedly with exit code 77."
    assert (read_state(run).kind, read_state(run).error_title) == ("crashed", "Training ended before it began.")


def test_a_failure_keeps_its_words_and_its_exit_code(run: RunFolder, act_out: ActOut) -> None:
    failed = {"kind": "failed", "code": "out_of_memory", "title": "The graphics card ran out of memory at step 2."}
    trainer = act_out({"steps": 2}, {"event": failed}, {"exit": 20})
    assert trainer.wait(5) == ExitCode.OUT_OF_MEMORY
    assert trainer.outcome().sentence == "The graphics card ran out of memory."
    assert (read_state(run).kind, read_state(run).error_code) == ("failed", "out_of_memory")


def test_a_run_that_trains_cannot_be_started_again(run: RunFolder, act_out: ActOut, wait_until: WaitUntil) -> None:
    trainer = act_out(FOR_EVER)
    with pytest.raises(StudioError) as caught:
        act_out(FOR_EVER)
    assert (caught.value.code, caught.value.exit_code) == ("run_busy", ExitCode.BUSY)
    wait_until(lambda: read_state(run).step >= 1)
    assert trainer.is_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are for Unix")
def test_killing_the_one_who_started_it_does_not_touch_the_trainer(
    run: RunFolder, fake_command: Callable[..., list[str]], wait_until: WaitUntil
) -> None:
    program = """
import sys, time
from pathlib import Path
from lora_studio.jobs.supervisor import start
from lora_studio.runs.folder import RunFolder
start(RunFolder(Path(sys.argv[1])), sys.argv[2:])
time.sleep(60)
"""
    window = subprocess.Popen(
        [sys.executable, "-c", program, str(run.path), *fake_command({"print": "x" * 200_000}, FOR_EVER)],
        env=dict(interpreter.training_environment()),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: read_state(run).step >= 1)
    os.killpg(window.pid, signal.SIGKILL)
    window.communicate()
    step = read_state(run).step
    wait_until(lambda: read_state(run).step > step + 5)
    trainer = attach(run)
    assert trainer is not None
    trainer.stop()
    trainer.wait(5)
    assert read_state(run).kind == "stopped"
    assert attach(run) is None


def test_a_kill_ends_what_the_trainer_started_too(run: RunFolder, tmp_path: Path, wait_until: WaitUntil) -> None:
    program = tmp_path / "family.py"
    program.write_text(
        "import subprocess, sys, time\n"
        "print(subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)']).pid)\n"
        "time.sleep(60)\n"
    )
    trainer = start(run, [sys.executable, str(program)])
    wait_until(lambda: bool(console_tail(run)))
    child = psutil.Process(int(console_tail(run)[0]))
    trainer.kill()
    assert not trainer.is_alive()
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_program_that_is_not_there_is_told(run: RunFolder) -> None:
    with pytest.raises(StudioError) as caught:
        start(run, [str(run.path / "no-python")])
    assert caught.value.code == "trainer_not_started"
    assert read_state(run).kind == "draft"


def test_a_program_of_the_same_name_in_the_current_folder_is_not_run(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pydantic.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    command = interpreter.training_command()
    assert command[-2:] == ["-m", "lora_studio.training"]
    trainer = start(run, [*command[:-1], "lora_studio.runs.state"])
    assert trainer.wait(10) == 0
    assert console_tail(run) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are for Unix")
def test_signals_have_names() -> None:
    assert signal_name(-9) == "SIGKILL"
    assert signal_name(0) is None
    assert signal_name(-250) == "signal 250"
