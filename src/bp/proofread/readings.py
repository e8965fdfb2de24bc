r"""From syntax trees to readings: which row each symbol means, which kind each index letter has.

A letter has no kind of its own. Every assignment of kinds to letters, of rows to symbols and of
numbers to layer letters in which all of a statement's symbols exist is one reading, and a claim
must hold in each.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from lark import Token, Tree

from bp.proofread.grammar import BUILTINS, Fault, Node, Statement, name_of
from bp.proofread.notation import Kind, Scope, Symbol, nearest, source

MAX_READINGS = 500
MAX_LETTERS = 12

Slot = tuple[Symbol, "int | None"]


class NoLayer(Exception):
    """A symbol that does not exist in this layer: the layer is left out."""


class Unfit(Fault):
    """A reading whose indices or shapes do not fit."""


@dataclass(frozen=True)
class Letter:
    """An index letter; a bound one differs from a free one of the same name.

    Attributes
    ----------
    name : str
        As printed.
    axis : int
        The axis of the arrays along which it runs.
    bound : int
        The number of the sum that binds it, 0 when it is free.
    """

    name: str
    axis: int
    bound: int = 0


Index = Letter | int


@dataclass(eq=False)
class Use:
    """One symbol in a formula, with every row that it may mean."""

    text: str
    bold: bool
    options: list[tuple[Symbol, int | None, tuple[Index, ...]]]
    place: int


@dataclass
class Reading:
    """One way to read a statement.

    Attributes
    ----------
    rows : dict
        For every use of a symbol, the slot it means and its indices; bold has none.
    kinds : dict
        The kind of every letter.
    layers : dict
        The number of every layer letter.
    """

    rows: dict[Use, tuple[Slot, tuple[Index, ...]]]
    kinds: dict[Letter, Kind]
    layers: Mapping[str, int]


@dataclass(eq=False)
class Formula:
    """A statement elaborated for one choice of layers: its sides, and what they use.

    `rank` is the number of axes of its letters.
    """

    sides: list[Node]
    relations: list[str]
    uses: list[Use]
    letters: list[Letter]
    free: list[set[Letter]]
    open: list[Letter]
    scope: Scope
    layers: Mapping[str, int]
    fixed: dict[Letter, Kind] = field(default_factory=dict)
    rank: int = 0


def _exponent(tree: Node, scope: Scope) -> tuple[Node | None, bool, bool]:
    """Split a superscript into what stands in brackets or as a power, and a transpose.

    Returns the tree, whether it stands in round or square brackets, and whether it transposes.
    """
    if len(tree.children) != 1 or tree.children[0].data != "product":
        return tree, False, False
    *factors, last = tree.children[0].children
    plain = _is(last, "symbol") and last.children == ["T"] and "T" not in scope.symbols
    transposed = plain or _is(last, "top")
    factors = factors if transposed else [*factors, last]
    if not factors:
        return None, False, True
    if len(factors) == 1 and _is(factors[0], "bracket") and len(factors[0].children) == 1:
        return factors[0].children[0], True, transposed
    if transposed:
        raise Fault("a transpose beside another exponent; expected ^{(l)\\top} or ^{\\top}")
    return tree, False, False


class _Elaborator:
    """Turns the tree of one statement into a formula, for one choice of layers."""

    def __init__(self, statement: Statement, scope: Scope, layers: Mapping[str, int]) -> None:
        self.statement = statement
        self.scope = scope
        self.layers = dict(layers)
        self.bound: dict[str, Letter] = {}
        self.uses: list[Use] = []
        self.names: dict[str, int] = {}
        self.letters: dict[Letter, None] = {}
        self.free: set[Letter] = set()
        self.sums = 0
        self.fixed: dict[Letter, Kind] = {}

    def place(self, node: Node) -> int:
        at = 0 if node.meta.empty else node.meta.start_pos
        return self.statement.places[min(at, len(self.statement.places) - 1)]

    def node(self, data: str, children: Sequence[object], like: Node) -> Node:
        return Tree(data, list(children), like.meta)

    def letter(self, name: str) -> Letter:
        if name in self.bound:
            return self.bound[name]
        found = self._letter(name, 0)
        self.free.add(found)
        return found

    def _letter(self, name: str, bound: int) -> Letter:
        """Return a letter; all letters of one name share an axis, for a sum leaves it empty."""
        axis = self.names.setdefault(name, len(self.names))
        letter = Letter(name, axis, bound)
        self.letters[letter] = None
        return letter

    def visit(self, node: object) -> Node:
        if isinstance(node, Token):
            return Tree("number", [float(str(node))])
        assert isinstance(node, Tree)
        try:
            method = getattr(self, str(node.data), None)
            if method:
                result: Node = method(node)
                return result
            children = [c if _is_sign(c) else self.visit(c) for c in node.children]
            return self.node(str(node.data), children, node)
        except Fault as fault:
            if fault.place is None:
                fault.place = self.place(node)
            raise

    def bracket(self, node: Node) -> Node:
        if len(node.children) != 1:
            raise Fault("a comma in brackets that follow no function")
        return self.visit(node.children[0])

    def top(self, node: Node) -> Node:
        raise Fault("a transpose sign that is no superscript")

    def function(self, node: Node) -> Node:
        return self.node("function", [str(node.children[0])], node)

    def product(self, node: Node) -> Node:
        factors: list[Node] = []
        before: object = None
        for child in node.children:
            if _is(before, "bare_call"):
                raise Fault(
                    "a function without brackets before another factor; "
                    "put its argument in brackets"
                )
            if isinstance(before, Tree) and _is(child, "bracket"):
                if self._is_argument(before, child):
                    before = child
                    continue
                self._refuse_call(before, child)
            before = child
            if not (isinstance(child, Token) and child.type == "TIMES"):
                factors.append(self.visit(child))
        if len(factors) == 1:
            return factors[0]
        return self.node("product", factors, node)

    scaled = product

    def _is_argument(self, before: Node, bracket: Node) -> bool:
        r"""Say whether brackets after a gradient name its variable, as in \nabla_u L(u)."""
        if before.data != "gradient":
            return False
        wanted = source(before.children[0], self.statement)
        given = [source(part, self.statement) for part in bracket.children]
        if wanted in given:
            for part in bracket.children:
                self.visit(part)
                self.uses.pop()
            return True
        raise Fault(f"the gradient is over {wanted}, the brackets after it say {', '.join(given)}")

    def _refuse_call(self, before: Node, bracket: Node) -> None:
        """Refuse y (t): it may be meant as a call, and y is declared as no function."""
        if before.data not in ("symbol", "derivative", "gradient"):
            return
        term = bracket.children[0].children[-1]
        leaves = term.children if _is(term, "product") else []
        single = len(bracket.children[0].children) <= 2 and len(leaves) == 1
        single = single and (isinstance(leaves[0], Token) or leaves[0].data in _LEAVES)
        if single or len(bracket.children) > 1:
            name = source(before, self.statement)
            raise Fault(f"{name} is declared as no function: is this a call or a product? "
                        f"Write {name} \\cdot … for a product", self.place(bracket))  # fmt: skip

    def numeral(self, node: Node) -> Node:
        number, script = node.children
        return self.node("power", [self.visit(number), self.visit(script.children[0])], node)

    def total(self, node: Node) -> Node:
        kind, bounds, *upper, body = node.children
        names = [str(child) for child in bounds.children if isinstance(child, Token)]
        lower = [child for child in bounds.children if isinstance(child, Tree)]
        if bool(lower) != bool(upper):
            raise Fault("a sum with one bound; expected both or none")
        if any(name in self.layers for name in names):
            raise Fault(f"the letter {names[0]} is a layer outside this sum")
        if lower and set(names) & _layer_letters(body, self.scope):
            return self._unrolled(node, names[0], lower[0], upper[0], body)
        outer, letters = dict(self.bound), []
        for name in names:
            self.sums += 1
            letters.append(self._letter(name, self.sums))
            self.bound[name] = letters[-1]
        limits: list[int] = []
        if lower:
            limits = [self.integer(lower[0]), self.integer(upper[0])]
            counted = self._counted(upper[0])
            if counted:
                self.fixed[letters[0]] = counted
        result = self.node("total", [str(kind), letters, limits, self.visit(body)], node)
        self.bound = outer
        return result

    def _unrolled(self, node: Node, name: str, lower: Node, upper: Node, body: Node) -> Node:
        parts: list[object] = []
        for layer in range(self.integer(lower), self.integer(upper) + 1):
            self.layers[name] = layer
            parts += [Token("SIGN", "+"), self.visit(body)]
        self.layers.pop(name, None)
        if str(node.children[0]) != "\\sum" or not parts:
            raise Fault("a sum over layers needs layers to add")
        return self.node("sum", parts, node)

    def _counted(self, tree: Node) -> Kind | None:
        for row in self.scope.symbols.get(source(tree, self.statement), ()):
            kind = row.value.removeprefix("number of ")
            if kind != row.value and kind in self.scope.kinds:
                return self.scope.kinds[kind]
        return None

    def integer(self, tree: Node) -> int:
        """Evaluate a layer or a bound: numbers, layer letters and counts, added."""
        value, sign = 0, 1
        for child in tree.children:
            if isinstance(child, Token):
                sign = -1 if child == "-" else 1
                continue
            text = source(child, self.statement)
            if text.isdigit():
                found: int | None = int(text)
            elif text in self.layers:
                found = self.layers[text]
            else:
                rows = self.scope.symbols.get(text, ())
                found = next((n for row in rows if (n := self.scope.number(row)) is not None), None)
            if found is None:
                raise Fault(
                    f"{text} is no whole number here; expected a layer letter, a number or a "
                    "symbol that counts"
                )
            value, sign = value + sign * found, 1
        return value

    def symbol(self, node: Node) -> Node:
        name, bold = name_of(str(node.children[0]))
        subs: list[object] = []
        powers: list[tuple[Node | None, bool]] = []
        transposed = False
        for script in node.children[1:]:
            if script.data == "prime":
                name += "'"
            elif script.data == "sub":
                if subs:
                    raise Fault("two subscripts on one symbol")
                subs = list(script.children)
            else:
                inner, fenced, turns = _exponent(script.children[0], self.scope)
                transposed = transposed or turns
                if inner is not None:
                    powers.append((inner, fenced))
        if len(powers) > 1:
            raise Fault("two superscripts on one symbol; put the power outside brackets")
        inner, fenced = powers[0] if powers else (None, False)
        use, rest = self._use(node, name, bold, inner, fenced, subs)
        self.uses.append(use)
        result = self.node("use", [use], node)
        if rest is not None:
            result = self.node("power", [result, self.visit(rest)], node)
        return self.node("transpose", [result], node) if transposed else result

    def _use(
        self, node: Node, name: str, bold: bool,
        inner: Node | None, fenced: bool, subs: list[object],
    ) -> tuple[Use, Node | None]:  # fmt: skip
        word = name + "_{" + "".join(str(sub) for sub in subs) + "}"
        if word in self.scope.symbols:
            name, subs = word, []
        if name not in self.scope.symbols:
            shown = source(node, self.statement)
            declared = name in (part.lstrip("\\") for part in BUILTINS)
            raise Fault(f"{shown} is no function of the dialect" if declared else
                        f"unknown symbol {name}: no symbol table in scope declares it"
                        f"{nearest(name, self.scope.symbols)}")  # fmt: skip
        rows = self.scope.symbols[name]
        plain = any(row.plain for row in rows)
        power = inner if inner is not None and not fenced and not plain else None
        label = inner if power is None else None
        options, reasons, absent = [], [], False
        for row in rows:
            try:
                layer, sample = self._superscript(row, label, bool(subs))
                items = (*sample, *(self._item(sub) for sub in subs))
                options.append((row, layer, self._match(row, layer, bold, items)))
            except NoLayer:
                absent = True
            except Unfit as reason:
                reasons.append(reason.message)
        options = _closest(options, label)
        if not options:
            if absent:
                raise NoLayer(source(node, self.statement))
            raise Fault("; ".join(dict.fromkeys(reasons)))
        text = source(node, self.statement)
        return Use(text, bold, options, self.place(node)), power

    def _superscript(
        self, row: Symbol, label: Node | None, indexed: bool
    ) -> tuple[int | None, tuple[Index, ...]]:
        """Find the layer or the sample that a symbol's superscript names."""
        sample = row.superscript == "sample"
        if label is None and row.superscript is not None and (indexed or not sample):
            raise Unfit(f"{row.name} stands without the superscript of {row.latex}")
        if label is None:
            return None, ()
        if sample:
            return None, (self._item(_lone(label)),)
        if row.superscript is None:
            raise Unfit(f"{row.latex} has no superscript ({source(label, self.statement)})")
        layer = self.integer(label)
        if row.superscript not in ("layer", layer):
            raise NoLayer(row.latex)
        if row.superscript == layer and None in row.over:
            return None, ()
        if layer not in row.over:
            raise NoLayer(row.latex)
        return layer, ()

    def _item(self, item: object) -> Index:
        if isinstance(item, Tree):
            raise Unfit("a shifted index; shifts are for layers in superscripts only")
        text = str(item)
        if text.isdigit():
            return int(text)
        if text not in self.bound:
            for row in self.scope.symbols.get(text, ()):
                number = self.scope.number(row)
                if number is not None:
                    return number
        if text in self.layers:
            raise Unfit(f"{text} is a layer and cannot be an index")
        return self.letter(text)

    def _match(
        self, row: Symbol, layer: int | None, bold: bool, items: tuple[Index, ...]
    ) -> tuple[Index, ...]:
        kinds = row.kinds(layer)
        if row.parameters:
            raise Unfit(f"{row.latex} is a function; expected brackets after it")
        if bold and not kinds:
            raise Unfit(f"{row.latex} has no indices and cannot be bold")
        if bold and items:
            raise Unfit(f"{row.latex} in bold is the whole array and takes no index")
        if not bold and not items and kinds and not row.whole:
            raise Unfit(f"{row.latex} stands without its indices; the whole array is bold")
        if items and len(items) != len(kinds):
            raise Unfit(f"{row.latex} has {len(kinds)} indices, not {len(items)}")
        return items

    def call(self, node: Node) -> Node:
        name = str(node.children[0])
        primes = 0
        for script in node.children[1:-1]:
            if script.data != "prime":
                raise Fault(f"a function with a script; expected {name}(…), and a power after it")
            primes += 1
        arguments = [self.visit(part) for part in node.children[-1].children]
        if name not in self.scope.functions:
            return self.node("builtin", [name.lstrip("\\"), *arguments], node)
        if primes > 1:
            raise Fault("second derivatives are outside the dialect")
        row = next(row for row in self.scope.symbols[name] if row.parameters)
        if len(arguments) != len(row.parameters):
            raise Fault(f"{row.latex} takes {len(row.parameters)} arguments, not {len(arguments)}")
        if primes and len(arguments) > 1:
            raise Fault("a prime on a function of several arguments")
        return self.node("slope" if primes else "call", [row, *arguments], node)

    def bare_call(self, node: Node) -> Node:
        name = str(node.children[0]).lstrip("\\")
        return self.node("builtin", [name, self.visit(node.children[1])], node)

    outer_call = bare_call

    def extreme(self, node: Node) -> Node:
        if node.children[0] not in ("\\max", "\\min"):
            raise Fault(f"{node.children[0]} takes no subscript")
        return self.total(node)

    def scripted(self, node: Node) -> Node:
        result = self.visit(node.children[0])
        norm = node.children[0].data == "norm_"
        for script in node.children[1:]:
            if script.data == "prime":
                raise Fault("a prime after brackets")
            if script.data == "sub":
                items = list(script.children)
                if norm and [str(item) for item in items] != ["2"]:
                    raise Fault("a norm other than the Euclidean one")
                if not norm:
                    result = self.node(
                        "element", [result, tuple(self._item(i) for i in items)], node
                    )
                continue
            inner, fenced, transposed = _exponent(script.children[0], self.scope)
            if fenced:
                raise Fault("a superscript in brackets after brackets")
            if inner is not None:
                result = self.node("power", [result, self.visit(inner)], node)
            if transposed:
                result = self.node("transpose", [result], node)
        return result

    scripted_call = scripted

    def _variable(self, node: Node) -> Use:
        tree = self.visit(node)
        if tree.data != "use":
            raise Fault(
                "a derivative with respect to something that is no symbol", self.place(node)
            )
        return cast(Use, tree.children[0])

    def derivative(self, node: Node) -> Node:
        above, below = node.children
        variable = self._variable(below)
        if above.data == "function":
            row = next(r for r in self.scope.symbols[str(above.children[0])] if r.parameters)
            argument = self.node("use", [variable], node)
            return self.node("slope", [row, argument], node)
        return self.node("derivative", [self.visit(above), variable], node)

    def operator(self, node: Node) -> Node:
        below, above = node.children
        variable = self._variable(below)
        return self.node("derivative", [self.visit(above), variable], node)

    gradient = operator


