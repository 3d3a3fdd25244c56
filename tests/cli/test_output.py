from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.cli.findings import finding_line
from lora_studio.cli.output import command_line, counted, harmless, in_words
from lora_studio.cli.progress import progress_line
from lora_studio.cli.sample import parse_adapter
from lora_studio.config.findings import Finding
from lora_studio.errors import StudioError
from lora_studio.runs.state import RunState


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_a_span_of_time_reads_as_people_say_it(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_one_is_not_many() -> None:
    assert (counted(1, "picture"), counted(0, "picture"), counted(1200, "step")) == (
        "1 picture", "0 pictures", "1,200 steps",
    )  # fmt: skip


@given(st.text())
def test_nothing_printed_can_steer_the_terminal(text: str) -> None:
    shown = harmless(text)
    assert len(shown) == len(text)
    assert not any((ord(mark) < 32 and mark not in "\n\t") or 0x7F <= ord(mark) < 0xA0 for mark in shown)


def test_emoji_and_other_scripts_stay_as_they_are() -> None:
    assert harmless("墨絵 👩‍🚀 é\n") == "墨絵 👩‍🚀 é\n"


@pytest.mark.skipif(sys.platform == "win32", reason="another shell there")
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\0"), min_size=1), min_size=1))
def test_a_shown_command_can_be_pasted(words: list[str]) -> None:
    assert shlex.split(command_line(words)) == words


def test_a_finding_names_its_first_files() -> None:
    paths = tuple(f"{number}.png" for number in range(7))
    finding = Finding(code="x", severity="warn", title="7 are blurry.", paths=paths)
    assert finding_line(finding) == "Look:  7 are blurry. [0.png, 1.png, 2.png, 3.png, 4.png and 2 more]"


def test_progress_shows_a_bar_the_loss_and_the_time_left() -> None:
    state = RunState(kind="running", step=50, total_steps=200, last_loss=0.1234, eta_s=75)
    assert progress_line(state) == "[######..................] 50/200  loss 0.1234  about 1 min 15 s left"


def test_progress_says_what_is_prepared() -> None:
    state = RunState(kind="preparing", phase="caching", phase_done=3, phase_total=20)
    assert progress_line(state) == "Encoding pictures 3 of 20"


@pytest.mark.parametrize(
    ("typed", "strength"), [("a.safetensors", 1.0), ("a.safetensors:0.8", 0.8), ("a.safetensors:-1", -1.0)]
)
def test_an_adapter_may_carry_its_strength(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, strength: float
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.safetensors").touch()
    assert parse_adapter(typed) == (Path("a.safetensors"), strength)


@pytest.mark.skipif("sys.platform == 'win32'", reason="no such names there")
def test_a_colon_in_a_name_is_no_strength(tmp_path: Path) -> None:
    path = tmp_path / "a:b.safetensors"
    path.touch()
    assert parse_adapter(str(path)) == (path, 1.0)


@pytest.mark.parametrize("typed", ["nowhere.safetensors", "nowhere.safetensors:0.5", ":0.5", ""])
def test_a_missing_adapter_is_told(typed: str) -> None:
    with pytest.raises(StudioError) as caught:
        parse_adapter(typed)
    assert caught.value.code == "file_missing"
