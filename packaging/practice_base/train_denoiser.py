"""Trains the Practice base's text encoder and UNet together, on latents of the finished VAE.

    train.py denoiser DATA_DIR OUT_DIR --tokenizer TOKENIZER_DIR --seconds 1400

Writes OUT_DIR/base (the whole pipeline folder, averaged weights, fp16) every four minutes and at the end, a
grid of samples beside it, and OUT_DIR/state.pt, from which the same command goes on. A file OUT_DIR/finish
with a number in it ends training after that many seconds, learning rate brought down in them.
Under `torchrun --nproc-per-node N` every GPU trains on its own batches and the gradients are averaged.
"""

from __future__ import annotations

import copy
import logging
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from captions import Record, write_caption
from diffusers import AutoencoderKL, UNet2DConditionModel
from networks import SCALING_FACTOR, build_scheduler, build_text_encoder, build_unet, write_base
from pictures import PictureBank, background_colours, composite, random_placement
from sampling import sample_grid
from sets import BACKGROUNDS, DARK_SETS, GRID_SUBJECTS, ICON_SETS
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

log = logging.getLogger(__name__)

BATCH = 512
LEARNING_RATE = 6e-4
WARMUP_STEPS = 500
DECAY_SHARE = 0.3  # of the time; the rate is constant before
MIN_SNR_GAMMA = 5.0  # Hang et al. 2023, arXiv:2303.09556
EMPTY_CAPTION_SHARE = 0.1
PLACEMENTS = 8  # latents kept of each picture: the first on white and unmoved
CAPTIONS = 3  # captions kept of each latent
AVERAGE_EVERY = 10  # steps
AGREE_EVERY = 10  # steps
AVERAGE_DECAY = 0.995  # per update, so 0.9995 per step
EXPORT_EVERY_S = 240.0


def train_denoiser(
    data_dir: Path,
    out_dir: Path,
    tokenizer_dir: Path,
    seconds: float,
    device: str,
    limit: int = 0,
    batch: int = BATCH,
    decay_share: float = DECAY_SHARE,
    start_dir: Path | None = None,
    min_snr_gamma: float = MIN_SNR_GAMMA,
    seed: int = 0,
) -> None:
    """Trains for `seconds` after data and compilation; needs OUT_DIR/vae.

    With `start_dir`, an exported base, it goes on from those weights; the optimizer starts anew.
    OUT_DIR/state.pt, when there is one, wins: it holds the optimizer too.
    """
    vae = AutoencoderKL.from_pretrained(out_dir / "vae").float().to(device).eval().requires_grad_(False)
    tokenizer = CLIPTokenizer.from_pretrained(tokenizer_dir)
    bank = PictureBank.load(data_dir, "train", device, limit)
    examples = Examples.build(bank, vae, tokenizer, device, seed)
    log.info("latents %s, captions such as %s", tuple(examples.latents.shape), examples.shown)
    del bank
    denoiser = _start_denoiser(tokenizer, start_dir, min_snr_gamma).to(device)
    training = Training(denoiser, device)
    state_path = out_dir / "state.pt"
    if state_path.exists():
        training.load(state_path)
    loss_of = _compiled(denoiser, examples, batch, device)
    schedule = Schedule(seconds, decay_share, out_dir / "finish", training.trained_s)
    torch.manual_seed(100 * seed + _rank())  # other pictures and noise on each GPU
    pictures_per_step = batch * _gpu_count()

    def export() -> None:
        if _rank() != 0:
            return
        average = training.average
        write_base(out_dir / "base", vae, average.text_encoder, average.unet, tokenizer_dir)
        subjects = GRID_SUBJECTS if device == "cuda" else GRID_SUBJECTS[:1]  # minutes on a CPU
        grid = sample_grid(vae, average.text_encoder, average.unet, tokenizer, subjects)
        grid.save(out_dir / "grid.jpg", quality=85)
        training.save(state_path)
        log.info("exported at step %d", training.step)

    exported = time.monotonic()
    done = 0.0
    while (done := _agree(schedule.done()) if training.step % AGREE_EVERY == 0 else done) < 1:
        training.set_rate(schedule.rate(done, training.step))
        loss = training.train_step(loss_of, *examples.draw(batch))
        if training.step % 200 == 0:
            training.trained_s = schedule.trained_s()
            speed = training.step * pictures_per_step / training.trained_s
            log.info(
                "step %d loss %.4f, %.0f pictures/s, %.2f M seen",
                training.step,
                loss,
                speed,
                training.step * pictures_per_step / 1e6,
            )
        if time.monotonic() - exported > EXPORT_EVERY_S:
            training.trained_s = schedule.trained_s()
            export()
            exported = time.monotonic()
    training.trained_s = schedule.trained_s()
    export()
    log.info(
        "finished: %d steps, %.2f M pictures seen in %.0f s",
        training.step,
        training.step * pictures_per_step / 1e6,
        training.trained_s,
    )
    (out_dir / "finished").touch()