_Option = tuple[Symbol, "int | None", tuple[Index, ...]]


def _closest(options: list[_Option], label: Node | None) -> list[_Option]:
    """Keep a number's own row for a numbered superscript, and the layers' rows for a letter."""
    layered = [
        option for option in options
        if option[0].superscript == "layer"
        or any(kind.name.startswith("layer ") for kind in option[0].kinds(option[1]))
    ]  # fmt: skip
    if label is None or not layered or len(layered) == len(options):
        return options
    lettered = any(_is_name(leaf) for leaf in label.scan_values(_is_name))
    return layered if lettered else [option for option in options if option not in layered]


def _is(node: object, rule: str) -> bool:
    return isinstance(node, Tree) and node.data == rule


def _is_sign(node: object) -> bool:
    return isinstance(node, Token) and node.type == "SIGN"


_LEAVES = ("symbol", "call", "frac")


def _lone(tree: Node) -> object:
    """Return the single letter or number of a sample superscript."""
    leaves = list(tree.scan_values(lambda leaf: True))
    if len(leaves) == 1:
        return leaves[0]
    raise Unfit("a sample superscript is one letter or number")


def _layer_letters(tree: Node, scope: Scope) -> set[str]:
    """Find the letters that stand for layers."""
    found: set[str] = set()
    for node in tree.iter_subtrees():
        if node.data != "symbol":
            continue
        name, _ = name_of(str(node.children[0]))
        rows = scope.symbols.get(name, ())
        for script in node.children[1:]:
            if script.data == "sup":
                inner, fenced, _ = _exponent(script.children[0], scope)
                samples = any(row.superscript == "sample" for row in rows)
                if inner is not None and not samples and (fenced or any(row.plain for row in rows)):
                    found |= {str(leaf) for leaf in inner.scan_values(_is_name)}
    return {letter for letter in found if not letter.isdigit() and letter not in scope.symbols}


