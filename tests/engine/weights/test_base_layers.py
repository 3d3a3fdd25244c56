"""Every layer of the published models is found in both layouts, and is the same tensor there as in the live module."""

from __future__ import annotations

import pytest
import torch
from ldm_layout import published_shapes
from sparse_files import write_sparse
from tiny_families import tiny_networks, write_tiny_file, write_tiny_folder

from lora_studio.weights.architecture import module_paths
from lora_studio.weights.base_layers import layers_in_file, layers_in_folder
from lora_studio.weights.header import read_header

FAMILIES = ("sd1", "sd2", "sdxl")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_of_a_published_model_has_its_place_in_one_file(family, tmp_path):
    path = write_sparse(tmp_path / "base.safetensors", published_shapes(family))
    found = layers_in_file(path, read_header(path), family)
    assert list(found) == list(module_paths(family))
    places = {(layer.tensor, layer.third) for layer in found.values()}
    assert len(places) == len(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_numbers_of_each_layer_are_those_of_the_live_module(family, tmp_path):
    networks = tiny_networks(family)
    path = write_tiny_file(tmp_path / "base.safetensors", family, networks)
    folder = write_tiny_folder(tmp_path / "folder", family)
    files = {part: sorted((folder / part).glob("*.safetensors")) for part in networks}
    live = {
        f"{part}.{name.removeprefix('text_model.')}": module.weight.detach()
        for part, network in networks.items()
        for name, module in network.named_modules()
        if isinstance(module, torch.nn.Linear | torch.nn.Conv2d)
    }
    of_family = set(module_paths(family)) & live.keys()
    for found in (layers_in_file(path, read_header(path), family), layers_in_folder(files, family)):
        assert found.keys() == of_family
        for place, layer in found.items():
            assert layer.shape == tuple(live[place].shape), place
            assert torch.equal(torch.from_numpy(layer.read().copy()), live[place]), place
    assert any(place.startswith("text_encoder.") for place in of_family)


def test_a_text_encoder_that_leaves_out_one_level_of_names_is_found_too(tmp_path):
    shapes = {name.replace(".text_model.", "."): shape for name, shape in published_shapes("sd1").items()}
    path = write_sparse(tmp_path / "base.safetensors", shapes)
    assert list(layers_in_file(path, read_header(path), "sd1")) == list(module_paths("sd1"))
