"""Lost power: what was not synced may be there, be missing, be cut short, or be there in another order.

While a scenario runs, every disk operation takes a picture of the folder. From each picture worlds are drawn:
a name that changed since its folder was synced is old or new, a file that was not synced is whole, cut or empty.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_studio import storage
from lora_studio.runs.checkpoints import newest_whole, save_checkpoint
from lora_studio.runs.folder import RunFolder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be synced there, so its disks differ")

Names = dict[str, int]  # name in a folder -> inode


class Disk:
    """Pictures of one folder tree, knowing what of it was synced."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: dict[int, Names] = {}
        self.content: dict[int, bytes] = {}
        self.synced_names: dict[int, Names] = {}
        self.synced_content: dict[int, bytes] = {}
        self._pending: Path | None = None

    def look(self) -> None:
        """Take a picture; called before each operation, so a sync asked for last time is done by now."""
        self.names = {}
        for folder in (self.root, *(path for path in self.root.rglob("*") if path.is_dir())):
            self.names[folder.stat().st_ino] = {entry.name: entry.stat().st_ino for entry in folder.iterdir()}
        files = [path for path in self.root.rglob("*") if path.is_file()]
        self.content = {path.stat().st_ino: path.read_bytes() for path in files}
        if self._pending is not None and self._pending.is_dir():
            inode = self._pending.stat().st_ino
            self.synced_names[inode] = self.names[inode]
        elif self._pending is not None:
            inode = self._pending.stat().st_ino
            self.synced_content[inode] = self.content[inode]

    def observe(self, point: str, path: Path) -> None:
        self.look()
        self._pending = path if "sync" in point else None

    def sync_all(self) -> None:
        self.look()
        self.synced_names, self.synced_content = dict(self.names), dict(self.content)

    def draw_world(self, target: Path, chance: random.Random) -> None:
        self._draw_folder(self.root.stat().st_ino, target, chance)

    def _draw_folder(self, inode: int, target: Path, chance: random.Random) -> None:
        target.mkdir(parents=True)
        old, new = self.synced_names.get(inode, {}), self.names.get(inode, {})
        for name in sorted(old.keys() | new.keys()):
            child = chance.choice([old.get(name), new.get(name)])
            if child in self.names or child in self.synced_names:
                self._draw_folder(child, target / name, chance)
            elif child is not None:
                (target / name).write_bytes(self._draw_content(child, chance))

    def _draw_content(self, inode: int, chance: random.Random) -> bytes:
        if inode in self.synced_content:
            return self.synced_content[inode]
        data = self.content.get(inode, b"")
        return chance.choice([data, data[: len(data) // 2], b""])


def lose_power_everywhere(
    root: Path, worlds: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[], None], check: Callable[[Path], None]
) -> int:
    """Run `work` and check eight worlds for each of its operations. Returns how many operations there were."""
    disk, chance, operations = Disk(root), random.Random(20), 0
    disk.sync_all()

    def point(name: str, path: Path, target: Path | None = None) -> None:
        nonlocal operations
        operations += 1
        disk.observe(name, path)
        for number in range(8):
            disk.draw_world(worlds / f"{operations}-{number}", chance)
            with monkeypatch.context() as recovery:
                recovery.setattr(storage, "_point", lambda *_: None)
                check(worlds / f"{operations}-{number}")

    monkeypatch.setattr(storage, "_point", point)
    work()
    return operations


def test_lost_power_leaves_the_old_or_the_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    (root / "file").write_bytes(b"version 0")
    done = 0

    def work() -> None:
        nonlocal done
        for done in range(8):
            storage.write_file(root / "file", b"version %d" % (done + 1))
        done = 8

    def check(world: Path) -> None:
        assert (world / "file").read_bytes() in (b"version %d" % done, b"version %d" % (done + 1))

    assert lose_power_everywhere(root, tmp_path / "worlds", monkeypatch, work, check) > 40


def test_lost_power_never_costs_a_checkpoint_that_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder.create(tmp_path / "disk", {"config.json": b"{}"})
    saved = 0

    def write(folder: Path) -> None:
        (folder / "adapter.safetensors").write_bytes(b"weights" * 5)
        (folder / "state.json").write_bytes(b"state")

    def work() -> None:
        nonlocal saved
        for step in (40, 80, 120, 160):
            save_checkpoint(run, step, write)
            saved = step

    def check(world: Path) -> None:
        found = newest_whole(RunFolder(world))
        step = int(found.name.removeprefix("step-")) if found else 0
        assert saved <= step <= saved + 40

    assert lose_power_everywhere(run.path, tmp_path / "worlds", monkeypatch, work, check) > 60
