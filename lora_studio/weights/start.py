"""Whether a LoRA file can be what a new adapter begins with: its family, its layers and its ranks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lora_studio.config.training import AdapterSettings, FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.lora import Lora, read_lora
from lora_studio.weights.targets import TEXT_ENCODER, UNET_TARGETS, untrained

_SHOWN = 3
_FAMILIES: dict[FamilyId, str] = {
    "practice": "the Practice base", "sd1": "SD 1.x", "sd2": "SD 2.x", "sdxl": "SDXL",
}  # fmt: skip


def read_start(path: Path, family: FamilyId, settings: AdapterSettings) -> Lora:
    """Opens the LoRA that an adapter with these settings begins with; only names and shapes are read.

    It may have fewer layers and smaller ranks than the new adapter: what it lacks begins as in a fresh one.

    Raises:
        StudioError: `start_misfit`, naming all that differs; as `read_lora` for what is no plain LoRA.
    """
    lora = read_lora(path, likely=family)
    reasons = list(_misfits(lora, family, settings))
    if reasons:
        raise StudioError(
            "start_misfit", f"Training cannot go on from {path.name} with these settings.", " ".join(reasons),
            "Take over its settings too (--like on the command line), or begin with a fresh adapter.",
        )  # fmt: skip
    return lora


def _misfits(lora: Lora, family: FamilyId, settings: AdapterSettings) -> Iterator[str]:
    if lora.family != family:
        yield f"It was made for {_FAMILIES[lora.family]}, and this base model is {_FAMILIES[family]}."
        return
    largest = max(module.rank for module in lora.modules.values())
    if largest > settings.rank:
        yield f"Its rank is {largest}, and yours is {settings.rank}."
    unet = [place for place in lora.modules if place.startswith("unet.")]
    text = [place for place in lora.modules if not place.startswith("unet.")]
    if beyond := untrained(unet, UNET_TARGETS[settings.targets]):
        yield f"It holds layers that the setting “Layers” leaves out: {_named(beyond)}."
    if text and not settings.train_text_encoder:
        yield "It holds layers of the text encoder, and “Train the text encoder” is off."
    elif beyond := untrained(text, TEXT_ENCODER):
        yield f"It holds layers of the text encoder that are never trained here: {_named(beyond)}."


def _named(places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
    return ", ".join(places[:_SHOWN]) + more
