"""Which layers each choice of `adapter.targets` trains, by the ends of their paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
_FEED_FORWARD = ("ff.net.0.proj", "ff.net.2")
_CONVOLUTIONS = ("conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv")
# From the fewest layers to the most.
UNET_TARGETS: Mapping[str, tuple[str, ...]] = {
    "cross_attention": tuple(f"attn2.{name}" for name in _ATTENTION),
    "self_attention": tuple(f"attn1.{name}" for name in _ATTENTION),
    "attention": _ATTENTION,
    "attention_and_feed_forward": _ATTENTION + _FEED_FORWARD,
    "attention_blocks": (*_ATTENTION, *_FEED_FORWARD, "proj_in", "proj_out"),
    "with_convolutions": _ATTENTION + _FEED_FORWARD + _CONVOLUTIONS,
}
# out_proj and the mlp are what other programs recognise a text-encoder adapter by.
TEXT_ENCODER = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def smallest_target(paths: Iterable[str]) -> str | None:
    """The choice with the fewest layers that trains all of these layers of a UNet; None where none does."""
    wanted = tuple(paths)
    return next((name for name, ends in UNET_TARGETS.items() if not untrained(wanted, ends)), None)


def untrained(paths: Iterable[str], ends: tuple[str, ...]) -> list[str]:
    """Those of the layers whose path ends in none of `ends`."""
    return [path for path in paths if not f".{path}".endswith(tuple(f".{end}" for end in ends))]
