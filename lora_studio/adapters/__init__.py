"""LoRA layers on a live model: adding them with peft, reading them out."""
