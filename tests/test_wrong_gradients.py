"""Wrong equations, planted one by one: the checks must reject each and accept the right ones.

A check that accepts a wrong equation is worth nothing, so these are the tests of the tests.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from bp import activations, deep, descent, equations, losses, two_layer
from bp.gradient_check import central_difference, complex_step, relative_error
from nets import deep_problem, flat, gradients, loss_of, two_layer_problem


class Wrong(NamedTuple):
    """One wrong version of one equation."""

    what: str
    name: str
    function: Callable
    shows_on_worked_example: bool = True

    def plant(self, monkeypatch):
        for module in (equations, two_layer, deep):
            if hasattr(module, self.name):
                monkeypatch.setattr(module, self.name, self.function)
        # `deep` calls a sigmoid that knows its way back, and a loss that knows its difference.
        sigmoid, wrong = vars(activations.sigmoid), self.function
        if self.name == "sigmoid":
            monkeypatch.setitem(sigmoid, "value", wrong)
        if self.name == "delta_output":
            monkeypatch.setattr(losses.Loss, "delta", lambda self, output, y, t: wrong(y, t))
        if self.name == "delta_hidden":
            back = lambda signal, h: wrong(signal, np.eye(h.shape[1]), h)  # noqa: E731
            monkeypatch.setitem(sigmoid, "back", back)


def next_layer_square(delta, u, h):
    """Use the weights untransposed; runs where both layers have the same number of units."""
    return (delta @ u) * h * (1 - h)


WRONG = [
    Wrong("no bias", "linear", lambda x, w, b: x @ w),
    Wrong("bias subtracted", "linear", lambda x, w, b: x @ w - b),
    Wrong("weights transposed", "linear", lambda x, w, b: x @ w.T + b, False),
    Wrong("tanh for sigmoid", "sigmoid", np.tanh),
    Wrong("sign of a", "sigmoid", lambda a: 1 / (1 + np.exp(a))),
    Wrong("no half", "loss", lambda y, t: np.sum((y - t) ** 2)),
    Wrong("mean over outputs", "loss", lambda y, t: np.sum((y - t) ** 2) / 2 / y.shape[1]),
    Wrong("mean over rows", "loss", lambda y, t: np.sum((y - t) ** 2) / 2 / len(y), False),
    Wrong("norm, not squared", "loss", lambda y, t: np.sqrt(np.sum((y - t) ** 2))),
    Wrong("sign", "delta_output", lambda y, t: (t - y) * y * (1 - y)),
    Wrong("half", "delta_output", lambda y, t: (y - t) * y * (1 - y) / 2),
    Wrong("double", "delta_output", lambda y, t: 2 * (y - t) * y * (1 - y)),
    Wrong("y missing", "delta_output", lambda y, t: (y - t) * (1 - y)),
    Wrong("1 − y missing", "delta_output", lambda y, t: (y - t) * y),
    Wrong("slope missing", "delta_output", lambda y, t: y - t),
    Wrong("1 + y", "delta_output", lambda y, t: (y - t) * y * (1 + y)),
    Wrong("error missing", "delta_output", lambda y, t: y * (1 - y)),
    Wrong("error squared", "delta_output", lambda y, t: (y - t) ** 2 * y * (1 - y)),
    Wrong("σ′ of y", "delta_output", lambda y, t: (y - t) * equations.sigmoid_prime(y)),
    Wrong("slope of t", "delta_output", lambda y, t: (y - t) * t * (1 - t)),
    Wrong("mean", "delta_output", lambda y, t: (y - t) * y * (1 - y) / len(y), False),
    Wrong("sign", "delta_hidden", lambda delta, u, h: -(delta @ u.T) * h * (1 - h)),
    Wrong("half", "delta_hidden", lambda delta, u, h: (delta @ u.T) * h * (1 - h) / 2),
    Wrong("h missing", "delta_hidden", lambda delta, u, h: (delta @ u.T) * (1 - h)),
    Wrong("1 − h missing", "delta_hidden", lambda delta, u, h: (delta @ u.T) * h),
    Wrong("slope missing", "delta_hidden", lambda delta, u, h: delta @ u.T),
    Wrong("σ′ of h", "delta_hidden", lambda delta, u, h: delta @ u.T * equations.sigmoid_prime(h)),
    Wrong("u transposed", "delta_hidden", next_layer_square, False),
    Wrong("first path", "delta_hidden", lambda d, u, h: d[:, :1] @ u[:, :1].T * h * (1 - h)),
    Wrong("last path", "delta_hidden", lambda d, u, h: d[:, -1:] @ u[:, -1:].T * h * (1 - h)),
    Wrong("mean of paths", "delta_hidden", lambda d, u, h: d @ u.T * h * (1 - h) / d.shape[1]),
    Wrong("row 1's slope", "delta_hidden", lambda d, u, h: d @ u.T * h[:1] * (1 - h[:1]), False),
    Wrong("sign", "weight_gradient", lambda x, delta: -(x.T @ delta)),
    Wrong("half", "weight_gradient", lambda x, delta: x.T @ delta / 2),
    Wrong("mean", "weight_gradient", lambda x, delta: x.T @ delta / len(x), False),
    Wrong("transposed", "weight_gradient", lambda x, delta: delta.T @ x, False),
    Wrong("row 1 alone", "weight_gradient", lambda x, delta: x[:1].T @ delta[:1], False),
    Wrong("inputs missing", "weight_gradient", lambda x, d: np.ones_like(x).T @ d),
    Wrong("sign", "bias_gradient", lambda delta: -delta.sum(axis=0, keepdims=True)),
    Wrong("half", "bias_gradient", lambda delta: delta.sum(axis=0, keepdims=True) / 2),
    Wrong("frozen", "bias_gradient", lambda delta: np.zeros_like(delta[:1])),
    Wrong("mean", "bias_gradient", lambda delta: delta.mean(axis=0, keepdims=True), False),
    Wrong("row 1 alone", "bias_gradient", lambda delta: delta[:1], False),
    Wrong("last row lost", "bias_gradient", lambda d: d[:-1].sum(axis=0, keepdims=True), False),
    Wrong("wrong axis", "bias_gradient", lambda d: d.sum(axis=1)[np.newaxis], False),
    Wrong("one bias a layer", "bias_gradient", lambda d: np.full_like(d[:1], d.sum())),
]


def label(wrong):
    return f"{wrong.name}: {wrong.what}"


def errors(net, found, params, x, t):
    """Return the relative errors against both independent derivatives."""
    loss = loss_of(net, x, t)
    return (
        relative_error(found, central_difference(loss, params, eps=1e-5)),
        relative_error(found, complex_step(loss, params)),
    )


def accepted(net, found, params, x, t):
    """Return the verdicts of the two checks that the gradients of the package pass."""
    by_differences, by_complex_step = errors(net, found, params, x, t)
    return by_differences < 1e-7, by_complex_step < 1e-12


# Everything of size 4, so that every transposition and every wrong axis runs without an error.
SQUARE = [(two_layer, two_layer_problem, (4, 4, 4, 4)), (deep, deep_problem, ((4, 4, 4, 4), 4))]
NETS = pytest.mark.parametrize(("net", "problem", "sizes"), SQUARE, ids=["two_layer", "deep"])


@NETS
@pytest.mark.parametrize("seed", range(3))
def test_the_right_equations_are_accepted(net, problem, sizes, seed):
    params, x, t = problem(seed, *sizes)
    assert accepted(net, gradients(net, params, x, t), params, x, t) == (True, True)


@NETS
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("wrong", WRONG, ids=label)
def test_a_wrong_equation_is_rejected(net, problem, sizes, seed, wrong, monkeypatch):
    if net is deep and wrong.function is next_layer_square:
        pytest.skip("deep sends signals back itself, and only their slopes can be exchanged")
    params, x, t = problem(seed, *sizes)
    wrong.plant(monkeypatch)
    assert accepted(net, gradients(net, params, x, t), params, x, t) == (False, False)


@pytest.mark.parametrize("wrong", [w for w in WRONG if w.shows_on_worked_example], ids=label)
def test_a_wrong_equation_shows_on_the_worked_example(wrong, monkeypatch):
    params, x, t = two_layer.worked_example()
    wrong.plant(monkeypatch)
    assert min(errors(two_layer, gradients(two_layer, params, x, t), params, x, t)) > 0.05


def test_the_wrong_axis_is_also_a_wrong_shape():
    params, x, t = two_layer_problem(0, 3, 4, 2, rows=5)
    found = gradients(two_layer, params, x, t)
    delta1, delta2 = two_layer.deltas(params, two_layer.forward(params, x), t)
    for name, delta in [("b1", delta1), ("b2", delta2)]:
        wrong = found._replace(**{name: delta.sum(axis=1, keepdims=True)})
        with pytest.raises(ValueError, match=rf"^grads\.{name} must have shape"):
            relative_error(wrong, found)


# Mistakes in the way through the net: the equations are right, what is put into them is not.


def backward(params, trace, delta1, delta2, inputs_of_outputs):
    return two_layer.Params(
        equations.weight_gradient(trace.x, delta1),
        equations.bias_gradient(delta1),
        equations.weight_gradient(inputs_of_outputs, delta2),
        equations.bias_gradient(delta2),
    )


def right(params, trace, t):
    delta1, delta2 = two_layer.deltas(params, trace, t)
    return backward(params, trace, delta1, delta2, trace.h)


def section_6(params, trace, t):
    """Take w for u, as the source's section 6 does; runs where there are as many x as y."""
    _, delta2 = two_layer.deltas(params, trace, t)
    return backward(params, trace, delta2 @ params.w * trace.h * (1 - trace.h), delta2, trace.h)


