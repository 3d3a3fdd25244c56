"""One optimiser step: batches in, loss and gradient norm out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from lora_studio.adapters.lora import without_adapter
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.captions import without_trigger
from lora_studio.families.base import Components, Family
from lora_studio.runs.pictures import PictureEntry
from lora_studio.training.latents import LatentSource
from lora_studio.training.objective import add_noise, min_snr_weight, target_of, weighted_loss
from lora_studio.training.randomness import derived_seed, integers, normal, uniform
from lora_studio.training.text import TextSource


class NonFinite(Exception):
    """A loss, gradient or weight left the range of numbers; the trainer goes back to the last save point."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step measured: the weighted loss and the gradient's norm before clipping."""

    loss: float
    gradient_norm: float


class TrainingStep:
    """Draws noise, timesteps, mirrored and wordless looks from (seed, step), and moves the adapter once."""

    def __init__(
        self,
        config: TrainingConfig,
        family: Family,
        components: Components,
        pictures: Sequence[PictureEntry],
        latents: LatentSource,
        text: TextSource,
        accelerator: Accelerator,
        unet: nn.Module,
        optimizer: torch.optim.Optimizer,
        parameters: Sequence[nn.Parameter],
    ) -> None:
        self._config = config
        self._family = family
        self._components = components
        self._pictures = pictures
        self._latents = latents
        self._text = text
        self._accelerator = accelerator
        self._device = accelerator.device
        self._unet = unet
        self._optimizer = optimizer
        self._parameters = list(parameters)

    def __call__(self, step: int, attempt: int, batches: Sequence[Sequence[int]]) -> StepResult:
        """Takes optimiser step `step`; `attempt` counts the times the run went back, and changes the noise.

        Raises:
            NonFinite: The loss, the gradient or what the adapter became is not a number. Only going back to a
                save point makes adapter and optimiser usable again.
        """
        torch.manual_seed(derived_seed(self._config.seed, step, attempt, "layers"))  # the adapter's own dropout
        picture_count = sum(len(batch) for batch in batches)
        total = 0.0
        for micro, batch in enumerate(batches):
            loss = self._loss(batch, (self._config.seed, step, attempt, micro)) * (len(batch) / picture_count)
            self._accelerator.backward(loss)
            total += float(loss.detach())
        norm = self._gradient_norm()
        if not (math.isfinite(total) and self._can_follow(norm)):
            self._optimizer.zero_grad(set_to_none=True)
            if self._accelerator.scaler is not None:
                self._accelerator.scaler.update()  # without it the scaler refuses the next step's gradients
            raise NonFinite
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            if not bool(torch.isfinite(torch.nn.utils.get_total_norm(self._parameters))):
                raise NonFinite
        return StepResult(total, float(norm))

    def _can_follow(self, norm: Tensor) -> bool:
        """Whether the optimiser may be given this gradient.

        In fp16 an overflow is usual: the scaler skips the step and halves its scale. At a scale of 1 there is
        nothing left to halve, and every later step would be skipped without a word.
        """
        scaler = self._accelerator.scaler
        return bool(torch.isfinite(norm)) or (scaler is not None and scaler.get_scale() > 1)

    def _gradient_norm(self) -> Tensor:
        limit = self._config.objective.max_gradient_norm or float("inf")
        norm = self._accelerator.clip_grad_norm_(self._parameters, limit)
        return norm if isinstance(norm, Tensor) else torch.tensor(float(norm or 0.0))

    def _loss(self, batch: Sequence[int], draw: tuple[int, int, int, int]) -> Tensor:
        settings = self._config.dataset
        count = len(batch)
        mirrored = (uniform(count, *draw, "mirror") < 0.5).tolist() if settings.flip else [False] * count
        wordless = (uniform(count, *draw, "caption") < settings.caption_dropout).tolist()
        kept = uniform(count, *draw, "keep") < self._config.objective.keep_base_share
        shape = (count, *self._latents.shape(batch[0]))
        latents = self._latents.batch(batch, mirrored, normal(shape, *draw, "vae"))
        captions = [
            "" if drop else self._caption(index, keep)
            for index, drop, keep in zip(batch, wordless, kept.tolist(), strict=True)
        ]
        noise = normal(shape, *draw, "noise")
        if self._config.objective.noise_offset:
            offset = normal((count, shape[1], 1, 1), *draw, "offset")
            noise = noise + self._config.objective.noise_offset * offset
        noise_levels = len(self._components.alphas_cumprod)
        timesteps = integers(count, noise_levels, *draw, "timestep")
        # What a picture becomes is decided while it is mostly noise, and there the latents are hardly the set's own.
        timesteps[kept] = noise_levels // 2 + timesteps[kept] // 2
        levels = self._components.alphas_cumprod[timesteps]
        noisy = add_noise(latents, noise, levels)
        target = target_of(latents, noise, levels, self._config.base.prediction)
        if bool(kept.any()):
            chosen = kept.nonzero()[:, 0].tolist()
            conditioning = self._conditioning([captions[i] for i in chosen], [batch[i] for i in chosen])
            target[kept] = self._base_answer(noisy[kept], timesteps[kept], conditioning)
        return weighted_loss(
            self._answer(noisy, timesteps, self._conditioning(captions, batch)),
            target.to(self._device),
            self._weight(levels),
        )

    def _caption(self, index: int, keep: bool) -> str:
        caption = self._pictures[index].caption
        return without_trigger(caption, self._config.dataset.trigger) if keep else caption

    def _conditioning(self, captions: Sequence[str], batch: Sequence[int]) -> dict[str, Tensor]:
        placements = [self._pictures[index].placement for index in batch]
        return self._family.with_sizes(self._text.conditioning(captions), placements)

    def _base_answer(self, noisy: Tensor, timesteps: Tensor, conditioning: dict[str, Tensor]) -> Tensor:
        """What the base alone answers, float32 on the CPU: the goal of looks without the trigger word."""
        with torch.no_grad(), without_adapter(self._components.networks()):
            return self._answer(noisy, timesteps, conditioning).float().cpu()

    def _answer(self, noisy: Tensor, timesteps: Tensor, conditioning: dict[str, Tensor]) -> Tensor:
        return predict(self._family, self._components, self._unet, noisy, timesteps, conditioning, self._device)

    def _weight(self, levels: Tensor) -> Tensor:
        gamma, prediction = self._config.objective.min_snr_gamma, self._config.base.prediction
        return min_snr_weight(levels, gamma, prediction).to(self._device)


