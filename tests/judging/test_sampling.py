from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from lora_studio.errors import StudioError
from lora_studio.judging.sampling import Sampler, read_pictures

PROMPTS = ["a cat", "a house", "a dog", "a tree", "a sun"]


def test_the_same_seed_draws_the_same_pictures(tiny_base_dir: Path) -> None:
    sampler = Sampler(tiny_base_dir)
    first = sampler.draw(PROMPTS, seed=1, steps=2)
    assert first.shape == (5, 3, sampler.size_px, sampler.size_px)
    assert float(first.min()) >= 0 and float(first.max()) <= 1
    assert torch.equal(first, sampler.draw(PROMPTS, seed=1, steps=2))
    assert not torch.equal(first, sampler.draw(PROMPTS, seed=2, steps=2))


def test_a_picture_does_not_depend_on_how_many_prompts_follow_it(tiny_base_dir: Path) -> None:
    sampler = Sampler(tiny_base_dir)
    many, few = sampler.draw(PROMPTS, seed=1, steps=2), sampler.draw(PROMPTS[:2], seed=1, steps=2)
    assert torch.allclose(many[:2], few, atol=1e-5)


def test_an_adapter_changes_the_pictures(tiny_base_dir: Path, tiny_adapter_path: Path) -> None:
    sampler = Sampler(tiny_base_dir)
    bare = sampler.draw(PROMPTS[:2], seed=1, steps=2)
    sampler.wear(tiny_adapter_path)
    assert float((sampler.draw(PROMPTS[:2], seed=1, steps=2) - bare).abs().max()) > 1e-4


def test_an_adapter_for_another_base_is_refused(tiny_base_dir: Path, tiny_adapter_path: Path, tmp_path: Path) -> None:
    wider = {name: torch.cat([weight, weight], dim=-1) for name, weight in load_file(tiny_adapter_path).items()}
    save_file(wider, tmp_path / "wide.safetensors")
    with pytest.raises(StudioError) as raised:
        Sampler(tiny_base_dir).wear(tmp_path / "wide.safetensors")
    assert raised.value.code == "adapter_unusable"


def test_a_file_without_adapter_weights_is_refused(tiny_base_dir: Path, tmp_path: Path) -> None:
    save_file({"something": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(StudioError) as raised:
        Sampler(tiny_base_dir).wear(tmp_path / "other.safetensors")
    assert raised.value.code == "adapter_unusable"


def test_an_adapter_for_another_kind_of_model_is_refused(tiny_base_dir: Path, tmp_path: Path) -> None:
    weights = {
        "transformer.blocks.0.lora_A.weight": torch.zeros(2, 4),
        "transformer.blocks.0.lora_B.weight": torch.zeros(4, 2),
    }
    save_file(weights, tmp_path / "transformer.safetensors")
    with pytest.raises(StudioError) as raised:
        Sampler(tiny_base_dir).wear(tmp_path / "transformer.safetensors")
    assert raised.value.code == "adapter_unusable"
    assert "fit" in raised.value.detail


def test_a_folder_that_is_no_base_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudioError) as raised:
        Sampler(tmp_path)
    assert raised.value.code == "base_unreadable"


def test_pictures_are_read_in_order_of_their_names(tmp_path: Path) -> None:
    Image.new("RGB", (10, 10), (255, 0, 0)).save(tmp_path / "b.png")
    Image.new("RGB", (20, 10), (0, 0, 255)).save(tmp_path / "a.PNG")
    (tmp_path / "a.txt").write_text("a blue picture", encoding="utf-8")
    pictures = read_pictures(tmp_path, 4)
    assert pictures.shape == (2, 3, 4, 4)
    assert pictures[0, :, 0, 0].tolist() == [0, 0, 1]


def test_one_picture_is_too_few(tmp_path: Path) -> None:
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    with pytest.raises(StudioError) as raised:
        read_pictures(tmp_path, 4)
    assert raised.value.code == "no_pictures"
