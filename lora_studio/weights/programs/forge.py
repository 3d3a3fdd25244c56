"""Forge. It passes over up to 12 keys it does not know and refuses a file with more."""

from __future__ import annotations

from lora_studio.weights.programs.rules import Program, Rule

_RUN = "reference/lora-formats, section 4, run"
_READ = "packages_3rdparty/comfyui_lora_collection/lora.py at 00f1cd36, read"
_LOADER = "its loader run on 2026-11-23, docs/formats.md"
_UNKNOWN = "It does not know the names of this scheme."

FORGE = Program(
    name="Forge",
    version="dfdcbab6 (2025-06-26)",
    rules=(
        Rule(
            "ignored", _RUN, spellings=frozenset({"kohya_without_text_model", "peft_without_text_model"}),
            because="It does not know text encoder keys without text_model.",
        ),
        Rule(
            "ignored", _RUN, spellings=frozenset({"peft"}), layers=frozenset({"attention"}),
            because="It does not know the names of this scheme for the attention of the UNet.",
        ),
        Rule(
            "loaded", _RUN, spellings=frozenset({"peft"}), kinds=frozenset({"lora"}),
            layers=frozenset({"text_attention", "text_mlp"}),
        ),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"diffusers_022"}), layers=frozenset({"attention"}),
            because="It does not know the names of this scheme for the attention of the UNet.",
        ),
        Rule("loaded", _LOADER, spellings=frozenset({"peft", "diffusers_022"}), kinds=frozenset({"lora"})),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"diffusers_018"}),
            layers=frozenset({"text_attention", "text_mlp"}), because=_UNKNOWN,
        ),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"peft_directory", "omi", "lycoris", "numbered"}), because=_UNKNOWN,
        ),
        Rule("loaded", _LOADER, spellings=frozenset({"kohya"}), kinds=frozenset({"dora_by_column"})),
        Rule(
            "misread", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"dora_by_row"}),
            because="It weighs DoRA by the layer as it was, so pictures differ a little.",
        ),
        Rule("loaded", _RUN, spellings=frozenset({"kohya"}), kinds=frozenset({"lora"})),
        Rule(
            "loaded", _READ,
            spellings=frozenset({"kohya", "kohya_diffusers_blocks", "kohya_original_blocks", "kohya_te1"}),
            kinds=frozenset({"lora", "tucker", "loha", "lokr", "glora", "full", "norm"}),
        ),
        Rule(
            "loaded", _READ, spellings=frozenset({"diffusers_018", "attn_procs"}), kinds=frozenset({"lora"}),
            layers=frozenset({"attention"}),
        ),
    ),
    strays="ignored",
    source_of_strays=_RUN,
    max_unmatched=12,
    reads_alpha_0="loaded",
)  # fmt: skip
