"""Compares our own kernels for a card with torch's operations: rounding against float64, and times.

    python tests/trials/kernel_trial.py

A JSON line for each shape that Stable Diffusion's networks have, and some that they do not: the relative errors of
ours and of torch, in the order answer, gradient; microseconds of both. Ends with exit code 1 where ours err more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lora_studio.adapters import picture_kernels

NORM_SHAPES = (
    (1, 320, 128, 128), (1, 640, 64, 64), (1, 1280, 32, 32), (1, 960, 128, 128), (4, 320, 128, 128), (4, 1280, 32, 32),
    (8, 1280, 8, 8), (1, 1280, 7, 9), (1, 2560, 26, 39),
)  # fmt: skip
TURNED_SHAPES = ((1, 640, 4096), (4, 640, 4096), (4, 1280, 1024), (8, 320, 4096), (2, 1280, 63), (1, 640, 1014))
WEIGHT_SHAPES = ((1280, 1280), (10240, 1280), (640, 2560), (1280, 1280, 3, 3))
REPEATS = 20
CARD = torch.device("cuda", 0)


def microseconds(action: Callable[[], Any]) -> float:
    """Of one time, from a recording of ten."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        action()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(10):
            action()
    graph.replay()
    first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    first.record()
    for _ in range(REPEATS):
        graph.replay()
    last.record()
    torch.cuda.synchronize()
    return round(first.elapsed_time(last) * 100 / REPEATS, 1)


def error(found: Tensor, expected: Tensor) -> float:
    return round(float((found.double() - expected).norm() / expected.norm()), 5)


def try_norm(shape: tuple[int, int, int, int], dtype: torch.dtype) -> dict[str, Any]:
    """A group norm of a picture and its shift, with SiLU."""
    batch, channels = shape[:2]
    norm = nn.GroupNorm(32, channels).to(CARD, dtype).requires_grad_(False)
    norm.weight.normal_(1, 0.2)
    norm.bias.normal_(0, 0.3)
    x = (torch.randn(shape, device=CARD) + 3 * torch.randn(1, channels, 1, 1, device=CARD)).to(dtype)
    gradient, shift = torch.randn_like(x), torch.randn(batch, channels, device=CARD).to(dtype)

    def plain(kind: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
        inner = (x.to(kind) + shift.to(kind)[:, :, None, None]).requires_grad_()
        answer = F.silu(F.group_norm(inner, 32, norm.weight.to(kind), norm.bias.to(kind), norm.eps))
        return inner, answer, torch.autograd.grad(answer, inner, gradient.to(kind))[0]

    _, exact, exact_back = plain(torch.float64)
    inner, answer, back = plain(dtype)
    own, moments = picture_kernels.normed(x, shift, norm, True)
    own_back = picture_kernels.normed_backward(gradient, x, shift, moments, norm, True)
    inner = inner.detach()

    def torchs() -> None:
        F.silu(F.group_norm(x + shift[:, :, None, None], 32, norm.weight, norm.bias, norm.eps))

    normed, mean, inverse = torch.native_group_norm(
        inner, norm.weight, norm.bias, batch, channels, shape[2] * shape[3], 32, norm.eps
    )

    def torchs_back() -> None:
        torch.ops.aten.native_group_norm_backward(
            torch.ops.aten.silu_backward(gradient, normed), inner, mean, inverse, norm.weight, batch, channels,
            shape[2] * shape[3], 32, [True, False, False],
        )  # fmt: skip

    return {
        "errors": [error(own, exact.detach()), error(own_back, exact_back)],
        "torch_errors": [error(answer.detach(), exact.detach()), error(back, exact_back)],
        "us": [
            microseconds(lambda: picture_kernels.normed(x, shift, norm, True)),
            microseconds(lambda: picture_kernels.normed_backward(gradient, x, shift, moments, norm, True)),
        ],
        "torch_us": [microseconds(torchs), microseconds(torchs_back)],
    }


def try_turned(shape: tuple[int, int, int], dtype: torch.dtype) -> dict[str, Any]:
    """Rows of features turned into a picture and added to another."""
    batch, channels, places = shape
    picture = torch.randn(shape, device=CARD).to(dtype)
    rows = torch.randn(batch, places, channels, device=CARD).to(dtype)
    exact = picture.double() + rows.double().transpose(1, 2)
    return {
        "errors": [error(picture_kernels.turned(rows, picture), exact)],
        "torch_errors": [error(picture + rows.transpose(1, 2), exact)],
        "us": [microseconds(lambda: picture_kernels.turned(rows, picture))],
        "torch_us": [microseconds(lambda: picture + rows.transpose(1, 2).contiguous())],
    }


def try_unpacked(shape: tuple[int, ...], dtype: torch.dtype) -> dict[str, Any]:
    """Weights made whole from 8 bit."""
    numbers = torch.randint(-127, 128, shape, device=CARD, dtype=torch.int8)
    scale = torch.rand(shape[0], *[1] * (len(shape) - 1), device=CARD).to(dtype)
    exact = numbers.double() * scale.double()
    return {
        "errors": [error(picture_kernels.unpacked(numbers, scale), exact)],
        "torch_errors": [error(numbers * scale, exact)],
        "us": [microseconds(lambda: picture_kernels.unpacked(numbers, scale))],
        "torch_us": [microseconds(lambda: numbers * scale)],
    }


def main() -> int:
    is_worse = False
    for dtype in (torch.bfloat16, torch.float16):
        if not picture_kernels.can_compute(torch.zeros(1, device=CARD, dtype=dtype)):
            return 1
        rows = [("norm", shape, try_norm(shape, dtype)) for shape in NORM_SHAPES]
        rows += [("turned", shape, try_turned(shape, dtype)) for shape in TURNED_SHAPES]
        rows += [("unpacked", shape, try_unpacked(shape, dtype)) for shape in WEIGHT_SHAPES]
        for what, shape, row in rows:
            print(json.dumps({"what": what, "shape": shape, "dtype": str(dtype), **row}), flush=True)
            pairs = zip(row["errors"], row["torch_errors"], strict=True)
            is_worse |= any(not own <= 1.05 * other for own, other in pairs)
    return int(is_worse)


if __name__ == "__main__":
    sys.exit(main())
