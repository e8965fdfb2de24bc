r"""What must hold, and the report when it does not.

Both sides of every equality are evaluated on all networks for all values of all indices, in every
reading. Each network and each index is judged by its own terms: the difference of the sides must be
below `HOLDS` of the size of the terms that they were computed from, so that nothing hides behind
the large terms of another network.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from lark import Token, Tree

from proofread.arrays import POSITIVE, Array, Value, agreement, on_a_plain_network
from proofread.bounds import numbers_differ
from proofread.evaluate import Evaluation, World
from proofread.parse import Cause, Fault, Node, Statement, Unfit, is_a, misfit, refuse
from proofread.resolve import Formula, Reading, Use, formulas, readings
from proofread.scope import DRAWN, ONE, Kind, Scope, Symbol
from proofread.sources import Display, Place

HOLDS = 1e-15
FAILS = 1e-6
TINY = 1e-150
FEW = 20
"""Of fewer networks it is not asked whether on one of them rounding is told from value."""
TOLD = 1e9
"""How far a side must stand out of its rounding, on some network, for the two to be compared."""


@dataclass(frozen=True)
class Counterexample:
    """Where two sides differ.

    Attributes
    ----------
    indices : dict
        The value of every free index and layer, by letter, from 1.
    left, right : float
        The two sides, on one network.
    place : int
        The offset, in the display, of the side that does not hold.
    values : dict
        On that network, each number that stands in the side by itself, by its LaTeX; where none
        does, what the other side is drawn from.
    """

    indices: Mapping[str, int]
    left: float
    right: float
    place: int
    values: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the index values and both numbers, in few digits."""
        at = ", ".join(f"{name} = {value}" for name, value in self.indices.items())
        # As many digits as it takes to see a difference.
        pairs = [(f"{self.left:.{k}g}", f"{self.right:.{k}g}") for k in range(4, 18)]
        left, right = next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])
        numbers = f"the left side is {left}, the right side {right}"
        return f"at {at} {numbers}" if at else numbers


@dataclass
class Verdict:
    """What the check of one display found.

    Attributes
    ----------
    display : Display
        The display: label, LaTeX and place.
    kind : str
        "definition", "claim", "expression" or "refuted claim"; empty for an unknown label.
    in_order : bool
        Whether the display is what its label says.
    message : str
        What is not in order; or, for a refuted claim, why it is false.
    place : int or None
        Offset into the LaTeX, for the caret.
    count, indices : int
        How many index values were compared, and how many index letters stand for one of them.
    networks : int
        How many random networks.
    error : float
        The largest error of a claim that holds; of a refuted one, its error.
    counterexample : Counterexample or None
        For a claim that is false on numbers.
    notes : list of str
        What an author should know of a display that is in order.
    repair : str
        The single change with which the claim would hold; empty when there is none.
    pinned : str
        The names in code that a definition agrees with.
    crashed : bool
        Whether the check itself failed: a fault of this program.
    waits : str
        The label of the definition that must be in order before this display can be judged.
    cause : Cause
        What kind of fault the message tells.
    about : str
        What symbol, LaTeX or operation is at fault, where the cause is of one.
    """

    display: Display
    kind: str = ""
    in_order: bool = True
    message: str = ""
    place: int | None = None
    count: int = 0
    indices: int = 0
    readings: int = 0
    networks: int = 0
    error: float = 0.0
    counterexample: Counterexample | None = None
    repair: str = ""
    notes: list[str] = field(default_factory=list)
    pinned: str = ""
    crashed: bool = False
    waits: str = ""
    cause: Cause = Cause.OTHER
    about: str = ""

    @property
    def where(self) -> Place:
        """The place that fails; of a verdict that is in order, where the display begins."""
        return self.display.place if self.in_order else self.display.at(self.place)

    @property
    def compared(self) -> str:
        """The index values in words: “6 index pairs × 1000 random networks”."""
        words = ["", "index value", "index pair", "index triple"]
        noun = words[self.indices] if self.indices < len(words) else "combinations of indices"
        networks = f"{self.networks} random networks"
        if not self.indices:
            return networks if self.count < 2 else f"{self.count} entries × {networks}"
        plural = "" if self.count == 1 or noun.startswith("comb") else "s"
        return f"{self.count} {noun}{plural} × {networks}"

    def report(self) -> str:
        """Return the report for a person: place, label, what is wrong, the LaTeX with a caret."""
        label = f" ({self.display.label})" if self.display.label else ""
        lines = [f"{self.where}{label}: {self.message}"]
        if self.place is not None:
            lines += _caret(self.display.latex, self.place)
        if self.repair:
            lines.append(f"    It would hold with {self.repair}.")
        return "\n".join(lines)


