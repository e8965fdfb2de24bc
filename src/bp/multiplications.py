"""What a gradient takes, counted from the sizes of the layers: multiplications, and paths."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bp._validate import units, whole


class Multiplications(NamedTuple):
    """The multiplications of one step of gradient descent, for all rows together."""

    forward: int
    """In the matrix products of the forward pass."""
    backward: int
    """In the matrix products of the backward pass."""
    slopes: int
    """In the error signals, entry by entry: by h and by 1 − h for every unit but the inputs."""
    update: int
    """By the learning rate, one for every parameter."""


def count(sizes: Sequence[int], rows: int = 1) -> Multiplications:
    """Count the multiplications of `bp.two_layer` or `bp.deep`.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, of the units of each hidden layer in order, and of outputs.
    rows : int
        The number of examples, N.

    Returns
    -------
    Multiplications
        The counts, exact. Divisions and exponentials, which the sigmoid alone has, are not counted.

    Raises
    ------
    TypeError, ValueError
        If `sizes` is not two or more whole numbers of 1 or more, or `rows` is not one.

    Notes
    -----
    A layer with m inputs and n units takes N·m·n multiplications in `def-batch-linear`, as many in
    `eq-batch-weight`, and as many in `eq-batch-delta` unless it is the first layer.
    """
    units_of = units("sizes", sizes)
    rows = whole("rows", rows, least=1)
    products = [rows * m * n for m, n in pairwise(units_of)]
    return Multiplications(
        forward=sum(products),
        backward=sum(products) + sum(products[1:]),
        slopes=2 * rows * sum(units_of[1:]),
        update=sum((m + 1) * n for m, n in pairwise(units_of)),
    )


def paths(sizes: Sequence[int]) -> int:
    """Count the paths from all parameters of a net to its outputs.

    Parameters
    ----------
    sizes : sequence of int
        The number of inputs, of the units of each hidden layer in order, and of outputs.

    Returns
    -------
    int
        The count, exact. A weight or bias of a layer has one path for each way from its unit
        through all later layers.

    Raises
    ------
    TypeError, ValueError
        If `sizes` is not two or more whole numbers of 1 or more.

    Notes
    -----
    A layer of m inputs and n units has (m + 1)·n parameters, each with as many paths as the product
    of the sizes of all later layers.
    """
    units_of = units("sizes", sizes)
    return sum(
        (m + 1) * n * math.prod(units_of[layer + 2 :])
        for layer, (m, n) in enumerate(pairwise(units_of))
    )
