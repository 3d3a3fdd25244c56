"""What a .safetensors file is, told from its header: names and shapes as in published models, numbers all zero."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ldm_layout import published_networks, published_shapes
from safetensors.numpy import save_file
from sparse_files import write_sparse

from lora_studio.weights.checkpoint import PartSize, inspect_checkpoint

UNET = "model.diffusion_model."
FIRST = f"{UNET}input_blocks.0.0.weight"
CROSS = f"{UNET}input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight"
VECTOR = f"{UNET}label_emb.0.0.weight"
SD2_BIAS = f"{UNET}output_blocks.11.1.transformer_blocks.0.norm1.bias"
VAE = "first_stage_model.decoder.conv_in.weight"
SD1_TEXT = "cond_stage_model.transformer.text_model.final_layer_norm.weight"
SD2_TEXT = "cond_stage_model.model.ln_final.weight"
SDXL_TEXTS = ("conditioner.embedders.0.transformer.text_model.final_layer_norm.weight",
              "conditioner.embedders.1.model.ln_final.weight")  # fmt: skip

SD1 = {FIRST: (8, 4, 3, 3), CROSS: (8, 768), VAE: (4,), SD1_TEXT: (768,)}
SD2 = {FIRST: (8, 4, 3, 3), CROSS: (8, 1024), VAE: (4,), SD2_TEXT: (1024,)}
SDXL = {FIRST: (8, 4, 3, 3), CROSS: (8, 2048), VECTOR: (8, 2816), VAE: (4,), **dict.fromkeys(SDXL_TEXTS, (8,))}


@cache
def shapes_of(family: str) -> dict[str, tuple[int, ...]]:
    return published_shapes(family)


def without(shapes: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: shape for name, shape in shapes.items() if name not in names}


@pytest.mark.parametrize(
    ("family", "gigabytes", "numbers"),
    [  # as counted in the published models; the file of SD 2.x keeps a projection that nothing reads
        ("sd1", 2.1, {"unet": 859_520_964, "vae": 83_653_863, "text_encoder": 123_060_480}),
        ("sd2", 2.6, {"unet": 865_910_724, "vae": 83_653_863, "text_encoder": 340_387_840 + 1024 * 1024}),
        ("sdxl", 6.9, {"unet": 2_567_463_684, "vae": 83_653_863, "text_encoder": 123_060_480,
                       "text_encoder_2": 694_659_840}),
    ],
)  # fmt: skip
def test_a_model_of_full_size_is_told_and_measured_in_a_tenth_of_a_second(
    tmp_path: Path, family: str, gigabytes: float, numbers: dict[str, int]
) -> None:
    path = write_sparse(tmp_path / "model.safetensors", shapes_of(family))
    assert path.stat().st_size == pytest.approx(gigabytes * 1e9, rel=0.05)
    began = time.process_time()
    found = inspect_checkpoint(path)
    assert time.process_time() - began < 0.1
    assert (found.family, found.refusal, found.prediction, found.precision) == (family, "", "epsilon", "fp16")
    assert {part: size.parameters for part, size in found.parts.items()} == numbers


def test_linear_layers_are_those_that_can_be_squeezed(tmp_path: Path) -> None:
    # 18 d² + 2 d c in each of 10 blocks of width 640 and 60 of width 1280 with c = 2048, and two projections around
    # each of the 5 and 6 transformers; see test_budget.
    blocks = sum(count * (18 * d * d + 2 * d * 2048 + 0) for count, d in ((10, 640), (60, 1280)))
    around = sum(count * 2 * d * d for count, d in ((5, 640), (6, 1280)))
    path = write_sparse(tmp_path / "model.safetensors", shapes_of("sdxl"))
    assert inspect_checkpoint(path).parts["unet"].linear_parameters == blocks + around


def test_the_shipped_settings_describe_the_published_networks() -> None:
    counts = {
        family: {name: sum(p.numel() for p in network.parameters()) for name, network in networks.items()}
        for family, networks in ((family, published_networks(family)) for family in ("sd1", "sd2", "sdxl"))
    }
    assert counts == {
        "sd1": {"unet": 859_520_964, "vae": 83_653_863, "text_encoder": 123_060_480},
        "sd2": {"unet": 865_910_724, "vae": 83_653_863, "text_encoder": 340_387_840},
        "sdxl": {"unet": 2_567_463_684, "vae": 83_653_863, "text_encoder": 123_060_480, "text_encoder_2": 694_659_840},
    }


@pytest.mark.parametrize(
    ("shapes", "metadata", "prediction", "zero_snr"),
    [
        (SDXL, {}, "epsilon", False),
        (SDXL | {"v_pred": (0,)}, {}, "v_prediction", False),
        (SDXL | {"v_pred": (0,), "ztsnr": (0,)}, {}, "v_prediction", True),
        (SDXL, {"modelspec.prediction_type": "v"}, "v_prediction", False),
        (SD2, {}, "epsilon", False),
        (SD2, {"modelspec.architecture": "stable-diffusion-v2-768-v"}, "v_prediction", False),
        (SD1, {"modelspec.prediction_type": "epsilon"}, "epsilon", False),
        (SD1, {"modelspec.prediction_type": "v"}, "v_prediction", False),
    ],
)
def test_what_the_model_predicts_is_read_from_its_marks(
    tmp_path: Path, shapes: dict[str, Any], metadata: dict[str, str], prediction: str, zero_snr: bool
) -> None:
    found = inspect_checkpoint(write_sparse(tmp_path / "m.safetensors", shapes, metadata=metadata))
    assert (found.refusal, found.prediction, found.zero_terminal_snr) == ("", prediction, zero_snr)


@pytest.mark.parametrize(("spread", "prediction"), [(0.05, "epsilon"), (0.2, "v_prediction")])
def test_sd2_without_marks_is_told_by_the_spread_of_one_bias(tmp_path: Path, spread: float, prediction: str) -> None:
    tensors = {name: np.zeros(shape, np.float16) for name, shape in SD2.items()}
    tensors[SD2_BIAS] = np.array([-spread, spread] * 160, np.float16)
    save_file(tensors, tmp_path / "m.safetensors")
    assert inspect_checkpoint(tmp_path / "m.safetensors").prediction == prediction


def test_the_settings_beside_an_older_velocity_model_are_read(tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "m.safetensors", SD1)
    (tmp_path / "m.yaml").write_text('model:\n  params:\n    parameterization: "v"\n')
    assert inspect_checkpoint(path).prediction == "v_prediction"
    (tmp_path / "m.yaml").write_text("model:\n  params:\n    parameterization: eps\n")
    assert inspect_checkpoint(path).prediction == "epsilon"


@pytest.mark.parametrize(("dtype", "precision"), [("F32", "fp32"), ("BF16", "bf16"), ("F16", "fp16")])
def test_the_precision_is_that_of_most_numbers_of_the_unet(tmp_path: Path, dtype: str, precision: str) -> None:
    found = inspect_checkpoint(write_sparse(tmp_path / "m.safetensors", SD1, dtype))
    assert (found.precision, found.parts["unet"]) == (precision, PartSize(8 * 4 * 9 + 8 * 768, 8 * 768))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (SD1 | {FIRST: (8, 9, 3, 3)}, "It is a model for inpainting: its UNet takes 9 channels instead of 4."),
        (SDXL | {FIRST: (8, 9, 3, 3)}, "It is a model for inpainting: its UNet takes 9 channels instead of 4."),
        (SD1 | {FIRST: (8, 8, 3, 3)}, "It is a model that changes pictures by instruction"),
        (SD2 | {FIRST: (8, 5, 3, 3)}, "depth"),
        (SDXL | {VECTOR: (8, 2560), CROSS: (8, 1280)}, "It is an SDXL refiner"),
        ({"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight": (4, 8)}, "It is an adapter (a LoRA)"),
        ({"unet.mid_block.attentions.0.attn1.to_q.lora_A.weight": (4, 8)}, "It is an adapter (a LoRA)"),
        ({"lora_unet_mid_block_attentions_0_proj_in.hada_w1_a": (4, 8)}, "It is an adapter (a LoRA)"),
        ({"encoder.conv_in.weight": (8, 3, 3, 3), "decoder.conv_in.weight": (8, 4, 3, 3)}, "It is a VAE alone"),
        ({VAE: (4,)}, "It is a VAE alone"),
        ({"text_model.encoder.layers.0.mlp.fc1.weight": (8, 8)}, "It is a text encoder alone"),
        ({"encoder.layers.0.mlp.fc1.weight": (8, 8)}, "It is a text encoder alone"),
        ({"encoder.block.0.layer.0.SelfAttention.q.weight": (8, 8)}, "It is a text encoder alone"),
        ({"down_blocks.0.resnets.0.conv1.weight": (8, 8, 3, 3)}, "It is a UNet alone"),
        ({"control_model.input_blocks.0.0.weight": (8, 4, 3, 3)}, "It is a ControlNet"),
        ({"controlnet_cond_embedding.conv_in.weight": (8, 3, 3, 3), "down_blocks.0.a": (1,)}, "It is a ControlNet"),
        ({f"{UNET}joint_blocks.0.x_block.attn.qkv.weight": (8, 8), VAE: (4,)}, "It is a Stable Diffusion 3 model."),
        ({f"{UNET}double_blocks.0.img_attn.qkv.weight": (8, 8)}, "It is a Flux model."),
        ({"double_blocks.0.img_attn.qkv.weight": (8, 8)}, "It is a Flux model."),
        ({"something.else": (3,)}, "It is none of the kinds of files that the app knows."),
        ({}, "It is none of the kinds of files that the app knows."),
        (SD1 | {CROSS: (8, 512)}, "512 numbers for text and 0 for sizes fit no family"),
        (without(SDXL, [VECTOR]), "2048 numbers for text and 0 for sizes fit no family"),
        (SDXL | {"edm_mean": (1,)}, "EDM"),
        (without(SD1, [VAE]), "It has no VAE, so it is not a whole model."),
        (without(SD1, [SD1_TEXT]), "It has no text encoder, so it is not a whole model."),
        (without(SDXL, [VAE, SDXL_TEXTS[1]]), "It has no VAE and no second text encoder"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_says_what_it_is(tmp_path: Path, shapes: dict[str, Any], words: str) -> None:
    refusal = inspect_checkpoint(write_sparse(tmp_path / "m.safetensors", shapes)).refusal
    assert words in refusal
    assert refusal.endswith(".") and refusal.count(". ") == 0


def test_numbers_of_8_bit_are_too_coarse(tmp_path: Path) -> None:
    assert "8-bit" in inspect_checkpoint(write_sparse(tmp_path / "m.safetensors", SDXL, "F8_E4M3")).refusal


def test_averaged_weights_beside_the_model_are_not_counted(tmp_path: Path) -> None:
    plain = inspect_checkpoint(write_sparse(tmp_path / "m.safetensors", SD1))
    with_average = SD1 | {"model_ema.diffusion_modelinput_blocks00weight": (8, 4, 3, 3)}
    assert inspect_checkpoint(write_sparse(tmp_path / "e.safetensors", with_average)).parts == plain.parts