def _caret(latex: str, place: int) -> list[str]:
    """Return the line of the LaTeX that holds `place`, cut to a readable length, and a caret."""
    start = latex.rfind("\n", 0, place) + 1
    start += len(latex[start:place]) - len(latex[start:place].lstrip())
    end = latex.find("\n", place)
    line = latex[start : end if end >= 0 else len(latex)]
    at = place - start
    cut = max(0, at - 60)
    return ["    " + line[cut : cut + 100], "    " + " " * (at - cut) + "^"]


class False_(Exception):
    """A claim whose sides differ on numbers."""

    def __init__(self, counterexample: Counterexample, error: float) -> None:
        super().__init__(str(counterexample))
        self.counterexample = counterexample
        self.error = error


@dataclass
class Checker:
    """Checks displays against the definitions of a text.

    Parameters
    ----------
    world : World
        The networks on which both sides are evaluated.
    """

    world: World
    parsed: dict[str, list[Formula]] = field(default_factory=dict)
    still: list[set[int]] = field(default_factory=list)

    @np.errstate(all="ignore")
    def claim(self, verdict: Verdict, scope: Scope, skip: int = 0) -> None:
        """Check every equality of a display, and count what was compared.

        Parameters
        ----------
        verdict : Verdict
            Its counts and error are filled in.
        scope : Scope
            What is declared at the display.
        skip : int
            In how many statements at the start to leave out the first equality: the definitions.

        Raises
        ------
        False_
            When the sides differ on numbers.
        Fault
            When the claim cannot be read, fits in no reading, or is vacuous.
        """
        read = scope.read(verdict.display.latex)
        verdict.networks = self.world.networks
        for number, (statement, tree) in enumerate(read):
            if len(tree.children) < 2:
                raise Fault("an equality is expected; an expression alone is labelled show-",
                            statement.places[0])  # fmt: skip
            first = int(number < skip)
            _not_identical(tree, statement, "\\cancel" in verdict.display.latex)
            fits: list[tuple[Formula, Reading]] = []
            misfit: Unfit | None = None
            zero = True
            self.still = []
            for formula in formulas(statement, tree, scope):
                _free_letters(formula)
                try:
                    candidates = list(readings(formula))
                except Unfit as reason:
                    misfit = reason
                    continue
                for reading in candidates:
                    try:
                        zero &= self._compare(verdict, formula, reading, first)
                        fits.append((formula, reading))
                    except Unfit as reason:
                        misfit = reason
            if not fits:
                raise misfit or Unfit("no reading fits")
            if misfit and not _some_layer_fits(formulas(statement, tree, scope), fits):
                raise misfit
            if self.still and (places := set.intersection(*self.still)):
                raise Fault("this derivative is 0 by construction, wherever its symbols exist",
                            min(places))  # fmt: skip
            if zero and len(tree.children) > 2 * first + 1:
                raise Fault("vacuous: both sides are always 0", statement.places[0])
            verdict.readings += len(fits)

    def _compare(self, verdict: Verdict, formula: Formula, reading: Reading, skip: int) -> bool:
        """Compare neighbouring sides; return whether all of them are always 0."""
        evaluation = Evaluation(self.world, formula, reading)
        values = [evaluation.visit(side) for side in formula.sides]
        self.still.append({*evaluation.still})
        zero, counts = True, [0]
        for number, relation in enumerate(formula.relations):
            right, at = values[number + 1], formula.statement.place(formula.sides[number + 1])
            if relation == "=":
                left = values[number]
            else:
                left = self._updated(formula, reading, number)
            if number < skip:
                continue
            first, second, terms = agreement(left, right)
            counts.append(int(np.prod(first.shape[:-2], dtype=int)))
            whole = left.whole
            verdict.indices = max(verdict.indices, 0 if whole else len(formula.open))
            zero &= self._equal(verdict, first, second, terms, whole, formula, reading, at)
            sides = formula.sides[number], formula.sides[number + 1]
            differ = relation == "=" and numbers_differ(*sides, evaluation)
            refuse(differ, "these numbers differ by less than rounding: a decimal is exact", at)
        self.world.note_clauses(formula, reading)
        if formula.space is not None:
            for size, kind in itertools.product(formula.space, values[-1].shape):
                if isinstance(size, int):
                    self.world.note_number(size, kind)
            _lies_in(formula.space, values[-1])
            zero = False
        verdict.count += max(counts)
        return zero

    def _updated(self, formula: Formula, reading: Reading, number: int) -> Value:
        r"""Return u - \eta ∂L/∂u at the old values, for the left side of an update of u."""
        left = formula.sides[number]
        if not is_a(left, "use"):
            raise Fault("the left side of an update is one symbol", formula.statement.place(left))
        use: Use = left.children[0]
        row, *_ = reading.option(use)
        if row.value not in DRAWN:
            raise Fault(f"an update of {use.text}, which is “{row.value}” and no parameter",
                        use.place)  # fmt: skip
        step = _named(formula.scope, ("learning rate", "step size"), "positive", "step size")
        loss = self._loss(formula, reading, number, row)
        eta = self.world.value((step, None))
        evaluation = Evaluation(self.world, formula, reading)
        old = evaluation.visit(left)
        if loss.parameters:
            gradient = self.world.slope(loss, old)
        else:
            above = Use(((loss, None, ()),), loss.latex, use.place)
            gradient = evaluation.derivative(Tree("use", [above]), left)
        terms = old.terms + np.abs(eta) * gradient.terms
        return Value(old.array - eta * gradient.array, terms, old.shape)

    def _loss(self, formula: Formula, reading: Reading, number: int, row: Symbol) -> Symbol:
        """Find the loss that an update of a parameter descends: of several, the one it names."""
        words = ("loss", "cost", "error function")
        named = {
            reading.option(above)[0]
            for side in formula.sides[number + 1 :] if isinstance(side, Tree)
            for slope in side.find_data("derivative") if is_a(slope.children[0], "use")
            for above in slope.children[0].children if isinstance(above, Use)
        }  # fmt: skip
        loss = _named(formula.scope, words, "defined", "loss", row, named)
        if not loss.parameters and not formula.layers:
            self.world.value((loss, None))
            (target, _), needs = self.world.resolve((row, None), ()), self.world.needs[loss, None]
            if target not in needs and None in row.over:
                raise Fault(f"an arrow is a step of gradient descent, and {loss.latex} does not "
                            f"rest on {row.latex}; write “=” and a new symbol for a new value",
                            formula.statement.places[0])  # fmt: skip
        return loss

    def _equal(
        self, verdict: Verdict, first: Array, second: Array, terms: Array, whole: bool,
        formula: Formula, reading: Reading, at: int,
    ) -> bool:  # fmt: skip
        own, apart = np.maximum(np.abs(first), np.abs(second)), np.abs(first - second)
        finite = np.isfinite(own) & np.isfinite(terms)
        if on_a_plain_network(~finite):
            raise Fault(f"a side is not finite on some networks; {POSITIVE}", at,
                        Cause.INFINITE, "a side is not finite on some networks")  # fmt: skip
        if not np.any(terms[finite] > TINY):
            return True
        wrong = finite & differs(first, second, terms) & _asked(formula, reading, apart.ndim)
        if not wrong.any():
            told = own > TOLD * HOLDS * terms
            few = self.world.networks < FEW
            hidden = not few and first.any() and second.any() and not told[finite].any()
            if hidden:
                raise Fault("rounding hides what these two sides are worth, on every network", at)
            known = finite & (terms > TINY / HOLDS)
            shares = np.divide(apart, terms, out=np.zeros_like(apart), where=known)
            verdict.error = max(verdict.error, float(shares.max()))
            return False
        # A network that is not drawn wide makes the plainer example.
        plain = wrong & (np.arange(wrong.shape[-1]) % 2 == 0)
        errors = np.where(plain if plain.any() else wrong, apart, 0)
        errors = np.divide(errors, own, out=np.zeros_like(own), where=errors > 0)
        error = float(errors.max())
        # Rounded, so that equal errors give the same counterexample on every machine.
        worst = np.unravel_index(int(np.round(errors / error, 6).argmax()), errors.shape)
        indices = dict(formula.layers)
        if whole:
            indices |= {"row": int(worst[0]) + 1, "column": int(worst[1]) + 1}
        else:
            axes = formula.axes
            indices |= {one: int(worst[2 + axes[one]]) + 1 for one in formula.open}
        values = _values(self.world, formula, reading, worst)
        left, right = float(first[worst]), float(second[worst])
        raise False_(Counterexample(indices, left, right, at, values), error)


