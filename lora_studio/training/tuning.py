"""What is fastest on this card: attentions and convolutions of the network that is about to train, timed beside it.

Only how numbers are computed is chosen here, never what: choices differ by rounding alone. Nothing is measured where a
training of the same shape was measured before on the same card.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from lora_studio.adapters.blocks import LARGE_KERNELS, attending
from lora_studio.adapters.frozen_layers import by_channel, frozen_convolutions
from lora_studio.adapters.fused import attentions_together
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.hardware.card_facts import (
    AttentionShape,
    Backend,
    KernelChoice,
    KernelShape,
    Tuning,
    conditions_of,
    find_tuning,
    remember_tuning,
)
from lora_studio.hardware.probe import probe_hardware

log = logging.getLogger(__name__)

LIMIT_S = 10.0
ATTENTION_LIMIT_S = 5.0  # of these, so that convolutions have their turn
LEAST_GAIN = 0.03  # below, times differ by chance
SMALLEST_KERNELS = 9 * 320 * 320  # numbers; smaller ones are a small part of a step
WORDS = 77  # tokens that attentions to words read, in the usual case
COPIED_BYTES = 128 << 20  # more than the caches of the largest cards hold
MEASURED_S, REPEATS, ROUNDS = 0.003, 10, 5

Action = Callable[[], object]
OWN: Backend = "own"
OTHERS: tuple[Backend, ...] = ("flash", "efficient", "cudnn")


class Stopwatch(Protocol):
    """Times what a card does."""

    def race(self, piece: object, candidates: Mapping[str, Action]) -> dict[str, float]:
        """Seconds of each candidate that works here; `piece` names what they do.

        Raises:
            RuntimeError: The card's memory ends, or it cannot record.
        """


@dataclass(frozen=True, slots=True)
class Convolution:
    """Convolutions that compute alike: their weights' shape, and how they see pictures (batch, channels, cells)."""

    kernel: KernelShape
    stride: tuple[int, int]
    padding: tuple[int, int]
    picture: tuple[int, int, int, int]

    @property
    def work(self) -> int:
        """Multiplications, but for the stride."""
        out, inputs, height, width = self.kernel
        return out * inputs * height * width * self.picture[0] * self.picture[2] * self.picture[3]


@dataclass(slots=True)
class Pieces:
    """What a network does in one pass, and how often: the attentions that the fast way does, and large convolutions."""

    self_attentions: Counter[AttentionShape] = field(default_factory=Counter)
    cross_attentions: Counter[AttentionShape] = field(default_factory=Counter)
    convolutions: Counter[Convolution] = field(default_factory=Counter)


def tuning_for(
    config: TrainingConfig,
    unet: nn.Module,
    latent: tuple[int, int],
    pictures: int,
    dtype: torch.dtype,
    device: torch.device,
    stopwatch: Stopwatch,
    tell: Callable[[int], None] = lambda done: None,
) -> Tuning | None:
    """What is fastest for this training, remembered or measured now; None keeps the rules.

    The UNet is left as it was. It has its adapter, and nothing of it was recorded or taken over yet.

    Args:
        latent: Height and width of the largest batch's latents, in cells.
        pictures: How many that batch has.
        dtype: What the UNet's frozen weights compute in.
        tell: Given 0 before something is measured and 1 afterwards.
    """
    card = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    versions = f"{torch.__version__}, CUDA {torch.version.cuda}"
    conditions = conditions_of(config, card, probe_hardware().driver or "", versions, latent, pictures)
    known = find_tuning(conditions)
    if known is not None:
        log.info("measured before: %s", known.model_dump_json(exclude={"cudnn_shapes"}))
        return known
    tell(0)
    try:
        pieces = pieces_of(unet, latent, pictures, dtype, device)
        tuning = measure(pieces, dtype, device, stopwatch)
    except RuntimeError as error:  # as where memory ends; the rules have always worked
        log.warning("this card was not measured: %s", str(error).partition("\n")[0])
        return None
    finally:
        if device.type == "cuda":
            torch.cuda.empty_cache()
    log.info("measured: %s", tuning.model_dump_json(exclude={"cudnn_shapes"}))
    try:
        remember_tuning(conditions, tuning)
    except StudioError as error:
        log.warning("what was measured is not kept: %s", error)
    tell(1)
    return tuning


