"""Gradient descent in place, for long runs: every array is made once, before the first step.

The formulas are those of `bp.equations`, arranged for speed:

- The biases of a layer are one more row of its weights, which a unit that is always 1 feeds. One
  product gives a layer's linear combinations, and one gives both of its gradients.
- That unit is a unit like any other, one more column of the weights: all 0, with a bias of 40. To
  the last bit of a float64, σ(40) is 1 and its slope is 0, so the column never changes.
- The parameters stand with the opposite sign, because the sigmoid takes the exponential of −a.
- The learning rate multiplies the errors, where the numbers are few, and not the gradients.
- The sigmoid is computed as it is printed. Its exponential may overflow, and its value is then 0.

The second, the fourth and the last round the last digits in another way than
`bp.descent.descend`, and nothing else differs.
"""

from collections.abc import Iterator

import numpy as np

from bp import deep, two_layer
from bp.parameters import Tree, arrays, rebuild
from bp.shapes import Array, array, positive, whole

_real = array("...", real=True)
_ONE = np.array(1.0)
_ALWAYS_ONE = 40.0
"""The bias of a unit that is always 1."""


def train(params: Tree, x: Array, t: Array, *, eta: float, steps: int) -> Tree:
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

    Returns
    -------
    same type as `params`
        The parameters after the last step: those of `bp.descent.descend`, up to rounding.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type, shape and range, or the parameters have left the finite
        numbers at the end.

    Notes
    -----
    Equations `def-batch-linear` to `eq-batch-bias` and `eq-descent`; section 6 of the source.
    """
    leaves = list(arrays("params", params).values())
    net = two_layer if isinstance(params, two_layer.Params) else deep
    net.backpropagate.check(params, x, t)
    eta, steps = positive("eta", eta), whole("steps", steps, least=0)
    run = _Run(leaves[::2], leaves[1::2], _real("x", x, {}), _real("t", t, {}), eta)
    # Numbers that are lost on the way are found at the end.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            run.step()
    if not np.isfinite(run.params).all():
        raise ValueError(
            f"after {steps} steps with eta = {eta:g} the parameters are no longer finite; "
            "expected a smaller eta"
        )
    return rebuild(params, run.arrays())


class _Run:
    """The arrays of one run. Everything in them but the parameters belongs to the latest step."""

    def __init__(self, w: list[Array], b: list[Array], x: Array, t: Array, eta: float) -> None:
        self.sizes = [len(w[0]), *(bias.size for bias in b)]
        rows = [m + 1 for m in self.sizes[:-1]]
        shapes = list(zip(rows, [*rows[1:], self.sizes[-1]], strict=True))
        # Parts of two arrays: all parameters, and all gradients times the learning rate.
        self.params, self.weights = _together(shapes)
        self.steps, self.gradients = _together(shapes)
        for both, weights, biases in zip(self.weights, w, b, strict=True):
            n = biases.size
            np.negative(weights, both[:-1, :n])
            np.negative(biases, both[-1:, :n])
            both[-1, n:] = -_ALWAYS_ONE

        inputs = [np.ones((len(x), m)) for m in rows]
        inputs[0][:, :-1] = x
        self.y, self.t, self.eta = np.empty(t.shape), t.copy(), np.array(eta)
        outputs = [*inputs[1:], self.y]
        deltas = [np.empty_like(h) for h in outputs]
        self.errors = deltas[-1]

        # What each layer needs on the way forward, and on the way back.
        self.forward = list(zip(inputs, self.weights, outputs, strict=True))
        self.backward = [
            (
                deltas[k],
                outputs[k],
                inputs[k].T,
                self.gradients[k],
                self.weights[k].T,
                deltas[k - 1] if k else None,
            )
            for k in reversed(range(len(w)))
        ]

    def step(self) -> None:
        """Replace the parameters by those after one update."""
        for inputs, weights, h in self.forward:
            np.dot(inputs, weights, h)
            np.exp(h, h)
            np.add(_ONE, h, h)
            np.reciprocal(h, h)

        np.subtract(self.t, self.y, self.errors)
        np.multiply(self.errors, self.eta, self.errors)
        for delta, h, inputs, gradient, onward, before in self.backward:
            # Multiply by −h (1 − h): the sign undoes that of the weights, or of t − y. Nothing
            # needs h after this, so h − 1 takes its place.
            np.multiply(delta, h, delta)
            np.subtract(h, _ONE, h)
            np.multiply(delta, h, delta)
            np.dot(inputs, delta, gradient)
            if before is not None:
                np.dot(delta, onward, before)
        np.add(self.params, self.steps, self.params)

    def arrays(self) -> Iterator[Array]:
        """Yield weights and biases of each layer in turn."""
        for both, n in zip(self.weights, self.sizes[1:], strict=True):
            yield -both[:-1, :n]
            yield -both[-1:, :n]


def _together(shapes: list[tuple[int, int]]) -> tuple[Array, list[Array]]:
    """Return one array of zeros, and parts of it that have these shapes."""
    ends = np.cumsum([m * n for m, n in shapes])
    whole_array = np.zeros(ends[-1])
    parts = np.split(whole_array, ends[:-1])
    return whole_array, [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
