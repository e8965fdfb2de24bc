"""Forward mode: derivatives that walk along with the values.

The derivative of every number along one nudge of the parameters is written with a dot. One sweep
gives the dot of the loss, which is one number; the whole gradient takes a sweep for each parameter.
"""

from typing import Any, NamedTuple

import numpy as np

from bp import _validate
from bp.arithmetic import Number
from bp.two_layer import PARAMS, TRACE, Params, Trace

_SPEC = _validate.Spec(
    *PARAMS,
    *TRACE,
    *((name.replace("params", "nudge"), shape) for name, shape in PARAMS),
    ("x_nudge", "N inputs"),
)


class Dual(Number):
    """A number and its dot: the derivative along one nudge, computed with every operation."""

    def __init__(self, value: Any, dot: Any = 0) -> None:
        self.value, self.dot = value, dot

    def combined(self, value: Any, *uses: tuple["Dual", Any]) -> "Dual":
        """Return the number of this value. Its dot is the sum of slopes times dots."""
        return Dual(value, sum(slope * used.dot for used, slope in uses))


class Dots(NamedTuple):
    """The dots of one sweep, each in the shape of the value it belongs to."""

    a1: np.ndarray
    """Of the linear combinations of the hidden layer."""
    h: np.ndarray
    """Of the hidden units."""
    a2: np.ndarray
    """Of the linear combinations of the output layer."""
    y: np.ndarray
    """Of the outputs."""


def sweep(
    params: Params,
    trace: Trace,
    nudge: Params,
    x_nudge: np.ndarray | None = None,
) -> Dots:
    """Send one nudge of the parameters forward through the 2-3-2 net, or one of other sizes.

    Parameters
    ----------
    params : Params
        The parameters that the forward pass used.
    trace : two_layer.Trace
        The values of that pass, N rows.
    nudge : Params
        How fast each parameter changes: their dots.
    x_nudge : ndarray, shape (N, inputs), optional
        The dots of the inputs; 0 if there is none.

    Returns
    -------
    Dots
        How fast every value then changes.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its type and shape, or holds a number that is not finite.

    Notes
    -----
    Equations `def-dot-hidden-linear`, `def-dot-hidden`, `def-dot-output-linear` and
    `def-dot-output`; not in the source.
    """
    params, trace, nudge, x_nudge = _sweep_arguments(params, trace, nudge, x_nudge)
    a1 = x_nudge @ params.w + trace.x @ nudge.w + nudge.b1
    h = trace.h * (1 - trace.h) * a1
    a2 = h @ params.u + trace.h @ nudge.u + nudge.b2
    y = trace.y * (1 - trace.y) * a2
    return Dots(a1, h, a2, y)


def _sweep_arguments(
    params: Any, trace: Any, nudge: Any, x_nudge: Any
) -> tuple[Params, Trace, Params, Any]:
    for name, value, kind in (
        ("params", params, Params),
        ("trace", trace, Trace),
        ("nudge", nudge, Params),
    ):
        _validate.of_type(name, value, kind)
    given = np.zeros_like(trace.x) if x_nudge is None else x_nudge
    found = _SPEC.accept((*params, *trace, *nudge, given))
    return Params(*found[:4]), Trace(*found[4:9]), Params(*found[9:13]), found[13]
