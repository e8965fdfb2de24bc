r"""From syntax trees to readings: which row each symbol means, which kind each index letter has.

A letter has no kind of its own. Every assignment of kinds to letters, of rows to symbols and of
numbers to layer letters in which all of a statement's symbols exist is one reading, and a claim
must hold in each.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lark import Token, Tree

from proofread.parse import Cause, Fault, Node, Statement, Unfit, is_a, misfit, name_of, refuse
from proofread.scope import Kind, Scope, Symbol, nearest

_MEAN = "the mean over what is drawn, such as \\sum_n x_n / N with N a number of units"
_CASES = "\\begin{cases} … \\end{cases}"
# What other texts apply and no table declares: what it is, and what to write instead.
_OPERATORS = {
    **dict.fromkeys(
        ("\\mathbb{E}", "\\mathrm{E}", "\\mathrm{\\mathbb{E}}"), ("an expectation", _MEAN)
    ),
    **dict.fromkeys(("\\mathrm{Var}", "\\mathrm{var}", "\\mathbb{V}"), ("a variance", _MEAN)),
    **dict.fromkeys(("\\mathrm{Cov}", "\\mathrm{cov}"), ("a covariance", _MEAN)),
    **dict.fromkeys(("\\mathrm{Std}", "\\mathrm{std}"), ("a standard deviation", _MEAN)),
    **dict.fromkeys(("\\mathbb{1}", "\\mathrm{1}"), ("an indicator", _CASES)),
    **dict.fromkeys(("\\mathrm{sign}", "\\mathrm{sgn}"), ("a sign", _CASES)),
    **dict.fromkeys(("\\mathrm{tr}", "\\mathrm{Tr}"), ("a trace", "the sum, \\sum_i A_{ii}")),
    "\\mathrm{vec}": ("a vector made of a matrix", "the entries, with their indices"),
}
NORMS = ("1", "2", "F")
POWERED = ("\\tanh", "\\sin", "\\cos", "\\sinh", "\\cosh", "\\ln", "\\log")
MAX_READINGS = 500
MAX_LETTERS = 12

Slot = tuple[Symbol, "int | None"]
Index = str | int
"""An index letter or a number; a letter that a sum binds carries the number of the sum."""


class Size(int):
    """A number that is, or comes from, the size of a kind: it changes with the size."""


Layers = Mapping[str, int]
"""What each layer letter stands for."""
Option = tuple[Symbol, "int | None", tuple[Index, ...]]
"""What a symbol in a formula may mean: a row, a layer, and indices; the whole array has none."""
Options = tuple[Option, ...]


class NoLayer(Exception):
    """A symbol that does not exist in this layer: the layer is left out."""


@dataclass(frozen=True)
class Use:
    """One symbol in a formula, with everything that it may mean."""

    options: Options
    text: str = field(compare=False)
    place: int = field(compare=False)


@dataclass(frozen=True)
class Reading:
    """One way to read a statement: a kind for each letter, an option for each symbol."""

    kinds: Mapping[str, Kind]
    chosen: Mapping[Use, Option]

    def option(self, use: Use) -> Option:
        """Return what a symbol means."""
        return self.chosen.get(use, use.options[0])


def printed(letter: Index) -> str:
    """Return a letter as the formula shows it."""
    return letter.rstrip("0123456789") if isinstance(letter, str) else str(letter)


@dataclass(frozen=True)
class Conditions:
    """What the "for" clauses of a statement say of its letters.

    Attributes
    ----------
    ranges : dict
        The values that a letter takes.
    apart : tuple
        Letters that differ from another letter, or from a number.
    letters : frozenset of str
        Every letter that is named.
    """

    ranges: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    apart: tuple[tuple[str, Index], ...] = ()
    letters: frozenset[str] = frozenset()


class Formula:
    """A statement for one choice of layers, its trees copied with the symbols looked up.

    There is one method for each rule of the grammar that means more than its parts.

    Attributes
    ----------
    sides : list of lark.Tree
        The trees, with a node ``use`` for each symbol.
    relations : list of str
        What stands between them.
    uses : list of Use
        Every symbol, in the order of reading.
    free : list of set
        The free index letters of each side.
    axes : dict
        The axis along which each letter runs; letters that are printed alike share one.
    fixed : dict
        The kind of the letters that a bound of their sum names.
    space : list or None
        The sizes of the space in which the last side lies, if the statement ends with one.
    """

    def __init__(
        self, statement: Statement, tree: Node, scope: Scope, layers: Layers,
        said: Conditions | None = None,
    ) -> None:  # fmt: skip
        self.statement, self.scope, self.layers = statement, scope, layers
        self.said = said or Conditions()
        self.uses: list[Use] = []
        self.free: list[set[str]] = []
        self.axes: dict[str, int] = {}
        self.fixed: dict[str, Kind] = {}
        # What a letter stands for here: a layer, or a letter that a sum binds.
        self._names: dict[str, Index] = dict(layers)
        self._letters: dict[str, int] = {}
        sides = [child for child in tree.children if not is_a(child, "space")]
        self.relations = [str(child).lstrip(":") for child in sides[1::2]]
        self.sides = [self._side(child) for child in sides[::2]]
        spaces = [child for child in tree.children if is_a(child, "space")]
        self.space = self._space(spaces[0]) if spaces else None
        indices = {printed(letter) for letter in self.axes}
        for use in self.uses:
            row = use.options[0][0]
            alone = not use.options[0][2] and not row.kinds(use.options[0][1])
            both = alone and row.name in indices and not row.counted
            refuse(both, f"{row.name} is an index here, and a symbol in the tables", use.place)
        strange = sorted(self.said.letters - {*self.open, *layers})
        refuse(strange, f"the clause names {', '.join(strange)}, no index of this statement",
               statement.places[0])  # fmt: skip

    def _space(self, node: Node) -> list[Kind | int]:
        r"""Return the sizes that a space such as \mathbb{R}^{n \times d} names."""
        sizes: list[Kind | int] = []
        for child in node.children:
            if is_a(child, "DIGIT"):
                sizes.append(int(child))
            elif not is_a(child, "TIMES"):
                text = self.statement.source(child)
                kinds = self.scope.counts(text)
                expected = "expected a number, or a symbol that is a number of units"
                refuse(not kinds, f"{text} is no size; {expected}", self.statement.place(child))
                sizes.append(kinds[0])
        return sizes

    def _side(self, tree: Node) -> Node:
        self.free.append(set())
        return self.visit(tree)

    @property
    def rank(self) -> int:
        """The number of axes of its letters."""
        return len(self._letters)

    @property
    def open(self) -> list[str]:
        """The free letters of all sides."""
        return sorted(set().union(*self.free), key=lambda letter: self.axes[letter])

    def stray(self, side: int) -> str:
        """Return the free letters of a side that the left side has not."""
        return ", ".join(sorted(self.free[side] - self.free[0]))

    def visit(self, node: Node) -> Node:
        """Copy a node."""
        if isinstance(node, Token):
            return node
        try:
            return getattr(self, f"_{node.data}", self._copy)(node)
        except Fault as fault:
            if fault.place is None:
                fault.place = self.statement.place(node)
            raise

    def _copy(self, node: Node) -> Node:
        comma = node.data == "bracket" and len(node.children) > 1
        refuse(comma, "a comma in brackets that follow no function")
        children = [self.visit(child) for child in node.children]
        if node.data in ("sum", "product", "bracket") and len(children) == 1:
            return children[0]
        return Tree(node.data, children, node.meta)

    def _sum(self, node: Node) -> Node:
        terms = [part for part in node.children if not is_a(part, "SIGN")]
        for term in terms[1:]:
            self._refuse_bar(term)
        return self._copy(node)

    def _refuse_bar(self, node: Node) -> None:
        """Refuse a bar behind several terms or factors: it may belong to all of them or to one."""
        while is_a(node, "product", "sum"):
            node = node.children[0]
        wide = is_a(node, "at") and not is_a(node.children[0], "bracket")
        refuse(wide, "what does this bar belong to? Write \\left. … \\right|, or brackets")

    def _inside(self, names: Mapping[str, Index], node: Node) -> Node:
        outer, self._names = self._names, {**self._names, **names}
        result = self.visit(node)
        self._names = outer
        return result

    def _product(self, node: Node) -> Node:
        factors = []
        children = self._primed(node.children)
        for before, child in itertools.pairwise((None, *children)):
            if before is not None:
                self._refuse_bar(child)
            refuse(is_a(before, "bare_call"), "a factor after a call: put its argument in brackets")
            if is_a(before, "gradient") and is_a(child, "bracket"):
                # Brackets after a gradient name its variable, as in \nabla_u L(u).
                wanted = self.statement.source(before.children[0])
                given = self.statement.source(child)[1:-1]
                said = f"the gradient is over {wanted}, the brackets after it say {given}"
                refuse(wanted not in given.split(","), said)
                continue
            goes_on = is_a(before, "slashed") and not is_a(child, "TIMES")
            refuse(goes_on, "a factor after a derivative with a slash: put that in brackets")
            loose = is_a(before, "operator") and not is_a(before.children[-1], "bracket")
            refuse(loose, "is this differentiated too? Put what is in brackets")
            if is_a(before, "symbol", "derivative") and is_a(child, "bracket"):
                self._refuse_call(before, child)
            factors += [] if is_a(child, "TIMES") else [self.visit(child)]
        return factors[0] if len(factors) == 1 else Tree("product", factors, node.meta)

    def _primed(self, children: list[Node]) -> list[Node]:
        """Read C'(w), where C is a value and w a symbol, as the derivative of C by w."""
        found: list[Node] = []
        for child in children:
            slope = self._slope(found[-1], child) if found and is_a(child, "bracket") else None
            found[-1:] = [slope] if slope else [*found[-1:], child]
        return found

    def _slope(self, before: Node, bracket: Node) -> Node | None:
        if not is_a(before, "symbol") or len(bracket.children) > 1:
            return None
        head, *scripts = before.children
        others = [script for script in scripts if script.data != "prime"]
        items = [self.statement.source(item) for one in others for item in one.children]
        name, _ = name_of(str(head))
        names = {name, name + "_{" + "".join(items) + "}"} & self.scope.symbols.keys()
        computed = all(row.value in ("defined", "formula")
                       for one in names for row in self.scope.symbols[one])  # fmt: skip
        declared = any(one + "'" in self.scope.symbols for one in names)
        variable = bracket.children[0]
        while is_a(variable, "sum", "product") and len(variable.children) == 1:
            variable = variable.children[0]
        primed = len(scripts) - len(others) == 1
        if not (names and computed and primed and is_a(variable, "symbol")) or declared:
            return None
        value = Tree("symbol", [head, *others], before.meta)
        return Tree("derivative", [value, variable], before.meta)

    def _refuse_call(self, before: Node, bracket: Node) -> None:
        """Refuse y (t): it may be meant as a call, and y is declared as no function."""
        first, *more = bracket.children
        term = first.children[-1]
        single = len(first.children) <= 2 and is_a(term, "product") and len(term.children) == 1
        alone = single and is_a(term.children[0], "NUMBER", "symbol", "call", "frac")
        name = self.statement.source(before)
        advice = f"is this a call or a product? Write {name} \\cdot … for a product"
        place = self.statement.place(bracket)
        refuse(more or alone, f"{name} is declared as no function: {advice}", place)

    def _comparison(self, node: Node) -> Node:
        """Read a condition of a case: it compares numbers, or indices."""
        sides = node.children[::2]
        texts = [self.statement.source(side) for side in sides]
        letters = [re.fullmatch("[A-Za-z]", one) and one not in self.scope.symbols for one in texts]
        if not any(letters):
            return self._copy(node)
        numbers = [one.isdigit() or letter for one, letter in zip(texts, letters, strict=True)]
        refuse(not all(numbers), "an index compared with a number that is none")
        items = [self._index(one) for one in texts]
        return Tree("indices", [items, node.children[1::2]], node.meta)

    def _total(self, node: Node) -> Node:
        sign, bounds, *upper, body = node.children
        refuse(sign not in ("\\sum", "\\prod", "\\max", "\\min"), f"{sign} takes no subscript")
        signed = is_a(body, "sum") and sign != "\\sum"
        refuse(signed, f"a sign after {sign}: put in brackets what is multiplied")
        lower = [child for child in bounds.children if isinstance(child, Tree)]
        names = [str(child) for child in bounds.children if is_a(child, "NAME")]
        left_out = names.pop() if any(is_a(child, "NEQ") for child in bounds.children) else ""
        layered = [name for name in names if isinstance(self._names.get(name), int)]
        refuse(layered, f"the letter {', '.join(layered)} is a layer outside this sum")
        whole = [] if lower else self._whole_range(names, upper)
        refuse(
            len(lower) != len(upper) and not whole, "a sum with one bound; expected both or none"
        )
        upper = [] if whole else upper
        texts = [self.statement.source(bound) for bound in (*lower, *upper)]
        limits = [integer(text, self.scope, self._names) for text in texts]
        if limits and set(names) & _layer_letters(body, self.statement, self.scope):
            parts = [self._inside({names[0]: n}, body) for n in range(limits[0], limits[1] + 1)]
            if sign == "\\prod":
                return Tree("factors", parts, node.meta)
            signed = [one for part in parts for one in (Token("SIGN", "+"), part)]
            return Tree("sum", signed, node.meta)
        if sign == "\\prod" and is_a(body, "product"):
            loose = [child for child in body.children if isinstance(child, Tree)
                     and not set(names) & set(child.scan_values(lambda one: True))]  # fmt: skip
            refuse(loose, "a factor after ∏ without its index: put in brackets what is multiplied")
        excluded = [self._index(left_out)] if left_out else []
        letters = [self._letter(f"{name}{len(self.axes) + 1}") for name in names]
        for kind in self.scope.counts(texts[-1]) if texts else whole:
            if kind.name in self.scope.kinds:
                self.fixed[letters[0]] = kind
        inner = self._inside(dict(zip(names, letters, strict=True)), body)
        return Tree("total", [sign, letters, limits, inner, *excluded], node.meta)

    _extreme = _total

    def _whole_range(self, names: list[str], upper: list[Node]) -> list[Kind]:
        r"""Return the kind that \sum_j^p runs over, with p the number of some kind of unit."""
        sizes = [kind for node in upper for kind in self.scope.counts(self.statement.source(node))]
        return [kind for kind in sizes if kind.name in self.scope.kinds and len(names) == 1]

    def _letter(self, letter: str) -> str:
        self.axes[letter] = self._letters.setdefault(printed(letter), self.rank)
        refuse(self.rank > MAX_LETTERS, f"more than {MAX_LETTERS} index letters in one statement")
        return letter

    def _index(self, text: str) -> Index:
        shifted = "+" in text or "-" in text
        misfit(shifted, "a shifted index; shifts are for layers in superscripts only")
        layered = isinstance(self._names.get(text), int)
        misfit(layered, f"{text} is a layer and cannot be an index")
        if text.isdigit() or text in self._names:
            return int(text) if text.isdigit() else self._names[text]
        for kind in self.scope.counts(text):
            return Size(kind.size)
        self.free[-1].add(text)
        return self._letter(text)

    def _symbol(self, node: Node) -> Node:
        head, *scripts = node.children
        name, bold = name_of(str(head))
        by_rule: dict[str, list[Node]] = {}
        for script in scripts:
            by_rule.setdefault(script.data, []).append(script)
        subs, sups, primes, turns, stars = (
            by_rule.get(rule, []) for rule in ("sub", "sup", "prime", "turn", "star")
        )
        twice = len(subs) > 1 or len(sups) > 1
        refuse(twice, "two scripts of one kind on a symbol; put the power outside brackets")
        name += "⋆" * len(stars) + "'" * len(primes)
        items = [self.statement.source(item) for script in subs for item in script.children]
        word = name + "_{" + "".join(items) + "}"
        if word in self.scope.symbols:
            name, items = word, []
        number = self._names.get(name)
        if name not in self.scope.symbols and isinstance(number, int) and not scripts:
            # The letter of a layer or a step, where it is no subscript, is its number.
            return Token("NUMBER", str(number))
        if name not in self.scope.symbols:
            what, instead = _OPERATORS.get(name, ("", ""))
            known = f"{name} is {what}, which is not computed; write {instead}"
            refuse(what, known, None, Cause.DIALECT, name)
            hint = nearest(name, self.scope.symbols)
            unknown = f"unknown symbol {name}: no symbol table in scope declares it{hint}"
            raise Fault(unknown, None, Cause.UNKNOWN, name)
        label = _label(self.statement.source(sups[0]), name, self.scope) if sups else ""
        text = self.statement.source(node)
        options = self._options(text, name, bold, items, label)
        self.uses.append(Use(options, text, self.statement.place(node)))
        result = Tree("use", [self.uses[-1]], node.meta)
        return self._around(result, turns if label else [*sups, *turns])

    def _options(self, text: str, name: str, bold: bool, items: list[str], label: str) -> Options:
        found, reasons = [], []
        for row in self.scope.symbols[name]:
            try:
                found.append(self._option(row, bold, items, label))
            except Unfit as reason:
                # Its traceback holds this list, and so would never end by itself.
                reasons.append(reason.with_traceback(None))
        if not found:
            message = "; ".join(dict.fromkeys(reason.message for reason in reasons))
            cause = next((one.cause for one in reasons if one.about), Cause.OTHER)
            about = " or ".join(dict.fromkeys(r.about for r in reasons if r.cause is cause))
            raise Fault(message, None, cause, about)
        options = [option for option in found if option]
        if not options:
            raise NoLayer(text)
        # A numbered superscript means the number's own row, a letter a row of layers.
        lettered = bool(re.search(_LETTER, label))
        closest = [option for option in options if label and option[0].layered == lettered]
        return tuple(closest or options)

    def _option(self, row: Symbol, bold: bool, items: list[str], label: str) -> Option | None:
        sample, layer = row.superscript == "sample", None
        if row.below:
            misfit(label, f"{row.latex} has no superscript ({label})")
            label, items = _step(row, items)
        naked = not label and row.superscript is not None and not (sample and not items)
        superless = f"{row.name} stands without the superscript of {row.latex}"
        misfit(naked, superless, None, Cause.LAYERLESS, row.latex)
        misfit(label and row.superscript is None, f"{row.latex} has no superscript ({label})")
        if label and not sample:
            layer = integer(label, self.scope, self._names)
            layer = None if row.superscript == layer else layer
            if layer not in row.over:
                return self._first_step(row, layer, items, bold) if row.below else None
        indices = [self._index(item) for item in ([label, *items] if label and sample else items)]
        count = len(row.kinds(layer))
        bare = count and not (bold or row.whole or indices)
        for wrong, message in (
            (row.parameters, "is a function; expected brackets after it"),
            (bold and not count, "has no indices and cannot be bold"),
            (bold and indices, "in bold is the whole array and takes no index"),
            (indices and len(indices) != count, f"has {count} indices, not {len(indices)}"),
        ):
            misfit(wrong, f"{row.latex} {message}")
        indexless = f"{row.latex} stands without its indices; the whole array is bold"
        misfit(bare, indexless, None, Cause.BARE, row.latex)
        return row, layer, tuple(indices)

    def _first_step(
        self, row: Symbol, step: int | None, items: list[str], bold: bool
    ) -> Option | None:
        """Return the row that declares a step by its number, as h_0 beside h_t."""
        for other in self.scope.symbols.get(f"{row.name}_{{{step}}}", ()):
            alike = None in other.over and len(other.over[None]) == len(
                next(iter(row.over.values()))
            )
            alike = alike and (not bold or bool(other.kinds(None)))
            if alike and len(items) in (0, len(other.kinds(None))):
                return other, None, tuple(self._index(item) for item in items)
        return None

    def _around(self, body: Node, scripts: list[Node]) -> Node:
        """Put the powers, transposes and indices that follow something around it."""
        result = body
        for script in scripts:
            text = self.statement.source(script)
            refuse(script.data == "prime", "a prime after brackets")
            children: list[object] = [result]
            if script.data == "sup":
                fenced = _FENCED.fullmatch(text)
                refuse(fenced, "a superscript in brackets after brackets")
                children.append(self.visit(script.children[0]))
            elif script.data == "sub" and is_a(body, "norm_"):
                which = text[2:-1].removeprefix("\\mathrm{").rstrip("}")
                refuse(which not in NORMS, f"a norm other than {', '.join(NORMS)}")
                result = Tree("norm_", [*body.children[:1], which], script.meta)
                continue
            elif script.data == "sub":
                items = [self.statement.source(item) for item in script.children]
                children.append([self._index(item) for item in items])
            result = Tree(script.data, children, script.meta)
        return result

    def _scripted(self, node: Node) -> Node:
        body, *scripts = node.children
        return self._around(self.visit(body), scripts)

    def _call(self, node: Node) -> Node:
        name, *scripts, bracket = node.children
        other = any(script.data != "prime" for script in scripts)
        expected = f"expected {name}(…), and a power after it"
        refuse(other, f"a function with a script; {expected}", None, Cause.SCRIPT, str(name))
        arguments = bracket.children if is_a(bracket, "bracket") else [bracket]
        arguments = [self.visit(argument) for argument in arguments]
        return Tree("call", [str(name), len(scripts), *arguments], node.meta)

    _bare_call = _call

    def _powered(self, node: Node) -> Node:
        r"""Read \tanh^2(x) as the power of tanh(x)."""
        name, power, argument = node.children
        refuse(name not in POWERED, f"a power on {name}; put it after the brackets")
        return Tree(
            "sup", [self._call(Tree("call", [name, argument], node.meta)), power], node.meta
        )

    def _derivative(self, node: Node) -> Node:
        above, variable = node.children
        if node.data in ("operator", "gradient"):
            above, variable = variable, above
        # The variable first: for ∂a_j/∂w_ij, a report gives i, then j.
        variable = self.visit(variable)
        return Tree("derivative", [self.visit(above), variable], node.meta)

    _operator = _gradient = _slashed = _derivative


