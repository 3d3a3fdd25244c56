import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs import lock
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import find_process, hold, is_alive, read_process, record_process


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", {"config.json": b"{}"})


def test_a_run_is_alive_while_it_is_held_and_not_after(run: RunFolder) -> None:
    assert not is_alive(run)
    with hold(run) as record:
        assert record.pid == os.getpid()
        assert is_alive(run)
    assert not is_alive(run)
    assert read_process(run) is None


def test_a_second_holder_is_refused(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LOCK_WAIT_S", 0.05)
    with hold(run), pytest.raises(StudioError) as caught, hold(run):
        pass
    assert caught.value.code == "run_busy"
    assert caught.value.exit_code == ExitCode.BUSY
    assert str(os.getpid()) in caught.value.detail


def test_the_lock_alone_proves_life(run: RunFolder) -> None:
    with hold(run):
        run.process_path.write_bytes(b"damaged")
        assert is_alive(run)


def test_readers_who_ask_at_the_same_time_do_not_take_each_other_for_the_trainer(run: RunFolder) -> None:
    with hold(run):
        pass
    with ThreadPoolExecutor(4) as readers:
        answers = list(readers.map(lambda _: is_alive(run), range(800)))
    assert not any(answers)


def test_a_reused_process_number_is_not_the_trainer(run: RunFolder) -> None:
    record = record_process(run, os.getpid())
    assert find_process(record) == psutil.Process()
    impostor = record.model_copy(update={"create_time": record.create_time - 60})
    storage.write_json(run.process_path, impostor.model_dump())
    assert not is_alive(run)


@pytest.mark.skipif(sys.platform == "win32", reason="there are none")
def test_a_zombie_is_dead(run: RunFolder) -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    record = record_process(run, child.pid)
    assert is_alive(run)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and not yet waited for
    assert find_process(record) is None
    child.communicate()


def test_holding_collects_what_a_killed_process_left(run: RunFolder) -> None:
    left = run.checkpoints_dir / ".tmp-step-0000040-999999999-0123456789ab"
    left.mkdir()
    with hold(run):
        assert not left.exists()
