"""A run that has come to its end is given more epochs, in its own folder, so that all can be compared."""

from __future__ import annotations

from lora_studio import storage
from lora_studio.config.resolve import read_config
from lora_studio.errors import StudioError
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import read_state


def add_epochs(run: RunFolder, count: int) -> None:
    """Makes a finished run `count` whole epochs longer; its next trainer goes on from the last step.

    The learning rate then follows the curve of the longer run. Epochs, samples and exports stay as they are.

    Raises:
        StudioError: `not_finished`, `save_deleted`, or a disk error; the run is as it was then.
    """
    state = read_state(run)
    if state.kind != "done":
        raise StudioError(
            "not_finished", "This run has not come to its end.", "Only a finished run is given more epochs.",
            "Resume it, and add epochs when it is done.",
        )  # fmt: skip
    if state.checkpoint_step != state.step:
        raise StudioError(
            "save_deleted", "This run cannot go on.",
            "What it needs to go on was deleted to free space. Its epochs are all there.",
            "Start a new run with more epochs instead.",
        )  # fmt: skip
    config = read_config(run.config_path)
    schedule = config.schedule.model_copy(update={"more_epochs": config.schedule.more_epochs + count})
    longer = config.model_copy(update={"schedule": schedule})
    storage.write_file(run.config_path, longer.model_dump_json(indent=1).encode())
