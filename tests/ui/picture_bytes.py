"""A picture of one colour, as a loader gives it."""

import io

from PIL import Image


def encoded(width: int, height: int, colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()
