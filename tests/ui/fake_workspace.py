"""A workspace that a test writes into: the same signals and attributes, and no disk, process or waiting.

    workspace = FakeWorkspace(project=project_of("style"))
    context = Context(SettingsModel(...), appearance, workspace)
    workspace.show_scan(drawn_report(tmp_path))     # sets attributes and emits what the real one would
    ...
    assert workspace.calls == [("leave_out", (("001.png",), True))]

Methods that would work on the disk are written down in `calls` as (name, arguments); `change` and `leave_out` change
the project at once, so that a page shows what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lora_studio import bases
from lora_studio.bases import FoundBase
from lora_studio.dataset.scan import ScanReport, scan_dataset
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import Budget, Fix
from lora_studio.hardware.probe import GraphicsCard, Hardware
from lora_studio.projects.pictures import PictureFile, with_captions
from lora_studio.projects.project import ImageFolder, Project, ProjectData
from lora_studio.projects.recipe import plan_project
from lora_studio.runs.create import RunPlan
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.prepare import plan_budget
from lora_studio.settings import Settings, SettingsRead
from ui.models.run import RunModel
from ui.models.settings import SettingsModel
from ui.models.workspace import Workspace

CARD = GraphicsCard(
    index=0, name="RTX 4070", total_mib=12_282, free_mib=11_000, compute_capability=(8, 9), temperature_c=67
)


def quiet_settings(**values: Any) -> SettingsModel:
    """Settings that are read from nowhere and saved nowhere."""
    return SettingsModel(lambda: SettingsRead(Settings(**values)), lambda _: None)


def hardware(*cards: GraphicsCard, folder: Path = Path("/projects")) -> Hardware:
    """A computer with these cards, 16 GB of memory and 41 GB free on its disk."""
    return Hardware(
        cards=cards, driver="560.1" if cards else None, cores=8, memory_total_mib=16_384, memory_free_mib=9_000,
        disk_path=folder, disk_free_mib=41 * 1024,
    )  # fmt: skip


def project_over(folder: Path, images_dir: Path, **values: Any) -> Project:
    """A project in `folder` about the pictures in `images_dir`; nothing is written."""
    data = ProjectData(name=values.pop("name", "Misty Ink"), image_folders=(ImageFolder(path=str(images_dir)),))
    return Project(folder, data).changed(**values)


class FakeWorkspace(Workspace):
    def __init__(self, settings: SettingsModel | None = None, project: Project | None = None) -> None:
        super().__init__(settings or quiet_settings())
        self.project = project
        self.bases = (practice(),)
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.planning = False

    @property
    def is_planning(self) -> bool:
        return self.planning

    # ── What a test makes happen ──────────────────────────────────────────────────────────────────────────

    def show_project(self, project: Project | None) -> None:
        self.project = project
        self.project_changed.emit()

    def show_files(self, images_dir: Path) -> None:
        """Names only, as at the begin of a scan."""
        paths = sorted(images_dir.glob("*.png"))
        self.files = [PictureFile(path.name, path) for path in paths]
        self.report = None
        self.pictures_changed.emit()

    def show_scan(self, report: ScanReport, held_back: ScanReport | None = None) -> None:
        self.files = [PictureFile(image.relative, image.path) for image in report.images]
        self.report, self.held_back, self.scan_problem = report, held_back, None
        self.pictures_changed.emit()

    def show_scan_problem(self, problem: StudioError) -> None:
        self.report, self.scan_problem, self.plan_problem = None, problem, problem
        self.pictures_changed.emit()
        self.plan_changed.emit()

    def show_plan(self, plan: RunPlan | None, budget: Budget | None = None, problem: StudioError | None = None) -> None:
        self.plan, self.budget, self.plan_problem = plan, budget, problem
        self.plan_changed.emit()

    def plan_for_real(self, computer: Hardware | None = None) -> None:
        """Plan the present project and pictures with the engine, at once."""
        assert self.project is not None and self.report is not None
        self.hardware = computer or self.hardware or hardware()
        plan = plan_project(self.project, self.report, self.held_back)
        self.show_plan(plan, plan_budget(plan, self.hardware))

    def show_runs(self, *runs: RunFolder) -> None:
        self.runs = runs
        self.runs_changed.emit()

    def show_run_model(self, run: RunModel | None) -> None:
        self.run = run
        self.run_changed.emit()

    def show_bases(self, *found: FoundBase) -> None:
        self.bases = (practice(), *found)
        self.is_searching_bases = False
        self.bases_changed.emit()

    def show_hardware(self, computer: Hardware) -> None:
        self.hardware = computer
        self.hardware_changed.emit()

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of every call of this method, in order."""
        return [arguments for called, arguments in self.calls if called == name]

    # ── What a page asks for ──────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        self._note("start")

    def finish(self) -> None:
        self._note("finish")

    def wait_until_saved(self) -> None:
        self._note("wait_until_saved")

    def open_project(self, folder: Path) -> None:
        self._note("open_project", folder)

    def open_images(self, paths: Sequence[Path]) -> None:
        self._note("open_images", tuple(paths))

    def open_copy(self, named: str, then: Callable[[], None]) -> None:
        self._note("open_copy", named)

    def open_sample(self, kind: str) -> None:
        self._note("open_sample", kind)

    def close_project(self) -> None:
        self._note("close_project")
        self.show_project(None)

    def change(self, **fields: Any) -> None:
        self._note("change", fields)
        if self.project is not None:
            self.project = self.project.changed(**fields)
            self.project_changed.emit()

    def add_images(self, paths: Sequence[Path]) -> None:
        self._note("add_images", tuple(paths))

    def add_smaller_copies(self, pictures: Mapping[str, Path], then: Callable[[], None]) -> None:
        self._note("add_smaller_copies", dict(pictures))
        then()

    def rescan(self) -> None:
        self._note("rescan")

    def set_captions(self, texts: Mapping[Path, str], seen: Mapping[Path, str] | None = None) -> None:
        self._note("set_captions", dict(texts))
        if self.report is not None:
            self.report = with_captions(self.report, texts)
            self.can_undo_caption = True
            self.pictures_changed.emit()

    def read_again(self, seen: Mapping[Path, str], then: Callable[[int], None]) -> None:
        self._note("read_again", dict(seen))  # and nothing says anything else

    def take_captions(self, files: Sequence[Path]) -> None:
        self._note("take_captions", tuple(files))

    def undo_caption(self) -> None:
        self._note("undo_caption")

    def redo_caption(self) -> None:
        self._note("redo_caption")

    def fix(self, fix: Fix) -> None:
        self._note("fix", fix)
        super().fix(fix)

    def start_training(self) -> None:
        self._note("start_training")

    def add_to_queue(self) -> None:
        self._note("add_to_queue")

    def show_run(self, run: RunFolder) -> None:
        self._note("show_run", run)

    def refresh_runs(self) -> None:
        self._note("refresh_runs")

    def save_again(self) -> None:
        self._note("save_again")

    def refresh_queue(self) -> None:
        self._note("refresh_queue")

    def search_bases(self) -> None:
        self._note("search_bases")
        self.is_searching_bases = True
        self.bases_changed.emit()

    def cancel_base_search(self) -> None:
        self._note("cancel_base_search")
        self.is_searching_bases = False
        self.bases_changed.emit()

    def check_base(self, base: FoundBase) -> None:
        self._note("check_base", base)

    def add_base(self, path: Path) -> None:
        self._note("add_base", path)

    def probe_hardware(self) -> None:
        self._note("probe_hardware")

    def _note(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, arguments))


def practice() -> FoundBase:
    return FoundBase(
        source=bases.PRACTICE, name="Practice base", where="LoRA Studio", size_bytes=60_000_000, family="practice",
        usable=True,
    )  # fmt: skip


def scanned(images_dir: Path) -> ScanReport:
    """A real report about drawn pictures; some ten milliseconds for a few small ones."""
    return scan_dataset(images_dir)
