"""Base models from the Hugging Face hub, only ever when a person asks for one."""
