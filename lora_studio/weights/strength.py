"""Folds a strength into an adapter, so that 1 in any program is what this strength was before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from lora_studio.errors import StudioError
from lora_studio.weights.lora import Lora

LOWEST, HIGHEST = 0.001, 1000.0
# How our own exports suggest a strength.
_SUGGESTED = re.compile(r"Strength (\d+(?:\.\d+)?)")


def with_strength(lora: Lora, strength: float) -> Lora:
    """The same LoRA with every alpha times `strength`; no matrix changes.

    Raises:
        StudioError: `bad_strength`.
    """
    check_strength(strength)
    modules = {place: replace(module, alpha=module.alpha * strength) for place, module in lora.modules.items()}
    return replace(lora, modules=modules, metadata=metadata_at(lora.metadata, strength))


def check_strength(strength: float) -> None:
    """Refuses what cannot be folded into an alpha, which has to be above 0.

    Raises:
        StudioError: `bad_strength`.
    """
    if not LOWEST <= strength <= HIGHEST:
        raise StudioError(
            "bad_strength", f"{strength:g} cannot be the strength of an adapter file.",
            f"It may be from {LOWEST:g} to {HIGHEST:g}; 1 is as trained. Nothing was written.",
            "For the other way round: lora-studio merge FILE:-1 --out NEW.safetensors",
        )  # fmt: skip


def metadata_at(metadata: Mapping[str, str], strength: float) -> dict[str, str]:
    """Metadata whose stated alpha and suggested strength are those of the new file."""
    told = dict(metadata)
    if strength == 1:
        return told
    if alpha := _number(told.get("ss_network_alpha", "")):
        told["ss_network_alpha"] = f"{alpha * strength:g}"
    if suggested := _SUGGESTED.fullmatch(told.get("modelspec.usage_hint", "")):
        told["modelspec.usage_hint"] = f"Strength {float(suggested[1]) / strength:.3g}"
    return told


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
