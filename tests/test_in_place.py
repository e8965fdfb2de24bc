"""The trainer in place against the descent that it stands for."""

import functools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bp import activations, deep, losses, two_layer
from bp.activations import Activation
from bp.descent import descend
from bp.in_place import train
from bp.losses import Loss
from nets import deep_problem, deep_problems, flat, two_layer_problems

ACTIVATIONS = [one for one in vars(activations).values() if isinstance(one, Activation)]
LOSSES = [one for one in vars(losses).values() if isinstance(one, Loss)]


def by_descent(net, params, x, t, eta, steps):
    *_, last = [params, *descend(net.backpropagate, params, x, t, eta=eta, steps=steps)]
    return last


def distance(one, other):
    """Return the largest difference, in units of the largest number of the array it stands in."""
    return max(
        np.abs(a - b).max() / (np.abs(b).max() or 1)
        for a, b in zip(flat(one), flat(other), strict=True)
    )


@given(two_layer_problems, st.integers(0, 20))
def test_the_parameters_of_descend_up_to_rounding(problem, steps):
    params, x, t = problem
    trained = train(params, x, t, eta=0.5, steps=steps)
    assert type(trained) is two_layer.Params
    assert [one.shape for one in trained] == [one.shape for one in params]
    assert distance(trained, by_descent(two_layer, params, x, t, 0.5, steps)) < 1e-13


@given(deep_problems, st.integers(0, 20))
def test_nets_of_any_depth(problem, steps):
    layers, x, t = problem
    trained = train(layers, x, t, eta=0.5, steps=steps)
    assert type(trained) is tuple and all(type(layer) is deep.Layer for layer in trained)
    assert distance(trained, by_descent(deep, layers, x, t, 0.5, steps)) < 1e-13


def test_a_long_run():
    """2,000 steps to a small loss: rounding adds up, and is still rounding."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    t = np.array([[0, 1], [1, 0], [1, 0], [0, 1]])
    start = two_layer.init(np.random.default_rng(1), 2, 3, 2)
    trained = train(start, x, t, eta=2.0, steps=2000)
    np.testing.assert_array_equal(np.round(two_layer.forward(trained, x).y), t)
    assert distance(trained, by_descent(two_layer, start, x, t, 2.0, 2000)) < 1e-10


@pytest.mark.parametrize("a", [-1e4, -720.0, -36.0, 36.0, 720.0, 1e4])
def test_saturated_units(a):
    """Where the exponential overflows the sigmoid is 0, and nobody is warned of it."""
    params = two_layer.Params([[a]], [[0.0]], [[a]], [[a]])
    with np.errstate(all="raise", under="ignore"):
        trained = train(params, [[1.0]], [[0.5]], eta=0.5, steps=3)
    assert distance(trained, by_descent(two_layer, params, [[1.0]], [[0.5]], 0.5, 3)) < 1e-13


def test_what_is_returned_belongs_to_the_caller():
    """The arrays are whole ones, not windows into the memory of the run."""
    layers, x, t = deep_problem(0)
    for one in flat(train(layers, x, t, eta=0.5, steps=2)):
        assert one.base is None and one.flags.c_contiguous


def test_parameters_that_leave_the_finite_numbers():
    """It is said at which step, as in a descent, for however many steps were asked."""
    layers, x, t = deep_problem(0)
    curves = {"hidden": activations.identity, "output": activations.identity}
    rule = functools.partial(deep.backpropagate, **curves)
    with pytest.raises(ValueError) as caught:
        list(descend(rule, layers, x, t, eta=1e3, steps=20))
    step = int(re.match("at step (.) with eta = 1000 the param", str(caught.value))[1])
    assert 2 < step < 9
    train(layers, x, t, eta=1e3, steps=step - 1, **curves)
    for steps in (step, 20):
        with pytest.raises(ValueError) as found:
            train(layers, x, t, eta=1e3, steps=steps, **curves)
        assert str(found.value) == str(caught.value)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("hidden", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("output", [None, activations.identity, activations.tanh], ids=repr)
def test_every_activation_and_every_loss(hidden, output, loss):
    layers, x, t = deep_problem(1)
    if output is not None and loss is not losses.squares:
        output = activations.sigmoid  # Their outputs are shares, between 0 and 1.
    chosen = {"hidden": hidden, "output": output, "loss": loss}
    rule = functools.partial(deep.backpropagate, **chosen)
    *_, expected = descend(rule, layers, x, t, eta=0.01, steps=10)
    assert distance(train(layers, x, t, eta=0.01, steps=10, **chosen), expected) < 1e-13
