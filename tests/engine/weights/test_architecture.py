"""The layers of each family are those its live models have."""

from __future__ import annotations

import json

import pytest
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from lora_studio.embedded import practice_base_dir
from lora_studio.weights.architecture import kernel_px, module_paths

# The published configs, cut to what decides which layers there are.
SD = {
    "block_out_channels": (320, 640, 1280, 1280),
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
}
SDXL = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
CONFIGS = {"sd1": SD, "sd2": {**SD, "cross_attention_dim": 1024, "use_linear_projection": True}, "sdxl": SDXL}


def layers(model: torch.nn.Module) -> set[str]:
    return {name for name, part in model.named_modules() if isinstance(part, torch.nn.Linear | torch.nn.Conv2d)}


def listed(family: str, component: str) -> set[str]:
    return {path.removeprefix(f"{component}.") for path in module_paths(family) if path.startswith(f"{component}.")}


@pytest.mark.parametrize("family", ["practice", "sd1", "sd2", "sdxl"])
def test_a_convolution_is_as_large_as_in_the_live_unet(family):
    config = CONFIGS.get(family) or json.loads((practice_base_dir() / "unet" / "config.json").read_text())
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(config)
    live = {name: part for name, part in unet.named_modules() if name in listed(family, "unet")}
    sides = {name: part.kernel_size[0] if isinstance(part, torch.nn.Conv2d) else None for name, part in live.items()}
    assert {name: kernel_px(family, f"unet.{name}") for name in live} == sides
    assert kernel_px(family, "text_encoder.encoder.layers.0.self_attn.out_proj") is None


@pytest.mark.parametrize("family", ["practice", "sd1", "sd2", "sdxl"])
def test_every_layer_of_the_live_unet_is_listed_and_no_other(family):
    config = CONFIGS.get(family) or json.loads((practice_base_dir() / "unet" / "config.json").read_text())
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(config)
    assert listed(family, "unet") == layers(unet)


@pytest.mark.parametrize(
    ("family", "component", "depth"),
    [
        ("practice", "text_encoder", 4),
        ("sd1", "text_encoder", 12),
        ("sd2", "text_encoder", 23),
        ("sdxl", "text_encoder", 12),
        ("sdxl", "text_encoder_2", 32),
    ],
)
def test_every_layer_of_the_live_text_encoder_is_listed_and_no_other(family, component, depth):
    config = CLIPTextConfig(num_hidden_layers=depth, hidden_size=8, intermediate_size=8, num_attention_heads=1)
    with torch.device("meta"):
        encoder = CLIPTextModel(config)
    assert listed(family, component) == {name.removeprefix("text_model.") for name in layers(encoder)}


@pytest.mark.parametrize("family", ["practice", "sd1", "sd2", "sdxl"])
def test_no_layer_is_listed_twice(family):
    assert len(set(module_paths(family))) == len(module_paths(family))
