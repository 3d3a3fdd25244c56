"""From an epoch of a run to the adapter file that is shared."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from lora_studio import storage
from lora_studio.config.resolve import leaves, read_config
from lora_studio.config.training import AdapterSettings
from lora_studio.dataset.images import open_picture
from lora_studio.errors import StudioError
from lora_studio.runs.events import EpochSaved, EventReader, Started
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures, bucket_plan, length_of
from lora_studio.weights.convert import write_lora
from lora_studio.weights.export import ExportResult, export_kohya
from lora_studio.weights.lora import read_lora
from lora_studio.weights.metadata import FURTHER_SETTINGS, AdapterFacts, BucketCount, adapter_metadata
from lora_studio.weights.publishing import leave_out
from lora_studio.weights.strength import metadata_at, with_strength
from lora_studio.weights.writing import ExportDtype

COVER_PX = 256


@dataclass(frozen=True, slots=True)
class ExportWords:
    """What a person says in the file in place of what the run says; None keeps that, and empty leaves it out.

    `cover` is a picture to take in place of the epoch's first sample. `left_out` are keys and groups as
    `weights.publishing` lists them. Of the captions nothing is written unless `with_tags` asks for it.
    """

    title: str | None = None
    author: str | None = None
    license: str | None = None
    notes: str | None = None
    suggested_strength: float | None = None
    cover: Path | None = None
    left_out: frozenset[str] = frozenset()
    with_tags: bool = False


@dataclass(frozen=True, slots=True)
class ExportForm:
    """How an epoch is written: `strength` is folded in, a `dtype` of None is the one of the run's settings."""

    strength: float = 1.0
    dtype: ExportDtype | None = None
    also_diffusers: bool = False
    words: ExportWords = ExportWords()


AS_IT_IS = ExportForm()


def export_epoch(
    run: RunFolder, epoch: int | None = None, target: Path | None = None, form: ExportForm = AS_IT_IS
) -> ExportResult:
    """Writes an epoch's adapter in the scheme that other programs load, read back and compared.

    With `form.also_diffusers` the same adapter comes to `diffusers_path(target)` too; both are written or none.

    Args:
        run: The run.
        epoch: Which epoch; None takes the last one.
        target: Where to; None takes `default_target`.
        form: Precision, strength, and what the file says.

    Raises:
        StudioError: `no_epoch` when there is none such; else as `plan_metadata`, `export_kohya` and `write_lora`. No
            new file is left then.
    """
    chosen = _choose_epoch(run, epoch)
    config = read_config(run.config_path)
    if target is None:
        target = default_target(run, chosen)
    elif target.suffix.lower() != ".safetensors" or target.is_dir():
        raise StudioError(
            "bad_file_name", f"{target.name} cannot be the name of an adapter file.",
            "Programs know adapters by the ending .safetensors.", f"For example: --out {config.name}.safetensors",
        )  # fmt: skip
    metadata = plan_metadata(gather_facts(run, chosen, target.stem, with_tags=form.words.with_tags), form.words)
    if form.also_diffusers and config.adapter.kind != "lora":
        raise StudioError(
            "diffusers_not_offered", "diffusers reads plain LoRA files only, and this is another kind of adapter.",
            "Nothing was written.", "Leave out the file for diffusers, or make the saved file plain with Convert.",
        )  # fmt: skip
    source, dtype = run.epoch_path(chosen), form.dtype or config.output.export_dtype
    storage.make_dir(target.parent)
    if not form.also_diffusers:
        return export_kohya(source, target, metadata, dtype, form.strength)
    staging = storage.new_temp_dir(target.parent, "export")
    try:
        second = diffusers_path(target)
        staged = staging / second.name
        lora = with_strength(replace(read_lora(source), metadata=metadata), form.strength)
        write_lora(staged, lora.family, lora.modules, lora.metadata, "diffusers", dtype)
        was_there = target.exists()
        result = export_kohya(source, target, metadata, dtype, form.strength)
        try:
            with storage.disk_errors(second):
                staged.replace(second)
        except StudioError:
            if not was_there:
                target.unlink()
            raise
        return result
    finally:
        storage.remove_tree(staging)


def default_target(run: RunFolder, epoch: int | None = None) -> Path:
    """In the run's `exports/` under the run's name, with the epoch in it unless it is the last, which None takes.

    Raises:
        StudioError: `no_epoch` when there is none such; or the run's settings cannot be read.
    """
    chosen = _choose_epoch(run, epoch)
    suffix = "" if chosen == run.epochs()[-1] else f"-epoch{chosen:02d}"
    return run.exports_dir / f"{read_config(run.config_path).name}{suffix}.safetensors"


def diffusers_path(target: Path) -> Path:
    """Where the second file of an export lies, the one for diffusers."""
    return target.with_stem(f"{target.stem}-diffusers")


def plan_metadata(facts: AdapterFacts, words: ExportWords, strength: float = 1.0) -> dict[str, str]:
    """What a file with these facts and words says, but for the hashes of its numbers.

    Raises:
        StudioError: as `leave_out`; as `open_picture` for the cover.
    """
    hint = None if words.suggested_strength is None else f"Strength {words.suggested_strength:g}"
    told: dict[str, str | bytes | None] = {
        "title": _plain(words.title) or None,
        "author": _plain(words.author),
        "license": _plain(words.license),
        "description": _plain(words.notes),
        "usage_hint": hint,
        "thumbnail_jpeg": None if words.cover is None else cover_jpeg(open_picture(words.cover)),
    }
    said = facts.model_copy(update={name: value for name, value in told.items() if value is not None})
    return leave_out(metadata_at(adapter_metadata(said), strength), words.left_out)


