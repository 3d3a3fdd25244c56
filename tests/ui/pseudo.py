"""Two languages that nobody speaks, and what is wrong with a window that speaks them.

Both put every sentence in brackets, so that a text without them was not translated. `Longer` adds 40 % and accents,
`Mirrored` writes in Hebrew letters, from right to left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from ui.shell.language import counted
from ui.theme import tokens
from ui.widgets.labels import ElidedLabel

_KEPT = re.compile(r"(\{\w*\}|%n|\*\.\w+)")  # blanks and file endings stay as they are
_BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[A-Za-z]{3,}")
_ACCENTS = str.maketrans("aeiouyAEIOUYcnsz", "áéîöüýÁÉÎÖÜÝçñšž")
_HEBREW = str.maketrans({letter: chr(0x5D0 + (ord(letter) - ord("a")) % 27) for letter in "abcdefghijklmnopqrstuvwxyz"})


class Pseudo(QTranslator):
    """Knows every sentence of the app, and of the engine those that are collected in `engine_sentences`."""

    def __init__(self, parent: QObject, engine_sentences: set[str]) -> None:
        super().__init__(parent)
        self._engine_sentences = engine_sentences

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        if context == "engine" and source not in self._engine_sentences:
            return None
        sentence = source if n < 0 else counted(source, n)
        parts = _KEPT.split(sentence)
        words = "".join(part if _KEPT.fullmatch(part) else self.spelled(part) for part in parts)
        return f"⟦{words}{self.padding(sentence)}⟧"

    def spelled(self, text: str) -> str:
        raise NotImplementedError

    def padding(self, sentence: str) -> str:
        return ""


class Longer(Pseudo):
    def spelled(self, text: str) -> str:
        return text.translate(_ACCENTS)

    def padding(self, sentence: str) -> str:
        """In words of five letters, as a longer language would have them."""
        more = round(len(sentence) * 0.4) - 2  # the brackets count
        return " ".join(["", *["lórëm"[: max(1, more - 6 * n)] for n in range((more + 5) // 6)]]) if more > 2 else ""


class Mirrored(Pseudo):
    def spelled(self, text: str) -> str:
        return text.lower().translate(_HEBREW)


def visible_texts(window: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Everything a person reads or hears: words, hints, names for screen readers."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QAbstractButton)):
            texts.append(widget.text())
        elif isinstance(widget, QLineEdit):
            texts.append(widget.placeholderText())
        elif isinstance(widget, QComboBox):
            texts += [widget.itemText(row) for row in range(widget.count())]
        texts += [action.text() for action in widget.actions() if isinstance(action, QAction)]
        yield from ((widget, text) for text in texts if text)


def untranslated(window: QWidget, user_texts: list[str]) -> list[str]:
    """Texts with words outside the brackets that are not the user's own."""
    own = re.compile("|".join(rf"{re.escape(text)}[\\/\w.]*" for text in sorted(user_texts, key=len, reverse=True)))
    found = []
    for widget, text in visible_texts(window):
        rest = own.sub("", text.replace("\u200b", ""))
        while _BRACKETED.search(rest):
            rest = _BRACKETED.sub("", rest)
        if _WORD.search(rest):
            found.append(f"{_name(widget)}: {text}")
    return found


def cut_texts(window: QWidget) -> list[str]:
    """Labels and buttons whose text needs more room than they have, or stands partly outside what shows it."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not _text_of(widget):
            continue
        lacks = _lacking(widget)
        if lacks:
            found.append(f"{_name(widget)} {widget.width()}x{widget.height()} lacks {lacks}: {_text_of(widget)}")
        elif outside := _outside(widget):
            found.append(f"{_name(widget)} {outside}: {_text_of(widget)}")
    return found


def _text_of(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QLabel):
        return widget.text() if widget.pixmap().isNull() else ""
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def _lacking(widget: QWidget) -> str:
    width, height = widget.width(), widget.height()
    if isinstance(widget, ElidedLabel):
        return "" if height + 1 >= widget.fontMetrics().height() else "height"
    if isinstance(widget, QLabel):
        text = widget.text()
        if widget.wordWrap():
            longest = max(widget.fontMetrics().horizontalAdvance(word) for word in text.replace("\u200b", " ").split())
            if longest > widget.contentsRect().width() + 1:
                return f"width {longest}"
            needed = widget.heightForWidth(width)
        else:
            needed = widget.sizeHint().height()
            if widget.sizeHint().width() > width + 1:
                return f"width {widget.sizeHint().width()}"
        return f"height {needed}" if needed > height + 1 else ""
    if widget.hasHeightForWidth():
        return f"height {widget.heightForWidth(width)}" if widget.heightForWidth(width) > height + 1 else ""
    if isinstance(widget, QComboBox):
        needed = widget.fontMetrics().horizontalAdvance(widget.currentText()) + tokens.current().scaled(16) + 24
        return f"width {needed}" if needed > width else ""
    hint = widget.minimumSizeHint()
    if hint.width() > width + 1:
        return f"width {hint.width()}"
    return f"height {hint.height()}" if hint.height() > height + 1 else ""


def _outside(widget: QWidget) -> str:
    """Where the widget leaves the room its parents show; what can be scrolled to is not lost."""
    area = QRect(QPoint(0, 0), widget.size())
    child, parent = widget, widget.parentWidget()
    while parent is not None and not child.isWindow():
        area.translate(child.pos())
        holder = parent.parentWidget()
        if isinstance(holder, QAbstractScrollArea) and holder.viewport() is parent:
            can_scroll = holder.horizontalScrollBarPolicy() != Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            bar = holder.horizontalScrollBar()
            is_cut = area.left() < -1 or area.right() > parent.width() + 1
            if is_cut and not (can_scroll and bar.maximum()):
                return f"is cut by {_name(holder)}"
            return ""
        if not parent.rect().adjusted(-2, -2, 2, 2).contains(area):
            return f"is cut by {_name(parent)} {parent.width()}x{parent.height()}, stands at {area.getRect()}"
        child, parent = parent, holder
    return ""


def _name(widget: QWidget) -> str:
    """The widget's class, and whose it is."""
    owner = widget.parentWidget()
    while owner is not None and type(owner).__module__.startswith("PySide6"):
        owner = owner.parentWidget()
    return f"{type(owner).__name__}>{type(widget).__name__}" if owner is not None else type(widget).__name__
