"""The derivative engine against SymPy, on every partial of the 2-3-2 net."""

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
    return {"x": x, "w": w, "b1": b1, "u": u, "b2": b2, "t": t, "a1": a1, "h": h, "a2": a2, "y": y,
            "rules": rules, "loss": loss}  # fmt: skip


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


def _expanded(expression, rules, held):
    """Put in every definition but that of what is held, which stays a variable."""
    for name, symbols, formulas in rules:
        if name != held:
            expression = expression.subs(
                dict(zip(symbols, formulas, strict=True)), simultaneous=True
            )
    return expression


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
    expressions = [model["loss"]] if quantity == "loss" else dict(
        (name, formulas) for name, _, formulas in model["rules"]
    )[quantity]  # fmt: skip
    names = list(dict.fromkeys(["x", "w", "b1", "u", "b2", "t", variable]))
    symbols = [symbol for name in names for symbol in _flat(model[name])]
    # Every second network is drawn wide, and leaves what SymPy's own formula can do in floats.
    numbers = [
        value for name in names
        for value in world.value(_slot(source, name)).reshape(-1, world.networks)[:, ::2]
    ]  # fmt: skip
    entries = _flat(model[variable])
    flat = ours.reshape(len(expressions), -1, world.networks)
    flat = np.broadcast_to(flat, (len(expressions), len(entries), world.networks))[..., ::2]
    for row, expression in enumerate(expressions):
        full = _expanded(expression, model["rules"], variable)
        partials = [sympy.diff(full, entry) for entry in entries]
        if quantity == variable:
            partials = [sympy.Integer(row == column) for column in range(len(entries))]
        exact = sympy.lambdify(symbols, partials, "numpy")(*numbers)
        for column, expected in enumerate(exact):
            got = flat[row, column]
            assert np.all(np.abs(got - expected) <= 1e-14 * np.maximum(1.0, np.abs(expected)))
