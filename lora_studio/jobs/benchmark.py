"""Measures this computer by training: real runs of a few steps on drawn pictures, and what their journals tell.

Nothing here is a loop of its own: the trainer is the one that everybody's runs use, from loading to the last sample.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from lora_studio import storage
from lora_studio.config.resolve import merged
from lora_studio.config.training import FamilyId, Quantization
from lora_studio.errors import StudioError
from lora_studio.hardware.probe import probe_hardware
from lora_studio.jobs import supervisor
from lora_studio.jobs.interpreter import module_command, training_environment
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.events import Event, EventReader, Failed, Phase, Sample, Started, Step, StepTried
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.prepare import plan_budget
from lora_studio.runs.state import read_state

MIB = 1 << 20
USUAL_SIZE_PX: Mapping[FamilyId, int] = {"practice": 128, "sd1": 512, "sd2": 768, "sdxl": 1024}
WARM_UP_STEPS = 4
SHAPES = ((1, 1), (3, 4), (4, 3), (2, 3))  # width to height


@dataclass(frozen=True, slots=True)
class Case:
    """One run to measure. `limit_gib` is the most of the card it may take, 0 for all of it."""

    family: FamilyId
    resolution_px: int
    batch_size: int = 1
    quantization: Quantization = "none"
    recompute: bool = False
    limit_gib: float = 0.0
    steps: int = 24
    settings: Mapping[str, Any] = field(default_factory=dict)

    def patch(self) -> dict[str, Any]:
        """The settings of its run: rank 16 on attention and plain AdamW, so that all rows can be compared."""
        plain: dict[str, Any] = {
            "base": {"quantization": self.quantization},
            "dataset": {"resolution_px": self.resolution_px},
            "adapter": {"rank": 16, "alpha": 16, "targets": "attention", "train_text_encoder": False},
            "optimizer": {"type": "adamw"},
            "schedule": {
                "max_steps": self.steps, "looks_per_picture": 10_000, "epochs": 1, "batch_size": self.batch_size,
                "gradient_accumulation": 1,
            },
            "precision": {"gradient_checkpointing": self.recompute, "memory_limit_gib": self.limit_gib},
        }  # fmt: skip
        return merged(plain, self.settings)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case took. Memory is what torch reserved, in MiB; empty on the processor.

    Attributes:
        error: Why it did not end well; None when it did.
        step_s: Median of the steps after the first four.
        start_s: From the start of the process to the end of the first step, the sample of the base left out.
        sample_s: Seconds of a sample, the last one.
        peaks_mib: The most in each phase, `training` among them.
        tried_mib: What the one step before training took.
        estimated_mib: What the plan said before.
    """

    case: Case
    device: str
    error: str | None = None
    step_s: float | None = None
    start_s: float | None = None
    sample_s: float | None = None
    peaks_mib: Mapping[str, int] = field(default_factory=dict)
    tried_mib: int | None = None
    estimated_mib: int | None = None

    @property
    def training_mib(self) -> int | None:
        """The most of the steps and the check losses between them."""
        return self.peaks_mib.get("training")

    @property
    def peak_mib(self) -> int | None:
        """The most of the whole run. Drawing takes what is free, so that it is slower only where it has to be."""
        return max(self.peaks_mib.values(), default=None)


def make_base(family: FamilyId, folder: Path) -> str:
    """The source of a base of full size: the Practice base, or random weights written into `folder` once.

    Raises:
        StudioError: `base_not_made` when the process that makes it fails.
    """
    if family == "practice":
        return "practice"
    place = folder / f"random-{family}"
    if (place / "model_index.json").is_file():
        return str(place)
    done = subprocess.run(
        [*module_command("lora_studio.training.random_base"), family, str(place)],
        stdin=subprocess.DEVNULL, capture_output=True, env=training_environment(), check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-1:]
        raise StudioError(
            "base_not_made", f"No {family} base could be made to measure with.", " ".join(said),
            "It needs memory and disk for the whole model; give a model of your own with --base.",
        )  # fmt: skip
    return str(place)


def draw_pictures(folder: Path, size_px: int, count: int) -> Path:
    """Writes captioned pictures of several shapes with about `size_px` squared pixels, and returns their folder."""
    storage.make_dir(folder)
    for number in range(count):
        across, down = SHAPES[number % len(SHAPES)]
        unit = size_px * 1.1 / (across * down) ** 0.5
        noise = Image.effect_noise((round(unit * across), round(unit * down)), 40 + number)
        Image.merge("RGB", (noise, noise.rotate(180), noise.point(lambda value: 255 - value))).save(
            folder / f"{number:02}.png", compress_level=1
        )
        storage.write_file(folder / f"{number:02}.txt", f"a drawn pattern, number {number}".encode())
    return folder


def measure(case: Case, base: str, pictures: Path, place: Path) -> Outcome:
    """Trains one case in a run at `place`, which must not exist yet, and reads its journal.

    Raises:
        StudioError: The run could not be made or started. What goes wrong later is in the outcome.
    """
    wish = RunWish(
        folder=pictures, base=base, name="benchmark", trigger="drawn", prompts=("a drawn pattern",),
        settings=case.patch(),
    )  # fmt: skip
    plan = plan_run(wish)
    memory = plan_budget(plan, probe_hardware(place.parent)).memory
    run = create_run(plan, place)
    supervisor.start(run).wait()
    estimated = sum(part.size_bytes for part in memory.segments if part.name != "system") // MIB
    return read_outcome(case, run, estimated if memory.is_card else None)


def read_outcome(case: Case, run: RunFolder, estimated_mib: int | None) -> Outcome:
    """What the journal of a measured run tells."""
    journal = EventReader(run.events_path).read()
    steps = [event for event in journal if isinstance(event, Step)]
    samples = [event for event in journal if isinstance(event, Sample)]
    tried = next((event for event in journal if isinstance(event, StepTried)), None)
    started = [event for event in journal if isinstance(event, Started)]
    state = read_state(run)
    failed = next((event for event in reversed(journal) if isinstance(event, Failed)), None)
    is_card = any(isinstance(event, Phase) and event.memory_mib is not None for event in journal)
    return Outcome(
        case=case,
        device=next((event.device for event in reversed(started) if event.device), ""),
        error=None if state.kind == "done" else failed.title if failed else f"It ended as {state.kind}.",
        step_s=median(step.seconds for step in steps[WARM_UP_STEPS:]) if len(steps) > WARM_UP_STEPS else None,
        start_s=_start_s(journal, started, steps),
        sample_s=samples[-1].seconds if samples else None,
        peaks_mib=_peaks(journal),
        tried_mib=tried.memory_mib if tried and is_card else None,
        estimated_mib=estimated_mib,
    )


def _start_s(journal: Sequence[Event], started: Sequence[Started], steps: Sequence[Step]) -> float | None:
    if not (started and steps):
        return None
    before = sum(event.seconds for event in journal if isinstance(event, Sample) and event.n < steps[0].n)
    return steps[0].t - started[0].t - before


def _peaks(journal: Sequence[Event]) -> dict[str, int]:
    """Each phase's peak. A phase event tells of the time since the one before, so it speaks of that one's phase."""
    peaks: dict[str, int] = {}
    name = "loading"

    def note(mib: float | None) -> None:
        if mib is not None:
            peaks[name] = max(peaks.get(name, 0), round(mib))

    for event in journal:
        if isinstance(event, Phase):
            note(event.memory_mib)
            name = event.name
        elif isinstance(event, Step) and peaks:
            name = "training"
            note(event.memory_mib)
    return peaks
