import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lora_studio.jobs.supervisor import Trainer, start
from lora_studio.runs.folder import RunFolder

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "ink 墨", {"config.json": b"{}"})


@pytest.fixture
def fake_command(tmp_path: Path) -> Callable[..., list[str]]:
    """The command that makes the fake trainer act out a script."""

    def write(*script: dict[str, Any]) -> list[str]:
        path = tmp_path / "script.json"
        path.write_text(json.dumps(script))
        return [sys.executable, str(FAKE_TRAINER), str(path)]

    return write


@pytest.fixture
def act_out(run: RunFolder, fake_command: Callable[..., list[str]]) -> Iterator[Callable[..., Trainer]]:
    """Starts the fake trainer on `run` with the given script; whatever still lives afterwards is killed."""
    started: list[Trainer] = []

    def begin(*script: dict[str, Any]) -> Trainer:
        started.append(start(run, fake_command(*script)))
        return started[-1]

    yield begin
    for trainer in started:
        trainer.kill()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits for a claim to come true; fails after ten seconds."""

    def wait(claim: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not claim():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.02)

    return wait
