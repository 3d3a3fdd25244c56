"""SD 1.x, SD 2.x and SDXL with few and narrow layers and random weights, in both layouts.

What tells the families apart is as in the real ones: the width of the text, and SDXL's two encoders and sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from ldm_layout import ldm_tensors
from tiny_base import tiny_tokenizer
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_studio.embedded.clip_vocabulary import Vocabulary

CROSS, PLAIN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, PLAIN_UP = "CrossAttnUpBlock2D", "UpBlock2D"
FOUR_LEVELS = {
    "block_out_channels": (16, 16, 32, 32),
    "down_block_types": (CROSS, CROSS, CROSS, PLAIN),
    "up_block_types": (PLAIN_UP, CROSS_UP, CROSS_UP, CROSS_UP),
}
UNETS: dict[str, dict[str, Any]] = {
    "sd1": {**FOUR_LEVELS, "cross_attention_dim": 768, "attention_head_dim": 4},
    "sd2": {**FOUR_LEVELS, "cross_attention_dim": 1024, "attention_head_dim": (2, 2, 4, 4),
            "use_linear_projection": True},
    "sdxl": {"block_out_channels": (16, 16, 32), "cross_attention_dim": 2048, "attention_head_dim": (2, 2, 4),
             "down_block_types": (PLAIN, CROSS, CROSS), "up_block_types": (CROSS_UP, CROSS_UP, PLAIN_UP),
             "transformer_layers_per_block": (1, 1, 2), "use_linear_projection": True,
             "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
             "projection_class_embeddings_input_dim": 2816},
}  # fmt: skip
TEXTS: dict[str, dict[str, tuple[type, int]]] = {
    "sd1": {"text_encoder": (CLIPTextModel, 768)},
    "sd2": {"text_encoder": (CLIPTextModel, 1024)},
    "sdxl": {"text_encoder": (CLIPTextModel, 768), "text_encoder_2": (CLIPTextModelWithProjection, 1280)},
}


def tiny_vocabulary() -> Vocabulary:
    """The words of the tiny bases, as the vocabulary of models in one file."""
    return Vocabulary(dict(tiny_tokenizer().get_vocab()), [])


def tiny_networks(family: str) -> dict[str, torch.nn.Module]:
    """The same numbers every time. Encoders have two layers, since SDXL takes the last but one."""
    torch.manual_seed(0)
    vocabulary = len(tiny_tokenizer())
    networks: dict[str, torch.nn.Module] = {
        "unet": UNet2DConditionModel(sample_size=8, layers_per_block=2, norm_num_groups=8, **UNETS[family]),
        "vae": AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
            block_out_channels=(8, 8, 16), norm_num_groups=4, layers_per_block=2, sample_size=32,
        ),
    }  # fmt: skip
    for name, (network_class, width) in TEXTS[family].items():
        networks[name] = network_class(
            CLIPTextConfig(
                vocab_size=vocabulary, hidden_size=width, intermediate_size=64, num_hidden_layers=2,
                num_attention_heads=4, projection_dim=width, bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1,
            )
        )  # fmt: skip
    return networks


def write_tiny_folder(folder: Path, family: str, variant: str | None = None, **scheduler: Any) -> Path:
    """Writes the base in the diffusers layout; `scheduler` are settings like `prediction_type`."""
    networks = tiny_networks(family)
    tokenizers = {name.replace("text_encoder", "tokenizer"): tiny_tokenizer() for name in TEXTS[family]}
    settings = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
    noise_levels = DDPMScheduler(**settings, clip_sample=False, **scheduler)
    if family == "sdxl":
        pipeline = StableDiffusionXLPipeline(**networks, **tokenizers, scheduler=noise_levels)
    else:
        pipeline = StableDiffusionPipeline(
            **networks, **tokenizers, scheduler=noise_levels, safety_checker=None, feature_extractor=None,
            requires_safety_checker=False,
        )  # fmt: skip
    pipeline.save_pretrained(folder, variant=variant)
    return folder


def write_tiny_file(
    path: Path,
    family: str,
    networks: Mapping[str, torch.nn.Module] | None = None,
    marks: tuple[str, ...] = (),
    metadata: dict[str, str] | None = None,
) -> Path:
    """Writes the base as one file in the original layout; `marks` are empty tensors such as `v_pred`."""
    tensors = ldm_tensors(family, networks or tiny_networks(family))
    tensors |= {mark: torch.zeros(0) for mark in marks}
    safetensors.torch.save_file(tensors, path, metadata)
    return path
