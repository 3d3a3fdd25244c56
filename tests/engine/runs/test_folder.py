import os
import shutil
import sys
from pathlib import Path

import pytest

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.runs.folder import RunFolder

FILES = {"config.json": b"{}", "origins.json": b"[]", "cache/a.bin": b"a"}


def test_a_created_run_holds_its_files_and_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "ink 墨"
    run = RunFolder.create(path, FILES)
    assert run == RunFolder.open(path)
    assert run.origins_path.read_bytes() == b"[]"
    assert [entry.name for entry in path.parent.iterdir()] == ["ink 墨"]


def test_an_empty_folder_is_taken_over(tmp_path: Path) -> None:
    assert RunFolder.create(tmp_path, FILES).is_run()


def test_a_folder_with_other_things_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"x")
    with pytest.raises(StudioError) as caught:
        RunFolder.create(tmp_path, FILES)
    assert caught.value.code == "folder_in_use"
    assert [entry.name for entry in tmp_path.iterdir()] == ["photo.png"]


def test_an_existing_run_is_refused_with_a_way_out(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "a", FILES)
    with pytest.raises(StudioError) as caught:
        RunFolder.create(tmp_path / "a", {"config.json": b"other"})
    assert caught.value.code == "run_exists"
    assert "--resume" in caught.value.hint
    assert RunFolder(tmp_path / "a").config_path.read_bytes() == b"{}"


def test_a_folder_without_a_run_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StudioError) as caught:
        RunFolder.open(tmp_path)
    assert caught.value.code == "not_a_run"


@pytest.mark.parametrize("name", ["../config.json", "/etc/config.json", "a/../../b"])
def test_a_name_cannot_lead_out_of_the_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the files of a run"):
        RunFolder.create(tmp_path / "a", {"config.json": b"", name: b""})


def test_a_full_disk_at_any_moment_leaves_nothing_of_a_new_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run"
    for operation in range(1, 200):
        monkeypatch.setattr(storage, "_fail_countdown", operation)
        monkeypatch.setattr(storage, "_fail_errno", "ENOSPC")
        try:
            RunFolder.create(path, FILES)
        except StudioError as error:
            assert error.code == "disk_full"
            if path.exists():  # only syncing the parent failed: the run is whole
                assert RunFolder(path).origins_path.is_file()
                storage.remove_tree(path)
            assert list(tmp_path.iterdir()) == []
        else:
            break
    assert operation > (22 if sys.platform == "win32" else 25)  # folders are not synced there


def test_epochs_and_samples_are_listed_by_number(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, FILES)
    for name in ("epoch-02.safetensors", "epoch-10.safetensors", "epoch-100.safetensors", ".tmp-1-abc", "notes.txt"):
        (run.epochs_dir / name).write_bytes(b"")
    for epoch, number in ((0, 1), (0, 2), (3, 2), (3, 10), (3, 1)):
        run.sample_dir(epoch).mkdir(exist_ok=True)
        run.sample_path(epoch, number).write_bytes(b"")
    assert run.epochs() == [2, 10, 100]
    assert run.epoch_path(2).name == "epoch-02.safetensors"
    assert run.sampled_epochs() == [0, 3]
    assert [path.name for path in run.sample_paths(3)] == ["prompt-1.png", "prompt-2.png", "prompt-10.png"]
    assert run.sample_paths(7) == []


def test_leftovers_are_collected_from_every_folder(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, FILES)
    run.sample_dir(1).mkdir()
    places = [run.path, run.cache_dir, run.checkpoints_dir, run.epochs_dir, run.sample_dir(1), run.exports_dir]
    for number, place in enumerate(places):
        (place / f".tmp-left-{number}").write_bytes(b"")
    assert sorted(run.collect_leftovers()) == [f".tmp-left-{number}" for number in range(6)]
    assert list(tmp_path.rglob(".tmp-*")) == []


def test_caches_of_other_runs_come_newest_first_and_only_of_runs(tmp_path: Path) -> None:
    names = ("own", "old", "new", ".trash-run-1", "newest")
    runs = {name: RunFolder.create(tmp_path / name, FILES) for name in names}
    for age, name in enumerate(("newest", "new", "old")):
        os.utime(runs[name].cache_dir, (1000 - age, 1000 - age))
    (tmp_path / "pictures" / "cache").mkdir(parents=True)
    (tmp_path / "note.txt").write_text("not a folder")
    shutil.rmtree(runs["new"].cache_dir)
    assert list(runs["own"].sibling_caches()) == [runs["newest"].cache_dir, runs["old"].cache_dir]
    assert list(RunFolder(tmp_path / "nowhere" / "run").sibling_caches()) == []
