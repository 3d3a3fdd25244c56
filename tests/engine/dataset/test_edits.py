from __future__ import annotations

import codecs
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from drawn_pictures import draw_pictures

from lora_studio import storage
from lora_studio.dataset import edits as edits_module
from lora_studio.dataset.captions import index_sidecars, stamp_captions
from lora_studio.dataset.edits import CaptionEdits
from lora_studio.dataset.scan import scan_dataset
from lora_studio.errors import StudioError
from lora_studio.projects.pictures import with_captions_of_now

OLD = ["a red disc", "a green disc", "a blue disc"]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    return sorted(draw_pictures(tmp_path / "ink 墨", 3).glob("*.png"))


@pytest.fixture
def edits(tmp_path: Path) -> CaptionEdits:
    return CaptionEdits(tmp_path / "project" / "captions", tmp_path / "project")


def captions(picture: Path) -> list[str | None]:
    return [image.caption for image in scan_dataset(picture.parent).images]


def test_a_new_caption_is_what_a_scan_reads(edits: CaptionEdits, pictures: list[Path]) -> None:
    edits.change({pictures[0]: "fog over hills"})
    assert captions(pictures[0])[0] == edits.read(pictures[0]) == "fog over hills"


def test_a_picture_without_a_caption_gets_a_text_file_and_loses_it_again(
    edits: CaptionEdits, pictures: list[Path]
) -> None:
    pictures[0].with_suffix(".txt").unlink()
    edits.change({pictures[0]: "fog"})
    assert pictures[0].with_suffix(".txt").read_bytes() == b"fog"
    edits.undo()
    assert not pictures[0].with_suffix(".txt").exists()


def test_the_file_that_is_read_is_the_one_that_is_written(edits: CaptionEdits, pictures: list[Path]) -> None:
    pictures[0].with_suffix(".txt").rename(pictures[0].with_suffix(".caption"))
    edits.change({pictures[0]: "fog"})
    assert pictures[0].with_suffix(".caption").read_text() == "fog"
    assert not pictures[0].with_suffix(".txt").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\r\nb\r\n", b"fog\r\nover hills\r\n"),
        (codecs.BOM_UTF8 + b"a", codecs.BOM_UTF8 + b"fog\nover hills"),
        ("\ufeffa\r\nb".encode("utf-16-le"), "\ufefffog\r\nover hills".encode("utf-16-le")),
        ("\ufeffa\nb\n".encode("utf-16-be"), "\ufefffog\nover hills\n".encode("utf-16-be")),
        (b"caf\xe9", b"fog\nover hills"),
    ],
)
def test_line_ends_and_marks_of_a_file_stay(
    edits: CaptionEdits, pictures: list[Path], before: bytes, after: bytes
) -> None:
    path = pictures[0].with_suffix(".txt")
    path.write_bytes(before)
    edits.change({pictures[0]: "fog\nover hills"})
    assert path.read_bytes() == after
    edits.undo()
    assert path.read_bytes() == before


def test_an_edit_of_many_is_one_step_back_and_one_step_forth(edits: CaptionEdits, pictures: list[Path]) -> None:
    seen: list[tuple[int, int]] = []
    edits.change({picture: f"new {picture.stem}" for picture in pictures}, lambda *count: seen.append(count))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert dict(edits.undo().changed) == dict(zip(pictures, ["a red disc", "a green disc", "a blue disc"], strict=True))
    assert captions(pictures[0]) == ["a red disc", "a green disc", "a blue disc"]
    assert (edits.can_undo, edits.can_redo) == (False, True)
    edits.redo()
    assert captions(pictures[0]) == ["new 000", "new 001", "new 002"]


def test_steps_are_taken_back_in_order_and_outlive_the_program(
    tmp_path: Path, edits: CaptionEdits, pictures: list[Path]
) -> None:
    for text in ("one", "two", "three"):
        edits.change({pictures[0]: text})
    again = CaptionEdits(tmp_path / "project" / "captions", tmp_path / "project")
    told = [again.undo().changed[pictures[0]] for _ in range(3)]
    assert told == ["two", "one", "a red disc"]
    assert [again.redo().changed[pictures[0]] for _ in range(3)] == ["one", "two", "three"]


def test_a_new_change_forgets_what_was_undone(edits: CaptionEdits, pictures: list[Path]) -> None:
    edits.change({pictures[0]: "one"})
    edits.undo()
    edits.change({pictures[0]: "two"})
    assert not edits.can_redo


