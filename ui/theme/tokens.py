"""Every colour, size and radius of the app, for the theme and text size in force.

Painters ask `tokens.current()` each time they paint and call `update()` on `tokens.changed`; nothing else in the app
may hold a colour literal. Sizes that carry text grow with the text size; gaps and radii do not.
"""

from dataclasses import asdict, dataclass, replace
from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QPalette

Scheme = Literal["dark", "light", "contrast"]

MIN_TEXT_SCALE = 0.9
MAX_TEXT_SCALE = 1.5
NARROW_WIDTH_PX = 1180


class ThemeSignals(QObject):
    """Tells painters that `current()` answers something else now. Emitted on the GUI thread."""

    changed = Signal()


_signals = ThemeSignals()
changed = _signals.changed


@dataclass(frozen=True, slots=True)
class Colours:
    """One set of colours as `#rrggbb`; the names are those of the design."""

    bg: str
    rail: str
    card: str
    raised: str
    hover: str
    border: str
    line: str
    text: str
    text2: str
    muted: str
    accent: str
    fill: str
    onfill: str
    soft: str
    ok: str
    oksoft: str
    warn: str
    warnsoft: str
    err: str
    errsoft: str
    v1: str
    v2: str
    v3: str
    v4: str
    stage: str
    scrim: str  # behind sheets, and the end of the gradient under a picture's caption
    onscrim: str


DARK = Colours(
    bg="#16181C",
    rail="#111316",
    card="#1E2126",
    raised="#272B32",
    hover="#30353E",
    border="#30353E",
    line="#747D8C",
    text="#ECEEF2",
    text2="#BCC2CD",
    muted="#98A0AE",
    accent="#8FB4FF",
    fill="#85ACFF",
    onfill="#0A1530",
    soft="#24314F",
    ok="#66D19A",
    oksoft="#1C3A2C",
    warn="#F2BE5C",
    warnsoft="#3C3119",
    err="#FF968E",
    errsoft="#452423",
    v1="#85ACFF",
    v2="#5FC7B8",
    v3="#C79BF2",
    v4="#6E7685",
    stage="#101113",
    scrim="#000000",
    onscrim="#FFFFFF",
)

