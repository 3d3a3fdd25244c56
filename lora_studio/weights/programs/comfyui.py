"""ComfyUI. Names it does not know cost one line in its log each; the rest of the file is applied."""

from __future__ import annotations

from lora_studio.weights.programs.rules import Program, Rule

_ATTENTION_ONLY = "It applies half of this scheme: text encoders, but not the attention of the UNet."
_RUN = "reference/lora-formats, section 4, run"
_READ = "comfy/lora.py at 00728eb2, read"
_LOADER = "its loader run on 2026-11-23, docs/formats.md"
_UNKNOWN = "It does not know the names of this scheme."

COMFYUI = Program(
    name="ComfyUI",
    version="0.30.0 (2026-08)",
    rules=(
        Rule(
            "ignored", _RUN, spellings=frozenset({"kohya_without_text_model", "peft_without_text_model"}),
            because="It does not know text encoder keys without text_model.",
        ),
        Rule(
            "ignored", _RUN, spellings=frozenset({"peft"}), layers=frozenset({"attention"}),
            because=_ATTENTION_ONLY,
        ),
        Rule(
            "loaded", _RUN, spellings=frozenset({"peft"}), kinds=frozenset({"lora"}),
            layers=frozenset({"text_attention", "text_mlp"}),
        ),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"diffusers_022"}), layers=frozenset({"attention"}),
            because=_ATTENTION_ONLY,
        ),
        Rule("loaded", _LOADER, spellings=frozenset({"peft", "diffusers_022"}), kinds=frozenset({"lora"})),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"diffusers_018"}),
            layers=frozenset({"text_attention", "text_mlp"}), because=_UNKNOWN,
        ),
        Rule("ignored", _LOADER, spellings=frozenset({"peft_directory", "omi", "numbered"}), because=_UNKNOWN),
        Rule(
            "misread", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"dora_by_row"}),
            because="It weighs DoRA by the layer as it was, so pictures differ a little.",
        ),
        Rule(
            "loaded", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya"}), kinds=frozenset({"dora_by_column"}),
        ),
        Rule("loaded", _RUN, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"lora"})),
        Rule("loaded", _READ, spellings=frozenset({"kohya_original_blocks", "kohya_te1"}), kinds=frozenset({"lora"})),
        Rule(
            "loaded", _READ,
            spellings=frozenset({"kohya", "kohya_diffusers_blocks", "kohya_original_blocks", "kohya_te1"}),
            kinds=frozenset({"tucker", "loha", "lokr", "glora", "full", "norm"}),
        ),
        Rule(
            "loaded", _READ, spellings=frozenset({"diffusers_018", "attn_procs"}), kinds=frozenset({"lora"}),
            layers=frozenset({"attention"}),
        ),
    ),
    strays="ignored",
    source_of_strays=_RUN,
    reads_alpha_0="loaded",
)  # fmt: skip
