"""A net of any depth: the formulas of `bp.equations`, called in a loop.

With sigmoids and squares, as long as nothing else is asked for, its results at two layers are
equal, bit for bit, to those of `bp.two_layer`. Before it computes, every function raises
`TypeError` or `ValueError` if an argument is not of its type and shape, or holds a number that is
not finite.
"""

import functools
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from bp import _validate
from bp.activations import Activation, sigmoid
from bp.equations import bias_gradient, linear, weight_gradient
from bp.losses import Loss, squares
from bp.two_layer import PARAMS, Params


class Layer(NamedTuple):
    """The parameters of one layer, and equally the gradient of the loss with respect to them."""

    w: np.ndarray
    """Weights from the layer before, shape (m, n)."""
    b: np.ndarray
    """Biases, shape (1, n)."""


class Trace(NamedTuple):
    """All values of one forward pass through D layers."""

    a: tuple[np.ndarray, ...]
    """Linear combinations of layers 1 to D; layer l is ``a[l - 1]``."""
    outputs: tuple[np.ndarray, ...]
    """Outputs of layers 0 to D; ``outputs[0]`` is a copy of the input x, ``outputs[-1]`` is y."""
    hidden: Activation = sigmoid
    """The activation function of layers 1 to D − 1."""
    output: Activation = sigmoid
    """The activation function of layer D."""


