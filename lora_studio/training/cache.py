"""Tensors computed once and kept: in memory while there is room, on disk so that a resumed run starts at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from lora_studio import storage

MEMORY_LIMIT_BYTES = 1 << 30


def content_key(*parts: str) -> str:
    """A file name for whatever these texts describe together."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class TensorCache:
    """Small groups of named tensors by content key. An unreadable file counts as absent and is made again."""

    def __init__(self, folder: Path | None, memory_limit_bytes: int = MEMORY_LIMIT_BYTES) -> None:
        """Keeps files in `folder`; without one, only memory is used and `put` keeps whatever fits."""
        self._folder = folder
        self._memory: dict[str, dict[str, Tensor]] = {}
        self._room_bytes = memory_limit_bytes
        if folder is not None:
            storage.make_dir(folder)

    def get(self, key: str) -> dict[str, Tensor] | None:
        """The tensors kept under `key`, on the CPU, or None."""
        if key in self._memory:
            return self._memory[key]
        if self._folder is None:
            return None
        try:
            tensors: dict[str, Tensor] = safetensors.torch.load((self._folder / f"{key}.safetensors").read_bytes())
        except (FileNotFoundError, SafetensorError):
            return None
        self._remember(key, tensors)
        return tensors

    def put(self, key: str, tensors: Mapping[str, Tensor]) -> None:
        """Keeps CPU copies of `tensors` under `key`."""
        kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        if self._folder is not None:
            storage.write_file(self._folder / f"{key}.safetensors", safetensors.torch.save(kept))
        self._remember(key, kept)

    def _remember(self, key: str, tensors: dict[str, Tensor]) -> None:
        size = sum(tensor.nbytes for tensor in tensors.values())
        if size <= self._room_bytes:
            self._memory[key] = tensors
            self._room_bytes -= size
