"""A project of a newer version, opened as a copy: what comes along, what stays, and the original as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.projects.newer import copy_newer_project
from lora_studio.projects.pictures import caption_edits, scan_project
from lora_studio.projects.project import FILE_NAME, ImageFolder, PictureNote, open_project
from tests.fakes.drawn_pictures import draw_pictures


def newer(folder: Path, **values: Any) -> Path:
    """A project of version 2 with pictures inside and elsewhere, a run, and values that only version 2 knows."""
    draw_pictures(folder / "pictures" / "deep", 2)
    draw_pictures(folder / "held_back", 1)
    draw_pictures(folder.parent / "elsewhere", 1)
    (folder / "runs" / "first").mkdir(parents=True)
    (folder / "runs" / "first" / "config.json").write_text("{}")
    told = {
        "version": 2, "app_version": "2.4", "name": "Misty Ink", "colour": "blue",
        "image_folders": [
            {"path": "pictures", "label": "", "weight": 2},
            {"path": str(folder.parent / "elsewhere"), "label": "elsewhere"},
            {"label": "broken"},
        ],
        "held_back_folder": "held_back", "kind": "character", "trigger": "mistyink", "thoroughness": "endless",
        "settings": {"adapter.rank": 8, "adapter.magic": 1, "optimizer.type": "wonder"},
        "prompts": ["a boat"], "left_out": ["deep/000.png"],
        "pictures": {"deep/001.png": {"stars": 4, "mood": "calm"}, "deep/000.png": {"stars": 99}},
        "runs": {"first": {"pick": 2}},
        **values,
    }  # fmt: skip
    (folder / FILE_NAME).write_text(json.dumps(told))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_copy_opens_with_all_that_is_understood(tmp_path: Path) -> None:
    made = copy_newer_project(newer(tmp_path / "original"), tmp_path / "home")
    data = made.data
    assert open_project(made.folder) == made
    assert (data.name, data.kind, data.trigger, data.thoroughness) == (
        "Misty Ink copy", "character", "mistyink", "balanced",
    )  # fmt: skip
    assert (data.settings, data.prompts, data.left_out) == ({"adapter.rank": 8}, ("a boat",), {"deep/000.png"})
    assert data.pictures == {"deep/001.png": PictureNote(stars=4)}
    assert data.runs == {}


def test_the_original_is_only_read(tmp_path: Path) -> None:
    original = newer(tmp_path / "original")
    before = contents(original)
    copy_newer_project(original, tmp_path / "home")
    assert contents(original) == before


def test_pictures_inside_are_copied_and_those_elsewhere_shared(tmp_path: Path) -> None:
    made = copy_newer_project(newer(tmp_path / "original"), tmp_path / "home")
    elsewhere = tmp_path / "elsewhere"
    assert made.data.image_folders == (
        ImageFolder(path="pictures"), ImageFolder(path=str(elsewhere), label="elsewhere"),
    )  # fmt: skip
    found = scan_project(made).images
    assert [(image.relative, image.caption) for image in found] == [
        ("deep/000.png", "a red disc"), ("deep/001.png", "a green disc"), ("elsewhere//000.png", "a red disc"),
    ]  # fmt: skip
    assert all(image.path.is_relative_to(made.folder) for image in found[:2])
    assert made.held_back_dir is not None and (made.held_back_dir / "000.png").is_file()


def test_captions_that_the_project_keeps_come_along_and_runs_do_not(tmp_path: Path) -> None:
    original = newer(tmp_path / "original")
    (original / "captions").mkdir()
    storage.write_json(original / "captions" / "kept.json", {"version": 1, "captions": {"pictures/deep/000.png": "x"}})
    made = copy_newer_project(original, tmp_path / "home")
    assert caption_edits(made).read(made.folder / "pictures" / "deep" / "000.png") == "x"
    assert not made.runs_dir.exists()


@pytest.mark.parametrize("path", ["../../elsewhere", ".", "pictures/../.."])
def test_nothing_outside_is_copied_however_a_folder_is_written(tmp_path: Path, path: str) -> None:
    original = newer(tmp_path / "a" / "original", image_folders=[{"path": path}], held_back_folder=path)
    made = copy_newer_project(original, tmp_path / "home")
    assert {item.name for item in made.folder.iterdir()} == {FILE_NAME}
    assert made.data.image_folders == (ImageFolder(path=str((original / path).resolve())),)
    assert made.data.held_back_folder == ""


def test_a_second_copy_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    original = newer(tmp_path / "original")
    names = [copy_newer_project(original, tmp_path / "home", "{name} (Kopie)").folder.name for _ in range(2)]
    assert names[0] != names[1]


def test_what_was_changed_here_before_the_newer_version_wrote_is_in_the_copy(tmp_path: Path) -> None:
    original = newer(tmp_path / "original")
    present = copy_newer_project(original, tmp_path / "home").changed(name="Kept", trigger="later")
    made = copy_newer_project(original, tmp_path / "home", present=present.data)
    assert (made.name, made.data.trigger) == ("Kept copy", "later")


def test_a_full_disk_leaves_no_half_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: object) -> None:
        raise StudioError("disk_full", "The disk is full.")

    original = newer(tmp_path / "original")
    monkeypatch.setattr(storage, "write_file", full)
    with pytest.raises(StudioError):
        copy_newer_project(original, tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []
