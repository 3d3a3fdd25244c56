"""The learning rate as a pure function of the step, so that resuming needs nothing saved."""

from __future__ import annotations

import math

from lora_studio.config.training import ScheduleSettings, TrainingConfig


def acting_schedule(config: TrainingConfig) -> ScheduleSettings:
    """The schedule as it acts: with the optimiser schedule_free the rate stays after its warm-up."""
    if config.optimizer.type == "schedule_free":
        return config.schedule.model_copy(update={"curve": "constant"})
    return config.schedule


def rate_factor(step: int, total_steps: int, schedule: ScheduleSettings) -> float:
    """Factor on the learning rate at optimiser step `step` (from 1), in (0, 1].

    Rises in a line over the warm-up, then stays, falls in a line, or follows half a cosine, once or `cycles` times.
    It never quite reaches zero inside the run, so that the last step still does something.
    """
    warmup_steps = schedule.warmup_steps
    if warmup_steps is None:
        warmup_steps = round(total_steps * schedule.warmup_share)
    if step <= warmup_steps:
        return step / (warmup_steps + 1)
    done = (step - warmup_steps - 1) / max(1, total_steps - warmup_steps)
    if schedule.curve == "constant":
        return 1.0
    if schedule.curve == "linear":
        return 1 - done
    cycles = schedule.cycles if schedule.curve == "cosine_with_restarts" else 1
    return 0.5 * (1 + math.cos(math.pi * (done * cycles % 1)))
