"""One place of the app each."""
