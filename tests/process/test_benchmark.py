"""Measuring a computer: what the journals of measured runs tell, and a real one from end to end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tiny_base import write_tiny_base

from lora_studio.errors import StudioError
from lora_studio.jobs import benchmark
from lora_studio.jobs.benchmark import Case, draw_pictures, make_base, measure, read_outcome
from lora_studio.runs import events
from lora_studio.runs.events import EventWriter
from lora_studio.runs.folder import RunFolder

CASE = Case("sdxl", 1024)


def told(folder: Path, *journal: events.Event) -> RunFolder:
    run = RunFolder.create(folder, {"config.json": b"{}", "origins.json": b"{}", "images.json": b"{}"})
    with EventWriter(run.events_path) as writer:
        for event in journal:
            writer.write(event)
    return run


def step(number: int, seconds: float, memory_mib: float) -> events.Step:
    return events.Step(
        step=number, epoch=1, loss=0.1, learning_rate=1e-4, seconds=seconds, memory_mib=memory_mib
    )  # fmt: skip


def phase(name: events.PhaseName, memory_mib: int | None) -> events.Phase:
    return events.Phase(name=name, memory_mib=memory_mib)


def test_each_phase_has_the_memory_of_the_time_it_lasted_and_the_first_steps_do_not_count(tmp_path: Path) -> None:
    tried = events.StepTried(
        width_px=8, height_px=8, batch_size=1, seconds=1, memory_mib=5000, memory_total_mib=9000
    )  # fmt: skip
    run = told(
        tmp_path / "run", events.Started(pid=1, device=""), phase("loading", 0), phase("caching", 700),
        phase("caching", 3000), phase("encoding", 2900), phase("testing", 1800), events.Started(pid=1, device="Card"),
        tried, phase("sampling", 5000), events.Sample(epoch=0, prompt_index=0, path="a", seconds=100.0),
        phase("sampling", 6500), *(step(n, 9.0 if n <= 4 else 0.1 * n, 4800 + n) for n in range(1, 8)),
        events.Finished(step=7, epochs=1, seconds=10),
    )  # fmt: skip
    outcome = read_outcome(CASE, run, 5200)
    assert outcome.error is None
    assert outcome.device == "Card"
    assert outcome.step_s == pytest.approx(0.6)  # the middle of 0.5, 0.6 and 0.7
    assert outcome.peaks_mib == {
        "loading": 700, "caching": 3000, "encoding": 1800, "testing": 5000, "sampling": 6500, "training": 4807,
    }  # fmt: skip
    assert (outcome.peak_mib, outcome.training_mib, outcome.tried_mib, outcome.estimated_mib) == (
        6500, 4807, 5000, 5200,
    )  # fmt: skip
    assert outcome.start_s is not None and outcome.start_s < 0  # the sample before the first step is no start


def test_a_run_that_failed_is_told_in_its_own_words_and_the_processor_has_no_card_memory(tmp_path: Path) -> None:
    run = told(
        tmp_path / "run", events.Started(pid=1, device="cpu"), phase("loading", None),
        events.Failed(code="does_not_fit", title="This recipe needs more memory than there is."),
    )  # fmt: skip
    outcome = read_outcome(CASE, run, None)
    assert outcome.error == "This recipe needs more memory than there is."
    assert (outcome.step_s, outcome.start_s, outcome.peak_mib, outcome.tried_mib) == (None, None, None, None)


def test_a_case_is_measured_by_a_real_run_and_its_settings_can_be_changed(tmp_path: Path) -> None:
    base = write_tiny_base(tmp_path / "base")
    pictures = draw_pictures(tmp_path / "pictures", 64, 4)
    asked = {"adapter": {"rank": 2}, "preview": {"steps": 1}, "dataset": {"bucket_multiple_px": 8}}
    case = Case("practice", 64, steps=8, settings=asked)
    outcome = measure(case, str(base), pictures, tmp_path / "run")
    assert outcome.error is None
    assert outcome.step_s is not None and 0 < outcome.step_s < 5
    assert outcome.start_s is not None and outcome.start_s > outcome.step_s
    assert outcome.sample_s is not None
    assert outcome.device.startswith("cpu")
    config = (tmp_path / "run" / "config.json").read_text("utf-8")
    assert '"rank": 2' in config and '"max_steps": 8' in config


def test_a_base_that_cannot_be_made_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "module_command", lambda _: [sys.executable, "-c", "raise MemoryError('no room')"])
    with pytest.raises(StudioError, match="No sdxl base could be made") as caught:
        make_base("sdxl", tmp_path)
    assert "no room" in caught.value.detail
    assert make_base("practice", tmp_path) == "practice"
