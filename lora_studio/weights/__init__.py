"""Adapter and model files as bytes: headers, names, metadata, export. Never torch."""
