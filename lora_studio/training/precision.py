"""Which device trains, and in which number format."""

from __future__ import annotations

import torch

from lora_studio.config.training import PrecisionSettings
from lora_studio.errors import StudioError


def choose_device(settings: PrecisionSettings) -> torch.device:
    """The device for these settings; `auto` takes the graphics card when there is one.

    Raises:
        StudioError: The wished device is not there.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    wished = settings.device
    if wished == "auto":
        wished = "cuda" if available["cuda"] else "mps" if available["mps"] else "cpu"
    if not available[wished]:
        raise StudioError(
            "device_missing",
            f"There is no {wished} device that torch can use.",
            f"torch {torch.__version__} is installed.",
            "Set precision.device to auto, or install the torch build for your card.",
        )
    return torch.device(wished)


def compute_dtype(name: str, device: torch.device) -> torch.dtype:
    """The number format for `precision.compute` on this device; `auto` picks the best one the device has."""
    if name == "auto":
        if device.type != "cuda":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[name]
