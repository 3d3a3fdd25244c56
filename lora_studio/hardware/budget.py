"""What a run will cost before it starts: steps, time, disk and memory. Pure arithmetic, shared by window and console.

The constants of memory come from our own trainer on one NVIDIA H200 (bf16, rank 16 on attention, AdamW, Linux), what
the step before training reserved: docs/benchmarks.md has every figure beside the one of this file. No consumer card
and no Windows was measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lora_studio.config.fields import setting_fields
from lora_studio.config.length import RunLength
from lora_studio.config.resolve import LayerName, Origin, merged, validated
from lora_studio.config.training import AdapterSettings, Quantization, TrainingConfig
from lora_studio.hardware.card_facts import Tuning
from lora_studio.hardware.probe import Hardware

MIB = 1 << 20
GIB = 1 << 30

# Bytes that a forward pass keeps for each number at the output of a transformer's and a resnet's block, at 16 bit;
# fitted to SDXL at 1024 px (9,684 MiB, batch 4 22,340) and SD 1.5 at 512 px (2,358 MiB, batch 8 6,237, both from steps
# alone), and for those without fast steps solved from an earlier build (12,692 and 2,872).
FAST_BYTES = (35.8, 14.2)
PLAIN_BYTES = (52.5, 44.5)
RECOMPUTED_BYTES = 58.0  # for each at the output of the largest block; SDXL with recomputing 6,006 MiB, batch 4 7,550
# LoHa and LoKr make a layer's whole change anew in each pass. torch keeps one for the way back (counted by its hooks on
# the processor), and works with about four in float32; a block has eight layers at most. No card was measured.
CHANGES_IN_WORK, LAYERS_OF_A_BLOCK = 4, 8
WORKSPACE_BYTES = 90 * MIB  # of libraries; what batches 1 and 4 of SDXL leave unexplained
# Drawing takes for each pixel: a step of the sampler, then the VAE in float32, in tiles of this size if it has to be.
SAMPLER_BYTES_PER_PX, DECODING_BYTES_PER_PX, SMALLEST_TILE_PX = 1300, 6500, 256
CUDA_CONTEXT_BYTES = 0.5 * GIB  # beside the allocator, performance study
PYTHON_BYTES = 0.5 * GIB  # 472 MiB resident with torch 2.13, diffusers, transformers and peft imported (Linux)
NF4_BYTES = 0.5 + 4 / 64  # 4 bits, and a float32 scale for 64 numbers
# Two moments of AdamW in float32 or 8 bit, Lion's one; Prodigy also holds where it began and a sum of gradients.
MOMENT_BYTES: Mapping[str, int] = {
    "adamw": 8, "adamw8bit": 2, "paged_adamw8bit": 2, "lion8bit": 1, "adafactor": 1, "prodigy": 16, "schedule_free": 8,
}  # fmt: skip
# What a started run may change: save point, steps, pictures and noise stay as they are. Another batch size would make
# other batches of other noise, another optimiser needs another state, another training size has another goal.
CHANGEABLE_MIDWAY = frozenset({"precision.gradient_checkpointing", "base.quantization"})
LEAST_SAVING = 0.15  # of what a run itself takes, where it ended though it should have fitted; assumed, not measured
TIGHT_FROM = 0.9  # an estimate may be 20 % off before it was measured (promise P26); the last tenth is uncertain

# Floating-point operations of a step for a square of 64 latent cells a side, times 10^12. SD 1.x and SDXL: the
# performance study; SD 2.x is built alike; the Practice base is assumed, and launching outweighs it on any card.
STEP_TFLOP: Mapping[str, float] = {"sd1": 1.73, "sd2": 1.73, "sdxl": 14.19 / 4, "practice": 0.1}
FAST_TFLOPS = 245.0  # SDXL at batch 1 on an H200: 0.058 s a step (docs/benchmarks.md)
SLOW_TFLOPS = 5.0  # assumed for the smallest cards with 6 GB; not measured
# SD 1.5 at batch 1 on an H200: 0.017 s with recorded steps. Where the processor launches every operation, as without
# fast steps and on the processors of the performance study, 0.12 to 0.18 s while the card idles.
LAUNCH_S = (0.014, 0.18)
# The Practice base at batch 4: 1.1 s on one thread (docs/practice-presets.md); what more threads gain is assumed.
PRACTICE_STEP_S = (0.4, 1.2)
SLOW_PROCESSOR_TFLOPS, FAST_PROCESSOR_TFLOPS = 0.02, 0.5  # fp32 on a few old cores and on many new ones; both assumed
SAMPLE_SHARE = 0.96  # two forward passes against forward and backward: 2 x 6.80 of 14.19 TFLOP
START_S = (10.0, 30.0)  # process start to first step: the goal, and a little over the 25 s measured; performance study

Verdict = Literal["fits", "tight", "too_big"]
SegmentName = Literal["base", "images", "adapter", "system"]


@dataclass(frozen=True, slots=True)
class BaseShape:
    """How large a base's parts are, in numbers (parameters), and what its UNet is built of.

    Attributes:
        unet: The UNet's config as diffusers writes it; what it does not say has diffusers' own default.
        texts: The config of each text encoder, likewise.
        unet_parameters: All of the UNet's numbers; `unet_linear_parameters` are those that can be squeezed.
        text_parameters: The same for the text encoders together.
        vae_parameters: All of the picture encoder's and decoder's, which stay in float32.
    """

    unet: Mapping[str, Any]
    texts: tuple[Mapping[str, Any], ...]
    unet_parameters: int
    unet_linear_parameters: int
    text_parameters: int
    text_linear_parameters: int
    vae_parameters: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Times of an earlier run of this size on this device."""

    step_s: float
    sample_s: float | None = None
    start_s: float | None = None


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """How long a run takes, samples included. Measured times still have a little room; estimates have much."""

    seconds: float
    low_s: float
    high_s: float
    step_s: float
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the memory bar. `images` is the work on pictures, `system` what others keep."""

    name: SegmentName
    size_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """What the device holds at the worst moment, `system` included, against what it has. An estimate, not measured."""

    device: str
    is_card: bool
    segments: tuple[Segment, ...]
    needed_bytes: int
    total_bytes: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to need less memory: settings by dotted path, what they save, what they cost, whether that is enough."""

    settings: Mapping[str, Any]
    saved_bytes: int
    cost: str
    is_enough: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """One choice that a preset explains, for the list of why these choices."""

    path: str
    title: str
    value: Any
    because: str
    layer: LayerName


