"""NumPy as formulas use it, for the type checker alone: an ndarray is one of float64.

NumPy itself says of too much that it may be of any type; then nothing would be checked.
"""

from typing import TypeAlias, overload

from numpy import errstate, float64, log, log1p, maximum, minimum, ones_like, positive, tanh, where
from numpy.typing import NDArray

__all__ = [
    "errstate",
    "exp",
    "float64",
    "log",
    "log1p",
    "max",
    "maximum",
    "minimum",
    "ndarray",
    "ones_like",
    "positive",
    "sum",
    "tanh",
    "where",
]

ndarray: TypeAlias = NDArray[float64]

def exp(a: ndarray) -> ndarray: ...
def max(a: ndarray, axis: int, keepdims: bool) -> ndarray: ...
@overload
def sum(a: ndarray) -> float64: ...
@overload
def sum(a: ndarray, axis: int, keepdims: bool) -> ndarray: ...
