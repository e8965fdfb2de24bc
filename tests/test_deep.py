"""A net of any depth: its gradients, and its equality with `two_layer` where both exist."""

import numpy as np
import pytest
from hypothesis import assume, given

from bp import deep, equations, two_layer
from bp.gradient_check import central_difference, complex_step, relative_error
from nets import (
    deep_problem,
    deep_problems,
    flat,
    gradients,
    identical,
    loss_of,
    two_layer_problem,
    two_layer_problems,
)

SIZES = [(2, 2), (2, 3, 2), (4, 3, 5, 3), (3, 3, 3, 3), (2, 5, 4, 3, 2)]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_gradients_at_fixed_shapes(sizes, seed):
    layers, x, t = deep_problem(seed, sizes)
    found, loss = gradients(deep, layers, x, t), loss_of(deep, x, t)
    assert relative_error(found, complex_step(loss, layers)) < 1e-12
    assert relative_error(found, central_difference(loss, layers, eps=1e-5)) < 1e-7


@given(deep_problems)
def test_gradients_against_the_complex_step(problem):
    layers, x, t = problem
    found = gradients(deep, layers, x, t)
    assert relative_error(found, complex_step(loss_of(deep, x, t), layers)) < 1e-12


@given(deep_problems)
def test_gradients_against_central_differences(problem):
    layers, x, t = problem
    found, loss = gradients(deep, layers, x, t), loss_of(deep, x, t)
    # A difference of two losses rounds at 1e-16 of the loss: a tiny gradient would drown in that.
    assume(all(np.linalg.norm(block) > 1e-3 * loss(layers) for block in flat(found)))
    assert relative_error(found, central_difference(loss, layers, eps=1e-5)) < 1e-7


def assert_equal_bits(params, x, t):
    layers = deep.from_two_layer(params)
    shallow, trace = two_layer.forward(params, x), deep.forward(layers, x)
    assert identical(trace.a, (shallow.a1, shallow.a2))
    assert identical(trace.outputs, (shallow.x, shallow.h, shallow.y))
    assert identical(deep.deltas(layers, trace, t), two_layer.deltas(params, shallow, t))
    assert identical(
        deep.gradients(layers, trace, t),
        deep.from_two_layer(two_layer.gradients(params, shallow, t)),
    )


@given(two_layer_problems)
def test_two_layers_equal_two_layer_bit_for_bit(problem):
    assert_equal_bits(*problem)


def by_columns(x):
    return np.asfortranarray(x)


def every_other_row(x):
    return np.repeat(x, 2, axis=0)[::2]


@pytest.mark.parametrize("layout", [by_columns, every_other_row])
def test_bits_are_equal_whatever_the_layout_of_x_in_memory(layout):
    params, x, t = two_layer_problem(0, n_in=40, n_hidden=30, n_out=20, rows=50)
    assert_equal_bits(params, layout(x), t)


def test_bits_are_equal_on_the_worked_example():
    assert_equal_bits(*two_layer.worked_example())


def test_forward_keeps_every_value():
    layers, x, _ = deep_problem(0)
    trace = deep.forward(layers, x)
    assert (len(trace.a), len(trace.outputs)) == (3, 4)
    assert identical((trace.outputs[0],), (x,))
    for (w, b), h, a, out in zip(layers, trace.outputs, trace.a, trace.outputs[1:], strict=False):
        np.testing.assert_array_equal(a, h @ w + b)
        np.testing.assert_array_equal(out, equations.sigmoid(a))


def test_a_change_of_x_after_the_forward_pass_does_not_reach_the_gradients():
    layers, x, t = deep_problem(0)
    trace = deep.forward(layers, x)
    before = deep.gradients(layers, trace, t)
    x += 1
    assert identical(deep.gradients(layers, trace, t), before)


def test_one_layer_has_one_delta():
    layers, x, t = deep_problem(0, (3, 2))
    trace = deep.forward(layers, x)
    (delta,) = deep.deltas(layers, trace, t)
    np.testing.assert_array_equal(delta, equations.delta_output(trace.outputs[-1], t))


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("more_a", "more_outputs"), [(-1, -1), (1, 1), (0, 1), (1, 0), (0, -1)])
def test_a_trace_of_another_net_is_told_how_long_it_should_be(depth, more_a, more_outputs):
    layers, _, t = deep_problem(0, (2,) * (depth + 1))
    lengths = depth + more_a, depth + 1 + more_outputs
    trace = deep.Trace(*((np.ones((4, 2)),) * length for length in lengths))
    with pytest.raises(ValueError) as caught:
        deep.gradients(layers, trace, t)
    assert str(caught.value) == (
        f"trace must hold {depth} a and {depth + 1} outputs, one net's, "
        f"got {lengths[0]} and {lengths[1]}"
    )


def test_from_two_layer_pairs_weights_with_their_biases():
    params, _, _ = two_layer_problem(0)
    hidden, out = deep.from_two_layer(params)
    assert identical((hidden.w, hidden.b, out.w, out.b), tuple(params))


@pytest.mark.parametrize("sizes", [[4, 3, 2], (4, 3, 2), range(4, 1, -1), np.array([4, 3, 2])])
def test_init_shapes(sizes):
    layers = deep.init(np.random.default_rng(0), sizes)
    assert [(w.shape, b.shape) for w, b in layers] == [((4, 3), (1, 3)), ((3, 2), (1, 2))]
    assert all(leaf.dtype == np.float64 for leaf in flat(layers))


def test_init_accepts_sizes_of_one():
    assert [w.shape for w, _ in deep.init(np.random.default_rng(0), [1, 1])] == [(1, 1)]


def test_init_draws_what_two_layer_draws():
    layers = deep.init(np.random.default_rng(5), [40, 90, 10])
    params = two_layer.init(np.random.default_rng(5), 40, 90, 10)
    assert identical(layers, deep.from_two_layer(params))


def test_init_draws_weights_of_deviation_one_over_root_m_and_no_biases():
    layers = deep.init(np.random.default_rng(0), [400, 900, 100])
    assert [w.std() for w, _ in layers] == pytest.approx([1 / 20, 1 / 30], rel=0.01)
    assert not any(b.any() for _, b in layers)
