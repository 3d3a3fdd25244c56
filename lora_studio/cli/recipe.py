"""The recipe in an adapter file, as `inspect --recipe` shows it and `train --like` takes it over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lora_studio.bases import find_base
from lora_studio.cli.output import Printer
from lora_studio.cli.show import check_file
from lora_studio.config.resolve import Layer, leaves, merged, resolve
from lora_studio.config.training import Kind
from lora_studio.presets import preset_layers
from lora_studio.weights.recipe import AdapterRecipe, fitted, recipe_from_adapter


def recipe_lines(recipe: AdapterRecipe) -> Iterator[str]:
    """All that the file tells of its training, and what it does not."""
    yield "Settings it was trained with, as for --set:" if recipe.settings else "It tells no settings."
    for setting in recipe.settings:
        yield f"  {setting.path}={json.dumps(setting.value)}  ({setting.source or 'its layers'})"
    if recipe.unknown:
        yield f"Unknown: {', '.join(recipe.unknown)}"
    yield from _left_lines(recipe)


def settings_like(
    file: Path, base_source: str, kind: Kind, typed: Mapping[str, Any], printer: Printer
) -> dict[str, Any]:
    """The settings of a file with those that were typed laid over them; says what is taken over and what is not.

    Raises:
        StudioError: The file is no adapter, or the base cannot be found.
    """
    check_file(file)
    base = find_base(base_source)
    model = Layer("model", {"base": {"family": base.family, "prediction": base.prediction}})
    recipe = fitted(recipe_from_adapter(file), resolve([*preset_layers(kind, base.family), model]).config)
    own = {path for path, _ in leaves(typed)}
    taken = [f"{setting.path}={json.dumps(setting.value)}" for setting in recipe.settings if setting.path not in own]
    printer.line(f"As in {file.name}: {', '.join(taken) or 'nothing'}")
    printer.lines(_left_lines(recipe))
    return merged(recipe.patch(), typed)


def _left_lines(recipe: AdapterRecipe) -> Iterator[str]:
    for item in recipe.left:
        yield f"Not taken over: {' '.join(filter(None, (item.path, item.stated)))}. {item.reason}"
