"""Judges what a reader answers to an exercise: a formula, or a function.

An exercise's key says what is right and which slips are typical; `book/answers` holds the keys. The
page asks this module, in its own Python, and so do the tests. Numbers and choices need no Python:
the page's script judges them.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from bp import deep, equations, gradient_check, two_layer
from proofread.mutate import repair
from proofread.project import NETWORKS, current_book
from proofread.sources import Display, Place
from proofread.text import Entry, Text

RIGHT, WRONG, NOT_YET = "Right", "Wrong", "Not yet"
ASKED = ("\\partial", "\\nabla", "'", "\\prime", "\\tfrac{d", "\\frac{d")
"""What an answer may not hold: it would say again what is asked for."""
TOLERANCE = 1e-8
"""The largest relative error of a function's result. Another order of sums gives far less."""


class Judgement(NamedTuple):
    """What is said of an answer: how it stands, and why."""

    verdict: str
    reason: str


def claim(text: Text, chapter: str, latex: str) -> Entry:
    """Return a claim as if it stood at the end of a chapter."""
    scopes = [entry.scope for entry in text.entries if entry.chapter.endswith(chapter)]
    if not scopes:
        raise ValueError(f"the book has no equations in {chapter}")
    return Entry(Display("eq-answer", latex, Place("your answer", 1)), scopes[-1])


def formula(key: Mapping[str, Any], typed: str) -> Judgement:
    r"""Judge the right side of an equation.

    Parameters
    ----------
    key : mapping
        ``chapter``, the file whose symbols count; ``left``, the LaTeX of the left side; ``slips``,
        pairs of a typical wrong right side and what it forgets; ``without``, pairs of LaTeX that
        the answer may not hold beside derivatives, and the reason.
    typed : str
        The LaTeX of the reader's right side.

    Returns
    -------
    Judgement
        Right, with the number of networks on which both sides agree; wrong, with the slip, the
        numbers of one network or the one change that would mend it; or not yet, where it cannot be
        read or says again what is asked for.
    """
    if not typed.strip():
        return Judgement(NOT_YET, "there is no formula.")
    text = current_book()
    entry = claim(text, key["chapter"], f"{key['left']} = {typed}")
    verdict = text.verdict(entry, NETWORKS)
    if verdict.in_order:
        return said_again(key, typed) or Judgement(
            RIGHT, f"both sides agree on {NETWORKS} random networks."
        )
    if verdict.counterexample is None:
        if any(part in typed for part in ASKED):
            return Judgement(NOT_YET, "it still holds a derivative. Work it out.")
        return Judgement(NOT_YET, f"this cannot be read: {verdict.message}.")
    for slip, reason in key.get("slips", ()):
        if agree(text, key["chapter"], slip, typed):
            return Judgement(WRONG, reason)
    found = verdict.counterexample
    at = "".join(f"{letter} = {value}, " for letter, value in found.indices.items())
    numbers = f"it is {found.left:.4g}, and your formula gives {found.right:.4g}."
    reason = f"on a random network, {at}{numbers}"
    if mended := repair(text, entry):
        reason += f" It would hold with {mended.partition(':')[0]}."
    return Judgement(WRONG, reason)


def agree(text: Text, chapter: str, one: str, other: str) -> bool:
    """Tell whether two formulas agree on random networks."""
    verdict = text.verdict(claim(text, chapter, f"{one} = {other}"), NETWORKS)
    # Between one formula and itself the checker sees nothing to check.
    return verdict.in_order or verdict.message == "vacuous: the two sides are identical"


def said_again(key: Mapping[str, Any], typed: str) -> Judgement | None:
    """Return what is to be said of a true answer that is not what was asked for."""
    for part in ASKED:
        if part in typed:
            return Judgement(NOT_YET, "it is true, and still holds a derivative. Work it out.")
    for part, reason in key.get("without", ()):
        if part in typed:
            return Judgement(NOT_YET, f"it is true. {reason}")
    return None


Case = tuple[Sequence[np.ndarray], np.ndarray]
"""What a function is given, and what it must return."""


def hidden_cases(rng: np.random.Generator) -> list[Case]:
    """Return cases for ``delta_hidden(delta, u, h)``, by complex steps through the bias of a layer.

    The bias of a hidden unit reaches its linear combination alone, so its slope is the error
    signal; one row at a time, because a bias is shared by all rows.
    """
    cases: list[Case] = []
    for sizes, rows in (((2, 3, 2), 1), ((4, 5, 3), 4), ((3, 3, 3), 2), ((1, 2, 4), 3)):
        params = two_layer.init(rng, *sizes)
        x, t = rng.normal(size=(rows, sizes[0])), rng.uniform(size=(rows, sizes[-1]))
        trace = two_layer.forward(params, x)
        signals = two_layer.deltas(params, trace, t).delta2
        exact = [row_slopes(params, x[[n]], t[[n]]) for n in range(rows)]
        cases.append(((signals, params.u, trace.h), np.concatenate(exact)))
    return cases


