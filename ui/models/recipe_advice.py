"""What a recipe could do better on this computer although it may start as it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from lora_studio.config.training import Kind
from lora_studio.runs.create import RunPlan
from ui.models.messages import GB, Message, MessageButton, message
from ui.models.recent import RecentProjects
from ui.models.recipe_costs import Crowded, LongCaptions

GIB = 1 << 30
FEWEST_PICTURES: dict[Kind, int] = {"style": 20, "character": 15, "object": 10}  # as their cards say


def few_pictures(plan: RunPlan) -> Message | None:
    """Fewer pictures than the kind is said to need."""
    count, fewest = len(plan.pictures.training), FEWEST_PICTURES[plan.resolved.config.kind]
    if count >= fewest:
        return None
    title = _plural("There (is one picture|are only %n pictures); {fewest} or more work best.", count)
    body = _tr("Training works with fewer, but what comes out is less sure. More pictures help more than any setting.")
    buttons = (MessageButton("add_pictures", _tr("Add pictures")), MessageButton("keep", _tr("Keep")))
    return Message("few_pictures", title.format(fewest=fewest), body, buttons)


def trains_elsewhere(recent: RecentProjects, folder: Path | None) -> Message | None:
    """Another project of this person is training on this computer."""
    name = next((line.name for line in recent.lines if line.is_training and line.folder != folder), None)
    if name is None:
        return None
    title = _tr("“{name}” is training now.").format(name=name)
    body = _tr("Two trainings at once slow each other down and need memory for both. This one can wait in the queue.")
    buttons = (MessageButton("add_to_queue", _tr("Add to queue")), MessageButton("keep", _tr("Start it all the same")))
    return Message("trains_elsewhere", title, body, buttons)


def one_square(plan: RunPlan) -> Message | None:
    """E25: training sizes are off, and some picture is no square."""
    shapes = {image.width_px == image.height_px for image in plan.report.images}
    if plan.resolved.config.dataset.buckets or shapes == {True}:
        return None
    return message("E25", count=len(plan.pictures.training))


def odd_masks(plan: RunPlan) -> Message | None:
    """E17: masks of another shape than their pictures."""
    found = pictures_with_odd_masks(plan)
    return message("E17", count=len(found)) if found else None


def pictures_with_odd_masks(plan: RunPlan) -> list[Path]:
    keys = next((item.paths for item in plan.findings if item.code == "mask_mismatch"), ())
    return [image.path for image in plan.report.images if image.relative in keys]


def card_in_use(crowded: Crowded | None) -> Message | None:
    """E28: the recipe fits the card, and not beside what other programs hold on it now."""
    if crowded is None:
        return None
    ways = {"check_again"} if crowded.fix is None else {"check_again", "fit"}
    return message("E28", used_bytes=crowded.used_bytes / GIB * GB).only(ways)  # cards are sold in binary gigabytes


def long_captions(found: LongCaptions | None) -> Message | None:
    """E22: the ends of some captions would not be read."""
    if found is None or not found.shortened:
        return None
    return message("E22", count=len(found.shortened), limit=found.limit)


def _tr(text: str) -> str:
    return QCoreApplication.translate("recipe", text)


def _plural(text: str, count: int) -> str:
    return QCoreApplication.translate("recipe", text, "", count)
