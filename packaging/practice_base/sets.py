"""The picture sets the Practice base is made from: packages, style words, licences, trained on or not.

Sets with `split="unseen"` are never trained on. They measure the VAE honestly and stay new, so that a LoRA
can learn them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Split = Literal["train", "unseen"]


@dataclass(frozen=True, slots=True)
class PictureSet:
    """One set of pictures in one drawing style.

    `name` is our short name; `package` the npm package; `styles` the words that call the style in a
    caption; `keep_share` the share of its pictures that is used; `source` is "icons" (iconify JSON), "webp"
    or "dicebear".
    """

    name: str
    package: str
    styles: tuple[str, ...]
    licence: str
    split: Split = "train"
    keep_share: float = 1.0
    source: Literal["icons", "webp", "dicebear"] = "icons"
    name_ending: str = ""  # only icons whose name ends so; the package's other sets leave them out


ICON_SETS = (
    PictureSet("twemoji", "@iconify-json/twemoji", ("twemoji style", "flat cartoon emoji style"), "CC-BY-4.0"),
    PictureSet("noto", "@iconify-json/noto", ("noto style", "soft shaded emoji style"), "Apache-2.0"),
    PictureSet(
        "fluent-flat",
        "@iconify-json/fluent-emoji-flat",
        ("fluent flat style", "modern flat emoji style"),
        "MIT",
    ),
    PictureSet("fluent-3d", "@lobehub/fluent-emoji-3d", ("3d style", "glossy 3d render style"), "MIT", source="webp"),
    PictureSet("emojione", "@iconify-json/emojione", ("emojione style", "simple flat emoji style"), "CC-BY-4.0"),
    PictureSet("fxemoji", "@iconify-json/fxemoji", ("fxemoji style", "firefox flat style"), "Apache-2.0"),
    PictureSet(
        "streamline",
        "@iconify-json/streamline-emojis",
        ("streamline style", "outlined cartoon style"),
        "CC-BY-4.0",
    ),
    PictureSet(
        "game-icons",
        "@iconify-json/game-icons",
        ("game icon style", "black silhouette style"),
        "CC-BY-3.0",
        keep_share=0.5,
    ),
    PictureSet(
        "ultimate",
        "@iconify-json/streamline-ultimate-color",
        ("ultimate icon style", "thin outline colour icon style"),
        "CC-BY-4.0",
    ),
    PictureSet(
        "kameleon",
        "@iconify-json/streamline-kameleon-color",
        ("kameleon style", "flat icon on a colour disc"),
        "CC-BY-4.0",
    ),
    PictureSet(
        "kameleon-duo",
        "@iconify-json/streamline-kameleon-color",
        ("kameleon duo style", "blue two tone icon on a disc"),
        "CC-BY-4.0",
        name_ending="-duo",
    ),
    PictureSet("pixel", "@iconify-json/streamline-pixel", ("pixel icon style", "8 bit pixel line style"), "CC-BY-4.0"),
    PictureSet("flat-color", "@iconify-json/flat-color-icons", ("flat color icon style",), "MIT"),
    PictureSet("noto-v1", "@iconify-json/noto-v1", ("blob style",), "Apache-2.0", "unseen", keep_share=0.5),
    PictureSet("cyber", "@iconify-json/streamline-cyber-color", ("cyber style",), "CC-BY-4.0", "unseen"),
)

# The name is the export's name in @dicebear/collection 9.
AVATAR_SETS = tuple(
    PictureSet(name, f"@dicebear/{package}", (style,), licence, split, source="dicebear")
    for name, package, style, licence, split in (
        ("micah", "micah", "micah avatar style", "CC-BY-4.0", "train"),
        ("miniavs", "miniavs", "miniavs avatar style", "CC-BY-4.0", "train"),
        ("personas", "personas", "personas avatar style", "CC-BY-4.0", "train"),
        ("bigSmile", "big-smile", "big smile avatar style", "CC-BY-4.0", "train"),
        ("openPeeps", "open-peeps", "open peeps style", "CC0-1.0", "train"),
        ("notionists", "notionists", "notion ink style", "CC0-1.0", "train"),
        ("pixelArt", "pixel-art", "pixel art style", "CC0-1.0", "train"),
        ("funEmoji", "fun-emoji", "fun emoji style", "CC-BY-4.0", "train"),
        ("thumbs", "thumbs", "thumbs style", "CC0-1.0", "train"),
        ("croodles", "croodles", "doodle avatar style", "CC-BY-4.0", "train"),
        ("bigEars", "big-ears", "big ears avatar style", "CC-BY-4.0", "train"),
        ("adventurer", "adventurer", "adventurer style", "CC-BY-4.0", "unseen"),
        ("toonHead", "toon-head", "toon head style", "CC-BY-4.0", "unseen"),
    )
)

SETS = {picture_set.name: picture_set for picture_set in ICON_SETS + AVATAR_SETS}

# Sets drawn in black lines: they would vanish on a black background.
DARK_SETS = frozenset({"game-icons", "pixel", "ultimate", "streamline", "croodles", "notionists", "funEmoji"})

BACKGROUNDS = {
    "white": (255, 255, 255),
    "light blue": (173, 216, 240),
    "blue": (60, 110, 220),
    "pink": (250, 180, 200),
    "red": (205, 60, 60),
    "green": (110, 190, 110),
    "yellow": (250, 220, 110),
    "orange": (245, 165, 80),
    "purple": (150, 100, 200),
    "grey": (150, 150, 150),
    "black": (25, 25, 28),
    "beige": (240, 225, 200),
    "teal": (70, 170, 165),
}

# The fixed grid that every judgement uses: every trained icon package, and twelve everyday subjects.
GRID_STYLES = {s.name: s.styles[0] for s in ICON_SETS if s.split == "train" and not s.name_ending}
GRID_SUBJECTS = (
    "cat face",
    "dog face",
    "robot",
    "house",
    "red apple",
    "rocket",
    "pizza",
    "woman astronaut",
    "tree",
    "ghost",
    "guitar",
    "smiling face with sunglasses",
)
