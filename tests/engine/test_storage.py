import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_at(monkeypatch: pytest.MonkeyPatch, operation: int, name: str) -> None:
    monkeypatch.setattr(storage, "_fail_countdown", operation)
    monkeypatch.setattr(storage, "_fail_errno", name)


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


def test_a_written_file_holds_its_chunks_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "captions é.txt"
    storage.write_file(path, b"old")
    storage.write_file(path, iter([b"new ", b"words"]))
    assert path.read_bytes() == b"new words"
    assert names(tmp_path) == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_kill_at_any_point_of_a_write_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seen = set()
    for count in range(1, 50):
        storage.write_file(path, b"old")
        if not killed_at("*", count, lambda: storage.write_file(path, [b"new ", b"content"])):
            break
        seen.add(path.read_bytes())
        storage.collect_leftovers(tmp_path)
        assert names(tmp_path) == ["file"]
    assert count == 8
    assert seen == {b"old", b"new content"}


@pytest.mark.parametrize("name", ["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE", "EDQUOT"])
def test_a_failing_disk_operation_keeps_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "file"
    storage.write_file(path, b"old")
    failures = 0
    while True:
        fail_at(monkeypatch, failures + 1, name)
        try:
            storage.write_file(path, b"new")
        except StudioError as error:
            assert error.exit_code == ExitCode.DISK
            assert str(path) in error.detail
            assert path.read_bytes() == b"old" or failures == 4  # only the last, syncing the folder, comes after
            assert names(tmp_path) == ["file"]
        else:
            break
        failures += 1
    assert failures == (4 if sys.platform == "win32" else 5)  # folders cannot be synced there
    assert path.read_bytes() == b"new"


def test_a_full_disk_is_told_with_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 2, "ENOSPC")
    with pytest.raises(StudioError, match=r"The disk is full: [\d,]+ MiB left\.") as caught:
        storage.write_file(tmp_path / "file", b"data")
    assert caught.value.code == "disk_full"


def test_a_missing_folder_is_told_as_missing(tmp_path: Path) -> None:
    with pytest.raises(StudioError) as caught:
        storage.write_file(tmp_path / "gone" / "file", b"data")
    assert caught.value.code == "folder_missing"


def test_a_source_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def chunks() -> object:
        yield b"half"
        raise KeyError("source")

    with pytest.raises(KeyError):
        storage.write_file(tmp_path / "file", chunks())  # type: ignore[arg-type]
    assert names(tmp_path) == []


def test_a_head_that_is_known_last_stands_first(tmp_path: Path) -> None:
    counted: list[bytes] = []

    def data() -> Iterator[bytes]:
        yield b"?"
        for chunk in (b"ab", b"cd"):
            counted.append(chunk)
            yield chunk

    storage.write_file(tmp_path / "file", data(), head=lambda: b"%d" % len(counted))
    assert (tmp_path / "file").read_bytes() == b"2abcd"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such advice")
def test_the_disk_begins_with_a_large_file_before_its_end_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece, advised = os.urandom(3 * storage.MIB), []

    def advise(descriptor: int, start: int, length: int, advice: int) -> None:
        assert os.fstat(descriptor).st_size >= start + length  # nothing of it is still with Python
        advised.append((start, length, advice))
        raise OSError(errno.EINVAL, "Not on this kind of drive")  # which is no reason to fail

    monkeypatch.setattr(os, "posix_fadvise", advise)
    storage.write_file(tmp_path / "large", (piece for _ in range(5)), head=lambda: b"head")
    assert (tmp_path / "large").read_bytes() == b"head" + (piece * 5)[4:]
    six = 6 * storage.MIB
    assert advised == [(0, six, os.POSIX_FADV_DONTNEED), (six, six, os.POSIX_FADV_DONTNEED)]


