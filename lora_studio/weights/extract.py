"""Makes a LoRA of what one model has learned beyond another: the nearest change of few ranks for each layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lora_studio.errors import StudioError
from lora_studio.weights.base_layers import BaseLayers, StoredLayer
from lora_studio.weights.convert import check_target, write_lora
from lora_studio.weights.header import ITEM_BYTES
from lora_studio.weights.lora import LoraModule
from lora_studio.weights.low_rank import Matrix, squeeze_matrix
from lora_studio.weights.metadata import ARCHITECTURES, BASE_VERSIONS, IMPLEMENTATION_BY_FAMILY
from lora_studio.weights.metadata import Prediction as StatedPrediction
from lora_studio.weights.resize import EnergyTally, ResizeResult, describe_ranks, keep_squeezed
from lora_studio.weights.rounding import round_weights
from lora_studio.weights.scratch import open_scratch
from lora_studio.weights.writing import DTYPE_CODES, ExportDtype

ExtractTargets = Literal["attention", "attention_and_feed_forward", "all"]

# What a layer's path holds, in the UNet and in text encoders.
_KINDS: dict[ExtractTargets, tuple[str, ...]] = {
    "attention": (".attn1.", ".attn2.", ".self_attn."),
    "attention_and_feed_forward": (".attn1.", ".attn2.", ".self_attn.", ".ff.", ".mlp."),
    "all": ("",),
}
_INHERITED = ("modelspec.author", "modelspec.license", "modelspec.trigger_phrase")


@dataclass(frozen=True, slots=True)
class ExtractResult:
    """What was written, which share of the difference in those layers is in it, and how many layers did not differ."""

    adapter: ResizeResult
    equal_layers: int


def extract_lora(
    tuned: BaseLayers,
    base: BaseLayers,
    target: Path,
    *,
    rank: int,
    energy: float = 1.0,
    targets: ExtractTargets = "attention",
    text_encoder: bool = False,
    dtype: ExportDtype = "fp16",
    progress: Callable[[int, int], None] | None = None,
) -> ExtractResult:
    """Writes a LoRA, in kohya's scheme, that makes `base` act like `tuned` as nearly as its ranks allow.

    Differences that rounding to the coarser of the two number formats explains are none. All modules get the alpha
    `rank`, because diffusers and others misread files whose alphas differ.

    Args:
        tuned: The model that learned something.
        base: The model that it was trained from.
        target: Where to.
        rank: The most ranks a layer may have, at least 1.
        energy: The share of each layer's difference to keep, above 0 and up to 1, where fewer ranks do.
        targets: Which layers. Biases, norms and the VAE are never part of a LoRA.
        text_encoder: Whether those of the text encoders too.
        dtype: Number format of the result.
        progress: Hears how many layers of how many are done, on this thread.

    Raises:
        StudioError: `families_differ`; `predictions_differ`; `layer_missing` when one of the models has no such layers
            or lacks some; `sizes_differ`; `nothing_differs`; `not_finite` for a damaged model; else as `check_target`,
            `read_tensor` and `write_lora`.
        ValueError: `rank` or `energy` out of its range.
    """
    if rank < 1 or not 0 < energy <= 1:
        raise ValueError(f"rank {rank}, energy {energy}")
    _check_pair(tuned, base)
    pairs = list(_pairs(tuned, base, targets, text_encoder))
    check_target(target, list(dict.fromkeys(layer.file for _, *both in pairs for layer in both)))
    tally = EnergyTally()
    modules: dict[str, LoraModule] = {}
    with open_scratch(target) as scratch:
        for done, (place, tuned_layer, base_layer) in enumerate(pairs):
            if progress:
                progress(done, len(pairs))
            difference = _difference(place, tuned_layer, base_layer)
            if difference is None:
                continue
            squeezed = squeeze_matrix(difference, rank, energy)
            tally.add(place, squeezed.energy, squeezed.kept)
            modules[place] = keep_squeezed(squeezed, float(rank), base_layer.shape, DTYPE_CODES[dtype], scratch)
        if not modules:
            raise StudioError(
                "nothing_differs", f"{tuned.name} and {base.name} do not differ in these layers.",
                f"All {len(pairs):,} have the same numbers, but for rounding. Nothing was written.",
                "Choose the tuned model and its base, or more layers with --targets and --text-encoder.",
            )  # fmt: skip
        metadata = _metadata(tuned, base, target) | describe_ranks(modules)
        written = write_lora(target, base.family, modules, metadata)
    return ExtractResult(tally.result(written, modules), len(pairs) - len(modules))


def foresee_bytes(
    base: BaseLayers, *, rank: int, targets: ExtractTargets = "attention", text_encoder: bool = False
) -> int:
    """The most bytes that an extracted fp16 LoRA can have, but for its header; only shapes are looked at."""
    places = [place for of_part in _places(base, base, targets, text_encoder).values() for place in of_part]
    sizes = [(base.layers[place].shape[0], math.prod(base.layers[place].shape[1:])) for place in places]
    return sum(min(rank, *size) * sum(size) * ITEM_BYTES["F16"] + ITEM_BYTES["F32"] for size in sizes)


def _check_pair(tuned: BaseLayers, base: BaseLayers) -> None:
    if tuned.family != base.family:
        raise StudioError(
            "families_differ", "The two models are of different families, so their difference means nothing.",
            f"{tuned.name} is {tuned.family}, {base.name} is {base.family}.", "Choose the base it was trained from.",
        )  # fmt: skip
    if tuned.prediction != base.prediction:
        raise StudioError(
            "predictions_differ", "The two models answer differently, so no adapter can turn one into the other.",
            f"{tuned.name} predicts {_in_words(tuned)}, {base.name} {_in_words(base)}.",
            "Choose the base it was trained from.",
        )  # fmt: skip


def _in_words(model: BaseLayers) -> str:
    return "velocity" if model.prediction == "v_prediction" else "noise"


def _pairs(
    tuned: BaseLayers, base: BaseLayers, targets: ExtractTargets, text_encoder: bool
) -> Iterator[tuple[str, StoredLayer, StoredLayer]]:
    """The layers to compare, by path, checked to be of one size."""
    for component, places in _places(tuned, base, targets, text_encoder).items():
        if not places:
            raise _missing(f"{component}.*", base, tuned)
        for place in places:
            if place not in base.layers or place not in tuned.layers:
                raise _missing(place, base if place in tuned.layers else tuned)
            pair = tuned.layers[place], base.layers[place]
            shapes = [(layer.shape[0], math.prod(layer.shape[1:])) for layer in pair]
            if shapes[0] != shapes[1]:
                raise StudioError(
                    "sizes_differ", "The two models are of different sizes, so they have no difference.",
                    f"{place} is {pair[0].shape} in {tuned.name} and {pair[1].shape} in {base.name}.",
                    "Choose the base it was trained from.",
                )  # fmt: skip
            yield place, *pair


def _places(tuned: BaseLayers, base: BaseLayers, targets: ExtractTargets, text_encoder: bool) -> dict[str, list[str]]:
    """By part of the model, the paths of the layers that either of the two has."""
    components = {"unet"}
    if text_encoder:
        components |= {"text_encoder", "text_encoder_2"} if base.family == "sdxl" else {"text_encoder"}
    return {
        component: [
            place
            for place in dict.fromkeys((*base.layers, *tuned.layers))
            if place.startswith(f"{component}.") and any(kind in place for kind in _KINDS[targets])
        ]
        for component in sorted(components)
    }


def _difference(place: str, tuned: StoredLayer, base: StoredLayer) -> Matrix | None:
    """What was learned, float64, shape (out, in * k * k); None when it is nothing but rounding."""
    new, old = tuned.read().reshape(tuned.shape[0], -1), base.read().reshape(base.shape[0], -1)
    for values, layer in ((new, tuned), (old, base)):
        if not np.isfinite(values).all():
            raise StudioError(
                "not_finite", f"{layer.file.name} holds numbers that are not finite, so it draws black pictures.",
                f"First found in {place}. Nothing was written.", "Get the file again from where it came.",
            )  # fmt: skip
    if _is_rounding(new, old, tuned.dtype) or _is_rounding(old, new, base.dtype):
        return None
    return np.subtract(new.astype(np.float64), old.astype(np.float64))


def _is_rounding(rounded: NDArray[np.generic], values: NDArray[np.generic], dtype: str) -> bool:
    """Whether `rounded`, which is stored as `dtype`, is what `values` become in that format."""
    if dtype in DTYPE_CODES.values():
        values = round_weights(values, dtype)[1]
    return bool(np.array_equal(rounded, values))


def _metadata(tuned: BaseLayers, base: BaseLayers, target: Path) -> dict[str, str]:
    stated: StatedPrediction = "v" if base.prediction == "v_prediction" else "epsilon"
    inherited = {key: tuned.metadata[key] for key in _INHERITED if tuned.metadata.get(key)}
    return {
        **inherited,
        "ss_base_model_version": BASE_VERSIONS[base.family, stated],
        "ss_v2": str(base.family == "sd2"),
        "ss_network_module": "networks.lora",
        "ss_output_name": target.stem.lstrip("{"),
        "ss_sd_model_name": base.name.lstrip("{"),
        "modelspec.sai_model_spec": "1.0.1",
        "modelspec.architecture": ARCHITECTURES[base.family, stated],
        "modelspec.implementation": IMPLEMENTATION_BY_FAMILY[base.family],
        "modelspec.prediction_type": stated,
        "modelspec.title": target.stem,
        "modelspec.description": f"The difference between {tuned.name} and {base.name}.",
    }


def _missing(place: str, *models: BaseLayers) -> StudioError:
    return StudioError(
        "layer_missing", f"{models[0].name} lacks layers of the other model.",
        f"First missing: {place}. Nothing was written.", "Choose the base it was trained from.",
    )  # fmt: skip
