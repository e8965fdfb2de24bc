"""Independent truth: derivatives of the loss that use no backpropagation."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bp.parameters import Tree, arrays, pairs, rebuild
from bp.shapes import Array, array, function, positive

TINY = 1e-30
"""The imaginary step of `complex_step`. Nothing is subtracted, so it can be this small."""

_number = array("")


def central_difference(loss_of: Callable[[Tree], Any], params: Tree, *, eps: float) -> Tree:
    """Return the gradient of a loss by central differences: two losses for each parameter.

    Parameters
    ----------
    loss_of : callable
        Takes parameters, returns the loss, one number.
    params : Params or tuple of Layer
        Where the gradient is taken.
    eps : float
        The step, greater than 0. For numbers near 1, 1e-5 is a good one.

    Returns
    -------
    same type as `params`
        (L(p + eps) − L(p − eps)) / (2 eps) for every parameter p.

    Raises
    ------
    TypeError, ValueError
        If `params` is not a net's parameters, all finite and real, `eps` is not positive, or a loss
        is not one finite number.

    Notes
    -----
    Equation `show-central-difference`; not in the source.
    """
    eps = positive("eps", eps)
    return _entry_by_entry(
        loss_of, params, lambda loss_at: (loss_at(eps) - loss_at(-eps)) / (2 * eps)
    )


def complex_step(loss_of: Callable[[Tree], Any], params: Tree) -> Tree:
    """Return the gradient of a loss by the complex step: one loss for each parameter.

    Parameters
    ----------
    loss_of : callable
        Takes parameters, returns the loss, one number. It must work on complex numbers, and be
        analytic.
    params : Params or tuple of Layer
        Where the gradient is taken.

    Returns
    -------
    same type as `params`
        Im L(p + i·TINY) / TINY for every parameter p, exact to the last digits.

    Raises
    ------
    TypeError, ValueError
        If `params` is not a net's parameters, all finite and real, or a loss is not one finite
        number.

    Notes
    -----
    Chapter 3 of the book; not in the source. W. Squire and G. Trapp, "Using complex
    variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """
    return _entry_by_entry(loss_of, params, lambda loss_at: loss_at(1j * TINY).imag / TINY)


def _entry_by_entry(
    loss_of: Callable[[Tree], Any], params: Tree, slope: Callable[[Callable[[complex], Any]], Any]
) -> Tree:
    """Return the slope at each entry, from the loss as a function of a step of that entry alone."""
    function("loss_of", loss_of)
    leaves = list(arrays("params", params).values())

    def slope_at(k: int, index: tuple[int, ...]) -> Any:
        def loss_at(step: complex) -> Any:
            leaf = leaves[k].astype(type(step))
            leaf[index] += step
            moved = rebuild(params, [*leaves[:k], leaf, *leaves[k + 1 :]])
            return _number("loss_of(params)", loss_of(moved), {})

        return slope(loss_at)

    return rebuild(
        params,
        [
            np.array([slope_at(k, index) for index in np.ndindex(leaf.shape)]).reshape(leaf.shape)
            for k, leaf in enumerate(leaves)
        ],
    )


def relative_error(grads: Tree, reference: Tree) -> float:
    """Return how far a gradient is from a reference, relative to the reference.

    Parameters
    ----------
    grads : Params or tuple of Layer
        The gradient to judge.
    reference : same type as `grads`
        The gradient that is taken for true.

    Returns
    -------
    float
        ‖g − r‖ / ‖r‖ of the worst array, so that a small array cannot hide behind a large one.
        0 where both are 0, infinity where only the reference is.

    Raises
    ------
    TypeError, ValueError
        If the two have not the same structure and shapes, or a number is not finite.
    """
    return max(_distance(g, r) for g, r in pairs("grads", grads, "reference", reference))


def _distance(g: Array, r: Array) -> float:
    # Unlike numpy.linalg.norm, math.hypot squares no number that could then overflow or vanish.
    error, size = math.hypot(*(g - r).flat), math.hypot(*r.flat)
    return error / size if size else (math.inf if error else 0.0)
