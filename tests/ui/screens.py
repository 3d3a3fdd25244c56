"""Every screen of the app in its main states: a name, and the function that brings a real window into that state.

Used by `camera.py`, which takes the pictures and the accessibility trees. Everything stands under one fixed folder, so
that paths in view are the same on every computer; no builder asks the clock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import sample_runs
import told_runs
from fake_workspace import CARD, FakeWorkspace, hardware, practice, quiet_settings, scanned
from PIL import Image, ImageFilter, ImageOps
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication
from safetensors.numpy import save_file
from told_runs import NOW, started, steps, tell, told_run

from lora_studio import embedded
from lora_studio.bases import NO_WEIGHTS, OLD_FORMAT, FoundBase
from lora_studio.config.training import FamilyId
from lora_studio.dataset.buckets import Placement
from lora_studio.errors import StudioError
from lora_studio.hardware.probe import Hardware
from lora_studio.hub.offer import HubFile, Offer
from lora_studio.jobs.effect import EffectPair
from lora_studio.jobs.queue import Queue
from lora_studio.projects.pictures import PictureFile, caption_edits
from lora_studio.projects.project import BaseReference, Project, RunNote, create_project, save_project
from lora_studio.projects.recent import note_opened
from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import record_process
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.lora import read_lora
from lora_studio.weights.writing import ExportDtype
from tests.fakes.base_configs import write_base_configs
from ui.models.adapter_recipe import offer_of
from ui.models.library_tools import AdapterTools
from ui.models.recent import project_note
from ui.models.run import RunModel
from ui.pages.base_models import BaseModelsPage
from ui.pages.base_models_hub import HubSheet
from ui.pages.compare import ComparePage
from ui.pages.export import ExportPage
from ui.pages.images import ImagesPage
from ui.pages.library import LibraryPage
from ui.pages.library_recipe import AdapterRecipeSheet
from ui.pages.library_tool_bases import ExtractForm
from ui.pages.queue import QueuePage
from ui.pages.queue_row import JobRow
from ui.pages.recipe import RecipePage
from ui.pages.settings import SettingsPage
from ui.shell import places
from ui.shell.closing import Closing
from ui.shell.main_window import MainWindow
from ui.shell.marks import rail_marks
from ui.shell.rail import ProjectEntry
from ui.theme.appearance import Appearance, ThemeChoice
from ui.widgets.banner import Banner
from ui.widgets.page import Context, Page

Kind = TypeVar("Kind", bound=Page)
HOME = Path("/tmp/ada")  # the same on every computer
PROMPTS = ("bluangl, a lighthouse", "bluangl, a paper boat", "bluangl, a coffee cup", "a bicycle")
DRAWN = ("castle", "ambulance", "coffee-cup-hot", "bicycle")  # pictures of the sample project that stand for samples
BUSY_CARD = CARD.model_copy(update={"free_mib": CARD.total_mib - 7475})
# As kohya's scripts write them.
SHARED_SETTINGS = {
    "ss_optimizer": "prodigyopt.prodigy.Prodigy(weight_decay=0.1,betas=(0.9, 0.99))", "ss_lr_scheduler": "polynomial",
    "ss_resolution": "(768, 768)", "ss_batch_size_per_device": "2", "ss_flip_aug": "False", "ss_num_epochs": "10",
    "ss_min_snr_gamma": "None", "ss_noise_offset": "0.05", "ss_mixed_precision": "bf16", "ss_seed": "42",
}  # fmt: skip
EPOCHS = 11
PER_EPOCH = 168


@dataclass
class Stage:
    """One window in the making: its workspace, and what must be undone afterwards."""

    app: QApplication
    appearance: Appearance
    settle: Callable[[MainWindow], None]
    at_end: list[Callable[[], object]] = field(default_factory=list)
    open_menu: Callable[[], object] | None = None  # called for each picture: menus are made for one look
    _told: int = 0

    def begin(self) -> None:
        self.open_menu = None
        self._told = 0
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(parents=True)

    def end(self) -> None:
        for undo in reversed(self.at_end):
            undo()
        self.at_end.clear()

    # ── What is on the disk ───────────────────────────────────────────────────────────────────────────────

    def pictures(self, *, issues: bool = False) -> Path:
        """The sample project's pictures with their captions; with `issues`, some that need a look."""
        folder = HOME / "Pictures" / "blue-angles"
        shutil.copytree(embedded.sample_project("style").images_dir, folder)
        for path in folder.glob("*.png"):
            with Image.open(path) as picture:
                picture.convert("RGB").resize((640, 640)).save(path, compress_level=1)
        if issues:
            (folder / "cat.txt").unlink()
            (folder / "key.txt").unlink()
            shutil.copy(folder / "guitar.png", folder / "guitar-copy.png")
            shutil.copy(folder / "guitar.txt", folder / "guitar-copy.txt")
            (folder / "scan-07.png").write_bytes((folder / "rose.png").read_bytes()[:900])
            with Image.open(folder / "airplane.png") as picture:
                picture.resize((48, 48)).save(folder / "airplane.png")
        return folder

    def base(self) -> FoundBase:
        """Stable Diffusion 1.5 as far as the light half looks: configs, a tokenizer, and headers of empty weights."""
        folder = HOME / "models" / "sd15"
        write_base_configs(folder, unet={"in_channels": 4, "cross_attention_dim": 768})
        shutil.copytree(embedded.practice_base_dir() / "tokenizer", folder / "tokenizer")
        for part, millions in (("unet", 860), ("text_encoder", 123), ("vae", 84)):
            write_empty_weights(folder / part / "model.safetensors", millions)
        return FoundBase(
            source=str(folder), name="Stable Diffusion 1.5", where="ComfyUI", size_bytes=4_265_000_000, family="sd1",
            usable=True,
        )  # fmt: skip

    def project(self, name: str = "Blue angles", *, issues: bool = False, **values: Any) -> Project:
        """A project of the sample's pictures that trains on Stable Diffusion 1.5."""
        project = create_project(
            HOME / "projects" / name.lower().replace(" ", "-"), name, [self.pictures(issues=issues)]
        )
        base = BaseReference(source=self.base().source, name="Stable Diffusion 1.5")
        return project.changed(**{"trigger": "bluangl", "prompts": PROMPTS, "base": base, **values})

    def finished_run(
        self, project: Project, epochs: int = EPOCHS, *, ends: bool = True, name: str = "blue angles"
    ) -> RunFolder:
        """A run of the project with samples of every epoch, from the base alone to the style."""
        run = self.begun_run(project, name)
        told: list[events.Event] = [started(EPOCHS * PER_EPOCH, EPOCHS), events.Phase(name="training", total=1848)]
        told += self.samples(run, 0)
        for epoch in range(1, epochs + 1):
            told_runs.save_adapter(run, epoch)
            told += steps((epoch - 1) * PER_EPOCH + 1, epoch * PER_EPOCH)
            told += [
                events.Checkpoint(step=epoch * PER_EPOCH),
                events.EpochSaved(epoch=epoch, step=epoch * PER_EPOCH, path=f"epochs/{run.epoch_path(epoch).name}"),
                *self.samples(run, epoch),
            ]
        if ends:
            told.append(events.Finished(step=epochs * PER_EPOCH, epochs=epochs, seconds=3060))
        self.tell(run, *told)
        return run

    def begun_run(self, project: Project, name: str = "blue angles") -> RunFolder:
        run = told_run(
            project.runs_dir / name, prompts=PROMPTS, name=name, kind="style",
            base={"source": project.data.base.source, "family": "sd1"},
            dataset={"folder": str(project.image_dirs()[0][1]), "trigger": "bluangl"},
            schedule={"epochs": EPOCHS, "min_steps": EPOCHS * PER_EPOCH, "max_steps": EPOCHS * PER_EPOCH},
        )  # fmt: skip
        placement = Placement(512, 512, 512, 512, 0, 0, 1.0)
        entries = tuple(
            PictureEntry(path=f"{n}.png", content_sha256=f"{n:064}", caption="bluangl", repeats=1, placement=placement)
            for n in range(24)
        )
        run.images_path.write_bytes(RunPictures(training=entries).model_dump_json().encode())
        return run

    def tell(self, run: RunFolder, *told: events.Event) -> None:
        """Write the journal as if a step had taken 1.4 s, after what stands there already."""
        at = iter(range(self._told, self._told + len(told)))
        self._told += len(told)
        tell(run, *told, clock=lambda: NOW - 1800 + 1.4 * next(at))
        os.utime(run.events_path, (NOW, NOW))

    def samples(self, run: RunFolder, epoch: int) -> list[events.Event]:
        """Pictures of the sample project, the more like it the later the epoch."""
        told: list[events.Event] = []
        share = min(1.0, epoch / 8)
        for index, name in enumerate(DRAWN):
            path = run.sample_path(epoch, index + 1)
            path.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(embedded.sample_project("style").images_dir / f"{name}.png") as found:
                picture = found.convert("RGB")
            early = ImageOps.colorize(picture.convert("L").filter(ImageFilter.BoxBlur(4)), "#5b4a3c", "#e8d9c0")
            Image.blend(early, picture, share).save(path)
            told.append(events.Sample(epoch=epoch, prompt_index=index, path=f"samples/{path.name}", seconds=8.0))
        return told

    def alive(self, run: RunFolder, *told: events.Event) -> RunFolder:
        """The run goes on in a process that only sleeps."""
        sleeper = self.sleeper()
        record_process(run, sleeper)
        self.tell(run, started(EPOCHS * PER_EPOCH, EPOCHS, pid=sleeper), *told)
        return run

    def sleeper(self) -> int:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
        self.at_end += [process.wait, process.kill]
        return process.pid

    # ── The window ────────────────────────────────────────────────────────────────────────────────────────

    def workspace(self, project: Project | None = None, computer: Hardware | None = None) -> FakeWorkspace:
        settings = quiet_settings(projects_folder=str(HOME / "projects"), exports_folder=str(HOME / "LoRAs"))
        workspace = FakeWorkspace(settings, project)
        workspace.hardware = computer or hardware(CARD, folder=HOME)
        workspace.queue = Queue(HOME / "queue")
        if project is not None:
            save_project(project)
            note_opened(project)
            workspace.captions = caption_edits(project)
            workspace.bases = (practice(), self.base_of(project))
        return workspace

    def base_of(self, project: Project) -> FoundBase:
        source = project.data.base.source
        return FoundBase(
            source=source, name="Stable Diffusion 1.5", where="ComfyUI", size_bytes=4_265_000_000, family="sd1",
            usable=True,
        )  # fmt: skip

    def planned(self, computer: Hardware | None = None, *, issues: bool = False, **values: Any) -> FakeWorkspace:
        """A project whose pictures are read and whose run is planned."""
        workspace = self.workspace(self.project(issues=issues, **values), computer)
        assert workspace.project is not None
        folder = workspace.project.image_dirs()[0][1]
        workspace.show_scan(scanned(folder))
        workspace.files = [PictureFile(path.name, path) for path in sorted(folder.glob("*.png"))]
        workspace.plan_for_real(computer or hardware(CARD, folder=HOME))
        return workspace

    def following(self, run: RunFolder, workspace: FakeWorkspace) -> FakeWorkspace:
        workspace.run = RunModel(run, clock=lambda: NOW)
        workspace.runs = (run,)
        self.at_end.append(workspace.run.rest)
        return workspace

    def show(self, place: str, workspace: FakeWorkspace) -> MainWindow:
        """The window at a place, with its rail as the app would fill it."""
        window = MainWindow(Context(workspace.settings, self.appearance, workspace), places.page_factories())
        window.resize(1280, 800)
        window.show()
        card = workspace.hardware.cards[0] if workspace.hardware and workspace.hardware.cards else None
        if card is None:
            window.rail.gpu_meter.set_absent()
        else:
            window.rail.gpu_meter.set_reading(card.name, (card.total_mib - card.free_mib) / 1024, card.total_mib / 1024)
        if workspace.project is not None:
            cover = QPixmap(str(embedded.sample_project("style").images_dir / "castle.png"))
            window.rail.switcher.set_project(workspace.project.name, project_note(workspace.project), cover)
        if workspace.run is not None:
            workspace.run.look()
        window.go_to(place)
        self.settle(window)
        images = window.made_page("images")
        counted = images.things_to_look_at() if images is not None else None
        for name, mark in rail_marks(workspace, counted).items():
            window.rail.set_mark(name, mark)
        return window