# What is read with a symbol, and is not part of its name: a layer has brackets.
POWER = re.compile(r"\^(?:\{[^{}()]*\}|[^{(])")


def _values(
    world: World, formula: Formula, reading: Reading, worst: Sequence[np.integer]
) -> dict[str, float]:
    """Return what single numbers have as their values at one place of a comparison."""
    named: list[list[Use]] = [
        [cast(Use, node.children[0]) for node in side.find_data("use")]
        for side in formula.sides if isinstance(side, Tree)
    ]  # fmt: skip
    drawn = [one for uses in named for one in uses if reading.option(one)[0].value in DRAWN]
    evaluation, found = Evaluation(world, formula, reading), dict[str, float]()
    for use in (named[-1] if isinstance(formula.sides[-1], Tree) else []) or drawn:
        row, layer, items = reading.option(use)
        bound = [one for one in items if isinstance(one, str) and one not in formula.open]
        if (
            row.value not in (*DRAWN, "defined", "formula")
            or bound
            or len(row.kinds(layer)) != len(items)
        ):
            continue
        array = evaluation.use(use).array
        at = tuple(0 if size == 1 else one for size, one in zip(array.shape, worst, strict=True))
        found[POWER.sub("", use.text)] = float(array[at].real)
    return found


def differs(first: Array, second: Array, terms: Array) -> Array:
    """Say, entry by entry, where two values are further apart than rounding takes them."""
    with np.errstate(invalid="ignore"):
        return np.asarray(~(np.abs(first - second) <= HOLDS * terms + TINY))


