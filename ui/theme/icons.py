"""Our icons, drawn from `icons/*.svg` and tinted with tokens.

Only on the GUI thread. An icon keeps the colour it was made with: widgets that show one ask again on `tokens.changed`.
"""

from functools import cache, lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme import tokens

_APP_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


@cache
def names() -> tuple[str, ...]:
    """Every icon that can be asked for."""
    drawings = files("ui.theme").joinpath("icons").iterdir()
    return tuple(
        sorted(f.name.removesuffix(".svg") for f in drawings if f.name.endswith(".svg") and f.name != "app.svg")
    )


def pixmap(name: str, token: str = "text2", size: int = 18, ratio: float | None = None) -> QPixmap:
    """One icon at `size` logical pixels, sharp on the present screens unless a pixel ratio is given."""
    return tinted_pixmap(name, tokens.current().color(token).name(), size, ratio)


def tinted_pixmap(name: str, colour: str, size: int, ratio: float | None = None) -> QPixmap:
    """As `pixmap`, for a colour that was worked out from tokens."""
    screen_ratio = QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr]
    return _rendered(_drawing(name).replace("currentColor", colour), size, ratio or screen_ratio)


def icon(name: str, token: str = "text2", size: int = 18) -> QIcon:
    """One icon for actions and views; disabled it turns `muted`."""
    result = QIcon(pixmap(name, token, size))
    result.addPixmap(pixmap(name, "muted", size), QIcon.Mode.Disabled)
    return result


def app_mark(size: int) -> QPixmap:
    """The program's mark in the theme's own colours."""
    current = tokens.current()
    return _rendered(_mark(current.fill, current.onfill), size, QGuiApplication.instance().devicePixelRatio())  # type: ignore[union-attr]


def app_icon() -> QIcon:
    """The window and tray icon; always in the light theme's colours, which read on any taskbar."""
    result = QIcon()
    for size in _APP_ICON_SIZES:
        result.addPixmap(_rendered(_mark(tokens.LIGHT.fill, tokens.LIGHT.onfill), size, 1.0))
    return result


@cache
def _drawing(name: str) -> str:
    return files("ui.theme").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")


def _mark(fill: str, onfill: str) -> str:
    return _drawing("app").replace("{fill}", fill).replace("{onfill}", onfill)


@lru_cache(maxsize=512)
def _rendered(svg: str, size: int, ratio: float) -> QPixmap:
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image
