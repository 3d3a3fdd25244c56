from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from lora_studio.embedded import sample_project
from lora_studio.errors import ExitCode, StudioError
from lora_studio.judging.__main__ import judge
from lora_studio.judging.trial import held_back_captions, run_trial


def command() -> Typer:
    app = Typer()
    app.command()(judge)
    return app


def test_captions_are_spread_over_the_held_back_pictures() -> None:
    captions = held_back_captions(sample_project("style"), 3)
    assert captions == ["a bus, white background", "a gorilla, white background", "a pizza, white background"]


def test_more_prompts_than_captions_are_refused() -> None:
    with pytest.raises(StudioError) as raised:
        held_back_captions(sample_project("style"), 25)
    assert raised.value.code == "too_few_captions"


def test_a_trial_judges_every_seed_and_reports_progress(tiny_base_dir: Path, tiny_adapter_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    report = run_trial(
        tiny_base_dir,
        tiny_adapter_path,
        sample_project("style"),
        seeds=(4, 5),
        prompt_count=2,
        steps=1,
        observer=lambda what, done, count: heard.append((done, count)),
    )
    assert [judged.seed for judged in report.seeds] == [4, 5]
    assert all(judged.movement > 0 for judged in report.seeds)
    assert heard[-1] == (16, 16)


def test_the_command_ends_with_one_json_object(tiny_base_dir: Path, tiny_adapter_path: Path) -> None:
    options = ["--project", "character", "--seeds", "1", "--prompts", "2", "--steps", "1"]
    paths = ["--base", str(tiny_base_dir), "--adapter", str(tiny_adapter_path)]
    result = CliRunner().invoke(command(), [*paths, *options])
    assert result.exit_code == ExitCode.DONE
    lines = result.stdout.strip().splitlines()
    assert len(lines) > 3
    assert json.loads(lines[-1])["kind"] == "character"


def test_the_command_says_what_is_wrong_and_ends_with_our_code(tiny_base_dir: Path, tmp_path: Path) -> None:
    paths = ["--base", str(tiny_base_dir), "--adapter", str(tmp_path / "no.safetensors")]
    result = CliRunner().invoke(command(), [*paths, "--project", "style", "--prompts", "2", "--steps", "1"])
    assert result.exit_code == ExitCode.BAD_INPUT
    assert "no.safetensors" in result.stderr
