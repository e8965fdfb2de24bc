"""Wrong gradients of a net that reads digits, and what was measured of them.

The net has 64 inputs, 32 sigmoids and 10 outputs under softmax, with the cross-entropy. Each
mistake exchanges steps of its backward pass and nothing else, so all of them run, and most of them
train. `benchmarks/notice.py` measures them; what it found is stored here and read by `measured`.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np

from bp import _validate, deep, digits, equations, losses, starts, training
from bp._validate import Array
from bp.activations import sigmoid, softmax
from bp.deep import Layer
from bp.equations import linear
from bp.updates import Momentum

SIZES = (64, 32, 10)
"""Inputs, hidden units and outputs."""
EPOCHS, ROWS, RULE = 60, 32, Momentum(0.02)
"""How a net is trained: passes over the images, rows of a mini-batch, and the update rule."""

Net = tuple[Layer, ...]
Gradient = Callable[[Net, Array, Array], Net]
"""From parameters, inputs and targets to what an update rule takes for the gradient."""


def difference(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the error signals of the outputs, for the cross-entropy of softmax.

    Parameters
    ----------
    y, t : ndarray, shape (N, outputs)
        Outputs and targets.

    Returns
    -------
    ndarray, shape (N, outputs)
        y − t.

    Notes
    -----
    Equation `eq-softmax-delta`, where the targets of a row add up to 1.
    """
    return y - t  # type: ignore[no-any-return]


def backpropagate(
    layers: tuple[Layer, ...],
    x: np.ndarray,
    t: np.ndarray,
    *,
    delta_output: Callable[..., np.ndarray] = difference,
    delta_hidden: Callable[..., np.ndarray] = equations.delta_hidden,
    gradient_w: Callable[..., np.ndarray] = equations.weight_gradient,
    gradient_u: Callable[..., np.ndarray] = equations.weight_gradient,
    gradient_b: Callable[..., np.ndarray] = equations.bias_gradient,
) -> tuple[Layer, ...]:
    """Return the gradient of the loss, or what a mistake in one of its steps makes of it.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters (w, b1) and (u, b2).
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.
    delta_output : callable
        From y and t to the error signals of the outputs.
    delta_hidden : callable
        From those, u and h to the error signals of the hidden units.
    gradient_w, gradient_u : callable
        From the inputs of a layer and its error signals to the gradient of its weights.
    gradient_b : callable
        From the error signals of a layer to the gradient of its biases.

    Returns
    -------
    tuple of Layer
        With all steps as they are, the gradient that `bp.deep.backpropagate` returns for the
        cross-entropy of softmax.

    Raises
    ------
    TypeError, ValueError
        If the parameters are not those of two layers, or an argument does not fit them.

    Notes
    -----
    Equations `eq-batch-delta`, `eq-batch-weight` and `eq-batch-bias`.
    """
    layers, x, t = _arguments(layers, x, t)
    (w, b1), (u, b2) = layers
    h = sigmoid(linear(x, w, b1))
    y = softmax(linear(h, u, b2))
    delta2 = delta_output(y, t)
    delta1 = delta_hidden(delta2, u, h)
    return (
        Layer(gradient_w(x, delta1), gradient_b(delta1)),
        Layer(gradient_u(h, delta2), gradient_b(delta2)),
    )


def _arguments(layers: Any, x: Any, t: Any) -> tuple[Net, Array, Array]:
    loss = losses.softmax_cross_entropy
    layers, x, t, _ = deep._arguments(layers, x, t, sigmoid, softmax, loss)
    if len(layers) != 2:
        raise ValueError(f"layers must be 2, one hidden and one of outputs, got {len(layers)}")
    return layers, x, t


