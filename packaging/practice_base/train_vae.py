"""Trains the Practice base's autoencoder, alone and first.

    train.py vae DATA_DIR OUT_DIR --seconds 230

Writes OUT_DIR/vae (fp16) and OUT_DIR/vae.png: unseen pictures above, their reconstructions below. Trained
with the latent noise of a KL autoencoder it stays grey and soft; nearly deterministic, as here, it needs
about a hundredth of the pictures (measured).
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from networks import build_vae, half_copy, normalise_latents
from pictures import PictureBank, composite, random_placement
from PIL import Image
from torch import Tensor

log = logging.getLogger(__name__)

BATCH = 128
CROP_PX = 64
WHOLE_BATCH = 48
WHOLE_SHARE = 0.2  # whole pictures at the end, so that flat backgrounds and the borders are right
LEARNING_RATE = 8e-4
LATENT_NOISE = 0.02
LATENT_ENERGY_WEIGHT = 1e-4
UNSEEN_SETS = ("noto-v1", "cyber", "adventurer", "toonHead")

Autoencode = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def train_vae(data_dir: Path, out_dir: Path, seconds: float, device: str, limit: int = 0) -> AutoencoderKL:
    """Trains for `seconds`, compilation not counted; writes OUT_DIR/vae and OUT_DIR/vae.png."""
    bank = PictureBank.load(data_dir, "train", device, limit)
    unseen = PictureBank.load(data_dir, "unseen", device, limit)
    vae = build_vae().to(device)
    if device == "cuda":
        vae = vae.to(memory_format=torch.channels_last)
    steps = _optimise(vae, bank, seconds, device)
    vae.eval().requires_grad_(False)
    mean, deviation = _latent_statistics(vae, bank, device)
    log.info("latent means %s deviations %s", _rounded(mean), _rounded(deviation))
    normalise_latents(vae, mean, deviation)
    half = half_copy(vae.to(memory_format=torch.contiguous_format), build_vae())
    out_dir.mkdir(parents=True, exist_ok=True)
    half.save_pretrained(out_dir / "vae", safe_serialization=True)
    log.info("VAE %d steps; PSNR of training pictures %.2f dB", steps, measure_psnr(vae, bank, device, 512))
    for name, value in unseen_psnr(vae, unseen, device).items():
        log.info("PSNR unseen %s %.2f dB", name, value)
    _draw_reconstructions(vae, unseen, device, out_dir / "vae.png")
    return vae


def unseen_psnr(vae: AutoencoderKL, unseen: PictureBank, device: str, per_set: int = 128) -> dict[str, float]:
    """Mean PSNR in dB of each unseen set, and of all of them with equal weight ("all")."""
    result = {}
    for name in UNSEEN_SETS:
        rows = [row for row, record in enumerate(unseen.records) if record.set == name]
        rows = rows[:: max(1, len(rows) // per_set)][:per_set]
        one_set = PictureBank([unseen.records[row] for row in rows], unseen.rgba[rows])
        result[name] = measure_psnr(vae, one_set, device, per_set)
    result["all"] = sum(result.values()) / len(result)
    return result


@torch.no_grad()
def measure_psnr(vae: AutoencoderKL, bank: PictureBank, device: str, count: int) -> float:
    """Mean over pictures of 10 log10(peak^2 / MSE), in dB, on white, encoder's mean, float32."""
    rows = torch.arange(0, len(bank), max(1, len(bank) // count), device=device)[:count]
    values = []
    for part in rows.split(64):
        pictures = bank.on_white(part)
        error = (reconstruct(vae, pictures) - pictures).square().mean((1, 2, 3))
        values.append(10 * torch.log10(4 / error))  # peak to peak is 2
    return torch.cat(values).mean().item()


@torch.no_grad()
def reconstruct(vae: AutoencoderKL, pictures: Tensor) -> Tensor:
    """Encodes and decodes; float32 in -1..1, same shape."""
    return vae.decode(vae.encode(pictures).latent_dist.mode()).sample.float().clamp(-1, 1)


def _optimise(vae: AutoencoderKL, bank: PictureBank, seconds: float, device: str) -> int:
    """The training loop: crops first, whole pictures for the last fifth. Returns the number of steps."""
    autoencode = _compiled(vae, bank, device)
    optimizer = torch.optim.AdamW(vae.parameters(), LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-3)
    draw = random.Random(0)
    step, started = 0, time.monotonic()
    while (elapsed := time.monotonic() - started) < seconds:
        done = elapsed / seconds
        rate = LEARNING_RATE * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6
        for group in optimizer.param_groups:
            group["lr"] = rate
        pictures = _random_batch(bank, device, draw, is_whole=done > 1 - WHOLE_SHARE)
        loss, distance = _loss(autoencode, pictures, device)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 500 == 0:
            log.info("vae step %d, %.0f s, mean distance %.4f", step, elapsed, distance.item())
    return step


def _compiled(vae: AutoencoderKL, bank: PictureBank, device: str) -> Autoencode:
    """The autoencoder as one function, compiled on a GPU for both picture sizes before the clock starts."""

    def autoencode(pictures: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        mean = vae.encode(pictures).latent_dist.mean
        return vae.decode(mean + noise).sample, mean

    if device != "cuda":
        return autoencode
    compiled = torch.compile(autoencode, dynamic=False)
    for is_whole in (False, True):
        loss, _ = _loss(compiled, _random_batch(bank, device, random.Random(0), is_whole), device)
        loss.backward()
        vae.zero_grad()
    log.info("VAE compiled")
    return compiled


def _random_batch(bank: PictureBank, device: str, draw: random.Random, is_whole: bool) -> Tensor:
    """Pictures on random backgrounds, (batch, 3, 64 or 128, ...), in -1..1."""
    count = WHOLE_BATCH if is_whole else BATCH
    rows = torch.randint(0, len(bank), (count,), device=device)
    placement = random_placement(count, (0.7, 1.7), 0.25, device, mirrored_share=0.5)
    pictures = composite(bank.rgba[rows], _random_backgrounds(count, device), placement)
    if draw.random() < 0.3:  # swapped channels: colours that icons rarely have
        pictures = pictures[:, draw.sample(range(3), 3)]
    if not is_whole:
        top, left = draw.randrange(16, 49), draw.randrange(16, 49)
        pictures = pictures[:, :, top : top + CROP_PX, left : left + CROP_PX]
    return pictures.contiguous(memory_format=torch.channels_last)


def _random_backgrounds(count: int, device: str) -> Tensor:
    """White for 40 %, else one colour; three in ten run into a second colour from left to right."""
    first, second = torch.rand(2, count, 3, 1, 1, device=device)
    is_white = torch.rand(count, 1, 1, 1, device=device) < 0.4
    first = torch.where(is_white, torch.ones_like(first), first)
    has_gradient = (torch.rand(count, 1, 1, 1, device=device) < 0.3).float()
    ramp = torch.linspace(0, 1, 128, device=device).view(1, 1, 1, -1)
    return (first + has_gradient * ramp * (second - first)).expand(-1, -1, 128, -1)


def _loss(autoencode: Autoencode, pictures: Tensor, device: str) -> tuple[Tensor, Tensor]:
    """Distance of the reconstruction and of its edges, and a little latent energy: (loss, mean distance)."""
    noise_shape = (len(pictures), 4, pictures.shape[2] // 4, pictures.shape[3] // 4)
    noise = LATENT_NOISE * torch.randn(noise_shape, device=device)
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        output, mean = autoencode(pictures, noise)
    difference = output.float() - pictures
    distance = difference.abs().mean()
    edges = difference.diff(dim=3).abs().mean() + difference.diff(dim=2).abs().mean()
    energy = mean.float().square().mean()
    return (
        distance + 2 * difference.square().mean() + edges + LATENT_ENERGY_WEIGHT * energy,
        distance.detach(),
    )


@torch.no_grad()
def _latent_statistics(vae: AutoencoderKL, bank: PictureBank, device: str) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each latent channel over pictures on white and on colours. Two (4,) tensors."""
    rows = torch.arange(0, len(bank), max(1, len(bank) // 2048), device=device)
    latents = []
    for index, part in enumerate(rows.split(64)):
        pictures = bank.on_white(part)
        if index % 2:
            pictures = composite(bank.rgba[part], torch.rand(len(part), 3, 1, 1, device=device))
        latents.append(vae.encode(pictures).latent_dist.mean.float())
    joined = torch.cat(latents)
    return joined.mean((0, 2, 3)), joined.std((0, 2, 3))


def _draw_reconstructions(vae: AutoencoderKL, unseen: PictureBank, device: str, path: Path) -> None:
    rows = torch.arange(0, len(unseen), max(1, len(unseen) // 16), device=device)[:16]
    pictures = unseen.on_white(rows)
    both = torch.stack([pictures, reconstruct(vae, pictures)])  # (2, pictures, 3, height, width)
    values = (both.permute(0, 3, 1, 4, 2).cpu().numpy() * 127.5 + 127.5).round().astype(np.uint8)
    height, width = values.shape[1], values.shape[2] * values.shape[3]
    Image.fromarray(values.reshape(2 * height, width, 3)).save(path)


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 3) for value in values.tolist()]
