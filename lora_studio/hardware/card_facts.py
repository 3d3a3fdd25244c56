"""What was measured of a card before a training there, kept so that the next one of its kind measures nothing.

`training.tuning` measures; the plan and `doctor` read it here. The file lies among what can be made again.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lora_studio import paths, storage
from lora_studio.config.training import FamilyId, TrainingConfig

log = logging.getLogger(__name__)

MOST = 100
NAMES = {"flash": "FlashAttention", "efficient": "xFormers", "cudnn": "cuDNN"}

Backend = Literal["own", "flash", "efficient", "cudnn"]
AttentionShape = tuple[int, int, int, int, int]  # batch, heads, queries, keys, numbers of a head
KernelShape = tuple[int, int, int, int]  # out channels, in channels, height, width
Measure = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class KernelChoice(BaseModel):
    """How the weights of all convolutions of one shape are laid out; `is_turned` is channels last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: KernelShape
    layers: int
    is_turned: bool


class Tuning(BaseModel):
    """What is fastest on a card, as measured. What it does not name keeps the rules.

    Attributes:
        self_attention: What does the attention among a picture's places; `own` leaves torch to choose.
        cross_attention: What does the attention to the words.
        cudnn_shapes: The attentions at which cuDNN worked forward and backward.
        kernels: Only shapes of which both layouts were measured.
        saved_ms: How much shorter than with the rules the measured pieces of one step are, in all.
        seconds: How long measuring took.
        tflops: Matrix products in the training's number format, 10^12 operations a second; None if not reached.
        copy_gb_s: Copying within the card's memory, 10^9 bytes read and written a second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    self_attention: Backend = "own"
    cross_attention: Backend = "own"
    cudnn_shapes: tuple[AttentionShape, ...] = ()
    kernels: tuple[KernelChoice, ...] = ()
    saved_ms: Measure = 0.0
    seconds: Measure = 0.0
    tflops: Measure | None = None
    copy_gb_s: Measure | None = None

    def words(self) -> str:
        """What was chosen, why, and what it gains, in whole sentences."""
        told = [f"Measured on this card in {max(1.0, self.seconds):.0f} s."]
        if self.self_attention != "own":
            told.append(f"Fastest for attention within the picture: {NAMES[self.self_attention]}.")
        if self.cross_attention != "own":
            told.append(f"Fastest for attention to the words: {NAMES[self.cross_attention]}.")
        layers = sum(kernel.layers for kernel in self.kernels)
        turned = sum(kernel.layers for kernel in self.kernels if kernel.is_turned)
        if layers:
            told.append(f"{turned} of {layers} convolutions are faster in another layout.")
        if self.saved_ms >= 0.05:
            told.append(f"That saves about {self.saved_ms:.1f} ms of each step.")
        else:
            told.append("The usual choices are the fastest here.")
        return " ".join(told)


class Conditions(BaseModel):
    """What a measurement holds for.

    Attributes:
        device: The card's name; `driver` and `torch` with their versions, `torch` also with that of CUDA.
        latent: Height and width of the largest batch's latents, in cells, and `pictures` how many it has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str
    driver: str
    torch: str
    family: FamilyId
    resolution_px: int
    batch_size: int
    precision: str
    quantization: str
    targets: str
    has_dropout: bool
    latent: tuple[int, int]
    pictures: int


class CardFacts(BaseModel):
    """One measurement, and what it holds for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conditions: Conditions
    tuning: Tuning


class _CardFactsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    facts: tuple[CardFacts, ...] = ()


def conditions_of(
    config: TrainingConfig, device: str, driver: str, torch: str, latent: tuple[int, int], pictures: int
) -> Conditions:
    """What a measurement for this training holds for."""
    settings = _settings(config)
    return Conditions.model_validate(
        {**settings, "device": device, "driver": driver, "torch": torch, "latent": latent, "pictures": pictures}
    )


def find_tuning(conditions: Conditions) -> Tuning | None:
    """What was measured under just these conditions."""
    return next((known.tuning for known in remembered() if known.conditions == conditions), None)


def find_tuning_for(config: TrainingConfig, device: str, driver: str | None) -> Tuning | None:
    """What a training with these settings will find on this card; the newest where picture sets had several sizes."""
    precision = config.precision
    if (
        precision.tuning == "off"
        or precision.fast_step == "off"
        or precision.cards > 1
        or config.adapter.kind != "lora"
    ):
        return None
    expected = {**_settings(config), "device": device, "driver": driver or ""}
    alike = (known for known in remembered() if known.conditions.model_dump(include=set(expected)) == expected)
    return next((known.tuning for known in alike), None)


def remember_tuning(conditions: Conditions, tuning: Tuning) -> None:
    """Keeps a measurement, in place of an earlier one under the same conditions.

    Raises:
        StudioError: A disk error.
    """
    others = [known for known in remembered() if known.conditions != conditions]
    kept = _CardFactsFile(facts=(CardFacts(conditions=conditions, tuning=tuning), *others[: MOST - 1]))
    storage.make_dir(_path().parent)
    storage.write_file(_path(), kept.model_dump_json(indent=1).encode() + b"\n")


def remembered() -> tuple[CardFacts, ...]:
    """All that was measured, the newest first; nothing where the file is missing or damaged."""
    try:
        return _CardFactsFile.model_validate_json(_path().read_bytes()).facts
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:  # it can be measured again
        log.warning("%s does not hold what was measured of cards: %s", _path(), error)
        return ()


def _settings(config: TrainingConfig) -> dict[str, object]:
    return {
        "family": config.base.family,
        "resolution_px": config.dataset.resolution_px,
        "batch_size": config.schedule.batch_size,
        "precision": config.precision.compute,
        "quantization": config.base.quantization,
        "targets": config.adapter.targets,
        "has_dropout": config.adapter.dropout > 0,
    }


def _path() -> Path:
    return paths.cache_dir() / "cards.json"
