"""The net of the source, in the source's letters: inputs x, hidden units h, outputs y.

It contains no formula of its own. It says in which order the formulas of `bp.equations` are called.
Before it computes, every function raises `TypeError` or `ValueError` if an argument is not of its
type and shape, or holds a number that is not finite.
"""

from typing import Any, NamedTuple

import numpy as np

from bp import _validate
from bp.equations import (
    bias_gradient,
    delta_hidden,
    delta_output,
    linear,
    sigmoid,
    weight_gradient,
)


class Params(NamedTuple):
    """The parameters of the net, and equally the gradient of the loss with respect to each."""

    w: np.ndarray
    """Weights from inputs to hidden units, shape (inputs, hidden)."""
    b1: np.ndarray
    """Biases of the hidden units, shape (1, hidden)."""
    u: np.ndarray
    """Weights from hidden units to outputs, shape (hidden, outputs)."""
    b2: np.ndarray
    """Biases of the outputs, shape (1, outputs)."""


class Trace(NamedTuple):
    """All values of one forward pass."""

    x: np.ndarray
    """Inputs, shape (N, inputs): a copy, which a later change of the caller's x cannot reach."""
    a1: np.ndarray
    """Linear combinations at the hidden units, shape (N, hidden)."""
    h: np.ndarray
    """Hidden units, shape (N, hidden)."""
    a2: np.ndarray
    """Linear combinations at the outputs, shape (N, outputs)."""
    y: np.ndarray
    """Outputs, shape (N, outputs)."""


class Deltas(NamedTuple):
    """The error signals: the derivative of the loss with respect to every linear combination."""

    delta1: np.ndarray
    """∂L/∂a1, shape (N, hidden)."""
    delta2: np.ndarray
    """∂L/∂a2, shape (N, outputs)."""


class _Checked(Params, _validate.Checked):
    """Parameters that fit the other arguments of the call they are in."""

    __slots__ = ()


PARAMS = (
    ("params.w", "inputs hidden"),
    ("params.b1", "1 hidden"),
    ("params.u", "hidden outputs"),
    ("params.b2", "1 outputs"),
)
"""The names and shapes of the parameters."""
TRACE = (
    ("trace.x", "N inputs"),
    ("trace.a1", "N hidden", "computed", "limits"),
    ("trace.h", "N hidden", "computed"),
    ("trace.a2", "N outputs", "computed", "limits"),
    ("trace.y", "N outputs", "computed"),
)
"""The same of the values of a forward pass."""
_X, _T = ("x", "N inputs"), ("t", "N outputs")
_FORWARD = _validate.Spec(*PARAMS, _X)
_BACKWARD = _validate.Spec(*PARAMS, *TRACE, _T)
_BOTH = _validate.Spec(*PARAMS, _X, _T)


def init(rng: np.random.Generator, n_in: int, n_hidden: int, n_out: int) -> Params:
    """Draw parameters at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.
    n_in, n_hidden, n_out : int
        The number of inputs, hidden units and outputs, each 1 or more.

    Returns
    -------
    Params
        Weights from a normal distribution with standard deviation 1/√m, where m is the number of
        units that feed the layer. Biases are 0.

    Raises
    ------
    TypeError, ValueError
        If `rng` is not a generator, or a number is not a whole number of 1 or more.
    """
    _validate.of_type("rng", rng, np.random.Generator)
    n_in = _validate.whole("n_in", n_in, least=1)
    n_hidden = _validate.whole("n_hidden", n_hidden, least=1)
    n_out = _validate.whole("n_out", n_out, least=1)
    return Params(
        w=rng.standard_normal((n_in, n_hidden)) / np.sqrt(n_in),
        b1=np.zeros((1, n_hidden)),
        u=rng.standard_normal((n_hidden, n_out)) / np.sqrt(n_hidden),
        b2=np.zeros((1, n_out)),
    )


def worked_example() -> tuple[Params, np.ndarray, np.ndarray]:
    """Return the one net, input and target that the whole book follows.

    Returns
    -------
    params : Params
        The 17 parameters of the 2-3-2 net.
    x : ndarray, shape (1, 2)
        The input.
    t : ndarray, shape (1, 2)
        The target.
    """
    params = Params(
        w=np.array([[0.1, -1.0, 0.6], [1.2, 0.4, -0.8]]),
        b1=np.array([[-0.2, 0.9, 1.1]]),
        u=np.array([[-0.7, 0.5], [0.3, -0.9], [0.8, -0.5]]),
        b2=np.array([[-0.3, -0.4]]),
    )
    x = np.array([[1.2, 1.5]])
    t = np.array([[0.0, 1.0]])
    return params, x, t


