"""SD 1.x, SD 2.x and SDXL with tiny networks: both layouts give the same base, and nothing touches the network."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from diffusers import DiffusionPipeline, StableDiffusionXLPipeline
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from drawn_pictures import draw_pictures
from ldm_layout import ldm_tensors, published_networks
from tiny_families import TEXTS, tiny_networks, tiny_vocabulary, write_tiny_file, write_tiny_folder

from lora_studio import embedded
from lora_studio.adapters.quantize import Int8Linear, quantize_layers, rows_in_8_bit
from lora_studio.bases import BaseModel, describe_base, find_base, shape_of
from lora_studio.dataset.buckets import plan_buckets
from lora_studio.errors import ExitCode, StudioError
from lora_studio.families import loading
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of
from lora_studio.families.sdxl import StableDiffusionXL
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.events import EventWriter
from lora_studio.training.__main__ import main
from lora_studio.training.step import predict
from lora_studio.training.trainer import Trainer
from lora_studio.weights.header import read_header

FAMILIES = ("sd1", "sd2", "sdxl")
SETTINGS: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8},
    "adapter": {"rank": 2, "alpha": 1},
    "optimizer": {"type": "adamw", "learning_rate": 1e-2},
    "schedule": {"min_steps": 1, "max_steps": 2, "looks_per_picture": 100, "epochs": 1, "batch_size": 2},
    "objective": {"keep_base_share": 0.5},
    "preview": {"steps": 2, "prompts": ["a red disc"]},
    "output": {"export_dtype": "fp32"},
    "precision": {"device": "cpu", "cpu_threads": 1},
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something wanted to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def tiny_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("families")
    return {family: write_tiny_folder(home / family, family) for family in FAMILIES}


@pytest.fixture
def tiny_settings(tiny_folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read with the settings and words of the tiny bases instead of the published ones."""
    monkeypatch.setattr(embedded, "base_settings_dir", lambda family: tiny_folders[family])
    monkeypatch.setattr(loading, "clip_vocabulary", tiny_vocabulary)


def load(base: BaseModel) -> Components:
    return family_of(base.family).load(base, LoadOptions(device=torch.device("cpu"), dtype=torch.float32))


def damage(error: pytest.ExceptionInfo[StudioError]) -> str:
    assert error.value.code == "model_damaged"
    return error.value.detail


@pytest.mark.parametrize("family", FAMILIES)
def test_one_file_and_a_folder_of_the_same_model_are_the_same_tensor_by_tensor(
    tiny_folders: dict[str, Path], tiny_settings: None, tmp_path: Path, family: str
) -> None:
    file, folder = (
        find_base(str(write_tiny_file(tmp_path / "m.safetensors", family))),
        find_base(str(tiny_folders[family])),
    )
    assert (file.family, file.prediction, folder.family) == (family, "epsilon", family)
    from_file, from_folder = load(file), load(folder)
    for name, made in tiny_networks(family).items():
        states = [
            ({"vae": components.vae} | components.networks())[name].state_dict()
            for components in (from_file, from_folder)
        ]
        assert states[0].keys() == states[1].keys() == made.state_dict().keys()
        for key, tensor in made.state_dict().items():
            assert torch.equal(states[0][key], tensor) and torch.equal(states[1][key], tensor), (name, key)
    words = [family_of(folder.family).encode(components, ["a cat", ""]) for components in (from_file, from_folder)]
    assert all(torch.equal(words[0][key], words[1][key]) for key in words[0])
    assert from_file.fingerprint != from_folder.fingerprint


@pytest.mark.parametrize("family", FAMILIES)
def test_every_weight_of_a_published_model_has_its_place(family: str) -> None:
    networks = published_networks(family)
    tensors = ldm_tensors(family, networks)
    config = dict(networks["unet"].config)
    unet = convert_ldm_unet_checkpoint({k: v for k, v in tensors.items() if k.startswith("model.")}, config)
    vae = convert_ldm_vae_checkpoint(
        {k: v for k, v in tensors.items() if k.startswith("first")}, networks["vae"].config
    )
    for name, converted in (("unet", unet), ("vae", vae)):
        expected = {key: tensor.shape for key, tensor in networks[name].state_dict().items()}
        assert {key: tensor.shape for key, tensor in converted.items()} == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_half_precision_files_are_held_as_asked_and_the_vae_in_whole_numbers(
    tiny_settings: None, tmp_path: Path, family: str
) -> None:
    networks = {name: network.half() for name, network in tiny_networks(family).items()}
    base = find_base(str(write_tiny_file(tmp_path / "m.safetensors", family, networks)))
    wish = LoadOptions(device=torch.device("cpu"), dtype=torch.bfloat16)
    components = family_of(base.family).load(base, wish)
    dtypes = {name: {p.dtype for p in network.parameters()} for name, network in components.networks().items()}
    assert dtypes == {name: {torch.bfloat16} for name in components.networks()}
    assert {p.dtype for p in components.vae.parameters()} == {torch.float32}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Only Linux tells which memory is a file's.")
