"""Keeping the computer awake while it trains, and what the battery says."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lora_studio.hardware import awake
from lora_studio.hardware.awake import command_for, kept_awake
from lora_studio.hardware.battery import ASK_EVERY_S, Battery

needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="acts as Linux does")


def wait_until(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def inhibitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemd-inhibit that does what it is told after its options."""
    program = tmp_path / "systemd-inhibit"
    program.write_text('#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do shift; done\n"$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return program


@needs_linux
def test_a_helper_lives_exactly_as_long_as_the_block(inhibitor: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    with kept_awake():
        (helper,) = set(psutil.Process().children()) - before
        wait_until(lambda: "--what=idle:sleep" in helper.cmdline())  # it has no words until it was loaded
    assert set(psutil.Process().children(recursive=True)) == before


@needs_linux
def test_the_helper_ends_when_the_trainer_is_killed(inhibitor: Path) -> None:
    code = "import time\nfrom lora_studio.hardware.awake import kept_awake\n"
    code += "with kept_awake():\n    print('held', flush=True)\n    time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as trainer:
        assert trainer.stdout is not None
        assert trainer.stdout.readline() == "held\n"
        helpers = psutil.Process(trainer.pid).children()
        assert helpers
        trainer.kill()
    _, left = psutil.wait_procs(helpers, timeout=5)
    assert [each for each in left if each.status() != psutil.STATUS_ZOMBIE] == []


@needs_linux
def test_a_helper_that_fails_costs_a_line_of_the_log_and_nothing_else(
    inhibitor: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inhibitor.write_text("#!/bin/sh\nexit 1\n")
    before = set(psutil.Process().children())
    with kept_awake():
        (helper,) = set(psutil.Process().children()) - before
        wait_until(lambda: helper.status() == psutil.STATUS_ZOMBIE)
    assert "could have fallen asleep" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="another way there")
def test_without_anything_to_ask_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(awake, "command_for", lambda _platform, _pid: None)
    caplog.set_level("INFO")
    with kept_awake():
        pass
    assert "it may fall asleep" in caplog.text


def test_each_system_is_asked_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert command_for("darwin", 42) == ["caffeinate", "-i", "-w", "42"]
    linux = command_for("linux", 42)
    assert linux is not None
    assert linux[0] == "systemd-inhibit"
    assert "--pid=42" in linux


def test_the_battery_is_looked_at_every_20_s_at_most() -> None:
    now, asked = [0.0], []
    battery = Battery(lambda: bool(asked.append(now[0])) or len(asked) == 1, lambda: now[0])
    assert battery.is_in_use()
    now[0] = ASK_EVERY_S - 1
    assert battery.is_in_use()
    now[0] = ASK_EVERY_S
    assert not battery.is_in_use()
    assert asked == [0.0, ASK_EVERY_S]
