import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_workspace import FakeWorkspace, project_over, quiet_settings
from PIL import Image
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot
from told_runs import trained_run

from lora_studio.config.findings import Finding
from lora_studio.errors import StudioError
from lora_studio.jobs.effect import EffectPair
from lora_studio.projects.project import RunNote
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import AdapterReport, inspect_adapter
from lora_studio.weights.lora import read_lora
from ui.models import export_effect, exporting
from ui.models.export_effect import DrawEffect, EffectDrawing
from ui.models.exporting import ExportWish, check_programs, export_adapter, name_problem
from ui.models.run import RunModel
from ui.models.workspace import PromptWish
from ui.pages.export import ExportPage
from ui.pages.export_published import PublishedCard
from ui.shell.marks import rail_marks
from ui.shell.rail import RailMark
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

WAIT_MS = 8000


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "LoRAs"


@pytest.fixture
def workspace(tmp_path: Path, exports: Path) -> FakeWorkspace:
    project = project_over(tmp_path / "project", tmp_path, runs={"ink": RunNote(pick=2, strength=0.8)})
    return FakeWorkspace(quiet_settings(exports_folder=str(exports)), project)


@pytest.fixture
def page(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ExportPage]:
    monkeypatch.setattr(export_effect, "AUTOMATIC_S", 120.0)
    run = RunModel(trained_run(tmp_path / "ink"))
    workspace.run = run
    made = ExportPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(made)
    painter(made).draw = painted()
    made.resize(1200, 760)
    made.show()
    made.shown()
    with qtbot.waitSignal(run.samples_changed, timeout=WAIT_MS):
        run.look()
    qtbot.waitUntil(lambda: made.name.text == "ink", timeout=WAIT_MS)
    yield made
    painter(made).close()
    run.rest()


def painter(page: ExportPage) -> EffectDrawing:
    assert page._effect is not None
    return page._effect


def painted(difference: float = 0.2) -> DrawEffect:
    """Stands in for the drawing program."""

    def draw(run: RunFolder, adapter: Path, place: Path, strength: float, cancelled: object) -> EffectPair:
        assert adapter.is_file() and place.is_dir()
        return EffectPair(run.sample_path(0, 1), run.sample_path(2, 1), "a boat", 7, strength, difference)

    return draw


def saved(page: ExportPage, qtbot: QtBot) -> Path:
    page.save_button.click()
    model = page._model
    assert model is not None
    qtbot.waitUntil(lambda: model.exported is not None, timeout=WAIT_MS)
    assert model.exported is not None
    return model.exported.path


def labels(page: ExportPage) -> list[str]:
    return [label.text() for label in page.saved.findChildren(QLabel) if label.isVisible()]


def notice(page: ExportPage) -> list[str]:
    return [button.text() for button in page._notice.buttons] if page._notice is not None else []


def test_without_a_pick_the_page_sends_to_compare(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, tmp_path: Path
) -> None:
    workspace.change(runs={})
    workspace.run = RunModel(trained_run(tmp_path / "ink"))
    page = ExportPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.show()
    assert page.empty.isVisible()
    assert [button.text() for button in page.bottom_actions()] == ["Go to Compare"]


def test_the_form_is_filled_from_the_run(page: ExportPage) -> None:
    assert page.name.hint.text() == "ink.safetensors"
    assert page.trigger.text() == "Write the trigger word mistyink into the file"
    assert page.trigger.isChecked()
    assert page.facts_label.text() == "Epoch 2  ·  SD 1.x  ·  Rank 16  ·  Suggested strength 0.8"


def test_saving_writes_the_picked_epoch_with_the_person_s_words(page: ExportPage, qtbot: QtBot, exports: Path) -> None:
    page.author.edit.setText("Ada")
    page.license.setCurrentText("CC-BY-4.0")
    page.notes.setPlainText("{soft washes}")
    path = saved(page, qtbot)
    assert path == exports / "ink.safetensors"
    metadata = read_header(path).metadata
    assert metadata["modelspec.title"] == "ink"
    assert metadata["modelspec.author"] == "Ada"
    assert metadata["modelspec.license"] == "CC-BY-4.0"
    assert metadata["modelspec.description"] == "soft washes}"
    assert metadata["modelspec.usage_hint"] == "Strength 0.8"
    assert metadata["modelspec.trigger_phrase"] == "mistyink"
    assert metadata["ss_epoch"] == "2"
    assert inspect_adapter(path).data_sha256 == metadata["sshs_model_hash"]


