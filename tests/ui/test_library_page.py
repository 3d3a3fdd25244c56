"""The library: what it finds, what it says of what it cannot read, and what can be done with an entry."""

import os
import shutil
from pathlib import Path

import pytest
import sample_runs
import told_runs
from fake_workspace import FakeWorkspace, quiet_settings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from lora_studio.errors import StudioError
from lora_studio.projects.project import BaseReference, Project, RunNote, create_project, save_project
from lora_studio.projects.recent import note_opened, recent_projects
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.weights.inspect import inspect_adapter
from ui.models import library_space
from ui.models.library import LibraryEntry, LibraryFilter, folder_bytes
from ui.models.library_inspect import facts_of
from ui.models.library_recipe import recipe_of
from ui.models.library_space import look_for_space, move_to_bin
from ui.models.workspace import PromptWish
from ui.pages.library import LibraryPage
from ui.pages.library_sheets import FreeSpaceSheet, InspectSheet
from ui.theme.appearance import Appearance
from ui.widgets.banner import Banner
from ui.widgets.labels import Label
from ui.widgets.page import Context


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def project(home: Path) -> Project:
    return create_project(home / "data" / "projects" / "Misty Ink", "Misty Ink")


@pytest.fixture
def page(qtbot: QtBot, appearance: Appearance) -> LibraryPage:
    workspace = FakeWorkspace(quiet_settings())
    page = LibraryPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def read(qtbot: QtBot, page: LibraryPage) -> list[LibraryEntry]:
    page.shown()
    qtbot.waitUntil(lambda: page.library.has_read and not page.library.is_reading)
    return list(page.library.entries)


def choose(page: LibraryPage, path: Path) -> None:
    page.view.choose(path)
    assert page.view.chosen() is not None


class TestReading:
    def test_before_anything_was_made_it_says_so(self, qtbot: QtBot, page: LibraryPage) -> None:
        assert read(qtbot, page) == []
        assert page.stack.currentWidget() is page.empty

    def test_a_run_brings_its_picture_stars_and_state(self, qtbot: QtBot, page: LibraryPage, project: Project) -> None:
        run = sample_runs.finish(sample_runs.make_run(project.runs_dir / "ink"))
        save_project(project.changed(runs={"ink": RunNote(pick=2, stars={2: 5, 3: 1})}))
        (entry,) = read(qtbot, page)
        assert (entry.title, entry.stars, entry.pick, entry.epochs) == ("ink", 5, 2, 4)
        assert entry.cover == run.sample_path(2, 1)
        assert entry.size_bytes > 300_000
        assert page.library.state_words(entry).startswith("Finished, 4 epoch")

    def test_one_damaged_run_leaves_the_others_as_they_are(
        self, qtbot: QtBot, page: LibraryPage, project: Project
    ) -> None:
        sample_runs.make_run(project.runs_dir / "good")
        sample_runs.make_run(project.runs_dir / "torn").config_path.write_text("{")
        kinds = {entry.title: entry.kind for entry in read(qtbot, page)}
        assert kinds == {"good": "run", "torn": "damaged"}

    def test_a_damaged_project_is_an_entry_too(self, qtbot: QtBot, page: LibraryPage, project: Project) -> None:
        (project.folder / "project.json").write_text("{")
        (entry,) = read(qtbot, page)
        assert (entry.kind, entry.problem) == ("damaged", "This project's file is damaged.")

    def test_a_project_that_was_moved_can_be_found_or_taken_off_the_list(
        self, qtbot: QtBot, page: LibraryPage, tmp_path: Path
    ) -> None:
        moved = create_project(tmp_path / "drive" / "Comic", "Comic")
        note_opened(moved)
        shutil.rmtree(moved.folder)
        (entry,) = read(qtbot, page)
        assert (entry.kind, entry.title) == ("missing", "Comic")
        choose(page, entry.path)
        assert page.bottom_actions() == [page.forget_button, page.find_button]
        page.forget_button.click()
        qtbot.waitUntil(lambda: recent_projects() == [] and page.library.entries == ())

    def test_adapters_of_runs_and_of_the_exports_folder_are_entries_once(
        self, qtbot: QtBot, page: LibraryPage, project: Project, tmp_path: Path
    ) -> None:
        export_epoch(told_runs.trained_run(project.runs_dir / "ink"))
        (tmp_path / "loras").mkdir()
        (tmp_path / "loras" / "torn.safetensors").write_bytes(b"\0" * 100)
        page.context.settings.set("exports_folder", str(tmp_path / "loras"))
        kinds = [(entry.title, entry.kind) for entry in read(qtbot, page)]
        assert sorted(kinds) == [("ink", "adapter"), ("ink", "run"), ("torn", "damaged")]

    def test_each_adapter_of_a_run_tells_its_own_epoch_and_shows_its_picture(
        self, qtbot: QtBot, page: LibraryPage, project: Project
    ) -> None:
        run = told_runs.trained_run(project.runs_dir / "ink")
        save_project(project.changed(runs={"ink": RunNote(pick=2)}))
        export_epoch(run)
        export_epoch(run, 2)
        shown = {
            entry.title: (page.library.state_words(entry), entry.cover)
            for entry in read(qtbot, page)
            if entry.kind == "adapter"
        }
        assert shown == {
            "ink": ("Adapter file, epoch 3", run.sample_path(3, 1)),
            "ink-epoch02": ("Adapter file, epoch 2", run.sample_path(2, 1)),
        }

    def test_runs_and_their_files_are_told_apart_in_number_and_on_their_tiles(
        self, qtbot: QtBot, page: LibraryPage, project: Project
    ) -> None:
        export_epoch(told_runs.trained_run(project.runs_dir / "ink"))
        read(qtbot, page)
        state = page.bottom_state()
        assert state is not None and state.title == "1 run, 1 adapter file"
        tiles = [page.view.visualRect(page.view.model().index(row, 0)) for row in range(2)]
        shown = page.view.viewport().grab().toImage()
        run, file = [shown.copy(tile.adjusted(12, 12, -12, -80)) for tile in tiles]  # the same picture, marked
        assert run != file