def _plain(text: str | None) -> str | None:
    """A person's words without what A1111 would decode as JSON."""
    return None if text is None else text.strip().lstrip("{")


def _choose_epoch(run: RunFolder, epoch: int | None) -> int:
    epochs = run.epochs()
    chosen = epochs[-1] if epoch is None and epochs else epoch
    if chosen is None or chosen not in epochs:
        there = f"It has epochs {epochs[0]} to {epochs[-1]}." if epochs else "It has none yet."
        raise StudioError(
            "no_epoch", "This run has no such epoch." if epochs else "This run has no finished epoch.", there,
            "Choose another epoch, or let the run go on.",
        )  # fmt: skip
    return chosen


def gather_facts(
    run: RunFolder, epoch: int | None = None, output_name: str | None = None, *, with_tags: bool = False
) -> AdapterFacts:
    """What the run knows about an epoch's adapter and may publish; reads settings, pictures' list, journal and sample.

    Args:
        run: The run.
        epoch: None takes the last one.
        output_name: Name of the file to be, without its ending; None takes the run's.
        with_tags: Counts in how many captions each part between commas stands.

    Raises:
        StudioError: `no_epoch`, or the run cannot be read.
    """
    chosen = _choose_epoch(run, epoch)
    config = read_config(run.config_path)
    with storage.read_errors(run.images_path):
        listed = RunPictures.model_validate_json(run.images_path.read_bytes())
    pictures, length = listed.training, length_of(listed, config.schedule)
    plan = bucket_plan(pictures)
    repeats = [picture.repeats for picture in pictures]
    journal = EventReader(run.events_path).read()
    started_at = next((event.t for event in journal if isinstance(event, Started)), time.time())
    saved = next((e for e in reversed(journal) if isinstance(e, EpochSaved) and e.epoch == chosen), None)
    adapter, optimizer, dataset = config.adapter, config.optimizer, config.dataset
    # What Prodigy finds is multiplied with these.
    rate, text_rate = (
        (1.0, 1.0) if optimizer.type == "prodigy" else (optimizer.learning_rate, optimizer.text_encoder_rate)
    )
    return AdapterFacts(
        family=config.base.family,
        prediction="v" if config.base.prediction == "v_prediction" else "epsilon",
        base_model_name=config.base.source,
        output_name=output_name or config.name,
        title=config.name,
        trigger=dataset.trigger or None,
        author=config.output.author or None,
        license=config.output.license or None,
        thumbnail_jpeg=_cover(run, chosen),
        rank=adapter.rank,
        alpha=adapter.alpha,
        tag_frequency=_count_tags(picture.caption for picture in pictures) if with_tags else None,
        kind=adapter.kind,
        network_args=_network_args(adapter),
        further_settings={
            path: value for path, value in leaves(config.model_dump(mode="json")) if path in FURTHER_SETTINGS
        },
        resolution_px=dataset.resolution_px,
        picture_count=len(pictures),
        prior_looks=sum(picture.repeats for picture in listed.prior),
        repeats=length.passes_per_epoch,
        buckets=tuple(
            BucketCount(width_px=size[0], height_px=size[1], count=sum(repeats[i] for i in members))
            for size, members in plan.buckets.items()
        ),
        epoch=chosen,
        epochs=length.epochs,
        steps=saved.step if saved else min(length.total_steps, chosen * length.steps_per_epoch),
        max_steps=length.total_steps,
        batch_size=config.schedule.batch_size,
        gradient_accumulation_steps=config.schedule.gradient_accumulation,
        learning_rate=rate,
        unet_learning_rate=rate,
        text_encoder_learning_rate=text_rate if adapter.train_text_encoder else None,
        optimizer=optimizer.type,
        scheduler=config.schedule.curve,
        mixed_precision=None if config.precision.compute == "auto" else config.precision.compute,
        seed=config.seed,
        min_snr_gamma=config.objective.min_snr_gamma,
        noise_offset=config.objective.noise_offset or None,
        caption_dropout=dataset.caption_dropout,
        clip_skip=config.base.clip_skip if config.base.clip_skip > 1 else None,
        loss_type="huber" if config.objective.loss == "huber" else None,
        zero_terminal_snr=config.objective.zero_terminal_snr,
        started_at=started_at,
        finished_at=saved.t if saved else time.time(),
    )


def _count_tags(captions: Iterable[str]) -> dict[str, int]:
    parts = ({" ".join(part.split()) for part in caption.replace("\n", ",").split(",")} for caption in captions)
    return Counter(part for caption in parts for part in sorted(caption) if part)


def _network_args(adapter: AdapterSettings) -> dict[str, str]:
    if adapter.kind == "lora":
        return {"rs_lora": "True"} if adapter.rank_stabilized else {}
    factor = {"factor": str(adapter.lokr_factor)} if adapter.kind == "lokr" else {}
    return {"algo": adapter.kind, **factor}


def _cover(run: RunFolder, epoch: int) -> bytes | None:
    """The epoch's first sample as a small JPEG, or None without samples."""
    samples = run.sample_paths(epoch)
    return cover_jpeg(open_picture(samples[0])) if samples else None


def cover_jpeg(picture: Image.Image) -> bytes:
    """A picture as the small JPEG that lists of models show. RGB; `picture` itself becomes small."""
    picture.thumbnail((COVER_PX, COVER_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
