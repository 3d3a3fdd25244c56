from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.config.length import RunLength, plan_length
from lora_studio.config.training import ScheduleSettings


@st.composite
def schedules(draw: st.DrawFn) -> ScheduleSettings:
    low = draw(st.integers(1, 3000))
    return ScheduleSettings(
        looks_per_picture=draw(st.floats(0.1, 300)),
        min_steps=low,
        max_steps=low + draw(st.integers(0, 3000)),
        epochs=draw(st.integers(1, 30)),
        more_epochs=draw(st.sampled_from([0, 0, 1, 4])),
        gradient_accumulation=draw(st.integers(1, 5)),
    )


def lengths() -> st.SearchStrategy[tuple[ScheduleSettings, RunLength]]:
    return st.tuples(schedules(), st.integers(1, 2000)).map(
        lambda drawn: (drawn[0], plan_length(drawn[0], drawn[1], drawn[1]))
    )


@given(lengths())
def test_a_run_takes_between_the_least_and_the_most_steps(drawn: tuple[ScheduleSettings, RunLength]) -> None:
    schedule, length = drawn
    planned = length.total_steps - schedule.more_epochs * length.steps_per_epoch
    assert schedule.min_steps <= planned <= schedule.max_steps


@given(lengths())
def test_epochs_cover_the_run_and_only_the_last_planned_is_shorter(drawn: tuple[ScheduleSettings, RunLength]) -> None:
    schedule, length = drawn
    ends = [0, *(step for step in range(1, length.total_steps + 1) if length.ends_epoch(step))]
    sizes = [after - before for before, after in itertools.pairwise(ends)]
    last_planned = length.epochs - schedule.more_epochs - 1
    assert 0 < sizes.pop(last_planned) <= length.steps_per_epoch
    assert set(sizes) <= {length.steps_per_epoch}


@given(lengths())
def test_every_epoch_ends_once_and_the_last_step_ends_the_last(drawn: tuple[ScheduleSettings, RunLength]) -> None:
    _, length = drawn
    ends = [step for step in range(1, length.total_steps + 1) if length.ends_epoch(step)]
    assert [length.epoch_of(step) for step in ends] == list(range(1, length.epochs + 1))
    assert ends[-1] == length.total_steps


@given(lengths())
def test_the_epoch_of_a_step_never_falls_and_rises_by_one(drawn: tuple[ScheduleSettings, RunLength]) -> None:
    _, length = drawn
    epochs = [length.epoch_of(step) for step in range(1, length.total_steps + 1)]
    assert epochs[0] == 1
    assert all(after - before in (0, 1) for before, after in itertools.pairwise(epochs))


@given(lengths())
def test_there_are_never_more_epochs_than_wished(drawn: tuple[ScheduleSettings, RunLength]) -> None:
    schedule, length = drawn
    assert length.epochs - schedule.more_epochs <= schedule.epochs


@given(lengths())
def test_added_epochs_leave_the_earlier_ones_where_they_were(drawn: tuple[ScheduleSettings, RunLength]) -> None:
    schedule, length = drawn
    shorter = plan_length(schedule.model_copy(update={"more_epochs": 0}), length.steps_per_pass, length.steps_per_pass)
    if schedule.gradient_accumulation == 1:
        steps = range(1, shorter.total_steps + 1)
        assert [length.epoch_of(step) for step in steps] == [shorter.epoch_of(step) for step in steps]


def test_forty_steps_at_most_are_forty_steps_however_large_the_set_is() -> None:
    length = plan_length(ScheduleSettings(max_steps=40, min_steps=120), 5000, 5000)
    assert (length.total_steps, length.epochs) == (40, 1)


def test_looks_are_counted_in_passes_over_all_pictures() -> None:
    # 20 pictures in batches of 4: 5 steps a pass; 60 looks each are 300 steps, cut into 4 epochs of 15 passes.
    length = plan_length(ScheduleSettings(looks_per_picture=60, epochs=4, batch_size=4), 20, 5)
    assert length == RunLength(total_steps=300, steps_per_pass=5, passes_per_epoch=15, epochs=4)


def test_added_up_batches_count_as_one_step() -> None:
    # 5 batches, 2 to a step: 3 steps a pass.
    length = plan_length(ScheduleSettings(looks_per_picture=10, epochs=1, gradient_accumulation=2), 5, 5)
    assert (length.steps_per_pass, length.total_steps) == (3, 30)


@pytest.mark.parametrize(("pictures", "batches"), [(0, 1), (1, 0)])
def test_a_run_without_pictures_has_no_length(pictures: int, batches: int) -> None:
    with pytest.raises(ValueError, match="at least one picture"):
        plan_length(ScheduleSettings(), pictures, batches)
