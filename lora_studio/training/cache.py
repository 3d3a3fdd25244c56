"""Tensors computed once and kept: in memory while there is room, on disk so that a later start has them at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
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

    def __init__(
        self, folder: Path | None, memory_limit_bytes: int = MEMORY_LIMIT_BYTES, others: Iterable[Path] = ()
    ) -> None:
        """Keeps files in `folder`; without one, only memory is used and `put` keeps whatever fits.

        What `folder` lacks is looked for in the folders of `others`, in this order, each of which is listed once. What
        is found is taken into `folder`, as a second name of the same file where the drive can; there nothing changes.
        """
        self._folder = folder
        self._memory: dict[str, dict[str, Tensor]] = {}
        self._room_bytes = memory_limit_bytes
        self._unlisted = iter(others)
        self._listed: list[tuple[Path, frozenset[str]]] = []
        if folder is not None:
            storage.make_dir(folder)

    def get(self, key: str) -> dict[str, Tensor] | None:
        """The tensors kept under `key`, on the CPU, or None."""
        if key in self._memory:
            return self._memory[key]
        if self._folder is None:
            return None
        path = self._folder / f"{key}.safetensors"
        try:
            tensors = _tensors_in(path.read_bytes())
        except (FileNotFoundError, SafetensorError):
            found = self._take_over(path)
            if found is None:
                return None
            tensors = found
        self._remember(key, tensors)
        return tensors

    def put(self, key: str, tensors: Mapping[str, Tensor]) -> None:
        """Keeps CPU copies of `tensors` under `key`."""
        kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        if self._folder is not None:
            storage.write_file(self._folder / f"{key}.safetensors", safetensors.torch.save(kept))
        self._remember(key, kept)

    def _take_over(self, path: Path) -> dict[str, Tensor] | None:
        """What one of the others has under this name, which is there from now on."""
        for folder, names in self._others():
            if path.name not in names:
                continue
            try:
                data = (folder / path.name).read_bytes()
                tensors = _tensors_in(data)
            except (OSError, SafetensorError):  # it may be on its way to the bin
                continue
            if not storage.share_file(folder / path.name, path):
                storage.write_file(path, data)
            return tensors
        return None

    def _others(self) -> Iterator[tuple[Path, frozenset[str]]]:
        yield from self._listed
        for folder in self._unlisted:
            try:
                with os.scandir(folder) as entries:
                    names = frozenset(entry.name for entry in entries)
            except OSError:
                continue
            self._listed.append((folder, names))
            yield folder, names

    def _remember(self, key: str, tensors: dict[str, Tensor]) -> None:
        size = sum(tensor.nbytes for tensor in tensors.values())
        if size <= self._room_bytes:
            self._memory[key] = tensors
            self._room_bytes -= size


def _tensors_in(data: bytes) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = safetensors.torch.load(data)
    return tensors
