"""Training: mini-batches, and a loop over them with any update rule.

Where nothing but plain steps with all rows is asked for, the steps are those of `bp.in_place`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bp import _parameters, _validate, deep, in_place
from bp._validate import Array
from bp.activations import Activation, sigmoid
from bp.deep import Layer
from bp.losses import Loss, squares
from bp.updates import Plain, Rule


def batches(rng: np.random.Generator, rows: int, size: int) -> Iterator[np.ndarray]:
    """Deal all rows into mini-batches, in an order drawn at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.
    rows : int
        How many rows there are, 1 or more.
    size : int
        How many rows a mini-batch has, 1 or more; the last has what is left.

    Returns
    -------
    iterator of ndarray
        The places of the rows of each mini-batch. Each row is in one of them.

    Raises
    ------
    TypeError, ValueError
        At once, if an argument is not of its type and range.
    """
    _validate.of_type("rng", rng, np.random.Generator)
    rows, size = _validate.whole("rows", rows, least=1), _validate.whole("size", size, least=1)
    return _dealt(rng, rows, size)


def _dealt(rng: np.random.Generator, rows: int, size: int) -> Iterator[np.ndarray]:
    order = rng.permutation(rows)
    yield from (order[first : first + size] for first in range(0, rows, size))


def train(
    layers: tuple[Layer, ...],
    x: np.ndarray,
    t: np.ndarray,
    *,
    rule: Rule,
    epochs: int,
    size: int | None = None,
    rng: np.random.Generator | None = None,
    hidden: Activation = sigmoid,
    output: Activation | None = None,
    loss: Loss = squares,
    gradient: Callable[..., tuple[Layer, ...]] | None = None,
) -> tuple[Layer, ...]:
    """Train a net, and return the last parameters.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters to start from. They are left as they were.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.
    rule : Rule
        How the parameters move, one of `bp.updates`.
    epochs : int
        How many times to go through all rows, 0 or more.
    size : int, optional
        How many rows a mini-batch has, 1 or more. Without it each step takes all rows.
    rng : numpy.random.Generator, optional
        The source of the order of the rows; needed where there is a `size`.
    hidden, output, loss : Activation, Activation, Loss
        As in `bp.deep.backpropagate`.
    gradient : callable, optional
        From the parameters, inputs and targets of a step to what the rule takes for the gradient,
        right or wrong. Without it, what `bp.deep.backpropagate` returns.

    Returns
    -------
    tuple of Layer
        The parameters after the last step.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type, shape and range, the gradient does not fit the
        parameters, or these leave the finite numbers. The last error names the step, counted over
        all epochs, and `eta`. What `gradient` itself raises gets them as a note.

    Notes
    -----
    As everywhere in the package the loss is summed over the rows, here those of the mini-batch. A
    reader who thinks of the mean divides `eta` by `size`.
    """
    layers, x, t, output = deep._arguments(layers, x, t, hidden, output, loss)
    epochs = _validate.whole("epochs", epochs, least=0)
    if not isinstance(rule, Rule):
        raise TypeError(f"rule must be one of bp.updates, got {type(rule).__name__}")
    picks = _picks(rng, len(x), size, epochs)
    choices: Any = {"hidden": hidden, "output": output, "loss": loss}
    if gradient is not None:
        _validate.function("gradient", gradient)
        return _follow(layers, x, t, rule, picks, _fitting(gradient))
    if size is None and isinstance(rule, Plain):
        return in_place.train(tuple(layers), x, t, eta=rule.eta, steps=epochs, **choices)

    def right(params: tuple[Layer, ...], x: Array, t: Array) -> tuple[Layer, ...]:
        return deep.backpropagate(deep._marked(params), x, t, **choices)

    return _follow(layers, x, t, rule, picks, right)


def _picks(rng: Any, rows: int, size: int | None, epochs: int) -> Iterator[Any]:
    """Return the rows of each step; the arguments are looked at before the first."""
    if size is None:
        return iter([slice(None)] * epochs)
    batches(rng, rows, size)
    return (pick for _ in range(epochs) for pick in batches(rng, rows, size))


def _fitting(gradient: Callable[..., Any]) -> Callable[..., tuple[Layer, ...]]:
    """Return a gradient of the caller's own that must fit the parameters, whatever it holds."""

    def fitted(params: tuple[Layer, ...], x: Array, t: Array) -> tuple[Layer, ...]:
        grads: tuple[Layer, ...]
        _, grads = _parameters.fitting(
            "grads", gradient(params, x, t), "params", params, finite=False
        )
        return grads

    return fitted


def _follow(
    layers: tuple[Layer, ...],
    x: Array,
    t: Array,
    rule: Rule,
    picks: Iterator[Any],
    gradient: Callable[..., tuple[Layer, ...]],
) -> tuple[Layer, ...]:
    params = _parameters.rebuild(tuple(layers), [leaf.copy() for layer in layers for leaf in layer])
    state = rule.start(params)
    for step, rows in enumerate(picks, 1):
        # What overflows on the way is found at the end of the step.
        with np.errstate(all="ignore"):
            try:
                grads = gradient(params, x[rows], t[rows])
            except Exception as error:
                _validate.tell_step(error, step, rule.eta)
                raise
            try:
                params, state = rule.step(params, grads, state)
            except ValueError:  # A rule refuses a gradient or a state that is lost.
                raise ValueError(_validate.lost(step, rule.eta)) from None
        if not _parameters.finite(params):
            raise ValueError(_validate.lost(step, rule.eta))
    return params
