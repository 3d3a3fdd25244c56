"""How much of the computer's own memory loading and quantising a base takes, on any computer.

    python tests/trials/load_trial.py SOURCE... [--device cuda]

Each source is loaded in each width in a process of its own, and waits in memory, as a trainer has it.
Of the process the most of its own memory (anonymous pages) is read a hundred times a second, beside what it had before;
only Linux tells it. Full-size bases: `python -m lora_studio.training.random_base sdxl FOLDER`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

GB = 1e9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--widths", nargs="*", default=["none", "int8", "nf4"])
    options = parser.parse_args()
    for source in options.sources:
        for width in options.widths:
            child = [sys.executable, __file__, "--child", source, width, options.device, options.dtype]
            subprocess.run(child, check=True)
    return 0


def measure(source: str, width: str, device_name: str, dtype_name: str) -> None:
    import torch

    from lora_studio.bases import find_base
    from lora_studio.families.base import LoadOptions
    from lora_studio.families.registry import family_of

    device = torch.device(device_name)
    torch.zeros(1, device=device)
    before, most, ended = own_bytes(), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.wait(0.01):
            most = max(most, own_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.monotonic()
    base = find_base(source)
    options = LoadOptions(device, getattr(torch, dtype_name), quantization=width, parks=True)  # type: ignore[arg-type]
    components = family_of(base.family).load(base, options)
    seconds = time.monotonic() - began
    ended.set()
    watcher.join()
    after = own_bytes()
    del components
    size = sum(path.stat().st_size for path in files(Path(source)))
    print(
        f"{Path(source).name:28} {width:5} file {size / GB:.2f} GB   before {before / GB:.2f}   most {most / GB:.2f}   "
        f"after {after / GB:.2f}   {seconds:.1f} s",
        flush=True,
    )


def own_bytes() -> int:
    told = psutil.Process().memory_info()
    return int(told.rss - told.shared)


def files(source: Path) -> list[Path]:
    return [source] if source.is_file() else list(source.glob("*/*.safetensors"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        measure(*sys.argv[2:])
    else:
        sys.exit(main())
