"""Times training steps of a full-size UNet on the plain and the fast ways, and compares their gradients.

    python tests/trials/fast_step_trial.py --family sdxl --resolution 1024 --batch 1 --steps 20
        [--recompute] [--quantization nf4] [--paths plain,fused,graph,tuned] [--no-reference] [--kernels N] [--tiny]

The UNet has random weights and needs no download. A JSON line for each way: median milliseconds of a whole step
(drawing noise, clipping and AdamW included), torch's memory, and how its gradients differ from those of the plain way
and of float32. `--kernels` adds what the card did in a step, the N longest kernels by name. `--tiny` shrinks the UNet,
so that the script itself can be tried on a processor. The way `tuned` is `graph` with what is
fastest on this card, which it measures first and prints; compare it with `graph`.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import math
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from diffusers import UNet2DConditionModel
from torch import Tensor

from lora_studio import embedded
from lora_studio.adapters.lora import add_adapter, trainable_parameters
from lora_studio.adapters.quantize import quantize_layers
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.buckets import Placement
from lora_studio.families.base import Components, OnUse
from lora_studio.families.registry import family_of
from lora_studio.runs.pictures import PictureEntry
from lora_studio.training import tuning
from lora_studio.training.optimizers import make_optimizer, parameter_groups
from lora_studio.training.step import FastWay, TrainingStep, make_fast_way

WARM_UP_STEPS = 4
GRADIENT_STEP = 1_000_000  # its noise is that of no timed step
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
BASE_SETTINGS = Path(embedded.__file__).parent / "base_settings"


class DrawnLatents:
    """Latents without pictures."""

    def __init__(self, side: int) -> None:
        self._shape = (4, side, side)

    def shape(self, index: int) -> tuple[int, int, int]:
        return self._shape

    def batch(self, indices: Sequence[int], mirrored: Sequence[bool], noise: Tensor | None = None) -> Tensor:
        return torch.stack([drawn(self._shape, index) for index in indices])


class DrawnText:
    """Conditioning without a text encoder."""

    learning = False

    def __init__(self, width: int, pooled: int | None) -> None:
        self._width, self._pooled = width, pooled

    def conditioning(self, captions: Sequence[str], keeps: bool = True) -> dict[str, Tensor]:
        rows = torch.stack([drawn((77, self._width), len(words)) for words in captions])
        told = {"encoder_hidden_states": rows}
        return told if self._pooled is None else {**told, "pooled": rows.new_ones(len(captions), self._pooled)}


@cache
def drawn(shape: tuple[int, ...], seed: int) -> Tensor:
    """Normal numbers, once for each seed, as encoded pictures and captions lie ready."""
    return torch.randn(shape, generator=seeded(seed))


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def build_unet(options: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> Any:
    """A UNet of the family with the same random weights in every dtype: drawn in bf16, at sane scales."""
    settings = json.loads((BASE_SETTINGS / options.family / "unet" / "config.json").read_text("utf-8"))
    if options.tiny:
        settings |= {
            "block_out_channels": [32, *[64] * (len(settings["block_out_channels"]) - 1)],
            "attention_head_dim": 4, "cross_attention_dim": 64, "transformer_layers_per_block": 1,
        }  # fmt: skip
    with torch.device("meta"):
        unet: Any = UNet2DConditionModel.from_config(settings)
    unet = unet.to(dtype).to_empty(device=device).requires_grad_(False).eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            if parameter.dim() > 1:
                drawn = torch.empty(parameter.shape, device=device, dtype=torch.bfloat16)
                parameter.copy_(drawn.normal_(std=1 / math.sqrt(3 * parameter[0].numel())))
            else:
                parameter.fill_(1.0 if name.endswith("weight") else 0.0)
    quantize_layers(unet, options.quantization, dtype, device)
    return unet.to(device)


def make_step(options: argparse.Namespace, accelerator: Accelerator, way: str) -> tuple[TrainingStep, FastWay | None]:
    device = accelerator.device
    dtype = torch.float32 if way == "reference" else DTYPES[options.dtype]
    config = TrainingConfig.model_validate(
        {
            "base": {"family": options.family, "quantization": options.quantization},
            "precision": {"gradient_checkpointing": options.recompute},
            "dataset": {"flip": False, "caption_dropout": 0.0},
            "adapter": {"rank": options.rank, "alpha": options.rank, "targets": options.targets},
            "objective": {"keep_base_share": 0.0},
        }
    )
    unet = build_unet(options, device, dtype)
    if options.recompute:
        unet.enable_gradient_checkpointing()
    add_adapter({"unet": unet}, config.adapter, seed=1)
    parameters = trainable_parameters(unet)
    for number, parameter in enumerate(parameters):
        if number % 2:  # B: at zero, half of the gradients would be zero
            parameter.data.copy_(0.02 * torch.randn(parameter.shape, generator=seeded(number)))
    beta = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    components = Components(
        unet=unet, others=OnUse({}), tokenizers=OnUse({}), scheduler=None, dtype=dtype,
        alphas_cumprod=torch.cumprod(1 - beta, 0), latent_channels=4, latent_scale=1.0, latent_shift=0.0,
        vae_stride_px=8, fingerprint="trial", device=device,
    )  # fmt: skip
    fast = None
    side = options.resolution
    if way in ("fused", "graph", "tuned"):
        chosen = None
        if way == "tuned":
            pieces = tuning.pieces_of(unet, (side // 8, side // 8), options.batch, dtype, device)
            chosen = tuning.measure(pieces, dtype, device, tuning.CudaStopwatch(device))
            print(json.dumps({"measured": chosen.words(), **chosen.model_dump(mode="json")}), flush=True)
        fast = make_fast_way(config, components, device, chosen)
        fast = replace(fast, recorder=None) if way == "fused" else fast
    optimizer = make_optimizer(parameter_groups(parameters, [], config.optimizer), config.optimizer, device)
    wrapped, optimizer = (
        (unet, accelerator.prepare(optimizer)) if way == "reference" else accelerator.prepare(unet, optimizer)
    )
    placement = Placement(side, side, side, side, 0, 0, 1.0)
    pictures = [
        PictureEntry.model_construct(caption="word " * (number + 1), placement=placement)
        for number in range(options.batch)
    ]
    pooled = unet.config.projection_class_embeddings_input_dim
    text = DrawnText(unet.config.cross_attention_dim, pooled - 6 * 256 if pooled else None)
    step = TrainingStep(
        config, family_of(options.family), components, pictures, DrawnLatents(side // 8), text,  # type: ignore[arg-type]
        accelerator, wrapped, optimizer, parameters, fast, batches_of=lambda step: [list(range(options.batch))],
    )  # fmt: skip
    return step, fast


def gradients_of(step: TrainingStep, fast: FastWay | None, batch: list[int]) -> list[Tensor]:
    """One batch's gradients before anything was learned, float32 on the CPU; of a recording those of a replay."""
    draw = (1, GRADIENT_STEP, 0, 0)
    if fast is None:
        step._accelerator.backward(step._loss(step._look(batch, draw)))
    else:
        fast.adapter.refresh()
        for _ in range(3):
            fast.adapter.clear_gradients()
            step._learn(fast, step._inputs_of(step._look(batch, draw)))
    found = [
        parameter.grad.detach().to("cpu", torch.float32, copy=True)
        for parameter in step._parameters
        if parameter.grad is not None
    ]
    if fast is None:
        step._optimizer.zero_grad(set_to_none=True)
    else:
        fast.adapter.clear_gradients()
    return found


