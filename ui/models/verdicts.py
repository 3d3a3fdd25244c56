"""Rules behind the verdict chips. Pure: numbers in, a verdict out, or None while there is too little to say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

LossVerdict = Literal["steady", "bouncing"]

FEWEST_STEPS = 40  # the smoothed line follows about 30 steps; fewer cannot carry a sentence
LEAST_SHARE = 0.1  # of the whole run
PORTIONS = 4
NOISE = 2.0  # standard errors within which a rise is chance
BOUNCING_GROWTH = 2.0
SLOW_FACTOR = 3.0  # other programs and a warm card make a step up to twice as long now and then


def judge_loss(
    raw: Sequence[float], smoothed: Sequence[float], total_steps: int, steps_per_epoch: int
) -> LossVerdict | None:
    """What the loss of a run says so far.

    Bouncing: around its smoothed line it spreads at least twice as wide in the last whole epoch as in the one before.
    Steady: no step was without a number, and of four equal portions none lies above the one before by more than chance.

    Args:
        raw: Loss of each step.
        smoothed: The line through it, as long.
        total_steps: Steps of the whole run; under a tenth of them nothing is said.
        steps_per_epoch: What one epoch takes.
    """
    if len(raw) < max(FEWEST_STEPS, LEAST_SHARE * total_steps):
        return None
    losses, line = np.asarray(raw, float), np.asarray(smoothed, float)
    if not np.isfinite(losses).all():
        return None
    if _spread_grew(losses - line, steps_per_epoch):
        return "bouncing"
    return "steady" if _never_rises(losses) else None


def times_slower(step_s: float | None, planned_step_s: float | None) -> int | None:
    """How many times longer a step takes than planned, where that is worth a message; None otherwise."""
    if not step_s or not planned_step_s or step_s < SLOW_FACTOR * planned_step_s:
        return None
    return round(step_s / planned_step_s)


def _spread_grew(away: np.ndarray, steps_per_epoch: int) -> bool:
    whole_epochs = len(away) // steps_per_epoch if steps_per_epoch > 1 else 0
    if whole_epochs < 2:
        return False
    end = whole_epochs * steps_per_epoch
    before, last = away[end - 2 * steps_per_epoch : end - steps_per_epoch], away[end - steps_per_epoch : end]
    return bool(last.std() >= BOUNCING_GROWTH * before.std() > 0)


def _never_rises(losses: np.ndarray) -> bool:
    portions = np.array_split(losses, PORTIONS)
    for before, after in pairwise(portions):
        chance = NOISE * np.sqrt(before.var() / len(before) + after.var() / len(after))
        if after.mean() - before.mean() > chance:
            return False
    return True
