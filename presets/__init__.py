"""Presets as data: one JSON file each, read by `lora_studio.presets`. No code lives here."""
