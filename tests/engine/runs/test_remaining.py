"""A run that goes on with what is left of its pictures: which list it gets, how long it stays, what is told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from lora_studio import storage
from lora_studio.config.length import RunLength
from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.buckets import plan_buckets
from lora_studio.errors import StudioError
from lora_studio.runs import events
from lora_studio.runs.events import EventReader, EventWriter
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import record_process
from lora_studio.runs.pictures import MaskEntry, PictureEntry, RunPictures, length_of
from lora_studio.runs.remaining import keep_what_is_left

WIDE, TALL = (900, 600), (600, 900)


def draw(path: Path, size: tuple[int, int], colour: str = "red") -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def entry(path: Path, size: tuple[int, int], repeats: int = 1, mask: Path | None = None) -> PictureEntry:
    (placement,) = plan_buckets([size], 512).placements
    masked = MaskEntry(path=str(mask), content_sha256=storage.sha256_file(mask)) if mask else None
    return PictureEntry(
        path=str(path), content_sha256=storage.sha256_file(path), caption=path.stem, repeats=repeats,
        placement=placement, mask=masked,
    )  # fmt: skip


def make_run(folder: Path, pictures: RunPictures) -> RunFolder:
    values = {"schedule": {"looks_per_picture": 10, "batch_size": 2, "epochs": 3}, "dataset": {"resolution_px": 512}}
    files = {
        "config.json": TrainingConfig.model_validate(values).model_dump_json().encode(),
        "images.json": pictures.model_dump_json().encode(),
    }
    run = RunFolder.create(folder / "run", files)
    run.checkpoint_dir(20).mkdir()
    return run


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Three wide pictures and a tall one, with a save point at step 20."""
    wide = [entry(draw(tmp_path / "set" / f"wide{n}.png", WIDE), WIDE, repeats=n) for n in (1, 2, 3)]
    return make_run(tmp_path, RunPictures(training=(*wide, entry(draw(tmp_path / "set" / "tall.png", TALL), TALL))))


def picture(run: RunFolder, name: str) -> Path:
    return run.path.parent / "set" / name


def listed(run: RunFolder) -> RunPictures:
    return RunPictures.model_validate_json(run.images_path.read_bytes())


def length(run: RunFolder) -> RunLength:
    return length_of(listed(run), read_config(run.config_path).schedule)


def shown(entries: Sequence[PictureEntry]) -> list[tuple[str, int]]:
    return [(Path(one.path).name, one.repeats) for one in entries]


def test_a_picture_that_is_gone_is_left_out_and_others_of_its_size_are_shown_more_often(run: RunFolder) -> None:
    before = length(run)
    picture(run, "wide3.png").unlink()
    keep_what_is_left(run)
    after = listed(run)
    assert shown(after.training) == [("wide1.png", 3), ("wide2.png", 3), ("tall.png", 1)]
    assert shown(after.gone) == [("wide3.png", 3)]
    assert length(run) == before


def test_the_last_picture_of_a_size_is_replaced_by_one_cropped_to_that_size(run: RunFolder) -> None:
    before, tall = length(run), listed(run).training[3].placement
    picture(run, "tall.png").unlink()
    keep_what_is_left(run)
    stand_in = listed(run).training[3]
    assert Path(stand_in.path).name.startswith("wide")
    assert (stand_in.placement.bucket_width_px, stand_in.placement.bucket_height_px, stand_in.repeats) == (
        tall.bucket_width_px, tall.bucket_height_px, 1,
    )  # fmt: skip
    assert length(run) == before


def test_an_edited_picture_is_taken_as_it_is_now_in_the_size_it_had(run: RunFolder) -> None:
    before = listed(run)
    draw(picture(run, "wide2.png"), (300, 310), "blue")
    notice = keep_what_is_left(run)
    now = listed(run).training[1]
    assert now.content_sha256 == storage.sha256_file(picture(run, "wide2.png")) != before.training[1].content_sha256
    assert now.placement.picture_size_px == (300, 310)
    assert (now.placement.bucket_width_px, now.caption, now.repeats) == (
        before.training[1].placement.bucket_width_px, "wide2", 2,
    )  # fmt: skip
    assert [one for place, one in enumerate(listed(run).training) if place != 1] == [
        one for place, one in enumerate(before.training) if place != 1
    ]
    assert notice.detail == "Pictures that were edited: 1. Pictures that are gone: 0."


