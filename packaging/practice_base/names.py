"""Turns the packages' icon names into the plain words a caption uses."""

from __future__ import annotations

import hashlib
import re

_TONE = r"(?:medium-light|medium-dark|light|medium|dark)"
_TONE_PATTERN = re.compile(rf"-?{_TONE}-skin-tone")
_FLUENT_TONE_PATTERN = re.compile(rf"-({_TONE})$")
_FLAG_PATTERN = re.compile(r"flag-|keycap|squared|regional")

# Category words that streamline-pixel puts before the thing itself.
_PIXEL_CATEGORIES = (
    "building-real-eastate", "business-products", "coding-apps-websites",
    "computers-devices-electronics", "ecology-global", "ecology", "entertainment-events-hobbies",
    "food-drink", "health-drug", "health", "interface-essential", "map-navigation", "money-payments",
    "pet-animals", "real-estate", "school-science", "shopping-shipping", "social-rewards",
    "transportation", "travel-wayfinding", "ui-design",
)  # fmt: skip
_ULTIMATE_CATEGORIES = (
    "business", "modern-music", "space", "fruit", "instrument", "animal-products", "astronomy",
    "amusement-park", "seafood", "fast-food", "vegetables", "science-fiction", "party", "weather",
    "natural-disaster", "body-care", "kitchenware",
)  # fmt: skip


def stable_share(text: str) -> float:
    """A number in [0, 1) that is always the same for the same text: keeps or drops without a random state."""
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16) / 2**32


def plain_subject(set_name: str, icon_name: str, all_names: frozenset[str]) -> str | None:
    """The words for one icon, or None when it is a variant we do not want.

    Two skin tones in one picture are dropped; one becomes "... with dark skin".

    Args:
        set_name: Our short name of the set.
        icon_name: Lower-case words joined by hyphens.
        all_names: Every icon name of the set.
    """
    name = re.sub(r"-(?:flat|duo|fill)$", "", icon_name)
    name = re.sub(r"(?<!keycap)-\d+$", "", name)
    name = _without_category(set_name, name)
    tones = _TONE_PATTERN.findall(name)
    if len(tones) > 1 or (tones and name == tones[0]):  # two people, or a mere colour swatch
        return None
    if tones:
        tone = tones[0].strip("-").removesuffix("-skin-tone")
        name = f"{_TONE_PATTERN.sub('', name).strip('-')}-with-{tone}-skin"
    elif set_name == "fluent-flat":
        name = _fluent_tone(name, all_names)
    return re.sub(r"\s+", " ", name.replace("-", " ")).strip() or None


def is_kept(set_name: str, icon_name: str, subject: str, keep_share: float) -> bool:
    """Whether a picture is used: `keep_share` of all, 35 % of skin tones, 15 % of flags and boxed letters."""
    share = keep_share
    if subject.endswith(" skin"):
        share *= 0.35
    if _FLAG_PATTERN.match(icon_name):
        share *= 0.15
    return stable_share(f"{set_name}/{icon_name}") < share


def split_joined_words(joined: str, vocabulary: set[str]) -> str:
    """Cuts a name written without spaces into known words, with as few unknown letters as possible.

    >>> split_joined_words("redapple", {"red", "apple"})
    'red apple'
    """
    longest_word = 14
    best: dict[int, tuple[int, tuple[str, ...]]] = {0: (0, ())}
    for end in range(1, len(joined) + 1):
        candidates = []
        for start in range(max(0, end - longest_word), end):
            word = joined[start:end]
            cost, words = best[start]
            word_cost = 1 if word in vocabulary else 4 * len(word)
            candidates.append((cost + word_cost, (*words, word)))
        best[end] = min(candidates)
    return " ".join(best[len(joined)][1])


def _without_category(set_name: str, name: str) -> str:
    categories = {"pixel": _PIXEL_CATEGORIES, "ultimate": _ULTIMATE_CATEGORIES}.get(set_name, ())
    for category in categories:
        if name.startswith(f"{category}-"):
            return name.removeprefix(f"{category}-")
    return name


def _fluent_tone(name: str, all_names: frozenset[str]) -> str:
    """fluent-emoji-flat says "boy-dark" for a skin tone; "face-in-the-dark" would not be one."""
    match = _FLUENT_TONE_PATTERN.search(name)
    if match and name[: match.start()] in all_names:
        return f"{name[: match.start()]}-with-{match.group(1)}-skin"
    return name
