from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from lora_studio.dataset.images import open_picture
from lora_studio.dataset.likeness import FEWEST_PICTURES, copy_limit, find_copies, picture_gaps, shrink
from lora_studio.embedded import SampleKind, sample_project


def pictures(kind: SampleKind, is_held_back: bool = False) -> list[Image.Image]:
    project = sample_project(kind)
    folder = project.held_back_dir if is_held_back else project.images_dir
    return [open_picture(path) for path in sorted(folder.glob("*.png"))]


def shrunk(shown: Sequence[Image.Image]) -> list[np.ndarray]:
    return [shrink(picture) for picture in shown]


def by_nobody(count: int) -> np.ndarray:
    """Gaps of a base that draws nothing like the pictures."""
    return np.full((count, count), 1, np.float32)


def blurred(picture: Image.Image) -> Image.Image:
    return picture.resize((48, 48))


def dimmed(picture: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(picture).enhance(0.7)


def moved(picture: Image.Image) -> Image.Image:
    return picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 12, 0, 1, 12), fillcolor="white")


@pytest.mark.parametrize("alter", [blurred, dimmed, moved, ImageOps.mirror])
def test_altered_copies_are_found_under_their_own_names(alter: Callable[[Image.Image], Image.Image]) -> None:
    learned = pictures("style")
    small = shrunk(learned)
    limit = copy_limit(small)
    assert limit is not None
    gaps = picture_gaps(shrunk([alter(picture) for picture in learned]), small)
    assert find_copies(gaps, by_nobody(len(learned)), limit) == list(range(len(learned)))


def test_of_pictures_that_nobody_copied_only_the_same_face_with_another_mouth_is_very_close() -> None:
    project, small = sample_project("style"), shrunk(pictures("style"))
    limit = copy_limit(small)
    assert limit is not None
    found = find_copies(picture_gaps(shrunk(pictures("style", is_held_back=True)), small), by_nobody(len(small)), limit)
    learned, held_back = sorted(project.images_dir.glob("*.png")), sorted(project.held_back_dir.glob("*.png"))
    named = {
        path.stem: learned[number].stem for path, number in zip(held_back, found, strict=True) if number is not None
    }
    assert named == {"smiley-frown": "smiley-smile"}


def test_nothing_is_said_where_the_pictures_are_as_alike_as_those_of_one_face() -> None:
    assert copy_limit(shrunk(pictures("character"))) is None


def test_nothing_is_said_of_too_few_pictures() -> None:
    small = shrunk(pictures("style"))
    assert copy_limit(small[: FEWEST_PICTURES - 1]) is None
    assert copy_limit(small[:FEWEST_PICTURES]) is not None


def test_one_duplicate_among_the_pictures_does_not_change_what_counts_as_near() -> None:
    small = shrunk(pictures("style"))
    limit, with_twin = copy_limit(small), copy_limit([*small, small[0]])
    assert limit is not None
    assert with_twin == pytest.approx(limit, rel=0.25)


def test_what_the_base_alone_draws_as_near_was_not_copied() -> None:
    near, far = np.array([[0.05, 0.9]], np.float32), np.array([[0.8, 0.9]], np.float32)
    assert find_copies(near, far, 0.2) == [0]
    assert find_copies(near, near, 0.2) == [None]
    assert find_copies(far, far, 0.2) == [None]


def test_a_flat_picture_is_like_no_other() -> None:
    flat, drawn = Image.new("RGB", (64, 64), "navy"), pictures("style")[0]
    flat.paste((0, 0, 130), (32, 0, 64, 64))  # a difference that nobody sees
    assert picture_gaps([shrink(flat)], [shrink(flat), shrink(drawn)]) == pytest.approx(1)


def test_the_gap_of_opposite_pictures_is_two() -> None:
    half = Image.new("L", (64, 64))
    half.paste(255, (0, 0, 64, 32))
    assert picture_gaps([shrink(half)], [shrink(ImageOps.invert(half))])[0, 0] == pytest.approx(2, abs=0.5)
