"""The derivative engine against SymPy, on every partial of the 2-3-2 net."""

import functools

import numpy as np
import pytest
import sympy

from proofread.arrays import STEP

INPUTS, HIDDEN, OUTPUTS = range(2), range(3), range(2)


@pytest.fixture(scope="module")
def model():
    """The net written again in SymPy: each quantity by name, with what is downstream of each."""
    s = sympy.Symbol
    x = [s(f"x{i}") for i in INPUTS]
    w = [[s(f"w{i}{j}") for j in HIDDEN] for i in INPUTS]
    b1 = [s(f"p{j}") for j in HIDDEN]
    u = [[s(f"u{i}{j}") for j in OUTPUTS] for i in HIDDEN]
    b2 = [s(f"q{j}") for j in OUTPUTS]
    t = [s(f"t{j}") for j in OUTPUTS]
    a1, h = [s(f"a{j}") for j in HIDDEN], [s(f"h{j}") for j in HIDDEN]
    a2, y = [s(f"c{j}") for j in OUTPUTS], [s(f"y{j}") for j in OUTPUTS]

    def sigmoid(z):
        return 1 / (1 + sympy.exp(-z))

    rules = [
        ("y", y, [sigmoid(a2[j]) for j in OUTPUTS]),
        ("a2", a2, [sum(h[i] * u[i][j] for i in HIDDEN) + b2[j] for j in OUTPUTS]),
        ("h", h, [sigmoid(a1[j]) for j in HIDDEN]),
        ("a1", a1, [sum(x[i] * w[i][j] for i in INPUTS) + b1[j] for j in HIDDEN]),
    ]
    loss = sum((y[j] - t[j]) ** 2 for j in OUTPUTS) / 2
    formulas = {"loss": [loss], **{name: right for name, _, right in rules}}

    @functools.cache
    def expanded(quantity, held):
        """Put in every definition but that of what is held, which stays a variable."""
        put = [(old, new) for name, olds, news in rules if name != held
               for old, new in zip(olds, news, strict=True)]  # fmt: skip
        return sympy.Matrix([formula.subs(put) for formula in formulas[quantity]])

    return {"x": x, "w": w, "b1": b1, "u": u, "b2": b2, "t": t, "a1": a1, "h": h, "a2": a2, "y": y,
            "expanded": expanded}  # fmt: skip


LATEX = {
    "x": "x_i", "w": "w_{ij}", "b1": "b^{(1)}_j", "u": "u_{ij}", "b2": "b^{(2)}_j", "t": "t_j",
    "a1": "a^{(1)}_j", "h": "h_j", "a2": "a^{(2)}_j", "y": "y_j",
}  # fmt: skip


def _slot(net, name):
    scope = net.text.find("eq-output-chain").scope
    base, sup = {"b1": ("b", 1), "b2": ("b", 2), "a1": ("a", 1), "a2": ("a", 2)}.get(
        name, (name, None)
    )
    (row,) = [
        row
        for row in scope.symbols[base]
        if row.superscript == sup and not (name == "x" and row.whole)
    ]
    return row, None


def _flat(nested):
    return [entry for row in nested for entry in (row if isinstance(row, list) else [row])]


@pytest.mark.parametrize("variable", list(LATEX))
@pytest.mark.parametrize("quantity", ["loss", "y", "a2", "h", "a1"])
def test_every_partial(source, model, quantity, variable):
    order = ["a1", "h", "a2", "y", "loss"]
    upstream = variable in order and order.index(variable) >= order.index(quantity)
    world = source.text.checker(5).world
    target = _slot(source, variable)
    world.value(target)
    moved = world.perturb(target)
    scope = source.text.find("eq-output-chain").scope
    slot = (scope.symbols["L"][0], None) if quantity == "loss" else _slot(source, quantity)
    ours = moved.value(slot).imag / STEP
    if upstream and quantity != variable:
        assert not np.any(ours)
        return
    names = list(dict.fromkeys(["x", "w", "b1", "u", "b2", "t", variable]))
    symbols = [symbol for name in names for symbol in _flat(model[name])]
    # Every second network is drawn wide, and leaves what SymPy's own formula can do in floats.
    numbers = [
        value for name in names
        for value in world.value(_slot(source, name)).reshape(-1, world.networks)[:, ::2]
    ]  # fmt: skip
    # What has a definition of its own is held: it stays a variable.
    full = model["expanded"](quantity, variable if variable in order else None)
    partials = full.jacobian(_flat(model[variable]))
    if quantity == variable:
        partials = sympy.eye(full.rows)
    expected = sympy.lambdify(symbols, partials.tolist(), "numpy")(*numbers)
    ours = ours.reshape(full.rows, -1, world.networks)[..., ::2]
    for row, exact in zip(ours, expected, strict=True):
        for got, one in zip(np.broadcast_to(row, (len(exact), *row.shape[1:])), exact, strict=True):
            assert np.all(np.abs(got - one) <= 1e-14 * np.maximum(1.0, np.abs(one)))
