"""Forward and backward of a batch, or a UNet's answer, as one CUDA graph: replayed, not launched kernel by kernel.

At small batches the processor cannot start kernels as fast as the card finishes them; a replay is one call. What
follows a backward (clipping, the optimiser, the scaler) is not recorded, so it may be any.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

log = logging.getLogger(__name__)

CANNOT_RECORD = "steps cannot be recorded here and stay slower: %s"
SHAPE_LIMIT = 12  # each recording takes some memory beside the shared pool

Inputs = Mapping[str, Tensor]
Action = Callable[[], None]
_Shape = tuple[tuple[str, torch.Size], ...]


def compute_again(module: Callable[..., Any], *arguments: Any) -> Any:
    """What diffusers' `enable_gradient_checkpointing` takes: a module's answer, not kept but computed again.

    It looks at no random numbers' state, which a recording forbids; nothing in the module may be random.
    """
    return checkpoint(module, *arguments, use_reentrant=False, preserve_rng_state=False)


class Recorder(Protocol):
    """What can do something now, or record it to be done often.

    Attributes:
        works: Whether nothing failed to be recorded so far; afterwards nobody tries again.
    """

    works: bool

    def run(self, action: Action) -> None:
        """Does it now, with memory of the place where recordings have theirs."""

    def record(self, action: Action) -> Action:
        """Records it without doing it; gives what does it.

        Raises:
            RuntimeError: It cannot be recorded.
        """

    def is_in_the_way(self, needed_bytes: int) -> bool:
        """Whether recordings hold memory of which other work will need so much."""

    def release(self) -> None:
        """Gives memory back, once no recording is left."""


class Replayed:
    """Does one thing with tensors, from a recording where their shapes were seen before.

    The first batch of a shape is done step by step, which also warms the libraries up; the second is recorded. After
    `SHAPE_LIMIT` shapes the rest go step by step: giving up old ones would record for ever where shapes take turns.
    """

    def __init__(self, work: Callable[[Inputs], Tensor], recorder: Recorder, device: torch.device) -> None:
        """Starts with nothing recorded.

        Args:
            work: Does something with inputs on `device` and gives one tensor, as forward and backward give the loss.
                It may read nothing back to the processor, and gradients have to be there before.
            recorder: How to record; several may share one.
            device: Where inputs are copied to.
        """
        self._work = work
        self._recorder = recorder
        self._device = device
        self._batches: dict[_Shape, _Batch] = {}

    def __call__(self, inputs: Inputs) -> Tensor:
        """What the work gives, on the device, not read back.

        Inputs that need a gradient, as from a text encoder that learns, pass it on step by step.
        """
        shape: _Shape = tuple((name, tensor.shape) for name, tensor in inputs.items())
        batch = self._batches.get(shape)
        is_known = batch is not None
        if batch is None:
            batch = self._batches[shape] = _Batch(inputs, self._device)
        batch.load(inputs)
        if is_known and batch.replay is None and self._may_record():
            self._record(batch)
        if batch.replay is not None:
            batch.replay()
        elif self._recorder.works:
            self._recorder.run(lambda: self._do(batch))
        else:
            self._do(batch)
        batch.pass_on(inputs)
        assert batch.answer is not None
        return batch.answer.clone()  # the next batch of this shape overwrites it

    def make_room(self, needed_bytes: int) -> None:
        """Gives recordings up where other work would lack their memory; they are made again."""
        if self._recorder.works and self._recorder.is_in_the_way(needed_bytes):
            self._batches.clear()
            self._recorder.release()

    def _may_record(self) -> bool:
        return self._recorder.works and sum(b.replay is not None for b in self._batches.values()) < SHAPE_LIMIT

    def _record(self, batch: _Batch) -> None:
        try:
            batch.replay = self._recorder.record(lambda: self._do(batch))
            return
        except RuntimeError as error:  # nothing of it was done yet
            log.warning(CANNOT_RECORD, str(error).partition("\n")[0])
        # Out here: the error held what was recorded so far.
        for other in self._batches.values():
            other.replay = None
        self._recorder.works = False
        self._recorder.release()

    def _do(self, batch: _Batch) -> None:
        answer = self._work(batch.inputs)
        if batch.answer is None:
            batch.answer = answer.clone()
        else:
            batch.answer.copy_(answer)


class _Batch:
    """The places where a recording finds its inputs and leaves its answer, which the first time makes."""

    def __init__(self, inputs: Inputs, device: torch.device) -> None:
        self.inputs = {
            name: torch.empty_like(tensor, device=device, requires_grad=tensor.requires_grad)
            for name, tensor in inputs.items()
        }
        for place in self.inputs.values():
            if place.requires_grad:
                place.grad = torch.zeros_like(place)
        self.answer: Tensor | None = None
        self.replay: Action | None = None

    @torch.no_grad()
    def load(self, inputs: Inputs) -> None:
        for name, place in self.inputs.items():
            tensor = inputs[name]
            if place.is_cuda and not tensor.is_cuda:
                tensor = tensor.pin_memory()  # a copy from other memory would wait for the card
            place.copy_(tensor, non_blocking=True)

    def pass_on(self, inputs: Inputs) -> None:
        """Goes on backward through what made the inputs."""
        ends = {name: place.grad for name, place in self.inputs.items() if place.grad is not None}
        if ends:
            torch.autograd.backward([inputs[name] for name in ends], list(ends.values()))
        for gradient in ends.values():
            gradient.zero_()


@contextmanager
def answering(unet: nn.Module, replayed: Replayed) -> Iterator[None]:
    """Inside the block the UNet answers whoever calls it by `replayed`, whose work is an `answer_of`."""
    own = unet.forward

    def forward(sample: Tensor, timestep: Tensor, encoder_hidden_states: Tensor, **others: Any) -> tuple[Tensor]:
        words = others.get("added_cond_kwargs") or {}
        told = {"sample": sample, "timestep": timestep, "encoder_hidden_states": encoder_hidden_states, **words}
        return (replayed(told),)

    unet.forward = forward
    try:
        yield
    finally:
        unet.forward = own


def answer_of(forward: Callable[..., Any], inputs: Inputs) -> Tensor:
    """The answer of a UNet's forward to the sampler's inputs, shaped as `sample`."""
    words = dict(inputs)
    usual = [words.pop(name) for name in ("sample", "timestep", "encoder_hidden_states")]
    answer: Tensor = forward(*usual, added_cond_kwargs=words or None, return_dict=False)[0]
    return answer


class CudaRecorder:
    """Records CUDA graphs that share one memory pool and one stream; they never run at the same time."""

    def __init__(self, device: torch.device, room_bytes: Callable[[float], float]) -> None:
        """Records on `device`, of which `room_bytes` tells what is left, as `Components.room_bytes` does."""
        self.works = True
        self._room_bytes = room_bytes
        # torch wants the card's number here, and accelerate may leave it out.
        self._device = torch.device("cuda", torch.cuda.current_device() if device.index is None else device.index)
        self._stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        self._pool = torch.cuda.MemPool()

    def run(self, action: Action) -> None:
        """Does it now, in the pool: what it frees there a recording takes again, so nothing is reserved twice."""
        current = torch.cuda.current_stream(self._device)
        torch.cuda.empty_cache()  # the pool cannot use what lies idle outside
        self._stream.wait_stream(current)
        with ExitStack() as inside:
            inside.enter_context(torch.cuda.stream(self._stream))
            try:
                inside.enter_context(torch.cuda.use_mem_pool(self._pool, self._device))
            except RuntimeError as error:  # a library or driver that has no such pools; nothing was done yet
                log.warning(CANNOT_RECORD, str(error).partition("\n")[0])
                self.works = False
            # Another thread's memory would not be the pool's.
            inside.enter_context(torch.autograd.set_multithreading_enabled(False))
            action()
        current.wait_stream(self._stream)

    def record(self, action: Action) -> Action:
        """Records a CUDA graph.

        Raises:
            RuntimeError: Something in it waits for the card, or the card's memory ends.
        """
        current = torch.cuda.current_stream(self._device)
        graph = torch.cuda.CUDAGraph()
        try:
            pool: Any = self._pool.id
            with (
                torch.autograd.set_multithreading_enabled(False),
                torch.cuda.graph(graph, pool=pool, stream=self._stream, capture_error_mode="thread_local"),
            ):
                action()
        except RuntimeError:
            torch.cuda.set_stream(current)  # torch leaves its own behind when a recording fails
            raise
        return graph.replay

    def is_in_the_way(self, needed_bytes: int) -> bool:
        """Whether less than `needed_bytes` are left."""
        return self._room_bytes(needed_bytes) < needed_bytes

    def release(self) -> None:
        """Starts a new pool; the card gets the old one's memory back."""
        torch.cuda.synchronize(self._device)
        self._pool = torch.cuda.MemPool()
        torch.cuda.empty_cache()