class Denoiser(torch.nn.Module):
    """Text encoder and UNet as one function from a noisy batch to its loss."""

    def __init__(self, text_encoder: CLIPTextModel, unet: UNet2DConditionModel, min_snr_gamma: float) -> None:
        super().__init__()
        self.text_encoder = text_encoder
        self.unet = unet
        self._min_snr_gamma = min_snr_gamma
        self.register_buffer("alphas", build_scheduler().alphas_cumprod.clone(), persistent=False)

    def forward(self, latents: Tensor, noise: Tensor, timesteps: Tensor, token_ids: Tensor) -> Tensor:
        """Min-SNR weighted error of the predicted noise.

        Args:
            latents: Clean, mean 0, deviation 1. Shape (batch, 4, 32, 32), float32.
            noise: Same shape.
            timesteps: Shape (batch,), int64, 0..999.
            token_ids: Shape (batch, 77), int64.

        Returns:
            A float32 number.
        """
        alpha = self.alphas[timesteps].view(-1, 1, 1, 1)
        noisy = alpha.sqrt() * latents + (1 - alpha).sqrt() * noise
        text = self.text_encoder(token_ids)[0]
        dtype = self.unet.conv_in.weight.dtype
        noisy = noisy.to(dtype).contiguous(memory_format=torch.channels_last)
        prediction = self.unet(noisy, timesteps, text).sample.float()
        snr = alpha / (1 - alpha)
        weight = snr.clamp(max=self._min_snr_gamma) / snr
        return (weight * (prediction - noise).square()).mean()


