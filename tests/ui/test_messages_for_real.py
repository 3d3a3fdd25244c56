"""Messages as a person meets them: the fault itself, in the program's own window, and its first button pressed."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from told_runs import trained_run
from whole_app import end_with_trainers

from lora_studio import storage
from lora_studio.hardware import probe
from lora_studio.hardware.probe import MIB
from lora_studio.projects.project import FILE_NAME, RunNote, create_project, save_project
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from tests.fakes.drawn_pictures import draw_pictures
from ui.app import Studio
from ui.pages.export import ExportPage
from ui.pages.images import ImagesPage
from ui.pages.start import StartPage
from ui.pages.train import LEAST_DISK_MIB, TrainPage
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.message_card import MessageCard
from ui.work.instance import server_name

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
ROOT = Path(__file__).parents[2]
WAIT_MS = 20_000  # the fake trainer borrows real code that imports torch


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """What the trainer acts out at its next start."""
    return tmp_path / "script.json"


@pytest.fixture
def studio(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, script: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Studio]:
    monkeypatch.setenv("HOME", str(tmp_path))  # where base models are looked for
    studio = Studio(qapp, [sys.executable, str(FAKE_TRAINER), str(script)])
    yield studio
    end_with_trainers(studio)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "misty ink", size=(160, 160))


@pytest.fixture
def opened(qtbot: QtBot, studio: Studio, pictures: Path) -> Studio:
    studio.start(None)
    studio.workspace.open_images([pictures])
    qtbot.waitUntil(lambda: studio.workspace.plan is not None, timeout=WAIT_MS)
    return studio


Act = Callable[..., None]


@pytest.fixture
def act(script: Path) -> Act:
    def write(*actions: dict[str, Any]) -> None:
        script.write_text(json.dumps(list(actions)))

    return write


def train(studio: Studio) -> TrainPage:
    """Start training and look at it."""
    studio.workspace.start_training()
    studio.window.go_to("train")
    assert isinstance(studio.window.page, TrainPage)
    return studio.window.page


def card_of(page: TrainPage, qtbot: QtBot) -> MessageCard:
    qtbot.waitUntil(lambda: page._notice is not None, timeout=WAIT_MS)
    assert page._notice is not None
    return page._notice


def words(shown: MessageCard | Banner) -> list[str]:
    return [button.text() for button in shown.buttons]


def press(qtbot: QtBot, button: Button) -> None:
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=WAIT_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def is_done(studio: Studio) -> bool:
    return studio.workspace.run is not None and studio.workspace.run.kind == "done"


def only_run(studio: Studio) -> RunFolder:
    assert studio.workspace.run is not None
    return studio.workspace.run.run


def banner_of(studio: Studio, title: str, qtbot: QtBot) -> Banner:
    def found() -> Banner | None:
        return next((banner for banner in studio.window.banners() if title in banner.title), None)

    qtbot.waitUntil(lambda: found() is not None, timeout=WAIT_MS)
    banner = found()
    assert banner is not None
    return banner


def test_e05_a_disk_that_is_full_leads_to_where_space_is_freed_and_training_goes_on(
    opened: Studio, act: Act, qtbot: QtBot
) -> None:
    act({"steps": 3}, {"checkpoint": True}, {"steps": 2}, {"disk_full": True}, {"checkpoint": True})
    page = train(opened)
    card = card_of(page, qtbot)
    assert card.message.code == "disk_full"
    assert card.message.title.startswith("The disk is full: ")
    assert "What was saved before is untouched." in card.message.body
    assert words(card) == ["Free space…", "Resume"]
    press(qtbot, card.buttons[0])
    assert opened.window.place == "library"
    opened.window.go_to("train")
    act({"steps": 2}, {"finish": True})
    press(qtbot, card_of(page, qtbot).buttons[1])
    qtbot.waitUntil(lambda: is_done(opened), timeout=WAIT_MS)
    assert page._notice is None
    assert page._run is not None and page._run.step == 5


def test_e05_a_disk_that_gets_full_is_told_while_it_trains_and_pauses_with_one_press(
    opened: Studio, act: Act, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_mib = LEAST_DISK_MIB
    monkeypatch.setattr(
        probe.shutil, "disk_usage", lambda _: SimpleNamespace(total=1 << 40, used=0, free=left_mib * MIB)
    )
    act({"steps": 100_000, "each_s": 0.01})
    page = train(opened)
    qtbot.waitUntil(lambda: page._run is not None and page._run.kind == "running", timeout=WAIT_MS)
    opened.workspace.probe_hardware()
    qtbot.waitUntil(lambda: opened.workspace.hardware.disk_free_mib == left_mib, timeout=WAIT_MS)
    assert page._notice is None
    left_mib -= 1
    opened.workspace.probe_hardware()
    card = card_of(page, qtbot)
    assert (card.message.title, words(card)) == (
        "The disk is almost full: 1.1 GB left.", ["Pause", "Check again"],
    )  # fmt: skip
    press(qtbot, card.buttons[0])
    qtbot.waitUntil(lambda: page._run is not None and page._run.kind == "paused", timeout=WAIT_MS)


class OldDriver:
    """NVML as it answers on a computer with one card; `version` is its driver's."""

    version = "470.141"

    def answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory = SimpleNamespace(total=12_288 * MIB, free=11_264 * MIB)
        for name, value in {
            "nvmlInit": None, "nvmlShutdown": None, "nvmlDeviceGetCount": 1, "nvmlDeviceGetHandleByIndex": "card",
            "nvmlDeviceGetMemoryInfo": memory, "nvmlDeviceGetName": "RTX 4070",
            "nvmlDeviceGetCudaComputeCapability": (8, 9), "nvmlDeviceGetTemperature": 50,
        }.items():  # fmt: skip
            monkeypatch.setattr(pynvml, name, lambda *_, value=value: value)
        monkeypatch.setattr(pynvml, "nvmlSystemGetDriverVersion", lambda: self.version)


