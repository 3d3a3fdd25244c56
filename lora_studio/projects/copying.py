"""Pictures copied into the project: those given one by one, and smaller copies of those that are too large."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from lora_studio import storage
from lora_studio.dataset.images import open_reduced
from lora_studio.projects.pictures import caption_edits
from lora_studio.projects.project import Project

FOLDER = "pictures"


def copy_pictures(project: Project, pictures: Sequence[Path]) -> Project:
    """Copies pictures and the captions beside them into the project and returns it with their folder; not yet saved.

    One that is there already, byte for byte, is not copied again; another of the same name gets a number.

    Raises:
        StudioError: A picture cannot be read, or a disk error.
    """
    folder = storage.make_dir(project.folder / FOLDER)
    for picture in pictures:
        with storage.read_errors(picture):
            content = picture.read_bytes()
            caption_path = picture.with_suffix(".txt")
            caption = caption_path.read_bytes() if caption_path.is_file() else None
        target = _place_for(folder, picture, content)
        if target.exists():
            continue
        storage.write_file(target, content)
        if caption is not None:
            storage.write_file(target.with_suffix(".txt"), caption)
    return project.with_folder(folder)


def copy_smaller(project: Project, pictures: Sequence[Path]) -> Project:
    """Makes a smaller PNG of each picture in the project, with its caption, and returns it with their folder.

    It is not yet saved. The pictures themselves are not changed.

    Raises:
        StudioError: A picture cannot be opened or is too large for this computer's memory, or a disk error.
    """
    folder = storage.make_dir(project.folder / FOLDER)
    captions = caption_edits(project)
    for picture in pictures:
        content = io.BytesIO()
        open_reduced(picture).save(content, "PNG")
        target = _place_for(folder, picture.with_suffix(".png"), content.getvalue())
        storage.write_file(target, content.getvalue())
        caption = captions.read(picture)
        if caption and not target.with_suffix(".txt").exists():
            storage.write_file(target.with_suffix(".txt"), caption.encode())
    return project.with_folder(folder)


def _place_for(folder: Path, picture: Path, content: bytes) -> Path:
    """A free name, or that of the same picture."""
    names = (picture.name if number == 1 else f"{picture.stem} {number}{picture.suffix}" for number in range(1, 10_000))
    places = (folder / name for name in names)
    return next(place for place in places if not place.exists() or place.read_bytes() == content)
