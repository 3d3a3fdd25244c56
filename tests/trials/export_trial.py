"""Times the export of an SDXL adapter, with all its checks, beside a plain saving and loading of the same tensors.

    python tests/trials/export_trial.py [--rank 16] [--dtype fp16] [--tries 15] [--folder DIR]

The checkpoint has random numbers in the layers that `attention` trains. A JSON line for each: milliseconds, the best
and the middle one of all tries, which take turns; then how many times as long the export takes. The plain saving does
not wait for the disk, the export does; so there is one that waits too. Reads come from the system's cache.
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--dtype", choices=get_args(ExportDtype), default="fp16")
    parser.add_argument("--tries", type=int, default=15)
    parser.add_argument("--folder", type=Path, help="Where to write; else where temporary files go.")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        measure(Path(folder), wanted.rank, wanted.dtype, wanted.tries)


def measure(folder: Path, rank: int, dtype: ExportDtype, tries: int) -> None:
    """Prints how long each way takes; writes into `folder`."""
    source, exported, plain = (folder / f"{name}.safetensors" for name in ("checkpoint", "exported", "plain"))
    save_checkpoint(source, rank)
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
    for _ in range(tries):
        for way, do in ways.items():
            (exported if way == "export" else plain).unlink(missing_ok=True)
            os.sync()  # what one way left to be written must not slow the next
            started = time.perf_counter()
            do()
            seconds[way].append(time.perf_counter() - started)
    print(json.dumps({"rank": rank, "dtype": dtype, "file_mb": round(size_bytes / 1e6, 1), "tensors": len(tensors)}))
    for way, spent in seconds.items():
        best, middle = min(spent), statistics.median(spent)
        print(json.dumps({"way": way, "best_ms": round(best * 1e3, 1), "middle_ms": round(middle * 1e3, 1)}))
    for way in ("plain", "plain, on the disk"):
        best, middle = (pick(seconds["export"]) / pick(seconds[way]) for pick in (min, statistics.median))
        print(json.dumps({"export over": way, "best": round(best, 2), "middle": round(middle, 2)}))


def save_checkpoint(path: Path, rank: int) -> None:
    """Saves an adapter as the trainer does, float32, with random numbers."""
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
        tensors[f"{module}.lora_B.weight"] = torch.randn(width, rank) / 100
    safetensors.torch.save_file(tensors, path, adapter_note("sdxl", dict.fromkeys(modules, (rank, float(rank)))))


def save_and_load(tensors: dict[str, torch.Tensor], path: Path, synced: bool) -> None:
    safetensors.torch.save_file(tensors, path)
    if synced:
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    safetensors.torch.load_file(path)


if __name__ == "__main__":
    main()
