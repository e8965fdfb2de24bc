"""Independent truth: derivatives of the loss that use no backpropagation."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bp._parameters import Tree, arrays, fitting, rebuild
from bp._validate import Array, Spec, function, of_type, positive

TINY = 1e-30
"""The imaginary step of `complex_step`. Nothing is subtracted, so it can be this small."""

_NUDGE = 1e-6
"""The real step that `complex_step` takes where it finds no slope, relative to numbers above 1."""

_LOSS = Spec(("loss_of(params)", ""))


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
        (L(p + eps) − L(p − eps)) / (2 eps) for every parameter p. In place of 2 eps stands the
        distance of the two parameters as they are rounded.

    Raises
    ------
    TypeError, ValueError
        If `params` is not a net's parameters, all finite and real, `eps` is not positive or too
        small to move a parameter, or a loss is not one finite number.

    Notes
    -----
    Equation `show-central-difference`; not in the source.
    """
    eps = positive("eps", eps)

    def slope(entry: _Entry) -> Any:
        above, below = entry.moved(eps), entry.moved(-eps)
        if above == below:
            raise ValueError(
                f"eps must move {entry.name} = {entry.value:g}, "
                f"got {eps:g}; expected {np.spacing(abs(entry.value)):.0e} or more"
            )
        return (entry.loss(above) - entry.loss(below)) / (above - below)

    return _entry_by_entry(loss_of, params, slope)


def complex_step(loss_of: Callable[[Tree], Any], params: Tree) -> Tree:
    """Return the gradient of a loss by the complex step: one loss for each parameter.

    Where a slope is 0, two more losses tell whether the loss lost the imaginary part.

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
        If `params` is not a net's parameters, all finite and real, a loss is not one finite
        number, or it loses the imaginary part on the way, as an absolute value or a norm does.

    Notes
    -----
    Chapter 3 of the book; not in the source. W. Squire and G. Trapp, "Using complex
    variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """

    def slope(entry: _Entry) -> Any:
        found = entry.loss(entry.moved(1j * TINY)).imag / TINY
        if found == 0:
            _refuse_lost_slope(entry)
        return found

    # A product with the tiny step may vanish, which is no fault of the loss.
    with np.errstate(under="ignore"):
        return _entry_by_entry(loss_of, params, slope)


def _refuse_lost_slope(entry: "_Entry") -> None:
    """Raise `ValueError` if a loss without an imaginary part feels the parameter after all."""
    step = _NUDGE * max(1.0, abs(entry.value))
    above, below = entry.loss(entry.moved(step)), entry.loss(entry.moved(-step))
    # Where the slope is 0, rounding and the third derivative leave far less than this.
    if abs(above - below) > 1e-10 * (abs(above) + abs(below)):
        raise ValueError(
            "loss_of must carry complex numbers through to its result, got no imaginary part for "
            f"{entry.name}, on which the loss depends; expected no abs, no norm and no real part"
        )


class _Entry(NamedTuple):
    """One entry of the parameters, and the loss as a function of it."""

    name: str
    value: float
    loss_at: Callable[[Any], Any]

    def moved(self, step: complex) -> Any:
        """Return the entry after a step, as it is rounded."""
        return self.value + step

    def loss(self, value: Any) -> Any:
        """Return the loss with another value of the entry, one finite number."""
        (loss,) = _LOSS.accept((self.loss_at(value),))
        return loss


def _entry_by_entry(
    loss_of: Callable[[Tree], Any], params: Tree, slope: Callable[[_Entry], Any]
) -> Tree:
    """Return the slope at each entry."""
    function("loss_of", loss_of)
    named = arrays("params", params)
    leaves = list(named.values())

    def entry(k: int, name: str, index: tuple[int, ...]) -> _Entry:
        def loss_at(value: complex) -> Any:
            leaf = leaves[k].astype(type(value))
            leaf[index] = value
            return loss_of(rebuild(params, [*leaves[:k], leaf, *leaves[k + 1 :]]))

        return _Entry(_place(name, index), float(leaves[k][index]), loss_at)

    return rebuild(
        params,
        [
            np.array(
                [slope(entry(k, name, index)) for index in np.ndindex(leaf.shape)], dtype=float
            ).reshape(leaf.shape)
            for k, (name, leaf) in enumerate(named.items())
        ],
    )