def test_the_first_original_is_kept_for_good(tmp_path: Path, edits: CaptionEdits, pictures: list[Path]) -> None:
    for text in ("one", "two"):
        edits.change({pictures[0]: text})
    kept = list((tmp_path / "project" / "captions" / "originals").iterdir())
    assert [path.read_text() for path in kept] == ["a red disc"]


def test_what_was_changed_outside_is_not_written_over(edits: CaptionEdits, pictures: list[Path]) -> None:
    edits.change(dict.fromkeys(pictures, "new"))
    pictures[1].with_suffix(".txt").write_text("by hand")
    result = edits.undo()
    assert [(path.name, error.code) for path, error in result.refused.items()] == [
        ("001.png", "caption_changed_outside")
    ]
    assert captions(pictures[0]) == ["a red disc", "by hand", "a blue disc"]


def test_a_text_that_came_since_it_was_seen_is_not_written_over(edits: CaptionEdits, pictures: list[Path]) -> None:
    pictures[0].with_suffix(".txt").write_text("by hand")
    pictures[1].with_suffix(".txt").write_text("two\nlines")
    seen = dict(zip(pictures, ("a red disc", "two lines", "a blue disc"), strict=True))
    result = edits.change(dict.fromkeys(pictures, "new"), seen=seen)
    assert {path.name: error.code for path, error in result.refused.items()} == {"000.png": "caption_changed_outside"}
    assert captions(pictures[0]) == ["by hand", "new", "new"]
    # What this object wrote since is known, as is what is wanted anyway; what another hand wrote on top of it is not.
    assert edits.change({pictures[1]: "newer"}, seen=seen).changed
    assert not edits.change({pictures[0]: "by hand"}, seen=seen).refused
    pictures[1].with_suffix(".txt").write_text("by hand too")
    assert edits.change({pictures[1]: "newest"}, seen=seen).refused
    pictures[2].with_suffix(".txt").unlink()
    assert edits.change({pictures[2]: "newest"}, seen=seen).refused


def test_many_are_read_at_once_without_those_that_cannot_be(
    edits: CaptionEdits, pictures: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures[1].with_suffix(".txt").unlink()
    pictures[1].with_suffix(".txt").mkdir()
    pictures[2].with_suffix(".txt").write_text("two\nlines\n")
    listings: list[list[str]] = []

    def index(names: Iterable[str]) -> dict[str, list[str]]:
        listings.append(sorted(names))
        return index_sidecars(listings[-1])

    monkeypatch.setattr(edits_module, "index_sidecars", index)
    gone = pictures[0].parent / "gone" / "picture.png"
    assert edits.read_all([*pictures, gone]) == {
        pictures[0]: "a red disc", pictures[1]: "", pictures[2]: "two\nlines"
    }  # fmt: skip
    assert len(listings) == 1  # a folder is listed once, however many of its pictures are read


def test_nothing_to_change_is_no_step(edits: CaptionEdits, pictures: list[Path]) -> None:
    edits.change({pictures[0]: "a red disc"})
    assert not edits.can_undo


def test_a_caption_that_is_no_caption_is_refused_and_the_others_go_on(
    edits: CaptionEdits, pictures: list[Path]
) -> None:
    result = edits.change({pictures[0]: "x" * 70_000, pictures[1]: "fog"})
    assert [error.code for error in result.refused.values()] == ["caption_too_long"]
    assert captions(pictures[0])[:2] == ["a red disc", "fog"]


def test_called_off_the_rest_stays_and_the_step_can_be_undone(edits: CaptionEdits, pictures: list[Path]) -> None:
    answers = iter([False, True])
    result = edits.change(dict.fromkeys(pictures, "new"), cancelled=lambda: next(answers))
    assert list(result.changed) == [pictures[0]]
    edits.undo()
    assert captions(pictures[0]) == ["a red disc", "a green disc", "a blue disc"]


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch, pictures: list[Path]) -> None:
    """The pictures' folder refuses to be written to, as it would for another account (root may write anywhere)."""
    write = storage.write_file

    def refuse(path: Path, data: bytes) -> None:
        if path.parent == pictures[0].parent:
            raise storage.describe_disk_error(PermissionError(13, "Permission denied"), path)
        write(path, data)

    monkeypatch.setattr(storage, "write_file", refuse)


