"""`scan`, `inspect`, `status` and `presets`: what is there, told in words or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lora_studio import paths
from lora_studio.cli.output import Printer, counted, in_words
from lora_studio.errors import StudioError

if TYPE_CHECKING:
    from lora_studio.weights.inspect import ProgramReport


def show_scan(folder: Path, printer: Printer) -> None:
    """Prints the report of a folder."""
    from lora_studio.cli.findings import finding_line
    from lora_studio.dataset.scan import scan_dataset

    report = scan_dataset(folder)
    facts = report.as_dict()
    totals = facts["totals"]
    printer.line(
        f"{counted(totals['images'], 'picture')}, {totals['captioned']} with captions, "
        f"among {counted(report.file_count, 'file')} in {report.folder}"
    )
    for finding in report.findings:
        printer.line(finding_line(finding))
    if not report.findings:
        printer.line("Nothing to mend.")
    printer.result(facts)


def show_adapter(file: Path, reads_numbers: bool, with_recipe: bool, printer: Printer) -> None:
    """Prints what an adapter file is, and with `with_recipe` the settings it was trained with."""
    from lora_studio.cli.findings import finding_line
    from lora_studio.cli.recipe import recipe_lines
    from lora_studio.weights.inspect import inspect_adapter
    from lora_studio.weights.recipe import recipe_from_adapter

    check_file(file)
    report = inspect_adapter(file, reads_numbers=reads_numbers)
    facts = report.model_dump(mode="json")
    for name, value in facts.items():
        if name not in ("findings", "metadata", "programs") and value not in (None, "", [], {}):
            shown = ", ".join(f"{key} {item}" for key, item in value.items()) if isinstance(value, dict) else value
            shown = ", ".join(map(str, shown)) if isinstance(shown, list) else shown
            printer.line(f"{name.replace('_', ' ')}: {shown}")
    printer.lines(f"  {key}: {text}" for key, text in report.metadata.items())
    printer.lines(f"{name} {_program_words(program)}" for name, program in report.programs.items())
    printer.lines(finding_line(finding) for finding in report.findings)
    if not reads_numbers:
        printer.line("Only names and sizes were read; --check reads every number too.")
    if with_recipe:
        recipe = recipe_from_adapter(file)
        printer.lines(recipe_lines(recipe))
        facts["recipe"] = recipe.model_dump(mode="json", exclude={"file_name", "family"})
    printer.result(facts)


def _program_words(program: ProgramReport) -> str:
    """`loads a part of it: 9 of 600 tensors left out. It does not know …`"""
    total = program.loaded + program.ignored + program.misread + program.refused + program.not_known
    words = {
        "loads": "loads it whole.",
        "part": f"loads a part of it: {total - program.loaded:,} of {total:,} tensors left out.",
        "misread": "loads it, but not as it was meant.",
        "refused": "does not load it.",
        "nothing": "loads nothing of it.",
        "not_known": "may load it or not.",
    }[program.verdict]
    return " ".join([words, *program.reasons])


def check_file(file: Path) -> None:
    """Refuses what is no file.

    Raises:
        StudioError: `file_missing`.
    """
    if not file.is_file():
        what = "is a folder, not a file" if file.is_dir() else "is not there"
        raise StudioError("file_missing", f"{file} {what}.", hint="Give the path of a .safetensors file.")


def show_status(folder: Path, printer: Printer) -> None:
    """Prints what one run is doing."""
    from lora_studio.cli.progress import progress_line
    from lora_studio.cli.runs import open_run
    from lora_studio.runs.state import read_state

    run = open_run(folder)
    state = read_state(run)
    printer.line(f"{run.name}: {state.kind.replace('_', ' ')}")
    if state.is_alive:
        printer.line(progress_line(state))
    elif state.total_steps:
        printer.line(f"step {state.step:,} of {state.total_steps:,}, epoch {state.epoch} of {state.epochs}")
    if state.error_title:
        printer.line(f"{state.error_title} {state.error_detail} {state.error_hint}")
    printer.result(state.model_dump())


def show_runs(printer: Printer) -> None:
    """Lists the runs of this computer."""
    from lora_studio.runs.history import list_runs

    summaries = list_runs(paths.runs_dir())
    for summary in summaries:
        left = f", about {in_words(summary.state.eta_s)} left" if summary.state.eta_s else ""
        steps = f"{summary.state.step:,}/{summary.state.total_steps or 0:,}"
        printer.line(f"{summary.run.name:30} {summary.state.kind.replace('_', ' '):14} {steps}{left}")
    if not summaries:
        printer.line(f"No runs yet in {paths.runs_dir()}.")
    printer.result({"runs": [{"path": str(s.run.path), **s.state.model_dump()} for s in summaries]})


def show_presets(printer: Printer) -> None:
    """Prints every kind and family with its values and reasons."""
    from lora_studio.config.resolve import leaves
    from lora_studio.presets import FAMILIES, KINDS, family_preset, kind_preset

    for kind in KINDS:
        preset = kind_preset(kind)
        printer.line(f"{preset.id}: {preset.summary}")
        printer.line(f"  pictures: {preset.advice.pictures}")
        printer.line(f"  captions: {preset.advice.captions}")
        for path, value in leaves(preset.patch):
            printer.line(f"  {path} = {value}: {preset.because[path]}")
        for family, exact in preset.by_family.items():
            for path, value in leaves(exact.patch):
                printer.line(f"  {family}: {path} = {value}: {exact.because[path]}")
        printer.line()
    for name in FAMILIES:
        family_values = family_preset(name)
        printer.line(f"{family_values.id}: {family_values.summary}")
        for path, value in leaves(family_values.patch):
            printer.line(f"  {path} = {value}: {family_values.because[path]}")
        printer.line()
    kinds = {kind: kind_preset(kind).model_dump(mode="json") for kind in KINDS}
    printer.result(
        {"kinds": kinds, "families": {name: family_preset(name).model_dump(mode="json") for name in FAMILIES}}
    )


def show_settings(printer: Printer) -> None:
    """Prints every setting with its default, range and effect."""
    from lora_studio.config.settings_table import settings_table

    rows = settings_table()
    for row in rows:
        limits = f" ({row['range']})" if row["range"] else ""
        printer.line(f"{row['path']} = {row['default']}{limits}: {row['description']}")
    printer.result({"settings": rows})