_FENCED = re.compile(r"\^\{[(\[]([^()\[\]]*)[)\]]\}")
_LETTER = r"\\[A-Za-z]+|[A-Za-z]"


def _label(superscript: str, name: str, scope: Scope) -> str:
    """Return the layer or sample that a superscript names; nothing when it is a power."""
    plain = any(row.plain for row in scope.symbols.get(name, ()))
    fenced = _FENCED.fullmatch(superscript)
    return fenced[1] if fenced else superscript[2:-1] * plain


def _step(row: Symbol, items: list[str]) -> tuple[str, list[str]]:
    """Split the subscripts of a symbol into its layer or step and its indices."""
    digits = "".join(items) if all(item.isdigit() for item in items) else ""
    if digits and not row.kinds(next(iter(row.over))):
        return digits, []
    return "".join(items[:1]), items[1:]


def _layer_letters(tree: Node, statement: Statement, scope: Scope) -> set[str]:
    """Find the letters that stand for layers."""
    found: set[str] = set()
    for node in tree.find_data("symbol"):
        name, _ = name_of(str(node.children[0]))
        if not any(row.superscript == "sample" for row in scope.symbols.get(name, ())):
            sups = [statement.source(one) for one in node.children[1:] if one.data == "sup"]
            labels = " ".join(_label(sup, name, scope) for sup in sups)
            if any(row.below for row in scope.symbols.get(name, ())):
                subs = [one for one in node.children[1:] if one.data == "sub"]
                labels += " " + " ".join(statement.source(sub.children[0]) for sub in subs)
            found |= set(re.findall(_LETTER, labels))
    return found - scope.symbols.keys()