def mistakes(
    eta: float, random: np.ndarray
) -> Mapping[str, Mapping[str, Callable[..., np.ndarray]]]:
    """Return mistakes: for each step of `backpropagate`, by name, what stands there then.

    Parameters
    ----------
    eta : float
        The learning rate, which one of the mistakes uses.
    random : ndarray, shape of u
        Random numbers, which another uses in the place of the weights.

    Returns
    -------
    mapping of str to mapping of str to callable
        A mistake whose name stands at several steps changes all of them.
    """
    return {
        # In all of these d is a layer's error signal.
        "delta_hidden": {
            "u moves first": lambda d, u, h: d @ (u - eta * h.T @ d).T * h * (1 - h),
            "half the hidden signal": lambda d, u, h: d @ u.T * h * (1 - h) / 2,
            "sign of the hidden signal": lambda d, u, h: -d @ u.T * h * (1 - h),
            "hidden layer frozen": lambda d, u, h: 0 * h,
            "random numbers for u": lambda d, u, h: d @ random.T * h * (1 - h),
            "first path alone": lambda d, u, h: d[:, :1] @ u[:, :1].T * h * (1 - h),
            "no slope": lambda d, u, h: d @ u.T,
            "slope of tanh": lambda d, u, h: d @ u.T * (1 - h**2),
            "slope taken at h": lambda d, u, h: d @ u.T * equations.sigmoid_prime(h),
            "slopes of row 1": lambda d, u, h: d @ u.T * h[:1] * (1 - h[:1]),
        },
        "delta_output": {
            "one slope too many": lambda y, t: (y - t) * y * (1 - y),
            "diagonal of softmax": lambda y, t: -t * (1 - y),
        },
        "gradient_w": {
            "mean in layer 1, sum in 2": lambda x, d: x.T @ d / len(x),
            "last row lost": lambda x, d: x[:-1].T @ d[:-1],
        },
        "gradient_u": {
            "rows of h reversed": lambda h, d: h[::-1].T @ d,
            "last row lost": lambda h, d: h[:-1].T @ d[:-1],
        },
        "gradient_b": {
            "no biases": lambda d: 0 * d[:1],
            "biases of row 1": lambda d: d[:1],
            "one bias a layer": lambda d: np.full_like(d[:1], d.sum()),
            "last row lost": lambda d: d[:-1].sum(axis=0, keepdims=True),
        },
    }


def _gradients(eta: float, random: Array) -> dict[str, Gradient]:
    steps: dict[str, dict[str, Any]] = {RIGHT: {}}
    for step, wrong in mistakes(eta, random).items():
        for name, function in wrong.items():
            steps.setdefault(name, {})[step] = function
    return {name: partial(backpropagate, **changed) for name, changed in steps.items()}


RIGHT = "no mistake"
RANDOM = 4 / np.sqrt(SIZES[1]) * np.random.default_rng(7).normal(size=SIZES[1:])
"""As large as the weights of `bp.starts.centred` in the place that it takes."""
GRADIENTS: Mapping[str, Gradient] = _gradients(RULE.eta, RANDOM)
"""The right gradient and the wrong ones."""


def loss(layers: Net, x: Array, t: Array) -> np.float64:
    """Return the loss in the precision of its arguments, which it does not check.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters, of any precision, real or complex.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    float
        The cross-entropy, summed over the rows.
    """
    (w, b1), (u, b2) = layers
    a = linear(equations.sigmoid(linear(x, w, b1)), u, b2)
    return losses.softmax_cross_entropy.at(softmax, a, t)


def start(seed: int) -> tuple[Net, Array, Array]:
    """Return the net that a run starts from, and the first mini-batch that it sees.

    Parameters
    ----------
    seed : int
        The number of the run, 0 or more.

    Returns
    -------
    tuple of Layer, ndarray, ndarray
        Parameters, inputs and targets.
    """
    known, _ = digits.load()
    rows = next(training.batches(_order(seed), len(known.x), ROWS))
    return _net(seed), known.x[rows], known.t[rows]


def train(gradient: Gradient, *, seed: int, epochs: int = EPOCHS) -> Net:
    """Train a net with a gradient, which may be wrong, and return the last parameters.

    Parameters
    ----------
    gradient : callable
        One of `GRADIENTS`, or any other function from parameters, inputs and targets to what the
        update rule takes for their gradient.
    seed : int
        The number of the run, 0 or more. It fixes the start and the order of the images.
    epochs : int
        How many times to go through all images, 0 or more.

    Returns
    -------
    tuple of Layer
        The parameters after the last step.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type and range, or the gradient does not fit the parameters.
    """
    _validate.function("gradient", gradient)
    known, _ = digits.load()
    return training.train(
        _net(seed),
        known.x,
        known.t,
        rule=RULE,
        epochs=epochs,
        size=ROWS,
        rng=_order(seed),
        output=softmax,
        loss=losses.softmax_cross_entropy,
        gradient=gradient,
    )


def _net(seed: int) -> Net:
    return starts.centred(np.random.default_rng(_validate.whole("seed", seed, least=0)), SIZES)


def _order(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, 1])


def read(layers: Net) -> int:
    """Return how many of the 360 images for testing a net reads right.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters.

    Returns
    -------
    int
        From 0 to 360.
    """
    _, new = digits.load()
    y = deep.forward(layers, new.x, output=softmax).outputs[-1]
    return int((y.argmax(axis=1) == new.labels).sum())


def measured() -> dict[str, Any]:
    """Return what `benchmarks/notice.py` has measured and stored.

    Returns
    -------
    dict
        The machine, and for each part of the measurement what the command says of it.
    """
    text = files("bp").joinpath("notice.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