def section_6_to_the_letter(params, trace, t):
    """Σ_k δ_k w_jk y_j (1 − y_j): w for u and y for h; runs where all layers are equally wide."""
    _, delta2 = two_layer.deltas(params, trace, t)
    delta1 = delta2 @ params.w.T * trace.y * (1 - trace.y)
    return backward(params, trace, delta1, delta2, trace.h)


def y_for_h(params, trace, t):
    _, delta2 = two_layer.deltas(params, trace, t)
    delta1 = equations.delta_hidden(delta2, params.u, trace.y)
    return backward(params, trace, delta1, delta2, trace.h)


def x_for_h(params, trace, t):
    """δ_j x_i in both layers, as the source's section 6 has it."""
    return backward(params, trace, *two_layer.deltas(params, trace, t), trace.x)


def u_first(params, trace, t, eta=0.1):
    """Update u, then use the new u for the hidden layer."""
    _, delta2 = two_layer.deltas(params, trace, t)
    u = params.u - eta * equations.weight_gradient(trace.h, delta2)
    return backward(params, trace, equations.delta_hidden(delta2, u, trace.h), delta2, trace.h)


def deltas_swapped(params, trace, t):
    delta1, delta2 = two_layer.deltas(params, trace, t)
    return backward(params, trace, delta2, delta1, trace.h)