class _Checked(tuple[Layer, ...], _validate.Checked):
    """Layers that fit the other arguments of the call they are in."""

    __slots__ = ()


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
    _validate.of_type("rng", rng, np.random.Generator)
    return tuple(
        Layer(rng.standard_normal((m, n)) / np.sqrt(m), np.zeros((1, n)))
        for m, n in pairwise(_validate.units("sizes", sizes))
    )


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
    """
    _validate.of_type("params", params, Params)
    w, b1, u, b2 = (value.copy() for value in _validate.Spec(*PARAMS).accept(params))
    return Layer(w, b1), Layer(u, b2)


def forward(
    layers: tuple[Layer, ...],
    x: np.ndarray,
    *,
    hidden: Activation = sigmoid,
    output: Activation = sigmoid,
) -> Trace:
    """Run the net forward, and keep every value on the way.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters, from the first layer to the last.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    hidden, output : Activation
        The activation functions of layers 1 to D − 1, and of layer D.

    Returns
    -------
    Trace
        The linear combinations and the outputs of every layer.

    Notes
    -----
    Equations `def-deep-linear` and `def-deep-output`; section 6 of the source, which has sigmoids
    alone.
    """
    layers, x = _forward_arguments(layers, x, hidden, output)
    a, outputs = [], [x]
    for w, b in layers:
        a.append(linear(outputs[-1], w, b))
        last = len(a) == len(layers)
        outputs.append((output if last else hidden).value(a[-1]))
    return Trace(tuple(a), tuple(outputs), hidden, output)


def deltas(
    layers: tuple[Layer, ...], trace: Trace, t: np.ndarray, *, loss: Loss = squares
) -> tuple[np.ndarray, ...]:
    """Run the error signals backward through the net.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters that the forward pass used.
    trace : Trace
        The values of that pass.
    t : ndarray, shape (N, outputs)
        Targets.
    loss : Loss
        What the signals are derivatives of.

    Returns
    -------
    tuple of ndarray
        The error signals of layers 1 to D, each in the shape of its linear combinations.

    Notes
    -----
    Equations `eq-deep-base` and `eq-deep-delta`; section 6 of the source, which has sigmoids and
    squares alone.
    """
    layers, trace, t = _backward_arguments(layers, trace, t, loss)
    backward = [loss.delta(trace.output, trace.outputs[-1], t)]
    for layer in range(len(layers) - 1, 0, -1):
        # Counted from 0, layers[layer] is the next layer.
        signal = backward[-1] @ layers[layer].w.T
        backward.append(trace.hidden.back(signal, trace.outputs[layer]))
    return tuple(backward[::-1])


def gradients(
    layers: tuple[Layer, ...], trace: Trace, t: np.ndarray, *, loss: Loss = squares
) -> tuple[Layer, ...]:
    """Return the gradient of the loss with respect to every parameter.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters that the forward pass used.
    trace : Trace
        The values of that pass.
    t : ndarray, shape (N, outputs)
        Targets.
    loss : Loss
        What the gradient is of.

    Returns
    -------
    tuple of Layer
        The gradients, each in the shape of its parameter, summed over rows.

    Notes
    -----
    Equations `eq-deep-weight` and `eq-deep-bias`; section 6 of the source.
    """
    layers, trace, t = _backward_arguments(layers, trace, t, loss)
    signals = deltas(layers, trace, t, loss=loss)
    weights = map(weight_gradient, trace.outputs[:-1], signals)
    biases = map(bias_gradient, signals)
    return tuple(map(Layer, weights, biases))


def backpropagate(
    layers: tuple[Layer, ...],
    x: np.ndarray,
    t: np.ndarray,
    *,
    hidden: Activation = sigmoid,
    output: Activation | None = None,
    loss: Loss = squares,
) -> tuple[Layer, ...]:
    """Run the net forward, then backward: the gradient of the loss from inputs and targets.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters, from the first layer to the last.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.
    hidden, output : Activation
        The activation functions of layers 1 to D − 1, and of layer D. The partner of the loss
        stands at layer D if none is named.
    loss : Loss
        What the gradient is of.

    Returns
    -------
    tuple of Layer
        What `gradients` returns for the trace of `forward`.

    Notes
    -----
    The equations of `forward` and `gradients`; section 6 of the source.
    """
    layers, x, t, output = _arguments(layers, x, t, hidden, output, loss)
    return gradients(layers, forward(layers, x, hidden=hidden, output=output), t, loss=loss)


def _arguments(
    layers: Any, x: Any, t: Any, hidden: Any, output: Any, loss: Any
) -> tuple[tuple[Layer, ...], np.ndarray, np.ndarray, Activation]:
    _validate.of_type("loss", loss, Loss)
    output = loss.partner if output is None else output
    if type(layers) is _Checked:
        return layers, x, t, output
    _choices(hidden, output)
    leaves = _leaves(layers)
    *leaves, x, t = _spec(len(layers), "x", "t").accept((*leaves, x, t))
    return _in_layers(leaves), x, t, output


def _forward_arguments(
    layers: tuple[Layer, ...], x: Any, hidden: Any, output: Any
) -> tuple[tuple[Layer, ...], np.ndarray]:
    if type(layers) is _Checked:
        return layers, x
    _choices(hidden, output)
    leaves = _leaves(layers)
    *leaves, x = _spec(len(layers), "x").accept((*leaves, x))
    return _in_layers(leaves), x.copy()


def _backward_arguments(
    layers: tuple[Layer, ...], trace: Trace, t: Any, loss: Any
) -> tuple[tuple[Layer, ...], Trace, np.ndarray]:
    if type(layers) is _Checked:
        return layers, trace, t
    _validate.of_type("loss", loss, Loss)
    leaves, depth = _leaves(layers), len(layers)
    _validate.of_type("trace", trace, Trace)
    _validate.of_type("trace.a", trace.a, tuple)
    _validate.of_type("trace.outputs", trace.outputs, tuple)
    _choices(trace.hidden, trace.output, "trace.")
    if (len(trace.a), len(trace.outputs)) != (depth, depth + 1):
        raise ValueError(
            f"trace must hold {depth} a and {depth + 1} outputs, one net's, "
            f"got {len(trace.a)} and {len(trace.outputs)}"
        )
    values = (*leaves, *trace.a, *trace.outputs, t)
    *found, t = _spec(depth, "trace", "t").accept(values)
    a, outputs = found[2 * depth : 3 * depth], found[3 * depth :]
    trace = Trace(tuple(a), tuple(outputs), trace.hidden, trace.output)
    return _in_layers(found[: 2 * depth]), trace, t


def _choices(hidden: Any, output: Any, of: str = "") -> None:
    if type(hidden) is Activation and type(output) is Activation:
        return
    _validate.of_type(f"{of}hidden", hidden, Activation)
    _validate.of_type(f"{of}output", output, Activation)


def _leaves(layers: Any) -> list[Any]:
    _validate.of_type("layers", layers, tuple)
    for k, one in enumerate(layers):
        if type(one) is not Layer:
            _validate.of_type(f"layers[{k}]", one, Layer)
    if not layers:
        raise ValueError("layers must hold 1 layer or more, got none")
    return [leaf for layer in layers for leaf in layer]


def _in_layers(leaves: Sequence[np.ndarray]) -> tuple[Layer, ...]:
    return _Checked(map(Layer, leaves[::2], leaves[1::2]))


@functools.lru_cache
def _spec(depth: int, *others: str) -> _validate.Spec:
    """Return the names and shapes of a net's parameters, and of what else a function takes."""
    lines: list[tuple[str, ...]] = []
    for k in range(depth):
        lines += [(f"layers[{k}].w", f"n{k} n{k + 1}"), (f"layers[{k}].b", f"1 n{k + 1}")]
    if "x" in others:
        lines += [("x", "N n0")]
    if "trace" in others:
        lines += [(f"trace.a[{k}]", f"N n{k + 1}", "computed", "limits") for k in range(depth)]
        lines += [("trace.outputs[0]", "N n0")]
        lines += [(f"trace.outputs[{k}]", f"N n{k}", "computed") for k in range(1, depth + 1)]
    return _validate.Spec(*lines, ("t", f"N n{depth}")) if "t" in others else _validate.Spec(*lines)


def _marked(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return layers with the mark of those that have been checked."""
    return _Checked(layers)