_RANGE = re.compile(r"([A-Za-z])=([^,=]+(?:,\\[lc]?dots,[^,=]+|,\d+|,[^,=\\]+(?=,\\))*)")
_DIFFERENT = re.compile(r"([A-Za-z])\\neq?([A-Za-z0-9])")
_DOTS = re.compile(r"\\[lc]?dots")


def conditions(statement: Statement, scope: Scope) -> Conditions:
    """Read the "for" clauses of a statement: letters, l = 1, …, D, or j ≠ k.

    Raises
    ------
    Fault
        Where a clause says something else, or a range names no value.
    """
    ranges: dict[str, tuple[int, ...]] = {}
    apart: list[tuple[str, Index]] = []
    letters: set[str] = set()
    for clause in statement.ranges:
        text = re.sub(r"\s", "", clause).strip(".;:,")
        rest = _DIFFERENT.sub("", _RANGE.sub("", text))
        plain = set(re.findall(r"[A-Za-z]", rest)) if not re.search(r"[^A-Za-z,]", rest) else None
        expected = "expected letters, or l = 1, …, D, or j ≠ k"
        if plain is None or re.search(r"[A-Za-z]{2}", rest):
            raise Fault(f"cannot read the clause “for {clause}”; {expected}", statement.places[0])
        for letter, values in _RANGE.findall(text):
            ends = [integer(v, scope, {}) for v in values.split(",") if not _DOTS.fullmatch(v)]
            allowed = _run(ends) if _DOTS.search(values) else tuple(ends)
            refuse(not allowed, f"the clause “for {clause}” names no value", statement.places[0])
            ranges[letter] = allowed
        for one, other in _DIFFERENT.findall(text):
            apart.append((one, int(other) if other.isdigit() else other))
            letters |= {one, *(() if other.isdigit() else other)}
        letters |= plain | ranges.keys()
    return Conditions(ranges, tuple(apart), frozenset(letters))


