"""Writes the tensors of an old .ckpt file, a pickle in a zip, as a .safetensors file; nothing in it is ever run.

Every size is checked against the file before memory is asked for, and one tensor is in memory at a time. What the
file may ask for is decided in `inert_pickle`, what its zip may look like in `stored_zip`.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.weights.checkpoint import sidecar_tells_velocity
from lora_studio.weights.header import (
    ITEM_BYTES,
    MAX_DIMENSIONS,
    MAX_ELEMENTS,
    MAX_TENSORS,
    damaged_file,
    name_problem,
    open_regular,
    refused_file,
)
from lora_studio.weights.inert_pickle import MAX_PICKLE_BYTES, RefusedPickle, StoredTensor, read_pickle
from lora_studio.weights.pieces import PlannedTensor
from lora_studio.weights.stored_zip import Member, RefusedZip, read_members
from lora_studio.weights.writing import write_model

MAX_TENSOR_BYTES = 512 * 2**20  # the largest of SDXL in fp32, a table of words, has 253 million
_AVERAGE = "model_ema."
_BEFORE_ZIP = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the number that older torch writes first


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written, and how many of the old file's tensors were left out: its running average (EMA)."""

    path: Path
    size_bytes: int
    tensor_count: int
    left_out_count: int


def convert_checkpoint(source: Path, target: Path, progress: Callable[[int, int], None] | None = None) -> Converted:
    """Writes the weights of `source`, bit for bit and under their own names, to `target`, which must not be there yet.

    The table `state_dict` is taken where there is one; the optimiser, the training's notes and, beside the weights
    themselves, their running average stay behind. Shared numbers are written once for each name.

    Args:
        source: A file that torch 1.6 or newer saved. It is only read.
        target: A .safetensors file in a folder that exists.
        progress: Hears how many bytes of how many are written, on this thread.

    Raises:
        StudioError: `bad_file_name`; `already_there`; `file_refused` for a file that could do harm or is no honest
            checkpoint; `file_damaged`; `base_not_supported` for a format that is older still or a file without
            weights; else as `open_regular` and `write_model`. In every case no new file is left.

    Source: reference/lora-formats, section 5.3; torch/serialization.py and caffe2/serialize/inline_container.cc of
        torch 2.7 for where things lie.
    """
    check_new_file(target)
    tensors, left_out_count = plan_checkpoint(source)
    metadata = {"format": "pt"}
    if sidecar_tells_velocity(source):  # it stands beside the old file only
        metadata["modelspec.prediction_type"] = "v"
    staging_dir = storage.new_temp_dir(target.absolute().parent)
    try:
        staged = staging_dir / target.name
        write_model(staged, tensors, metadata, progress)
        size_bytes = staged.stat().st_size
        if not storage.publish_file(staged, target):
            raise _already_there(target)
    finally:
        storage.remove_tree(staging_dir)
    return Converted(target, size_bytes, len(tensors), left_out_count)


def check_new_file(target: Path) -> None:
    """Refuses a name that programs would not know, and one that is taken.

    Raises:
        StudioError: `bad_file_name`, or `already_there`.
    """
    if target.suffix.lower() != ".safetensors":
        raise StudioError(
            "bad_file_name", f"{target.name} cannot be the name of a converted model.",
            "Programs know such models by the ending .safetensors.", f"For example: {target.stem}.safetensors",
        )  # fmt: skip
    if target.exists() or target.is_symlink():
        raise _already_there(target)


def _already_there(target: Path) -> StudioError:
    return StudioError(
        "already_there", f"{target.name} is already there.", f"{target} was not touched.",
        "Use that file, or choose another name.",
    )  # fmt: skip


def plan_checkpoint(path: Path) -> tuple[list[PlannedTensor], int]:
    """The weights of an old checkpoint in the order of its list, not yet read, and how many tensors are left out.

    Raises:
        StudioError: as `convert_checkpoint`.
    """
    with open_regular(path) as file:
        file_size = file.seek(0, 2)
        file.seek(0)
        _check_beginning(path, file.read(512), file_size)
        try:
            members = read_members(file)
            root, raw = _read_list(file, members)
            weights, left_out_count = _choose_weights(read_pickle(raw))
            tensors = [
                _plan_tensor(path, name, tensor, members.get(f"{root}/data/{tensor.storage.key}"))
                for name, tensor in weights.items()
            ]
            # A few numbers under thousands of names would fill the disk.
            if sum(tensor.size_bytes for tensor in tensors) > 2 * file_size:
                raise RefusedPickle("it would become more than twice as large")
        except RefusedZip as problem:
            raise (damaged_file(path, file_size, None) if problem.is_cut else refused_file(path, str(problem))) from (
                problem
            )
        except RefusedPickle as problem:
            raise refused_file(path, str(problem)) from problem
    if not tensors:
        raise StudioError(
            "base_not_supported", f"{path.name} is not a model the app can train.",
            "It holds no weights under names of their own.", "Choose the checkpoint of a whole model.",
        )  # fmt: skip
    return tensors, left_out_count


