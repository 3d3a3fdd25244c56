"""What a planned run will need on this computer, and where it may lie."""

from __future__ import annotations

from pathlib import Path

from lora_studio.bases import find_base, shape_of
from lora_studio.hardware.budget import GIB, Budget, estimate, estimate_memory
from lora_studio.hardware.card_facts import find_tuning_for
from lora_studio.hardware.probe import Hardware
from lora_studio.runs.create import (
    RunPlan,
)
from lora_studio.runs.pictures import bucket_plan
from lora_studio.runs.timings import find_timing


def free_place(home: Path, name: str) -> Path:
    """A folder for a run of this name in `home`; a second one gets a number."""
    places = (home / (name if number == 1 else f"{name} {number}") for number in range(1, 10_000))
    return next(place for place in places if not place.exists())


def plan_budget(plan: RunPlan, hardware: Hardware, kept_free_bytes: int = GIB, card_index: int | None = None) -> Budget:
    """What a planned run needs on this computer: steps, time, disk, memory, what to change if it does not fit.

    Reads the headers of the base's weights and earlier runs' times: some 20 ms. For any thread.

    Args:
        plan: From `plan_project` or `create.plan_run`.
        hardware: From `probe_hardware` for the folder the run will be in.
        kept_free_bytes: Memory left to everyone else; `Settings.memory_kept_free_mib` times MIB.
        card_index: `Settings.graphics_card`; None takes the first card.

    Raises:
        StudioError: The base cannot be read.
    """
    config = plan.resolved.config
    shape = shape_of(find_base(config.base.source))
    buckets = {size: len(members) for size, members in bucket_plan(plan.pictures.trained_on).buckets.items()}
    device = estimate_memory(config, shape, hardware, kept_free_bytes, card_index).device
    return estimate(
        config, plan.resolved.origins, plan.length, buckets, shape, hardware, find_timing(config, device),
        kept_free_bytes, card_index, find_tuning_for(config, device, hardware.driver),
    )  # fmt: skip
