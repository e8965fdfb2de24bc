"""Update rules: how the dials turn, once the gradient is known.

Each rule is a step from parameters, gradient and state to new parameters and a new state, and
changes none of what it is given. Every rule raises `TypeError` or `ValueError` if one of its
numbers is out of range, or if the gradient or the state does not fit the parameters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Protocol, get_args, runtime_checkable

import numpy as np

from bp import _parameters, descent
from bp._parameters import Tree
from bp._validate import positive, whole

Convention = Literal["sum", "average", "velocity"]
"""Three ways to write momentum; `Momentum` tells what they are."""


@runtime_checkable
class Rule(Protocol):
    """What an update rule can do."""

    @property
    def eta(self) -> float:
        """The learning rate."""

    def start(self, params: Any) -> Any:
        """Return the state before the first step."""

    def step(self, params: Tree, grads: Tree, state: Any) -> tuple[Tree, Any]:
        """Return new parameters and the new state."""


@dataclass(frozen=True)
class Plain:
    """Gradient descent: p ← p − ηg.

    Parameters
    ----------
    eta : float
        The learning rate, greater than 0.

    Notes
    -----
    Equation `eq-descent`; `bp.descent.update`. The state is empty.
    """

    eta: float

    def __post_init__(self) -> None:
        """Check the learning rate."""
        positive("eta", self.eta)

    def start(self, params: Any) -> tuple[()]:
        """Return the state before the first step, which is empty."""
        _parameters.arrays("params", params)
        return ()

    def step(self, params: Tree, grads: Tree, state: tuple[()]) -> tuple[Tree, tuple[()]]:
        """Return the parameters after one step, and the state."""
        return descent.update(params, grads, eta=self.eta), state


@dataclass(frozen=True)
class Momentum:
    """Gradient descent with momentum, in one of the three conventions in use.

    - ``"sum"``: v ← βv + g, p ← p − ηv, as in PyTorch;
    - ``"average"``: v ← βv + (1 − β)g, p ← p − ηv;
    - ``"velocity"``: v ← βv − ηg, p ← p + v, as Sutskever and others write it.

    Parameters
    ----------
    eta : float
        The learning rate, greater than 0.
    beta : float
        How much of the velocity stays, 0 or more and less than 1.
    convention : {"sum", "average", "velocity"}
        What v is.

    Notes
    -----
    Equations `def-momentum-velocity` and `def-momentum-dial`, for ``"sum"``. The state is v, in
    the structure of the parameters. B. T. Polyak, *Some methods of speeding up the convergence of
    iteration methods* (1964); I. Sutskever and others, *On the
    importance of initialization and momentum in deep learning* (2013).
    """

    eta: float
    beta: float = 0.9
    convention: Convention = "sum"

    def __post_init__(self) -> None:
        """Check the numbers and the convention."""
        positive("eta", self.eta)
        _share("beta", self.beta)
        _convention(self.convention)

    def start(self, params: Tree) -> Tree:
        """Return the state before the first step: a velocity of 0."""
        return _zeros(params)

    def step(self, params: Tree, grads: Tree, state: Tree) -> tuple[Tree, Tree]:
        """Return the parameters after one step, and the velocity that made it."""
        g_share, v_share = {
            "sum": (1.0, -self.eta),
            "average": (1 - self.beta, -self.eta),
            "velocity": (-self.eta, 1.0),
        }[self.convention]
        params, grads = _parameters.fitting("grads", grads, "params", params)
        _, state = _parameters.fitting("state", state, "params", params)
        v = _each(lambda v, g: self.beta * v + g_share * g, state, grads)
        return _each(lambda p, v: p + v_share * v, params, v), v

    def to(self, convention: Convention) -> "Momentum":
        """Return the rule that takes the same steps, written in another convention.

        Parameters
        ----------
        convention : {"sum", "average", "velocity"}
            What v shall be.

        Returns
        -------
        Momentum
            The same β. A rule with the average has a learning rate 1/(1 − β) times as large as the
            others; those two have the same.
        """
        _convention(convention)
        shrink = 1 - self.beta
        eta = self.eta * shrink if self.convention == "average" else self.eta
        return replace(
            self, eta=eta / shrink if convention == "average" else eta, convention=convention
        )


class Moments(NamedTuple):
    """The state of `Adam`."""

    m: Any
    """The running average of the gradients, in the structure of the parameters."""
    v: Any
    """The running average of their squares, in the same structure."""
    steps: int
    """How many steps have been taken."""


@dataclass(frozen=True)
class Adam:
    """Adam: each dial turns by an average of its slopes, over the root of that of their squares.

    Parameters
    ----------
    eta : float
        The learning rate, greater than 0.
    beta1, beta2 : float
        How much of either average stays, 0 or more and less than 1.
    eps : float
        What is added to the root, greater than 0.
    corrected : bool
        Whether the averages, which start at 0, are divided by 1 − β to the power of the steps.

    Notes
    -----
    Algorithm 1 of D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization* (2015). Its
    first step is equation `eq-adam-first`.
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    corrected: bool = True

    def __post_init__(self) -> None:
        """Check the numbers."""
        positive("eta", self.eta)
        _share("beta1", self.beta1)
        _share("beta2", self.beta2)
        positive("eps", self.eps)
        if not isinstance(self.corrected, bool):
            raise TypeError(f"corrected must be True or False, got {self.corrected!r}")

    def start(self, params: Any) -> Moments:
        """Return the state before the first step: averages of 0."""
        return Moments(_zeros(params), _zeros(params), 0)

    def step(self, params: Tree, grads: Tree, state: Moments) -> tuple[Tree, Moments]:
        """Return the parameters after one step, and the averages that made it."""
        params, grads = _parameters.fitting("grads", grads, "params", params)
        if not isinstance(state, Moments):
            raise TypeError(f"state must be what start returns, got {type(state).__name__}")
        _, m = _parameters.fitting("state.m", state.m, "params", params)
        _, v = _parameters.fitting("state.v", state.v, "params", params)
        steps = whole("state.steps", state.steps, least=0) + 1
        m = _each(lambda m, g: self.beta1 * m + (1 - self.beta1) * g, m, grads)
        v = _each(lambda v, g: self.beta2 * v + (1 - self.beta2) * g**2, v, grads)
        one, two = self._corrections(steps)

        def turn(p: Any, m: Any, v: Any) -> Any:
            return p - self.eta * (m / one) / (np.sqrt(v / two) + self.eps)

        return _each(turn, params, m, v), Moments(m, v, steps)

    def _corrections(self, steps: int) -> tuple[float, float]:
        return (1 - self.beta1**steps, 1 - self.beta2**steps) if self.corrected else (1.0, 1.0)


def _share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} must be one number, got {value!r}")
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be 0 or more and less than 1, got {value!r}")


def _convention(value: Any) -> None:
    if value not in get_args(Convention):
        names = ", ".join(get_args(Convention))
        raise ValueError(f"convention must be one of {names}, got {value!r}")


def _zeros(params: Tree) -> Tree:
    return _parameters.rebuild(params, map(np.zeros_like, _floats(params)))


def _floats(params: Tree) -> Sequence[Any]:
    return list(_parameters.arrays("params", params).values())


def _each(function: Callable[..., Any], first: Tree, *others: Any) -> Tree:
    """Apply a function to the arrays that stand in the same place."""
    leaves = map(_parameters._leaves, (first, *others))
    return _parameters.rebuild(first, map(function, *leaves))
