"""A base model without weights: its configs are all that the light half reads."""

from __future__ import annotations

import json
from pathlib import Path


def write_base_configs(folder: Path, unet: object = None, prediction: str = "epsilon", index: object = None) -> Path:
    """Fills `folder` with the configs of a base; the practice family unless `unet` says otherwise."""
    files = {
        "model_index.json": {"unet": ["diffusers", "UNet2DConditionModel"]} if index is None else index,
        "unet/config.json": {"in_channels": 4, "cross_attention_dim": 256} if unet is None else unet,
        "scheduler/scheduler_config.json": {"prediction_type": prediction},
    }
    for name, value in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return folder
