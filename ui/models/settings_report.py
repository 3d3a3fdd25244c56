"""What goes into a report about a problem: facts about program, computer and run, without pictures, captions or paths.

Everything is collected first and shown, and only then written, so that the person sees what they give away.
"""

from __future__ import annotations

import getpass
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from lora_studio import paths, storage
from lora_studio.config.resolve import leaves, read_config
from lora_studio.config.training import PLACES
from lora_studio.errors import StudioError
from lora_studio.hardware.probe import Hardware
from lora_studio.jobs.supervisor import console_tail
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from lora_studio.runs.state import read_state
from lora_studio.settings import Settings
from ui.models.settings_about import versions

CONSOLE_LINES = 400
EVENT_LINES = 300
SHORTEST_SECRET = 3  # shorter texts stand in too many other words
_LEFT_OUT = {"window_geometry", "remembered_answers", "model_folders"}


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One file of the report."""

    name: str
    text: str


def collect_report(settings: Settings, hardware: Hardware | None, run: RunFolder | None) -> list[ReportPart]:
    """Everything that a report would hold. Reads files: not on the GUI thread."""
    secrets = _places(settings)
    if run is not None:
        secrets |= _run_secrets(run)
    parts = [
        ReportPart("versions.txt", "\n".join(f"{name} {version}" for name, version, _ in versions())),
        ReportPart("settings.json", settings.model_dump_json(indent=1, exclude=_LEFT_OUT)),
    ]
    if hardware is not None:
        parts.append(ReportPart("computer.json", hardware.model_dump_json(indent=1)))
    if run is not None:
        parts += _run_parts(run)
    return [ReportPart(part.name, _without(part.text, secrets)) for part in parts]


def write_report(parts: list[ReportPart], target: Path) -> None:
    """Writes the parts as a zip, whole or not at all. Raises `StudioError` for disk errors."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(part.name, part.text)
    storage.write_file(target, buffer.getvalue())


def _run_parts(run: RunFolder) -> Iterator[ReportPart]:
    try:
        yield ReportPart("run/state.json", read_state(run).model_dump_json(indent=1))
        yield ReportPart("run/settings.json", run.config_path.read_text(encoding="utf-8", errors="replace"))
        if run.events_path.is_file():
            lines = run.events_path.read_text(encoding="utf-8", errors="replace").splitlines()[-EVENT_LINES:]
            yield ReportPart("run/events.txt", "\n".join(line.partition("\t")[0] for line in lines))
        yield ReportPart("run/console.txt", "\n".join(console_tail(run, CONSOLE_LINES)))
    except (StudioError, OSError) as error:
        yield ReportPart("run/unreadable.txt", str(error))


def _places(settings: Settings) -> dict[str, str]:
    """Folders and the person's name, with what stands for them."""
    chosen = (settings.projects_folder, settings.exports_folder, settings.cache_folder, *settings.model_folders)
    found = dict.fromkeys(chosen, "(a folder)")
    found |= {str(folder()): "(the app)" for folder in (paths.data_dir, paths.cache_dir, paths.config_dir)}
    found[str(Path.home())] = "~"
    found[getpass.getuser()] = "(user)"
    return found


def _run_secrets(run: RunFolder) -> dict[str, str]:
    found = {str(run.path): "(run)", str(run.path.parent.parent): "(project)"}
    try:
        config = read_config(run.config_path)
        found |= {value: f"({path})" for path, value in leaves(config.model_dump()) if path in PLACES and value}
        found |= {config.dataset.trigger: "(trigger word)", config.base.source: Path(config.base.source).name}
        found |= dict.fromkeys(config.preview.prompts, "(prompt)")
        pictures = RunPictures.model_validate(storage.read_json(run.images_path))
    except (StudioError, ValidationError):
        return found
    for number, picture in enumerate((*pictures.trained_on, *pictures.held_back), start=1):
        name = f"(picture {number})"
        found |= {picture.path: name, Path(picture.path).name: name, picture.caption: "(caption)"}
    return found


def _without(text: str, secrets: Mapping[str, str]) -> str:
    """The text with everything private replaced, the longest first; also where it is written as JSON."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) < SHORTEST_SECRET:
            continue
        stand_in = secrets[secret].replace("\\", "\\\\")
        for written in {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}:
            if written in text:
                # Whole words only: a trigger word like "ink" must not tear up "linked".
                text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", stand_in, text)
    return text
