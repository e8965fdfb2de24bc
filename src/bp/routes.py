"""Seven routes to one number, the derivative of a function of one number at one place.

Each takes the function as it is and runs it on numbers of the kind that the route needs: floats,
complex numbers, numbers with a dot, or numbers on the tape. The function must work on all of them,
as one does that is made of sums, products, quotients, whole powers and `bp.arithmetic.sigmoid`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from bp import _validate, tape
from bp.forward_mode import Dual
from bp.gradient_check import TINY

Function = Callable[[Any], Any]


def one_sided(function: Function, p: float, eps: float) -> Any:
    """Return (f(p + eps) − f(p)) / eps: two runs.

    Parameters
    ----------
    function : callable
        Takes one number, returns one number.
    p : float
        Where the derivative is taken.
    eps : float
        The step, greater than 0.

    Returns
    -------
    float
        The derivative, with an error in proportion to eps, and rounding in proportion to 1 / eps.

    Raises
    ------
    TypeError, ValueError
        If `function` cannot be called, or `eps` is not positive.

    Notes
    -----
    Equation `show-one-sided`; not in the source.
    """
    _arguments(function, eps)
    return (function(p + eps) - function(p)) / eps


def central(function: Function, p: float, eps: float) -> Any:
    """Return (f(p + eps) − f(p − eps)) / (2 eps): two runs.

    Parameters
    ----------
    function, p, eps
        As for `one_sided`.

    Returns
    -------
    float
        The derivative, with an error in proportion to eps².

    Raises
    ------
    TypeError, ValueError
        As for `one_sided`.

    Notes
    -----
    Equation `show-central-difference`; not in the source.
    """
    _arguments(function, eps)
    return (function(p + eps) - function(p - eps)) / (2 * eps)


def richardson(function: Function, p: float, eps: float) -> Any:
    """Return two central differences, combined so that their largest errors cancel: four runs.

    Parameters
    ----------
    function, p, eps
        As for `one_sided`.

    Returns
    -------
    float
        The derivative, with an error in proportion to eps⁴.

    Raises
    ------
    TypeError, ValueError
        As for `one_sided`.

    Notes
    -----
    Equation `show-richardson`; not in the source.
    """
    return (4 * central(function, p, eps / 2) - central(function, p, eps)) / 3


def complex_step(function: Function, p: float) -> Any:
    """Return the imaginary part of f(p + i·TINY) over TINY: one run on complex numbers.

    Parameters
    ----------
    function, p
        As for `one_sided`.

    Returns
    -------
    float
        The derivative, to rounding.

    Raises
    ------
    TypeError
        If `function` cannot be called.
    """
    _arguments(function)
    return function(complex(p, TINY)).imag / TINY


def dual_number(function: Function, p: float) -> Any:
    """Return the dot of f for the dot 1 of p: one run in forward mode.

    Parameters
    ----------
    function, p
        As for `one_sided`.

    Returns
    -------
    float
        The derivative, to rounding.

    Raises
    ------
    TypeError
        If `function` cannot be called.
    """
    _arguments(function)
    return function(Dual(p, 1)).dot


def triangular_solve(function: Function, p: float) -> Any:
    """Return the derivative from one system of equations: one run on the tape, one solution.

    Parameters
    ----------
    function, p
        As for `one_sided`.

    Returns
    -------
    float
        The derivative, to rounding.

    Raises
    ------
    TypeError
        If `function` cannot be called.

    Notes
    -----
    (I − A)ᵀ v̄ = e with the A of `slope_matrix`; v̄ holds all adjoints, and e is 1 at the result.
    """
    _arguments(function)
    start = tape.Node(p)
    result = function(start)
    slopes = slope_matrix(result)
    ending = np.zeros(len(slopes))
    ending[-1] = 1
    adjoints = np.linalg.solve((np.eye(len(slopes)) - slopes).T, ending)
    return adjoints[tape.order(result).index(start)]


def backward_pass(function: Function, p: float) -> Any:
    """Return the adjoint of p: one run on the tape, and one walk back.

    Parameters
    ----------
    function, p
        As for `one_sided`.

    Returns
    -------
    float
        The derivative, to rounding.

    Raises
    ------
    TypeError
        If `function` cannot be called.

    Notes
    -----
    Equation `eq-adjoint`; not in the source.
    """
    _arguments(function)
    start = tape.Node(p)
    return tape.backward(function(start))[start]


def slope_matrix(result: tape.Node) -> np.ndarray:
    """Return the slopes of every node along every other that it uses directly.

    Parameters
    ----------
    result : Node
        The number at the end.

    Returns
    -------
    ndarray, shape (n, n)
        A, with the nodes in the order of `bp.tape.order`. Row i is node i, column j what it uses.
        As no node uses a later one, only entries below the diagonal can differ from 0.

    Raises
    ------
    TypeError
        If `result` is no `Node`.
    """
    nodes = tape.order(result)
    place = {node: i for i, node in enumerate(nodes)}
    slopes = np.zeros((len(nodes), len(nodes)))
    for node in nodes:
        for used, slope in node.uses:
            slopes[place[node], place[used]] += slope
    return slopes


def _arguments(function: Any, eps: Any = 1.0) -> None:
    _validate.function("function", function)
    _validate.positive("eps", eps)
