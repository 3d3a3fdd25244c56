"""English plurals without a translation file; other languages bring theirs as Qt translations."""

import re

from PySide6.QtCore import QTranslator

# "picture(s)", "match(es)", and pairs as in "entr(y|ies)" or "(is|are)".
_PLURAL = re.compile(r"\((?:(\w+)\|)?(s|es|\w+)\)")


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
