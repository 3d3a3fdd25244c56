"""Short words of the tools for adapter files: their names, precisions, shares, and what came of them."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QLocale

from ui.models.library_tools import Made, OpenedAdapter, ToolName
from ui.models.library_words import family_word, size_word


def tool_word(tool: ToolName) -> str:
    """A tool as a verb, for menus, the switch and the button."""
    words: dict[ToolName, str] = {
        "convert": _tr("Convert"),
        "resize": _tr("Make smaller"),
        "merge": _tr("Merge"),
        "edit": _tr("Edit details"),
    }
    return words[tool]


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
    """What became of the change; that every number was read back is true of every file that was made."""
    outcome = made.outcome
    read_back = _tr("Every number was read back and compared.")
    if outcome is None or outcome.kept > 1 - 1e-9:
        return read_back
    kept = _tr("It keeps {share} of the change; the layer that lost most keeps {worst}.")
    return " ".join([kept.format(share=percent_word(outcome.kept), worst=percent_word(outcome.worst_kept)), read_back])


def _tr(text: str) -> str:
    return QCoreApplication.translate("tools", text)
