"""The one place where the program writes something that must survive: a kill, a full disk, lost power.

Every function leaves either the old state or the new one, never a mixture. Leftovers of an interrupted write
have names that start with `.tmp-` or `.trash-`; readers ignore them and `collect_leftovers` removes them.

For tests, two environment variables are read once at import. `LORA_STUDIO_KILL_AT=name[:n]` ends the process
at the n-th pass of the named point (`*` counts them all). `LORA_STUDIO_FAIL_AT=k:ENOSPC` makes the k-th disk
operation fail.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import logging
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from lora_studio.errors import ExitCode, StudioError

log = logging.getLogger(__name__)

MIB = 1 << 20
TEMP_PREFIX = ".tmp-"
TRASH_PREFIX = ".trash-"
SHARING_VIOLATIONS = frozenset({5, 32, 33})  # Windows: an antivirus program or indexer has the file open for a moment
SHARING_RETRIES = 10
SHARING_WAIT_S = 0.2
_BEGIN_BYTES = 4 * MIB


# ── Seam for tests ─────────────────────────────────────────────────────────────────────────────────────────

_kill_name, _, _kill_pass = os.environ.get("LORA_STUDIO_KILL_AT", "").partition(":")
_kill_countdown = int(_kill_pass or 1)
_fail_operation, _, _fail_errno = os.environ.get("LORA_STUDIO_FAIL_AT", "").partition(":")
_fail_countdown = int(_fail_operation or 0)


def _point(name: str, path: Path, target: Path | None = None) -> None:
    """A moment just before a disk operation, or after the last one when the name ends in `.done`.

    `path` and `target` are what the operation touches; only a test that records operations reads them.
    """
    global _kill_countdown, _fail_countdown
    if _kill_name in (name, "*"):
        _kill_countdown -= 1
        if _kill_countdown == 0:
            os._exit(137)
    if _fail_countdown and not name.endswith(".done"):
        _fail_countdown -= 1
        if _fail_countdown == 0:
            number = getattr(errno, _fail_errno)
            raise OSError(number, os.strerror(number), str(path))


# ── Errors ─────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of a write inside the block into a `StudioError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise describe_disk_error(error, path) from error


@contextmanager
def read_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` of a read inside the block into `file_missing` or `file_unreadable`."""
    try:
        yield
    except FileNotFoundError as error:
        raise StudioError("file_missing", f"{path.name} is not there.", f"Looked for {path}.") from error
    except OSError as error:
        detail = f"{path}: {error.strerror or error}."
        raise StudioError("file_unreadable", f"{path.name} cannot be read.", detail) from error


def describe_disk_error(error: OSError, path: Path) -> StudioError:
    """The plain words for a failed read or write of `path`."""
    kept = "What was saved before is untouched."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        title = f"The disk is full: {_free_space(path)} left."
        detail = f"{path} could not be saved. {kept}"
        return StudioError("disk_full", title, detail, "Free some space, then resume.", ExitCode.DISK)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        detail = f"{path} could not be saved. {kept}"
        hint = "Choose another folder, or allow writing to this one."
        return StudioError("folder_read_only", "This folder cannot be written to.", detail, hint, ExitCode.DISK)
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENODEV):
        detail = f"{path} is not there. The drive may be unplugged or the folder moved."
        hint = "Bring it back, then try again."
        return StudioError("folder_missing", "A folder is not there any more.", detail, hint, ExitCode.DISK)
    if error.errno == errno.ENAMETOOLONG:
        detail = f"{path} has {len(str(path))} characters."
        return StudioError("path_too_long", "The path is too long.", detail, "Choose a shorter folder.")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        detail = f"{path} could not be opened. {kept}"
        hint = "Close other programs, then try again."
        return StudioError("too_many_open_files", "Too many files are open.", detail, hint, ExitCode.DISK)
    detail = f"{path}: {error.strerror or error}. {kept}"
    hint = "Check the drive, or choose a folder on another one."
    return StudioError("disk_error", "The disk did not answer as it should.", detail, hint, ExitCode.DISK)


