"""Changing captions: into the text file that a scan reads, with the first original kept and every change undoable.

Pictures are never touched. Where the folder of the pictures cannot be written to, captions are kept in the project.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import storage
from lora_studio.dataset.captions import (
    MAX_CAPTION_BYTES,
    CaptionStamp,
    CaptionStamps,
    decode_caption,
    fold_stem,
    index_sidecars,
    join_lines,
    read_caption_file,
    sidecars_of,
    stamp_caption,
)
from lora_studio.dataset.wording import shown_name
from lora_studio.errors import StudioError

MOST_STEPS = 100
LARGEST_STEP_BYTES = 256 * storage.MIB
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class CaptionChange(BaseModel):
    """One caption before and after, as bytes; None means that there was no file, or no caption in the project.

    `picture` and `file` are relative to the project when inside it. Without a `file` it is kept in the project.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    picture: str
    file: str | None
    before: bytes | None
    after: bytes | None


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    version: Literal[1] = 1
    changes: tuple[CaptionChange, ...]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    captions: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class EditResult:
    """What came of a change: pictures with their captions as they are now, and those that refused, with the reason."""

    changed: Mapping[Path, str]
    refused: Mapping[Path, StudioError]


class CaptionEdits:
    """The captions of one project. For one thread at a time; every change is on the disk when it returns.

    One call of `change` is one step of undo. Steps outlive the program; the last hundred are kept.
    """

    def __init__(self, home: Path, root: Path) -> None:
        """Keeps its files in `home`; paths inside `root` are remembered relative to it. Nothing is written yet."""
        self._home = home
        self._root = root
        self._stamps: dict[Path, CaptionStamp | None] = {}  # of each file this object changed, as it left it

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────────────

    def read(self, picture: Path) -> str:
        """The caption as it was written, with its line breaks; empty without one. Lists and folder names do not count.

        Raises:
            StudioError: The file cannot be read.
        """
        return self._read(picture, self._kept().captions, _Indexes())

    def read_all(self, pictures: Iterable[Path]) -> dict[Path, str]:
        """As `read`, of many; without those that cannot be read."""
        kept = self._kept().captions
        indexes = _Indexes()
        found: dict[Path, str] = {}
        for picture in pictures:
            with suppress(StudioError):
                found[picture] = self._read(picture, kept, indexes)
        return found

    def changed_outside(self, before: CaptionStamps, now: CaptionStamps, pictures: Iterable[Path]) -> list[Path]:
        """The pictures whose caption files are not as they were before, and not because of this object."""
        changed = {path for path, _ in now.items() ^ before.items() if now.get(path) != self._stamps.get(path, ())}
        stems = {(path.parent, fold_stem(path.stem)) for path in changed}
        return [picture for picture in pictures if stems and (picture.parent, fold_stem(picture.stem)) in stems]

    def _read(self, picture: Path, kept: Mapping[str, str], indexes: _Indexes) -> str:
        text = kept.get(self._portable(picture))
        if text is not None:
            return text
        path = _file_of(picture, indexes[picture.parent])
        with storage.read_errors(path):
            return decode_caption(path.read_bytes())[0].rstrip("\n") if path.is_file() else ""

    def kept_in_project(self) -> dict[Path, str]:
        """Captions of pictures whose folder could not be written to."""
        return {self._root / name: text for name, text in self._kept().captions.items()}

    @property
    def can_undo(self) -> bool:
        return bool(self._steps("done"))

    @property
    def can_redo(self) -> bool:
        return bool(self._steps("undone"))

    # ── Changing ──────────────────────────────────────────────────────────────────────────────────────────

    def change(
        self,
        texts: Mapping[Path, str],
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        *,
        seen: Mapping[Path, str] | None = None,
    ) -> EditResult:
        """Writes captions, as one step of undo. Files keep their name, line ends and byte order mark.

        A picture that refuses stays as it is and the others go on. Called off, what was not reached stays too. `seen`
        is what caption files said, lines joined, when these texts were thought of: one that says something else by now
        refuses, unless this object wrote it.

        Raises:
            StudioError: The project itself cannot be written to; nothing was changed then.
        """
        planned, refused = self._plan(texts, seen or {})
        if not planned:
            return EditResult({}, refused)
        step = _Step(changes=tuple(planned))
        self._drop_steps("undone", keep=0)
        # Before the files: after a kill in the middle each caption is old or new, and undo knows them all.
        name = self._new_step(step)
        result = self._apply(step.changes, "after", progress, cancelled)
        if result.kept_elsewhere:
            self._save_step("done", name, _Step(changes=result.changes))
        self._drop_steps("done", keep=MOST_STEPS)
        return EditResult(result.changed, {**refused, **result.refused})

    def undo(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> EditResult:
        """Takes the last step back; a caption that was changed outside the app meanwhile refuses."""
        return self._move("done", "undone", "before", progress, cancelled)

    def redo(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> EditResult:
        """Does the last undone step again."""
        return self._move("undone", "done", "after", progress, cancelled)

    def _plan(
        self, texts: Mapping[Path, str], seen: Mapping[Path, str]
    ) -> tuple[list[CaptionChange], dict[Path, StudioError]]:
        kept = self._kept().captions
        indexes = _Indexes()
        planned: list[CaptionChange] = []
        refused: dict[Path, StudioError] = {}
        for picture, text in texts.items():
            name = self._portable(picture)
            try:
                if name in kept:
                    planned.append(_change(name, None, kept[name].encode(), text))
                    continue
                path = _file_of(picture, indexes[picture.parent])
                with storage.read_errors(path):
                    before = path.read_bytes() if path.is_file() else None
                if picture in seen and self._differs(path, before, {seen[picture], join_lines(text)}):
                    raise _changed_outside(path)
                planned.append(_change(name, self._portable(path), before, text))
            except StudioError as error:
                refused[picture] = error
        return [change for change in planned if change.before != change.after], refused

    def _apply(
        self,
        changes: Iterable[CaptionChange],
        side: Literal["before", "after"],
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> _Applied:
        applied = _Applied({}, {}, (), False)
        listed = tuple(changes)
        kept = dict(self._kept().captions)
        done: list[CaptionChange] = []
        for number, change in enumerate(listed, start=1):
            if cancelled and cancelled():
                done += listed[number - 1 :]
                break
            picture = self._root / change.picture
            wanted = change.after if side == "after" else change.before
            other = change.before if side == "after" else change.after
            done.append(change)
            try:
                if change.file is None:
                    _put(kept, change.picture, wanted)
                else:
                    self._write(self._root / change.file, wanted, other)
            except StudioError as error:
                if error.code != "folder_read_only" or wanted is None:
                    applied.refused[picture] = error
                    continue
                text = decode_caption(wanted)[0].rstrip("\n")
                kept[change.picture] = text
                done[-1] = CaptionChange(picture=change.picture, file=None, before=None, after=text.encode())
                applied.kept_elsewhere = True
            applied.changed[picture] = decode_caption(wanted or b"")[0].rstrip("\n")
            if progress:
                progress(number, len(listed))
        if kept != self._kept().captions:
            self._save(self._home / "kept.json", _Kept(captions=kept))
        applied.changes = tuple(done)
        return applied

    def _write(self, path: Path, wanted: bytes | None, other: bytes | None) -> None:
        """Puts bytes at a caption's file, if it holds what the app left there."""
        with storage.read_errors(path):
            present = path.read_bytes() if path.is_file() else None
        if present == wanted:
            return
        if present != other:
            raise _changed_outside(path)
        if present is not None:
            self._back_up(path, present)
        if wanted is None:
            storage.remove_tree(path)
        else:
            storage.write_file(path, wanted)
        self._stamps[path] = stamp_caption(path)

    def _differs(self, path: Path, present: bytes | None, expected: Collection[str]) -> bool:
        """Whether a file says nothing that is expected, and not because it was changed here meanwhile."""
        is_own = path in self._stamps and self._stamps[path] == stamp_caption(path)
        return not is_own and _text_of(present) not in expected

    def _back_up(self, path: Path, content: bytes) -> None:
        """Keeps the caption as it was before the app first touched it."""
        digest = hashlib.sha256(self._portable(path).encode(errors="surrogateescape")).hexdigest()[:16]
        backup = self._home / "originals" / f"{digest}-{shown_name(path)[-80:]}"
        if not backup.exists():
            storage.make_dir(backup.parent)
            storage.write_file(backup, content)

    # ── Files of its own ──────────────────────────────────────────────────────────────────────────────────

    def _move(
        self,
        source: Literal["done", "undone"],
        target: Literal["done", "undone"],
        side: Literal["before", "after"],
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> EditResult:
        steps = self._steps(source)
        if not steps:
            return EditResult({}, {})
        newest = steps[-1] if source == "done" else steps[0]
        step = self._read_step(newest)
        result = self._apply(step.changes, side, progress, cancelled)
        self._save_step(target, newest.name, step)
        storage.remove_tree(newest)
        return EditResult(result.changed, result.refused)

    def _steps(self, folder: str) -> list[Path]:
        home = self._home / folder
        return sorted(path for path in home.glob("*.json") if path.stem.isdigit()) if home.is_dir() else []

    def _new_step(self, step: _Step) -> str:
        steps = self._steps("done")
        name = f"{int(steps[-1].stem) + 1 if steps else 1:08d}.json"
        self._save_step("done", name, step)
        return name

    def _save_step(self, folder: str, name: str, step: _Step) -> None:
        self._save(self._home / folder / name, step)

    def _read_step(self, path: Path) -> _Step:
        with storage.read_errors(path), path.open("rb") as file:
            text = file.read(LARGEST_STEP_BYTES)
        try:
            return _Step.model_validate_json(text)
        except ValidationError as error:
            storage.remove_tree(path)
            raise StudioError(
                "undo_damaged", "This step cannot be undone.", "Its record is damaged. No caption was touched.",
                "Older steps can still be undone.",
            ) from error  # fmt: skip

    def _drop_steps(self, folder: str, keep: int) -> None:
        steps = self._steps(folder)
        for path in steps[: max(0, len(steps) - keep)]:
            storage.remove_tree(path)

    def _kept(self) -> _Kept:
        try:
            return _Kept.model_validate(storage.read_json(self._home / "kept.json", LARGEST_STEP_BYTES))
        except StudioError as error:
            if error.code == "file_missing":
                return _Kept()
            raise
        except ValidationError as error:
            raise StudioError(
                "file_damaged", "The captions kept in the project cannot be read.",
                f"{self._home / 'kept.json'} was not changed.", "Put back an older copy of the file.",
            ) from error  # fmt: skip

    def _save(self, path: Path, value: BaseModel) -> None:
        storage.make_dir(path.parent)
        storage.write_file(path, value.model_dump_json().encode() + b"\n")

    def _portable(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)


@dataclass(slots=True)
class _Applied:
    changed: dict[Path, str]
    refused: dict[Path, StudioError]
    changes: tuple[CaptionChange, ...]
    kept_elsewhere: bool


class _Indexes(dict[Path, dict[str, list[str]]]):
    """The caption files of each folder, listed when one of its pictures is first asked for."""

    def __missing__(self, folder: Path) -> dict[str, list[str]]:
        self[folder] = _indexed(folder)
        return self[folder]


def _changed_outside(path: Path) -> StudioError:
    return StudioError(
        "caption_changed_outside", f"{shown_name(path)} was changed outside the app.", "It was left as it is now.",
        "Read it again, then change it.",
    )  # fmt: skip


def _text_of(content: bytes | None) -> str:
    """What a scan takes from a caption file: nothing where it is too large to be one."""
    if content is None or len(content) > MAX_CAPTION_BYTES:
        return ""
    return join_lines(decode_caption(content)[0])


def _indexed(folder: Path) -> dict[str, list[str]]:
    with storage.read_errors(folder):
        return index_sidecars(path.name for path in folder.iterdir())


def _file_of(picture: Path, index: dict[str, list[str]]) -> Path:
    """The caption file that a scan would read, the first with words in it; a new `.txt` without any."""
    paths = [picture.with_name(name) for name in sidecars_of(picture.name, index)]
    for path in paths:
        try:
            if read_caption_file(path).text:
                return path
        except (OSError, ValueError):
            continue  # a scan passes over it too
    return paths[0] if paths else picture.with_suffix(".txt")


def _change(picture: str, file: str | None, before: bytes | None, text: str) -> CaptionChange:
    after = text.encode(errors="replace") if file is None else _encoded(text, before or b"")
    if len(after) > MAX_CAPTION_BYTES:
        raise StudioError(
            "caption_too_long", "This caption is too long to keep.", "Up to 64 KB are kept. It was not saved.",
            "Shorten it.",
        )  # fmt: skip
    return CaptionChange(picture=picture, file=file, before=before, after=after)


def _encoded(text: str, before: bytes) -> bytes:
    """A caption's bytes in the manner of the file it replaces: its mark, line ends and last newline."""
    as_utf16 = before.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    old = decode_caption(before)[0]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + ("\n" if old.endswith("\n") else "")
    if (b"\r\0\n\0" if before.startswith(codecs.BOM_UTF16_LE) else b"\0\r\0\n" if as_utf16 else b"\r\n") in before:
        lines = lines.replace("\n", "\r\n")
    if as_utf16:
        little = before.startswith(codecs.BOM_UTF16_LE)
        mark = codecs.BOM_UTF16_LE if little else codecs.BOM_UTF16_BE
        return mark + lines.encode("utf-16-le" if little else "utf-16-be", errors="replace")
    return (codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b"") + lines.encode(errors="replace")


def _put(captions: dict[str, str], name: str, value: bytes | None) -> None:
    if value is None:
        captions.pop(name, None)
    else:
        captions[name] = value.decode()
