"""Judges what a reader answers to an exercise: a formula, or a function.

An exercise's key says what is right and which slips are typical; `book/answers` holds the keys. The
page asks this module, in its own Python, and so do the tests. Numbers and choices need no Python:
the page's script judges them.
"""

import builtins
import functools
import gc
import math
import os
import re
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from lark import Token

from bp import activations, deep, equations, gradient_check, losses
from bp.activations import Activation
from proofread.judge import Verdict
from proofread.mutate import repair
from proofread.parse import Cause, Fault, Node
from proofread.project import NETWORKS, current_book
from proofread.sources import Display, Place
from proofread.text import Entry, Text

RIGHT, WRONG, NOT_YET = "Right", "Wrong", "Not yet"
SLOPES = {"derivative", "operator", "gradient", "slashed", "prime"}
"""What a formula may not hold where a derivative is asked for: the grammar's names for one."""
TOLERANCE = 1e-8
"""The largest relative error of a function's result. Another order of sums gives far less."""
SINGLE = 1e-5
"""The same for a result in single precision, which has seven digits."""


class Judgement(NamedTuple):
    """What is said of an answer: how it stands, and why."""

    verdict: str
    reason: str


@functools.cache
def book() -> Text:
    """Return the book, read once: to look for files that have changed takes as long as to judge."""
    return current_book()


def claim(text: Text, chapter: str, latex: str, at: str = "") -> Entry:
    """Return a claim as if it stood at the end of a chapter, or beside an equation of it."""
    scopes = [
        entry.scope
        for entry in text.entries
        if entry.chapter.endswith(chapter) and at in ("", entry.display.label)
    ]
    if not scopes:
        raise ValueError(f"the book has no equations {at} in {chapter}".replace("  ", " "))
    return Entry(Display("eq-answer", latex, Place("your answer", 1)), scopes[-1])


def formula(key: Mapping[str, Any], typed: str) -> Judgement:
    r"""Judge the right side of an equation.

    Parameters
    ----------
    key : mapping
        ``chapter``, the file whose symbols count; ``at``, the label of the equation beside which
        they count, by default the last; ``left``, the LaTeX of the left side; ``names``,
        other left sides that a reader may write before the answer; ``slips``, pairs of a typical
        wrong right side and what it forgets; ``without``, pairs of a symbol that the answer may not
        hold beside derivatives, and the reason; ``symbols``, what it may hold.
    typed : str
        The LaTeX of the reader's right side, or of an equation of which it is the right side.

    Returns
    -------
    Judgement
        Right, with the number of networks on which both sides agree; wrong, with the slip, or the
        numbers of one network; or not yet, where it cannot be read or says again what is asked for.
    """
    text, chapter, at = book(), key["chapter"], key.get("at", "")
    *before, right = sides(typed)
    names = [bare(name) for name in (key["left"], *key.get("names", ()))]
    # A function may be named without what it is applied to: “tanh' =”.
    short = [re.sub(r"(?<=')\(\w\)$", "", name) for name in names]
    for side in before:
        if bare(side) not in (*names, *short) and not stands_for(text, key, side):
            return Judgement(
                NOT_YET, f"“{spoken(side)} =” is not what is asked for. Give the right side alone."
            )
    if not right:
        return Judgement(NOT_YET, "there is no formula.")
    if bare(right) in names[1:]:
        return ASKED
    entry = claim(text, chapter, f"{key['left']} = {right}", at)
    try:
        read = entry.scope.read(entry.display.latex)
    except (Fault, RecursionError) as fault:
        primed = isinstance(fault, Fault) and fault.about == "'"
        return SLOPE if primed else Judgement(NOT_YET, unread(fault))
    if len(read) > 1:
        return Judgement(NOT_YET, "these are several formulas. Give one.")
    verdict = text.verdict(entry, NETWORKS)
    tree = read[0][1].children[-1]
    if verdict.in_order:
        return said_again(key, tree) or Judgement(
            RIGHT, f"both sides agree on {NETWORKS} random networks."
        )
    if verdict.cause is Cause.VACUOUS:
        return ASKED
    if verdict.counterexample is None:
        return SLOPE if slopes_in(tree) else Judgement(NOT_YET, unread(verdict))
    for slip, reason in key.get("slips", ()):
        if agree(text, chapter, slip, right, at):
            return Judgement(WRONG, reason)
    return Judgement(WRONG, differing(verdict))