def _is_name(leaf: object) -> bool:
    return isinstance(leaf, Token) and leaf.type == "NAME"


def formulas(statement: Statement, tree: Node, scope: Scope) -> list[Formula]:
    """Elaborate a statement for every choice of its layers in which all its symbols exist.

    Raises
    ------
    Fault
        Where a symbol is unknown or misused, or no layer will do.
    """
    bound = {str(node.children[0]) for node in tree.iter_subtrees() if node.data == "bounds"}
    letters = sorted(_layer_letters(tree, scope) - bound)
    numbers = {row.superscript for rows in scope.symbols.values() for row in rows}
    layers = sorted({*scope.layers, *(n for n in numbers if isinstance(n, int))})
    if len(letters) > 2:
        raise Fault(f"three layer letters in one statement: {', '.join(letters)}")
    found, absent = [], ""
    for choice in itertools.product(layers, repeat=len(letters)):
        chosen = dict(zip(letters, choice, strict=True))
        if all(_in_range(clause, chosen, scope) for clause in statement.ranges):
            try:
                found.append(_formula(statement, tree, scope, chosen))
            except NoLayer as reason:
                absent = str(reason)
    if not found:
        raise Unfit(f"there is no layer in which {absent or 'the symbols'} and all the rest exist")
    return found


