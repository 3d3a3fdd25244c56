from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from drawn_pictures import draw_pictures
from pydantic import ValidationError

from lora_studio.errors import StudioError
from lora_studio.projects.project import (
    FILE_NAME,
    PictureNote,
    Project,
    RunNote,
    create_project,
    is_project,
    list_runs,
    open_project,
    project_for_images,
    sample_project,
    save_project,
)
from lora_studio.projects.recent import forget, note_opened, recent_projects
from lora_studio.runs.folder import RunFolder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "misty ink 墨", 3)


@pytest.fixture
def project(tmp_path: Path, pictures: Path) -> Project:
    return project_for_images(pictures, tmp_path / "projects")


def refusal(folder: Path) -> StudioError:
    with pytest.raises(StudioError) as caught:
        open_project(folder)
    return caught.value


def test_a_dropped_folder_becomes_a_project_elsewhere_and_stays_as_it_is(
    project: Project, pictures: Path, tmp_path: Path
) -> None:
    assert project.folder == tmp_path / "projects" / "misty ink 墨"
    assert project.image_dirs() == [("", pictures)]
    assert len(list(pictures.iterdir())) == 6


def test_dropping_the_same_folder_again_opens_the_same_project(
    project: Project, pictures: Path, tmp_path: Path
) -> None:
    save_project(project.changed(trigger="zz"))
    again = project_for_images(pictures / ".." / pictures.name, tmp_path / "projects")
    assert (again.folder, again.data.trigger) == (project.folder, "zz")


def test_another_folder_of_the_same_name_gets_a_project_of_its_own(project: Project, tmp_path: Path) -> None:
    other = draw_pictures(tmp_path / "elsewhere" / project.name, 1)
    assert project_for_images(other, tmp_path / "projects").folder.name == "misty ink 墨 2"


def test_everything_in_a_project_comes_back(project: Project) -> None:
    wished = project.changed(
        trigger="", settings={"adapter.rank": 8, "preview.enabled": False}, left_out={"a.png"}, thoroughness="quick",
        pictures={"b.png": PictureNote(stars=5, repeats=3, kept=("no_caption",))},
        runs={"run": RunNote(pick=2, stars={1: 3, 2: 5})},
    )  # fmt: skip
    save_project(wished)
    assert open_project(project.folder) == wished


def test_a_project_from_before_pictures_were_kept_opens(project: Project) -> None:
    written = {"version": 1, "name": "x", "pictures": {"b.png": {"stars": 5, "repeats": None}}}
    (project.folder / FILE_NAME).write_text(json.dumps(written))
    assert open_project(project.folder).data.pictures == {"b.png": PictureNote(stars=5)}


def test_a_value_that_is_not_allowed_never_reaches_the_project(project: Project) -> None:
    with pytest.raises(ValidationError):
        project.changed(thoroughness="endless")
    with pytest.raises(ValidationError):
        project.changed(colour="red")


def test_pictures_inside_a_project_move_with_it(tmp_path: Path) -> None:
    made = create_project(tmp_path / "here", "Here")
    draw_pictures(tmp_path / "here" / "images", 2)
    save_project(made.with_folder(tmp_path / "here" / "images"))
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert open_project(tmp_path / "there").image_dirs() == [("", tmp_path / "there" / "images")]


def test_a_project_never_lies_among_its_pictures(pictures: Path) -> None:
    with pytest.raises(StudioError) as caught:
        create_project(pictures / "project", "x", [pictures])
    assert caught.value.code == "folder_in_pictures"
    assert not (pictures / "project").exists()


def test_a_folder_that_was_found_elsewhere_keeps_its_notes(project: Project, tmp_path: Path) -> None:
    moved = draw_pictures(tmp_path / "moved", 3)
    found = project.changed(left_out={"000.png"}).with_moved_folder("", moved)
    assert (found.image_dirs(), found.data.left_out) == ([("", moved)], {"000.png"})


def test_a_project_of_a_newer_version_is_neither_opened_nor_overwritten(project: Project) -> None:
    path = project.folder / FILE_NAME
    path.write_text(json.dumps({"version": 2, "app_version": "2.4", "image_folders": [], "new": 1}))
    before = path.read_bytes()
    assert (refusal(project.folder).code, "(2.4)" in refusal(project.folder).title) == ("project_newer", True)
    with pytest.raises(StudioError) as caught:
        save_project(project)
    assert (caught.value.code, path.read_bytes()) == ("project_newer", before)


@pytest.mark.parametrize(
    "text", ["{", '{"version": 1}', '{"version": 1, "name": "x", "hm": 1}', "[]", '{"version": "1"}']
)
def test_a_damaged_project_is_told_and_left_alone(project: Project, text: str) -> None:
    (project.folder / FILE_NAME).write_text(text)
    assert refusal(project.folder).code == "project_damaged"
    assert (project.folder / FILE_NAME).read_text() == text


def test_a_folder_without_a_project_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "not_a_project"


@pytest.mark.parametrize("kind", ["style", "character"])
def test_a_sample_project_is_a_project_like_any_other(tmp_path: Path, kind: str) -> None:
    made = sample_project(kind, tmp_path)  # type: ignore[arg-type]
    assert open_project(made.folder) == made == sample_project(kind, tmp_path)  # type: ignore[arg-type]
    assert made.held_back_dir is not None and made.held_back_dir.is_dir()
    assert len(list(made.image_dirs()[0][1].glob("*.png"))) > 10
    assert made.data.trigger and len(made.data.prompts) == 4


def test_the_description_of_a_built_in_sample_is_no_project() -> None:
    from lora_studio import embedded

    assert not is_project(embedded.sample_project("style").project_dir)


def test_runs_of_a_project_are_listed(project: Project) -> None:
    RunFolder.create(project.runs_dir / "first", {"config.json": b"{}"})
    assert [(summary.run.name, summary.state.kind) for summary in list_runs(project)] == [("first", "draft")]


def test_recent_projects_are_newest_first_and_once_each(project: Project, tmp_path: Path) -> None:
    other = create_project(tmp_path / "other", "Other")
    for opened in (project, other, project):
        note_opened(opened)
    assert [recent.name for recent in recent_projects()] == [project.name, "Other"]
    assert all(recent.is_there for recent in recent_projects())
    forget(project.folder)
    assert [recent.name for recent in recent_projects()] == ["Other"]