def test_nothing_of_this_computer_is_written(page: ExportPage, qtbot: QtBot, tmp_path: Path) -> None:
    metadata = read_header(saved(page, qtbot)).metadata
    assert str(tmp_path) not in " ".join(metadata.values())


def test_the_trigger_word_is_left_out_when_it_is_not_wanted(page: ExportPage, qtbot: QtBot) -> None:
    page.trigger.click()
    metadata = read_header(saved(page, qtbot)).metadata
    assert "modelspec.trigger_phrase" not in metadata
    assert "ss_training_comment" not in metadata


def test_programs_get_their_tick_only_after_the_file_was_read_back(page: ExportPage, qtbot: QtBot) -> None:
    assert "diffusers" not in labels(page)
    assert not page.saved.card.isEnabled()
    saved(page, qtbot)
    programs = {"diffusers", "ComfyUI", "A1111 and Forge", "InvokeAI"}
    qtbot.waitUntil(lambda: programs <= set(labels(page)), timeout=WAIT_MS)
    assert page.saved.checked_label.text().startswith("The saved file was read back: 1 layer, none missing,")
    assert "The programs themselves were not run." in page.saved.checked_label.text()


def test_before_saving_it_is_told_that_practice_files_work_only_here(
    page: ExportPage, workspace: FakeWorkspace, qtbot: QtBot, tmp_path: Path
) -> None:
    assert not page.practice_banner.isVisible()
    run = RunModel(trained_run(tmp_path / "again" / "ink", family="practice"))
    workspace.show_run_model(run)
    with qtbot.waitSignal(run.samples_changed, timeout=WAIT_MS):
        run.look()
    assert page.practice_banner.isVisible()
    assert page.practice_banner.title == "For practice: this file works only in LoRA Studio."
    only_here = "Only in LoRA Studio: no other program has the Practice base."
    qtbot.waitUntil(lambda: only_here in labels(page), timeout=WAIT_MS)
    assert "Told after the file was saved and read back." not in labels(page)
    run.rest()


def test_the_saved_file_can_be_dragged_as_a_real_file(page: ExportPage, qtbot: QtBot) -> None:
    path = saved(page, qtbot)
    assert page.saved.card.make_drag().mimeData().urls() == [QUrl.fromLocalFile(str(path))]


def test_path_and_prompt_can_be_copied(page: ExportPage, qtbot: QtBot) -> None:
    assert not page.saved.path_button.isVisible() and not page.saved.folder_button.isVisible()  # of no file yet
    path = saved(page, qtbot)
    assert page.saved.path_button.isVisible() and page.saved.folder_button.isVisible()
    page.saved.path_button.click()
    assert QGuiApplication.clipboard().text() == str(path)
    page.saved.prompt_button.click()
    assert QGuiApplication.clipboard().text() == "mistyink, pagoda in the mist"


