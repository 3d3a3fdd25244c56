"""A project that a newer version wrote, copied as one that this version opens; the original is only read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lora_studio import storage
from lora_studio.config.resolve import Layer, nested, resolve
from lora_studio.errors import StudioError
from lora_studio.projects.project import (
    FILE_NAME,
    LARGEST_BYTES,
    ImageFolder,
    PictureNote,
    Project,
    ProjectData,
    publish_project,
)
from lora_studio.runs.create import plain_name
from lora_studio.runs.prepare import free_place

_STAYS = frozenset({"version", "app_version", "runs"})


def copy_newer_project(
    folder: Path, projects_dir: Path, named: str = "{name} copy", present: ProjectData | None = None
) -> Project:
    """A new project in `projects_dir` with everything of the one in `folder` that this version understands.

    Pictures inside the project, and captions kept there, are copied; folders elsewhere are shared with the original.
    Runs and their notes stay with the original, and so does what this version does not know.

    Args:
        folder: The project of the newer version.
        projects_dir: Where the copy is made.
        named: How the copy is called, with `{name}` for the original's name.
        present: What is known of it here, where it was open before the newer version wrote it; None reads its file.

    Raises:
        StudioError: Its file cannot be read, or a disk error; nothing is left behind then.
    """
    read = present.model_dump(mode="json") if present else storage.read_json(folder / FILE_NAME, LARGEST_BYTES)
    told: dict[str, Any] = {name: value for name, value in read.items() if name not in _STAYS}
    folders = list(_image_folders(folder, told.pop("image_folders", None)))
    inside = [one.path for one in folders if not Path(one.path).is_absolute()]
    held_back = told.get("held_back_folder")
    if isinstance(held_back, str) and _lies_inside(folder, held_back):
        inside.append(held_back)
    else:
        told.pop("held_back_folder", None)
    told["settings"] = dict(_known_settings(told.get("settings")))
    told["pictures"] = dict(_known_notes(told.get("pictures")))
    original_name = told["name"] if _allows("name", told.get("name")) else folder.name
    name = named.format(name=original_name)[:120]
    known = {field: value for field, value in told.items() if field != "name" and _allows(field, value)}
    data = ProjectData.model_validate({**known, "name": name, "image_folders": folders})
    copied = {path: folder / path for path in (*inside, "captions")}
    place = free_place(projects_dir.expanduser().absolute(), plain_name(name))
    return publish_project(Project(place, data), {path: source for path, source in copied.items() if source.is_dir()})


def _image_folders(folder: Path, listed: object) -> Iterable[ImageFolder]:
    for item in listed if isinstance(listed, list) else []:
        known = {name: item[name] for name in ImageFolder.model_fields.keys() & item} if isinstance(item, dict) else {}
        if not _fits(ImageFolder, known):
            continue
        found = ImageFolder.model_validate(known)
        if not Path(found.path).is_absolute() and not _lies_inside(folder, found.path):
            found = found.model_copy(update={"path": str((folder / found.path).resolve())})
        yield found


def _lies_inside(folder: Path, path: str) -> bool:
    """Whether a path of a project leads to a folder below it."""
    found, home = (folder / path).resolve(), folder.resolve()
    return found != home and found.is_relative_to(home)


def _known_settings(settings: object) -> Iterable[tuple[str, Any]]:
    for path, value in settings.items() if isinstance(settings, dict) else ():
        try:
            resolve([Layer("user", nested(path, value))])
        except StudioError:
            continue
        yield path, value


def _known_notes(notes: object) -> Iterable[tuple[str, PictureNote]]:
    for key, note in notes.items() if isinstance(notes, dict) else ():
        known = {name: note[name] for name in PictureNote.model_fields.keys() & note} if isinstance(note, dict) else {}
        if _fits(PictureNote, known):
            yield key, PictureNote.model_validate(known)


def _allows(field: str, value: object) -> bool:
    return field in ProjectData.model_fields and _fits(ProjectData, {"name": "any", field: value})


def _fits(kind: type, value: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
