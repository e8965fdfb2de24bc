"""The tape, forward mode and the seven routes, against derivatives that know nothing of them."""

import math

import mpmath
import numpy as np
import pytest
import sympy

from bp import arithmetic, deep, forward_mode, multiplications, routes, tape, two_layer
from bp.equations import linear, loss
from bp.gradient_check import relative_error

PARAMS, X, T = two_layer.worked_example()
sigmoids = np.frompyfunc(arithmetic.sigmoid, 1, 1)


def on_tape(layers, x, t):
    """Return the leaves and the loss of a net of any depth on the tape."""
    leaves = tuple(deep.Layer(*map(tape.nodes, layer)) for layer in layers)
    h = x
    for w, b in leaves:
        h = sigmoids(linear(h, w, b))
    return leaves, loss(h, t)


def test_the_tape_gives_the_gradient_of_200_random_nets():
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes = rng.integers(1, 4, size=rng.integers(2, 5)).tolist()
        layers = deep.init(rng, sizes)
        rows = int(rng.integers(1, 3))
        x, t = rng.normal(size=(rows, sizes[0])), rng.uniform(size=(rows, sizes[-1]))
        leaves, result = on_tape(layers, x, t)
        adjoints = tape.backward(result)
        found = tuple(deep.Layer(*(tape.at(adjoints, leaf) for leaf in pair)) for pair in leaves)
        # Both add in orders of their own, and the nearer y is to t, the fewer digits are left.
        assert relative_error(found, deep.backpropagate(layers, x, t)) < 1e-13


