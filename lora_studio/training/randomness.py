"""Randomness without state: every draw is a function of (seed, step, stream), so resuming needs only a step number."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def derived_seed(*parts: int | str) -> int:
    """A 63-bit seed from whole numbers and words; the same on every computer."""
    digest = hashlib.blake2b("/".join(str(part) for part in parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def generator(*parts: int | str) -> torch.Generator:
    """A CPU generator seeded from `parts`. Always on the CPU, so that every device trains on the same noise."""
    return torch.Generator("cpu").manual_seed(derived_seed(*parts))


def normal(shape: tuple[int, ...], *parts: int | str) -> Tensor:
    """Standard normal numbers of this shape, float32 on the CPU."""
    return torch.randn(shape, generator=generator(*parts), dtype=torch.float32)


def uniform(count: int, *parts: int | str) -> Tensor:
    """`count` numbers in [0, 1), float32 on the CPU."""
    return torch.rand(count, generator=generator(*parts), dtype=torch.float32)


def permutation(count: int, *parts: int | str) -> list[int]:
    """The numbers 0 to `count` - 1 in a random order."""
    order: list[int] = torch.randperm(count, generator=generator(*parts)).tolist()
    return order


def integers(count: int, end: int, *parts: int | str) -> Tensor:
    """`count` whole numbers in [0, end), int64 on the CPU."""
    return torch.randint(0, end, (count,), generator=generator(*parts))
