"""InvokeAI. It tells the base from the widths of some layers and refuses a file with names it does not know."""

from __future__ import annotations

from lora_studio.weights.programs.rules import ANY_PEFT, RARE, Program, Rule

_RUN = "reference/lora-formats, section 4, run"
_READ = "invokeai/backend/patches/layers/utils.py at 2d240c4f, read"
_LOADER = "6.14.2 from PyPI run on 2026-11-23, docs/formats.md"

INVOKEAI = Program(
    name="InvokeAI",
    version="6.14.2 (2026-09-27)",
    rules=(
        Rule(
            "ignored", _LOADER, spellings=frozenset({"kohya_without_text_model"}),
            because="It does not know text encoder keys without text_model.",
        ),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"kohya_original_blocks", "kohya_te1"}),
            because="It does not know the names of this scheme.",
        ),
        Rule("refused", _RUN, spellings=ANY_PEFT, because="It does not read this scheme."),
        Rule("refused", _LOADER, spellings=RARE - {"omi"}, because="It does not read this scheme."),
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
        Rule("loaded", _LOADER, spellings=frozenset({"kohya"}), kinds=frozenset({"tucker"})),
    ),
    strays="refused",
    source_of_strays=_RUN,
    unknown_layers={"sd1": "ignored", "sd2": "ignored"},
    refuses=("mixed_blocks", "no_width", "width_of_time"),
    reads_alpha_0="loaded",
)  # fmt: skip
