"""A problem is one plain sentence with a way out, an exit code, and with --json one object."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from private_runs import private_run
from safetensors.numpy import save_file

from lora_studio.cli import app as cli_app
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import ExitCode
from lora_studio.runs.folder import RunFolder

Cli = Callable[..., Any]
BAD, USAGE = int(ExitCode.BAD_INPUT), int(ExitCode.USAGE)
PROBLEMS: dict[str, tuple[list[str], int, str]] = {
    "scan: missing folder": (["scan", "NOWHERE"], BAD, "nowhere is not there"),
    "scan: empty folder": (["scan", "EMPTY"], BAD, "No pictures"),
    "scan: a file": (["scan", "FILE"], BAD, "is a file, not a folder"),
    "scan: no folder": (["scan"], USAGE, "lora-studio scan --help"),
    "train: no folder": (["train"], USAGE, "lora-studio train my_pictures"),
    "train: missing folder": (["train", "NOWHERE", "--base", "BASE"], BAD, "is not there"),
    "train: missing base": (["train", "PICTURES", "--base", "NOWHERE"], BAD, "no base model"),
    "train: base is no folder": (["train", "PICTURES", "--base", "EMPTY"], BAD, "model_index.json"),
    "train: base is a text": (["train", "PICTURES", "--base", "FILE"], BAD, "not a safetensors file"),
    "train: base is a LoRA": (["train", "PICTURES", "--base", "LORA"], BAD, "It is an adapter (a LoRA)"),
    "train: base is old": (["train", "PICTURES", "--base", "OLD"], BAD, "lora-studio convert-ckpt"),
    "train: bad preset": (["train", "PICTURES", "--base", "BASE", "--preset", "dog"], BAD, "style, character, object"),
    "train: unknown setting": (
        ["train", "PICTURES", "--base", "BASE", "--set", "schedule.max_step=3"],
        BAD,
        "The nearest one is schedule.max_steps.",
    ),
    "train: bad value": (
        ["train", "PICTURES", "--base", "BASE", "--set", "adapter.rank=0"],
        BAD,
        "adapter.rank cannot be 0; it takes a whole number, 1 to 256.",
    ),
    "train: nothing set": (["train", "PICTURES", "--base", "BASE", "--set", "rank"], BAD, "does not set anything"),
    "train: bad name": (["train", "PICTURES", "--base", "BASE", "--name", "a/b"], BAD, 'name cannot be "a/b"'),
    "train: out is taken": (["train", "PICTURES", "--base", "BASE", "--out", "PICTURES"], BAD, "is not empty"),
    "train: which run": (["train", "--resume"], USAGE, "lora-studio status"),
    "train: no such run": (["train", "--resume", "--out", "EMPTY"], BAD, "no run in this folder"),
    "train: damaged run": (["train", "--resume", "--out", "DAMAGED"], BAD, "config.json is damaged"),
    "demo: bad kind": (["demo", "--kind", "object"], BAD, "--kind style or --kind character"),
    "sample: no prompt": (["sample", "--out", "a.png"], USAGE, "--prompt"),
    "sample: missing adapter": (
        ["sample", "--prompt", "x", "--base", "BASE", "--adapter", "NOWHERE:0.5", "--out", "a.png"],
        BAD,
        "There is no adapter file",
    ),
    "sample: bad strength": (
        ["sample", "--prompt", "x", "--base", "BASE", "--adapter", "FILE:nan", "--out", "a.png"],
        BAD,
        "nan is not a strength",
    ),
    "sample: too many steps": (["sample", "--prompt", "x", "--out", "a.png", "--steps", "999"], USAGE, "--steps"),
    "sample: out is a folder": (["sample", "--prompt", "x", "--out", "EMPTY"], BAD, "is a folder"),
    "sheet: not a run": (["sheet", "EMPTY"], BAD, "no run in this folder"),
    "sheet: no samples": (["sheet", "RUN"], BAD, "no samples yet"),
    "sheet: out is a folder": (["sheet", "RUN", "--out", "EMPTY"], BAD, "is a folder"),
    "train: changed settings": (["train", "--resume", "--out", "CHANGED"], BAD, "adapter.rank cannot be 0"),
    "export: not a run": (["export", "NOWHERE"], BAD, "no run in this folder"),
    "export: no epoch": (["export", "RUN"], BAD, "no finished epoch"),
    "export: a word as epoch": (["export", "RUN", "--epoch", "last"], USAGE, "--epoch"),
    "kit: nothing there": (["kit", "NOWHERE"], BAD, "no run in this folder"),
    "kit: not an adapter": (["kit", "FILE"], BAD, "is not a safetensors file"),
    "kit: no epoch": (["kit", "RUN"], BAD, "no finished epoch"),
    "kit: an epoch of a file": (["kit", "LORA", "--epoch", "1"], USAGE, "Leave --epoch out"),
    "kit: out is taken": (["kit", "LORA", "--out", "PICTURES"], BAD, "already there"),
    "kit: cover is a text": (["kit", "LORA", "--cover", "FILE", "--out", "a.zip"], BAD, "notes.txt"),
    "kit: no strength": (["kit", "LORA", "--strength", "9"], USAGE, "--strength"),
    "upload: not a kit": (["upload", "EMPTY", "ada/ink"], BAD, "not the folder of a sharing kit"),
    "upload: no page": (["upload", "EMPTY"], USAGE, "lora-studio upload --help"),
    "inspect: missing file": (["inspect", "NOWHERE"], BAD, "is not there"),
    "inspect: a folder": (["inspect", "EMPTY"], BAD, "is a folder, not a file"),
    "inspect: not an adapter": (["inspect", "FILE"], BAD, "is not a safetensors file"),
    "convert: missing file": (["convert", "NOWHERE", "--out", "a.safetensors"], BAD, "is not there"),
    "convert: not an adapter": (["convert", "FILE", "--out", "a.safetensors"], BAD, "is not a safetensors file"),
    "convert: LoHa": (["convert", "LOHA", "--out", "a.safetensors"], BAD, "is a LoHa adapter"),
    "convert: over itself": (["convert", "LORA", "--out", "LORA"], BAD, "over the file it comes from"),
    "convert: out is a folder": (["convert", "LORA", "--out", "EMPTY"], BAD, ".safetensors"),
    "convert: wrong family": (
        ["convert", "LORA", "--family", "sdxl", "--out", "a.safetensors"],
        BAD,
        "lora_te_text_model_encoder",
    ),
    "convert: no such scheme": (["convert", "LORA", "--scheme", "peft", "--out", "a.safetensors"], USAGE, "--scheme"),
    "resize: how small": (["resize", "LORA", "--out", "a.safetensors"], USAGE, "--keep 0.95"),
    "resize: both": (
        ["resize", "LORA", "--rank", "2", "--keep", "0.5", "--out", "a.safetensors"],
        USAGE,
        "one of the two",
    ),
    "resize: more than all": (["resize", "LORA", "--keep", "95", "--out", "a.safetensors"], USAGE, "up to 1"),
    "resize: rank 0": (["resize", "LORA", "--rank", "0", "--out", "a.safetensors"], USAGE, "--rank"),
    "merge: missing file": (["merge", "LORA", "NOWHERE:0.5", "--out", "a.safetensors"], BAD, "no adapter file"),
    "merge: two bases": (["merge", "LORA", "LORA2:0.5", "--out", "a.safetensors"], BAD, "different base models"),
    "merge: weight 0": (["merge", "LORA:0", "--out", "a.safetensors"], BAD, "Leave it out"),
    "merge: no file": (["merge", "--out", "a.safetensors"], USAGE, "lora-studio merge --help"),
    "convert: no strength": (["convert", "LORA", "--strength", "-1", "--out", "a.safetensors"], BAD, "other way round"),
    "export: nothing of that name": (["export", "LINES", "--without", "ss_sed"], BAD, "nearest one is ss_seed"),
    "export: what is needed": (["export", "LINES", "--without", "needed"], BAD, "cannot be left out"),
    "export: picture is a folder": (["export", "LINES", "--picture", "EMPTY"], BAD, "is a folder"),
    "export: no strength": (["export", "RUN", "--strength", "much"], USAGE, "--strength"),
    "edit: missing file": (["edit", "NOWHERE", "--out", "a.safetensors"], BAD, "is not there"),
    "edit: no title": (["edit", "LORA", "--title", "", "--out", "a.safetensors"], BAD, "without a title"),
    "edit: cover is a text": (["edit", "LORA", "--cover", "FILE", "--out", "a.safetensors"], BAD, "notes.txt"),
    "edit: over itself": (["edit", "LORA", "--out", "LORA"], BAD, "over the file it comes from"),
    "extract: from a LoRA": (["extract", "LORA", "LORA2", "--out", "a.safetensors"], BAD, "It is an adapter (a LoRA)"),
    "extract: bad share": (["extract", "LORA", "LORA2", "--energy", "99", "--out", "a.safetensors"], USAGE, "0.99"),
    "bake: into the Practice base": (
        ["bake", "BASE", "LORA", "--out", "a.safetensors"],
        BAD,
        "Name a model of your own",
    ),
    "bake: no adapter": (["bake", "BASE", "--out", "a.safetensors"], USAGE, "lora-studio bake --help"),
    "convert-ckpt: missing file": (["convert-ckpt", "NOWHERE", "--out", "a.safetensors"], BAD, "is not there"),
    "convert-ckpt: no checkpoint": (["convert-ckpt", "FILE", "--out", "a.safetensors"], BAD, "does not begin like"),
    "convert-ckpt: empty file": (["convert-ckpt", "OLD"], BAD, "is damaged"),
    "convert-ckpt: a name that is taken": (["convert-ckpt", "OLD", "--out", "LORA"], BAD, "already there"),
    "convert-ckpt: another ending": (["convert-ckpt", "OLD", "--out", "a.ckpt"], BAD, "a.safetensors"),
    "download: not an id": (["download", "tiny"], BAD, "as in owner/name"),
    "bench: a way that is none": (["bench", "--way", "3"], BAD, "Ways are 16, 16+recompute"),
    "bench: a base that is not there": (["bench", "--base", "NOWHERE"], BAD, "nowhere"),
    "status: not a run": (["status", "EMPTY"], BAD, "no run in this folder"),
    "presets: too many words": (["presets", "style"], USAGE, "lora-studio presets --help"),
    "no such command": (["teach"], USAGE, "teach"),
    "no such option": (["scan", "PICTURES", "--deep"], USAGE, "--deep"),
}


@pytest.fixture
def places(tmp_path: Path, pictures: Path, base: Path) -> dict[str, Path]:
    """Folders and files that the commands above name in capitals."""
    found = {
        "NOWHERE": tmp_path / "nowhere", "EMPTY": tmp_path / "empty", "FILE": tmp_path / "notes.txt",
        "PICTURES": pictures, "BASE": base, "RUN": tmp_path / "run", "CHANGED": tmp_path / "changed",
        "DAMAGED": tmp_path / "damaged", "LOHA": tmp_path / "loha.safetensors", "OLD": tmp_path / "old.ckpt",
        "LORA2": tmp_path / "lora2.safetensors", "LORA": tmp_path / "lora.safetensors",
        "LINES": private_run(tmp_path / "ink").path,
    }  # fmt: skip
    found["EMPTY"].mkdir()
    found["FILE"].write_text("these are my notes, long enough for a header")
    found["OLD"].touch()
    one, stem = np.ones((2, 2), np.float32), "lora_te_text_model_encoder_layers_0_mlp_fc1"
    save_file({f"{stem}.hada_w1_a": one, f"{stem}.hada_w1_b": one}, found["LOHA"])
    pair = {f"{stem}.lora_down.weight": one, f"{stem}.lora_up.weight": one}
    save_file(pair, found["LORA"], {"ss_base_model_version": "sd_v1"})
    save_file(pair, found["LORA2"], {"ss_base_model_version": "sd_v2"})
    whole = TrainingConfig().model_dump_json()
    for name, config in {"RUN": whole, "CHANGED": whole.replace('"rank":16', '"rank":0'), "DAMAGED": "{"}.items():
        RunFolder.create(found[name], {"config.json": config.encode()})
    return found


@pytest.mark.parametrize(("words", "code", "part"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_problem_is_a_plain_sentence_an_exit_code_and_a_json_object(
    cli: Cli, places: dict[str, Path], words: list[str], code: int, part: str
) -> None:
    arguments = [next((w.replace(key, str(path)) for key, path in places.items() if key in w), w) for w in words]
    told = cli(*arguments)
    assert told.code == code
    assert part in told.err
    assert told.out == ""
    assert "Traceback" not in told.err
    assert len(told.err.splitlines()) == 1
    as_json = cli(*arguments, "--json")
    assert (as_json.code, as_json.err) == (code, told.err)
    assert set(as_json.json["error"]) == {"code", "title", "detail", "hint"}
    assert len(as_json.out.splitlines()) == 1


def test_every_command_is_among_the_problems_above() -> None:
    tried = {words[0] for words, _, _ in PROBLEMS.values()}
    named = [(command.name, command.callback) for command in cli_app.app.registered_commands]
    commands = {name or function.__name__ for name, function in named if function}
    # doctor takes nothing that could be wrong; what can go wrong with the window stands in test_window.py
    assert commands - tried == {"doctor", "app"}


def test_no_arguments_show_the_help(cli: Cli) -> None:
    told = cli()
    assert told.code == 0
    assert "scan" in told.out


def test_a_mistake_of_ours_is_told_in_a_sentence_and_kept_in_a_file(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, pictures: Path
) -> None:
    def break_down(*_: object) -> None:
        raise KeyError("lens")

    monkeypatch.setattr("lora_studio.cli.show.show_scan", break_down)
    told = cli("scan", pictures, "--json")
    assert told.code == ExitCode.UNEXPECTED
    assert told.json["error"]["code"] == "unexpected"
    assert "Traceback" not in told.err
    kept = Path(told.json["error"]["detail"].removeprefix("The details are in ").removesuffix("."))
    assert "KeyError: 'lens'" in kept.read_text("utf-8")


def test_a_run_among_the_pictures_is_refused_after_its_plan_was_shown(cli: Cli, pictures: Path, base: Path) -> None:
    told = cli("train", pictures, "--base", base, "--out", pictures / "run")
    assert told.code == BAD
    assert "originals are never mixed with results" in told.err
    assert not (pictures / "run").exists()


@pytest.mark.parametrize("arguments", [["scan", "PICTURES"], ["presets"], ["status"], ["presets", "--settings"]])
def test_json_is_the_last_and_only_line_on_stdout(cli: Cli, pictures: Path, arguments: list[str]) -> None:
    told = cli(*[pictures if word == "PICTURES" else word for word in arguments], "--json")
    assert told.code == 0
    assert len(told.out.splitlines()) == 1
    assert isinstance(json.loads(told.out), dict)


def test_control_characters_of_a_file_never_reach_the_terminal(cli: Cli, pictures: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("no such names there")
    folder = pictures.rename(pictures.with_name("a\x1b[31mred\x07"))
    told = cli("scan", folder)
    assert "\x1b" not in told.out
    assert "\x07" not in told.out
