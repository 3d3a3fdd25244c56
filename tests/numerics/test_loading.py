"""Base models that are not whole, and how two of the same shape are told apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from tiny_base import tiny_tokenizer

from lora_studio.bases import find_base
from lora_studio.errors import StudioError
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of

UNET = "unet/diffusion_pytorch_model.safetensors"
TEXT = "text_encoder/model.safetensors"


def load(folder: Path) -> Components:
    return family_of("practice").load(
        find_base(str(folder)), LoadOptions(device=torch.device("cpu"), dtype=torch.float32)
    )


def use(components: Components) -> None:
    components.load("vae", *components.encoder_names)


def cut(name: str) -> Callable[[Path], None]:
    return lambda base: (base / name).write_bytes((base / name).read_bytes()[:5000]) and None


def without_one_weight(name: str) -> Callable[[Path], None]:
    def damage(base: Path) -> None:
        tensors = safetensors.torch.load_file(base / name)
        del tensors[next(key for key in tensors if "to_q" in key or "q_proj" in key)]
        safetensors.torch.save_file(tensors, base / name, metadata={"format": "pt"})

    return damage


def as_pickle(base: Path) -> None:
    tensors = safetensors.torch.load_file(base / UNET)
    (base / UNET).unlink()
    torch.save(tensors, (base / UNET).with_suffix(".bin"))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (cut(TEXT), "header"),
        (cut(UNET), "diffusion_pytorch_model"),
        (without_one_weight(UNET), "unet lacks 1 "),
        (without_one_weight(TEXT), "text_encoder lacks 1 "),
        (as_pickle, "no file named diffusion_pytorch_model.safetensors"),
        (lambda base: shutil.rmtree(base / "vae"), "no vae"),
    ],
    ids=["text cut", "unet cut", "unet weight", "text weight", "pickle", "part"],
)
def test_a_base_that_is_not_whole_is_refused_in_words(
    tiny_base: Path, tmp_path: Path, damage: Callable[[Path], None], word: str
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    damage(base)
    with pytest.raises(StudioError) as problem:
        use(load(base))
    assert problem.value.code == "model_damaged"
    assert word in problem.value.detail


def test_a_base_with_other_numbers_of_the_same_size_is_another_base(tiny_base: Path, tmp_path: Path) -> None:
    # Whatever was encoded with one must never be read for the other.
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    assert load(base).fingerprint == load(tiny_base).fingerprint
    vae = base / "vae/diffusion_pytorch_model.safetensors"
    tensors = {name: tensor * 1.01 for name, tensor in safetensors.torch.load_file(vae).items()}
    safetensors.torch.save_file(tensors, vae, metadata={"format": "pt"})
    assert load(base).fingerprint != load(tiny_base).fingerprint


def test_a_base_whose_words_do_not_fit_its_text_encoder_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["zzword"])
    tokenizer.save_pretrained(base / "tokenizer")
    with pytest.raises(StudioError) as problem:
        use(load(base))
    assert problem.value.code == "model_damaged"
    assert problem.value.detail == "Its text encoder reads 514 tokens, the vocabulary has 515."
