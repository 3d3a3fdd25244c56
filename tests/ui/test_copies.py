"""Samples that repeat a training picture: found by `Copies`, and told by the Compare page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_workspace import FakeWorkspace, project_over
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from told_runs import trained_run

from lora_studio.dataset.buckets import Placement
from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.embedded import sample_project
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import PictureEntry, RunPictures
from ui.models.copies import Copies
from ui.models.run import RunModel
from ui.pages.compare import ComparePage
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

WAIT_MS = 8000
STYLE = sample_project("style")
CASTLE = STYLE.images_dir / "castle.png"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Three epochs taught the style project; the second prompt of epoch 3 gives back its castle."""
    made = trained_run(tmp_path / "ink")
    learn(made, *sorted(STYLE.images_dir.glob("*.png")))
    others = sorted(STYLE.held_back_dir.glob("*.png"))
    for epoch in range(4):
        for row in range(4):
            draw(made, epoch, row, others[4 * epoch + row])
    draw(made, 3, 1, CASTLE)
    return made


def learn(run: RunFolder, *paths: Path) -> None:
    place = Placement(64, 64, 64, 64, 0, 0, 1.0)
    entries = tuple(
        PictureEntry(path=str(path), content_sha256="0" * 64, caption="a", repeats=1, placement=place) for path in paths
    )
    run.images_path.write_bytes(RunPictures(training=entries).model_dump_json().encode())


def draw(run: RunFolder, epoch: int, row: int, like: Path) -> None:
    """Draws a sample that is a smaller copy of another picture."""
    with Image.open(like) as picture:
        picture.convert("RGB").resize((96, 96)).save(run.sample_path(epoch, row + 1))


def followed(run: RunFolder, qtbot: QtBot) -> RunModel:
    model = RunModel(run)
    with qtbot.waitSignal(model.samples_changed, timeout=WAIT_MS):
        model.look()
    return model


@pytest.fixture
def page(run: RunFolder, appearance: Appearance, qtbot: QtBot, tmp_path: Path) -> Iterator[ComparePage]:
    workspace = FakeWorkspace(project=project_over(tmp_path / "project", tmp_path))
    workspace.run = RunModel(run)
    made = ComparePage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    made.shown()
    assert made._copies is not None
    assert made._drawings is not None
    with qtbot.waitSignals([made._copies.changed, made._drawings.ready], timeout=WAIT_MS):
        workspace.run.look()
    yield made
    made._drawings.close()
    workspace.run.rest()


def look_at(page: ComparePage, row: int, epoch: int) -> None:
    page._grids["epochs"].select_cell(row, epoch)


def test_a_sample_that_repeats_a_training_picture_is_found_and_no_other(
    run: RunFolder, qtbot: QtBot, tmp_path: Path
) -> None:
    copies = Copies(followed(run, qtbot), Thumbnails(tmp_path / "small"))
    with qtbot.waitSignal(copies.changed, timeout=WAIT_MS):
        copies.look()
    found = {(epoch, row): copies.copied(epoch, row) for epoch in range(4) for row in range(4)}
    assert {place: path for place, path in found.items() if path} == {(3, 1): CASTLE}
    assert copies.epochs() == [3]


def test_a_picture_that_the_base_alone_draws_too_was_not_copied(run: RunFolder, qtbot: QtBot, tmp_path: Path) -> None:
    draw(run, 0, 1, CASTLE)
    draw(run, 2, 0, CASTLE)  # another prompt, which the base answers with something else
    copies = Copies(followed(run, qtbot), Thumbnails(tmp_path / "small"))
    with qtbot.waitSignal(copies.changed, timeout=WAIT_MS):
        copies.look()
    assert copies.epochs() == [2]


def test_a_training_picture_that_is_gone_is_left_out(run: RunFolder, qtbot: QtBot, tmp_path: Path) -> None:
    learn(run, tmp_path / "gone.png", *sorted(STYLE.images_dir.glob("*.png")))
    copies = Copies(followed(run, qtbot), Thumbnails(tmp_path / "small"))
    with qtbot.waitSignal(copies.changed, timeout=WAIT_MS):
        copies.look()
    assert copies.copied(3, 1) == CASTLE


