from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from base_configs import write_base_configs

from lora_studio import embedded
from lora_studio.bases import find_base
from lora_studio.errors import StudioError


def refusal(source: Path | str) -> StudioError:
    with pytest.raises(StudioError) as caught:
        find_base(str(source))
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(("width", "family"), [(256, "practice"), (768, "sd1"), (1024, "sd2")])
def test_the_family_is_told_by_the_width_of_the_text(tmp_path: Path, width: int, family: str) -> None:
    base = find_base(str(write_base_configs(tmp_path / "my base 🐈", {"in_channels": 4, "cross_attention_dim": width})))
    assert (base.family, base.prediction, base.name) == (family, "epsilon", "my base 🐈")
    assert base.folder.is_absolute()


def test_velocity_models_are_told_apart(tmp_path: Path) -> None:
    base = find_base(str(write_base_configs(tmp_path, {"cross_attention_dim": 1024}, "v_prediction")))
    assert (base.family, base.prediction) == ("sd2", "v_prediction")


def test_practice_is_a_word_not_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "practice_base_dir", lambda: tmp_path)
    base = find_base("practice")
    assert (base.source, base.folder, base.family) == ("practice", tmp_path, "practice")


@pytest.mark.parametrize(
    ("unet", "words"),
    [
        ({"in_channels": 9, "cross_attention_dim": 768}, "inpainting"),
        ({"cross_attention_dim": 2048, "addition_embed_type": "text_time"}, "SDXL"),
        ({"cross_attention_dim": 512}, "512 numbers wide"),
        ({"cross_attention_dim": [768, 768]}, "SD 1.x has 768"),
        ({}, "SD 1.x has 768"),
    ],
)
def test_models_that_cannot_be_trained_say_what_they_are(tmp_path: Path, unet: dict[str, Any], words: str) -> None:
    problem = refusal(write_base_configs(tmp_path, unet))
    assert problem.code == "base_not_supported"
    assert words in problem.detail


def test_models_of_another_kind_are_named(tmp_path: Path) -> None:
    index = {"_class_name": "FluxPipeline", "transformer": ["diffusers", "x"]}
    problem = refusal(write_base_configs(tmp_path, {}, index=index))
    assert (problem.code, problem.detail) == ("base_not_supported", "It is a model for FluxPipeline.")


def test_an_odd_prediction_is_refused(tmp_path: Path) -> None:
    problem = refusal(write_base_configs(tmp_path, {"cross_attention_dim": 768}, "sample"))
    assert "'sample'" in problem.detail


@pytest.mark.parametrize("name", ["model.safetensors", "MODEL.CKPT"])
def test_a_single_file_is_refused_with_what_to_choose_instead(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    problem = refusal(tmp_path / name)
    assert "single file" in problem.detail
    assert "diffusers" in problem.hint


@pytest.mark.parametrize("source", ["nowhere/at all", "someone/stable-diffusion"])
def test_a_missing_folder_is_told_and_nothing_is_looked_up(source: str) -> None:
    problem = refusal(source)
    assert (problem.code, source in problem.title) == ("base_missing", True)
    assert "not looked up" in problem.detail


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    assert "model_index.json" in refusal(tmp_path).detail


@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
@pytest.mark.parametrize("text", ["{", "", "[1]", "null", '"words"'])
def test_damaged_configs_are_named(tmp_path: Path, name: str, text: str) -> None:
    write_base_configs(tmp_path, {"cross_attention_dim": 768})
    (tmp_path / name).write_text(text)
    problem = refusal(tmp_path)
    assert problem.code == "model_damaged"
    assert name in problem.detail


@pytest.mark.parametrize("name", ["unet/config.json", "scheduler/scheduler_config.json"])
def test_missing_configs_are_named(tmp_path: Path, name: str) -> None:
    write_base_configs(tmp_path, {"cross_attention_dim": 768})
    (tmp_path / name).unlink()
    assert name in refusal(tmp_path).detail
