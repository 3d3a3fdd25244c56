"""The places of the app: their words, icons and the pages that exist."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from PySide6.QtCore import QCoreApplication

import ui.models
import ui.pages
import ui.widgets
from ui.widgets.page import Context, Page

PageFactory = Callable[[Context], Page]

# Place name → "module:class". A page is imported when it is first shown.
_PAGES: dict[str, str] = {
    "start": "ui.pages.start:StartPage",
    "images": "ui.pages.images:ImagesPage",
    "recipe": "ui.pages.recipe:RecipePage",
    "train": "ui.pages.train:TrainPage",
    "compare": "ui.pages.compare:ComparePage",
    "export": "ui.pages.export:ExportPage",
    "queue": "ui.pages.queue:QueuePage",
    "library": "ui.pages.library:LibraryPage",
    "base_models": "ui.pages.base_models:BaseModelsPage",
    "settings": "ui.pages.settings:SettingsPage",
}


# What pages need of other libraries and of the engine: too large for one turn of the window.
_LARGE_PARTS = (
    "numpy", "send2trash", "lora_studio.dataset.likeness", "lora_studio.hub.parcel", "lora_studio.runs.kit",
    "lora_studio.weights.bake", "lora_studio.weights.edit", "lora_studio.weights.extract",
    "lora_studio.weights.recipe_claims", "lora_studio.weights.resize", "lora_studio.weights.spectrum",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    title: str
    icon: str


def steps() -> tuple[Place, ...]:
    """The five steps of a project, in order."""
    return (
        Place("images", _tr("Images"), "images"),
        Place("recipe", _tr("Recipe"), "recipe"),
        Place("train", _tr("Train"), "train"),
        Place("compare", _tr("Compare"), "compare"),
        Place("export", _tr("Export"), "export"),
    )


def workshop() -> tuple[Place, ...]:
    """The places that belong to no single project."""
    return (
        Place("queue", _tr("Queue"), "queue"),
        Place("library", _tr("Library"), "library"),
        Place("base_models", _tr("Base models"), "base_models"),
    )


def settings() -> Place:
    return Place("settings", _tr("Settings"), "settings")


def page_factories() -> dict[str, PageFactory]:
    """A factory for each page that exists."""
    return {name: _lazy(target) for name, target in _PAGES.items()}


def import_large_parts() -> None:
    """Reads what makes no Qt object while it is imported; for a worker's thread."""
    for module_name in _LARGE_PARTS:
        import_module(module_name)


def import_pages() -> Iterator[None]:
    """Reads what pages are made of, a file at each step: later it would be most of the time until they are shown."""
    for package in (ui.widgets, ui.models, ui.pages):
        for found in iter_modules(package.__path__, f"{package.__name__}."):
            import_module(found.name)
            yield


def import_charts() -> None:
    """Reads the library of the charts; for a worker's thread, as `import_large_parts`."""
    import_module("pyqtgraph")


def _lazy(target: str) -> PageFactory:
    module_name, _, class_name = target.partition(":")

    def make(context: Context) -> Page:
        page = getattr(import_module(module_name), class_name)(context)
        assert isinstance(page, Page)
        return page

    return make


def _tr(text: str) -> str:
    return QCoreApplication.translate("places", text)
