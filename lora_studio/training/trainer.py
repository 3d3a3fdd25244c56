"""A training from its frozen folder to its last event: load, encode, learn, save.

Everything is decided by `config.json` and `images.json`; nothing is asked of anyone. What happens is told in
events, what is wished arrives as commands, and both are files of the run folder.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import torch
from accelerate import Accelerator

from lora_studio import __version__
from lora_studio.adapters.lora import add_adapter, trainable_parameters
from lora_studio.adapters.start import begin_from
from lora_studio.bases import BaseModel, find_base
from lora_studio.config.resolve import read_config
from lora_studio.dataset.captions import without_trigger
from lora_studio.errors import ExitCode, StudioError
from lora_studio.families.base import LoadOptions, Reading
from lora_studio.families.registry import family_of
from lora_studio.hardware.battery import Battery
from lora_studio.hardware.card_facts import Tuning
from lora_studio.runs import events
from lora_studio.runs.checkpoints import newest_whole
from lora_studio.runs.commands import SaveNow
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from lora_studio.training.averaging import ShownWeights
from lora_studio.training.base_alone import BaseAlone
from lora_studio.training.batches import BatchPlan
from lora_studio.training.cache import TensorCache
from lora_studio.training.epochs import EpochKeeper
from lora_studio.training.failures import describe_trial
from lora_studio.training.group import Group, Order, gather
from lora_studio.training.latents import LatentSource
from lora_studio.training.masks import MaskSource
from lora_studio.training.memory import DeviceMemory
from lora_studio.training.optimizers import (
    group_numbers,
    make_optimizer,
    parameter_groups,
    set_group_numbers,
    set_rate,
)
from lora_studio.training.precision import choose_device, compute_dtype
from lora_studio.training.randomness import derived_seed
from lora_studio.training.reporter import AskedToEnd, Ending, Journal, Reporter, Wishes
from lora_studio.training.samples import SampleDrawer
from lora_studio.training.saving import BackgroundSaver
from lora_studio.training.schedules import acting_schedule, rate_factor
from lora_studio.training.snapshots import TrainingState, load_state, state_files
from lora_studio.training.step import FastWay, NonFinite, TrainingStep, make_fast_way
from lora_studio.training.text import TextSource
from lora_studio.training.tuning import CudaStopwatch, Stopwatch, tuning_for
from lora_studio.weights.start import read_start

log = logging.getLogger(__name__)

TRIES_AFTER_NON_FINITE = 2
MIXED_PRECISION = {torch.float32: "no", torch.bfloat16: "bf16", torch.float16: "fp16"}
LOSS_SMOOTHING = 0.95
WAIT_POLL_S = 0.2
MAINS = Battery(lambda: False)
SIBLINGS = 32  # runs whose caches are looked into; each is listed once, whatever its size
PROGRESS_EVERY_S = 0.5  # thousands of pictures must not mean thousands of lines in the journal


class Trainer:
    """One run in this process. Use `prepare`, then `learn`; both may be interrupted at any moment."""

    def __init__(
        self,
        run: RunFolder,
        writer: Journal,
        commands: Wishes,
        battery: Battery = MAINS,
        fast_devices: Collection[str] = ("cuda",),
        group: Group | None = None,
        on_lost: Callable[[StudioError], None] = lambda error: None,
        stopwatch: Stopwatch | None = None,
    ) -> None:
        """On `battery` it waits; by itself it never looks at one. Without a `stopwatch` only NVIDIA cards are measured.

        Devices other than `fast_devices` train on the plain way; a processor gains nothing from the fast one. Without
        a `group` that another process leads, this one gathers its own when the settings ask for several cards;
        `on_lost` as in `Leader`.
        """
        self.run = run
        self._follows = group is not None
        self._group = group or Group()
        self._on_lost = on_lost
        self._fast_devices = fast_devices
        self._battery = battery
        self._stopwatch = stopwatch
        self._reporter = Reporter(writer, commands)
        self.config = read_config(run.config_path)
        self._pictures = RunPictures.model_validate_json(run.images_path.read_bytes())
        self.state = TrainingState()
        self.saved_step: int | None = None
        self._saver = BackgroundSaver(run, self.config.output.keep_checkpoints)
        self._asked_step = 0
        self._saved_at_s = time.monotonic()
        self._started_at_s = time.monotonic()
        self.exports: list[str] = []

    # ---- getting ready ----

    def prepare(self) -> None:
        """Loads the base, encodes pictures and captions, adds the adapter, and goes back to the newest save point.

        Raises:
            AskedToEnd: Someone asked to pause or stop meanwhile; nothing was changed.
            StudioError: The base, a picture or a save point cannot be used.
        """
        config = self.config
        if config.precision.cpu_threads:
            torch.set_num_threads(config.precision.cpu_threads)
        device = choose_device(config.precision)
        dtype = compute_dtype(config.precision.compute, device)
        self._accelerator = Accelerator(mixed_precision=MIXED_PRECISION[dtype], cpu=device.type == "cpu")
        self._device = self._accelerator.device
        if not self._follows:
            self._group = gather(self.run, config.precision.cards, self._device, self._on_lost)
        self._memory = DeviceMemory(self._device, config.precision.memory_limit_gib)
        self._reporter.take_peak_mib = self._memory.take_peak_mib
        self._load_base(dtype)
        self._encode()
        self._group.join(self._device)
        self._components.bring("unet")
        add_adapter(self._components.loaded_networks(), config.adapter, derived_seed(config.seed, "adapter"))
        if config.adapter.start_from and newest_whole(self.run) is None:
            start = read_start(self.run.start_path, config.base.family, config.adapter)
            begin_from(self._components.loaded_networks(), start)
        self._make_step()
        if not self._follows:
            self._group.tell(Order.TRY)
            self._tried = self._try_step()
            self._restore()

    def follow(self) -> None:
        """Does as the leading process says, for ever; what comes of it is told and saved there."""
        while True:
            order, numbers = self._group.hear()
            match order:
                case Order.TRY:
                    self._try_step()
                case Order.RESTORE:
                    self._read_back()
                    self._group.meet()
                case Order.STEP:
                    step, attempt = numbers
                    self._set_rate(step)
                    with suppress(NonFinite):  # the leading process sees it too, and says to go back
                        self._take_step(step, attempt, self._plan.batches(step))
                        self._weights.record(step)
                case Order.DRAW:
                    epoch, step, *prompts = numbers
                    self._samples.help(epoch, step, prompts)
                case Order.CHECK:
                    self._epochs.measure()

    def close(self) -> None:
        """Ends what helps to train, in other processes."""
        self._group.close()

    def _load_base(self, dtype: torch.dtype) -> None:
        self._reporter.phase("loading")
        base = self.config.base
        self._family = family_of(base.family)
        self._components = self._family.load(
            self._base_to_load(),
            LoadOptions(
                device=self._device,
                dtype=dtype,
                quantization=base.quantization,
                text_encoder_quantization=base.text_encoder_quantization,
                gradient_checkpointing=self.config.precision.gradient_checkpointing,
                parks=self._device.type == "cuda",
                reading=Reading(base.clip_skip, self.config.dataset.caption_tokens),
            ),
        )
        self._components.memory_limit_bytes = self._memory.limit_bytes
        if self.config.preview.enabled:
            self._components.load("vae")  # now, while the base is surely there
        self._reporter.phase("loading", 1, 1)

    def _base_to_load(self) -> BaseModel:
        base = replace(find_base(self.config.base.source), prediction=self.config.base.prediction)
        return replace(base, zero_terminal_snr=True) if self.config.objective.zero_terminal_snr else base

    def _encode(self) -> None:
        config = self.config
        # Most runs of a project differ in a setting or two, and not in what is encoded.
        cache = self._cache = TensorCache(self.run.cache_dir, others=islice(self.run.sibling_caches(), SIBLINGS))
        training, held_back = self._pictures.trained_on, self._pictures.held_back
        self._latents = LatentSource(training, self._components, cache, config.dataset.flip)
        self._latents.prepare(self._reporter.progress("caching"), self._group.share)
        self._masks = MaskSource(training, cache, config.objective.outside_mask)
        self._masks.prepare(self._latents.shape)
        self._check_pictures, self._check_latents = self._pictures.training, self._latents
        if held_back:
            self._check_pictures = held_back
            self._check_latents = LatentSource(held_back, self._components, cache, False)
            self._check_latents.prepare(self._reporter.progress("caching"), self._group.share)
        if config.adapter.train_text_encoder or config.dataset.shuffle_tags:  # read at every step
            self._components.bring(*self._components.encoder_names)
        self._text = TextSource(self._family, self._components, cache, config.adapter.train_text_encoder)
        captions = [picture.caption for picture in (*training, *self._check_pictures)]
        if config.objective.keep_base_share:
            captions += [without_trigger(picture.caption, config.dataset.trigger) for picture in training]
        wordings = sorted({*captions, *config.preview.prompts, config.preview.negative_prompt, ""})
        self._text.prepare(wordings, self._reporter.progress("encoding"))

    def _make_step(self) -> None:
        config, components = self.config, self._components
        unet_parameters = trainable_parameters(components.unet)
        encoders = [net for name, net in components.loaded_networks().items() if name != "unet"]
        text_parameters = [p for net in encoders for p in trainable_parameters(net)]
        groups = parameter_groups(unet_parameters, text_parameters, config.optimizer)
        self._plan = BatchPlan(self._pictures.trained_on, config)
        self.length = self._plan.length
        fast = self._fast_way()  # before accelerate changes the UNet
        raw = make_optimizer(groups, config.optimizer, self._device)
        self._unet, self._optimizer = self._accelerator.prepare(components.unet, raw)
        self._weights = ShownWeights(config, unet_parameters + text_parameters, raw)
        self._schedule = acting_schedule(config)
        self._take_step = TrainingStep(
            config, self._family, components, self._pictures.trained_on, self._latents, self._text,
            self._accelerator, self._unet, self._optimizer, unet_parameters + text_parameters, fast,
            self._masks if self._masks.has_any else None, self._group, self._plan.batches,
        )  # fmt: skip
        base_alone = BaseAlone(self._cache, config, components, self._text, self._device_name())
        self._samples = SampleDrawer(
            config, self._family, components, self._text, self._device, self._weights, self._take_step, self._group,
            base_alone,
        )  # fmt: skip
        self._epochs = EpochKeeper(
            self.run, config, self._reporter, self._family, components, self._unet, self._text, self._check_pictures,
            self._check_latents, self._device, self._weights, self._take_step, self._samples, self._group,
            base_alone,
        )  # fmt: skip

    def _fast_way(self) -> FastWay | None:
        config = self.config
        if config.precision.fast_step == "off" or self._device.type not in self._fast_devices:
            return None
        if config.adapter.kind != "lora":
            return None
        return make_fast_way(config, self._components, self._device, self._tuning())

    def _tuning(self) -> Tuning | None:
        """What is fastest on this card, which may be measured now. Several cards have to compute alike: none then."""
        precision, stopwatch = self.config.precision, self._stopwatch
        if stopwatch is None and self._device.type == "cuda" and torch.version.hip is None:
            stopwatch = CudaStopwatch(self._device)
        if precision.tuning == "off" or precision.cards > 1 or stopwatch is None:
            return None
        batch = self._plan.heaviest()
        _, height, width = self._latents.shape(batch[0])
        return tuning_for(
            self.config, self._components.unet, (height, width), len(batch), self._components.dtype, self._device,
            stopwatch, lambda done: self._reporter.phase("measuring", done),
        )  # fmt: skip

    def _try_step(self) -> events.StepTried:
        """Takes one whole step with the largest batch and undoes it, so that what cannot fit fails now.

        Raises:
            StudioError: `does_not_fit` when memory ends.
        """
        self._reporter.phase("testing")
        batch = self._plan.heaviest()
        place = self._pictures.trained_on[batch[0]].placement
        width_px, height_px = place.bucket_width_px, place.bucket_height_px
        parameters = [p for net in self._components.loaded_networks().values() for p in trainable_parameters(net)]
        untouched = [parameter.detach().to("cpu", copy=True) for parameter in parameters]
        scaler = self._accelerator.scaler
        scale = scaler.state_dict() if scaler is not None else {}
        counts = group_numbers(self._optimizer.optimizer)
        self._memory.give_back()
        began_s = time.perf_counter()
        try:
            self._take_step(0, 0, [batch])
        except NonFinite:
            log.info("the step that was tried left the range of numbers; training tries other noise")
        except (RuntimeError, MemoryError) as error:
            raise describe_trial(error, width_px, height_px, max(self.run.checkpoint_steps(), default=None)) from error
        seconds = time.perf_counter() - began_s
        used_mib = self._memory.used_mib()
        with torch.no_grad():
            for parameter, value in zip(parameters, untouched, strict=True):
                parameter.copy_(value)
        self._optimizer.optimizer.state.clear()
        set_group_numbers(self._optimizer.optimizer, counts)
        if scaler is not None:
            scaler.load_state_dict(scale)
        self._reporter.phase("testing", 1, 1)
        return events.StepTried(
            width_px=width_px,
            height_px=height_px,
            batch_size=len(batch),
            seconds=seconds,
            memory_mib=used_mib,
            memory_total_mib=self._memory.total_mib(),
        )

    def _restore(self) -> None:
        """Goes back to the newest save point, in all processes."""
        self._note_saved(wait=True)
        self._group.tell(Order.RESTORE)
        self._read_back()
        self._group.meet()  # until all have read it, nobody replaces it

    def _read_back(self) -> None:
        folder = newest_whole(self.run)
        if folder is None:
            return
        self.state = load_state(folder, self._components.loaded_networks(), self._optimizer.optimizer, self._weights)
        if self.state.base not in ("", self._components.fingerprint):
            raise StudioError(
                "base_changed",
                "The base model changed since this run was made.",
                f"{self.config.base.source} holds another model now. What was saved is untouched.",
                "Put the earlier model back, or start a new run.",
            )
        if self._accelerator.scaler is not None and self.state.scaler:
            self._accelerator.scaler.load_state_dict(self.state.scaler)
        self.saved_step = self._asked_step = self.state.step

    def announce(self) -> None:
        """Tells where this process starts, how far the run goes, and what a step takes."""
        self._reporter.write(
            events.Started(
                step=self.state.step,
                resumed_from=self.saved_step,
                total_steps=self.length.total_steps,
                total_epochs=self.length.epochs,
                pid=os.getpid(),
                device=self._device_name(),
                torch_version=torch.__version__,
                app_version=__version__,
            )
        )
        self._reporter.write(self._tried)

    # ---- learning ----

    def learn(self) -> Ending:
        """Trains to the end, or until someone asks to pause or stop; leaves a whole save point in any case."""
        self._started_at_s = time.monotonic() - self.state.seconds
        if self.saved_step is None:
            self._begin_to_save()  # written while the base alone is drawn
        try:
            self._finish_epoch_left_open()
            while self.state.step < self.length.total_steps:
                self._grant_wishes()
                self._wait_for_power()
                self._advance()
        except AskedToEnd as asked:
            self._save()
            if asked.ending == "stopped" and self.state.step:
                self._keep_what_there_is()
            return asked.ending
        finally:
            self._saver.close()
        self.exports = self._epochs.export(self.length.epochs)
        return "done"

    def _finish_epoch_left_open(self) -> None:
        """Makes up for what a kill between a save point and its samples left out."""
        step = self.state.step
        if step and not self.length.ends_epoch(step):
            return
        epoch = self.length.epoch_of(step) if step else 0
        if not self._epochs.is_whole(epoch, step):
            self._epochs.finish(epoch, step)

    def _grant_wishes(self) -> None:
        self._reporter.listen()
        while self._reporter.wishes:
            if isinstance(self._reporter.wishes.pop(0), SaveNow):
                self._save()
            else:
                self._epochs.draw(self.length.epoch_of(max(1, self.state.step)), self.state.step)

    def _wait_for_power(self) -> None:
        """Holds on, all saved, while the computer runs on its battery; commands are obeyed."""
        if not self._battery.is_in_use():
            return
        self._save()
        began_s = time.monotonic()
        self._reporter.phase("waiting")
        while self._battery.is_in_use():
            self._reporter.listen()
            time.sleep(WAIT_POLL_S)
        self._started_at_s += time.monotonic() - began_s
        self._reporter.phase("training", self.state.step, self.length.total_steps)

    def _keep_what_there_is(self) -> None:
        """After `Stop and keep`: the unfinished epoch counts as one, and the adapter is exported."""
        epoch = self.length.epoch_of(self.state.step)
        self._epochs.keep(epoch, self.state.step)
        self.exports = self._epochs.export(epoch)

    def _advance(self) -> None:
        """One step, with its event, and whatever is due after it."""
        step = self.state.step + 1
        rate = self._set_rate(step)
        began_s = time.perf_counter()
        self._group.tell(Order.STEP, step, self.state.attempt)
        try:
            result = self._take_step(step, self.state.attempt, self._plan.batches(step))
        except NonFinite:
            self._go_back(step)
            return
        self._weights.record(step)
        smoothed = self.state.recent_loss
        self.state = self.state.model_copy(
            update={
                "step": step,
                "seconds": time.monotonic() - self._started_at_s,
                "recent_loss": result.loss
                if smoothed is None
                else LOSS_SMOOTHING * smoothed + (1 - LOSS_SMOOTHING) * result.loss,
            }
        )
        self._reporter.write(
            events.Step(
                step=step,
                epoch=self.length.epoch_of(step),
                loss=result.loss,
                learning_rate=rate,
                grad_norm=result.gradient_norm,
                seconds=time.perf_counter() - began_s,
                memory_mib=self._memory.used_mib(),
            )
        )
        self._note_saved()
        if self.length.ends_epoch(step):
            self._save()
            self._epochs.finish(self.length.epoch_of(step), step)
        elif self._save_is_due():
            self._begin_to_save()

    def _set_rate(self, step: int) -> float:
        return set_rate(self._optimizer.optimizer, rate_factor(step, self.length.total_steps, self._schedule))

    def _go_back(self, step: int) -> None:
        """Returns to the last save point after numbers left their range, with other noise; gives up the third time."""
        attempt = self.state.attempt + 1
        if attempt > TRIES_AFTER_NON_FINITE:
            raise StudioError(
                "numbers_out_of_range",
                f"The numbers went out of range at step {step:,}.",
                f"Training went back to step {self.saved_step:,} and tried {TRIES_AFTER_NON_FINITE} more times. "
                "Everything saved is untouched.",
                "Start again with a lower learning rate; half is a good start.",
                ExitCode.NON_FINITE,
            )
        self._restore()
        self.state = self.state.model_copy(update={"attempt": attempt})
        self._reporter.write(
            events.Notice(
                code="went_back",
                title=f"The numbers went out of range at step {step:,}.",
                detail=f"Training went back to step {self.state.step:,} and tries again with other noise.",
            )
        )

    # ---- saving ----

    def _save_is_due(self) -> bool:
        output = self.config.output
        steps = self.state.step - self._asked_step
        return (
            steps >= output.checkpoint_every_steps or time.monotonic() - self._saved_at_s >= output.checkpoint_every_s
        )

    def _save(self) -> None:
        """Has a whole save point of this step, and waits for it."""
        self._begin_to_save()
        self._note_saved(wait=True)

    def _begin_to_save(self) -> None:
        """Takes down what the run is at this step; writing it is done beside the next ones."""
        self._note_saved(wait=True)
        if self.saved_step != self.state.step:
            scaler = self._accelerator.scaler
            now = {"scaler": scaler.state_dict() if scaler is not None else {}, "base": self._components.fingerprint}
            files = state_files(
                self._components.loaded_networks(),
                self._optimizer.optimizer,
                self._weights,
                self.state.model_copy(update=now),
                self.config.base.family,
            )
            self._saver.begin(self.state.step, files)
        self._asked_step = self.state.step
        self._saved_at_s = time.monotonic()

    def _note_saved(self, wait: bool = False) -> None:
        """Tells of the save point that was under way, if it is whole by now."""
        step = self._saver.finished(wait)
        if step is not None:
            self.saved_step = step
            self._reporter.write(events.Checkpoint(step=step))
            self._reporter.sync()

    def _device_name(self) -> str:
        if self._device.type == "cuda":
            return torch.cuda.get_device_name(self._device)
        return f"{self._device.type} ({torch.get_num_threads()} threads)"