def _run(ends: list[int]) -> tuple[int, ...]:
    """Return the numbers from the first to the last, up or down, or none where that is unclear."""
    first, last = ends[0], ends[-1]
    refuse(len(ends) > 2 and abs(ends[1] - first) != 1, "a range in other steps than 1")
    down = ends[1] < first if len(ends) > 2 else not isinstance(last, Size)
    if first == last:
        return (first,)
    if (first > last) != down and (first > last or len(ends) > 2):
        return ()
    return (first, *range(first + 1, last), *range(first - 1, last, -1), last)


def integer(text: str, scope: Scope, names: Mapping[str, Index]) -> int:
    """Evaluate a layer or a bound: numbers, layer letters and symbols that count, added."""
    total, counted = 0, False
    for sign, part in re.findall(r"([+-]?)([^+-]+)", text.replace(" ", "")):
        sizes = [kind.size for kind in scope.counts(part)]
        number = int(part) if part.isdigit() else names.get(part, next(iter(sizes), None))
        if not isinstance(number, int):
            expected = "expected a layer letter, a number or a symbol that counts"
            raise Fault(f"{part} is no whole number here; {expected}")
        total += int(sign + "1") * number
        counted = counted or bool(sizes)
    return Size(total) if counted else total


def formulas(statement: Statement, tree: Node, scope: Scope) -> list[Formula]:
    """Look a statement's symbols up, for every choice of its layers in which all of them exist.

    Raises
    ------
    Fault
        Where a symbol is unknown or misused, or no layer will do.
    """
    bound = {str(node.children[0]) for node in tree.find_data("bounds")}
    letters = sorted(_layer_letters(tree, statement, scope) - bound)
    refuse(len(letters) > 2, f"three layer letters in one statement: {', '.join(letters)}")
    said, layers = conditions(statement, scope), scope.numbers
    for letter in said.ranges.keys() & set(letters):
        missing = [value for value in said.ranges[letter] if value not in layers]
        if missing:
            raise Fault(
                f"the clause names {letter} = {missing[0]}, and there is no such layer",
                statement.places[0],
            )
    found, absent = [], "the symbols"
    for choice in itertools.product(scope.numbers, repeat=len(letters)):
        chosen = dict(zip(letters, choice, strict=True))
        inside = all(chosen[one] in said.ranges.get(one, layers) for one in letters)
        equal = [one for one, other in said.apart if one in chosen
                 and chosen[one] == chosen.get(str(other), other)]  # fmt: skip
        if inside and not equal:
            try:
                found.append(Formula(statement, tree, scope, chosen, said))
            except NoLayer as reason:
                absent = str(reason)
                named = f"{absent} does not exist in every layer that the clause names"
                refuse(said.ranges.keys() & set(letters), named, statement.places[0])
    refuse(not found, f"there is no layer in which {absent} and all the rest exist",
           statement.places[0])  # fmt: skip
    return found


