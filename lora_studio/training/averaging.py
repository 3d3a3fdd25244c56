"""Which weights samples, check losses and saved adapters use: the live ones, or an average over the last steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from lora_studio.config.training import TrainingConfig


class ShownWeights:
    """Lays the weights to show over the live ones for a while; the live ones come back bit for bit."""

    def __init__(self, config: TrainingConfig, parameters: Sequence[nn.Parameter], optimizer: Any) -> None:
        """Starts the average, where the settings ask for one, at the present weights.

        Args:
            config: `adapter.average` is the share of the average that a step keeps; 0 keeps none. The optimiser
                schedule_free has an average of its own.
            parameters: The adapter's.
            optimizer: The bare optimiser.
        """
        self._parameters = list(parameters)
        self._decay = config.adapter.average
        self._optimizer = optimizer if config.optimizer.type == "schedule_free" else None
        self._average = [p.detach().clone() for p in self._parameters] if self._decay else []

    @property
    def has_average(self) -> bool:
        """Whether there is an average that a save point must hold."""
        return bool(self._average)

    def record(self, step: int) -> None:
        """Takes the weights after optimiser step `step` (from 1) into the average."""
        share = 1 - average_decay(step, self._decay)
        for average, parameter in zip(self._average, self._parameters, strict=False):
            average.lerp_(parameter.detach(), share)

    def restart(self) -> None:
        """Makes the live weights the average, as when a save point's average was just put in their place."""
        for average, parameter in zip(self._average, self._parameters, strict=False):
            average.copy_(parameter.detach())

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Inside the block the parameters hold what is to be shown. They must not be trained there."""
        if not self._average and self._optimizer is None:
            yield
            return
        live = [parameter.detach().clone() for parameter in self._parameters]
        if self._optimizer is not None:
            self._optimizer.eval()
        if self._average:
            self._put(self._average)
        try:
            yield
        finally:
            if self._optimizer is not None:
                self._optimizer.train()  # its way back is rounded, so the copies follow
            self._put(live)

    def _put(self, values: Sequence[torch.Tensor]) -> None:
        with torch.no_grad():
            for parameter, value in zip(self._parameters, values, strict=True):
                parameter.copy_(value)


def average_decay(step: int, decay: float) -> float:
    """Share of the average that is kept at optimiser step `step` (from 1), at most `decay`.

    It begins at 0, so that the untrained adapter does not linger, and grows as in diffusers' EMAModel.
    """
    return min(decay, step / (step + 9)) if step > 1 else 0.0