def test_a_look_that_was_given_up_is_begun_again(run: RunFolder, qtbot: QtBot, tmp_path: Path) -> None:
    copies = Copies(followed(run, qtbot), Thumbnails(tmp_path / "small"))
    copies.look()
    copies.stop()
    with qtbot.waitSignal(copies.changed, timeout=WAIT_MS):
        copies.look()
    assert copies.epochs() == [3]


def test_the_column_and_the_viewer_tell_of_a_copy(page: ComparePage) -> None:
    table = page._grids["epochs"].model()
    heads = [table.headerData(column, Qt.Orientation.Horizontal) for column in range(table.columnCount())]
    assert heads == ["Off, base model", "Epoch 1", "Epoch 2", "Epoch 3, a close copy"]
    close, other = table.index(1, 3), table.index(0, 3)
    words = "very close to castle.png"
    assert table.data(close, Qt.ItemDataRole.AccessibleTextRole).endswith(f", {words}")
    assert words in table.data(close, Qt.ItemDataRole.ToolTipRole)
    assert words not in table.data(other, Qt.ItemDataRole.AccessibleTextRole)
    look_at(page, 1, 3)
    assert page.card.copy_part.isVisible()
    assert page.card.copy_words.text() == "Very close to castle.png"
    look_at(page, 0, 3)
    assert not page.card.copy_part.isVisible()


def test_both_pictures_are_shown_until_another_is_looked_at(page: ComparePage, run: RunFolder) -> None:
    look_at(page, 1, 3)
    page.card.copy_button.click()
    assert page.viewer.wipe.shown_paths() == [CASTLE, run.sample_path(3, 2)]
    assert page.card.copy_button.text() == "Back"
    page.card.copy_button.click()
    assert page.viewer.wipe.shown_paths() == [run.sample_path(0, 2), run.sample_path(3, 2)]
    page.card.copy_button.click()
    look_at(page, 0, 3)
    look_at(page, 1, 3)
    assert page.viewer.wipe.shown_paths() == [run.sample_path(0, 2), run.sample_path(3, 2)]
    assert page.card.copy_button.text() == "Show both"


def test_the_list_of_what_stands_at_the_left_names_the_training_picture(page: ComparePage, run: RunFolder) -> None:
    look_at(page, 1, 3)
    beside = page.viewer.beside
    assert (beside.currentText(), beside.findText("castle.png")) == ("Off", -1)
    page.card.copy_button.click()
    assert beside.currentText() == "castle.png"
    beside.activated.emit(beside.currentIndex())
    assert page.viewer.wipe.shown_paths() == [CASTLE, run.sample_path(3, 2)]
    beside.activated.emit(beside.findText("Epoch 2"))
    assert (beside.currentText(), beside.findText("castle.png")) == ("Epoch 2", -1)
    assert page.viewer.wipe.shown_paths() == [run.sample_path(2, 2), run.sample_path(3, 2)]


def test_samples_are_looked_at_when_the_page_comes_into_view(
    run: RunFolder, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    workspace = FakeWorkspace(project=project_over(tmp_path / "project", tmp_path))
    workspace.run = followed(run, qtbot)
    page = ComparePage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    assert page._copies is not None
    assert page._copies._looking is None
    page.shown()
    with qtbot.waitSignal(page._copies.changed, timeout=WAIT_MS):
        pass
    page.hidden()
    workspace.run.rest()


def test_nothing_is_said_of_a_picture_at_another_strength(page: ComparePage) -> None:
    look_at(page, 1, 3)
    page._choose_strength(0.8)
    assert page.card.copy_part.isVisible()  # what the trainer drew stands there until this strength is drawn
    assert page._drawings is not None
    drawn = page._drawings.path_of(page._shown_wish())
    assert drawn is not None
    drawn.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8)).save(drawn)
    page._drawings._there.add(page._shown_wish())
    page._show_viewer()
    assert page.viewer.wipe.shown_paths()[1] == drawn
    assert not page.card.copy_part.isVisible()