@dataclass(frozen=True, slots=True)
class Budget:
    """Everything the plan card shows. `buckets` are (width, height, pictures), the most frequent first.

    `tuning` is what was measured of this card, None where nothing was yet.
    """

    steps: int
    epochs: int
    steps_per_epoch: int
    pictures: int
    looks: int
    buckets: tuple[tuple[int, int, int], ...]
    adapter_bytes: int
    disk_bytes: int
    disk_free_bytes: int | None
    time: TimeEstimate
    memory: MemoryEstimate
    fixes: tuple[Fix, ...]
    reasons: tuple[Reason, ...]
    tuning: Tuning | None = None

    @property
    def fits_on_disk(self) -> bool:
        return self.disk_free_bytes is None or self.disk_bytes < self.disk_free_bytes


def estimate(
    config: TrainingConfig,
    origins: Mapping[str, Origin],
    length: RunLength,
    buckets: Mapping[tuple[int, int], int],
    shape: BaseShape,
    hardware: Hardware,
    measured: Measured | None = None,
    kept_free_bytes: int = GIB,
    card_index: int | None = None,
    tuning: Tuning | None = None,
) -> Budget:
    """What a run will need, from facts alone; takes a few milliseconds.

    Args:
        config: The resolved settings, and `origins` where each came from.
        length: From `plan_length`.
        buckets: Pictures by training size (width, height).
        shape: The base, from `bases.shape_of`.
        hardware: From `probe_hardware` for the folder of the run.
        measured: Times of an earlier run, from `runs.timings`.
        kept_free_bytes: Memory left to everyone else.
        card_index: Which card; None takes the first.
        tuning: What was measured of this card, from `card_facts`.
    """
    memory = estimate_memory(config, shape, hardware, kept_free_bytes, card_index)
    free_mib = hardware.disk_free_mib
    ordered = sorted(buckets.items(), key=lambda item: (-item[1], item[0]))
    looks = length.total_steps * config.schedule.batch_size * config.schedule.gradient_accumulation
    return Budget(
        steps=length.total_steps,
        epochs=length.epochs,
        steps_per_epoch=length.steps_per_epoch,
        pictures=sum(buckets.values()),
        looks=looks,
        buckets=tuple((width, height, count) for (width, height), count in ordered),
        adapter_bytes=adapter_parameters(shape, config.adapter) * _width(config.output.export_dtype),
        disk_bytes=disk_bytes(config, length, buckets, shape),
        disk_free_bytes=None if free_mib is None else free_mib * MIB,
        time=estimate_time(config, length, memory.is_card, measured),
        memory=memory,
        fixes=find_fixes(config, shape, hardware, kept_free_bytes, card_index),
        reasons=reasons_of(config, origins, tuning),
        tuning=tuning,
    )


