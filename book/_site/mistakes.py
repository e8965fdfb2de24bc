r"""The mistakes of `book/mistakes.yml`: read, planted, measured, and shown on a page of their own.

The tests plant the same mistakes, so what the page says of a check is what the tests hold it to.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bp import activations, deep, equations, losses, two_layer
from bp.gradient_check import complex_step, relative_error
from bp.two_layer import Params

from .listed import read

BOOK = Path(__file__).parents[1]
LISTED = BOOK / "mistakes.yml"
TRAINED = BOOK / "mistakes.json"

Gradients = Callable[[Params, np.ndarray, np.ndarray], Params]

# Where a mistake can be made: the words of the page, in its order.
PLACES = {
    "linear": "The linear combination",
    "sigmoid": "The sigmoid",
    "loss": "The loss",
    "delta_output": "The error signal of the outputs",
    "delta_hidden": "The error signal of the hidden layer",
    "weight_gradient": "The gradient of the weights",
    "bias_gradient": "The gradient of the biases",
    "backward": "The way back through the net",
    "update": "The update",
}
# A gradient is taken for right below this relative error to the complex step.
LIMIT = 1e-12


@dataclass(frozen=True)
class Mistake:
    """One slip.

    Attributes
    ----------
    place : str
        One of `PLACES`: where it is made.
    name, says : str
        What it is called, and what is said to who makes it.
    code : str
        What stands there, as Python.
    hidden : str
        Why the running example does not show it: "rows", "shapes", or nothing if it does.
    small : bool
        Whether the running example shows it faintly.
    """

    place: str
    name: str
    code: str
    says: str
    hidden: str = ""
    small: bool = False

    @property
    def label(self) -> str:
        """Return the place and the name, which no two mistakes share."""
        return f"{self.place}: {self.name}"

    @property
    def anchor(self) -> str:
        """Return where it stands on the page, as an address has it behind its #."""
        return f"mistake-{nodes.make_id(self.label)}"

    @property
    def in_a_formula(self) -> bool:
        """Return whether it replaces a function of `bp.equations`."""
        return self.place not in ("backward", "update")

    @property
    def function(self) -> Callable[..., Any]:
        """Return the wrong function."""
        return spelled(self.place, self.code)


def spelled(place: str, code: str) -> Callable[..., Any]:
    """Return the function that a line of code stands for, with the arguments of its place."""
    right = getattr(equations, place, lambda p, g, eta: None)
    names = {"np": np, "sigmoid_prime": equations.sigmoid_prime}
    made: Callable[..., Any] = eval(
        f"lambda {', '.join(signature(right).parameters)}: {code}", names
    )
    return made


@cache
def listed() -> dict[str, Any]:
    """Return the file of mistakes."""
    found: dict[str, Any] = read(LISTED)
    return found


@cache
def mistakes() -> tuple[Mistake, ...]:
    """Return all mistakes, in the order of the page."""
    return tuple(
        Mistake(place, **entry) for place in PLACES for entry in listed()[place]["mistakes"]
    )


def named(label: str) -> Mistake:
    """Return one mistake by its label; raise `KeyError` where there is none."""
    return {one.label: one for one in mistakes()}[label]


@contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """Put the wrong function in the place of the right one, in all that computes with it."""
    wrong, sigmoid = mistake.function, vars(activations.sigmoid)
    with ExitStack() as stack:
        for module in (equations, two_layer, deep):
            if hasattr(module, mistake.place):
                stack.enter_context(patch.object(module, mistake.place, wrong))
        # `deep` calls a sigmoid that knows its way back, and a loss that knows its difference.
        if mistake.place == "sigmoid":
            stack.enter_context(patch.dict(sigmoid, value=wrong))
        if mistake.place == "delta_output":
            delta = patch.object(losses.Loss, "delta", lambda self, output, y, t: wrong(y, t))
            stack.enter_context(delta)
        if mistake.place == "delta_hidden":
            back = lambda signal, h: wrong(signal, np.eye(h.shape[1]), h)  # noqa: E731
            stack.enter_context(patch.dict(sigmoid, back=back))
        yield


