"""What a smaller file would keep is told before it is made, and comes true."""

from __future__ import annotations

import pytest

from lora_studio.weights.lora import read_lora
from lora_studio.weights.resize import resize_lora
from lora_studio.weights.spectrum import measure_spectrum


@pytest.mark.parametrize("wish", [{"rank": 1}, {"rank": 3}, {"rank": 9}, {"keep": 0.5}, {"keep": 0.9}, {"keep": 1.0}])
def test_what_is_foretold_is_what_a_resize_leaves(tmp_path, save_adapter, wish):
    source = read_lora(save_adapter(rank=4, alpha=2.0))
    foretold = measure_spectrum(source).foresee(**wish)
    result = resize_lora(source, tmp_path / "small.safetensors", **wish)
    assert foretold.kept == pytest.approx(result.kept, abs=1e-9)
    assert foretold.worst_kept == pytest.approx(result.worst_kept, abs=1e-9)
    assert (foretold.worst_module, foretold.ranks) == (result.worst_module, result.ranks)


def test_the_size_that_is_foretold_is_that_of_the_numbers_in_the_file(tmp_path, save_adapter):
    source = read_lora(save_adapter(rank=4))
    foretold = measure_spectrum(source).foresee(rank=2)
    path = resize_lora(source, tmp_path / "small.safetensors", rank=2).written.path
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
    assert foretold.size_bytes == path.stat().st_size - 8 - header_bytes
