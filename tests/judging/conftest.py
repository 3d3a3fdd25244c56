"""A very small base model with random weights, an adapter for it, and the pictures that ship with the app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import convert_state_dict_to_diffusers
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from lora_studio.embedded import sample_project
from lora_studio.judging.adapter import style_features
from lora_studio.judging.sampling import read_pictures

SIZE_PX = 128
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shipped() -> dict[str, Tensor]:
    """The four folders of pictures that ship, at the size the Practice base draws."""
    projects = {kind: sample_project(kind) for kind in ("style", "character")}
    return {
        f"{kind}/{folder.name}": read_pictures(folder, SIZE_PX)
        for kind, project in projects.items()
        for folder in (project.images_dir, project.held_back_dir)
    }


@pytest.fixture(scope="session")
def style_seen(shipped: dict[str, Tensor]) -> dict[str, Tensor]:
    """Style features of every other shipped picture, looked at once."""
    names = ("style/images", "style/held_back", "character/images")
    return {name: style_features(shipped[name][::2]) for name in names}


@pytest.fixture(scope="session")
def tiny_base_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole Stable Diffusion of 0.1 M parameters that draws noise of 16 px."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny_base")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)] + [","]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    words = {token: index for index, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(words), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    text_config = CLIPTextConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=words["<|startoftext|>"],
        eos_token_id=words["<|endoftext|>"],
    )
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=(8, 8),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            norm_num_groups=4,
            latent_channels=4,
        ),
        text_encoder=CLIPTextModel(text_config),
        tokenizer=CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77),
        unet=UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=8,
            norm_num_groups=4,
        ),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / "base")
    return folder / "base"


@pytest.fixture(scope="session")
def tiny_adapter_path(tiny_base_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter with weights large enough to be seen, saved by diffusers itself."""
    torch.manual_seed(1)
    unet = UNet2DConditionModel.from_pretrained(tiny_base_dir / "unet")
    unet.add_adapter(LoraConfig(r=2, init_lora_weights=False, target_modules=["to_q", "to_v", "to_out.0"]))
    folder = tmp_path_factory.mktemp("tiny_adapter")
    weights = convert_state_dict_to_diffusers(get_peft_model_state_dict(unet))
    StableDiffusionPipeline.save_lora_weights(folder, unet_lora_layers=weights, weight_name="tiny.safetensors")
    return folder / "tiny.safetensors"
