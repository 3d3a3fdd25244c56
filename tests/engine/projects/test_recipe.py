from __future__ import annotations

from pathlib import Path

import pytest
from base_configs import write_base_configs
from drawn_pictures import draw_pictures

from lora_studio.config.resolve import read_config
from lora_studio.errors import StudioError
from lora_studio.projects.pictures import (
    chosen_pictures,
    list_picture_files,
    scan_held_back,
    scan_project,
    with_captions,
)
from lora_studio.projects.project import PictureNote, Project, project_for_images
from lora_studio.projects.recipe import create_project_run, plan_project
from lora_studio.runs.pictures import RunPictures


@pytest.fixture
def project(tmp_path: Path) -> Project:
    base = write_base_configs(tmp_path / "base")
    made = project_for_images(draw_pictures(tmp_path / "ink"), tmp_path / "projects")
    return made.changed(base={"source": str(base)})


def test_a_projects_run_holds_what_the_project_says(project: Project) -> None:
    wished = project.changed(
        trigger="zz", prompts=["zz at sea"], kind="character", settings={"adapter.rank": 4, "seed": 7},
        left_out={"001.png"}, pictures={"000.png": PictureNote(repeats=3)},
    )  # fmt: skip
    run = create_project_run(wished, plan_project(wished, scan_project(wished)))
    config, pictures = read_config(run.config_path), RunPictures.model_validate_json(run.images_path.read_bytes())
    assert run.path.parent == project.runs_dir
    assert (config.name, config.kind, config.adapter.rank, config.seed) == ("ink", "character", 4, 7)
    assert (config.dataset.trigger, config.preview.prompts) == ("zz", ("zz at sea",))
    assert [(Path(entry.path).name, entry.repeats) for entry in pictures.training] == [
        ("000.png", 3), ("002.png", 1), ("003.png", 1)
    ]  # fmt: skip
    assert len(list((project.image_dirs()[0][1]).iterdir())) == 8


def test_a_second_run_gets_a_number(project: Project) -> None:
    plan = plan_project(project, scan_project(project))
    assert [create_project_run(project, plan).name for _ in range(2)] == ["ink", "ink 2"]


@pytest.mark.parametrize("name", ["a/b\\c:d", "...", "CON 墨", "\u202e x"])
def test_any_name_of_a_project_makes_a_run(project: Project, name: str) -> None:
    named = project.changed(name=name)
    assert create_project_run(named, plan_project(named, scan_project(named))).is_run()


def test_thoroughness_scales_the_length_and_a_setting_of_the_persons_own_beats_it(project: Project) -> None:
    report = scan_project(project)
    steps = {
        level: plan_project(project.changed(thoroughness=level), report).length.total_steps
        for level in ("quick", "balanced", "thorough")
    }
    assert steps == {"quick": 60, "balanced": 120, "thorough": 200}
    own = project.changed(thoroughness="thorough", settings={"schedule.min_steps": 33})
    assert plan_project(own, report).length.total_steps == 33


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"adapter.rnak": 4}, "unknown_setting"),
        ({"adapter.rank": 0}, "bad_setting"),
        ({"base.source": "x"}, "setting_decided"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_told_before_anything_starts(
    project: Project, settings: dict[str, object], code: str
) -> None:
    with pytest.raises(StudioError) as caught:
        plan_project(project.changed(settings=settings), scan_project(project))
    assert caught.value.code == code


def test_pictures_of_several_folders_are_trained_on_together(project: Project, tmp_path: Path) -> None:
    both = project.with_folder(draw_pictures(tmp_path / "more", 2, size=(60, 30)))
    report = scan_project(both)
    assert [image.relative for image in report.images][-2:] == ["more//000.png", "more//001.png"]
    assert [file.key for file in list_picture_files(both)] == [image.relative for image in report.images]
    assert len(plan_project(both, report).pictures.training) == 6


def test_copies_in_two_folders_are_noticed(project: Project, tmp_path: Path) -> None:
    report = scan_project(project.with_folder(draw_pictures(tmp_path / "more", 2)))
    found = [finding.paths for finding in report.findings if finding.code == "duplicate"]
    assert len(found) == 1 and {"000.png", "more//000.png"} <= set(found[0])


def test_what_is_left_out_is_not_complained_about(tmp_path: Path) -> None:
    folder = draw_pictures(tmp_path / "ink", 3)
    (folder / "000.txt").unlink()
    project = project_for_images(folder, tmp_path / "projects")
    report = scan_project(project)
    assert "no_caption" in {finding.code for finding in report.findings}
    chosen = chosen_pictures(project.changed(left_out={"000.png"}), report)
    assert [image.relative for image in chosen.images] == ["001.png", "002.png"]
    assert "no_caption" not in {finding.code for finding in chosen.findings}
    assert (folder / "000.png").is_file()


def test_leaving_out_one_of_two_copies_settles_both(tmp_path: Path) -> None:
    folder = draw_pictures(tmp_path / "ink", 1)
    (folder / "copy.png").write_bytes((folder / "000.png").read_bytes())
    project = project_for_images(folder, tmp_path / "projects")
    report = scan_project(project)
    assert "duplicate" in {finding.code for finding in report.findings}
    assert "duplicate" not in {
        finding.code for finding in chosen_pictures(project.changed(left_out={"copy.png"}), report).findings
    }


def test_held_back_pictures_are_scanned_once_and_only_check(project: Project, tmp_path: Path) -> None:
    assert scan_held_back(project) is None
    draw_pictures(project.folder / "held_back", 2, size=(50, 40))
    checked = project.changed(held_back_folder="held_back")
    held_back = scan_held_back(checked)
    plan = plan_project(checked, scan_project(checked), held_back)
    assert (len(plan.pictures.training), len(plan.pictures.held_back)) == (4, 2)
    assert plan == plan_project(checked, scan_project(checked))


def test_leaving_everything_out_is_told(project: Project) -> None:
    with pytest.raises(StudioError) as caught:
        plan_project(project.changed(left_out={f"00{n}.png" for n in range(4)}), scan_project(project))
    assert caught.value.code == "no_pictures"


def test_a_changed_caption_needs_no_new_scan(project: Project) -> None:
    report = scan_project(project)
    image = report.images[0]
    changed = with_captions(report, {image.path: "a fog\n over hills"})
    assert changed.images[0].caption == "a fog over hills"
    emptied = with_captions(report, {image.path: " "})
    assert next(finding for finding in emptied.findings if finding.code == "no_caption").paths == ("000.png",)


def test_a_scan_counts_and_can_be_called_off(project: Project) -> None:
    seen: list[tuple[int, int]] = []
    scan_project(project, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(StudioError) as caught:
        scan_project(project, cancelled=lambda: True)
    assert caught.value.code == "cancelled"
