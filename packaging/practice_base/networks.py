"""The Practice base's networks in the layout of diffusers' StableDiffusionPipeline, and how to write them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

Network = TypeVar("Network", bound=torch.nn.Module)

IMAGE_PX = 128
LATENT_PX = 32
LATENT_CHANNELS = 4
TEXT_WIDTH = 256
UNET_WIDTHS = (96, 160, 224)
# SD 1.x's own number: programs that write it into their code instead of reading vae/config.json stay right.
SCALING_FACTOR = 0.18215


def build_vae() -> AutoencoderKL:
    """A small autoencoder: (batch, 3, 128, 128) in -1..1 to latents (batch, 4, 32, 32) and back."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(32, 64, 128),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=16,
        sample_size=IMAGE_PX,
        scaling_factor=SCALING_FACTOR,
    )


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """CLIP's text encoder with 4 layers of width 256."""
    end = tokenizer.eos_token_id
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=4,
        num_attention_heads=4,
        max_position_embeddings=tokenizer.model_max_length,
        projection_dim=TEXT_WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=end,
        pad_token_id=end,
    )
    return CLIPTextModel(config)


def build_unet() -> UNet2DConditionModel:
    """The denoiser; all three levels attend to the text, because a LoRA trains those projections."""
    return UNet2DConditionModel(
        sample_size=LATENT_PX,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        layers_per_block=1,
        block_out_channels=UNET_WIDTHS,
        down_block_types=("CrossAttnDownBlock2D",) * 3,
        up_block_types=("CrossAttnUpBlock2D",) * 3,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=tuple(width // 32 for width in UNET_WIDTHS),  # heads, in diffusers' old naming
        norm_num_groups=32,
    )


def build_scheduler() -> DDIMScheduler:
    """SD's noise schedule. "trailing" starts a sample at pure noise, as training saw it."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        timestep_spacing="trailing",
    )


@torch.no_grad()
def normalise_latents(vae: AutoencoderKL, mean: Tensor, deviation: Tensor) -> None:
    """Folds a shift and scale of each latent channel into the VAE's 1x1 convolutions; pictures stay the same.

    Afterwards `latents * SCALING_FACTOR` have mean 0 and deviation 1 in each channel, and the encoder's
    variance is set so small (log variance -12) that `latent_dist.sample()` is the mean.

    Args:
        vae: Changed in place.
        mean: Mean of each channel before the change. Shape (4,), float32.
        deviation: Standard deviation of each channel before the change. Shape (4,), float32.
    """
    scale = deviation * SCALING_FACTOR
    channels = len(mean)
    quant, post_quant = vae.quant_conv, vae.post_quant_conv
    quant.weight[:channels] /= scale.view(-1, 1, 1, 1)
    quant.bias[:channels] = (quant.bias[:channels] - mean) / scale
    quant.weight[channels:] = 0
    quant.bias[channels:] = -12
    post_quant.bias += (post_quant.weight[:, :, 0, 0] * mean).sum(1)
    post_quant.weight *= scale.view(1, -1, 1, 1)


def write_base(
    out_dir: Path,
    vae: AutoencoderKL,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    tokenizer_dir: Path,
) -> None:
    """Writes copies of the networks as fp16 safetensors; `out_dir` is replaced only when all is written."""
    new_dir = out_dir.with_name(out_dir.name + ".new")
    shutil.rmtree(new_dir, ignore_errors=True)
    pipeline = StableDiffusionPipeline(
        vae=half_copy(vae, build_vae()),
        text_encoder=half_copy(text_encoder, CLIPTextModel(text_encoder.config)),
        tokenizer=CLIPTokenizer.from_pretrained(tokenizer_dir),
        unet=half_copy(unet, build_unet()),
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(new_dir, safe_serialization=True)
    shutil.rmtree(new_dir / "tokenizer")  # the library's copy is indented and twice as large
    shutil.copytree(tokenizer_dir, new_dir / "tokenizer")
    shutil.rmtree(out_dir, ignore_errors=True)
    new_dir.rename(out_dir)


def half_copy(source: Network, empty: Network) -> Network:
    """`empty` filled with `source`'s weights, on the CPU in float16."""
    weights = {
        name: value.detach().to("cpu", torch.float16).contiguous() for name, value in source.state_dict().items()
    }
    empty.half().load_state_dict(weights)
    return empty.eval()