class TestFiltering:
    @pytest.fixture(autouse=True)
    def three_runs(self, qtbot: QtBot, page: LibraryPage, project: Project) -> None:
        sample_runs.make_run(project.runs_dir / "blue", kind="style")
        sample_runs.make_run(project.runs_dir / "fox", kind="character")
        sample_runs.finish(sample_runs.make_run(project.runs_dir / "red fox", kind="character"))
        save_project(project.changed(runs={"red fox": RunNote(stars={1: 4})}))
        read(qtbot, page)

    def shown(self, page: LibraryPage) -> list[str]:
        return [page.library.entry(row).title for row in range(page.library.rowCount())]

    def test_words_kind_and_stars_narrow_together(self, page: LibraryPage) -> None:
        page.search.edit.setText("fox")
        assert sorted(self.shown(page)) == ["fox", "red fox"]
        page.library.set_filter(taught="style")
        assert self.shown(page) == []
        assert page.stack.currentWidget() is page.filtered_empty
        assert "fox" in page.filtered_empty.sentence_label.text()
        page.filtered_empty.button.click()
        assert len(self.shown(page)) == 3
        page.library.set_filter(stars=4)
        assert self.shown(page) == ["red fox"]

    def test_it_can_be_ordered(self, page: LibraryPage) -> None:
        page.library.set_filter(order="name")
        assert self.shown(page) == ["blue", "fox", "red fox"]
        page.library.set_filter(order="size")
        assert self.shown(page)[0] == "red fox"

    def test_the_chosen_entry_stays_chosen_when_the_library_is_read_again(
        self, qtbot: QtBot, page: LibraryPage, project: Project
    ) -> None:
        choose(page, project.runs_dir / "fox")
        sample_runs.make_run(project.runs_dir / "green")
        read(qtbot, page)
        chosen = page.view.chosen()
        assert len(self.shown(page)) == 4
        assert chosen is not None and chosen.title == "fox"


def test_a_filter_that_only_orders_leaves_nothing_out() -> None:
    assert not LibraryFilter(order="size").is_narrow
    assert LibraryFilter(stars=1).is_narrow


