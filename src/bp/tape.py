"""Reverse mode on any expression: a tape of numbers that remember what they were made of.

An array of them, of dtype object, goes through `bp.equations.linear` and `bp.equations.loss` as
an array of floats does. What is not on the tape is a constant.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from bp import _validate
from bp.arithmetic import Number


class Node(Number):
    """A number on the tape: its value, and each number it was made of with the slope along it."""

    def __init__(self, value: Any, uses: tuple[tuple["Node", Any], ...] = ()) -> None:
        self.value, self.uses = value, uses

    def combined(self, value: Any, *uses: tuple["Node", Any]) -> "Node":
        """Return a new number on the tape. It keeps the slopes for the walk back."""
        return Node(value, uses)


def nodes(array: Any) -> Any:
    """Put the numbers of an array on the tape.

    Parameters
    ----------
    array : ndarray, any shape
        Real, finite numbers.

    Returns
    -------
    ndarray of Node, shape of `array`
        One node for each number.

    Raises
    ------
    TypeError, ValueError
        If `array` holds anything else.
    """
    numbers = _validate.Spec(("array", "...")).accept((array,))[0]
    return np.frompyfunc(lambda value: Node(float(value)), 1, 1)(numbers)


def order(result: Node) -> list[Node]:
    """Return all nodes that a result is made of, each after everything it uses.

    Parameters
    ----------
    result : Node
        The number at the end.

    Returns
    -------
    list of Node
        Each once; the last is `result`. There is no recursion, so a long chain is no danger.

    Raises
    ------
    TypeError
        If `result` is no `Node`.
    """
    result = _walk_arguments(result)
    found, begun, waiting = [], set(), [(result, False)]
    while waiting:
        node, complete = waiting.pop()
        if complete:
            found.append(node)
        elif node not in begun:
            begun.add(node)
            waiting.append((node, True))
            waiting.extend((used, False) for used, _ in node.uses)
    return found


def backward(result: Node) -> Mapping[Node, Any]:
    """Return the adjoint of every node: the slope of the result along it.

    Parameters
    ----------
    result : Node
        The number at the end, such as the loss.

    Returns
    -------
    mapping
        From nodes to adjoints; 0 for a node that has no part in the result. Every call begins
        anew, so a second one adds nothing.

    Raises
    ------
    TypeError
        If `result` is no `Node`.

    Notes
    -----
    Equation `eq-adjoint`; not in the source.
    """
    result = _walk_arguments(result)
    adjoints: defaultdict[Node, Any] = defaultdict(int, {result: 1})
    for node in reversed(order(result)):
        for used, slope in node.uses:
            adjoints[used] += adjoints[node] * slope
    return adjoints


def at(adjoints: Mapping[Node, Any], leaves: Any) -> Any:
    """Return the adjoints at an array of nodes, as an array of floats of its shape."""
    return np.frompyfunc(lambda leaf: float(adjoints[leaf]), 1, 1)(leaves).astype(float)


def _walk_arguments(result: Any) -> Node:
    _validate.of_type("result", result, Node)
    return result  # type: ignore[no-any-return]
