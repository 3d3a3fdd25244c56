"""The processes that train one run together, each on its own card: batches are shared out, gradients added up.

One of them, of rank 0, is the trainer that everybody knows. It starts the others and says what to do; they do the same
with their part of the batch and take the same optimiser step. All encode pictures and draw samples. They meet through
torch.distributed: orders go by gloo inside this computer, gradients by NCCL where there is one. What the others have
drawn they leave in a folder, where rank 0 takes it when it likes.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from enum import IntEnum
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.interpreter import module_command, training_environment
from lora_studio.runs.folder import RunFolder

log = logging.getLogger(__name__)

LOOK_S = 0.5
GRACE_S = 10.0  # in which a lost process is mostly noticed by who waits for it, between two steps
ORDER_PATIENCE = timedelta(days=30)  # the others wait as long as the first does, for mains power for example
LONGEST_ORDER = 32  # numbers


class Order(IntEnum):
    """What the processes do next, together."""

    TRY = 1
    RESTORE = 2
    STEP = 3
    DRAW = 4
    CHECK = 5


class Group:
    """The group as one of its processes sees it. A process alone is a group too, in which nothing is ever sent.

    Attributes:
        rank: Which one this is, from 0.
        count: How many there are.
    """

    def __init__(self, rank: int = 0, count: int = 1, meeting: Path | None = None) -> None:
        """`meeting` is a file that all of them name, for finding one another; it may not be there before."""
        self.rank = rank
        self.count = count
        self._meeting = meeting
        self._sums: dist.ProcessGroup | None = None

    @property
    def share(self) -> float:
        """The part of the processes that comes before this one, 0 to 1: where it begins with what all do together."""
        return self.rank / self.count

    def join(self, device: torch.device) -> None:
        """Waits until all are here; adding up is done on `device`."""
        if self.count == 1:
            return
        if sys.platform == "linux":  # else a computer's name that leads nowhere keeps them from meeting
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
            os.environ.setdefault("NCCL_SOCKET_IFNAME", "lo")  # else the network, which may change
        with self._noticing_the_lost():
            store = dist.FileStore(str(self._meeting), self.count)  # type: ignore[attr-defined]
            dist.init_process_group("gloo", store=store, rank=self.rank, world_size=self.count, timeout=ORDER_PATIENCE)
            if device.type == "cuda" and dist.is_nccl_available():
                self._sums = dist.new_group(backend="nccl")

    def tell(self, order: Order, *numbers: int) -> None:
        """Says what to do next, with numbers from 0 that belong to it; for rank 0."""
        if self.count > 1:
            told = torch.full((LONGEST_ORDER,), -1)
            told[: 1 + len(numbers)] = torch.tensor([order, *numbers])
            self._send(told)

    def hear(self) -> tuple[Order, list[int]]:
        """The order that comes next and its numbers; for the others, who wait for them here."""
        told = torch.zeros(LONGEST_ORDER, dtype=torch.int64)
        self._send(told)
        order, *numbers = told.tolist()
        return Order(order), [number for number in numbers if number >= 0]

    def leave(self, name: str, content: bytes) -> None:
        """Leaves something for rank 0 without waiting for it; for the others."""
        storage.write_file(self._place(name), content)

    def take(self, name: str) -> bytes | None:
        """What one of the others has left under this name, which is free then; None while there is nothing.

        Raises:
            StudioError: The process that should leave it may have ended; a disk error.
        """
        path = self._place(name)
        if not path.exists():
            self._refuse_loss()
            return None
        with storage.read_errors(path):
            content = path.read_bytes()
        storage.remove_tree(path)
        return content

    def meet(self) -> None:
        """Waits until all have come this far."""
        if self.count > 1:
            with self._noticing_the_lost():
                dist.barrier()

    def add_up(self, numbers: Tensor) -> None:
        """Puts the sum of everybody's numbers in the place of each one's own; shaped alike in all processes."""
        if self.count > 1:
            with self._noticing_the_lost():
                dist.all_reduce(numbers, group=self._sums if numbers.is_cuda else None)

    def part(self, count: int) -> slice:
        """Which of `count` pictures are this process's; none, where there are fewer than processes."""
        return slice(self.rank, count, self.count)

    def close(self) -> None:
        """Leaves the group."""
        # NCCL may wait for the others, who are gone; its process is about to end anyhow.
        if self.count > 1 and dist.is_initialized() and self._sums is None:
            dist.destroy_process_group()

    def _place(self, name: str) -> Path:
        assert self._meeting is not None
        return self._meeting.with_name(name)

    def _refuse_loss(self) -> None:
        """Raises why training cannot go on, where that is known."""

    def _send(self, numbers: Tensor) -> None:
        with self._noticing_the_lost():
            dist.broadcast(numbers, src=0)

    @contextmanager
    def _noticing_the_lost(self) -> Iterator[None]:
        """Inside the block an error of the connection is told as what it comes from, where that is known."""
        yield


