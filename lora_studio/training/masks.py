"""Masks as weights of the loss: where in a picture an error counts whole, and where less."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lora_studio.dataset.buckets import place
from lora_studio.dataset.images import open_mask
from lora_studio.runs.pictures import MaskEntry, PictureEntry
from lora_studio.training.cache import TensorCache, content_key
from lora_studio.training.latents import refuse_changed


class MaskSource:
    """The weights of a list of pictures, of which some have masks; those without count alike everywhere."""

    def __init__(self, pictures: Sequence[PictureEntry], cache: TensorCache, outside: float) -> None:
        """`outside` is what a black part of a mask counts of a white one, 0 to 1."""
        self._pictures = pictures
        self._cache = cache
        self._outside = outside

    @property
    def has_any(self) -> bool:
        return any(picture.mask for picture in self._pictures)

    def prepare(self, shape: Callable[[int], tuple[int, int, int]]) -> None:
        """Makes what the cache lacks; `shape` gives (channels, height, width) of a picture's latents.

        Raises:
            StudioError: `pictures_changed` when masks were edited or removed since the run was made.
        """
        masked = [(index, picture, picture.mask) for index, picture in enumerate(self._pictures) if picture.mask]
        keys = {index: self._key(picture, mask, shape(index)[1:]) for index, picture, mask in masked}
        refuse_changed(
            [
                (Path(mask.path), mask.content_sha256, self._cache.get(keys[index]) is not None)
                for index, _, mask in masked
            ]
        )
        for index, picture, mask in masked:
            if self._cache.get(keys[index]) is None:
                self._cache.put(keys[index], {"mask": _read(picture, mask, shape(index)[1:])})

    def batch(self, indices: Sequence[int], mirrored: Sequence[bool], size: tuple[int, int]) -> Tensor:
        """What each place counts, (batch, 1, height, width), float32 on the CPU; 1 in the mean of each picture.

        So a picture with a small mask weighs as much as one without.

        Args:
            indices: Pictures of one bucket.
            mirrored: Which of them are taken mirrored.
            size: Height and width of their latents.
        """
        rows = [self._weights(self._pictures[index], size) for index in indices]
        return torch.stack([row.flip(-1) if flip else row for row, flip in zip(rows, mirrored, strict=True)])[:, None]

    def _weights(self, picture: PictureEntry, size: tuple[int, int]) -> Tensor:
        if picture.mask is None:
            return torch.ones(size)
        key = self._key(picture, picture.mask, size)
        kept = self._cache.get(key)
        if kept is None:  # the cache was emptied under us
            kept = {"mask": _read(picture, picture.mask, size)}
            self._cache.put(key, kept)
        inside = kept["mask"].float() / 255
        weights = self._outside + (1 - self._outside) * inside
        # A mask that marks nothing has no mean to speak of: the picture then counts everywhere.
        return weights / weights.mean() if weights.any() else torch.ones(size)

    def _key(self, picture: PictureEntry, mask: MaskEntry, size: tuple[int, int]) -> str:
        placement = json.dumps(dataclasses.asdict(picture.placement), sort_keys=True)
        # Another base may have latents of another size for the same picture.
        return content_key("mask", mask.content_sha256, str(mask.is_alpha), placement, f"{size[0]}x{size[1]}")


def _read(picture: PictureEntry, mask: MaskEntry, size: tuple[int, int]) -> Tensor:
    """The mask cropped as its picture and shrunk to the latents' size: (height, width), uint8, 255 counts whole."""
    height, width = size
    placed = place(open_mask(Path(mask.path), mask.is_alpha), picture.placement)
    return torch.from_numpy(np.array(placed.resize((width, height), Image.Resampling.BOX)))
