"""Gradient descent: the update rule, and the loop around it."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bp import _parameters, _validate, deep, two_layer
from bp._parameters import Tree


def update(params: Any, grads: Any, *, eta: float) -> Any:
    """Take one step of gradient descent.

    Parameters
    ----------
    params : Params or tuple of Layer
        The parameters of a `bp.two_layer` or `bp.deep` net.
    grads : same type as `params`
        The gradient of the loss with respect to each parameter, all at the values in `params`.
    eta : float
        The learning rate, greater than 0.

    Returns
    -------
    same type as `params`
        The new parameters. `params` is left as it was.

    Raises
    ------
    TypeError, ValueError
        If `grads` has not the structure and shapes of `params`, a number is not finite, or `eta`
        is not positive.

    Notes
    -----
    Equation `eq-descent`; section 4 of the source.
    """
    params, grads, eta = _update_arguments(params, grads, eta)
    moved = [
        update(p, g, eta=eta) if isinstance(p, tuple) else p - eta * g
        for p, g in zip(params, grads, strict=True)
    ]
    return params._make(moved) if hasattr(params, "_make") else tuple(moved)


def _update_arguments(params: Any, grads: Any, eta: Any) -> tuple[Any, Any, float]:
    if type(grads) is _Checked:
        return params, grads, eta
    eta = _validate.positive("eta", eta)
    params, grads = _parameters.fitting("grads", grads, "params", params)
    return params, _checked(grads), eta


class _Checked(tuple[Any, ...], _validate.Checked):
    """Gradients that fit the parameters they are for."""

    __slots__ = ()


def _checked(grads: Any) -> Any:
    if hasattr(grads, "_fields"):
        return _Checked(grads)
    return _Checked(map(_checked, grads)) if isinstance(grads, tuple) else grads


def descend(
    gradients: Callable[..., Tree],
    params: Tree,
    x: np.ndarray | None = None,
    t: np.ndarray | None = None,
    *,
    eta: float,
    steps: int,
) -> Iterator[Tree]:
    """Take many steps of gradient descent, one at a time.

    Parameters
    ----------
    gradients : callable
        Returns the gradient of the loss with respect to each parameter. It takes the parameters
        and, if they are given, `x` and `t`, as `bp.two_layer.backpropagate` and
        `bp.deep.backpropagate` do.
    params : Params or tuple of Layer
        The parameters to start from, as they stand at the call.
    x, t : ndarray, optional
        Inputs and targets, as they stand at the call: both or neither.
    eta : float
        The learning rate, greater than 0.
    steps : int
        How many steps to take, 0 or more.

    Returns
    -------
    iterator
        The parameters after each step, `steps` of them, made as they are asked for.

    Raises
    ------
    TypeError, ValueError
        At once, if an argument is not of its type, shape and range. At a step, if what `gradients`
        returns has not the structure and shapes of the parameters; and, whatever function it is, if
        the parameters leave the finite numbers. This error names the step and `eta`, and NumPy
        warns of nothing on the way there. What `gradients` itself raises gets them as a note.
    """
    _validate.function("gradients", gradients)
    start = _parameters.rebuild(params, map(np.copy, _parameters.arrays("params", params).values()))
    eta, steps = _validate.positive("eta", eta), _validate.whole("steps", steps, least=0)
    data = [] if x is None and t is None else [_own("x", x), _own("t", t)]
    return _steps(gradients, _mark(gradients, start, data), start, data, eta, steps)


def _own(name: str, value: Any) -> np.ndarray:
    (array,) = _validate.Spec((name, "...")).accept((_validate.numbers(name, value, real=True),))
    return array.copy()


def _mark(
    gradients: Callable[..., Tree], params: Tree, data: list[np.ndarray]
) -> Callable[[Tree], Tree] | None:
    """Return what marks parameters as checked for a function of the package, else None.

    These have their arguments checked here, and what they return fits. Any other function gets
    the parameters as they are, and what it returns is checked.
    """
    nets: list[Any] = [two_layer, deep]
    for net in nets:
        if gradients is net.backpropagate:
            with np.errstate(all="ignore"):
                gradients(params, *data)
            mark: Callable[[Tree], Tree] = net._marked
            return mark
    return None


def _steps(
    gradients: Callable[..., Tree],
    mark: Callable[[Tree], Tree] | None,
    params: Tree,
    data: list[np.ndarray],
    eta: float,
    steps: int,
) -> Iterator[Tree]:
    for step in range(1, steps + 1):
        # What overflows on the way is found at the end of the step.
        with np.errstate(all="ignore"):
            try:
                grads = gradients(mark(params) if mark else params, *data)
            except Exception as error:
                _validate.tell_step(error, step, eta)
                raise
            if mark is None:
                _, grads = _parameters.fitting("grads", grads, "params", params, finite=False)
            params = update(params, _checked(grads), eta=eta)
        if not _parameters.finite(params):
            raise ValueError(_validate.lost(step, eta))
        yield params