def _formula(statement: Statement, tree: Node, scope: Scope, layers: Mapping[str, int]) -> Formula:
    elaborator = _Elaborator(statement, scope, layers)
    sides, free, relations = [], [], []
    for child in tree.children:
        if isinstance(child, Token):
            relations.append("=" if child == ":=" else str(child))
            continue
        elaborator.free = set()
        sides.append(elaborator.visit(child))
        free.append(elaborator.free)
    if len(elaborator.names) > MAX_LETTERS:
        raise Fault(f"more than {MAX_LETTERS} index letters in one statement")
    opened = sorted({letter for letters in free for letter in letters}, key=lambda one: one.axis)
    return Formula(sides, relations, elaborator.uses, list(elaborator.letters), free, opened, scope,
                   dict(layers), elaborator.fixed, len(elaborator.names))  # fmt: skip


_RANGE = re.compile(r"([A-Za-z])=([^,=]+(?:,\\[lc]?dots,[^,=]+|,\d+)*)")
_DOTS = re.compile(r"\\[lc]?dots")


def _in_range(clause: str, layers: Mapping[str, int], scope: Scope) -> bool:
    """Say whether a choice of layers is within a "for" clause: “l = 1, …, D”, or letters alone."""
    text = re.sub(r"\s", "", clause).strip(".;:,")
    if re.sub(r"[A-Za-z]|,", "", _RANGE.sub("", text)):
        raise Fault(f"cannot read the clause “for {clause}”; expected letters, or l = 1, …, D")
    for letter, values in _RANGE.findall(text):
        ends = [_bound(value, scope) for value in values.split(",") if not _DOTS.fullmatch(value)]
        allowed = range(ends[0], ends[-1] + 1) if _DOTS.search(values) else ends
        if letter in layers and layers[letter] not in allowed:
            return False
    return True


