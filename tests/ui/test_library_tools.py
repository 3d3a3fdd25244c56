"""The tools of the library: new adapter files from adapter files, with real small ones."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from fake_workspace import FakeWorkspace, quiet_settings
from PySide6.QtCore import QObject, QPoint, Qt, QThreadPool
from PySide6.QtWidgets import QApplication, QFileDialog, QRadioButton
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.convert import LoraScheme, convert_lora
from lora_studio.weights.edit import EditWish, edit_adapter
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import inspect_adapter, is_adapter
from lora_studio.weights.lora import read_lora
from lora_studio.weights.writing import ExportDtype
from tests.fakes.drawn_pictures import draw_pictures
from ui.models import library_tools
from ui.models.library_tools import (
    AdapterTools,
    ConvertWish,
    MergeWish,
    ResizeWish,
    Watch,
    Wish,
    bytes_after,
    is_already,
    make_file,
    open_adapter,
    proposed_name,
)
from ui.models.library_tools_words import percent_word
from ui.pages.library import LibraryPage
from ui.pages.library_sheets import InspectSheet
from ui.pages.library_tool_details import DetailsForm
from ui.pages.library_tool_forms import ConvertForm, MergeForm, ResizeForm
from ui.pages.library_tools import ToolSheet
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

LAYERS = (
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0",
)


def make_adapter(
    path: Path, rank: int = 4, scheme: LoraScheme = "kohya", dtype: ExportDtype = "fp16", family: FamilyId = "sd1",
    seed: int = 0,
) -> Path:  # fmt: skip
    """A shared adapter of two layers whose ranks all count."""
    random = np.random.default_rng(seed)
    tensors = {}
    for layer in LAYERS:
        tensors[f"{layer}.lora_A.weight"] = random.normal(size=(rank, 320)).astype(np.float32)
        tensors[f"{layer}.lora_B.weight"] = random.normal(size=(320, rank)).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    epoch = path.with_suffix(".epoch.safetensors")
    save_file(tensors, epoch, adapter_note(family, dict.fromkeys(LAYERS, (rank, float(rank)))))
    convert_lora(read_lora(epoch), path, scheme, dtype)
    epoch.unlink()
    return path


@pytest.fixture
def ink(tmp_path: Path) -> Path:
    return make_adapter(tmp_path / "loras" / "ink.safetensors")


@pytest.fixture
def fox(tmp_path: Path) -> Path:
    return make_adapter(tmp_path / "loras" / "fox.safetensors", rank=2, seed=1)


def make(paths: list[Path], wish: Wish, name: str, watch: Watch | None = None) -> library_tools.Made:
    return make_file([open_adapter(path) for path in paths], wish, paths[0].parent, name, watch or Watch())


class TestMaking:
    def test_a_name_that_is_taken_is_never_written_over(self, ink: Path) -> None:
        before = ink.read_bytes()
        first = make([ink], ConvertWish("diffusers"), "ink")
        second = make([ink], ConvertWish("diffusers"), "ink")
        assert [first.path.name, second.path.name] == ["ink-v2.safetensors", "ink-v3.safetensors"]
        assert ink.read_bytes() == before

    def test_a_file_that_appears_meanwhile_is_never_written_over_either(
        self, ink: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def convert_slowly(*arguments: object) -> object:
            ink.with_name("new.safetensors").write_bytes(b"somebody's")
            return convert_lora(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(library_tools, "convert_lora", convert_slowly)
        assert make([ink], ConvertWish("diffusers"), "new").path.name == "new-v2.safetensors"
        assert ink.with_name("new.safetensors").read_bytes() == b"somebody's"

    @pytest.mark.parametrize("wish", [ConvertWish("diffusers"), ResizeWish(rank=1), MergeWish((1.0, 0.5))])
    def test_work_that_is_called_off_leaves_nothing(self, ink: Path, fox: Path, wish: Wish) -> None:
        watch = Watch()
        watch.cancel()
        with pytest.raises(StudioError) as refused:
            make([ink, fox] if isinstance(wish, MergeWish) else [ink], wish, "new", watch)
        assert (refused.value.code, watch.done) == ("cancelled", 0)
        assert sorted(path.name for path in ink.parent.iterdir()) == ["fox.safetensors", "ink.safetensors"]

    def test_a_call_while_the_result_is_written_still_leaves_nothing(
        self, ink: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watch = Watch()

        def cancel_late(*arguments: object, **options: object) -> object:
            result = resize_lora(*arguments, **options)
            watch.cancel()
            return result

        resize_lora = library_tools.resize_lora
        monkeypatch.setattr(library_tools, "resize_lora", cancel_late)
        with pytest.raises(StudioError):
            make([ink], ResizeWish(rank=1), "new", watch)
        assert [path.name for path in ink.parent.iterdir()] == ["ink.safetensors"]

    @pytest.mark.parametrize("wish", [ConvertWish("diffusers"), ResizeWish(rank=1), MergeWish((1.0, 0.5))])
    def test_progress_comes_to_its_end_and_not_before(self, ink: Path, fox: Path, wish: Wish) -> None:
        watch = Watch()
        make([ink, fox] if isinstance(wish, MergeWish) else [ink], wish, "new", watch)
        assert watch.total <= watch.done < 2 * watch.total


class TestWords:
    def test_the_proposed_name_tells_what_was_done(self, ink: Path, fox: Path) -> None:
        opened = [open_adapter(ink), open_adapter(fox)]
        wishes = (ConvertWish("diffusers"), ConvertWish("kohya", "fp32"), ResizeWish(rank=8), ResizeWish(keep=0.9))
        assert [proposed_name(opened[:1], wish) for wish in wishes] == [
            "ink-diffusers", "ink-fp32", "ink-rank8", "ink-keep90",
        ]  # fmt: skip
        assert proposed_name(opened, MergeWish((1, 1))) == "ink-and-fox"
        assert proposed_name([*opened, opened[1]], MergeWish((1, 1, 1))) == "ink-merged"

    def test_what_is_not_everything_is_never_called_100_percent(self) -> None:
        assert [percent_word(share) for share in (0.99999, 0.973, 1.0)] == ["99.9 %", "97.3 %", "100 %"]

    def test_a_file_is_known_to_be_like_that_already(self, ink: Path) -> None:
        opened = open_adapter(ink)
        assert is_already(opened, ConvertWish("kohya"))
        assert is_already(opened, ConvertWish("kohya", "fp16"))
        assert not is_already(opened, ConvertWish("kohya", "bf16"))
        assert not is_already(opened, ConvertWish("diffusers"))

    def test_the_size_that_is_told_is_that_of_the_new_file_but_its_header(self, ink: Path) -> None:
        opened = open_adapter(ink)
        made = make([ink], ConvertWish("kohya", "fp32"), "wide")
        assert 0 < made.written.size_bytes - bytes_after(opened, "fp32") < 3000


class TestModel:
    @pytest.fixture
    def tools(self, qtbot: QtBot, ink: Path) -> AdapterTools:
        self.owner = QObject()
        tools = AdapterTools(self.owner)
        tools.open_files([ink])
        qtbot.waitUntil(lambda: bool(tools.files))
        return tools

    def test_it_opens_a_file_once_and_refuses_another_kind_in_words(
        self, qtbot: QtBot, tools: AdapterTools, ink: Path, tmp_path: Path
    ) -> None:
        tools.open_files([ink])
        torn = tmp_path / "torn.safetensors"
        torn.write_bytes(b"\x10")
        with qtbot.waitSignal(tools.failed) as told:
            tools.open_files([torn])
        qtbot.waitUntil(lambda: tools.opening == 0)
        assert told.args[0].title == "torn.safetensors is not a safetensors file."
        assert [opened.path for opened in tools.files] == [ink]

    def test_a_merge_takes_all_files_and_another_tool_the_first(
        self, qtbot: QtBot, tools: AdapterTools, fox: Path
    ) -> None:
        tools.open_files([fox])
        qtbot.waitUntil(lambda: len(tools.files) == 2)
        with qtbot.waitSignal(tools.made) as merged:
            tools.make(MergeWish((1.0, 0.5)), "both")
        with qtbot.waitSignal(tools.made) as converted:
            tools.make(ConvertWish("diffusers"), "one")
        assert inspect_adapter(merged.args[0].path).ranks == {6: 2}
        assert inspect_adapter(converted.args[0].path).ranks == {4: 2}

    def test_calling_off_is_not_told_as_a_failure(self, qtbot: QtBot, tools: AdapterTools, ink: Path) -> None:
        told: list[object] = []
        tools.failed.connect(told.append)
        tools.make(ResizeWish(rank=1), "small")
        tools.cancel()
        qtbot.waitUntil(lambda: tools.work is None)
        assert (told, tools.result) == ([], None)
        assert [path.name for path in ink.parent.iterdir()] == ["ink.safetensors"]

    def test_the_name_in_use_is_told_before_anything_is_made(self, qtbot: QtBot, tools: AdapterTools) -> None:
        assert tools.file_name("ink") == "ink.safetensors"
        qtbot.waitSignal(tools.changed).wait()
        assert tools.file_name("ink") == "ink-v2.safetensors"


@pytest.fixture
def page(qtbot: QtBot, appearance: Appearance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LibraryPage:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path / "home"))
    workspace = FakeWorkspace(quiet_settings())
    workspace.settings.set("exports_folder", str(tmp_path / "loras"))
    page = LibraryPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def open_sheet(qtbot: QtBot, page: LibraryPage, tool: library_tools.ToolName, paths: list[Path]) -> ToolSheet:
    page.shown()
    qtbot.waitUntil(lambda: page.library.has_read and not page.library.is_reading)
    page.open_tool(tool, paths)
    sheet = page._tool_sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: len(sheet.tools.files) == len(paths) and sheet.make_button.isVisible())
    return sheet


def press(qtbot: QtBot, sheet: ToolSheet) -> Path:
    """Make the file and wait for it."""
    qtbot.waitUntil(sheet.make_button.isEnabled)
    with qtbot.waitSignal(sheet.made) as made:
        qtbot.mouseClick(sheet.make_button, Qt.MouseButton.LeftButton)
    path: Path = made.args[0]
    return path


class TestSheet:
    def test_an_adapter_of_the_library_becomes_one_for_diffusers(
        self, qtbot: QtBot, page: LibraryPage, ink: Path
    ) -> None:
        page.shown()
        qtbot.waitUntil(lambda: page.library.rowCount() == 1)
        page.view.choose(ink)
        assert page.tools_button in page.bottom_actions()
        page.build_tools_menu(ink).actions()[0].trigger()
        sheet = page._tool_sheet
        assert sheet is not None
        qtbot.waitUntil(sheet.make_button.isVisible)
        form = sheet.form
        assert isinstance(form, ConvertForm) and form.diffusers_card.isChecked()
        made = press(qtbot, sheet)
        assert made == ink.with_name("ink-diffusers.safetensors")
        assert inspect_adapter(made).scheme == "peft/diffusers"
        assert sheet.card.path == made and sheet.card.isVisible() and not sheet.asking.isVisible()
        qtbot.waitUntil(lambda: page.library.rowCount() == 2)  # it stands in the library at once
        before, after = read_lora(ink), read_lora(made)
        for layer in LAYERS:
            assert np.array_equal(before.modules[layer].up.read(), after.modules[layer].up.read())

    def test_a_file_that_is_like_that_already_is_not_made_again(
        self, qtbot: QtBot, page: LibraryPage, ink: Path
    ) -> None:
        sheet = open_sheet(qtbot, page, "convert", [ink])
        assert isinstance(sheet.form, ConvertForm)
        sheet.form.kohya_card.click()
        assert sheet.make_button.reason == "The file is like this already."
        sheet.form.precision.setCurrentIndex(sheet.form.precision.findData("fp32"))
        sheet.form.precision.activated.emit(0)
        assert sheet.make_button.isEnabled()
        assert sheet.name.text == "ink-fp32"

    def test_what_a_smaller_file_keeps_is_told_before_and_comes_true(
        self, qtbot: QtBot, page: LibraryPage, ink: Path
    ) -> None:
        sheet = open_sheet(qtbot, page, "resize", [ink])
        assert isinstance(sheet.form, ResizeForm)
        qtbot.waitUntil(lambda: sheet.tools.spectrum is not None)
        assert (sheet.form.rank.value, sheet.name.text) == (2, "ink-rank2")
        foretold = sheet.form.foretold.text()
        press(qtbot, sheet)
        result = sheet.tools.result
        assert result is not None and result.outcome is not None
        assert result.outcome.ranks == {2: 2}
        assert foretold == f"Keeps {percent_word(result.outcome.kept)} of what the adapter changes."
        assert 0.5 < result.outcome.kept < 0.9

    def test_numbers_that_cannot_be_measured_are_told_once(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        content = bytearray(ink.read_bytes())
        content[-2:] = b"\x00\x7e"  # a half-precision number that is none
        ink.write_bytes(content)
        told: list[StudioError] = []
        sheet = open_sheet(qtbot, page, "convert", [ink])
        sheet.tools.failed.connect(told.append)
        qtbot.mouseClick(next(button for button in sheet.switch.findChildren(QRadioButton) if "small" in button.text()),
                         Qt.MouseButton.LeftButton)  # fmt: skip
        qtbot.waitUntil(lambda: sheet._notice is not None and sheet._notice.isVisible())
        sheet.form.refresh()
        sheet._show()
        QThreadPool.globalInstance().waitForDone()
        QApplication.processEvents()
        assert [error.code for error in told] == ["export_not_finite"]
        assert sheet._notice is not None and "Save an earlier epoch" in sheet._notice.banner.body

    def test_a_rank_it_has_already_is_blocked_with_the_reason(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        sheet = open_sheet(qtbot, page, "resize", [ink])
        assert isinstance(sheet.form, ResizeForm)
        qtbot.waitUntil(lambda: sheet.tools.spectrum is not None)
        sheet.form.rank.edit.setText("4")
        assert sheet.make_button.reason == "The file would not get smaller."
        sheet.form.rank.edit.setText("many")
        assert sheet.make_button.reason.startswith("Choose a number")

    def test_files_are_merged_with_their_strengths(self, qtbot: QtBot, page: LibraryPage, ink: Path, fox: Path) -> None:
        sheet = open_sheet(qtbot, page, "merge", [ink])
        form = sheet.form
        assert isinstance(form, MergeForm)
        assert sheet.make_button.reason == "Add a second file"
        (offer,) = [action for action in form.build_menu().actions() if action.text() == fox.name]
        offer.trigger()
        qtbot.waitUntil(lambda: len(form.rows) == 2)
        form.rows[1].strength.edit.setText("0")
        assert "take it out" in sheet.make_button.reason
        form.rows[1].strength.edit.setText("-0.5")
        merged = read_lora(press(qtbot, sheet))
        for layer in LAYERS:
            ours = [change(read_lora(path), layer) for path in (ink, fox)]
            assert np.abs(change(merged, layer) - (ours[0] - 0.5 * ours[1])).max() < 0.05

    def test_what_a_file_says_of_itself_is_changed_and_the_rest_stays(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picture = draw_pictures(tmp_path / "pictures", 1) / "000.png"
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(picture), ""))
        sheet = open_sheet(qtbot, page, "edit", [ink])
        form = sheet.form
        assert isinstance(form, DetailsForm)
        assert sheet.make_button.reason == "Nothing is changed yet"
        form.title.edit.setText("Misty Ink")
        form.license.setCurrentText("MIT")
        form.cover_button.click()
        made = press(qtbot, sheet)
        before, after = read_header(ink).metadata, read_header(made).metadata
        assert (after["modelspec.title"], after["modelspec.license"]) == ("Misty Ink", "MIT")
        assert after["modelspec.thumbnail"].startswith("data:image/jpeg;base64,")
        assert after["sshs_model_hash"] == before["sshs_model_hash"]
        again = open_sheet(qtbot, page, "edit", [made])
        assert isinstance(again.form, DetailsForm)
        assert (again.form.title.text, again.form.license.currentText()) == ("Misty Ink", "MIT")
        again.form.no_cover_button.click()
        assert "modelspec.thumbnail" not in read_header(press(qtbot, again)).metadata

    def test_a_file_of_the_details_is_not_made_without_a_title(
        self, qtbot: QtBot, page: LibraryPage, ink: Path
    ) -> None:
        named = edit_adapter(ink, ink.with_name("named.safetensors"), EditWish(title="Ink")).written.path
        sheet = open_sheet(qtbot, page, "edit", [named])
        assert isinstance(sheet.form, DetailsForm)
        sheet.form.title.edit.setText(" ")
        assert sheet.make_button.reason == "Give it a title"

    def test_files_for_different_bases_are_refused_in_place_and_the_form_stays(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, tmp_path: Path
    ) -> None:
        other = make_adapter(tmp_path / "loras" / "practice.safetensors", family="practice")
        sheet = open_sheet(qtbot, page, "merge", [ink, other])
        assert isinstance(sheet.form, MergeForm)
        sheet.form.rows[0].strength.edit.setText("0.7")
        qtbot.mouseClick(sheet.make_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: sheet._notice is not None)
        assert sheet._notice is not None
        assert sheet._notice.banner.title.startswith("These files are for different base models")
        assert [button.text() for button in sheet._notice.buttons] == ["Choose another file"]
        assert sheet.form.rows[0].strength.value == 0.7
        sheet.form.rows[1].remove_button.click()
        assert [row.opened.path for row in sheet.form.rows] == [ink]

    def test_a_file_that_cannot_be_worked_on_says_why_and_another_can_be_chosen(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        torn = tmp_path / "torn.safetensors"
        torn.write_bytes(b"\x10")
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(ink), ""))
        page.open_tool("resize", [torn])
        sheet = page._tool_sheet
        assert sheet is not None
        qtbot.waitUntil(lambda: sheet._notice is not None)
        assert sheet._notice is not None and not sheet.make_button.isVisible()
        sheet._notice.buttons[0].click()
        again = page._tool_sheet
        assert again is not None and again is not sheet
        qtbot.waitUntil(lambda: [opened.path for opened in again.tools.files] == [ink])
        assert again.tool == "resize"

    def test_a_name_that_is_taken_is_told_and_the_file_stays(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        before = ink.read_bytes()
        sheet = open_sheet(qtbot, page, "convert", [ink])
        sheet.name.edit.setText("ink")
        qtbot.waitUntil(lambda: "ink-v2.safetensors" in sheet.name.hint.text())
        assert press(qtbot, sheet).name == "ink-v2.safetensors"
        assert ink.read_bytes() == before
        sheet.again_button.click()
        assert sheet.asking.isVisible() and sheet.name.text == "ink-diffusers"

    @pytest.mark.parametrize("name", ["", "a/b", "ends."])
    def test_a_name_no_file_can_have_is_refused_in_its_field(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, name: str
    ) -> None:
        sheet = open_sheet(qtbot, page, "convert", [ink])
        sheet.name.edit.setText("good")
        sheet.name.edit.setText(name)
        assert not sheet.make_button.isEnabled()
        assert sheet.name.error == sheet.make_button.reason != ""

    @pytest.fixture
    def held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Converting goes on only when it is called off, or after ten seconds."""
        convert, over = library_tools.convert_lora, Watch.over
        watches: list[Watch] = []

        def remember(watch: Watch, lora: library_tools.Lora) -> library_tools.Lora:
            watches.append(watch)
            return over(watch, lora)

        def wait(*arguments: object) -> object:
            end = time.monotonic() + 10
            while not watches[-1].is_cancelled and time.monotonic() < end:
                time.sleep(0.002)
            return convert(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Watch, "over", remember)
        monkeypatch.setattr(library_tools, "convert_lora", wait)

    def test_cancel_calls_the_work_off_and_keeps_the_form(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, held: None
    ) -> None:
        sheet = open_sheet(qtbot, page, "convert", [ink])
        qtbot.mouseClick(sheet.make_button, Qt.MouseButton.LeftButton)
        assert sheet.progress.isVisible() and not sheet.asking.isEnabled()
        qtbot.mouseClick(sheet.cancel_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: sheet.tools.work is None)
        assert sheet.asking.isEnabled() and not sheet.progress.isVisible() and sheet._notice is None
        assert [path.name for path in ink.parent.iterdir()] == ["ink.safetensors"]
        qtbot.mouseClick(sheet.cancel_button, Qt.MouseButton.LeftButton)
        assert page._tool_sheet is None

    def test_escape_in_the_middle_of_the_work_leaves_nothing(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, held: None
    ) -> None:
        sheet = open_sheet(qtbot, page, "convert", [ink])
        qtbot.mouseClick(sheet.make_button, Qt.MouseButton.LeftButton)
        qtbot.keyClick(sheet.cancel_button, Qt.Key.Key_Escape)
        assert page._tool_sheet is None
        assert QThreadPool.globalInstance().waitForDone(20_000)
        assert [path.name for path in ink.parent.iterdir()] == ["ink.safetensors"]

    def test_the_whole_of_it_is_done_by_keyboard(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        page.activateWindow()
        sheet = open_sheet(qtbot, page, "convert", [ink])
        qtbot.waitUntil(lambda: sheet.switch.isAncestorOf(page.focusWidget()))
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Right)
        assert isinstance(sheet.form, ResizeForm)
        qtbot.waitUntil(sheet.make_button.isEnabled)
        for _ in range(20):
            if page.focusWidget() is sheet.make_button:
                break
            qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        with qtbot.waitSignal(sheet.made) as made:
            qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Space)
        assert made.args[0].name == "ink-rank2.safetensors"
        assert page.focusWidget() is sheet.card

    @pytest.mark.parametrize("tool", ["convert", "resize", "merge", "bake", "edit"])
    def test_the_tab_key_goes_from_top_to_bottom(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, fox: Path, tool: library_tools.ToolName
    ) -> None:
        sheet = open_sheet(qtbot, page, tool, [ink])
        sheet.tools.open_files([fox])
        qtbot.waitUntil(lambda: len(sheet.tools.files) == 2 and sheet.tools.measuring is None)
        qtbot.waitUntil(lambda: sheet.switch.isAncestorOf(page.focusWidget()))
        body = [widget for widget in sheet._focus_order() if sheet.asking.isAncestorOf(widget)]
        tops = [widget.mapTo(sheet, QPoint(0, widget.height() // 2)).y() for widget in body]
        assert tops == sorted(tops) and len(tops) >= 5

    def test_at_150_percent_in_the_least_window_the_progress_is_in_view(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, appearance: Appearance
    ) -> None:
        appearance.set_text_scale(1.5)
        page.resize(1024, 680)
        sheet = open_sheet(qtbot, page, "resize", [ink])
        sheet.tools.work = Watch()
        sheet._show()
        qtbot.waitUntil(lambda: not sheet.progress.visibleRegion().isEmpty())
        assert sheet.panel.rect().contains(sheet.make_button.mapTo(sheet.panel, QPoint(1, 1)))
        sheet.tools.work = None


def change(lora: library_tools.Lora, layer: str) -> np.ndarray:
    module = lora.modules[layer]
    return module.scale * module.up.read().astype(np.float64) @ module.down.read().astype(np.float64)


class TestDrops:
    def test_several_adapters_are_dropped_to_be_merged(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, fox: Path
    ) -> None:
        assert page.drop_sentence((ink, fox)) == "Drop to merge 2 files"
        assert page.drop_sentence((ink, Path("a.png"))) == ""
        page.take_drop((ink, fox))
        sheet = page._tool_sheet
        assert sheet is not None
        qtbot.waitUntil(lambda: [opened.path for opened in sheet.tools.files] == [ink, fox])
        assert isinstance(sheet.form, MergeForm)

    def test_a_drop_while_files_are_merged_joins_them(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, fox: Path
    ) -> None:
        sheet = open_sheet(qtbot, page, "merge", [ink])
        assert page.drop_sentence((fox,)) == "Drop to add it too"
        page.take_drop((fox,))
        qtbot.waitUntil(lambda: [opened.path for opened in sheet.tools.files] == [ink, fox])

    def test_a_file_that_was_looked_into_goes_on_to_a_tool(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        page.take_drop((ink,))
        qtbot.waitUntil(lambda: page.findChild(InspectSheet) is not None)
        looking = page.findChild(InspectSheet)
        assert isinstance(looking, InspectSheet)
        looking.build_menu().actions()[1].trigger()
        sheet = page._tool_sheet
        assert sheet is not None and not looking.isVisible()
        qtbot.waitUntil(lambda: bool(sheet.tools.files))
        assert sheet.tool == "resize"

    def test_an_adapter_is_told_from_a_base_model_and_from_what_is_neither(self, ink: Path, tmp_path: Path) -> None:
        base = tmp_path / "base.safetensors"
        save_file({"model.diffusion_model.out.2.bias": np.zeros(4, np.float32)}, base)
        torn = tmp_path / "torn.safetensors"
        torn.write_bytes(b"\x10")
        assert [is_adapter(path) for path in (ink, base, torn, tmp_path)] == [True, False, False, False]
