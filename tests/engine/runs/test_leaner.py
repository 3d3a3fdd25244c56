"""A run that goes on with less memory: what is written, what is told, and when nothing is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lora_studio import storage
from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import Fix
from lora_studio.hardware.probe import GraphicsCard, Hardware
from lora_studio.runs import events
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.leaner import can_go_on_leaner, find_leaner, make_leaner
from lora_studio.runs.lock import record_process
from lora_studio.runs.state import read_state

RECOMPUTE = Fix({"precision.gradient_checkpointing": True}, 1, "Slower.", True)
SQUEEZE = Fix({"base.quantization": "int8"}, 1, "Rounder.", True)
CARD = GraphicsCard(index=0, name="Card", total_mib=8192, free_mib=8192, compute_capability=(8, 6))
COMPUTER = Hardware(
    cards=(CARD,), driver=None, cores=2, memory_total_mib=16_384, memory_free_mib=16_384, disk_path=Path("/"),
    disk_free_mib=1000,
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run of the Practice base with a save point at step 200."""
    values = {"base": {"source": "practice", "family": "practice"}, "dataset": {"resolution_px": 512}}
    config = TrainingConfig.model_validate(values)
    origins = b'{"base.quantization": {"layer": "default", "because": ""}, "seed": {"layer": "user", "because": ""}}'
    made = RunFolder.create(
        tmp_path / "run", {"config.json": config.model_dump_json().encode(), "origins.json": origins}
    )
    made.checkpoint_dir(200).mkdir()
    return made


def tell(run: RunFolder, *told: events.Event) -> None:
    with EventWriter(run.events_path) as writer:
        for event in (events.Started(pid=1, device="Card"), *told):
            writer.write(event)


def failed(code: str) -> events.Failed:
    return events.Failed(code=code, title="It ended.", step=212)


def test_only_the_settings_that_save_memory_change(run: RunFolder) -> None:
    before = read_config(run.config_path)
    make_leaner(run, (RECOMPUTE, SQUEEZE))
    after = read_config(run.config_path)
    assert after.precision.gradient_checkpointing and not before.precision.gradient_checkpointing
    precision = after.precision.model_copy(update={"gradient_checkpointing": False})
    assert after.model_copy(update={"precision": precision}) == before


def test_the_origin_of_a_changed_value_says_since_when_and_what_it_was(run: RunFolder) -> None:
    make_leaner(run, (SQUEEZE,))
    assert storage.read_json(run.origins_path) == {
        "base.quantization": {
            "layer": "user", "because": "It was none up to step 200, and changed to need less memory.",
        },
        "seed": {"layer": "user", "because": ""},
    }  # fmt: skip


def test_the_journal_tells_what_changed_and_the_failure_stays_until_a_trainer_starts(run: RunFolder) -> None:
    tell(run, failed("out_of_memory"))
    notice = make_leaner(run, (RECOMPUTE,))
    last = EventReader(run.events_path).read()[-1]
    assert isinstance(last, events.Notice)
    assert (last.code, last.title, last.detail) == (notice.code, notice.title, notice.detail)
    assert (last.title, last.detail) == ("From step 201 on, this run uses less memory.", "Slower.")
    assert read_state(run).error_code == "out_of_memory"


@pytest.mark.parametrize(
    ("code", "has_save_point", "offered"),
    [("out_of_memory", True, True), ("does_not_fit", True, True), ("does_not_fit", False, False),
     ("disk_full", True, False)],
)  # fmt: skip
def test_less_memory_is_offered_after_memory_ended_with_something_saved(
    run: RunFolder, code: str, has_save_point: bool, offered: bool
) -> None:
    if not has_save_point:
        run.checkpoint_dir(200).rmdir()
    tell(run, failed(code))
    assert can_go_on_leaner(read_state(run)) is offered


def test_a_run_on_a_card_can_change_several_things_until_nothing_is_left(run: RunFolder) -> None:
    told = []
    while ways := find_leaner(run, COMPUTER):
        told.append(make_leaner(run, ways).detail)
    settings = read_config(run.config_path)
    assert 1 <= len(told) <= 3
    assert (settings.precision.gradient_checkpointing, settings.base.quantization) == (True, "nf4")
    with pytest.raises(StudioError, match="nothing left to change"):
        make_leaner(run, find_leaner(run, COMPUTER))


def test_a_run_that_trains_is_left_alone(run: RunFolder) -> None:
    record_process(run, os.getpid())
    settings = run.config_path.read_bytes()
    with pytest.raises(StudioError, match="already training") as refused:
        make_leaner(run, (RECOMPUTE,))
    assert refused.value.code == "run_busy"
    assert run.config_path.read_bytes() == settings
    assert not run.events_path.exists()


def test_a_finished_run_has_nothing_to_go_on_with(run: RunFolder) -> None:
    tell(run, events.Finished(step=200, epochs=1, seconds=1.0))
    settings = run.config_path.read_bytes()
    with pytest.raises(StudioError, match="finished"):
        make_leaner(run, (RECOMPUTE,))
    assert run.config_path.read_bytes() == settings
