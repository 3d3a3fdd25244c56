"""Comparing pictures with each other: copies and softness."""

from __future__ import annotations

import time

import imagehash
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from lora_studio.dataset.quality import find_soft, group_duplicates, measure_sharpness

BASE = 0x0F0F33335555AAAA


def hashed(value: int) -> str:
    return f"{value:016x}"


@given(st.sets(st.integers(0, 63), max_size=12))
def test_four_bits_apart_is_a_copy_and_five_is_not(flipped: set[int]) -> None:
    other = BASE
    for bit in flipped:
        other ^= 1 << bit

    groups = group_duplicates(["a", "b"], [hashed(BASE), hashed(other)])

    assert groups == ([(0, 1)] if len(flipped) <= 4 else [])


def test_same_bytes_are_copies_whatever_their_hash() -> None:
    assert group_duplicates(["x", "y", "x"], [hashed(0)] * 3) == [(0, 2)]


def test_flat_pictures_are_not_called_alike() -> None:
    assert group_duplicates(["a", "b", "c"], [hashed(0), hashed(1), hashed(2**64 - 1)]) == []


def test_likeness_joins_groups_in_picture_order() -> None:
    far = BASE ^ 0xFFFF000000000000
    chain = [far, BASE, BASE ^ 0b1111, BASE ^ 0b11111111]

    assert group_duplicates(list("abcd"), [hashed(value) for value in chain]) == [(1, 2, 3)]


def test_ten_thousand_hashes_are_compared_quickly() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, 10_000, dtype=np.uint64)
    values[9_999] = values[17] ^ np.uint64(0b101 << 61)
    started = time.perf_counter()

    groups = group_duplicates([str(n) for n in range(10_000)], [hashed(int(value)) for value in values])

    assert groups == [(17, 9_999)]
    assert time.perf_counter() - started < 5


def test_a_resized_and_recompressed_copy_is_found() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((400, 300), Image.Resampling.BICUBIC)
    other = Image.fromarray(noise[::-1]).resize((400, 300), Image.Resampling.BICUBIC)
    versions = [image, image.resize((220, 160)).quantize(64), other]

    hashes = [str(imagehash.dhash(version.convert("RGB"))) for version in versions]

    assert group_duplicates(list("abc"), hashes) == [(0, 1)]


def test_sharpness_of_a_single_dot_is_as_worked_by_hand() -> None:
    dot = np.zeros((5, 5), dtype=np.uint8)
    dot[2, 2] = 10
    # The 3 by 3 Laplacian is -40 in the middle, 10 at four sides, 0 in the corners: mean 0, squares 1600 + 400.
    assert measure_sharpness(Image.fromarray(dot)) == np.float32(2000 / 9)


def test_blur_lowers_sharpness_and_tiny_pictures_have_none() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8))

    assert measure_sharpness(noise.filter(ImageFilter.GaussianBlur(2))) < measure_sharpness(noise) / 10
    assert measure_sharpness(Image.new("RGB", (2, 500))) == 0.0


def test_only_what_is_far_softer_than_the_rest_is_named() -> None:
    sharpness = [900.0, 1100.0, 1000.0, 950.0, 1200.0, 5.0, 1000.0, 40_000.0]

    assert find_soft(sharpness) == [5]


def test_a_folder_of_many_kinds_of_pictures_has_no_outlier() -> None:
    assert find_soft([20.0, 60.0, 150.0, 400.0, 900.0, 2000.0, 5000.0, 9000.0]) == []


def test_alike_pictures_and_small_folders_are_not_judged() -> None:
    assert find_soft([100.0] * 20 + [90.0]) == []
    assert find_soft([1000.0] * 6 + [1.0]) == []
    assert find_soft([]) == []