def predict(
    family: Family,
    components: Components,
    unet: nn.Module,
    noisy: Tensor,
    timesteps: Tensor,
    conditioning: dict[str, Tensor],
    device: torch.device,
) -> Tensor:
    """The UNet's answer on its own device, given tensors from anywhere; shaped as `noisy`."""
    moved = {
        # Whole numbers stay: in 16 bit a size of 1,001 pixels would be another one.
        name: tensor.to(device, components.dtype) if tensor.is_floating_point() else tensor.to(device)
        for name, tensor in conditioning.items()
    }
    return family.predict(unet, noisy.to(device, components.dtype), timesteps.to(device), moved)


def diffusion_loss(
    config: TrainingConfig,
    family: Family,
    components: Components,
    unet: nn.Module,
    latents: Tensor,
    noise: Tensor,
    timesteps: Tensor,
    conditioning: dict[str, Tensor],
    device: torch.device,
) -> Tensor:
    """The weighted loss of one batch, shape (), float32.

    Args:
        latents: Clean and scaled, (batch, channels, height, width), float32 on the CPU.
        noise: Shaped alike.
        timesteps: (batch,), int64.
    """
    levels = components.alphas_cumprod[timesteps]
    prediction = config.base.prediction
    target = target_of(latents, noise, levels, prediction)
    weight = min_snr_weight(levels, config.objective.min_snr_gamma, prediction)
    answer = predict(family, components, unet, add_noise(latents, noise, levels), timesteps, conditioning, device)
    return weighted_loss(answer, target.to(device), weight.to(device))
