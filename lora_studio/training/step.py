"""One optimiser step: batches in, loss and gradient norm out."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from lora_studio.adapters import picture_kernels
from lora_studio.adapters.blocks import AttentionChoice, lay_out_convolutions
from lora_studio.adapters.fused import FusedAdapter
from lora_studio.adapters.lora import without_adapter
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.captions import shuffle_tags, without_trigger
from lora_studio.families.base import Components, Family
from lora_studio.hardware.card_facts import Tuning
from lora_studio.runs.pictures import PictureEntry
from lora_studio.training.graphs import CudaRecorder, Inputs, Recorder, Replayed, answer_of, answering, compute_again
from lora_studio.training.group import Group
from lora_studio.training.latents import LatentSource
from lora_studio.training.masks import MaskSource
from lora_studio.training.objective import (
    add_noise,
    coarse_noise,
    coarser_sizes,
    logit_normal_share,
    loss_weight,
    target_of,
    weighted_loss,
)
from lora_studio.training.randomness import derived_seed, integers, normal, permutation, uniform
from lora_studio.training.text import TextSource


class NonFinite(Exception):
    """A loss, gradient or weight left the range of numbers; the trainer goes back to the last save point."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step measured: the weighted loss and the gradient's norm before clipping."""

    loss: float
    gradient_norm: float


Draw = tuple[int, int, int, int]  # seed, step, attempt, batch of the step: what every random number comes from


@dataclass(frozen=True, slots=True)
class Look:
    """A batch as the network is to see it, and what it should answer.

    Attributes:
        noisy: (batch, channels, height, width).
        timesteps: (batch,), int64.
        conditioning: What `Family.predict` takes.
        target: Shaped as `noisy`.
        weight: How much each sample counts, (batch,), or each place of it, (batch, 1, height, width).
    """

    noisy: Tensor
    timesteps: Tensor
    conditioning: dict[str, Tensor]
    target: Tensor
    weight: Tensor


LOOK_TENSORS = ("noisy", "timesteps", "target", "weight")  # the rest is conditioning


@dataclass(frozen=True, slots=True)
class FastWay:
    """What a step needs to be fast.

    Attributes:
        adapter: The adapter, with its numbers in a row.
        unet: The UNet as it learns; the step's own one may mix number formats.
        recorder: Records batches, which are replayed then; None goes through each anew.
    """

    adapter: FusedAdapter
    unet: Callable[..., Any]
    recorder: Recorder | None = None


