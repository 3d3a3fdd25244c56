"""What the sample projects show: which pictures, in which words, and what their `project.json` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

# Icon name in the set -> caption without the background. Brands and other people's characters are left out.
STYLE_TRAINING = {
    "airplane": "an airplane",
    "ambulance": "an ambulance",
    "bicycle-1": "a bicycle",
    "book-open": "an open book",
    "camera-4": "a camera",
    "castle-2": "a castle tower",
    "cat-2": "a cat",
    "clock-1": "a clock",
    "cloud-rain": "a cloud with rain",
    "coffee-cup-hot-2": "a cup of hot coffee",
    "doctor": "a doctor",
    "elephant": "an elephant",
    "football": "a soccer ball",
    "french-fries": "french fries",
    "guitar": "a guitar",
    "home-scene": "a house with a tree and a cloud",
    "key-2": "a key",
    "lamp-3": "a desk lamp",
    "present-box": "a wrapped gift",
    "rose-2": "a rose",
    "skull-1": "a skull",
    "smiley-smile1": "a smiling face",
    "traffic-light": "a traffic light",
    "trophy-4": "a trophy",
}
STYLE_HELD_BACK = {
    "bus-2": "a bus",
    "businessman": "a man in a suit",
    "car-4": "a car",
    "cheese": "a piece of cheese",
    "crown-2": "a crown",
    "dog-1": "a dog face",
    "dress": "a dress",
    "fishes": "two fish",
    "gorilla": "a gorilla",
    "hammer": "a hammer",
    "heart-balloon": "two heart balloons",
    "icecream-cone": "an ice cream cone",
    "lady": "a woman",
    "mailbox-2": "a mailbox",
    "microphone-1": "a microphone",
    "piano-1": "a grand piano",
    "pizza": "a pizza",
    "scissor-2": "scissors",
    "smiley-frown": "a frowning face",
    "sun": "the sun",
    "train-2": "a train",
    "umbrella-rain": "an umbrella in the rain",
    "watermelon": "a slice of watermelon",
    "whale": "a whale",
}


class Expression(NamedTuple):
    """Words for a face, and the variants of `adventurer` that draw it."""

    words: str
    mouth: str
    eyes: str
    eyebrows: str
    words_behind_sunglasses: str = ""  # where the usual words tell of eyes that cannot be seen


EXPRESSIONS = (
    Expression("smiling", "02", "26", "13"),
    Expression("laughing", "26", "26", "13"),
    Expression("grinning", "23", "26", "13"),
    Expression("worried", "14", "15", "07"),
    Expression("sad", "03", "15", "07"),
    Expression("angry", "22", "26", "02"),
    Expression("shouting", "15", "05", "01"),
    Expression("sleeping", "20", "20", "13", "pouting"),
    Expression("winking", "30", "22", "13", "with an open mouth"),
    Expression("sticking out the tongue", "16", "26", "13"),
    Expression("whistling", "17", "26", "13"),
    Expression("bored", "09", "04", "15"),
)
GLASSES = {"": None, "round glasses": "04", "square glasses": "02", "sunglasses": "01"}
BACKGROUNDS = {
    "white": (255, 255, 255),
    "light blue": (173, 216, 240),
    "pink": (250, 180, 200),
    "green": (110, 190, 110),
    "yellow": (250, 220, 110),
    "orange": (245, 165, 80),
    "purple": (150, 100, 200),
    "teal": (70, 170, 165),
    "grey": (150, 150, 150),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One picture of the character."""

    expression: Expression
    glasses: str
    background: str
    is_held_back: bool

    @property
    def caption(self) -> str:
        """What varies, in words; never who she is."""
        mood = self.expression.words
        if self.glasses == "sunglasses":
            mood = self.expression.words_behind_sunglasses or mood
        parts = ("a person", mood, self.glasses, f"{self.background} background")
        return ", ".join(part for part in parts if part)


def character_looks() -> list[Look]:
    """Every expression with every kind of glasses, once; half of each expression is held back."""
    looks = []
    colours = list(BACKGROUNDS)
    for row, expression in enumerate(EXPRESSIONS):
        for column, glasses in enumerate(GLASSES):
            background = colours[(row * 4 + column) % len(colours)]
            # Even rows hold back the last two kinds of glasses, odd rows the first two.
            looks.append(Look(expression, glasses, background, (column >= 2) == (row % 2 == 0)))
    return looks


PROJECTS: dict[str, dict[str, object]] = {
    "style": {
        "name": "blue-angles",
        "kind": "style",
        "trigger": "cybrlne",
        "title": "Blue angles",
        "summary": "Everyday things in angular dark blue lines with one pale blue shade. Teaches a drawing style.",
        "class_word": "icon",
        "sample_prompts": [
            "cybrlne, a house, white background",
            "cybrlne, a mushroom, white background",
            "cybrlne, a cat, yellow background",
            "a cat, white background",
        ],
        "source": "@iconify-json/streamline-cyber-color 1.2.2, https://github.com/webalys-hq/streamline-vectors",
        "author": "Streamline",
        "licence": "CC-BY-4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "changes": "48 of 500 icons chosen, rendered at 256 px with a margin on white, captions written.",
    },
    "character": {
        "name": "mira",
        "kind": "character",
        "trigger": "mirafox",
        "title": "Mira",
        "summary": "A cartoon woman with a red braid, in twelve moods and four looks. Teaches one character.",
        "class_word": "person",
        "sample_prompts": [
            "mirafox, a person, smiling, light blue background",
            "mirafox, a person, crying, red background",
            "mirafox, a person with a hat, in front of a mountain",
            "a person, smiling, light blue background",
        ],
        "source": "Adventurer, https://www.figma.com/community/file/1184595184137881796,"
        " drawn with @dicebear/adventurer 9.4.3",
        "author": "Lisa Wischofsky",
        "licence": "CC-BY-4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "changes": "Parts of the design combined into one character, rendered at 256 px on coloured"
        " backgrounds, captions written.",
    },
}
