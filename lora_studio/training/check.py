"""Whether the heavy half works here: `python -m lora_studio.training.check` prints one JSON line."""

from __future__ import annotations

import json
import os

from lora_studio.config.training import PrecisionSettings
from lora_studio.training.imports import imports_that_stay


def main() -> None:
    """Imports what a training needs, multiplies two matrices on the chosen device, and says what it found."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    with imports_that_stay():
        import bitsandbytes
        import torch

        from lora_studio.training import trainer
        from lora_studio.training.precision import choose_device, compute_dtype

    device = choose_device(PrecisionSettings())
    dtype = compute_dtype("auto", device)
    ones = torch.ones(8, 8, device=device, dtype=dtype)
    assert float((ones @ ones).sum()) == 512
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    facts = {
        "device": name,
        "compute": str(dtype).removeprefix("torch."),
        "torch": torch.__version__,
        "bitsandbytes": bitsandbytes.__version__,
        "trainer": trainer.__name__,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