def _lies_in(space: Sequence[Kind | int], value: Value) -> None:
    """Compare the shape of a value with the sizes of a space; a vector may be a row or a column."""
    shape = [kind for kind in value.shape if kind is not ONE] if len(space) < 2 else value.shape
    apart = len(shape) != len(space) or any(
        kind.size != size if isinstance(size, int) else kind is not size
        for kind, size in zip(shape, space, strict=True)
    )
    sizes = " × ".join(map(str, space)) or "single numbers"
    misfit(apart, f"this is {value}, and the space is that of {sizes}")


def _asked(formula: Formula, reading: Reading, axes: int) -> Array:
    """Say for which index values a statement is made, along the axes of its letters."""

    def values(item: str | int) -> Array:
        shape = [1] * axes
        if isinstance(item, int):
            return np.full(shape, item)
        shape[2 + formula.axes[item]] = -1
        return 1 + np.arange(reading.kinds[item].size).reshape(shape)

    asked = np.ones([1] * axes, dtype=bool)
    for letter, allowed in formula.said.ranges.items():
        if letter in formula.axes:
            kind = reading.kinds[letter]
            outside = [value for value in allowed if not 1 <= value <= kind.size]
            if outside:
                raise Fault(f"the clause names {letter} = {outside[0]}, and {kind.name} runs from "
                            f"1 to {kind.size}", formula.statement.places[0])  # fmt: skip
            asked = asked & np.isin(values(letter), allowed)
    for one, other in formula.said.apart:
        if one in formula.axes:
            asked = asked & (values(one) != values(other))
    return asked


