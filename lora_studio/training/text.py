"""Captions as conditioning: encoded once while the text encoder is frozen, anew at every step while it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import torch
from torch import Tensor

from lora_studio.families.base import Components, Family
from lora_studio.training.cache import TensorCache, content_key

PER_TOKEN = "encoder_hidden_states"  # the one part of the conditioning that has a row for each token


class TextSource:
    """Conditioning for captions; `learning` keeps the text encoder in the loop, with gradients."""

    def __init__(self, family: Family, components: Components, cache: TensorCache, learning: bool) -> None:
        self._family = family
        self._components = components
        self._cache = cache
        self.learning = learning

    def prepare(self, captions: Sequence[str], progress: Callable[[int, int], None]) -> None:
        """Encodes what the cache lacks, with parked text encoders on the device meanwhile; nothing while they learn."""
        if self.learning:
            return
        lacks_any = any(self._cache.get(self._key(caption)) is None for caption in captions)
        with self._components.at_work(*self._components.encoder_names) if lacks_any else nullcontext():
            for done, caption in enumerate(captions, start=1):
                self._frozen(caption)
                progress(done, len(captions))

    def conditioning(self, captions: Sequence[str], keeps: bool = True) -> dict[str, Tensor]:
        """What the UNet reads, batch first; on the CPU when it comes from the cache.

        Captions of several lengths get the length of the longest. `keeps` puts what was not prepared into the cache.
        """
        if self.learning:
            return self._family.encode(self._components, captions)
        rows = [self._frozen(caption, keeps) for caption in captions]
        length = max(len(row[PER_TOKEN]) for row in rows)
        if any(len(row[PER_TOKEN]) < length for row in rows):
            rows = [self._lengthened(row, length) for row in rows]
        return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}

    def _lengthened(self, row: dict[str, Tensor], length: int) -> dict[str, Tensor]:
        """A caption's conditioning with empty pieces after it, as the text encoder itself would fill them."""
        empty = self._frozen("")[PER_TOKEN]
        pieces = (length - len(row[PER_TOKEN])) // len(empty)
        return {**row, PER_TOKEN: torch.cat([row[PER_TOKEN], *[empty] * pieces])}

    def _key(self, caption: str) -> str:
        dtypes = "/".join(str(self._components.dtype) for _ in self._components.encoder_names)
        reading = self._components.reading
        way = f"{reading.clip_skip}/{reading.caption_tokens}"
        quantization = self._components.text_encoder_quantization
        squeezed = () if quantization == "none" else (quantization,)
        return content_key("text", caption, dtypes, self._components.fingerprint, way, *squeezed)

    def _frozen(self, caption: str, keeps: bool = True) -> dict[str, Tensor]:
        key = self._key(caption)
        kept = self._cache.get(key)
        if kept is None:
            with torch.no_grad(), self._components.at_work(*self._components.encoder_names):
                encoded = self._family.encode(self._components, [caption])
            kept = {name: rows[0].cpu() for name, rows in encoded.items()}
            if keeps:
                self._cache.put(key, kept)
        return kept