def test_a_file_that_fails_its_check_does_not_get_its_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    storage.write_file(path, b"old")
    seen = []

    def refuse(written: Path) -> None:
        seen.append(written.read_bytes())
        assert path.read_bytes() == b"old"
        raise ValueError("no good")

    with pytest.raises(ValueError, match="no good"):
        storage.write_file(path, [b"new ", b"content"], check=refuse)
    assert seen == [b"new content"]
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_a_file_that_passes_its_check_but_not_the_disk_does_not_get_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(storage, "_sync", fail)
    with pytest.raises(StudioError) as caught:
        storage.write_file(tmp_path / "file", b"new", check=lambda written: None)
    assert caught.value.code == "disk_error"
    assert names(tmp_path) == []


def test_a_sharing_violation_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SHARING_WAIT_S", 0.0)
    attempts = []

    def busy_twice() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            error = PermissionError(errno.EACCES, "in use")
            error.winerror = 32  # type: ignore[attr-defined]
            raise error

    storage._retry_sharing(busy_twice)
    assert len(attempts) == 3


def test_another_permission_error_is_not_tried_again() -> None:
    attempts = []

    def refused() -> None:
        attempts.append(1)
        raise PermissionError(errno.EACCES, "no")

    with pytest.raises(PermissionError):
        storage._retry_sharing(refused)
    assert len(attempts) == 1


def test_json_is_read_back_as_written(tmp_path: Path) -> None:
    storage.write_json(tmp_path / "a.json", {"caption": "Tinte 墨", "steps": [1, 2.5, None]})
    assert storage.read_json(tmp_path / "a.json") == {"caption": "Tinte 墨", "steps": [1, 2.5, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        storage.write_json(tmp_path / "b.json", float("nan"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "file_damaged"),
        (b"\xff\xfe{}", "file_damaged"),
        (b'{"x": NaN}', "file_damaged"),
        (b"[" * 100_000, "file_damaged"),
        (b"1" * 100_000, "file_damaged"),
        (b" " * 200_001, "file_too_large"),
        (None, "file_missing"),
    ],
)
def test_json_that_cannot_be_used_is_refused(tmp_path: Path, data: bytes | None, code: str) -> None:
    path = tmp_path / "a.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(StudioError) as caught:
        storage.read_json(path, limit_bytes=200_000)
    assert caught.value.code == code


def test_a_line_after_a_torn_one_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"whole\nto")
    storage.append_line(path, b"next\n")
    storage.append_line(path, b"last\n")
    assert path.read_bytes() == b"whole\nto\nnext\nlast\n"


def test_a_published_folder_is_there_with_all_it_holds(tmp_path: Path) -> None:
    temp = storage.new_temp_dir(tmp_path, "step-1")
    assert temp.name.startswith(".tmp-step-1-")
    (temp / "sub").mkdir()
    (temp / "sub" / "a").write_bytes(b"a")
    (tmp_path / "final").mkdir()
    storage.publish_dir(temp, tmp_path / "final")
    assert (tmp_path / "final" / "sub" / "a").read_bytes() == b"a"
    assert names(tmp_path) == ["final"]


