"""What taking over the settings behind an adapter file would change in a project, before anything does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue
from PySide6.QtCore import QCoreApplication

from lora_studio.config.training import AdapterSettings, TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.hardware.probe import Hardware
from lora_studio.projects.project import Project
from lora_studio.weights.recipe import AdapterRecipe, LeftSetting, fitted, recipe_from_adapter
from lora_studio.weights.start import read_start
from ui.models import recipe_settings
from ui.models.engine_words import engine_words
from ui.models.recipe_costs import advised as advised_settings

START = "adapter.start_from"


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """One setting: its value now, and what the file says. `note` tells why that is not taken over."""

    title: str
    now: str
    then: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecipeOffer:
    """The settings of a file beside a project's own. Texts come from the file: plain text.

    `settings` are the project's changed settings with those of the file. Training can go on from the file where
    `start_reason` is empty; the settings can be used where `problem` is.
    """

    path: Path
    changes: tuple[RecipeRow, ...]
    left: tuple[RecipeRow, ...]
    unknown: tuple[RecipeRow, ...]
    same_count: int
    settings: dict[str, JsonValue]
    start_reason: str
    problem: str

    def chosen(self, *, goes_on: bool) -> dict[str, JsonValue]:
        """The project's changed settings afterwards; with `goes_on` the new adapter begins with the file's weights."""
        return {**self.settings, START: str(self.path)} if goes_on else self.settings


def offer_of(path: Path, project: Project, hardware: Hardware | None) -> RecipeOffer:
    """Reads a file's recipe and holds it against the project's; for any thread.

    Raises:
        StudioError: as `recipe_from_adapter`; `base_missing` while the project's base cannot be used.
    """
    advised = advised_settings(project)
    if advised is None:
        raise StudioError("base_missing", _tr("The base model of this project cannot be used."))
    before = recipe_settings.checked(advised, project.data.settings)
    recipe = _without_closed(fitted(recipe_from_adapter(path), before), hardware)
    now, usual = recipe_settings.values_of(before), recipe_settings.values_of(advised)
    kept = {name: value for name, value in project.data.settings.items() if name not in (*recipe.values, START)}
    settings = {**kept, **{name: value for name, value in recipe.values.items() if value != usual[name]}}
    try:
        after, problem = recipe_settings.checked(advised, settings), ""
    except StudioError as error:
        after, problem = before, engine_words(error.detail or error.title)
    changed = {name: value for name, value in recipe.values.items() if value != now[name]}
    return RecipeOffer(
        path=path,
        changes=tuple(
            RecipeRow(_title(name), _shown(name, now[name]), _shown(name, value)) for name, value in changed.items()
        ),
        left=tuple(_left_row(item) for item in recipe.left),
        unknown=tuple(RecipeRow(_title(name), _shown(name, now[name]), _tr("unknown")) for name in recipe.unknown),
        same_count=len(recipe.values) - len(changed),
        settings=settings,
        start_reason=_start_reason(path, before, after.adapter),
        problem=problem,
    )


def _start_reason(path: Path, before: TrainingConfig, adapter: AdapterSettings) -> str:
    try:
        read_start(path, before.base.family, adapter)
    except StudioError as error:
        return engine_words(error.detail if error.code == "start_misfit" else error.title)
    return ""


def _without_closed(recipe: AdapterRecipe, hardware: Hardware | None) -> AdapterRecipe:
    """The recipe without the choices that cannot work on this computer, each with its reason."""
    taken, left = [], list(recipe.left)
    for setting in recipe.settings:
        reason = recipe_settings.closed_here(setting.path, hardware).get(str(setting.value))
        if reason is None:
            taken.append(setting)
        else:
            left.append(LeftSetting(path=setting.path, stated=str(setting.value), reason=reason))
    return recipe.model_copy(update={"settings": tuple(taken), "left": tuple(left)})


def _left_row(item: LeftSetting) -> RecipeRow:
    title = _title(item.path) if item.path else _tr("Kind of adapter")
    return RecipeRow(title, "", recipe_settings.choice_word(item.stated), engine_words(item.reason))


def _title(path: str) -> str:
    one = recipe_settings.field_of(path)
    return one.title if one is not None else path


def _shown(path: str, value: JsonValue) -> str:
    one = recipe_settings.field_of(path)
    is_choice = one is not None and one.control == "choice"
    return recipe_settings.choice_word(str(value)) if is_choice else recipe_settings.written_value(value)


def _tr(text: str) -> str:
    return QCoreApplication.translate("inspect", text)
