"""Arithmetic that knows its slopes: every operation gives a value, and a slope along what it uses.

What is done with the slopes is left to the kind of number: a `bp.tape.Node` keeps them for the
walk back, a `bp.forward_mode.Dual` uses them at once. An array of such numbers, of dtype object,
goes through `bp.equations.linear` and `bp.equations.loss` as an array of floats does.
"""

import cmath
import math
from typing import Any, Self


class Number:
    """A number whose operations know their slopes. What is no such number is a constant.

    It takes ``+``, ``-``, ``*``, ``/``, constant powers, `exp` and `sigmoid`.
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

    def __add__(self, other: Any) -> Self:
        return self._with(other, self.value + value_of(other), 1, 1)

    def __sub__(self, other: Any) -> Self:
        return self._with(other, self.value - value_of(other), 1, -1)

    def __mul__(self, other: Any) -> Self:
        factor = value_of(other)
        return self._with(other, self.value * factor, factor, self.value)

    def __truediv__(self, other: Any) -> Self:
        divisor = value_of(other)
        quotient = self.value / divisor
        return self._with(other, quotient, 1 / divisor, -quotient / divisor)

    def __pow__(self, power: float) -> Self:
        slope = power * self.value ** (power - 1)
        return self.combined(self.value**power, (self, slope))

    def __neg__(self) -> Self:
        return self.combined(-self.value, (self, -1))

    def __rsub__(self, other: Any) -> Self:
        return self.combined(other - self.value, (self, -1))

    def __rtruediv__(self, other: Any) -> Self:
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
        value = exp(self.value)
        return self.combined(value, (self, value))

    __radd__ = __add__
    __rmul__ = __mul__


def value_of(number: Any) -> Any:
    """Return the value of a `Number`, or a constant itself.

    Parameters
    ----------
    number : Number or float
        What an operation was given.

    Returns
    -------
    float
        Its value.
    """
    return number.value if isinstance(number, Number) else number


def exp(number: Any) -> Any:
    """Return e to the power of one number of any kind.

    Parameters
    ----------
    number : float, complex, decimal.Decimal or Number
        The exponent.

    Returns
    -------
    same type as `number`
        The power.

    Raises
    ------
    OverflowError
        If it is too large for its type.
    """
    if isinstance(number, complex):
        return cmath.exp(number)
    return number.exp() if hasattr(number, "exp") else math.exp(number)


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
        e = exp(a)
        return e / (1 + e)
    return 1 / (1 + exp(-a))
