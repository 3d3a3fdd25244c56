from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.config.resolve import Layer, ResolvedConfig, leaves, resolve
from lora_studio.config.training import FamilyId, Kind, TrainingConfig
from lora_studio.dataset.captions import prepare_caption
from lora_studio.errors import StudioError
from lora_studio.presets import (
    FAMILIES,
    KINDS,
    Advice,
    as_kind,
    family_preset,
    kind_preset,
    preset_layers,
    propose_prompts,
    propose_trigger,
)

EVERY_PAIR = [(kind, family) for kind in KINDS for family in FAMILIES]
LARGE_FAMILIES: tuple[FamilyId, ...] = ("sd1", "sd2", "sdxl")
ADVICE: dict[str, Advice] = {
    **{f"families/{family}": family_preset(family) for family in FAMILIES},
    **{f"kinds/{kind}": kind_preset(kind) for kind in KINDS},
    **{f"{kind}/{family}": advice for kind in KINDS for family, advice in kind_preset(kind).by_family.items()},
}


def config_of(kind: Kind, family: FamilyId) -> TrainingConfig:
    return resolved(kind, family).config


def resolved(kind: Kind, family: FamilyId) -> ResolvedConfig:
    return resolve([*preset_layers(kind, family), Layer("model", {"kind": kind, "base": {"family": family}})])


@pytest.mark.parametrize("advice", ADVICE.values(), ids=ADVICE.keys())
def test_every_value_has_a_reason_and_every_reason_a_value(advice: Advice) -> None:
    assert {path for path, _ in leaves(advice.patch)} == advice.because.keys()
    assert all(reason.endswith(".") for reason in advice.because.values())


@pytest.mark.parametrize(("kind", "family"), EVERY_PAIR)
def test_every_kind_suits_every_family_and_every_reason_arrives(kind: Kind, family: FamilyId) -> None:
    result = resolved(kind, family)
    advised = {path: origin for path, origin in result.origins.items() if origin.layer.startswith(("fam", "kind"))}
    assert len(advised) >= 15
    assert all(origin.because for origin in advised.values())


@pytest.mark.parametrize("family", FAMILIES)
def test_sizes_are_those_the_families_were_made_for(family: FamilyId) -> None:
    sizes = {"practice": 128, "sd1": 512, "sd2": 768, "sdxl": 1024}
    assert config_of("style", family).dataset.resolution_px == sizes[family]


# The numbers below are the starting points that issue 2 asks for.


@pytest.mark.parametrize(("kind", "family"), [(kind, family) for kind in KINDS for family in LARGE_FAMILIES])
def test_large_models_start_from_the_agreed_numbers(kind: Kind, family: FamilyId) -> None:
    config = config_of(kind, family)
    assert (config.adapter.rank, config.adapter.alpha) == (16, 16.0)
    assert (config.optimizer.type, config.optimizer.learning_rate) == ("adamw8bit", 1e-4)
    assert (config.schedule.curve, config.schedule.warmup_share, config.schedule.batch_size) == ("cosine", 0.05, 1)
    assert (config.objective.min_snr_gamma, config.objective.max_gradient_norm) == (5.0, 1.0)


@pytest.mark.parametrize("family", LARGE_FAMILIES)
def test_characters_take_100_to_120_looks_and_1500_to_3500_steps(family: FamilyId) -> None:
    schedule = config_of("character", family).schedule
    assert 100 <= schedule.looks_per_picture <= 120
    assert (schedule.min_steps, schedule.max_steps) == (1500, 3500)


@pytest.mark.parametrize("family", LARGE_FAMILIES)
def test_styles_take_50_to_80_looks_and_1500_to_5000_steps(family: FamilyId) -> None:
    schedule = config_of("style", family).schedule
    assert 50 <= schedule.looks_per_picture <= 80
    assert (schedule.min_steps, schedule.max_steps) == (1500, 5000)


@pytest.mark.parametrize("family", FAMILIES)
def test_characters_are_never_mirrored_and_rarely_wordless(family: FamilyId) -> None:
    dataset = config_of("character", family).dataset
    assert not dataset.flip
    assert 0 <= dataset.caption_dropout <= 0.05


@pytest.mark.parametrize("family", FAMILIES)
def test_styles_are_wordless_five_to_ten_times_in_a_hundred(family: FamilyId) -> None:
    assert 0.05 <= config_of("style", family).dataset.caption_dropout <= 0.1


@pytest.mark.parametrize(("kind", "family"), [pair for pair in EVERY_PAIR if "practice" not in pair])
def test_only_characters_on_sd1_train_the_text_encoder_at_a_tenth_of_the_rate(kind: Kind, family: FamilyId) -> None:
    config = config_of(kind, family)
    assert config.adapter.train_text_encoder == (kind == "character" and family == "sd1")
    if config.adapter.train_text_encoder:
        assert config.optimizer.text_encoder_rate == pytest.approx(config.optimizer.learning_rate / 10)


def test_recipes_of_other_tools_with_half_the_alpha_are_explained() -> None:
    assert "alpha = rank/2" in family_preset("sd1").because["optimizer.learning_rate"]
    assert "2e-4" in family_preset("sd1").because["optimizer.learning_rate"]


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(StudioError) as caught:
        as_kind("dog")
    assert "style, character, object" in caught.value.detail


@pytest.mark.parametrize(("kind", "family"), EVERY_PAIR)
@pytest.mark.parametrize("trigger", ["mirafox", "cat", "house", "墨絵", "boat", ""])
def test_the_first_prompt_holds_the_trigger_word_and_the_last_does_not(
    kind: Kind, family: FamilyId, trigger: str
) -> None:
    caption = prepare_caption("a red {trigger} disc", trigger)
    prompts = propose_prompts(kind, family, trigger, caption)
    assert len(prompts) == 4
    assert all(prompts)
    assert prompts[0] == caption
    assert all(trigger in prompt for prompt in prompts[:-1])
    assert not trigger or trigger not in prompts[-1]


@given(st.text(), st.sampled_from(KINDS))
def test_a_proposed_trigger_is_a_short_plain_word_with_a_letter(name: str, kind: Kind) -> None:
    trigger = propose_trigger(name, kind)
    assert re.fullmatch(r"[a-z0-9]{4,20}", trigger)
    assert re.search(r"[a-z]", trigger)


@given(st.text(), st.sampled_from(EVERY_PAIR))
def test_a_proposed_trigger_is_never_in_the_last_prompt(name: str, pair: tuple[Kind, FamilyId]) -> None:
    trigger = propose_trigger(name, pair[0])
    assert trigger not in propose_prompts(*pair, trigger, trigger)[-1]


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("Mira Fox", "mirafox"),
        ("墨絵", "mystyl"),
        ("🐈", "mystyl"),
        ("cat", "catstyl"),
        ("2024-05-12", "20240512styl"),
        ("The very long name of a folder", "theverylongnameo"),
    ],
)
def test_triggers_are_made_from_the_name(name: str, trigger: str) -> None:
    assert propose_trigger(name, "style") == trigger
