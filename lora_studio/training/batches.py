"""Which pictures each step sees: whole passes over all of them, in an order drawn from (seed, pass)."""

from __future__ import annotations

from collections.abc import Sequence

from lora_studio.config.length import RunLength, plan_length
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.buckets import plan_epoch, steps_per_epoch
from lora_studio.runs.pictures import PictureEntry, bucket_plan


class BatchPlan:
    """Every step's batches as a pure function of the step number; nothing to save, nothing to replay."""

    def __init__(self, pictures: Sequence[PictureEntry], config: TrainingConfig) -> None:
        self._plan = bucket_plan(pictures)
        self._repeats = [picture.repeats for picture in pictures]
        self._batch_size = config.schedule.batch_size
        self._accumulation = config.schedule.gradient_accumulation
        self._seed = config.seed
        batches = steps_per_epoch(self._plan, self._repeats, self._batch_size)
        self.length: RunLength = plan_length(config.schedule, sum(self._repeats), batches)
        self._cached_pass: tuple[int, list[tuple[int, ...]]] | None = None

    def heaviest(self) -> tuple[int, ...]:
        """The batch of the first pass that takes the most memory: the most pictures of the largest training size."""

        def pixels(batch: tuple[int, ...]) -> int:
            place = self._plan.placements[batch[0]]
            return place.bucket_width_px * place.bucket_height_px * len(batch)

        return max(plan_epoch(self._plan, self._repeats, self._batch_size, self._seed, 0), key=pixels)

    def batches(self, step: int) -> list[tuple[int, ...]]:
        """The batches (picture indices, one bucket each) that add up to optimiser step `step`, counted from 1."""
        number, position = divmod(step - 1, self.length.steps_per_pass)
        if self._cached_pass is None or self._cached_pass[0] != number:
            self._cached_pass = (
                number,
                plan_epoch(self._plan, self._repeats, self._batch_size, self._seed, number),
            )
        start = position * self._accumulation
        return self._cached_pass[1][start : start + self._accumulation]