# ── Sizes ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Block:
    """Blocks of one kind at one depth: how many, how wide, and the share of the latent's cells they see."""

    count: int
    width: int
    cells: float


@dataclass(frozen=True, slots=True)
class _Layer:
    """Layers of one size that carry an adapter; a convolution sees `window` places of each input."""

    count: int
    inputs: int
    outputs: int
    window: int = 1

    @property
    def weights(self) -> int:
        """Numbers of one such layer's own weight."""
        return self.inputs * self.outputs * self.window


def adapter_parameters(shape: BaseShape, settings: AdapterSettings) -> int:
    """Numbers in the adapter."""
    return sum(layer.count * _layer_parameters(layer, settings) for layer in _adapted_layers(shape, settings))


def _layer_parameters(layer: _Layer, settings: AdapterSettings) -> int:
    """LoRA: rank times inputs and outputs, LoHa twice that; LoKr: its two factors, as peft cuts and shapes them."""
    rank, inputs = settings.rank, layer.inputs * layer.window
    if settings.kind != "lokr":
        return (2 if settings.kind == "loha" else 1) * rank * (inputs + layer.outputs)
    (m, n), (l_, k) = (_cut(size, settings.lokr_factor) for size in (layer.inputs, layer.outputs))
    is_whole = rank >= max(k, n) / 2
    n *= layer.window
    return l_ * m + (k * n if is_whole else rank * (k + n))


def _cut(size: int, factor: int) -> tuple[int, int]:
    """A layer's side in LoKr's two parts: the factor and the rest, as `factorization` of peft 0.21 does it.

    Where the factor does not divide it, the smaller part is the largest divisor below.
    """
    smaller = factor
    if size % factor:
        smaller = next(part for part in range(min(factor, math.isqrt(size)), 0, -1) if size % part == 0)
    return smaller, size // smaller


def _adapted_layers(shape: BaseShape, settings: AdapterSettings) -> Iterator[_Layer]:
    """Every layer the adapter sits on.

    In a transformer block of width d with text of width c: attention among the picture's cells is four layers d to d;
    attention to the text q and out, d to d, k and v, c to d; feed-forward d to 8 d and 4 d to d.
    """
    text_width = shape.unet.get("cross_attention_dim", 1280)
    targets = settings.targets
    for block in _blocks(shape.unet)[0]:
        width = block.width
        if targets != "cross_attention":
            yield _Layer(4 * block.count, width, width)
        if targets != "self_attention":
            yield _Layer(2 * block.count, width, width)
            yield _Layer(2 * block.count, text_width, width)
        if targets in ("attention_and_feed_forward", "attention_blocks", "with_convolutions"):
            yield _Layer(block.count, width, 8 * width)
            yield _Layer(block.count, 4 * width, width)
    if targets == "attention_blocks":
        for block in _blocks({**shape.unet, "transformer_layers_per_block": 1})[0]:
            yield _Layer(2 * block.count, block.width, block.width)
    if targets == "with_convolutions":
        yield from _convolutions(shape.unet)
    for text in shape.texts if settings.train_text_encoder else ():
        hidden, inner = text.get("hidden_size", 768), text.get("intermediate_size", 3072)
        layers = text.get("num_hidden_layers", 12)
        yield _Layer(4 * layers, hidden, hidden)
        yield _Layer(layers, hidden, inner)
        yield _Layer(layers, inner, hidden)


