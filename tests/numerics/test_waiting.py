"""A training that waits while the computer runs on its battery."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lora_studio.hardware.battery import Battery
from lora_studio.runs.commands import CommandReader, Pause, Stop, send
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, EventWriter, Phase
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import hold
from lora_studio.runs.state import read_state
from lora_studio.training import trainer as trainer_module
from lora_studio.training.trainer import Trainer

SHORT: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8},
    "adapter": {"rank": 2, "alpha": 2},
    "schedule": {"min_steps": 1, "max_steps": 4, "looks_per_picture": 100, "epochs": 1, "batch_size": 2},
    "preview": {"enabled": False},
}


class Plug:
    """A battery that is in use from the third step on, until it was asked often enough while the run waited."""

    def __init__(self, run: RunFolder, asks: int, command: Pause | Stop | None = None) -> None:
        self._run, self._asks, self._command = run, asks, command
        self.was_saved_at: int | None = None

    def is_in_use(self) -> bool:
        steps = [event.step for event in EventReader(self._run.events_path).read() if event.kind == "step"]
        if max(steps, default=0) != 2 or not self._asks:
            return False
        self._asks -= 1
        state = read_state(self._run)
        if state.kind == "waiting" and self.was_saved_at is None:
            self.was_saved_at = state.checkpoint_step
            if self._command is not None:
                send(self._run, self._command)
        return True


@pytest.fixture
def run(tiny_base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setattr(trainer_module, "WAIT_POLL_S", 0.0)
    wish = RunWish(folder=pictures, base=str(tiny_base), trigger="zzdisc", settings=merge_settings([SHORT]))
    return create_run(plan_run(wish), tmp_path / "run")


def train(run: RunFolder, plug: Plug) -> str:
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), Battery(plug.is_in_use, iter(range(0, 10**6, 30)).__next__))
        trainer.prepare()
        trainer.announce()
        return trainer.learn()


def phases(run: RunFolder) -> list[str]:
    return [event.name for event in EventReader(run.events_path).read() if isinstance(event, Phase)]


def test_on_battery_it_saves_and_waits_and_goes_on_by_itself(run: RunFolder) -> None:
    plug = Plug(run, asks=4)
    with hold(run):
        ending = train(run, plug)
    assert ending == "done"
    assert plug.was_saved_at == 2
    told = phases(run)
    assert told[told.index("waiting") + 1] == "training"
    assert [event.step for event in EventReader(run.events_path).read() if event.kind == "step"] == [1, 2, 3, 4]


@pytest.mark.parametrize(("command", "ending"), [(Pause(), "paused"), (Stop(), "stopped")])
def test_a_waiting_training_still_obeys(run: RunFolder, command: Pause | Stop, ending: str) -> None:
    with hold(run):
        assert train(run, Plug(run, asks=1000, command=command)) == ending
    assert phases(run).count("waiting") == 1
