"""Numbers rounded to what adapter files hold: bit for bit as torch rounds, and fast for small ones too."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
import torch

from lora_studio.errors import StudioError
from lora_studio.weights.rounding import encode_weights, round_weights


def bits_of_torch(values: np.ndarray, dtype: torch.dtype) -> np.ndarray:
    """As torch rounds; of float16's two zeros the one without a sign."""
    rounded = torch.from_numpy(values).to(dtype)
    if dtype == torch.float16:
        rounded[rounded == 0] = 0
    return rounded.view(torch.int16).numpy().view(np.uint16)


def bits_of_ours(values: np.ndarray, dtype: str) -> np.ndarray:
    return np.frombuffer(round_weights(values, dtype)[0], np.uint16).reshape(values.shape)


def all_around_float16() -> np.ndarray:
    """Every float16 number, what lies halfway to the next, and the float32 numbers next to both; of either sign."""
    numbers = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    halfway = np.append((numbers[1:] + numbers[:-1]) / 2, 65520.0)
    here = np.concatenate([numbers, halfway]).astype(np.float32)
    around = np.concatenate([here, np.nextafter(here, np.float32(-1)), np.nextafter(here, np.float32(1e9))])
    return np.concatenate([around, -around])


def test_every_number_is_rounded_to_the_nearest_float16_as_torch_does():
    values = all_around_float16()
    usual = values[np.abs(values) < 32768]
    assert len(usual) > 360_000
    assert np.array_equal(bits_of_ours(usual, "F16"), bits_of_torch(usual, torch.float16))
    # Blocks with larger numbers go another way.
    assert np.array_equal(bits_of_ours(values, "F16"), bits_of_torch(values, torch.float16))
    assert np.isinf(round_weights(np.array([65520.0], np.float32), "F16")[1]).all()


@pytest.mark.parametrize(("dtype", "of_torch"), [("F16", torch.float16), ("BF16", torch.bfloat16)])
def test_numbers_of_every_size_are_rounded_as_torch_does(dtype, of_torch):
    rng = np.random.default_rng(0)
    sizes = 10 ** rng.uniform(-12, 4.8, (3, 70_000))
    values = (rng.choice([-1, 1], sizes.shape) * np.minimum(sizes, 65519)).astype(np.float32)
    assert np.array_equal(bits_of_ours(values, dtype), bits_of_torch(values, of_torch))
    for_a_transposed_view = bits_of_torch(np.ascontiguousarray(values.T), of_torch)
    assert np.array_equal(bits_of_ours(values.T, dtype), for_a_transposed_view)


def test_what_the_bytes_stand_for_comes_with_them():
    raw, kept = round_weights(np.array([[1 + 2**-11, -0.6 * 2**-24, 0.0]], np.float32), "F16")
    assert kept.shape == (1, 3)
    assert kept.tolist() == [[1.0, -(2.0**-24), 0.0]]
    assert raw == kept.tobytes()


@pytest.mark.parametrize(
    ("value", "dtype", "code"),
    [
        (65519.0, "F16", None),
        (65520.0, "F16", "export_out_of_range"),
        (-65520.0, "F16", "export_out_of_range"),
        (2.0**-25, "F16", "export_out_of_range"),
        (-(2.0**-25), "F16", "export_out_of_range"),
        (2.0**-25 * 1.01, "F16", None),
        (3.39e38, "BF16", None),
        (3.4e38, "BF16", "export_out_of_range"),
        (1e-44, "F32", None),
        (np.inf, "F32", "export_not_finite"),
        (np.nan, "F16", "export_not_finite"),
        (0.0, "F16", None),
    ],
)
def test_a_tensor_is_refused_when_a_number_is_lost_or_all_are(value, dtype, code):
    values = np.array([0.0, value, 0.0], np.float32)
    if code is None:
        assert encode_weights(values, dtype, "some.weight") == round_weights(values, dtype)[0]
        return
    with pytest.raises(StudioError, match=r"some\.weight") as caught:
        encode_weights(values, dtype, "some.weight")
    assert caught.value.code == code


def test_small_numbers_among_others_may_become_zero():
    assert encode_weights(np.array([1.0, 1e-9], np.float32), "F16", "w") == np.array([1, 0], "<f2").tobytes()


def test_a_tensor_without_numbers_has_no_bytes():
    assert encode_weights(np.zeros((0, 4), np.float32), "F16", "w") == b""


@pytest.mark.skipif(sys.platform == "win32", reason="its clock is too coarse")
def test_a_young_adapter_is_rounded_as_fast_as_any():
    """Numbers below 6e-5 took numpy's own cast fifty times as long; measured here: as long as others."""

    def best_time_s(values: np.ndarray) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()
            round_weights(values, "F16")
            times.append(time.process_time() - started)
        return min(times)

    usual = np.random.default_rng(0).normal(0, 1e-2, 10**6).astype(np.float32)
    assert best_time_s(usual * np.float32(1e-4)) < 8 * best_time_s(usual)