LIGHT = Colours(
    bg="#F5F6F8",
    rail="#ECEEF1",
    card="#FFFFFF",
    raised="#F1F3F6",
    hover="#E5E8ED",
    border="#DCE0E6",
    line="#7A8392",
    text="#191C22",
    text2="#434A56",
    muted="#5B6370",
    accent="#2857CF",
    fill="#2B5BD7",
    onfill="#FFFFFF",
    soft="#E4ECFD",
    ok="#16703E",
    oksoft="#DFF3E7",
    warn="#855200",
    warnsoft="#FBEFD6",
    err="#B0261E",
    errsoft="#FCE6E4",
    v1="#2B5BD7",
    v2="#0F7C74",
    v3="#7A48B8",
    v4="#7C8593",
    stage="#E8EAED",
    scrim="#000000",
    onscrim="#FFFFFF",
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths in logical pixels at 100 % text; `Tokens` scales those that hold text."""

    # gaps
    gap4: int = 4
    gap8: int = 8
    gap12: int = 12
    gap16: int = 16
    gap20: int = 20
    gap24: int = 24
    gap32: int = 32
    page_margin: int = 24
    card_padding: int = 16
    card_padding_large: int = 20
    # radii
    radius_chip: int = 12
    radius_card: int = 12
    radius_picture: int = 10
    radius_button: int = 8
    radius_rail: int = 8
    radius_segment: int = 6
    # outlines
    focus_width: int = 2
    focus_offset: int = 2
    badge: int = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Colours):
    """What a painter may ask: colours by their design name, lengths in logical pixels, type sizes in pixels."""

    scheme: Scheme
    text_scale: float
    sizes: Sizes = Sizes()

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A fresh QColor of one token; alpha runs from 0 to 1."""
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color

    def scaled(self, length_px: float) -> int:
        """A length that holds text, at the text size in force."""
        return round(length_px * self.text_scale)

    @property
    def is_dark(self) -> bool:
        return luminance(self.bg) < 0.2

    # heights
    @property
    def row_height(self) -> int:
        return self.scaled(34)

    @property
    def input_height(self) -> int:
        return self.scaled(36)

    @property
    def button_height(self) -> int:
        return self.scaled(36)

    @property
    def primary_height(self) -> int:
        return self.scaled(40)

    @property
    def small_button_height(self) -> int:
        return self.scaled(30)

    @property
    def chip_height(self) -> int:
        return self.scaled(24)

    @property
    def bottom_bar_height(self) -> int:
        return self.scaled(68)

    @property
    def rail_item_height(self) -> int:
        return self.scaled(40)

    @property
    def rail_width(self) -> int:
        return round(216 * (1 + (self.text_scale - 1) / 2))  # its words are short: full growth would starve the page

    # type
    @property
    def display_px(self) -> int:
        return self.scaled(24)

    @property
    def title_px(self) -> int:
        return self.scaled(18)

    @property
    def section_px(self) -> int:
        return self.scaled(14)

    @property
    def body_px(self) -> int:
        return self.scaled(13)

    @property
    def small_px(self) -> int:
        return max(12, self.scaled(12))


def _tokens(scheme: Scheme, text_scale: float, colours: Colours) -> Tokens:
    return Tokens(scheme=scheme, text_scale=text_scale, **asdict(colours))


_current = _tokens("dark", 1.0, DARK)


def current() -> Tokens:
    """The tokens in force; ask again after `changed`."""
    return _current


def put_in_force(tokens: Tokens) -> None:
    """Make `tokens` the ones every painter sees, and tell them."""
    global _current
    if tokens != _current:
        _current = tokens
        changed.emit()


def for_scheme(scheme: Scheme, text_scale: float, system_palette: QPalette | None = None) -> Tokens:
    """The tokens of one scheme; `contrast` is drawn from the system palette."""
    scale = min(max(text_scale, MIN_TEXT_SCALE), MAX_TEXT_SCALE)
    if scheme == "contrast":
        return _tokens(scheme, scale, contrast_colours(system_palette or QPalette()))
    return _tokens(scheme, scale, DARK if scheme == "dark" else LIGHT)


def contrast_colours(palette: QPalette) -> Colours:
    """Colours of the system's own high-contrast palette; one of low contrast is driven to black and white."""
    ground = palette.color(QPalette.ColorRole.Window).name()
    is_dark = luminance(ground) < 0.2
    ink = palette.color(QPalette.ColorRole.WindowText).name()
    if contrast(ground, ink) < 10:
        ground, ink = ("#000000", "#FFFFFF") if is_dark else ("#FFFFFF", "#000000")
    base = DARK if is_dark else LIGHT
    fill = palette.color(QPalette.ColorRole.Highlight).name()
    if contrast(fill, ground) < 4.5:
        fill = base.fill
    onfill = palette.color(QPalette.ColorRole.HighlightedText).name()
    if contrast(fill, onfill) < 4.5:
        onfill = ground if contrast(fill, ground) >= 4.5 else ink
    return replace(
        base,
        bg=ground,
        rail=ground,
        card=ground,
        raised=ground,
        hover=mixed(ground, ink, 0.15),
        border=ink,
        line=ink,
        text=ink,
        text2=ink,
        muted=ink,
        accent=fill,
        fill=fill,
        onfill=onfill,
        soft=mixed(ground, ink, 0.1),
        oksoft=ground,
        warnsoft=ground,
        errsoft=ground,
        stage=ground,
    )


def luminance(colour: str) -> float:
    """Relative luminance, 0 black to 1 white (WCAG 2.2, definition of relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mixed(ground: str, ink: str, share: float) -> str:
    """`ground` with a share of `ink`, both opaque."""
    pairs = zip(_channels(ground), _channels(ink), strict=True)
    red, green, blue = (under + (over - under) * share for under, over in pairs)
    return QColor.fromRgbF(red, green, blue).name()


def _channels(colour: str) -> tuple[float, float, float]:
    color = QColor(colour)
    return color.redF(), color.greenF(), color.blueF()
