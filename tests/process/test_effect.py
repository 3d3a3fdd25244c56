"""A picture with and without a saved file, with a painter of ours in place of the drawing program."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lora_studio.config.training import BaseModelSettings, DatasetSettings, PreviewSettings, TrainingConfig
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs import told_process
from lora_studio.jobs.effect import draw_effect, drawing_order, mean_difference
from lora_studio.runs.folder import RunFolder
from lora_studio.training.draw import DrawWish

PAINTER = Path(__file__).parents[1] / "fakes" / "quick_painter.py"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    config = TrainingConfig(
        name="ink", dataset=DatasetSettings(resolution_px=64), preview=PreviewSettings(prompts=("a boat", "x"), seed=7)
    )
    return RunFolder.create(tmp_path / "run", {"config.json": config.model_dump_json().encode()})


@pytest.fixture
def paint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on, pictures with an adapter have this shade of grey, or drawing ends as it says."""

    def choose(shade: str) -> None:
        command = [sys.executable, str(PAINTER), str(tmp_path / "orders"), shade]
        monkeypatch.setattr(told_process, "module_command", lambda _: command)

    return choose


def orders(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "orders").read_text().splitlines()]


def test_the_saved_file_itself_is_drawn_beside_the_base_alone(
    run: RunFolder, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("51")
    pair = draw_effect(run, tmp_path / "ink.safetensors", tmp_path, 0.8)
    alone, with_it = orders(tmp_path)
    assert alone["adapters"] == []
    assert with_it["adapters"] == [{"path": str(tmp_path / "ink.safetensors"), "strength": 0.8}]
    assert {name: value for name, value in alone.items() if name not in ("adapters", "out_paths")} == {
        name: value for name, value in with_it.items() if name not in ("adapters", "out_paths")
    }
    assert (pair.prompt, pair.seed, with_it["prompts"], with_it["seed"]) == ("a boat", 7, ["a boat"], 7)
    assert pair.difference == pytest.approx(51 / 255)
    assert pair.can_be_seen


def test_the_trainer_s_picture_of_the_base_alone_is_not_drawn_again(
    run: RunFolder, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("51")
    run.sample_dir(0).mkdir()
    Image.new("RGB", (64, 64), (102, 102, 102)).save(run.sample_path(0, 1))
    pair = draw_effect(run, tmp_path / "ink.safetensors", tmp_path)
    assert pair.without == run.sample_path(0, 1)
    assert len(orders(tmp_path)) == 1
    assert pair.difference == pytest.approx(51 / 255)


def test_an_adapter_that_changes_next_to_nothing_is_told(
    run: RunFolder, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("1")
    assert not draw_effect(run, tmp_path / "ink.safetensors", tmp_path).can_be_seen


def test_what_the_drawing_program_tells_is_passed_on(
    run: RunFolder, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("refuse")
    with pytest.raises(StudioError) as refused:
        draw_effect(run, tmp_path / "ink.safetensors", tmp_path)
    assert (refused.value.title, refused.value.exit_code) == ("The card is full.", ExitCode.OUT_OF_MEMORY)


def test_a_drawing_program_that_dies_is_told_as_such(
    run: RunFolder, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("crash")
    with pytest.raises(StudioError) as refused:
        draw_effect(run, tmp_path / "ink.safetensors", tmp_path)
    assert refused.value.code == "drawing_failed"


@pytest.mark.parametrize("has_sample", [False, True])
def test_drawing_that_is_called_off_ends_at_once(
    run: RunFolder, tmp_path: Path, paint: Callable[[str], None], has_sample: bool
) -> None:
    paint("wait")
    if has_sample:
        run.sample_dir(0).mkdir()
        Image.new("RGB", (64, 64)).save(run.sample_path(0, 1))
    began_s = time.monotonic()
    with pytest.raises(StudioError) as refused:
        draw_effect(run, tmp_path / "ink.safetensors", tmp_path, cancelled=(tmp_path / "orders").exists)
    assert refused.value.code == "cancelled"
    assert time.monotonic() - began_s < 30


def test_pictures_of_two_sizes_are_refused_with_both(tmp_path: Path) -> None:
    for side in (8, 16):
        Image.new("RGB", (side, side)).save(tmp_path / f"{side}.png")
    with pytest.raises(StudioError) as refused:
        mean_difference(tmp_path / "8.png", tmp_path / "16.png")
    assert refused.value.detail == "8.png is 8 x 8, 16.png 16 x 16."


def test_the_drawing_program_understands_the_order(tmp_path: Path) -> None:
    config = TrainingConfig(name="ink", base=BaseModelSettings(clip_skip=2))
    order = drawing_order(config, ["a boat"], 7, {tmp_path / "a.safetensors": 0.5}, [tmp_path / "a.png"])
    understood = DrawWish.model_validate_json(json.dumps(order))
    assert (understood.clip_skip, understood.seed, understood.adapters[0].strength) == (2, 7, 0.5)
