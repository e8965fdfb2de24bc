"""The net of the source: its error signals, its start and its numbers.

Its gradients are those of `bp.deep` to the last bit, which `test_deep.py` holds to derivatives.
"""

import numpy as np
import pytest
from hypothesis import given

from bp import equations, two_layer
from bp.gradient_check import complex_step, relative_error
from nets import UNITS, flat, gradients, identical, two_layer_problems


@given(two_layer_problems)
def test_deltas_are_derivatives_with_respect_to_the_linear_combinations(problem):
    params, x, t = problem
    trace = two_layer.forward(params, x)
    deltas = two_layer.deltas(params, trace, t)

    def loss_of_a1(moved):
        h = equations.sigmoid(moved[0])
        return equations.loss(equations.sigmoid(equations.linear(h, params.u, params.b2)), t)

    def loss_of_a2(moved):
        return equations.loss(equations.sigmoid(moved[0]), t)

    assert relative_error((deltas.delta1,), complex_step(loss_of_a1, (trace.a1,))) < 1e-12
    assert relative_error((deltas.delta2,), complex_step(loss_of_a2, (trace.a2,))) < 1e-12


@given(UNITS, UNITS, UNITS)
def test_init_shapes(n_in, n_hidden, n_out):
    params = two_layer.init(np.random.default_rng(0), n_in, n_hidden, n_out)
    shapes = [(n_in, n_hidden), (1, n_hidden), (n_hidden, n_out), (1, n_out)]
    assert [block.shape for block in params] == shapes
    assert all(block.dtype == np.float64 for block in params)


def test_init_draws_weights_of_deviation_one_over_root_m_and_no_biases():
    params = two_layer.init(np.random.default_rng(0), 400, 900, 100)
    assert params.w.std() == pytest.approx(1 / 20, rel=0.01)
    assert params.u.std() == pytest.approx(1 / 30, rel=0.01)
    assert abs(params.w.mean()) < 0.001 and abs(params.u.mean()) < 0.001
    assert not params.b1.any() and not params.b2.any()


def test_init_repeats_with_its_seed_alone():
    one, same, other = (two_layer.init(np.random.default_rng(s), 2, 3, 2) for s in (0, 0, 1))
    assert identical(one, same)
    assert not identical(one, other)


def entries(tree):
    return np.concatenate([leaf.ravel() for leaf in flat(tree)])


def test_worked_example_can_be_calculated_by_hand():
    """Every number has one decimal, and every linear combination is far from where σ is flat."""
    params, x, t = two_layer.worked_example()
    numbers = entries((params, x, t))
    np.testing.assert_array_equal(numbers, np.round(numbers, 1))
    trace = two_layer.forward(params, x)
    assert np.abs(entries((trace.a1, trace.a2))).max() < 3


def test_worked_example_has_17_gradients_that_differ():
    found = np.sort(entries(gradients(two_layer, *two_layer.worked_example())))
    assert np.abs(found).min() > 0.01
    assert np.diff(found).min() > 0.001
    assert len(np.unique(np.round(found, 4))) == 17


def test_worked_example_is_new_at_every_call():
    first = two_layer.worked_example()
    kept = [leaf.copy() for leaf in flat(first)]
    for leaf in flat(first):
        leaf += 1
    assert identical(tuple(flat(two_layer.worked_example())), tuple(kept))
