"""Starts: their sizes, and the exchange of sigmoids for tanh, against the printed formulas."""

import numpy as np
import pytest

from bp import activations, deep, starts

SIZES = (5, 7, 6, 4, 3)


def test_the_net_of_tanh_computes_the_same_function():
    rng = np.random.default_rng(0)
    layers = tuple(
        deep.Layer(w, rng.normal(size=b.shape))
        for w, b in starts.centred(np.random.default_rng(1), SIZES)
    )
    x = rng.normal(size=(20, 5))
    for output in (activations.sigmoid, activations.softmax, activations.identity):
        before = deep.forward(layers, x, output=output)
        after = deep.forward(starts.as_tanh(layers), x, hidden=activations.tanh, output=output)
        assert np.abs(before.outputs[-1] - after.outputs[-1]).max() < 1e-12
        for sigmoids, tanhs in zip(before.outputs[1:-1], after.outputs[1:-1], strict=True):
            assert np.abs(sigmoids - (1 + tanhs) / 2).max() < 1e-12


def test_the_centred_start_is_the_usual_start_of_a_net_of_tanh():
    same = starts.as_tanh(starts.centred(np.random.default_rng(3), SIZES))
    usual = deep.init(np.random.default_rng(3), SIZES)
    for (w, b), (right, zero) in zip(same[:-1], usual[:-1], strict=True):
        np.testing.assert_allclose(w, right, rtol=1e-12)
        np.testing.assert_allclose(b, zero, atol=1e-12)


@pytest.mark.parametrize(
    ("draw", "wish"),
    [
        (starts.glorot, lambda k, m, n: np.sqrt(2 / (m + n))),
        (starts.centred, lambda k, m, n: (4 if k else 2) / np.sqrt(m)),
    ],
)
def test_weights_have_the_standard_deviation_that_is_told(draw, wish):
    sizes = (300, 200, 100, 400)
    for k, (w, b) in enumerate(draw(np.random.default_rng(0), sizes)):
        m, n = sizes[k : k + 2]
        assert (w.shape, b.shape) == ((m, n), (1, n))
        # The deviation of m·n numbers is known to one part in √(2mn).
        assert abs(w.std() / wish(k, m, n) - 1) < 4 / np.sqrt(2 * m * n)


def test_biases():
    assert not any(b.any() for _, b in starts.glorot(np.random.default_rng(0), SIZES))
    (_, first), *rest = starts.centred(np.random.default_rng(0), SIZES)
    assert not first.any()
    for w, b in rest:
        np.testing.assert_allclose(b[0], -np.ones(len(w)) / 2 @ w, rtol=1e-12)
