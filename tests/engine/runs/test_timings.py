from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lora_studio import paths
from lora_studio.config.resolve import merged, validated
from lora_studio.config.training import TrainingConfig
from lora_studio.runs.events import EventWriter, Phase, Sample, Started, Step
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.timings import find_timing, remember_timing


def config(**sections: Any) -> TrainingConfig:
    return validated(merged(TrainingConfig().model_dump(), sections))


def finished_run(folder: Path, step_s: float, steps: int = 20, device: str = "Card") -> RunFolder:
    run = RunFolder.create(folder, {"config.json": config().model_dump_json().encode()})
    clock = iter(range(1000, 10_000, 10))
    with EventWriter(run.events_path, clock=lambda: float(next(clock))) as journal:
        journal.write(Started(pid=1, device=device))
        journal.write(Phase(name="sampling", done=0, total=2))
        journal.write(Sample(epoch=0, prompt_index=0, path="x", seconds=4.0))
        journal.write(Sample(epoch=0, prompt_index=1, path="x", seconds=4.0))
        journal.write(Phase(name="sampling", done=2, total=2))
        for number in range(1, steps + 1):
            seconds = 9.0 if number < 3 else step_s  # the first ones are slow
            journal.write(Step(step=number, epoch=1, loss=0.1, learning_rate=1e-4, seconds=seconds))
        journal.write(Sample(epoch=1, prompt_index=0, path="x", seconds=4.0))
    return run


def test_the_next_plan_knows_what_the_last_run_took(tmp_path: Path) -> None:
    assert find_timing(config(), "Card") is None
    remember_timing(finished_run(tmp_path / "run", 0.5))
    found = find_timing(config(preview={"steps": 40}), "Card")
    assert found is not None
    assert (found.step_s, found.sample_s, found.start_s) == (0.5, 8.0, 11.0)  # twice the sample steps, 50 - 9 - 30 s


@pytest.mark.parametrize(
    "other",
    [{"dataset": {"resolution_px": 768}}, {"schedule": {"batch_size": 2}}, {"base": {"quantization": "nf4"}},
     {"precision": {"gradient_checkpointing": True}}, {"adapter": {"kind": "loha"}}],
)  # fmt: skip
def test_another_size_or_device_has_to_be_measured_anew(tmp_path: Path, other: dict[str, Any]) -> None:
    remember_timing(finished_run(tmp_path / "run", 0.5))
    assert find_timing(config(**other), "Card") is None
    assert find_timing(config(), "Other card") is None


def test_the_newest_measurement_stands_and_threads_do_not_matter(tmp_path: Path) -> None:
    for number, seconds in enumerate((0.5, 0.7)):
        remember_timing(finished_run(tmp_path / f"run{number}", seconds, device=f"cpu ({number} threads)"))
    found = find_timing(config(), "cpu")
    assert found is not None and found.step_s == 0.7


def test_a_run_of_a_few_steps_tells_nothing(tmp_path: Path) -> None:
    assert remember_timing(finished_run(tmp_path / "run", 0.5, steps=6)) is None


def test_a_damaged_file_is_measured_again(tmp_path: Path) -> None:
    paths.data_dir().mkdir(parents=True)
    (paths.data_dir() / "timings.json").write_text('{"version": 1, "timings": [{}]}')
    assert find_timing(config(), "Card") is None
    assert remember_timing(finished_run(tmp_path / "run", 0.5)) is not None
