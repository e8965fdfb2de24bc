"""Gradient descent: the update rule, and the loop around it."""

from collections.abc import Callable, Iterator
from typing import Any

from bp.parameters import Tree, arrays, mapped, pairs, rebuild
from bp.shapes import Array, array, door, function, has_door, positive, whole

_own = array("...", real=True, own=True)


def _fitting(params: Tree, grads: Tree, *, eta: float) -> dict[str, Any]:
    eta = positive("eta", eta)
    fitting = pairs("grads", grads, "params", params)
    new_grads, new_params = (rebuild(params, leaves) for leaves in zip(*fitting, strict=True))
    return {"params": new_params, "grads": new_grads, "eta": eta}


@door(_fitting)
def update(params: Tree, grads: Tree, *, eta: float) -> Tree:
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
    return mapped(lambda p, g: p - eta * g, params, grads)


def descend(
    gradients: Callable[..., Tree],
    params: Tree,
    x: Array | None = None,
    t: Array | None = None,
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
        `bp.deep.backpropagate` do. These two are fastest here: their arguments are checked once.
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
        At once, if an argument is not of its type, shape and range; at a step, if what a function
        of your own returns has not the structure and shapes of the parameters, or is not finite.
    """
    function("gradients", gradients)
    start = rebuild(params, [p.copy() for p in arrays("params", params).values()])
    eta, steps = positive("eta", eta), whole("steps", steps, least=0)
    data = _data(x, t)
    if not has_door(gradients):
        return _steps(update, gradients, start, data, eta, steps)
    gradients.check(start, *data)
    return _steps(update.inside, gradients.inside, start, data, eta, steps)


def _data(x: Array | None, t: Array | None) -> list[Array]:
    return [] if x is None and t is None else [_own("x", x, {}), _own("t", t, {})]


def _steps(
    move: Callable[..., Tree],
    gradients: Callable[..., Tree],
    params: Tree,
    data: list[Array],
    eta: float,
    steps: int,
) -> Iterator[Tree]:
    for _ in range(steps):
        params = move(params, gradients(params, *data), eta=eta)
        yield params
