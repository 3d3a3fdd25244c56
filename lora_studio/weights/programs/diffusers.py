"""The library diffusers, by `load_lora_weights`. One foreign key and it refuses the file."""

from __future__ import annotations

from lora_studio.weights.programs.rules import DORA, OTHER_KINDS, Program, Rule

_RUN = "reference/lora-formats, section 4, run"
_RUN_TOO = "run with 0.42.1 on 2026-11-22 on a tiny pipeline"

DIFFUSERS = Program(
    name="diffusers",
    version="0.42.1",
    rules=(
        Rule("refused", _RUN_TOO, kinds=frozenset({"half"}), because="It needs both halves of each layer."),
        Rule(
            "refused", "reference/lora-formats, section 1.7", kinds=OTHER_KINDS,
            because="It reads plain LoRA files only.", is_limit=True,
        ),
        Rule(
            "misread", "reference/lora-formats, section 1.6, run", spellings=frozenset({"kohya"}), kinds=DORA,
            because="It leaves out what makes this a DoRA.",
        ),
        Rule(
            "refused", _RUN_TOO, spellings=frozenset({"kohya_original_blocks"}),
            because="It does not find the layers by these names.",
        ),
        Rule(
            "ignored", _RUN_TOO, spellings=frozenset({"peft_directory", "attn_procs"}),
            because="It passes over names without the part of the model in front.",
        ),
        Rule(
            "loaded", _RUN, kinds=frozenset({"lora"}),
            spellings=frozenset({"kohya", "kohya_without_text_model", "peft", "peft_without_text_model"}),
        ),
        Rule(
            "loaded", _RUN, spellings=frozenset({"kohya_diffusers_blocks"}), kinds=frozenset({"lora"}),
            layers=frozenset({"attention"}),
        ),
        Rule("loaded", _RUN_TOO, spellings=frozenset({"kohya_te1", "diffusers_022"}), kinds=frozenset({"lora"})),
        Rule(
            "loaded", _RUN_TOO, spellings=frozenset({"diffusers_018"}), kinds=frozenset({"lora"}),
            layers=frozenset({"attention"}),
        ),
        Rule(
            "refused", _RUN_TOO, spellings=frozenset({"diffusers_018"}),
            layers=frozenset({"text_attention", "text_mlp"}),
            because="It does not read text encoders in this old scheme.",
        ),
    ),
    strays="refused",
    source_of_strays=_RUN,
    reads_alpha_0="loaded",
    evens_out_alphas=True,
    needs_out_proj=True,
)  # fmt: skip