@pytest.mark.parametrize("layout", ["file", "folder"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_squeezed_is_taken_from_the_file_as_it_lies_there(
    tiny_folders: dict[str, Path], tiny_settings: None, tmp_path: Path, family: str, layout: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    in_the_file: dict[str, float] = {}

    def quantize(network: torch.nn.Module, quantization: Any, *arguments: Any) -> int:
        if quantization != "none":
            in_the_file[type(network).__name__] = share_of_mapped_bytes(network)
        return quantize_layers(network, quantization, *arguments)

    monkeypatch.setattr(loading, "quantize_layers", quantize)
    path = write_tiny_file(tmp_path / "m.safetensors", family) if layout == "file" else tiny_folders[family]
    base = find_base(str(path))
    wish = LoadOptions(device=torch.device("cpu"), dtype=torch.bfloat16, quantization="int8")
    unet = family_of(base.family).load(base, wish).unet
    assert in_the_file == {"UNet2DConditionModel": 1.0}
    stored = tiny_networks(family)["unet"]
    name = next(name for name, layer in unet.named_modules() if isinstance(layer, Int8Linear))
    numbers, scale = rows_in_8_bit(stored.get_submodule(name).weight.data, torch.bfloat16)
    layer = unet.get_submodule(name)
    assert torch.equal(layer.weight, numbers) and torch.equal(layer.scale, scale)
    assert {p.dtype for p in unet.parameters()} == {torch.int8, torch.bfloat16}


def share_of_mapped_bytes(network: torch.nn.Module) -> float:
    """How much of a network's numbers is memory of a safetensors file, not of this process."""
    lines = [line for line in Path("/proc/self/maps").read_text().splitlines() if line.endswith(".safetensors")]
    ranges = [[int(edge, 16) for edge in line.split()[0].split("-")] for line in lines]
    sizes = {p.data_ptr(): p.numel() * p.element_size() for p in network.parameters()}
    mapped = sum(size for at, size in sizes.items() if any(begin <= at < end for begin, end in ranges))
    return mapped / sum(sizes.values())


def test_the_encoder_of_a_published_vocabulary_pads_as_each_family_was_trained(tmp_path: Path) -> None:
    padding = {}
    for family in FAMILIES:
        base = BaseModel("x", embedded.base_settings_dir(family), "x", family, "epsilon", False, tmp_path)  # type: ignore[arg-type]
        for name in TEXTS[family]:
            tokenizer = loading._tokenizer(base, name.replace("text_encoder", "tokenizer"))
            assert len(tokenizer) == 49_408
            ids = tokenizer("a", padding="max_length", max_length=77).input_ids
            assert (len(ids), ids[:3]) == (77, [49_406, 320, 49_407])
            padding[family, name] = ids[3]
    assert padding == {
        ("sd1", "text_encoder"): 49_407, ("sd2", "text_encoder"): 0, ("sdxl", "text_encoder"): 49_407,
        ("sdxl", "text_encoder_2"): 0,
    }  # fmt: skip


def test_old_files_without_one_level_of_names_are_read(tiny_settings: None, tmp_path: Path) -> None:
    path = write_tiny_file(tmp_path / "m.safetensors", "sd1")
    tensors = {
        name.replace("transformer.text_model.", "transformer."): tensor
        for name, tensor in safetensors.torch.load_file(path).items()
    }
    safetensors.torch.save_file(tensors, path)
    encoder = load(find_base(str(path))).text_encoders["text_encoder"]
    expected = tiny_networks("sd1")["text_encoder"].state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in encoder.state_dict().items())


@pytest.mark.parametrize(
    ("family", "word", "named"),
    [("sd1", "middle_block.1.norm", "unet"), ("sd1", "decoder.mid.block_1.conv1", "vae"),
     ("sd1", "layers.1.mlp.fc1", "text_encoder"), ("sdxl", "resblocks.1.mlp.c_fc", "text_encoder_2")],
)  # fmt: skip
def test_a_file_without_some_weights_is_refused_and_says_where(
    tiny_settings: None, tmp_path: Path, family: str, word: str, named: str
) -> None:
    path = write_tiny_file(tmp_path / "m.safetensors", family)
    tensors = {name: tensor for name, tensor in safetensors.torch.load_file(path).items() if word not in name}
    safetensors.torch.save_file(tensors, path)
    with pytest.raises(StudioError) as error:
        components = load(find_base(str(path)))
        components.load("vae", *components.encoder_names)
    assert f"{named} lacks " in damage(error)


def test_a_file_with_layers_of_another_width_is_refused(tiny_settings: None, tmp_path: Path) -> None:
    path = write_tiny_file(tmp_path / "m.safetensors", "sd1")
    tensors = safetensors.torch.load_file(path)
    tensors["model.diffusion_model.out.2.weight"] = torch.zeros(4, 24, 3, 3)
    safetensors.torch.save_file(tensors, path)
    with pytest.raises(StudioError) as error:
        load(find_base(str(path)))
    assert "does not fit" in damage(error)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder_that_only_has_half_precision_files_loads(tmp_path: Path, family: str) -> None:
    folder = write_tiny_folder(tmp_path / "base", family, variant="fp16")
    assert not list(folder.glob("*/model.safetensors"))
    components = load(find_base(str(folder)))
    expected = tiny_networks(family)["unet"].state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in components.unet.state_dict().items())
    assert describe_base(folder).usable
    assert shape_of(find_base(str(folder))).unet_parameters == sum(tensor.numel() for tensor in expected.values())


def test_zero_terminal_snr_makes_the_noisiest_step_noise_alone(tiny_settings: None, tmp_path: Path) -> None:
    path = write_tiny_file(tmp_path / "m.safetensors", "sdxl", marks=("v_pred", "ztsnr"))
    components = load(find_base(str(path)))
    config = components.scheduler.config
    assert (config.prediction_type, config.timestep_spacing) == ("v_prediction", "trailing")
    assert components.alphas_cumprod[-1] == 0
    plain = load(find_base(str(write_tiny_file(tmp_path / "v.safetensors", "sdxl", marks=("v_pred",)))))
    assert plain.scheduler.config.prediction_type == "v_prediction"
    assert plain.alphas_cumprod[-1] == pytest.approx(0.0047, abs=1e-4)  # of the published noise levels


def test_a_folder_says_the_same_in_its_scheduler(tmp_path: Path) -> None:
    folder = write_tiny_folder(tmp_path / "base", "sdxl", prediction_type="v_prediction", rescale_betas_zero_snr=True)
    base = find_base(str(folder))
    assert (base.prediction, base.zero_terminal_snr) == ("v_prediction", True)
    assert load(base).alphas_cumprod[-1] == 0


def test_sdxl_reads_captions_as_diffusers_does(tiny_folders: dict[str, Path]) -> None:
    ours = family_of("sdxl").encode(load(find_base(str(tiny_folders["sdxl"]))), ["a red disc", ""])
    pipeline = StableDiffusionXLPipeline.from_pretrained(tiny_folders["sdxl"], local_files_only=True)
    with torch.no_grad():
        hidden, _, pooled, _ = pipeline.encode_prompt(["a red disc", ""], do_classifier_free_guidance=False)
    assert ours["encoder_hidden_states"].shape == (2, 77, 2048)
    assert torch.equal(ours["encoder_hidden_states"], hidden)
    assert torch.equal(ours["pooled"], pooled)


def test_sdxl_is_told_each_pictures_size_crop_and_training_size() -> None:
    # 1000 x 500 covers 768 x 448 at 0.896: 896 wide, 64 pixels cut off on each side.
    places = plan_buckets([(1000, 500), (512, 512)], 512, 64, max_aspect=1.8).placements
    sizes = family_of("sdxl").with_sizes({}, places)["sizes"]
    first = places[0]
    assert (first.resized_width_px, first.bucket_width_px, first.left_px) == (
        first.bucket_width_px + 2 * first.left_px,
        first.bucket_width_px,
        first.left_px,
    )
    assert sizes.tolist() == [
        [500, 1000, first.top_px, first.left_px, first.bucket_height_px, first.bucket_width_px],
        [512, 512, 0, 0, 512, 512],
    ]
    assert sizes.dtype == torch.int64


def test_sizes_reach_the_unet(tiny_folders: dict[str, Path]) -> None:
    family, components = family_of("sdxl"), load(find_base(str(tiny_folders["sdxl"])))
    words = family.encode(components, ["a cat"])
    noisy, timesteps = torch.ones(1, 4, 8, 8), torch.tensor([500])
    answers = [
        family.predict(
            components.unet, noisy, timesteps, family.with_sizes(words, plan_buckets([size], 64, 8).placements)
        )
        for size in ((64, 64), (1001, 1001))
    ]
    assert not torch.allclose(answers[0], answers[1])


def test_sizes_stay_whole_numbers_while_words_take_the_dtype_of_the_unet(tiny_folders: dict[str, Path]) -> None:
    base, told = find_base(str(tiny_folders["sdxl"])), {}

    class Listening(StableDiffusionXL):
        def predict(self, unet: Any, noisy: Any, timesteps: Any, conditioning: Any) -> Any:
            told.update(conditioning)
            return noisy

    family = Listening()
    components = family.load(base, LoadOptions(device=torch.device("cpu"), dtype=torch.bfloat16))
    conditioning = family.with_sizes({"pooled": torch.ones(1, 4)}, plan_buckets([(1001, 1001)], 64, 8).placements)
    noisy, timesteps = torch.ones(1, 4, 8, 8), torch.tensor([500])
    predict(family, components, components.unet, noisy, timesteps, conditioning, torch.device("cpu"))
    assert told["pooled"].dtype == torch.bfloat16
    assert told["sizes"][0, :2].tolist() == [1001, 1001]  # the nearest number in bfloat16 is 1,000


def test_a_prediction_that_was_chosen_goes_before_the_one_that_was_read(tiny_settings: None, tmp_path: Path) -> None:
    source = write_tiny_file(tmp_path / "m.safetensors", "sd1")
    settings = SETTINGS | {"base": {"prediction": "v_prediction"}}
    wish = RunWish(draw_pictures(tmp_path / "pictures"), str(source), trigger="zzdisc", settings=settings)
    run = create_run(plan_run(wish), tmp_path / "run")
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
    assert trainer._components.scheduler.config.prediction_type == "v_prediction"


def test_other_families_are_told_no_sizes() -> None:
    places = plan_buckets([(64, 64)], 64, 8).placements
    assert family_of("sd1").with_sizes({"a": torch.ones(1)}, places).keys() == {"a"}


@pytest.mark.parametrize(
    ("family", "as_file", "text"),
    [("sdxl", True, False), ("sdxl", False, True), ("sd1", True, False), ("sd2", True, True)],
)
def test_what_a_base_learned_in_two_steps_loads_in_diffusers_without_a_key_left_over(
    tiny_folders: dict[str, Path], tiny_settings: None, tmp_path: Path, family: str, as_file: bool, text: bool
) -> None:
    source = write_tiny_file(tmp_path / "m.safetensors", family) if as_file else tiny_folders[family]
    settings = SETTINGS | {"adapter": {**SETTINGS["adapter"], "train_text_encoder": text}}
    wish = RunWish(draw_pictures(tmp_path / "pictures"), str(source), trigger="zzdisc", settings=settings)
    run = create_run(plan_run(wish), tmp_path / "run")
    assert main(str(run.path)) == ExitCode.DONE
    assert run.sample_paths(1)
    exported = run.exports_dir / "pictures.safetensors"
    names = read_header(exported).tensors
    pipeline = DiffusionPipeline.from_pretrained(tiny_folders[family], local_files_only=True)
    pipeline.load_lora_weights(str(exported.parent), weight_name=exported.name, adapter_name="trained")
    loaded = [
        module
        for component in ("unet", *TEXTS[family])
        for module in getattr(pipeline, component).modules()
        if "trained" in getattr(module, "lora_A", {})
    ]
    assert len(loaded) * 3 == len(names) > 100
    assert all(module.scaling["trained"] == 0.5 for module in loaded)
    assert any(module.lora_B["trained"].weight.abs().max() > 0 for module in loaded)
