from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest
from transformers import CLIPTokenizer

from lora_studio.embedded.clip_vocabulary import clip_vocabulary


def test_the_vocabulary_is_the_published_one() -> None:
    data = files("lora_studio.embedded").joinpath("clip/bpe_simple_vocab_16e6.txt.gz").read_bytes()
    assert hashlib.sha256(data).hexdigest() == "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"


@pytest.mark.parametrize(
    ("text", "ids"),
    [  # reference/lora-formats, section 5.4, where another tokenizer gave the same
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("hello world!", [3306, 1002, 256]),
        ("it's  a\n\ttest, isn't it?", [585, 568, 320, 1628, 267, 2923, 713, 585, 286]),
        ("ohwx person", [47993, 2533]),
        ("", []),
    ],
)
def test_texts_become_the_numbers_that_clip_was_trained_with(text: str, ids: list[int]) -> None:
    vocabulary = clip_vocabulary()
    tokenizer = CLIPTokenizer(vocab=vocabulary.numbers, merges=vocabulary.merges, model_max_length=77)
    assert len(tokenizer) == 49_408
    assert tokenizer(text).input_ids == [49_406, *ids, 49_407]
