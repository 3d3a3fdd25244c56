"""Short words that the lists of runs, jobs and models share: kinds, families, sizes, spans of time."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from lora_studio import bases
from lora_studio.bases import FoundBase
from lora_studio.config.training import Kind


def kind_word(kind: Kind) -> str:
    """What is taught, as a word."""
    words: dict[Kind, str] = {"style": _tr("Style"), "character": _tr("Character"), "object": _tr("Object or concept")}
    return words[kind]


def family_word(family: str) -> str:
    """A family of base models as people know it."""
    words = {"practice": _tr("Practice base"), "sd1": _tr("SD 1.x"), "sd2": _tr("SD 2.x"), "sdxl": _tr("SDXL")}
    return words.get(family, _tr("Unknown kind"))


def base_name(base: FoundBase) -> str:
    """A base model's name; the one that comes with the app has one in every language."""
    return family_word("practice") if base.source == bases.PRACTICE else base.name


def size_word(size_bytes: int) -> str:
    """A size with its unit, as the person's language writes it."""
    precision = 1 if size_bytes >= 1_000_000 else 0
    return QLocale().formattedDataSize(size_bytes, precision, QLocale.DataSizeFormat.DataSizeSIFormat)


def span_words(seconds: float) -> str:
    """About how long something takes; minutes above two minutes, hours above ninety."""
    if seconds >= 90 * 60:
        minutes = round(seconds / 300) * 5
        return _tr("about {hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)
    if seconds >= 120:
        return _plural("about %n minute(s)", round(seconds / 60))
    return _plural("about %n second(s)", max(10, round(seconds / 10) * 10))


def sentence_case(text: str) -> str:
    """The same words at the beginning of a sentence."""
    return QLocale().toUpper(text[:1]) + text[1:]


def day_word(at: float) -> str:
    """The day of a moment (seconds since 1970), short."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(at)).date(), QLocale.FormatType.ShortFormat)


def _plural(text: str, count: int) -> str:
    return QCoreApplication.translate("library", text, "", count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("library", text)