def _some_layer_fits(all_of: list[Formula], fits: list[tuple[Formula, Reading]]) -> bool:
    """Say whether every choice of layers has a reading that fits."""
    chosen = {tuple(formula.layers.items()) for formula, _ in fits}
    return all(tuple(formula.layers.items()) in chosen for formula in all_of)


def _named(
    scope: Scope, words: tuple[str, ...], value: str, what: str, of: Symbol | None = None,
    named: Collection[Symbol] = (),
) -> Symbol:  # fmt: skip
    """Find the scalar that serves as step size or loss: by its meaning, or as the only one.

    A function will do when its one argument is the number `of`. Of several, it is one of `named`.
    """
    arguments = [(), (of.name,)] if of and of.over == {None: ()} else [()]
    scalars = [
        row for row in dict.fromkeys(one for rows in scope.symbols.values() for one in rows)
        if row.value == value and row.parameters in arguments and row.over == {None: ()}
    ]  # fmt: skip
    meant = [row for row in scalars if any(word in row.meaning.casefold() for word in words)]
    found = meant or scalars
    found = [row for row in found if row in named] if len(found) > 1 and named else found
    if len(found) != 1:
        takes = f", or a function of {of.latex}" if of else ""
        raise Fault(f"an update needs one {what}: a scalar{takes} that is “{value}”, with "
                    f"“{words[0]}” in its Meaning; {len(found)} are declared")  # fmt: skip
    return found[0]


def _free_letters(formula: Formula) -> None:
    for number, side in enumerate(formula.sides):
        if stray := formula.stray(number):
            raise Unfit(f"the index {stray} stands on the right and not on the left",
                        formula.statement.place(side))  # fmt: skip


def _bare(node: object) -> object:
    """Return a tree without its positions and redundant brackets, for comparing."""
    if isinstance(node, Token):
        return str(node)
    assert isinstance(node, Tree)
    if node.data in ("bracket", "sum", "product") and len(node.children) == 1:
        return _bare(node.children[0])
    return (str(node.data), *(_bare(child) for child in node.children))


def _cancels(side: Tree[Token]) -> bool:
    """Say whether every term of a sum stands there again with the other sign."""
    terms: Counter[object] = Counter()
    sign = 1
    for child in side.children:
        if isinstance(child, Token):
            sign = -1 if child == "-" else 1
        else:
            terms[_bare(child)] += sign
            sign = 1
    return len(side.children) > 1 and not any(terms.values())


def _not_identical(tree: Node, statement: Statement, cancelled: bool) -> None:
    """Refuse neighbours that are the same; one may show what cancels in the other."""
    sides = [child for child in tree.children if isinstance(child, Tree)]
    for left, right in itertools.pairwise(sides):
        if _bare(left) == _bare(right) and not (cancelled and len(sides) > 2):
            raise Fault("vacuous: the two sides are identical", statement.place(right),
                        Cause.VACUOUS)  # fmt: skip
        if _bare(right) == "0" and _cancels(left):
            raise Fault("vacuous: the terms cancel, so the side is always 0", statement.place(left))
