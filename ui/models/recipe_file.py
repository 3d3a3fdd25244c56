"""Recipes as small files to keep and to share: kind, thoroughness and changed settings, nothing of the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from PySide6.QtCore import QCoreApplication

from lora_studio import paths, storage
from lora_studio.config.training import Kind
from lora_studio.errors import StudioError
from lora_studio.projects.project import Thoroughness
from lora_studio.runs.create import plain_name
from ui.models.recipe_settings import refuse_unknown

LARGEST_BYTES = 256 * 1024
MOST_LISTED = 200


class Recipe(BaseModel):
    """What a recipe file holds. `settings` are the values changed from the presets, by dotted path."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=120)
    kind: Kind
    thoroughness: Thoroughness = "balanced"
    settings: dict[str, JsonValue] = {}


@dataclass(frozen=True, slots=True)
class SavedRecipe:
    """A preset of the person's own, and where it lies."""

    path: Path
    recipe: Recipe


def presets_dir() -> Path:
    """Where the person's own presets are kept."""
    return paths.data_dir() / "presets"


def preset_path(name: str) -> Path:
    return presets_dir() / f"{plain_name(name)}.json"


def read_recipe(path: Path) -> Recipe:
    """A recipe from anywhere; unknown keys are refused, and nothing in it is ever run.

    Raises:
        StudioError: `not_a_recipe` or `unknown_setting`, or the file cannot be read.
    """
    value = storage.read_json(path, LARGEST_BYTES)
    try:
        recipe = Recipe.model_validate(value)
    except ValidationError as error:
        raise StudioError(
            "not_a_recipe",
            _tr("{name} is not a recipe this version can use.").format(name=path.name),
            _problem(error),
            _tr("Choose a file that was saved with “Save as preset”."),
        ) from error
    for setting in recipe.settings:
        refuse_unknown(setting)
    return recipe


def save_recipe(path: Path, recipe: Recipe) -> None:
    """Keeps a recipe, replacing what is there. Raises `StudioError` for disk errors."""
    storage.make_dir(path.parent)
    storage.write_json(path, recipe.model_dump(mode="json"))


def own_presets() -> list[SavedRecipe]:
    """The person's presets by name; files that cannot be used are passed over, and told of when opened by hand."""
    folder = presets_dir()
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.glob("*.json"))[:MOST_LISTED]:
        try:
            found.append(SavedRecipe(path, read_recipe(path)))
        except StudioError:
            continue
    return found


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return _tr("It holds “{key}”, which no recipe has.").format(key=key)
    if first["type"] == "missing":
        return _tr("“{key}” is missing.").format(key=key)
    return _tr("“{key}” has a value that is not allowed.").format(key=key) if key else _tr("It holds no settings.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("recipe", text)
