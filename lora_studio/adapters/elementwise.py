"""A gate's arithmetic in one kernel each way: torch compiles it for the card at its first use (its jiterator).

Where that cannot be done (processors, AMD cards, a driver that does not compile), torch's own operations do it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.cuda import jiterator
from torch.nn import functional as F

log = logging.getLogger(__name__)

_FORWARD = """
template <typename T> T gated(T value, T gate) {
    float x = (float)gate;
    return (T)((float)value * x * 0.5f * (1.f + erff(x * 0.70710678f)));
}
"""
_BACKWARD = """
template <typename T> void gated_backward(T gradient, T value, T gate, T& of_value, T& of_gate) {
    float x = (float)gate, onward = (float)gradient;
    float share = 0.5f * (1.f + erff(x * 0.70710678f));
    of_value = (T)(onward * x * share);
    of_gate = (T)(onward * (float)value * (share + x * 0.39894228f * expf(-0.5f * x * x)));
}
"""


class _Kernels:
    """Both kernels, until one fails."""

    def __init__(self) -> None:
        self._may = torch.version.cuda is not None
        self._forward: Any = jiterator._create_jit_fn(_FORWARD)
        self._backward: Any = jiterator._create_multi_output_jit_fn(_BACKWARD, 2)

    def forward(self, value: Tensor, gate: Tensor) -> Tensor | None:
        answer: Tensor | None = self._try(self._forward, value, gate)
        return answer

    def backward(self, gradient: Tensor, value: Tensor, gate: Tensor) -> tuple[Tensor, Tensor] | None:
        answer: tuple[Tensor, Tensor] | None = self._try(self._backward, gradient, value, gate)
        return answer

    def _try(self, kernel: Callable[..., Any], *inputs: Tensor) -> Any:
        if not (self._may and inputs[0].is_cuda):
            return None
        try:
            return kernel(*inputs)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.warning("kernels cannot be compiled here, and steps stay slower: %s", str(error).partition("\n")[0])
            self._may = False
            return None


_kernels = _Kernels()


def gated(value: Tensor, gate: Tensor) -> Tensor:
    """`value` times the GELU of `gate`, all shaped alike."""
    answer = _kernels.forward(value, gate)
    return F.gelu(gate).mul_(value) if answer is None else answer


def gated_backward(gradient: Tensor, value: Tensor, gate: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of `value` and `gate`, given that of what `gated` made of them."""
    answer = _kernels.backward(gradient, value, gate)
    if answer is not None:
        return answer
    of_gate: Tensor = torch.ops.aten.gelu_backward(gradient * value, gate)
    return F.gelu(gate).mul_(gradient), of_gate
