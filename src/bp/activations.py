"""Activation functions: a value, and how it sends a signal back. One line adds one.

A unit computes h = φ(a) on the way forward. On the way back it turns ∂L/∂h into ∂L/∂a, which for a
function of one number is a multiplication by its slope φ′(a). Every slope here is written with h,
which the forward pass has computed already.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bp import equations

if TYPE_CHECKING:
    from bp import _floats as np
else:
    import numpy as np


@dataclass(frozen=True)
class Activation:
    """An activation function. It is called as `value` is."""

    name: str
    """What it is called."""
    value: Callable[[np.ndarray], np.ndarray]
    """From linear combinations, shape (N, n), to outputs h of the same shape."""
    back: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """From ∂L/∂h and h to ∂L/∂a, all of one shape."""

    def __call__(self, a: np.ndarray) -> np.ndarray:
        """Return the outputs."""
        return self.value(a)

    def slope(self, a: np.ndarray) -> np.ndarray:
        """Return the slope φ′(a) of every element, where φ is a function of one number."""
        h = self.value(a)
        return self.back(np.ones_like(h), h)

    def __repr__(self) -> str:
        """Return the name."""
        return self.name

    def __reduce__(self) -> str:
        """Pickle and copy a function of this module by its name."""
        return self.name


def _softmax(a: np.ndarray) -> np.ndarray:
    # A shift of a row changes no ratio. Without it e^1000 would be infinite.
    with np.errstate(under="ignore"):
        e = np.exp(a - np.max(a, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)


def _softmax_back(signal: np.ndarray, y: np.ndarray) -> np.ndarray:
    # Every output feels every linear combination: ∂y_m/∂a_k = y_m (I_mk − y_k).
    return y * (signal - np.sum(signal * y, axis=1, keepdims=True))


sigmoid = Activation("sigmoid", equations.sigmoid, lambda signal, h: signal * h * (1 - h))
tanh = Activation("tanh", np.tanh, lambda signal, h: signal * (1 - h**2))
relu = Activation("relu", lambda a: np.maximum(a, 0.0), lambda signal, h: signal * (h > 0))
leaky_relu = Activation(
    "leaky_relu",
    lambda a: np.maximum(a, 0.01 * a),
    lambda signal, h: signal * np.where(h > 0, 1.0, 0.01),
)
identity = Activation("identity", np.positive, lambda signal, h: np.positive(signal))
softmax = Activation("softmax", _softmax, _softmax_back)
