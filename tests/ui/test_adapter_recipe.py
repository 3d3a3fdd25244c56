"""Taking over the settings behind an adapter file: what the sheet shows, what it changes, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from fake_workspace import CARD, FakeWorkspace, hardware, project_over, quiet_settings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from lora_studio.projects.project import Project
from ui.models.adapter_recipe import RecipeOffer, RecipeRow, offer_of
from ui.pages.library import LibraryPage
from ui.pages.library_recipe import AdapterRecipeSheet
from ui.pages.library_sheets import InspectSheet
from ui.theme.appearance import Appearance
from ui.widgets.labels import Label
from ui.widgets.page import Context

Kind = TypeVar("Kind", bound=QWidget)
PRACTICE = {"modelspec.architecture": "lora-studio-practice/lora"}
TOLD = {**PRACTICE, "ss_seed": "99", "ss_optimizer": "lion_pytorch.Lion", "ss_lr_scheduler": "linear"}


def write_fox(path: Path, metadata: dict[str, str], width: int = 256) -> Path:
    """A LoRA of one layer, rank 3 and alpha 6."""
    stem = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    down, up = np.ones((3, width), np.float32), np.ones((96, 3), np.float32)
    tensors = {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up, f"{stem}.alpha": np.array(6, np.float32)}
    save_file(tensors, path, metadata)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_over(tmp_path / "project", tmp_path / "pictures", settings={"seed": 5, "dataset.flip": False})


@pytest.fixture
def fox(tmp_path: Path) -> Path:
    return write_fox(tmp_path / "fox.safetensors", TOLD)


@pytest.fixture
def workspace(project: Project) -> FakeWorkspace:
    workspace = FakeWorkspace(quiet_settings(), project)
    workspace.hardware = hardware(CARD)
    return workspace


@pytest.fixture
def page(qtbot: QtBot, appearance: Appearance, workspace: FakeWorkspace) -> LibraryPage:
    page = LibraryPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def rows(found: tuple[RecipeRow, ...]) -> dict[str, tuple[str, str]]:
    return {row.title: (row.now, row.then) for row in found}


class TestOffer:
    def test_it_holds_the_files_settings_against_the_projects(self, fox: Path, project: Project) -> None:
        offer = offer_of(fox, project, hardware(CARD))
        changes = rows(offer.changes)
        assert changes["Seed"] == ("5", "99")
        assert changes["Layers"][1] == "cross-attention"
        assert changes["Rank"][1] == "3" and changes["Alpha"][1] == "6"
        assert rows(offer.unknown)["Learning rate"][1] == "unknown"
        left = {row.title: (row.then, row.note) for row in offer.left}
        assert left["Optimiser"][0] == "Lion" and "not offered here" in left["Optimiser"][1]
        assert offer.settings["seed"] == 99 and offer.settings["dataset.flip"] is False

    def test_a_value_that_is_the_usual_one_again_is_no_change_of_the_persons(self, fox: Path, project: Project) -> None:
        changed = project.changed(settings={"schedule.curve": "constant"})
        assert offer_of(fox, changed, None).settings["schedule.curve"] == "linear"
        cosine = write_fox(fox, {**PRACTICE, "ss_lr_scheduler": "cosine"})
        assert "schedule.curve" not in offer_of(cosine, changed, None).settings

    def test_an_optimiser_that_needs_another_card_is_left_with_the_reason(
        self, tmp_path: Path, project: Project
    ) -> None:
        file = write_fox(tmp_path / "a.safetensors", {**PRACTICE, "ss_optimizer": "AdamW8bit"})
        assert "optimizer.type" in offer_of(file, project, hardware(CARD)).settings
        without = offer_of(file, project, hardware())
        assert "optimizer.type" not in without.settings
        assert [(row.then, row.note) for row in without.left] == [("AdamW 8-bit", "needs an NVIDIA card")]

    def test_training_cannot_go_on_from_a_file_for_another_base(self, tmp_path: Path, project: Project) -> None:
        file = write_fox(tmp_path / "a.safetensors", {}, width=768)
        reason = offer_of(file, project, None).start_reason
        assert reason == "It was made for SD 1.x, and this base model is the Practice base."

    def test_settings_that_cannot_work_beside_the_projects_are_refused(self, tmp_path: Path, project: Project) -> None:
        file = write_fox(tmp_path / "a.safetensors", {**PRACTICE, "ss_resolution": "(64, 64)"})
        wide = project.changed(settings={"dataset.bucket_multiple_px": 128})
        assert "dataset.resolution_px" in offer_of(file, wide, None).problem


def open_sheet(qtbot: QtBot, page: LibraryPage, path: Path) -> AdapterRecipeSheet:
    page.take_drop((path,))
    look = wait_for(qtbot, page, InspectSheet)
    look.settings_button.click()
    return wait_for(qtbot, page, AdapterRecipeSheet)


def wait_for(qtbot: QtBot, page: LibraryPage, kind: type[Kind]) -> Kind:
    qtbot.waitUntil(lambda: page.window().findChild(kind) is not None)
    found = page.window().findChild(kind)
    assert isinstance(found, kind)
    return found


class TestSheet:
    def test_using_the_settings_is_one_change_that_can_be_taken_back(
        self, qtbot: QtBot, page: LibraryPage, workspace: FakeWorkspace, fox: Path
    ) -> None:
        before = workspace.project
        assert before is not None
        told: list[tuple[str, Callable[[], None]]] = []
        page.toast_wanted.connect(lambda words, undo: told.append((words, undo)))
        sheet = open_sheet(qtbot, page, fox)
        with qtbot.waitSignal(page.place_wanted) as place:
            sheet.use_button.click()
        assert place.args == ["recipe"]
        assert workspace.project is not None
        settings = workspace.project.data.settings
        assert (settings["seed"], settings["adapter.rank"], settings["schedule.curve"]) == (99, 3, "linear")
        assert "adapter.start_from" not in settings
        assert [name for name, _ in workspace.calls] == ["change"]
        words, take_back = told[-1]
        assert words == "The settings of fox.safetensors are in place."
        take_back()
        assert workspace.project.data == before.data

    def test_going_on_from_what_it_learned_names_the_file(
        self, qtbot: QtBot, page: LibraryPage, workspace: FakeWorkspace, fox: Path
    ) -> None:
        sheet = open_sheet(qtbot, page, fox)
        assert sheet.start_box.isEnabled()
        sheet.start_box.setChecked(True)
        sheet.use_button.click()
        assert workspace.project is not None
        assert workspace.project.data.settings["adapter.start_from"] == str(fox)

    def test_cancel_leaves_everything(
        self, qtbot: QtBot, page: LibraryPage, workspace: FakeWorkspace, fox: Path
    ) -> None:
        before = workspace.project
        open_sheet(qtbot, page, fox).cancel_button.click()
        assert workspace.project is before

    def test_the_box_is_closed_with_the_reason_where_the_file_cannot_fit(
        self, qtbot: QtBot, page: LibraryPage, tmp_path: Path
    ) -> None:
        sheet = open_sheet(qtbot, page, write_fox(tmp_path / "a.safetensors", {}, width=768))
        assert not sheet.start_box.isEnabled()
        assert any(label.text().startswith("It was made for SD 1.x") for label in sheet.findChildren(Label))

    def test_without_a_project_the_button_says_what_is_missing(
        self, qtbot: QtBot, page: LibraryPage, workspace: FakeWorkspace, fox: Path
    ) -> None:
        workspace.show_project(None)
        page.take_drop((fox,))
        button = wait_for(qtbot, page, InspectSheet).settings_button
        assert not button.isEnabled() and button.reason == "Open the project first that is to have them"

    def test_a_file_that_changes_nothing_can_still_be_gone_on_from(self, qtbot: QtBot, fox: Path) -> None:
        area = QWidget()
        qtbot.addWidget(area)
        sheet = AdapterRecipeSheet(area, RecipeOffer(fox, (), (), (), 4, {}, "", ""))
        assert sheet.use_button.reason == "Nothing would change."
        sheet.start_box.setChecked(True)
        assert sheet.use_button.isEnabled()