def disk_bytes(
    config: TrainingConfig, length: RunLength, buckets: Mapping[tuple[int, int], int], shape: BaseShape
) -> int:
    """What the run folder will hold at its largest: cached pictures and captions, save points, epochs, samples."""
    parameters = adapter_parameters(shape, config.adapter)
    cells = sum(width * height * count for (width, height), count in buckets.items()) / 64 * _more_cells(config)
    latents = round(cells * 8 * 4 * (2 if config.dataset.flip else 1))  # mean and spread of four channels, float32
    rows = 77 * config.dataset.caption_tokens // 75
    caption_bytes = rows * shape.unet.get("cross_attention_dim", 1280) * 4  # a row for each token, float32
    captions = 0 if config.adapter.train_text_encoder else sum(buckets.values()) * caption_bytes
    save_point = parameters * (4 + _moment_bytes(config) + (4 if config.adapter.average else 0))
    epochs = length.epochs * parameters * 4
    sheets = (length.epochs + 1) * len(config.preview.prompts) if config.preview.enabled else 0
    # PNG rarely takes more than half; the sheet, and the base's own pictures in the cache, take the rest.
    samples = sheets * config.dataset.resolution_px**2 * 3
    export = parameters * _width(config.output.export_dtype)
    return latents + captions + (config.output.keep_checkpoints + 1) * save_point + epochs + samples + export


def _blocks(unet: Mapping[str, Any]) -> tuple[list[_Block], list[_Block]]:
    """The transformer blocks and the resnets of a diffusers UNet, from its config."""
    widths = list(unet.get("block_out_channels", (320, 640, 1280, 1280)))
    depth = len(widths)
    down = list(unet.get("down_block_types", (*["CrossAttnDownBlock2D"] * (depth - 1), "DownBlock2D")))
    up = list(unet.get("up_block_types", ("UpBlock2D", *["CrossAttnUpBlock2D"] * (depth - 1))))
    layers = _per_level(unet.get("layers_per_block", 2), depth)
    transformers_each = _per_level(unet.get("transformer_layers_per_block", 1), depth)
    transformers, resnets = [], []
    for level, width in enumerate(widths):
        cells = 0.25**level
        for kind, count in ((down[level], layers[level]), (up[depth - 1 - level], layers[level] + 1)):
            resnets.append(_Block(count, width, cells))
            if "CrossAttn" in kind:
                transformers.append(_Block(count * transformers_each[level], width, cells))
    deepest = 0.25 ** (depth - 1)
    resnets.append(_Block(2, widths[-1], deepest))
    transformers.append(_Block(transformers_each[-1], widths[-1], deepest))
    return transformers, resnets


def _convolutions(unet: Mapping[str, Any]) -> Iterator[_Layer]:
    """The convolutions that an adapter can sit on: of resnets, with their 1 x 1 shortcuts, and between levels."""
    widths = list(unet.get("block_out_channels", (320, 640, 1280, 1280)))
    layers = _per_level(unet.get("layers_per_block", 2), len(widths))
    last = len(widths) - 1

    def resnet(inner: int, outer: int, has_shortcut: bool) -> Iterator[_Layer]:
        yield _Layer(1, inner, outer, 9)
        yield _Layer(1, outer, outer, 9)
        if has_shortcut:
            yield _Layer(1, inner, outer)

    channels, across = widths[0], [widths[0]]
    for level, width in enumerate(widths):
        for _ in range(layers[level]):
            yield from resnet(channels, width, channels != width)
            channels = width
            across.append(width)
        if level < last:
            yield _Layer(1, width, width, 9)
            across.append(width)
    yield from resnet(channels, channels, False)
    yield from resnet(channels, channels, False)
    for level in reversed(range(len(widths))):
        for _ in range(layers[level] + 1):
            yield from resnet(channels + across.pop(), widths[level], True)
            channels = widths[level]
        if level > 0:
            yield _Layer(1, channels, channels, 9)


