import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_workspace import FakeWorkspace, project_over
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from told_runs import alive, samples, started, steps, tell, told_run, trained_run

from lora_studio.projects.project import RunNote
from lora_studio.runs import events
from ui.models import shortcuts
from ui.models.run import RunModel
from ui.models.workspace import PromptWish
from ui.pages.compare import ComparePage
from ui.pages.compare_advice import AdviceSheet
from ui.pages.compare_prompt import PromptSheet
from ui.shell.marks import rail_marks
from ui.shell.rail import RailMark
from ui.theme.appearance import Appearance
from ui.widgets.buttons import Button
from ui.widgets.page import Context
from ui.widgets.wipe_view import WipeMode

WAIT_MS = 8000
DRAWS = """
import json, sys
from PIL import Image
for path in json.load(sys.stdin)["out_paths"]:
    Image.new("RGB", (8, 8)).save(path)
print("{}")
"""


@pytest.fixture
def workspace(tmp_path: Path) -> FakeWorkspace:
    return FakeWorkspace(project=project_over(tmp_path / "project", tmp_path))


def shown(workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot) -> ComparePage:
    page = ComparePage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    page.shown()
    return page


@pytest.fixture
def page(workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path) -> Iterator[ComparePage]:
    """The page of a finished run with three epochs, whose drawing program draws at once."""
    run = RunModel(trained_run(tmp_path / "ink"))
    workspace.run = run
    made = shown(workspace, appearance, qtbot)
    assert made._drawings is not None
    with qtbot.waitSignal(made._drawings.ready, timeout=WAIT_MS):
        run.look()
    made._drawings._command = [sys.executable, "-c", DRAWS]
    yield made
    if made._drawings is not None:
        made._drawings.close()
    run.rest()


