"""What a training holds of the device's memory, and the limit it keeps to."""

from __future__ import annotations

import psutil
import torch

from lora_studio.errors import StudioError
from lora_studio.hardware.budget import CUDA_CONTEXT_BYTES, GIB


class DeviceMemory:
    """Peaks and limit on a graphics card; on the processor, what this process holds of the computer's memory."""

    def __init__(self, device: torch.device, limit_gib: float = 0.0) -> None:
        """Limits this process to `limit_gib` of the card, what CUDA itself takes included; 0 sets no limit.

        Raises:
            StudioError: `memory_limit_too_low` where CUDA alone would fill it.
        """
        self._is_card = device.type == "cuda"
        # Some of torch's functions want the card's number, and accelerate may leave it out.
        self._device = torch.device("cuda", device.index or 0) if self._is_card else device
        self.limit_bytes: int | None = None
        if not (self._is_card and limit_gib):
            return
        self.limit_bytes = round(limit_gib * GIB - CUDA_CONTEXT_BYTES)
        if self.limit_bytes <= 0:
            raise StudioError(
                "memory_limit_too_low",
                f"A memory limit of {limit_gib:g} GB leaves nothing to train with.",
                "The driver alone takes about half a GB.",
                "Raise “Memory limit”, or set it to 0 for no limit.",
            )
        whole = torch.cuda.get_device_properties(self._device).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, self.limit_bytes / whole), self._device)

    def used_mib(self) -> int:
        """The most that was reserved since `take_peak_mib`; on the processor, what is held now."""
        if self._is_card:
            return torch.cuda.max_memory_reserved(self._device) >> 20
        return int(psutil.Process().memory_info().rss) >> 20

    def total_mib(self) -> int:
        """What there is: the limit, the card, or the computer's memory."""
        if self.limit_bytes is not None:
            return self.limit_bytes >> 20
        if self._is_card:
            return torch.cuda.get_device_properties(self._device).total_memory >> 20
        return int(psutil.virtual_memory().total) >> 20

    def take_peak_mib(self) -> int | None:
        """The most that was reserved on the card since the last call, and begins anew; None on the processor."""
        if not self._is_card:
            return None
        peak = self.used_mib()
        torch.cuda.reset_peak_memory_stats(self._device)
        return peak

    def give_back(self) -> None:
        """Returns what is reserved and not held, so that the next phase begins with nothing of the one before."""
        if self._is_card:
            torch.cuda.empty_cache()
