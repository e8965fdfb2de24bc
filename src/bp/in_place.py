"""Gradient descent in place, for long runs: every array is made once, before the first step.

The formulas are those of `bp.deep`, arranged for speed:

- The biases of a layer are one more row of its weights, which a unit that is always 1 feeds. One
  product gives a layer's linear combinations, and one gives both of its gradients. That unit is
  one more column of the weights before it.
- The learning rate multiplies the errors, where the numbers are few, and not the gradients.
- Sigmoids are computed in the memory of their linear combinations, as they are printed. Their
  exponential may overflow, and their value is then 0. It is taken of −a, so a layer of sigmoids
  keeps its parameters with the opposite sign. Its unit that is always 1 is a sigmoid like any
  other, with weights 0 and a bias of 40: to the last bit of a float64, σ(40) is 1 and its slope is
  0, so the column never changes.

Each of the three rounds the last digits in another way than `bp.descent.descend`, and nothing else
differs. Every other activation function, and every loss, is called as it stands in
`bp.activations` and `bp.losses`.
"""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from bp import deep, two_layer
from bp._parameters import Tree, arrays, rebuild
from bp._validate import Array, lost, numbers, positive, whole
from bp.activations import Activation, sigmoid
from bp.losses import Loss, squares

_ONE = np.array(1.0)
_ALWAYS_ONE = 40.0
"""The bias of a sigmoid that is always 1."""


def train(
    params: Tree,
    x: Array,
    t: Array,
    *,
    eta: float,
    steps: int,
    hidden: Activation = sigmoid,
    output: Activation | None = None,
    loss: Loss = squares,
) -> Tree:
    """Take many steps of gradient descent, and return the last parameters.

    Parameters
    ----------
    params : Params or tuple of Layer
        The parameters of a `bp.two_layer` or `bp.deep` net to start from. They are left as they
        were.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.
    eta : float
        The learning rate, greater than 0.
    steps : int
        How many steps to take, 0 or more.
    hidden, output, loss : Activation, Activation, Loss
        As in `bp.deep.backpropagate`.

    Returns
    -------
    same type as `params`
        The parameters after the last step: those of `bp.descent.descend`, up to rounding.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type, shape and range, or the parameters leave the finite
        numbers. This error names the step and `eta`.

    Notes
    -----
    Equations `def-batch-linear` to `eq-batch-bias` and `eq-descent`; section 6 of the source.
    """
    leaves = list(arrays("params", params).values())
    x, t = numbers("x", x, real=True), numbers("t", t, real=True)
    layers: Any = params
    if isinstance(params, two_layer.Params):
        two_layer._arguments(params, x, t)
        layers = tuple(map(deep.Layer, leaves[::2], leaves[1::2]))
    layers, x, t, output = deep._arguments(layers, x, t, hidden, output, loss)
    eta, steps = positive("eta", eta), whole("steps", steps, least=0)

    def run_of(count: int) -> _Run:
        run = _Run(layers, x, t, eta, hidden, output, loss)
        run.take(count)
        return run

    run = run_of(steps)
    if not run.finite():
        # What is lost stays lost, so the step can be found by halves.
        step = bisect_left(range(steps), True, key=lambda k: not run_of(k + 1).finite()) + 1
        raise ValueError(lost(step, eta))
    return rebuild(params, run.arrays())