def test_e08_a_driver_that_is_too_old_leads_to_the_makers_page_until_it_is_new(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, shown = OldDriver(), list[str]()
    driver.answer(monkeypatch)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: (shown.append(QUrl(url).host()), True)[1])
    studio.start(None)
    page = studio.window.page
    assert isinstance(page, StartPage)
    qtbot.waitUntil(lambda: page.computer.message_card is not None, timeout=WAIT_MS)
    card = page.computer.message_card
    assert card is not None
    assert (card.message.title, card.message.body) == (
        "Your graphics driver is too old.", "Version 470.141 is installed, 525 or newer is needed.",
    )  # fmt: skip
    assert words(card) == ["How to update", "Check again"]
    press(qtbot, card.buttons[0])
    assert shown == ["www.nvidia.com"]
    driver.version = "580.1"
    press(qtbot, card.buttons[1])
    qtbot.waitUntil(lambda: page.computer.message_card is None, timeout=WAIT_MS)


def test_e09_a_card_that_stops_responding_is_told_with_what_is_saved_and_training_restarts(
    opened: Studio, act: Act, qtbot: QtBot
) -> None:
    act({"steps": 3}, {"checkpoint": True}, {"steps": 2}, {"raise": "CUDA error: unspecified launch failure"})
    page = train(opened)
    card = card_of(page, qtbot)
    assert (card.message.code, card.message.title, card.message.body) == (
        "device_lost", "The graphics card stopped responding.",
        "This can follow sleep or a driver update. Step 3 is saved.",
    )  # fmt: skip
    assert words(card) == ["Restart training", "Check the card"]
    act({"steps": 4}, {"finish": True})
    press(qtbot, card.buttons[0])
    qtbot.waitUntil(lambda: is_done(opened), timeout=WAIT_MS)
    assert page._run is not None and page._run.step == 7


