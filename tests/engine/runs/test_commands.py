import logging
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio.runs.commands import CommandReader, Pause, SampleNow, SaveNow, Stop, send
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lines import encode_line
from lora_studio.runs.lock import hold, record_process


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", {"config.json": b"{}"})


def kinds(reader: CommandReader) -> list[str]:
    return [command.kind for command in reader.poll()]


def test_each_command_arrives_once_in_order(run: RunFolder) -> None:
    reader = CommandReader(run)
    assert kinds(reader) == []
    for command in (SaveNow(), SampleNow(), Pause()):
        send(run, command)
    assert kinds(reader) == ["save_now", "sample_now", "pause"]
    send(run, Stop())
    assert kinds(reader) == ["stop"]
    assert kinds(reader) == []


def test_commands_for_an_earlier_process_are_ignored(run: RunFolder) -> None:
    send(run, Stop())
    with hold(run):
        reader = CommandReader(run)
        send(run, SaveNow())
        assert kinds(reader) == ["save_now"]


def test_a_stop_sent_while_the_process_starts_is_obeyed(run: RunFolder) -> None:
    send(run, Pause())
    record_process(run, os.getpid())  # as the supervisor does right after spawning
    send(run, Stop())
    with hold(run):
        assert kinds(CommandReader(run)) == ["stop"]


def test_a_torn_command_is_not_obeyed_and_does_not_spoil_the_next(run: RunFolder) -> None:
    reader = CommandReader(run)
    run.commands_path.write_bytes(encode_line(b'{"kind":"stop"}')[:-1])
    assert kinds(reader) == []
    run.commands_path.write_bytes(encode_line(b'{"kind":"stop"}')[:-3])
    send(run, SaveNow())
    assert kinds(reader) == ["save_now"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"kind":"stop"}\n',
        b'{"kind":"stop"}\t00000000\n',
        encode_line(b'{"kind":"delete"}'),
        encode_line(b'{"kind":"stop","and":"more"}'),
        encode_line(b'{"kind":"stop"'),
        encode_line(b'["stop"]'),
        encode_line(b"stop"),
        b"\t\n\0\n\xff\n",
    ],
)
def test_anything_else_is_logged_and_ignored(run: RunFolder, line: bytes, caplog: pytest.LogCaptureFixture) -> None:
    reader = CommandReader(run)
    run.commands_path.write_bytes(line)
    with caplog.at_level(logging.WARNING):
        assert kinds(reader) == []
    assert "ignored" in caplog.text


@settings(max_examples=300, deadline=None)
@given(junk=st.lists(st.binary(max_size=60), max_size=6))
def test_junk_is_never_obeyed(tmp_path_factory: pytest.TempPathFactory, junk: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("run")
    run = RunFolder(path)
    reader = CommandReader(run)
    run.commands_path.write_bytes(b'{"kind":"stop"}'.join(junk))
    assert kinds(reader) == []
    send(run, SaveNow())
    assert kinds(reader) == ["save_now"]