def row_slopes(params: two_layer.Params, x: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the slopes of one row's loss along the first biases, by complex steps."""

    def loss(moved: two_layer.Params) -> Any:
        return equations.loss(two_layer.forward(moved, x).y, t)

    slopes: np.ndarray = gradient_check.complex_step(loss, params).b1
    return slopes


def weight_cases(rng: np.random.Generator) -> list[Case]:
    """Return cases for ``weight_gradient(inputs, delta)``, by complex steps through one layer."""
    cases: list[Case] = []
    for (m, n), rows in (((2, 3), 1), ((3, 2), 4), ((4, 4), 3)):
        net = deep.init(rng, (m, n))
        x, t = rng.normal(size=(rows, m)), rng.uniform(size=(rows, n))
        trace = deep.forward(net, x)
        (delta,) = deep.deltas(net, trace, t)

        def loss(moved: Any, x: np.ndarray = x, t: np.ndarray = t) -> Any:
            return equations.loss(deep.forward(moved, x).outputs[-1], t)

        cases.append(((x, delta), gradient_check.complex_step(loss, net)[0].w))
    return cases


CASES: dict[str, Callable[[np.random.Generator], list[Case]]] = {
    "delta_hidden": hidden_cases,
    "weight_gradient": weight_cases,
}


def code(key: Mapping[str, Any], typed: str) -> Judgement:
    """Judge a function.

    Parameters
    ----------
    key : mapping
        ``function``, the name that the answer defines, one of `CASES`; ``slips``, pairs of a
        typical wrong answer and what it forgets.
    typed : str
        The reader's code.

    Returns
    -------
    Judgement
        Right; wrong, with the slip, the shape or the largest error; or not yet, where the code does
        not run, or does not define the function.
    """
    name = key["function"]
    try:
        function = defined(typed, name)
    except Exception as error:
        return Judgement(NOT_YET, last_line(error))
    cases = CASES[name](np.random.default_rng(0))
    results = [outcome(function, given) for given, _ in cases]
    if slip := named(key, cases, results):
        return Judgement(WRONG, slip)
    for (given, expected), result in zip(cases, results, strict=True):
        if isinstance(result, Exception):
            return Judgement(NOT_YET, f"with arrays of {shapes(given)}: {last_line(result)}")
        if np.shape(result) != expected.shape:
            wanted = f"for arrays of {shapes(given)} the result has the shape"
            return Judgement(WRONG, f"{wanted} {np.shape(result)}, and must have {expected.shape}.")
    largest = max(distance(one, case[1]) for one, case in zip(results, cases, strict=True))
    if largest < TOLERANCE:
        rows = f"on {len(cases)} nets of several shapes, with one row and with several"
        return Judgement(RIGHT, f"it agrees with complex steps {rows}.")
    return Judgement(WRONG, f"the largest relative error is {largest:.2g}.")


def outcome(function: Callable[..., Any], given: Sequence[np.ndarray]) -> Any:
    """Return what a function gives, or the error in which it ends; the arrays stay as they are."""
    try:
        return function(*(array.copy() for array in given))
    except Exception as error:
        return error


def defined(source: str, name: str) -> Callable[..., Any]:
    """Return the function that some code defines.

    Raises
    ------
    NameError
        If it does not define it.
    """
    names: dict[str, Any] = {"np": np, "numpy": np}
    exec(compile(source, "<your answer>", "exec"), names)
    if not callable(names.get(name)):
        raise NameError(f"it defines no function {name}")
    function: Callable[..., Any] = names[name]
    return function


def named(key: Mapping[str, Any], cases: Sequence[Case], results: Sequence[Any]) -> str:
    """Return which slip gives these very results, and fails where they fail, or nothing."""
    if all(isinstance(result, Exception) for result in results):
        return ""
    for body, reason in key.get("slips", ()):
        function = defined(body, key["function"])
        slips = [outcome(function, given) for given, _ in cases]
        if all(alike(one, other) for one, other in zip(results, slips, strict=True)):
            return str(reason)
    return ""


def alike(one: Any, other: Any) -> bool:
    """Tell whether two outcomes are the same: equal arrays, or an error both times."""
    failed = [isinstance(result, Exception) for result in (one, other)]
    if any(failed):
        return all(failed)
    return np.shape(one) == np.shape(other) and distance(one, other) < TOLERANCE


def distance(one: Any, other: Any) -> float:
    """Return the relative error between two arrays of one shape; infinity if a number is lost."""
    try:
        gap = np.linalg.norm(np.asarray(one, float) - np.asarray(other, float))
    except (TypeError, ValueError):
        return np.inf
    return float(gap / np.linalg.norm(other)) if np.isfinite(gap) else np.inf


def shapes(given: Sequence[np.ndarray]) -> str:
    """Return the shapes of some arrays in words."""
    return ", ".join(" × ".join(map(str, array.shape)) for array in given)


def last_line(error: BaseException) -> str:
    """Return what an error says, and in which line of the answer."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<your answer>"
    ]
    at = f"line {lines[-1]}: " if lines else ""
    return f"{at}{traceback.format_exception_only(error)[-1].strip()}"


JUDGES = {"formula": formula, "code": code}


def judge(kind: str, key: Mapping[str, Any], typed: str) -> Judgement:
    """Judge an answer of one of the kinds in `JUDGES`."""
    return JUDGES[kind](key, typed)
