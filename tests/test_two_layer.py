"""The net of the source: its gradients against two independent derivatives, and its numbers."""

import numpy as np
import pytest
from hypothesis import assume, given

from bp import equations, two_layer
from bp.gradient_check import central_difference, complex_step, relative_error
from nets import UNITS, flat, gradients, identical, loss_of, two_layer_problem, two_layer_problems

SHAPES = [
    {"n_in": 2, "n_hidden": 3, "n_out": 2, "rows": 4},
    {"n_in": 5, "n_hidden": 7, "n_out": 3, "rows": 6},
    {"n_in": 3, "n_hidden": 3, "n_out": 3, "rows": 5},
    {"n_in": 1, "n_hidden": 1, "n_out": 1, "rows": 1},
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_at_fixed_shapes(shape, seed):
    params, x, t = two_layer_problem(seed, **shape)
    found, loss = gradients(two_layer, params, x, t), loss_of(two_layer, x, t)
    assert relative_error(found, central_difference(loss, params, eps=1e-5)) < 1e-7
    assert relative_error(found, complex_step(loss, params)) < 1e-12


@given(two_layer_problems)
def test_gradients_against_the_complex_step(problem):
    found = gradients(two_layer, *problem)
    assert relative_error(found, complex_step(loss_of(two_layer, *problem[1:]), problem[0])) < 1e-12


@given(two_layer_problems)
def test_gradients_against_central_differences(problem):
    params, x, t = problem
    found, loss = gradients(two_layer, params, x, t), loss_of(two_layer, x, t)
    # A difference of two losses rounds at 1e-16 of the loss: a tiny gradient would drown in that.
    assume(all(np.linalg.norm(block) > 1e-3 * loss(params) for block in found))
    assert relative_error(found, central_difference(loss, params, eps=1e-5)) < 1e-7


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


@given(two_layer_problems)
def test_rows_add_up(problem):
    """The gradient of a batch is the sum of the gradients of its rows, each run alone."""
    params, x, t = problem
    alone = [gradients(two_layer, params, x[[n]], t[[n]]) for n in range(len(x))]
    together = gradients(two_layer, params, x, t)
    for block, parts in zip(together, zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(block, sum(parts), rtol=1e-12, atol=1e-15)


def test_forward_keeps_every_value():
    params, x, _ = two_layer_problem(0)
    trace = two_layer.forward(params, x)
    np.testing.assert_array_equal(trace.x, x)
    np.testing.assert_array_equal(trace.a1, x @ params.w + params.b1)
    np.testing.assert_array_equal(trace.h, equations.sigmoid(trace.a1))
    np.testing.assert_array_equal(trace.a2, trace.h @ params.u + params.b2)
    np.testing.assert_array_equal(trace.y, equations.sigmoid(trace.a2))


def test_a_change_of_x_after_the_forward_pass_does_not_reach_the_gradients():
    params, x, t = two_layer_problem(0)
    trace = two_layer.forward(params, x)
    before = two_layer.gradients(params, trace, t)
    x += 1
    assert identical(two_layer.gradients(params, trace, t), before)


@given(UNITS, UNITS, UNITS)
def test_init_shapes(n_in, n_hidden, n_out):
    params = two_layer.init(np.random.default_rng(0), n_in, n_hidden, n_out)
    assert [block.shape for block in params] == [
        (n_in, n_hidden),
        (1, n_hidden),
        (n_hidden, n_out),
        (1, n_out),
    ]
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


def test_init_accepts_a_size_of_one():
    assert [block.shape for block in two_layer.init(np.random.default_rng(0), 1, 1, 1)] == [
        (1, 1)
    ] * 4


def entries(tree):
    return np.concatenate([leaf.ravel() for leaf in flat(tree)])


def test_worked_example_is_the_2_3_2_net_of_the_source():
    params, x, t = two_layer.worked_example()
    assert [block.shape for block in params] == [(2, 3), (1, 3), (3, 2), (1, 2)]
    assert x.shape == t.shape == (1, 2)
    assert entries(params).size == 17


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
