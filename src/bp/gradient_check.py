"""Independent truth: derivatives of the loss that use no backpropagation."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bp.parameters import Tree, arrays, rebuild, same_structure
from bp.shapes import Array, positive

TINY = 1e-30
"""The imaginary step of `complex_step`. Nothing is subtracted, so it can be this small."""


def central_difference(loss_of: Callable[[Tree], Any], params: Tree, *, eps: float) -> Tree:
    """Return the gradient of a loss by central differences: two losses for each parameter.

    Parameters
    ----------
    loss_of : callable
        Takes parameters, returns the loss, a float.
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
        If `params` is not a net's parameters, all finite, or `eps` is not positive.

    Notes
    -----
    Equation `show-central-difference`; not in the source.
    """
    eps = positive("eps", eps)
    return _entry_by_entry(
        params, lambda moved: (loss_of(moved(eps)) - loss_of(moved(-eps))) / (2 * eps)
    )


def complex_step(loss_of: Callable[[Tree], Any], params: Tree) -> Tree:
    """Return the gradient of a loss by the complex step: one loss for each parameter.

    Parameters
    ----------
    loss_of : callable
        Takes parameters, returns the loss. It must work on complex numbers, and be analytic.
    params : Params or tuple of Layer
        Where the gradient is taken.

    Returns
    -------
    same type as `params`
        Im L(p + i·TINY) / TINY for every parameter p, exact to the last digits.

    Raises
    ------
    TypeError, ValueError
        If `params` is not a net's parameters, all finite.

    Notes
    -----
    Chapter 3 of the book; not in the source. W. Squire and G. Trapp, "Using complex
    variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """
    return _entry_by_entry(params, lambda moved: loss_of(moved(1j * TINY)).imag / TINY)


def _entry_by_entry(params: Tree, slope: Callable[[Callable[[complex], Tree]], float]) -> Tree:
    """Return the slope at each entry; `slope` is given a function that moves that entry alone."""
    leaves = list(arrays("params", params).values())

    def slope_at(k: int, index: tuple[int, ...]) -> float:
        def moved(step: complex) -> Tree:
            leaf = leaves[k] + np.zeros_like(leaves[k], dtype=type(step))
            leaf[index] += step
            return rebuild(params, [*leaves[:k], leaf, *leaves[k + 1 :]])

        return slope(moved)

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
    same_structure("grads", grads, "reference", reference)
    pairs = zip(
        arrays("grads", grads).values(), arrays("reference", reference).values(), strict=True
    )
    return max(_distance(g, r) for g, r in pairs)


def _distance(g: Array, r: Array) -> float:
    error, size = float(np.linalg.norm(g - r)), float(np.linalg.norm(r))
    return error / size if size else (np.inf if error else 0.0)
