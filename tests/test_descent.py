"""The update rule and the loop around it."""

import itertools

import numpy as np
import pytest
from hypothesis import given

from bp import deep, shapes, two_layer
from bp.descent import descend, update
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


def test_update_by_hand():
    layer = deep.Layer([[1.0, 2.0]], [[3.0, 4.0]])
    slope = deep.Layer([[10.0, -10.0]], [[0.0, 2.0]])
    w, b = update(layer, slope, eta=0.5)
    np.testing.assert_array_equal(w, [[-4, 7]])
    np.testing.assert_array_equal(b, [[3, 3]])


@given(two_layer_problems)
def test_update_moves_every_block_of_two_layer(problem):
    params, x, t = problem
    grads = gradients(two_layer, params, x, t)
    moved = update(params, grads, eta=0.3)
    assert type(moved) is two_layer.Params
    for new, old, slope in zip(moved, params, grads, strict=True):
        np.testing.assert_array_equal(new, old - 0.3 * slope)


@given(deep_problems)
def test_update_moves_every_block_of_deep(problem):
    layers, x, t = problem
    grads = gradients(deep, layers, x, t)
    moved = update(layers, grads, eta=0.3)
    assert type(moved) is tuple and all(type(layer) is deep.Layer for layer in moved)
    for new, old, slope in zip(flat(moved), flat(layers), flat(grads), strict=True):
        np.testing.assert_array_equal(new, old - 0.3 * slope)


@given(two_layer_problems)
def test_a_small_step_lowers_the_loss(problem):
    params, x, t = problem
    loss = loss_of(two_layer, x, t)
    moved = update(params, gradients(two_layer, params, x, t), eta=1e-3)
    assert loss(moved) < loss(params)


@pytest.mark.parametrize(
    "eta", [1, 0.5, np.float32(0.5), np.float64(2), np.int64(3), 5e-324, 1e308]
)
def test_any_positive_number_is_a_learning_rate(eta):
    (moved,) = update((np.array([[1.0]]),), (np.array([[1.0]]),), eta=eta)
    assert moved.dtype == np.float64
    assert moved == 1.0 - float(eta)


def test_update_names_its_learning_rate():
    params, x, t = two_layer_problem(0)
    with pytest.raises(TypeError, match="positional"):
        update(params, gradients(two_layer, params, x, t), 0.1)


def plan(steps, eta=0.5):
    """Return an ordinary descent: the gradient function, the start and the iterator."""
    params, x, t = two_layer_problem(0)

    def gradient(at):
        return gradients(two_layer, at, x, t)

    return gradient, params, descend(gradient, params, eta=eta, steps=steps)


def test_descend_repeats_update():
    gradient, params, path = plan(4)
    for found in path:
        params = update(params, gradient(params), eta=0.5)
        assert identical(found, params)


@pytest.mark.parametrize("steps", [0, 1, 7, np.int32(3)])
def test_descend_takes_as_many_steps_as_asked(steps):
    assert len(list(plan(steps)[2])) == steps


def test_descend_computes_a_step_when_it_is_asked_for():
    calls = []

    def gradient(params):
        calls.append(params)
        return params

    path = descend(gradient, (np.array(1.0),), eta=0.5, steps=10**9)
    assert not calls
    assert [float(p) for (p,) in itertools.islice(path, 3)] == [0.5, 0.25, 0.125]
    assert len(calls) == 3


def test_descend_starts_where_the_parameters_stood_at_the_call():
    _, params, path = plan(1)
    _, _, untouched = plan(1)
    params.w[:] = 0
    assert identical(next(path), next(untouched))


def test_descend_checks_what_gradients_returns():
    def gradient(params):
        return (np.array([[np.nan]]),)

    path = descend(gradient, (np.array([[1.0]]),), eta=0.5, steps=2)
    with pytest.raises(ValueError, match=r"grads\[0\] must hold finite numbers only, got nan"):
        next(path)


@pytest.mark.parametrize("net", [two_layer, deep])
def test_inputs_and_targets_may_be_given_to_descend(net):
    """Checked once or at every step, the numbers are the same, bit for bit."""
    params, x, t = two_layer_problem(0) if net is two_layer else deep_problem(0)
    once = descend(net.backpropagate, params, x, t, eta=0.5, steps=5)
    checked = descend(lambda p: net.backpropagate(p, x, t), params, eta=0.5, steps=5)
    own = descend(lambda p, x, t: net.backpropagate(p, x, t), params, x, t, eta=0.5, steps=5)
    for paths in zip(once, checked, own, strict=True):
        assert identical(paths[0], paths[1]) and identical(paths[0], paths[2])


@pytest.mark.parametrize("gradient", [two_layer.backpropagate, lambda *a: gradients(two_layer, *a)])
def test_descend_takes_inputs_and_targets_as_they_stand_at_the_call(gradient):
    params, x, t = two_layer_problem(0)
    path = descend(gradient, params, x, t, eta=0.5, steps=1)
    expected = update(params, gradients(two_layer, params, x, t), eta=0.5)
    x[:], t[:] = 7, 7
    assert identical(next(path), expected)


def test_a_function_of_the_package_is_checked_once(monkeypatch):
    params, x, t = two_layer_problem(0)
    path = descend(two_layer.backpropagate, params, x, t, eta=0.5, steps=3)
    monkeypatch.setattr(shapes, "numbers", None)
    assert len(list(path)) == 3


def test_inputs_without_targets():
    params, x, _ = two_layer_problem(0)
    with pytest.raises(TypeError, match=r"^t must be an array of numbers, got None"):
        descend(two_layer.backpropagate, params, x, eta=0.5, steps=1)
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        descend(two_layer.backpropagate, params, eta=0.5, steps=1)


def test_descend_learns_xor():
    """A whole run: from random parameters to all four examples right."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    t = np.array([[0, 1], [1, 0], [1, 0], [0, 1]])
    start = two_layer.init(np.random.default_rng(1), 2, 3, 2)
    *_, last = descend(two_layer.backpropagate, start, x, t, eta=2.0, steps=2000)
    np.testing.assert_array_equal(np.round(two_layer.forward(last, x).y), t)
    assert loss_of(two_layer, x, t)(last) < 0.01 < loss_of(two_layer, x, t)(start)
