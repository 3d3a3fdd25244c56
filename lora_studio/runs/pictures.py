"""The frozen list of a run's pictures: what is trained on, with which words, cropped how."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from lora_studio.config.findings import Finding
from lora_studio.config.length import RunLength, plan_length
from lora_studio.config.training import DatasetSettings, MaskChoice, ScheduleSettings
from lora_studio.dataset.buckets import BucketPlan, Placement, plan_buckets, steps_per_epoch
from lora_studio.dataset.captions import prepare_caption
from lora_studio.dataset.scan import ImageRecord, ScanReport
from lora_studio.dataset.wording import finding


class MaskEntry(BaseModel):
    """Where to look in a picture; with `is_alpha`, `path` is the picture, of which the opaque parts count whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    content_sha256: str
    is_alpha: bool = False


class PictureEntry(BaseModel):
    """One picture of a run: its file and content, its whole caption, and its place in a bucket."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    content_sha256: str
    caption: str
    repeats: int
    placement: Placement
    mask: MaskEntry | None = None
    is_prior: bool = False


class RunPictures(BaseModel):
    """What `images.json` holds: the pictures to learn, those only used to check, and those that keep their kind.

    `gone` are those that the run looked at until they were removed; see `runs.remaining`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: tuple[PictureEntry, ...]
    held_back: tuple[PictureEntry, ...] = ()
    prior: tuple[PictureEntry, ...] = ()
    gone: tuple[PictureEntry, ...] = ()

    @property
    def trained_on(self) -> tuple[PictureEntry, ...]:
        """All that steps look at: the pictures to learn first, then those of the kind."""
        return (*self.training, *self.prior)


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
            mask=_mask_of(image, settings.masks),
        )
        for image, placement in zip(report.images, plan.placements, strict=True)
    )


def _mask_of(image: ImageRecord, wish: MaskChoice) -> MaskEntry | None:
    if wish == "transparency" and image.has_alpha:
        return MaskEntry(path=str(image.path), content_sha256=image.content_sha256, is_alpha=True)
    mask = image.mask
    if wish in ("off", "transparency") or mask is None:
        return None
    if wish == "fitting" and not mask.fits(image.width_px, image.height_px):
        return None
    return MaskEntry(path=str(mask.path), content_sha256=mask.content_sha256)


def check_masks(report: ScanReport, pictures: Sequence[PictureEntry], settings: DatasetSettings) -> list[Finding]:
    """Which pictures of a report are learned by a mask, and which masks cannot be used as they are."""
    pairs = list(zip(report.images, pictures, strict=True))
    used = [image.relative for image, picture in pairs if picture.mask]
    findings = [finding("masked", used)] if used else []
    odd = [image.relative for image, picture in pairs if image.mask and not picture.mask]
    if settings.masks == "fitting" and odd:
        stretch = finding("mask_mismatch", odd)
        findings.append(stretch.model_copy(update={"fix": {"dataset": {"masks": "stretched"}}}))
    return findings


def list_prior(report: ScanReport, settings: DatasetSettings, looks: int) -> tuple[PictureEntry, ...]:
    """Pictures of the kind with their own captions, for `looks` looks in a pass: spread over all, as even as can be."""
    plain = list_pictures(report, settings.model_copy(update={"trigger": "", "masks": "off"}))
    shares = [(index + 1) * looks // len(plain) - index * looks // len(plain) for index in range(len(plain))]
    return tuple(
        entry.model_copy(update={"repeats": share, "is_prior": True})
        for entry, share in zip(plain, shares, strict=True)
        if share
    )


def length_of(pictures: RunPictures, schedule: ScheduleSettings) -> RunLength:
    """How many steps and epochs a run of these pictures takes."""
    repeats = [picture.repeats for picture in pictures.trained_on]
    batches = steps_per_epoch(bucket_plan(pictures.trained_on), repeats, schedule.batch_size)
    return plan_length(schedule, sum(repeats), batches)


def bucket_plan(pictures: Sequence[PictureEntry]) -> BucketPlan:
    """The plan that the entries were placed by."""
    return BucketPlan(tuple(picture.placement for picture in pictures))