def make_fast_way(
    config: TrainingConfig, components: Components, device: torch.device, tuning: Tuning | None = None
) -> FastWay:
    """Takes the adapter over, and records batches where a card can; before accelerate changes the UNet's forward.

    Layers compute as `tuning` found fastest on this card, by rules without it.
    """
    unet: Any = components.unet
    tuned = tuning or Tuning()
    recomputes, drops = config.precision.gradient_checkpointing, config.adapter.dropout > 0
    if recomputes and not drops:
        unet.enable_gradient_checkpointing(compute_again)
    if device.type == "cuda":
        # Compiled and tried now, where nothing is recorded or computed again.
        picture_kernels.can_compute(torch.empty(1, device=device, dtype=components.dtype))
        lay_out_convolutions(unet, {kernel.shape: kernel.is_turned for kernel in tuned.kernels})
    attention = AttentionChoice(tuned.self_attention, tuned.cross_attention, frozenset(tuned.cudnn_shapes))
    adapter = FusedAdapter(components.loaded_networks(), components.dtype, attention)
    is_alike = not (recomputes and drops)  # dropout computed twice has to keep a state
    can_record = device.type == "cuda" and torch.version.hip is None  # AMD's was never tried
    return FastWay(
        adapter,
        # Layers that are left to peft have float32 weights and need the mixing of formats that accelerate adds.
        unet if adapter.left_alone else unet.forward,
        CudaRecorder(device, components.room_bytes) if is_alike and can_record else None,
    )


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
        fast: FastWay | None = None,
        masks: MaskSource | None = None,
        group: Group | None = None,
        batches_of: Callable[[int], Sequence[Sequence[int]]] = lambda step: (),
    ) -> None:
        """With `batches_of` an optimiser step, the fast way makes the next one's noise while the card is busy.

        With `masks`, all pictures of one batch shape take the form with places, so that one recording fits them.

        In a `group` of processes each learns from its part of every batch, and all take the same step.
        """
        self._group = group or Group()
        self._config = config
        self._family = family
        self._components = components
        self._pictures = pictures
        self._latents = latents
        self._masks = masks
        self._text = text
        self._accelerator = accelerator
        self._device = accelerator.device
        self._unet = unet
        self._optimizer = optimizer
        self._parameters = list(parameters)
        self._fast = fast
        self._replayed: Replayed | None = None
        self._answers: Replayed | None = None
        self._batches_of = batches_of
        self._ahead: tuple[Any, list[Inputs | None]] | None = None
        if fast is not None and fast.recorder is not None:
            self._replayed = Replayed(partial(self._learn_inputs, fast), fast.recorder, self._device)
            forward = self._unet.forward if fast.adapter.left_alone else fast.unet
            self._answers = Replayed(partial(answer_of, forward), fast.recorder, self._device)
            components.make_way = self.make_way

    def make_room(self, needed_bytes: int) -> None:
        """Gives up memory that only steps use, where other work that needs so much would lack it."""
        for replayed in (self._replayed, self._answers):
            if replayed is not None:
                replayed.make_room(needed_bytes)

    def make_way(self) -> None:
        """Gives up all memory that only steps use."""
        self.make_room(sys.maxsize)

    def answering(self) -> AbstractContextManager[None]:
        """Inside the block the UNet answers without gradients from recordings, where steps have them."""
        return nullcontext() if self._answers is None else answering(self._components.unet, self._answers)

    def __call__(self, step: int, attempt: int, batches: Sequence[Sequence[int]]) -> StepResult:
        """Takes optimiser step `step`; `attempt` counts the times the run went back, and changes the noise.

        Raises:
            NonFinite: The loss, the gradient or what the adapter became is not a number. Only going back to a
                save point makes adapter and optimiser usable again.
        """
        rank = (self._group.rank,) if self._group.rank else ()  # another part of a batch drops other places
        torch.manual_seed(derived_seed(self._config.seed, step, attempt, "layers", *rank))  # the adapter's own dropout
        if self._fast is not None:
            self._fast.adapter.refresh()
            losses = [
                self._nothing() if inputs is None else self._learn(self._fast, inputs)
                for inputs in self._inputs(step, attempt, batches)
            ]
            return self._move_fused(self._fast.adapter, losses, lambda: self._look_ahead(step + 1, attempt))
        losses = []
        for look in self._looks(step, attempt, batches):
            if look is None:
                losses.append(self._nothing())
                continue
            loss = self._loss(look)
            self._accelerator.backward(loss)
            losses.append(loss.detach())
        return self._move(losses)

    def _looks(self, step: int, attempt: int, batches: Sequence[Sequence[int]]) -> Iterator[Look | None]:
        """This process's part of every batch, one after the other; their losses add up to that of the step."""
        picture_count = sum(len(batch) for batch in batches)
        for number, batch in enumerate(batches):
            look = self._part(self._look(batch, (self._config.seed, step, attempt, number)))
            yield None if look is None else replace(look, weight=look.weight * (len(batch) / picture_count))

    def _inputs(self, step: int, attempt: int, batches: Sequence[Sequence[int]]) -> Iterator[Inputs | None]:
        """The same as the network reads it, from what was made ahead if it was this."""
        if self._ahead is not None and self._ahead[0] == (step, attempt, batches):
            yield from self._ahead[1]
            return
        for look in self._looks(step, attempt, batches):
            yield None if look is None else self._inputs_of(look)

    def _inputs_of(self, look: Look) -> Inputs:
        """A look's tensors by name, with what the network reads in its own format."""
        dtype = self._components.dtype
        told = {"noisy": look.noisy, **look.conditioning}
        read = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in told.items()}
        inputs = {**read, "timesteps": look.timesteps, "target": look.target, "weight": look.weight}
        if self._device.type != "cuda":
            return inputs
        # A copy from other memory would wait for the card.
        return {name: tensor if tensor.is_cuda else tensor.pin_memory() for name, tensor in inputs.items()}

    def _look_ahead(self, step: int, attempt: int) -> None:
        """Makes the next step's inputs while the card is busy with this one, unless what is learned goes into them."""
        if self._text.learning:
            return
        batches = self._batches_of(step)
        self._ahead = ((step, attempt, batches), list(self._inputs(step, attempt, batches)))

    def _part(self, look: Look) -> Look | None:
        """What this process learns from of a batch; parts of all processes add up to its loss. None for no picture."""
        count = len(look.timesteps)
        rows = self._group.part(count)
        mine = len(look.timesteps[rows])
        if mine in (0, count):
            return look if mine else None
        return Look(
            look.noisy[rows],
            look.timesteps[rows],
            {name: tensor[rows] for name, tensor in look.conditioning.items()},
            look.target[rows],
            look.weight[rows] * (mine / count),
        )

    def _nothing(self) -> Tensor:
        """The loss of no picture, ()."""
        loss = torch.zeros((), device=self._device)
        if self._accelerator.scaler is not None:
            self._accelerator.scaler.scale(loss)  # which makes it ready, as a loss would
        return loss

    def _add_up_gradients(self) -> None:
        """The gradients of the whole batch, in all processes, for the plain way."""
        if self._group.count == 1:
            return
        for parameter in self._parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        row = torch.cat([gradient.flatten() for gradient in gradients])
        self._group.add_up(row)
        for gradient, whole in zip(gradients, torch.split(row, [part.numel() for part in gradients]), strict=True):
            gradient.copy_(whole.view_as(gradient))

    def _move(self, losses: Sequence[Tensor]) -> StepResult:
        self._add_up_gradients()
        loss = torch.stack(list(losses)).sum()
        self._group.add_up(loss)
        total = float(loss)
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

    def _move_fused(self, fused: FusedAdapter, losses: Sequence[Tensor], meanwhile: Callable[[], None]) -> StepResult:
        """Clips and steps on the row of all gradients, does something `meanwhile`, and waits for the card once.

        The optimiser may have taken a gradient that is not a number by then: whoever catches `NonFinite` goes back.
        """
        self._group.add_up(fused.gradients)
        whole_loss = torch.stack(list(losses)).sum()
        self._group.add_up(whole_loss)
        scaler = self._accelerator.scaler
        if scaler is not None:
            self._accelerator.unscale_gradients(self._optimizer)
        norm = torch.linalg.vector_norm(fused.gradients)
        if scaler is not None and not self._can_follow(norm):
            fused.clear_gradients()
            scaler.update()
            raise NonFinite
        if limit := self._config.objective.max_gradient_norm:
            fused.gradients.mul_((limit / (norm + 1e-6)).clamp(max=1.0))  # as torch's clip_grad_norm_ has it
        self._optimizer.step()
        fused.clear_gradients()
        measured = torch.stack([whole_loss, norm, torch.linalg.vector_norm(fused.weights)])
        meanwhile()
        loss, gradient_norm, size = measured.tolist()
        if not (math.isfinite(loss) and math.isfinite(size) and (scaler is not None or math.isfinite(gradient_norm))):
            raise NonFinite
        return StepResult(loss, gradient_norm)

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

    def _loss(self, look: Look) -> Tensor:
        return self._loss_of(look, self._answer(look.noisy, look.timesteps, look.conditioning))

    def _loss_of(self, look: Look, answer: Tensor) -> Tensor:
        objective = self._config.objective
        return weighted_loss(
            answer,
            look.target.to(self._device),
            look.weight.to(self._device),
            objective.huber_limit if objective.loss == "huber" else None,
        )

    def _learn(self, fast: FastWay, inputs: Inputs) -> Tensor:
        """Forward and backward on the fast way; gives the loss, (), on the device and not read back."""
        loss = self._learn_inputs(fast, inputs) if self._replayed is None else self._replayed(inputs)
        fast.adapter.collect()
        return loss

    def _learn_inputs(self, fast: FastWay, inputs: Inputs) -> Tensor:
        words = dict(inputs)
        noisy, timesteps, target, weight = (words.pop(name) for name in LOOK_TENSORS)
        look = Look(noisy, timesteps, words, target, weight)
        answer = predict(
            self._family, self._components, fast.unet, look.noisy, look.timesteps, look.conditioning, self._device
        )
        loss = self._loss_of(look, answer)
        self._accelerator.backward(loss)
        return loss.detach()

    def _look(self, batch: Sequence[int], draw: Draw) -> Look:
        settings, objective = self._config.dataset, self._config.objective
        count = len(batch)
        mirrored = (uniform(count, *draw, "mirror") < 0.5).tolist() if settings.flip else [False] * count
        wordless = (uniform(count, *draw, "caption") < settings.caption_dropout).tolist()
        kept = uniform(count, *draw, "keep") < objective.keep_base_share
        shape = (count, *self._latents.shape(batch[0]))
        latents = self._latents.batch(batch, mirrored, normal(shape, *draw, "vae"))
        captions = [
            "" if drop else self._caption(index, keep, (*draw, place))
            for place, (index, drop, keep) in enumerate(zip(batch, wordless, kept.tolist(), strict=True))
        ]
        noise = self._noise(shape, draw)
        timesteps = self._timesteps(kept, draw)
        levels = self._components.alphas_cumprod[timesteps]
        mixed_in = noise
        if objective.input_perturbation:
            mixed_in = noise + objective.input_perturbation * normal(shape, *draw, "perturbation")
        noisy = add_noise(latents, mixed_in, levels)
        target = target_of(latents, noise, levels, self._config.base.prediction)
        if bool(kept.any()):
            chosen = kept.nonzero()[:, 0].tolist()
            conditioning = self._conditioning([captions[i] for i in chosen], [batch[i] for i in chosen])
            target[kept] = self._base_answer(noisy[kept], timesteps[kept], conditioning)
        weight = loss_weight(levels, objective, self._config.base.prediction)
        weight = weight * torch.tensor(
            [objective.prior_weight if self._pictures[index].is_prior else 1.0 for index in batch]
        )
        if self._masks is not None:
            places = self._masks.batch(batch, mirrored, (shape[2], shape[3]))
            places[kept] = 1  # the base is to be kept everywhere
            weight = weight[:, None, None, None] * places
        return Look(noisy, timesteps, self._conditioning(captions, batch), target, weight)

    def _noise(self, shape: tuple[int, ...], draw: Draw) -> Tensor:
        """What is mixed into the latents and mostly asked back, shaped as they, float32 on the CPU."""
        objective = self._config.objective
        noise = normal(shape, *draw, "noise")
        if objective.noise_offset:
            noise = noise + objective.noise_offset * normal((*shape[:2], 1, 1), *draw, "offset")
        if objective.multires_noise:
            sizes = coarser_sizes(*shape[2:])
            coarser = [normal((*shape[:2], *size), *draw, "coarse", number) for number, size in enumerate(sizes)]
            noise = coarse_noise([noise, *coarser], objective.multires_noise)
        return noise

    def _timesteps(self, kept: Tensor, draw: Draw) -> Tensor:
        """Each sample's noise level, (batch,), int64; of looks without the trigger word the noisier half."""
        objective, count = self._config.objective, len(kept)
        low, span = objective.timestep_low, objective.timestep_high - objective.timestep_low + 1
        if objective.timestep_density == "logit_normal":
            places = logit_normal_share(
                normal((count,), *draw, "timestep"), objective.density_centre, objective.density_spread
            )
            above = (places * span).long().clamp(max=span - 1)
        else:
            above = integers(count, span, *draw, "timestep")
        # What a picture becomes is decided while it is mostly noise, and there the latents are hardly the set's own.
        above[kept] = span // 2 + above[kept] // 2
        return low + above

    def _caption(self, index: int, keep: bool, draw: tuple[int, ...]) -> str:
        settings = self._config.dataset
        caption = self._pictures[index].caption
        if settings.shuffle_tags:
            caption = shuffle_tags(
                caption, settings.trigger, settings.keep_first_tags, lambda count: permutation(count, *draw, "tags")
            )
        return without_trigger(caption, settings.trigger) if keep else caption

    def _conditioning(self, captions: Sequence[str], batch: Sequence[int]) -> dict[str, Tensor]:
        placements = [self._pictures[index].placement for index in batch]
        # Captions in an order of the moment are not worth keeping.
        keeps = not self._config.dataset.shuffle_tags
        return self._family.with_sizes(self._text.conditioning(captions, keeps), placements)

    def _base_answer(self, noisy: Tensor, timesteps: Tensor, conditioning: dict[str, Tensor]) -> Tensor:
        """What the base alone answers, float32 on the CPU: the goal of looks without the trigger word."""
        with torch.no_grad(), without_adapter(self._components.loaded_networks()):
            return self._answer(noisy, timesteps, conditioning).float().cpu()

    def _answer(self, noisy: Tensor, timesteps: Tensor, conditioning: dict[str, Tensor]) -> Tensor:
        return predict(self._family, self._components, self._unet, noisy, timesteps, conditioning, self._device)


def predict(
    family: Family,
    components: Components,
    unet: Callable[..., Any],
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
    prediction, objective = config.base.prediction, config.objective
    target = target_of(latents, noise, levels, prediction)
    weight = loss_weight(levels, objective, prediction)
    huber_limit = objective.huber_limit if objective.loss == "huber" else None
    answer = predict(family, components, unet, add_noise(latents, noise, levels), timesteps, conditioning, device)
    return weighted_loss(answer, target.to(device), weight.to(device), huber_limit)
