"""Drawing the sample prompts of an epoch, shared out where several processes train together.

Rank 0 asks for pictures and gets everybody's; where they go and who is told is left to `epochs`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from lora_studio.adapters.lora import without_adapter
from lora_studio.config.training import TrainingConfig
from lora_studio.families.base import Components, Family
from lora_studio.families.pictures import least_room_bytes
from lora_studio.runs.picture_facts import drawn_bytes
from lora_studio.training.averaging import ShownWeights
from lora_studio.training.base_alone import BaseAlone
from lora_studio.training.group import Group, Order
from lora_studio.training.preview import draw_sample
from lora_studio.training.step import TrainingStep
from lora_studio.training.text import TextSource

log = logging.getLogger(__name__)

LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """What became of a sample prompt.

    Attributes:
        prompt_index: From 0.
        png: The picture's file; empty where the device had no room to draw it.
        seconds: Drawing it took, wherever that was.
    """

    prompt_index: int
    png: bytes
    seconds: float = 0.0


class SampleDrawer:
    """Draws samples with the weights that are to be shown; a prompt and seed give the same file in any process."""

    def __init__(
        self,
        config: TrainingConfig,
        family: Family,
        components: Components,
        text: TextSource,
        device: torch.device,
        weights: ShownWeights,
        steps: TrainingStep,
        group: Group,
        base_alone: BaseAlone,
    ) -> None:
        """Draws with what `steps` has ready, and asks it for room before. What `base_alone` knows is not drawn anew."""
        self._config = config
        self._family = family
        self._components = components
        self._text = text
        self._device = device
        self._weights = weights
        self._steps = steps
        self._group = group
        self._base_alone = base_alone

    def draw(self, epoch: int, step: int, prompts: Sequence[int], listen: Callable[[], None]) -> Iterator[DrawnSample]:
        """Gives the samples of these prompts, each as soon as it is there; for rank 0.

        Two and more are shared out. While only others still draw, `listen` is called again and again; where it raises,
        the group has to end, as others go on.

        Raises:
            StudioError: One of the others ended.
        """
        left = list(prompts)
        for index in prompts if not epoch else ():
            began_s = time.perf_counter()
            image = self._base_alone.picture(index)
            if image is not None:
                left.remove(index)
                yield DrawnSample(index, self._file(image, epoch, step, index), time.perf_counter() - began_s)
        for sample in self._draw_together(epoch, step, left, listen):
            if not epoch and sample.png:
                self._base_alone.keep_picture(sample.prompt_index, Image.open(BytesIO(sample.png)))
            yield sample

    def _draw_together(
        self, epoch: int, step: int, prompts: Sequence[int], listen: Callable[[], None]
    ) -> Iterator[DrawnSample]:
        mine, awaited = list(prompts), []
        if self._group.count > 1 and len(prompts) > 1:
            self._group.tell(Order.DRAW, epoch, step, *prompts)
            mine = self._part(prompts)
            awaited = [index for index in prompts if index not in mine]
        for sample in self._draw(epoch, step, mine):
            yield sample
            yield from self._arrived(awaited)
        while awaited:
            listen()
            time.sleep(LOOK_S)
            yield from self._arrived(awaited)

    def help(self, epoch: int, step: int, prompts: Sequence[int]) -> None:
        """Draws a part of these prompts for rank 0; for the others."""
        for sample in self._draw(epoch, step, self._part(prompts)):
            self._group.leave(_name(sample.prompt_index), f"{sample.seconds}\n".encode() + sample.png)

    def facts(self, epoch: int, step: int, prompt_index: int) -> dict[str, Any]:
        """What a sample is drawn from, as it is kept inside the picture beside its size."""
        config, preview = self._config, self._config.preview
        return {
            "prompt": preview.prompts[prompt_index], "negative_prompt": preview.negative_prompt,
            "seed": preview.seed + prompt_index, "steps": preview.steps, "guidance": preview.guidance,
            "base": Path(config.base.source).name, "adapter": config.name if epoch else None,
            "epoch": epoch, "step": step,
        }  # fmt: skip

    def _part(self, prompts: Sequence[int]) -> list[int]:
        return list(prompts)[self._group.part(len(prompts))]

    def _arrived(self, awaited: list[int]) -> Iterator[DrawnSample]:
        """The samples of others that are there by now; they are awaited no more."""
        for index in list(awaited):
            content = self._group.take(_name(index))
            if content is not None:
                awaited.remove(index)
                seconds, _, png = content.partition(b"\n")
                yield DrawnSample(index, png, float(seconds))

    def _draw(self, epoch: int, step: int, prompts: Sequence[int]) -> Iterator[DrawnSample]:
        """Draws here, one after the other; after one for which there was no room none is tried."""
        if not prompts:
            return
        self._steps.make_room(least_room_bytes(self._components, self._config.dataset.resolution_px**2))
        has_room = True
        for index in prompts:
            began_s = time.perf_counter()
            try:
                png = self._draw_leanly(epoch, step, index) if has_room else b""
            except torch.OutOfMemoryError:
                has_room, png = False, b""
            yield DrawnSample(index, png, time.perf_counter() - began_s)

    def _draw_leanly(self, epoch: int, step: int, index: int) -> bytes:
        """Draws a sample; once more with all memory that training can do without, where it did not suffice."""
        # An adapter that began with what a file has learned is no base alone before its first step either. Not beside
        # recordings: made without the adapter, they would be replayed without it ever after.
        is_alone = not epoch and self._config.adapter.start_from
        way = without_adapter(self._components.loaded_networks()) if is_alone else self._steps.answering()
        with self._weights.shown(), way:
            try:
                return self._draw_one(epoch, step, index)
            except torch.OutOfMemoryError:
                log.info("no room to draw; once more with what training can do without")
            # Out here: the error held what it was working with.
            self._steps.make_way()
            return self._draw_one(epoch, step, index)

    def _draw_one(self, epoch: int, step: int, index: int) -> bytes:
        config, preview = self._config, self._config.preview
        image = draw_sample(
            self._family, self._components, self._text, preview.prompts[index], preview, preview.seed + index,
            config.dataset.resolution_px, self._device,
        )  # fmt: skip
        return self._file(image, epoch, step, index)

    def _file(self, image: Any, epoch: int, step: int, index: int) -> bytes:
        return drawn_bytes(image, self.facts(epoch, step, index) | {"width_px": image.width, "height_px": image.height})


def _name(prompt_index: int) -> str:
    return f"sample-{prompt_index}"