def pieces_of(unet: Any, latent: tuple[int, int], pictures: int, dtype: torch.dtype, device: torch.device) -> Pieces:
    """What the UNet does with a batch of so many latents of so many cells, as one pass without gradients shows."""
    pieces = Pieces()

    def see_attention(attention: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        rows = arguments[0] if arguments else named["hidden_states"]
        words = arguments[1] if len(arguments) > 1 else named.get("encoder_hidden_states")
        read = rows if words is None else words
        size = attention.to_q.out_features // attention.heads
        shape = (rows.shape[0], attention.heads, rows.shape[1], read.shape[1], size)
        (pieces.self_attentions if words is None else pieces.cross_attentions)[shape] += 1

    def see_convolution(layer: nn.Conv2d, arguments: tuple[Any, ...]) -> None:
        out, inputs, high, wide = layer.weight.shape
        down, right = layer.stride
        above, beside = (int(side) for side in layer.padding)
        batch, channels, height, width = arguments[0].shape
        seen = Convolution((out, inputs, high, wide), (down, right), (above, beside), (batch, channels, height, width))
        pieces.convolutions[seen] += 1

    hooks = [one.register_forward_pre_hook(see_attention, with_kwargs=True) for one in attentions_together(unet, dtype)]
    hooks += [one.register_forward_pre_hook(see_convolution) for one in frozen_convolutions(unet) if _is_large(one)]
    try:
        with torch.no_grad():
            unet(**_inputs(unet.config, latent, pictures, dtype, device))
    finally:
        for hook in hooks:
            hook.remove()
    return pieces


def _is_large(layer: nn.Conv2d) -> bool:
    is_usual = layer.groups == 1 and set(layer.dilation) == {1} and set(layer.kernel_size) != {1}
    return is_usual and layer.weight.numel() >= SMALLEST_KERNELS and layer.weight.is_floating_point()


def _inputs(
    settings: Any, latent: tuple[int, int], pictures: int, dtype: torch.dtype, device: torch.device
) -> dict[str, Any]:
    """Zeros of the shapes that a diffusers UNet with this config reads."""

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(pictures, *shape, device=device, dtype=dtype)

    read: dict[str, Any] = {
        "sample": zeros(settings.in_channels, *latent),
        "timestep": torch.zeros(pictures, device=device, dtype=torch.int64),
        "encoder_hidden_states": zeros(WORDS, settings.cross_attention_dim),
    }
    if settings.addition_embed_type == "text_time":
        pooled = settings.projection_class_embeddings_input_dim - 6 * settings.addition_time_embed_dim
        read["added_cond_kwargs"] = {"text_embeds": zeros(pooled), "time_ids": zeros(6)}
    return read


def measure(
    pieces: Pieces,
    dtype: torch.dtype,
    device: torch.device,
    stopwatch: Stopwatch,
    clock: Callable[[], float] = time.monotonic,
) -> Tuning:
    """Times the pieces, those with the most work first; what is not reached within `LIMIT_S` keeps the rules.

    Raises:
        RuntimeError: The card's memory ends, or it fails otherwise.
    """
    began_s = clock()

    def has_time(limit_s: float) -> bool:
        return clock() - began_s < limit_s

    numbers = partial(_drawn, generator=torch.Generator(device).manual_seed(0), dtype=dtype, device=device)
    tflops = _tflops(pieces.self_attentions, numbers, stopwatch)  # first: it wakes the card up
    tried: dict[AttentionShape, dict[str, float]] = {}
    attentions = [*pieces.self_attentions.items(), *pieces.cross_attentions.items()]
    for shape, _ in sorted(attentions, key=lambda one: -_attention_work(*one)):
        if has_time(ATTENTION_LIMIT_S):
            tried[shape] = stopwatch.race(shape, _attention_candidates(shape, numbers))
    kernels, saved_by_kernels = _kernels(pieces.convolutions, numbers, stopwatch, lambda: has_time(LIMIT_S))
    within, saved_within = _best_backend(pieces.self_attentions, tried)
    across, saved_across = _best_backend(pieces.cross_attentions, tried)
    copy_gb_s = _copy_gb_s(device, stopwatch) if has_time(LIMIT_S) else None
    return Tuning(
        self_attention=within,
        cross_attention=across,
        cudnn_shapes=tuple(shape for shape, times in tried.items() if "cudnn" in times),
        kernels=kernels,
        saved_ms=1000 * (saved_within + saved_across + saved_by_kernels),
        seconds=clock() - began_s,
        tflops=tflops,
        copy_gb_s=copy_gb_s,
    )


def _drawn(*shape: int, generator: torch.Generator, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Normal numbers; not of the random numbers that training counts on."""
    return torch.randn(shape, generator=generator, dtype=torch.float32, device=device).to(dtype)


# ── Attention ──────────────────────────────────────────────────────────────────────────────────────────────


def _attention_work(shape: AttentionShape, count: int) -> int:
    batch, heads, queries, keys, size = shape
    return count * batch * heads * queries * keys * size


def _attention_candidates(shape: AttentionShape, numbers: Callable[..., Tensor]) -> dict[str, Action]:
    batch, heads, queries, keys, size = shape

    def parts(count: int, places: int) -> list[Tensor]:
        """What layers that answer together give, as `FusedAttention` cuts it."""
        rows = numbers(batch, places, count * heads * size).chunk(count, dim=-1)
        return [part.view(batch, places, heads, size).transpose(1, 2).requires_grad_() for part in rows]

    query, key, value = parts(3, queries) if queries == keys else [*parts(1, queries), *parts(2, keys)]
    gradient = numbers(batch, queries, heads, size).transpose(1, 2)

    def there_and_back(backend: Backend) -> None:
        with attending(backend, has_fallback=False):
            answer = F.scaled_dot_product_attention(query, key, value)
        torch.autograd.grad(answer, (query, key, value), gradient)

    return {name: partial(there_and_back, name) for name in (OWN, *OTHERS)}


def _best_backend(
    counts: Mapping[AttentionShape, int], tried: Mapping[AttentionShape, Mapping[str, float]]
) -> tuple[Backend, float]:
    """What does these attentions fastest in all, and the seconds it saves; where it fails torch's own choice helps."""
    timed = [(count, tried[shape]) for shape, count in counts.items() if OWN in tried.get(shape, {})]
    own_s = sum(count * times[OWN] for count, times in timed)
    with_s = {name: sum(count * times.get(name, times[OWN]) for count, times in timed) for name in OTHERS}
    best = min(OTHERS, key=lambda name: with_s[name])
    if with_s[best] > (1 - LEAST_GAIN) * own_s or not timed:
        return OWN, 0.0
    return best, own_s - with_s[best]


# ── Convolutions ───────────────────────────────────────────────────────────────────────────────────────────


def _kernels(
    convolutions: Mapping[Convolution, int],
    numbers: Callable[..., Tensor],
    stopwatch: Stopwatch,
    has_time: Callable[[], bool],
) -> tuple[tuple[KernelChoice, ...], float]:
    """The layout of each shape of weights, and the seconds that all save against the rule."""
    choices, saved_s = [], 0.0
    ordered = sorted(convolutions.items(), key=lambda one: one[0].kernel)
    alike = [list(group) for _, group in groupby(ordered, key=lambda one: one[0].kernel)]
    for group in sorted(alike, key=lambda group: -sum(count * one.work for one, count in group)):
        plain_s = turned_s = 0.0
        for one, count in group:
            times = stopwatch.race(one, _layouts(one, numbers)) if has_time() else {}
            if len(times) < 2:
                break
            plain_s += count * times["plain"]
            turned_s += count * times["turned"]
        else:
            kernel = group[0][0].kernel
            by_rule = _size(kernel) >= LARGE_KERNELS
            rule_s, other_s = (turned_s, plain_s) if by_rule else (plain_s, turned_s)
            is_better = other_s <= (1 - LEAST_GAIN) * rule_s
            layers = sum(count for _, count in group)
            choices.append(KernelChoice(shape=kernel, layers=layers, is_turned=by_rule != is_better))
            saved_s += rule_s - other_s if is_better else 0.0
    return tuple(choices), saved_s


def _size(kernel: KernelShape) -> int:
    out, inputs, height, width = kernel
    return out * inputs * height * width


def _layouts(one: Convolution, numbers: Callable[..., Tensor]) -> dict[str, Action]:
    """Forward and the input's gradient, from and to pictures that lie channel by channel, as norms read them."""
    weight, picture = numbers(*one.kernel), numbers(*one.picture)
    with torch.no_grad():
        gradient = numbers(*F.conv2d(picture, weight, None, one.stride, one.padding).shape)

    def there_and_back(laid_out: Tensor) -> None:
        with torch.no_grad():
            by_channel(F.conv2d(picture, laid_out, None, one.stride, one.padding))
            back: Tensor = conv2d_input(  # type: ignore[no-untyped-call]
                picture.shape, laid_out, gradient, one.stride, one.padding
            )
            by_channel(back)

    turned = weight.contiguous(memory_format=torch.channels_last)
    return {"plain": partial(there_and_back, weight), "turned": partial(there_and_back, turned)}


# ── Rates ──────────────────────────────────────────────────────────────────────────────────────────────────


def _tflops(attentions: Counter[AttentionShape], numbers: Callable[..., Tensor], stopwatch: Stopwatch) -> float | None:
    """Of a product as the linear layers beside the commonest attention have it."""
    if not attentions:
        return None
    batch, heads, queries, _, size = attentions.most_common(1)[0][0]
    rows, width = batch * queries, heads * size
    left, right = numbers(rows, width), numbers(width, width)
    times = stopwatch.race("product", {OWN: lambda: left @ right})
    return 2 * rows * width * width / times[OWN] / 1e12 if OWN in times else None


def _copy_gb_s(device: torch.device, stopwatch: Stopwatch) -> float | None:
    source, target = (torch.zeros(COPIED_BYTES, dtype=torch.uint8, device=device) for _ in range(2))
    times = stopwatch.race("copy", {OWN: lambda: target.copy_(source)})
    return 2 * COPIED_BYTES / times[OWN] / 1e9 if OWN in times else None


# ── On the card ────────────────────────────────────────────────────────────────────────────────────────────


class CudaStopwatch:
    """Times recordings, as steps are recorded too: what the processor takes to start kernels does not count."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def race(self, piece: object, candidates: Mapping[str, Action]) -> dict[str, float]:
        """The least seconds of a few rounds in which candidates take turns. As in `Stopwatch`."""
        graphs = {}
        for name, action in candidates.items():
            seconds = self._try(piece, name, action)
            if seconds is not None:
                repeats = max(1, min(REPEATS, round(MEASURED_S / seconds)))
                graphs[name] = self._record(action, repeats), repeats
        best = dict.fromkeys(graphs, float("inf"))
        for _ in range(ROUNDS):
            for name, (graph, repeats) in graphs.items():
                best[name] = min(best[name], self._seconds(graph.replay) / repeats)
        log.info("%s: %s", piece, {name: f"{1e6 * seconds:.1f} us" for name, seconds in best.items()})
        return best

    def _try(self, piece: object, name: str, action: Action) -> float | None:
        """Seconds of the second time, the processor's share included; None where it does not work here."""
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        try:
            with _quietly(), torch.cuda.stream(self._stream):
                action()
                return self._seconds(action)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            log.info("%s: no %s here: %s", piece, name, str(error).partition("\n")[0])
            return None

    def _record(self, action: Action, repeats: int) -> torch.cuda.CUDAGraph:
        current = torch.cuda.current_stream(self._device)
        graph = torch.cuda.CUDAGraph()
        try:
            with _quietly(), torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                for _ in range(repeats):
                    action()
        except RuntimeError:
            torch.cuda.set_stream(current)  # torch leaves its own behind when a recording fails
            raise
        return graph

    def _seconds(self, action: Action) -> float:
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        first.record()
        action()
        last.record()
        last.synchronize()
        return max(1e-9, float(first.elapsed_time(last)) / 1000)


@contextmanager
def _quietly() -> Iterator[None]:
    """Without torch's reasons why a backend will not do, and with gradients computed in this thread."""
    with ExitStack() as inside:
        inside.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        inside.enter_context(torch.autograd.set_multithreading_enabled(False))
        yield
