"""Short words of the tools for adapter files: their names, precisions, shares, and what came of them."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLocale

from lora_studio.weights.bake import BakeResult
from lora_studio.weights.extract import ExtractResult
from lora_studio.weights.plain import PlainResult
from lora_studio.weights.programs.rules import ModuleKind
from lora_studio.weights.resize import ResizeResult
from ui.models.library_tools import Made, OpenedAdapter, ToolName
from ui.models.library_tools_bases import OpenedOther
from ui.models.library_words import family_word, size_word


def tool_word(tool: ToolName) -> str:
    """A tool as a verb, for menus and the switch."""
    words: dict[ToolName, str] = {
        "convert": _tr("Convert"),
        "resize": _tr("Make smaller"),
        "merge": _tr("Merge"),
        "bake": _tr("Bake in"),
        "edit": _tr("Edit details"),
        "extract": _tr("Extract from two bases"),
        "plain": _tr("Make it plain"),
    }
    return words[tool]


def button_word(tool: ToolName) -> str:
    """What the button that starts it says."""
    return _tr("Extract") if tool == "extract" else tool_word(tool)


def precision_word(dtype: str) -> str:
    """A number format of a file (`F16`) as programs call it."""
    return {"F16": "fp16", "BF16": "bf16", "F32": "fp32", "F64": "fp64"}.get(dtype, dtype)


def percent_word(share: float, decimals: int = 1) -> str:
    """A share as people read it, rounded down: what is not everything never shows as 100 %."""
    percent = 100.0 if share > 1 - 1e-9 else math.floor(share * 100 * 10**decimals) / 10**decimals
    return _tr("{number} %").format(number=QLocale().toString(percent, "f", 0 if percent == 100 else decimals))


def adapter_words(opened: OpenedAdapter) -> str:
    """What a file is, in one line."""
    lowest, highest = opened.ranks[0], opened.ranks[-1]
    ranks = QLocale().toString(highest)
    if lowest != highest:
        ranks = f"{QLocale().toString(lowest)}–{ranks}"
    parts = (
        family_word(opened.lora.family),
        _tr("Rank {rank}").format(rank=ranks),
        ", ".join(map(precision_word, opened.dtypes)),
        size_word(opened.size_bytes),
    )
    return "  ·  ".join(parts)


def made_words(made: Made) -> str:
    """What became of the change, and what was read back."""
    read_back = _tr("Every number was read back and compared.")
    if isinstance(made.written, BakeResult):
        changed = _plural("%n layer(s) changed.", made.written.layer_count)
        if made.written.sha256_data is None:
            read_back = _tr("Every changed file was read back and compared; the others are copies.")
        return f"{changed} {read_back}"
    match made.outcome:
        case PlainResult() as plain:
            return " ".join([*_plain_words(plain), read_back])
        case ExtractResult(adapter, equal_layers):
            words = [
                _kept_words(adapter, _tr("It keeps {share} of the difference in these layers; the worst {worst}."))
            ]
            if equal_layers:
                words.append(_plural("%n layer(s) do not differ and are left out.", equal_layers))
            return " ".join([*words, read_back])
        case ResizeResult(kept=kept) as resized if kept <= 1 - 1e-9:
            words_of = _tr("It keeps {share} of the change; the layer that lost most keeps {worst}.")
            return f"{_kept_words(resized, words_of)} {read_back}"
    return read_back


def other_words(opened: OpenedOther) -> str:
    """What an adapter of another kind is, in one line."""
    kinds = ", ".join(kind_word(kind) for kind in opened.adapter.kinds)
    return "  ·  ".join((family_word(opened.adapter.family), kinds, size_word(opened.size_bytes)))


def kind_word(kind: ModuleKind) -> str:
    """A kind of module as people call it."""
    words: dict[str, str] = {
        "lora": "LoRA", "tucker": _tr("LoRA with a core (Tucker)"), "loha": "LoHa", "lokr": "LoKr",
        "dora_by_row": "DoRA", "dora_by_column": "DoRA", "dora_peft": "DoRA",
        "full": _tr("whole differences"), "norm": _tr("norm layers"),
    }  # fmt: skip
    return words.get(kind, kind)


def error_word(error: float) -> str:
    """An error as people read it, rounded up: what is not nothing never shows as 0 %."""
    percent = math.ceil(error * 10_000) / 100 if error > 1e-9 else 0.0
    return _tr("{number} %").format(number=QLocale().toString(percent, "f", 2 if percent else 0))


def _kept_words(result: ResizeResult, words: str) -> str:
    return words.format(share=percent_word(result.kept), worst=percent_word(result.worst_kept))


def _plain_words(plain: PlainResult) -> list[str]:
    words = _tr("It differs by {error} from what the file did; the worst layer by {worst}.")
    told = [words.format(error=error_word(plain.error), worst=error_word(plain.worst_error))]
    if plain.left_out:
        told.append(_plural("Left out, because no LoRA can hold it: %n bias(es) or norm(s).", len(plain.left_out)))
    return told


def _plural(text: str, count: int) -> str:
    return QCoreApplication.translate("tools", text, "", count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("tools", text)
