"""Where the weights of a base model's layers lie on disk, by the paths of the live modules; each is read when asked.

Models in one file have the names of the code they were first trained with, and OpenCLIP's text encoders keep the
queries, keys and values of a layer in one tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lora_studio.config.training import FamilyId
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.checkpoint import UNET, Prediction
from lora_studio.weights.header import Header, read_header, read_tensor
from lora_studio.weights.names import original_unet_path

_CLIP_PREFIXES: dict[tuple[FamilyId, str], str] = {
    ("sd1", "text_encoder"): "cond_stage_model.transformer.",
    ("sdxl", "text_encoder"): "conditioner.embedders.0.transformer.",
}
_OPEN_CLIP_PREFIXES: dict[tuple[FamilyId, str], str] = {
    ("sd2", "text_encoder"): "cond_stage_model.model.transformer.resblocks.",
    ("sdxl", "text_encoder_2"): "conditioner.embedders.1.model.transformer.resblocks.",
}
_OPEN_CLIP_LAYERS = {"self_attn.out_proj": "attn.out_proj", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
_FUSED = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A layer's weight, (out, in) or (out, in, k, k): a tensor of a file, or one third of its rows."""

    file: Path
    header: Header
    tensor: str
    third: int | None = None

    @property
    def dtype(self) -> str:
        return self.header.tensors[self.tensor].dtype

    @property
    def shape(self) -> tuple[int, ...]:
        rows, *rest = self.header.tensors[self.tensor].shape
        return (rows if self.third is None else rows // 3, *rest)

    @property
    def rows(self) -> slice:
        """The part of the tensor that is this layer's."""
        count = self.shape[0]
        return slice(0, count) if self.third is None else slice(self.third * count, (self.third + 1) * count)

    def read(self) -> NDArray[np.generic]:
        """The numbers in the layer's own shape; bfloat16 comes as float32.

        Raises:
            StudioError: as `read_tensor`.
        """
        return read_tensor(self.file, self.header, self.tensor)[self.rows]


@dataclass(frozen=True, slots=True)
class BaseLayers:
    """The layers of a base model that an adapter can change, by module path; `name` is what files call the base."""

    name: str
    family: FamilyId
    prediction: Prediction
    layers: Mapping[str, StoredLayer]
    metadata: Mapping[str, str] = field(default_factory=dict)


def layers_in_file(path: Path, header: Header, family: FamilyId) -> dict[str, StoredLayer]:
    """The layers of a model in one file (the LDM layout, SGM for SDXL); those that are not there are left out.

    Source: reference/lora-formats, sections 1.3 and 5.2.
    """
    found = {}
    for place in module_paths(family):
        for tensor, third in _original_names(family, place):
            if tensor in header.tensors and len(header.tensors[tensor].shape) >= 2:
                found[place] = StoredLayer(path, header, tensor, third)
                break
    return found


def layers_in_folder(files: Mapping[str, Iterable[Path]], family: FamilyId) -> dict[str, StoredLayer]:
    """The layers of a model in the diffusers layout, from the files of each of its parts (`unet`, `text_encoder`, …).

    Raises:
        StudioError: as `read_header`.
    """
    stored: dict[str, StoredLayer] = {}
    for component, paths in files.items():
        for path in paths:
            header = read_header(path)
            for tensor, info in header.tensors.items():
                if tensor.endswith(".weight") and len(info.shape) >= 2:
                    inner = tensor.removesuffix(".weight").removeprefix("text_model.")
                    stored[f"{component}.{inner}"] = StoredLayer(path, header, tensor)
    return {place: stored[place] for place in module_paths(family) if place in stored}


def _original_names(family: FamilyId, place: str) -> Iterator[tuple[str, int | None]]:
    """The names a layer's weight may have in one file, with the third of the tensor that it is."""
    component, _, inner = place.partition(".")
    if component == "unet":
        yield f"{UNET}{original_unet_path(family, place)}.weight", None
    elif prefix := _CLIP_PREFIXES.get((family, component)):
        # Some files leave one level of the names out.
        yield f"{prefix}text_model.{inner}.weight", None
        yield f"{prefix}{inner}.weight", None
    else:
        number, _, layer = inner.removeprefix("encoder.layers.").partition(".")
        block = f"{_OPEN_CLIP_PREFIXES[family, component]}{number}"
        if layer in _FUSED:
            yield f"{block}.attn.in_proj_weight", _FUSED.index(layer)
        else:
            yield f"{block}.{_OPEN_CLIP_LAYERS[layer]}.weight", None
