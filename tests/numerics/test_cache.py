"""What earlier runs have encoded is taken from them, and nothing of theirs is ever changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from lora_studio.training.cache import TensorCache

ONE, TWO = {"n": torch.tensor([1.0])}, {"n": torch.tensor([2.0])}


def filled(folder: Path, **kept: dict[str, torch.Tensor]) -> Path:
    cache = TensorCache(folder)
    for key, tensors in kept.items():
        cache.put(key, tensors)
    return folder


def number(cache: TensorCache, key: str) -> float | None:
    kept = cache.get(key)
    return None if kept is None else float(kept["n"])


def test_what_another_has_becomes_ones_own_and_outlives_it(tmp_path: Path) -> None:
    other = filled(tmp_path / "other", a=ONE)
    assert number(TensorCache(tmp_path / "own", others=[other]), "a") == 1
    assert (tmp_path / "own" / "a.safetensors").samefile(other / "a.safetensors")
    (other / "a.safetensors").unlink()
    assert number(TensorCache(tmp_path / "own"), "a") == 1
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["a.safetensors"]


def test_what_is_made_anew_leaves_the_other_as_it_is(tmp_path: Path) -> None:
    other = filled(tmp_path / "other", a=ONE)
    own = TensorCache(tmp_path / "own", others=[other])
    assert number(own, "a") == 1
    own.put("a", TWO)
    assert (number(TensorCache(tmp_path / "own"), "a"), number(TensorCache(other), "a")) == (2, 1)


@pytest.mark.parametrize("damage", [lambda data: data[:-2], lambda data: b"", lambda data: b"\0" * len(data)])
def test_a_damaged_file_counts_as_absent_there_and_here(tmp_path: Path, damage: object) -> None:
    newest, older = filled(tmp_path / "newest", a=ONE), filled(tmp_path / "older", a=TWO)
    for folder in (newest, filled(tmp_path / "own", a=ONE)):
        path = folder / "a.safetensors"
        path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    damaged = (newest / "a.safetensors").read_bytes()
    assert number(TensorCache(tmp_path / "own", others=[newest]), "a") is None
    assert number(TensorCache(tmp_path / "own", others=[newest, older]), "a") == 2
    assert number(TensorCache(tmp_path / "own"), "a") == 2
    assert (newest / "a.safetensors").read_bytes() == damaged


def test_a_drive_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    other = filled(tmp_path / "other", a=ONE)
    assert number(TensorCache(tmp_path / "own", others=[other]), "a") == 1
    assert number(TensorCache(tmp_path / "own"), "a") == 1
    assert not (tmp_path / "own" / "a.safetensors").samefile(other / "a.safetensors")


def test_others_may_vanish_at_any_moment(tmp_path: Path) -> None:
    going, stays = filled(tmp_path / "going", a=ONE, b=ONE), filled(tmp_path / "stays", b=TWO)
    own = TensorCache(tmp_path / "own", others=[tmp_path / "gone", going, stays])
    assert number(own, "a") == 1
    for path in going.iterdir():
        path.unlink()
    going.rmdir()
    assert number(own, "b") == 2
    assert own.get("c") is None


def test_each_folder_is_listed_once_and_only_when_those_before_it_lack_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [filled(tmp_path / name, **{name: ONE, name * 2: ONE}) for name in ("a", "b", "c")]
    listed: list[str] = []
    list_folder = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: (listed.append(Path(folder).name), list_folder(folder))[1])
    own = TensorCache(tmp_path / "own", others=others)
    assert [number(own, key) for key in ("a", "aa")] == [1, 1]
    assert listed == ["a"]
    assert [number(own, key) for key in ("b", "bb", "a")] == [1, 1, 1]
    assert listed == ["a", "b"]
    assert [number(own, key) for key in ("x", "y", "z")] == [None] * 3
    assert listed == ["a", "b", "c"]
