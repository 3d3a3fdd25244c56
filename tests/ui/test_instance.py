"""One window per project: the second launch hands over and ends."""

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ui.work.instance import Instance, hand_over, server_name

LAUNCH = "import sys; from ui.work.instance import hand_over; sys.exit(not hand_over(sys.argv[1], sys.argv[2:]))"


def test_a_second_launch_hands_its_arguments_to_the_first_window(qtbot: QtBot, tmp_path: Path) -> None:
    name = server_name(tmp_path)
    instance = Instance(name)
    second = subprocess.Popen([sys.executable, "-c", LAUNCH, name, "folder", "ünï"], cwd=Path(__file__).parents[2])
    with qtbot.waitSignal(instance.handed_over, timeout=10_000) as heard:
        pass
    assert heard.args == [["folder", "ünï"]]
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=10_000)
    assert second.returncode == 0
    instance.close()


def test_with_no_window_open_there_is_nobody_to_hand_over_to(qtbot: QtBot, tmp_path: Path) -> None:
    assert hand_over(server_name(tmp_path / "unopened"), []) is False


def test_each_project_has_its_own_window(tmp_path: Path) -> None:
    assert server_name(tmp_path / "one") != server_name(tmp_path / "two")
    assert server_name(tmp_path / "one") == server_name(tmp_path / "two" / ".." / "one")


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes leave nothing behind")
def test_what_a_crash_left_behind_does_not_keep_the_next_window_from_listening(qtbot: QtBot, tmp_path: Path) -> None:
    name = server_name(tmp_path / "crashed")
    crash = "import os,sys; from PySide6.QtCore import QCoreApplication; from ui.work.instance import Instance; "
    crash += "app = QCoreApplication([]); i = Instance(sys.argv[1]); assert i.is_listening; os._exit(1)"
    subprocess.run([sys.executable, "-c", crash, name], cwd=Path(__file__).parents[2], check=False)
    instance = Instance(name)
    assert instance.is_listening
    instance.close()
