"""LoRA Studio's engine: from a folder of captioned pictures to a Stable Diffusion adapter.

Importing this package never imports torch. What needs torch lives in `training`, `families`, `adapters` and
`judging`, and runs in the trainer's own process (`python -m lora_studio.training RUN_DIR`).
"""

__version__ = "0.1.0"