def test_a_picture_that_was_damaged_counts_as_gone(run: RunFolder) -> None:
    picture(run, "wide1.png").write_bytes(b"no picture")
    assert keep_what_is_left(run).detail == "Pictures that were edited: 0. Pictures that are gone: 1."
    assert shown(listed(run).gone) == [("wide1.png", 1)]


def test_a_mask_is_taken_as_it_is_now_and_without_it_its_picture_is_learned_whole(tmp_path: Path) -> None:
    pictures = [draw(tmp_path / "set" / f"{n}.png", WIDE) for n in range(3)]
    masks = [draw(tmp_path / "masks" / f"{n}.png", WIDE, "white") for n in range(3)]
    run = make_run(
        tmp_path,
        RunPictures(training=tuple(entry(a, WIDE, mask=b) for a, b in zip(pictures, masks, strict=True))),
    )
    draw(masks[0], WIDE, "black")
    masks[1].unlink()
    masks[2].write_bytes(b"no picture")
    keep_what_is_left(run)
    after = [one.mask for one in listed(run).training]
    assert after[0] is not None and after[0].content_sha256 == storage.sha256_file(masks[0])
    assert after[1:] == [None, None]


def test_pictures_that_only_check_or_keep_the_kind_are_looked_at_too(run: RunFolder, tmp_path: Path) -> None:
    names = ("a.png", "b.png", "c.png", "d.png")
    extra = [entry(draw(tmp_path / "more" / name, WIDE), WIDE) for name in names]
    whole = listed(run).model_copy(update={"held_back": tuple(extra[:2]), "prior": tuple(extra[2:])})
    run.images_path.write_bytes(whole.model_dump_json().encode())
    before = length(run)
    for name in ("a.png", "c.png"):
        (tmp_path / "more" / name).unlink()
    keep_what_is_left(run)
    after = listed(run)
    assert (shown(after.held_back), shown(after.prior)) == ([("b.png", 1)], [("d.png", 2)])
    assert shown(after.gone) == [("a.png", 1), ("c.png", 1)]
    assert length(run) == before


def test_the_journal_tells_since_when(run: RunFolder) -> None:
    picture(run, "tall.png").unlink()
    keep_what_is_left(run)
    (told,) = EventReader(run.events_path).read()
    assert isinstance(told, events.Notice)
    assert (told.code, told.title) == (
        "went_on_with_less", "From step 21 on, this run learns from what is left.",
    )  # fmt: skip


def test_without_any_picture_the_list_stays_and_the_drive_is_named(run: RunFolder) -> None:
    before = run.images_path.read_bytes()
    (run.path.parent / "set").rename(run.path.parent / "elsewhere")
    with pytest.raises(StudioError) as caught:
        keep_what_is_left(run)
    assert (caught.value.code, "drive" in caught.value.detail) == ("pictures_gone", True)
    assert run.images_path.read_bytes() == before
    assert not EventReader(run.events_path).read()


@pytest.mark.parametrize("code", ["run_busy", "run_ended"])
def test_a_run_that_trains_or_is_finished_is_left_alone(run: RunFolder, code: str) -> None:
    before = run.images_path.read_bytes()
    picture(run, "tall.png").unlink()
    if code == "run_busy":
        record_process(run, os.getpid())
    else:
        with EventWriter(run.events_path) as writer:
            writer.write(events.Started(pid=1, device="Card"))
            writer.write(events.Finished(step=20, epochs=3, seconds=1))
    with pytest.raises(StudioError) as caught:
        keep_what_is_left(run)
    assert caught.value.code == code
    assert run.images_path.read_bytes() == before
