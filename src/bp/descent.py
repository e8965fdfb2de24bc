"""Gradient descent: the update rule, and the loop around it."""

from collections.abc import Callable, Iterator

from bp.parameters import Tree, arrays, pairs, rebuild
from bp.shapes import function, positive, whole


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
    eta = positive("eta", eta)
    fitting = pairs("grads", grads, "params", params)
    return rebuild(params, (p - eta * g for g, p in fitting))


def descend(
    gradients: Callable[[Tree], Tree], params: Tree, *, eta: float, steps: int
) -> Iterator[Tree]:
    """Take many steps of gradient descent, one at a time.

    Parameters
    ----------
    gradients : callable
        Takes parameters, returns the gradient of the loss with respect to each.
    params : Params or tuple of Layer
        The parameters to start from, as they stand at the call.
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
        At once, if an argument is not of its type and range; at a step, if what `gradients` returns
        has not the structure and shapes of the parameters, or is not finite.
    """
    function("gradients", gradients)
    start = rebuild(params, [p.copy() for p in arrays("params", params).values()])
    return _steps(gradients, start, positive("eta", eta), whole("steps", steps, least=0))


def _steps(
    gradients: Callable[[Tree], Tree], params: Tree, eta: float, steps: int
) -> Iterator[Tree]:
    for _ in range(steps):
        params = update(params, gradients(params), eta=eta)
        yield params
