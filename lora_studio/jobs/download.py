"""Getting a base model from the Hugging Face hub, in a process that lives only while it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lora_studio import paths, storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hub.offer import Offer, parse_id
from lora_studio.jobs.told_process import run_told

PARTIAL_PREFIX = ".partial-"  # a search for models passes names over that begin with a dot
HUB_SETTINGS = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


def look_up(text: str, file: str = "") -> Offer:
    """What the hub has under an id: licence, files and sizes. Asks the network; for any thread but the window's own.

    Raises:
        StudioError: `hub_bad_id`; as `lora_studio.hub.__main__.look_up`; `hub_failed` when the process died.
    """
    words = ["look", parse_id(text), *([file] if file else [])]
    told = run_told("lora_studio.hub", words, _failure(text), settings=HUB_SETTINGS)
    return Offer.model_validate(told["offer"])


def place_of(offer: Offer) -> Path:
    """Where the model comes to lie: a folder of its own, or a file in it. What `find_base` takes."""
    folder = paths.models_dir() / offer.folder_name
    return folder if offer.is_folder else folder / Path(offer.files[0].name).name


def download(
    offer: Offer, progress: Callable[[int, int], None] | None = None, cancelled: Callable[[], bool] | None = None
) -> Path:
    """Downloads a model into the app's own folder, where it appears once it is whole and checked; returns its place.

    What was downloaded before it was called off or broke is kept, and the next call goes on from there. For any
    thread; `progress` hears bytes that have come and all bytes, on it.

    Raises:
        StudioError: `hub_here_already`; `disk_full` before anything is asked for; `cancelled`; as
            `lora_studio.hub.__main__.get`; `hub_failed` when the process died; disk errors.
    """
    place = place_of(offer)
    final = paths.models_dir() / offer.folder_name
    if final.exists():
        raise StudioError(
            "hub_here_already", f"{offer.model_id} is here already.", f"It lies in {final}, which was not touched.",
            "Use it, or remove that folder to get the model again.",
        )  # fmt: skip
    partial = storage.make_dir(final.with_name(PARTIAL_PREFIX + offer.folder_name + "-" + offer.revision[:12]))
    total = max(1, offer.size_bytes)
    have = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
    storage.check_room(final, max(0, total - have))

    def hear(told: Mapping[str, Any]) -> None:
        if progress and "done" in told:
            progress(min(told["done"], total), total)

    words = ["get", offer.model_dump_json(), str(partial)]
    run_told("lora_studio.hub", words, _failure(offer.model_id), hear, cancelled, HUB_SETTINGS)
    if not offer.is_folder and "/" in offer.files[0].name:
        (partial / offer.files[0].name).replace(partial / place.name)
    storage.publish_dir(partial, final)
    return place


def _failure(name: str) -> StudioError:
    return StudioError(
        "hub_failed", f"{name} could not be downloaded.",
        "The process that talks to the hub ended. What has come is kept.",
        "Try again, and if it stays so, report it.", ExitCode.UNEXPECTED,
    )  # fmt: skip
