"""The judges themselves: derivatives that are known in closed form, and the relative error."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bp import deep, two_layer
from bp.gradient_check import (
    central_difference,
    complex_step,
    directional,
    relative_error,
    worst_entry,
)
from nets import flat, loss_of, two_layer_problem


def cubic(params):
    """A loss whose derivative with respect to p is k p² for the k-th entry."""
    entries = [p for leaf in flat(params) for p in np.ravel(leaf)]
    return sum(k * p**3 / 3 for k, p in enumerate(entries, start=1))


def cubic_slope(params):
    entries = [p for leaf in flat(params) for p in np.ravel(leaf)]
    return [k * p**2 for k, p in enumerate(entries, start=1)]


def entries(tree):
    return [p for leaf in flat(tree) for p in np.ravel(leaf)]


TREES = [
    two_layer_problem(0)[0],
    (deep.Layer(np.array([[1.0, 2.0]]), np.array([[3.0]])), deep.Layer([[4]], [[5]])),
    (np.array(3.0),),
    (np.linspace(1, 2, 24).reshape(2, 3, 4),),
]


@pytest.mark.parametrize("params", TREES, ids=["Params", "Layers", "a number", "three axes"])
def test_known_derivatives_in_the_structure_of_the_parameters(params):
    for found, rel in [
        (complex_step(cubic, params), 1e-15),
        (central_difference(cubic, params, eps=1e-5), 1e-6),
    ]:
        assert type(found) is type(params)
        assert [np.shape(a) for a in flat(found)] == [np.shape(p) for p in flat(params)]
        assert all(leaf.dtype == np.float64 for leaf in flat(found))
        assert entries(found) == pytest.approx(cubic_slope(params), rel=rel)


def test_the_tiny_step_of_the_complex_step_may_vanish_in_a_product():
    """Whatever NumPy has been told about underflow: the loss of a saturated net has slope 0."""
    params, x, t = two_layer_problem(0)
    saturated = params._replace(b2=np.full((1, 2), -700.0))
    with np.errstate(all="raise"):
        found = complex_step(loss_of(two_layer, x, t), saturated)
    assert np.abs(np.concatenate([leaf.ravel() for leaf in found])).max() < 1e-200


def test_central_difference_has_its_known_error():
    """(f(p + ε) − f(p − ε)) / 2ε of p³/3 is p² + ε²/3: the formula itself, not a limit of it."""
    (found,) = central_difference(cubic, (np.array([2.0]),), eps=0.5)
    assert found[0] == pytest.approx(4 + 0.25 / 3, rel=1e-15)


def test_central_difference_asks_for_two_losses_an_entry_and_complex_step_for_one():
    calls = []

    def loss(params):
        calls.append(1)
        return cubic(params)

    central_difference(loss, (np.ones((2, 3)),), eps=1e-3)
    assert len(calls) == 12
    complex_step(loss, (np.ones((2, 3)),))
    assert len(calls) == 18


def test_one_entry_moves_at_a_time():
    seen = []

    def loss(params):
        seen.append(np.concatenate([np.ravel(leaf) for leaf in flat(params)]))
        return 0.0

    central_difference(loss, (np.zeros((1, 2)), np.zeros((1, 1))), eps=0.25)
    expected = [sign * row for row in 0.25 * np.eye(3) for sign in (1, -1)]
    np.testing.assert_array_equal(seen, expected)


def test_a_loss_that_ignores_a_parameter_has_slope_0():
    found = complex_step(lambda p: float(np.real(p[0]).sum()) * 0 + 3.0, (np.ones((1, 2)),))
    np.testing.assert_array_equal(found[0], [[0, 0]])


@pytest.mark.parametrize("bad", [None, "0.5", [1.0, 2.0], np.ones((1, 1)), math.nan, math.inf])
def test_a_loss_is_one_finite_number(bad):
    for judge in (complex_step, lambda f, p: central_difference(f, p, eps=1e-5)):
        with pytest.raises((TypeError, ValueError), match=r"^loss_of\(params\) must .*, got "):
            judge(lambda params: bad, (np.ones((1, 1)),))


def layer(w, b):
    return deep.Layer(np.array([w], float), np.array([b], float))


def test_relative_error_by_hand():
    # ‖(3, 4) − (3, 5)‖ / ‖(3, 5)‖ = 1 / √34; the biases agree.
    assert relative_error(layer([3, 4], [1]), layer([3, 5], [1])) == 1 / math.hypot(3, 5)


def test_relative_error_is_relative_to_the_reference():
    one, two = layer([1], [1]), layer([2], [1])
    assert relative_error(one, two) == 0.5
    assert relative_error(two, one) == 1.0


def test_a_small_block_cannot_hide_behind_a_large_one():
    """The biases are wrong by half; over all entries together that would be a part in 10⁹."""
    assert relative_error(layer([1e9], [1.5]), layer([1e9], [1.0])) == 0.5
    assert relative_error(layer([1.5], [1e9]), layer([1.0], [1e9])) == 0.5


def test_every_layer_is_judged():
    right = (layer([1], [1]), layer([1], [1]))
    for k in range(2):
        for field in ("w", "b"):
            wrong = list(right)
            wrong[k] = right[k]._replace(**{field: np.array([[3.0]])})
            assert relative_error(tuple(wrong), right) == 2.0


def test_relative_error_at_zero():
    zero, one = layer([0], [0]), layer([1], [0])
    assert relative_error(zero, zero) == 0.0
    assert relative_error(zero, one) == 1.0
    assert relative_error(one, zero) == math.inf


@given(st.integers(-1070, 1020))
def test_relative_error_at_any_size(exponent):
    """Neither a tiny nor a huge gradient is taken for a right one."""
    size = 2.0**exponent
    assert relative_error(layer([2 * size], [1]), layer([size], [1])) == 1.0


def test_relative_error_is_a_float():
    params = two_layer.worked_example()[0]
    assert type(relative_error(params, params)) is float


def test_one_direction_takes_two_losses_and_knows_right_from_wrong():
    params, x, t = two_layer_problem(0)
    grads, calls = two_layer.backpropagate(params, x, t), []

    def loss(params):
        calls.append(1)
        return loss_of(two_layer, x, t)(params)

    assert directional(loss, params, grads, rng=np.random.default_rng(0)) < 1e-8
    assert len(calls) == 2
    wrong = grads._replace(b1=0 * grads.b1)
    assert directional(loss, params, wrong, rng=np.random.default_rng(0)) > 1e-3
    # Of one number every direction shows the whole error, relative to the gradient that is judged.
    off = directional(
        lambda p: 3 * np.sum(p[0]), (np.ones(1),), (np.full(1, 4.0),), rng=np.random.default_rng(0)
    )
    assert off == pytest.approx(1 / 4, rel=1e-9)


def test_a_step_that_moves_nothing_is_refused_and_one_that_is_rounded_is_divided_by():
    with pytest.raises(ValueError, match=r"^eps must move params\[0\]\[1\] = 1e\+12, got 1e-05"):
        central_difference(lambda p: np.sum(p[0]), (np.array([1.0, 1e12]),), eps=1e-5)
    with pytest.raises(ValueError, match=r"^eps must move params\[0\] = 1e\+12, got 1e-05"):
        central_difference(lambda p: p[0], (np.array(1e12),), eps=1e-5)
    (found,) = central_difference(lambda p: p[0] * 3.0, (np.array(1e12),), eps=1e-3)
    assert found == pytest.approx(3, rel=1e-12)


@pytest.mark.parametrize("loss", [np.abs, np.real, np.linalg.norm])
def test_a_loss_that_loses_its_imaginary_part_is_refused(loss):
    with pytest.raises(ValueError, match=r"^loss_of must carry complex numbers through"):
        complex_step(lambda p: np.sum(loss(p[0])), (np.array([[1.0, -2.0]]),))


def test_the_worst_entry_beside_a_large_one():
    right, wrong = layer([1e9, 1e-3, 0], [1]), layer([1e9, 2e-3, 0], [1])
    assert relative_error(wrong, right) < 1e-11
    assert worst_entry(wrong, right, floor=1e-15) == (1.0, "w[0, 1]", 2e-3, 1e-3)
    assert relative_error(layer([1e-18], [1]), layer([0], [1]), floor=1e-8) < 1e-9
