import math
import random

from ui.models.verdicts import judge_loss, times_slower

STEPS = 400
EPOCH = 100


def noise(count: int, width: float = 0.01, seed: int = 1) -> list[float]:
    chance = random.Random(seed)
    return [chance.gauss(0, width) for _ in range(count)]


def falling(count: int = STEPS) -> list[float]:
    return [0.1 + 0.05 * math.exp(-step / 100) + away for step, away in enumerate(noise(count))]


def test_a_falling_loss_is_steady() -> None:
    assert judge_loss(falling(), [0.1] * STEPS, STEPS, EPOCH) == "steady"


def test_a_loss_that_stays_level_within_its_noise_is_steady() -> None:
    level = [0.1 + away for away in noise(STEPS)]
    assert judge_loss(level, [0.1] * STEPS, STEPS, EPOCH) == "steady"


def test_a_rising_loss_gets_no_verdict() -> None:
    rising = [0.1 + step * 0.0005 + away for step, away in enumerate(noise(STEPS))]
    assert judge_loss(rising, rising, STEPS, EPOCH) is None


def test_a_loss_that_turned_and_rises_again_is_not_steady() -> None:
    turned = [0.1 + abs(step - 200) * 0.0005 + away for step, away in enumerate(noise(STEPS))]
    assert judge_loss(turned, turned, STEPS, EPOCH) is None


def test_a_step_without_a_number_takes_the_verdict_away() -> None:
    losses = falling()
    losses[50] = math.nan
    assert judge_loss(losses, [0.1] * STEPS, STEPS, EPOCH) is None


def test_nothing_is_said_before_a_tenth_of_the_steps() -> None:
    losses = falling(99)
    assert judge_loss(losses, [0.1] * 99, 1000, EPOCH) is None
    assert judge_loss([*losses, 0.1], [0.1] * 100, 1000, EPOCH) == "steady"


def test_nothing_is_said_about_a_handful_of_steps() -> None:
    assert judge_loss(falling(39), [0.1] * 39, 39, 10) is None


def test_a_spread_that_doubled_over_the_last_epoch_is_bouncing() -> None:
    calm, wild = noise(300, 0.01), noise(100, 0.025)
    losses = [0.1 + away for away in (*calm, *wild)]
    assert judge_loss(losses, [0.1] * 400, STEPS, EPOCH) == "bouncing"


def test_a_part_of_an_epoch_does_not_count_for_bouncing() -> None:
    calm, wild = noise(300, 0.01), noise(50, 0.025)
    losses = [0.1 + away for away in (*calm, *wild)]
    assert judge_loss(losses, [0.1] * 350, STEPS, EPOCH) != "bouncing"


def test_three_times_slower_than_planned_is_worth_a_message() -> None:
    assert times_slower(6.1, 1.0) == 6
    assert times_slower(2.9, 1.0) is None
    assert times_slower(None, 1.0) is None
    assert times_slower(5.0, None) is None
