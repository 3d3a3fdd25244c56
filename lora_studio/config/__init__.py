"""Described settings: what a training is made of, where each value came from, and what is wrong with it."""
