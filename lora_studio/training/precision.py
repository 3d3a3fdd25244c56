"""Which device trains, and in which number format."""

from __future__ import annotations

from collections.abc import Mapping

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
            f"This computer cannot train on “{wished}”.",
            f"LoRA Studio found no such device. It computes with PyTorch {torch.__version__}.",
            "Set “Device” to auto. If the card came in later, `python3 packaging/bootstrap.py --fresh app` installs "
            "what it needs.",
        )
    return torch.device(wished)


def compute_dtype(name: str, device: torch.device) -> torch.dtype:
    """The number format for `precision.compute` on this device; `auto` picks the best one the device has.

    Raises:
        StudioError: fp16 without a graphics card, where nothing guards its small range of numbers.
    """
    if name == "auto":
        if device.type != "cuda":
            return torch.float32
        # torch also says yes to cards older than 2020, which only imitate bf16, many times slower.
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if name == "fp16" and device.type == "cpu":
        raise StudioError(
            "precision_unavailable",
            "fp16 needs a graphics card.",
            "This training runs on the processor.",
            "Set “Precision” to auto, fp32 or bf16.",
        )
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[name]


def drawing_dtype(device: torch.device) -> torch.dtype:
    """The number format for drawing outside training: bf16 also on processors that calculate in it.

    Training stays in float32 on the processor, so that a resumed run ends in the same adapter everywhere.
    """
    if device.type == "cpu" and _has_bf16_instructions():
        return torch.bfloat16
    return compute_dtype("auto", device)


def _has_bf16_instructions() -> bool:
    # Without them torch imitates bf16, slower than float32. Older versions of torch cannot tell.
    capabilities: Mapping[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
