"""The sheet that puts a kit on the hub: what it shows, what it asks for, and that nothing goes without a press."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import FakeHub
from memory_keyring import MemoryKeyring
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from lora_studio.hub.tokens import SERVICE
from ui.pages.export_sharing import SendSheet

WAIT_MS = 30_000
KEY = (SERVICE, "huggingface.co")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub(accounts={"hf_of_ada": "ada"})
    hub.stand_in(monkeypatch, tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "ink-kit"
    folder.mkdir()
    (folder / "README.md").write_text("---\nlicense: mit\ntags:\n- lora-studio\n---\n\n# ink\n", "utf-8")
    (folder / "ink.safetensors").write_bytes(bytes(200_000))
    return folder


def open_sheet(qtbot: QtBot, kit: Path) -> SendSheet:
    area = QWidget()
    qtbot.addWidget(area)
    area.resize(1000, 800)
    area.show()
    sheet = SendSheet(area, kit)
    sheet.open_sheet()
    qtbot.waitUntil(lambda: bool(sheet.list_label.text()), timeout=WAIT_MS)
    return sheet


def send(qtbot: QtBot, sheet: SendSheet) -> None:
    sheet.send_button.click()
    qtbot.waitUntil(lambda: not sheet.kit_sender.is_at_work, timeout=WAIT_MS)


def test_the_files_the_licence_and_who_sees_it_stand_there_and_nothing_is_sent(
    qtbot: QtBot, hub: FakeHub, kit: Path
) -> None:
    sheet = open_sheet(qtbot, kit)
    assert sheet.list_label.text().splitlines() == [
        "README.md, 48 bytes", "ink.safetensors, 200 kB", "Altogether 200 kB", "Licence: mit",
    ]  # fmt: skip
    assert sheet.private_choice.isChecked()
    assert hub.asked == []


def test_send_waits_for_a_page_and_a_token(qtbot: QtBot, hub: FakeHub, kit: Path) -> None:
    sheet = open_sheet(qtbot, kit)
    assert sheet.send_button.reason == "Say first where to"
    sheet.id_field.edit.setText("ada/ink")
    assert sheet.send_button.reason == "Type the token first"
    sheet.token_field.edit.setText("hf_of_ada")
    assert sheet.send_button.isEnabled()
    assert sheet.token_field.edit.echoMode() == QLineEdit.EchoMode.Password


def test_a_typed_token_sends_it_privately_and_is_kept_only_when_asked(
    qtbot: QtBot, hub: FakeHub, kit: Path, own_keyring: MemoryKeyring
) -> None:
    sheet = open_sheet(qtbot, kit)
    sheet.id_field.edit.setText("ada/ink")
    sheet.token_field.edit.setText("hf_of_ada")
    send(qtbot, sheet)
    assert sheet.told_label.text() == f"It is there: {hub.address}/ada/ink"
    assert hub.private == {"ada/ink"} and own_keyring.kept == {}
    with qtbot.waitSignal(sheet.page_wanted) as wanted:
        sheet.page_button.click()
    assert wanted.args == [f"{hub.address}/ada/ink"]
    sheet.close_sheet()
    again = open_sheet(qtbot, kit)
    again.id_field.edit.setText("ada/ink")
    again.token_field.edit.setText("hf_of_ada")
    again.keep_choice.setChecked(True)
    send(qtbot, again)
    assert own_keyring.kept == {KEY: "hf_of_ada"}


def test_a_kept_token_is_used_without_asking_and_can_be_forgotten(
    qtbot: QtBot, hub: FakeHub, kit: Path, own_keyring: MemoryKeyring
) -> None:
    own_keyring.kept[KEY] = "hf_of_ada"
    sheet = open_sheet(qtbot, kit)
    assert not sheet.token_field.isVisible()
    sheet.id_field.edit.setText("ada/ink")
    sheet.public_choice.setChecked(True)
    send(qtbot, sheet)
    assert "ink.safetensors" in hub.files["ada/ink"] and hub.private == set()
    sheet.forget_button.click()
    qtbot.waitUntil(sheet.token_field.isVisible, timeout=WAIT_MS)
    assert own_keyring.kept == {}


def test_a_wrong_token_that_was_kept_can_be_replaced(
    qtbot: QtBot, hub: FakeHub, kit: Path, own_keyring: MemoryKeyring
) -> None:
    own_keyring.kept[KEY] = "hf_expired"
    sheet = open_sheet(qtbot, kit)
    sheet.id_field.edit.setText("ada/ink")
    send(qtbot, sheet)
    assert sheet.token_field.isVisible() and sheet.token_field.error.startswith("The hub does not know this token.")
    sheet.token_field.edit.setText("hf_of_ada")
    send(qtbot, sheet)
    assert sheet.page_button.isVisible()


def test_what_everybody_can_see_needs_a_licence(qtbot: QtBot, hub: FakeHub, kit: Path) -> None:
    (kit / "README.md").write_text("# ink\n", "utf-8")
    sheet = open_sheet(qtbot, kit)
    sheet.id_field.edit.setText("ada/ink")
    sheet.token_field.edit.setText("hf_of_ada")
    assert sheet.send_button.isEnabled()
    sheet.public_choice.setChecked(True)
    assert "needs a licence" in sheet.send_button.reason


def test_a_page_of_somebody_else_is_told_under_the_field(qtbot: QtBot, hub: FakeHub, kit: Path) -> None:
    sheet = open_sheet(qtbot, kit)
    sheet.id_field.edit.setText("bob/ink")
    sheet.token_field.edit.setText("hf_of_ada")
    send(qtbot, sheet)
    assert sheet.id_field.error.endswith("Use ada as the owner.")
    assert "bob/ink" not in hub.files


def test_a_kit_that_changed_after_it_was_listed_is_listed_again_and_not_sent(
    qtbot: QtBot, hub: FakeHub, kit: Path
) -> None:
    sheet = open_sheet(qtbot, kit)
    (kit / "diary.txt").write_text("x")
    sheet.id_field.edit.setText("ada/ink")
    sheet.token_field.edit.setText("hf_of_ada")
    send(qtbot, sheet)
    qtbot.waitUntil(lambda: "diary.txt" in sheet.list_label.text(), timeout=WAIT_MS)
    assert hub.asked == []


def test_closing_the_sheet_stops_the_sending(qtbot: QtBot, hub: FakeHub, kit: Path) -> None:
    (kit / "ink.safetensors").write_bytes(bytes(20_000_000))
    hub.seconds_per_chunk = 0.05
    sheet = open_sheet(qtbot, kit)
    sheet.id_field.edit.setText("ada/ink")
    sheet.token_field.edit.setText("hf_of_ada")
    sheet.send_button.click()
    qtbot.waitUntil(lambda: 0 < sheet.kit_sender.percent < 100, timeout=WAIT_MS)
    assert sheet.told_label.text().startswith("Sent ")
    sheet.close_sheet()
    qtbot.waitUntil(lambda: not sheet.kit_sender.is_at_work, timeout=WAIT_MS)
    assert set(hub.files["ada/ink"]) == {".gitattributes"}