def _per_level(value: Any, depth: int) -> list[int]:
    return [int(number) for number in value] if isinstance(value, list | tuple) else [int(value)] * depth


def _more_cells(config: TrainingConfig) -> float:
    """The Practice base's picture encoder shrinks pictures 4 times a side, the others' 8 times."""
    return 4.0 if config.base.family == "practice" else 1.0


# ── Memory ─────────────────────────────────────────────────────────────────────────────────────────────────


def estimate_memory(
    config: TrainingConfig,
    shape: BaseShape,
    hardware: Hardware,
    kept_free_bytes: int = GIB,
    card_index: int | None = None,
) -> MemoryEstimate:
    """The memory at the worst moment of training on the card, or on the processor where there is none."""
    card = next((card for card in hardware.cards if card_index in (None, card.index)), None)
    if config.precision.device == "cpu":
        card = None
    width = _compute_width(config, card is not None)
    base = _base_bytes(config, shape, width, card is not None)
    is_plain_lora = config.adapter.kind == "lora"
    is_fast = card is not None and config.precision.fast_step == "auto" and is_plain_lora
    # Weights and gradients in float32, moments, an average; to compute with, 16 bit copies of weights and gradients.
    each = 8 + _moment_bytes(config) + (4 if config.adapter.average else 0) + (2 * width if is_fast else width % 4)
    adapter = adapter_parameters(shape, config.adapter) * each
    if not is_plain_lora:
        adapter += _whole_changes_bytes(config, shape, width)
    images = max(_activation_bytes(config, shape, width, is_fast), _drawing_bytes(config, shape, card is not None))
    system = round(kept_free_bytes + (CUDA_CONTEXT_BYTES if card else PYTHON_BYTES))
    total = (card.total_mib if card else hardware.memory_total_mib) * MIB
    if card is not None and config.precision.memory_limit_gib:
        system = round(CUDA_CONTEXT_BYTES)  # nobody else is meant by a limit of our own
        total = min(total, round(config.precision.memory_limit_gib * GIB))
    needed = base + images + adapter + system
    return MemoryEstimate(
        device=card.name if card else "cpu",
        is_card=card is not None,
        segments=(
            Segment("base", base),
            Segment("images", images),
            Segment("adapter", adapter),
            Segment("system", system),
        ),
        needed_bytes=needed,
        total_bytes=total,
        verdict="too_big" if needed > total else "tight" if needed > TIGHT_FROM * total else "fits",
    )


def _whole_changes_bytes(config: TrainingConfig, shape: BaseShape, width: int) -> int:
    """What the whole changes of LoHa's and LoKr's layers take; where it recomputes, those of one block are kept."""
    layers = list(_adapted_layers(shape, config.adapter))
    largest = max(layer.weights for layer in layers)
    kept = sum(layer.count * layer.weights for layer in layers)
    if config.precision.gradient_checkpointing:
        kept = min(kept, LAYERS_OF_A_BLOCK * largest)
    return width * kept + 4 * CHANGES_IN_WORK * largest


def _base_bytes(config: TrainingConfig, shape: BaseShape, width: int, on_card: bool) -> int:
    """On a card, VAE and text encoders wait in the computer's memory while they are not read at every step."""
    linear, text_linear = shape.unet_linear_parameters, shape.text_linear_parameters
    quantization = config.base.quantization
    # Of the rest nearly all is convolutions, which 4 bit leaves at 8.
    rest = width if quantization == "none" else 1
    unet = (shape.unet_parameters - linear) * rest + linear * _held(quantization, width)
    held_text = _held(config.base.text_encoder_quantization, width)
    text = (shape.text_parameters - text_linear) * width + text_linear * held_text
    if not on_card:
        return round(unet + text + shape.vae_parameters * 4)
    is_read = config.adapter.train_text_encoder or config.dataset.shuffle_tags
    return round(unet + (text if is_read else 0))


