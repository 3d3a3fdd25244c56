"""The built-in sample projects, with the time that training one takes on this computer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QObject, Signal

from lora_studio.embedded import SampleKind, SampleProject, sample_project
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import TimeEstimate
from lora_studio.hardware.probe import Hardware, probe_hardware
from lora_studio.runs.create import RunWish, plan_run
from lora_studio.runs.prepare import plan_budget
from ui.work import tasks

log = logging.getLogger(__name__)

SHOWN_PICTURES = 4


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One sample project. `time` is what the preset's run takes here; None until it is worked out."""

    sample: SampleProject
    pictures: tuple[Path, ...]
    picture_count: int
    time: TimeEstimate | None = None

    @property
    def kind(self) -> SampleKind:
        return self.sample.kind


class SampleProjects(QObject):
    """Names and pictures come at once, times as soon as the pictures were looked at like anybody's."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[SampleLine, ...] = ()

    def read(self, hardware: Hardware | None) -> None:
        """Read them, with times for this hardware; None asks the computer first."""

        def take(lines: tuple[SampleLine, ...]) -> None:
            self._take(lines)
            tasks.run(lambda _: _timed(lines, hardware or probe_hardware()), self._take, owner=self)

        tasks.run(lambda _: _lines(), take, owner=self)

    def _take(self, lines: tuple[SampleLine, ...]) -> None:
        self.lines = lines
        self.changed.emit()


def _lines() -> tuple[SampleLine, ...]:
    lines = []
    for kind in get_args(SampleKind):
        try:
            sample = sample_project(kind)
        except StudioError as error:  # an incomplete installation; the rest of the app works
            log.warning("no sample project: %s", error)
            continue
        pictures = sorted(sample.images_dir.glob("*.png"))
        apart = max(1, len(pictures) // SHOWN_PICTURES)
        lines.append(SampleLine(sample, tuple(pictures[::apart][:SHOWN_PICTURES]), len(pictures)))
    return tuple(lines)


def _timed(lines: tuple[SampleLine, ...], hardware: Hardware) -> tuple[SampleLine, ...]:
    return tuple(replace(line, time=_time_of(line.sample, hardware)) for line in lines)


def _time_of(sample: SampleProject, hardware: Hardware) -> TimeEstimate:
    wish = RunWish(sample.images_dir, kind=sample.kind, trigger=sample.trigger, prompts=sample.sample_prompts)
    return plan_budget(plan_run(wish), hardware).time
