from __future__ import annotations

import os
from pathlib import Path

import pytest
from drawn_pictures import draw_pictures
from PIL import Image

from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.errors import StudioError


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "ink 墨", 1, size=(800, 400)) / "000.png"


@pytest.fixture
def thumbnails(tmp_path: Path) -> Thumbnails:
    return Thumbnails(tmp_path / "cache")


def test_a_thumbnail_is_small_and_found_again(thumbnails: Thumbnails, picture: Path) -> None:
    assert thumbnails.find(picture) is None
    made = thumbnails.make(picture)
    with Image.open(made) as small:
        assert (small.format, small.size) == ("JPEG", (256, 128))
    assert thumbnails.find(picture) == made == thumbnails.make(picture)


def test_a_changed_picture_gets_a_new_one(thumbnails: Thumbnails, picture: Path) -> None:
    old = thumbnails.make(picture)
    Image.new("RGB", (100, 300), "red").save(picture)
    assert thumbnails.find(picture) is None
    assert thumbnails.make(picture) != old


def test_a_picture_that_was_replaced_by_one_of_the_same_size_gets_a_new_one(
    thumbnails: Thumbnails, picture: Path
) -> None:
    old = thumbnails.make(picture)
    os.utime(picture, ns=(1, 1))
    assert thumbnails.make(picture) != old


def test_a_picture_from_a_camera_stands_upright(thumbnails: Thumbnails, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (640, 320), "blue").save(path, exif=exif)
    with Image.open(thumbnails.make(path)) as small:
        assert small.size == (128, 256)


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_what_is_no_picture_is_told_and_leaves_nothing(
    thumbnails: Thumbnails, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "x.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StudioError) as caught:
        thumbnails.make(path)
    assert caught.value.code == "picture_unreadable"
    assert thumbnails.size_bytes() == 0


def test_too_many_lose_the_oldest_first(tmp_path: Path) -> None:
    thumbnails = Thumbnails(tmp_path / "cache", limit_bytes=4000)
    pictures = sorted(draw_pictures(tmp_path / "ink", 6).glob("*.png"))
    made = [thumbnails.make(picture) for picture in pictures]
    for age, path in enumerate(made):
        os.utime(path, (1000 + age, 1000 + age))
    before = thumbnails.size_bytes()
    freed = thumbnails.trim()
    assert thumbnails.size_bytes() == before - freed <= 3200
    assert (thumbnails.find(pictures[0]), thumbnails.find(pictures[-1])) == (None, made[-1])


def test_all_of_it_may_be_deleted_at_any_time(thumbnails: Thumbnails, picture: Path) -> None:
    thumbnails.make(picture)
    thumbnails.clear()
    assert thumbnails.find(picture) is None
    assert thumbnails.make(picture).is_file()
