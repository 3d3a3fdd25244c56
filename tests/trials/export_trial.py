"""Times the export of an SDXL adapter, with all its checks, beside a plain saving and loading of the same tensors.

    python tests/trials/export_trial.py [--rank 16] [--dtype fp16] [--tries 15] [--up 1e-2] [--folder DIR]

The checkpoint has random numbers in the layers that `attention` trains. A JSON line for each, in milliseconds: the best
and the middle one of all tries, which take turns, and how long processors were busy at the least; then how many times
as long the export takes. The plain saving does not wait for the disk, the export does; so there is one that waits too.
Reads come from the system's cache. The export uses two cores where two are idle.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import safetensors.torch
import torch

from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.export import export_kohya
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.targets import UNET_TARGETS
from lora_studio.weights.writing import ExportDtype

TEXT_WIDTH = 2048
SOURCE = "checkpoint.safetensors"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--dtype", choices=get_args(ExportDtype), default="fp16")
    parser.add_argument("--tries", type=int, default=15)
    parser.add_argument("--up", type=float, default=1e-2, help="How large the up numbers are; small in early epochs.")
    parser.add_argument("--folder", type=Path, help="Where to write; else where temporary files go.")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        save_checkpoint(Path(folder) / SOURCE, wanted.rank, wanted.up)
        measure(Path(folder), wanted.dtype, wanted.tries)


def measure(folder: Path, dtype: ExportDtype, tries: int) -> None:
    """Prints how long each way takes; reads `SOURCE` in `folder` and writes beside it."""
    source, exported, plain = (folder / name for name in (SOURCE, "exported.safetensors", "plain.safetensors"))
    size_bytes = export_kohya(source, exported, {}, dtype).size_bytes
    tensors = {name: tensor.clone() for name, tensor in safetensors.torch.load_file(exported).items()}
    ways: dict[str, Callable[[], object]] = {
        "export": lambda: export_kohya(source, exported, {}, dtype),
        "plain": lambda: save_and_load(tensors, plain, synced=False),
        "plain, on the disk": lambda: save_and_load(tensors, plain, synced=True),
        "inspect": lambda: inspect_adapter(exported),
    }
    gc.collect()
    gc.freeze()  # torch, which the app has not loaded, would be searched for rubbish again and again
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    processor_seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(tries):
        for way, do in ways.items():
            (exported if way == "export" else plain).unlink(missing_ok=True)
            os.sync()  # what one way left to be written must not slow the next
            started, processor_started = time.perf_counter(), time.process_time()
            do()
            seconds[way].append(time.perf_counter() - started)
            processor_seconds[way].append(time.process_time() - processor_started)
    print(json.dumps({"dtype": dtype, "file_mb": round(size_bytes / 1e6, 1), "tensors": len(tensors)}))
    for way, spent in seconds.items():
        told = {"best": min(spent), "middle": statistics.median(spent), "processor": min(processor_seconds[way])}
        print(json.dumps({"way": way, **{f"{name}_ms": round(value * 1e3, 1) for name, value in told.items()}}))
    for way in ("plain", "plain, on the disk"):
        best, middle = (pick(seconds["export"]) / pick(seconds[way]) for pick in (min, statistics.median))
        print(json.dumps({"export over": way, "best": round(best, 2), "middle": round(middle, 2)}))


def save_checkpoint(path: Path, rank: int, up: float) -> None:
    """Saves an adapter as the trainer does, float32, with random numbers; those of the up matrices about `up` large."""
    modules = [
        module
        for module in module_paths("sdxl")
        if module.startswith("unet.") and module.endswith(tuple(f".{end}" for end in UNET_TARGETS["attention"]))
    ]
    tensors = {}
    for module in modules:
        width = 640 if module.startswith(("unet.down_blocks.1.", "unet.up_blocks.1.")) else 1280
        into = TEXT_WIDTH if module.endswith(("attn2.to_k", "attn2.to_v")) else width
        tensors[f"{module}.lora_A.weight"] = torch.randn(rank, into) / 100
        tensors[f"{module}.lora_B.weight"] = torch.randn(width, rank) * up
    safetensors.torch.save_file(tensors, path, adapter_note("sdxl", dict.fromkeys(modules, (rank, float(rank)))))


def save_and_load(tensors: dict[str, torch.Tensor], path: Path, synced: bool) -> None:
    safetensors.torch.save_file(tensors, path)
    if synced:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    safetensors.torch.load_file(path)


if __name__ == "__main__":
    main()
