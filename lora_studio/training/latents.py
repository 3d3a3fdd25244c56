"""Pictures as latents: encoded once by the VAE, then read from the cache at every look."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lora_studio import storage
from lora_studio.dataset.buckets import place
from lora_studio.dataset.images import open_picture
from lora_studio.errors import StudioError
from lora_studio.families.base import Components
from lora_studio.families.pictures import encode_picture
from lora_studio.runs.pictures import PictureEntry
from lora_studio.training.cache import TensorCache, content_key


class LatentSource:
    """The latents of a list of pictures, mirrored ones too where asked."""

    def __init__(
        self, pictures: Sequence[PictureEntry], components: Components, cache: TensorCache, flip: bool
    ) -> None:
        self._pictures = pictures
        self._components = components
        self._cache = cache
        self._sides = (False, True) if flip else (False,)

    def prepare(self, progress: Callable[[int, int], None], share: float = 0.0) -> None:
        """Encodes what the cache lacks; a parked VAE is on the device meanwhile.

        Processes that keep one cache begin at different shares of the pictures, from 0 to 1; each goes round them all
        and passes over what another has encoded by then.

        Raises:
            StudioError: `pictures_changed` when files were edited or removed since the run was made.
        """
        self._refuse_changes()
        lacks = {
            index: [side for side in self._sides if self._cache.get(self._key(picture, side)) is None]
            for index, picture in enumerate(self._pictures)
        }
        with self._components.at_work("vae") if any(lacks.values()) else nullcontext():
            count = len(self._pictures)
            for done in range(count):
                index = (int(share * count) + done) % count
                for mirrored in lacks[index]:
                    self._moments(self._pictures[index], mirrored)
                progress(done + 1, count)

    def batch(self, indices: Sequence[int], mirrored: Sequence[bool], noise: Tensor | None = None) -> Tensor:
        """Scaled latents, (batch, channels, height, width), float32 on the CPU.

        Args:
            indices: Pictures of one bucket.
            mirrored: Which of them to take mirrored.
            noise: Standard normal in the latents' shape; draws from the VAE's distribution. None takes its mean.
        """
        moments = torch.stack(
            [self._moments(self._pictures[index], side) for index, side in zip(indices, mirrored, strict=True)]
        )
        mean, logvar = moments.float().chunk(2, dim=1)
        if noise is not None:
            mean = mean + torch.exp(0.5 * logvar.clamp(-30, 20)) * noise
        return (mean - self._components.latent_shift) * self._components.latent_scale

    def shape(self, index: int) -> tuple[int, int, int]:
        """(channels, height, width) of a picture's latents."""
        channels, height, width = self._moments(self._pictures[index], False).shape
        return channels // 2, height, width

    def _moments(self, picture: PictureEntry, mirrored: bool) -> Tensor:
        kept = self._cache.get(self._key(picture, mirrored))
        if kept is None:
            kept = {"moments": self._encode(picture, mirrored)}
            self._cache.put(self._key(picture, mirrored), kept)
        return kept["moments"]

    def _encode(self, picture: PictureEntry, mirrored: bool) -> Tensor:
        image = place(open_picture(Path(picture.path)), picture.placement)
        pixels = torch.from_numpy(np.asarray(image, dtype=np.float32).copy()).permute(2, 0, 1) / 127.5 - 1
        moments = encode_picture(self._components, (pixels.flip(-1) if mirrored else pixels)[None])[0]
        if not torch.isfinite(moments).all():
            raise StudioError(
                "vae_out_of_range",
                "The base model's picture encoder gives no usable numbers.",
                f"It happened with {Path(picture.path).name}. Nothing was trained yet.",
                "The base model may be damaged; download it again, or choose another one.",
            )
        return moments

    def _key(self, picture: PictureEntry, mirrored: bool) -> str:
        placement = json.dumps(dataclasses.asdict(picture.placement), sort_keys=True)
        return content_key(picture.content_sha256, placement, str(mirrored), self._components.fingerprint)

    def _refuse_changes(self) -> None:
        refuse_changed(
            [
                (
                    Path(picture.path),
                    picture.content_sha256,
                    all(self._cache.get(self._key(picture, side)) is not None for side in self._sides),
                )
                for picture in self._pictures
            ]
        )


def refuse_changed(files: Sequence[tuple[Path, str, bool]]) -> None:
    """Refuses files that are not as they were: (path, SHA-256 in hex, whether all that is needed of it is kept).

    Raises:
        StudioError: `pictures_changed` when one was edited, or is gone and was not kept.
    """
    edited = [path.name for path, digest, _ in files if path.is_file() and storage.sha256_file(path) != digest]
    missing = [path.name for path, _, is_kept in files if not is_kept and not path.is_file()]
    if edited or missing:
        raise StudioError(
            "pictures_changed",
            "The pictures changed since this run was made.",
            f"{len(edited)} were edited, {len(missing)} are gone: {', '.join((edited + missing)[:5])}. "
            "Going on would not give the same result; what was saved is untouched.",
            "Put the pictures back, or start a new run.",
        )