def write_empty_weights(path: Path, millions: int) -> None:
    """A safetensors file of this many numbers that takes no room on the disk."""
    numbers = millions * 1_000_000
    header = json.dumps({"weight": {"dtype": "F16", "shape": [numbers], "data_offsets": [0, 2 * numbers]}}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 2 * numbers)


Build = Callable[[Stage], MainWindow]


def page(window: MainWindow, kind: type[Kind]) -> Kind:
    assert isinstance(window.page, kind)
    return window.page


# ── Start ─────────────────────────────────────────────────────────────────────────────────────────────────


def start_first_run(stage: Stage) -> MainWindow:
    workspace = stage.workspace()
    workspace.bases = (practice(), stage.base())
    return stage.show("start", workspace)


def start_no_card(stage: Stage) -> MainWindow:
    return stage.show("start", stage.workspace(computer=hardware(folder=HOME)))


def start_no_base(stage: Stage) -> MainWindow:
    window = stage.show("start", stage.workspace())
    window.context.workspace.cancel_base_search()
    return window


def start_recent(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    for name in ("Fox mascot", "Old comic"):
        project = create_project(HOME / "projects" / name, name, [embedded.sample_project("character").images_dir])
        note_opened(project)
    return stage.show("start", workspace)


# ── Images ────────────────────────────────────────────────────────────────────────────────────────────────


def images_empty(stage: Stage) -> MainWindow:
    return stage.show("images", stage.workspace())


def images_scanning(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    assert workspace.project is not None
    workspace.show_files(workspace.project.image_dirs()[0][1])
    window = stage.show("images", workspace)
    workspace.scan_progressed.emit(9, 24)
    return window


def images_full(stage: Stage) -> MainWindow:
    return stage.show("images", stage.planned(issues=True))


def images_many_chosen(stage: Stage) -> MainWindow:
    window = images_full(stage)
    images = page(window, ImagesPage)
    images._choose([record.path for record in (images.set.shown.record(row) for row in (2, 3, 4))])
    return window


def images_nothing_found(stage: Stage) -> MainWindow:
    window = images_full(stage)
    page(window, ImagesPage).set.narrow(search="fog")
    return window


def images_folder_gone(stage: Stage) -> MainWindow:
    window = images_full(stage)
    (HOME / "Pictures" / "blue-angles").rename(HOME / "elsewhere")
    page(window, ImagesPage).set.look_at_folders()
    return window


def images_review(stage: Stage) -> MainWindow:
    window = images_full(stage)
    page(window, ImagesPage).review_button.click()
    return window


def images_loupe(stage: Stage) -> MainWindow:
    window = images_full(stage)
    images = page(window, ImagesPage)
    images.loupe.show_picture(images.set.shown.record(5))
    return window


def images_crops(stage: Stage) -> MainWindow:
    window = images_full(stage)
    page(window, ImagesPage)._set_mode("crops")
    return window


# ── Recipe ────────────────────────────────────────────────────────────────────────────────────────────────


def recipe_estimated(stage: Stage) -> MainWindow:
    return stage.show("recipe", stage.planned())


def recipe_measured(stage: Stage) -> MainWindow:
    workspace = stage.planned()
    assert workspace.budget is not None
    time = replace(workspace.budget.time, is_measured=True, seconds=3120.0)
    workspace.budget = replace(workspace.budget, time=time)
    return stage.show("recipe", workspace)


def recipe_working_out(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    assert workspace.project is not None
    workspace.show_files(workspace.project.image_dirs()[0][1])
    window = stage.show("recipe", workspace)
    workspace.scan_progressed.emit(9, 24)
    return window


def recipe_too_big(stage: Stage) -> MainWindow:
    small = CARD.model_copy(update={"name": "GTX 1060", "total_mib": 3072, "free_mib": 2800})
    return stage.show("recipe", stage.planned(hardware(small, folder=HOME)))


def recipe_no_card(stage: Stage) -> MainWindow:
    return stage.show("recipe", stage.planned(hardware(folder=HOME)))


def recipe_blocked(stage: Stage) -> MainWindow:
    workspace = stage.planned()
    problem = StudioError("base_missing", f"There is no base model at {HOME / 'models' / 'sd15'}.")
    workspace.show_plan(None, None, problem)
    return stage.show("recipe", workspace)


def recipe_advanced(stage: Stage) -> MainWindow:
    window = recipe_estimated(stage)
    recipe = page(window, RecipePage)
    recipe.advanced.set_open(True)
    recipe.advanced.build_all()
    stage.settle(window)
    recipe._look_at(recipe.advanced)
    return window


def recipe_text(stage: Stage) -> MainWindow:
    window = recipe_estimated(stage)
    page(window, RecipePage)._edit_text()
    return window


def recipe_prompts(stage: Stage) -> MainWindow:
    window = recipe_estimated(stage)
    page(window, RecipePage)._edit_prompts()
    return window


# ── Train ─────────────────────────────────────────────────────────────────────────────────────────────────


def train_nothing(stage: Stage) -> MainWindow:
    return stage.show("train", stage.workspace(stage.project()))


def train_preparing(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    run = stage.alive(stage.begun_run(workspace.project), events.Phase(name="caching", done=15, total=24))
    return stage.show("train", stage.following(run, workspace))


def training(stage: Stage, *then: events.Event) -> FakeWorkspace:
    """Step 1,146 of 1,848, in epoch 7 of 11."""
    workspace = stage.workspace(stage.project(), hardware(BUSY_CARD, folder=HOME))
    run = stage.finished_run(workspace.project, 6, ends=False)
    run.checkpoint_dir(1140).mkdir(parents=True)
    going_on = steps(1009, 1146)
    if then:
        stage.tell(run, *going_on, *then)
    else:
        stage.alive(run, events.Phase(name="training", total=1848), *going_on)
    return stage.following(run, workspace)


def train_running(stage: Stage) -> MainWindow:
    return stage.show("train", training(stage))


def train_pausing(stage: Stage) -> MainWindow:
    window = stage.show("train", training(stage))
    run = window.context.workspace.run
    assert run is not None
    run.pause()
    stage.settle(window)
    run.look()
    return window


def train_paused(stage: Stage) -> MainWindow:
    return stage.show("train", training(stage, events.Paused(step=1146)))


def train_waiting(stage: Stage) -> MainWindow:
    window = train_running(stage)
    run = window.context.workspace.run
    assert run is not None
    run._state = run.state.model_copy(update={"kind": "not_answering", "silent_s": 72.0})
    run.rest()
    run.changed.emit()
    return window


def train_failed(stage: Stage) -> MainWindow:
    title = "The graphics card ran out of memory at step 1,146."
    return stage.show("train", training(stage, events.Failed(code="out_of_memory", title=title, step=1146)))


def train_recovered(stage: Stage) -> MainWindow:
    workspace = training(stage, *steps(1147, 1148))
    return stage.show("train", workspace)


def train_done(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    return stage.show("train", stage.following(stage.finished_run(workspace.project), workspace))


# ── Compare and Export ────────────────────────────────────────────────────────────────────────────────────


def compared(stage: Stage, **note: Any) -> FakeWorkspace:
    notes = {"blue angles": RunNote(**note)} if note else {}
    workspace = stage.workspace(stage.project(runs=notes))
    return stage.following(stage.finished_run(workspace.project), workspace)


def compare_no_samples(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    return stage.show("compare", stage.following(stage.begun_run(workspace.project), workspace))


def compare_grid(stage: Stage) -> MainWindow:
    return stage.show("compare", compared(stage, pick=8, strength=0.8, stars={8: 4, 10: 2}))


def compare_copy(stage: Stage) -> MainWindow:
    """A run that learned its pictures by heart: what it draws are they, and nothing of what the base alone draws."""
    workspace = compared(stage, pick=3)
    assert workspace.run is not None and workspace.project is not None
    run, folder = workspace.run.run, workspace.project.image_dirs()[0][1]
    for path in run.sample_paths(0):
        Image.new("RGB", (512, 512), "#9aa3ad").save(path)
    listed = RunPictures.model_validate_json(run.images_path.read_bytes()).training
    real = zip(listed, sorted(folder.glob("*.png")), strict=False)
    entries = tuple(entry.model_copy(update={"path": str(path)}) for entry, path in real)
    run.images_path.write_bytes(RunPictures(training=entries).model_dump_json().encode())
    return stage.show("compare", workspace)


def compare_strengths(stage: Stage) -> MainWindow:
    window = compare_grid(stage)
    page(window, ComparePage)._choose_mode("strengths")
    return window


def compare_drawing(stage: Stage) -> MainWindow:
    window = compare_strengths(stage)
    compare = page(window, ComparePage)
    assert compare._drawings is not None
    compare._drawings._command = [sys.executable, "-c", "import time; time.sleep(300)"]
    stage.at_end.append(compare._drawings.close)
    compare.fill_button.click()
    return window


def compare_one_by_one(stage: Stage) -> MainWindow:
    window = compare_grid(stage)
    page(window, ComparePage)._choose_mode("one")
    return window


def compare_runs(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project(runs={"blue angles": RunNote(pick=8), "soft blue": RunNote(pick=5)}))
    others = [stage.finished_run(workspace.project, name=name) for name in ("soft blue", "a longer name than fits")]
    workspace = stage.following(stage.finished_run(workspace.project), workspace)
    assert workspace.run is not None
    workspace.runs = (workspace.run.run, *others)
    window = stage.show("compare", workspace)
    page(window, ComparePage)._choose_mode("runs")
    return window


def compare_missing(stage: Stage) -> MainWindow:
    workspace = compared(stage)
    for path in (HOME / "projects").glob("*/runs/*/samples/*-07/*2.png"):
        path.unlink()
    return stage.show("compare", workspace)


def compare_prompt(stage: Stage) -> MainWindow:
    window = compare_grid(stage)
    page(window, ComparePage)._open_prompt()
    return window


def compare_advice(stage: Stage) -> MainWindow:
    window = compare_grid(stage)
    page(window, ComparePage).advice_button.click()
    return window


def export_no_pick(stage: Stage) -> MainWindow:
    return stage.show("export", compared(stage))


def export_ready(stage: Stage) -> MainWindow:
    return stage.show("export", compared(stage, pick=8, strength=0.8))


def export_list(stage: Stage) -> MainWindow:
    window = export_ready(stage)
    export = page(window, ExportPage)
    export._leave_out(frozenset({"ss_seed", "modelspec.date", "ss_training_started_at", "ss_training_finished_at"}))
    export.published.set_open(True)
    return window


def export_more(stage: Stage) -> MainWindow:
    window = export_ready(stage)
    export = page(window, ExportPage)
    export.more.set_open(True)
    export.more.diffusers.click()
    stage.settle(window)
    scroller = window._holders["export"]
    scroller.ensureWidgetVisible(export.more)
    return window


def export_saved(stage: Stage) -> MainWindow:
    window = export_ready(stage)
    export = page(window, ExportPage)
    assert export._effect is not None
    export._effect.draw = lambda run, *_: EffectPair(
        run.sample_path(0, 1), run.sample_path(8, 1), "bluangl, a lighthouse", 1107, 0.8, 0.23
    )
    export.save_button.click()
    return window


def export_kit(stage: Stage) -> MainWindow:
    window = export_saved(stage)
    stage.settle(window)
    page(window, ExportPage).sharing.make_button.click()
    return window


def export_hub(stage: Stage) -> MainWindow:
    window = export_kit(stage)
    stage.settle(window)
    page(window, ExportPage).sharing.hub_button.click()
    return window


def export_failed(stage: Stage) -> MainWindow:
    window = export_ready(stage)
    export = page(window, ExportPage)
    title = "The saved adapter did not pass its check."
    export._show_failure(StudioError("export_failed", title, "The file was removed; your epochs are untouched."))
    return window


# ── Queue, Library, Base models ───────────────────────────────────────────────────────────────────────────


def queue_empty(stage: Stage) -> MainWindow:
    return stage.show("queue", stage.workspace(stage.project()))


def queue_full(stage: Stage) -> MainWindow:
    project = stage.project()
    workspace = stage.workspace(project, hardware(BUSY_CARD, folder=HOME))
    done = sample_runs.make_run(project.runs_dir / "inkwash", "Inkwash")
    failed = sample_runs.make_run(project.runs_dir / "comic", "Old comic")
    going = sample_runs.make_run(project.runs_dir / "blue", "Blue angles")
    waiting = [
        sample_runs.make_run(project.runs_dir / "fox", "Fox mascot", "character"),
        sample_runs.make_run(project.runs_dir / "mira", "Mira", "character", pictures=24),
    ]
    for run in (done, failed, going, *waiting):
        workspace.queue.add(run)
    sample_runs.finish(done)
    sample_runs.fail(failed)
    sleeper = stage.sleeper()
    sample_runs.tell(
        going, sample_runs.started(sleeper), events.Phase(name="training", total=120), *sample_runs.steps(74)
    )
    record_process(going, sleeper)
    for run in (done, failed, going):
        os.utime(run.events_path, (NOW, NOW))
    window = stage.show("queue", workspace)
    page(window, QueuePage).model._clock = lambda: NOW
    page(window, QueuePage).model.look()
    return window


def library_empty(stage: Stage) -> MainWindow:
    return stage.show("library", stage.workspace())


def library_full(stage: Stage) -> MainWindow:
    project = stage.project(runs={"inkwash": RunNote(pick=2, stars={2: 5}), "fox": RunNote(stars={1: 3})})
    made = [
        sample_runs.finish(sample_runs.make_run(project.runs_dir / "inkwash", "Inkwash")),
        sample_runs.finish(sample_runs.make_run(project.runs_dir / "fox", "Fox mascot", "character"), "character"),
        sample_runs.crash(sample_runs.make_run(project.runs_dir / "comic", "Old comic")),
        sample_runs.fail(sample_runs.make_run(project.runs_dir / "mira", "Mira", "character")),
    ]
    sample_runs.save_epochs(made[2], (1,))
    (HOME / "LoRAs").mkdir()
    (HOME / "LoRAs" / "torn.safetensors").write_bytes(b"\0" * 100)
    shutil.copy(stage.finished_run(project).epoch_path(8), HOME / "LoRAs" / "blue-angles-v1.safetensors")
    for path in [HOME / "LoRAs" / "torn.safetensors", HOME / "LoRAs" / "blue-angles-v1.safetensors"]:
        os.utime(path, (NOW, NOW))
    for number, run in enumerate(made):
        os.utime(run.events_path, (NOW - 90_000 * number, NOW - 90_000 * number))
    return stage.show("library", stage.workspace(project))


def library_chosen(stage: Stage) -> MainWindow:
    window = library_full(stage)
    library = page(window, LibraryPage)
    library.view.choose(library.library.entries[1].path)
    return window


def library_inspecting(stage: Stage) -> MainWindow:
    window = library_full(stage)
    page(window, LibraryPage)._inspect(HOME / "LoRAs" / "blue-angles-v1.safetensors")
    return window


def library_settings(stage: Stage) -> MainWindow:
    window = library_full(stage)
    library, workspace = page(window, LibraryPage), window.context.workspace
    path = _shared_adapter("misty-ink", "fp16", SHARED_SETTINGS)
    assert workspace.project is not None
    library._open_sheet(AdapterRecipeSheet(window, offer_of(path, workspace.project, workspace.hardware)))
    return window


def library_tools_convert(stage: Stage) -> MainWindow:
    window = library_full(stage)
    page(window, LibraryPage).open_tool("convert", [_shared_adapter("misty-ink", "fp32")])
    return window


def library_tools_merge(stage: Stage) -> MainWindow:
    window = library_full(stage)
    files = [_shared_adapter("misty-ink", "fp16"), _shared_adapter("old-comic", "fp16")]
    page(window, LibraryPage).open_tool("merge", files)
    return window


def library_tools_bake(stage: Stage) -> MainWindow:
    window = library_full(stage)
    _offer_bases(window)
    page(window, LibraryPage).open_tool("bake", [_shared_adapter("misty-ink", "fp16")])
    return _with_room(window)


def library_tools_extract(stage: Stage) -> MainWindow:
    window = library_full(stage)
    _offer_bases(window)
    AdapterTools.look_at = lambda tools, base: None  # type: ignore[method-assign]  # there are no such files
    page(window, LibraryPage).open_tool("extract", [])
    window = _with_room(window)
    sheet = page(window, LibraryPage)._tool_sheet
    assert sheet is not None and isinstance(sheet.form, ExtractForm)
    sheet.form.tuned.box.setCurrentIndex(1)
    sheet.form.tuned.box.activated.emit(1)
    return window


def library_tools_plain(stage: Stage) -> MainWindow:
    window = library_full(stage)
    path = HOME / "LoRAs" / "soft-hatching.safetensors"
    stem = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q"
    shapes = {"w1_a": (1280, 4), "w1_b": (4, 1280), "w2_a": (1280, 4), "w2_b": (4, 1280)}
    tensors = {f"{stem}.hada_{leaf}": np.ones(shape, np.float32) for leaf, shape in shapes.items()}
    save_file(tensors, path, {"ss_base_model_version": "sd_v1"})
    page(window, LibraryPage).open_tool("resize", [path])
    return window


def _offer_bases(window: MainWindow) -> None:
    """Two that fit and one of another family."""
    facts: tuple[tuple[str, str, FamilyId, int], ...] = (
        ("Stable Diffusion 1.5", "sd15", "sd1", 4_265_000_000),
        ("dreamy-v3", "dreamy-v3", "sd1", 2_132_000_000),
        ("SDXL 1.0", "sdxl", "sdxl", 6_938_000_000),
    )
    found = [
        FoundBase(source=str(HOME / "models" / f"{file}.safetensors"), name=name, where="ComfyUI", size_bytes=size,
                  family=family, usable=True)
        for name, file, family, size in facts
    ]  # fmt: skip
    window.context.workspace.bases = (practice(), *found)


def _with_room(window: MainWindow) -> MainWindow:
    """The sheet as on a drive with 41 GB free, whatever this one has."""
    sheet = page(window, LibraryPage)._tool_sheet
    assert sheet is not None

    def name_on_the_disk(name: str, as_folder: bool = False) -> str:
        sheet.tools.free_bytes = 41 * 1024**3
        return name if as_folder else f"{name}.safetensors"

    sheet.tools.file_name = name_on_the_disk  # type: ignore[method-assign]
    return window


def _shared_adapter(name: str, dtype: ExportDtype, metadata: Mapping[str, str] | None = None) -> Path:
    """An adapter as people share it: that of the finished run, in kohya's names."""
    path = HOME / "LoRAs" / f"{name}.safetensors"
    lora = read_lora(HOME / "LoRAs" / "blue-angles-v1.safetensors")
    convert_lora(replace(lora, metadata={**lora.metadata, **(metadata or {})}), path, "kohya", dtype)
    return path


def bases_none(stage: Stage) -> MainWindow:
    window = stage.show("base_models", stage.workspace())
    window.context.workspace.cancel_base_search()
    return window


def bases_some(stage: Stage) -> MainWindow:
    workspace = stage.workspace(stage.project())
    found = stage.base_of(workspace.project)
    single = HOME / "models" / "dreamy-v3.ckpt"
    write_empty_weights(single, 1066)
    half = HOME / "models" / "half"
    half.mkdir()
    workspace.bases = (
        practice(),
        found,
        FoundBase(source=str(single), name="dreamy-v3", where="A1111", size_bytes=2_132_000_000, reason=OLD_FORMAT),
        FoundBase(
            source=str(half),
            name="sd21-half",
            where="Hugging Face",
            size_bytes=1_200_000_000,
            reason=NO_WEIGHTS,
            is_damaged=True,
        ),
        FoundBase(
            source=str(HOME / "usb" / "old"), name="old-disk", where="Added", size_bytes=0, family="sd1", usable=True
        ),
    )
    window = stage.show("base_models", workspace)
    workspace.cancel_base_search()
    return window


def bases_refused(stage: Stage) -> MainWindow:
    window = bases_some(stage)
    old = HOME / "models" / "anything-v3.ckpt"
    old.write_bytes(b"\0" * 100)
    page(window, BaseModelsPage).add(old)
    return window


MODEL_ON_HUB = Offer(
    model_id="stable-diffusion-v1-5/stable-diffusion-v1-5", revision="a" * 40, licence="creativeml-openrail-m",
    is_gated=False, files=(HubFile(name="unet/model.safetensors", size_bytes=2_743_000_000), HubFile(
        name="model_index.json", size_bytes=541)),
)  # fmt: skip


def bases_hub(stage: Stage) -> MainWindow:
    window = bases_none(stage)
    page(window, BaseModelsPage)._open_hub()
    return window


def bases_hub_found(stage: Stage) -> MainWindow:
    window = bases_hub(stage)
    hub = page(window, BaseModelsPage).hub
    found = MODEL_ON_HUB.model_copy(update={"is_gated": True})
    hub.look_up = lambda text, file="": hub.offered.emit(found, 84_000_000_000)  # type: ignore[method-assign]
    look_up(window, found.model_id)
    return window


def bases_hub_unknown(stage: Stage) -> MainWindow:
    window = bases_hub(stage)
    problem = StudioError(
        "hub_unknown", "The hub knows no model ink/nowhere.", "It may be written otherwise, private, or gone.",
        "Copy the id from the top of the model's page.",
    )  # fmt: skip
    hub = page(window, BaseModelsPage).hub
    hub.look_up = lambda text, file="": hub.not_offered.emit(problem)  # type: ignore[method-assign]
    look_up(window, "ink/nowhere")
    return window


def look_up(window: MainWindow, model_id: str) -> None:
    sheet = window.findChild(HubSheet)
    assert isinstance(sheet, HubSheet)
    sheet.id_field.edit.setText(model_id)
    sheet.look_button.click()


def bases_at_work(stage: Stage) -> MainWindow:
    """A model is downloaded, and meanwhile an old one converted."""
    window = bases_some(stage)
    bases = page(window, BaseModelsPage)
    bases.hub.offer, bases.hub._told = MODEL_ON_HUB, (1_180_000_000, MODEL_ON_HUB.size_bytes)
    bases.hub.changed.emit()
    bases.converter.source, bases.converter._told = HOME / "models" / "dreamy-v3.ckpt", (64, 100)
    bases.converter.changed.emit()
    return window


# ── Settings, and what lies over a page ───────────────────────────────────────────────────────────────────


def settings_of(section: str) -> Build:
    def build(stage: Stage) -> MainWindow:
        window = stage.show("settings", stage.workspace(stage.project()))
        page(window, SettingsPage).show_section(section)
        return window

    return build


def banner_over_page(stage: Stage) -> MainWindow:
    window = recipe_estimated(stage)
    body = "It may have been moved, or its drive is not connected. Nothing was changed."
    window.show_banner(
        Banner("err", "The project folder is not there any more.", body, ("Open a project",), closable=True)
    )
    window.toasts.show_toast("3 pictures left out.", lambda: None)
    return window


def closing_question(stage: Stage) -> MainWindow:
    window = train_running(stage)
    closing = Closing(window, window.context.workspace)
    closing.may_close()
    stage.at_end.append(lambda: setattr(window, "close_question", None))
    return window


def shortcut_sheet(stage: Stage) -> MainWindow:
    window = recipe_estimated(stage)
    window.show_shortcuts()
    return window


def drop_target(stage: Stage) -> MainWindow:
    window = images_full(stage)
    window.drop_target.announce_drop("Drop to add 24 images", is_usable=True)
    return window


# ── Menus ─────────────────────────────────────────────────────────────────────────────────────────────────


def menu_projects(stage: Stage) -> MainWindow:
    window = start_recent(stage)
    switcher = window.rail.switcher
    entries = [("Blue angles", True, False), ("Fox mascot", False, True), ("Old comic", False, False)]
    switcher.set_recent([ProjectEntry(name, HOME / name, is_open, trains) for name, is_open, trains in entries])
    stage.open_menu = switcher._open_menu
    return window


def menu_run(stage: Stage) -> MainWindow:
    window = library_chosen(stage)
    view = page(window, LibraryPage).view

    def open_menu() -> None:
        view.scrollTo(view.currentIndex())
        view.menu_wanted.emit(view.viewport().mapToGlobal(view.visualRect(view.currentIndex()).center()))

    stage.open_menu = open_menu
    return window


def menu_tools(stage: Stage) -> MainWindow:
    window = library_full(stage)
    library = page(window, LibraryPage)
    library.view.choose(HOME / "LoRAs" / "blue-angles-v1.safetensors")
    stage.open_menu = library._open_tools_menu
    return window


def menu_job(stage: Stage) -> MainWindow:
    window = queue_full(stage)
    stage.open_menu = lambda: window.findChildren(JobRow)[3]._open_menu()
    return window


def menu_columns(stage: Stage) -> MainWindow:
    window = compare_grid(stage)
    stage.open_menu = page(window, ComparePage)._choose_columns
    return window


def menu_kit(stage: Stage) -> MainWindow:
    window = export_kit(stage)
    stage.open_menu = lambda: page(window, ExportPage).sharing.more_button.click()
    return window


SCREENS: dict[str, Build] = {
    "start-first-run": start_first_run,
    "start-no-card": start_no_card,
    "start-no-base": start_no_base,
    "start-recent": start_recent,
    "images-empty": images_empty,
    "images-scanning": images_scanning,
    "images-full": images_full,
    "images-many-chosen": images_many_chosen,
    "images-crops": images_crops,
    "images-nothing-found": images_nothing_found,
    "images-folder-gone": images_folder_gone,
    "images-review": images_review,
    "images-loupe": images_loupe,
    "recipe-working-out": recipe_working_out,
    "recipe-estimated": recipe_estimated,
    "recipe-measured": recipe_measured,
    "recipe-too-big": recipe_too_big,
    "recipe-no-card": recipe_no_card,
    "recipe-blocked": recipe_blocked,
    "recipe-advanced": recipe_advanced,
    "recipe-text": recipe_text,
    "recipe-prompts": recipe_prompts,
    "train-nothing": train_nothing,
    "train-preparing": train_preparing,
    "train-running": train_running,
    "train-pausing": train_pausing,
    "train-paused": train_paused,
    "train-not-answering": train_waiting,
    "train-failed": train_failed,
    "train-recovered": train_recovered,
    "train-done": train_done,
    "compare-no-samples": compare_no_samples,
    "compare-grid": compare_grid,
    "compare-copy": compare_copy,
    "compare-strengths": compare_strengths,
    "compare-drawing": compare_drawing,
    "compare-one-by-one": compare_one_by_one,
    "compare-missing": compare_missing,
    "compare-runs": compare_runs,
    "compare-prompt": compare_prompt,
    "compare-advice": compare_advice,
    "export-no-pick": export_no_pick,
    "export-ready": export_ready,
    "export-list": export_list,
    "export-more": export_more,
    "export-saved": export_saved,
    "export-failed": export_failed,
    "export-hub": export_hub,
    "export-kit": export_kit,
    "queue-empty": queue_empty,
    "queue-full": queue_full,
    "library-empty": library_empty,
    "library-full": library_full,
    "library-chosen": library_chosen,
    "library-inspecting": library_inspecting,
    "library-settings": library_settings,
    "library-tools-convert": library_tools_convert,
    "library-tools-merge": library_tools_merge,
    "library-tools-bake": library_tools_bake,
    "library-tools-extract": library_tools_extract,
    "library-tools-plain": library_tools_plain,
    "bases-none": bases_none,
    "bases-some": bases_some,
    "bases-refused": bases_refused,
    "bases-hub": bases_hub,
    "bases-hub-found": bases_hub_found,
    "bases-hub-unknown": bases_hub_unknown,
    "bases-at-work": bases_at_work,
    "settings-general": settings_of("general"),
    "settings-folders": settings_of("folders"),
    "settings-gpu": settings_of("gpu"),
    "settings-notifications": settings_of("notifications"),
    "settings-privacy": settings_of("privacy"),
    "settings-shortcuts": settings_of("shortcuts"),
    "menu-projects": menu_projects,
    "menu-run": menu_run,
    "menu-tools": menu_tools,
    "menu-job": menu_job,
    "menu-columns": menu_columns,
    "menu-kit": menu_kit,
    "banner-and-toast": banner_over_page,
    "closing-question": closing_question,
    "shortcut-sheet": shortcut_sheet,
    "drop-target": drop_target,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One more look at a screen."""

    name: str
    theme: ThemeChoice = "dark"
    text_scale: float = 1.0
    size: tuple[int, int] = (1280, 800)


SMALL = Variant("small", size=(1024, 680))
LARGE = Variant("large", "light", size=(1600, 1000))
LARGE_TEXT = Variant("large-text", "light", text_scale=1.5)
CONTRAST = Variant("contrast", "contrast")
GERMAN = Variant("german")
FOUR_K = Variant("4k", "light", size=(3840, 2160))
IN_GERMAN = (
    "images-full",
    "recipe-estimated",
    "train-running",
    "compare-grid",
    "export-ready",
    "bases-hub-found",
    "settings-gpu",
    "export-hub",
    "menu-run",
)
EVERY = (SMALL, LARGE, LARGE_TEXT, CONTRAST)
VARIANTS: dict[str, tuple[Variant, ...]] = {
    "start-recent": (SMALL, LARGE_TEXT),
    "images-full": EVERY,
    "recipe-estimated": EVERY,
    "train-running": EVERY,
    "compare-grid": EVERY,
    "export-ready": (SMALL, LARGE_TEXT),
    "export-list": (LARGE,),
    "export-hub": (LARGE_TEXT,),
    "menu-run": (LARGE_TEXT,),
    "queue-full": (SMALL, LARGE_TEXT),
    "library-full": (SMALL,),
    "bases-some": (SMALL, LARGE_TEXT),
    "bases-hub-found": (SMALL, LARGE_TEXT),
    "settings-gpu": (SMALL, CONTRAST),
}