def test_without_a_program_to_show_folders_the_path_is_copied_and_that_is_told(
    page: ExportPage, qtbot: QtBot, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    saved(page, qtbot)
    with qtbot.waitSignal(page.toast_wanted) as told:
        page.saved.folder_button.click()
    assert told.args[0] == "No program to show folders was found. The path is copied."
    assert QGuiApplication.clipboard().text() == str(exports)


def test_the_step_is_done_once_the_person_saved_and_not_by_the_file_of_the_trainer(
    page: ExportPage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    assert page._run is not None and workspace.project is not None
    export_epoch(page._run.run)
    assert rail_marks(workspace)["export"] == RailMark()
    saved(page, qtbot)
    assert rail_marks(workspace)["export"] == RailMark("done")
    assert workspace.project.data.runs["ink"] == RunNote(pick=2, strength=0.8, exported=True)
    assert page._model is not None and page._model.exported is not None  # the page still shows the file


def made_kit(page: ExportPage, qtbot: QtBot) -> Path:
    qtbot.waitUntil(lambda: page.kits.kit is not None, timeout=WAIT_MS)
    assert page.kits.kit is not None
    return page.kits.kit.path


def test_a_kit_is_made_beside_the_saved_file_with_the_chosen_cover(
    page: ExportPage, qtbot: QtBot, exports: Path
) -> None:
    assert not page.sharing.isVisible()
    page.cover.buttons[3].click()
    adapter = saved(page, qtbot)
    assert page.sharing.isVisible() and not page.sharing.hub_button.isVisible()
    page.sharing.make_button.click()
    kit = made_kit(page, qtbot)
    assert kit == exports / "ink-kit"
    assert (kit / "ink.safetensors").read_bytes() == adapter.read_bytes()
    assert "**Suggested strength**: 0.8" in (kit / "README.md").read_text("utf-8")
    with Image.open(kit / "cover.png") as cover, Image.open(kit / "images" / "sample-4.png") as fourth:
        assert cover.getpixel((0, 0)) == fourth.getpixel((0, 0))
    assert (page.sharing.card.path, page.sharing.make_button.isVisible()) == (kit, False)
    assert page.sharing.hub_button.isEnabled()


def test_a_kit_can_be_one_file_which_the_hub_does_not_take(page: ExportPage, qtbot: QtBot, exports: Path) -> None:
    saved(page, qtbot)
    menu = page.sharing.build_menu()
    menu.actions()[1].trigger()
    assert made_kit(page, qtbot) == exports / "ink-kit.zip"
    assert "as a folder" in page.sharing.hub_button.reason
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: page.sharing.card.path == exports / "ink-kit", timeout=WAIT_MS)
    assert page.sharing.hub_button.isEnabled()


def test_a_kit_is_gone_from_the_page_when_the_form_says_something_else(page: ExportPage, qtbot: QtBot) -> None:
    saved(page, qtbot)
    page.sharing.make_button.click()
    kit = made_kit(page, qtbot)
    page.author.edit.setText("Ada")
    assert (page.kits.kit, page.sharing.isVisible(), kit.is_dir()) == (None, False, True)


def test_what_goes_wrong_with_a_kit_is_told_and_it_can_be_tried_again(
    page: ExportPage, qtbot: QtBot, exports: Path
) -> None:
    adapter = saved(page, qtbot)
    content = adapter.read_bytes()
    adapter.unlink()
    page.sharing.make_button.click()
    qtbot.waitUntil(lambda: page._notice is not None, timeout=WAIT_MS)
    adapter.write_bytes(content)
    page.sharing.make_button.click()
    assert made_kit(page, qtbot).is_dir()


def test_the_chosen_sample_becomes_the_cover(page: ExportPage, qtbot: QtBot) -> None:
    first = read_header(saved(page, qtbot)).metadata["modelspec.thumbnail"]
    page.cover.buttons[3].click()
    assert page._model is not None
    assert page._model.exported is None
    page.version.edit.setText("2")
    assert read_header(saved(page, qtbot)).metadata["modelspec.thumbnail"] != first


def test_the_first_version_has_no_number_unless_its_name_is_taken(
    page: ExportPage, qtbot: QtBot, exports: Path
) -> None:
    assert saved(page, qtbot).name == "ink.safetensors"
    assert page.name.hint.text() == "ink.safetensors"
    (exports / "fox.safetensors").write_bytes(b"mine")
    page.name.edit.setText("fox")
    qtbot.waitUntil(lambda: page.name.hint.text() == "fox-v1.safetensors", timeout=WAIT_MS)
    assert saved(page, qtbot).name == "fox-v1.safetensors"
    page.name.edit.setText("ink")
    page.version.edit.setText("2")
    assert page.name.hint.text() == "ink-v2.safetensors"


def test_what_is_saved_can_be_drawn_with_until_the_form_says_something_else(
    page: ExportPage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    def actions() -> list[tuple[str, str]]:
        return [(button.text(), button.kind) for button in page.bottom_actions()]

    save = [("Save adapter", "primary")]
    assert actions() == save
    saved(page, qtbot)
    assert actions() == [("Save again", "secondary"), ("Draw with it", "primary")]
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page.draw_button.click()
    assert (wanted.args, workspace.wanted_prompt) == (["compare"], PromptWish())
    assert workspace.project is not None
    workspace.change(runs={"ink": RunNote(pick=2, strength=0.6)})
    assert actions() == save
    assert page.facts_label.text().endswith("Suggested strength 0.6")


def test_a_name_that_is_taken_is_asked_about_and_nothing_is_lost(page: ExportPage, qtbot: QtBot, exports: Path) -> None:
    exports.mkdir()
    (exports / "ink.safetensors").write_bytes(b"mine")
    page.save_button.click()
    qtbot.waitUntil(lambda: bool(notice(page)), timeout=WAIT_MS)
    assert notice(page) == ["Save as v2", "Replace"]
    assert (exports / "ink.safetensors").read_bytes() == b"mine"
    assert page._notice is not None
    page._notice.buttons[0].click()
    qtbot.waitUntil((exports / "ink-v2.safetensors").exists, timeout=WAIT_MS)
    assert page.version.value == 2


def test_replace_writes_over_the_file_that_was_there(page: ExportPage, qtbot: QtBot, exports: Path) -> None:
    exports.mkdir()
    (exports / "ink.safetensors").write_bytes(b"old")
    page.save_button.click()
    qtbot.waitUntil(lambda: bool(notice(page)), timeout=WAIT_MS)
    assert page._notice is not None and page._model is not None
    page._notice.buttons[1].click()
    model = page._model
    qtbot.waitUntil(lambda: model.exported is not None, timeout=WAIT_MS)
    assert inspect_adapter(exports / "ink.safetensors").scheme == "kohya"


def test_a_folder_that_cannot_be_written_to_keeps_the_form_and_offers_another(
    page: ExportPage, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StudioError("folder_read_only", "Cannot write.")

    monkeypatch.setattr(exporting, "export_adapter", refuse)
    page.author.edit.setText("Ada")
    page.save_button.click()
    qtbot.waitUntil(lambda: bool(notice(page)), timeout=WAIT_MS)
    assert notice(page) == ["Choose another folder", "Try again"]
    assert page.author.text == "Ada"
    assert page.save_button.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "other"))
    assert page._notice is not None
    page._notice.buttons[0].click()
    assert page.context.settings.values.exports_folder == str(tmp_path / "other")


def test_after_any_failure_the_card_itself_saves_again(
    page: ExportPage, qtbot: QtBot, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StudioError("path_too_long", "The path is too long.")

    with monkeypatch.context() as patched:
        patched.setattr(exporting, "export_adapter", refuse)
        page.save_button.click()
        qtbot.waitUntil(lambda: bool(notice(page)), timeout=WAIT_MS)
    assert notice(page) == ["Choose a shorter folder", "Save again"]
    assert page._notice is not None and page._model is not None
    page._notice.buttons[-1].click()
    model = page._model
    qtbot.waitUntil(lambda: model.exported is not None, timeout=WAIT_MS)
    assert list(exports.glob("*.safetensors"))


@pytest.mark.parametrize(
    ("name", "problem"), [("", "empty"), ("a/b", "marks"), ("ink.", "ends"), ("x" * 181, "long"), ("墨 ink", None)]
)
def test_a_name_must_work_on_every_system(name: str, problem: str | None) -> None:
    assert name_problem(name) == problem


def test_a_bad_name_is_told_under_the_field_and_blocks_saving(page: ExportPage) -> None:
    page.name.edit.setText("a/b")
    assert page.name.hint.text().startswith("A name cannot hold")
    assert not page.save_button.isEnabled()


def report(page: ExportPage, *codes: str, family: str = "sd1") -> AdapterReport:
    run = page._run
    assert run is not None
    outcome = export_adapter(run.run, ExportWish(1, run.run.exports_dir, "x", replaces=True))
    assert isinstance(outcome, exporting.Exported)
    findings = tuple(Finding(code=code, severity="warn", title=code) for code in codes)
    return outcome.report.model_copy(update={"findings": findings, "family": family})


def test_a_program_that_cannot_read_the_file_gets_no_tick(page: ExportPage) -> None:
    read_back = report(page)
    refused = read_back.programs["Forge"].model_copy(update={"verdict": "part", "reasons": ("It does not.",)})
    checks = check_programs(read_back.model_copy(update={"programs": read_back.programs | {"Forge": refused}}))
    assert {check.program: check.works for check in checks} == {
        "diffusers": True, "ComfyUI": True, "A1111 and Forge": False, "InvokeAI": True,
    }  # fmt: skip
    assert [check.reason for check in checks if not check.works] == ["It does not."]
    assert not any(check.works for check in check_programs(report(page, "not_finite")))
    assert not any(check.works for check in check_programs(report(page, family="practice")))


def test_what_only_deserves_a_mention_takes_no_tick_away(page: ExportPage) -> None:
    assert all(check.works for check in check_programs(report(page, "no_alpha")))


def test_another_run_of_the_project_is_chosen_where_there_is_one(
    page: ExportPage, workspace: FakeWorkspace, qtbot: QtBot, tmp_path: Path
) -> None:
    assert page.runs not in page.header_actions()
    assert workspace.run is not None
    older = trained_run(tmp_path / "pencil")
    with qtbot.waitSignal(page.chrome_changed):
        workspace.show_runs(workspace.run.run, older)
    assert page.header_actions() == [page.runs]
    page.runs.build_menu().actions()[1].trigger()
    assert workspace.asked("show_run") == [(older,)]


# ── What others will see ──────────────────────────────────────────────────────────────────────────────────


def opened_list(page: ExportPage, qtbot: QtBot) -> PublishedCard:
    qtbot.waitUntil(page.published.isVisible, timeout=WAIT_MS)
    page.published.set_open(True)
    return page.published


def test_the_file_says_exactly_what_was_listed(page: ExportPage, qtbot: QtBot) -> None:
    page.author.edit.setText("Ada")
    page.version.edit.setText("3")
    card = opened_list(page, qtbot)
    listed = {key: row._values[key].text() for row in card.rows.values() for key in row.keys}
    written = read_header(saved(page, qtbot)).metadata
    assert listed.keys() == written.keys()
    for key in ("modelspec.author", "modelspec.title", "ss_output_name", "modelspec.usage_hint", "ss_seed", "ss_epoch"):
        assert listed[key] == written[key]
    assert listed["sshs_model_hash"] == "Computed when it is saved."
    assert card.fold_button.accessibleDescription() == f"{len(written)} lines"


def test_a_group_or_a_line_is_left_out_and_that_is_remembered_with_the_run(
    page: ExportPage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    card = opened_list(page, qtbot)
    assert page.privacy.text().startswith("Written into the file: name, trigger word")
    assert card.rows["times"].summary.text() == "3 lines"  # dates and times are too long for one
    card.rows["times"].box.click()
    card.rows["training"].boxes["ss_seed"].click()
    assert page.privacy.text().startswith("Written into the file: what is ticked below.")
    gone = {"modelspec.date", "ss_training_started_at", "ss_training_finished_at", "ss_seed"}
    assert card.rows["times"].box.checkState() == Qt.CheckState.Unchecked
    assert card.rows["training"].box.checkState() == Qt.CheckState.PartiallyChecked
    assert card.fold_button.accessibleDescription().endswith(", 4 left out")
    written = read_header(saved(page, qtbot)).metadata
    assert not gone & written.keys() and "ss_steps" in written
    assert workspace.project is not None
    assert set(workspace.project.data.runs["ink"].left_out) == gone
    assert workspace.project.data.runs["ink"].exported
    again = ExportPage(page.context)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: again._left_out == gone, timeout=WAIT_MS)


def test_a_group_comes_back_whole_when_it_is_ticked_again(page: ExportPage, qtbot: QtBot) -> None:
    card = opened_list(page, qtbot)
    card.rows["training"].boxes["ss_seed"].click()
    card.rows["training"].box.click()
    assert page._left_out == frozenset()
    assert card.rows["training"].box.checkState() == Qt.CheckState.Checked


def test_what_programs_need_cannot_be_unticked(page: ExportPage, qtbot: QtBot) -> None:
    row = opened_list(page, qtbot).rows["needed"]
    assert not row.box.isEnabled()
    assert not any(box.isEnabled() for box in row.boxes.values())
    assert {"ss_network_dim", "modelspec.architecture"} <= row.boxes.keys()


def test_the_trigger_word_has_one_choice_in_two_places(page: ExportPage, qtbot: QtBot) -> None:
    card = opened_list(page, qtbot)
    page.trigger.click()
    assert card.rows["trigger"].box.checkState() == Qt.CheckState.Unchecked
    card.rows["trigger"].box.click()
    assert page.trigger.isChecked()


def test_choices_of_another_version_of_the_app_are_passed_over(
    page: ExportPage, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    workspace.change(runs={"ink": RunNote(pick=2, left_out=("of_the_future", "ss_v2", "ss_seed"))})
    again = ExportPage(page.context)
    qtbot.addWidget(again)
    qtbot.waitUntil(lambda: again._left_out == {"ss_seed"}, timeout=WAIT_MS)


# ── More ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_precision_strength_and_the_second_file_are_as_chosen(page: ExportPage, qtbot: QtBot, exports: Path) -> None:
    page.more.set_open(True)
    assert page.more.folds.text() == "Make 1.0 mean the strength you picked (0.8)"
    page.more.folds.click()
    page.more.diffusers.click()
    page.more.precision.setCurrentIndex(2)
    page.more.precision.activated.emit(2)
    note = "fp32, strength folded in, second file for diffusers"
    assert page.more.fold_button.accessibleDescription() == note
    first = read_lora(saved(page, qtbot))
    state = page.bottom_state()
    assert state is not None and state.title == "Saved ink.safetensors and one for diffusers"
    second = read_lora(exports / "ink-diffusers.safetensors")
    for module in (*first.modules.values(), *second.modules.values()):
        assert module.alpha == pytest.approx(3.2)
        assert module.up.dtype == "F32"
    assert first.metadata["modelspec.usage_hint"] == second.metadata["modelspec.usage_hint"] == "Strength 1"


def test_tags_of_captions_are_written_and_listed_only_when_asked_for(page: ExportPage, qtbot: QtBot) -> None:
    card = opened_list(page, qtbot)
    assert "ss_tag_frequency" not in card.rows["trigger"].keys
    page.more.tags.click()
    qtbot.waitUntil(lambda: "ss_tag_frequency" in card.rows["trigger"].keys, timeout=WAIT_MS)
    assert page.privacy.text().endswith("with the tags of your captions.")
    assert '{"a": 1}' in read_header(saved(page, qtbot)).metadata["ss_tag_frequency"]


def test_a_strength_that_cannot_be_folded_in_is_not_offered(page: ExportPage, workspace: FakeWorkspace) -> None:
    page.more.set_open(True)
    page.more.folds.click()
    assert page.more.folds_strength
    for strength in (None, 1.0, -0.5):
        workspace.change(runs={"ink": RunNote(pick=2, strength=strength)})
        assert not page.more.folds.isVisible()
        assert not page.more.folds_strength


def test_a_taken_name_of_the_second_file_is_asked_about_too(page: ExportPage, qtbot: QtBot, exports: Path) -> None:
    exports.mkdir()
    (exports / "ink-diffusers.safetensors").write_bytes(b"mine")
    page.more.diffusers.click()
    page.save_button.click()
    qtbot.waitUntil(lambda: bool(notice(page)), timeout=WAIT_MS)
    assert notice(page) == ["Save as v2", "Replace"]
    assert [path.name for path in exports.iterdir()] == ["ink-diffusers.safetensors"]


# ── The picture with and without ──────────────────────────────────────────────────────────────────────────


def test_the_saved_file_is_drawn_at_the_strength_it_suggests_beside_the_base_alone(
    page: ExportPage, qtbot: QtBot
) -> None:
    assert not page.effect_card.isVisible()
    saved(page, qtbot)
    qtbot.waitUntil(lambda: painter(page).state == "ready", timeout=WAIT_MS)
    pair = painter(page).pair
    assert pair is not None and pair.strength == 0.8
    assert page.effect_card.wipe.shown_paths() == [pair.without, pair.with_it]
    assert page.effect_card.words.text() == "The saved file changes the colours by 20.0 % on average."
    page.author.edit.setText("Ada")
    assert not page.effect_card.isVisible()


def test_a_strength_that_is_folded_in_is_drawn_at_one(page: ExportPage, qtbot: QtBot) -> None:
    page.more.folds.click()
    page.more.set_open(True)
    saved(page, qtbot)
    qtbot.waitUntil(lambda: painter(page).pair is not None, timeout=WAIT_MS)
    pair = painter(page).pair
    assert pair is not None and pair.strength == 1.0


def test_a_difference_that_nobody_sees_is_a_warning(page: ExportPage, qtbot: QtBot) -> None:
    painter(page).draw = painted(difference=0.001)
    saved(page, qtbot)
    qtbot.waitUntil(lambda: painter(page).state == "ready", timeout=WAIT_MS)
    assert page.effect_card.words.text().startswith("No difference can be seen.")
    assert page.effect_card._warning.isVisible()


def test_drawing_does_not_hold_up_the_word_saved_and_can_be_skipped(page: ExportPage, qtbot: QtBot) -> None:
    ended = threading.Event()

    def wait(run: RunFolder, adapter: Path, place: Path, strength: float, cancelled: Callable[[], bool]) -> EffectPair:
        while not cancelled():
            time.sleep(0.01)
        ended.set()
        raise StudioError("cancelled", "The work was called off.")

    painter(page).draw = wait
    saved(page, qtbot)
    state = page.bottom_state()
    assert state is not None and state.title == "Saved ink.safetensors"
    assert painter(page).state == "drawing"
    page.effect_card.skip_button.click()
    assert ended.wait(WAIT_MS / 1000)
    assert painter(page).state == "offered"
    assert page.effect_card.draw_button.isVisible()


def test_while_a_training_runs_the_picture_waits_for_its_end(
    page: ExportPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EffectDrawing, "can_begin", False)
    saved(page, qtbot)
    assert painter(page).state == "offered"
    assert not page.effect_card.draw_button.isEnabled()
    assert page.effect_card.words.text() == "One sample without and with the saved file, once training has ended."


def test_a_long_wait_is_offered_with_its_length(
    page: ExportPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunModel, "seconds_per_sample", 230.0)
    saved(page, qtbot)
    assert painter(page).state == "offered"
    assert page.effect_card.words.text() == "One sample without and with the saved file, in about 4 minutes."
    page.effect_card.draw_button.click()
    qtbot.waitUntil(lambda: painter(page).state == "ready", timeout=WAIT_MS)


def test_a_picture_that_cannot_be_drawn_is_told_and_the_file_stays(page: ExportPage, qtbot: QtBot) -> None:
    def refuse(*_: object) -> EffectPair:
        raise StudioError("out_of_memory", "The card is full.")

    painter(page).draw = refuse
    path = saved(page, qtbot)
    qtbot.waitUntil(lambda: painter(page).state == "failed", timeout=WAIT_MS)
    assert page.effect_card.words.text() == "The card is full."
    assert page.effect_card.draw_button.text() == "Try again"
    assert path.is_file() and page._model is not None and page._model.exported is not None


def test_pictures_of_the_effect_are_removed_with_it(page: ExportPage, qtbot: QtBot) -> None:
    saved(page, qtbot)
    qtbot.waitUntil(lambda: painter(page).state == "ready", timeout=WAIT_MS)
    folders = [Path(folder.name) for folder in painter(page)._folders]
    assert folders and all(folder.is_dir() for folder in folders)
    painter(page).close()
    assert not any(folder.exists() for folder in folders)
