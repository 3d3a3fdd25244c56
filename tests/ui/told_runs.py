"""Run folders whose journal a test writes, so that a page shows any state without a trainer."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from lora_studio.dataset.buckets import Placement
from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import record_process
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.adapter import adapter_note

PROMPTS = ("mistyink, pagoda in the mist", "mistyink, red sail boat at dusk", "mistyink, a hillside", "a torii gate")
NOW = 1_800_000_000.0


def told_run(folder: Path, prompts: tuple[str, ...] = PROMPTS, **config: Any) -> RunFolder:
    """A run that has not begun."""
    settings = {"name": folder.name, "preview": {"prompts": list(prompts), "seed": 1107}, **config}
    return RunFolder.create(folder, {"config.json": json.dumps(settings).encode()})


def trained_run(folder: Path, epochs: int = 3, family: str = "sd1") -> RunFolder:
    """A finished run with pictures, samples and an adapter for each epoch."""
    run = told_run(folder, base={"source": "practice", "family": family}, dataset={"trigger": "mistyink"})
    entry = PictureEntry(
        path="a.png", content_sha256="0" * 64, caption="a", repeats=1, placement=Placement(64, 64, 64, 64, 0, 0, 1.0)
    )
    run.images_path.write_bytes(RunPictures(training=(entry,)).model_dump_json().encode())
    told: list[events.Event] = [started(epochs * 10, epochs), *samples(run, 0)]
    for epoch in range(1, epochs + 1):
        save_adapter(run, epoch)
        told += whole_epoch(run, epoch, per_epoch=10)
    tell(run, *told, events.Finished(step=epochs * 10, epochs=epochs, seconds=60))
    return run


def save_adapter(run: RunFolder, epoch: int) -> None:
    """The adapter of an epoch, of one layer; every epoch's numbers differ."""
    layer = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    tensors = {
        f"{layer}.lora_A.weight": np.full((4, 768), 0.01 * epoch, np.float32),
        f"{layer}.lora_B.weight": np.full((320, 4), 0.02, np.float32),
    }
    save_file(tensors, run.epoch_path(epoch), adapter_note("sd1", {layer: (4, 4.0)}))


def tell(run: RunFolder, *told: events.Event, clock: Callable[[], float] = lambda: NOW) -> None:
    with events.EventWriter(run.events_path, clock=clock) as writer:
        for event in told:
            writer.write(event)


def started(total_steps: int = 1848, total_epochs: int = 12, **fields: Any) -> events.Started:
    fields = {"pid": 1, "device": "RTX 4070", **fields}
    return events.Started(total_steps=total_steps, total_epochs=total_epochs, **fields)


def steps(first: int, last: int, per_epoch: int = 154, seconds: float = 1.38) -> list[events.Step]:
    """Steps whose loss falls and is noisy, always in the same way."""
    chance = random.Random(7)
    noise = [chance.gauss(0, 0.012) for _ in range(last)]
    return [
        events.Step(
            step=step, epoch=(step - 1) // per_epoch + 1, loss=0.083 + 0.05 * math.exp(-step / 250) + noise[step - 1],
            learning_rate=1e-4, seconds=seconds, memory_mib=7450,
        )
        for step in range(first, last + 1)
    ]  # fmt: skip


def samples(run: RunFolder, epoch: int, count: int = 4, like: Path | None = None) -> list[events.Sample]:
    """Samples of an epoch, drawn in one colour or copied from the folder of another run's epoch."""
    run.sample_dir(epoch).mkdir(parents=True, exist_ok=True)
    told = []
    for index in range(count):
        path = run.sample_path(epoch, index + 1)
        if like is not None:
            path.write_bytes((like / path.name).read_bytes())
        else:
            Image.new("RGB", (32, 32), (40 + 15 * epoch, 60 * index, 120)).save(path)
        told.append(events.Sample(epoch=epoch, prompt_index=index, path=f"samples/{path.name}", seconds=8.0))
    return told


def whole_epoch(run: RunFolder, epoch: int, per_epoch: int = 154, like: Path | None = None) -> list[events.Event]:
    """The steps of an epoch, its save and its samples."""
    last = epoch * per_epoch
    return [
        *steps(last - per_epoch + 1, last, per_epoch),
        events.Checkpoint(step=last),
        events.EpochSaved(epoch=epoch, step=last, path=f"epochs/{run.epoch_path(epoch).name}"),
        *samples(run, epoch, like=like),
    ]


def alive(run: RunFolder) -> subprocess.Popen[bytes]:
    """A process that counts as the run's trainer until it is killed."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"])
    record_process(run, sleeper.pid)
    return sleeper