def test_publishing_never_replaces_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "final").mkdir()
    (tmp_path / "final" / "mine").write_bytes(b"keep")
    with pytest.raises(StudioError) as caught:
        storage.publish_dir(storage.new_temp_dir(tmp_path), tmp_path / "final")
    assert caught.value.code == "folder_in_use"
    assert names(tmp_path / "final") == ["mine"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_kill_while_removing_never_shows_a_half_deleted_folder(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    for count in range(1, 50):
        folder.mkdir(exist_ok=True)
        for name in ("a", "b", "c"):
            (folder / name).write_bytes(b"x")
        if not killed_at("*", count, lambda: storage.remove_tree(folder)):
            break
        assert not folder.exists() or names(folder) == ["a", "b", "c"]
        storage.collect_leftovers(tmp_path)
        assert names(tmp_path) in ([], ["old"])
    assert count == 7


def test_leftovers_of_another_living_process_are_kept(tmp_path: Path) -> None:
    foreign = tmp_path / f".tmp-{os.getppid()}-0123456789ab"
    ours = tmp_path / f".trash-{os.getpid()}-0123456789ab"
    for path in (foreign, ours, tmp_path / ".tmp-old-style", tmp_path / ".bad-step-0000001"):
        path.write_bytes(b"")
    collected = storage.collect_leftovers(tmp_path)
    assert sorted(collected) == [".tmp-old-style", ours.name]
    assert names(tmp_path) == [".bad-step-0000001", foreign.name]


def test_only_what_dead_processes_left_is_collected_where_others_keep_files_too(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-S", "-c", ""])
    dead.wait()
    kept = {f".tmp-{os.getpid()}-0123456789ab", f".tmp-{os.getppid()}-0123456789ab", ".tmp-of-another-program", "a.png"}
    for name in (*kept, f".tmp-{dead.pid}-0123456789ab", f".trash-step-1-{dead.pid}-0123456789ab"):
        (tmp_path / name).touch()
    assert len(storage.collect_orphans(tmp_path)) == 2
    assert {path.name for path in tmp_path.iterdir()} == kept
    assert storage.collect_orphans(tmp_path / "missing") == []


def test_a_finished_file_gets_its_name_only_where_nothing_has_it(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"old")
    (tmp_path / "staged").write_bytes(b"new")
    assert not storage.publish_file(tmp_path / "staged", tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"old"
    assert storage.publish_file(tmp_path / "staged", tmp_path / "free")
    assert (tmp_path / "free").read_bytes() == b"new"
    assert not (tmp_path / "staged").exists()


def test_a_file_that_cannot_be_moved_leaves_no_empty_one_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, path: Path, target: Path | None = None) -> None:
        if name == "publish.rename":
            raise PermissionError(13, "the drive went away")

    monkeypatch.setattr(storage, "_point", refuse)
    (tmp_path / "staged").write_bytes(b"new")
    with pytest.raises(StudioError):
        storage.publish_file(tmp_path / "staged", tmp_path / "free")
    assert names(tmp_path) == ["staged"]


def test_removing_a_link_leaves_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    storage.remove_tree(tmp_path / "link")
    assert names(tmp_path) == ["real"]
    assert names(tmp_path / "real") == ["a"]


def test_made_folders_and_hashes(tmp_path: Path) -> None:
    path = storage.make_dir(tmp_path / "a" / "b") / "file"
    storage.write_file(path, b"abc")
    # FIPS 180-2, appendix B.1
    assert storage.sha256_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("variable", "value", "exit_code", "printed"),
    [
        ("LORA_STUDIO_KILL_AT", "write.replace", 137, ""),
        ("LORA_STUDIO_KILL_AT", "write.done:2", 0, "saved"),
        ("LORA_STUDIO_FAIL_AT", "3:ENOSPC", 0, "disk_full"),
    ],
)
def test_the_environment_can_kill_and_fail(
    tmp_path: Path, variable: str, value: str, exit_code: int, printed: str
) -> None:
    program = """
import sys
from pathlib import Path
from lora_studio import storage
from lora_studio.errors import StudioError
try:
    storage.write_file(Path(sys.argv[1]), b"new")
    print("saved")
except StudioError as error:
    print(error.code)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "file")],
        env={**os.environ, variable: value, "PYTHONPATH": str(Path(storage.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip()) == (exit_code, printed)
    assert json.dumps(names(tmp_path)).count('"file"') == (printed == "saved")


@pytest.mark.parametrize("before", ["nothing", "another file", "the same file"])
def test_a_shared_file_has_two_names_and_leaves_no_third(tmp_path: Path, before: str) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"whole")
    if before == "another file":
        target.write_bytes(b"torn")
    elif before == "the same file":
        os.link(source, target)
    assert storage.share_file(source, target)
    assert target.samefile(source)
    assert names(tmp_path) == ["source", "target"]
    storage.write_file(target, b"other")
    assert source.read_bytes() == b"whole"


def test_a_file_that_is_gone_cannot_be_shared_and_leaves_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    assert not storage.share_file(tmp_path / "gone", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == b"old"
    assert names(tmp_path) == ["target"]