def _check_beginning(path: Path, beginning: bytes, file_size: int) -> None:
    if beginning.startswith(b"PK\3\4"):
        return
    if not any(beginning):
        raise damaged_file(path, file_size, None)
    is_older = beginning.startswith(_BEFORE_ZIP) or beginning[257:262] == b"ustar"
    why = (
        "It is in a format that torch left in 2020, and was not opened."
        if is_older
        else "It does not begin like a checkpoint, and was not opened."
    )
    raise StudioError(
        "base_not_supported", f"{path.name} cannot be converted.", why,
        "Look for a .safetensors version of it, or for a newer .ckpt.",
    )  # fmt: skip


def _read_list(file: BinaryIO, members: Mapping[str, Member]) -> tuple[str, bytes]:
    """The one folder in the zip, and the pickle that lists its tensors."""
    lists = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(lists) != 1:
        raise RefusedZip("it has no list of contents where torch writes it")
    root = lists[0].partition("/")[0]
    order = members.get(f"{root}/byteorder")
    if order is not None and (order.size > 16 or _read(file, order) != b"little"):
        raise RefusedZip("its numbers are in another order of bytes than every usual computer's")
    member = members[lists[0]]
    if member.size > MAX_PICKLE_BYTES:
        raise RefusedZip("its list of contents is longer than any model's")
    raw = _read(file, member)
    if zlib.crc32(raw) != member.crc32:
        raise RefusedZip("its list of contents has another checksum than it states")
    return root, raw


def _read(file: BinaryIO, member: Member) -> bytes:
    file.seek(member.begin)
    return file.read(member.size)


def _choose_weights(content: object) -> tuple[dict[str, StoredTensor], int]:
    """The tensors by name, of the table `state_dict` if there is one, and how many of them are left out."""
    inner = content.get("state_dict") if isinstance(content, dict) else None
    table = inner if isinstance(inner, dict) else content
    if not isinstance(table, dict):
        return {}, 0
    tensors = {name: value for name, value in table.items() if isinstance(value, StoredTensor)}
    if len(tensors) > MAX_TENSORS:
        raise RefusedPickle(f"it lists more than {MAX_TENSORS:,} tensors")
    named = {name: tensor for name, tensor in tensors.items() if isinstance(name, str)}
    own = {name: tensor for name, tensor in named.items() if not name.startswith(_AVERAGE)}
    weights = own or named
    for name in weights:
        if problem := name_problem(name):
            raise RefusedPickle(problem)
    return weights, len(tensors) - len(weights)


def _plan_tensor(path: Path, name: str, tensor: StoredTensor, member: Member | None) -> PlannedTensor:
    """Checks that a tensor lies within its storage, and the storage in the file, before anything is read."""
    held, shape, strides = tensor.storage, tensor.shape, tensor.strides
    item_bytes = ITEM_BYTES[held.dtype]
    if member is None or member.size != held.count * item_bytes:
        raise RefusedPickle(f"the numbers of {name} are not there, or not as many as stated")
    numbers = (tensor.offset, *shape, *strides)
    # Before anything is multiplied: a pickle's numbers may have millions of digits.
    if len(shape) != len(strides) or len(shape) > MAX_DIMENSIONS or not all(0 <= n <= MAX_ELEMENTS for n in numbers):
        raise RefusedPickle(f"{name} has an impossible shape")
    count = math.prod(shape)
    if count * item_bytes > MAX_TENSOR_BYTES:
        raise RefusedPickle(f"{name} is larger than any tensor of such a model")
    last = tensor.offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    repeats = any(size > 1 and stride == 0 for size, stride in zip(shape, strides, strict=True))
    if count and (last >= held.count or count > held.count or repeats):
        raise RefusedPickle(f"{name} claims more numbers than the file holds")
    encode = partial(_encode, path, name, tensor, member) if count else bytes
    return PlannedTensor(name, held.dtype, shape, encode)


def _encode(path: Path, name: str, tensor: StoredTensor, member: Member) -> bytes:
    """The tensor's numbers one after another, as they are in the file."""
    item_bytes = ITEM_BYTES[tensor.storage.dtype]
    count = math.prod(tensor.shape)
    begin = member.begin + tensor.offset * item_bytes
    if not _is_contiguous(tensor):
        # Mapped: the part of the storage between its first and last number may be far larger than the tensor.
        length = (member.begin + member.size - begin) // item_bytes
        mapped = np.memmap(path, f"V{item_bytes}", "r", begin, (length,))
        steps = tuple(stride * item_bytes for stride in tensor.strides)
        return np.lib.stride_tricks.as_strided(mapped, tensor.shape, steps, writeable=False).tobytes()
    with open_regular(path) as file:
        file.seek(begin)
        raw = file.read(count * item_bytes)
        size = file.seek(0, 2)
    if len(raw) != count * item_bytes:
        raise damaged_file(path, size, member.begin + member.size)
    if len(raw) == member.size and zlib.crc32(raw) != member.crc32:
        raise StudioError(
            "file_damaged", f"{path.name} is damaged.",
            f"The numbers of {name} have another checksum than the file states. Nothing was written.",
            "Download or copy the file again.",
        )  # fmt: skip
    return raw


def _is_contiguous(tensor: StoredTensor) -> bool:
    expected = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.strides), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True
