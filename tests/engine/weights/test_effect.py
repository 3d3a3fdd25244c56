"""The size of a layer's change, against the whole matrix it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from lora_studio.weights.effect import (
    change_norm,
    change_shares,
    effect_findings,
    measure_halves,
    rows_of_down,
    rows_of_up,
)


@pytest.mark.parametrize(("alpha", "scale"), [(2.0, 1.0), (16.0, 1e-3), (1.0, 1e-22), (1.0, 1e20)])
def test_the_size_of_a_change_is_that_of_the_whole_matrix(alpha, scale):
    rng = np.random.default_rng(0)
    down = (rng.normal(size=(4, 6, 3, 3)) * scale).astype(np.float32)
    up = (rng.normal(size=(10, 4, 1, 1)) * scale).astype(np.float32)
    whole = alpha / 4 * up.reshape(10, 4).astype(np.float64) @ down.reshape(4, -1).astype(np.float64)
    of_down, of_up = measure_halves([rows_of_down(down), rows_of_up(up)])
    assert change_norm(of_down, of_up, alpha) == pytest.approx(np.linalg.norm(whole), rel=1e-5)


def test_halves_of_several_ranks_and_sizes_are_measured_each_by_itself():
    rng = np.random.default_rng(0)
    halves = [(rng.normal(size=(rank, 7)) * scale).astype(np.float32) for rank, scale in [(2, 1), (2, 1e-22), (3, 1)]]
    halves.append(np.zeros((3, 5), np.float32))
    products = measure_halves(halves)
    assert [product.shape for product in products] == [(2, 2), (2, 2), (3, 3), (3, 3)]
    for rows, product in zip(halves, products, strict=True):
        wide = rows.astype(np.float64)
        np.testing.assert_allclose(product, wide @ wide.T, rtol=1e-5, atol=1e-6 * np.square(wide).sum())


def test_a_change_too_small_beside_the_others_counts_as_none():
    assert change_shares({"a": 3.0, "b": 4.0}) == pytest.approx({"a": 0.36, "b": 0.64})
    assert [finding.code for finding in effect_findings({"a": 1.0, "b": 1e-7})] == ["dead_modules"]
    assert list(effect_findings({"a": 1.0, "b": 1e-5})) == []
    assert [finding.code for finding in effect_findings({"a": 0.0})] == ["no_effect"]
