"""What a recipe could do better on this computer although it may start as it is."""

from __future__ import annotations

from lora_studio.runs.create import RunPlan
from ui.models.messages import GB, Message, message
from ui.models.recipe_costs import Crowded, LongCaptions

GIB = 1 << 30


def one_square(plan: RunPlan) -> Message | None:
    """E25: training sizes are off, and some picture is no square."""
    shapes = {image.width_px == image.height_px for image in plan.report.images}
    if plan.resolved.config.dataset.buckets or shapes == {True}:
        return None
    return message("E25", count=len(plan.pictures.training))


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
