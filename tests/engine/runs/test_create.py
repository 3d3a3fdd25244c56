from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from base_configs import write_base_configs
from drawn_pictures import draw_pictures
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.scan import scan_known
from lora_studio.errors import StudioError
from lora_studio.runs.create import RunPlan, RunWish, create_run, merge_settings, plain_name, plan_run
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures


@pytest.fixture
def base(tmp_path: Path) -> str:
    return str(write_base_configs(tmp_path / "base"))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "my pictures")


def plan(folder: Path, base: str, **wishes: Any) -> RunPlan:
    return plan_run(RunWish(folder=folder, base=base, **wishes))


def refusal(code: str, folder: Path, base: str, **wishes: Any) -> StudioError:
    with pytest.raises(StudioError) as caught:
        plan(folder, base, **wishes)
    assert caught.value.code == code
    return caught.value


def test_a_plan_places_every_picture_and_knows_its_length(pictures: Path, base: str) -> None:
    made = plan(pictures, base)
    assert [Path(entry.path).name for entry in made.pictures.training] == ["000.png", "001.png", "002.png", "003.png"]
    assert made.pictures.training[0].caption == "a red disc, mypictures"
    assert (made.length.total_steps, made.length.epochs) == (120, 4)


def test_a_plan_writes_nothing(pictures: Path, base: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    plan(pictures, base)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_read_from_the_model_beats_the_presets_and_the_person_beats_both(tmp_path: Path) -> None:
    folder = draw_pictures(tmp_path / "pictures", 2)
    base = str(write_base_configs(tmp_path / "base", {"cross_attention_dim": 1024}, "v_prediction"))
    made = plan(folder, base, kind="character", settings={"dataset": {"resolution_px": 512}})
    config, origins = made.resolved.config, made.resolved.origins
    assert (config.base.family, config.base.prediction, config.dataset.resolution_px) == ("sd2", "v_prediction", 512)
    assert origins["base.family"].layer == "model"
    assert origins["dataset.resolution_px"].layer == "user"
    assert origins["schedule.min_steps"].layer == "kind and family"


def test_words_the_person_gave_are_marked_as_theirs_and_proposed_ones_are_not(pictures: Path, base: str) -> None:
    given_words = plan(pictures, base, name="ink", trigger="zz", prompts=("a zz",)).resolved
    proposed = plan(pictures, base).resolved
    for path in ("name", "dataset.trigger", "preview.prompts"):
        assert given_words.origins[path].layer == "user"
        assert proposed.origins[path].layer == "model"
    assert given_words.config.preview.prompts == ("a zz",)
    assert len(proposed.config.preview.prompts) == 4


def test_the_first_sample_prompt_is_a_caption_of_the_set(pictures: Path, base: str) -> None:
    made = plan(pictures, base, trigger="zz")
    assert made.resolved.config.preview.prompts[0] == "a red disc, zz"


def test_a_trigger_word_can_be_left_out(pictures: Path, base: str) -> None:
    made = plan(pictures, base, trigger="")
    assert made.pictures.training[0].caption == "a red disc"


@pytest.mark.parametrize(
    "path", ["version=1", "kind=style", "base.source=x", "base.family=sdxl", "dataset.folder=elsewhere"]
)
def test_what_is_decided_elsewhere_cannot_be_set_past_it(pictures: Path, base: str, path: str) -> None:
    from lora_studio.config.resolve import parse_assignment

    problem = refusal("setting_decided", pictures, base, settings=parse_assignment(path))
    assert path.partition("=")[0] in problem.title
    assert problem.hint


def test_the_run_folder_is_whole_before_any_process_starts(pictures: Path, base: str, tmp_path: Path) -> None:
    made = plan(pictures, base)
    run = create_run(made, tmp_path / "runs" / "first")
    assert read_config(run.config_path) == made.resolved.config
    assert RunPictures.model_validate_json(run.images_path.read_bytes()) == made.pictures
    origins = json.loads(run.origins_path.read_text("utf-8"))
    assert origins["adapter.rank"]["layer"] == "family"
    assert origins["adapter.rank"]["because"]
    assert run.exports_dir.is_dir()


def test_pictures_are_only_read(pictures: Path, base: str, tmp_path: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in pictures.iterdir()}
    create_run(plan(pictures, base), tmp_path / "run")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in pictures.iterdir()} == before


