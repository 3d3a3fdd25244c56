"""Adapter files as our trainer saves them, made with numpy alone, and pipelines a few kilobytes small."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from lora_studio.weights.adapter import adapter_note

SD1_MODULES = {
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q": (8, 8),
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k": (8, 768),
    "unet.mid_block.resnets.0.conv1": (8, 8, 3, 3),
    "text_encoder.encoder.layers.0.self_attn.out_proj": (16, 16),
}


@pytest.fixture(autouse=True, scope="session")
def one_torch_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def write_raw() -> Callable[[Path, bytes | dict, bytes], Path]:
    """Writes a safetensors file from a header (bytes as they are, or a dictionary) and data, without any check."""

    def write(path: Path, header: bytes | dict, data: bytes = b"") -> Path:
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return path

    return write


@pytest.fixture
def save_adapter(tmp_path: Path) -> Callable[..., Path]:
    """Saves a studio adapter with random numbers: `save_adapter(rank=4, alpha=2.0, change=…)`."""

    def save(
        name: str = "adapter.safetensors",
        family: str = "sd1",
        modules: dict[str, tuple[int, ...]] = SD1_MODULES,
        rank: int = 4,
        alpha: float = 2.0,
        change: Callable[[dict[str, np.ndarray]], None] = lambda tensors: None,
    ) -> Path:
        rng = np.random.default_rng(0)
        tensors: dict[str, np.ndarray] = {}
        for module, (out, into, *kernel) in modules.items():
            tensors[f"{module}.lora_A.weight"] = rng.normal(size=(rank, into, *kernel)).astype(np.float32)
            ones = [1] * len(kernel)
            tensors[f"{module}.lora_B.weight"] = rng.normal(size=(out, rank, *ones)).astype(np.float32)
        change(tensors)
        path = tmp_path / name
        save_file(tensors, path, adapter_note(family, dict.fromkeys(modules, (rank, alpha))))
        return path

    return save