def compared(found: list[Tensor], expected: list[Tensor] | None) -> dict[str, float]:
    if expected is None:
        return {}
    one, two = (torch.cat([tensor.double().flatten() for tensor in tensors]) for tensors in (found, expected))
    cosines = [
        float(torch.cosine_similarity(a.flatten(), b.flatten(), dim=0)) for a, b in zip(found, expected, strict=True)
    ]
    return {
        "cosine": float(torch.cosine_similarity(one, two, dim=0)),
        "relative_error": float((one - two).norm() / two.norm()),
        "worst_layer_cosine": min(cosines),
    }


def timed(step: TrainingStep, batch: list[int], options: argparse.Namespace) -> dict[str, Any]:
    durations, losses = [], []
    for number in range(1, WARM_UP_STEPS + options.steps + 1):
        began_s = time.perf_counter()
        losses.append(step(number, 0, [batch]).loss)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        durations.append(1000 * (time.perf_counter() - began_s))
    return {
        "median_ms": statistics.median(durations[WARM_UP_STEPS:]),
        "slowest_ms": max(durations[WARM_UP_STEPS:]),
        "warm_up_ms": durations[:WARM_UP_STEPS],
        "last_loss": losses[-1],
    }


def kernels(step: TrainingStep, batch: list[int], count: int, steps: int = 3) -> dict[str, Any]:
    """What the card is busy with in one step, ms, and the longest kernels: [name, times, ms]."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
        for number in range(steps):
            step(10_000 + number, 0, [batch])
        torch.cuda.synchronize()
    seen = [event for event in profiler.key_averages() if event.device_type == torch.autograd.DeviceType.CUDA]
    seen.sort(key=lambda event: -event.self_device_time_total)
    return {
        "busy_ms": sum(event.self_device_time_total for event in seen) / 1000 / steps,
        "kernels": [
            [event.key, event.count / steps, round(event.self_device_time_total / 1000 / steps, 3)]
            for event in seen[:count]
        ],
    }


def memory(prefix: str) -> dict[str, float]:
    if not torch.cuda.is_available():
        return {}
    return {
        f"{prefix}_allocated_gib": torch.cuda.max_memory_allocated() / 2**30,
        f"{prefix}_reserved_gib": torch.cuda.max_memory_reserved() / 2**30,
    }


def measure(
    options: argparse.Namespace, accelerator: Accelerator, way: str, known: dict[str, list[Tensor]]
) -> dict[str, Any]:
    """The line of one way; its gradients join `known`."""
    step, fast = make_step(options, accelerator, way)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    batch = list(range(options.batch))
    line: dict[str, Any] = {"way": way}
    known[way] = gradients_of(step, fast, batch)
    if way != "reference":
        line |= timed(step, batch, options)
        if options.kernels and torch.cuda.is_available():
            line |= kernels(step, batch, options.kernels)
    line |= memory("peak")
    for other in ("plain", "reference"):
        if other != way and other in known:
            line[f"against_{other}"] = compared(known[way], known[other])
    if step._replayed is not None:
        line["replays"] = all(batch.replay is not None for batch in step._replayed._batches.values())
    if fast is not None:
        line |= {"fused_layers": fast.adapter.fused, "layers_left_alone": fast.adapter.left_alone}
    return line


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", default="sdxl", choices=["sd1", "sd2", "sdxl"])
    parser.add_argument("--resolution", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--targets", default="attention")
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--quantization", default="none", choices=["none", "int8", "nf4"])
    parser.add_argument("--dtype", default="bf16", choices=list(DTYPES))
    parser.add_argument("--paths", default="plain,fused,graph")
    parser.add_argument("--no-reference", action="store_true", help="leave float32 out: it needs four times the memory")
    parser.add_argument("--kernels", type=int, default=0, metavar="N")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    if "tuned" in options.paths:
        logging.basicConfig(level=logging.INFO, format="%(message)s")  # the time of each piece
    on_cpu = not torch.cuda.is_available()
    mixing = {"fp32": "no"}.get(options.dtype, options.dtype)
    accelerator = Accelerator(mixed_precision=mixing, cpu=on_cpu)
    ways = ([] if options.no_reference else ["reference"]) + options.paths.split(",")
    known: dict[str, list[Tensor]] = {}
    failed = False
    for way in ways:
        if way in ("graph", "tuned") and on_cpu:
            print(json.dumps({"way": way, "skipped": "needs an NVIDIA card"}), flush=True)
            continue
        try:
            line = measure(options, accelerator, way, known)
        except RuntimeError as error:  # the other ways are worth their numbers all the same
            line, failed = {"way": way, "error": f"{type(error).__name__}: {error}"[:2000]}, True
        print(json.dumps(vars(options) | line), flush=True)
        accelerator.free_memory()
        gc.collect()
        if not on_cpu:
            torch.cuda.empty_cache()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
