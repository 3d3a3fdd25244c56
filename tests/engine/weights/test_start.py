"""Which LoRA files a new adapter can begin with, and in which words the others are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import draw_pictures
from safetensors.numpy import save_file

from lora_studio.config.training import AdapterSettings
from lora_studio.errors import StudioError
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.weights.start import read_start
from lora_studio.weights.targets import UNET_TARGETS, smallest_target

Save = Callable[..., Path]
TRANSFORMER = "unet.down_blocks.0.attentions.0.transformer_blocks.0"
ATTENTION = {f"{TRANSFORMER}.attn1.to_q": (8, 8), f"{TRANSFORMER}.attn2.to_k": (8, 768)}
TEXT = {"text_encoder.encoder.layers.0.self_attn.q_proj": (16, 16)}


def refusal(path: Path, **settings: object) -> str:
    with pytest.raises(StudioError) as refused:
        read_start(path, "sd1", AdapterSettings.model_validate(settings))
    assert refused.value.code == "start_misfit"
    return str(refused.value)


def test_a_file_with_fewer_layers_and_smaller_ranks_fits(save_adapter: Save) -> None:
    path = save_adapter(modules={**ATTENTION, **TEXT}, rank=4)
    settings = AdapterSettings(rank=8, targets="with_convolutions", train_text_encoder=True)
    assert len(read_start(path, "sd1", settings).modules) == 3


def test_all_that_differs_is_said_at_once(save_adapter: Save) -> None:
    modules = {**ATTENTION, f"{TRANSFORMER}.ff.net.2": (8, 8), **TEXT}
    words = refusal(save_adapter(modules=modules, rank=32), rank=16)
    assert "Its rank is 32, and yours is 16." in words
    assert f"the setting “Layers” leaves out: {TRANSFORMER}.ff.net.2." in words
    assert "“Train the text encoder” is off" in words
    assert "--like" in words


def test_a_file_for_another_family_is_refused_by_both_names(save_adapter: Save) -> None:
    words = refusal(save_adapter(family="sdxl", modules={"unet.mid_block.attentions.0.proj_in": (8, 8)}))
    assert "It was made for SDXL, and this base model is SD 1.x." in words
    assert "layers" not in words, "what its layers are called in another family helps nobody"


def test_many_layers_that_do_not_fit_are_counted_not_listed(save_adapter: Save) -> None:
    modules = {
        f"unet.up_blocks.1.resnets.{index}.{name}": (8, 8, 3, 3) for index in (0, 1, 2) for name in ("conv1", "conv2")
    }
    words = refusal(save_adapter(modules=modules))
    assert "and 3 more" in words


@pytest.mark.parametrize("targets", UNET_TARGETS)
def test_the_smallest_choice_that_trains_a_choices_layers_is_that_choice(targets: str) -> None:
    paths = [f"unet.{end}" for end in UNET_TARGETS[targets]]
    if targets == "attention":
        paths = [f"unet.{block}.{end}" for block in ("attn1", "attn2") for end in UNET_TARGETS[targets]]
    assert smallest_target(paths) == targets
    assert smallest_target([*paths, "unet.conv_in"]) is None


def test_a_run_keeps_a_copy_of_the_file_and_of_pefts_settings_beside_it(tmp_path: Path) -> None:
    layer = "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    start = tmp_path / "peft" / "adapter_model.safetensors"
    start.parent.mkdir()
    down, up = np.ones((2, 256), np.float32), np.ones((96, 2), np.float32)
    save_file({f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}, start)
    start.with_name("adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 6}))
    wish = RunWish(draw_pictures(tmp_path / "pictures"), settings={"adapter": {"start_from": str(start)}})
    run = create_run(plan_run(wish), tmp_path / "run")
    assert run.start_path.read_bytes() == start.read_bytes()
    start.with_name("adapter_config.json").unlink()
    kept = read_start(run.start_path, "practice", AdapterSettings())
    assert [module.alpha for module in kept.modules.values()] == [6.0]


def test_a_plan_with_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    wish = RunWish(
        draw_pictures(tmp_path / "pictures"), settings={"adapter": {"start_from": str(tmp_path / "gone.safetensors")}}
    )
    with pytest.raises(StudioError, match=r"gone\.safetensors"):
        plan_run(wish)
