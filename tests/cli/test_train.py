"""`train` against a trainer that only acts: what is shown, what it returns, how it is interrupted and resumed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from sparse_files import SMALL_SD1, write_sparse

from lora_studio import paths
from lora_studio.config.resolve import read_config
from lora_studio.errors import ExitCode
from lora_studio.jobs import supervisor
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures

Cli = Callable[..., Any]
ActOut = Callable[..., None]


def test_a_run_is_shown_to_its_end(cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path) -> None:
    saved = {"kind": "epoch_saved", "epoch": 1, "step": 3, "path": "epochs/epoch-01.safetensors"}
    act_out({"steps": 3}, {"event": saved}, {"finish": True})
    told = cli("train", pictures, "--base", base, "--out", tmp_path / "run")
    assert told.code == ExitCode.DONE
    assert '4 pictures (4 with captions), style on base, trigger word "mypictures"' in told.out
    assert "120 steps of 4 pictures in 4 epochs" in told.out
    assert "Epoch 1 is saved (step 3)." in told.out


def test_json_tells_where_everything_lies(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"steps": 3}, {"finish": True})
    told = cli("train", pictures, "--base", base, "--out", tmp_path / "run", "--trigger", "zz", "--json")
    assert len(told.out.splitlines()) == 1
    assert (told.json["run"], told.json["trigger"]) == (str(tmp_path / "run"), "zz")
    assert (told.json["state"]["kind"], told.json["state"]["step"]) == ("done", 3)


def test_a_model_in_one_file_is_a_base_with_its_familys_preset(
    cli: Cli, act_out: ActOut, pictures: Path, tmp_path: Path
) -> None:
    act_out({"finish": True})
    model = write_sparse(tmp_path / "my dream.safetensors", SMALL_SD1)
    told = cli("train", pictures, "--base", model, "--out", tmp_path / "run")
    assert told.code == ExitCode.DONE
    config = read_config(RunFolder(tmp_path / "run").config_path)
    assert (config.base.source, config.base.family, config.dataset.resolution_px) == (str(model), "sd1", 512)


def test_wishes_arrive_in_the_frozen_settings(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"finish": True})
    cli(
        "train", pictures, "--base", base, "--out", tmp_path / "run", "--preset", "character", "--name", "Mira 墨",
        "--trigger", "mira", "--prompt", "mira at sea", "--prompt", "the sea", "--set", "schedule.max_steps=40",
        "--set", "seed=7", "--held-back", pictures,
    )  # fmt: skip
    config = read_config(RunFolder(tmp_path / "run").config_path)
    assert (config.kind, config.name, config.dataset.trigger) == ("character", "Mira 墨", "mira")
    assert config.preview.prompts == ("mira at sea", "the sea")
    assert (config.schedule.max_steps, config.seed) == (40, 7)
    assert config.dataset.held_back_folder == str(pictures)


def test_without_out_runs_are_kept_together_and_numbered(cli: Cli, act_out: ActOut, pictures: Path, base: Path) -> None:
    act_out({"finish": True})
    for _ in range(2):
        cli("train", pictures, "--base", base)
    names = sorted(path.name for path in paths.runs_dir().iterdir())
    assert names == ["my 'pictures' 🐈", "my 'pictures' 🐈 2"]


@pytest.mark.parametrize(
    ("code", "words"),
    [(ExitCode.OUT_OF_MEMORY, "stopped unexpectedly"), (ExitCode.DISK, "stopped unexpectedly")],
)
def test_a_trainer_that_dies_passes_its_exit_code_on(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path, code: ExitCode, words: str
) -> None:
    act_out({"steps": 3}, {"checkpoint": True}, {"exit": int(code)})
    told = cli("train", pictures, "--base", base, "--out", tmp_path / "run", "--json")
    assert told.code == code
    assert words in told.err
    assert "Everything up to step 3 is safe." in told.json["error"]["detail"]


def test_a_failed_training_is_told_in_the_trainers_own_words(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    failed = {"kind": "failed", "code": "disk_full", "title": "The disk is full.", "hint": "Free some space."}
    act_out({"event": failed}, {"exit": int(ExitCode.DISK)})
    told = cli("train", pictures, "--base", base, "--out", tmp_path / "run")
    assert told.code == ExitCode.DISK
    assert told.err.startswith("The disk is full.")


def test_a_run_without_memory_prints_how_to_go_on_and_that_goes_on_leaner(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a run"
    failed = {"kind": "failed", "code": "out_of_memory", "title": "The computer ran out of memory.", "hint": "Wait."}
    act_out({"steps": 3}, {"checkpoint": True}, {"event": failed}, {"exit": int(ExitCode.OUT_OF_MEMORY)})
    told = cli("train", pictures, "--base", base, "--out", out, "--set", "precision.device=cpu")
    assert told.code == ExitCode.OUT_OF_MEMORY
    pasted = shlex.split(told.err.strip().partition("Go on from step 3 with less memory: ")[2])
    assert pasted[1:] == ["train", "--resume", "--out", str(out), "--less-memory"]
    act_out({"steps": 1}, {"event": failed}, {"exit": int(ExitCode.OUT_OF_MEMORY)})
    resumed = cli(*pasted[1:])
    assert "From step 4 on, this run uses less memory. Computes parts twice: about a third slower." in resumed.out
    assert "Going on from step 3." in resumed.out
    assert read_config(RunFolder(out).config_path).precision.gradient_checkpointing
    assert resumed.err.strip().endswith("Wait.")  # nothing is left to change, so the trainer's own hint stands
    again = cli(*pasted[1:])
    assert (again.code, "nothing left to change" in again.err) == (ExitCode.BAD_INPUT, True)


def test_a_run_whose_pictures_changed_prints_how_to_go_on_and_that_goes_on_with_what_is_left(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a run"
    failed = {"kind": "failed", "code": "pictures_changed", "title": "The pictures changed since this run was made."}
    act_out({"steps": 3}, {"checkpoint": True}, {"event": failed}, {"exit": int(ExitCode.BAD_INPUT)})
    told = cli("train", pictures, "--base", base, "--out", out)
    pasted = shlex.split(told.err.strip().partition("or go on with what is left: ")[2])
    assert pasted[1:] == ["train", "--resume", "--out", str(out), "--what-is-left"]
    (pictures / "001.png").unlink()
    act_out({"steps": 1}, {"finish": True})
    resumed = cli(*pasted[1:])
    assert resumed.code == ExitCode.DONE
    assert "From step 4 on, this run learns from what is left." in resumed.out
    left = RunPictures.model_validate_json(RunFolder(out).images_path.read_bytes())
    assert [Path(entry.path).name for entry in left.gone] == ["001.png"]


def test_what_is_left_needs_a_run_to_go_on_with(cli: Cli, act_out: ActOut, pictures: Path) -> None:
    act_out({"finish": True})
    told = cli("train", pictures, "--what-is-left")
    assert told.code == ExitCode.USAGE
    assert "--resume --out RUN --what-is-left" in told.err


def test_less_memory_needs_a_run_to_go_on_with(cli: Cli, act_out: ActOut, pictures: Path) -> None:
    act_out({"finish": True})
    told = cli("train", pictures, "--less-memory")
    assert told.code == ExitCode.USAGE
    assert "--resume --out RUN --less-memory" in told.err


def test_a_killed_trainer_says_what_is_safe_and_resumes(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    act_out({"steps": 3}, {"checkpoint": True}, {"steps": 2}, {"kill": True})
    killed = cli("train", pictures, "--base", base, "--out", out)
    assert killed.code == ExitCode.UNEXPECTED
    assert "Everything up to step 3 is safe." in killed.err
    act_out({"steps": 1}, {"finish": True})
    resumed = cli("train", "--resume", "--out", out)
    assert resumed.code == ExitCode.DONE
    assert "Going on from step 3." in resumed.out


def interrupt_when(claim: Callable[[], bool]) -> None:
    """Presses Ctrl+C in this process as soon as the claim holds."""

    def press() -> None:
        deadline = time.monotonic() + 20
        while not claim() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process there")
def test_one_ctrl_c_saves_and_stops_and_resume_goes_on(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "a run")
    act_out({"steps": 3000, "each_s": 0.01}, {"finish": True})
    interrupt_when(lambda: run.events_path.is_file() and b'"step":5' in run.events_path.read_bytes())
    told = cli("train", pictures, "--base", base, "--out", run.path)
    assert told.code == ExitCode.PAUSED
    assert "Saving and stopping. Press Ctrl+C again to stop now." in told.out
    assert run.checkpoint_steps()
    pasted = shlex.split(told.out.splitlines()[-1].partition("Go on with: ")[2])
    assert Path(pasted[0]).name == "lora-studio"
    act_out({"finish": True})
    assert cli(*pasted[1:]).code == ExitCode.DONE


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process there")
def test_a_second_ctrl_c_stops_now(cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    act_out({"steps": 3000, "each_s": 0.01, "deaf": True}, {"finish": True})
    interrupt_when(lambda: run.events_path.is_file() and b'"step":5' in run.events_path.read_bytes())
    interrupt_when(lambda: run.commands_path.is_file() and b"pause" in run.commands_path.read_bytes())
    told = cli("train", pictures, "--base", base, "--out", run.path)
    assert told.code == ExitCode.UNEXPECTED
    assert "Stopping now. What was saved before is safe." in told.out
    assert supervisor.attach(run) is None


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process there")
def test_a_second_ctrl_c_counts_also_while_the_first_is_being_answered(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder(tmp_path / "run")
    act_out({"steps": 3000, "each_s": 0.01, "deaf": True}, {"finish": True})
    monkeypatch.setattr(supervisor.Trainer, "pause", lambda trainer: signal.raise_signal(signal.SIGINT))
    interrupt_when(lambda: run.events_path.is_file() and b'"step":5' in run.events_path.read_bytes())
    told = cli("train", pictures, "--base", base, "--out", run.path)
    assert told.code == ExitCode.UNEXPECTED
    assert "Stopping now. What was saved before is safe." in told.out


def test_ctrl_c_works_as_before_once_the_training_is_over(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGINT)
    act_out({"finish": True})
    cli("train", pictures, "--base", base, "--out", tmp_path / "run")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_finished_run_has_nothing_left_to_do(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"finish": True})
    cli("train", pictures, "--base", base, "--out", tmp_path / "run")
    told = cli("train", "--resume", "--out", tmp_path / "run")
    assert told.code == ExitCode.DONE
    assert "nothing is left to do" in told.out


def test_a_run_is_found_again_by_its_folder_of_pictures_or_by_its_name(
    cli: Cli, act_out: ActOut, base: Path, tmp_path: Path
) -> None:
    from drawn_pictures import draw_pictures

    pictures = draw_pictures(tmp_path / ("a quoted set" if os.name == "nt" else 'a "quoted" set'))
    act_out({"steps": 1}, {"checkpoint": True}, {"exit": 1})
    cli("train", pictures, "--base", base)
    cli("train", pictures, "--base", base)
    act_out({"finish": True})
    assert cli("train", pictures, "--resume").code == ExitCode.DONE  # the newer of the two
    assert cli("status", "a quoted set 2", "--json").json["kind"] == "done"
    assert cli("train", "--resume", "--out", "a quoted set").code == ExitCode.DONE
    assert cli("status", "a quoted set", "--json").json["kind"] == "done"


def test_a_run_goes_on_only_with_the_settings_it_was_made_with(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    out, same = tmp_path / "run", ["--set", "schedule.max_steps=40"]
    act_out({"steps": 1}, {"checkpoint": True}, {"exit": 1})
    cli("train", pictures, "--base", base, "--out", out, *same)
    act_out({"finish": True})
    refused = cli("train", "--resume", "--out", out, "--set", "schedule.max_steps=80")
    assert refused.code == ExitCode.BAD_INPUT
    assert "start a new run" in refused.err
    assert cli("train", pictures, "--base", base, "--out", out, *same, "--resume").code == ExitCode.DONE


def test_status_lists_the_runs_of_this_computer(cli: Cli, act_out: ActOut, pictures: Path, base: Path) -> None:
    act_out({"steps": 2}, {"finish": True})
    cli("train", pictures, "--base", base)
    assert "my 'pictures' 🐈" in cli("status").out
    listed = cli("status", "--json").json["runs"]
    assert [(Path(run["path"]).name, run["kind"], run["step"]) for run in listed] == [("my 'pictures' 🐈", "done", 2)]


def test_demo_trains_on_the_sample_project(
    cli: Cli, act_out: ActOut, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lora_studio import embedded

    monkeypatch.setattr(embedded, "practice_base_dir", lambda: base)
    act_out({"finish": True})
    for kind in ("style", "character"):
        assert cli("demo", "--kind", kind, "--out", tmp_path / kind).code == ExitCode.DONE
        project = embedded.sample_project("style" if kind == "style" else "character")
        config = read_config(RunFolder(tmp_path / kind).config_path)
        assert (config.kind, config.dataset.trigger) == (kind, project.trigger)
        assert config.preview.prompts == project.sample_prompts
        assert config.dataset.held_back_folder == str(project.held_back_dir)


def write_fox(path: Path, **metadata: str) -> Path:
    """A LoRA of one layer of the Practice base, rank 3 and alpha 6."""
    stem = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
    down, up = np.ones((3, 96), np.float32), np.ones((96, 3), np.float32)
    tensors = {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up, f"{stem}.alpha": np.array(6, np.float32)}
    save_file(tensors, path, {"modelspec.architecture": "lora-studio-practice/lora", **metadata})
    return path


def test_like_takes_a_files_settings_over_the_presets_and_under_what_is_typed(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"finish": True})
    fox = write_fox(tmp_path / "fox.safetensors", ss_seed="99", ss_unet_lr="0.0003", ss_optimizer="lion_pytorch.Lion")
    wish = ("--like", fox, "--set", "seed=5", "--set", f"adapter.start_from={fox}")
    told = cli("train", pictures, "--base", base, "--out", tmp_path / "run", *wish)
    assert told.code == ExitCode.DONE
    assert 'As in fox.safetensors: adapter.kind="lora", adapter.rank=3, adapter.alpha=6.0,' in told.out
    assert "optimizer.learning_rate=0.0003" in told.out and "seed=99" not in told.out
    assert "Not taken over: optimizer.type Lion." in told.out
    run = RunFolder(tmp_path / "run")
    config = read_config(run.config_path)
    assert (config.adapter.rank, config.adapter.alpha, config.adapter.targets) == (3, 6.0, "self_attention")
    assert (config.seed, config.optimizer.learning_rate) == (5, 0.0003)
    assert json.loads(run.origins_path.read_text())["optimizer.learning_rate"]["layer"] == "user"
    assert run.start_path.read_bytes() == fox.read_bytes()


def test_a_file_that_does_not_fit_is_refused_before_anything_is_made(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"finish": True})
    fox = write_fox(tmp_path / "fox.safetensors")
    wish = ("--set", f"adapter.start_from={fox}", "--set", "adapter.rank=2")
    told = cli("train", pictures, "--base", base, "--out", tmp_path / "run", *wish)
    assert told.code == ExitCode.BAD_INPUT
    assert "Its rank is 3, and yours is 2." in told.err and "--like" in told.err
    assert not (tmp_path / "run").exists()


def test_a_run_that_goes_on_takes_over_nothing(
    cli: Cli, act_out: ActOut, pictures: Path, base: Path, tmp_path: Path
) -> None:
    act_out({"finish": True})
    cli("train", pictures, "--base", base, "--out", tmp_path / "run")
    fox = write_fox(tmp_path / "fox.safetensors")
    told = cli("train", "--resume", "--out", tmp_path / "run", "--like", fox)
    assert told.code == ExitCode.USAGE
    assert "Leave --like out" in told.err
