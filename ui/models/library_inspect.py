"""What an adapter file is, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QLocale

from lora_studio.config.findings import Severity
from lora_studio.weights.grouping import Scheme
from lora_studio.weights.inspect import AdapterReport
from lora_studio.weights.lora import CANNOT_BE_PLAIN, OTHER_KINDS
from ui.models.engine_words import engine_words
from ui.models.exporting import check_programs
from ui.models.library_tools_words import precision_word
from ui.models.library_words import family_word, size_word

Tone = Literal["ok", "info", "warn", "err"]


@dataclass(frozen=True, slots=True)
class InspectNote:
    """One thing to know about a file."""

    tone: Tone
    title: str
    body: str = ""


def facts_of(report: AdapterReport) -> list[tuple[str, str]]:
    """Pairs of a name and a value, the most useful first. Values come from the file: plain text."""
    strengths = ", ".join(QLocale().toString(alpha, "g", 6) for alpha in report.alphas)
    pairs = [
        (_tr("Made for"), family_word(report.family)),
        (_tr("Trigger word"), ", ".join(report.trigger_words)),
        (_tr("Title"), report.title),
        (_tr("Made by"), report.metadata.get("modelspec.author", "")),
        (_tr("Licence"), report.metadata.get("modelspec.license", "")),
        (_tr("Epoch"), report.metadata.get("ss_epoch", "")),
        (_tr("Rank"), ", ".join(QLocale().toString(rank) for rank in report.ranks)),
        (_tr("Alpha"), strengths),
        (_tr("Changes"), _changes(report)),
        (_tr("Works in"), _programs(report)),
        (_tr("Written as"), _scheme_words(report.scheme)),
        (_tr("Size"), size_word(report.size_bytes)),
        (_tr("Precision"), ", ".join(map(precision_word, report.dtypes))),
    ]
    return [(name, value) for name, value in pairs if value]


def notes_of(report: AdapterReport) -> list[InspectNote]:
    """What to know before using it; one good word when there is nothing."""
    tones: dict[Severity, Tone] = {"stop": "err", "warn": "warn", "tip": "info"}
    notes = [
        InspectNote(tones[finding.severity], engine_words(finding.title), engine_words(finding.detail))
        for finding in report.findings
    ]
    if not notes:
        notes.append(InspectNote("ok", _tr("Nothing is wrong with this file."), _tr("Every number in it was read.")))
    return notes


def can_be_made_plain(report: AdapterReport) -> bool:
    """Whether it is of another kind than a plain LoRA, and of one that can become one."""
    kinds = report.kinds.keys() - {"norm"}
    return report.scheme != "numbered" and bool(kinds & OTHER_KINDS.keys()) and not kinds & CANNOT_BE_PLAIN


def _changes(report: AdapterReport) -> str:
    words = {
        "unet": _plural("%n layer(s) that draw", report.module_count.get("unet", 0)),
        "text_encoder": _plural("%n layer(s) that read text", _text_layers(report)),
    }
    shown = [words["unet"]] if report.module_count.get("unet") else []
    if _text_layers(report):
        shown.append(words["text_encoder"])
    return ", ".join(shown)


def _text_layers(report: AdapterReport) -> int:
    return report.module_count.get("text_encoder", 0) + report.module_count.get("text_encoder_2", 0)


def _programs(report: AdapterReport) -> str:
    """The programs that read it; empty where nothing in the file tells."""
    if report.family == "practice":
        return _tr("LoRA Studio only: no other program has the Practice base")
    return ", ".join(check.program for check in check_programs(report) if check.works)


def _scheme_words(scheme: Scheme) -> str:
    words: dict[Scheme, str] = {
        "studio": _tr("An epoch of this app, not yet exported"),
        "kohya": _tr("The usual form, as kohya's scripts write it"),
        "peft/diffusers": _tr("diffusers (PEFT)"),
        "old diffusers": _tr("diffusers, an older form"),
        "lycoris loha": _tr("LyCORIS LoHa"),
        "lycoris lokr": _tr("LyCORIS LoKr"),
        "lycoris other": _tr("LyCORIS"),
        "numbered": _tr("Numbered"),
    }
    return words[scheme]


def _plural(text: str, count: int) -> str:
    return QCoreApplication.translate("inspect", text, "", count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspect", text)