class TestDoing:
    @pytest.fixture
    def run(self, qtbot: QtBot, page: LibraryPage, project: Project) -> RunFolder:
        run = sample_runs.crash(sample_runs.make_run(project.runs_dir / "ink"))
        read(qtbot, page)
        choose(page, run.path)
        return run

    def test_a_run_is_opened_in_its_project_and_shown(
        self, qtbot: QtBot, page: LibraryPage, run: RunFolder, project: Project
    ) -> None:
        workspace = page._workspace
        assert isinstance(workspace, FakeWorkspace)
        page.open_button.click()
        assert workspace.calls[-1] == ("open_project", (project.folder,))
        with qtbot.waitSignal(page.place_wanted) as wanted:
            workspace.show_project(project)
        assert wanted.args == ["train"]
        assert workspace.calls[-1] == ("show_run", (run,))

    def test_an_unfinished_run_can_go_on_and_a_finished_one_cannot(
        self, qtbot: QtBot, page: LibraryPage, run: RunFolder, project: Project
    ) -> None:
        assert page.resume_button in page.bottom_actions()
        done = sample_runs.finish(sample_runs.make_run(project.runs_dir / "done"))
        read(qtbot, page)
        choose(page, done.path)
        assert page.resume_button not in page.bottom_actions()
        assert page.bottom_actions()[-1] is page.open_button

    def test_a_run_and_its_adapters_can_be_drawn_with(
        self, qtbot: QtBot, page: LibraryPage, run: RunFolder, project: Project
    ) -> None:
        workspace = page._workspace
        assert isinstance(workspace, FakeWorkspace)
        assert page.draw_button not in page.bottom_actions()  # it has no epoch yet
        done = told_runs.trained_run(project.runs_dir / "done")
        adapter = export_epoch(done).path
        read(qtbot, page)
        choose(page, done.path)
        assert page.draw_button in page.bottom_actions()
        choose(page, adapter)
        assert page.draw_button in page.bottom_actions()
        page.draw_button.click()
        with qtbot.waitSignal(page.place_wanted) as wanted:
            workspace.show_project(project)
        assert (wanted.args, workspace.wanted_prompt) == (["compare"], PromptWish())
        assert workspace.calls[-1] == ("show_run", (done,))

    def test_its_recipe_goes_into_the_open_project_and_can_be_taken_back(
        self, qtbot: QtBot, page: LibraryPage, run: RunFolder, tmp_path: Path
    ) -> None:
        workspace = page._workspace
        assert isinstance(workspace, FakeWorkspace)
        other = create_project(tmp_path / "other", "Other").changed(kind="character", trigger="fox")
        workspace.show_project(other)
        with qtbot.waitSignal(page.toast_wanted) as told:
            page.recipe_button.click()
        assert workspace.project is not None
        data = workspace.project.data
        assert (data.kind, data.settings, data.trigger) == ("style", {"adapter.rank": 16}, "fox")
        told.args[1]()
        assert workspace.project.data == other.data

    def test_the_menu_offers_what_the_bar_offers(self, page: LibraryPage, run: RunFolder) -> None:
        assert [action.text() for action in page.build_menu().actions()] == [
            "Open", "Resume", "Use this recipe", "Free space", "Show in folder",
        ]  # fmt: skip

    def test_a_safetensors_file_can_be_dropped_to_be_looked_at_and_others_not(self, page: LibraryPage) -> None:
        assert "ink.safetensors" in page.drop_sentence((Path("ink.safetensors"),))
        assert page.drop_sentence((Path("ink.png"),)) == ""

    def test_a_file_that_is_no_adapter_is_told_in_words(self, qtbot: QtBot, page: LibraryPage, tmp_path: Path) -> None:
        path = tmp_path / "torn.safetensors"
        path.write_bytes(b"\x10")
        page.take_drop((path,))
        qtbot.waitUntil(lambda: page.findChild(InspectSheet) is not None)
        sheet = page.findChild(InspectSheet)
        assert isinstance(sheet, InspectSheet)
        (banner,) = sheet.findChildren(Banner)
        assert banner.title == "torn.safetensors is not a safetensors file."


class TestLookingInside:
    def facts(self, path: Path, family: str) -> dict[str, str]:
        export_epoch(told_runs.trained_run(path, family=family), 2)
        report = inspect_adapter(path / "exports" / f"{path.name}-epoch02.safetensors")
        return dict(facts_of(report))

    def test_the_programs_that_read_a_file_are_named_above_its_scheme(self, tmp_path: Path) -> None:
        facts = self.facts(tmp_path / "ink", "sd1")
        assert facts["Works in"] == "diffusers, ComfyUI, A1111 and Forge, InvokeAI"
        assert list(facts).index("Works in") < list(facts).index("Written as")
        assert facts["Epoch"] == "2"
        assert facts["Precision"] == "fp16"  # as Export and Tools call it

    def test_no_other_program_is_named_for_a_file_of_the_practice_base(self, tmp_path: Path) -> None:
        facts = self.facts(tmp_path / "ink", "practice")
        assert facts["Works in"] == "LoRA Studio only: no other program has the Practice base"
        assert "ComfyUI" not in " ".join(facts.values())


def test_the_words_of_a_recipe_come_along_only_when_asked_for(project: Project) -> None:
    run = sample_runs.make_run(project.runs_dir / "ink")
    recipe = recipe_of(run, [])
    assert recipe["base"] == BaseReference(source="practice")
    assert "trigger" not in recipe
    assert recipe_of(run, [], with_words=True)["trigger"] == "mistyink"


