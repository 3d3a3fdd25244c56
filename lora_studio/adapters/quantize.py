"""Holds a frozen network's large layers in 8 or 4 bit.

8 bit is our own storage of numbers: whole numbers with a scale for each row, made bf16 again for the moment of use.
bitsandbytes' LLM.int8 also rounds what flows through and keeps much of it for the way back: SDXL at 1024 px with
recomputing took 8.0 GiB with it and 6.1 without (docs/benchmarks.md). 4 bit is bitsandbytes' NF4, for linear layers;
convolutions have no such layer there and are held in 8 bit then, since in SD 1.x they are most of the network.

peft recognises the replaced layers and puts its adapter beside them.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from lora_studio.adapters import picture_kernels
from lora_studio.config.training import Quantization
from lora_studio.errors import StudioError

# The noise level enters the UNet through the first three, the picture enters and leaves through the others; they are
# small, and an error in them shifts every picture.
KEPT_WHOLE = ("time_embedding", "add_embedding", "time_emb_proj", "conv_in", "conv_out")

# Weights that share a scale. A row has to hold whole blocks: bitsandbytes 0.50's processor kernel reads rows that do
# not back wrongly, with three times the error (a width of 96 at 64: 0.27 of the weights' size instead of 0.09).
NF4_BLOCKS = (64, 32)


class Int8Linear(nn.Linear):
    """A frozen linear layer in 8 bit: `weight` (out, in), int8, times `scale` (out, 1), in the computing format."""

    scale: Tensor

    def whole_weight(self, room: Tensor | None = None) -> Tensor:
        """The weights as they act, (out, in), in the computing format; in `room`, shaped alike, where it is given."""
        return _whole(self.weight, self.scale, room)

    def forward(self, input: Tensor) -> Tensor:
        answer: Tensor = _FrozenLinear.apply(input.to(self.scale.dtype), self)  # type: ignore[no-untyped-call]
        return answer


class Int8Conv2d(nn.Conv2d):
    """A frozen convolution in 8 bit: `weight` (out, in, height, width), int8, times `scale` (out, 1, 1, 1)."""

    scale: Tensor

    def whole_weight(self) -> Tensor:
        """The kernels as they act, (out, in, height, width), in the computing format."""
        return _whole(self.weight, self.scale)

    def forward(self, input: Tensor) -> Tensor:
        answer: Tensor = _FrozenConv2d.apply(input.to(self.scale.dtype), self)  # type: ignore[no-untyped-call]
        return answer


def _whole(numbers: Tensor, scale: Tensor, room: Tensor | None = None) -> Tensor:
    if picture_kernels.can_compute(scale):
        return picture_kernels.unpacked(numbers, scale, room)
    return torch.mul(numbers, scale, out=room)  # the product has the scale's format


class _FrozenLinear(torch.autograd.Function):
    """Keeps nothing for the way back but the layer itself, whose weights are unpacked once more there."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, layer: Int8Linear) -> Tensor:
        ctx.layer = layer
        return F.linear(input, layer.whole_weight(), layer.bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        whole = ctx.layer.whole_weight()
        return gradient.to(whole.dtype) @ whole, None


class _FrozenConv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, layer: Int8Conv2d) -> Tensor:
        ctx.layer, ctx.shape = layer, input.shape
        return F.conv2d(
            input, layer.whole_weight(), layer.bias, layer.stride, layer.padding, layer.dilation, layer.groups
        )

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        layer, whole = ctx.layer, ctx.layer.whole_weight()
        back: Tensor = conv2d_input(  # type: ignore[no-untyped-call]
            ctx.shape, whole, gradient.to(whole.dtype), layer.stride, layer.padding, layer.dilation, layer.groups
        )
        return back, None


