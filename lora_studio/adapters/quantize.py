"""Holds a frozen network's linear layers in 8 or 4 bit with bitsandbytes.

Only the linears shrink: convolutions, norms and embeddings stay as they are. peft recognises the replaced
layers and puts its adapter beside them.
"""

from __future__ import annotations

import torch
from torch import nn

from lora_studio.config.training import Quantization
from lora_studio.errors import StudioError

# The noise level enters the UNet through these; they are small, and an error here shifts every picture.
KEPT_WHOLE = ("time_embedding", "add_embedding", "time_emb_proj")

# Weights that share a scale. A row has to hold whole blocks: bitsandbytes 0.50's processor kernel reads rows that do
# not back wrongly, with three times the error (a width of 96 at 64: 0.27 of the weights' size instead of 0.09).
NF4_BLOCKS = (64, 32)


def quantize_linears(network: nn.Module, quantization: Quantization, compute_dtype: torch.dtype) -> int:
    """Replaces the linears of `network` in place and returns how many were replaced.

    The small numbers are made when the network is moved to its device, layer by layer.

    In 4 bit, a layer whose width no block size divides stays whole.

    Raises:
        StudioError: bitsandbytes is missing or does not run here.
    """
    if quantization == "none":
        return 0
    try:
        import bitsandbytes as bnb
    except (ImportError, OSError, RuntimeError) as error:
        raise StudioError(
            "quantization_unavailable",
            "The base model cannot be held in 8 or 4 bit on this computer.",
            f"bitsandbytes is missing or does not run here: {error}",
            "Set base.quantization to none, or install bitsandbytes again.",
        ) from error
    targets = [
        (name, module)
        for name, module in network.named_modules()
        if type(module) is nn.Linear
        and not any(kept in name for kept in KEPT_WHOLE)
        and (quantization == "int8" or _block_size(module))
    ]
    for name, module in targets:
        parent_name, _, leaf = name.rpartition(".")
        parent = network.get_submodule(parent_name)
        setattr(parent, leaf, _replaced(bnb, module, quantization, compute_dtype))
    # peft chooses its layer class by these two marks.
    network.is_loaded_in_8bit = quantization == "int8"  # type: ignore[assignment]
    network.is_loaded_in_4bit = quantization == "nf4"  # type: ignore[assignment]
    return len(targets)


def _replaced(bnb: object, linear: nn.Linear, quantization: Quantization, compute_dtype: torch.dtype) -> nn.Module:
    layers = bnb.nn  # type: ignore[attr-defined]
    has_bias = linear.bias is not None
    if quantization == "nf4":
        small = layers.Linear4bit(
            linear.in_features, linear.out_features, bias=has_bias, compute_dtype=compute_dtype,
            compress_statistics=True, quant_type="nf4",
        )  # fmt: skip
        small.weight = layers.Params4bit(
            linear.weight.data, requires_grad=False, blocksize=_block_size(linear), compress_statistics=True,
            quant_type="nf4",
        )  # fmt: skip
    else:
        small = layers.Linear8bitLt(
            linear.in_features, linear.out_features, bias=has_bias, has_fp16_weights=False, threshold=6.0
        )
        small.weight = layers.Int8Params(linear.weight.data, requires_grad=False, has_fp16_weights=False)
    if has_bias:
        small.bias = nn.Parameter(linear.bias.data, requires_grad=False)
    small.requires_grad_(False)
    return small  # type: ignore[no-any-return]


def _block_size(linear: nn.Linear) -> int | None:
    return next((size for size in NF4_BLOCKS if linear.in_features % size == 0), None)
