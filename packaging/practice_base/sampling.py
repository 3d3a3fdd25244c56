"""Draws samples from the base's networks, many at a time."""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from networks import LATENT_PX, SCALING_FACTOR, build_scheduler
from PIL import Image
from sets import GRID_STYLES, GRID_SUBJECTS
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from lora_studio.families.drawing import sampler
from lora_studio.training.precision import drawing_dtype

STEPS = 20
GUIDANCE = 5.0


def grid_prompt(subject: str, style: str) -> str:
    """The prompt of one cell of the fixed grid."""
    return f"a {subject}, {style}, white background"


@torch.no_grad()
def sample(
    vae: AutoencoderKL,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    tokenizer: CLIPTokenizer,
    prompts: list[str],
    seed: int = 0,
    steps: int = STEPS,
    guidance: float = GUIDANCE,
) -> Tensor:
    """Pictures for prompts. Shape (prompts, 3, 128, 128), float32 in 0..1, on the CPU.

    With the app's own sampler. The first noise is drawn on the CPU from `seed`, so that a GPU gives the same pictures
    up to rounding.
    """
    device = unet.device
    length = tokenizer.model_max_length
    texts = [*prompts, *[""] * len(prompts)]
    token_ids = tokenizer(texts, padding="max_length", truncation=True, max_length=length, return_tensors="pt")
    noise = torch.randn(len(prompts), 4, LATENT_PX, LATENT_PX, generator=torch.Generator().manual_seed(seed))
    scheduler = sampler(build_scheduler())
    scheduler.set_timesteps(steps)
    with torch.autocast(device.type, torch.bfloat16, enabled=drawing_dtype(device) == torch.bfloat16):
        text = text_encoder(token_ids["input_ids"].to(device))[0]
        latents = noise.to(device)
        for timestep in scheduler.timesteps:
            both = unet(torch.cat([latents, latents]), timestep.to(device), text).sample.float()
            conditional, unconditional = both.chunk(2)
            guided = unconditional + guidance * (conditional - unconditional)
            latents = scheduler.step(guided, timestep, latents).prev_sample
        pictures = vae.decode(latents / SCALING_FACTOR).sample.float()
    return (pictures.clamp(-1, 1) / 2 + 0.5).cpu()


def sample_grid(
    vae: AutoencoderKL,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    tokenizer: CLIPTokenizer,
    subjects: tuple[str, ...] = GRID_SUBJECTS,
    seed: int = 0,
) -> Image.Image:
    """The fixed grid: a row for each subject, a column for each style."""
    prompts = [grid_prompt(subject, style) for subject in subjects for style in GRID_STYLES.values()]
    return tile(sample(vae, text_encoder, unet, tokenizer, prompts, seed), len(GRID_STYLES))


def tile(pictures: Tensor, columns: int) -> Image.Image:
    """Pictures (count, 3, height, width) in 0..1 laid out in rows."""
    count, _, height, width = pictures.shape
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * width, rows * height), "white")
    values = (pictures * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    for index, value in enumerate(values):
        sheet.paste(Image.fromarray(value), (index % columns * width, index // columns * height))
    return sheet
