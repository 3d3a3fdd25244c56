"""The frozen list of a run's pictures: what is trained on, with which words, cropped how."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from lora_studio.config.training import DatasetSettings
from lora_studio.dataset.buckets import BucketPlan, Placement, plan_buckets
from lora_studio.dataset.captions import prepare_caption
from lora_studio.dataset.scan import ScanReport


class PictureEntry(BaseModel):
    """One picture of a run: its file and content, its whole caption, and its place in a bucket."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    content_sha256: str
    caption: str
    repeats: int
    placement: Placement


class RunPictures(BaseModel):
    """What `images.json` holds: the pictures trained on, and those only used to check."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: tuple[PictureEntry, ...]
    held_back: tuple[PictureEntry, ...] = ()


def list_pictures(report: ScanReport, settings: DatasetSettings) -> tuple[PictureEntry, ...]:
    """Every picture of the report, captioned with the trigger word and placed by the settings' buckets."""
    plan = plan_buckets(
        [(image.width_px, image.height_px) for image in report.images],
        settings.resolution_px,
        settings.bucket_multiple_px,
        settings.buckets,
    )
    return tuple(
        PictureEntry(
            path=str(image.path),
            content_sha256=image.content_sha256,
            caption=prepare_caption(image.caption or "", settings.trigger, settings.trigger_place),
            repeats=image.repeats,
            placement=placement,
        )
        for image, placement in zip(report.images, plan.placements, strict=True)
    )


def bucket_plan(pictures: Sequence[PictureEntry]) -> BucketPlan:
    """The plan that the entries were placed by."""
    return BucketPlan(tuple(picture.placement for picture in pictures))
