"""Pictures into latents and back in tiles, where a card has no room for all at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lora_studio import embedded
from lora_studio.bases import find_base
from lora_studio.dataset.images import open_picture
from lora_studio.families import pictures
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of


@pytest.fixture(scope="module")
def practice() -> Components:
    options = LoadOptions(device=torch.device("cpu"), dtype=torch.float32)
    return family_of("practice").load(find_base("practice"), options)


@pytest.fixture(scope="module")
def pixels() -> torch.Tensor:
    """(1, 3, 384, 320): the first sample pictures side by side and one below the other."""
    files = sorted(embedded.sample_project("style").images_dir.glob("*.png"))[:4]
    tiles = [np.asarray(open_picture(file).resize((160, 192)), dtype=np.float32) / 127.5 - 1 for file in files]
    whole = np.concatenate([np.concatenate(tiles[:2], axis=1), np.concatenate(tiles[2:], axis=1)])
    return torch.from_numpy(whole.copy()).permute(2, 0, 1)[None]


def test_tiles_give_nearly_the_same_latents_and_the_same_picture(
    practice: Components, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pictures.encode_picture(practice, pixels)
    scaled = (whole.chunk(2, dim=1)[0] - practice.latent_shift) * practice.latent_scale
    drawn = pictures.decode_latents(practice, scaled)
    sides: list[int] = []
    monkeypatch.setattr(Components, "room_bytes", lambda self, needed: 300 * 300 * pictures.DECODING_BYTES_PER_PX)
    encode, decode = type(practice.vae).encode, type(practice.vae).decode
    monkeypatch.setattr(
        type(practice.vae), "decode", lambda vae, *a, **k: (sides.append(_tile(vae)), decode(vae, *a, **k))[1]
    )
    monkeypatch.setattr(
        type(practice.vae), "encode", lambda vae, *a, **k: (sides.append(_tile(vae)), encode(vae, *a, **k))[1]
    )
    monkeypatch.setattr(pictures, "ENCODING_BYTES_PER_PX", pictures.DECODING_BYTES_PER_PX)
    in_tiles = pictures.encode_picture(practice, pixels)
    drawn_in_tiles = pictures.decode_latents(practice, scaled)
    assert sides == [256, 256]  # the largest tile that 300 px of room hold
    assert not practice.vae.use_tiling
    means = [moments.chunk(2, dim=1)[0] for moments in (whole, in_tiles)]
    assert ((means[0] - means[1]).norm() / means[0].norm()).item() < 0.1
    assert (drawn - drawn_in_tiles).square().mean().sqrt().item() < 0.1


def test_with_room_enough_nothing_is_cut(
    practice: Components, pixels: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pictures.encode_picture(practice, pixels)
    monkeypatch.setattr(Components, "room_bytes", lambda self, needed: needed)
    assert torch.equal(pictures.encode_picture(practice, pixels), whole)


def _tile(vae: torch.nn.Module) -> int:
    assert vae.use_tiling
    return int(vae.tile_sample_min_size)  # type: ignore[arg-type]
