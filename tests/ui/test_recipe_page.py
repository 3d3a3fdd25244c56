"""The Recipe place as a person uses it: choices, Advanced, sheets, plan, starting, and what survives errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import shiboken6
from fake_workspace import CARD, FakeWorkspace, hardware, project_over, quiet_settings, scanned
from heard import Heard
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QSlider, QWidget
from pytestqt.qtbot import QtBot
from told_runs import alive, started, steps, tell, told_run

from lora_studio import embedded
from lora_studio.bases import FoundBase
from lora_studio.dataset.scan import Mask, ScanReport
from lora_studio.errors import StudioError
from lora_studio.hardware.probe import MIB
from lora_studio.projects.project import ProjectData
from lora_studio.runs.folder import RunFolder
from ui.models import recipe_file
from ui.models.recent import RecentLine
from ui.models.recipe_file import Recipe
from ui.models.run import RunModel
from ui.models.workspace import PromptWish
from ui.pages.recipe import RecipePage
from ui.pages.recipe_advanced import AdvancedRow
from ui.pages.recipe_plan import ReasonRow
from ui.pages.recipe_sheets import ChangesSheet, PromptsSheet, SaveSheet, TextSheet
from ui.shell.main_window import MainWindow
from ui.theme.appearance import Appearance
from ui.theme.late_style import style_some
from ui.widgets.labels import Label
from ui.widgets.message_card import MessageCard
from ui.widgets.model_row import ModelRow
from ui.widgets.page import Context
from ui.widgets.picture_store import PictureStore
from ui.widgets.text_field import NumberField, TextField

IMAGES = embedded.sample_project("style").images_dir
OTHER = FoundBase(
    source="/m/flux.safetensors", name="flux", where="ComfyUI", size_bytes=6_900_000_000, reason="It is a Flux model."
)
LINE = FoundBase(source="/m/sd15", name="sd15", where="ComfyUI", size_bytes=4_000_000_000, family="sd1", usable=True)

_kept: list[PictureStore] = []  # its threads may still read a picture when the last test has ended


@pytest.fixture(scope="module")
def report() -> ScanReport:
    return scanned(IMAGES)


@pytest.fixture
def workspace(tmp_path: Path, report: ScanReport, monkeypatch: pytest.MonkeyPatch) -> FakeWorkspace:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path / "home"))
    made = FakeWorkspace(quiet_settings(cache_folder=str(tmp_path / "cache")))
    made.project = project_over(tmp_path / "p", IMAGES, name="Blue Fold", trigger="kvbluefold")
    made.report = report
    made.plan_for_real(hardware(CARD))
    return made


class Visit:
    """The page, and what it asked the window for."""

    def __init__(self, page: RecipePage) -> None:
        self.page = page
        self.places: list[str] = []
        self.toasts: list[tuple[str, Callable[[], None] | None]] = []
        page.place_wanted.connect(self.places.append)
        page.toast_wanted.connect(lambda text, undo: self.toasts.append((text, undo)))

    def undo(self) -> None:
        undo = self.toasts[-1][1]
        assert undo is not None
        undo()


@pytest.fixture(scope="module")
def store(qapp: QApplication) -> PictureStore:
    _kept.append(PictureStore(lambda path, _side_px: path.read_bytes()))
    return _kept[-1]


@pytest.fixture
def visit(workspace: FakeWorkspace, appearance: Appearance, store: PictureStore, qtbot: QtBot) -> Iterator[Visit]:
    page = RecipePage(Context(workspace.settings, appearance, workspace, store))
    page.resize(1200, 800)
    page.show()
    page.shown()
    qtbot.waitUntil(lambda: page.model.costs.advised is not None and page.model.trigger_check is not None)
    yield Visit(page)
    page.close()
    shiboken6.delete(page)  # before the look is set back, which restyles every living widget


def data(workspace: FakeWorkspace) -> ProjectData:
    assert workspace.project is not None
    return workspace.project.data


def row(visit: Visit, path: str) -> AdvancedRow:
    visit.page.advanced.build_all()
    return visit.page.advanced.rows[path]


# ── Choices ───────────────────────────────────────────────────────────────────────────────────────────────


def test_choosing_a_kind_can_be_taken_back(visit: Visit, workspace: FakeWorkspace) -> None:
    visit.page.kinds.cards["character"].click()
    assert data(workspace).kind == "character"
    visit.undo()
    assert data(workspace).kind == "style" and visit.page.kinds.cards["style"].isChecked()


def test_each_kind_shows_a_real_picture(visit: Visit, qtbot: QtBot) -> None:
    def colours(kind: str) -> int:
        image = visit.page.kinds.cards[kind]._picture.toImage()  # type: ignore[index]
        return len({image.pixel(x, 96) for x in range(0, image.width(), 4)}) if not image.isNull() else 0

    qtbot.waitUntil(lambda: all(colours(kind) > 3 for kind in ("style", "character", "object")))


def test_a_base_that_can_be_trained_is_taken_and_another_one_says_why_not(
    visit: Visit, workspace: FakeWorkspace
) -> None:
    workspace.show_bases(LINE, OTHER)
    rows = visit.page.bases.rows
    assert not rows[OTHER.source].isEnabled()
    assert "Flux" in rows[OTHER.source].accessibleDescription()
    rows[LINE.source].click()
    assert data(workspace).base.source == LINE.source and rows[LINE.source].isChecked()


def test_a_long_list_of_bases_is_folded_but_never_hides_the_chosen_one(visit: Visit, workspace: FakeWorkspace) -> None:
    many = [LINE.model_copy(update={"source": f"/m/{number}", "name": str(number)}) for number in range(9)]
    workspace.show_bases(*many)
    workspace.use_base(many[8])
    shown = [source for source, one in visit.page.bases.rows.items() if not one.isHidden()]
    assert len(shown) == 5 and "/m/8" in shown
    visit.page.bases.more_button.click()
    assert not any(one.isHidden() for one in visit.page.bases.rows.values())


def test_a_typed_trigger_word_is_kept_without_leaving_the_field(
    visit: Visit, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    visit.page.trigger.field.edit.setText("zqblue")
    qtbot.waitUntil(lambda: data(workspace).trigger == "zqblue")


def test_a_plan_that_fails_while_typing_leaves_what_is_typed(visit: Visit, workspace: FakeWorkspace) -> None:
    field = visit.page.trigger.field
    field.edit.setText("half a wo")
    workspace.show_plan(None, None, StudioError("base_missing", "There is no base model at /usb."))
    workspace.show_project(workspace.project)
    assert field.text == "half a wo"


def test_what_was_typed_for_one_project_never_reaches_another(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path, qtbot: QtBot
) -> None:
    rank = row(visit, "adapter.rank").control
    assert isinstance(rank, NumberField)
    visit.page.trigger.field.edit.setText("forthefirst")
    rank.edit.setText("99")
    visit.page.kinds.cards["object"].click()
    workspace.show_project(project_over(tmp_path / "other", IMAGES, trigger="second", kind="character"))
    visit.undo()
    qtbot.wait(600)  # longer than typing is waited for
    assert data(workspace).trigger == "second" and data(workspace).settings == {}
    assert data(workspace).kind == "character"
    assert visit.page.trigger.field.text == "second" and rank.text == "16"


def test_a_trigger_word_that_means_something_can_be_replaced_or_kept(visit: Visit, qtbot: QtBot) -> None:
    trigger = visit.page.trigger
    trigger.field.edit.setText("cat")
    qtbot.waitUntil(lambda: trigger.message is not None)
    assert trigger.message is not None
    trigger.message.buttons[0].click()
    qtbot.waitUntil(lambda: trigger.message is None)
    assert trigger.field.text not in ("cat", "")
    trigger.field.edit.setText("cat")
    qtbot.waitUntil(lambda: trigger.message is not None)
    trigger.message.buttons[1].click()
    assert trigger.message is None and trigger.field.text == "cat"


def test_the_length_is_chosen_by_keyboard_and_shows_its_steps(
    visit: Visit, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    slider = visit.page.length.slider
    track = slider.findChild(QSlider)
    assert track is not None
    qtbot.keyClick(track, Qt.Key.Key_Right)
    assert data(workspace).thoroughness == "thorough"
    assert all(any(letter.isdigit() for letter in stop.note) for stop in slider.detents)


# ── Advanced ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_value_stays_typed_with_its_reason_and_the_recipe_stays_as_it_was(
    visit: Visit, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    rate = row(visit, "optimizer.learning_rate")
    assert isinstance(rate.control, TextField)
    visit.page.advanced.set_open(True)
    for typed in ("7", "fast"):
        rate.control.edit.setText(typed)
        rate.control.edit.editingFinished.emit()
        assert rate.control.text == typed and not rate._reason.isHidden()
    assert data(workspace).settings == {}


def test_a_new_plan_does_not_write_over_a_field_in_use(visit: Visit, workspace: FakeWorkspace, qtbot: QtBot) -> None:
    looks = row(visit, "schedule.looks_per_picture")
    assert isinstance(looks.control, TextField)
    visit.page.advanced.set_open(True)
    looks.control.edit.setFocus()
    qtbot.waitUntil(looks.control.edit.hasFocus)
    looks.control.edit.setText("1")
    before = looks._shown
    workspace.change(thoroughness="thorough")
    qtbot.waitUntil(lambda: looks._shown != before)
    assert looks.control.text == "1"


def test_a_changed_row_has_a_dot_and_a_way_back(visit: Visit, workspace: FakeWorkspace) -> None:
    rank = row(visit, "adapter.rank")
    assert isinstance(rank.control, NumberField)
    visit.page.advanced.set_open(True)
    rank.control.edit.setText("32")
    rank.control.edit.editingFinished.emit()
    assert data(workspace).settings == {"adapter.rank": 32}
    assert not rank._dot.isHidden() and rank.origin.text == visit.page.tr("yours")
    rank.reset_button.click()
    assert data(workspace).settings == {} and rank.control.text == "16" and rank._dot.isHidden()


def test_everything_can_be_reset_and_that_be_taken_back(visit: Visit, workspace: FakeWorkspace) -> None:
    row(visit, "dataset.flip").control.click()  # type: ignore[attr-defined]
    assert data(workspace).settings == {"dataset.flip": False}
    visit.page.advanced.reset_button.click()
    assert data(workspace).settings == {}
    visit.undo()
    assert data(workspace).settings == {"dataset.flip": False}


def test_a_switch_that_was_clicked_does_not_jump_back(visit: Visit, qtbot: QtBot) -> None:
    flip = row(visit, "dataset.flip").control
    flip.click()  # type: ignore[attr-defined]
    assert not flip.isChecked()  # type: ignore[attr-defined]
    qtbot.wait(150)
    assert not flip.isChecked()  # type: ignore[attr-defined]


def test_the_closed_card_counts_what_was_changed(visit: Visit, workspace: FakeWorkspace) -> None:
    before = visit.page.advanced.fold_button.accessibleDescription()
    workspace.change(settings={"adapter.rank": 32, "dataset.flip": False})
    after = visit.page.advanced.fold_button.accessibleDescription()
    assert "2" in after and after != before


def test_a_text_that_cannot_be_used_stays_in_the_sheet(visit: Visit, workspace: FakeWorkspace) -> None:
    visit.page.advanced.text_button.click()
    sheet = visit.page._sheet
    assert isinstance(sheet, TextSheet)
    sheet.edit.setPlainText('{"adapter": {"rnak": 3}}')
    sheet.use_button.click()
    assert sheet.isVisible() and "rnak" in sheet.edit.toPlainText() and "adapter.rank" in sheet.error.text()
    sheet.edit.setPlainText('{"adapter": {"rank": 3}}')
    sheet.use_button.click()
    assert visit.page._sheet is None and data(workspace).settings == {"adapter.rank": 3}


# ── Sample prompts ────────────────────────────────────────────────────────────────────────────────────────


def test_edited_prompts_are_kept_when_the_sheet_is_closed_with_escape(
    visit: Visit, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    visit.page.prompts.edit_button.click()
    sheet = visit.page._sheet
    assert isinstance(sheet, PromptsSheet) and len(sheet.lines) == 4
    sheet.lines[0].edit.setText("kvbluefold, a whale")
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert data(workspace).prompts[0] == "kvbluefold, a whale" and len(data(workspace).prompts) == 4
    visit.undo()
    assert data(workspace).prompts == ()


def test_the_prompt_of_a_dropped_sample_is_offered_below_the_others(visit: Visit, workspace: FakeWorkspace) -> None:
    proposed = visit.page.model.prompts
    workspace.want_prompt(PromptWish("recipe", "a fox in snow", 7))
    sheet = visit.page._sheet
    assert isinstance(sheet, PromptsSheet)
    assert sheet.prompts == (*proposed, "a fox in snow")
    assert sheet.lines[-1].edit.hasFocus()
    sheet.done_button.click()
    assert data(workspace).prompts == (*proposed, "a fox in snow")
    workspace.want_prompt(PromptWish("recipe", "a fox in snow", 7))
    assert visit.page._sheet is None
    assert visit.toasts.pop()[0] == "Its prompt is one of the sample prompts already."
    visit.undo()
    assert data(workspace).prompts == ()


def test_a_dropped_prompt_finds_no_room_among_sixteen(visit: Visit, workspace: FakeWorkspace) -> None:
    workspace.change(prompts=tuple(f"fox {number}" for number in range(16)))
    workspace.want_prompt(PromptWish("recipe", "a fox in snow", 7))
    assert visit.page._sheet is None
    assert [said for said, _ in visit.toasts] == [
        "There are 16 sample prompts, and no room for more. Remove one first."
    ]


def test_prompts_are_added_and_removed_up_to_the_limit(visit: Visit, workspace: FakeWorkspace) -> None:
    visit.page.prompts.edit_button.click()
    sheet = visit.page._sheet
    assert isinstance(sheet, PromptsSheet)
    removers = [
        button
        for button in sheet.findChildren(QAbstractButton)
        if button.accessibleName() == visit.page.tr("Remove this prompt")
    ]
    removers[3].click()
    while sheet.add_line_button.isEnabled():
        sheet.add_line_button.click()
        sheet.lines[-1].edit.setText("a cat")
    assert len(sheet.lines) == 16
    sheet.done_button.click()
    assert len(data(workspace).prompts) == 16


def test_looking_at_the_proposed_prompts_does_not_make_them_ones_own(visit: Visit, workspace: FakeWorkspace) -> None:
    visit.page.prompts.edit_button.click()
    assert isinstance(visit.page._sheet, PromptsSheet)
    visit.page._sheet.done_button.click()
    assert data(workspace).prompts == () and visit.toasts == []


# ── The plan ──────────────────────────────────────────────────────────────────────────────────────────────


def shrink(workspace: FakeWorkspace) -> None:
    """A card a little too small for the recipe."""
    assert workspace.budget is not None
    too_small = workspace.budget.memory.needed_bytes // (1 << 20) - 20
    workspace.plan_for_real(hardware(CARD.model_copy(update={"total_mib": too_small})))


def test_a_plan_that_does_not_fit_is_mended_with_one_click(visit: Visit, workspace: FakeWorkspace) -> None:
    shrink(workspace)
    assert not visit.page.start_button.isEnabled() and visit.page.plan.fix_rows
    visit.page.plan.fix_rows[0].button.click()
    [(fix,)] = workspace.asked("fix")
    assert data(workspace).settings == dict(fix.settings)
    visit.undo()
    assert data(workspace).settings == {}


def test_while_pictures_are_read_the_plan_is_grey_and_start_says_why(visit: Visit, workspace: FakeWorkspace) -> None:
    workspace.budget = workspace.plan = None
    workspace.show_files(IMAGES)
    workspace.scan_progressed.emit(9, 24)
    assert not visit.page.plan.grey.isHidden() and visit.page.plan.figures.isHidden()
    assert visit.page.start_button.reason
    state = visit.page.bottom_state()
    assert state is not None and state.kind == "busy" and "9" in state.body and "24" in state.body


def test_a_narrow_page_shows_the_plan_as_a_strip_that_opens(visit: Visit, qtbot: QtBot) -> None:
    visit.page.resize(800, 560)
    visit.page.set_narrow(True)
    plan = visit.page.plan
    qtbot.waitUntil(lambda: plan.is_folded)
    assert plan.isVisible() and not plan.details.isVisible() and plan.strip.isVisible()
    plan.open_button.click()
    assert plan.details.isVisible()
    visit.page.set_narrow(False)
    visit.page.resize(1300, 800)
    qtbot.waitUntil(lambda: not plan.is_folded)
    assert plan.details.isVisible() and visit.page.side_area.isAncestorOf(plan)


def test_cards_lie_one_below_the_other_once_their_words_do_not_fit_side_by_side(visit: Visit, qtbot: QtBot) -> None:
    page = visit.page
    page.resize(1300, 800)
    page.show()
    qtbot.waitUntil(lambda: page.trigger.y() == page.length.y())
    page.length.body.addWidget(Label("more words than were there " * 8))
    qtbot.waitUntil(lambda: page.trigger.y() < page.length.y())


def test_in_the_smallest_window_with_large_text_nothing_is_cut_off(
    visit: Visit, workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot
) -> None:
    workspace.show_bases(LINE, OTHER)
    appearance.set_text_scale(1.5)
    visit.page.set_narrow(True)
    visit.page.resize(754, 420)
    area = visit.page.choices_area
    qtbot.waitUntil(lambda: area.widget().minimumSizeHint().width() <= area.viewport().width())
    visit.page.advanced.build_all()
    visit.page.advanced.set_open(True)
    qtbot.waitUntil(lambda: area.widget().minimumSizeHint().width() <= area.viewport().width())


@pytest.fixture
def unfolded(visit: Visit, qtbot: QtBot) -> RecipePage:
    """With a row for every setting, and at rest."""
    visit.page.resize(1300, 800)
    visit.page.advanced.build_all()
    visit.page.advanced.set_open(True)
    qtbot.waitUntil(lambda: not style_some() and visit.page.advanced.height() > 2000)
    return visit.page


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_new_look_is_put_at_once_only_on_what_can_be_seen(
    unfolded: RecipePage, appearance: Appearance, qapp: QApplication, share: float
) -> None:
    """With every setting at once the window stood still for longer than 50 ms."""
    bar = unfolded.choices_area.verticalScrollBar()
    bar.setValue(round(share * bar.maximum()))
    with Heard(qapp, QEvent.Type.Polish, lambda one: one.isWindow() or not one.visibleRegion().isEmpty()) as styled:
        appearance.set_choice("light")
    assert all(styled.told)
    assert 20 < len(styled.told) < len(unfolded.findChildren(QWidget)) / 5


def test_when_the_plan_folds_or_unfolds_the_settings_are_laid_out_once(unfolded: RecipePage, qtbot: QtBot) -> None:
    for is_narrow in (True, False):
        with Heard(unfolded.advanced, QEvent.Type.Resize, lambda _: True) as laid_out:
            unfolded.set_narrow(is_narrow)
            qtbot.waitUntil(lambda folded=is_narrow: unfolded.plan.is_folded == folded)
            QApplication.processEvents()
        assert laid_out.told == [True]


def test_a_new_text_size_gives_the_settings_their_new_width_in_one_step(
    workspace: FakeWorkspace, appearance: Appearance, store: PictureStore, qtbot: QtBot
) -> None:
    """Rail, page and plan grow or shrink with the text, and each for itself would have every setting laid out anew."""
    window = MainWindow(Context(workspace.settings, appearance, workspace, store), {"recipe": RecipePage})
    qtbot.addWidget(window)
    window.resize(1280, 860)
    window.show()
    window.go_to("recipe")
    assert isinstance(window.page, RecipePage)
    advanced = window.page.advanced
    advanced.build_all()
    advanced.set_open(True)
    looks: list[QSize] = []

    def is_at_rest() -> bool:
        looks.append(advanced.size())
        return not style_some() and looks[-9:] == [looks[-1]] * 9

    qtbot.waitUntil(is_at_rest)
    for scale in (0.9, 1.0):
        before_px = advanced.width()
        with Heard(advanced, QEvent.Type.Resize, lambda one: one.width()) as widths:
            appearance.set_text_scale(scale)
            looks.clear()
            qtbot.waitUntil(is_at_rest)
        assert set(widths.told) - {before_px} == {advanced.width()}


# ── Starting ──────────────────────────────────────────────────────────────────────────────────────────────


def test_start_begins_the_run_and_goes_to_train_once_it_is_there(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    visit.page.start_button.click()
    assert workspace.asked("start_training") == [()] and visit.places == []
    run = RunModel(RunFolder(tmp_path / "run"), workspace)
    workspace.show_run_model(run)
    assert visit.places == ["train"]


def test_a_run_chosen_elsewhere_does_not_take_the_person_away(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    workspace.show_run_model(RunModel(RunFolder(tmp_path / "run"), workspace))
    assert visit.places == []


def test_a_start_that_fails_leaves_the_form_and_can_be_tried_again(visit: Visit, workspace: FakeWorkspace) -> None:
    workspace.change(settings={"adapter.rank": 8})
    workspace.plan_for_real()
    visit.page.start_button.click()
    workspace.failed.emit(StudioError("disk_full", "The disk is full."))
    assert visit.page.start_button.isEnabled()
    assert data(workspace).settings == {"adapter.rank": 8} and visit.page.trigger.field.text == "kvbluefold"


def test_add_to_queue_is_told_when_it_is_done(visit: Visit, workspace: FakeWorkspace) -> None:
    visit.page.queue_button.click()
    assert workspace.asked("add_to_queue") == [()] and visit.toasts == []
    workspace.queue_changed.emit()
    assert len(visit.toasts) == 1


def test_each_blocker_is_a_link_to_its_place(visit: Visit, workspace: FakeWorkspace) -> None:
    workspace.show_plan(None, None, StudioError("no_pictures", "There are no pictures to train on."))
    state = visit.page.bottom_state()
    assert state is not None and state.kind == "err" and "no pictures" in state.body
    assert visit.page.images_button in visit.page.bottom_actions()
    visit.page.images_button.click()
    assert visit.places == ["images"]
    workspace.show_plan(None, None, StudioError("bad_setting", "A setting cannot be used.", "rank cannot be 0."))
    assert visit.page.mend_button in visit.page.bottom_actions()
    visit.page.mend_button.click()
    assert visit.page.advanced.is_open
    assert not visit.page.start_button.isEnabled() and visit.page.start_button.reason


def test_the_primary_action_is_start_and_stands_last(visit: Visit) -> None:
    assert visit.page.primary_action() is visit.page.bottom_actions()[-1] is visit.page.start_button


def test_without_a_project_the_page_leads_to_start(visit: Visit, workspace: FakeWorkspace) -> None:
    workspace.show_project(None)
    assert visit.page.empty.isVisible() and visit.page.bottom_actions() == []
    visit.page.empty.button.click()
    assert visit.places == ["start"]


# ── Recipes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dropped_recipe_shows_its_changes_first_and_can_be_taken_back(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "soft.json"
    recipe_file.save_recipe(path, Recipe(name="Soft", kind="character", settings={"adapter.rank": 8}))
    assert visit.page.drop_sentence((path,))
    visit.page.take_drop((path,))
    qtbot.waitUntil(lambda: visit.page._sheet is not None)
    assert data(workspace).kind == "style"
    assert isinstance(visit.page._sheet, ChangesSheet)
    visit.page._sheet.use_button.click()
    assert data(workspace).kind == "character" and data(workspace).settings == {"adapter.rank": 8}
    visit.undo()
    assert data(workspace).kind == "style" and data(workspace).settings == {}


def test_a_recipe_with_an_unknown_key_is_refused_in_a_sentence(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"version": 1, "name": "x", "kind": "style", "startup": "evil"}))
    visit.page.open_recipe(path)
    qtbot.waitUntil(lambda: visit.page._message is not None)
    assert visit.page._message is not None and "startup" in visit.page._message.body
    assert visit.page._sheet is None and data(workspace).settings == {}


def test_a_preset_is_saved_under_its_name_and_a_second_one_says_it_replaces(
    visit: Visit, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    workspace.change(settings={"adapter.rank": 8})
    for words in ("Save", "Replace"):
        visit.page.save_button.click()
        qtbot.waitUntil(lambda: isinstance(visit.page._sheet, SaveSheet))
        sheet = visit.page._sheet
        assert isinstance(sheet, SaveSheet)
        sheet.name.edit.setText("Soft ink")
        assert sheet.save_button.text() == visit.page.tr(words)
        sheet.save_button.click()
        qtbot.waitUntil(lambda: visit.page._sheet is None)
    [saved] = recipe_file.own_presets()
    assert saved.recipe.name == "Soft ink" and saved.recipe.settings == {"adapter.rank": 8}


# ── For everyone ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_control_has_a_name_for_screen_readers(visit: Visit, workspace: FakeWorkspace) -> None:
    workspace.show_bases(LINE, OTHER)
    visit.page.advanced.build_all()
    kinds = (QAbstractButton, QLineEdit, QSlider, QPlainTextEdit)
    nameless = [
        control
        for kind in kinds
        for control in visit.page.findChildren(kind)
        if not (control.accessibleName() or (isinstance(control, QAbstractButton) and control.text()))
    ]
    assert nameless == []


def test_opening_advanced_flashes_no_window_of_its_own(visit: Visit, qapp: QApplication) -> None:
    class Windows(QObject):
        shown: list[QWidget] = []  # noqa: RUF012 - of this one test

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                self.shown.append(watched)
            return False

    windows = Windows()
    qapp.installEventFilter(windows)
    visit.page.advanced.build_all()
    qapp.removeEventFilter(windows)
    assert windows.shown == []


def test_the_rows_of_bases_are_chosen_with_the_arrow_keys(visit: Visit, workspace: FakeWorkspace, qtbot: QtBot) -> None:
    workspace.show_bases(LINE)
    first = visit.page.bases.rows["practice"]
    assert isinstance(first, ModelRow)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert data(workspace).base.source == LINE.source


# ── Advice ────────────────────────────────────────────────────────────────────────────────────────────────


def advised(visit: Visit) -> list[str]:
    cards = visit.page.plan.trouble.findChildren(MessageCard)
    return [label.text() for card in cards if not card.isHidden() for label in card.findChildren(Label)[:1]]


def press(visit: Visit, words: str) -> None:
    buttons = visit.page.plan.trouble.findChildren(QAbstractButton)
    next(button for button in buttons if button.text() == words and button.isVisible()).click()


def with_wide_pictures(workspace: FakeWorkspace, report: ScanReport, **settings: object) -> None:
    wide = tuple(replace(image, width_px=2 * image.height_px) for image in report.images)
    workspace.report = replace(report, images=wide)
    workspace.change(settings=settings)
    workspace.plan_for_real()


def test_pictures_that_all_become_one_square_are_told_and_sizes_can_be_turned_on(
    visit: Visit, workspace: FakeWorkspace, report: ScanReport
) -> None:
    with_wide_pictures(workspace, report)
    assert advised(visit) == []
    with_wide_pictures(workspace, report, **{"dataset.buckets": False})
    assert advised(visit) == ["All 24 pictures will be cropped to one square."]
    press(visit, "Turn sizes on")
    assert data(workspace).settings["dataset.buckets"] is True
    visit.undo()
    workspace.plan_for_real()
    press(visit, "Keep")
    assert advised(visit) == []
    assert visit.page.model.can_start


def test_a_trigger_word_that_the_base_knows_is_replaced_with_one_press(visit: Visit, qtbot: QtBot) -> None:
    with qtbot.waitSignal(visit.page.model.trigger_checked):
        visit.page.model.set_trigger("cat")
    card = visit.page.trigger.message
    assert card is not None
    assert [button.text() for button in card.buttons] == ["Suggest another", "Keep it"]
    with qtbot.waitSignal(visit.page.model.trigger_checked):
        card.buttons[0].click()
    assert visit.page.trigger.field.text == visit.page.model.trigger != "cat"
    assert visit.page.trigger.message is None


def test_masks_of_another_shape_are_told_and_can_be_stretched(
    visit: Visit, workspace: FakeWorkspace, report: ScanReport
) -> None:
    first, second, *rest = report.images
    odd = Mask(first.path.with_name("a-masklabel.png"), 2 * first.width_px, first.height_px, "0" * 64)
    fits = Mask(second.path.with_name("b-masklabel.png"), second.width_px, second.height_px, "0" * 64)
    workspace.report = replace(report, images=(replace(first, mask=odd), replace(second, mask=fits), *rest))
    workspace.plan_for_real()
    assert advised(visit) == ["1 mask does not match its picture."]
    assert visit.page.model.notes().count("1 mask does not match its picture.") == 1
    assert visit.page.model.can_start
    press(visit, "Show them")
    assert (visit.places, workspace.wanted_pictures) == (["images"], {first.path})
    press(visit, "Scale the masks")
    assert data(workspace).settings["dataset.masks"] == "stretched"
    workspace.plan_for_real()
    assert advised(visit) == []
    visit.undo()
    workspace.plan_for_real()
    press(visit, "Train without them")
    assert advised(visit) == []


def test_captions_that_are_too_long_can_be_shortened(
    visit: Visit, workspace: FakeWorkspace, report: ScanReport, qtbot: QtBot
) -> None:
    long = "a paper boat, " + ", ".join(f"wave number {number}" for number in range(60))
    first, *rest = report.images
    workspace.report = replace(report, images=(replace(first, caption=long), *rest))
    with qtbot.waitSignal(visit.page.model.worked_out):
        workspace.plan_for_real()
    assert advised(visit) == ["1 caption is longer than the model reads (75 tokens)."]
    press(visit, "Show them")
    assert (visit.places, workspace.wanted_pictures) == (["images"], {first.path})
    press(visit, "Shorten them")
    (texts,) = workspace.asked("set_captions")[-1]
    assert set(texts) == {first.path}
    short = texts[first.path]
    assert long.startswith(short + ",")
    assert len(short) > len(long) / 8
    workspace.report = replace(report, images=(replace(first, caption=short), *rest))
    with qtbot.waitSignal(visit.page.model.worked_out):
        workspace.plan_for_real()
    assert advised(visit) == []


def test_a_trigger_word_that_fills_the_prompt_is_no_reason_to_shorten_every_caption(
    visit: Visit, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    workspace.change(trigger="qz" * 60)
    with qtbot.waitSignal(visit.page.model.worked_out):
        workspace.plan_for_real()
    assert advised(visit) == []


def show_recent(workspace: FakeWorkspace, *lines: RecentLine) -> None:
    workspace.recent.lines = lines
    workspace.recent.changed.emit()


def test_another_project_that_trains_is_told_with_the_queue_as_way_out(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    assert workspace.project is not None
    show_recent(workspace, RecentLine("Ink", workspace.project.folder, "", is_training=True))
    assert advised(visit) == []
    show_recent(workspace, RecentLine("Fox", tmp_path / "fox", "", is_training=True))
    assert advised(visit) == ["“Fox” is training now."]
    state = visit.page.bottom_state()
    assert state is not None and state.title == "Ready to start, with 1 thing to know"
    press(visit, "Add to queue")
    assert workspace.asked("add_to_queue")
    show_recent(workspace)
    assert advised(visit) == []


def test_few_pictures_are_told_before_they_disappoint(
    visit: Visit, workspace: FakeWorkspace, report: ScanReport, qtbot: QtBot
) -> None:
    workspace.report = replace(report, images=report.images[:12])
    with qtbot.waitSignal(visit.page.model.worked_out):
        workspace.plan_for_real()
    assert advised(visit) == ["There are only 12 pictures; 20 or more work best."]
    with qtbot.waitSignal(visit.page.place_wanted) as wanted:
        press(visit, "Add pictures")
    assert wanted.args == ["images"]
    press(visit, "Keep")
    assert advised(visit) == []


def with_free_mib(visit: Visit, workspace: FakeWorkspace, free_mib: int, qtbot: QtBot) -> None:
    with qtbot.waitSignal(visit.page.model.worked_out):
        workspace.show_hardware(hardware(CARD.model_copy(update={"free_mib": free_mib})))


def test_a_card_that_others_use_is_told_with_a_way_to_fit(visit: Visit, workspace: FakeWorkspace, qtbot: QtBot) -> None:
    assert workspace.budget is not None
    memory = workspace.budget.memory
    kept_free = workspace.settings.values.memory_kept_free_mib
    needed = memory.needed_bytes // MIB - kept_free
    with_free_mib(visit, workspace, needed + 10, qtbot)
    assert advised(visit) == []
    with_free_mib(visit, workspace, needed - 10, qtbot)
    used = (CARD.total_mib - needed + 10) / 1024
    assert advised(visit) == [f"Another program is using {used:.1f} GB of the card."]
    press(visit, "Check again")
    assert workspace.asked("probe_hardware")
    press(visit, "Fit to what is free")
    assert workspace.asked("fix")


def test_our_own_training_is_no_other_program(
    visit: Visit, workspace: FakeWorkspace, tmp_path: Path, qtbot: QtBot
) -> None:
    run = told_run(tmp_path / "ink")
    sleeper = alive(run)
    try:
        tell(run, started(pid=sleeper.pid), *steps(1, 3))
        model = RunModel(run, workspace)
        workspace.show_run_model(model)
        model.look()
        qtbot.waitUntil(lambda: model.state.is_alive)
        with_free_mib(visit, workspace, 200, qtbot)
        assert visit.page.model.costs.crowded is not None
        assert visit.page.model.advice() == []
    finally:
        sleeper.kill()
        sleeper.wait()


def test_why_these_choices_is_written_when_it_is_unfolded(visit: Visit) -> None:
    plan = visit.page.plan
    assert plan.findChildren(ReasonRow) == []
    plan.reasons_button.setChecked(True)
    assert len(plan.findChildren(ReasonRow)) == len(visit.page.workspace.budget.reasons) > 0  # type: ignore[union-attr]
