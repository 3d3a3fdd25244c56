"""Kohya names: the documented table, counts on the real layouts, and no two modules with one name."""

from __future__ import annotations

import pytest
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_studio.errors import StudioError
from lora_studio.weights.names import build_name_table, build_reading_table

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
DEEP = "transformer_blocks"
ENCODER = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")

# The published configurations of Stable Diffusion 1.5, 2.1 and SDXL base, as far as they shape the modules.
SD1_UNET = {
    "block_out_channels": (320, 640, 1280, 1280),
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    "layers_per_block": 2,
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
}
SD2_UNET = {
    **SD1_UNET,
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
}
SDXL_UNET = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "layers_per_block": 2,
    "cross_attention_dim": 2048,
    "attention_head_dim": (5, 10, 20),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}


def unet_on_meta(config: dict[str, object]) -> UNet2DConditionModel:
    with torch.device("meta"):
        return UNet2DConditionModel(sample_size=64, **config)


def encoder_on_meta(kind: type, layers: int, width: int) -> torch.nn.Module:
    config = CLIPTextConfig(
        vocab_size=100, hidden_size=width, intermediate_size=width * 4, num_hidden_layers=layers,
        num_attention_heads=4, projection_dim=width,
    )  # fmt: skip
    with torch.device("meta"):
        return kind(config)


def paths(component: str, network: torch.nn.Module, endings: tuple[str, ...] = ("",)) -> list[str]:
    """Every Linear and convolution whose path ends so."""
    return [
        f"{component}.{path}"
        for path, module in network.named_modules()
        if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)) and path.endswith(endings)
    ]


@pytest.mark.parametrize(
    ("family", "config", "attention_count", "all_count"),
    [("sd1", SD1_UNET, 128, 278 + 4), ("sd2", SD2_UNET, 128, 278 + 4), ("sdxl", SDXL_UNET, 560, 788 + 6)],
)
def test_every_module_of_a_real_unet_has_its_own_name(family, config, attention_count, all_count):
    # 278 and 788: all modules of section 4's matrix (350, 416, 1052) less the encoders'; conv_in, conv_out and the
    # embeddings (4 or 6) come on top.
    unet = unet_on_meta(config)
    attention = build_name_table(family, paths("unet", unet, ATTENTION))
    whole = build_name_table(family, paths("unet", unet))
    assert len(set(attention.values())) == len(attention) == attention_count
    assert len(set(whole.values())) == len(whole)
    assert all(stem.startswith("lora_unet_") and "." not in stem for stem in whole.values())
    assert len(whole) == all_count


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q", f"input_blocks_4_1_{DEEP}_0_attn1_to_q"),
        ("down_blocks.2.attentions.1.transformer_blocks.9.ff.net.0.proj", f"input_blocks_8_1_{DEEP}_9_ff_net_0_proj"),
        ("mid_block.attentions.0.proj_in", "middle_block_1_proj_in"),
        ("mid_block.resnets.1.conv2", "middle_block_2_out_layers_3"),
        ("up_blocks.0.attentions.2.transformer_blocks.0.attn2.to_out.0", f"output_blocks_2_1_{DEEP}_0_attn2_to_out_0"),
        ("up_blocks.0.upsamplers.0.conv", "output_blocks_2_2_conv"),
        ("up_blocks.1.upsamplers.0.conv", "output_blocks_5_2_conv"),
        ("up_blocks.2.resnets.2.conv_shortcut", "output_blocks_8_0_skip_connection"),
        ("down_blocks.0.resnets.0.conv1", "input_blocks_1_0_in_layers_2"),
        ("down_blocks.1.resnets.0.time_emb_proj", "input_blocks_4_0_emb_layers_1"),
        ("down_blocks.0.downsamplers.0.conv", "input_blocks_3_0_op"),
        ("conv_in", "input_blocks_0_0"),
        ("conv_out", "out_2"),
        ("time_embedding.linear_2", "time_embed_2"),
        ("add_embedding.linear_1", "label_emb_0_0"),
    ],
)  # fmt: skip
def test_sdxl_modules_get_the_names_of_the_documented_table(path, stem):
    # lora-formats, section 1.3, which was checked against ComfyUI's own model classes.
    assert build_name_table("sdxl", [f"unet.{path}"]) == {f"unet.{path}": f"lora_unet_{stem}"}


@pytest.mark.parametrize("family", ["practice", "sd1", "sd2"])
def test_other_families_keep_diffusers_block_names(family):
    path = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0"
    stem = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0"
    assert build_name_table(family, [path]) == {path: stem}


@pytest.mark.parametrize("inner", ["encoder.layers.3.mlp.fc1", "text_model.encoder.layers.3.mlp.fc1"])
@pytest.mark.parametrize(
    ("family", "component", "prefix"),
    [
        ("sd1", "text_encoder", "lora_te"),
        ("practice", "text_encoder", "lora_te"),
        ("sdxl", "text_encoder", "lora_te1"),
        ("sdxl", "text_encoder_2", "lora_te2"),
    ],
)
def test_text_model_is_always_in_the_name_of_an_encoder_module(family, component, prefix, inner):
    table = build_name_table(family, [f"{component}.{inner}"])
    assert list(table.values()) == [f"{prefix}_text_model_encoder_layers_3_mlp_fc1"]


def test_live_sdxl_encoders_give_the_expected_counts():
    first = paths("text_encoder", encoder_on_meta(CLIPTextModel, 12, 8), ENCODER)
    second = paths("text_encoder_2", encoder_on_meta(CLIPTextModelWithProjection, 32, 12), ENCODER)
    table = build_name_table("sdxl", first + second)
    assert len(set(table.values())) == 72 + 192
    assert all(stem.startswith(("lora_te1_text_model_", "lora_te2_text_model_")) for stem in table.values())


def test_a_file_is_found_again_in_every_spelling():
    modules = [
        "unet.down_blocks.1.attentions.0.proj_in",
        "text_encoder.encoder.layers.0.self_attn.q_proj",
        "text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj",
    ]
    spellings = build_reading_table("sdxl", modules)
    assert spellings == {
        "lora_unet_input_blocks_4_1_proj_in": modules[0],
        "lora_unet_down_blocks_1_attentions_0_proj_in": modules[0],
        "lora_te1_text_model_encoder_layers_0_self_attn_q_proj": modules[1],
        "lora_te1_encoder_layers_0_self_attn_q_proj": modules[1],
        "lora_te2_text_model_encoder_layers_0_self_attn_q_proj": modules[2],
        "lora_te2_encoder_layers_0_self_attn_q_proj": modules[2],
    }


@pytest.mark.parametrize(
    ("family", "modules"),
    [
        ("sdxl", ["unet.down_blocks.3.attentions.0.proj_in"]),
        ("sdxl", ["unet.down_blocks.0.attentions.0.proj_in"]),
        ("sdxl", ["unet.mid_block.attentions.0"]),
        ("sdxl", ["unet.down_blocks.1.resnets.0.norm9"]),
        ("sd1", ["text_encoder_2.encoder.layers.0.mlp.fc1"]),
        ("sd1", ["vae.encoder.conv_in"]),
        ("sd1", ["unet"]),
        ("sd1", ["unet.a.b_c", "unet.a.b.c"]),
        ("sd1", ["text_encoder.encoder.layers.0.mlp.fc1", "text_encoder.text_model.encoder.layers.0.mlp.fc1"]),
    ],
)
def test_a_module_without_a_name_of_its_own_is_refused(family, modules):
    with pytest.raises(StudioError) as caught:
        build_name_table(family, modules)
    assert caught.value.code == "module_unknown"