class Leader(Group):
    """Rank 0, which started the others and knows when one of them ends."""

    def __init__(self, run: RunFolder, count: int, on_lost: Callable[[StudioError], None]) -> None:
        """Starts `count` - 1 processes that train `run` with this one.

        `on_lost` is called, in another thread, when one of them ended and this process still waits for it in a place
        where no error can reach it.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="lora-studio-")
        super().__init__(0, count, Path(self._folder.name) / "meeting")
        self._on_lost = on_lost
        self._is_closing = threading.Event()
        self._others = [self._start(run, rank) for rank in range(1, count)]
        threading.Thread(target=self._watch, name="group", daemon=True).start()

    def close(self) -> None:
        """Ends the others; they have nothing to save."""
        self._is_closing.set()
        for other in self._others:
            assert other.stdin is not None
            other.stdin.close()  # which they take as the end
        for other in self._others:
            try:
                other.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                other.kill()
                other.wait()
        super().close()
        self._folder.cleanup()

    def _start(self, run: RunFolder, rank: int) -> subprocess.Popen[bytes]:
        words = [*module_command("lora_studio.training.follower"), str(run.path.absolute())]
        return subprocess.Popen(
            [*words, str(self._meeting), str(rank), str(self.count)],
            stdin=subprocess.PIPE,
            env={**training_environment(), "CUDA_VISIBLE_DEVICES": card_of(rank, os.environ)},
        )

    def _lost(self) -> StudioError | None:
        """Why training cannot go on without a process that ended; None while all live."""
        codes = [other.poll() for other in self._others]
        number, code = next(((n, code) for n, code in enumerate(codes, start=2) if code is not None), (0, 0))
        if not number or self._is_closing.is_set():
            return None
        log.warning("the part on card %d ended with exit code %d", number, code)
        return describe_loss(code, number)

    def _refuse_loss(self) -> None:
        lost = self._lost()
        if lost is not None:
            raise lost

    @contextmanager
    def _noticing_the_lost(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            end_s = time.monotonic() + GRACE_S
            while (lost := self._lost()) is None and time.monotonic() < end_s:
                time.sleep(LOOK_S / 10)
            raise lost or error from error

    def _watch(self) -> None:
        while not self._is_closing.wait(LOOK_S):
            lost = self._lost()
            if lost is not None:
                if not self._is_closing.wait(2 * GRACE_S):
                    self._on_lost(lost)
                return


def gather(run: RunFolder, count: int, device: torch.device, on_lost: Callable[[StudioError], None]) -> Group:
    """The group that trains `run` on `count` cards, or in as many processes without one.

    Raises:
        StudioError: `cards_missing`.
    """
    if count == 1:
        return Group()
    there = torch.cuda.device_count() if device.type == "cuda" else count
    if there < count:
        raise StudioError(
            "cards_missing",
            f"This training is set to {count} graphics cards.",
            f"LoRA Studio can use only {there} in this computer. Nothing was started.",
            f"Set “Graphics cards” to {there}.",
        )
    return Leader(run, count, on_lost)


def card_of(rank: int, environment: Mapping[str, str]) -> str:
    """What `CUDA_VISIBLE_DEVICES` is for the process of this rank: one of the cards that this process may see."""
    seen = [card.strip() for card in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if card.strip()]
    return seen[rank] if rank < len(seen) else str(rank)


def describe_loss(exit_code: int, number: int) -> StudioError:
    """Why the process on card `number`, counted from 1, ended; coded as in a training on one card."""
    safe = "Everything up to the last save point is safe."
    if exit_code == ExitCode.OUT_OF_MEMORY:
        return StudioError(
            "out_of_memory", f"Graphics card {number} ran out of memory.", safe,
            "Start again with “Recompute to save memory” on, a smaller training size, or “Base in memory” at int8.",
            ExitCode.OUT_OF_MEMORY,
        )  # fmt: skip
    if exit_code == ExitCode.DEVICE_LOST:
        return StudioError(
            "device_lost", f"Graphics card {number} stopped responding.",
            f"This can follow sleep or a driver update. {safe}", "Resume; if it happens again, restart the computer.",
            ExitCode.DEVICE_LOST,
        )  # fmt: skip
    return StudioError(
        "unexpected",
        f"The part of the training on graphics card {number} ended unexpectedly.",
        safe,
        "Resume; if it happens again, report it with console.log from the run folder.",
        ExitCode.UNEXPECTED,
    )
