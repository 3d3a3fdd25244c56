"""A second run of a project begins with what an earlier one has encoded, drawn and measured of the base alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from drawn_pictures import draw_pictures
from PIL import Image

from lora_studio.bases import find_base
from lora_studio.config.resolve import merged, validated
from lora_studio.errors import ExitCode
from lora_studio.families import loading
from lora_studio.families.base import Components, LoadOptions, Reading
from lora_studio.families.stable_diffusion import SingleEncoderFamily
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import merge_settings
from lora_studio.runs.events import EventReader, EventWriter, Sample, Validation
from lora_studio.runs.folder import RunFolder
from lora_studio.training import base_alone, epochs, latents, samples
from lora_studio.training.__main__ import main
from lora_studio.training.base_alone import BaseAlone
from lora_studio.training.cache import TensorCache
from lora_studio.training.text import TextSource
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


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is drawn and checked from now on: a prompt, or `check`."""
    told: list[str] = []
    draw, check = samples.draw_sample, epochs.validation_loss

    def draw_sample(family: Any, components: Any, text: Any, prompt: str, *rest: Any) -> Any:
        told.append(prompt)
        return draw(family, components, text, prompt, *rest)

    def validation_loss(*told_of: Any) -> float:
        told.append("check")
        return check(*told_of)

    monkeypatch.setattr(samples, "draw_sample", draw_sample)
    monkeypatch.setattr(epochs, "validation_loss", validation_loss)
    return told


def losses(run: RunFolder) -> list[float]:
    return [event.loss for event in EventReader(run.events_path).read() if isinstance(event, Validation)]


OTHER_ADAPTERS: list[dict[str, Any]] = [
    {"rank": 8, "targets": "with_convolutions", "average": 0.9},
    {"kind": "loha", "dropout": 0.0},
    {"kind": "lokr", "dropout": 0.0},
    {"train_text_encoder": True},
]
ONE_EPOCH = ["a red disc", "a blue disc", "check"]


@pytest.mark.parametrize("adapter", OTHER_ADAPTERS)
def test_the_base_alone_is_drawn_and_checked_once_whatever_is_put_on_it(
    tiny_base: Path, pictures: Path, tmp_path: Path, done: list[str], adapter: dict[str, Any]
) -> None:
    first = trained(tiny_base, pictures, tmp_path / "runs" / "first", {"adapter": adapter})
    assert done == ONE_EPOCH * 3
    done.clear()
    changes = {"adapter": {"train_text_encoder": adapter.get("train_text_encoder", False)}, "seed": 7}
    second = trained(tiny_base, pictures, tmp_path / "runs" / "second", changes)
    assert done == ONE_EPOCH * 2
    alone = trained(tiny_base, pictures, tmp_path / "elsewhere" / "alone", changes)
    assert losses(second) == losses(alone)
    assert losses(second)[0] == losses(first)[0]
    for epoch in (0, 1, 2):
        assert [path.read_bytes() for path in second.sample_paths(epoch)] == [
            path.read_bytes() for path in alone.sample_paths(epoch)
        ]
    told = [event for event in EventReader(second.events_path).read() if isinstance(event, Sample) and not event.epoch]
    assert [(event.prompt_index, event.path) for event in told] == [
        (0, "samples/epoch-00/prompt-1.png"), (1, "samples/epoch-00/prompt-2.png"),
    ]  # fmt: skip


def test_what_goes_on_from_a_file_is_checked_itself_and_drawn_as_the_base(
    tiny_base: Path, pictures: Path, tmp_path: Path, done: list[str]
) -> None:
    plain = trained(tiny_base, pictures, tmp_path / "runs" / "plain")
    (start,) = plain.exports_dir.iterdir()
    changes = {"adapter": {"train_text_encoder": False, "start_from": str(start)}}
    done.clear()
    going_on = trained(tiny_base, pictures, tmp_path / "runs" / "going on", changes)
    assert done == ["check"] + ONE_EPOCH * 2
    assert losses(going_on)[0] == pytest.approx(losses(plain)[-1], rel=1e-3)  # the export is fp16
    assert losses(going_on)[0] != losses(plain)[0]
    again = trained(tiny_base, pictures, tmp_path / "runs" / "again")
    assert losses(again) == losses(plain)


