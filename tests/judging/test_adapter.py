from __future__ import annotations

import json

import pytest
import torch
from torch import Tensor

from lora_studio.errors import StudioError
from lora_studio.judging.adapter import (
    JudgeReport,
    SeedPictures,
    closeness,
    group_distance,
    identity_score,
    judge_adapter,
    judge_copying,
    nearest_training_picture,
    style_features,
    style_score,
)


def drawn_like(pictures: Tensor, base: Tensor, plain: Tensor, seed: int = 1) -> SeedPictures:
    return SeedPictures(seed, pictures, base, plain, base[: len(plain)])


def inverted(pictures: Tensor) -> Tensor:
    """A third style: the same lines, but pale on black."""
    return 1 - pictures


def test_group_distance_is_the_way_between_means_less_the_scatter() -> None:
    first = torch.tensor([[0.0, 1.0], [0.0, -1.0]])  # mean (0, 0), variances (0, 2)
    second = torch.tensor([[3.0, 0.0], [3.0, 0.0]])  # mean (3, 0), no scatter
    assert group_distance(first, second) == pytest.approx((9 - 2 / 2) ** 0.5)


def test_groups_nearer_than_their_scatter_are_not_apart() -> None:
    scattered = torch.tensor([[4.0], [-4.0]])
    assert group_distance(scattered, torch.tensor([[1.0], [1.0]])) == 0.0


def test_closeness_runs_from_the_base_to_the_reference_and_can_go_below() -> None:
    base, reference = torch.zeros(2, 1), torch.full((2, 1), 4.0)
    assert closeness(torch.zeros(2, 1), base, reference) == 0.0
    assert closeness(torch.full((2, 1), 1.0), base, reference) == pytest.approx(0.25)
    assert closeness(torch.full((2, 1), 4.0), base, reference) == 1.0
    assert closeness(torch.full((2, 1), -4.0), base, reference) == -1.0


def test_moving_sideways_is_not_closeness() -> None:
    base, reference = torch.zeros(2, 2), torch.tensor([[4.0, 0.0], [4.0, 0.0]])
    halfway_but_aside = torch.tensor([[2.0, 6.0], [2.0, 6.0]])
    assert closeness(halfway_but_aside, base, reference) < 0


def test_score_rises_as_real_pictures_are_mixed_in(style_seen: dict[str, Tensor]) -> None:
    base, real = style_seen["character/images"], style_seen["style/images"]
    reference = style_seen["style/held_back"]
    scores = [closeness(torch.cat([real[:count], base[count:]]), base, reference) for count in (0, 6, 12)]
    assert scores[0] == pytest.approx(0.0, abs=0.01)
    assert 0.35 < scores[1] < 0.65
    assert scores[2] > 0.85


def test_a_third_style_scores_nothing_and_little_when_mixed_in(
    shipped: dict[str, Tensor], style_seen: dict[str, Tensor]
) -> None:
    base, reference = style_seen["character/images"], style_seen["style/held_back"]
    third = style_features(inverted(shipped["style/images"][::4]))
    # The mean of two places that are equally far away is a little nearer than either.
    assert closeness(torch.cat([third, base[:6]]), base, reference) < 0.3
    assert closeness(third, base, reference) < 0.1


def test_style_score_looks_at_the_pictures_in_the_order_samples_base_reference(
    shipped: dict[str, Tensor],
) -> None:
    base, reference = shipped["character/images"][:4], shipped["style/held_back"][:6]
    assert style_score(shipped["style/images"][:4], base, reference) > 0.6
    assert style_score(base, base, reference) == pytest.approx(0.0, abs=0.01)


def test_a_character_is_known_on_held_back_pictures_but_not_in_other_colours(
    shipped: dict[str, Tensor],
) -> None:
    base, reference = shipped["style/images"][:4], shipped["character/held_back"][:6]
    samples = shipped["character/images"][:6]
    recoloured = samples.flip(1)  # red and blue exchanged
    true = identity_score(samples, base, reference)
    assert true > 0.85
    assert identity_score(recoloured, base, reference) < true - 0.3


def test_an_adapter_that_only_answers_its_trigger_has_no_drift(shipped: dict[str, Tensor]) -> None:
    base, held_back = shipped["character/images"][:8], shipped["style/held_back"][:8]
    drawn = [drawn_like(shipped["style/images"][:8], base, plain=base[:4])]
    report = judge_adapter("style", drawn, held_back, shipped["style/images"])
    assert report.drift_share == 0.0
    assert report.seeds[0].leak == pytest.approx(0.0, abs=0.01)
    assert report.keeps_to_trigger
    assert report.score > 0.7
    assert report.seeds[0].recognised_share == 1.0


def test_an_adapter_that_always_draws_its_style_drifts_and_leaks(shipped: dict[str, Tensor]) -> None:
    base, style = shipped["character/images"][:8], shipped["style/images"]
    drawn = [drawn_like(style[:8], base, plain=style[8:12])]
    report = judge_adapter("style", drawn, shipped["style/held_back"][:8], style)
    assert report.drift_share > 0.8
    assert report.seeds[0].leak > 0.5
    assert not report.keeps_to_trigger


def test_report_keeps_each_seed_and_survives_json(shipped: dict[str, Tensor]) -> None:
    base, style = shipped["character/images"][:4], shipped["style/images"]
    drawn = [
        drawn_like(style[:4], base, plain=base[:2], seed=7),
        drawn_like(base, base, plain=base[:2], seed=8),
    ]
    report = judge_adapter("style", drawn, shipped["style/held_back"][:8], style)
    written = json.loads(report.model_dump_json())
    assert [judged["seed"] for judged in written["seeds"]] == [7, 8]
    assert written["lowest_score"] == pytest.approx(0.0, abs=0.01)
    assert written["score"] == pytest.approx((report.seeds[0].score + report.seeds[1].score) / 2)
    read_back = JudgeReport.model_validate({name: written[name] for name in ("kind", "seeds", "copying")})
    assert read_back == report


def test_a_moved_and_dimmed_training_picture_is_found_as_a_copy(shipped: dict[str, Tensor]) -> None:
    training = shipped["style/images"]
    moved = torch.roll(training[5:7], shifts=(3, 2), dims=(2, 3)) * 0.9
    gaps, indices = nearest_training_picture(moved, training)
    assert indices.tolist() == [5, 6]
    judged = judge_copying(moved, training, shipped["style/held_back"])
    assert judged.copied_share == 1.0
    assert judged.closest_gap == pytest.approx(float(gaps.min()))


def test_held_back_pictures_are_not_taken_for_copies(shipped: dict[str, Tensor]) -> None:
    held_back = shipped["style/held_back"]
    judged = judge_copying(held_back, shipped["style/images"], held_back)
    assert judged.copied_share == 0.0
    assert judged.held_back_share == 0.0


def test_a_base_that_already_draws_the_style_cannot_be_judged_against(shipped: dict[str, Tensor]) -> None:
    held_back = shipped["style/held_back"][:6]
    with pytest.raises(StudioError) as raised:
        style_score(held_back, held_back, held_back)
    assert raised.value.code == "judge_no_contrast"