ORDER = [section_6, section_6_to_the_letter, y_for_h, x_for_h, u_first, deltas_swapped]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", [right, *ORDER])
def test_a_wrong_way_through_the_net_is_rejected(way, seed):
    params, x, t = two_layer_problem(seed, 4, 4, 4, rows=4)
    found = way(params, two_layer.forward(params, x), t)
    assert accepted(two_layer, found, params, x, t) == ((way is right,) * 2)


@pytest.mark.parametrize(("way", "visible"), [(section_6, 0.5), (u_first, 0.001)])
def test_the_sources_mistakes_show_on_the_worked_example(way, visible):
    params, x, t = two_layer.worked_example()
    found = way(params, two_layer.forward(params, x), t)
    assert min(errors(two_layer, found, params, x, t)) > visible


def test_x_for_h_cannot_run_on_the_worked_example_and_differs_where_it_could():
    """Two inputs cannot feed three rows of u; the two rows that exist are wrong too."""
    params, x, t = two_layer.worked_example()
    trace = two_layer.forward(params, x)
    wrong, truth = x_for_h(params, trace, t).u, two_layer.gradients(params, trace, t).u
    assert wrong.shape != truth.shape
    assert relative_error((wrong,), (truth[:2],)) > 0.5


# Wrong updates: as eta falls, the loss must fall by eta ‖gradient‖².


def fall(update, params, grads, loss, eta=1e-6):
    return (loss(params) - loss(update(params, grads, eta=eta))) / eta


def ascent(params, grads, *, eta):
    return two_layer.Params(*(p + eta * g for p, g in zip(params, grads, strict=True)))


def weights_alone(params, grads, *, eta):
    return descent.update(params, grads, eta=eta)._replace(b1=params.b1, b2=params.b2)


def half_step(params, grads, *, eta):
    return descent.update(params, grads, eta=eta / 2)


def no_eta(params, grads, *, eta):
    return descent.update(params, grads, eta=1)


@pytest.mark.parametrize("update", [descent.update, ascent, weights_alone, half_step, no_eta])
def test_a_wrong_update_is_rejected(update):
    params, x, t = two_layer.worked_example()
    grads = gradients(two_layer, params, x, t)
    expected = sum(float(np.sum(g**2)) for g in flat(grads))
    found = fall(update, params, grads, loss_of(two_layer, x, t))
    assert (abs(found / expected - 1) < 1e-4) == (update is descent.update)