class _Run:
    """The arrays of one run. Everything in them but the parameters belongs to the latest step."""

    def __init__(
        self,
        layers: tuple[deep.Layer, ...],
        x: Array,
        t: Array,
        eta: float,
        hidden: Activation = sigmoid,
        output: Activation = sigmoid,
        loss: Loss = squares,
    ) -> None:
        self.t, self.eta, self.loss = t.copy(), np.array(eta), loss
        # Each layer but the last has one more unit, which is always 1.
        rows = [len(layers[0].w) + 1, *(b.size + 1 for _, b in layers[:-1])]
        shapes = [*pairwise(rows), (rows[-1], t.shape[1])]
        # Parts of two arrays: all parameters, and what a step adds to them.
        self.params, weights = _together(shapes)
        self.steps, gradients = _together(shapes)
        inputs = np.ones((len(x), rows[0]))
        inputs[:, :-1] = x
        self.layers: list[_Layer] = []
        for k, layer in enumerate(layers):
            last = k == len(layers) - 1
            kind = output if last else hidden
            before = self.layers[-1] if k else None
            made = _Sigmoids if kind == sigmoid else _Others
            self.layers.append(made(layer, kind, inputs, weights[k], gradients[k], before))
            inputs = self.layers[-1].h
        self.last = self.layers[-1]

    def take(self, steps: int) -> None:
        """Take steps. Numbers that are lost on the way are found at the end."""
        with np.errstate(all="ignore"):
            for _ in range(steps):
                self.step()

    def step(self) -> None:
        """Replace the parameters by those after one update."""
        for layer in self.layers:
            np.dot(layer.inputs, layer.weights, layer.h)
            layer.activate()
        self.begin()
        for layer in reversed(self.layers):
            np.dot(layer.inputs.T, layer.delta, layer.gradient)
            if layer.before is not None:
                np.dot(layer.delta, layer.weights.T, layer.before.delta)
                layer.before.send_back()
        np.add(self.params, self.steps, self.params)

    def begin(self) -> None:
        """Put −η times the error signal of the outputs where it starts from."""
        last = self.last
        if self.loss == squares:
            np.subtract(self.t, last.h, last.delta)
            np.multiply(last.delta, self.eta, last.delta)
            last.send_back()
        else:
            delta = self.loss.delta(last.kind, last.h, self.t)
            np.multiply(delta, -self.eta * last.sign, last.delta)

    def finite(self) -> bool:
        """Say whether no parameter has been lost."""
        return bool(np.isfinite(self.params).all())

    def arrays(self) -> Iterator[Array]:
        """Yield weights and biases of each layer in turn."""
        for layer in self.layers:
            yield layer.sign * layer.weights[:-1, : layer.n]
            yield layer.sign * layer.weights[-1:, : layer.n]


class _Layer:
    """The arrays of one layer, parts of those of the run.

    A layer of sign s keeps s times its parameters, and as its `delta` −sη times its error signal:
    then the product of the two is the same for every sign.
    """

    sign = 1.0

    def __init__(
        self,
        layer: deep.Layer,
        kind: Activation,
        inputs: Array,
        weights: Array,
        gradient: Array,
        before: "_Layer | None",
    ) -> None:
        self.kind, self.n = kind, layer.b.size
        self.inputs, self.weights, self.gradient, self.before = inputs, weights, gradient, before
        self.h = np.empty((len(inputs), weights.shape[1]))
        self.delta = np.empty_like(self.h)
        np.multiply(layer.w, self.sign, weights[:-1, : self.n])
        np.multiply(layer.b, self.sign, weights[-1:, : self.n])

    def activate(self) -> None:
        """Replace the linear combinations in `h` by the outputs."""
        raise NotImplementedError

    def send_back(self) -> None:
        """Replace −η ∂L/∂h in `delta` by −sη ∂L/∂a; this may use up `h`."""
        raise NotImplementedError


class _Sigmoids(_Layer):
    """Sigmoids, without a new array."""

    sign = -1.0

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.weights[-1, self.n :] = -_ALWAYS_ONE

    def activate(self) -> None:
        np.exp(self.h, self.h)
        np.add(_ONE, self.h, self.h)
        np.reciprocal(self.h, self.h)

    def send_back(self) -> None:
        np.multiply(self.delta, self.h, self.delta)
        # Nothing needs h after the product with the slope, so h − 1 takes its place.
        np.subtract(self.h, _ONE, self.h)
        np.multiply(self.delta, self.h, self.delta)


class _Others(_Layer):
    """Any other activation function, called as it stands."""

    def activate(self) -> None:
        self.h[:, : self.n] = self.kind.value(self.h[:, : self.n])
        self.h[:, self.n :] = 1.0

    def send_back(self) -> None:
        self.delta[:, : self.n] = self.kind.back(self.delta[:, : self.n], self.h[:, : self.n])
        self.delta[:, self.n :] = 0.0


def _together(shapes: list[tuple[int, int]]) -> tuple[Array, list[Array]]:
    """Return one array of zeros, and parts of it that have these shapes."""
    ends = np.cumsum([m * n for m, n in shapes])
    whole_array = np.zeros(ends[-1])
    parts = np.split(whole_array, ends[:-1])
    return whole_array, [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
