"""The desktop app (PySide6). It may import the light rooms of `lora_studio` and never torch."""
