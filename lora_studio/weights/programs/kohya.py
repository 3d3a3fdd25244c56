"""kohya's sd-scripts, with their own plain LoRA network. What it does not know it passes over without a word."""

from __future__ import annotations

from lora_studio.weights.programs.rules import ANY_PEFT, DORA, RARE, Program, Rule

_RUN = "reference/lora-formats, section 4, run"
_LOADER = "networks/lora.py at 6a584cad run on 2026-11-23, docs/formats.md"

KOHYA = Program(
    name="kohya's scripts",
    version="48d368fa (2026-02-16)",
    rules=(
        Rule(
            "ignored", _RUN, spellings=frozenset({"kohya_without_text_model"}),
            because="It does not know text encoder keys without text_model.",
        ),
        Rule("ignored", _RUN, spellings=ANY_PEFT, because="It does not know the names of this scheme."),
        Rule(
            "ignored", _LOADER, spellings=RARE | {"kohya_original_blocks", "kohya_te1"},
            because="It does not know the names of this scheme.",
        ),
        Rule(
            "ignored", _RUN, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), layers=frozenset({"edge"}),
            because="It has no place for the first, the last and the embedding layers.", is_limit=True,
        ),
        Rule(
            "misread", "reference/lora-formats, section 1.6, read",
            spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=DORA,
            because="It leaves out what makes this a DoRA.",
        ),
        Rule(
            "ignored", "reference/lora-formats, section 1.1, read", kinds=frozenset({"full"}),
            because="It does not read whole differences of layers.",
        ),
        Rule("refused", _LOADER, kinds=frozenset({"tucker"}), because="It stops at a third matrix in a module."),
        Rule("ignored", _LOADER, kinds=frozenset({"norm"}), because="It does not read changes of norm layers."),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}),
            kinds=frozenset({"loha", "lokr"}), because="Its plain network does not read LoHa and LoKr.",
            is_limit=True,
        ),
        Rule("loaded", _RUN, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"lora"})),
    ),
    strays="ignored",
    source_of_strays=_RUN,
    reads_alpha_0="misread",
)  # fmt: skip
