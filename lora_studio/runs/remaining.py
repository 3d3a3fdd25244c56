"""A run whose pictures were edited or removed goes on with what is left of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lora_studio import storage
from lora_studio.dataset.buckets import cover
from lora_studio.dataset.images import inspect_picture
from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs.events import EventWriter, Notice
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import hold, is_alive
from lora_studio.runs.pictures import MaskEntry, PictureEntry, RunPictures
from lora_studio.runs.state import read_state


@dataclass(slots=True)
class _Looked:
    """What a look at the files found: entries as they are now, and what became of the others."""

    left: list[PictureEntry] = field(default_factory=list)
    gone: list[PictureEntry] = field(default_factory=list)
    edited_count: int = 0


def keep_what_is_left(run: RunFolder) -> Notice:
    """Writes the run's list of pictures anew from the files as they are; its next trainer goes on with them.

    Edited pictures and masks are taken as they are now, in the training size they had and with the captions of the
    list. Those that are gone, or cannot be opened any more, go to `RunPictures.gone`; others of the same training
    size, or else of the nearest shape, are shown more often instead, so the run stays as long as it was planned.
    Reads every picture once, so not for the GUI thread; the journal gets the notice that is returned.

    Raises:
        StudioError: `run_busy` while a trainer lives, `run_ended` when nothing is left to train, `pictures_gone`
            when no picture is there, and the list is as it was; or a disk error.
    """
    if is_alive(run):
        raise StudioError(
            "run_busy", "This run is already training.", "Its pictures were not changed.",
            "Pause it first, then go on with what is left.", ExitCode.BUSY,
        )  # fmt: skip
    state = read_state(run)
    if state.kind == "done":
        raise StudioError(
            "run_ended", "This run is finished.", "It needs its pictures no more.", "Start a new run instead.",
        )  # fmt: skip
    saved_step = state.checkpoint_step or 0
    with hold(run), EventWriter(run.events_path) as journal:
        with storage.read_errors(run.images_path):
            listed = RunPictures.model_validate_json(run.images_path.read_bytes())
        training, held_back, prior = (_look(entries) for entries in (listed.training, listed.held_back, listed.prior))
        if not training.left or (listed.prior and not prior.left):
            raise StudioError(
                "pictures_gone", "None of this run's pictures is there any more.",
                "The drive may be unplugged or the folder moved. What was saved is untouched.",
                "Connect the drive and resume, or start a new run.",
            )  # fmt: skip
        remaining = RunPictures(
            training=tuple(_fill_in(training)),
            held_back=tuple(held_back.left),
            prior=tuple(_fill_in(prior)),
            gone=(*listed.gone, *training.gone, *held_back.gone, *prior.gone),
        )
        storage.write_file(run.images_path, remaining.model_dump_json(indent=1).encode())
        edited = training.edited_count + held_back.edited_count + prior.edited_count
        gone_count = len(training.gone) + len(held_back.gone) + len(prior.gone)
        notice = Notice(
            code="went_on_with_less",
            title=f"From step {saved_step + 1:,} on, this run learns from what is left.",
            detail=f"Pictures that were edited: {edited:,}. Pictures that are gone: {gone_count:,}.",
        )
        journal.write(notice)
    return notice


def _look(entries: Iterable[PictureEntry]) -> _Looked:
    looked = _Looked()
    for entry in entries:
        now = _as_it_is(entry)
        if now is None:
            looked.gone.append(entry)
            continue
        looked.left.append(now)
        looked.edited_count += now != entry
    return looked


def _as_it_is(entry: PictureEntry) -> PictureEntry | None:
    """The entry for its file as it is now, None if there is no such picture."""
    path = Path(entry.path)
    if not path.is_file():
        return None
    now = entry
    if storage.sha256_file(path) != entry.content_sha256:
        try:
            found = inspect_picture(path)
        except StudioError:
            return None
        placement = cover((found.width_px, found.height_px), _bucket(entry))
        now = now.model_copy(update={"content_sha256": found.content_sha256, "placement": placement})
    return now.model_copy(update={"mask": _mask_as_it_is(entry.mask)})


def _mask_as_it_is(mask: MaskEntry | None) -> MaskEntry | None:
    """None too for a mask that is gone or cannot be opened: its picture is then learned whole."""
    if mask is None:
        return None
    path = Path(mask.path)
    try:
        digest = storage.sha256_file(path)
        if digest != mask.content_sha256:
            inspect_picture(path)
    except StudioError:
        return None
    return mask.model_copy(update={"content_sha256": digest})


def _fill_in(looked: _Looked) -> list[PictureEntry]:
    """What is left, shown so often that every training size keeps its looks, and with them the run its steps."""
    left = list(looked.left)
    missing: dict[tuple[int, int], list[int]] = {}
    for entry in looked.gone:
        missing.setdefault(_bucket(entry), []).append(entry.repeats)
    for bucket, repeats in missing.items():
        places = [place for place, entry in enumerate(looked.left) if _bucket(entry) == bucket]
        if not places:
            by_shape = sorted(looked.left, key=lambda entry: abs(_shape(_bucket(entry)) - _shape(bucket)))
            nearest = by_shape[: len(repeats)]
            places = list(range(len(left), len(left) + len(nearest)))
            left += [_placed(entry, bucket) for entry in nearest]
        for number in range(sum(repeats)):
            place = places[number % len(places)]
            left[place] = left[place].model_copy(update={"repeats": left[place].repeats + 1})
    return left


def _placed(entry: PictureEntry, bucket: tuple[int, int]) -> PictureEntry:
    """The same picture in another training size, so far not shown in it."""
    placement = cover(entry.placement.picture_size_px, bucket)
    return entry.model_copy(update={"placement": placement, "repeats": 0})


def _bucket(entry: PictureEntry) -> tuple[int, int]:
    return entry.placement.bucket_width_px, entry.placement.bucket_height_px


def _shape(size: tuple[int, int]) -> float:
    return math.log(size[0] / size[1])
