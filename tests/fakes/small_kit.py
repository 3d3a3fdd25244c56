"""A sharing kit as small as a page on the hub can be made of."""

from __future__ import annotations

from pathlib import Path


def write_kit(folder: Path) -> Path:
    """Makes `folder` a kit: a card with a licence, an adapter of 10 MB that is none, and a picture."""
    (folder / "images").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\ntags:\n- lora-studio\n---\n\n# ink\n", "utf-8")
    (folder / "ink.safetensors").write_bytes(bytes(range(250)) * 40_000)
    (folder / "images" / "sample-1.png").write_bytes(b"\x89PNG")
    return folder
