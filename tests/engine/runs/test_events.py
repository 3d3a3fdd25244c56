import math
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.runs.events import (
    Alive,
    Checkpoint,
    EpochSaved,
    Event,
    EventReader,
    EventWriter,
    Failed,
    Finished,
    Notice,
    Paused,
    Phase,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
)
from lora_studio.runs.lines import decode_line, encode_line

EVERY_KIND: list[Event] = [
    Started(step=0, pid=7, device="cpu", total_steps=9),
    Phase(name="caching", done=3, total=9),
    Step(step=1, epoch=1, loss=0.25, learning_rate=1e-4, grad_norm=0.5, seconds=1.5, memory_mib=900.0),
    Validation(step=1, epoch=1, loss=0.5),
    Sample(epoch=0, prompt_index=0, path="samples/epoch-00/prompt-1.png", seconds=2.0),
    Checkpoint(step=1),
    EpochSaved(epoch=1, step=1, path="epochs/epoch-01.safetensors"),
    Notice(code="slow", title='Tab\t, line\n, 墨, "quotes"'),
    Alive(),
    Paused(step=1),
    Stopped(step=1),
    Finished(step=1, epochs=1, seconds=3.5, exports=("exports/a.safetensors",)),
    Failed(code="out_of_memory", title="The card ran out of memory.", step=1),
]


def steps(count: int) -> list[Event]:
    return [Step(step=n, epoch=1, loss=0.5, learning_rate=0.1, seconds=0.1) for n in range(1, count + 1)]


def write(path: Path, events: list[Event]) -> list[Event]:
    with EventWriter(path, clock=lambda: 1000.5) as writer:
        return [writer.write(event) for event in events]


def test_every_kind_of_event_is_read_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written = write(path, EVERY_KIND)
    assert EventReader(path).read() == written
    assert [event.n for event in written] == list(range(1, len(EVERY_KIND) + 1))
    assert {event.t for event in written} == {1000.5}


def test_a_loss_that_is_no_number_survives_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, [Step(step=1, epoch=1, loss=math.nan, learning_rate=0.1, grad_norm=math.inf, seconds=1)])
    (event,) = EventReader(path).read()
    assert isinstance(event, Step)
    assert math.isnan(event.loss)
    assert event.grad_norm == math.inf


def test_a_reader_gives_each_event_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert reader.read() == []
    with EventWriter(path) as writer:
        first = writer.write(Checkpoint(step=1))
        assert reader.read() == [first]
        assert reader.read() == []
        second = writer.write(Checkpoint(step=2))
        assert reader.read() == [second]
    assert reader.offset == path.stat().st_size


def test_a_journal_cut_at_any_byte_keeps_every_whole_line_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written = write(path, EVERY_KIND[2:5])
    whole = path.read_bytes()
    line_ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        kept = sum(end <= cut for end in line_ends)
        reader = EventReader(path)
        assert reader.read() == written[:kept]
        assert reader.skipped == 0
        with EventWriter(path) as writer:
            added = writer.write(Paused(step=1))
        healed = kept + (cut + 1 in line_ends)  # only the newline was cut off
        assert EventReader(path).read() == [*written[:healed], added]
        assert added.n == healed + 1
        assert reader.read() == [*written[kept:healed], added]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_makes_an_event_that_was_never_written(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    path = tmp_path_factory.mktemp("journal") / "events.jsonl"
    written = write(path, steps(5))
    journal = bytearray(path.read_bytes())
    for position in data.draw(st.lists(st.integers(0, len(journal) - 1), min_size=1, max_size=4)):
        journal[position] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(journal))
    assert all(event in written for event in EventReader(path).read())


def test_a_quick_look_leaves_out_all_but_the_last_steps(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    notice = Notice(code="x", title='"kind":"step"')
    written = write(path, [EVERY_KIND[0], *steps(5), notice, Checkpoint(step=5)])
    assert EventReader(path).read(last_steps=2) == [written[0], *written[4:]]
    assert EventReader(path).read(last_steps=0) == [written[0], *written[6:]]
    assert EventReader(path).read(last_steps=9) == written


def test_a_damaged_line_in_the_middle_is_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written = write(path, steps(3))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"0.5", b"0.4") + b"\0\0\n" + lines[2])
    reader = EventReader(path)
    assert reader.read() == [written[0], written[2]]
    assert reader.skipped == 2


def test_an_event_of_a_newer_version_is_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(encode_line(b'{"kind":"telepathy","n":1}') + encode_line(b'{"kind":"alive","n":2,"new":0}'))
    reader = EventReader(path)
    assert reader.read() == [Alive(n=2)]
    assert reader.skipped == 1


def test_a_full_disk_is_told_and_later_events_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path, clock=lambda: 5.0) as writer:
        monkeypatch.setattr(storage, "_fail_errno", "ENOSPC")
        monkeypatch.setattr(storage, "_fail_countdown", 1)
        with pytest.raises(StudioError) as caught:
            writer.write(Checkpoint(step=1))
        with path.open("ab") as torn:
            torn.write(b'{"kind":"chec')  # what a nearly full disk took
        writer.write(Checkpoint(step=2))
    assert caught.value.code == "disk_full"
    reader = EventReader(path)
    assert reader.read() == [Checkpoint(n=1, step=2, t=5.0)]
    assert reader.skipped == 1


def test_a_silent_writer_says_that_it_lives(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    with EventWriter(path) as writer, writer.heartbeat(every_s=0.01):
        deadline = time.monotonic() + 5
        while not (heard := reader.read()) and time.monotonic() < deadline:
            time.sleep(0.01)
    assert isinstance(heard[0], Alive)


def test_threads_that_share_a_writer_never_mix_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as writer:
        threads = [threading.Thread(target=lambda: [writer.write(event) for event in steps(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    reader = EventReader(path)
    assert [event.n for event in reader.read()] == list(range(1, 201))
    assert reader.skipped == 0


def test_a_line_is_its_json_a_tab_and_the_crc32() -> None:
    # 0xCBF43926 is the CRC-32 check value of "123456789" in the catalogue of parametrised CRC algorithms.
    assert encode_line(b"123456789") == b"123456789\tcbf43926\n"
    assert decode_line(b"123456789\tcbf43926") == b"123456789"
    assert decode_line(b"123456789\tcbf43927") is None
    assert decode_line(b"123456789") is None
