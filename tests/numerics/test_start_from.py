"""An adapter that goes on from a LoRA file: exactly the file's change at step 0, whatever its scheme and scaling."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from drawn_pictures import draw_pictures
from PIL import Image
from tiny_adapters import delta_of

from lora_studio.adapters.lora import adapter_layers, add_adapter, read_adapter
from lora_studio.adapters.merge import merge_adapter
from lora_studio.adapters.start import begin_from
from lora_studio.bases import find_base
from lora_studio.config.training import AdapterSettings
from lora_studio.errors import ExitCode, StudioError
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.training.__main__ import main
from lora_studio.training.graphs import Action, Replayed, answer_of
from lora_studio.training.trainer import Trainer
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.lora import read_lora
from lora_studio.weights.names import build_name_table
from lora_studio.weights.targets import UNET_TARGETS, untrained


def load(folder: Path) -> Components:
    wish = LoadOptions(device=torch.device("cpu"), dtype=torch.float32)
    return family_of("practice").load(find_base(str(folder)), wish)


def answer(components: Components) -> torch.Tensor:
    torch.manual_seed(9)
    noisy, text = torch.randn(2, 4, 8, 8), torch.randn(2, 77, 256)
    with torch.no_grad():
        return family_of("practice").predict(
            components.unet, noisy, torch.tensor([10, 900]), {"encoder_hidden_states": text}
        )


def write_file(path: Path, base: Path, targets: str = "attention", ranks: tuple[int, ...] = (4,)) -> Path:
    """A kohya file with random numbers for what `targets` trains; alpha 3 whatever the rank."""
    unet = load(base).unet
    layers = {
        f"unet.{name}": module.weight.shape
        for name, module in unet.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d) and not untrained([name], UNET_TARGETS[targets])
    }
    stems = build_name_table("practice", layers)
    random, tensors = np.random.default_rng(5), {}
    for index, (place, (out, into, *kernel)) in enumerate(layers.items()):
        rank, stem = ranks[index % len(ranks)], stems[place]
        tensors[f"{stem}.lora_down.weight"] = random.normal(0, 0.1, (rank, into, *kernel)).astype(np.float32)
        tensors[f"{stem}.lora_up.weight"] = random.normal(0, 0.1, (out, rank, *[1] * len(kernel))).astype(np.float32)
        tensors[f"{stem}.alpha"] = np.array(3.0, np.float32)
    safetensors.numpy.save_file(tensors, path, {"modelspec.architecture": "lora-studio-practice/lora"})
    return path


@pytest.mark.parametrize(
    ("settings", "targets", "ranks"),
    [
        ({"rank": 4, "alpha": 3}, "attention", (4,)),
        ({"rank": 4, "alpha": 16}, "attention", (4,)),
        ({"rank": 4, "alpha": 2, "rank_stabilized": True}, "attention", (4,)),
        ({"rank": 8, "alpha": 8}, "attention", (4, 1, 8)),
        ({"rank": 4, "alpha": 4}, "cross_attention", (4,)),
        ({"rank": 4, "alpha": 4, "targets": "attention_blocks"}, "attention_blocks", (4,)),
        ({"rank": 4, "alpha": 4, "targets": "with_convolutions"}, "with_convolutions", (3,)),
    ],
)
def test_at_step_0_the_base_with_the_adapter_is_the_base_with_the_file(
    tiny_base: Path, tmp_path: Path, settings: dict[str, Any], targets: str, ranks: tuple[int, ...]
) -> None:
    file = write_file(tmp_path / "file.safetensors", tiny_base, targets, ranks)
    live, merged = load(tiny_base), load(tiny_base)
    untouched = answer(merged)
    add_adapter(live.networks(), AdapterSettings.model_validate(settings), seed=1)
    begin_from(live.networks(), read_lora(file))
    merge_adapter(merged.networks(), "practice", file, 1.0)
    assert (answer(live) - answer(merged)).abs().max() < 1e-5
    assert (answer(live) - untouched).abs().max() > 0.01


def test_each_layer_holds_the_files_change_and_a_layer_the_file_lacks_holds_none(
    tiny_base: Path, tmp_path: Path
) -> None:
    lora = read_lora(write_file(tmp_path / "file.safetensors", tiny_base, "cross_attention", (4, 2)))
    live = load(tiny_base)
    add_adapter(live.networks(), AdapterSettings(rank=6, alpha=5), seed=1)
    begin_from(live.networks(), lora)
    for path, layer in adapter_layers(live.networks()):
        held = layer.get_delta_weight("default").detach().numpy()
        expected = delta_of(lora, path) if path in lora.modules else np.zeros_like(held)
        assert np.abs(held - expected).max() < 1e-5, path
        assert layer.lora_A["default"].weight.abs().amax(dim=1).min() > 0, "a row without numbers could never learn"


@pytest.mark.parametrize("scheme", ["kohya", "diffusers"])
def test_a_file_in_either_scheme_gives_the_same_numbers(tiny_base: Path, tmp_path: Path, scheme: Any) -> None:
    lora = read_lora(write_file(tmp_path / "file.safetensors", tiny_base))
    convert_lora(lora, tmp_path / "other.safetensors", scheme=scheme)
    numbers = []
    for file in ("file.safetensors", "other.safetensors"):
        live = load(tiny_base)
        add_adapter(live.networks(), AdapterSettings(rank=4), seed=1)
        begin_from(live.networks(), read_lora(tmp_path / file, "practice"))
        numbers.append(read_adapter(live.networks()))
    assert all(torch.equal(numbers[0][name], value) for name, value in numbers[1].items())


def test_a_base_with_other_layers_is_refused_and_nothing_is_written(tiny_base: Path, tmp_path: Path) -> None:
    lora = read_lora(write_file(tmp_path / "file.safetensors", tiny_base, "attention_and_feed_forward"))
    live = load(tiny_base)
    add_adapter(live.networks(), AdapterSettings(rank=4), seed=1)
    before = answer(live)
    with pytest.raises(StudioError, match=r"no layer unet.*ff\.net"):
        begin_from(live.networks(), lora)
    assert torch.equal(answer(live), before)


# ── Whole runs ──────────────────────────────────────────────────────────────────────────────────────────────

TINY: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8},
    "adapter": {"rank": 4, "alpha": 4},
    "optimizer": {"learning_rate": 1e-3},
    "schedule": {"min_steps": 1, "max_steps": 4, "looks_per_picture": 100, "epochs": 2, "batch_size": 2},
    "preview": {"steps": 2, "prompts": ["a red disc"]},
    "output": {"checkpoint_every_steps": 1},
    "precision": {"device": "cpu", "cpu_threads": 1},
}


def make_run(base: Path, home: Path, start: Path | str) -> RunFolder:
    settings = merge_settings([TINY, {"adapter": {"start_from": str(start)}}])
    wish = RunWish(folder=draw_pictures(home / "pictures"), base=str(base), trigger="zzdisc", settings=settings)
    return create_run(plan_run(wish), home / "run")


def test_a_run_goes_on_from_a_file_that_is_gone_and_resumes_from_its_own_save_point(
    tiny_base: Path, tmp_path: Path
) -> None:
    file = write_file(tmp_path / "file.safetensors", tiny_base)
    lora = read_lora(file)
    changes = {place: delta_of(lora, place) for place in lora.modules}
    run = make_run(tiny_base, tmp_path, file)
    file.unlink()
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
        held = {
            path: layer.get_delta_weight("default").detach().numpy()
            for path, layer in adapter_layers(trainer._components.networks())
        }
    assert all(np.abs(held[place] - change).max() < 1e-5 for place, change in changes.items())
    assert main(str(run.path)) == ExitCode.DONE
    learned = read_lora(run.epoch_path(2))
    assert all(np.abs(delta_of(learned, place) - change).max() < 0.5 for place, change in changes.items())
    shutil.rmtree(run.start_path.parent)
    with EventWriter(run.events_path) as writer:
        again = Trainer(run, writer, CommandReader(run))
        again.prepare()
        resumed = read_adapter(again._components.networks())
    saved = safetensors.numpy.load_file(run.epoch_path(2))
    assert all(np.array_equal(resumed[name].numpy(), values) for name, values in saved.items())


def test_the_samples_before_training_show_the_base_alone(tiny_base: Path, tmp_path: Path) -> None:
    file = write_file(tmp_path / "file.safetensors", tiny_base)
    runs = [make_run(tiny_base, tmp_path / name, start) for name, start in (("a", file), ("b", ""))]
    for run in runs:
        assert main(str(run.path)) == ExitCode.DONE
    first, fresh = (run.sample_path(0, 1) for run in runs)
    assert _pixels(first) == _pixels(fresh)
    assert _pixels(runs[0].sample_path(2, 1)) != _pixels(first)


class Tape:
    """Notes whether the adapter was on when something was recorded: on a card it stays so in every replay."""

    works = True

    def __init__(self, components: Components) -> None:
        self.was_on: list[bool] = []
        self._layer = next(layer for _, layer in adapter_layers(components.networks()))

    def run(self, action: Action) -> None:
        action()

    def record(self, action: Action) -> Action:
        self.was_on.append(not self._layer.disable_adapters)
        return action

    def is_in_the_way(self, needed_bytes: int) -> bool:
        return False

    def release(self) -> None:
        pass


def test_nothing_is_recorded_of_the_base_alone(tiny_base: Path, tmp_path: Path) -> None:
    run = make_run(tiny_base, tmp_path, write_file(tmp_path / "file.safetensors", tiny_base))
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=("cpu",))
        trainer.prepare()
        step, tape = trainer._take_step, Tape(trainer._components)
        assert step._fast is not None
        step._answers = Replayed(partial(answer_of, step._fast.unet), tape, torch.device("cpu"))
        trainer.learn()
    assert set(tape.was_on) == {True}


def _pixels(path: Path) -> bytes:
    with Image.open(path) as picture:
        return picture.tobytes()
