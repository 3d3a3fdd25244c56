"""The command line: the same words and the same engine as the window. Never imports torch."""

from lora_studio.cli.app import main

__all__ = ["main"]
