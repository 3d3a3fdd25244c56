"""Pictures that were given one by one, copied into the project, so that nothing else of their folder comes along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lora_studio import storage
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


def _place_for(folder: Path, picture: Path, content: bytes) -> Path:
    """A free name, or that of the same picture."""
    names = (picture.name if number == 1 else f"{picture.stem} {number}{picture.suffix}" for number in range(1, 10_000))
    places = (folder / name for name in names)
    return next(place for place in places if not place.exists() or place.read_bytes() == content)