def readings(formula: Formula) -> list[Reading]:
    """Return every reading of a formula in which the indices of its symbols fit.

    Raises
    ------
    Unfit
        When there is none: names the index that does not fit.
    """
    found: list[tuple[dict[str, Kind], dict[Use, Option]]] = [(formula.fixed, {})]
    for use in dict.fromkeys(formula.uses):
        longer, reasons = [], []
        for kinds, chosen in found:
            for option in use.options:
                try:
                    longer.append((_bind(use, option, kinds), {**chosen, use: option}))
                except Unfit as reason:
                    reasons.append(reason.with_traceback(None))
        if not longer:
            raise reasons[0]
        found = longer
        refuse(len(found) > MAX_READINGS, _MANY)
    for letter in formula.axes:
        any_kind = formula.scope.kinds.values()
        found = [
            ({**kinds, letter: kind}, chosen)
            for kinds, chosen in found
            for kind in ([kinds[letter]] if letter in kinds else any_kind)
        ]
        refuse(len(found) > MAX_READINGS, _MANY)
    misfit(not found, "no reading fits")
    return [Reading(kinds, chosen) for kinds, chosen in found]


_MANY = f"more than {MAX_READINGS} readings; declare fewer meanings of a letter"


def _bind(use: Use, option: Option, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    row, layer, items = option
    result = dict(kinds)
    for item, kind in zip(items, row.kinds(layer), strict=False):
        at = f"index {printed(item)} of {use.text}"
        outside = isinstance(item, int) and not 1 <= item <= kind.size
        misfit(outside, f"{at} is outside 1 to {kind.size} ({kind.name})", use.place)
        other = result.setdefault(item, kind) if isinstance(item, str) else kind
        misfit(other is not kind, f"{at} runs over {kind}, and elsewhere over {other}", use.place)
    return result