def test_e11_a_trainer_that_dies_before_anything_is_saved_offers_a_report(
    opened: Studio, act: Act, qtbot: QtBot
) -> None:
    act({"steps": 2}, {"kill": True})
    card = card_of(train(opened), qtbot)
    assert words(card) == ["Resume", "Save a report"]
    press(qtbot, card.buttons[1])
    assert opened.window.place == "settings"
    opened.window.go_to("train")
    act({"steps": 2}, {"finish": True})
    assert isinstance(opened.window.page, TrainPage)
    press(qtbot, card_of(opened.window.page, qtbot).buttons[0])
    qtbot.waitUntil(lambda: is_done(opened), timeout=WAIT_MS)


def test_e15_pictures_that_changed_lead_to_a_new_run_or_the_run_goes_on_with_what_is_left(
    opened: Studio, act: Act, qtbot: QtBot, pictures: Path
) -> None:
    act({"steps": 3}, {"checkpoint": True}, {"raise": "CUDA error: lost"})
    page = train(opened)
    card_of(page, qtbot)
    (pictures / "000.png").unlink()
    Image.new("RGB", (160, 160), "teal").save(pictures / "001.png")
    act({"look_at_pictures": True})
    press(qtbot, card_of(page, qtbot).buttons[0])
    qtbot.waitUntil(lambda: card_of(page, qtbot).message.code == "pictures_changed", timeout=WAIT_MS)
    card = card_of(page, qtbot)
    assert card.message.body.startswith("1 were edited, 1 are gone: 001.png, 000.png.")
    assert words(card) == ["Start a new run", "Resume with what is left"]
    press(qtbot, card.buttons[0])
    assert opened.window.place == "recipe"
    opened.window.go_to("train")
    act({"look_at_pictures": True}, {"steps": 2}, {"finish": True})
    press(qtbot, card_of(page, qtbot).buttons[1])
    qtbot.waitUntil(lambda: is_done(opened), timeout=WAIT_MS)
    left = RunPictures.model_validate_json(only_run(opened).images_path.read_bytes())
    assert [Path(entry.path).name for entry in left.gone] == ["000.png"]
    assert page._run is not None
    assert any("learns from what is left" in line.text for line in page._run.log)


def test_e15_when_every_picture_is_gone_the_way_leads_to_where_the_folder_is_found_again(
    opened: Studio, act: Act, qtbot: QtBot, pictures: Path
) -> None:
    act({"look_at_pictures": True})
    pictures.rename(pictures.with_name("elsewhere"))
    card = card_of(train(opened), qtbot)
    press(qtbot, card.buttons[1])
    banner = banner_of(opened, "None of this run's pictures is there any more.", qtbot)
    assert words(banner) == ["Go to Images"]
    press(qtbot, banner.buttons[0])
    assert opened.window.place == "images"


