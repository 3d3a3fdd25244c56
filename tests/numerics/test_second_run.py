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
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import merge_settings
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.training import latents
from lora_studio.training.__main__ import main
from lora_studio.training.trainer import Trainer
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


def loaded_parts(run: RunFolder, fast_devices: tuple[str, ...] = ()) -> set[str]:
    """What of the base is loaded beside the UNet when a run has come to its end."""
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=fast_devices)
        trainer.prepare()
        assert trainer.learn() == "done"
    return {
        *trainer._components.others.loaded(),
        *(f"words of {name}" for name in trainer._components.tokenizers.loaded()),
    }


@pytest.mark.parametrize("fast_devices", [(), ("cpu",)])
def test_a_second_run_loads_only_what_it_uses(
    tiny_base: Path, pictures: Path, tmp_path: Path, fast_devices: tuple[str, ...]
) -> None:
    runs = tmp_path / "runs"
    changes: dict[str, Any] = {**FROZEN, "adapter": {"train_text_encoder": False, "rank": 3}}
    everything = {"vae", "text_encoder", "words of text_encoder"}
    assert loaded_parts(make_run(tiny_base, pictures, runs / "first", FROZEN), fast_devices) == everything
    assert loaded_parts(make_run(tiny_base, pictures, runs / "second", changes), fast_devices) == {"vae"}
    changes["preview"] = {"enabled": False}
    assert loaded_parts(make_run(tiny_base, pictures, runs / "third", changes), fast_devices) == set()
    changes["dataset"] = {"shuffle_tags": True}
    assert loaded_parts(make_run(tiny_base, pictures, runs / "fourth", changes), fast_devices) == everything - {"vae"}
    changes["dataset"], changes["adapter"] = {}, {"train_text_encoder": True}
    assert loaded_parts(make_run(tiny_base, pictures, runs / "fifth", changes), fast_devices) == everything - {"vae"}


def test_a_base_with_a_damaged_text_encoder_is_refused_as_soon_as_something_has_to_be_read(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_base, base)
    weights = base / "text_encoder" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    run = make_run(base, pictures, tmp_path / "run", FROZEN)
    assert main(str(run.path)) == ExitCode.BAD_INPUT
    (failed,) = [event for event in EventReader(run.events_path).read() if event.kind == "failed"]
    assert failed.code == "model_damaged"
    assert not run.checkpoint_steps()


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
