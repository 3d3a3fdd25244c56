"""The library's tools with base models: baking in, extracting, and making an adapter of another kind plain."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fake_workspace import FakeWorkspace, practice, quiet_settings
from PySide6.QtCore import QPoint, Qt, QThreadPool, QTimer
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from safetensors.numpy import load_file, save_file
from sparse_files import SMALL_SD1
from test_library_tools import LAYERS, change, make_adapter, press

from lora_studio import embedded, storage
from lora_studio.bases import FoundBase
from lora_studio.errors import StudioError
from lora_studio.weights.lora import read_lora
from ui.models import library_tools
from ui.models.library_tools import Watch, make_file, open_adapter
from ui.models.library_tools_bases import BakeWish, ExtractWish, PlainWish, offered_bases, open_other
from ui.pages.library import LibraryPage
from ui.pages.library_sheets import InspectSheet
from ui.pages.library_tool_bases import BakeForm, ExtractForm, PlainForm
from ui.pages.library_tools import ToolSheet
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

BLOCK = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0."
TENSORS = {LAYERS[0]: f"{BLOCK}attn1.to_q.weight", LAYERS[1]: f"{BLOCK}attn2.to_out.0.weight"}


def make_base(path: Path, seed: int = 0) -> FoundBase:
    """As little of an SD 1.x as has the layers of the adapters."""
    random = np.random.default_rng(seed)
    tensors = {name: np.zeros(shape, np.float32) for name, shape in SMALL_SD1.items()}
    tensors |= {name: random.normal(size=(320, 320)).astype(np.float32) for name in TENSORS.values()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return found(path)


def make_folder_base(folder: Path) -> FoundBase:
    """The same in the diffusers layout."""
    shutil.copytree(embedded.base_settings_dir("sd1"), folder)
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline", "unet": ["", ""]}')
    (folder / "scheduler").mkdir(exist_ok=True)
    (folder / "scheduler" / "scheduler_config.json").write_text("{}")
    random = np.random.default_rng(0)
    tensors = {f"{layer.removeprefix('unet.')}.weight": random.normal(size=(320, 320)).astype(np.float32)
               for layer in LAYERS}  # fmt: skip
    save_file(tensors, folder / "unet" / "diffusion_pytorch_model.safetensors")
    return found(folder)


def found(path: Path, family: str = "sd1") -> FoundBase:
    return FoundBase(source=str(path), name=path.stem, where="here", size_bytes=1_000_000, family=family, usable=True)


def make_loha(path: Path) -> Path:
    stem = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    random = np.random.default_rng(3)
    shapes = {"w1_a": (320, 2), "w1_b": (2, 320), "w2_a": (320, 2), "w2_b": (2, 320)}
    tensors = {f"{stem}.hada_{leaf}": random.normal(size=shape).astype(np.float32) for leaf, shape in shapes.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, {"ss_base_model_version": "sd_v1"})
    return path


def make_dora(path: Path) -> Path:
    plain = load_file(make_adapter(path))
    stems = {name.partition(".")[0] for name in plain}
    save_file(plain | {f"{stem}.dora_scale": np.ones((320, 1), np.float32) for stem in stems}, path,
              {"ss_base_model_version": "sd_v1"})  # fmt: skip
    return path


@pytest.fixture
def ink(tmp_path: Path) -> Path:
    return make_adapter(tmp_path / "loras" / "ink.safetensors")


@pytest.fixture
def base(tmp_path: Path) -> FoundBase:
    return make_base(tmp_path / "models" / "dream.safetensors")


class TestMaking:
    def test_a_base_that_is_a_folder_becomes_a_folder_and_never_over_another(self, ink: Path, tmp_path: Path) -> None:
        folder = make_folder_base(tmp_path / "models" / "dream")
        wish = BakeWish(folder, (1.0,))
        made = [make_file([open_adapter(ink)], wish, tmp_path / "out", "both", Watch()).path for _ in range(2)]
        assert made == [tmp_path / "out" / "both", tmp_path / "out" / "both-v2"]
        weights = [load_file(path / "unet" / "diffusion_pytorch_model.safetensors")
                   for path in (Path(folder.source), made[1])]  # fmt: skip
        name = f"{LAYERS[0].removeprefix('unet.')}.weight"
        assert np.allclose(weights[1][name] - weights[0][name], change(read_lora(ink), LAYERS[0]), atol=1e-3)

    @pytest.mark.parametrize("at", [0.0, 0.5])
    @pytest.mark.parametrize("kind", ["bake", "bake folder", "extract", "plain"])
    def test_work_that_is_called_off_leaves_nothing(
        self, kind: str, at: float, ink: Path, base: FoundBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = open_other(make_loha(tmp_path / "other" / "loha.safetensors"))
        tuned = make_base(tmp_path / "models" / "tuned.safetensors", 1)
        wish: library_tools.Wish = {
            "bake": BakeWish(base, (1.0,)),
            "bake folder": BakeWish(make_folder_base(tmp_path / "models" / "folder"), (1.0,)),
            "extract": ExtractWish(tuned, base, 8, None, "all", False),
            "plain": PlainWish(4, None, None),
        }[kind]
        watch = Watch()
        if not at:
            watch.cancel()
        hear = Watch.hear

        def cancel_soon(watch: Watch, done: int, total: int) -> None:
            watch.cancel()
            hear(watch, done, total)

        monkeypatch.setattr(Watch, "hear", cancel_soon)
        out = storage.make_dir(tmp_path / "out")
        with pytest.raises(StudioError) as refused:
            make_file([other] if kind == "plain" else [open_adapter(ink)], wish, out, "new", watch)
        assert refused.value.code == "cancelled" and not list(out.iterdir())


def test_bases_of_another_family_are_not_offered_and_the_reason_is_told(base: FoundBase, tmp_path: Path) -> None:
    large = found(tmp_path / "large.safetensors", "sdxl")
    torn = FoundBase(source="torn", name="torn", where="here", size_bytes=1, reason="It is damaged.")
    offered, reasons = offered_bases([practice(), base, large, torn], "sd1")
    assert offered == [base]
    assert reasons == [
        "The Practice base is part of the app.", "large is SDXL, and SD 1.x is needed.", "torn: It is damaged.",
    ]  # fmt: skip
    assert offered_bases([base, large], None)[0] == [base, large]


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


def open_sheet(
    qtbot: QtBot, page: LibraryPage, tool: library_tools.ToolName, paths: list[Path], *bases: FoundBase
) -> ToolSheet:
    page._workspace.bases = (practice(), *bases)
    page.open_tool(tool, paths)
    sheet = page._tool_sheet
    assert sheet is not None
    qtbot.waitUntil(lambda: sheet.is_ready and sheet.make_button.isVisible())
    return sheet


class TestBake:
    def test_an_adapter_is_baked_into_a_base_that_was_found(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, base: FoundBase, tmp_path: Path
    ) -> None:
        large = found(tmp_path / "large.safetensors", "sdxl")
        sheet = open_sheet(qtbot, page, "bake", [ink], base, large)
        form = sheet.form
        assert isinstance(form, BakeForm)
        assert form.base.box.count() == 1 and form.base.base == base
        assert "large is SDXL, and SD 1.x is needed." in form.base.note.text()
        form.rows[0].strength.edit.setText("0.5")
        qtbot.waitUntil(lambda: "is free there" in sheet.room.text())
        assert sheet.room.text().startswith("About 1.0 MB will be written")
        before = load_file(base.source)
        made = press(qtbot, sheet)
        assert made == tmp_path / "models" / "dream-ink.safetensors"
        after = load_file(made)
        for layer, name in TENSORS.items():
            assert np.allclose(after[name] - before[name], 0.5 * change(read_lora(ink), layer), atol=1e-3)
        assert sheet.base_button.isVisible() and sheet.show_button.isVisible()
        added: list[Path] = []
        page._workspace.add_base = added.append  # type: ignore[method-assign]
        sheet.base_button.click()
        assert added == [made] and page._tool_sheet is None

    def test_only_a_baked_base_can_be_used_as_one(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        sheet = open_sheet(qtbot, page, "convert", [ink])
        press(qtbot, sheet)
        assert sheet.show_button.isVisible() and not sheet.base_button.isVisible()

    def test_without_a_fitting_base_a_file_can_be_chosen(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, base: FoundBase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sheet = open_sheet(qtbot, page, "bake", [ink])
        form = sheet.form
        assert isinstance(form, BakeForm)
        assert sheet.make_button.reason == "Choose a base model"
        assert form.base.note.text().startswith("No fitting base model was found.")
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(ink), ""))
        form.base.file_button.click()
        qtbot.waitUntil(lambda: "looks like a LoRA" in form.base.note.text())
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (base.source, ""))
        form.base.file_button.click()
        qtbot.waitUntil(sheet.make_button.isEnabled)
        assert form.base.base is not None and form.base.base.source == base.source

    def test_without_enough_room_it_is_blocked_with_the_reason(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, base: FoundBase
    ) -> None:
        huge = base.model_copy(update={"size_bytes": 10**18})
        sheet = open_sheet(qtbot, page, "bake", [ink], huge)
        qtbot.waitUntil(lambda: sheet.make_button.reason == "There is not enough room in this folder")

    def test_cancel_leaves_no_file_and_the_window_stays_awake(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, base: FoundBase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hear, begun = Watch.hear, threading.Event()

        def go_slowly(watch: Watch, done: int, total: int) -> None:
            begun.set()
            time.sleep(0.05)
            hear(watch, done // 2, total)

        monkeypatch.setattr(Watch, "hear", go_slowly)
        sheet = open_sheet(qtbot, page, "bake", [ink], base)
        qtbot.waitUntil(sheet.make_button.isEnabled)
        ticks: list[float] = []
        timer = QTimer(sheet)
        timer.timeout.connect(lambda: ticks.append(time.monotonic()))
        timer.start(5)
        qtbot.mouseClick(sheet.make_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(begun.is_set)
        qtbot.waitUntil(lambda: sheet.progress.isVisible() and sheet.progress.value() > 0)
        qtbot.mouseClick(sheet.cancel_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: sheet.tools.work is None)
        assert len(ticks) > 5
        assert sheet.tools.result is None and sheet._notice is None and sheet.asking.isEnabled()
        assert [path.name for path in Path(base.source).parent.iterdir()] == ["dream.safetensors"]


class TestExtract:
    def test_what_was_baked_in_comes_out_again(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, base: FoundBase, tmp_path: Path
    ) -> None:
        baked = make_file([open_adapter(ink)], BakeWish(base, (1.0,)), tmp_path / "models", "tuned", Watch()).path
        page.extract_button.click()
        assert page._tool_sheet is not None and page._tool_sheet.make_button.reason == "Choose two base models"
        page._tool_sheet.close_sheet()
        sheet = open_sheet(qtbot, page, "extract", [ink], base, found(baked))
        form = sheet.form
        assert isinstance(form, ExtractForm) and not sheet.switch.isVisible()
        assert sheet.make_button.reason == "Choose two different models"
        form.tuned.box.setCurrentIndex(1)
        form.tuned.box.activated.emit(1)
        form.amount.rank_field.edit.setText("4")
        qtbot.waitUntil(lambda: "will be written" in sheet.room.text())
        # 4 ranks of two layers of 320 + 320 numbers and of one of 8 + 768, 2 bytes each, and three alphas.
        assert form.size_bytes() == 4 * (640 + 640 + 776) * 2 + 3 * 4
        made = press(qtbot, sheet)
        assert made == tmp_path / "loras" / "tuned-lora.safetensors"
        for layer in LAYERS:
            assert np.allclose(change(read_lora(made), layer), change(read_lora(ink), layer), atol=2e-2)
        assert sheet._banner is not None and "of the difference" in sheet._banner.body

    def test_the_tab_key_goes_from_top_to_bottom(self, qtbot: QtBot, page: LibraryPage, base: FoundBase) -> None:
        sheet = open_sheet(qtbot, page, "extract", [], base)
        form = sheet.form
        assert isinstance(form, ExtractForm)
        qtbot.waitUntil(form.tuned.box.hasFocus)
        body = [widget for widget in sheet._focus_order() if sheet.asking.isAncestorOf(widget)]
        tops = [widget.mapTo(sheet, QPoint(0, widget.height() // 2)).y() for widget in body]
        assert len(tops) >= 10
        assert [round(top / 20) for top in tops] == sorted(round(top / 20) for top in tops)

    def test_a_base_of_another_family_than_the_first_is_not_offered(
        self, qtbot: QtBot, page: LibraryPage, base: FoundBase, tmp_path: Path
    ) -> None:
        large = found(tmp_path / "large.safetensors", "sdxl")
        sheet = open_sheet(qtbot, page, "extract", [], base, large)
        form = sheet.form
        assert isinstance(form, ExtractForm)
        assert (form.tuned.box.count(), form.base.box.count()) == (2, 1)


class TestPlain:
    def test_a_loha_that_is_looked_into_can_be_made_plain(
        self, qtbot: QtBot, page: LibraryPage, tmp_path: Path
    ) -> None:
        loha = make_loha(tmp_path / "loras" / "hada.safetensors")
        page.take_drop((loha,))
        qtbot.waitUntil(lambda: page.findChild(InspectSheet) is not None)
        looking = page.findChild(InspectSheet)
        assert isinstance(looking, InspectSheet)
        looking.plain_note.buttons[0].click()
        sheet = page._tool_sheet
        assert sheet is not None
        qtbot.waitUntil(lambda: sheet.is_ready and sheet.make_button.isEnabled())
        form = sheet.form
        assert isinstance(form, PlainForm) and not sheet.switch.isVisible() and not form.base.isVisible()
        assert "LoHa" in form.explained.text() and "LoHa" in sheet.facts.text()
        made = press(qtbot, sheet)
        assert made == tmp_path / "loras" / "hada-plain.safetensors"
        assert sheet._banner is not None and "It differs by" in sheet._banner.body
        tensors = load_file(loha)
        stem = next(iter(tensors)).partition(".")[0]
        factors = [tensors[f"{stem}.hada_{leaf}"].astype(np.float64) for leaf in ("w1_a", "w1_b", "w2_a", "w2_b")]
        expected = (factors[0] @ factors[1]) * (factors[2] @ factors[3])
        assert np.linalg.norm(change(read_lora(made), LAYERS[0]) - expected) < 0.11 * np.linalg.norm(expected)

    def test_a_plain_lora_is_not_offered_to_be_made_plain(self, qtbot: QtBot, page: LibraryPage, ink: Path) -> None:
        page.take_drop((ink,))
        qtbot.waitUntil(lambda: page.findChild(InspectSheet) is not None)
        assert not hasattr(page.findChild(InspectSheet), "plain_note")

    def test_a_dora_asks_for_its_base(self, qtbot: QtBot, page: LibraryPage, base: FoundBase, tmp_path: Path) -> None:
        dora = make_dora(tmp_path / "loras" / "dora.safetensors")
        sheet = open_sheet(qtbot, page, "resize", [dora])
        assert isinstance(sheet.form, PlainForm) and sheet.form.base.isVisible()
        assert sheet.make_button.reason == "Choose the base it was trained on"
        again = open_sheet(qtbot, page, "convert", [dora], base)
        assert isinstance(again.form, PlainForm)
        made = read_lora(press(qtbot, again))
        weight = load_file(base.source)[TENSORS[LAYERS[0]]].astype(np.float64)
        merged = weight + change(read_lora_of(dora, tmp_path), LAYERS[0])
        expected = merged / np.linalg.norm(merged, axis=1, keepdims=True) - weight
        assert np.linalg.norm(change(made, LAYERS[0]) - expected) < 0.11 * np.linalg.norm(expected)

    def test_a_loha_cannot_be_merged_and_the_way_out_is_told(
        self, qtbot: QtBot, page: LibraryPage, ink: Path, tmp_path: Path
    ) -> None:
        sheet = open_sheet(qtbot, page, "merge", [ink])
        sheet.tools.open_files([make_loha(tmp_path / "loras" / "hada.safetensors")])
        qtbot.waitUntil(lambda: sheet._notice is not None)
        assert sheet._notice is not None and "Convert in the Library" in sheet._notice.banner.body
        assert QThreadPool.globalInstance().waitForDone(5000)


def read_lora_of(dora: Path, tmp_path: Path) -> library_tools.Lora:
    """The pairs of matrices of a DoRA without its magnitudes."""
    tensors = {name: values for name, values in load_file(dora).items() if not name.endswith(".dora_scale")}
    save_file(tensors, tmp_path / "pairs.safetensors", {"ss_base_model_version": "sd_v1"})
    return read_lora(tmp_path / "pairs.safetensors")
