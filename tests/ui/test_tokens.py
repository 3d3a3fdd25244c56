"""Colours can be read, sizes grow with the text, and whoever paints is told of a change."""

import pytest
from PySide6.QtGui import QColor, QPalette
from pytestqt.qtbot import QtBot

from ui.theme import palette, tokens
from ui.theme.appearance import Appearance

SURFACES = ("bg", "rail", "card", "raised", "hover", "soft")
TEXT_PAIRS = [
    *((ink, ground) for ink in ("text", "text2") for ground in SURFACES),
    *(("muted", ground) for ground in ("bg", "rail", "card", "raised")),
    *(("accent", ground) for ground in ("bg", "card", "raised", "soft")),
    ("onfill", "fill"),
    *((kind, f"{kind}soft") for kind in ("ok", "warn", "err")),
    *((kind, ground) for kind in ("ok", "warn", "err") for ground in ("bg", "card", "raised", "rail")),
    *(("text", f"{kind}soft") for kind in ("ok", "warn", "err")),
    *(("text2", f"{kind}soft") for kind in ("ok", "warn", "err")),
    ("text", "stage"),
]
OTHER_PAIRS = [
    *(("line", ground) for ground in ("bg", "card", "raised")),
    *(("accent", ground) for ground in SURFACES),
    *(("fill", ground) for ground in ("bg", "card", "hover")),
    *((chart, "card") for chart in ("v1", "v2", "v3", "v4")),
    ("err", "hover"),
]
WORN_PALETTE = QPalette()
WORN_PALETTE.setColor(QPalette.ColorRole.Window, QColor(120, 120, 120))
WORN_PALETTE.setColor(QPalette.ColorRole.WindowText, QColor(140, 140, 140))
WORN_PALETTE.setColor(QPalette.ColorRole.Highlight, QColor(130, 130, 130))
SCHEMES = {
    "dark": tokens.DARK,
    "light": tokens.LIGHT,
    "contrast": tokens.contrast_colours(QPalette()),
    "worn": tokens.contrast_colours(WORN_PALETTE),
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids=" on ".join)
def test_text_reaches_4_5_to_1_on_every_ground_it_is_used_on(scheme: str, pair: tuple[str, str]) -> None:
    ink, ground = (getattr(SCHEMES[scheme], name) for name in pair)
    assert tokens.contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("pair", OTHER_PAIRS, ids=" on ".join)
def test_outlines_and_marks_reach_3_to_1(scheme: str, pair: tuple[str, str]) -> None:
    ink, ground = (getattr(SCHEMES[scheme], name) for name in pair)
    assert tokens.contrast(ink, ground) >= 3


def test_contrast_of_black_on_white_is_21() -> None:
    """WCAG 2.2 gives 21 as the largest ratio."""
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_sizes_that_hold_text_grow_with_it_and_gaps_do_not() -> None:
    large = tokens.for_scheme("dark", 1.5)
    assert (large.body_px, large.button_height, large.sizes.gap16) == (20, 54, 16)


def test_nothing_is_written_below_12_pixels() -> None:
    assert tokens.for_scheme("dark", 0.9).small_px == 12


def test_text_size_stays_between_90_and_150_percent() -> None:
    assert tokens.for_scheme("dark", 9.0).text_scale == 1.5
    assert tokens.for_scheme("dark", 0.1).text_scale == 0.9


def test_painters_are_told_once_of_a_change_and_not_of_none(qtbot: QtBot, appearance: Appearance) -> None:
    told: list[str] = []
    tokens.changed.connect(lambda: told.append(tokens.current().scheme))
    appearance.set_choice("light")
    appearance.set_choice("light")
    assert told == ["light"]


def test_every_colour_role_of_the_palette_is_one_of_our_colours() -> None:
    built = palette.build(tokens.for_scheme("light", 1.0))
    ours = {QColor(getattr(tokens.LIGHT, name)).name() for name in tokens.Colours.__slots__}
    roles = [role for role in QPalette.ColorRole if role.name not in ("NRoles", "NColorRoles", "NoRole")]
    assert {built.color(QPalette.ColorGroup.Active, role).name() for role in roles} <= ours
