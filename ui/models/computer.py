"""What this computer is good for, in sentences: card, base models, disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLocale

from lora_studio.bases import PRACTICE, FoundBase
from lora_studio.hardware.probe import MIB, Hardware
from ui.models.messages import GB

ROOMY_CARD_MIB = 6 * 1024 * 0.95  # a card of 6 GB tells a little less
WHERE_TO_GET_A_BASE = "https://huggingface.co/models?library=diffusers&other=stable-diffusion&sort=downloads"
OLDEST_DRIVER = 525  # CUDA 12, minor version compatibility; packaging/bootstrap.py chooses torch by the same number
LOW_DISK_MIB = 10 * 1024

CheckName = Literal["card", "bases", "disk"]


@dataclass(frozen=True, slots=True)
class ComputerCheck:
    """One line: whether it is fine, what was found, what it means."""

    name: CheckName
    is_fine: bool
    title: str
    meaning: str = ""


def computer_checks(
    hardware: Hardware | None, bases: Sequence[FoundBase], is_searching: bool
) -> tuple[ComputerCheck, ...]:
    """What is known so far; nothing is said about what was not asked yet."""
    found = (_card_check(hardware), _disk_check(hardware)) if hardware is not None else ()
    return (*found[:1], _bases_check(bases, is_searching), *found[1:])


def old_driver(hardware: Hardware) -> str | None:
    """The driver's version where it is too old to train with a card; None otherwise."""
    major = (hardware.driver or "").partition(".")[0]
    return hardware.driver if hardware.cards and major.isdigit() and int(major) < OLDEST_DRIVER else None


def _card_check(hardware: Hardware) -> ComputerCheck:
    if not hardware.cards:
        return ComputerCheck(
            "card", False, _tr("No supported graphics card found"),
            _tr(
                "You can prepare images, captions and recipes here, and open finished runs. The Practice base trains "
                "on any computer; other base models need an NVIDIA card with 6 GB or more."
            ),
        )  # fmt: skip
    card = max(hardware.cards, key=lambda card: card.total_mib)
    size = QLocale().toString(float(card.total_mib / 1024), "f", 0)
    title = _tr("{name}, {size} GB").format(name=card.name, size=size)
    if old_driver(hardware) is not None:
        return ComputerCheck("card", False, title, _tr("Its driver is too old for training."))
    if card.total_mib < ROOMY_CARD_MIB:
        meaning = _tr("Small for training: Stable Diffusion 1.x at 512 pixels may fit. The plan says so first.")
        return ComputerCheck("card", False, title, meaning)
    return ComputerCheck("card", True, title, _tr("Stable Diffusion 1.x and 2.x can be trained on it."))


def _bases_check(bases: Sequence[FoundBase], is_searching: bool) -> ComputerCheck:
    usable = [base for base in bases if base.usable and base.source != PRACTICE]
    if is_searching and not usable:
        return ComputerCheck("bases", True, _tr("Looking for base models"), _tr("Files are only read, never moved."))
    if not usable:
        return ComputerCheck(
            "bases", False, _tr("No base model yet, only the Practice base"),
            _tr("The Practice base draws small icons, to try things out. For your own pictures add a model you have."),
        )  # fmt: skip
    places = list(dict.fromkeys(base.where for base in usable))
    return ComputerCheck("bases", True, _plural("%n base model(s) found", len(usable)), ", ".join(places[:3]))


def _disk_check(hardware: Hardware) -> ComputerCheck:
    if hardware.disk_free_mib is None:
        return ComputerCheck("disk", False, _tr("The projects' drive does not answer"), str(hardware.disk_path))
    free = QLocale().toString(hardware.disk_free_mib * MIB / GB, "f", 0)
    title = _tr("{free} GB free on this drive").format(free=free)
    if hardware.disk_free_mib < LOW_DISK_MIB:
        return ComputerCheck("disk", False, title, _tr("A run takes from a few hundred MB to several GB."))
    return ComputerCheck("disk", True, title)


def _tr(text: str) -> str:
    return QCoreApplication.translate("computer", text)


def _plural(text: str, count: int) -> str:
    return QCoreApplication.translate("computer", text, "", count)
