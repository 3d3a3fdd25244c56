"""What is typed into the search over the pictures: words, and a few operators. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ui.models.pictures import Issue, PictureRecord

# A minus, a name before a colon, then words in quotes or up to the next blank.
_TERM = re.compile(r'(-?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))')
_SIZE = re.compile(r"(<=|>=|<|>|=)?(\d+)")
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "": operator.eq,
}
_ISSUE_NAMES: Mapping[str, Issue] = {
    "unreadable": "unreadable",
    "broken": "unreadable",
    "no_caption": "no_caption",
    "caption": "no_caption",
    "duplicate": "duplicate",
    "duplicates": "duplicate",
    "too_small": "too_small",
    "small": "too_small",
    "blurry": "blurry",
    "extreme_shape": "extreme_shape",
    "shape": "extreme_shape",
}
_UNFINISHED = frozenset({"-", "tag:", "issue:", "size:"})  # typing goes on
_Test = Callable[[PictureRecord, str], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was understood: every test must say yes. Without tests it accepts everything."""

    tests: tuple[tuple[_Test, bool], ...] = ()

    def accepts(self, record: PictureRecord) -> bool:
        """Whether a picture is found."""
        text = f"{record.name}\n{record.caption or ''}".casefold()
        return all(test(record, text) == wanted for test, wanted in self.tests)


def parse_search(typed: str) -> Search:
    """Words look into names and captions; `tag:`, `issue:` and `size:` narrow, and a minus turns a term around.

    `size:<768` compares the shorter side in pixels. What is no operator is looked for as it was typed.
    """
    tests = []
    for match in _TERM.finditer(typed):
        minus, name, quoted, plain = match.groups()
        value = quoted if quoted is not None else plain
        test = _operator(name.casefold(), value) if name else None
        if test is None:
            test = _words(value if not name else f"{name}:{value}")
        if value and value not in _UNFINISHED:
            tests.append((test, not minus))
    return Search(tuple(tests))


def _operator(name: str, value: str) -> _Test | None:
    if name == "tag":
        return _tag(value)
    if name == "issue" and value.casefold() in _ISSUE_NAMES:
        issue = _ISSUE_NAMES[value.casefold()]
        return lambda record, text: issue in record.issues
    if name == "size" and (size := _SIZE.fullmatch(value)):
        compare, limit_px = _COMPARE[size[1] or ""], int(size[2])
        # A picture whose size is not known yet is neither small nor large.
        return lambda record, text: bool(record.width_px) and compare(min(record.width_px, record.height_px), limit_px)
    return None


def _words(value: str) -> _Test:
    wanted = value.casefold()
    return lambda record, text: wanted in text


def _tag(value: str) -> _Test:
    words = r"\s+".join(re.escape(word) for word in value.casefold().split())
    whole = re.compile(rf"(?:^|[,\n])\s*{words}\s*(?:$|[,\n])")
    # The name is the first line of the text and no tag.
    return lambda record, text: whole.search(text, text.find("\n")) is not None
