"""What differs between base models: one file per family."""
