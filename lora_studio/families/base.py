"""What a family of base models must answer, so that the trainer never asks which family it has."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lora_studio.bases import BaseModel
from lora_studio.config.training import FamilyId, Quantization
from lora_studio.dataset.buckets import Placement

Conditioning = Mapping[str, Tensor]


CHUNK_TOKENS = 75  # what CLIP reads at once, between its marks for start and end


@dataclass(frozen=True, slots=True)
class Reading:
    """How captions are read: which layer from the end gives the answer, and how many tokens at most."""

    clip_skip: int = 1
    caption_tokens: int = CHUNK_TOKENS


@dataclass(slots=True)
class Components:
    """A loaded base: its networks by the names that adapter files use, and what goes with them.

    `text_encoders` is keyed by component name (`text_encoder`, `text_encoder_2`), as are `tokenizers`.
    All networks are frozen and compute in `dtype`, but for the VAE, which is float32.
    `alphas_cumprod` has shape (1000,), float32, on the CPU.
    """

    unet: nn.Module
    vae: Any  # AutoencoderKL
    text_encoders: dict[str, nn.Module]
    tokenizers: dict[str, Any]
    scheduler: Any
    dtype: torch.dtype
    alphas_cumprod: Tensor
    latent_channels: int
    latent_scale: float
    latent_shift: float
    vae_stride_px: int
    fingerprint: str
    reading: Reading = Reading()

    def networks(self) -> dict[str, nn.Module]:
        """The networks that may carry an adapter, by component name."""
        return {"unet": self.unet, **self.text_encoders}


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Where and how the frozen base is held."""

    device: torch.device
    dtype: torch.dtype
    quantization: Quantization = "none"
    text_encoder_quantization: Quantization = "none"
    gradient_checkpointing: bool = False
    reading: Reading = Reading()


class Family(ABC):
    """One family: how it loads, reads captions, predicts and draws."""

    id: FamilyId

    @abstractmethod
    def load(self, base: BaseModel, options: LoadOptions) -> Components:
        """Loads a base; nothing is fetched from anywhere.

        Raises:
            StudioError: The base is incomplete, damaged or of another family.
        """

    @abstractmethod
    def encode(self, components: Components, captions: Sequence[str]) -> dict[str, Tensor]:
        """What the UNet reads for each caption, batch first; gradients flow into a trained text encoder.

        `encoder_hidden_states` has 77 rows for every piece that the longest caption of the batch needs.
        """

    def with_sizes(self, conditioning: Conditioning, placements: Sequence[Placement]) -> dict[str, Tensor]:
        """Conditioning that also tells how large each picture was and how it is cropped, where the UNet reads that.

        Args:
            conditioning: What `encode` gave, batch first.
            placements: How each picture of the batch became a training picture.
        """
        return dict(conditioning)

    @abstractmethod
    def predict(self, unet: Callable[..., Any], noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """The UNet's answer.

        Args:
            unet: The UNet, or what calls it.
            noisy: Noisy latents, (batch, channels, height, width).
            timesteps: (batch,), int64, 0 to 999.
            conditioning: What `with_sizes` gave, batched alike.

        Returns:
            Noise or velocity, shaped as `noisy`.
        """

    @abstractmethod
    def draw(
        self,
        components: Components,
        prompt: Conditioning,
        negative: Conditioning,
        latents: Tensor,
        steps: int,
        guidance: float,
    ) -> list[Any]:
        """Finished pictures (PIL, RGB), one for each starting noise.

        Args:
            components: The base, with whatever adapter is active on it.
            prompt: What `encode` gave for the prompts.
            negative: The same for the negative prompts.
            latents: Starting noise of unit variance, (batch, channels, height, width).
            steps: Sampler steps.
            guidance: Classifier-free guidance scale.
        """


def token_ids(components: Components, component: str, captions: Sequence[str]) -> Tensor:
    """The captions as one text encoder reads them: (batch, pieces, 77), int64, on its device.

    A piece is 75 tokens between the marks for start and end, filled up with padding. All captions get as many
    pieces as the longest of them needs, and are cut at `reading.caption_tokens`.
    """
    tokenizer = components.tokenizers[component]
    limit = components.reading.caption_tokens
    words = tokenizer(list(captions), add_special_tokens=False, truncation=True, max_length=limit).input_ids
    pieces = max(1, *(math.ceil(len(row) / CHUNK_TOKENS) for row in words))
    ids = torch.tensor([[_piece(tokenizer, row, number) for number in range(pieces)] for row in words])
    return ids.to(next(components.text_encoders[component].parameters()).device)


def _piece(tokenizer: Any, words: Sequence[int], number: int) -> list[int]:
    own = list(words[number * CHUNK_TOKENS : (number + 1) * CHUNK_TOKENS])
    padding = [tokenizer.pad_token_id] * (CHUNK_TOKENS - len(own))
    return [tokenizer.bos_token_id, *own, tokenizer.eos_token_id, *padding]


def joined_pieces(answers: Tensor, captions: int) -> Tensor:
    """An encoder's answers, (captions * pieces, 77, width), with the pieces of a caption one after the other."""
    return answers.reshape(captions, -1, answers.shape[-1])