@pytest.fixture(scope="module")
def prepared(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    AcceleratorState._reset_state(reset_partial_state=True)
    home = tmp_path_factory.mktemp("prepared")
    run = make_run(tiny_base, draw_pictures(home / "pictures"), home / "run", FROZEN)
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
    return trainer


def keys(
    trainer: Trainer, device: str = "cpu (1 threads)", dtype: torch.dtype = torch.float32, **sections: Any
) -> tuple[str, str]:
    """Under what the first sample and the check loss are kept with these settings."""
    config = validated(merged(trainer.config.model_dump(), sections))
    base = replace(find_base(config.base.source), prediction=config.base.prediction)
    base = replace(base, zero_terminal_snr=config.objective.zero_terminal_snr)
    reading = Reading(config.base.clip_skip, config.dataset.caption_tokens)
    options = LoadOptions(device=torch.device("cpu"), dtype=dtype, reading=reading)
    components = trainer._family.load(base, options)
    text = TextSource(trainer._family, components, TensorCache(None), config.adapter.train_text_encoder)
    alone = BaseAlone(TensorCache(None), config, components, text, device)
    return alone._picture_key(0), alone._loss_key(trainer._check_pictures)


@pytest.mark.parametrize(
    ("change", "is_drawn", "is_checked"),
    [
        ({"name": "other", "seed": 9, "schedule": {"epochs": 3}, "optimizer": {"learning_rate": 1e-5}}, False, False),
        ({"adapter": {"rank": 32}, "output": {"author": "me"}, "dataset": {"flip": False}}, False, False),
        ({"preview": {"prompts": ["a red disc", "another"], "enabled": False}}, False, False),
        ({"preview": {"prompts": ["a blue disc", "a red disc"]}}, True, False),
        ({"preview": {"negative_prompt": "blurry"}}, True, False),
        ({"preview": {"seed": 5}}, True, False),
        ({"preview": {"steps": 3}}, True, False),
        ({"preview": {"guidance": 4.5}}, True, False),
        ({"dataset": {"resolution_px": 128}}, True, False),
        ({"objective": {"min_snr_gamma": 1.0}}, False, True),
        ({"objective": {"loss": "huber"}}, False, True),
        ({"base": {"quantization": "int8"}}, True, True),
        ({"base": {"text_encoder_quantization": "int8"}}, True, True),
        ({"base": {"clip_skip": 2}}, True, True),
        ({"dataset": {"caption_tokens": 150}}, True, True),
        ({"base": {"prediction": "v_prediction"}}, True, True),
        ({"adapter": {"train_text_encoder": True}}, True, True),
        ({"precision": {"fast_step": "off"}}, True, True),
        ({"device": "cpu (2 threads)"}, True, True),
        ({"dtype": torch.bfloat16}, True, True),
    ],
)  # fmt: skip
def test_the_base_is_drawn_or_checked_anew_where_a_setting_says_so(
    prepared: Trainer, change: dict[str, Any], is_drawn: bool, is_checked: bool
) -> None:
    picture, loss = keys(prepared)
    other_picture, other_loss = keys(prepared, **change)
    assert (other_picture != picture, other_loss != loss) == (is_drawn, is_checked)


def test_the_base_is_drawn_and_checked_anew_at_other_noise_levels_and_on_other_pictures(
    prepared: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    velocity = {"prediction": "v_prediction"}
    even, odd = (keys(prepared, base=velocity, objective={"zero_terminal_snr": zero}) for zero in (False, True))
    assert even[0] != odd[0] and even[1] != odd[1]
    alone, shown = prepared._epochs._base_alone, prepared._check_pictures
    first = shown[0]
    others = [
        [*shown[1:], first],
        [first.model_copy(update={"caption": "another"}), *shown[1:]],
        [first.model_copy(update={"content_sha256": "0" * 64}), *shown[1:]],
        [first.model_copy(update={"placement": replace(first.placement, left_px=1)}), *shown[1:]],
    ]
    assert len({alone._loss_key(pictures) for pictures in (shown, *others)}) == 5
    moved = [first.model_copy(update={"path": "/elsewhere/1.png", "repeats": 9}), *shown[1:]]
    assert alone._loss_key(moved) == alone._loss_key(shown)
    before = keys(prepared)
    for place, name, value in ((base_alone, "WAY", base_alone.WAY + 1), (loading, "_fingerprint", lambda *_: "other")):
        with monkeypatch.context() as changed:
            changed.setattr(place, name, value)
            after = keys(prepared)
        assert before[0] != after[0] and before[1] != after[1]


def test_what_one_process_keeps_another_finds(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    kept = []
    for number in (1, 2):
        run = make_run(tiny_base, pictures, tmp_path / "runs" / str(number), FROZEN)
        shuffled = {**os.environ, "PYTHONHASHSEED": str(number)}  # sets stand in another order in every process
        subprocess.run([sys.executable, "-m", "lora_studio.training", str(run.path)], env=shuffled, check=True)
        kept.append({path.name for path in run.cache_dir.iterdir()})
    assert kept[0] == kept[1]