def _place(name: str, index: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def directional(
    loss_of: Callable[[Tree], Any], params: Tree, grads: Tree, *, rng: np.random.Generator
) -> float:
    """Return how far a gradient is from the truth in one random direction: two losses in all.

    Parameters
    ----------
    loss_of : callable
        Takes parameters, returns the loss, one number.
    params : Params or tuple of Layer
        Where the gradient was taken.
    grads : same type as `params`
        The gradient to judge.
    rng : numpy.random.Generator
        Draws the direction v: every entry 1 or −1.

    Returns
    -------
    float
        ``|v·g − d| / ‖g‖``, where d is the central difference along v. Its typical size over
        directions is the distance of g from the true gradient, relative to ‖g‖. 0 where both are
        0, infinity where only g is.

    Raises
    ------
    TypeError, ValueError
        If `grads` has not the structure and shapes of `params`, `rng` is not a generator, a number
        is not finite, or a loss is not one finite number.

    Notes
    -----
    Not in the source. A wrong gradient escapes one direction if its error is at right angles to
    it; two directions are better than one.
    """
    function("loss_of", loss_of)
    of_type("rng", rng, np.random.Generator)
    params, grads = fitting("grads", grads, "params", params)
    leaves = list(arrays("params", params).values())
    slopes = list(arrays("grads", grads).values())
    size, length = (math.hypot(*(_length(one) for one in some)) for some in (leaves, slopes))
    step = 1e-5 * max(1.0, size) / math.sqrt(sum(leaf.size for leaf in leaves))
    moves = [step * rng.choice([-1.0, 1.0], leaf.shape) for leaf in leaves]
    above = [leaf + move for leaf, move in zip(leaves, moves, strict=True)]
    below = [leaf - move for leaf, move in zip(leaves, moves, strict=True)]
    high, low = (_LOSS.accept((loss_of(rebuild(params, to)),))[0] for to in (above, below))
    # Along the way that was taken, as it is rounded.
    taken = zip(slopes, above, below, strict=True)
    expected = sum(float(np.vdot(g, up - down)) for g, up, down in taken)
    error = abs(float(high - low) - expected) / (2 * step)
    return error / length if length else (math.inf if error else 0.0)


class Difference(NamedTuple):
    """How far a gradient is from a reference, and where most."""

    error: float
    """The largest ``|g − r| / max(|r|, floor)`` over all entries."""
    entry: str
    """The entry where it is that large, such as ``"w[0, 2]"``."""
    got: float
    """The gradient there."""
    expected: float
    """The reference there."""


def worst_entry(grads: Tree, reference: Tree, *, floor: float = 1e-8) -> Difference:
    """Return the entry of a gradient that is farthest from a reference, relative to its own size.

    Parameters
    ----------
    grads : Params or tuple of Layer
        The gradient to judge.
    reference : same type as `grads`
        The gradient that is taken for true.
    floor : float
        Entries of the reference below this share of its largest one count as that large: rounding
        leaves no more of them. Greater than 0.

    Returns
    -------
    Difference
        The error, the entry, and both numbers there.

    Raises
    ------
    TypeError, ValueError
        If the two have not the same structure and shapes, a number is not finite, or `floor` is
        not positive.
    """
    floor = positive("floor", floor)
    reference, grads = fitting("grads", grads, "reference", reference)
    wanted = arrays("", reference)
    least = floor * max(float(np.abs(r).max()) for r in wanted.values())
    worst = Difference(-1.0, "", 0.0, 0.0)
    for (name, r), g in zip(wanted.items(), arrays("", grads).values(), strict=True):
        size = np.maximum(np.abs(r), least)
        errors = np.divide(np.abs(g - r), size, out=np.where(g == r, 0.0, math.inf), where=size > 0)
        at = np.unravel_index(int(np.argmax(errors)), r.shape)
        if errors[at] > worst.error:
            where = _place(name.removeprefix("."), tuple(map(int, at)))
            worst = Difference(float(errors[at]), where, float(g[at]), float(r[at]))
    return worst


def relative_error(grads: Tree, reference: Tree, *, floor: float = 0.0) -> float:
    """Return how far a gradient is from a reference, relative to the reference.

    Parameters
    ----------
    grads : Params or tuple of Layer
        The gradient to judge.
    reference : same type as `grads`
        The gradient that is taken for true.
    floor : float
        What ‖r‖ counts as at least, so that an array of nothing but rounding is not judged by it.
        0 or more.

    Returns
    -------
    float
        ‖g − r‖ / ‖r‖ of the worst array, so that a small array cannot hide behind a large one.
        0 where both are 0, infinity where only the reference is. A wrong entry can hide in a large
        array; `worst_entry` finds it.

    Raises
    ------
    TypeError, ValueError
        If the two have not the same structure and shapes, a number is not finite, or `floor` is
        below 0.
    """
    floor = positive("floor", floor) if floor else 0.0
    reference, grads = fitting("grads", grads, "reference", reference)
    pairs = zip(arrays("", grads).values(), arrays("", reference).values(), strict=True)
    return max(_distance(g, r, floor) for g, r in pairs)


def _distance(g: Array, r: Array, floor: float) -> float:
    error, size = _length(g - r), max(_length(r), floor)
    return error / size if size else (math.inf if error else 0.0)


def _length(array: Array) -> float:
    # Unlike numpy.linalg.norm, math.hypot squares no number that could then overflow or vanish.
    return math.hypot(*array.flat)
