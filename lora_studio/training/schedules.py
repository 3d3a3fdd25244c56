"""The learning rate as a pure function of the step, so that resuming needs nothing saved."""

from __future__ import annotations

import math

from lora_studio.config.training import ScheduleSettings


def rate_factor(step: int, total_steps: int, schedule: ScheduleSettings) -> float:
    """Factor on the learning rate at optimiser step `step` (from 1), in (0, 1].

    Rises in a line over the warm-up, then stays, falls in a line, or follows half a cosine. It never quite
    reaches zero inside the run, so that the last step still does something.
    """
    warmup_steps = round(total_steps * schedule.warmup_share)
    if step <= warmup_steps:
        return step / (warmup_steps + 1)
    if schedule.curve == "constant":
        return 1.0
    done = (step - warmup_steps - 1) / max(1, total_steps - warmup_steps)
    return 1 - done if schedule.curve == "linear" else 0.5 * (1 + math.cos(math.pi * done))
