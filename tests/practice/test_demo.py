"""The main job for real: `lora-studio demo` on the Practice base, judged against pictures it never saw.

Each of these fails when the trainer is broken in one way; tests/trials/broken_trainer_trial.py breaks it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import practice_checks
import pytest
import torch

from lora_studio import embedded
from lora_studio.judging.adapter import JudgeReport
from lora_studio.judging.trial import run_trial
from lora_studio.runs.folder import RunFolder
from lora_studio.weights.inspect import inspect_adapter

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]
SHORT = ("schedule.max_steps=100", "schedule.epochs=2", "preview.steps=6")


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the command line says at the end of a short demo."""
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("demo") / "run"
    command = [sys.executable, "-c", "from lora_studio.cli import main; main()", "demo", "--out", str(out), "--json"]
    for setting in SHORT:
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


@pytest.fixture(scope="module")
def run(answer: dict[str, Any]) -> RunFolder:
    return RunFolder.open(Path(answer["run"]))


@pytest.fixture(scope="module")
def report(answer: dict[str, Any]) -> JudgeReport:
    project = embedded.sample_project("style")
    adapter = Path(answer["adapters"][0])
    return run_trial(embedded.practice_base_dir(), adapter, project, seeds=(1, 2, 3), prompt_count=4, steps=8)


def test_it_ends_with_an_adapter_to_share_and_a_sheet_to_look_at(answer: dict[str, Any]) -> None:
    (adapter,) = (Path(path) for path in answer["adapters"])
    assert adapter.stat().st_size <= 6_000_000
    assert Path(answer["sheet"]).is_file()
    about = inspect_adapter(adapter)
    assert (about.family, about.scheme, about.findings) == ("practice", "kohya", ())
    assert embedded.sample_project("style").trigger in about.trigger_words


def test_every_layer_learned(run: RunFolder) -> None:
    assert practice_checks.still_layers(run) == []


def test_the_exported_file_acts_in_diffusers_as_the_live_layers_did(run: RunFolder) -> None:
    # Half precision alone costs about a thousandth.
    assert practice_checks.export_error(run) < 0.01


def test_every_picture_is_trained_with_its_own_words(run: RunFolder) -> None:
    """That a step keeps pictures and words together is shown in tests/numerics/test_trainer.py."""
    assert practice_checks.foreign_captions(run) == []


def test_the_style_rises_over_the_base_in_every_seed(report: JudgeReport) -> None:
    assert [seed.score > 0.15 for seed in report.seeds] == [True] * 3, report


def test_a_prompt_without_the_trigger_word_moves_less_than_half_as_much(report: JudgeReport) -> None:
    assert report.keeps_to_trigger, report