def _free_space(path: Path) -> str:
    for folder in (path, *path.parents):
        with suppress(OSError):
            return f"{shutil.disk_usage(folder).free / MIB:,.0f} MiB"
    return "an unknown amount"


def free_bytes(path: Path) -> int:
    """Free bytes on the drive where `path` is or will be; nothing of it need be there yet. Raises `StudioError`."""
    here = path.absolute()
    while not here.exists():
        here = here.parent
    with disk_errors(here):
        return shutil.disk_usage(here).free


def check_room(target: Path, needed_bytes: int) -> None:
    """Refuse a large file before its first byte is written.

    Raises `StudioError` (`disk_full`) when the drive of `target`, whose folder exists, has less than `needed_bytes`
    free, and a disk error when it cannot be asked.
    """
    with disk_errors(target):
        free_bytes = shutil.disk_usage(target.absolute().parent).free
    if free_bytes < needed_bytes:
        raise StudioError(
            "disk_full", f"There is not enough room on the disk for {target.name}.",
            f"It needs {needed_bytes / 1e9:.1f} GB, and {free_bytes / 1e9:.1f} GB is free. Nothing was written.",
            "Free some space, or choose a folder on another drive.", ExitCode.DISK,
        )  # fmt: skip


def _retry_sharing(operation: Callable[[], object]) -> None:
    """Run `operation`, trying again for 2 s while Windows says that another program has the file open."""
    for _ in range(SHARING_RETRIES):
        try:
            operation()
            return
        except OSError as error:
            if getattr(error, "winerror", None) not in SHARING_VIOLATIONS:
                raise
            time.sleep(SHARING_WAIT_S)
    operation()


# ── Files ──────────────────────────────────────────────────────────────────────────────────────────────────


