"""The size of a layer's change, against the whole matrix it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from lora_studio.weights.effect import change_norm, change_shares, effect_findings, gram_of_down, gram_of_up


@pytest.mark.parametrize(("alpha", "scale"), [(2.0, 1.0), (16.0, 1e-3), (1.0, 1e-18), (1.0, 1e18)])
def test_the_size_of_a_change_is_that_of_the_whole_matrix(alpha, scale):
    rng = np.random.default_rng(0)
    down = (rng.normal(size=(4, 6, 3, 3)) * scale).astype(np.float32)
    up = (rng.normal(size=(10, 4, 1, 1)) * scale).astype(np.float32)
    whole = alpha / 4 * up.reshape(10, 4).astype(np.float64) @ down.reshape(4, -1).astype(np.float64)
    assert change_norm(gram_of_down(down), gram_of_up(up), alpha) == pytest.approx(np.linalg.norm(whole), rel=1e-5)


def test_a_change_too_small_beside_the_others_counts_as_none():
    assert change_shares({"a": 3.0, "b": 4.0}) == pytest.approx({"a": 0.36, "b": 0.64})
    assert [finding.code for finding in effect_findings({"a": 1.0, "b": 1e-7})] == ["dead_modules"]
    assert list(effect_findings({"a": 1.0, "b": 1e-5})) == []
    assert [finding.code for finding in effect_findings({"a": 0.0})] == ["no_effect"]
