"""A window or a trainer that is killed at any moment: opened again, the window tells the truth within five seconds.

The truth is what the files say: it is read here with the engine, in another process than the window's.
LORA_STUDIO_KILLS sets how often each is killed; LORA_STUDIO_SEED repeats a trial.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from told_runs import samples, save_adapter

from lora_studio.jobs import supervisor
from lora_studio.jobs.queue import Queue
from lora_studio.projects.project import Project, RunNote, create_project, list_runs, open_project
from lora_studio.runs import commands, events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import RunState, read_state
from lora_studio.weights.inspect import inspect_adapter
from tests.fakes.drawn_pictures import draw_pictures

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are for Unix")

KILLS = int(os.environ.get("LORA_STUDIO_KILLS", "30"))
SEED = int(os.environ.get("LORA_STUDIO_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
TRUTH_WITHIN_S = 5.0
SAVED_WITHIN_S = 1.0
STEPS_BEHIND = 15  # 0.3 s: the page in view looks ten times a second
ROOT = Path(__file__).parents[2]
FAKE_TRAINER = ROOT / "tests" / "fakes" / "fake_trainer.py"
WORDS = {
    "draft": "Not started", "preparing": "Preparing", "sampling": "Drawing samples", "running": "Training",
    "pausing": "Pausing", "paused": "Paused", "stopped": "Stopped and kept", "done": "Done", "failed": "Stopped",
    "crashed": "Stopped", "not_answering": "Not answering",
}  # fmt: skip


class Window:
    """One window in a process of its own; see `window_process.py`."""

    def __init__(self, link: socket.socket) -> None:
        self.opened_at = time.monotonic()
        link.settimeout(20)
        self._link = link
        self._lines = link.makefile("rb")
        self.pid = int(self._lines.readline())

    def ask(self, name: str, *arguments: object) -> Any:
        self._link.sendall(json.dumps([name, *arguments]).encode() + b"\n")
        return json.loads(self._lines.readline())

    def wait_for(self, name: str, *arguments: object) -> None:
        wait_until(lambda: bool(self.ask(name, *arguments)), name)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self._lines.read()  # until the system has closed what it held
        self._link.close()


class Studio:
    """A computer of its own: a home, a project, a trainer that acts a script, and windows one after the other."""

    def __init__(self, tmp_path: Path, chance: random.Random) -> None:
        self.chance = chance
        self.script = tmp_path / "script.json"
        self.act(TRAIN)
        self.pictures = draw_pictures(tmp_path / "pictures", size=(64, 64))
        self.project: Project = create_project(tmp_path / "misty", "Misty Ink", [self.pictures])
        self.typed: list[tuple[float, str, str]] = []  # when, picture, caption
        trainer = [sys.executable, str(FAKE_TRAINER), str(self.script)]
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(20)
        self._opener = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("window_process.py")),
             str(self._door.getsockname()[1]), json.dumps(trainer)],
            env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANGUAGE": "en", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.PIPE, text=True,
        )  # fmt: skip

    def act(self, script: list[dict[str, Any]]) -> None:
        """What trainers do from now on."""
        self.script.write_text(json.dumps(script))

    def open(self, *arguments: Path) -> Window:
        assert self._opener.stdin is not None
        self._opener.stdin.write(json.dumps([str(path) for path in arguments]) + "\n")
        self._opener.stdin.flush()
        return Window(self._door.accept()[0])

    def run(self) -> RunFolder | None:
        """The run that the window is to show: the one that lives, else the newest."""
        runs = list_runs(self.project)
        return next((each.run for each in runs if each.state.is_alive), runs[0].run if runs else None)

    def living_run(self) -> RunFolder:
        """The run that trains, once it has."""

        found: list[RunFolder] = []

        def look() -> bool:
            found[:] = [each.run for each in list_runs(self.project) if each.state.is_alive and each.state.step]
            return bool(found)

        wait_until(look, "a run that trains")
        return found[0]

    def end_runs(self) -> None:
        for summary in list_runs(self.project):
            if trainer := supervisor.attach(summary.run):
                trainer.kill()

    def close(self) -> None:
        self.end_runs()
        self._opener.communicate()
        self._door.close()


BLOCK = [
    {"event": {"kind": "phase", "name": "loading"}}, {"sleep_s": 0.03},
    {"event": {"kind": "phase", "name": "caching", "done": 2, "total": 4}}, {"sleep_s": 0.03},
    {"steps": 10, "each_s": 0.02}, {"checkpoint": True},
    {"event": {"kind": "phase", "name": "sampling", "done": 0, "total": 1}}, {"sleep_s": 0.1},
    {"event": {"kind": "sample", "epoch": 1, "prompt_index": 0, "path": "samples/epoch-01-prompt-1.png"}},
]  # fmt: skip
TRAIN = BLOCK * 500


@pytest.fixture
def chance() -> random.Random:
    print(f"LORA_STUDIO_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture
def studio(tmp_path: Path, chance: random.Random) -> Iterator[Studio]:
    studio = Studio(tmp_path, chance)
    yield studio
    studio.close()


# ── The window dies ───────────────────────────────────────────────────────────────────────────────────────


def opening(studio: Studio, window: Window) -> float:
    return 0.4


def looking(studio: Studio, window: Window) -> float:
    window.wait_for("is_ready")
    window.ask("rescan")
    return 0.05


def typing(studio: Studio, window: Window) -> float:
    """Without a pause, as a person who types on and on."""
    window.wait_for("is_ready")
    end = time.monotonic() + studio.chance.uniform(0.1, 1.8)
    number = 0
    while time.monotonic() < end:
        name, text = f"00{number // 12 % 4}.png", f"typed {len(studio.typed)}"
        studio.typed.append((time.monotonic(), name, text))
        window.ask("type_caption", name, text)
        time.sleep(0.05)
        number += 1
    return 0.0


def naming(studio: Studio, window: Window) -> float:
    window.wait_for("is_ready")
    for number in range(10):
        window.ask("change_trigger", f"mist{number}")
    return 0.05


def starting(studio: Studio, window: Window) -> float:
    studio.end_runs()
    window.wait_for("is_ready")
    window.ask("start_training")
    return 0.5


def training(studio: Studio, window: Window) -> float:
    studio.end_runs()
    window.wait_for("is_ready")
    window.ask("start_training")
    studio.living_run()
    return 0.5


def pausing(studio: Studio, window: Window) -> float:
    training(studio, window)
    window.wait_for("press", "train", "pause_button")
    return 0.3


def resuming(studio: Studio, window: Window) -> float:
    training(studio, window)
    commands.send(studio.living_run(), commands.Pause())
    window.wait_for("press", "train", "resume_button")
    return 0.5


def queueing(studio: Studio, window: Window) -> float:
    window.wait_for("is_ready")
    window.ask("add_to_queue")
    return 0.1


def running_the_queue(studio: Studio, window: Window) -> float:
    studio.end_runs()
    window.wait_for("is_ready")
    window.ask("add_to_queue")
    wait_until(lambda: any(job.place == "waiting" for job in Queue().jobs()), "a job that waits")
    window.ask("start_queue")
    return 0.6


def exporting(studio: Studio, window: Window) -> float:
    studio.end_runs()
    window.wait_for("is_ready")
    window.ask("pick", str(finished_run(studio).path), 2)
    window.wait_for("press", "export", "save_button")
    return 0.3


MOMENTS = (
    opening, looking, typing, naming, starting, training, pausing, resuming, queueing, running_the_queue, exporting,
)  # fmt: skip


@pytest.mark.timeout(60 + 10 * KILLS)
def test_a_window_killed_at_any_moment_comes_back_and_tells_the_truth(studio: Studio) -> None:
    window = studio.open(studio.project.folder)
    for number in range(KILLS):
        moment = MOMENTS[number % len(MOMENTS)]
        time.sleep(studio.chance.uniform(0, moment(studio, window)))
        living = living_trainers(studio)
        window.kill()
        killed_at = time.monotonic()
        is_told = studio.chance.random() < 0.5 or not living  # without a word, it comes to what trains
        window = studio.open(*([studio.project.folder] if is_told else []))
        wait_for_the_truth(studio, window, f"kill {number} while {moment.__name__}")
        for pid, began in living.items():
            assert psutil.Process(pid).create_time() == began, f"the trainer died with its window: {moment.__name__}"
        expect_typed(studio, killed_at)
        expect_whole_exports(studio)
    wait_until(lambda: not leftovers(studio), f"nothing left behind, as {leftovers(studio)}")
    window.kill()


def living_trainers(studio: Studio) -> dict[int, float]:
    """Process number and start time of every trainer that will live unless somebody ends it."""
    found = {}
    for summary in list_runs(studio.project):
        if summary.state.kind in ("preparing", "running", "sampling") and (trainer := supervisor.attach(summary.run)):
            found[trainer.pid] = psutil.Process(trainer.pid).create_time()
    return found


def expect_typed(studio: Studio, killed_at: float) -> None:
    for name in {name for _, name, _ in studio.typed}:
        mine = [(when, text) for when, other, text in studio.typed if other == name]
        saved = (studio.pictures / name).with_suffix(".txt").read_text()
        number = next((index for index, (_, text) in enumerate(mine) if text == saved), -1)
        lost = [text for when, text in mine[number + 1 :] if when < killed_at - SAVED_WITHIN_S]
        assert not lost, f"{name} says {saved!r}; typed more than a second before the kill: {lost}"
    studio.typed.clear()


def expect_whole_exports(studio: Studio) -> None:
    for summary in list_runs(studio.project):
        for path in summary.run.exports_dir.glob("*.safetensors"):
            assert inspect_adapter(path).module_count


def leftovers(studio: Studio) -> list[Path]:
    """Half-written files of dead windows; those of a dead trainer go when its run is resumed."""
    places = (studio.pictures, studio.project.folder, Path(os.environ["LORA_STUDIO_HOME"]))
    runs = [each.run for each in list_runs(studio.project)]
    found = [path for place in places for path in place.rglob(".t*-[0-9]*") if "thumbnails" not in path.parts]
    return [path for path in found if not any(run.path in path.parents for run in runs)]


def finished_run(studio: Studio) -> RunFolder:
    """A run with an adapter and samples for each of two epochs, the newest of the project."""
    config = next(each for each in list_runs(studio.project)).run.config_path.read_bytes()
    images = next(each for each in list_runs(studio.project)).run.images_path.read_bytes()
    name = f"done-{time.time_ns()}"
    settings = {**json.loads(config), "name": name}
    run = RunFolder.create(
        studio.project.runs_dir / name, {"config.json": json.dumps(settings).encode(), "images.json": images}
    )
    with events.EventWriter(run.events_path) as writer:
        writer.write(events.Started(pid=1, device="fake", total_steps=20, total_epochs=2))
        for epoch in (1, 2):
            save_adapter(run, epoch)
            told: list[events.Event] = [
                events.Step(step=epoch * 10, epoch=epoch, loss=0.1, learning_rate=1e-4, seconds=0.1),
                events.EpochSaved(epoch=epoch, step=epoch * 10, path=f"epochs/{run.epoch_path(epoch).name}"),
                *samples(run, epoch, 1),
            ]
            for event in told:
                writer.write(event)
        writer.write(events.Finished(step=20, epochs=2, seconds=1.0))
    return run


# ── The trainer dies ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.timeout(60 + 10 * KILLS)
def test_a_trainer_killed_at_any_moment_is_told_as_it_is_by_the_window_that_watched(studio: Studio) -> None:
    window = studio.open(studio.project.folder)
    window.wait_for("is_ready")
    window.ask("start_training")
    wait_until(lambda: studio.run() is not None, "a run")
    for number in range(KILLS):
        run = studio.run()
        assert run is not None
        wait_until(lambda run=run: supervisor.attach(run) is not None, "a trainer")
        time.sleep(studio.chance.uniform(0, 1.0))
        if number % 5 == 4:
            commands.send(run, commands.Pause())
            time.sleep(studio.chance.uniform(0, 0.03))
        if trainer := supervisor.attach(run):
            trainer.kill()
        window.opened_at = time.monotonic()
        wait_for_the_truth(studio, window, f"kill {number}")
        window.wait_for("press", "train", "resume_button")
    window.kill()


# ── Two windows ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_launch_on_a_project_brings_the_first_window_to_the_front_and_ends(studio: Studio) -> None:
    first = studio.open(studio.project.folder)
    first.wait_for("is_ready")
    first.ask("minimise")
    assert not first.ask("is_in_front")
    launch = [sys.executable, "-P", "-m", "ui.app", str(studio.project.folder)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    assert subprocess.run(launch, env=environment, timeout=60, check=False).returncode == 0
    first.wait_for("is_in_front")
    first.kill()


# ── The truth ─────────────────────────────────────────────────────────────────────────────────────────────


def wait_for_the_truth(studio: Studio, window: Window, when: str) -> None:
    """Until what the window says is what the files say; five seconds after it was opened it must be."""

    def expect(wrong: Callable[[], list[str]]) -> None:
        while found := wrong():
            late = time.monotonic() - window.opened_at > TRUTH_WITHIN_S
            assert not late, f"seed {SEED}, {when}: {found}"
            time.sleep(0.05)

    expect(lambda: disagreements(truth(studio), window.ask("tell"), truth(studio)))
    expect(lambda: [] if (shown := window.ask("tell_queue")) == line() else [f"the queue is {line()}, not {shown}"])


def truth(studio: Studio) -> dict[str, Any]:
    project, run = open_project(studio.project.folder), studio.run()
    state = read_state(run) if run is not None else RunState(kind="draft")
    note = project.data.runs.get(run.name, RunNote()) if run is not None else RunNote()
    return {
        "project": str(project.folder),
        "run": run.name if run is not None else None,
        "word": word_of(state) if run is not None else "",
        "step": state.step,
        "train_mark": train_mark(state) if run is not None else "none",
        "export_mark": "done" if note.exported else "none",
        "queue_count": line().get("waiting", 0),
        "captions": {path.with_suffix(".png").name: path.read_text() for path in studio.pictures.glob("*.txt")},
        "trigger": project.data.trigger,
        "banners": [],
        "is_listening": True,
    }


def line() -> dict[str, int]:
    """How many jobs stand in each part of the line."""
    return dict(Counter(job.place for job in Queue().jobs()))


def disagreements(before: dict[str, Any], shown: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What the window says otherwise than the files said just before it was asked and just after."""
    wrong = [
        f"{name} is shown as {shown[name]!r}, not {after[name]!r}"
        for name in sorted(shown.keys() - {"title", "step"})
        if shown[name] not in (before[name], after[name])
    ]
    if "Misty Ink" not in shown["title"]:
        wrong.append(f"the title is {shown['title']!r}")
    if shown["step"] is not None and not before["step"] - STEPS_BEHIND <= shown["step"] <= after["step"]:
        wrong.append(f"step {shown['step']} is shown, and it was {before['step']} to {after['step']}")
    return wrong


def word_of(state: RunState) -> str:
    if state.kind == "crashed" and state.checkpoint_step is not None:
        return "Can go on"
    return "Stopping" if state.kind == "pausing" and state.asked == "stop" else WORDS[state.kind]


def train_mark(state: RunState) -> str:
    if state.is_alive:
        return "running"
    if state.kind in ("failed", "crashed", "paused"):
        return "look"
    return "done" if state.kind in ("done", "stopped") else "none"


def wait_until(claim: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 15
    while not claim():
        assert time.monotonic() < end, f"seed {SEED}: there never was {what}"
        time.sleep(0.03)
