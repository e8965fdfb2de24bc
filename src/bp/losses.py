"""Losses: a value and a slope. One line adds one.

Some losses have a partner, an activation function whose slope cancels against theirs. Then the
error signal of the output layer is their `difference`, which divides by nothing, and the value
comes from the linear combinations, so that no output that rounds to 0 or 1 makes it infinite.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bp import activations, equations
from bp.activations import Activation

if TYPE_CHECKING:
    from bp import _floats as np
else:
    import numpy as np


@dataclass(frozen=True)
class Loss:
    """A loss, summed over outputs and rows. It is called as `value` is."""

    name: str
    """What it is called."""
    value: Callable[[np.ndarray, np.ndarray], np.float64]
    """From outputs y and targets t, both of shape (N, n), to L."""
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """From y and t to ∂L/∂y, of their shape."""
    partner: Activation = activations.sigmoid
    """The output activation that a net takes with this loss, unless it is told another."""
    difference: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    """From y and t to ∂L/∂a where `partner` computed y, if the two cancel."""
    value_at: Callable[[np.ndarray, np.ndarray], np.float64] | None = None
    """From a and t to L where `partner` computes y from a, if that is more exact."""

    def __call__(self, y: np.ndarray, t: np.ndarray) -> np.float64:
        """Return the loss."""
        return self.value(y, t)

    def delta(self, output: Activation, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return the error signal of the output layer, ∂L/∂a.

        Parameters
        ----------
        output : Activation
            What computed y from a.
        y, t : ndarray, shape (N, n)
            Outputs and targets.

        Returns
        -------
        ndarray, shape (N, n)
            The difference, if `output` is the partner; else the slope, sent back through `output`.
        """
        if self.difference is not None and output == self.partner:
            return self.difference(y, t)
        return output.back(self.slope(y, t), y)

    def at(self, output: Activation, a: np.ndarray, t: np.ndarray) -> np.float64:
        """Return the loss from the linear combinations of the output layer.

        Parameters
        ----------
        output : Activation
            What computes y from a.
        a, t : ndarray, shape (N, n)
            Linear combinations and targets.

        Returns
        -------
        float
            The loss.
        """
        if self.value_at is not None and output == self.partner:
            return self.value_at(a, t)
        return self.value(output(a), t)

    def __repr__(self) -> str:
        """Return the name."""
        return self.name

    def __reduce__(self) -> str:
        """Pickle and copy a loss of this module by its name."""
        return self.name


def _weighted_log(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return t ln y, which is 0 where t is 0."""
    with np.errstate(divide="ignore"):
        return np.where(t == 0, 0.0, t * np.log(np.where(t == 0, 1.0, y)))


def _ratio(t: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return t / y, the slope of t ln y, which is 0 where t is 0."""
    with np.errstate(divide="ignore"):
        return np.where(t == 0, 0.0, t / np.where(t == 0, 1.0, y))


def _sum(terms: np.ndarray) -> np.float64:
    return np.sum(terms)


def _log_one_plus_exp(a: np.ndarray) -> np.ndarray:
    with np.errstate(under="ignore"):
        return np.maximum(a, 0.0) + np.log1p(np.exp(np.minimum(a, -a)))


def _log_sum_exp(a: np.ndarray) -> np.ndarray:
    top = np.max(a, axis=1, keepdims=True)
    with np.errstate(under="ignore"):
        return top + np.log(np.sum(np.exp(a - top), axis=1, keepdims=True))


squares = Loss("squares", equations.loss, lambda y, t: y - t)
cross_entropy = Loss(
    "cross_entropy",
    lambda y, t: -_sum(_weighted_log(t, y) + _weighted_log(1 - t, 1 - y)),
    lambda y, t: _ratio(1 - t, 1 - y) - _ratio(t, y),
    activations.sigmoid,
    lambda y, t: y - t,
    lambda a, t: _sum(_log_one_plus_exp(a) - t * a),
)
softmax_cross_entropy = Loss(
    "softmax_cross_entropy",
    lambda y, t: -_sum(_weighted_log(t, y)),
    lambda y, t: -_ratio(t, y),
    activations.softmax,
    # Where the targets of a row add up to 1, as shares do, this is y − t.
    lambda y, t: y * t.sum(axis=1, keepdims=True) - t,
    lambda a, t: _sum(t * (_log_sum_exp(a) - a)),
)