def mend(key: Mapping[str, Any], typed: str, seconds: float = math.inf) -> str:
    """Return the one small change with which a wrong formula would be right, in a sentence.

    To look for it takes many times as long as the verdict, so the page asks for it afterwards.

    Parameters
    ----------
    key, typed
        As for `formula`, which has called this answer wrong.
    seconds : float
        After which time the search ends.

    Returns
    -------
    str
        The sentence; empty where no single change will do, or none was found in time. The formula
        that it leads to is one that `formula` calls right.
    """
    left = f"{key['left']} = "
    entry = claim(book(), key["chapter"], left + sides(typed)[-1], key.get("at", ""))

    def asked(tree: Node) -> bool:
        return said_again(key, tree) is None

    mended = repair(book(), entry, len(left), asked, seconds)
    return f"It would hold with {spoken(mended.partition(': ')[0])}." if mended else ""


def differing(verdict: Verdict) -> str:
    """Return both numbers on a network, in as many digits as it takes to tell them apart."""
    found = verdict.counterexample
    assert found is not None
    given = [f"{letter} = {value}" for letter, value in found.indices.items()]
    given += [f"{spoken(symbol)} = {value:.4g}" for symbol, value in found.values.items()]
    at = f"with {', '.join(given)}, " if given else ""
    pairs = [(f"{found.left:.{k}g}", f"{found.right:.{k}g}") for k in range(4, 18)]
    left, right = next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])
    return f"on a random network, {at}it is {left}, and your formula gives {right}."


def sides(typed: str) -> list[str]:
    """Return what stands between the equals signs of a formula that are in no brackets."""
    found, depth = [""], 0
    for sign in typed:
        depth += (sign in "{([") - (sign in "})]")
        if sign == "=" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [side.strip() for side in found]


BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
NAME = re.compile(
    rf"(?:\\(?:tilde|hat|bar) ?)?\\?[A-Za-z]+(?:{BRACED})?"
    rf"(?: ?\d|'|[_^](?:{BRACED}|.))*(?: ?\(\\?\w+\))?"
)
"""A name as LaTeX: a letter or a word, with what may stand at it."""


def stands_for(text: Text, key: Mapping[str, Any], side: str) -> bool:
    """Tell whether a left side is what is asked for, or a name of the reader's: “error”, “η'”.

    What has a value in the book is no name of the reader's own.
    """
    if side.startswith(r"\text"):
        return True
    entry = claim(text, key["chapter"], f"{key['left']} = {side}", key.get("at", ""))
    verdict = text.verdict(entry, NETWORKS)
    if verdict.in_order or verdict.cause is Cause.VACUOUS:
        return True
    return (
        verdict.counterexample is None
        and NAME.fullmatch(side) is not None
        and not is_function(entry, side)
    )


def is_function(entry: Entry, side: str) -> bool:
    """Tell whether a name is that of a function of the book, with primes or without."""
    head = re.sub(r"['( ].*", "", side)
    try:
        ((_, tree),) = entry.scope.read(f"0 = {head}(1)")
    except Fault:
        return False
    return any(node.data == "call" for node in tree.iter_subtrees())


def bare(latex: str) -> str:
    """Return LaTeX without what only spaces it out."""
    return re.sub(r"\\left|\\right|\\[,;! ]|\s", "", latex).replace(r"\phi", r"\varphi")


