"""Arithmetic that knows its slopes: every operation gives a value, and a slope along what it uses.

What is done with the slopes is left to the kind of number: a `bp.tape.Node` keeps them for the
walk back, a `bp.forward_mode.Dual` uses them at once. An array of such numbers, of dtype object,
goes through `bp.equations.linear` and `bp.equations.loss` as an array of floats does.
"""

import cmath
import math
from typing import Any, Self

from bp import _validate


class Number:
    """A number whose operations know their slopes. What is no such number is a constant.

    It takes ``+``, ``-``, ``*``, ``/``, whole powers of 1 or more, `exp` and `sigmoid`.
    """

    value: Any

    def combined(self, value: Any, *uses: tuple[Self, Any]) -> Self:
        """Return the number of this value, made of other numbers with these slopes.

        Parameters
        ----------
        value : float
            The value, computed already.
        *uses : tuple of Number and float
            Every number that it was made of, and the slope of the value along it.

        Returns
        -------
        Number
            Of the type of this one.
        """
        raise NotImplementedError

    def _with(self, other: Any, value: Any, mine: Any, its: Any) -> Self:
        known = isinstance(other, type(self))
        return self.combined(value, (self, mine), *([(other, its)] if known else []))

    def __add__(self, other: Any) -> Self:  # noqa: D105
        return self._with(other, self.value + _value(other), 1, 1)

    def __sub__(self, other: Any) -> Self:  # noqa: D105
        return self._with(other, self.value - _value(other), 1, -1)

    def __mul__(self, other: Any) -> Self:  # noqa: D105
        return self._with(other, self.value * _value(other), _value(other), self.value)

    def __truediv__(self, other: Any) -> Self:  # noqa: D105
        quotient = self.value / _value(other)
        return self._with(other, quotient, 1 / _value(other), -quotient / _value(other))

    def __pow__(self, power: int) -> Self:  # noqa: D105
        power = _validate.whole("power", power, least=1)
        return self.combined(self.value**power, (self, power * self.value ** (power - 1)))

    def __neg__(self) -> Self:  # noqa: D105
        return self.combined(-self.value, (self, -1))

    def __rsub__(self, other: Any) -> Self:  # noqa: D105
        return self.combined(other - self.value, (self, -1))

    def __rtruediv__(self, other: Any) -> Self:  # noqa: D105
        quotient = other / self.value
        return self.combined(quotient, (self, -quotient / self.value))

    def exp(self) -> Self:
        """Return e to this power.

        Returns
        -------
        Number
            Of the type of this one.

        Raises
        ------
        OverflowError
            If it is too large for a float.
        """
        value = _exp(self.value)
        return self.combined(value, (self, value))

    __radd__ = __add__
    __rmul__ = __mul__


def _value(number: Any) -> Any:
    return number.value if isinstance(number, Number) else number


def sigmoid(a: Any) -> Any:
    """Return the sigmoid of one number of any kind, without overflow.

    Parameters
    ----------
    a : float, complex, decimal.Decimal or Number
        The linear combination.

    Returns
    -------
    same type as `a`
        1 / (1 + e^−a), or e^a / (1 + e^a) where a < 0. Of a `Number` it is one operation.

    Notes
    -----
    Equations `def-sigmoid`, `eq-sigmoid-extended` and `eq-sigmoid-slope`; section 3 of the source.
    """
    if isinstance(a, Number):
        h = sigmoid(a.value)
        return a.combined(h, (a, h * (1 - h)))
    if a.real < 0:
        e = _exp(a)
        return e / (1 + e)
    return 1 / (1 + _exp(-a))


def _exp(number: Any) -> Any:
    if isinstance(number, complex):
        return cmath.exp(number)
    return number.exp() if hasattr(number, "exp") else math.exp(number)
