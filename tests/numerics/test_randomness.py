from __future__ import annotations

import torch

from lora_studio.training.randomness import derived_seed, integers, normal, uniform


def test_the_same_parts_draw_the_same_numbers_and_any_other_part_draws_others() -> None:
    first = normal((8,), 1, 2, "noise")
    assert torch.equal(first, normal((8,), 1, 2, "noise"))
    for other in [(1, 3, "noise"), (2, 2, "noise"), (1, 2, "timestep")]:
        assert not torch.equal(first, normal((8,), *other))


def test_draws_leave_torchs_own_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    normal((4,), 1)
    uniform(4, 1)
    integers(4, 10, 1)
    assert torch.equal(torch.rand(3), expected)


def test_a_seed_is_the_same_on_every_computer() -> None:
    # Written down once; a change here would change every resumed run.
    assert derived_seed(1, 2, "noise") == derived_seed("1", 2, "noise")
    assert derived_seed(7, 120, 0, 0, "noise") == 6_603_284_764_258_318_904


def test_timesteps_cover_the_whole_range_evenly() -> None:
    drawn = torch.cat([integers(100, 1000, 0, step, "timestep") for step in range(200)])
    assert drawn.min() < 5
    assert drawn.max() > 994
    counts = torch.histc(drawn.float(), bins=10, min=0, max=1000)
    assert counts.min() > 1800
    assert counts.max() < 2200