def test_e16_a_file_that_the_disk_changed_is_not_kept_and_saving_again_keeps_a_good_one(
    studio: Studio, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = create_project(tmp_path / "ink", "Ink", [draw_pictures(tmp_path / "pictures")])
    save_project(project.changed(runs={"ink": RunNote(pick=2)}))
    trained_run(project.runs_dir / "ink")
    exports = tmp_path / "LoRAs"
    studio.settings.set("exports_folder", str(exports))
    studio.start(project.folder)
    qtbot.waitUntil(lambda: studio.workspace.run is not None, timeout=WAIT_MS)
    studio.window.go_to("export")
    page = studio.window.page
    assert isinstance(page, ExportPage)
    qtbot.waitUntil(lambda: page.name.text == "ink" and page.save_button.isEnabled(), timeout=WAIT_MS)

    def change_a_byte(name: str, path: Path, target: Path | None = None) -> None:
        if name == "write.sync" and path.parent == exports:
            content = path.read_bytes()
            path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with monkeypatch.context() as bad_disk:
        bad_disk.setattr(storage, "_point", change_a_byte)
        press(qtbot, page.save_button)
        qtbot.waitUntil(lambda: page._notice is not None, timeout=WAIT_MS)
    card = page._notice
    assert card is not None
    assert (card.message.code, card.message.title, card.message.body) == (
        "export_failed", "The saved adapter did not pass its check.",
        "The file was removed; your epochs are untouched.",
    )  # fmt: skip
    assert words(card) == ["Save again", "Choose another drive"]
    assert list(exports.iterdir()) == []
    press(qtbot, card.buttons[0])
    qtbot.waitUntil(lambda: bool(page._model and page._model.exported), timeout=WAIT_MS)
    assert [path.suffix for path in exports.iterdir()] == [".safetensors"]


OTHER_WINDOW = """
import sys
from PySide6.QtCore import QCoreApplication
from ui.work.instance import Instance
app = QCoreApplication([])
window = Instance(sys.argv[1])
window.handed_over.connect(lambda arguments: print(arguments[0], flush=True))
print("open", flush=True)
app.exec()
"""


def test_e18_the_window_that_has_the_project_comes_to_the_front_and_when_it_is_closed_the_project_opens_here(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    folder = create_project(tmp_path / "misty", "Misty Ink").folder
    command = [sys.executable, "-c", OTHER_WINDOW, server_name(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            heard: list[str] = []
            lines = other.stdout
            threading.Thread(target=lambda: heard.extend(map(str.strip, lines)), daemon=True).start()
            qtbot.waitUntil(lambda: heard == ["open"], timeout=WAIT_MS)
            studio.start(folder)
            for asked in (1, 2):
                banner = banner_of(studio, "already open with this project", qtbot)
                assert words(banner) == ["Go to that window"]
                qtbot.waitUntil(lambda asked=asked: heard[1:] == [str(folder)] * asked, timeout=WAIT_MS)
                press(qtbot, banner.buttons[0])
            banner = banner_of(studio, "already open with this project", qtbot)
            assert studio.workspace.project is None
        finally:
            other.kill()
    press(qtbot, banner.buttons[0])
    qtbot.waitUntil(lambda: studio.workspace.project is not None, timeout=WAIT_MS)


def test_e19_a_project_of_a_newer_version_opens_as_a_copy(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    project = create_project(tmp_path / "misty", "Misty Ink", [draw_pictures(tmp_path / "pictures")])
    told = json.loads((project.folder / FILE_NAME).read_text())
    newer = json.dumps({**told, "version": 2, "app_version": "2.4", "trigger": "mistyink", "colour": "blue"})
    (project.folder / FILE_NAME).write_text(newer)
    studio.start(project.folder)
    banner = banner_of(studio, "made by a newer version (2.4)", qtbot)
    assert words(banner) == ["Open a copy", "Open another project"]
    press(qtbot, banner.buttons[0])
    qtbot.waitUntil(lambda: studio.workspace.plan is not None, timeout=WAIT_MS)
    copy = studio.workspace.project
    assert copy is not None
    assert (copy.name, copy.data.trigger, copy.folder.parent) == (
        "Misty Ink copy", "mistyink", studio.settings.values.projects_dir,
    )  # fmt: skip
    assert (project.folder / FILE_NAME).read_text() == newer
    assert studio.window.banners() == []


def test_e23_a_picture_that_is_too_large_to_open_joins_as_a_smaller_copy(
    studio: Studio, qtbot: QtBot, pictures: Path
) -> None:
    Image.new("L", (66_000, 600), 90).save(pictures / "001.png")
    before = (pictures / "001.png").read_bytes()
    studio.start(None)
    studio.workspace.open_images([pictures])
    qtbot.waitUntil(lambda: studio.workspace.report is not None, timeout=WAIT_MS)
    page = studio.window.page
    assert isinstance(page, ImagesPage)
    qtbot.waitUntil(lambda: page.set.counts["unreadable"] == 1, timeout=WAIT_MS)
    page.review_button.click()
    assert page.review.fix_button.text() == "Shrink a copy (1)"
    press(qtbot, page.review.fix_button)
    qtbot.waitUntil(lambda: page.set.counts["left_out"] == 1 and page.set.counts["all"] == 5, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: studio.workspace.report is not None, timeout=WAIT_MS)
    assert len(studio.workspace.report.images) == 4
    assert (pictures / "001.png").read_bytes() == before
