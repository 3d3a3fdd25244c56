"""Masks: what is white in them counts, the rest less, and a run goes on only with the masks it began with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw

from lora_studio.errors import StudioError
from lora_studio.training.cache import TensorCache
from lora_studio.training.masks import MaskSource
from lora_studio.training.randomness import normal
from lora_studio.training.trainer import Trainer
from tests.numerics.test_step import DRAW, noisy_and_loss, prepared


def paint(picture: Path, box: tuple[int, int, int, int], size: tuple[int, int] = (40, 40)) -> Path:
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    path = picture.with_name(f"{picture.stem}-masklabel.png")
    mask.save(path)
    return path


LEFT_HALF = (0, 0, 19, 39)


def weights(trainer: Trainer, indices: list[int], mirrored: bool = False) -> torch.Tensor:
    _, height, width = trainer._latents.shape(indices[0])
    return trainer._masks.batch(indices, [mirrored] * len(indices), (height, width))


def loss_of_errors(base: Path, pictures: Path, run: Path, inside: float, outside: float, **changes: Any) -> float:
    """The loss where the answer is wrong by `inside` in the left half of both pictures, by `outside` in the right."""
    trainer = prepared(base, pictures, run, changes)
    shape = (2, *trainer._latents.shape(0))
    error = torch.full(shape, outside)
    error[..., : shape[3] // 2] = inside
    return noisy_and_loss(trainer, normal(shape, *DRAW, "noise") + error)[2]


@pytest.mark.parametrize(("outside", "inner", "outer"), [(0.1, 1 / 0.55, 0.1 / 0.55), (0.0, 2.0, 0.0)])
def test_errors_outside_the_mask_count_as_little_as_asked(
    outside: float, inner: float, outer: float, tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    for number in (0, 1):
        paint(pictures / f"{number:03}.png", LEFT_HALF)
    objective = {"outside_mask": outside, "min_snr_gamma": None, "keep_base_share": 0.0}
    for name, inside_error, outside_error, expected in (("a", 1.0, 0.0, inner / 2), ("b", 0.0, 1.0, outer / 2)):
        loss = loss_of_errors(tiny_base, pictures, tmp_path / name, inside_error, outside_error, objective=objective)
        assert loss == pytest.approx(expected, rel=0.02, abs=0.01)  # the edge is soft


def test_a_picture_with_a_small_mask_weighs_as_much_as_one_without(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    paint(pictures / "000.png", (0, 0, 9, 9))
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {})
    counted = weights(trainer, [0, 1])
    assert counted.shape == (2, 1, *trainer._latents.shape(0)[1:])
    assert counted.mean(dim=(1, 2, 3)).tolist() == pytest.approx([1.0, 1.0])
    assert counted[1].eq(1).all()
    assert counted[0].max() / counted[0].min() == pytest.approx(10, rel=1e-3)


def test_a_mirrored_picture_has_its_mask_mirrored(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    paint(pictures / "000.png", LEFT_HALF)
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {})
    plain, mirrored = weights(trainer, [0]), weights(trainer, [0], mirrored=True)
    assert not torch.equal(plain, mirrored)
    assert torch.equal(plain.flip(-1), mirrored)


def test_a_mask_that_marks_nothing_leaves_the_whole_picture(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    Image.new("L", (40, 40), 0).save(pictures / "000-masklabel.png")
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {"objective": {"outside_mask": 0.0}})
    assert weights(trainer, [0]).eq(1).all()


def test_looks_that_keep_the_base_count_everywhere(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    paint(pictures / "000.png", LEFT_HALF)
    changes = {"objective": {"keep_base_share": 0.9, "outside_mask": 0.0}}
    step = prepared(tiny_base, pictures, tmp_path / "run", changes)._take_step
    counted = {bool(step._look([0], (1, number, 0, 0)).weight.eq(0).any()) for number in range(1, 30)}
    assert counted == {False, True}  # nine of ten looks keep the base


def test_what_is_opaque_of_a_picture_can_be_its_mask(tiny_base: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    seen = Image.new("RGBA", (40, 40), (200, 0, 0, 0))
    ImageDraw.Draw(seen).rectangle(LEFT_HALF, fill=(200, 0, 0, 255))
    seen.save(folder / "000.png")
    seen.convert("RGB").save(folder / "001.png")
    counted = weights(prepared(tiny_base, folder, tmp_path / "run", {"dataset": {"masks": "transparency"}}), [0, 1])
    assert counted[0, 0, :, 0].mean() / counted[0, 0, :, -1].mean() == pytest.approx(10, rel=1e-3)
    assert counted[1].eq(1).all()


def test_a_run_does_not_go_on_with_another_mask(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    mask = paint(pictures / "000.png", LEFT_HALF)
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {})
    mask.unlink()
    trainer._masks.prepare(trainer._latents.shape)  # kept in the cache
    paint(pictures / "000.png", (0, 0, 39, 19))
    with pytest.raises(StudioError) as caught:
        trainer._masks.prepare(trainer._latents.shape)
    assert caught.value.code == "pictures_changed"
    assert "000-masklabel.png" in caught.value.detail


def test_a_base_with_smaller_latents_takes_no_mask_of_another_size(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    paint(pictures / "000.png", LEFT_HALF)
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {})
    entries, objective = trainer._pictures.trained_on, trainer.config.objective
    for side in (16, 8):
        masks = MaskSource(entries, TensorCache(tmp_path / "cache"), objective.outside_mask)
        masks.prepare(lambda index, side=side: (4, side, side))  # type: ignore[misc]
        assert masks.batch([0], [False], (side, side)).shape == (1, 1, side, side)
