"""Fonts: the system's own, sized by tokens."""

from typing import Literal

from PySide6.QtGui import QFont, QFontDatabase

from ui.theme import tokens

Level = Literal["display", "title", "section", "body", "strong", "small"]


def ui_font(level: Level = "body", *, tabular: bool = False) -> QFont:
    """The system UI font at one level of the type scale; `tabular` for numbers that change in place."""
    current = tokens.current()
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    pixels = {
        "display": current.display_px,
        "title": current.title_px,
        "section": current.section_px,
        "small": current.small_px,
    }
    font.setPixelSize(pixels.get(level, current.body_px))
    font.setBold(level in ("display", "title", "section", "strong"))
    return with_tabular_figures(font) if tabular else font


def with_tabular_figures(font: QFont) -> QFont:
    """The same font with digits of one width."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def mono_font() -> QFont:
    """The system's fixed-width font at body size, for text the user edits as text."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(tokens.current().body_px)
    return font