def test_a_finished_run_can_be_trained_longer_and_another_cannot(
    page: ComparePage, workspace: FakeWorkspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(RunModel, "train_longer", lambda _, epochs: asked.append(epochs))
    assert [button.text() for button in page.bottom_actions()] == ["Train 4 more epochs", "Export adapter"]
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page.bottom_actions()[0].click()
    assert (asked, wanted.args) == ([4], ["train"])
    assert workspace.run is not None
    tell(workspace.run.run, started(30, 3), *steps(1, 5))
    with qtbot.waitSignal(page.chrome_changed, timeout=WAIT_MS):
        workspace.run.look()
    assert [button.text() for button in page.bottom_actions()] == ["Export adapter"]


def titles(page: ComparePage) -> list[str]:
    assert page._epochs is not None
    return [column.title for column in page._epochs.columns]


def test_without_a_run_there_is_a_way_to_train(workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot) -> None:
    page = shown(workspace, appearance, qtbot)
    assert page.empty.isVisible()
    assert [button.text() for button in page.bottom_actions()] == ["Go to Train"]


def test_a_run_without_samples_says_when_they_come(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    workspace.run = RunModel(told_run(tmp_path / "new"))
    page = shown(workspace, appearance, qtbot)
    assert page.empty.title_label.text() == "Pictures appear here after the first epoch"


def test_the_base_alone_stands_first_and_every_epoch_after_it(page: ComparePage) -> None:
    assert titles(page) == ["Off", "Epoch 1", "Epoch 2", "Epoch 3"]
    assert page.columns_button.text() == "Columns 4 of 4"


def test_nothing_can_be_exported_before_a_pick(page: ComparePage, workspace: FakeWorkspace) -> None:
    assert not page.export_button.isEnabled()
    assert page.export_button.reason == "Pick the epoch that looks right"
    page._grids["epochs"].pick_requested.emit(2)
    assert page.export_button.isEnabled()
    assert workspace.project is not None
    assert workspace.project.data.runs["ink"] == RunNote(pick=2)
    state = page.bottom_state()
    assert state is not None
    assert (state.title, state.body) == ("Epoch 2 at strength 1.0", "")  # its file is not as large as the exported one


def test_the_step_is_done_with_a_pick_and_not_before(page: ComparePage, workspace: FakeWorkspace) -> None:
    page._keep_strength(0.8)
    assert rail_marks(workspace)["compare"] == RailMark()
    page._grids["epochs"].pick_requested.emit(2)
    assert rail_marks(workspace)["compare"] == RailMark("done")


def test_stars_are_kept_beside_the_pick(page: ComparePage, workspace: FakeWorkspace, qtbot: QtBot) -> None:
    page._grids["epochs"].select_cell(0, 3)
    page.card.pick_button.click()
    qtbot.keyClick(page.card.stars, Qt.Key.Key_4)
    assert workspace.project is not None
    assert workspace.project.data.runs["ink"] == RunNote(pick=3, stars={3: 4})


def test_the_project_s_pick_and_stars_come_back(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    assert workspace.project is not None
    workspace.project = workspace.project.changed(runs={"ink": RunNote(pick=2, strength=0.8, stars={2: 5})})
    workspace.run = RunModel(trained_run(tmp_path / "ink"))
    page = shown(workspace, appearance, qtbot)
    with qtbot.waitSignal(workspace.run.samples_changed, timeout=WAIT_MS):
        workspace.run.look()
    assert page.card.title.text() == "Epoch 2"
    assert page.card.pick_chip.isVisible()
    assert page.card.stars.value() == 5
    assert page.card.strength.value == 0.8
    workspace.run.rest()


def test_the_viewer_shows_the_chosen_cell_beside_the_base_alone(page: ComparePage) -> None:
    page._grids["epochs"].select_cell(1, 2)
    pair = page.viewer.wipe._pair
    assert pair is not None
    assert (pair[0].label, pair[1].label) == ("Off", "Epoch 2")
    assert pair[1].path.name == "prompt-2.png"


def test_two_epochs_can_stand_beside_each_other(page: ComparePage) -> None:
    page._grids["epochs"].select_cell(0, 3)
    page.viewer.beside_chosen.emit(1)
    pair = page.viewer.wipe._pair
    assert pair is not None
    assert (pair[0].label, pair[1].label) == ("Epoch 1", "Epoch 3")


def test_the_viewer_changes_its_way_of_comparing(page: ComparePage) -> None:
    page.viewer.mode.chosen.emit("flip")
    assert page.viewer.wipe.mode is WipeMode.FLIP


def test_the_pictures_beside_fill_their_place_in_a_high_window_and_nothing_jumps(page: ComparePage) -> None:
    page.resize(1500, 1400)
    QApplication.processEvents()
    wipe = page.viewer.wipe
    assert abs(wipe.height() - wipe.width()) <= 1, "samples are square"
    places = set()
    for mode in ("wipe", "side", "flip"):
        page.viewer.mode.chosen.emit(mode)
        QApplication.processEvents()
        places.add((wipe.height(), page.card.strength.mapTo(page, QPoint(0, 0)).y()))
    assert len(places) == 1


def test_a_wide_window_gives_the_pictures_beside_more_room(page: ComparePage) -> None:
    widths = []
    for width in (1280, 1700):
        page.resize(width, 900)
        QApplication.processEvents()
        widths.append(page.card.width())
    assert widths[1] > widths[0] + 100


def test_space_on_a_picture_flips_it_in_the_viewer_beside(page: ComparePage, qtbot: QtBot) -> None:
    grid = page._grids["epochs"]
    grid.select_cell(0, 2)
    qtbot.keyPress(grid, Qt.Key.Key_Space)
    assert (page.viewer.wipe._flipped, page._mode) == (True, "epochs")
    qtbot.keyRelease(grid, Qt.Key.Key_Space)
    assert not page.viewer.wipe._flipped


def test_digits_on_a_picture_rate_its_epoch_and_never_the_base_alone(page: ComparePage, qtbot: QtBot) -> None:
    grid, epochs = page._grids["epochs"], page._epochs
    assert epochs is not None
    grid.select_cell(0, 2)
    qtbot.keyClick(grid, Qt.Key.Key_4)
    grid.select_cell(0, 0)
    qtbot.keyClick(grid, Qt.Key.Key_3)
    assert [epochs.stars(epoch) for epoch in (0, 2)] == [0, 4]


def test_letters_in_the_viewer_move_through_the_grid(page: ComparePage, qtbot: QtBot) -> None:
    page._grids["epochs"].select_cell(0, 2)
    qtbot.keyClick(page.viewer.wipe, Qt.Key.Key_D)
    qtbot.keyClick(page.viewer.wipe, Qt.Key.Key_S)
    assert (page._row, page._epoch) == (1, 3)
    current = page._grids["epochs"].currentIndex()
    assert (current.row(), current.column()) == (1, 3)


def test_chosen_keys_act_in_grid_viewer_and_stars_and_are_named(page: ComparePage, qtbot: QtBot) -> None:
    chosen = {"pick": "K", "flip": "F", "stars_5": "Q", "epoch_after": "L", "zoom": "Y"}
    with qtbot.waitSignal(page.chrome_changed):
        shortcuts.use(chosen)
    grid, epochs = page._grids["epochs"], page._epochs
    assert epochs is not None
    grid.select_cell(0, 2)
    qtbot.keyPress(grid, Qt.Key.Key_F)
    assert page.viewer.wipe._flipped
    qtbot.keyRelease(grid, Qt.Key.Key_F)
    assert not page.viewer.wipe._flipped
    assert page.viewer.hint.text() == "Drag to wipe. Hold F to flip."
    qtbot.keyClick(page.card.stars, Qt.Key.Key_Q)
    assert epochs.stars(2) == 5
    qtbot.keyClick(page.viewer.wipe, Qt.Key.Key_L)
    assert page._epoch == 3
    qtbot.keyClick(grid, Qt.Key.Key_P)
    assert epochs.picked is None
    state = page.bottom_state()
    assert state is not None and state.body == "Click a title, or press K on a picture."
    qtbot.keyClick(grid, Qt.Key.Key_K)
    assert epochs.picked == 3


def test_columns_can_be_chosen_and_the_pick_is_always_among_them(page: ComparePage) -> None:
    page._grids["epochs"].pick_requested.emit(3)
    page._show_columns([1])
    assert titles(page) == ["Off", "Epoch 1", "Epoch 3"]
    assert page.columns_button.text() == "Columns 3 of 4"


def test_one_by_one_gives_the_pictures_the_whole_room(page: ComparePage) -> None:
    page._choose_mode("one")
    assert page._one.isAncestorOf(page.viewer)
    page.after_button.click()
    page._choose_mode("epochs")
    assert page.card.isAncestorOf(page.viewer)


def test_one_by_one_the_side_shows_the_other_prompts_and_a_click_goes_there(page: ComparePage, qtbot: QtBot) -> None:
    assert not page.card.prompts.isVisible()
    page._choose_mode("one")
    prompts = page.card.prompts
    assert prompts.isVisible()
    place = prompts.visualRect(prompts.model().index(1, 0)).center()
    qtbot.mouseClick(prompts.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page.viewer.prompt_label.text() == prompts.model().index(1, 0).data()


def test_what_is_picked_is_looked_at_and_its_strengths_too(page: ComparePage) -> None:
    assert page._epochs is not None and page._strengths is not None
    assert page.card.title.text() == "Epoch 3"
    page._epochs.pick(1)
    assert page.card.title.text() == "Epoch 1"
    assert page._strengths.epoch == 1


def test_strengths_say_what_drawing_them_costs_and_draw_them(page: ComparePage, qtbot: QtBot) -> None:
    page._choose_mode("strengths")
    assert page.drawing_label.text() == "Not drawn yet: 12 pictures, about 2 minutes"
    page.fill_button.click()
    assert page.drawing_label.text() == "Drawing 1 of 12"
    assert page.stop_button.isVisible()
    assert page._strengths is not None
    assert page._strengths.cell(0, 1).state == "drawing"
    qtbot.waitUntil(lambda: not page.drawing_label.isVisible(), timeout=20_000)
    assert {page._strengths.cell(row, column).state for row in range(4) for column in range(5)} == {"picture"}


def test_stop_leaves_the_rest_undrawn(page: ComparePage, qtbot: QtBot) -> None:
    page._choose_mode("strengths")
    page.fill_button.click()
    page.stop_button.click()
    assert page._strengths is not None
    assert page._strengths.cell(0, 1).state == "missing"
    assert page.fill_button.isVisible()


def test_a_strength_that_is_not_drawn_says_so_and_is_kept(
    page: ComparePage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    page._grids["epochs"].select_cell(0, 2)
    page.card.strength.choose(0.8)
    assert page.card.strength_note.text() == "Not drawn at 0.8"
    assert workspace.project is not None
    assert workspace.project.data.runs["ink"].strength == 0.8
    pair = page.viewer.wipe._pair
    assert pair is not None
    assert pair[1].label == "Epoch 2 at 1.0"
    page.card.draw_button.click()
    qtbot.waitUntil(lambda: page.card.strength_note.text() == "", timeout=WAIT_MS)
    pair = page.viewer.wipe._pair
    assert pair is not None
    assert pair[1].label == "Epoch 2 at 0.8"


def test_the_slider_of_strengths_names_its_ends_and_0_is_only_looked_at(
    page: ComparePage, workspace: FakeWorkspace
) -> None:
    stops = page.card.strength.detents
    assert [(stops[place].value, stops[place].label) for place in (0, -1)] == [(0.0, "0"), (1.4, "1.4")]
    page._grids["epochs"].pick_requested.emit(2)
    page.card.strength.choose(1.4)
    page.card.strength.choose(0.0)
    assert workspace.project is not None
    assert workspace.project.data.runs["ink"].strength == 1.4
    assert page.card.strength_note.text() == ""  # the base alone is drawn
    assert page._drawings is not None
    shown = page.viewer.wipe.shown_paths()
    base = page._drawings.sample(0, 0)
    assert base is not None and shown[1] == base.path
    state = page.bottom_state()
    assert state is not None and state.title == "Epoch 2 at strength 1.4"
    assert state.body == "At 0 you see the base alone. The strength of the pick stays."


def test_adding_a_prompt_says_its_cost_first_and_draws_the_shown_columns(page: ComparePage, qtbot: QtBot) -> None:
    page._open_prompt()
    sheet = page.findChildren(PromptSheet)[0]
    assert "4 pictures" in sheet.cost_label.text()
    assert not sheet.add.isEnabled()
    sheet.prompt.edit.setText("mistyink, a lighthouse")
    sheet.add.click()
    assert page._epochs is not None
    assert page._epochs.rows[4].prompt == "mistyink, a lighthouse"
    assert page._grids["epochs"].currentIndex().row() == 4
    assert page._epochs.rows[4].seed not in [row.seed for row in page._epochs.rows[:4]]
    epochs = page._epochs
    qtbot.waitUntil(lambda: {epochs.cell(4, column).state for column in range(4)} == {"picture"}, timeout=20_000)


def test_who_comes_to_draw_is_asked_for_a_prompt_once_and_finds_one_to_try(
    page: ComparePage, workspace: FakeWorkspace
) -> None:
    workspace.want_prompt(PromptWish())
    page.shown()
    (sheet,) = page.findChildren(PromptSheet)
    assert sheet.prompt.text == "mistyink, pagoda in the mist"
    assert sheet.add.isEnabled()
    page.shown()
    assert page.findChildren(PromptSheet) == [sheet]


def test_who_comes_to_draw_waits_for_the_pictures_of_the_run(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    run = workspace.run = RunModel(trained_run(tmp_path / "ink"))
    workspace.want_prompt(PromptWish())
    page = shown(workspace, appearance, qtbot)
    assert page.findChildren(PromptSheet) == []
    with qtbot.waitSignal(run.samples_changed, timeout=WAIT_MS):
        run.look()
    assert len(page.findChildren(PromptSheet)) == 1
    run.rest()


def test_the_prompt_of_a_dropped_sample_is_offered_with_its_seed(page: ComparePage, workspace: FakeWorkspace) -> None:
    workspace.want_prompt(PromptWish("compare", "a fox in snow", 7))
    (sheet,) = page.findChildren(PromptSheet)
    assert (sheet.prompt.text, sheet.seed.value) == ("a fox in snow", 7)
    sheet.add.click()
    assert page._drawings is not None
    assert (page._drawings.added[-1].prompt, page._drawings.added[-1].seed) == ("a fox in snow", 7)


def test_a_seed_that_cannot_be_drawn_with_is_replaced(page: ComparePage, workspace: FakeWorkspace) -> None:
    assert page._epochs is not None
    free = max(row.seed for row in page._epochs.rows) + 1
    workspace.want_prompt(PromptWish("compare", "a fox in snow", 10**12))
    assert page.findChildren(PromptSheet)[0].seed.value == free


def test_what_recipe_is_asked_for_is_left_to_it(page: ComparePage, workspace: FakeWorkspace) -> None:
    workspace.want_prompt(PromptWish("recipe", "a fox in snow", 7))
    page.shown()
    assert page.findChildren(PromptSheet) == []
    assert workspace.wanted_prompt is not None


def test_nothing_is_drawn_while_training_needs_the_computer(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    run = trained_run(tmp_path / "ink")
    sleeper = alive(run)
    tell(run, started(pid=sleeper.pid), *steps(31, 32))
    workspace.run = RunModel(run)
    page = shown(workspace, appearance, qtbot)
    with qtbot.waitSignal(workspace.run.samples_changed, timeout=WAIT_MS):
        workspace.run.look()
    page._choose_mode("strengths")
    assert not page.fill_button.isEnabled()
    with qtbot.waitSignal(page.toast_wanted) as told:
        page._draw_cell("strengths", 0, 1)
    assert told.args[0].startswith("Training is using this computer.")
    assert page._drawings is not None
    assert not page._drawings.is_drawing
    workspace.run.rest()
    sleeper.kill()
    sleeper.wait()


def test_what_the_trainer_is_about_to_draw_is_not_offered_to_be_drawn(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    run = told_run(tmp_path / "ink")
    sleeper = alive(run)
    saved = events.EpochSaved(epoch=1, step=2, path="epochs/1.safetensors")
    tell(run, started(4, 2, pid=sleeper.pid), *samples(run, 0), *steps(1, 2, per_epoch=2), saved)
    tell(run, events.Phase(name="sampling", done=1, total=4), *samples(run, 1, count=1))
    workspace.run = RunModel(run)
    page = shown(workspace, appearance, qtbot)
    with qtbot.waitSignal(workspace.run.samples_changed, timeout=WAIT_MS):
        workspace.run.look()
    epochs = page._epochs
    assert epochs is not None
    assert [epochs.cell(row, 1).state for row in range(4)] == ["picture", "drawing", "drawing", "drawing"]
    assert page.fill_button.isHidden()
    tell(run, events.Phase(name="training", done=2, total=4), *steps(3, 3, per_epoch=2))
    with qtbot.waitSignal(workspace.run.changed, timeout=WAIT_MS):
        workspace.run.look()
    assert [epochs.cell(row, 1).state for row in range(4)] == ["picture", "missing", "missing", "missing"]
    assert not page.fill_button.isHidden()
    workspace.run.rest()
    sleeper.kill()
    sleeper.wait()


def test_the_samples_are_saved_as_one_picture(page: ComparePage, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(page.toast_wanted, timeout=WAIT_MS) as told:
        page.save_sheet(tmp_path / "sheet.png")
    assert told.args[0] == "Saved sheet.png"
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 4 * 128


def test_where_a_project_has_several_runs_another_can_be_looked_at(
    page: ComparePage, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    assert page.runs not in page.header_actions()
    assert workspace.run is not None
    older = trained_run(tmp_path / "older")
    workspace.runs = (workspace.run.run, older)
    workspace.runs_changed.emit()
    assert page.runs in page.header_actions()
    assert page.runs.text() == "ink"
    shown, other = page.runs.build_menu().actions()
    assert (shown.isChecked(), other.isChecked()) == (True, False)
    other.trigger()
    assert workspace.asked("show_run")[-1] == (older,)


def test_another_run_takes_the_place_of_the_first(page: ComparePage, workspace: FakeWorkspace, tmp_path: Path) -> None:
    first = page._drawings
    workspace.show_run_model(RunModel(told_run(tmp_path / "other")))
    assert page._drawings is not first
    assert page.empty.isVisible()


def test_another_run_is_laid_out_only_when_someone_comes_to_see_it(
    page: ComparePage, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    page.hidden()
    other = RunModel(trained_run(tmp_path / "other"))
    workspace.show_run_model(other)
    assert page._grids == {}
    page.shown()
    assert page._run is other
    assert page._grids
    other.rest()


def open_advice(page: ComparePage) -> AdviceSheet:
    page.advice_button.click()
    return page.window().findChildren(AdviceSheet)[-1]


def press(sheet: AdviceSheet, words: str) -> None:
    next(button for button in sheet.findChildren(Button) if button.text() == words).click()


def test_when_no_epoch_looks_right_what_is_seen_leads_to_what_helps(
    page: ComparePage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(RunModel, "train_longer", lambda _, epochs: asked.append(epochs))
    press(open_advice(page), "Train 4 more epochs")
    assert asked == [4]
    press(open_advice(page), "See strengths")
    assert page._mode == "strengths"
    for words, place in (("Go to Images", "images"), ("Go to Recipe", "recipe")):
        with qtbot.waitSignal(page.place_wanted) as wanted:
            press(open_advice(page), words)
        assert wanted.args == [place]


def test_a_run_that_cannot_go_on_is_not_offered_more_epochs(
    page: ComparePage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    assert workspace.run is not None
    tell(workspace.run.run, started(30, 3), *steps(1, 5))
    with qtbot.waitSignal(page.chrome_changed, timeout=WAIT_MS):
        workspace.run.look()
    offered = [button.text() for button in open_advice(page).findChildren(Button) if button.isEnabled()]
    assert "Train 4 more epochs" not in offered and offered.count("Go to Recipe") == 2


def test_a_strength_nobody_has_seen_is_told_before_it_is_exported(page: ComparePage) -> None:
    page._grids["epochs"].pick_requested.emit(2)
    state = page.bottom_state()
    assert state is not None and state.body == ""
    page.card.strength_chosen.emit(0.6)
    state = page.bottom_state()
    assert state is not None and state.title.endswith("strength 0.6")
    assert state.body == "No picture is drawn at this strength yet."