class Training:
    """Weights in three copies: working (bfloat16 on a GPU), exact (what the optimizer moves) and averaged."""

    def __init__(self, denoiser: Denoiser, device: str) -> None:
        self.step = 0
        self.trained_s = 0.0
        if device == "cuda":
            denoiser.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(denoiser).eval().requires_grad_(False)
        self._exact = [parameter.detach().clone() for parameter in denoiser.parameters()]
        if device == "cuda":
            denoiser.to(torch.bfloat16)
            denoiser.alphas = self.average.alphas  # the noise schedule stays float32
        self._working = list(denoiser.parameters())
        self._gradients = torch.zeros(sum(exact.numel() for exact in self._exact), device=device)
        parts = self._gradients.split([exact.numel() for exact in self._exact])
        for exact, part in zip(self._exact, parts, strict=True):
            exact.grad = part.as_strided(exact.shape, exact.stride())
        self._optimizer = torch.optim.AdamW(
            self._exact, LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-2, fused=device == "cuda"
        )

    def set_rate(self, rate: float) -> None:
        """Sets the learning rate of the next step."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate

    def train_step(self, loss_of: torch.nn.Module, *batch: Tensor) -> Tensor:
        """One optimizer step; returns the loss without waiting for the GPU."""
        loss = loss_of(*batch)
        loss.backward()
        torch._foreach_copy_([exact.grad for exact in self._exact], [working.grad for working in self._working])
        for working in self._working:
            working.grad = None
        if dist.is_initialized():
            dist.all_reduce(self._gradients, dist.ReduceOp.AVG)
        torch.nn.utils.clip_grad_norm_(self._exact, 1.0)
        self._optimizer.step()
        with torch.no_grad():
            torch._foreach_copy_(self._working, self._exact)
        self.step += 1
        if self.step % AVERAGE_EVERY == 0:
            self._update_average()
        return loss.detach()

    def _update_average(self) -> None:
        updates = self.step // AVERAGE_EVERY
        decay = min(AVERAGE_DECAY, (1 + updates) / (10 + updates))
        torch._foreach_lerp_(list(self.average.parameters()), self._exact, 1 - decay)

    def save(self, path: Path) -> None:
        """Writes all that another process needs to go on."""
        state = {
            "step": self.step,
            "trained_s": self.trained_s,
            "exact": self._exact,
            "average": list(self.average.parameters()),
            "optimizer": self._optimizer.state_dict(),
        }
        new_path = path.with_suffix(".new")
        torch.save(state, new_path)
        new_path.rename(path)

    @torch.no_grad()
    def load(self, path: Path) -> None:
        """Goes on from a saved state."""
        state = torch.load(path, weights_only=True)
        self.step, self.trained_s = state["step"], state["trained_s"]
        torch._foreach_copy_(self._exact, state["exact"])
        torch._foreach_copy_(self._working, self._exact)
        torch._foreach_copy_(list(self.average.parameters()), state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        log.info("going on from step %d after %.0f s", self.step, self.trained_s)


class Schedule:
    """Time-driven learning rate: warm-up, constant, then a cosine down to 1 % that ends with the time."""

    def __init__(self, seconds: float, decay_share: float, finish_path: Path, trained_s: float) -> None:
        self._seconds = seconds
        self._finish_path = finish_path
        self._started = time.monotonic() - trained_s
        self._decay_start_s = seconds * (1 - decay_share)
        self._is_cut_short = False

    def trained_s(self) -> float:
        """Seconds trained, earlier runs counted in."""
        return time.monotonic() - self._started

    def done(self) -> float:
        """Share of the time that has passed; reads the `finish` file."""
        now = self.trained_s()
        if not self._is_cut_short and self._finish_path.exists():
            self._is_cut_short = True
            self._decay_start_s = min(self._decay_start_s, now)
            self._seconds = min(self._seconds, now + float(self._finish_path.read_text() or 60))
            log.info("asked to finish in %.0f s", self._seconds - now)
        return now / self._seconds

    def rate(self, done: float, step: int) -> float:
        """Learning rate at a share of the time and a step."""
        decay_start = self._decay_start_s / self._seconds
        warmup = min(1.0, (step + 1) / WARMUP_STEPS)
        if done <= decay_start:
            return LEARNING_RATE * warmup
        progress = (done - decay_start) / (1 - decay_start)
        return LEARNING_RATE * warmup * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * progress))))


@dataclass(slots=True)
class Examples:
    """Everything a batch is drawn from, on the device.

    `latents` (pictures, PLACEMENTS, 4, 32, 32) float16, deviation 1; `token_ids` (pictures, PLACEMENTS,
    CAPTIONS, 77) int16; `cumulative` (pictures,) ends at 1; `empty` (77,) int64.
    """

    latents: Tensor
    token_ids: Tensor
    cumulative: Tensor
    empty: Tensor
    shown: list[str]

    @classmethod
    def build(cls, bank: PictureBank, vae: AutoencoderKL, tokenizer: CLIPTokenizer, device: str, seed: int) -> Examples:
        """Encodes every picture PLACEMENTS times and writes its captions."""
        draw = random.Random(seed)
        backgrounds = [_choose_backgrounds(record, draw) for record in bank.records]
        latents = _encode(bank, backgrounds, vae, device)
        captions = [
            write_caption(record, background, draw)
            for record, names in zip(bank.records, backgrounds, strict=True)
            for background in names
            for _ in range(CAPTIONS)
        ]
        token_ids = torch.from_numpy(_tokenize(tokenizer, captions)).to(device)
        token_ids = token_ids.view(len(bank), PLACEMENTS, CAPTIONS, -1)
        empty = torch.from_numpy(_tokenize(tokenizer, [""])[0]).to(device).long()
        weights = torch.tensor(sampling_weights(bank.records), device=device, dtype=torch.float64)
        cumulative = (weights.cumsum(0) / weights.sum()).float()
        return cls(latents, token_ids, cumulative, empty, draw.sample(captions, 4))

    def draw(self, batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """A random batch: latents, noise, timesteps and token ids, as `Denoiser.forward` takes them."""
        device = self.latents.device
        rows = torch.searchsorted(self.cumulative, torch.rand(batch, device=device)).clamp(max=len(self.latents) - 1)
        placements = torch.randint(0, PLACEMENTS, (batch,), device=device)
        captions = torch.randint(0, CAPTIONS, (batch,), device=device)
        latents = self.latents[rows, placements].float()
        token_ids = self.token_ids[rows, placements, captions].long()
        is_empty = torch.rand(batch, 1, device=device) < EMPTY_CAPTION_SHARE
        token_ids = torch.where(is_empty, self.empty, token_ids)
        # Evenly spread over the batch instead of independent: the loss varies less.
        spread = (torch.arange(batch, device=device) + torch.rand(batch, device=device)) / batch
        timesteps = (spread * 1000).long().clamp(max=999)
        return latents, torch.randn_like(latents), timesteps, token_ids


def sampling_weights(records: list[Record]) -> list[float]:
    """How often each picture is drawn, relative to the others.

    Subjects drawn in many icon sets teach what a subject is apart from its style, so they come more often;
    variants by skin tone and random avatars come less often, and small sets more often than their size.
    """
    icon_sets = {picture_set.name for picture_set in ICON_SETS}
    sets_of_subject = Counter(subject for _, subject in {(r.set, r.subject) for r in records if r.set in icon_sets})
    pictures_of_set = Counter(record.set for record in records)
    weights = []
    for record in records:
        weight = (1000 / pictures_of_set[record.set]) ** 0.6
        if record.set not in icon_sets:
            weight *= 0.5
        else:
            weight *= {1: 0.8, 2: 1.0, 3: 1.4}.get(sets_of_subject[record.subject], 2.0)
        if record.set == "game-icons":
            weight *= 0.6
        if record.subject.endswith(" skin"):
            weight *= 0.5
        weights.append(weight)
    return weights


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def _gpu_count() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def _agree(value: float) -> float:
    """The first GPU's value, on all of them: their clocks differ, and all must end at the same step."""
    if not dist.is_initialized():
        return value
    shared = torch.tensor(value, device="cuda", dtype=torch.float64)
    dist.broadcast(shared, 0)
    return shared.item()


