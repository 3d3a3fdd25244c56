"""The world around a random user: folders and pictures, a graphics card, and trainers that do what they are told.

A trainer is a sleeping process, started by the program itself as it starts the real one; what it would write into the
run folder is written here, one act at a time. So states of runs come from real files, locks and process numbers.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import told_runs
from PIL import Image

from lora_studio import storage
from lora_studio.config.length import RunLength
from lora_studio.hardware.probe import GraphicsCard, Hardware
from lora_studio.jobs import supervisor
from lora_studio.projects.project import create_project
from lora_studio.runs import commands, events
from lora_studio.runs.checkpoints import save_checkpoint
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import read_process
from tests.fakes.drawn_pictures import draw_pictures
from ui.models.run_record import read_facts

SLEEPER = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(900)"]
DRAWER = """
import json, sys
order = json.load(sys.stdin)
for path in order["out_paths"]:
    open(path, "wb").write(bytes.fromhex(sys.argv[1]))
    print("drawn", file=sys.stderr, flush=True)
"""
CARD = GraphicsCard(index=0, name="RTX 4070", total_mib=12_282, free_mib=11_000, compute_capability=(8, 9))
FAILURES = (
    "out_of_memory", "disk_full", "device_lost", "numbers_out_of_range", "unexpected", "does_not_fit", "base_missing",
    "model_damaged", "pictures_changed", "export_failed", "file_refused", "caption_unreadable", "a_code_of_the_future",
)  # fmt: skip
PICTURES = 6
MOST_STEPS = 12  # told in one act


@dataclass(slots=True)
class _Acting:
    """One process of a run: what it has told, and what it was asked."""

    run: RunFolder
    pid: int
    writer: events.EventWriter
    commands: commands.CommandReader
    length: RunLength
    step: int
    asked: commands.Command | None = None


class Trainers:
    """Every trainer that the program started, played from here."""

    def __init__(self) -> None:
        self._acting: dict[int, _Acting] = {}
        self.are_deaf = False

    def living(self, runs: list[RunFolder]) -> list[RunFolder]:
        return [run for run in runs if run.process_path.exists() and supervisor.attach(run) is not None]

    def train(self, run: RunFolder, chance: random.Random) -> str:
        """A few steps, at most to the end of the epoch."""
        acting = self._begin(run)
        if self._obey(acting):
            return "obeys"
        count = chance.randint(1, MOST_STEPS)
        last = min(acting.step + count, self._epoch_end(acting), acting.length.total_steps)
        self._tell_steps(acting, acting.step + 1, last)
        if last == acting.length.total_steps:
            return self.finish(run)
        return f"comes to step {last}"

    def save_epoch(self, run: RunFolder) -> str:
        acting = self._begin(run)
        if self._obey(acting):
            return "obeys"
        end = self._epoch_end(acting)
        self._tell_steps(acting, max(acting.step + 1, end - 3), end)
        self._save(acting)
        epoch = acting.length.epoch_of(end)
        told_runs.save_adapter(run, epoch)
        told = events.EpochSaved(epoch=epoch, step=end, path=f"epochs/{run.epoch_path(epoch).name}")
        acting.writer.write(told)
        self._draw(acting, epoch)
        if end >= acting.length.total_steps:
            return self.finish(run)
        return f"saves epoch {epoch}"

    def draw(self, run: RunFolder, chance: random.Random) -> str:
        acting = self._begin(run)
        self._draw(acting, 0, chance.randint(1, 3))
        return "draws samples of the base"

    def tell_phase(self, run: RunFolder, chance: random.Random) -> str:
        acting = self._begin(run)
        name = chance.choice(("loading", "encoding", "caching", "sampling", "training"))
        total = chance.choice((0, 1, 7))
        acting.writer.write(events.Phase(name=name, done=chance.randint(0, total), total=total))
        return f"is at {name}"

    def notice(self, run: RunFolder, chance: random.Random) -> str:
        words = chance.choice(("Slower than planned.", "<b>bold</b> <img src=x>", "x" * 3000))
        self._begin(run).writer.write(events.Notice(code="slow", title=words, detail=words))
        return "tells a notice"

    def fail(self, run: RunFolder, chance: random.Random) -> str:
        acting, code = self._begin(run), chance.choice(FAILURES)
        title = f"Training ended at step {acting.step}."
        acting.writer.write(events.Failed(code=code, title=title, detail="Nothing is lost.", step=acting.step))
        self._end(acting)
        return f"fails: {code}"

    def finish(self, run: RunFolder) -> str:
        acting = self._begin(run)
        self._save(acting)
        acting.writer.write(events.Finished(step=acting.step, epochs=len(run.epochs()), seconds=90))
        self._end(acting)
        return "finishes"

    def die(self, run: RunFolder, chance: random.Random) -> str:
        if chance.random() < 0.5:
            self._begin(run)
        if acting := self._acting.pop(self._pid(run), None):
            acting.writer.close()
        self._kill(run)
        return "dies"

    def obey(self, run: RunFolder) -> bool:
        """End if it was asked to; whether it did."""
        return self._obey(self._begin(run))

    def end_all(self, runs: list[RunFolder]) -> None:
        for run in self.living(runs):
            self._kill(run)
        for acting in self._acting.values():
            acting.writer.close()
        self._acting.clear()

    def _begin(self, run: RunFolder) -> _Acting:
        pid = self._pid(run)
        if pid in self._acting:
            return self._acting[pid]
        record = read_process(run)
        assert record is not None
        steps = run.checkpoint_steps()
        length = read_facts(run).length
        assert length is not None
        step = steps[-1] if steps else 0
        reader = commands.CommandReader(run, record.commands_offset)
        acting = _Acting(run, pid, events.EventWriter(run.events_path), reader, length, step)
        self._acting[pid] = acting
        acting.writer.write(
            events.Started(
                step=step,
                resumed_from=step or None,
                pid=pid,
                device="RTX 4070",
                total_steps=length.total_steps,
                total_epochs=length.epochs,
            )
        )
        return acting

    def _obey(self, acting: _Acting) -> bool:
        for command in acting.commands.poll():
            if isinstance(command, commands.Pause | commands.Stop):
                acting.asked = command
            elif isinstance(command, commands.SampleNow):
                self._draw(acting, acting.length.epoch_of(max(1, acting.step)), 1)
        if acting.asked is None or self.are_deaf:
            return False
        self._save(acting)
        ended = events.Paused if isinstance(acting.asked, commands.Pause) else events.Stopped
        acting.writer.write(ended(step=acting.step))
        self._end(acting)
        return True

    def _tell_steps(self, acting: _Acting, first: int, last: int) -> None:
        for step in range(first, last + 1):
            told = events.Step(
                step=step, epoch=acting.length.epoch_of(step), loss=1 / step, learning_rate=1e-4, seconds=0.5,
                memory_mib=7000.0,
            )  # fmt: skip
            acting.writer.write(told)
        acting.step = max(acting.step, last)

    def _epoch_end(self, acting: _Acting) -> int:
        size = acting.length.steps_per_epoch
        return min((acting.step // size + 1) * size, acting.length.total_steps)

    def _save(self, acting: _Acting) -> None:
        if acting.step:
            save_checkpoint(acting.run, acting.step, lambda folder: (folder / "state").write_text("x") and None)
            acting.writer.write(events.Checkpoint(step=acting.step))

    def _draw(self, acting: _Acting, epoch: int, count: int = 4) -> None:
        for told in told_runs.samples(acting.run, epoch, count):
            acting.writer.write(told)

    def _end(self, acting: _Acting) -> None:
        acting.writer.close()
        self._acting.pop(acting.pid, None)
        self._kill(acting.run)
        acting.run.process_path.unlink(missing_ok=True)  # as a trainer does that ends in order

    def _kill(self, run: RunFolder) -> None:
        if trainer := supervisor.attach(run):
            trainer.kill()

    def _pid(self, run: RunFolder) -> int:
        record = read_process(run)
        return record.pid if record is not None else 0


@dataclass(slots=True)
class World:
    """The folders of one run of the random user, and what this computer has."""

    root: Path
    trainers: Trainers = field(default_factory=Trainers)
    cards: tuple[GraphicsCard, ...] = (CARD,)
    disk_free_mib: int = 41 * 1024
    left_app: list[str] = field(default_factory=list)
    pictures: dict[Path, tuple[int, int]] = field(default_factory=dict)  # size and time of every original
    edited_outside: dict[Path, tuple[str, str]] = field(default_factory=dict)  # a picture's caption before and after

    @property
    def images(self) -> Path:
        return self.root / "misty ink"

    @property
    def project(self) -> Path:
        return self.root / "projects" / "Misty Ink"

    @property
    def outside(self) -> Path:
        return self.root / "outside"

    def hardware(self) -> Hardware:
        return Hardware(
            cards=self.cards, driver="560.1" if self.cards else None, cores=8, memory_total_mib=16_384,
            memory_free_mib=9_000, disk_path=self.root, disk_free_mib=self.disk_free_mib,
        )  # fmt: skip

    def note_originals(self) -> None:
        """What the pictures are now; nobody but the world may change them."""
        paths = [*self.images.rglob("*.png"), *self.outside.rglob("*.png")]
        self.pictures = {path: _look_of(path) for path in paths}

    def changed_originals(self) -> list[Path]:
        return [path for path, look in self.pictures.items() if not path.exists() or _look_of(path) != look]

    def captions(self) -> dict[Path, str]:
        """The caption files beside the pictures, as they are."""
        found = {}
        for picture in self.pictures:
            with suppress(FileNotFoundError, NotADirectoryError):
                found[picture] = picture.with_suffix(".txt").read_text("utf-8")
        return found

    def runs(self) -> list[RunFolder]:
        folders = (self.root / "projects").glob("*/runs/*")
        return [RunFolder(path) for path in sorted(folders) if not path.name.startswith(".")]

    def drops(self) -> list[Path]:
        """What could be dropped: good and bad."""
        return [*sorted(self.outside.iterdir()), self.images, self.root / "nowhere", self.root / "nowhere.png"]

    # ── What happens on the disk ──────────────────────────────────────────────────────────────────────────

    def add_picture(self, chance: random.Random) -> str:
        if not self.images.is_dir():
            return "nothing"
        name = chance.choice(("new 1.png", "zwölf.png", "<img src=x>.png", "😀.png"))
        Image.new("RGB", (96, 64), (chance.randrange(256), 90, 120)).save(self.images / name)
        self.note_originals()
        return f"{name} is added"

    def remove_picture(self, chance: random.Random) -> str:
        found = sorted(self.images.glob("*.png"))
        if len(found) < 3:
            return "nothing"
        gone = chance.choice(found)
        gone.unlink()
        self.note_originals()
        return f"{gone.name} is deleted"

    def edit_picture(self, chance: random.Random) -> str:
        found = sorted(self.images.glob("*.png"))
        if not found:
            return "nothing"
        path = chance.choice(found)
        path.write_bytes(b"no picture" if chance.random() < 0.3 else _png((80, 80), (9, chance.randrange(256), 9)))
        self.note_originals()
        return f"{path.name} is another picture"

    def edit_caption(self, chance: random.Random) -> str:
        found = sorted(self.images.glob("*.png"))
        if not found:
            return "nothing"
        picture = chance.choice(found)
        path = picture.with_suffix(".txt")
        before = path.read_text("utf-8") if path.exists() else ""
        words = chance.choice(("from outside", "", "a, b, c", "line one\nline two", "<b>x</b>"))
        path.write_text(words, "utf-8")
        self.edited_outside[picture] = (before, words)
        return f"{path.name} is edited outside"

    def move_away(self, folder: Path) -> str:
        """Away if it is there, back if it is not: a drive that is unplugged."""
        elsewhere = folder.with_name(folder.name + " (unplugged)")
        if elsewhere.exists():
            if folder.exists():  # somebody made it anew
                shutil.rmtree(folder)
            elsewhere.rename(folder)
            self.note_originals()
            return f"{folder.name} is back"
        if not folder.exists():
            return "nothing"
        folder.rename(elsewhere)
        self.note_originals()
        return f"{folder.name} is gone"

    def fill_disk(self, after: int) -> None:
        """Let the disk operation after so many others fail, as with a full disk."""
        storage._fail_errno, storage._fail_countdown = "ENOSPC", after

    def mend_disk(self) -> None:
        storage._fail_countdown = 0


def make_template(root: Path) -> None:
    """What each run begins with, made once: pictures, a project about them with a finished run, things to drop."""
    world = World(root)
    draw_pictures(world.images, PICTURES, (96, 96))
    (world.images / "002.txt").write_text("", "utf-8")
    (world.images / "003.txt").write_text("misty, hill, a long, long caption, fog", "utf-8")
    (world.images / "004.txt").write_text("first line\nsecond line", "utf-8")
    project = create_project(world.project, "Misty Ink", [world.images])
    told_runs.trained_run(project.runs_dir / "first", epochs=2)
    outside = world.outside
    draw_pictures(outside / "good", 2, (64, 96))
    (outside / "empty").mkdir()
    (outside / "001.txt").write_text("dropped words", "utf-8")
    (outside / "nobody.txt").write_text("words of nobody", "utf-8")
    (outside / "broken.png").write_bytes(b"\x89PNG no more")
    (outside / "good.png").write_bytes(_png((70, 70), (200, 10, 10)))
    (outside / "notes.psd").write_bytes(b"8BPS")
    (outside / "recipe.json").write_text(json.dumps({"version": 1}), "utf-8")
    (outside / "model.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
    (outside / "old.ckpt").write_bytes(b"PK nothing")


def copy_world(template: Path, root: Path) -> World:
    """A world like the template's. The project names its pictures by their place, so that is told anew."""
    shutil.copytree(template, root)
    world = World(root)
    path = world.project / "project.json"
    path.write_text(path.read_text("utf-8").replace(json.dumps(str(template))[1:-1], json.dumps(str(root))[1:-1]))
    world.note_originals()
    return world


def drawer_command(_module: str) -> list[str]:
    """In the place of the drawing program: pictures of one colour."""
    return [sys.executable, "-S", "-E", "-c", DRAWER, _png((16, 16), (90, 90, 200)).hex()]


def _look_of(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _png(size: tuple[int, int], colour: tuple[int, int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()
