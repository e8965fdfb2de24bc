"""Gradient descent: the update rule, and the loop around it."""

from collections.abc import Callable, Iterator

from bp.parameters import Tree, arrays, rebuild, same_structure
from bp.shapes import positive, whole


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
    same_structure("grads", grads, "params", params)
    pairs = zip(arrays("params", params).values(), arrays("grads", grads).values(), strict=True)
    return rebuild(params, (p - eta * g for p, g in pairs))


def descend(
    gradients: Callable[[Tree], Tree], params: Tree, *, eta: float, steps: int
) -> Iterator[Tree]:
    """Take many steps of gradient descent, one at a time.

    Parameters
    ----------
    gradients : callable
        Takes parameters, returns the gradient of the loss with respect to each.
    params : Params or tuple of Layer
        The parameters to start from.
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
    if not callable(gradients):
        raise TypeError(f"gradients must be callable, got {type(gradients).__name__}")
    arrays("params", params)
    return _steps(gradients, params, positive("eta", eta), whole("steps", steps, least=0))


def _steps(
    gradients: Callable[[Tree], Tree], params: Tree, eta: float, steps: int
) -> Iterator[Tree]:
    for _ in range(steps):
        params = update(params, gradients(params), eta=eta)
        yield params
