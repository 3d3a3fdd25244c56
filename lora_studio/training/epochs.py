"""The end of an epoch: its adapter is kept, checked and sampled; and at the end of the run, exported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from lora_studio import storage
from lora_studio.config.training import TrainingConfig
from lora_studio.families.base import Components, Family
from lora_studio.runs import events
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.picture_facts import read_picture_facts
from lora_studio.runs.pictures import PictureEntry
from lora_studio.runs.sheet import write_sheet
from lora_studio.training.averaging import ShownWeights
from lora_studio.training.base_alone import BaseAlone
from lora_studio.training.group import Group, Order
from lora_studio.training.latents import LatentSource
from lora_studio.training.reporter import Reporter
from lora_studio.training.samples import DrawnSample, SampleDrawer
from lora_studio.training.snapshots import save_adapter
from lora_studio.training.step import TrainingStep
from lora_studio.training.text import TextSource
from lora_studio.training.validation import validation_loss

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
        samples: SampleDrawer,
        group: Group,
        base_alone: BaseAlone,
    ) -> None:
        """Checks with what `steps` has ready; a check loss that `base_alone` knows is not measured anew."""
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
        self._samples = samples
        self._group = group
        self._base_alone = base_alone

    def is_whole(self, epoch: int, step: int) -> bool:
        """Whether the epoch's end at `step` was told to its last word, the check loss.

        Files alone cannot say so: `SampleNow` and `Stop` leave some from the middle of an epoch. What was told of the
        base alone counts for good; its save point may be told after it.
        """
        preview = self._config.preview
        was_told = False
        for event in events.EventReader(self._run.events_path).read(last_steps=0):
            if isinstance(event, events.Checkpoint | events.Validation) and event.step == step:
                was_told = isinstance(event, events.Validation) or (was_told and not step)
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
        self._group.tell(Order.CHECK)
        loss = self.measure()
        if is_alone:
            self._base_alone.keep_loss(self._check_pictures, loss)
        return loss

    def measure(self) -> float:
        """The check loss, to which all processes of the group come together."""
        with self._weights.shown(), self._steps.answering():
            return validation_loss(
                self._config, self._family, self._components, self._unet, self._check_pictures,
                self._check_latents, self._text, self._device, self._group,
            )  # fmt: skip

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
        told = set() if anew else self._told_samples(epoch)
        count = len(preview.prompts)
        left = [index for index in range(count) if index not in told or not self._is_drawn(epoch, step, index)]
        done, had_room = count - len(left), True
        self._reporter.phase("sampling", done, count)
        for sample in self._samples.draw(epoch, step, left, self._reporter.listen):
            if sample.png:
                self._keep_sample(epoch, sample)
            elif had_room:
                self._reporter.write(NO_ROOM_TO_DRAW)
                had_room = False
            done += 1
            self._reporter.phase("sampling", done, count)

    def _keep_sample(self, epoch: int, sample: DrawnSample) -> None:
        storage.make_dir(self._run.sample_dir(epoch))
        path = self._run.sample_path(epoch, sample.prompt_index + 1)
        storage.write_file(path, sample.png)
        self._reporter.write(
            events.Sample(
                epoch=epoch, prompt_index=sample.prompt_index, path=self._relative(path), seconds=sample.seconds
            )
        )

    def _is_drawn(self, epoch: int, step: int, index: int) -> bool:
        """Whether the prompt's sample is of this very step, not of the epoch's middle."""
        facts = read_picture_facts(self._run.sample_path(epoch, index + 1))
        return facts.items() >= self._samples.facts(epoch, step, index).items()

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
