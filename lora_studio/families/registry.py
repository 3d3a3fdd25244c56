"""Which class answers for which family."""

from __future__ import annotations

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.families.base import Family
from lora_studio.families.stable_diffusion import SingleEncoderFamily


def family_of(family: FamilyId) -> Family:
    """The family called `family`.

    Raises:
        StudioError: This version cannot train it yet.
    """
    if family in ("practice", "sd1", "sd2"):
        return SingleEncoderFamily(family)
    raise StudioError(
        "family_not_supported",
        "This version cannot train SDXL models yet.",
        "Nothing was changed.",
        "Choose a Stable Diffusion 1.x or 2.x model, or the Practice base.",
    )
