"""Base models: the list with its states, adding by hand with what is refused, and the folders that are watched."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_workspace import FakeWorkspace, project_over, quiet_settings
from hostile_pickles import MKDIR, checkpoint, listing, tensor, write_zip
from hub_server import FakeHub
from PySide6.QtCore import QLocale, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot
from safetensors.numpy import save_file
from sparse_files import SMALL_SD1, write_sparse

from lora_studio import embedded, paths
from lora_studio.bases import NO_WEIGHTS, OLD_FORMAT, FoundBase
from lora_studio.errors import StudioError
from ui.models.base_models import details_of, examine, state_of
from ui.pages import base_models
from ui.pages.base_models import BaseModelsPage
from ui.pages.base_models_hub import HubSheet
from ui.pages.base_models_row import BaseRow
from ui.theme.appearance import Appearance
from ui.widgets.page import Context
from ui.widgets.sheet import Sheet

np = pytest.importorskip("numpy")


@pytest.fixture
def workspace() -> FakeWorkspace:
    return FakeWorkspace(quiet_settings())


@pytest.fixture
def page(qtbot: QtBot, workspace: FakeWorkspace, appearance: Appearance) -> BaseModelsPage:
    page = BaseModelsPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def found(tmp_path: Path, name: str, **fields: object) -> FoundBase:
    path = tmp_path / name
    path.mkdir(exist_ok=True)
    values = {"family": "sd1", "usable": True, "where": "ComfyUI", "size_bytes": 4_300_000_000, **fields}
    return FoundBase.model_validate({"source": str(path), "name": name, **values})


def row(page: BaseModelsPage, name: str) -> BaseRow:
    return next(row for row in page.rows if row.base.name == name)


def save_tensors(path: Path, *names: str) -> Path:
    save_file({name: np.zeros((4, 768), np.float32) for name in names}, path)
    return path


def write_old(path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    """A model of zeros as torch saves it."""
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    steps = {name: tuple(math.prod(shape[at + 1 :]) for at in range(len(shape))) for name, shape in shapes.items()}
    made = {name: tensor(shapes[name], steps[name], size, str(at)) for at, (name, size) in enumerate(sizes.items())}
    numbers = {f"s{at}": bytes(4 * size) for at, size in enumerate(sizes.values())}
    return write_zip(path, checkpoint(listing(**made), **numbers))


class TestList:
    def test_the_practice_base_comes_first_and_says_what_it_is_not_for(
        self, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        workspace.show_bases(found(tmp_path, "sd15"))
        assert [row.base.name for row in page.rows] == ["Practice base", "sd15"]
        assert "not for art" in page.rows[0].reason

    def test_each_row_says_whether_it_can_be_trained_and_why_not(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        gone = found(tmp_path, "gone")
        workspace.show_bases(
            found(tmp_path, "good"),
            found(tmp_path, "old", usable=False, reason=OLD_FORMAT),
            found(tmp_path, "half", usable=False, reason=NO_WEIGHTS, is_damaged=True),
            found(tmp_path, "other", usable=False, reason="It is a model for another program."),
            gone,
        )
        Path(gone.source).rmdir()
        page.shown()
        qtbot.waitUntil(lambda: row(page, "gone").chip.text == "Not there")
        chips = {row.base.name: row.chip.text for row in page.rows[1:]}
        assert chips == {
            "good": "Can be trained", "old": "Cannot be trained", "half": "Damaged", "other": "Cannot be trained",
            "gone": "Not there",
        }  # fmt: skip
        assert "can carry programs" in row(page, "old").reason
        assert page.bottom_state().title.startswith("2 base model")

    def test_a_project_can_take_a_model_that_can_be_trained(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        base = found(tmp_path, "good")
        workspace.show_bases(base)
        workspace.show_project(project_over(tmp_path / "p", tmp_path))
        row(page, "good").action_wanted.emit("use")
        assert workspace.project is not None
        assert workspace.project.data.base.source == base.source

    def test_removing_takes_a_model_off_the_list_and_leaves_its_files(
        self, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        base = found(tmp_path, "good")
        workspace.show_bases(base)
        texts = [action.text() for action in row(page, "good").build_menu().actions()]
        assert "Remove from the list" in texts
        row(page, "good").action_wanted.emit("remove")
        assert [row.base.name for row in page.rows] == ["Practice base"]
        assert Path(base.source).is_dir()

    def test_the_practice_base_cannot_be_removed(self, page: BaseModelsPage) -> None:
        assert [action.text() for action in page.rows[0].build_menu().actions()] == ["Details"]

    def test_its_model_card_and_notice_can_be_read(self, qtbot: QtBot, page: BaseModelsPage) -> None:
        page.rows[0].action_wanted.emit("model_card")
        qtbot.waitUntil(lambda: page.findChild(Sheet) is not None)

    def test_nothing_else_found_is_said_with_a_way_out(self, page: BaseModelsPage, workspace: FakeWorkspace) -> None:
        workspace.show_bases()
        assert page.empty.isVisible()


class TestSearch:
    def test_it_searches_when_first_shown_and_can_be_cancelled(
        self, page: BaseModelsPage, workspace: FakeWorkspace
    ) -> None:
        page.shown()
        page.shown()
        assert [call[0] for call in workspace.calls].count("search_bases") == 1
        workspace.base_search_progressed.emit(1200, "ComfyUI")
        assert page.searching.isVisible()
        assert QLocale().toString(1200) in page.progress.text() and "ComfyUI" in page.progress.text()
        page.cancel_button.click()
        assert not page.searching.isVisible()

    def test_the_browser_opens_only_on_a_click(self, page: BaseModelsPage, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[str] = []

        def open_url(url: QUrl) -> bool:
            opened.append(url.toString())
            return True

        monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
        page.shown()
        assert opened == []
        page.get_button.click()
        assert opened[0].startswith("https://")

    def test_without_a_browser_the_address_is_copied_and_that_is_told(
        self, qtbot: QtBot, page: BaseModelsPage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
        with qtbot.waitSignal(page.toast_wanted) as told:
            page.get_button.click()
        assert told.args[0] == "No program to show web pages was found. The address is copied."
        assert QGuiApplication.clipboard().text().startswith("https://")


class TestFolders:
    def test_a_watched_folder_is_kept_in_the_settings_and_searched(
        self, page: BaseModelsPage, workspace: FakeWorkspace
    ) -> None:
        page.watch("/models")
        assert workspace.settings.values.model_folders == ("/models",)
        assert workspace.calls[-1][0] == "search_bases"
        assert page.watched.isVisible()

    def test_a_folder_that_is_not_watched_any_more_can_come_back(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace
    ) -> None:
        page.watch("/models")
        with qtbot.waitSignal(page.toast_wanted) as told:
            page._unwatch("/models")
        assert workspace.settings.values.model_folders == ()
        told.args[1]()
        assert workspace.settings.values.model_folders == ("/models",)


class TestAdding:
    def add(self, qtbot: QtBot, page: BaseModelsPage, path: Path) -> str:
        """The title of the message that it was refused with."""
        page.add(path)
        qtbot.waitUntil(lambda: not page.add_button.is_busy)
        return page._message.message.title if page._message is not None else ""

    def test_a_folder_in_the_diffusers_layout_goes_on_the_list(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace
    ) -> None:
        folder = embedded.practice_base_dir()
        assert self.add(qtbot, page, folder) == ""
        assert workspace.calls[-1] == ("add_base", (folder,))

    def test_a_model_in_one_file_goes_on_the_list(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        path = write_sparse(tmp_path / "dream.safetensors", SMALL_SD1)
        with qtbot.waitSignal(page.toast_wanted) as told:
            self.add(qtbot, page, path)
        assert told.args[0] == "dream is on the list."
        assert workspace.calls[-1] == ("add_base", (path,))

    def test_a_model_that_lacks_a_part_is_refused_and_says_which(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        unet = {name: shape for name, shape in SMALL_SD1.items() if name.startswith("model.")}
        assert self.add(qtbot, page, write_sparse(tmp_path / "dream.safetensors", unet)) == (
            "This file is not a model the app can train."
        )
        assert page._message is not None
        assert page._message.message.body == "It has no VAE and no text encoder, so it is not a whole model."
        assert workspace.calls == []

    def test_a_lora_is_told_apart_from_a_base_model(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path, menus: list[QMenu]
    ) -> None:
        name = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
        path = save_tensors(tmp_path / "ink.safetensors", f"{name}.lora_down.weight", f"{name}.lora_up.weight")
        assert self.add(qtbot, page, path) == "This file is not a model the app can train."
        assert page._message is not None
        assert page._message.message.body == "It looks like a LoRA for SD 1.x, not a base model."
        assert [button.text() for button in page._message.buttons] == ["Choose another", "What works?"]
        assert workspace.calls == []
        page._message.buttons[0].click()
        assert (page._message, len(menus)) == (None, 1)

    def test_a_file_that_was_cut_off_is_damaged_and_can_be_shown(
        self, qtbot: QtBot, page: BaseModelsPage, tmp_path: Path, menus: list[QMenu]
    ) -> None:
        path = save_tensors(tmp_path / "cut.safetensors", "model.diffusion_model.input_blocks.0.0.weight")
        path.write_bytes(path.read_bytes()[:-100])
        assert self.add(qtbot, page, path) == "This model file is damaged."
        assert page._message is not None
        assert [button.action for button in page._message.message.buttons] == ["choose_base", "show_in_folder"]
        page._message.buttons[0].click()
        assert (page._message, len(menus)) == (None, 1)

    def test_an_old_file_is_never_opened(
        self, qtbot: QtBot, page: BaseModelsPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "old.ckpt"  # it is not even there
        assert self.add(qtbot, page, path) == "This model is in an old format that can carry programs."
        assert page._message is not None
        assert [button.text() for button in page._message.buttons] == [
            "Convert it safely…",
            "Use another model",
            "Why?",
        ]
        page._message.buttons[2].click()
        assert page.findChild(Sheet) is not None
        asked: list[str] = []
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words, **_: (asked.append(words[2]), ("", ""))[1])
        page._message.buttons[0].click()
        assert asked == [str(tmp_path / "old.safetensors")]

    def test_an_old_file_is_converted_and_the_new_one_goes_on_the_list(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        old, new = write_old(tmp_path / "dream.ckpt", SMALL_SD1), tmp_path / "dream.safetensors"
        with qtbot.waitSignal(page.toast_wanted, timeout=20_000) as told:
            page.convert(old, new)
            assert page.converting.isVisible()
            assert page.conversion.text().startswith("Converting dream.ckpt")
        assert told.args[0] == "dream is on the list."
        assert workspace.calls[-1] == ("add_base", (new,))
        assert not page.converting.isVisible()

    def test_an_old_file_with_a_program_in_it_is_refused(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        old = write_zip(tmp_path / "dream.ckpt", checkpoint(MKDIR + b"."))
        page.convert(old, tmp_path / "dream.safetensors")
        qtbot.waitUntil(lambda: page._message is not None, timeout=20_000)
        assert page._message is not None
        assert "found something that should not be there" in page._message.message.body
        assert [entry.name for entry in tmp_path.iterdir()] == ["dream.ckpt"]
        assert workspace.calls == []

    def test_a_conversion_that_is_called_off_says_nothing_and_leaves_nothing(
        self, qtbot: QtBot, page: BaseModelsPage, tmp_path: Path
    ) -> None:
        old = write_old(tmp_path / "dream.ckpt", SMALL_SD1)
        page.convert(old, tmp_path / "dream.safetensors")
        page.converter.cancel()
        qtbot.waitUntil(lambda: not page.converting.isVisible(), timeout=20_000)
        assert page._message is None
        assert [entry.name for entry in tmp_path.iterdir()] == ["dream.ckpt"]

    def test_a_second_conversion_meanwhile_is_told_to_wait(
        self, qtbot: QtBot, page: BaseModelsPage, tmp_path: Path
    ) -> None:
        page.convert(write_old(tmp_path / "dream.ckpt", SMALL_SD1), tmp_path / "dream.safetensors")
        with qtbot.waitSignal(page.toast_wanted) as told:
            page._choose_converted(tmp_path / "other.ckpt")
        assert told.args[0] == "dream.ckpt is being converted. One model at a time."
        page.converter.cancel()
        qtbot.waitUntil(lambda: not page.converting.isVisible(), timeout=20_000)

    def test_only_a_row_in_an_old_format_offers_to_be_converted(
        self, page: BaseModelsPage, workspace: FakeWorkspace, tmp_path: Path
    ) -> None:
        workspace.show_bases(found(tmp_path, "good"), found(tmp_path, "old.ckpt", usable=False, reason=OLD_FORMAT))
        offers = {
            row.base.name: (
                row.convert_button is not None,
                "Convert it safely…" in [action.text() for action in row.build_menu().actions()],
            )
            for row in page.rows[1:]
        }
        assert offers == {"good": (False, False), "old.ckpt": (True, True)}

    def test_the_message_goes_when_the_next_try_succeeds(
        self, qtbot: QtBot, page: BaseModelsPage, tmp_path: Path
    ) -> None:
        assert self.add(qtbot, page, tmp_path / "old.ckpt")
        assert self.add(qtbot, page, embedded.practice_base_dir()) == ""

    def test_a_folder_whose_settings_are_damaged_is_told_so(self, tmp_path: Path) -> None:
        folder = tmp_path / "half"
        (folder / "unet").mkdir(parents=True)
        (folder / "model_index.json").write_text(json.dumps({"unet": ["diffusers", "UNet2DConditionModel"]}))
        (folder / "unet" / "config.json").write_text("{")
        with pytest.raises(StudioError) as refused:
            examine(folder)
        assert refused.value.code == "model_damaged"

    def test_a_folder_of_something_else_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(StudioError) as refused:
            examine(tmp_path)
        assert refused.value.code == "base_not_supported"


@pytest.fixture
def menus(monkeypatch: pytest.MonkeyPatch) -> list[QMenu]:
    """The menus that were opened."""
    opened: list[QMenu] = []
    monkeypatch.setattr(base_models, "open_above", lambda menu, _button: opened.append(menu))
    return opened


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub()
    model = write_sparse(tmp_path / "made.safetensors", SMALL_SD1).read_bytes()
    hub.files["ink/tiny"] = {"tiny.safetensors": model}
    hub.stand_in(monkeypatch, tmp_path)
    yield hub
    hub.close()


class TestHub:
    def open_sheet(self, qtbot: QtBot, page: BaseModelsPage, model_id: str) -> HubSheet:
        page._open_hub()
        sheet = page.window().findChild(HubSheet)
        assert isinstance(sheet, HubSheet)
        sheet.id_field.edit.setText(model_id)
        sheet.file_field.edit.setText("tiny.safetensors")
        assert not sheet.get_button.isEnabled()
        sheet.look_button.click()
        qtbot.waitUntil(lambda: not sheet.look_button.is_busy, timeout=20_000)
        return sheet

    def test_a_model_is_shown_first_then_downloaded_and_put_on_the_list(
        self, qtbot: QtBot, page: BaseModelsPage, workspace: FakeWorkspace, hub: FakeHub
    ) -> None:
        sheet = self.open_sheet(qtbot, page, "ink/tiny")
        assert "Licence: creativeml-openrail-m" in sheet.facts.text()
        assert hub.downloaded() == []
        with qtbot.waitSignal(page.toast_wanted, timeout=30_000) as told:
            sheet.get_button.click()
            assert page.downloading.isVisible()
        assert told.args[0] == "tiny is on the list."
        assert workspace.calls[-1] == ("add_base", (paths.models_dir() / "ink--tiny" / "tiny.safetensors",))
        assert not page.downloading.isVisible()

    def test_what_was_looked_up_is_forgotten_when_the_id_changes(
        self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub
    ) -> None:
        sheet = self.open_sheet(qtbot, page, "ink/tiny")
        assert sheet.get_button.isEnabled()
        sheet.id_field.edit.setText("ink/tiny2")
        assert not sheet.get_button.isEnabled()
        assert sheet.facts.text() == ""

    def test_an_answer_about_another_id_than_the_one_that_stands_there_now_is_not_shown(
        self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub
    ) -> None:
        page._open_hub()
        sheet = page.window().findChild(HubSheet)
        assert isinstance(sheet, HubSheet)
        sheet.id_field.edit.setText("ink/tiny")
        sheet.file_field.edit.setText("tiny.safetensors")
        sheet.look_button.click()
        sheet.id_field.edit.setText("ink/other")
        qtbot.waitUntil(lambda: not sheet.look_button.is_busy, timeout=20_000)
        assert (sheet.facts.text(), sheet.id_field.error) == ("", "")
        assert not sheet.get_button.isEnabled()
        assert sheet.look_button.isEnabled()

    def test_without_an_id_nothing_is_looked_up(self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub) -> None:
        page._open_hub()
        sheet = page.window().findChild(HubSheet)
        assert isinstance(sheet, HubSheet)
        assert not sheet.look_button.isEnabled()
        sheet.id_field.edit.returnPressed.emit()
        assert not sheet.look_button.is_busy
        sheet.id_field.edit.setText("ink/tiny")
        assert sheet.look_button.isEnabled()

    def test_an_unknown_id_is_told_where_it_was_typed(self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub) -> None:
        sheet = self.open_sheet(qtbot, page, "ink/nowhere")
        assert sheet.id_field.error.startswith("The hub knows no model ink/nowhere.")
        assert not sheet.get_button.isEnabled()

    def test_a_gated_model_says_what_to_do_and_can_be_tried_again(
        self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub
    ) -> None:
        hub.gated.add("ink/tiny")
        sheet = self.open_sheet(qtbot, page, "ink/tiny")
        assert "accepted on its page first" in sheet.facts.text()
        sheet.get_button.click()
        qtbot.waitUntil(lambda: page._message is not None, timeout=20_000)
        assert page._message is not None
        assert "hf auth login" in page._message.message.body
        hub.gated.clear()
        with qtbot.waitSignal(page.toast_wanted, timeout=30_000):
            page._message.action_chosen.emit("try_again")

    def test_a_download_that_is_stopped_says_nothing_and_no_model_appears(
        self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub
    ) -> None:
        hub.seconds_per_chunk = 5
        sheet = self.open_sheet(qtbot, page, "ink/tiny")
        sheet.get_button.click()
        page.hub.cancel()
        qtbot.waitUntil(lambda: not page.downloading.isVisible(), timeout=20_000)
        assert page._message is None
        assert not (paths.models_dir() / "ink--tiny").exists()

    def test_the_page_asks_nothing_by_itself(self, qtbot: QtBot, page: BaseModelsPage, hub: FakeHub) -> None:
        page.shown()
        page._open_hub()
        assert hub.asked == []


def test_details_of_a_model_tell_family_and_what_it_predicts() -> None:
    base = FakeWorkspace(quiet_settings()).bases[0]
    details = dict(details_of(base))
    assert (details["Family"], details["Predicts"]) == ("Practice base", "Noise")
    assert state_of(base) == "ready"


def test_drops_of_models_are_named_and_pictures_left_to_the_window(page: BaseModelsPage) -> None:
    assert page.drop_sentence((Path("dream.safetensors"),)) == "Drop to add dream.safetensors"
    assert page.drop_sentence((Path("ink.png"),)) == ""
