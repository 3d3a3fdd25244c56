"""Prints docs/settings.md from the fields themselves: python docs/make_settings.py > docs/settings.md"""

from __future__ import annotations

import sys

from lora_studio.config.settings_table import settings_table
from lora_studio.config.training import TrainingConfig

INTRODUCTION = """\
# Settings

Made by `python docs/make_settings.py > docs/settings.md` from `lora_studio/config/training.py`; do not edit it here.

A setting is changed on the command line with `--set path.to.field=value`, as often as needed, for example
`--set schedule.max_steps=40 --set dataset.flip=false`. Lists are written as JSON:
`--set 'preview.prompts=["a cat", "a dog"]'`. `lora-studio presets` tells what the presets choose instead of these
defaults, and why. Settings marked *read* come from the base model or the app; `kind`, `base.source` and `dataset.folder` are
chosen by `--preset`, `--base` and the folder.
"""
LEVELS = {"basic": "", "advanced": "", "hidden": " *(read)*"}


def main() -> None:
    """Writes the page to stdout in UTF-8."""
    lines = [INTRODUCTION.rstrip()]
    section = None
    for row in settings_table():
        name = row["path"].rpartition(".")[0]
        if name != section:
            section = name
            lines += _heading(name)
        limits = row["range"].replace("|", "\\|")
        lines.append(
            f"| `{row['path']}` | {row['title']}{LEVELS[row['level']]} | `{row['default']}` | {limits} "
            f"| {row['description']} |"
        )
    sys.stdout.buffer.write(("\n".join(lines) + "\n").encode("utf-8"))


def _heading(section: str) -> list[str]:
    summary = "What belongs to the whole run."
    if section:
        described = getattr(TrainingConfig(), section).__class__.__doc__ or ""
        summary = described.strip().splitlines()[0]
    if section == "optimizer":
        summary = "How the adapter's numbers are moved; `optimizer.type` chooses by what."
    title = section.replace("_", " ").capitalize() or "The run"
    table = ["| Setting | Name | Default | Takes | What it does |", "|---|---|---|---|---|"]
    return [f"\n## {title}\n", f"{summary}\n", *table]


if __name__ == "__main__":
    main()