def forward(params: Params, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hidden units and outputs, by whatever stands in `bp.equations`, unchecked."""
    h = equations.sigmoid(equations.linear(x, params.w, params.b1))
    return h, equations.sigmoid(equations.linear(h, params.u, params.b2))


def backward(code: str = "") -> Gradients:
    """Return a backward pass with a statement between the error signals and the gradients."""
    program = compile(code, LISTED.name, "exec")

    def gradients(params: Params, x: np.ndarray, t: np.ndarray) -> Params:
        h, y = forward(params, x)
        delta2 = equations.delta_output(y, t)
        delta1 = equations.delta_hidden(delta2, params.u, h)
        names = {"x": x, "h": h, "y": y, "delta1": delta1, "delta2": delta2, "eta": 0.1}
        exec(program, names | params._asdict(), names)
        return Params(
            equations.weight_gradient(names["x"], names["delta1"]),
            equations.bias_gradient(names["delta1"]),
            equations.weight_gradient(names["h"], names["delta2"]),
            equations.bias_gradient(names["delta2"]),
        )

    return gradients


def updated(code: str) -> Callable[..., Params]:
    """Return an update that moves each array as a line of code says."""
    rule = spelled("update", code)
    return lambda params, grads, *, eta: Params(
        *(rule(p, g, eta) for p, g in zip(params, grads, strict=True))
    )


# --- What each does -----------------------------------------------------------------------------


def problem(sizes: tuple[int, int, int], rows: int) -> tuple[Params, np.ndarray, np.ndarray]:
    """Return a random net of ordinary size, inputs and targets."""
    rng = np.random.default_rng(0)
    n_in, n_hidden, n_out = sizes
    shapes = [(n_in, n_hidden), (1, n_hidden), (n_hidden, n_out), (1, n_out), (rows, n_in)]
    *arrays, x = (rng.uniform(0.3, 1.3, s) * rng.choice([-1.0, 1.0], s) for s in shapes)
    return Params(*arrays), x, rng.integers(0, 2, (rows, n_out)).astype(float)


def loss_of(x: np.ndarray, t: np.ndarray) -> Callable[[Params], Any]:
    """Return the loss as a function of the parameters alone."""
    return lambda params: equations.loss(forward(params, x)[1], t)


@cache
def net(name: str) -> tuple[Params, np.ndarray, np.ndarray]:
    """Return one of the nets on which mistakes are measured, its inputs and targets."""
    if name == "example":
        return two_layer.worked_example()
    return problem((4, 4, 4), 4) if name == "square" else problem((3, 4, 2), 5)


@cache
def slopes(name: str) -> Params:
    """Return the gradient of the right loss by the complex step."""
    params, x, t = net(name)
    return complex_step(loss_of(x, t), params)


def error(mistake: Mistake, name: str) -> float | None:
    """Return the relative error of the gradient, or None where it does not run or does not fit."""
    params, x, t = net(name)
    gradients = backward(mistake.code if mistake.place == "backward" else "")
    with planted(mistake) if mistake.in_a_formula else ExitStack():
        try:
            found = gradients(params, x, t)
            # On the way back a mistake leaves the loss as it is.
            forth = mistake.place in ("linear", "sigmoid", "loss")
            right = complex_step(loss_of(x, t), params) if forth else slopes(name)
            return float(relative_error(found, right))
        except ValueError:
            return None


def fall(update: Callable[..., Params], eta: float = 1e-6) -> float:
    """Return by how much one small step lets the loss fall, divided by what it should be."""
    params, x, t = two_layer.worked_example()
    grads = backward()(params, x, t)
    loss, square = loss_of(x, t), sum(float(np.sum(g**2)) for g in grads)
    return float((loss(params) - loss(update(params, grads, eta=eta))) / eta / square)


@dataclass(frozen=True)
class Measured:
    """What a mistake does.

    Attributes
    ----------
    example, square : float or None
        The relative error on the running example, and on four rows through a net of fours.
    caught : str
        The first check that rejects it.
    """

    example: float | None
    square: float | None
    caught: str


@cache
def measured(mistake: Mistake) -> Measured:
    """Measure one mistake: its errors, and which check is the first to reject it."""
    if mistake.place == "update":
        share = fall(updated(mistake.code))
        return Measured(abs(share - 1), None, "a step" if abs(share - 1) > 1e-4 else "none")
    example, square = error(mistake, "example"), error(mistake, "square")
    if error(mistake, "oblong") is None:
        return Measured(example, square, "shapes")
    if example is not None and example > LIMIT:
        return Measured(example, square, "one row")
    return Measured(example, square, "several rows" if square and square > LIMIT else "none")


# --- Whether it trains --------------------------------------------------------------------------

STARTS, STEPS, ETA = 5, 3000, 2.0
EXAMPLES = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_XNOR = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def learns(mistake: Mistake | None, seed: int) -> bool | None:
    """Say whether the net learns XOR from one start, or return None where it does not run.

    It has learned where, after the last update, each output is on the side of ½ that its target is.
    """
    params = two_layer.init(np.random.default_rng(seed), 2, 3, 2)
    place, code = (mistake.place, mistake.code) if mistake else ("", "")
    gradients = backward(code if place == "backward" else "")
    update = updated(code if place == "update" else listed()["update"]["right"])
    with planted(mistake) if mistake and mistake.in_a_formula else ExitStack():
        try:
            for _ in range(STEPS):
                params = update(params, gradients(params, EXAMPLES, XOR_XNOR), eta=ETA)
            _, answers = forward(params, EXAMPLES)
        except ValueError:
            return None
    return bool(((answers > 0.5) == (XOR_XNOR > 0.5)).all())


def label(mistake: Mistake | None) -> str:
    """Return the name under which the training of a mistake, or of none, is stored."""
    return mistake.label if mistake else "none"


@cache
def trained() -> dict[str, list[bool | None]]:
    """Return what `tools/mistakes.py` stored: for each label and each start, whether it learns."""
    found: dict[str, list[bool | None]] = json.loads(TRAINED.read_text(encoding="utf-8"))
    return found


# --- The page -----------------------------------------------------------------------------------

HEADINGS = ("Mistake", "One row", "Four rows", "Learns", "Caught by")


def in_words(error: float | None) -> str:
    """Return a relative error as the page shows it."""
    if error is None:
        return "stops"
    if error < LIMIT:
        return "0"
    return f"{error:.2g}" if error < 1e4 else "∞" if error == np.inf else "over 10,000"


def row(mistake: Mistake) -> tuple[str, ...]:
    """Return the cells of one mistake, as Markdown."""
    found, starts = measured(mistake), trained()[mistake.label]
    learns = f"{sum(map(bool, starts))} of {len(starts)}" if None not in starts else "stops"
    four = "none" if mistake.place == "update" else in_words(found.square)
    cells = in_words(found.example), four, learns, found.caught
    return f"**{mistake.name}** `{mistake.code}` {mistake.says}", *cells


def table(rows: list[tuple[str, ...]], headings: tuple[str, ...]) -> str:
    """Return a table in Markdown."""
    lines = [headings, ("-",) * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


class Mistakes(SphinxDirective):
    """``mistakes``: every mistake with what it does, a section for each place."""

    def run(self) -> list[nodes.Node]:
        """Return a summary and the sections."""
        for file in (LISTED, TRAINED, Path(__file__)):
            self.env.note_dependency(str(file))
        return [*self.parse_text_to_nodes(summary()), *map(self._section, PLACES)]

    def _section(self, place: str) -> nodes.section:
        own = [mistake for mistake in mistakes() if mistake.place == place]
        made = nodes.section("", nodes.title("", PLACES[place]), ids=[nodes.make_id(place)])
        self.state.document.note_implicit_target(made, made)
        right = listed()[place]["right"]
        made += self.parse_text_to_nodes(f"Right is `{right}`.")
        text = table([row(mistake) for mistake in own], HEADINGS)
        shown = nodes.container("", *self.parse_text_to_nodes(text), classes=["mistakes"])
        for mistake, line in zip(own, list(shown.findall(nodes.row))[1:], strict=True):
            line["ids"].append(mistake.anchor)
        made += shown
        return made


def summary() -> str:
    """Return what all rows say together."""
    slips = [m for m in mistakes() if m.place not in ("loss", "update")]
    learn = [m for m in slips if sum(map(bool, trained()[m.label])) >= STARTS - 1]
    silent = [m for m in slips if in_words(measured(m).example) == "0"]
    return (
        f"There are **{len(mistakes())}** of them. Of the {len(slips)} that are neither in the "
        f"loss nor in the update, **{len(learn)}** still learn from at least {STARTS - 1} of "
        f"{STARTS} starts. With one row of input **{len(silent)}** are not wrong at all."
    )


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("mistakes", Mistakes)