def _held(quantization: Quantization, width: int) -> float:
    return {"none": width, "int8": 1, "nf4": NF4_BYTES}[quantization]


def _activation_bytes(config: TrainingConfig, shape: BaseShape, width: int, is_fast: bool) -> int:
    """What forward and backward keep for a batch of the largest training size."""
    transformer_bytes, resnet_bytes = FAST_BYTES if is_fast else PLAIN_BYTES
    transformers, resnets = _blocks(shape.unet)
    cells = config.dataset.resolution_px**2 / 64 * _more_cells(config)
    scale = cells * _pictures_a_card(config) * width / 2
    in_transformers = sum(block.count * block.width * block.cells for block in transformers)
    in_resnets = sum(block.count * block.width * block.cells for block in resnets)
    if not config.precision.gradient_checkpointing:
        return round(scale * (transformer_bytes * in_transformers + resnet_bytes * in_resnets)) + WORKSPACE_BYTES
    largest = max(block.width * block.cells for block in resnets)
    # Every block's input at 16 bit, and one block in full while it is computed again.
    return round(scale * (2 * (in_transformers + in_resnets) + RECOMPUTED_BYTES * largest)) + WORKSPACE_BYTES


def _pictures_a_card(config: TrainingConfig) -> int:
    """How many pictures of a batch the card with the most of them gets."""
    return math.ceil(config.schedule.batch_size / config.precision.cards)


def drawing_bytes(pixels: int) -> int:
    """What drawing a picture of so many pixels takes of a card at its leanest, beside UNet and VAE."""
    return max(pixels * SAMPLER_BYTES_PER_PX, SMALLEST_TILE_PX**2 * DECODING_BYTES_PER_PX)


def _drawing_bytes(config: TrainingConfig, shape: BaseShape, on_card: bool) -> int:
    """Drawing one sample. On a card at its leanest; it takes more where more is free.

    On the processor the VAE decodes all at once: the last block's input (256 channels), output and normed copy,
    counted from the decoder's widths, not measured.
    """
    pixels = config.dataset.resolution_px**2
    if not config.preview.enabled:
        return 0
    if on_card:
        return shape.vae_parameters * 4 + drawing_bytes(pixels)
    return pixels * (128 if config.base.family == "practice" else 512) * 4


def _moment_bytes(config: TrainingConfig) -> int:
    """What the optimiser holds for each number. adafactor holds a row and a column of a matrix, less than 1 in 4."""
    return MOMENT_BYTES[config.optimizer.type]


def _compute_width(config: TrainingConfig, on_card: bool) -> int:
    """Bytes of a number the base computes with; as `training.precision` chooses it."""
    compute = config.precision.compute
    if compute == "auto":
        return 2 if on_card else 4
    return _width(compute)


def _width(dtype: str) -> int:
    return 4 if dtype == "fp32" else 2


# ── Fixes ──────────────────────────────────────────────────────────────────────────────────────────────────


def find_fixes(
    config: TrainingConfig,
    shape: BaseShape,
    hardware: Hardware,
    kept_free_bytes: int = GIB,
    card_index: int | None = None,
) -> tuple[Fix, ...]:
    """Ways to need less, none when it fits. Enough ones first, the cheapest for the result first among them.

    Where no single change is enough, the first fix is the shortest row of them that is.
    """

    def memory_with(settings: Mapping[str, Any]) -> MemoryEstimate:
        return estimate_memory(with_settings(config, settings), shape, hardware, kept_free_bytes, card_index)

    before = estimate_memory(config, shape, hardware, kept_free_bytes, card_index)
    if before.verdict == "fits":
        return ()
    single = []
    together: dict[str, Any] = {}
    costs: list[str] = []
    row: Fix | None = None
    for settings, cost in _ways(config, before.is_card):
        after = memory_with(settings)
        saved = before.needed_bytes - after.needed_bytes
        if saved <= 0:
            continue
        single.append(Fix(settings, saved, cost, after.verdict != "too_big"))
        together |= settings
        costs.append(cost)
        after = memory_with(together)
        if row is None and after.verdict != "too_big":
            row = Fix(dict(together), before.needed_bytes - after.needed_bytes, " ".join(costs), True)
    enough = [fix for fix in single if fix.is_enough]
    others = sorted((fix for fix in single if not fix.is_enough), key=lambda fix: -fix.saved_bytes)
    return (*enough, *([row] if row is not None and not enough else []), *others)


