from dataclasses import replace
from pathlib import Path

import pytest

from lora_studio import embedded
from lora_studio.bases import find_base
from ui.models.caption_tokens import USUAL_LIMIT, CaptionTokens, read_tokens

CAPTIONS = (
    "",
    "a cat, white background",
    "mistyink, pagoda on a hill in 1930's style",
    "über schöne Bäume 墨 画, don't!! _x_y ... \N{FOX FACE}\N{FOX FACE}",
    "  Two\n LINES  ",
)


@pytest.fixture(scope="module")
def practice() -> CaptionTokens:
    counter = read_tokens(find_base("practice"))
    assert counter is not None
    return counter


def test_pairs_are_joined_in_the_order_of_their_rank() -> None:
    counter = CaptionTokens({("o", "w</w>"): 0, ("l", "ow</w>"): 1, ("l", "o"): 2})
    assert counter.count("low lo") == 3  # "low", then "l" and "o</w>", which no rule joins


@pytest.mark.parametrize("caption", CAPTIONS)
def test_the_count_is_that_of_the_tokenizer_itself(practice: CaptionTokens, caption: str) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    real = tokenizers.Tokenizer.from_file(str(embedded.practice_base_dir() / "tokenizer" / "tokenizer.json"))
    assert practice.count(caption) == len(real.encode(caption, add_special_tokens=False).ids)


@pytest.mark.parametrize("word", ["x" * 61, "xyx" * 40, "aaab" * 30])
def test_long_words_are_counted_as_short_ones_are(practice: CaptionTokens, word: str) -> None:
    test_the_count_is_that_of_the_tokenizer_itself(practice, word)


def test_the_limit_leaves_room_for_the_two_marks(practice: CaptionTokens) -> None:
    assert practice.limit == USUAL_LIMIT


def test_a_base_without_a_tokenizer_counts_nothing(tmp_path: Path) -> None:
    base = replace(find_base("practice"), folder=tmp_path)
    assert read_tokens(base) is None
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "merges.txt").write_bytes(b"\xff\xfe not merges at all\n")
    assert read_tokens(base) is None
