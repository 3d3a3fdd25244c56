"""Projects and runs on disk as training would have left them, for the pages that list them. Nothing is trained."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from lora_studio import embedded
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.buckets import Placement
from lora_studio.projects.project import Project, create_project
from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import record_process
from lora_studio.runs.pictures import PictureEntry, RunPictures

STEPS = 120


def make_project(folder: Path, name: str = "Misty Ink") -> Project:
    return create_project(folder, name)


def make_run(folder: Path, name: str = "misty ink", kind: str = "style", pictures: int = 12) -> RunFolder:
    """A run that waits for its trainer."""
    config = TrainingConfig.model_validate(
        {
            "name": name,
            "kind": kind,
            "base": {"source": "practice", "family": "practice"},
            "dataset": {"folder": str(folder), "resolution_px": 128, "trigger": "mistyink"},
            "schedule": {"min_steps": STEPS, "max_steps": STEPS, "epochs": 4},
            "preview": {"prompts": ["mistyink, a pagoda in the mist"]},
        }
    )
    placement = Placement(128, 128, 128, 128, 0, 0, 1.0)
    entries = tuple(
        PictureEntry(
            path=f"ink_{n}.png", content_sha256=f"{n:064}", caption="mistyink, a lake", repeats=1, placement=placement
        )
        for n in range(pictures)
    )
    origins = {"adapter.rank": {"layer": "user"}, "base.source": {"layer": "model"}}
    files = {
        "config.json": config.model_dump_json().encode(),
        "images.json": RunPictures(training=entries).model_dump_json().encode(),
        "origins.json": json.dumps(origins).encode(),
    }
    return RunFolder.create(folder, files)


def tell(run: RunFolder, *told: events.Event, at: float = 1_762_960_000.0) -> RunFolder:
    with events.EventWriter(run.events_path, clock=lambda: at) as writer:
        for event in told:
            writer.write(event)
    return run


def started(pid: int = 1) -> events.Started:
    return events.Started(pid=pid, device="fake card", total_steps=STEPS, total_epochs=4)


def steps(count: int) -> list[events.Event]:
    return [
        events.Step(step=n, epoch=1 + n // 30, loss=0.1, learning_rate=1e-4, seconds=2.0) for n in range(1, count + 1)
    ]


def save_epochs(run: RunFolder, epochs: Sequence[int], kind: str = "style") -> RunFolder:
    """Adapters and samples of these epochs; the samples are pictures of a built-in project."""
    images = sorted(embedded.sample_project("style" if kind == "style" else "character").images_dir.glob("*.png"))
    for epoch in epochs:
        run.epoch_path(epoch).write_bytes(b"\0" * 40_000)
        run.sample_dir(epoch).mkdir(exist_ok=True)
        run.sample_path(epoch, 1).write_bytes(images[epoch % len(images)].read_bytes())
    return run


def finish(run: RunFolder, kind: str = "style") -> RunFolder:
    save_epochs(run, (1, 2, 3, 4), kind)
    (run.cache_dir / "latents.safetensors").write_bytes(b"\0" * 50_000)
    checkpoint = run.checkpoint_dir(STEPS)
    checkpoint.mkdir()
    (checkpoint / "state.json").write_bytes(b"\0" * 90_000)
    return tell(run, started(), *steps(STEPS), events.Finished(step=STEPS, epochs=4, seconds=240.0))


def train_now(run: RunFolder, step: int = 74) -> RunFolder:
    """As if this very process trained the run."""
    tell(run, started(os.getpid()), events.Phase(name="training", total=STEPS), *steps(step))
    record_process(run, os.getpid())
    return run


def crash(run: RunFolder) -> RunFolder:
    return tell(run, started(), *steps(40))


def fail(run: RunFolder) -> RunFolder:
    failed = events.Failed(code="out_of_memory", title="The graphics card ran out of memory at step 12.", step=12)
    return tell(run, started(), *steps(12), failed)
