"""How long steps took on this computer, so that the next plan is measured and not guessed."""

from __future__ import annotations

import logging
from pathlib import Path
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import paths, storage
from lora_studio.config.resolve import read_config
from lora_studio.config.training import AdapterKind, FamilyId, TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import Measured
from lora_studio.runs.events import EventReader, Phase, Sample, Started, Step
from lora_studio.runs.folder import RunFolder

log = logging.getLogger(__name__)

FEWEST_STEPS = 5
WARM_UP_STEPS = 2  # the first steps of a process choose kernels and fill caches
MOST = 200


class Timing(BaseModel):
    """The medians of one run, and what they hold for. `device` is the card's name, or cpu."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str
    family: FamilyId
    resolution_px: int
    batch_size: int
    passes: int
    precision: str
    quantization: str
    recompute: bool
    text_encoder: bool
    adapter: AdapterKind = "lora"  # what all were before there were others
    fast_step: str = "off"  # likewise
    cards: int = 1  # likewise
    sample_steps: int
    step_s: float
    sample_s: float | None = None
    start_s: float | None = None

    def holds_for(self, config: TrainingConfig, device: str) -> bool:
        """Whether a run with these settings on this device takes the same time a step."""
        return _conditions(config, device) == self.model_dump(include=set(_conditions(config, device)))


class _TimingsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    timings: tuple[Timing, ...] = ()


def find_timing(config: TrainingConfig, device: str) -> Measured | None:
    """What an earlier run of this size on this device measured, the newest if there are several."""
    found = next((timing for timing in _read().timings if timing.holds_for(config, device)), None)
    if found is None:
        return None
    sample_s = found.sample_s * config.preview.steps / found.sample_steps if found.sample_s else None
    return Measured(found.step_s, sample_s, found.start_s)


def remember_timing(run: RunFolder) -> Timing | None:
    """Keeps what a run's journal tells about speed; None while it tells too little.

    Raises:
        StudioError: The run cannot be read, or a disk error.
    """
    journal = EventReader(run.events_path).read()
    started = next((event for event in reversed(journal) if isinstance(event, Started)), None)
    if started is None:
        return None
    process = journal[journal.index(started) :]  # of the last process only: an earlier one may have had another device
    steps = [event for event in process if isinstance(event, Step)]
    if len(steps) < FEWEST_STEPS + WARM_UP_STEPS:
        return None
    # Those of epoch 0 may have been drawn by an earlier run, and only been copied.
    samples = [event.seconds for event in process if isinstance(event, Sample) and event.epoch and event.seconds > 0]
    config = read_config(run.config_path)
    # Not the samples' seconds: several cards may draw at once.
    phases = [event for event in process if isinstance(event, Phase) and event.n < steps[0].n]
    drawing = [phase.t for phase in phases if phase.name == "sampling"]
    before = drawing[-1] - drawing[0] if drawing else 0.0
    start_s = steps[0].t - steps[0].seconds - started.t - before
    timing = Timing(
        **_conditions(config, "cpu" if started.device.startswith("cpu") else started.device),
        sample_steps=config.preview.steps,
        step_s=median(event.seconds for event in steps[WARM_UP_STEPS:]),
        sample_s=median(samples) if samples else None,
        start_s=start_s if start_s > 0 else None,
    )
    others = [other for other in _read().timings if not other.holds_for(config, timing.device)]
    storage.make_dir(_path().parent)
    kept = _TimingsFile(timings=(timing, *others[: MOST - 1]))
    storage.write_file(_path(), kept.model_dump_json(indent=1).encode() + b"\n")
    return timing


def _conditions(config: TrainingConfig, device: str) -> dict[str, object]:
    return {
        "device": device,
        "family": config.base.family,
        "resolution_px": config.dataset.resolution_px,
        "batch_size": config.schedule.batch_size,
        "passes": config.schedule.gradient_accumulation,
        "precision": config.precision.compute,
        "quantization": config.base.quantization,
        "recompute": config.precision.gradient_checkpointing,
        "text_encoder": config.adapter.train_text_encoder,
        "adapter": config.adapter.kind,
        "fast_step": config.precision.fast_step,
        "cards": config.precision.cards,
    }


def _path() -> Path:
    return paths.data_dir() / "timings.json"


def _read() -> _TimingsFile:
    try:
        return _TimingsFile.model_validate(storage.read_json(_path()))
    except StudioError as error:
        if error.code != "file_missing":
            log.warning("%s", error)
    except ValidationError as error:  # it can be measured again
        log.warning("%s does not hold timings: %s", _path(), error)
    return _TimingsFile()
