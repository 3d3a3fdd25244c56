"""Tiny bases in one file, and adapters with random numbers for their layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from tiny_families import tiny_networks, write_tiny_file

from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.base_layers import layers_in_file
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.header import read_header
from lora_studio.weights.lora import Lora, read_lora


def write_base(path: Path, family: str, dtype: torch.dtype = torch.float32, **metadata: str) -> Path:
    """A tiny base in one number format, with a mark that is empty and positions that are whole numbers."""
    networks = {name: network.to(dtype) for name, network in tiny_networks(family).items()}
    write_tiny_file(path, family, networks, ("ztsnr",))
    # Windows writes over no file whose tensors are in use.
    tensors = safetensors.torch.load(path.read_bytes()) | {"cond_stage_model.position_ids": torch.arange(77)}
    safetensors.torch.save_file(tensors, path, metadata)
    return path


def write_lora(path: Path, base: Path, family: str, every: int = 1, size: float = 0.05, **metadata: str) -> Lora:
    """An adapter in kohya's scheme with a random change of rank 1 to 3 for every so many layers of `base`."""
    generator = torch.Generator().manual_seed(every)
    tensors, modules = {}, {}
    for index, (place, layer) in enumerate(list(layers_in_file(base, read_header(base), family).items())[::every]):
        out, into, *kernel = layer.shape
        rank = 1 + index % 3
        modules[place] = (rank, 2.0)
        tensors[f"{place}.lora_A.weight"] = torch.randn(rank, into, *kernel, generator=generator) * size
        tensors[f"{place}.lora_B.weight"] = torch.randn(out, rank, *([1] * len(kernel)), generator=generator) * size
    checkpoint = path.with_name("checkpoint.safetensors")
    safetensors.torch.save_file(tensors, checkpoint, adapter_note(family, modules) | metadata)
    convert_lora(read_lora(checkpoint), path)
    return read_lora(path)


def delta_of(lora: Lora, place: str) -> np.ndarray:
    """A layer's change in float64, by the formula."""
    module = lora.modules[place]
    up, down = (factor.read().astype(np.float64) for factor in (module.up, module.down))
    return module.alpha / module.rank * (up.reshape(len(up), -1) @ down.reshape(len(down), -1))
