"""Our icons: one form, tinted by tokens."""

from importlib.resources import files
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ui.theme import icons, tokens


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_is_drawn_on_the_24_grid_with_our_stroke_and_no_colour_of_its_own(name: str) -> None:
    root = ElementTree.fromstring(files("ui.theme").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8"))
    assert root.get("viewBox") == "0 0 24 24"
    assert (root.get("fill"), root.get("stroke"), root.get("stroke-width")) == ("none", "currentColor", "1.75")
    assert not [part for part in root.iter() if part is not root and (part.get("fill") or part.get("stroke"))]


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_draws_something(qtbot: QtBot, name: str) -> None:
    assert _opaque_pixels(icons.pixmap(name, "text", 18, 1.0).toImage()) > 8


def test_an_icon_has_the_colour_of_its_token(qtbot: QtBot) -> None:
    image = icons.pixmap("minus", "err", 24, 1.0).toImage()
    assert image.pixelColor(12, 12).name() == tokens.current().color("err").name()


def test_an_icon_is_sharp_on_a_screen_of_high_resolution(qtbot: QtBot) -> None:
    drawn = icons.pixmap("check", "text", 18, 2.0)
    assert (drawn.width(), drawn.deviceIndependentSize().width()) == (36, 18)


def test_the_app_icon_comes_in_every_size_a_desktop_asks_for(qtbot: QtBot) -> None:
    assert {size.width() for size in icons.app_icon().availableSizes()} >= {16, 32, 48, 256}


def _opaque_pixels(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 100 for x in range(image.width()) for y in range(image.height()))
