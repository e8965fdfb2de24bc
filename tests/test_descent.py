"""The update rule and the loop around it."""

import itertools

import numpy as np
import pytest

from bp import deep, two_layer
from bp.activations import identity
from bp.descent import descend, update
from bp.forward_mode import sweep
from bp.training import train
from bp.updates import Plain
from nets import (
    deep_problem,
    flat,
    gradients,
    identical,
    two_layer_problem,
)


def test_update_by_hand():
    layer = deep.Layer([[1.0, 2.0]], [[3.0, 4.0]])
    slope = deep.Layer([[10.0, -10.0]], [[0.0, 2.0]])
    w, b = update(layer, slope, eta=0.5)
    np.testing.assert_array_equal(w, [[-4, 7]])
    np.testing.assert_array_equal(b, [[3, 3]])
    assert update((1.0,), (np.array(4.0),), eta=0.5) == (-1.0,)


@pytest.mark.parametrize(
    ("net", "problem"), [(two_layer, two_layer_problem(0)), (deep, deep_problem(0))]
)
def test_update_moves_every_block(net, problem):
    params, x, t = problem
    grads = gradients(net, params, x, t)
    moved = update(params, grads, eta=0.3)
    assert type(moved) is type(params) and type(moved[0]) is type(params[0])
    for new, old, slope in zip(flat(moved), flat(params), flat(grads), strict=True):
        np.testing.assert_array_equal(new, old - 0.3 * slope)


@pytest.mark.parametrize(
    "eta", [1, 0.5, np.float32(0.5), np.float64(2), np.int64(3), 5e-324, 1e308]
)
def test_any_positive_number_is_a_learning_rate(eta):
    (moved,) = update((np.array([[1.0]]),), (np.array([[1.0]]),), eta=eta)
    assert moved.dtype == np.float64
    assert moved == 1.0 - float(eta)


def plan(steps, eta=0.5):
    """Return an ordinary descent: the gradient function, the start and the iterator."""
    params, x, t = two_layer_problem(0)

    def gradient(at):
        return gradients(two_layer, at, x, t)

    return gradient, params, descend(gradient, params, eta=eta, steps=steps)


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
    path = descend(lambda params: (np.ones((2, 2)),), (np.array([[1.0]]),), eta=0.5, steps=2)
    with pytest.raises(ValueError, match=r"^grads\[0\] must have shape \(1, 1\) as par"):
        next(path)


def by_two_calls(net):
    return lambda params, x, t: net.gradients(params, net.forward(params, x), t)


@pytest.mark.parametrize("net", [two_layer, deep])
@pytest.mark.parametrize("state", ["warn", "raise"])
def test_where_a_run_diverges_is_said_in_one_way(net, state):
    """Whatever function finds the gradients, and whatever NumPy does about overflow."""
    params, x, t = two_layer_problem(0) if net is two_layer else deep_problem(0)
    start = update(params, gradients(net, params, x, t), eta=1e-9)
    said = set()
    for rule in (net.backpropagate, by_two_calls(net), lambda *a: net.backpropagate(*a)):
        steps = 0
        with np.errstate(all=state), pytest.raises(ValueError) as caught:
            for _ in descend(rule, start, 1e150 * x, t + 1e5, eta=1e308, steps=9):
                steps += 1
        said.add(str(caught.value))
        assert f"at step {steps + 1} with eta = 1e+308 the parameters are no longer" in said.pop()


@pytest.mark.parametrize("run", ["descend", "train"])
@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 5, 2)], ids=["outputs", "combinations"])
def test_a_forward_pass_that_overflows_is_a_run_that_diverges(run, sizes):
    """A reader's two calls meet the numbers that are lost before the parameters are."""
    layers, x, t = deep_problem(0, sizes)
    x *= 1e160
    huge = tuple(deep.Layer(1e308 * w, b) for w, b in layers)
    linear = {"hidden": identity, "output": identity}
    said = set()
    for rule in (
        lambda p, x, t: deep.gradients(p, deep.forward(p, x, **linear), t),
        lambda p, x, t: deep.backpropagate(p, x, t, **linear),
    ):
        with pytest.raises(ValueError) as caught:
            if run == "descend":
                list(descend(rule, huge, x, t, eta=0.5, steps=2))
            else:
                train(huge, x, t, rule=Plain(0.5), epochs=2, gradient=rule)
        said.add(str(caught.value))
    assert len(said) == 1 and "at step 1 with eta = 0.5 the parameters are no longer" in said.pop()


@pytest.mark.parametrize("way", ["back", "forward"])
@pytest.mark.parametrize("field", ["a1", "h", "a2", "y"])
def test_so_is_one_of_the_net_of_the_source(field, way):
    """Whether inf − inf comes about there depends on the processor, so NaN is put in its place."""

    def rule(params, x, t):
        trace = two_layer.forward(params, x)._replace(**{field: [[np.nan] * 2] * 4})
        if way == "forward":
            return sweep(params, trace, params)
        return two_layer.gradients(params, trace, t)

    path = descend(rule, *two_layer_problem(0, n_hidden=2), eta=0.5, steps=2)
    with pytest.raises(ValueError, match=r"^at step 1 with eta = 0.5 the parameters are no longer"):
        next(path)


def test_a_gradient_that_is_no_number_is_told_with_its_step():
    slopes = iter([1.0, 1.0, np.nan])
    path = descend(lambda params: (np.array([next(slopes)]),), (np.ones(1),), eta=0.5, steps=9)
    assert next(path) and next(path)
    with pytest.raises(ValueError, match=r"^at step 3 with eta = 0.5 the parameters are no longer"):
        next(path)


def test_what_a_gradient_raises_itself_says_at_which_step():
    """And is not taken for an overflow, whatever it says."""

    def fails(*_):
        raise ValueError("trace.mine must hold water")

    layers, x, t = deep_problem(0)
    for run in (
        lambda: next(descend(fails, (np.ones(1),), eta=0.5, steps=3)),
        lambda: train(layers, x, t, rule=Plain(0.5), epochs=3, gradient=fails),
    ):
        with pytest.raises(ValueError, match=r"^trace\.mine must hold water") as caught:
            run()
        assert caught.value.__notes__ == ["This was step 1 of a descent with eta = 0.5."]


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


@pytest.mark.parametrize("net", [two_layer, deep])
def test_a_function_of_the_package_refuses_at_the_call(net):
    params, x, t = two_layer_problem(0) if net is two_layer else deep_problem(0)
    with pytest.raises(ValueError, match=r"^t must have shape \(4, 2\)"):
        descend(net.backpropagate, params, x, t[:, :1], eta=0.5, steps=3)


def test_inputs_without_targets():
    params, x, _ = two_layer_problem(0)
    with pytest.raises(TypeError, match=r"^t must be an array of numbers, got None"):
        descend(two_layer.backpropagate, params, x, eta=0.5, steps=1)
    with pytest.raises(TypeError, match="missing 2 required positional arguments: 'x' and 't'"):
        descend(two_layer.backpropagate, params, eta=0.5, steps=1)


def test_what_is_yielded_has_no_mark():
    """Parameters that come out of a run are a user's again, and are checked again."""
    params, x, t = two_layer_problem(0)
    for net, start in ((two_layer, params), (deep, deep.from_two_layer(params))):
        (moved,) = descend(net.backpropagate, start, x, t, eta=0.5, steps=1)
        assert type(moved) is type(start)
        flat(moved)[0][:] = np.nan
        with pytest.raises(ValueError, match="must hold finite numbers only, got nan"):
            net.forward(moved, x)