class TestFreeSpace:
    @pytest.fixture
    def binned(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
        """Stands for the system's bin."""
        bin_dir = tmp_path / "bin"
        bin_dir.mkdir()
        moved: list[Path] = []

        def move(path: Path) -> None:
            moved.append(path)
            shutil.move(path, bin_dir / f"{len(moved)}-{path.name}")

        monkeypatch.setattr(library_space, "send2trash", move)
        return moved

    @pytest.fixture
    def run(self, project: Project) -> RunFolder:
        save_project(project.changed(runs={"ink": RunNote(pick=2, stars={3: 4})}))
        return sample_runs.finish(sample_runs.make_run(project.runs_dir / "ink"))

    def test_the_bytes_are_known_before_anything_moves(self, run: RunFolder, binned: list[Path]) -> None:
        space = look_for_space(run)
        assert {part.name: part.size_bytes for part in space.parts} == {
            "cache": 50_000, "saves": 90_000, "epochs": 80_000,
        }  # fmt: skip
        assert binned == []

    def test_what_two_runs_hold_together_counts_half_in_each(
        self, run: RunFolder, project: Project, binned: list[Path]
    ) -> None:
        other = sample_runs.finish(sample_runs.make_run(project.runs_dir / "other"))
        for path in run.cache_dir.iterdir():
            (other.cache_dir / path.name).unlink()
            os.link(path, other.cache_dir / path.name)
        for one in (run, other):
            (cache,) = [part for part in look_for_space(one).parts if part.name == "cache"]
            assert cache.size_bytes == folder_bytes(one.cache_dir) == 25_000
        assert move_to_bin(look_for_space(run), ["cache"]) == 25_000
        assert [path.read_bytes() for path in other.cache_dir.iterdir()] == [bytes(50_000)]

    def test_the_pick_and_what_was_rated_stay(self, run: RunFolder, binned: list[Path]) -> None:
        assert move_to_bin(look_for_space(run), ["epochs"]) == 80_000
        assert run.epochs() == [2, 3]
        assert run.sampled_epochs() == [1, 2, 3, 4]

    def test_without_a_pick_no_epoch_is_offered(self, project: Project) -> None:
        run = sample_runs.finish(sample_runs.make_run(project.runs_dir / "other"))
        assert [part.name for part in look_for_space(run).parts] == ["cache", "saves"]

    def test_a_run_that_trains_is_left_alone(self, project: Project) -> None:
        run = sample_runs.train_now(sample_runs.make_run(project.runs_dir / "busy"))
        with pytest.raises(StudioError) as refused:
            look_for_space(run)
        assert refused.value.code == "run_busy"

    def test_a_drive_without_a_bin_is_told_and_nothing_is_deleted(
        self, run: RunFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path) -> None:
            raise PermissionError("no trash directory")

        monkeypatch.setattr(library_space, "send2trash", refuse)
        with pytest.raises(StudioError) as refused:
            move_to_bin(look_for_space(run), ["cache", "saves"])
        assert refused.value.code == "no_bin"
        assert run.checkpoint_steps() == [sample_runs.STEPS]

    def test_saves_that_a_run_still_needs_are_not_chosen_by_themselves(self, qtbot: QtBot, project: Project) -> None:
        run = sample_runs.make_run(project.runs_dir / "half")
        run.checkpoint_dir(40).mkdir()
        (run.checkpoint_dir(40) / "state.json").write_bytes(b"\0" * 1000)
        sample_runs.crash(run)
        area = QWidget()
        qtbot.addWidget(area)
        sheet = FreeSpaceSheet(area, look_for_space(run))
        assert sheet.chosen() == []
        assert not sheet.free_button.isEnabled()
        sheet.boxes["saves"].setChecked(True)
        assert sheet.free_button.text() == "Move 1 kB to the bin"

    def test_the_page_frees_what_was_chosen(
        self, qtbot: QtBot, page: LibraryPage, run: RunFolder, binned: list[Path]
    ) -> None:
        read(qtbot, page)
        choose(page, run.path)
        page.space_button.click()
        qtbot.waitUntil(lambda: page.findChild(FreeSpaceSheet) is not None)
        sheet = page.findChild(FreeSpaceSheet)
        assert isinstance(sheet, FreeSpaceSheet)
        with qtbot.waitSignal(page.toast_wanted) as told:
            sheet.free_button.click()
        assert told.args[0] == "140 kB moved to the bin."
        assert (run.checkpoint_steps(), run.epochs()) == ([], [1, 2, 3, 4])


def test_text_from_a_file_is_never_read_as_markup(qtbot: QtBot, page: LibraryPage, project: Project) -> None:
    run = sample_runs.finish(sample_runs.make_run(project.runs_dir / "ink"))
    path = run.exports_dir / "<b>bold.safetensors"
    path.write_bytes(b"\0")
    page.take_drop((path,))
    qtbot.waitUntil(lambda: page.findChild(InspectSheet) is not None)
    titles = [label for label in page.findChildren(Label) if "<b>" in label.text()]
    assert titles and all(label.textFormat().name == "PlainText" for label in titles)