EXPRESSIONS = {
    "x*x": (lambda x, y: x * x, "x*x"),
    "a+a": (lambda x, y: (x + x) + (x + x), "4*x"),
    "shared": (lambda x, y: (x * y) * (x * y) + x * y, "(x*y)**2 + x*y"),
    "unused": (lambda x, y: x * 3, "3*x"),
    "quotient": (lambda x, y: (x - y) / (x + y), "(x-y)/(x+y)"),
    "reciprocal": (lambda x, y: 2 / (x * y) - y, "2/(x*y) - y"),
    "constants": (lambda x, y: 1 + (2 - x) / 4 + 3 * y, "1 + (2-x)/4 + 3*y"),
    "minus": (lambda x, y: -x - y, "-x-y"),
    "power": (lambda x, y: x**3 * -y, "-x**3*y"),
    "exp": (lambda x, y: (x * y).exp() / (1 + x.exp()), "exp(x*y)/(1+exp(x))"),
    "sigmoid": (
        lambda x, y: arithmetic.sigmoid(x * y) * arithmetic.sigmoid(-x),
        "1/(1+exp(-x*y)) * 1/(1+exp(x))",
    ),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_both_modes_give_the_slopes_that_sympy_gives(name):
    program, text = EXPRESSIONS[name]
    symbols = sympy.symbols("x y")
    expression = sympy.sympify(text)
    for place in ((0.7, 1.3), (-0.4, 0.9), (1.1, -2.0)):
        at = dict(zip(symbols, place, strict=True))
        wanted = [float(expression.diff(symbol).subs(at)) for symbol in symbols]
        nodes = [tape.Node(value) for value in place]
        result = program(*nodes)
        assert math.isclose(result.value, float(expression.subs(at)), rel_tol=1e-14)
        adjoints = tape.backward(result)
        assert np.allclose([adjoints[node] for node in nodes], wanted, rtol=1e-13, atol=1e-15)
        dots = [
            program(*(forward_mode.Dual(value, int(k == i)) for k, value in enumerate(place))).dot
            for i in (0, 1)
        ]
        assert np.allclose(dots, wanted, rtol=1e-13, atol=1e-15)


def test_a_second_walk_adds_nothing():
    node = tape.Node(3.0)
    square = node * node
    assert tape.backward(square)[node] == tape.backward(square)[node] == 6


def test_each_number_stands_once_and_after_what_it_uses():
    _, result = on_tape(deep.init(np.random.default_rng(1), [2, 3, 2]), X, T)
    nodes = tape.order(result)
    place = {node: i for i, node in enumerate(nodes)}
    assert len(place) == len(nodes) and nodes[-1] is result
    assert all(place[used] < place[node] for node in nodes for used, _ in node.uses)


def test_a_chain_far_longer_than_any_recursion():
    start = node = tape.Node(1.0)
    for _ in range(20_000):
        node = node + start
    assert tape.backward(node)[start] == 20_001


@pytest.mark.parametrize("a", [-800.0, -30.0, -1e-9, 0.0, 2.5, 800.0])
def test_the_sigmoid_of_any_number_is_that_of_60_digits(a):
    with mpmath.workdps(60):
        h = 1 / (1 + mpmath.exp(-mpmath.mpf(a)))
        slope = h * (1 - h)
    assert math.isclose(arithmetic.sigmoid(a), h, rel_tol=1e-15, abs_tol=1e-300)
    dual = arithmetic.sigmoid(forward_mode.Dual(a, 1))
    assert math.isclose(dual.dot, slope, rel_tol=1e-12, abs_tol=1e-15)
    assert abs(arithmetic.sigmoid(complex(a, 1e-30)).imag / 1e-30 - slope) < 1e-15


def test_a_sweep_is_the_derivative_along_its_nudge():
    rng = np.random.default_rng(2)
    params = two_layer.init(rng, 2, 3, 2)
    x, t = rng.normal(size=(4, 2)), rng.uniform(size=(4, 2))
    nudge = two_layer.Params(*(rng.normal(size=p.shape) for p in params))
    x_nudge = rng.normal(size=x.shape)
    trace = two_layer.forward(params, x)
    dots = forward_mode.sweep(params, trace, nudge, x_nudge)
    moved = two_layer.Params(*(p + 1e-30j * d for p, d in zip(params, nudge, strict=True)))
    exact = two_layer.forward(moved, x + 1e-30j * x_nudge)
    for name, dot in dots._asdict().items():
        assert np.allclose(dot, getattr(exact, name).imag / 1e-30, rtol=1e-13, atol=1e-16)
    # Without a nudge of the inputs, the dot of the loss is the gradient times the nudge.
    dots = forward_mode.sweep(params, trace, nudge)
    gradient = two_layer.gradients(params, trace, t)
    along = sum(np.vdot(g, d) for g, d in zip(gradient, nudge, strict=True))
    assert math.isclose(np.sum((trace.y - t) * dots.y), along, rel_tol=1e-13)


def loss_at(w11):
    w = PARAMS.w.astype(object)
    w[0, 0] = w11
    return loss(sigmoids(linear(sigmoids(linear(X, w, PARAMS.b1)), PARAMS.u, PARAMS.b2)), T)


def truth():
    """Return the slope along w11, with 60 digits."""

    def exact(w11):
        as_exact = np.frompyfunc(mpmath.mpf, 1, 1)
        w, b1, u, b2, x, t = map(as_exact, (*PARAMS, X, T))
        w[0, 0] = w11
        sigmoid = np.frompyfunc(lambda a: 1 / (1 + mpmath.exp(-a)), 1, 1)
        y = sigmoid(sigmoid(x @ w + b1) @ u + b2)
        return ((y - t) ** 2).sum() / 2

    with mpmath.workdps(60):
        return mpmath.diff(exact, mpmath.mpf(PARAMS.w[0, 0]))


@pytest.mark.parametrize(
    ("route", "steps", "least", "most"),
    [
        (routes.one_sided, [1e-6], 6, 7),
        (routes.central, [1e-4], 9, 10),
        (routes.richardson, [1e-2], 10, 11),
        (routes.complex_step, [], 15, 99),
        (routes.dual_number, [], 15, 99),
        (routes.triangular_solve, [], 15, 99),
        (routes.backward_pass, [], 15, 99),
    ],
)
def test_each_route_has_the_digits_that_the_book_prints(route, steps, least, most):
    found = float(route(loss_at, float(PARAMS.w[0, 0]), *steps))
    with mpmath.workdps(60):
        error = abs(mpmath.mpf(found) / truth() - 1)
    assert 10.0**-most < error + 1e-98 < 10.0**-least


def test_the_slope_matrix_is_below_its_diagonal_and_its_powers_hold_every_path():
    start = tape.Node(0.5)
    result = (start + start * start) * start
    slopes = routes.slope_matrix(result)
    assert (np.triu(slopes) == 0).all()
    powers = sum(np.linalg.matrix_power(slopes, n) for n in range(len(slopes)))
    assert math.isclose(powers[-1, 0], 2 * 0.5 + 3 * 0.5**2)


def ways(sizes):
    """Count paths one by one, by walking them."""

    def onward(layer):
        return (
            1
            if layer == len(sizes) - 1
            else sum(onward(layer + 1) for _ in range(sizes[layer + 1]))
        )

    return sum(
        onward(layer + 1)
        for layer in range(len(sizes) - 1)
        for _ in range((sizes[layer] + 1) * sizes[layer + 1])
    )


@pytest.mark.parametrize("sizes", [(2, 3, 2), (1, 1), (4, 3), (2, 4, 3, 2), (1, 2, 3, 2, 1)])
def test_paths_are_as_many_as_can_be_walked(sizes):
    assert multiplications.paths(sizes) == ways(sizes)


BAD = [
    ("result must be", lambda: tape.order(3.0)),
    ("result must be", lambda: tape.backward(np.ones(2))),
    ("array must", lambda: tape.nodes([[np.nan]])),
    ("array", lambda: tape.nodes([["one"]])),
    ("function must", lambda: routes.central(3, 0.1, 1e-3)),
    ("function must", lambda: routes.backward_pass(None, 0.1)),
    ("function must", lambda: routes.complex_step(3, 0.1)),
    ("function must", lambda: routes.dual_number("f", 0.1)),
    ("function must", lambda: routes.triangular_solve([], 0.1)),
    ("eps must", lambda: routes.one_sided(math.sin, 0.1, 0.0)),
    ("eps must", lambda: routes.richardson(math.sin, 0.1, -1.0)),
    ("params must", lambda: forward_mode.sweep(3, two_layer.forward(PARAMS, X), PARAMS)),
    ("trace must", lambda: forward_mode.sweep(PARAMS, X, PARAMS)),
    ("nudge must", lambda: forward_mode.sweep(PARAMS, two_layer.forward(PARAMS, X), None)),
    (
        "nudge.w must",
        lambda: forward_mode.sweep(
            PARAMS, two_layer.forward(PARAMS, X), PARAMS._replace(w=np.ones((3, 2)))
        ),
    ),
    (
        "x_nudge must",
        lambda: forward_mode.sweep(PARAMS, two_layer.forward(PARAMS, X), PARAMS, np.ones((2, 2))),
    ),
    ("sizes must", lambda: multiplications.paths((3,))),
]


@pytest.mark.parametrize(("message", "call"), BAD)
def test_bad_input_is_refused_by_name(message, call):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