def find_fixes_midway(
    config: TrainingConfig,
    shape: BaseShape,
    hardware: Hardware,
    kept_free_bytes: int = GIB,
    card_index: int | None = None,
) -> tuple[Fix, ...]:
    """Ways to need less that a started run can take, also where it should fit; each holds the ones before it too.

    For a run whose memory ended: what the estimate says is then too little, so a fix is enough only when it also
    saves a good part of what the run itself takes. Enough ones first, the cheapest for the result first among them;
    then those that save the most.
    """

    def memory_with(settings: Mapping[str, Any]) -> MemoryEstimate:
        return estimate_memory(with_settings(config, settings), shape, hardware, kept_free_bytes, card_index)

    before = memory_with({})
    own_bytes = sum(segment.size_bytes for segment in before.segments if segment.name != "system")
    goal = min(before.total_bytes, before.needed_bytes - round(LEAST_SAVING * own_bytes))
    least = before.needed_bytes
    together: dict[str, Any] = {}
    costs: dict[str, str] = {}
    fixes = []
    for settings, cost in _ways(config, before.is_card):
        if not settings.keys() <= CHANGEABLE_MIDWAY:
            continue
        needed = memory_with(together | settings).needed_bytes
        if needed >= least:
            continue
        least = needed
        together |= settings
        costs |= dict.fromkeys(settings, cost)  # 4 bit takes the place of 8 bit
        fixes.append(Fix(dict(together), before.needed_bytes - needed, " ".join(costs.values()), needed <= goal))
    enough = [fix for fix in fixes if fix.is_enough]
    return (*enough, *sorted((fix for fix in fixes if not fix.is_enough), key=lambda fix: -fix.saved_bytes))


def _ways(config: TrainingConfig, on_card: bool) -> list[tuple[dict[str, Any], str]]:
    """Every change that may save memory, from what costs the result least to what costs it most."""
    schedule = config.schedule
    ways: list[tuple[dict[str, Any], str]] = []
    cards = config.precision.cards
    if schedule.batch_size > cards:
        passes = math.ceil(schedule.batch_size * schedule.gradient_accumulation / cards)
        alone = {"schedule.batch_size": cards, "schedule.gradient_accumulation": min(256, passes)}
        ways.append((alone, "One picture at a time, added up: the same result, a little slower."))
    if on_card and config.optimizer.type == "adamw":
        ways.append(({"optimizer.type": "adamw8bit"}, "A smaller optimiser that learns alike."))
    if not config.precision.gradient_checkpointing:
        ways.append(({"precision.gradient_checkpointing": True}, "Computes parts twice: about a third slower."))
    can_squeeze = on_card and config.adapter.kind == "lora"
    if can_squeeze and config.base.quantization == "none":
        ways.append(({"base.quantization": "int8"}, "Base squeezed to 8-bit: hardly any difference."))
    if can_squeeze and config.base.quantization != "nf4":
        ways.append(({"base.quantization": "nf4"}, "Base squeezed to 4-bit: slightly softer detail."))
    step = config.dataset.bucket_multiple_px
    smaller = int(config.dataset.resolution_px * 0.75) // step * step
    if smaller >= max(64, step) and smaller % 8 == 0:
        ways.append(({"dataset.resolution_px": smaller}, f"Trains at {smaller} pixels: less fine detail."))
    return ways


def with_settings(config: TrainingConfig, settings: Mapping[str, Any]) -> TrainingConfig:
    """The same config with these settings, by dotted path."""
    values = config.model_dump()
    for path, value in settings.items():
        section, _, name = path.rpartition(".")
        values = merged(values, {section: {name: value}})
    return validated(values)


# ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────


def estimate_time(
    config: TrainingConfig, length: RunLength, on_card: bool, measured: Measured | None = None
) -> TimeEstimate:
    """How long a run takes: measured steps where an earlier run told, else a wide range with its geometric middle."""
    if measured is not None:
        sample_s = measured.sample_s if measured.sample_s is not None else _sample_s(config, measured.step_s)
        start_s = measured.start_s if measured.start_s is not None else START_S[1]
        whole = _total_s(config, length, measured.step_s, sample_s, start_s)
        return TimeEstimate(whole, 0.9 * whole, 1.15 * whole, measured.step_s, True)
    fast, slow = _step_range_s(config, on_card)
    low = _total_s(config, length, fast, _sample_s(config, fast), START_S[0])
    high = _total_s(config, length, slow, _sample_s(config, slow), START_S[1])
    return TimeEstimate(math.sqrt(low * high), low, high, math.sqrt(fast * slow), False)


def _step_range_s(config: TrainingConfig, on_card: bool) -> tuple[float, float]:
    side = config.dataset.resolution_px / 8 / 64
    work = STEP_TFLOP[config.base.family] * side**2 * _pictures_a_card(config)
    passes = config.schedule.gradient_accumulation
    again = 1.3 if config.precision.gradient_checkpointing else 1.0  # SDXL on an H200: 0.083 against 0.062 s
    if on_card:
        fast, slow = LAUNCH_S
        return passes * max(fast, again * work / FAST_TFLOPS), passes * (slow + again * work / SLOW_TFLOPS)
    if config.base.family == "practice":
        pictures = _pictures_a_card(config) / 4 * (config.dataset.resolution_px / 128) ** 2
        return passes * PRACTICE_STEP_S[0] * pictures * again, passes * PRACTICE_STEP_S[1] * pictures * again
    return passes * again * work / FAST_PROCESSOR_TFLOPS, passes * again * work / SLOW_PROCESSOR_TFLOPS


def samples_in_a_row(config: TrainingConfig) -> int:
    """How many samples of an epoch one card draws, the one with the most of them."""
    return math.ceil(len(config.preview.prompts) / config.precision.cards) if config.preview.enabled else 0


def _sample_s(config: TrainingConfig, step_s: float) -> float:
    """One sample picture, from the time of a training step."""
    pictures = _pictures_a_card(config) * config.schedule.gradient_accumulation
    return config.preview.steps * SAMPLE_SHARE * step_s / pictures


def _total_s(config: TrainingConfig, length: RunLength, step_s: float, sample_s: float, start_s: float) -> float:
    return start_s + length.total_steps * step_s + (length.epochs + 1) * samples_in_a_row(config) * sample_s


# ── Reasons ────────────────────────────────────────────────────────────────────────────────────────────────

_FIRST = (
    "base.quantization", "adapter.rank", "schedule.looks_per_picture", "optimizer.learning_rate",
    "adapter.train_text_encoder", "dataset.resolution_px", "optimizer.type", "schedule.batch_size",
)  # fmt: skip


def reasons_of(
    config: TrainingConfig, origins: Mapping[str, Origin], tuning: Tuning | None = None
) -> tuple[Reason, ...]:
    """Every choice that a preset explains, those that matter most first, then what was measured."""
    values = config.model_dump()
    fields = setting_fields()
    reasons = [
        Reason(path, fields[path].title or path, _at(values, path), origin.because, origin.layer)
        for path, origin in origins.items()
        if origin.because and path in fields
    ]
    order = {path: number for number, path in enumerate(_FIRST)}
    reasons.sort(key=lambda reason: order.get(reason.path, len(order)))
    if tuning is not None:
        path = "precision.tuning"
        reasons.append(Reason(path, fields[path].title or path, _at(values, path), tuning.words(), origins[path].layer))
    return tuple(reasons)


def _at(values: Mapping[str, Any], path: str) -> Any:
    for name in path.split("."):
        values = values[name]
    return values