@pytest.mark.usefixtures("read_only")
def test_where_a_folder_cannot_be_written_to_captions_are_kept_in_the_project(
    edits: CaptionEdits, pictures: list[Path], tmp_path: Path
) -> None:
    result = edits.change({pictures[0]: "fog\nover hills", pictures[1]: "sea"})
    assert (len(result.changed), result.refused) == (2, {})
    assert edits.read(pictures[0]) == "fog\nover hills"
    assert edits.kept_in_project() == {pictures[0]: "fog\nover hills", pictures[1]: "sea"}
    folder = pictures[0].parent.rename(tmp_path / "elsewhere")  # what is kept needs no folder
    assert edits.read(pictures[0]) == edits.read_all(pictures)[pictures[0]] == "fog\nover hills"
    folder.rename(pictures[0].parent)
    edits.change({pictures[0]: "rain"})
    edits.undo()
    assert edits.read(pictures[0]) == "fog\nover hills"
    edits.undo()
    assert (edits.kept_in_project(), edits.read(pictures[0])) == ({}, "a red disc")
    edits.redo()
    assert edits.read(pictures[1]) == "sea"


@pytest.mark.usefixtures("read_only")
def test_captions_kept_in_the_project_are_used_by_its_scan(tmp_path: Path, pictures: list[Path]) -> None:
    from lora_studio.projects.pictures import caption_edits, scan_project
    from lora_studio.projects.project import project_for_images

    project = project_for_images(pictures[0].parent, tmp_path / "projects")
    caption_edits(project).change({pictures[0]: "fog\nover hills"})
    assert scan_project(project).images[0].caption == "fog over hills"


def test_a_scan_takes_in_what_other_programs_wrote_since_and_looks_at_nothing_else(
    tmp_path: Path, edits: CaptionEdits, pictures: list[Path]
) -> None:
    pictures[2].with_suffix(".txt").unlink()
    (pictures[0].parent / "metadata.csv").write_text("file_name,text\n002.png,from a list\n")
    before, report = stamp_captions([pictures[0].parent]), scan_dataset(pictures[0].parent)
    assert [image.caption_in_file for image in report.images] == ["a red disc", "a green disc", ""]
    assert with_captions_of_now(report, edits, before) == report
    edits.change({pictures[0]: "written here"})
    pictures[1].with_suffix(".txt").write_text("written\noutside")
    pictures[2].with_suffix(".txt").touch()
    present = with_captions_of_now(report, edits, before)
    # Its own change is told by `change`; a caption of a list stays where no file says otherwise.
    assert [image.caption for image in present.images] == ["a red disc", "written outside", "from a list"]


def test_history_moves_with_a_project_that_holds_its_pictures(tmp_path: Path) -> None:
    picture = draw_pictures(tmp_path / "here" / "images", 1) / "000.png"
    CaptionEdits(tmp_path / "here" / "captions", tmp_path / "here").change({picture: "new"})
    shutil.move(tmp_path / "here", tmp_path / "there")
    CaptionEdits(tmp_path / "there" / "captions", tmp_path / "there").undo()
    assert (tmp_path / "there" / "images" / "000.txt").read_text() == "a red disc"


def test_a_missing_folder_is_told(edits: CaptionEdits, tmp_path: Path) -> None:
    with pytest.raises(StudioError):
        edits.read(tmp_path / "nowhere" / "a.png")
    assert len(edits.change({tmp_path / "nowhere" / "a.png": "x"}).refused) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_kill_every_caption_is_old_or_new_and_undo_knows_them_all(tmp_path: Path, pictures: list[Path]) -> None:
    seen = set()
    for count in range(1, 200):
        home = tmp_path / f"captions {count}"
        pid = os.fork()
        if pid == 0:
            storage._kill_name, storage._kill_countdown = "*", count
            CaptionEdits(home, tmp_path).change(dict.fromkeys(pictures, "new"))
            os._exit(0)
        ended_well = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        found = [path.with_suffix(".txt").read_text() for path in pictures]
        assert all(text in ("new", old) for text, old in zip(found, OLD, strict=True))
        seen.add(found.count("new"))
        again = CaptionEdits(home, tmp_path)
        if again.can_undo:
            assert again.undo().refused == {}
        assert captions(pictures[0]) == OLD
        if ended_well:
            break
    assert ended_well
    assert seen == {0, 1, 2, 3}
