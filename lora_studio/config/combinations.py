"""Settings that cannot work together, and why: what forms close, and what is refused before a run is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clash:
    """Settings, by dotted path, whose present values exclude each other; the reason is whole sentences."""

    paths: tuple[str, ...]
    reason: str


def find_clashes(values: Mapping[str, Any]) -> list[Clash]:
    """Every pair of settings that cannot work together.

    Args:
        values: A whole config as nested plain values.
    """
    base, adapter, optimizer = values["base"], values["adapter"], values["optimizer"]
    objective, precision = values["objective"], values["precision"]
    rules: tuple[tuple[bool, tuple[str, ...], str], ...] = (
        (
            objective["debiased"] and objective["min_snr_gamma"] is not None,
            ("objective.debiased", "objective.min_snr_gamma"),
            "Debiased and Min-SNR both decide how much a noise level counts. Empty Min-SNR to use Debiased.",
        ),
        (
            objective["noise_offset"] > 0 and objective["multires_noise"] > 0,
            ("objective.noise_offset", "objective.multires_noise"),
            "Noise offset and multires noise both shift large areas. Set one of them to 0.",
        ),
        (
            objective["zero_terminal_snr"] and base["prediction"] == "epsilon",
            ("objective.zero_terminal_snr", "base.prediction"),
            "Zero-terminal SNR needs a model that predicts velocity. This one predicts the noise, and where the "
            "noise is the whole picture that teaches nothing.",
        ),
        (
            objective["timestep_low"] > objective["timestep_high"],
            ("objective.timestep_low", "objective.timestep_high"),
            "The least noise may not be above the most noise.",
        ),
        (
            base["clip_skip"] > 1 and base["family"] in ("sd2", "sdxl"),
            ("base.clip_skip", "base.family"),
            "Clip skip is for SD 1.x. SD 2.x and SDXL always read the last layer but one, so leave it at 1.",
        ),
        (
            adapter["average"] > 0 and optimizer["type"] == "schedule_free",
            ("adapter.average", "optimizer.type"),
            "The schedule_free optimiser averages by itself. Set the running average to 0 to use it.",
        ),
        *_kind_rules(adapter, base),
        (
            precision["cards"] > values["schedule"]["batch_size"],
            ("precision.cards", "schedule.batch_size"),
            "Cards share each batch, so it needs a picture for every card. Set the batch size to at least as many.",
        ),
        (
            precision["cards"] > 1 and precision["device"] == "mps",
            ("precision.cards", "precision.device"),
            "Several cards train together on NVIDIA only.",
        ),
        (
            optimizer["type"] == "paged_adamw8bit" and precision["device"] in ("cpu", "mps"),
            ("optimizer.type", "precision.device"),
            "The paged optimiser moves memory off an NVIDIA card. Without one, take adamw8bit.",
        ),
    )
    return [Clash(paths, reason) for holds, paths, reason in rules if holds]


def _kind_rules(adapter: Mapping[str, Any], base: Mapping[str, Any]) -> list[tuple[bool, tuple[str, ...], str]]:
    """What a LoHa or LoKr cannot have: whether it is wished for, the settings' paths, the reason."""
    if adapter["kind"] == "lora":
        return []
    name = {"loha": "LoHa", "lokr": "LoKr"}[adapter["kind"]]
    whole = f"{name} adds its change to whole weights, and in 8 or 4 bit there are none."
    reads_text = adapter["train_text_encoder"] and base["text_encoder_quantization"] != "none"
    return [
        (
            adapter["dropout"] > 0,
            ("adapter.kind", "adapter.dropout"),
            f"Adapter dropout leaves out what flows between the two matrices of a LoRA, and {name} has no such place. "
            "Set it to 0.",
        ),
        (
            bool(adapter["start_from"]),
            ("adapter.kind", "adapter.start_from"),
            f"A {name} cannot begin with the layers of a LoRA file. Train a LoRA, or leave the file out.",
        ),
        (
            adapter["rank_stabilized"],
            ("adapter.kind", "adapter.rank_stabilized"),
            f"Rank-stabilised scaling was made for LoRA. Switch it off for {name}; alpha sets its strength.",
        ),
        (
            base["quantization"] != "none",
            ("adapter.kind", "base.quantization"),
            f"{whole} Hold the base in memory whole (none), or train a LoRA.",
        ),
        (
            reads_text,
            ("adapter.kind", "base.text_encoder_quantization"),
            f"{whole} Hold the text encoder in memory whole (none), or train a LoRA.",
        ),
    ]