@pytest.mark.parametrize("inside", [".", "run", "a/b/../run"])
def test_a_run_is_never_written_among_the_pictures(pictures: Path, base: str, inside: str) -> None:
    made = plan(pictures, base)
    with pytest.raises(StudioError) as caught:
        create_run(made, pictures / inside)
    assert caught.value.code == "folder_in_pictures"
    assert len(list(pictures.iterdir())) == 8


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_the_pictures_does_not_hide_them(pictures: Path, base: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(pictures)
    with pytest.raises(StudioError) as caught:
        create_run(plan(tmp_path / "link", base), pictures / "run")
    assert caught.value.code == "folder_in_pictures"


def test_a_run_is_never_written_among_the_held_back_pictures(pictures: Path, base: str, tmp_path: Path) -> None:
    held_back = draw_pictures(tmp_path / "held back", 2)
    with pytest.raises(StudioError) as caught:
        create_run(plan(pictures, base, held_back=held_back), held_back / "run")
    assert caught.value.code == "folder_in_pictures"


def test_an_existing_run_is_kept(pictures: Path, base: str, tmp_path: Path) -> None:
    run = create_run(plan(pictures, base), tmp_path / "run")
    with pytest.raises(StudioError) as caught:
        create_run(plan(pictures, base, trigger="other"), tmp_path / "run")
    assert caught.value.code == "run_exists"
    assert read_config(run.config_path).dataset.trigger == "mypictures"


def test_a_finding_that_stops_leaves_no_run(pictures: Path, base: str, tmp_path: Path) -> None:
    from dataclasses import replace

    from lora_studio.config.findings import Finding

    stopped = replace(plan(pictures, base), findings=(Finding(code="x", severity="stop", title="Broken lens."),))
    with pytest.raises(StudioError) as caught:
        create_run(stopped, tmp_path / "run")
    assert (caught.value.code, caught.value.detail) == ("stopped_by_findings", "Broken lens.")
    assert not (tmp_path / "run").exists()


def test_held_back_pictures_are_listed_apart(pictures: Path, base: str, tmp_path: Path) -> None:
    held_back = draw_pictures(tmp_path / "held back", 2, size=(50, 40))
    made = plan(pictures, base, held_back=held_back)
    assert [Path(entry.path).parent for entry in made.pictures.held_back] == [held_back] * 2
    assert made.length == plan(pictures, base).length
    assert [finding.code for finding in made.findings if finding.code == "held_back_trained_on"] == []


def test_held_back_pictures_that_are_trained_on_are_told(pictures: Path, base: str) -> None:
    draw_pictures(pictures / "held back", 1)
    made = plan(pictures, base, held_back=pictures / "held back")
    found = next(finding for finding in made.findings if finding.code == "held_back_trained_on")
    assert (found.severity, found.paths) == ("warn", ("000.png",))


@pytest.mark.parametrize(("more_steps", "codes"), [(0, ["warmup_too_long"]), (-1, [])])
def test_a_warm_up_that_never_ends_is_told(pictures: Path, base: str, more_steps: int, codes: list[str]) -> None:
    steps = plan(pictures, base).length.total_steps
    made = plan(pictures, base, settings={"schedule": {"warmup_steps": steps + more_steps}})
    assert [finding.code for finding in made.findings if finding.code == "warmup_too_long"] == codes


def test_a_relative_folder_of_held_back_pictures_is_kept_whole(
    pictures: Path, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_pictures(tmp_path / "held back", 2, size=(50, 40))
    monkeypatch.chdir(tmp_path)
    kept = plan(pictures, base, held_back=Path("held back")).resolved.config.dataset.held_back_folder
    assert kept == str(tmp_path / "held back")


def test_folders_that_repeat_count_in_the_length(tmp_path: Path, base: str) -> None:
    folder = tmp_path / "set"
    draw_pictures(folder / "7_cat", 2)
    made = plan(folder, base, settings={"schedule": {"looks_per_picture": 20, "min_steps": 1}})
    assert [entry.repeats for entry in made.pictures.training] == [7, 7]
    assert made.length.total_steps == 20 * 4  # 14 looks a pass in batches of 4


@pytest.mark.parametrize(
    "caption",
    [
        "<script>alert(1)</script>",
        "{caption} {trigger} {0} %s",
        "a\x1b[31mb\x00c",
        "墨絵の猫、" * 200,
        '\'; DROP "x" $(ls)',
    ],
)
def test_a_hostile_caption_is_only_words(tmp_path: Path, base: str, caption: str) -> None:
    folder = draw_pictures(tmp_path / "set", 1)
    (folder / "000.txt").write_text(caption, encoding="utf-8")
    run = create_run(plan(folder, base, trigger="zz"), tmp_path / "run")
    kept = RunPictures.model_validate_json(run.images_path.read_bytes()).training[0].caption
    assert kept.endswith(", zz")
    assert not any(ord(letter) < 32 for letter in kept)
    assert read_config(run.config_path).preview.prompts[0] == kept


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("my 'cats' 🐈", "my 'cats' 🐈"),
        pytest.param('a "b" <c>?', "a b c", marks=pytest.mark.skipif(os.name == "nt", reason="no such names there")),
        pytest.param("...", "adapter", marks=pytest.mark.skipif(os.name == "nt", reason="no such names there")),
        pytest.param(" x. ", "x", marks=pytest.mark.skipif(os.name == "nt", reason="no such names there")),
        ("墨絵" * 14, "墨絵" * 14),
    ],
)
def test_the_run_is_named_after_its_folder(tmp_path: Path, base: str, folder: str, name: str) -> None:
    made = plan(draw_pictures(tmp_path / "in" / folder, 1), base)
    assert made.resolved.config.name == name


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=255))
def test_any_words_make_a_name_that_files_can_have(words: str) -> None:
    TrainingConfig(name=plain_name(words))