def write_file(
    path: Path,
    data: bytes | Iterable[bytes | memoryview],
    *,
    head: Callable[[], bytes] | None = None,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Put `data` at `path`, replacing what is there in one step; after return it survives lost power.

    The folder must exist. Raises `StudioError` (`disk_full`, `folder_read_only`, ...), and what `data`, `head` and
    `check` raise; `path` is then as before.

    `head` is asked after the last of `data` for what the file begins with, and takes the place of as many bytes.
    `check` reads the file under its temporary name, while the disk takes it in.
    """
    with disk_errors(path):
        temp = _new_name(path.parent, TEMP_PREFIX)
        try:
            _point("write.create", temp)
            with temp.open("xb") as file:
                begun = 0
                for chunk in (data,) if isinstance(data, bytes) else data:
                    _point("write.data", temp)
                    file.write(chunk)
                    if file.tell() - begun >= _BEGIN_BYTES:
                        begun = _begin_sync(file, begun)
                if head:
                    _point("write.head", temp)
                    file.seek(0)
                    file.write(head())
                file.flush()
                _point("write.sync", temp)
                if check is None:
                    _sync(file.fileno())
                else:
                    with ThreadPoolExecutor(1) as beside:
                        synced = beside.submit(_sync, file.fileno())
                        check(temp)
                        synced.result()
            _point("write.replace", temp, path)
            _retry_sharing(lambda: temp.replace(path))
        except BaseException:
            with suppress(OSError):
                temp.unlink()
            raise
        _sync_folder("write.sync_folder", path.parent)
        _point("write.done", path)


def share_file(source: Path, target: Path) -> bool:
    """Give a file a second name on the same drive; False, and nothing is done, where that cannot be.

    For files that are only ever replaced, never written to: deleting or replacing one name leaves the other as it is.
    What is at `target` is replaced in one step; the name need not survive lost power.
    """
    temp = _new_name(target.parent, TEMP_PREFIX)
    try:
        _point("share.link", temp)
        os.link(source, temp)
        _point("share.replace", temp, target)
        _retry_sharing(lambda: temp.replace(target))
        return True
    except OSError as error:  # another drive, one without such links, too many of them, or the file is gone
        log.debug("%s is not shared: %s", source, error)
        return False
    finally:
        with suppress(OSError):
            temp.unlink()  # still there after a failure, and where `target` was the same file already


def read_pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes in pieces, for `write_file`. Raises `file_missing` or `file_unreadable` when they are fetched."""
    with read_errors(path), path.open("rb") as file:
        while piece := file.read(MIB):
            yield piece


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, as `write_file` does. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    write_file(path, text.encode() + b"\n")


def read_json(path: Path, limit_bytes: int = 4 * MIB) -> Any:
    """Read a JSON file written by us or by anyone.

    Raises `StudioError`: `file_missing`, `file_too_large` (more than `limit_bytes`), `file_unreadable`, or
    `file_damaged` (not UTF-8 JSON, nested beyond reason, or numbers that are not finite).
    """
    with read_errors(path), path.open("rb") as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        detail = f"{path} is larger than {limit_bytes / MIB:g} MiB."
        raise StudioError("file_too_large", f"{path.name} is too large to be what it should be.", detail)
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        detail = f"{path} is not readable as JSON: {error}. It was not changed."
        raise StudioError("file_damaged", f"{path.name} is damaged.", detail) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a finite number")


def open_append(path: Path) -> io.FileIO:
    """Open a line file that this process keeps appending to with `append_line`. The caller closes it."""
    with disk_errors(path):
        # Unbuffered: bytes that did not fit on the disk must not stay behind and be written again later.
        return path.open("ab+", buffering=0)


def append_line(target: Path | io.FileIO, line: bytes) -> None:
    """Add `line` (it ends with a newline) to the end of a file; it survives the end of this process.

    If the file ends in a torn line, left by a full disk or a kill, that line is closed first, so it spoils
    nothing; an empty `line` does only that.
    """
    if isinstance(target, Path):
        with open_append(target) as file:
            append_line(file, line)
        return
    path = Path(os.fsdecode(target.name))
    with disk_errors(path):
        if target.seek(0, os.SEEK_END):
            target.seek(-1, os.SEEK_END)
            line = line if target.read(1) == b"\n" else b"\n" + line
        _point("append.write", path)
        while line:  # a nearly full disk takes a part and refuses the rest
            line = line[target.write(line) :]


def sync_lines(target: io.FileIO) -> None:
    """Make the lines appended so far survive lost power."""
    path = Path(os.fsdecode(target.name))
    with disk_errors(path):
        _point("append.sync", path)
        _sync(target.fileno())


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 lower-case hex digits."""
    with read_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ── Folders ────────────────────────────────────────────────────────────────────────────────────────────────


def make_dir(path: Path) -> Path:
    """Make a folder and its missing parents, durably; nothing happens if it is there. Returns `path`."""
    if not path.is_dir():
        make_dir(path.parent)
        with disk_errors(path):
            _point("make.folder", path)
            path.mkdir(exist_ok=True)
            _sync_folder("make.sync_folder", path.parent)
    return path


def new_temp_dir(parent: Path, prefix: str = "") -> Path:
    """A new empty folder in `parent` that no reader looks at, to be filled and given to `publish_dir`."""
    temp = _new_name(parent, f"{TEMP_PREFIX}{prefix}-" if prefix else TEMP_PREFIX)
    with disk_errors(temp):
        _point("temp.make", temp)
        temp.mkdir()
    return temp


def publish_dir(temp: Path, final: Path) -> None:
    """Give a finished folder its name, once every byte in it is on the disk: all of it appears or nothing.

    Both must lie on the same drive. An empty folder at `final` is replaced. Raises `StudioError`:
    `folder_in_use` if `final` holds something, or a disk error; `temp` is then still there.
    """
    with disk_errors(final):
        if final.is_dir():
            if any(final.iterdir()):
                raise StudioError("folder_in_use", f"{final.name} is already there.", f"{final} was not touched.")
            _point("publish.clear", final)
            final.rmdir()
        for folder, _, names in os.walk(temp, topdown=False):
            for name in names:
                _sync_file("publish.sync_file", Path(folder, name))
            _sync_folder("publish.sync_folder", Path(folder))
        _point("publish.rename", temp, final)
        _retry_sharing(lambda: temp.rename(final))
        _sync_folder("publish.sync_parent", final.parent)
        _point("publish.done", final)


def publish_file(temp: Path, final: Path) -> bool:
    """Give a finished file its name; False, and nothing is done, where something has that name already.

    Both must lie on the same drive. Raises `StudioError` for disk errors; `temp` is then still there.
    """
    with disk_errors(final):
        _sync_file("publish.sync_file", temp)
        _point("publish.reserve", final)
        try:
            final.touch(exist_ok=False)  # of two programs that want the name, one gets it
        except FileExistsError:
            return False
        try:
            _point("publish.rename", temp, final)
            _retry_sharing(lambda: temp.replace(final))
        except OSError:
            final.unlink()
            raise
        _sync_folder("publish.sync_parent", final.parent)
        _point("publish.done", final)
    return True


def remove_tree(path: Path) -> None:
    """Remove a file or folder so that it is never seen half-deleted: it is renamed out of sight first.

    Nothing happens if it is not there. Raises `StudioError` for disk errors; a rest is left to
    `collect_leftovers`.
    """
    if not path.exists() and not path.is_symlink():
        return
    trash = _new_name(path.parent, TRASH_PREFIX)
    with disk_errors(path):
        _point("remove.rename", path, trash)
        _retry_sharing(lambda: path.rename(trash))
        _delete(trash)
        _point("remove.done", path)


def collect_leftovers(parent: Path) -> list[str]:
    """Delete what interrupted writes left in `parent`, and return the names.

    Leftovers of another living process are kept: it may be about to publish them. One that cannot be deleted
    now is logged and tried again next time.
    """
    return _collect(parent, lambda name: not _owner_lives(name))


def collect_orphans(parent: Path) -> list[str]:
    """Delete what processes that are dead left in `parent`, and return the names.

    For folders where others keep files too, or where this process writes meanwhile. A folder that is not there or
    cannot be read is passed over.
    """
    try:
        return _collect(parent, lambda name: (owner := _owner(name)) is not None and not psutil.pid_exists(owner))
    except StudioError as error:
        log.warning("%s", error)
        return []


def _collect(parent: Path, is_left: Callable[[str], bool]) -> list[str]:
    collected = []
    with disk_errors(parent):
        entries = sorted(parent.iterdir()) if parent.is_dir() else []
    for entry in entries:
        if entry.name.startswith((TEMP_PREFIX, TRASH_PREFIX)) and is_left(entry.name):
            try:
                _delete(entry)
            except OSError as error:
                log.warning("could not remove the leftover %s: %s", entry, error)
            else:
                collected.append(entry.name)
    return collected


def _new_name(parent: Path, prefix: str) -> Path:
    return parent / f"{prefix}{os.getpid()}-{uuid.uuid4().hex[:12]}"


def _owner(name: str) -> int | None:
    """The process that made this leftover; the name ends in `<pid>-<random>`."""
    owner = re.search(r"-(\d{1,9})-[0-9a-f]{12}$", name)
    return int(owner[1]) if owner else None


def _owner_lives(name: str) -> bool:
    """Whether another living process made this leftover."""
    owner = _owner(name)
    return owner is not None and owner != os.getpid() and psutil.pid_exists(owner)


def _delete(path: Path) -> None:
    _point("remove.delete", path)
    if path.is_dir() and not path.is_symlink():
        for child in path.iterdir():
            _delete(child)
        _retry_sharing(path.rmdir)
    else:
        _retry_sharing(path.unlink)


def _sync_file(point: str, path: Path) -> None:
    with path.open("rb+") as file:  # Windows flushes only handles that may write
        _point(point, path)
        _sync(file.fileno())


def _sync_folder(point: str, path: Path) -> None:
    """Make renames inside `path` durable. Windows offers no such call and keeps its own journal."""
    if os.name == "nt":
        return
    _point(point, path)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _begin_sync(file: io.BufferedWriter, start: int) -> int:
    """Have the disk take in what was written from `start` on, without waiting for it; returns up to where."""
    file.flush()
    end = file.tell()
    if sys.platform == "linux":  # there the advice begins to write what it could not drop
        with suppress(OSError):
            os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_DONTNEED)
    return end


def _sync(descriptor: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the drive's own cache
    else:
        os.fsync(descriptor)
