"""In which language the window speaks, and how it writes numbers and dates.

A translation is `ui/languages/<code>.qm`, made by packaging/translations.py. English needs no file but for its plurals.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

LANGUAGES = ("en", "de")
TRANSLATIONS_DIR = Path(__file__).parents[1] / "languages"
# "picture(s)", "match(es)", and pairs as in "entr(y|ies)", "(is|are)" or "(It looks|They look)".
_PLURAL = re.compile(r"\((?:([^()|]+)\|)?([^()|]+)\)")


class EnglishPlurals(QTranslator):
    """Chooses the form of counted sentences. Install it first: a translator installed later is asked before it."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        return None if n < 0 else counted(source, n)


def counted(sentence: str, n: int) -> str:
    """The sentence for `n` things; `%n` stays for Qt to fill in."""

    def form(match: re.Match[str]) -> str:
        one, many = match.groups()
        if one is None and many not in ("s", "es"):
            return match.group()
        return (one or "") if n == 1 else many

    return _PLURAL.sub(form, sentence)


def language_for(choice: str, system_languages: Sequence[str]) -> str:
    """The chosen language; without a choice the first of the system's that we have; else English."""
    if choice in LANGUAGES:
        return choice
    spoken = (tag.replace("_", "-").partition("-")[0] for tag in system_languages)
    return next((language for language in spoken if language in LANGUAGES), "en")


def locale_for(language: str, system: QLocale) -> QLocale:
    """How numbers and dates are written: in the language of the words, by the habits of the system's country."""
    code = QLocale.codeToLanguage(language)
    return system if system.language() == code else QLocale(code, system.territory())


def install_language(app: QApplication, choice: str) -> None:
    """Speak the language of the settings from now on; windows that exist keep theirs."""
    system = QLocale.system()
    language = language_for(choice, system.uiLanguages())
    locale = locale_for(language, system)
    QLocale.setDefault(locale)
    app.setLayoutDirection(locale.textDirection())
    app.installTranslator(EnglishPlurals(app))
    if language == "en":
        return
    for name, folder in (
        ("qtbase_" + language, QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        (language, str(TRANSLATIONS_DIR)),
    ):
        translator = QTranslator(app)
        if translator.load(name, folder):
            app.installTranslator(translator)
