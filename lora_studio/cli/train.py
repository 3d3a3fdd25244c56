"""`train` and `demo`: make the run, start its trainer, show how it goes, and tell where everything lies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from lora_studio import embedded, paths
from lora_studio.cli.findings import finding_line
from lora_studio.cli.output import Printer, command_line, counted, in_words, program
from lora_studio.cli.progress import Follower, Interrupts
from lora_studio.cli.recipe import settings_like
from lora_studio.cli.runs import newest_run, open_run
from lora_studio.config.resolve import merged, parse_assignment, read_config, validated
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.budget import Budget
from lora_studio.hardware.probe import probe_hardware
from lora_studio.jobs import supervisor
from lora_studio.jobs.queue import Queue
from lora_studio.presets import as_kind
from lora_studio.runs.create import RunPlan, RunWish, create_run, merge_settings, plain_name, plan_run
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.leaner import can_go_on_leaner, find_leaner, make_leaner
from lora_studio.runs.longer import add_epochs
from lora_studio.runs.prepare import free_place, plan_budget
from lora_studio.runs.remaining import keep_what_is_left
from lora_studio.runs.state import RunState, read_state
from lora_studio.runs.timings import remember_timing


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What was typed after `train`."""

    folder: Path | None
    base: str
    preset: str
    settings: list[str]
    name: str | None
    trigger: str | None
    prompts: list[str]
    held_back: Path | None
    out: Path | None
    resume: bool
    queue: bool = False
    more_epochs: int = 0
    less_memory: bool = False
    like: Path | None = None
    what_is_left: bool = False


def run_train(options: TrainOptions, printer: Printer) -> int:
    """Trains to the end, or until Ctrl+C; returns the exit code."""
    if options.resume:
        if options.like is not None:
            raise StudioError(
                "settings_frozen", "A run goes on with the settings it was made with.",
                f"--like {options.like.name} would change them.", "Leave --like out, or start a new run.",
                ExitCode.USAGE,
            )  # fmt: skip
        run = _run_to_resume(options)
        _refuse_changes(run, options.settings)
        if options.what_is_left:
            notice = keep_what_is_left(run)
            printer.line(f"{notice.title} {notice.detail}")
        if options.less_memory:
            notice = make_leaner(run, find_leaner(run, probe_hardware(run.path)))
            printer.line(f"{notice.title} {notice.detail}")
        if options.more_epochs:
            add_epochs(run, options.more_epochs)
        return _go_on(run, printer, is_longer=bool(options.more_epochs))
    if options.more_epochs:
        raise StudioError(
            "not_finished", "Only a finished run is given more epochs.", "",
            "For example: lora-studio train --resume --out RUN --more-epochs 4", ExitCode.USAGE,
        )  # fmt: skip
    if options.less_memory:
        raise StudioError(
            "no_run_named", "Only a run that was started can go on with less memory.", "",
            "For example: lora-studio train --resume --out RUN --less-memory", ExitCode.USAGE,
        )  # fmt: skip
    if options.what_is_left:
        raise StudioError(
            "no_run_named", "Only a run that was started can go on with what is left of its pictures.", "",
            "For example: lora-studio train --resume --out RUN --what-is-left", ExitCode.USAGE,
        )  # fmt: skip
    if options.folder is None:
        raise StudioError(
            "no_folder", "No folder of pictures was given.", "", "For example: lora-studio train my_pictures",
            ExitCode.USAGE,
        )  # fmt: skip
    settings = merge_settings([parse_assignment(text) for text in options.settings])
    kind = as_kind(options.preset)
    if options.like is not None:
        settings = settings_like(options.like, options.base, kind, settings, printer)
    wish = RunWish(
        folder=options.folder,
        base=options.base,
        kind=kind,
        name=options.name,
        trigger=options.trigger,
        held_back=options.held_back,
        prompts=tuple(options.prompts),
        settings=settings,
    )
    return _start(wish, options.out, printer, options.queue)