def quantize_layers(
    network: nn.Module, quantization: Quantization, compute_dtype: torch.dtype, device: torch.device
) -> int:
    """Replaces the large layers of `network` in place and returns how many were replaced.

    The numbers are made on `device`, one layer after the other, and come back to where the network lies. A layer is
    let go before the next one is made: of a network that was read as it lies in its file, no more than the result and
    one layer are ever in memory of ours. What is not replaced has `compute_dtype` afterwards.

    Raises:
        StudioError: `quantization_unavailable` when 4 bit is asked for and bitsandbytes is missing or does not run.
    """
    if quantization == "none":
        return 0
    bnb = _bitsandbytes() if quantization == "nf4" else None
    targets = [
        name
        for name, module in network.named_modules()
        if type(module) in (nn.Linear, nn.Conv2d) and not any(kept in name for kept in KEPT_WHOLE)
    ]
    for name in targets:
        parent_name, _, leaf = name.rpartition(".")
        module = network.get_submodule(name)
        small: nn.Module
        if isinstance(module, nn.Conv2d):
            small = _int8_convolution(module, compute_dtype, device)
        elif isinstance(module, nn.Linear) and bnb is not None and (block_size := _block_size(module)):
            small = _nf4(bnb, module, block_size, compute_dtype, device)
        elif isinstance(module, nn.Linear):
            small = _int8_linear(module, compute_dtype, device)
        else:
            raise TypeError(f"{name} is a {type(module).__name__}.")
        setattr(network.get_submodule(parent_name), leaf, small)
    for kept in network.parameters():
        if kept.is_floating_point():
            kept.data = kept.data.to(compute_dtype)
    _return_freed_memory()
    network.is_loaded_in_4bit = bnb is not None  # type: ignore[assignment]  # peft chooses its layer class by it
    return len(targets)


def _return_freed_memory() -> None:
    """glibc keeps what lies between the new layers, up to the size of the old ones, until it is told to look."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)


def _bitsandbytes() -> Any:
    try:
        import bitsandbytes
    except (ImportError, OSError, RuntimeError) as error:
        raise StudioError(
            "quantization_unavailable",
            "The base model cannot be held in 4 bit on this computer.",
            f"bitsandbytes is missing or does not run here: {error}",
            "Set “Base in memory” to int8, which needs nothing more, or install bitsandbytes again.",
        ) from error
    return bitsandbytes


def _int8_linear(linear: nn.Linear, dtype: torch.dtype, device: torch.device) -> nn.Module:
    with torch.device("meta"):  # no numbers are drawn that would be thrown away
        small = Int8Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    return _filled(small, linear, dtype, device)


def _int8_convolution(convolution: nn.Conv2d, dtype: torch.dtype, device: torch.device) -> nn.Module:
    shape: Any = (
        convolution.in_channels, convolution.out_channels, convolution.kernel_size, convolution.stride,
        convolution.padding, convolution.dilation, convolution.groups, convolution.bias is not None,
    )  # fmt: skip
    with torch.device("meta"):
        small = Int8Conv2d(*shape)
    return _filled(small, convolution, dtype, device)


def _filled(
    small: Int8Linear | Int8Conv2d, layer: nn.Linear | nn.Conv2d, dtype: torch.dtype, device: torch.device
) -> nn.Module:
    numbers, scale = rows_in_8_bit(layer.weight.data.to(device), dtype)
    home = layer.weight.device
    small.weight = nn.Parameter(numbers.to(home), requires_grad=False)
    small.register_buffer("scale", scale.to(home), persistent=False)
    if layer.bias is not None:
        small.bias = nn.Parameter(layer.bias.data.to(dtype), requires_grad=False)
    return small


def rows_in_8_bit(weight: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Whole numbers from -127 to 127, int8, shaped as `weight`, and the scale of each first index, in `dtype`."""
    whole = weight.to(torch.float32, copy=True)
    across = tuple(range(1, whole.dim()))
    peaks = torch.maximum(whole.amax(across, keepdim=True), -whole.amin(across, keepdim=True))
    scale = (peaks / 127).clamp_min(torch.finfo(torch.float16).tiny).to(dtype)
    # Divided by the scale as it is kept, so that rounding it costs no more than a number's own rounding.
    return whole.div_(scale.float()).round_().clamp_(-127, 127).to(torch.int8), scale


def _nf4(bnb: Any, linear: nn.Linear, block_size: int, compute_dtype: torch.dtype, device: torch.device) -> nn.Module:
    home = linear.weight.device
    with torch.device("meta"):
        small: Any = bnb.nn.Linear4bit(
            linear.in_features, linear.out_features, bias=linear.bias is not None, compute_dtype=compute_dtype,
            compress_statistics=False, quant_type="nf4",
        )  # fmt: skip
    small.support_avx512bf16_for_cpu = False  # it packs the weights anew, in a way that nothing can learn through
    whole = bnb.nn.Params4bit(
        linear.weight.data.to(device, compute_dtype), requires_grad=False, blocksize=block_size,
        compress_statistics=False, quant_type="nf4",
    )  # fmt: skip
    small.weight = whole.to(device).to(home)  # the first makes it 4 bit
    if linear.bias is not None:
        small.bias = nn.Parameter(linear.bias.data, requires_grad=False)
    return small  # type: ignore[no-any-return]


def _block_size(linear: nn.Linear) -> int | None:
    return next((size for size in NF4_BLOCKS if linear.in_features % size == 0), None)
