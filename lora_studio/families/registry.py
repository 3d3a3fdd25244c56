"""Which class answers for which family."""

from __future__ import annotations

from lora_studio.config.training import FamilyId
from lora_studio.families.base import Family
from lora_studio.families.sdxl import StableDiffusionXL
from lora_studio.families.stable_diffusion import SingleEncoderFamily


def family_of(family: FamilyId) -> Family:
    """The family called `family`."""
    return StableDiffusionXL() if family == "sdxl" else SingleEncoderFamily(family)
