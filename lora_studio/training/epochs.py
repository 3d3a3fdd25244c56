"""The end of an epoch: its adapter is kept, checked and sampled; and at the end of the run, exported."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lora_studio import storage
from lora_studio.adapters.lora import without_adapter
from lora_studio.config.training import TrainingConfig
from lora_studio.families.base import Components, Family
from lora_studio.families.pictures import least_room_bytes
from lora_studio.runs import events
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.picture_facts import read_picture_facts, save_picture
from lora_studio.runs.pictures import PictureEntry
from lora_studio.runs.sheet import write_sheet
from lora_studio.training.averaging import ShownWeights
from lora_studio.training.base_alone import BaseAlone
from lora_studio.training.latents import LatentSource
from lora_studio.training.preview import draw_sample
from lora_studio.training.reporter import Reporter
from lora_studio.training.snapshots import save_adapter
from lora_studio.training.step import TrainingStep
from lora_studio.training.text import TextSource
from lora_studio.training.validation import validation_loss

log = logging.getLogger(__name__)

NO_ROOM_TO_DRAW = events.Notice(
    code="no_room_to_draw",
    title="The graphics card had no room to draw samples.",
    detail="Training goes on without them. Close other programs that use the card, or draw them later in Compare.",
)


class EpochKeeper:
    """Keeps, checks and draws what an epoch made. Epoch 0 is the base alone."""

    def __init__(
        self,
        run: RunFolder,
        config: TrainingConfig,
        reporter: Reporter,
        family: Family,
        components: Components,
        unet: nn.Module,
        text: TextSource,
        check_pictures: Sequence[PictureEntry],
        check_latents: LatentSource,
        device: torch.device,
        weights: ShownWeights,
        steps: TrainingStep,
        base_alone: BaseAlone,
    ) -> None:
        """Draws with what `steps` has ready, and asks it for room before. What `base_alone` knows is not done anew."""
        self._run = run
        self._config = config
        self._reporter = reporter
        self._family = family
        self._components = components
        self._unet = unet
        self._text = text
        self._check_pictures = check_pictures
        self._check_latents = check_latents
        self._device = device
        self._weights = weights
        self._steps = steps
        self._base_alone = base_alone

    def is_whole(self, epoch: int, step: int) -> bool:
        """Whether the epoch's end at `step` was told to its last word, the check loss.

        Files alone cannot say so: `SampleNow` and `Stop` leave some from the middle of an epoch.
        """
        preview = self._config.preview
        was_told = False
        for event in events.EventReader(self._run.events_path).read(last_steps=0):
            if isinstance(event, events.Checkpoint | events.Validation) and event.step == step:
                was_told = isinstance(event, events.Validation)
        drawn = len(self._run.sample_paths(epoch)) >= len(preview.prompts) or not preview.enabled
        kept = not epoch or self._run.epoch_path(epoch).is_file()
        return drawn and kept and was_told

    def finish(self, epoch: int, step: int) -> None:
        """Keeps the epoch's adapter, draws the samples and measures the check loss.

        Raises:
            AskedToEnd: Between two samples; the epoch is made up for when the run goes on.
        """
        if epoch:
            self.keep(epoch, step)
        self.draw(epoch, step, anew=False)  # first: people wait for the pictures
        self._reporter.write(events.Validation(step=step, epoch=epoch, loss=self._check_loss(epoch)))

    def _check_loss(self, epoch: int) -> float:
        # With what a file has learned, nothing is of the base alone but its samples.
        is_alone = not epoch and not self._config.adapter.start_from
        known = self._base_alone.loss(self._check_pictures) if is_alone else None
        if known is not None:
            return known
        with self._weights.shown(), self._steps.answering():
            loss = validation_loss(
                self._config, self._family, self._components, self._unet, self._check_pictures,
                self._check_latents, self._text, self._device,
            )  # fmt: skip
        if is_alone:
            self._base_alone.keep_loss(self._check_pictures, loss)
        return loss

    def keep(self, epoch: int, step: int) -> None:
        """Saves the adapter as it is shown as the epoch's."""
        path = self._run.epoch_path(epoch)
        with self._weights.shown():
            save_adapter(path, self._components.loaded_networks(), self._config.base.family)
        self._reporter.write(events.EpochSaved(epoch=epoch, step=step, path=self._relative(path)))

    def draw(self, epoch: int, step: int, *, anew: bool = True) -> None:
        """Draws every sample prompt; without `anew` those that a pause or a kill left undrawn.

        Raises:
            AskedToEnd: Between two samples.
        """
        preview = self._config.preview
        if not preview.enabled:
            return
        if epoch or any(self._base_alone.picture(index) is None for index in range(len(preview.prompts))):
            self._steps.make_room(least_room_bytes(self._components, self._config.dataset.resolution_px**2))
        told = set() if anew else self._told_samples(epoch)
        for index, prompt in enumerate(preview.prompts):
            if index in told and self._is_drawn(epoch, step, index):
                continue
            self._reporter.phase("sampling", index, len(preview.prompts))
            began_s = time.perf_counter()
            try:
                path = self._save(self._image(epoch, index, prompt), epoch, step, index)
            except torch.OutOfMemoryError:
                self._reporter.write(NO_ROOM_TO_DRAW)
                break
            seconds = time.perf_counter() - began_s
            self._reporter.write(
                events.Sample(epoch=epoch, prompt_index=index, path=self._relative(path), seconds=seconds)
            )
        self._reporter.phase("sampling", len(preview.prompts), len(preview.prompts))

    def _image(self, epoch: int, index: int, prompt: str) -> Any:
        """A sample (PIL, RGB); those of the base alone are drawn once for a project."""
        if epoch:
            return self._draw_leanly(epoch, index, prompt)
        image = self._base_alone.picture(index)
        if image is None:
            image = self._draw_leanly(epoch, index, prompt)
            self._base_alone.keep_picture(index, image)
        return image

    def _draw_leanly(self, epoch: int, index: int, prompt: str) -> Any:
        """Draws a sample; once more with all memory that training can do without, where it did not suffice."""
        # An adapter that began with what a file has learned is no base alone before its first step either. Not beside
        # recordings: made without the adapter, they would be replayed without it ever after.
        is_alone = not epoch and self._config.adapter.start_from
        way = without_adapter(self._components.loaded_networks()) if is_alone else self._steps.answering()
        with self._weights.shown(), way:
            try:
                return self._draw_one(index, prompt)
            except torch.OutOfMemoryError:
                log.info("no room to draw; once more with what training can do without")
            # Out here: the error held what it was working with.
            self._steps.make_way()
            return self._draw_one(index, prompt)

    def _draw_one(self, index: int, prompt: str) -> Any:
        config, preview = self._config, self._config.preview
        return draw_sample(
            self._family, self._components, self._text, prompt, preview, preview.seed + index,
            config.dataset.resolution_px, self._device,
        )  # fmt: skip

    def _save(self, image: Any, epoch: int, step: int, index: int) -> Path:
        storage.make_dir(self._run.sample_dir(epoch))
        path = self._run.sample_path(epoch, index + 1)
        save_picture(
            image, path, self._facts(epoch, step, index) | {"width_px": image.width, "height_px": image.height}
        )
        return path

    def _facts(self, epoch: int, step: int, index: int) -> dict[str, Any]:
        """What a sample is drawn from, as it is kept inside the picture."""
        config, preview = self._config, self._config.preview
        return {
            "prompt": preview.prompts[index], "negative_prompt": preview.negative_prompt, "seed": preview.seed + index,
            "steps": preview.steps, "guidance": preview.guidance, "base": Path(config.base.source).name,
            "adapter": config.name if epoch else None, "epoch": epoch, "step": step,
        }  # fmt: skip

    def _is_drawn(self, epoch: int, step: int, index: int) -> bool:
        """Whether the prompt's sample is of this very step, not of the epoch's middle."""
        facts = read_picture_facts(self._run.sample_path(epoch, index + 1))
        return facts.items() >= self._facts(epoch, step, index).items()

    def _told_samples(self, epoch: int) -> set[int]:
        told = events.EventReader(self._run.events_path).read(last_steps=0)
        return {event.prompt_index for event in told if isinstance(event, events.Sample) and event.epoch == epoch}

    def export(self, epoch: int) -> list[str]:
        """Writes the adapter to share and the sheet; returns the exports' paths inside the run."""
        self._reporter.write(events.Phase(name="exporting", done=0, total=1))
        result = export_epoch(self._run, epoch)
        if self._run.sampled_epochs():
            write_sheet(self._run)
        return [self._relative(result.path)]

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._run.path).as_posix()
