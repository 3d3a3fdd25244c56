"""A run whose memory ended goes on from its save point with settings that need less and teach the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lora_studio import storage
from lora_studio.bases import find_base, shape_of
from lora_studio.config.resolve import Origin, leaves, read_config
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.budget import GIB, Fix, find_fixes_midway, with_settings
from lora_studio.hardware.probe import Hardware
from lora_studio.runs.events import EventWriter, Notice
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import hold, is_alive
from lora_studio.runs.state import RunState, read_state

MEMORY_CODES = frozenset({"out_of_memory", "does_not_fit"})


def can_go_on_leaner(state: RunState) -> bool:
    """Whether a run ended because memory did, with something saved to go on from."""
    return state.kind == "failed" and state.error_code in MEMORY_CODES and state.checkpoint_step is not None


def find_leaner(
    run: RunFolder, hardware: Hardware, kept_free_bytes: int = GIB, card_index: int | None = None
) -> tuple[Fix, ...]:
    """What this run can change to need less memory, the best first; none when nothing is left.

    Recomputing first, whose result is the same but for rounding; then also an 8-bit and a 4-bit base, which round the
    base that the adapter goes on over. Some 20 ms; for any thread. The other arguments are `estimate_memory`'s.

    Raises:
        StudioError: The run or its base cannot be read.
    """
    config = read_config(run.config_path)
    return find_fixes_midway(config, shape_of(find_base(config.base.source)), hardware, kept_free_bytes, card_index)


def make_leaner(run: RunFolder, ways: Sequence[Fix]) -> Notice:
    """Writes the first of `ways` into the run's settings; its next trainer goes on with them from the save point.

    `origins.json` says since when and what was before; the journal gets the notice that is returned.

    Raises:
        StudioError: `run_busy` while a trainer lives, `run_ended` or `nothing_leaner` when `ways` is empty, and the
            settings are as they were; or a disk error.
    """
    if is_alive(run):
        raise StudioError(
            "run_busy", "This run is already training.", "Its settings were not changed.",
            "Pause it first, then go on with less memory.", ExitCode.BUSY,
        )  # fmt: skip
    state = read_state(run)
    if state.kind == "done":
        raise StudioError(
            "run_ended", "This run is finished.", "It has nothing left to do, with less memory or more.",
            "Start a new run instead.",
        )  # fmt: skip
    if not ways:
        raise StudioError(
            "nothing_leaner", "This run has nothing left to change that would save memory.",
            "Everything that was saved is safe.",
            "Close other programs and resume, or start a new run with a smaller training size.",
        )  # fmt: skip
    fix = ways[0]
    saved_step = state.checkpoint_step or 0
    title = f"From step {saved_step + 1:,} on, this run uses less memory."
    with hold(run), EventWriter(run.events_path) as journal:
        before = read_config(run.config_path)
        leaner = with_settings(before, fix.settings)
        _note_origins(run, fix.settings, dict(leaves(before.model_dump())), saved_step)
        storage.write_file(run.config_path, leaner.model_dump_json(indent=1).encode())
        notice = Notice(code="went_leaner", title=title, detail=fix.cost)
        journal.write(notice)
    return notice


def _note_origins(run: RunFolder, settings: Mapping[str, Any], before: Mapping[str, Any], saved_step: int) -> None:
    """The person asked for the new values; what they were is kept in the reason."""
    origins = storage.read_json(run.origins_path) if run.origins_path.is_file() else {}
    for path in settings:
        was = {True: "on", False: "off"}.get(before[path], before[path])
        because = f"It was {was} up to step {saved_step:,}, and changed to need less memory."
        origins[path] = Origin(layer="user", because=because).model_dump()
    storage.write_file(run.origins_path, json.dumps(origins, indent=1, ensure_ascii=False).encode())
