"""InvokeAI. It tells the base from the widths of some layers and refuses a file with names it does not know."""

from __future__ import annotations

from lora_studio.weights.programs.rules import ANY_PEFT, Program, Rule

_RUN = "reference/lora-formats, section 4, run"
_READ = "invokeai/backend/patches/layers/utils.py at 2d240c4f, read"

INVOKEAI = Program(
    name="InvokeAI",
    version="8e71a8a5 (2026-08-19)",
    rules=(
        Rule(
            "refused", _RUN, spellings=frozenset({"kohya_without_text_model"}),
            because="It fails on text encoder keys without text_model.",
        ),
        Rule("refused", _RUN, spellings=ANY_PEFT, because="It does not read this scheme."),
        Rule(
            "misread", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"dora_by_row"}),
            because="It reads this DoRA the other way round, so pictures differ much.",
        ),
        Rule(
            "loaded", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya"}), kinds=frozenset({"dora_by_column"}),
        ),
        Rule("refused", _READ, kinds=frozenset({"oft", "glora"}), because="It does not know this kind of adapter."),
        Rule("loaded", _RUN, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"lora"})),
        Rule(
            "loaded", _READ, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}),
            kinds=frozenset({"loha", "lokr", "full", "norm"}),
        ),
    ),
    strays="refused",
    source_of_strays=_RUN,
    refuses=("mixed_blocks", "no_width"),
    reads_alpha_0="loaded",
)  # fmt: skip
