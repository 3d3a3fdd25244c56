"""How captions are read: in pieces, from an earlier layer, and side by side when they differ in length."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from tiny_families import write_tiny_folder

from lora_studio.bases import find_base
from lora_studio.families.base import Components, Family, LoadOptions, Reading, token_ids
from lora_studio.families.registry import family_of
from lora_studio.training.cache import TensorCache
from lora_studio.training.text import TextSource

LONG = " ".join(["a"] * 80)  # a token for each word
HEAD, REST = " ".join(["a"] * 75), " ".join(["a"] * 5)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("bases")
    torch.manual_seed(5)
    return {name: write_tiny_folder(home / name, name) for name in ("sd1", "sdxl")}


def load(folder: Path, **reading: int) -> tuple[Family, Components]:
    base = find_base(str(folder))
    family = family_of(base.family)
    options = LoadOptions(device=torch.device("cpu"), dtype=torch.float32, reading=Reading(**reading))
    return family, family.load(base, options)


@pytest.mark.parametrize("caption", ["", "a cat", LONG])
def test_one_piece_holds_the_tokens_that_the_tokenizer_itself_gives(folders: dict[str, Path], caption: str) -> None:
    _, components = load(folders["sd1"])
    expected = components.tokenizers["text_encoder"](
        [caption], padding="max_length", max_length=77, truncation=True, return_tensors="pt"
    ).input_ids
    assert torch.equal(token_ids(components, "text_encoder", [caption])[:, 0], expected)


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_a_long_caption_is_its_pieces_one_after_the_other(folders: dict[str, Path], name: str) -> None:
    family, components = load(folders[name], caption_tokens=150)
    with torch.no_grad():
        whole, head, rest = (family.encode(components, [caption]) for caption in (LONG, HEAD, REST))
    told = "encoder_hidden_states"
    assert whole[told].shape[1] == 154
    assert torch.allclose(whole[told], torch.cat([head[told], rest[told]], dim=1), atol=1e-6)
    assert not torch.allclose(head[told], rest[told], atol=1e-3)
    if "pooled" in whole:
        assert torch.allclose(whole["pooled"], head["pooled"], atol=1e-6)


def test_text_encoders_are_brought_only_for_captions_that_nobody_has_read_yet(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family, components = load(folders["sd1"])
    moved: list[tuple[str, ...]] = []

    @contextmanager
    def at_work(components: Components, *parts: str) -> Iterator[None]:
        moved.append(parts)
        yield

    monkeypatch.setattr(Components, "at_work", at_work)

    def prepare(*captions: str) -> int:
        moved.clear()
        told: list[int] = []
        TextSource(family, components, TensorCache(tmp_path), learning=False).prepare(
            captions, lambda done, count: told.append(done)
        )
        assert told == list(range(1, len(captions) + 1))
        return len(moved)

    assert prepare("a cat", "a dog") > 0
    assert prepare("a cat", "a dog") == 0
    assert prepare("a cat", "a cow") > 0


def test_a_caption_is_cut_where_the_setting_says(folders: dict[str, Path]) -> None:
    _, short = load(folders["sd1"])
    _, long = load(folders["sd1"], caption_tokens=225)
    endless = " ".join(["a"] * 500)
    pieces = [token_ids(components, "text_encoder", [endless]).shape[1] for components in (short, long)]
    assert pieces == [1, 3]


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_captions_of_several_lengths_stand_side_by_side_as_if_encoded_together(
    folders: dict[str, Path], name: str
) -> None:
    family, components = load(folders[name], caption_tokens=150)
    frozen = TextSource(family, components, TensorCache(None), learning=False)
    ours = frozen.conditioning(["a cat", LONG])
    with torch.no_grad():
        together = family.encode(components, ["a cat", LONG])
    assert ours.keys() == together.keys()
    for part, rows in together.items():
        assert torch.allclose(ours[part], rows, atol=1e-5)


def test_clip_skip_reads_what_an_encoder_without_its_last_layer_answers(folders: dict[str, Path]) -> None:
    """As diffusers and A1111 do it: an earlier layer, and then the usual last norm."""
    family, components = load(folders["sd1"], clip_skip=2)
    _, shortened = load(folders["sd1"])
    encoder = shortened.text_encoders["text_encoder"]
    layers = getattr(encoder, "text_model", encoder).encoder.layers
    with torch.no_grad():
        usual = family.encode(shortened, ["a cat"])["encoder_hidden_states"]
        del layers[-1]
        expected = family.encode(shortened, ["a cat"])["encoder_hidden_states"]
        ours = family.encode(components, ["a cat"])["encoder_hidden_states"]
    assert torch.allclose(ours, expected, atol=1e-6)
    assert not torch.allclose(ours, usual, atol=1e-3)


def test_captions_of_the_moment_are_not_kept(folders: dict[str, Path], tmp_path: Path) -> None:
    family, components = load(folders["sd1"])
    text = TextSource(family, components, TensorCache(tmp_path), learning=False)
    text.conditioning(["a cat"], keeps=False)
    assert list(tmp_path.iterdir()) == []
    text.conditioning(["a cat"])
    assert len(list(tmp_path.iterdir())) == 1
