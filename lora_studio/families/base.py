"""What a family of base models must answer, so that the trainer never asks which family it has."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lora_studio.bases import BaseModel
from lora_studio.config.training import FamilyId, Quantization
from lora_studio.dataset.buckets import Placement

Conditioning = Mapping[str, Tensor]


FREE_FOR_OTHERS_BYTES = 1 << 29  # a desktop's windows come and go
CHUNK_TOKENS = 75  # what CLIP reads at once, between its marks for start and end


@dataclass(frozen=True, slots=True)
class Reading:
    """How captions are read: which layer from the end gives the answer, and how many tokens at most."""

    clip_skip: int = 1
    caption_tokens: int = CHUNK_TOKENS


def _nothing() -> None:
    """There is nothing to give back."""


class OnUse(Mapping[str, Any]):
    """Parts of a base by name, each loaded when it is first asked for. Their names and order are known before."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        """`makers` load one part each."""
        self._makers = makers
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._makers[name]()
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def loaded(self) -> dict[str, Any]:
        """The parts that were asked for by now."""
        return {name: self._loaded[name] for name in self if name in self._loaded}


@dataclass(slots=True)
class Components:
    """A base: its networks by the names that adapter files use, and what goes with them.

    The UNet is loaded. The rest is loaded on use, which raises `StudioError` (`model_damaged`) where it cannot be: when
    all that is read or drawn is known from before, nobody waits for it and it takes no memory.

    `tokenizers` are keyed by the component name of their text encoder (`text_encoder`, `text_encoder_2`).
    All networks are frozen and compute in `dtype`, but for the VAE, which is float32.
    `alphas_cumprod` has shape (1000,), float32, on the CPU.

    Attributes:
        others: The networks beside the UNet: `vae` and the text encoders.
        device: Where the networks work; some may lie in the computer's memory until they do.
        memory_limit_bytes: What drawing and encoding pictures may take of the device, all in all; None for what
            there is.
        make_way: Gives back memory of the device that whoever trains could do without for a while.
    """

    unet: nn.Module
    others: OnUse
    tokenizers: OnUse
    scheduler: Any
    dtype: torch.dtype
    alphas_cumprod: Tensor
    latent_channels: int
    latent_scale: float
    latent_shift: float
    vae_stride_px: int
    fingerprint: str
    device: torch.device
    memory_limit_bytes: int | None = None
    make_way: Callable[[], None] = _nothing
    reading: Reading = Reading()
    text_encoder_quantization: Quantization = "none"

    @property
    def vae(self) -> Any:
        """The AutoencoderKL."""
        return self.others["vae"]

    @property
    def encoder_names(self) -> tuple[str, ...]:
        """The component names of the text encoders; asking for them loads nothing."""
        return tuple(name for name in self.others if name != "vae")

    @property
    def text_encoders(self) -> dict[str, nn.Module]:
        """All text encoders by component name."""
        return {name: self.others[name] for name in self.encoder_names}

    def networks(self) -> dict[str, nn.Module]:
        """The networks that may carry an adapter, by component name."""
        return {"unet": self.unet, **self.text_encoders}

    def loaded_networks(self) -> dict[str, nn.Module]:
        """Those of them that are loaded: all that carry an adapter once it was added."""
        loaded = self.others.loaded()
        return {"unet": self.unet, **{name: loaded[name] for name in self.encoder_names if name in loaded}}

    def load(self, *parts: str) -> None:
        """Loads parts (`vae` or a text encoder's name) now, so that nobody waits for them later."""
        for part in parts:
            self._part(part)

    def bring(self, *parts: str) -> None:
        """Moves parts (`unet`, `vae` or a text encoder's name) to the device, for good."""
        for part in parts:
            self._part(part).to(self.device)

    @contextmanager
    def at_work(self, *parts: str) -> Iterator[None]:
        """Inside the block these parts are on the device. Those that lay elsewhere go back there afterwards."""
        parked = [self._part(part) for part in parts if self._lies_elsewhere(part)]
        for network in parked:
            network.to(self.device)
        try:
            yield
        finally:
            for network in parked:
                network.to("cpu")
            if parked and self.device.type == "cuda":
                torch.cuda.empty_cache()  # what it took is for others now, also outside this process

    def room_bytes(self, needed_bytes: float) -> float:
        """What may still be taken of the device; endless on the processor, which has the computer's whole memory.

        What lies idle is given back first where less than `needed_bytes` would be left without it.
        """
        if self.device.type != "cuda":
            return math.inf
        room = self._room_now_bytes()
        if room < needed_bytes:
            torch.cuda.empty_cache()
            room = self._room_now_bytes()
        return room

    def _room_now_bytes(self) -> int:
        room = int(torch.cuda.mem_get_info(self.device)[0]) - FREE_FOR_OTHERS_BYTES
        if self.memory_limit_bytes is None:
            return room
        return min(room, self.memory_limit_bytes - torch.cuda.memory_reserved(self.device))

    def _part(self, part: str) -> Any:
        return self.unet if part == "unet" else self.others[part]

    def _lies_elsewhere(self, part: str) -> bool:
        where: torch.device = next(self._part(part).parameters()).device
        return where.type != self.device.type


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Where and how the frozen base is held."""

    device: torch.device
    dtype: torch.dtype
    quantization: Quantization = "none"
    text_encoder_quantization: Quantization = "none"
    gradient_checkpointing: bool = False
    parks: bool = False  # networks wait in the computer's memory until `Components.bring` or `at_work`
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