def run_demo(kind: str, out: Path | None, settings: list[str], resume: bool, printer: Printer) -> int:
    """Trains on the sample project of this kind; returns the exit code."""
    if kind not in get_args(embedded.SampleKind):
        raise StudioError(
            "unknown_preset", f"There is no sample project called '{kind}'.", "There are style and character.",
            "Try --kind style or --kind character.",
        )  # fmt: skip
    project = embedded.sample_project("character" if kind == "character" else "style")
    if resume:
        run = RunFolder.open(out) if out else newest_run(f"demo-{kind}")
        _refuse_changes(run, settings)
        return _go_on(run, printer)
    wish = RunWish(
        folder=project.images_dir,
        kind=as_kind(kind),
        name=f"demo-{kind}",
        trigger=project.trigger,
        held_back=project.held_back_dir,
        prompts=tuple(project.sample_prompts),
        settings=merge_settings([parse_assignment(text) for text in settings]),
    )
    return _start(wish, out, printer)


def _run_to_resume(options: TrainOptions) -> RunFolder:
    if options.out is not None:
        return open_run(options.out)
    name = options.name or (plain_name(options.folder.resolve().name) if options.folder else None)
    if name is None:
        raise StudioError(
            "no_run_named", "Which run should go on?", "Neither --out nor --name was given.",
            "`lora-studio status` lists the runs; then: lora-studio train --resume --out RUN", ExitCode.USAGE,
        )  # fmt: skip
    return newest_run(name)


def _refuse_changes(run: RunFolder, settings: list[str]) -> None:
    """A run keeps the settings it was made with; asking for the same ones again is no change."""
    asked = merge_settings([parse_assignment(text) for text in settings])
    frozen = read_config(run.config_path)
    if validated(merged(frozen.model_dump(), asked)) != frozen:
        raise StudioError(
            "settings_frozen", "A run goes on with the settings it was made with.",
            f"{', '.join(settings)} would change them.", "Leave --set out, or start a new run.",
        )  # fmt: skip


def _start(wish: RunWish, out: Path | None, printer: Printer, queue: bool = False) -> int:
    if out is not None:
        RunFolder(out).refuse_if_taken()
    plan = plan_run(wish, _scan_progress())
    config = plan.resolved.config
    show_plan(plan, printer)
    run = create_run(plan, out.absolute() if out else free_place(paths.runs_dir(), config.name))
    if queue:
        Queue().add(run)
        printer.result(_facts(run), f"Run: {run.path}", "It waits in the queue; train it with: lora-studio queue run")
        return int(ExitCode.DONE)
    return _follow(run, printer)


def _go_on(run: RunFolder, printer: Printer, is_longer: bool = False) -> int:
    state = read_state(run)
    if state.kind == "done" and not is_longer:
        printer.result(_facts(run), "This run is finished; nothing is left to do.", *_where(run))
        return int(ExitCode.DONE)
    printer.line(f"Going on from step {state.checkpoint_step or 0:,}.")
    return _follow(run, printer)


def _follow(run: RunFolder, printer: Printer) -> int:
    printer.line(f"Run: {run.path}")
    with Interrupts() as interrupts:
        trainer = supervisor.start(run)
        Follower(run, trainer, interrupts, printer).watch()
    exit_code = trainer.wait()
    with suppress(StudioError):  # only the next plan would be less exact
        remember_timing(run)
    state = read_state(run)
    if state.kind in ("failed", "crashed"):
        outcome = trainer.outcome()
        detail = state.error_detail if state.kind == "failed" else f"{outcome.sentence} {state.error_detail}"
        hint = _way_on(run, state) or state.error_hint or "console.log in the run folder holds the rest."
        code = ExitCode(exit_code) if exit_code in set(ExitCode) and exit_code else ExitCode.UNEXPECTED
        raise StudioError(state.error_code, state.error_title, detail, hint, code)
    if state.kind == "paused":
        again = command_line([program(), "train", "--resume", "--out", str(run.path)])
        words: tuple[str, ...] = (f"Saved at step {state.step:,}. Go on with: {again}",)
    else:
        words = _where(run)
    printer.result(_facts(run), *words)
    return int(exit_code or 0)


