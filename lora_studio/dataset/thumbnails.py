"""Small pictures for lists, kept on disk. Everything here may be deleted at any time and is made again."""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from lora_studio import storage
from lora_studio.dataset.images import inspect_picture

log = logging.getLogger(__name__)

SIDE_PX = 256
LIMIT_BYTES = 512 * storage.MIB
TRIM_TO_SHARE = 0.8
_QUALITY = 85


class Thumbnails:
    """JPEG copies of at most 256 px a side, upright, keyed by path, size and time of the original. For any thread."""

    def __init__(self, home: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        """Keeps its files in `home`, such as `Settings.cache_dir / "thumbnails"`. Nothing is written yet."""
        self._home = home
        self._limit_bytes = limit_bytes

    def find(self, picture: Path) -> Path | None:
        """The thumbnail if it is there and the picture has not changed since; some 30 µs, opens nothing."""
        path = self._path_of(picture)
        return path if path is not None and path.is_file() else None

    def make(self, picture: Path) -> Path:
        """The thumbnail, made now if need be: about 15 ms a megapixel, less for JPEG.

        Raises:
            StudioError: `picture_unreadable`, `picture_too_large`, or the cache cannot be written to.
        """
        path = self._path_of(picture)  # before decoding: a picture replaced meanwhile must not get the old pixels
        if path is None or not path.is_file():
            small = self.draw(picture)
            if path is None:  # it was away for a moment
                return self.make(picture)
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=_QUALITY)
            self._put(path, buffer.getvalue())
        return path

    def draw(self, picture: Path) -> Image.Image:
        """The thumbnail as RGB pixels, past the cache; for a cache that cannot be written to."""
        small = inspect_picture(picture).preview
        small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
        return small

    def size_bytes(self) -> int:
        """What the thumbnails take on the disk."""
        return sum(size for _, size, _ in self._files())

    def trim(self, cancelled: Callable[[], bool] | None = None) -> int:
        """Deletes the oldest thumbnails while there are too many; returns the bytes freed. Once a start is enough."""
        files = sorted(self._files())
        total = sum(size for _, size, _ in files)
        freed = 0
        if total <= self._limit_bytes:
            return 0
        for _, size, path in files:
            if total - freed <= TRIM_TO_SHARE * self._limit_bytes or (cancelled and cancelled()):
                break
            try:
                path.unlink()
            except OSError as error:  # in use, or gone already
                log.info("thumbnail kept: %s", error)
                continue
            freed += size
        return freed

    def clear(self) -> None:
        """Deletes them all. Raises `StudioError` for disk errors."""
        storage.remove_tree(self._home)

    def _path_of(self, picture: Path) -> Path | None:
        try:
            info = picture.stat()
        except OSError:
            return None
        key = f"{picture}\0{info.st_size}\0{info.st_mtime_ns}".encode(errors="surrogateescape")
        name = hashlib.sha256(key).hexdigest()[:40]
        return self._home / name[:2] / f"{name[2:]}.jpg"

    def _put(self, path: Path, data: bytes) -> None:
        """Renamed into place so that no reader sees half of it; not synced, since it can be made again."""
        with storage.disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            temp = path.with_name(f"{storage.TEMP_PREFIX}{os.getpid()}-{path.stem[:12]}-{os.urandom(4).hex()}")
            temp.write_bytes(data)
            temp.replace(path)

    def _files(self) -> list[tuple[float, int, Path]]:
        """Time made, size and path of every thumbnail."""
        found = []
        for path in self._home.glob("??/*") if self._home.is_dir() else ():
            try:
                info = path.stat()
            except OSError:
                continue
            found.append((info.st_mtime, info.st_size, path))
        return found
