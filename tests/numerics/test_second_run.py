"""A second run of a project begins with what an earlier one has encoded."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lora_studio.errors import ExitCode
from lora_studio.families.base import Components
from lora_studio.families.stable_diffusion import SingleEncoderFamily
from lora_studio.runs.create import merge_settings
from lora_studio.runs.folder import RunFolder
from lora_studio.training import latents
from lora_studio.training.__main__ import main
from tests.numerics.test_trainer import adapter_hash, make_run


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is encoded from now on: `picture`, or a caption."""
    told: list[str] = []
    picture, words = latents.encode_picture, SingleEncoderFamily.encode

    def encode_picture(*told_of: Any) -> Any:
        told.append("picture")
        return picture(*told_of)

    def encode(family: SingleEncoderFamily, components: Components, captions: list[str]) -> Any:
        told.extend(captions)
        return words(family, components, captions)

    monkeypatch.setattr(latents, "encode_picture", encode_picture)
    monkeypatch.setattr(SingleEncoderFamily, "encode", encode)
    return told


FROZEN = {"adapter": {"train_text_encoder": False}}


def trained(base: Path, pictures: Path, folder: Path, changes: Mapping[str, Any] | None = None) -> RunFolder:
    run = make_run(base, pictures, folder, merge_settings([FROZEN, changes or {}]))
    assert main(str(run.path)) == ExitCode.DONE
    return run


def test_a_second_run_encodes_nothing_and_ends_as_if_it_had(
    tiny_base: Path, pictures: Path, tmp_path: Path, encoded: list[str]
) -> None:
    trained(tiny_base, pictures, tmp_path / "runs" / "first", {"adapter": {"rank": 4}})
    assert "picture" in encoded and "a red disc" in encoded
    encoded.clear()
    second = trained(tiny_base, pictures, tmp_path / "runs" / "second")
    assert encoded == []
    alone = trained(tiny_base, pictures, tmp_path / "elsewhere" / "alone")
    assert encoded
    assert adapter_hash(second) == adapter_hash(alone)
    for epoch in second.sampled_epochs():
        assert [path.read_bytes() for path in second.sample_paths(epoch)] == [
            path.read_bytes() for path in alone.sample_paths(epoch)
        ]


def test_only_what_changed_is_encoded(tiny_base: Path, pictures: Path, tmp_path: Path, encoded: list[str]) -> None:
    trained(tiny_base, pictures, tmp_path / "runs" / "first")
    encoded.clear()
    (pictures / "001.txt").write_text("a lime disc", encoding="utf-8")
    with Image.open(pictures / "002.png") as picture:
        picture.rotate(90).save(pictures / "002.png")
    trained(tiny_base, pictures, tmp_path / "runs" / "second")
    assert encoded.count("picture") == 2  # as it is, and mirrored
    assert {word for word in encoded if word != "picture"} == {"a lime disc, zzdisc", "a lime disc"}


def test_deleting_the_first_run_takes_nothing_from_the_second(
    tiny_base: Path, pictures: Path, tmp_path: Path, encoded: list[str]
) -> None:
    first = trained(tiny_base, pictures, tmp_path / "runs" / "first")
    second = trained(tiny_base, pictures, tmp_path / "runs" / "second")
    names = {path.name for path in first.cache_dir.iterdir()}
    assert names == {path.name for path in second.cache_dir.iterdir()}
    shutil.rmtree(first.path)
    encoded.clear()
    trained(tiny_base, pictures, tmp_path / "runs" / "third")
    assert encoded == []


@pytest.mark.parametrize(
    "change", [{"base": {"text_encoder_quantization": "int8"}}, {"dataset": {"caption_tokens": 150}}]
)
def test_captions_read_in_another_way_are_read_anew(
    tiny_base: Path, pictures: Path, tmp_path: Path, encoded: list[str], change: Mapping[str, Any]
) -> None:
    trained(tiny_base, pictures, tmp_path / "runs" / "first")
    encoded.clear()
    trained(tiny_base, pictures, tmp_path / "runs" / "second", change)
    assert "a red disc, zzdisc" in encoded
    assert "picture" not in encoded