def _bound(text: str, scope: Scope) -> int:
    value = 0
    for sign, part in re.findall(r"([+-]?)([A-Za-z]|\d+)", text):
        rows = scope.symbols.get(part, ())
        counts = [n for row in rows if (n := scope.number(row)) is not None]
        if not part.isdigit() and not counts:
            raise Fault(f"the bound {text} of a clause; expected numbers and symbols that count")
        value += int(sign + "1") * (int(part) if part.isdigit() else counts[0])
    return value


def readings(formula: Formula, fixed: Mapping[Letter, Kind] | None = None) -> Iterator[Reading]:
    """Yield every reading of a formula in which the indices of its symbols fit.

    Raises
    ------
    Unfit
        When there is none: names the index that does not fit.
    """
    kinds = dict(fixed or {}) | formula.fixed
    count, best = 0, (-1, Unfit("no reading fits"))
    groups: dict[object, list[Use]] = {}
    for use in formula.uses:
        key = tuple((id(row), layer, items) for row, layer, items in use.options)
        groups.setdefault((use.bold, key), []).append(use)
    order = list(groups.values())

    def extend(at: int, kinds: dict[Letter, Kind], chosen: list[int]) -> Iterator[Reading]:
        nonlocal best
        if at == len(order):
            yield from complete(kinds, chosen)
            return
        for number, option in enumerate(order[at][0].options):
            try:
                extended = _bind(order[at][0], option, kinds)
            except Unfit as misfit:
                if at > best[0]:
                    best = (at, misfit)
                continue
            yield from extend(at + 1, extended, [*chosen, number])

    def complete(kinds: dict[Letter, Kind], chosen: list[int]) -> Iterator[Reading]:
        rows: dict[Use, tuple[Slot, tuple[Index, ...]]] = {}
        for group, number in zip(order, chosen, strict=True):
            for use in group:
                row, layer, items = use.options[number]
                rows[use] = ((row, layer), items)
        unknown = [letter for letter in formula.letters if letter not in kinds]
        for some in itertools.product(formula.scope.kinds.values(), repeat=len(unknown)):
            both = kinds | dict(zip(unknown, some, strict=True))
            yield Reading(rows, both, formula.layers)

    for reading in extend(0, kinds, []):
        count += 1
        if count > MAX_READINGS:
            raise Fault(f"more than {MAX_READINGS} readings; declare fewer meanings of a letter")
        yield reading
    if not count:
        raise best[1]


def _bind(
    use: Use, option: tuple[Symbol, int | None, tuple[Index, ...]], kinds: dict[Letter, Kind]
) -> dict[Letter, Kind]:
    row, layer, items = option
    result = dict(kinds)
    for item, kind in zip(items, row.kinds(layer), strict=False):
        if isinstance(item, int):
            if not 1 <= item <= kind.size:
                raise Unfit(
                    f"index {item} of {use.text} is outside 1 to {kind.size} ({kind.name})",
                    use.place,
                )
        elif result.setdefault(item, kind) is not kind:
            raise Unfit(
                f"index {item.name} of {use.text} runs over {kind.name} ({kind.size}), and "
                f"elsewhere over {result[item].name} ({result[item].size})",
                use.place,
            )
    return result
