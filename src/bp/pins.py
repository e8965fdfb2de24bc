"""What the code of `bp` computes for every definition of the book.

A claim of the book is checked against the book's definitions. The definitions themselves are
checked here, against the code that the chapters run: for random parameters both must give the same.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bp import (
    activations,
    arithmetic,
    deep,
    descent,
    equations,
    forward_mode,
    losses,
    two_layer,
    updates,
)
from bp._validate import Array

Values = Mapping[str, Any]
"""From a symbol's name in the code to its value, or to its value in each layer."""


def pins(label: str, values: Values) -> Mapping[str, Any]:
    """Return what the code computes for the symbols that a definition introduces.

    Parameters
    ----------
    label : str
        The label of the definition, such as ``"def-hidden"``.
    values : mapping
        The values of all symbols that are drawn at random.

    Returns
    -------
    mapping
        From names in the code to values, or to functions.

    Raises
    ------
    KeyError
        If the book has no such definition.
    """
    return PINS[label](values)


def _toy(values: Values) -> Values:
    def loss(p: Array) -> Array:
        """Return the loss of a net whose output is its one parameter, for the target 2."""
        target = np.array([[2.0]])
        losses = [equations.loss(np.array([[one]]), target) for one in np.ravel(p)]
        return np.reshape(losses, np.shape(p))

    return {"loss": loss}


def _sigmoid(values: Values) -> Values:
    return {"sigmoid": equations.sigmoid}


def _two_layer(values: Values) -> Values:
    params = two_layer.Params(values["w"], values["b1"], values["u"], values["b2"])
    trace = two_layer.forward(params, values["x"])
    computed = trace._asdict()
    if "t" in values:
        computed["loss"] = equations.loss(trace.y, values["t"])
    if "t" in values and "eta" in values:
        grads = two_layer.gradients(params, trace, values["t"])
        computed["u_new"] = descent.update(params, grads, eta=values["eta"]).u
    return computed


def _deep(values: Values) -> Values:
    w, b = values["w"], values["b"]
    layers = tuple(deep.Layer(w[layer], b[layer]) for layer in sorted(w))
    trace = deep.forward(layers, values["x"][0])
    return {
        "a": dict(enumerate(trace.a, start=1)),
        "outputs": dict(enumerate(trace.outputs)),
        "loss": equations.loss(trace.outputs[-1], values["t"]),
    }


def _momentum(values: Values) -> Values:
    rule = updates.Momentum(values["eta"], values["beta"])
    dial, grads, state = ((np.asarray(values[name]),) for name in ("p", "g", "v"))
    moved, velocity = rule.step(dial, grads, state)
    return {"p_new": moved[0], "v_new": velocity[0]}


def _dots(values: Values) -> Values:
    params = two_layer.Params(values["w"], values["b1"], values["u"], values["b2"])
    nudge = two_layer.Params(*(values[f"{name}_dot"] for name in ("w", "b1", "u", "b2")))
    trace = two_layer.forward(params, values["x"])
    dots = forward_mode.sweep(params, trace, nudge, values["x_dot"])
    computed = {f"{name}_dot": dot for name, dot in dots._asdict().items()}
    if "t" in values:
        # The loss on numbers with a dot, which know nothing of the formulas above.
        dual: Any = np.frompyfunc(forward_mode.Dual, 2, 1)
        sigmoid: Any = np.frompyfunc(arithmetic.sigmoid, 1, 1)
        x, w, b1, u, b2 = map(dual, (values["x"], *params), (values["x_dot"], *nudge))
        y = sigmoid(equations.linear(sigmoid(equations.linear(x, w, b1)), u, b2))
        result: Any = equations.loss(y, values["t"])
        computed["loss_dot"] = result.dot
    return computed


def _cross_entropy(values: Values) -> Values:
    computed = _two_layer({name: values[name] for name in ("x", "w", "b1", "u", "b2")})
    return {**computed, "loss": losses.cross_entropy(computed["y"], values["t"])}


def _softmax(values: Values) -> Values:
    computed = _two_layer({name: values[name] for name in ("x", "w", "b1", "u", "b2")})
    y = activations.softmax(computed["a2"])
    found = {**computed, "y": y, "largest": computed["a2"].max()}
    if "t" in values:
        found["loss"] = losses.softmax_cross_entropy(y, values["t"])
    return found


def _curve(values: Values) -> Values:
    def curve(a: Array) -> Array:
        return a * equations.sigmoid(a)

    if "x" not in values:
        return {"curve": curve}
    h = curve(equations.linear(values["x"], values["w"], values["b1"]))
    a2 = equations.linear(h, values["u"], values["b2"])
    y = equations.sigmoid(a2)
    return {"curve": curve, "h": h, "a2": a2, "y": y, "loss": equations.loss(y, values["t"])}


PINS: dict[str, Callable[[Values], Values]] = {
    "def-toy-loss": _toy,
    "def-sigmoid": _sigmoid,
    "def-hidden-linear": _two_layer,
    "def-hidden": _two_layer,
    "def-output-linear": _two_layer,
    "def-output": _two_layer,
    "def-loss": _two_layer,
    "def-updated-weight": _two_layer,
    "def-momentum-velocity": _momentum,
    "def-momentum-dial": _momentum,
    "def-dot-hidden-linear": _dots,
    "def-dot-hidden": _dots,
    "def-dot-output-linear": _dots,
    "def-dot-output": _dots,
    "def-dot-loss": _dots,
    "def-cross-entropy": _cross_entropy,
    "def-softmax": _softmax,
    "def-softmax-loss": _softmax,
    "def-largest": _softmax,
    "def-curve": _curve,
    "def-curve-hidden": _curve,
    "def-curve-output-linear": _curve,
    "def-curve-output": _curve,
    "def-curve-loss": _curve,
    "def-deep-linear": _deep,
    "def-deep-output": _deep,
    "def-deep-loss": _deep,
    "def-batch-linear": _deep,
    "def-batch-output": _deep,
    "def-batch-loss": _deep,
}