@pytest.mark.skipif(sys.platform != "linux", reason="only there names are bytes")
def test_names_that_are_not_letters_are_told_before_anything_starts(tmp_path: Path, base: str) -> None:
    folder = draw_pictures(tmp_path / "set", 1)
    (folder / "000.png").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png"))
    problem = refusal("name_not_readable", folder, base)
    assert "\\udce9" in problem.detail


def test_a_bad_folder_base_or_setting_is_told(pictures: Path, base: str, tmp_path: Path) -> None:
    refusal("folder_missing", tmp_path / "nowhere", base)
    refusal("base_missing", pictures, str(tmp_path / "nowhere"))
    refusal("bad_setting", pictures, base, settings={"adapter": {"rank": 0}})
    refusal("bad_setting", pictures, base, name="a/b")


def test_later_patches_win_when_settings_are_merged() -> None:
    merged = merge_settings([{"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 3}}])
    assert merged == {"a": {"b": 3, "c": 2}}


def test_one_picture_is_enough(tmp_path: Path, base: str) -> None:
    run = create_run(plan(draw_pictures(tmp_path / "one", 1, captions=False), base), tmp_path / "run")
    assert isinstance(run, RunFolder)
    assert RunPictures.model_validate_json(run.images_path.read_bytes()).training[0].caption == "onestyl"


def mask(pictures: Path, name: str, size: tuple[int, int]) -> None:
    Image.new("L", size, 255).save(pictures / f"{name}-masklabel.png")


def test_masks_of_their_pictures_shape_are_used_and_told(pictures: Path) -> None:
    mask(pictures, "000", (80, 80))  # larger, of the same shape
    mask(pictures, "001", (40, 20))
    planned = plan(pictures, "practice")
    used = [entry.mask and Path(entry.mask.path).name for entry in planned.pictures.training]
    assert used[:2] == ["000-masklabel.png", None]
    told = {finding.code: finding for finding in planned.findings}
    assert told["masked"].paths == ("000.png",)
    assert told["mask_mismatch"].paths == ("001.png",)
    fixed = plan(pictures, "practice", settings=told["mask_mismatch"].fix)
    assert [entry.mask is not None for entry in fixed.pictures.training[:2]] == [True, True]
    assert "mask_mismatch" not in {finding.code for finding in fixed.findings}


def test_without_masks_every_picture_counts_whole(pictures: Path) -> None:
    mask(pictures, "000", (40, 40))
    planned = plan(pictures, "practice", settings={"dataset": {"masks": "off"}})
    assert all(entry.mask is None for entry in planned.pictures.training)
    assert not {"masked", "mask_mismatch"} & {finding.code for finding in planned.findings}


def test_a_mask_that_cannot_be_opened_is_told_and_the_picture_stays(pictures: Path) -> None:
    (pictures / "000-masklabel.png").write_bytes(b"no picture")
    planned = plan(pictures, "practice")
    assert planned.pictures.training[0].mask is None
    told = {finding.code: finding.paths for finding in planned.findings}
    assert told["mask_unreadable"] == ("000-masklabel.png",)


def test_pictures_of_the_kind_are_shown_as_often_as_the_own_ones_and_without_the_trigger_word(
    pictures: Path, tmp_path: Path
) -> None:
    kind = draw_pictures(tmp_path / "others", count=6)
    short = {"schedule": {"min_steps": 1, "batch_size": 2}}
    dataset = {"prior_folder": str(kind)}
    alone = plan(pictures, "practice", trigger="zzdisc", settings=short)
    beside = plan(pictures, "practice", trigger="zzdisc", settings={**short, "dataset": dataset})
    few = plan(pictures, "practice", settings={"dataset": {"prior_folder": str(draw_pictures(tmp_path / "1", 3))}})
    assert [entry.repeats for entry in beside.pictures.prior] == [1, 1, 1, 1]  # four looks, over six pictures
    assert sorted(entry.repeats for entry in few.pictures.prior) == [1, 1, 2]
    assert all("zzdisc" not in entry.caption and entry.caption for entry in beside.pictures.prior)
    assert beside.length.total_steps == 2 * alone.length.total_steps
    assert beside.pictures.training == alone.pictures.training


def test_an_own_picture_among_those_of_the_kind_is_told(pictures: Path, tmp_path: Path) -> None:
    planned = plan(pictures, "practice", settings={"dataset": {"prior_folder": str(pictures)}})
    assert "prior_trained_on" in {finding.code for finding in planned.findings}


def test_a_folder_of_the_kind_is_read_again_only_when_it_changed(pictures: Path, tmp_path: Path) -> None:
    kind = draw_pictures(tmp_path / "others", count=2)
    first = scan_known(kind)
    assert scan_known(kind) is first
    (kind / "000.txt").write_text("something else entirely")
    assert scan_known(kind).images[0].caption == "something else entirely"
    (kind / "001.png").unlink()
    assert len(scan_known(kind).images) == 1
