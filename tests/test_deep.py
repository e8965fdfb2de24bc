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


@given(deep_problems)
def test_gradients_against_two_independent_derivatives(problem):
    layers, x, t = problem
    found, loss = gradients(deep, layers, x, t), loss_of(deep, x, t)
    assert relative_error(found, complex_step(loss, layers)) < 1e-12
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


def test_bits_are_equal_whatever_the_layout_of_x_in_memory():
    params, x, t = two_layer_problem(0, n_in=40, n_hidden=30, n_out=20, rows=50)
    for layout in (np.asfortranarray(x), np.repeat(x, 2, axis=0)[::2]):
        assert_equal_bits(params, layout, t)


def test_forward_keeps_every_value():
    layers, x, _ = deep_problem(0)
    trace = deep.forward(layers, x)
    assert (len(trace.a), len(trace.outputs)) == (3, 4)
    assert identical((trace.outputs[0],), (x,))
    for (w, b), h, a, out in zip(layers, trace.outputs, trace.a, trace.outputs[1:], strict=False):
        np.testing.assert_array_equal(a, h @ w + b)
        np.testing.assert_array_equal(out, equations.sigmoid(a))


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


def test_init_draws_what_two_layer_draws():
    layers = deep.init(np.random.default_rng(5), [40, 90, 10])
    params = two_layer.init(np.random.default_rng(5), 40, 90, 10)
    assert identical(layers, deep.from_two_layer(params))
