"""Comparing pictures with each other: copies and softness."""

from __future__ import annotations

import io
import time

import imagehash
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from lora_studio import embedded
from lora_studio.dataset.quality import find_soft, group_duplicates, mean_colours, measure_sharpness
from lora_studio.dataset.scan import scan_dataset

GREY = b"\x80" * 768
BASE = 0x0F0F33335555AAAA


def hashed(value: int) -> str:
    return f"{value:016x}"


@given(st.sets(st.integers(0, 63), max_size=12))
def test_four_bits_apart_is_a_copy_and_five_is_not(flipped: set[int]) -> None:
    other = BASE
    for bit in flipped:
        other ^= 1 << bit

    groups = group_duplicates(["a", "b"], [hashed(BASE), hashed(other)], [GREY] * 2)

    assert groups == ([(0, 1)] if len(flipped) <= 4 else [])


def test_same_bytes_are_copies_whatever_their_hash() -> None:
    assert group_duplicates(["x", "y", "x"], [hashed(0)] * 3, [GREY] * 3) == [(0, 2)]


def test_flat_pictures_are_not_called_alike() -> None:
    assert group_duplicates(["a", "b", "c"], [hashed(0), hashed(1), hashed(2**64 - 1)], [GREY] * 3) == []


def test_likeness_joins_groups_in_picture_order() -> None:
    far = BASE ^ 0xFFFF000000000000
    chain = [far, BASE, BASE ^ 0b1111, BASE ^ 0b11111111]

    assert group_duplicates(list("abcd"), [hashed(value) for value in chain], [GREY] * 4) == [(1, 2, 3)]


def test_ten_thousand_hashes_are_compared_quickly() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, 10_000, dtype=np.uint64)
    values[9_999] = values[17] ^ np.uint64(0b101 << 61)
    started = time.perf_counter()

    groups = group_duplicates(
        [str(n) for n in range(10_000)], [hashed(int(value)) for value in values], [GREY] * 10_000
    )

    assert groups == [(17, 9_999)]
    assert time.perf_counter() - started < 5


def test_a_resized_and_recompressed_copy_is_found() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((400, 300), Image.Resampling.BICUBIC)
    other = Image.fromarray(noise[::-1]).resize((400, 300), Image.Resampling.BICUBIC)
    compressed = io.BytesIO()
    image.resize((220, 160)).save(compressed, "JPEG", quality=50)
    versions = [image, Image.open(compressed), other]

    hashes = [str(imagehash.dhash(version.convert("RGB"))) for version in versions]

    colours = [mean_colours(version) for version in versions]

    assert group_duplicates(list("abc"), hashes, colours) == [(0, 1)]


def test_drawings_of_one_outline_that_differ_inside_are_no_copies() -> None:
    faces = []
    for mouth in ((30, 70, 70, 74), (30, 66, 70, 78)):
        face = Image.new("RGB", (100, 100), "white")
        pen = ImageDraw.Draw(face)
        pen.ellipse((10, 10, 90, 90), fill="gold", outline="black")
        pen.ellipse(mouth, fill="darkred")
        faces.append(face)
    hashes = [str(imagehash.dhash(face)) for face in faces]
    assert imagehash.hex_to_hash(hashes[0]) - imagehash.hex_to_hash(hashes[1]) <= 4

    assert group_duplicates(list("ab"), hashes, [mean_colours(face) for face in faces]) == []


def test_the_sample_projects_hold_no_copies() -> None:
    for kind in ("style", "character"):
        report = scan_dataset(embedded.sample_project(kind).images_dir)
        assert [finding.code for finding in report.findings] == []


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
