from __future__ import annotations

import pytest

from lora_studio.config.training import ScheduleSettings
from lora_studio.training.schedules import rate_factor


def factors(**settings: object) -> list[float]:
    schedule = ScheduleSettings(**settings)  # type: ignore[arg-type]
    return [rate_factor(step, 100, schedule) for step in range(1, 101)]


def test_the_rate_rises_in_a_line_over_the_warm_up() -> None:
    assert factors(warmup_share=0.04)[:5] == pytest.approx([1 / 5, 2 / 5, 3 / 5, 4 / 5, 1.0])


def test_a_cosine_is_half_way_in_the_middle_and_almost_nothing_at_the_end() -> None:
    values = factors(curve="cosine", warmup_share=0)
    assert values[0] == 1.0
    assert values[50] == pytest.approx(0.5)
    assert 0 < values[-1] < 0.001


def test_a_line_falls_evenly_and_a_constant_stays() -> None:
    line = factors(curve="linear", warmup_share=0)
    assert line[0] == 1.0
    assert line[1] - line[0] == pytest.approx(-0.01)
    assert line[-1] == pytest.approx(0.01)
    assert set(factors(curve="constant", warmup_share=0)) == {1.0}