def forward(params: Params, x: np.ndarray) -> Trace:
    """Run the net forward, and keep every value on the way.

    Parameters
    ----------
    params : Params
        The parameters.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.

    Returns
    -------
    Trace
        The inputs, both linear combinations, the hidden units and the outputs.

    Notes
    -----
    Equations `eq-hidden-linear`, `eq-hidden`, `eq-output-linear` and `eq-output`; section 2 of the
    source.
    """
    params, x = _forward_arguments(params, x)
    a1 = linear(x, params.w, params.b1)
    h = sigmoid(a1)
    a2 = linear(h, params.u, params.b2)
    y = sigmoid(a2)
    return Trace(x, a1, h, a2, y)


def deltas(params: Params, trace: Trace, t: np.ndarray) -> Deltas:
    """Run the error signals backward through the net.

    Parameters
    ----------
    params : Params
        The parameters that the forward pass used.
    trace : Trace
        The values of that pass.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    Deltas
        The error signals of both layers.

    Notes
    -----
    Equations `eq-output-delta` and `eq-hidden-delta`; sections 4 and 5 of the source.
    """
    params, trace, t = _backward_arguments(params, trace, t)
    delta2 = delta_output(trace.y, t)
    delta1 = delta_hidden(delta2, params.u, trace.h)
    return Deltas(delta1, delta2)


def gradients(params: Params, trace: Trace, t: np.ndarray) -> Params:
    """Return the gradient of the loss with respect to every parameter.

    Parameters
    ----------
    params : Params
        The parameters that the forward pass used.
    trace : Trace
        The values of that pass.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    Params
        The gradients, each in the shape of its parameter, summed over rows.

    Notes
    -----
    Equations `eq-output-gradient-matrix`, `eq-output-bias-gradient`, `eq-hidden-gradient-matrix`
    and `eq-hidden-bias-gradient`; sections 4 and 5 of the source.
    """
    params, trace, t = _backward_arguments(params, trace, t)
    delta1, delta2 = deltas(params, trace, t)
    return Params(
        w=weight_gradient(trace.x, delta1),
        b1=bias_gradient(delta1),
        u=weight_gradient(trace.h, delta2),
        b2=bias_gradient(delta2),
    )


def backpropagate(params: Params, x: np.ndarray, t: np.ndarray) -> Params:
    """Run the net forward, then backward: the gradient of the loss from inputs and targets.

    Parameters
    ----------
    params : Params
        The parameters.
    x : ndarray, shape (N, inputs)
        Inputs, one example a row.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    Params
        What `gradients` returns for the trace of `forward`.

    Notes
    -----
    The equations of `forward` and `gradients`; sections 2, 4 and 5 of the source.
    """
    params, x, t = _arguments(params, x, t)
    return gradients(params, forward(params, x), t)


def _arguments(params: Params, x: Any, t: Any) -> tuple[Params, np.ndarray, np.ndarray]:
    """Return what fits each other, the parameters with a mark that says so, or raise an error."""
    if type(params) is _Checked:
        return params, x, t
    _validate.of_type("params", params, Params)
    w, b1, u, b2, x, t = _BOTH.accept((*params, x, t))
    return _Checked(w, b1, u, b2), x, t


def _forward_arguments(params: Params, x: Any) -> tuple[Params, np.ndarray]:
    if type(params) is _Checked:
        return params, x
    _validate.of_type("params", params, Params)
    w, b1, u, b2, x = _FORWARD.accept((*params, x))
    return _Checked(w, b1, u, b2), x.copy()


def _backward_arguments(params: Params, trace: Trace, t: Any) -> tuple[Params, Trace, np.ndarray]:
    if type(params) is _Checked:
        return params, trace, t
    _validate.of_type("params", params, Params)
    _validate.of_type("trace", trace, Trace)
    w, b1, u, b2, x, a1, h, a2, y, t = _BACKWARD.accept((*params, *trace, t))
    return _Checked(w, b1, u, b2), Trace(x, a1, h, a2, y), t


def _marked(params: Params) -> Params:
    """Return parameters with the mark of those that have been checked."""
    return _Checked._make(params)
