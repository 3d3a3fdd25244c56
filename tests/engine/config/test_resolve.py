from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lora_studio.config.resolve import Layer, leaves, merged, parse_assignment, read_config, resolve
from lora_studio.config.training import OptimizerSettings, TrainingConfig
from lora_studio.errors import StudioError


def refusal(*layers: Layer) -> StudioError:
    with pytest.raises(StudioError) as caught:
        resolve(layers)
    return caught.value


def test_later_layers_win_and_leave_the_rest_of_a_section_alone() -> None:
    resolved = resolve(
        [
            Layer("family", {"adapter": {"rank": 8, "alpha": 4}}),
            Layer("kind", {"adapter": {"rank": 12}}),
            Layer("user", {"schedule": {"epochs": 3}}),
        ]
    )
    config = resolved.config
    assert (config.adapter.rank, config.adapter.alpha, config.schedule.epochs) == (12, 4.0, 3)


def test_every_value_knows_who_asked_for_it_and_why() -> None:
    reasons = {"adapter.rank": "small model"}
    resolved = resolve([Layer("family", {"adapter": {"rank": 8}}, reasons), Layer("user", {"seed": 5})])
    rank, seed, alpha = (resolved.origins[path] for path in ("adapter.rank", "seed", "adapter.alpha"))
    assert (rank.layer, rank.because) == ("family", "small model")
    assert (seed.layer, seed.because) == ("user", "")
    assert alpha.layer == "default"
    assert {path for path, _ in leaves(resolved.config.model_dump())} == resolved.origins.keys()


def test_a_value_overridden_loses_the_reason_of_the_layer_below() -> None:
    below = Layer("family", {"adapter": {"rank": 8}}, {"adapter.rank": "small model"})
    resolved = resolve([below, Layer("user", {"adapter": {"rank": 4}})])
    assert (resolved.origins["adapter.rank"].layer, resolved.origins["adapter.rank"].because) == ("user", "")


def test_an_unknown_setting_offers_the_nearest_one() -> None:
    problem = refusal(Layer("user", {"schedule": {"max_step": 40}}))
    assert problem.code == "unknown_setting"
    assert "schedule.max_step" in problem.title
    assert "schedule.max_steps" in problem.detail


def test_a_setting_without_its_section_is_found_by_its_name() -> None:
    with pytest.raises(StudioError) as caught:
        parse_assignment("rank=8")
    assert "adapter.rank" in caught.value.detail


def test_a_whole_section_is_not_a_setting() -> None:
    assert refusal(Layer("user", {"adapter": 3})).code == "unknown_setting"


def test_all_bad_values_are_told_together_in_plain_words() -> None:
    problem = refusal(
        Layer("user", {"adapter": {"rank": 0}, "base": {"quantization": "nf5"}, "schedule": {"max_steps": "abc"}})
    )
    assert problem.code == "bad_setting"
    assert "adapter.rank cannot be 0; it takes a whole number, 1 to 256." in problem.detail
    assert 'base.quantization cannot be "nf5"; it takes none, int8 or nf4.' in problem.detail
    assert 'schedule.max_steps cannot be "abc"; it takes a whole number, 1 to 1,000,000.' in problem.detail


@pytest.mark.parametrize("path", ["optimizer.learning_rate", "adapter.alpha", "objective.max_gradient_norm"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_numbers_that_are_none_are_refused(path: str, value: float) -> None:
    section, name = path.split(".")
    assert f"{path} cannot be" in refusal(Layer("user", {section: {name: value}})).detail


def test_the_type_chooses_the_optimiser_and_its_other_values_stay() -> None:
    resolved = resolve([Layer("family", {"optimizer": {"type": "adamw8bit", "learning_rate": 2e-4}})])
    assert resolved.config.optimizer.type == "adamw8bit"
    assert resolved.config.optimizer.learning_rate == 2e-4


def test_an_unknown_optimiser_names_those_there_are() -> None:
    problem = refusal(Layer("user", {"optimizer": {"type": "lion"}}))
    assert problem.detail.startswith('optimizer.type cannot be "lion"; it takes adamw, adamw8bit, ')


def test_a_bad_value_of_an_optimiser_is_told_by_its_path() -> None:
    detail = refusal(Layer("user", {"optimizer": {"type": "adamw8bit", "beta1": 1}})).detail
    assert detail == "optimizer.beta1 cannot be 1; it takes a number, 0 to under 1."


def test_size_steps_above_the_training_size_are_refused() -> None:
    patch = {"dataset": {"resolution_px": 64, "bucket_multiple_px": 128}}
    assert "may not be larger than dataset.resolution_px, which is 64" in refusal(Layer("user", patch)).detail


def test_long_values_are_shortened_in_a_message() -> None:
    assert len(refusal(Layer("user", {"adapter": {"rank": "x" * 5000}})).detail) < 200


@pytest.mark.parametrize(
    ("text", "patch"),
    [
        ("schedule.max_steps=40", {"schedule": {"max_steps": 40}}),
        ("dataset.flip=true", {"dataset": {"flip": True}}),
        ('preview.prompts=["a cat", "ein Käse"]', {"preview": {"prompts": ["a cat", "ein Käse"]}}),
        ("base.quantization=nf4", {"base": {"quantization": "nf4"}}),
        ("objective.min_snr_gamma=null", {"objective": {"min_snr_gamma": None}}),
        ("objective.min_snr_gamma=", {"objective": {"min_snr_gamma": None}}),
        ("objective.min_snr_gamma=None", {"objective": {"min_snr_gamma": None}}),
        ("dataset.trigger=123", {"dataset": {"trigger": "123"}}),
        ("dataset.trigger=true", {"dataset": {"trigger": "true"}}),
        ('dataset.trigger="quoted"', {"dataset": {"trigger": "quoted"}}),
        ("output.author=a=b", {"output": {"author": "a=b"}}),
        ("seed=7", {"seed": 7}),
    ],
)
def test_an_assignment_is_read_as_it_looks(text: str, patch: dict[str, Any]) -> None:
    assert parse_assignment(text) == patch
    resolve([Layer("user", patch)])


def test_words_without_an_equals_sign_set_nothing_and_say_how_it_is_written() -> None:
    with pytest.raises(StudioError) as caught:
        parse_assignment("schedule.max_steps")
    assert "--set schedule.max_steps=40" in caught.value.hint


def test_merging_changes_neither_side() -> None:
    base: dict[str, Any] = {"a": {"b": 1, "c": 2}}
    assert merged(base, {"a": {"b": 9}}) == {"a": {"b": 9, "c": 2}}
    assert base == {"a": {"b": 1, "c": 2}}


def test_a_frozen_config_is_read_back_equal(tmp_path: Path) -> None:
    config = TrainingConfig(name="ink 墨", optimizer=OptimizerSettings(type="adamw8bit", learning_rate=3e-4))
    path = tmp_path / "config.json"
    path.write_text(config.model_dump_json(), encoding="utf-8")
    assert read_config(path) == config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"adapter": {"rank": 0}}, "adapter.rank cannot be 0"),
        ({"colour": "red"}, "There is no setting called 'colour'."),
        ({"version": 2}, "version cannot be 2; it takes only 1."),
    ],
)
def test_a_config_of_another_version_or_a_clumsy_hand_is_refused_in_words(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(merged(TrainingConfig().model_dump(), change)))
    with pytest.raises(StudioError) as caught:
        read_config(path)
    assert words in caught.value.detail


@pytest.mark.parametrize("text", ["", "[]", "null", "{"])
def test_a_file_that_is_no_config_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(StudioError):
        read_config(path)
