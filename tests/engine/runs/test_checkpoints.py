import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.runs.checkpoints import newest_whole, save_checkpoint, set_aside_damaged
from lora_studio.runs.folder import RunFolder


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", {"config.json": b"{}"})


def content(step: int) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "adapter.safetensors").write_bytes(b"weights of %d" % step)
        (folder / "state.json").write_bytes(b"%d" % step)

    return write


def save(run: RunFolder, *steps: int) -> None:
    for step in steps:
        save_checkpoint(run, step, content(step))


def newest_step(run: RunFolder) -> int | None:
    """The step inside the newest whole checkpoint, after checking that its files are those of one step."""
    found = newest_whole(run)
    if found is None:
        return None
    step = int((found / "state.json").read_bytes())
    assert (found / "adapter.safetensors").read_bytes() == b"weights of %d" % step
    assert found == run.checkpoint_dir(step)
    return step


def names(run: RunFolder) -> list[str]:
    return sorted(entry.name for entry in run.checkpoints_dir.iterdir())


def killed_at(point: str, count: int, work: Callable[[], object]) -> bool:
    """Whether `work`, in a process of its own, was killed at this point."""
    pid = os.fork()
    if pid == 0:
        storage._kill_name, storage._kill_countdown = point, count
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 137


def test_the_two_newest_checkpoints_are_kept(run: RunFolder) -> None:
    save(run, 40, 80, 120)
    assert run.checkpoint_steps() == [80, 120]
    assert names(run) == ["step-0000080", "step-0000120"]
    assert newest_step(run) == 120


def test_a_run_without_checkpoints_has_no_newest(run: RunFolder) -> None:
    assert newest_whole(run) is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_kill_at_every_point_of_a_save_leaves_the_old_or_the_new_whole(run: RunFolder) -> None:
    seen = []
    for count in range(1, 100):
        storage.remove_tree(run.checkpoints_dir)
        save(run, 40, 80)
        if not killed_at("*", count, lambda: save(run, 120)):
            break
        run.collect_leftovers()
        assert all(name.startswith("step-") for name in names(run))
        seen.append(newest_step(run))
        save(run, 160)
        assert newest_step(run) == 160
        assert len(run.checkpoint_steps()) == 2
    assert seen == sorted(seen)
    assert set(seen) == {80, 120}
    assert len(seen) >= 18


@pytest.mark.parametrize("name", ["ENOSPC", "EIO", "EROFS"])
def test_a_disk_failing_at_every_operation_of_a_save_never_harms_the_older_checkpoint(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(storage, "_fail_errno", name)
    failures = 0
    for operation in range(1, 100):
        storage.remove_tree(run.checkpoints_dir)
        save(run, 40, 80)
        monkeypatch.setattr(storage, "_fail_countdown", operation)
        try:
            save(run, 120)
        except StudioError as error:
            failures += 1
            assert error.code in ("disk_full", "disk_error", "folder_read_only")
            assert newest_step(run) in (80, 120)
            assert len(run.checkpoint_steps()) >= 2
        else:
            assert newest_step(run) == 120
            if storage._fail_countdown:
                break
        monkeypatch.setattr(storage, "_fail_countdown", 0)
        run.collect_leftovers()
        save(run, 120)
        assert newest_step(run) == 120
    assert failures >= (9 if sys.platform == "win32" else 12)  # folders are not synced there


def test_a_disk_that_fills_while_the_caller_writes_leaves_no_checkpoint(run: RunFolder) -> None:
    def write(folder: Path) -> None:
        (folder / "adapter.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    save(run, 40)
    with pytest.raises(StudioError) as caught:
        save_checkpoint(run, 80, write)
    assert caught.value.code == "disk_full"
    assert names(run) == ["step-0000040"]


def damage_change(folder: Path) -> None:
    (folder / "adapter.safetensors").write_bytes(b"weights of 81")


def damage_cut(folder: Path) -> None:
    (folder / "adapter.safetensors").write_bytes(b"weights")


def damage_remove(folder: Path) -> None:
    (folder / "state.json").unlink()


def damage_list(folder: Path) -> None:
    (folder / "MANIFEST.json").write_bytes(b'{"version": 1}')


def damage_no_list(folder: Path) -> None:
    (folder / "MANIFEST.json").unlink()


def damage_names(folder: Path) -> None:
    manifest = folder / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace("state.json", "../step-0000040/state.json"))


@pytest.mark.parametrize(
    "damage", [damage_change, damage_cut, damage_remove, damage_list, damage_no_list, damage_names]
)
def test_a_damaged_checkpoint_is_set_aside_and_the_older_one_used(
    run: RunFolder, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    save(run, 40, 80)
    damage(run.checkpoint_dir(80))
    with caplog.at_level(logging.WARNING):
        assert newest_step(run) == 40
    assert "step-0000080 is damaged" in caplog.text
    assert names(run)[0].startswith(".bad-step-0000080-")
    save(run, 80)
    assert newest_step(run) == 80


def test_what_was_set_aside_is_told(run: RunFolder) -> None:
    save(run, 40, 80)
    damage_cut(run.checkpoint_dir(80))
    (sentence,) = set_aside_damaged(run)
    assert "adapter.safetensors has 7 bytes instead of 13" in sentence


def test_a_file_that_the_system_left_in_a_checkpoint_does_not_condemn_it(run: RunFolder) -> None:
    save(run, 40)
    (run.checkpoint_dir(40) / ".DS_Store").write_bytes(b"")
    assert newest_step(run) == 40


def test_saving_the_same_step_again_keeps_the_whole_one_and_replaces_a_damaged_one(run: RunFolder) -> None:
    save(run, 40)
    save_checkpoint(run, 40, content(41))
    assert newest_step(run) == 40
    damage_cut(run.checkpoint_dir(40))
    save(run, 40)
    assert newest_step(run) == 40


def test_the_one_just_saved_is_never_pruned(run: RunFolder) -> None:
    save(run, 80, 120, 40)
    assert run.checkpoint_steps() == [40, 120]


def test_an_old_checkpoint_that_cannot_be_removed_does_not_fail_the_save(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def point(name: str, path: Path, target: Path | None = None) -> None:
        if name == "remove.rename":
            raise PermissionError(13, "in use")

    save(run, 40, 80)
    monkeypatch.setattr(storage, "_point", point)
    save(run, 120)
    assert run.checkpoint_steps() == [40, 80, 120]
    assert "could not remove the old checkpoint of step 40" in caplog.text
