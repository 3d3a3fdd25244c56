from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lora_studio.errors import ExitCode

Cli = Callable[..., Any]


def test_runs_wait_until_the_queue_is_run(
    cli: Cli, act_out: Callable[..., None], pictures: Path, base: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        made = cli("train", pictures, "--base", base, "--out", tmp_path / name, "--queue")
        assert made.code == ExitCode.DONE
        assert "waits in the queue" in made.out
    listed = cli("queue", "list", "--json").json["jobs"]
    assert [(Path(job["run"]).name, job["place"]) for job in listed] == [("one", "waiting"), ("two", "waiting")]
    act_out({"steps": 1}, {"finish": True})
    told = cli("queue", "run", "--json")
    assert told.code == ExitCode.DONE
    assert [job["place"] for job in told.json["jobs"]] == ["ended", "ended"]


def test_two_crashes_in_a_row_end_the_line(
    cli: Cli, act_out: Callable[..., None], pictures: Path, base: Path, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        cli("train", pictures, "--base", base, "--out", tmp_path / name, "--queue")
    act_out({"steps": 1}, {"kill": True})
    told = cli("queue", "run")
    assert told.code == ExitCode.UNEXPECTED
    assert "two crashes in a row" in told.err
    assert [job["place"] for job in cli("queue", "list", "--json").json["jobs"]] == [
        "set_aside",
        "set_aside",
        "waiting",
    ]


def test_a_run_that_failed_can_be_put_in_line(
    cli: Cli, act_out: Callable[..., None], pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"steps": 1}, {"exit": 1})
    cli("train", pictures, "--base", base, "--out", tmp_path / "run")
    assert "waits in the queue" in cli("queue", "add", tmp_path / "run").out
    assert cli("queue", "list", "--json").json["jobs"][0]["place"] == "waiting"
