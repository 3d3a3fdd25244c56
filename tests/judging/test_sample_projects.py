from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from lora_studio.embedded import SampleKind, SampleProject, read_sample_project, sample_project
from lora_studio.errors import StudioError

KINDS: tuple[SampleKind, ...] = ("style", "character")


@pytest.fixture(params=KINDS)
def project(request: pytest.FixtureRequest) -> SampleProject:
    return sample_project(request.param)


def test_pictures_are_whole_and_each_has_a_caption_without_the_trigger(project: SampleProject) -> None:
    for folder in (project.images_dir, project.held_back_dir):
        pictures = sorted(folder.glob("*.png"))
        assert len(pictures) == 24
        for path in pictures:
            with Image.open(path) as picture:
                picture.load()
                assert (picture.mode, picture.size) == ("RGB", (256, 256))
            caption = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
            assert caption.endswith(" background")
            assert project.trigger not in caption


def test_no_picture_is_both_trained_on_and_held_back(project: SampleProject) -> None:
    held_back = {path.read_bytes() for path in project.held_back_dir.glob("*.png")}
    assert len(held_back) == 24
    assert not any(path.read_bytes() in held_back for path in project.images_dir.glob("*.png"))


def test_only_the_last_sample_prompt_leaves_the_trigger_out(project: SampleProject) -> None:
    assert [project.trigger in prompt for prompt in project.sample_prompts] == [True, True, True, False]


def test_the_notice_names_author_licence_and_changes(project: SampleProject) -> None:
    notice = (project.project_dir / "NOTICE.md").read_text(encoding="utf-8")
    for words in (project.author, project.licence, project.licence_url, "Changes were made"):
        assert words in notice


def test_both_projects_are_small() -> None:
    folders = [sample_project(kind).project_dir for kind in KINDS]
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) < 3_000_000


def test_a_project_without_held_back_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    shutil.copy(sample_project("style").project_dir / "project.json", tmp_path)
    with pytest.raises(StudioError) as raised:
        read_sample_project(tmp_path)
    assert raised.value.code == "sample_project_incomplete"


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x"}', json.dumps({"sample_prompts": [], "colour": 1})])
def test_a_description_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "project.json").write_text(text, encoding="utf-8")
    with pytest.raises(StudioError) as raised:
        read_sample_project(tmp_path)
    assert raised.value.code == "sample_project_unreadable"
