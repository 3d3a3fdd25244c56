"""The recipe that a run was made with, as values a project takes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from lora_studio import storage
from lora_studio.bases import FoundBase
from lora_studio.config.resolve import Origin, leaves, read_config
from lora_studio.errors import StudioError
from lora_studio.projects.project import BaseReference
from lora_studio.runs.folder import RunFolder
from ui.models.recipe_settings import field_of


def recipe_of(run: RunFolder, found: Sequence[FoundBase], *, with_words: bool = False) -> dict[str, Any]:
    """Fields for `Workspace.change` that ask for the same kind, base and settings as the run.

    What the person chose for the run, and what its thoroughness gave, become changed settings. Trigger word and sample
    prompts belong to its pictures and come along only `with_words`.

    Raises:
        StudioError: The run cannot be read.
    """
    config = read_config(run.config_path)
    chosen = {path for path, origin in _origins(run).items() if origin.layer == "user"}
    values = dict(leaves(config.model_dump(mode="json")))
    base = next((base for base in found if base.source == config.base.source), None)
    recipe: dict[str, Any] = {
        "kind": config.kind,
        "base": BaseReference(
            source=config.base.source, name=base.name if base else "", size_bytes=base.size_bytes if base else 0
        ),
        "thoroughness": "balanced",
        "settings": {path: values[path] for path in sorted(chosen & values.keys()) if field_of(path) is not None},
    }
    if with_words:
        recipe |= {"trigger": config.dataset.trigger, "prompts": config.preview.prompts}
    return recipe


def _origins(run: RunFolder) -> dict[str, Origin]:
    """Where each value came from; without the file nobody's choices are known, and the presets stand for themselves."""
    try:
        listed = storage.read_json(run.origins_path)
        return {path: Origin.model_validate(value) for path, value in listed.items()}
    except (StudioError, ValidationError, AttributeError):
        return {}
