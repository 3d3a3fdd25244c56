"""What tests of our own ways through a network compare: answers, gradients, and what is kept for the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def assert_alike(found: list[Tensor], expected: list[Tensor]) -> None:
    """Several tensors are the others but for rounding in float32, and none of them is zero."""
    assert len(found) == len(expected) > 1
    for value, reference in zip(found, expected, strict=True):
        assert (value - reference).norm() <= 1e-5 * reference.norm() > 0


@contextmanager
def counting_kept(kept: list[int]) -> Iterator[None]:
    """Counts the numbers that autograd keeps inside the block, each place in memory once."""
    places: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        places[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().size() // tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield
    kept.append(sum(places.values()))
