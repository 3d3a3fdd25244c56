"""AUTOMATIC1111's web UI. What it does not know it drops, told only in its debug log."""

from __future__ import annotations

from lora_studio.weights.programs.rules import ANY_PEFT, RARE, Program, Rule

_RUN = "reference/lora-formats, section 4, run"
_READ = "extensions-builtin/Lora: its kinds of networks, read"
_LOADER = "its loader run on 2026-11-23, docs/formats.md"

A1111 = Program(
    name="A1111",
    version="v1.10.1",
    rules=(
        Rule(
            "ignored", _RUN, spellings=frozenset({"kohya_without_text_model"}),
            because="It does not know text encoder keys without text_model.",
        ),
        Rule(
            "ignored", _RUN, spellings=ANY_PEFT, because="It does not know the names of this scheme.",
        ),
        Rule("ignored", _LOADER, spellings=RARE, because="It does not know the names of this scheme."),
        Rule("refused", "reference/lora-formats, section 4, read", kinds=frozenset({"half"})),
        Rule(
            "ignored", _LOADER, spellings=frozenset({"kohya_te1"}), families=frozenset({"sd2"}),
            because="It knows the text encoder of SD 2.x by another name.",
        ),
        Rule(
            "ignored", _RUN, spellings=frozenset({"kohya_diffusers_blocks"}),
            path="unet.up_blocks.0.upsamplers.0.conv",
            because="It takes one layer of SDXL for one that does not exist.",
        ),
        Rule(
            "misread", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"dora_by_row"}),
            because="It reads this DoRA the other way round, so pictures differ much.",
        ),
        Rule(
            "loaded", "reference/lora-formats, section 1.6, measured",
            spellings=frozenset({"kohya"}), kinds=frozenset({"dora_by_column"}),
        ),
        Rule("loaded", _RUN, spellings=frozenset({"kohya", "kohya_diffusers_blocks"}), kinds=frozenset({"lora"})),
        Rule(
            "loaded", _LOADER, spellings=frozenset({"kohya_original_blocks", "kohya_te1"}),
            kinds=frozenset({"lora", "loha"}),
        ),
        Rule("loaded", _LOADER, spellings=frozenset({"kohya"}), kinds=frozenset({"tucker"})),
        Rule(
            "loaded", _READ, spellings=frozenset({"kohya"}),
            kinds=frozenset({"loha", "lokr", "oft", "glora", "full", "norm"}),
        ),
    ),
    strays="ignored",
    source_of_strays=_RUN,
    reads_alpha_0="loaded",
    joins_attention=True,
)  # fmt: skip
