from __future__ import annotations

from typing import Any

import pytest

from lora_studio.config.combinations import find_clashes
from lora_studio.config.resolve import Layer, resolve
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import StudioError

CLASHES: list[tuple[dict[str, Any], set[str], str]] = [
    ({"objective": {"debiased": True}}, {"objective.debiased", "objective.min_snr_gamma"}, "Min-SNR"),
    ({"objective": {"noise_offset": 0.1, "multires_noise": 0.3}}, {"objective.multires_noise"}, "large areas"),
    ({"objective": {"zero_terminal_snr": True}}, {"objective.zero_terminal_snr"}, "velocity"),
    ({"objective": {"timestep_low": 600, "timestep_high": 599}}, {"objective.timestep_low"}, "above the most"),
    ({"base": {"family": "sdxl", "clip_skip": 2}}, {"base.clip_skip"}, "SD 1.x"),
    ({"base": {"family": "sd2", "clip_skip": 2}}, {"base.clip_skip"}, "SD 1.x"),
    ({"adapter": {"average": 0.9}, "optimizer": {"type": "schedule_free"}}, {"optimizer.type"}, "by itself"),
    ({"optimizer": {"type": "paged_adamw8bit"}, "precision": {"device": "cpu"}}, {"optimizer.type"}, "NVIDIA"),
    ({"adapter": {"kind": "loha", "dropout": 0.1}}, {"adapter.kind", "adapter.dropout"}, "LoHa has no such place"),
    ({"adapter": {"kind": "loha", "start_from": "a.safetensors"}}, {"adapter.start_from"}, "cannot begin with"),
    ({"adapter": {"kind": "lokr", "rank_stabilized": True}}, {"adapter.rank_stabilized"}, "was made for LoRA"),
    ({"adapter": {"kind": "loha"}, "base": {"quantization": "int8"}}, {"base.quantization"}, "Hold the base"),
    ({"adapter": {"kind": "lokr"}, "base": {"quantization": "nf4"}}, {"adapter.kind"}, "LoKr adds its change"),
    (
        {
            "adapter": {"kind": "loha", "train_text_encoder": True}, "base": {"text_encoder_quantization": "int8"},
        }, {"base.text_encoder_quantization"}, "Hold the text encoder",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("patch", "paths", "words"), CLASHES, ids=[row[2] for row in CLASHES])
def test_what_cannot_work_together_is_refused_with_the_reason(
    patch: dict[str, Any], paths: set[str], words: str
) -> None:
    with pytest.raises(StudioError) as problem:
        resolve([Layer("user", patch)])
    assert words in problem.value.detail
    values = TrainingConfig().model_dump()
    for section, settings in patch.items():
        values[section] |= settings
    (clash,) = find_clashes(values)
    assert paths <= set(clash.paths) and clash.reason == problem.value.detail


@pytest.mark.parametrize(
    "patch",
    [
        {"objective": {"debiased": True, "min_snr_gamma": None}},
        {"objective": {"multires_noise": 0.3}},
        {"base": {"prediction": "v_prediction"}, "objective": {"zero_terminal_snr": True}},
        {"objective": {"timestep_low": 600, "timestep_high": 600}},
        {"base": {"family": "sd1", "clip_skip": 2}},
        {"optimizer": {"type": "schedule_free"}},
        {"adapter": {"average": 0.9}},
        {"adapter": {"kind": "loha"}, "base": {"text_encoder_quantization": "int8"}},
        {"adapter": {"kind": "lokr", "train_text_encoder": True}},
        {"adapter": {"dropout": 0.1, "rank_stabilized": True}, "base": {"quantization": "nf4"}},
        {"optimizer": {"type": "paged_adamw8bit"}},
    ],
)
def test_each_of_them_alone_is_fine(patch: dict[str, Any]) -> None:
    assert resolve([Layer("user", patch)]).config


def test_several_clashes_are_told_together() -> None:
    patch = {"objective": {"debiased": True, "noise_offset": 0.1, "multires_noise": 0.3}}
    with pytest.raises(StudioError) as problem:
        resolve([Layer("user", patch)])
    assert "Min-SNR" in problem.value.detail and "large areas" in problem.value.detail
