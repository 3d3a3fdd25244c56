"""What this computer has to train with, asked without torch and in well under a second."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import psutil
import pynvml
from pydantic import BaseModel, ConfigDict

MIB = 1 << 20

log = logging.getLogger(__name__)


class GraphicsCard(BaseModel):
    """One NVIDIA card. `compute_capability` is major and minor, such as (8, 6); no temperature where it is not told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: int
    name: str
    total_mib: int
    free_mib: int
    compute_capability: tuple[int, int]
    temperature_c: int | None = None


class Hardware(BaseModel):
    """Cards, processor, memory and the disk under one folder, as they are at this moment.

    `driver` is the NVIDIA driver's version; None if there is none, which leaves `cards` empty.
    `disk_free_mib` is None if the folder's drive cannot be asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cards: tuple[GraphicsCard, ...]
    driver: str | None
    cores: int
    memory_total_mib: int
    memory_free_mib: int
    disk_path: Path
    disk_free_mib: int | None


def probe_hardware(folder: Path | None = None) -> Hardware:
    """Ask the computer. `folder` (it need not exist yet) says which disk matters; without it the home folder.

    A missing driver, or a card that does not answer, is left out and never an error.
    """
    path = (folder or Path.home()).absolute()
    driver, cards = _probe_nvidia()
    memory = psutil.virtual_memory()
    return Hardware(
        cards=cards,
        driver=driver,
        cores=psutil.cpu_count(logical=False) or psutil.cpu_count() or 1,
        memory_total_mib=memory.total // MIB,
        memory_free_mib=memory.available // MIB,
        disk_path=path,
        disk_free_mib=_disk_free_mib(path),
    )


def put_card_first(chosen: int | None) -> None:
    """Makes the card with this `GraphicsCard.index` the first one of this process and those it starts.

    Only before torch is imported. None, a card that is gone, and a `CUDA_VISIBLE_DEVICES` of the person's own change
    nothing.
    """
    if chosen is None or "CUDA_VISIBLE_DEVICES" in os.environ:
        return
    ids = _card_ids()
    if chosen < len(ids):
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join([ids[chosen], *ids[:chosen], *ids[chosen + 1 :]])


def _card_ids() -> list[str]:
    """The cards' UUIDs by their numbers here: CUDA counts in another order."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return [str(pynvml.nvmlDeviceGetUUID(handle)) for handle in handles]
    except pynvml.NVMLError as error:
        log.warning("the NVIDIA driver did not say which card is which: %s", error)
        return []
    finally:
        pynvml.nvmlShutdown()


def _probe_nvidia() -> tuple[str | None, tuple[GraphicsCard, ...]]:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        log.info("no NVIDIA driver: %s", error)
        return None, ()
    try:
        driver = str(pynvml.nvmlSystemGetDriverVersion())
        cards = [_probe_card(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return driver, tuple(card for card in cards if card is not None)
    except pynvml.NVMLError as error:
        log.warning("the NVIDIA driver did not answer: %s", error)
        return None, ()
    finally:
        pynvml.nvmlShutdown()


def _probe_card(index: int) -> GraphicsCard | None:
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        return GraphicsCard(
            index=index,
            name=str(pynvml.nvmlDeviceGetName(handle)),
            total_mib=memory.total // MIB,
            free_mib=memory.free // MIB,
            compute_capability=tuple(pynvml.nvmlDeviceGetCudaComputeCapability(handle)),
            temperature_c=_temperature_c(handle),
        )
    except pynvml.NVMLError as error:
        log.warning("graphics card %d did not answer: %s", index, error)
        return None


def _temperature_c(handle: object) -> int | None:
    """Of the chip; None where the driver keeps it to itself, as on virtual cards."""
    try:
        return int(pynvml.nvmlDeviceGetTemperature(handle, pynvml.NVML_TEMPERATURE_GPU))
    except pynvml.NVMLError:
        return None


def _disk_free_mib(path: Path) -> int | None:
    existing = next((folder for folder in (path, *path.parents) if folder.exists()), None)
    if existing is None:
        return None
    try:
        return shutil.disk_usage(existing).free // MIB
    except OSError as error:
        log.warning("the disk under %s did not answer: %s", existing, error)
        return None
