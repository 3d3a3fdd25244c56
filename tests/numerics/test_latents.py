"""Pictures are encoded once, by whichever process comes to them first."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_studio.training import latents
from lora_studio.training.cache import TensorCache
from lora_studio.training.latents import LatentSource
from tests.numerics.test_step import prepared


def test_processes_that_share_a_cache_encode_no_picture_twice(
    tiny_base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {})
    entries, components = trainer._pictures.trained_on, trainer._components
    encode, encoded = latents.place, []
    monkeypatch.setattr(latents, "place", lambda image, there: encoded.append(there) or encode(image, there))
    one, other = (LatentSource(entries, components, TensorCache(tmp_path / "cache"), flip=False) for _ in range(2))

    def let_the_other_go_on(done: int, total: int) -> None:
        if done == 1:  # all but the one that is done, beginning in the middle
            other.prepare(lambda done, total: None, share=0.5)

    one.prepare(let_the_other_go_on)
    assert len(encoded) == len(entries)
    assert [one.shape(index) for index in range(len(entries))] == [other.shape(i) for i in range(len(entries))]


def test_each_process_begins_where_the_others_do_not(
    tiny_base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {})
    entries, opened = trainer._pictures.trained_on, []
    open_picture = latents.open_picture
    monkeypatch.setattr(latents, "open_picture", lambda path: opened.append(path.name) or open_picture(path))
    for number, share in enumerate((0.0, 0.5)):
        cache = TensorCache(tmp_path / str(number))
        LatentSource(entries, trainer._components, cache, flip=False).prepare(lambda done, total: None, share)
    count = len(entries)
    names = [Path(entry.path).name for entry in entries]
    assert opened[:count] == names
    assert opened[count:] == names[count // 2 :] + names[: count // 2]
