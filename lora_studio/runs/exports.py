"""From an epoch of a run to the adapter file that is shared."""

from __future__ import annotations

import io
import time
from pathlib import Path

from PIL import Image

from lora_studio import storage
from lora_studio.config.resolve import read_config
from lora_studio.config.training import AdapterSettings, TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.runs.events import EpochSaved, EventReader, Started
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures, bucket_plan, length_of
from lora_studio.weights.export import ExportResult, export_kohya
from lora_studio.weights.metadata import AdapterFacts, BucketCount, adapter_metadata

COVER_PX = 256


def export_epoch(
    run: RunFolder, epoch: int | None = None, target: Path | None = None, strength: float = 1.0
) -> ExportResult:
    """Writes an epoch's adapter in the scheme that other programs load, read back and compared.

    Args:
        run: The run.
        epoch: Which epoch; None takes the last one.
        target: Where to; None puts it into the run's `exports/` under the run's name, with the epoch in the
            name unless it is the last.
        strength: Folded in: 1 in any program is then this strength of the epoch.

    Raises:
        StudioError: `no_epoch` when there is none such; else as `export_kohya`.
    """
    epochs = run.epochs()
    chosen = epochs[-1] if epoch is None and epochs else epoch
    if chosen is None or chosen not in epochs:
        there = f"It has epochs {epochs[0]} to {epochs[-1]}." if epochs else "It has none yet."
        raise StudioError(
            "no_epoch", "This run has no such epoch." if epochs else "This run has no finished epoch.", there,
            "Choose another epoch, or let the run go on.",
        )  # fmt: skip
    config = read_config(run.config_path)
    if target is None:
        suffix = "" if chosen == epochs[-1] else f"-epoch{chosen:02d}"
        target = run.exports_dir / f"{config.name}{suffix}.safetensors"
    elif target.suffix.lower() != ".safetensors" or target.is_dir():
        raise StudioError(
            "bad_file_name", f"{target.name} cannot be the name of an adapter file.",
            "Programs know adapters by the ending .safetensors.", f"For example: --out {config.name}.safetensors",
        )  # fmt: skip
    storage.make_dir(target.parent)
    facts = _facts(run, config, chosen, target.stem)
    metadata = adapter_metadata(facts)
    return export_kohya(run.epoch_path(chosen), target, metadata, config.output.export_dtype, strength)


def _facts(run: RunFolder, config: TrainingConfig, epoch: int, output_name: str) -> AdapterFacts:
    listed = RunPictures.model_validate_json(run.images_path.read_bytes())
    pictures, length = listed.training, length_of(listed, config.schedule)
    plan = bucket_plan(pictures)
    repeats = [picture.repeats for picture in pictures]
    journal = EventReader(run.events_path).read()
    started_at = next((event.t for event in journal if isinstance(event, Started)), time.time())
    saved = next((e for e in reversed(journal) if isinstance(e, EpochSaved) and e.epoch == epoch), None)
    adapter, optimizer, dataset = config.adapter, config.optimizer, config.dataset
    # What Prodigy finds is multiplied with these.
    rate, text_rate = (
        (1.0, 1.0) if optimizer.type == "prodigy" else (optimizer.learning_rate, optimizer.text_encoder_rate)
    )
    return AdapterFacts(
        family=config.base.family,
        prediction="v" if config.base.prediction == "v_prediction" else "epsilon",
        base_model_name=config.base.source,
        output_name=output_name,
        title=config.name,
        trigger=dataset.trigger or None,
        author=config.output.author or None,
        license=config.output.license or None,
        thumbnail_jpeg=_cover(run, epoch),
        rank=adapter.rank,
        alpha=adapter.alpha,
        kind=adapter.kind,
        network_args=_network_args(adapter),
        resolution_px=dataset.resolution_px,
        picture_count=len(pictures),
        prior_looks=sum(picture.repeats for picture in listed.prior),
        repeats=length.passes_per_epoch,
        buckets=tuple(
            BucketCount(width_px=size[0], height_px=size[1], count=sum(repeats[i] for i in members))
            for size, members in plan.buckets.items()
        ),
        epoch=epoch,
        epochs=length.epochs,
        steps=saved.step if saved else min(length.total_steps, epoch * length.steps_per_epoch),
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


def _network_args(adapter: AdapterSettings) -> dict[str, str]:
    if adapter.kind == "lora":
        return {"rs_lora": "True"} if adapter.rank_stabilized else {}
    factor = {"factor": str(adapter.lokr_factor)} if adapter.kind == "lokr" else {}
    return {"algo": adapter.kind, **factor}


def _cover(run: RunFolder, epoch: int) -> bytes | None:
    """The epoch's first sample as a small JPEG, or None without samples."""
    samples = run.sample_paths(epoch)
    if not samples:
        return None
    with Image.open(samples[0]) as opened:
        return cover_jpeg(opened.convert("RGB"))


def cover_jpeg(picture: Image.Image) -> bytes:
    """A picture as the small JPEG that lists of models show. RGB; `picture` itself becomes small."""
    picture.thumbnail((COVER_PX, COVER_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