def _start_denoiser(tokenizer: CLIPTokenizer, start_dir: Path | None, min_snr_gamma: float) -> Denoiser:
    if start_dir is None:
        return Denoiser(build_text_encoder(tokenizer), build_unet(), min_snr_gamma)
    text_encoder = CLIPTextModel.from_pretrained(start_dir / "text_encoder").float()
    unet = UNet2DConditionModel.from_pretrained(start_dir / "unet").float()
    return Denoiser(text_encoder.train(), unet.train(), min_snr_gamma)


def _tokenize(tokenizer: CLIPTokenizer, captions: list[str]) -> np.ndarray:
    """Token ids of captions, padded. (captions, 77), int16. In parts: whole, lists fill the memory."""
    length = tokenizer.model_max_length
    parts = []
    for start in range(0, len(captions), 16384):
        batch = tokenizer(captions[start : start + 16384], padding="max_length", truncation=True, max_length=length)
        parts.append(np.asarray(batch["input_ids"], dtype=np.int16))
    return np.concatenate(parts)


def _choose_backgrounds(record: Record, draw: random.Random) -> list[str]:
    """One background name for each placement: white first, then white for four in ten."""
    names = [name for name in BACKGROUNDS if not (name == "black" and record.set in DARK_SETS)]
    others = [draw.choice(names) if draw.random() < 0.6 else "white" for _ in range(PLACEMENTS - 1)]
    return ["white", *others]


@torch.no_grad()
def _encode(bank: PictureBank, backgrounds: list[list[str]], vae: AutoencoderKL, device: str) -> Tensor:
    latents = torch.empty(len(bank), PLACEMENTS, 4, 32, 32, dtype=torch.float16, device=device)
    encoder = copy.deepcopy(vae).to(memory_format=torch.channels_last)
    for placement in range(PLACEMENTS):
        colours = background_colours([names[placement] for names in backgrounds], device)
        for start in range(0, len(bank), 256):
            part = slice(start, start + 256)
            rgba = bank.rgba[part]
            moved = random_placement(len(rgba), (0.82, 1.05), 0.06, device) if placement else None
            pictures = composite(rgba, colours[part], moved).contiguous(memory_format=torch.channels_last)
            with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
                mean = encoder.encode(pictures).latent_dist.mean
            latents[part, placement] = (mean.float() * SCALING_FACTOR).half()
    return latents


def _compiled(denoiser: Denoiser, examples: Examples, batch: int, device: str) -> torch.nn.Module:
    """The loss function, compiled on a GPU before the clock starts."""
    if device != "cuda":
        return denoiser
    started = time.monotonic()
    compiled = torch.compile(denoiser, dynamic=False)
    for _ in range(2):
        compiled(*examples.draw(batch)).backward()
        denoiser.zero_grad(set_to_none=True)
    torch.cuda.synchronize()
    log.info("compiled in %.0f s", time.monotonic() - started)
    return compiled
