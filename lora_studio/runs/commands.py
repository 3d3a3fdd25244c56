"""What a person asks of a running trainer: lines appended to a file that the trainer looks at between steps."""

from __future__ import annotations

import logging
import os
import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lora_studio import storage
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lines import LineReader, encode_line, size_bytes
from lora_studio.runs.lock import read_process

log = logging.getLogger(__name__)


class _Command(BaseModel):
    """`t` is when it was sent, in seconds since 1970; nothing depends on it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    t: float = 0.0


class Pause(_Command):
    """Save a checkpoint and end, to go on later."""

    kind: Literal["pause"] = "pause"


class Stop(_Command):
    """Save and end for good, keeping what was made."""

    kind: Literal["stop"] = "stop"


class SaveNow(_Command):
    """Save a checkpoint and go on."""

    kind: Literal["save_now"] = "save_now"


class SampleNow(_Command):
    """Draw the samples and go on."""

    kind: Literal["sample_now"] = "sample_now"


Command = Pause | Stop | SaveNow | SampleNow
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="kind")])


def send(run: RunFolder, command: Command) -> None:
    """Append a command for the trainer of `run`; any process may. Raises `StudioError` for disk errors."""
    stamped = command.model_copy(update={"t": time.time()})
    storage.append_line(run.commands_path, encode_line(stamped.model_dump_json().encode()))


class CommandReader:
    """Gives each new command once. Commands sent before this process was spawned are ignored."""

    def __init__(self, run: RunFolder, offset: int | None = None) -> None:
        """Begin at `offset` bytes; without it, where `process.json` says that this process began."""
        if offset is None:
            record = read_process(run)
            ours = record is not None and record.pid == os.getpid()
            offset = record.commands_offset if record and ours else size_bytes(run.commands_path)
        self._lines = LineReader(run.commands_path, offset)
        self._reported = 0

    def poll(self) -> list[Command]:
        """Commands that arrived since the last call; costs one `os.stat` when there are none.

        Only whole, well-formed lines count; anything else is logged and ignored.
        """
        commands = []
        for payload in self._lines.read():
            try:
                commands.append(_COMMAND.validate_json(payload))
            except ValidationError:
                log.warning("ignored a command that is not known: %.200r", payload)
        if self._lines.skipped > self._reported:
            log.warning("ignored %d damaged command lines", self._lines.skipped - self._reported)
            self._reported = self._lines.skipped
        return commands