FRACTION = (r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)")
SPOKEN = (
    (r"\\left|\\right|\\[,;!]", ""),
    (r"\^\{(\w|\(\w+\))\}", r"^\1"),
    (r"\^\{([^{}]*)\}", r"^(\1)"),
    (r"_\{([^{}]*)\}", r"_\1"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    # A fraction may stand in another one.
    FRACTION,
    FRACTION,
    (r"\{([^{}]*)\}", r"\1"),
    (r"\\cdot\b", "·"),
    (r"\\sigma\b", "σ"),
    (r"\\varphi\b", "φ"),
    (r"\\varepsilon\b", "ε"),
    (r"\\delta\b", "δ"),
    (r"\\eta\b", "η"),
    (r"\\beta\b", "β"),
    (r"\\partial\b", "∂"),
    (r"\\([A-Za-z]+)", r"\1"),
)
"""How LaTeX is said in a message, which is plain text: what stands there, and what is shown."""


def spoken(latex: str) -> str:
    """Return LaTeX as a reader may type it."""
    for pattern, shown in SPOKEN:
        latex = re.sub(pattern, shown, latex)
    return latex


FOR_READERS = {
    Cause.UNKNOWN: "unknown symbol {}: it stands for nothing in this chapter",
    Cause.BARE: "{} is a number of the net, and needs its indices",
    Cause.LAYERLESS: "say of which layer: {}",
    Cause.INFINITE: "it has no value everywhere: {}",
    Cause.DIALECT: "{} is not known here",
    Cause.SCRIPT: "write a power after the brackets, as in σ(a)^2",
}
"""What a reader is told in the place of what the checker tells authors."""
ASKED = Judgement(NOT_YET, "that is the question itself. Work it out.")
SLOPE = Judgement(NOT_YET, "it still holds a derivative. Work it out.")


def unread(fault: Fault | Verdict | RecursionError) -> str:
    """Return what a reader is told of a formula that cannot be read."""
    if isinstance(fault, RecursionError):
        return "this cannot be read: it is nested too deep."
    told = FOR_READERS.get(fault.cause, "").format(fault.about)
    return f"this cannot be read: {spoken(told or fault.message)}."


def agree(text: Text, chapter: str, one: str, other: str, at: str = "") -> bool:
    """Tell whether two formulas agree on random networks."""
    verdict = text.verdict(claim(text, chapter, f"{one} = {other}", at), NETWORKS)
    return verdict.in_order or verdict.cause is Cause.VACUOUS


def slopes_in(tree: Node) -> bool:
    """Tell whether a formula holds a derivative, however it is written."""
    return any(node.data in SLOPES for node in tree.iter_subtrees())


def said_again(key: Mapping[str, Any], tree: Node) -> Judgement | None:
    """Return what is to be said of a true answer that is not what was asked for."""
    if slopes_in(tree):
        return Judgement(NOT_YET, "it is true, and still holds a derivative. Work it out.")
    held = {str(token) for token in tree.scan_values(lambda one: isinstance(one, Token))}
    for symbol, reason in key.get("without", ()):
        if symbol in held:
            return Judgement(NOT_YET, f"it is true. {reason}")
    if given := key.get("symbols"):
        known = letters_of(key["chapter"], key.get("at", ""), tuple(given))
        if others := sorted(letters_in(tree) - known):
            named = f"{spoken(others[0])}, which is" if len(others) == 1 else "symbols that are"
            return Judgement(
                NOT_YET, f"it is true, and holds {named} not given. Write it with what is."
            )
    return None


@functools.cache
def letters_of(chapter: str, at: str, given: tuple[str, ...]) -> set[str]:
    """Return the symbols that an answer may hold: those of what is given, e and π."""
    known = {"e", r"\pi"}
    for latex in given:
        entry = claim(book(), chapter, f"0 = {latex}", at)
        ((_, tree),) = entry.scope.read(entry.display.latex)
        known |= letters_in(tree)
    return known


def letters_in(tree: Node) -> set[str]:
    """Return the symbols of a formula without their indices, but with their layer.

    A function of the book is one, such as φ; what all texts know, such as tanh, is none.
    """
    if tree.data == "sub":
        return set()
    parts = [part for part in tree.children if isinstance(part, type(tree))]
    if tree.data in ("call", "powered") and getattr(tree.children[0], "type", "") == "FUNCTION":
        return {str(tree.children[0])}.union(*map(letters_in, parts))
    if tree.data != "symbol":
        return set().union(*map(letters_in, parts))
    letter = str(tree.children[0])
    for script in parts:
        tokens = [*script.scan_values(lambda one: isinstance(one, Token))]
        bracketed = any(node.data == "bracket" for node in script.iter_subtrees())
        if script.data == "sup" and bracketed and len(tokens) == 1 and letter != "e":
            return {f"{letter}^({tokens[0]})"}
    return {letter}.union(*map(letters_in, parts))


Case = tuple[Sequence[np.ndarray], np.ndarray]
"""What a function is given, and what it must return."""


def hidden_cases(rng: np.random.Generator, hidden: Activation = activations.sigmoid) -> list[Case]:
    """Return cases for ``delta_hidden(delta, u, h)``, by complex steps through the bias of a layer.

    The bias of a hidden unit reaches its linear combination alone, so its slope is the error
    signal.
    """
    cases: list[Case] = []
    for sizes, rows in (((2, 3, 2), 1), ((4, 5, 3), 4), ((3, 3, 3), 2), ((6, 11, 9), 10)):
        net = deep.init(rng, sizes)
        # Targets that no output can reach, for error signals of every size.
        x, t = rng.normal(size=(rows, sizes[0])), rng.normal(scale=9, size=(rows, sizes[-1]))
        trace = deep.forward(net, x, hidden=hidden)
        *_, delta = deep.deltas(net, trace, t)

        def loss(moved: Any, x: np.ndarray, t: np.ndarray) -> Any:
            return equations.loss(deep.forward(moved, x, hidden=hidden).outputs[-1], t)

        cases.append(((delta, net[1].w, trace.outputs[1]), row_slopes(loss, net, x, t)))
    return cases


def row_slopes(
    loss: Callable[..., Any], net: tuple[deep.Layer, ...], x: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """Return, for one row at a time, the slopes of the loss along the first biases.

    A bias is shared by all rows, and an error signal belongs to one.
    """
    slopes = [
        gradient_check.complex_step(functools.partial(loss, x=x[[n]], t=t[[n]]), net)[0].b
        for n in range(len(x))
    ]
    return np.concatenate(slopes)


SHAPES = (((2, 3), 1), ((3, 2), 4), ((4, 4), 3), ((9, 11), 10))
"""Inputs and outputs of one layer, and rows."""


def softmax_cases(rng: np.random.Generator) -> list[Case]:
    """Return cases for ``delta_output(y, t)``, of softmax with its cross-entropy."""
    cases: list[Case] = []
    for sizes, rows in SHAPES:
        net = deep.init(rng, sizes)
        x, t = rng.normal(size=(rows, sizes[0])), rng.dirichlet(np.ones(sizes[1]), rows)

        def loss(moved: Any, x: np.ndarray, t: np.ndarray) -> Any:
            y = deep.forward(moved, x, output=activations.softmax).outputs[-1]
            return losses.softmax_cross_entropy(y, t)

        y = deep.forward(net, x, output=activations.softmax).outputs[-1]
        cases.append(((y, t), row_slopes(loss, net, x, t)))
    return cases


def layer_cases(rng: np.random.Generator, mean: bool) -> list[Case]:
    """Return cases for a gradient of one layer.

    They are for ``mean_weight_gradient(inputs, delta)``, of the mean of the loss over its rows, or
    for ``bias_gradient(delta)``, of the sum.
    """
    cases: list[Case] = []
    for (m, n), rows in SHAPES:
        net = deep.init(rng, (m, n))
        x, t = rng.normal(size=(rows, m)), rng.uniform(size=(rows, n))
        (delta,) = deep.deltas(net, deep.forward(net, x), t)

        def loss(moved: Any, x: np.ndarray = x, t: np.ndarray = t) -> Any:
            return equations.loss(deep.forward(moved, x).outputs[-1], t)

        (slopes,) = gradient_check.complex_step(loss, net)
        cases.append(((x, delta), slopes.w / rows) if mean else ((delta,), slopes.b))
    return cases


CASES: dict[str, Callable[[np.random.Generator], list[Case]]] = {
    "delta_hidden": hidden_cases,
    "delta_tanh": functools.partial(hidden_cases, hidden=activations.tanh),
    "delta_output": softmax_cases,
    "bias_gradient": functools.partial(layer_cases, mean=False),
    "mean_weight_gradient": functools.partial(layer_cases, mean=True),
}
"""What a function must return, by its name."""


@functools.cache
def cases_of(name: str) -> tuple[Case, ...]:
    """Return the cases of a function, of which nothing can be written to."""
    cases = CASES[name](np.random.default_rng(0))
    return tuple((tuple(map(fixed, given)), fixed(expected)) for given, expected in cases)


def fixed(array: np.ndarray) -> np.ndarray:
    """Return an array that nobody can write to, not even who asks to be allowed."""
    return np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)


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
    # What is right is computed before any of the reader's code runs.
    cases = cases_of(name)
    results = tried(typed, name, [given for given, _ in cases])
    if isinstance(results, BaseException):
        return Judgement(NOT_YET, last_line(results))
    if slip := named(key, cases, results):
        return Judgement(WRONG, slip)
    for (given, expected), result in zip(cases, results, strict=True):
        if unfit := unusable(given, expected, result):
            return unfit
    largest = max(distance(one, case[1]) for one, case in zip(results, cases, strict=True))
    rows = f"on {len(cases)} nets of several shapes, with one row and with several"
    if largest < TOLERANCE:
        return Judgement(RIGHT, f"it agrees with complex steps {rows}.")
    if largest < SINGLE and any(np.asarray(one).dtype == np.float32 for one in results):
        return Judgement(RIGHT, f"in single precision it agrees with complex steps {rows}.")
    return Judgement(WRONG, f"the largest relative error is {largest:.2g}.")


def tried(typed: str, name: str, given: Sequence[Sequence[np.ndarray]]) -> Any:
    """Return what a reader's function gives for each case, or the error in which the code ends.

    At the end all is given back that the code has replaced in what judges it: names in modules and
    in classes, and the code of functions. Whatever does that is held by this very call, so that it
    cannot be replaced in its turn.
    """
    put, give, limit = dict.update, setattr, sys.setrecursionlimit
    depth, tracing, tracer = sys.getrecursionlimit(), sys.settrace, sys.gettrace()
    modules, loaded = sys.modules, dict(sys.modules)
    judging = [builtins, sys, *(loaded[one] for one in loaded if one.split(".")[0] in JUDGING)]
    names = tuple((vars(module), dict(vars(module))) for module in judging)
    classes = tuple((one, dict(vars(one))) for one in all_classes())
    functions = tuple(
        (one, one.__code__, one.__defaults__, one.__kwdefaults__) for one in all_functions()
    )
    try:
        with open(os.devnull, "w") as nowhere, np.errstate(), warnings.catch_warnings():
            sys.stdout = sys.stderr = nowhere
            function = defined(typed, name)
            return [outcome(function, arrays) for arrays in given]
    except BaseException as error:  # An interrupt, too, ends the answer and not the judge.
        return error
    finally:
        put(modules, loaded)
        for names_now, names_before in names:
            put(names_now, names_before)
        for function, code, defaults, named_defaults in functions:
            # To set them to what they are would make Python forget how to run them fast.
            if function.__code__ is not code:
                function.__code__ = code
            if function.__defaults__ is not defaults:
                function.__defaults__ = defaults
            if function.__kwdefaults__ is not named_defaults:
                function.__kwdefaults__ = named_defaults
        for owner, attributes in classes:
            for attribute, value in attributes.items():
                if owner.__dict__.get(attribute) is not value:
                    give(owner, attribute, value)
        limit(depth)
        tracing(tracer)


def judges(one: Any) -> bool:
    """Tell whether a class or a function is one that a judgement rests on."""
    return str(one.__module__).partition(".")[0] in JUDGING


@functools.cache
def all_functions() -> tuple[FunctionType, ...]:
    """Return the functions that a judgement rests on, found once."""
    return tuple(one for one in gc.get_objects() if type(one) is FunctionType and judges(one))


@functools.cache
def all_classes() -> tuple[type, ...]:
    """Return the classes that a judgement rests on and that can be changed, found once."""
    loaded = [module for name, module in sys.modules.items() if name.partition(".")[0] in JUDGING]
    found = {one for module in loaded for one in vars(module).values() if isinstance(one, type)}
    return tuple(one for one in found if judges(one) and one.__flags__ & CHANGEABLE)


CHANGEABLE = 1 << 9
"""The flag of classes that Python code has made."""
JUDGING = ("numpy", "bp", "proofread")
"""The packages that a judgement rests on."""


def unusable(given: Sequence[np.ndarray], expected: np.ndarray, result: Any) -> Judgement | None:
    """Return what is to be said of a result that cannot be compared with what is expected."""
    arrays = f"for arrays of {shapes(given)} the result"
    if isinstance(result, BaseException):
        return Judgement(NOT_YET, f"with arrays of {shapes(given)}: {last_line(result)}")
    if result is None:
        return Judgement(WRONG, "the function returns nothing. Is “return” missing?")
    if result is RAGGED:
        return Judgement(WRONG, f"{arrays} is no array: its rows differ in length.")
    array = np.asarray(result)
    if array.shape != expected.shape:
        must = f"and must have {expected.shape}"
        return Judgement(WRONG, f"{arrays} has the shape {array.shape}, {must}.")
    if np.iscomplexobj(array):
        return Judgement(WRONG, f"{arrays} holds complex numbers. A slope is real.")
    try:
        finite = np.isfinite(array.astype(float)).all()
    except (TypeError, ValueError):
        return Judgement(WRONG, f"{arrays} holds what are no numbers.")
    return None if finite else Judgement(WRONG, f"{arrays} holds nan or infinity.")


RAGGED = object()
"""What stands for a result whose rows differ in length."""


def outcome(function: Callable[..., Any], given: Sequence[np.ndarray]) -> Any:
    """Return what a function gives as an array of its own, or the error in which it ends.

    The arrays that it is given stay as they are, and nothing of the result is the reader's code.
    """
    try:
        result = function(*(array.copy() for array in given))
    except BaseException as error:
        return error
    if result is None:
        return None
    try:
        array = np.array(result)
    except ValueError:
        return RAGGED
    except BaseException as error:
        return error
    if array.dtype != object:
        return array
    try:
        return array.astype(float)
    except (TypeError, ValueError):
        return np.full(array.shape, "no number")


def defined(source: str, name: str) -> Callable[..., Any]:
    """Return the function that some code defines.

    Raises
    ------
    NameError
        If it does not define it.
    """
    names: dict[str, Any] = {"np": np, "numpy": np}
    exec(compile(as_typed(source), "<your answer>", "exec"), names)
    if not callable(names.get(name)):
        raise NameError(f"it defines no function {name}")
    function: Callable[..., Any] = names[name]
    return function


def as_typed(source: str) -> str:
    """Return code without what copying adds: fences, prompts, an indent, signs of a text."""
    for sign, plain in (("\N{NO-BREAK SPACE}", " "), ("\N{MINUS SIGN}", "-"), ("\t", "    ")):
        source = source.replace(sign, plain)
    lines = [line for line in source.splitlines() if not line.lstrip().startswith("```")]
    if any(line.startswith(">>> ") for line in lines):
        lines = [re.sub(r"^(>>>|\.\.\.) ?", "", line) for line in lines]
    return textwrap.dedent("\n".join(lines))


def named(key: Mapping[str, Any], cases: Sequence[Case], results: Sequence[Any]) -> str:
    """Return which slip gives these very results, and fails where they fail, or nothing."""
    if all(isinstance(result, BaseException) for result in results):
        return ""
    for body, reason in key.get("slips", ()):
        function = defined(body, key["function"])
        slips = [outcome(function, given) for given, _ in cases]
        if all(alike(one, other) for one, other in zip(results, slips, strict=True)):
            return str(reason)
    return ""


def alike(one: Any, other: Any) -> bool:
    """Tell whether two outcomes are the same: equal arrays, or an error both times."""
    failed = [isinstance(result, BaseException) for result in (one, other)]
    if any(failed):
        return all(failed)
    return distance(one, other) < TOLERANCE


def distance(one: Any, other: Any) -> float:
    """Return the relative error between two arrays; infinity if they cannot be compared."""
    try:
        first, second = np.asarray(one), np.asarray(other, float)
        if np.iscomplexobj(first) or first.shape != second.shape:
            return np.inf
        first = first.astype(float)
    except (TypeError, ValueError):
        return np.inf
    gap, size = float(np.linalg.norm(first - second)), float(np.linalg.norm(second))
    if not gap:
        return 0.0
    return gap / size if size and np.isfinite(gap) else np.inf


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
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno}: {type(error).__name__}: {error.msg}"
    at = f"line {lines[-1]}: " if lines else ""
    said = traceback.format_exception_only(error)[-1].strip()
    return f"{at}{said if len(said) <= LONGEST else said[:LONGEST] + '…'}"


LONGEST = 300
"""How many signs of an error are told."""


JUDGES = {"formula": formula, "code": code}


def judge(kind: str, key: Mapping[str, Any], typed: str) -> Judgement:
    """Judge an answer of one of the kinds in `JUDGES`."""
    return JUDGES[kind](key, typed)
