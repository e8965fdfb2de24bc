r"""From syntax trees to readings: which row each symbol means, which kind each index letter has.

A letter has no kind of its own. Every assignment of kinds to letters, of rows to symbols and of
numbers to layer letters in which all of a statement's symbols exist is one reading, and a claim
must hold in each.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lark import Token, Tree

from bp.proofread.grammar import BUILTINS, Fault, Node, Statement, is_a, name_of, refuse
from bp.proofread.notation import Kind, Scope, Symbol, nearest

MAX_READINGS = 500
MAX_LETTERS = 12
LEAVES = ("symbol", "call", "frac")

Slot = tuple[Symbol, "int | None"]
Index = str | int
"""An index letter or a number; a letter that a sum binds carries the number of the sum."""
Option = tuple[Symbol, "int | None", tuple[Index, ...]]
"""What a symbol in a formula may mean: a row, a layer, and indices; the whole array has none."""


class NoLayer(Exception):
    """A symbol that does not exist in this layer: the layer is left out."""


class Unfit(Fault):
    """A reading whose indices or shapes do not fit."""


def misfit(wrong: object, message: str, place: int | None = None) -> None:
    """Raise where a reading does not fit."""
    if wrong:
        raise Unfit(message, place)


@dataclass(frozen=True)
class Use:
    """One symbol in a formula, with everything that it may mean."""

    options: tuple[Option, ...]
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


@dataclass(eq=False)
class Formula:
    """A statement for one choice of layers, its symbols looked up.

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
    """

    statement: Statement
    scope: Scope
    layers: Mapping[str, int]
    sides: list[Node] = field(default_factory=list)
    relations: list[str] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    free: list[set[str]] = field(default_factory=list)
    axes: dict[str, int] = field(default_factory=dict)
    fixed: dict[str, Kind] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """The number of axes of its letters."""
        return len(set(self.axes.values()))

    @property
    def open(self) -> list[str]:
        """The free letters of all sides."""
        return sorted(set().union(*self.free), key=lambda letter: self.axes[letter])

    def stray(self, side: int) -> str:
        """Return the free letters of a side that the left side has not."""
        return ", ".join(sorted(self.free[side] - self.free[0]))


def printed(letter: Index) -> str:
    """Return a letter as the formula shows it."""
    return letter.rstrip("0123456789") if isinstance(letter, str) else str(letter)


class _Elaborator:
    """Copies the trees of one statement into a formula, for one choice of layers.

    `names` says what a letter in a script stands for here: a layer, or a letter that a sum binds.
    """

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.statement, self.scope = formula.statement, formula.scope
        self.names: dict[str, Index] = dict(formula.layers)
        self.free: set[str] = set()

    def visit(self, node: Node) -> Node:
        if isinstance(node, Token):
            return node
        method = getattr(self, str(node.data), self.copy)
        try:
            return method(node)
        except Fault as fault:
            if fault.place is None:
                fault.place = self.statement.place(node)
            raise

    def copy(self, node: Node) -> Node:
        children = [self.visit(child) for child in node.children]
        if node.data in ("sum", "product", "bracket") and len(children) == 1:
            return children[0]
        return Tree(node.data, children, node.meta)

    def inside(self, names: Mapping[str, Index], node: Node) -> Node:
        outer, self.names = self.names, {**self.names, **names}
        result = self.visit(node)
        self.names = outer
        return result

    def bracket(self, node: Node) -> Node:
        refuse(len(node.children) != 1, "a comma in brackets that follow no function")
        return self.copy(node)

    def product(self, node: Node) -> Node:
        factors = [self.visit(child) for child in node.children]
        for number, (before, child) in enumerate(itertools.pairwise(node.children), 1):
            if is_a(before, "bare_call"):
                raise Fault("a function without brackets before another factor; "
                            "put its argument in brackets")  # fmt: skip
            if is_a(child, "bracket") and is_a(before, "gradient"):
                self._check_variable(before.children[0], child)
                factors[number] = Tree("", [])
            elif is_a(child, "bracket") and is_a(before, "symbol", "derivative"):
                self._refuse_call(before, child)
        kept = [factor for factor in factors if not is_a(factor, "TIMES", "")]
        return kept[0] if len(kept) == 1 else Tree("product", kept, node.meta)

    scaled = product

    def _check_variable(self, variable: Node, bracket: Node) -> None:
        r"""Check that brackets after a gradient name its variable, as in \nabla_u L(u)."""
        wanted = self.statement.source(variable)
        given = [self.statement.source(part) for part in bracket.children]
        if wanted not in given:
            said = ", ".join(given)
            raise Fault(f"the gradient is over {wanted}, the brackets after it say {said}")

    def _refuse_call(self, before: Node, bracket: Node) -> None:
        """Refuse y (t): it may be meant as a call, and y is declared as no function."""
        first, *more = bracket.children
        term = first.children[-1]
        single = len(first.children) <= 2 and is_a(term, "product") and len(term.children) == 1
        if more or (single and is_a(term.children[0], "NUMBER", "symbol", "call", "frac")):
            name = self.statement.source(before)
            place = self.statement.place(bracket)
            raise Fault(f"{name} is declared as no function: is this a call or a product? "
                        f"Write {name} \\cdot … for a product", place)  # fmt: skip

    def total(self, node: Node) -> Node:
        sign, bounds, *upper, body = node.children
        lower = [child for child in bounds.children if isinstance(child, Tree)]
        names = [str(child) for child in bounds.children if isinstance(child, Token)]
        refuse(bool(lower) != bool(upper), "a sum with one bound; expected both or none")
        if any(isinstance(self.names.get(name), int) for name in names):
            raise Fault(f"the letter {names[0]} is a layer outside this sum")
        limits = [self.integer(bound) for bound in (*lower, *upper)]
        if limits and set(names) & _layer_letters(body, self.statement, self.scope):
            if sign != "\\sum" or limits[0] > limits[1]:
                raise Fault("a sum over layers needs layers to add")
            layers = range(limits[0], limits[1] + 1)
            parts = [self.inside({names[0]: layer}, body) for layer in layers]
            plus = Token("SIGN", "+")
            return Tree("sum", [item for part in parts for item in (plus, part)], node.meta)
        letters = [self._letter(f"{name}{len(self.formula.axes) + 1}") for name in names]
        for kind in self.scope.counts(self.statement.source(*upper)) if upper else ():
            if kind.name in self.scope.kinds:
                self.formula.fixed[letters[0]] = kind
        inner = self.inside(dict(zip(names, letters, strict=True)), body)
        return Tree("total", [sign, letters, limits, inner], node.meta)

    def extreme(self, node: Node) -> Node:
        refuse(node.children[0] not in ("\\max", "\\min"), f"{node.children[0]} takes no subscript")
        return self.total(node)

    def _letter(self, letter: str) -> str:
        """Note an index letter; letters that are printed alike share an axis."""
        names = list(dict.fromkeys([*map(printed, self.formula.axes), printed(letter)]))
        refuse(len(names) > MAX_LETTERS, f"more than {MAX_LETTERS} index letters in one statement")
        self.formula.axes[letter] = names.index(printed(letter))
        return letter

    def integer(self, tree: Node) -> int:
        return integer(self.statement.source(tree), self.scope, self.names)

    def index(self, item: Node) -> Index:
        text = self.statement.source(item)
        if not isinstance(item, Token):
            raise Unfit("a shifted index; shifts are for layers in superscripts only")
        if text.isdigit():
            return int(text)
        if text in self.names:
            misfit(isinstance(self.names[text], int), f"{text} is a layer and cannot be an index")
            return self.names[text]
        for kind in self.scope.counts(text):
            return kind.size
        self.free.add(text)
        return self._letter(text)

    def symbol(self, node: Node) -> Node:
        head, *scripts = node.children
        name, bold = name_of(str(head))
        subs, sups, primes, turns = (
            [script for script in scripts if script.data == rule]
            for rule in ("sub", "sup", "prime", "turn")
        )
        if len(subs) > 1 or len(sups) > 1:
            raise Fault("two scripts of one kind on a symbol; put the power outside brackets")
        name += "'" * len(primes)
        items = [item for script in subs for item in script.children]
        word = name + "_{" + "".join(self.statement.source(item) for item in items) + "}"
        if word in self.scope.symbols:
            name, items = word, []
        label = _label(sups[0], name, self.scope) if sups else None
        options = self._options(node, name, bold, items, label)
        use = Use(options, self.statement.source(node), self.statement.place(node))
        self.formula.uses.append(use)
        result = Tree("use", [use], node.meta)
        return self._scripts(result, turns if label else [*sups, *turns])

    def _options(
        self, node: Node, name: str, bold: bool, items: list[Node], label: Node | None
    ) -> tuple[Option, ...]:
        if name not in self.scope.symbols:
            if "\\" + name.lstrip("\\") in BUILTINS:
                raise Fault(f"{self.statement.source(node)} is no function of the dialect")
            raise Fault(f"unknown symbol {name}: no symbol table in scope declares it"
                        f"{nearest(name, self.scope.symbols)}")  # fmt: skip
        options, reasons, absent = [], [], False
        for row in self.scope.symbols[name]:
            try:
                options.append(self._option(row, bold, items, label))
            except NoLayer:
                absent = True
            except Unfit as reason:
                reasons.append(reason.message)
        if not options and absent:
            raise NoLayer(self.statement.source(node))
        refuse(not options, "; ".join(dict.fromkeys(reasons)))
        if label is None:
            return tuple(options)
        # A numbered superscript means the number's own row, a letter a row of layers.
        lettered = any(is_a(leaf, "NAME") for leaf in label.scan_values(bool))
        return tuple(o for o in options if o[0].layered == lettered) or tuple(options)

    def _option(self, row: Symbol, bold: bool, items: list[Node], label: Node | None) -> Option:
        layer, indices = None, [self.index(item) for item in items]
        if label is None:
            if row.superscript is not None and (items or row.superscript != "sample"):
                raise Unfit(f"{row.name} stands without the superscript of {row.latex}")
        elif row.superscript is None:
            raise Unfit(f"{row.latex} has no superscript ({self.statement.source(label)})")
        elif row.superscript == "sample":
            leaves = list(label.scan_values(bool))
            misfit(len(leaves) != 1, "a sample superscript is one letter or number")
            indices.insert(0, self.index(leaves[0]))
        else:
            layer = self.integer(label)
            if row.superscript == layer:
                layer = None
            if layer not in row.over:
                raise NoLayer(row.latex)
        count = len(row.kinds(layer))
        whole = bold or row.whole
        for wrong, message in (
            (row.parameters, "is a function; expected brackets after it"),
            (bold and not count, "has no indices and cannot be bold"),
            (bold and indices, "in bold is the whole array and takes no index"),
            (
                count and not whole and not indices,
                "stands without its indices; the whole array is bold",
            ),
            (indices and len(indices) != count, f"has {count} indices, not {len(indices)}"),
        ):  # fmt: skip
            misfit(wrong, f"{row.latex} {message}")
        return row, layer, tuple(indices)

    def _scripts(self, body: Node, scripts: list[Node]) -> Node:
        """Put the powers, transposes and indices that follow something around it."""
        result, norm = body, is_a(body, "norm_")
        for script in scripts:
            inner = script.children[0] if script.children else None
            children: list[object] = [result]
            refuse(script.data == "prime", "a prime after brackets")
            if script.data == "sub" and norm:
                if self.statement.source(script).strip("_{}") != "2":
                    raise Fault("a norm other than the Euclidean one")
                continue
            if script.data == "sub":
                children.append([self.index(item) for item in script.children])
            elif script.data == "sup":
                if not is_a(body, "use") and _fenced(inner):
                    raise Fault("a superscript in brackets after brackets")
                children.append(self.visit(inner))
            result = Tree(script.data, children, script.meta)
        return result

    def scripted(self, node: Node) -> Node:
        body, *scripts = node.children
        return self._scripts(self.visit(body), scripts)

    scripted_call = numeral = scripted

    def call(self, node: Node) -> Node:
        name, *scripts, bracket = node.children
        if any(script.data != "prime" for script in scripts):
            raise Fault(f"a function with a script; expected {name}(…), and a power after it")
        arguments = bracket.children if is_a(bracket, "bracket") else [bracket]
        arguments = [self.visit(argument) for argument in arguments]
        return Tree("call", [str(name), len(scripts), *arguments], node.meta)

    bare_call = outer_call = call

    def derivative(self, node: Node) -> Node:
        above, variable = node.children if node.data == "derivative" else node.children[::-1]
        # The variable first: for ∂a_j/∂w_ij, a report gives i, then j.
        variable = self.visit(variable)
        return Tree("derivative", [self.visit(above), variable], node.meta)

    operator = gradient = derivative


def _fenced(tree: Node) -> Node | None:
    """Return what stands in the brackets that a superscript consists of, if it does."""
    while is_a(tree, "sum", "product") and len(tree.children) == 1:
        tree = tree.children[0]
    return tree.children[0] if is_a(tree, "bracket") and len(tree.children) == 1 else None


def _label(script: Node, name: str, scope: Scope) -> Node | None:
    """Return the layer or sample that a superscript names; None when it is a power."""
    plain = any(row.plain for row in scope.symbols.get(name, ()))
    inner: Node = script.children[0]
    return _fenced(inner) or (inner if plain else None)


def _layer_letters(tree: Node, statement: Statement, scope: Scope) -> set[str]:
    """Find the letters that stand for layers."""
    found: set[str] = set()
    for node in tree.find_data("symbol"):
        name, _ = name_of(str(node.children[0]))
        if not any(row.superscript == "sample" for row in scope.symbols.get(name, ())):
            labels = [_label(one, name, scope) for one in node.children[1:] if one.data == "sup"]
            text = " ".join(statement.source(label) for label in labels if label)
            found |= set(re.findall(_LETTER, text))
    return found - scope.symbols.keys()


_LETTER = r"\\[A-Za-z]+|[A-Za-z]"
_RANGE = re.compile(r"([A-Za-z])=([^,=]+(?:,\\[lc]?dots,[^,=]+|,\d+)*)")
_DOTS = re.compile(r"\\[lc]?dots")


def integer(text: str, scope: Scope, names: Mapping[str, Index]) -> int:
    """Evaluate a layer or a bound: numbers, layer letters and symbols that count, added."""
    total = 0
    for sign, part in re.findall(r"([+-]?)([^+-]+)", text.replace(" ", "")):
        sizes = [kind.size for kind in scope.counts(part)]
        number = int(part) if part.isdigit() else names.get(part, next(iter(sizes), None))
        if not isinstance(number, int):
            raise Fault(f"{part} is no whole number here; expected a layer letter, a number or a "
                        "symbol that counts")  # fmt: skip
        total += int(sign + "1") * number
    return total


def _in_range(clause: str, layers: Mapping[str, int], scope: Scope) -> bool:
    """Say whether a choice of layers is within a "for" clause: “l = 1, …, D”, or letters alone."""
    text = re.sub(r"\s", "", clause).strip(".;:,")
    if re.sub(r"[A-Za-z]|,", "", _RANGE.sub("", text)):
        raise Fault(f"cannot read the clause “for {clause}”; expected letters, or l = 1, …, D")
    for letter, values in _RANGE.findall(text):
        ends = [integer(v, scope, {}) for v in values.split(",") if not _DOTS.fullmatch(v)]
        allowed = range(ends[0], ends[-1] + 1) if _DOTS.search(values) else ends
        if letter in layers and layers[letter] not in allowed:
            return False
    return True


def formulas(statement: Statement, tree: Node, scope: Scope) -> list[Formula]:
    """Look a statement's symbols up, for every choice of its layers in which all of them exist.

    Raises
    ------
    Fault
        Where a symbol is unknown or misused, or no layer will do.
    """
    bound = {str(node.children[0]) for node in tree.find_data("bounds")}
    letters = sorted(_layer_letters(tree, statement, scope) - bound)
    numbers = {row.superscript for rows in scope.symbols.values() for row in rows}
    layers = sorted({*scope.layers, *(n for n in numbers if isinstance(n, int))})
    refuse(len(letters) > 2, f"three layer letters in one statement: {', '.join(letters)}")
    found, absent = [], "the symbols"
    for choice in itertools.product(layers, repeat=len(letters)):
        chosen = dict(zip(letters, choice, strict=True))
        if all(_in_range(clause, chosen, scope) for clause in statement.ranges):
            try:
                found.append(_formula(Formula(statement, scope, chosen), tree))
            except NoLayer as reason:
                absent = str(reason)
    misfit(not found, f"there is no layer in which {absent} and all the rest exist")
    return found


def _formula(formula: Formula, tree: Node) -> Formula:
    elaborator = _Elaborator(formula)
    for child in tree.children:
        if is_a(child, "RELATION"):
            formula.relations.append(str(child).lstrip(":"))
        else:
            elaborator.free = set()
            formula.sides.append(elaborator.visit(child))
            formula.free.append(elaborator.free)
    return formula


def readings(formula: Formula, fixed: Mapping[str, Kind] | None = None) -> Iterator[Reading]:
    """Yield every reading of a formula in which the indices of its symbols fit.

    Raises
    ------
    Unfit
        When there is none: names the index that does not fit.
    """
    order = list(dict.fromkeys(formula.uses))
    count, furthest, misfit = 0, -1, Unfit("no reading fits")
    pending = [(dict(fixed or {}) | formula.fixed, list[Option]())]
    while pending:
        kinds, chosen = pending.pop()
        if len(chosen) < len(order):
            use = order[len(chosen)]
            for option in reversed(use.options):
                try:
                    pending.append((_bind(use, option, kinds), [*chosen, option]))
                except Unfit as reason:
                    if len(chosen) > furthest:
                        furthest, misfit = len(chosen), reason
            continue
        rows = dict(zip(order, chosen, strict=True))
        unknown = [letter for letter in formula.axes if letter not in kinds]
        for some in itertools.product(formula.scope.kinds.values(), repeat=len(unknown)):
            count += 1
            if count > MAX_READINGS:
                raise Fault(
                    f"more than {MAX_READINGS} readings; declare fewer meanings of a letter"
                )
            yield Reading(kinds | dict(zip(unknown, some, strict=True)), rows)
    if not count:
        raise misfit


def _bind(use: Use, option: Option, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    row, layer, items = option
    result = dict(kinds)
    for item, kind in zip(items, row.kinds(layer), strict=False):
        at = f"index {printed(item)} of {use.text}"
        if isinstance(item, int):
            if not 1 <= item <= kind.size:
                raise Unfit(
                    f"index {item} of {use.text} is outside 1 to {kind.size} ({kind.name})",
                    use.place,
                )
        elif result.setdefault(item, kind) is not kind:
            raise Unfit(f"{at} runs over {kind}, and elsewhere over {result[item]}", use.place)
    return result
