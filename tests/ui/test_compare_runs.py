"""Runs of a project side by side: whose pictures stand where, and what a person can do with them."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_workspace import FakeWorkspace, project_over
from pytestqt.qtbot import QtBot
from told_runs import told_run, trained_run

from lora_studio.projects.project import RunNote
from lora_studio.runs.folder import RunFolder
from ui.models.run import RunModel
from ui.pages.compare import ComparePage
from ui.pages.compare_runs import RunsPanel
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

WAIT_MS = 8000
DRAWS = """
import json, sys
from PIL import Image
for path in json.load(sys.stdin)["out_paths"]:
    Image.new("RGB", (8, 8)).save(path)
print("{}")
"""


@pytest.fixture
def older(tmp_path: Path) -> RunFolder:
    return trained_run(tmp_path / "older")


@pytest.fixture
def workspace(tmp_path: Path, older: RunFolder) -> FakeWorkspace:
    project = project_over(tmp_path / "project", tmp_path)
    workspace = FakeWorkspace(project=project)
    workspace.change(runs={"older": RunNote(pick=2)})
    workspace.run = RunModel(trained_run(tmp_path / "ink"))
    workspace.runs = (workspace.run.run, older, told_run(tmp_path / "just begun"))
    return workspace


@pytest.fixture
def page(workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot) -> Iterator[ComparePage]:
    made = ComparePage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    made.shown()
    assert made._drawings is not None and workspace.run is not None
    with qtbot.waitSignal(made._drawings.ready, timeout=WAIT_MS):
        workspace.run.look()
    yield made
    made._drop_runs_panel()
    if made._drawings is not None:
        made._drawings.close()


def panel_of(page: ComparePage, qtbot: QtBot) -> RunsPanel:
    page._choose_mode("runs")
    panel = page._runs_panel
    assert panel is not None
    qtbot.waitUntil(lambda: len(panel.comparison.columns) == 3, timeout=WAIT_MS)
    return panel


def test_each_run_stands_at_its_pick_or_at_its_last_epoch(page: ComparePage, qtbot: QtBot) -> None:
    panel = panel_of(page, qtbot)
    columns = [(column.title, column.note) for column in panel.comparison.columns]
    assert columns == [("Off", "base model"), ("ink", "Epoch 3"), ("older", "Epoch 2")]  # one has no epoch yet
    qtbot.waitUntil(lambda: panel.comparison.cell(1, 2).path is not None)
    paths = [panel.comparison.cell(1, column).path for column in range(3)]
    assert ["/".join(path.parts[-4:-1]) for path in paths if path is not None] == [
        "ink/samples/epoch-00", "ink/samples/epoch-03", "older/samples/epoch-02",
    ]  # fmt: skip


def test_another_pick_is_what_stands_there_when_the_runs_come_back(page: ComparePage, qtbot: QtBot) -> None:
    panel = panel_of(page, qtbot)
    page._choose_mode("epochs")
    page._grids["epochs"].pick_requested.emit(1)
    page._choose_mode("runs")
    assert panel.comparison.columns[1].note == "Epoch 1"


def test_a_cell_is_shown_beside_the_same_prompt_of_the_shown_run(page: ComparePage, qtbot: QtBot) -> None:
    panel = panel_of(page, qtbot)
    qtbot.waitUntil(lambda: panel.comparison.cell(1, 2).path is not None)
    panel.grid.select_cell(1, 2)
    shown = [panel.comparison.cell(1, column).path for column in range(3)]
    assert page.viewer.wipe.shown_paths() == [shown[1], shown[2]]
    panel.grid.select_cell(1, 1)
    assert page.viewer.wipe.shown_paths() == [shown[0], shown[1]]


def test_what_a_run_did_not_draw_itself_can_be_drawn_with_its_own_adapter(
    page: ComparePage, qtbot: QtBot, older: RunFolder
) -> None:
    shutil.rmtree(older.sample_dir(2))
    panel = panel_of(page, qtbot)
    panel.look_again()
    drawings = panel.comparison.run_of(2).drawings
    drawings._command = [sys.executable, "-c", DRAWS]
    qtbot.waitUntil(lambda: bool(drawings._hashes), timeout=WAIT_MS)
    for shot in drawings.run.samples(2):
        drawings.lose_picture(shot.path)
    assert panel.comparison.cell(0, 2).state == "missing"
    panel.grid.draw_requested.emit(0, 2)
    qtbot.waitUntil(lambda: panel.comparison.cell(0, 2).state == "picture", timeout=20_000)
    path = panel.comparison.cell(0, 2).path
    assert path is not None and path.parent.name == "older"


def test_opening_a_column_goes_to_that_run(page: ComparePage, qtbot: QtBot, workspace: FakeWorkspace) -> None:
    panel = panel_of(page, qtbot)
    panel.grid.cell_activated.emit(0, 2)
    assert workspace.asked("show_run")[-1][0].name == "older"
    assert page.mode.key == "epochs"


def test_without_another_run_there_is_nothing_to_compare_it_with(
    page: ComparePage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    panel_of(page, qtbot)
    assert not page.mode._buttons["runs"].isHidden()
    workspace.runs = workspace.runs[:1]
    workspace.runs_changed.emit()
    assert page.mode._buttons["runs"].isHidden() and page.mode.key == "epochs"
