"""A net of any depth: the formulas of `bp.equations`, called in a loop.

At two layers its results are equal, bit for bit, to those of `bp.two_layer`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np

from bp import equations
from bp.shapes import Array, Sizes, array, of_type, shapes, units
from bp.two_layer import Params, _params

linear, sigmoid = equations.linear.inside, equations.sigmoid.inside
delta_output, delta_hidden = equations.delta_output.inside, equations.delta_hidden.inside
weight_gradient, bias_gradient = equations.weight_gradient.inside, equations.bias_gradient.inside


class Layer(NamedTuple):
    """The parameters of one layer, and equally the gradient of the loss with respect to them."""

    w: Array
    """Weights from the layer before, shape (m, n)."""
    b: Array
    """Biases, shape (1, n)."""


class Trace(NamedTuple):
    """All values of one forward pass through D layers."""

    a: tuple[Array, ...]
    """Linear combinations of layers 1 to D; layer l is ``a[l - 1]``."""
    outputs: tuple[Array, ...]
    """Outputs of layers 0 to D; ``outputs[0]`` is a copy of the input x, ``outputs[-1]`` is y."""


def _layers(name: str, value: Any, sizes: Sizes) -> tuple[Layer, ...]:
    of_type(name, value, tuple)
    for k, one in enumerate(value):
        of_type(f"{name}[{k}]", one, Layer)
    if not value:
        raise ValueError(f"{name} must hold 1 layer or more, got none")
    sizes["layers"] = (len(value), name)
    return tuple(
        Layer(
            array(f"n{k} n{k + 1}")(f"{name}[{k}].w", w, sizes),
            array(f"1 n{k + 1}")(f"{name}[{k}].b", b, sizes),
        )
        for k, (w, b) in enumerate(value)
    )


def _trace(name: str, value: Any, sizes: Sizes) -> Trace:
    of_type(name, value, Trace)
    of_type(f"{name}.a", value.a, tuple)
    of_type(f"{name}.outputs", value.outputs, tuple)
    depth, _ = sizes["layers"]
    if (len(value.a), len(value.outputs)) != (depth, depth + 1):
        raise ValueError(
            f"{name} must hold {depth} a and {depth + 1} outputs, one net's, "
            f"got {len(value.a)} and {len(value.outputs)}"
        )
    return Trace(
        tuple(array(f"N n{k + 1}")(f"{name}.a[{k}]", a, sizes) for k, a in enumerate(value.a)),
        tuple(
            array(f"N n{k}")(f"{name}.outputs[{k}]", h, sizes) for k, h in enumerate(value.outputs)
        ),
    )


def _target(name: str, value: Any, sizes: Sizes) -> Array:
    depth, _ = sizes["layers"]
    return cast(Array, array(f"N n{depth}")(name, value, sizes))


def init(rng: np.random.Generator, sizes: Sequence[int]) -> tuple[Layer, ...]:
    """Draw parameters at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.
    sizes : sequence of int
        The number of inputs, of the units of each hidden layer in order, and of outputs.

    Returns
    -------
    tuple of Layer
        Weights from a normal distribution with standard deviation 1/√m, where m is the number of
        units that feed the layer. Biases are 0.

    Raises
    ------
    TypeError, ValueError
        If `rng` is not a generator, or `sizes` is not two or more whole numbers of 1 or more.
    """
    of_type("rng", rng, np.random.Generator)
    return tuple(
        Layer(rng.standard_normal((m, n)) / np.sqrt(m), np.zeros((1, n)))
        for m, n in pairwise(units("sizes", sizes))
    )


@shapes(params=_params)
def from_two_layer(params: Params) -> tuple[Layer, ...]:
    """Return the parameters of a `bp.two_layer` net as two layers.

    Parameters
    ----------
    params : Params
        The parameters, or their gradients.

    Returns
    -------
    tuple of Layer
        The hidden layer (w, b1) and the output layer (u, b2), all of them copies.

    Raises
    ------
    TypeError, ValueError
        If `params` is not a `bp.two_layer.Params`, or an array in it is not of its shape, or holds
        a number that is not finite.
    """
    w, b1, u, b2 = (value.copy() for value in params)
    return Layer(w, b1), Layer(u, b2)


@shapes(layers=_layers, x=array("N n0", own=True))
def forward(layers: tuple[Layer, ...], x: Array) -> Trace:
    """Run the net forward, and keep every value on the way.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters, from the first layer to the last.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.

    Returns
    -------
    Trace
        The linear combinations and the outputs of every layer.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type and shape, or holds a number that is not finite.

    Notes
    -----
    Equations `def-deep-linear` and `def-deep-output`; section 6 of the source.
    """
    a: list[Array] = []
    outputs = [x]
    for w, b in layers:
        a.append(linear(outputs[-1], w, b))
        outputs.append(sigmoid(a[-1]))
    return Trace(tuple(a), tuple(outputs))


@shapes(layers=_layers, trace=_trace, t=_target)
def deltas(layers: tuple[Layer, ...], trace: Trace, t: Array) -> tuple[Array, ...]:
    """Run the error signals backward through the net.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters that the forward pass used.
    trace : Trace
        The values of that pass.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    tuple of ndarray
        The error signals of layers 1 to D, each in the shape of its linear combinations.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type and shape, or holds a number that is not finite.

    Notes
    -----
    Equations `eq-deep-base` and `eq-deep-delta`; section 6 of the source.
    """
    backward = [delta_output(trace.outputs[-1], t)]
    for layer in range(len(layers) - 1, 0, -1):
        # Counted from 0, layers[layer] is the next layer: its weights lead on from this one.
        backward.append(delta_hidden(backward[-1], layers[layer].w, trace.outputs[layer]))
    return tuple(backward[::-1])


@shapes(layers=_layers, trace=_trace, t=_target)
def gradients(layers: tuple[Layer, ...], trace: Trace, t: Array) -> tuple[Layer, ...]:
    """Return the gradient of the loss with respect to every parameter.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters that the forward pass used.
    trace : Trace
        The values of that pass.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    tuple of Layer
        The gradients, each in the shape of its parameter, summed over rows.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type and shape, or holds a number that is not finite.

    Notes
    -----
    Equations `eq-deep-weight` and `eq-deep-bias`; section 6 of the source.
    """
    signals = deltas.inside(layers, trace, t)
    weights = map(weight_gradient, trace.outputs, signals)
    biases = map(bias_gradient, signals)
    return tuple(map(Layer, weights, biases))


@shapes(layers=_layers, x="N n0", t=_target)
def backpropagate(layers: tuple[Layer, ...], x: Array, t: Array) -> tuple[Layer, ...]:
    """Run the net forward, then backward: the gradient of the loss from inputs and targets.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters, from the first layer to the last.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    tuple of Layer
        What `gradients` returns for the trace of `forward`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type and shape, or holds a number that is not finite.

    Notes
    -----
    The equations of `forward` and `gradients`; section 6 of the source.
    """
    return gradients.inside(layers, forward.inside(layers, x), t)
