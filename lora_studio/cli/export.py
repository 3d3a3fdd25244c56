"""`export`: lists what the file will say, writes it, and draws a picture with and without it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lora_studio.cli.findings import finding_line
from lora_studio.cli.output import Printer, counted
from lora_studio.cli.runs import open_run
from lora_studio.jobs.effect import EffectPair, draw_effect
from lora_studio.runs.exports import (
    ExportForm,
    default_target,
    diffusers_path,
    export_epoch,
    gather_facts,
    plan_metadata,
)
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.sheet import write_pair
from lora_studio.weights.export import ExportResult
from lora_studio.weights.publishing import GROUP_TITLES, list_published, shown_text

UNSEEN = "No difference can be seen. Choose a later epoch, or train longer."


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What the command line asks for; an `epoch` of None is the last one."""

    run: Path
    epoch: int | None
    out: Path | None
    form: ExportForm
    picture: Path | None = None
    lists_only: bool = False


def run_export(order: ExportOrder, printer: Printer) -> None:
    """Writes the file, or with `lists_only` says what it would tell.

    Raises:
        StudioError: as `export_epoch` and `draw_effect`.
    """
    run = open_run(order.run)
    if order.lists_only:
        _list(run, order, printer)
        return
    form = order.form
    result = export_epoch(run, order.epoch, order.out.absolute() if order.out else None, form)
    facts: dict[str, object] = {
        "adapter": str(result.path),
        "size_bytes": result.size_bytes,
        "modules": result.module_count,
        "sshs_model_hash": result.sha256_data,
        "findings": [finding.model_dump(mode="json") for finding in result.findings],
    }
    size = f"{result.size_bytes / 1e6:.1f} MB, {counted(result.module_count, 'layer')}, read back whole"
    printer.lines(finding_line(finding) for finding in result.findings)
    words = [f"Adapter: {result.path} ({size})"]
    if form.also_diffusers:
        second = diffusers_path(result.path)
        facts["diffusers"] = str(second)
        words.append(f"For diffusers: {second} ({second.stat().st_size / 1e6:.1f} MB, read back whole)")
    if order.picture is not None:
        printer.lines(words)  # the files are there, whatever becomes of the picture
        pair = _draw_pair(run, result, order.picture)
        facts |= {"picture": str(order.picture), "difference": pair.difference}
        words = [f"Picture: {order.picture}", _difference_words(pair)]
    printer.result(facts, *words)


def _difference_words(pair: EffectPair) -> str:
    """How much a picture with the adapter differs from one without, in a sentence."""
    said = f"The two pictures differ by {pair.difference:.1%} of the range of colours on average."
    return said if pair.can_be_seen else UNSEEN


def _draw_pair(run: RunFolder, result: ExportResult, target: Path) -> EffectPair:
    with tempfile.TemporaryDirectory() as folder:
        pair = draw_effect(run, result.path, Path(folder))
        facts = {"prompt": pair.prompt, "seed": pair.seed, "strength": pair.strength, "adapter": result.path.name}
        write_pair(
            target,
            [("without", pair.without), (f"with {result.path.stem}", pair.with_it)],
            f"{pair.prompt} · seed {pair.seed} · {_difference_words(pair)}",
            {"lora_studio": json.dumps(facts, ensure_ascii=False)},
        )
    return pair


def _list(run: RunFolder, order: ExportOrder, printer: Printer) -> None:
    words, name = order.form.words, (order.out or default_target(run, order.epoch)).stem
    facts = gather_facts(run, order.epoch, name, with_tags=words.with_tags)
    lines = list_published(plan_metadata(facts, words, order.form.strength))
    for group, members in groupby(lines, lambda line: line.group):
        can_go = "cannot be left out" if group == "needed" else f"--without {group}"
        printer.line(f"{GROUP_TITLES[group]} ({can_go})")
        printer.lines(f"  {line.key:<32} {line.title}: {shown_text(line)}" for line in members)
    told = [
        {
            "key": line.key,
            "group": line.group,
            "title": line.title,
            "value": line.text,
            "can_leave_out": line.can_leave_out,
        }
        for line in lines
    ]
    printer.result({"published": told}, f"{counted(len(lines), 'line')} in all. Nothing was written.")
