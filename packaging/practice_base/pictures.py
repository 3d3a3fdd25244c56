"""The prepared pictures on the training device: composited on backgrounds, moved and scaled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from captions import Record
from prepare import PICTURES_NAME, read_records
from sets import BACKGROUNDS
from torch import Tensor


class PictureBank:
    """Records and their pictures; `rgba` is uint8 (pictures, 4, 128, 128), straight alpha, on the device."""

    def __init__(self, records: list[Record], rgba: Tensor) -> None:
        self.records = records
        self.rgba = rgba

    def __len__(self) -> int:
        return len(self.records)

    @classmethod
    def load(cls, data_dir: Path, split: str, device: str, limit: int = 0) -> PictureBank:
        """Reads one split; `limit` > 0 takes that many pictures spread over all sets."""
        records = [record for record in read_records(data_dir) if record.split == split]
        if limit:
            records = records[:: max(1, len(records) // limit)][:limit]
        pictures = np.load(data_dir / PICTURES_NAME, mmap_mode="r")
        chosen = np.stack([pictures[record.row] for record in records])
        rgba = torch.from_numpy(chosen).permute(0, 3, 1, 2).contiguous().to(device)
        return cls(records, rgba)

    def on_white(self, rows: Tensor) -> Tensor:
        """Pictures on white, unmoved. Shape (rows, 3, 128, 128), float32 in -1..1."""
        return composite(self.rgba[rows], torch.ones(1, 3, 1, 1, device=self.rgba.device))


def composite(rgba: Tensor, background: Tensor, placement: Tensor | None = None) -> Tensor:
    """Lays pictures on backgrounds.

    Args:
        rgba: Shape (batch, 4, height, width), uint8, straight alpha.
        background: Broadcastable to (batch, 3, height, width), float in 0..1.
        placement: Affine matrices, shape (batch, 2, 3), or None to leave the pictures where they are.

    Returns:
        Shape (batch, 3, height, width), float32 in -1..1.
    """
    values = rgba.float() / 255
    alpha = values[:, 3:]
    # Premultiplied, or the colour hidden under transparent pixels bleeds into the edges when resampled.
    layers = torch.cat([values[:, :3] * alpha, alpha], dim=1)
    if placement is not None:
        grid = F.affine_grid(placement, list(layers.shape), align_corners=False)
        layers = F.grid_sample(layers, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return (layers[:, :3] + background * (1 - layers[:, 3:])) * 2 - 1


def random_placement(
    count: int, scales: tuple[float, float], largest_shift: float, device: str, mirrored_share: float = 0.0
) -> Tensor:
    """Random affine matrices for `composite`. Shape (count, 2, 3).

    Args:
        count: How many.
        scales: Smallest and largest size; 1 keeps the size.
        largest_shift: Furthest move in each direction, as a share of half the picture.
        device: Where the matrices live.
        mirrored_share: Share of pictures flipped left to right.
    """
    scale = torch.empty(count, device=device).uniform_(*scales).reciprocal()
    mirror = torch.where(torch.rand(count, device=device) < mirrored_share, -1.0, 1.0)
    placement = torch.zeros(count, 2, 3, device=device)
    placement[:, 0, 0] = scale * mirror
    placement[:, 1, 1] = scale
    placement[:, :, 2] = torch.empty(count, 2, device=device).uniform_(-largest_shift, largest_shift)
    return placement


def background_colours(names: list[str], device: str) -> Tensor:
    """The named background colours. Shape (names, 3, 1, 1), float32 in 0..1."""
    colours = torch.tensor([BACKGROUNDS[name] for name in names], device=device, dtype=torch.float32)
    return colours.view(-1, 3, 1, 1) / 255
