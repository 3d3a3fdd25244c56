"""How long a run is: looks per picture turned into steps and epochs. Pure, shared by trainer and forms."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lora_studio.config.training import ScheduleSettings


@dataclass(frozen=True, slots=True)
class RunLength:
    """A run's steps, cut into epochs of whole passes over the pictures; only the last planned may be shorter.

    Attributes:
        total_steps: Optimiser steps of the run.
        steps_per_pass: Optimiser steps in which every picture is seen once (times its folder's repeats).
        passes_per_epoch: Passes between two sample sheets.
        epochs: Number of epochs, the shorter last one included.
        more_epochs: How many of them, all whole, were added after the end that was planned first.
    """

    total_steps: int
    steps_per_pass: int
    passes_per_epoch: int
    epochs: int
    more_epochs: int = 0

    @property
    def steps_per_epoch(self) -> int:
        return self.steps_per_pass * self.passes_per_epoch

    def epoch_of(self, step: int) -> int:
        """The epoch, from 1, that optimiser step `step` (from 1) belongs to."""
        added = max(0, step - self._planned_steps)
        planned = min(self.epochs - self.more_epochs, (step - 1) // self.steps_per_epoch + 1)
        return planned + math.ceil(added / self.steps_per_epoch)

    def ends_epoch(self, step: int) -> bool:
        """Whether an epoch is complete after optimiser step `step` (from 1)."""
        since = step - self._planned_steps if step > self._planned_steps else step
        return step == self._planned_steps or since % self.steps_per_epoch == 0

    @property
    def _planned_steps(self) -> int:
        return self.total_steps - self.more_epochs * self.steps_per_epoch


def plan_length(schedule: ScheduleSettings, picture_count: int, batches_per_pass: int) -> RunLength:
    """Steps and epochs for so many pictures.

    Args:
        schedule: The wished length.
        picture_count: Pictures, counted with their folders' repeats.
        batches_per_pass: Batches in which each is seen once, from `dataset.buckets.steps_per_epoch`.

    Raises:
        ValueError: There are no pictures or no batches.
    """
    if picture_count < 1 or batches_per_pass < 1:
        raise ValueError("a run needs at least one picture and one batch")
    steps_per_pass = math.ceil(batches_per_pass / schedule.gradient_accumulation)
    wished = round(schedule.looks_per_picture * steps_per_pass)
    total = max(1, min(schedule.max_steps, max(schedule.min_steps, wished)))
    passes = math.ceil(total / (steps_per_pass * schedule.epochs))  # rounded up: never more epochs than wished
    epochs = math.ceil(total / (steps_per_pass * passes))
    more = schedule.more_epochs
    return RunLength(total + more * steps_per_pass * passes, steps_per_pass, passes, epochs + more, more)