def _way_on(run: RunFolder, state: RunState) -> str:
    """The command that goes on after memory ended or pictures changed; empty after any other end."""
    resume = [program(), "train", "--resume", "--out", str(run.path)]
    if state.error_code == "pictures_changed":
        return f"Put the pictures back, or go on with what is left: {command_line([*resume, '--what-is-left'])}"
    with suppress(StudioError):  # the run's own hint stays
        if can_go_on_leaner(state) and find_leaner(run, probe_hardware(run.path)):
            again = command_line([*resume, "--less-memory"])
            return f"Go on from step {state.checkpoint_step or 0:,} with less memory: {again}"
    return ""


def _facts(run: RunFolder) -> dict[str, object]:
    config = read_config(run.config_path)
    return {
        "run": str(run.path),
        "state": read_state(run).model_dump(),
        "adapters": [str(path) for path in sorted(run.exports_dir.glob("*.safetensors"))],
        "sheet": str(run.sheet_path) if run.sheet_path.is_file() else None,
        "trigger": config.dataset.trigger,
        "epochs": run.epochs(),
    }


def _where(run: RunFolder) -> tuple[str, ...]:
    """Where the results lie and how to try them."""
    config = read_config(run.config_path)
    lines = []
    adapters = sorted(run.exports_dir.glob("*.safetensors"))
    lines += [f"Adapter: {path} ({path.stat().st_size / 1e6:.1f} MB)" for path in adapters]
    if run.sheet_path.is_file():
        lines.append(f"Samples: {run.sheet_path}")
    if adapters:
        prompt = config.preview.prompts[0] if config.preview.prompts else config.dataset.trigger
        draw = [program(), "sample", "--base", config.base.source, "--adapter", str(adapters[0])]
        lines.append(f"Try it:  {command_line([*draw, '--prompt', prompt, '--out', 'picture.png'])}")
    return tuple(lines)


def show_plan(plan: RunPlan, printer: Printer) -> None:
    """What is about to happen, before anything does."""
    config, length = plan.resolved.config, plan.length
    count = len(plan.pictures.training)
    captioned = sum(image.caption is not None for image in plan.report.images)
    printer.line(
        f"{counted(count, 'picture')} ({captioned} with captions), {config.kind} on {Path(config.base.source).name}, "
        f'trigger word "{config.dataset.trigger}"'
    )
    printer.line(
        f"{counted(length.total_steps, 'step')} of {counted(config.schedule.batch_size, 'picture')} "
        f"in {counted(length.epochs, 'epoch')}, "
        f"{config.adapter.kind} of rank {config.adapter.rank}, {config.dataset.resolution_px} px"
    )
    budget = plan_budget(plan, probe_hardware(paths.runs_dir()))
    printer.line(_budget_line(budget))
    if budget.tuning is not None:
        printer.line(budget.tuning.words())
    printer.lines(finding_line(finding) for finding in plan.findings)


def _budget_line(budget: Budget) -> str:
    time, memory = budget.time, budget.memory
    span = "measured" if time.is_measured else f"a guess: {in_words(time.low_s)} to {in_words(time.high_s)}"
    fit = {"fits": "", "tight": ", which is tight", "too_big": ", which is too much"}[memory.verdict]
    return (
        f"About {in_words(time.seconds)} ({span}), {budget.disk_bytes / 1e6:,.0f} MB on the disk, "
        f"{memory.needed_bytes / 1e9:.1f} of {memory.total_bytes / 1e9:.1f} GB of memory{fit}"
    )


def _scan_progress() -> Callable[[int, int], None] | None:
    """A line that counts pictures while a large folder is scanned in a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        end = "\r" if done < total else "\r" + " " * 40 + "\r"
        print(f"Checking {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)

    return show
