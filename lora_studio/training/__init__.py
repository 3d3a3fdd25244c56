"""The trainer: loads a base, trains an adapter, draws samples, saves. Runs in its own process."""
