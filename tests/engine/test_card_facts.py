"""What was measured of a card is found again under the same conditions, and told in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lora_studio import paths
from lora_studio.config.resolve import merged, validated
from lora_studio.config.training import TrainingConfig
from lora_studio.hardware.card_facts import (
    Conditions,
    KernelChoice,
    Tuning,
    conditions_of,
    find_tuning,
    find_tuning_for,
    remember_tuning,
    remembered,
)

TUNING = Tuning(self_attention="cudnn", cudnn_shapes=((1, 8, 64, 64, 40),), saved_ms=1.25, seconds=6.4)


def config(**sections: Any) -> TrainingConfig:
    return validated(merged(TrainingConfig().model_dump(), sections))


def conditions(**changes: Any) -> Conditions:
    usual = conditions_of(config(), "RTX 4070", "580.1", "2.9.0, CUDA 12.8", (64, 64), 1)
    return usual.model_copy(update=changes)


def test_a_measurement_is_found_under_just_its_conditions() -> None:
    remember_tuning(conditions(), TUNING)
    assert find_tuning(conditions()) == TUNING


@pytest.mark.parametrize(
    "changes",
    [
        {"device": "RTX 4090"}, {"driver": "581.0"}, {"torch": "2.10.0, CUDA 12.8"}, {"family": "sdxl"},
        {"precision": "fp16"}, {"quantization": "int8"}, {"latent": (96, 64)}, {"pictures": 4},
    ],
)  # fmt: skip
def test_under_other_conditions_nothing_is_known(changes: dict[str, Any]) -> None:
    remember_tuning(conditions(), TUNING)
    assert find_tuning(conditions(**changes)) is None


def test_a_new_measurement_takes_the_place_of_the_old_one() -> None:
    remember_tuning(conditions(), TUNING)
    remember_tuning(conditions(latent=(96, 64)), TUNING)
    remember_tuning(conditions(), Tuning(seconds=2.0))
    assert [known.tuning.seconds for known in remembered()] == [2.0, 6.4]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"version": 2, "facts": []}', b'{"version": 1, "facts": [{"conditions": 1}]}', b"\xff\xfe"],
)
def test_a_damaged_or_foreign_file_counts_as_none_and_can_be_replaced(content: bytes) -> None:
    remember_tuning(conditions(), TUNING)
    (file,) = Path(paths.cache_dir()).glob("*.json")
    file.write_bytes(content)
    assert remembered() == ()
    remember_tuning(conditions(), TUNING)
    assert find_tuning(conditions()) == TUNING


def test_the_plan_knows_what_a_training_will_find_whatever_sizes_its_pictures_have() -> None:
    remember_tuning(conditions(latent=(96, 64)), TUNING)
    assert find_tuning_for(config(), "RTX 4070", "580.1") == TUNING
    assert find_tuning_for(config(), "RTX 4070", "581.0") is None
    assert find_tuning_for(config(), "RTX 4070", None) is None
    assert find_tuning_for(config(schedule={"batch_size": 2}), "RTX 4070", "580.1") is None


@pytest.mark.parametrize(
    "sections",
    [
        {"precision": {"tuning": "off"}}, {"precision": {"fast_step": "off"}}, {"adapter": {"kind": "loha"}},
        {"precision": {"cards": 2}, "schedule": {"batch_size": 2}},
    ],
)  # fmt: skip
def test_the_plan_says_nothing_where_a_training_uses_nothing(sections: dict[str, Any]) -> None:
    remember_tuning(conditions(batch_size=config(**sections).schedule.batch_size), TUNING)
    assert find_tuning_for(config(**sections), "RTX 4070", "580.1") is None


def test_words_tell_what_was_chosen_and_what_it_gains() -> None:
    kernels = (
        KernelChoice(shape=(1280, 1280, 3, 3), layers=12, is_turned=True),
        KernelChoice(shape=(320, 320, 3, 3), layers=7, is_turned=False),
    )
    both = TUNING.model_copy(update={"kernels": kernels, "cross_attention": "flash"})
    assert both.words() == (
        "Measured on this card in 6 s. Fastest for attention within the picture: cuDNN. "
        "Fastest for attention to the words: FlashAttention. 12 of 19 convolutions are faster in another layout. "
        "That saves about 1.2 ms of each step."
    )
    assert Tuning(seconds=3).words() == "Measured on this card in 3 s. The usual choices are the fastest here."
