r"""The symbol tables: kinds of index, symbols, and where they are in scope.

The tables are the ones that the reader sees. A table with the columns *Layer* and *Units* names
the kinds of index and their sizes; one with *Symbol*, *Over* and *Value* declares symbols. Columns
are found by their headings, in any order. *Code* (the name in code) and *Meaning* are optional,
and other columns are ignored.

Scope
-----
A row holds from its table to the end of its file. A row of the book's own symbol page holds in
every chapter. A row takes the place of an earlier one with the same symbol over the same kinds,
to the end of its own section, where the earlier one returns. With other kinds it adds a meaning:
one letter then serves both, and a claim must hold in every reading that fits. A name in code
belongs to the rows of the innermost, latest section that have it, whatever their kinds.

A definition belongs to the row that it defines and holds wherever that row does, also before the
display: the definitions of the book's own symbols hold in every chapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from lark import Token, Tree

from bp.proofread.grammar import Fault, Node, Statement, name_of, parse, statements

MAX_UNITS = 64
WORDS = (
    "any number", "positive", "between 0 and 1", "one-hot", "ones", "kronecker delta",
    "euler's number", "defined",
)  # fmt: skip
DRAWN = ("any number", "positive", "between 0 and 1", "one-hot")


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of index: its name and how many values it has."""

    name: str
    size: int

    @property
    def key(self) -> str:
        """What makes two rows one kind."""
        return self.name


ONE = Kind("1", 1)


@dataclass(eq=False)
class Symbol:
    """One row of a symbol table.

    Attributes
    ----------
    name : str
        The letter with its accents, primes and word subscripts, without bold.
    latex : str
        As the table shows it.
    letters : tuple of str
        The index letters of the row, a sample superscript first.
    over : dict
        The kinds of its indices at each layer; the key is None without layers.
    superscript : int, str or None
        ``"layer"``, ``"sample"``, or the number that belongs to the name.
    plain : bool
        Whether the superscript stands without brackets, in the place of a power.
    value : str
        One of the words of the Value column, ``"number of ..."`` or ``"formula"``.
    parameters : tuple of str
        The arguments of a function; empty for anything else.
    """

    name: str
    latex: str
    letters: tuple[str, ...]
    over: dict[int | None, tuple[Kind, ...]]
    superscript: int | str | None = None
    plain: bool = False
    value: str = "defined"
    formula: Statement | None = None
    parameters: tuple[str, ...] = ()
    whole: bool = False
    code: str = ""
    meaning: str = ""
    scope: Scope | None = None

    def kinds(self, layer: int | None) -> tuple[Kind, ...]:
        """Return the kinds of the indices."""
        return tuple(kind for kind in self.over[layer] if kind is not ONE)

    def matrix(self, layer: int | None) -> tuple[Kind, Kind] | None:
        """Return the kinds of the rows and columns of the whole array; a vector is a row."""
        over = self.over[layer]
        if len(over) == 1:
            return ONE, over[0]
        return (over[0], over[1]) if len(over) == 2 else None

    @property
    def key(self) -> tuple[str, object, tuple[str, ...]]:
        """What makes two rows one symbol: the name, the layer and the kinds' names."""
        kinds = tuple(kind.name for over in self.over.values() for kind in over)
        return self.name, self.superscript, kinds


@dataclass(frozen=True, eq=False)
class Scope:
    """What is declared at one place of a text."""

    kinds: Mapping[str, Kind]
    symbols: Mapping[str, tuple[Symbol, ...]]
    macros: Mapping[str, str]
    codes: Mapping[str, Sequence[Symbol]] = field(default_factory=dict)

    @property
    def functions(self) -> frozenset[str]:
        """The names that are functions."""
        return frozenset(
            name for name, rows in self.symbols.items() if any(row.parameters for row in rows)
        )

    @property
    def layers(self) -> dict[int, Kind]:
        """The kinds that are layers, by number."""
        found = ((re.fullmatch(r"layer (\d+)", name), kind) for name, kind in self.kinds.items())
        return {int(match.group(1)): kind for match, kind in found if match}

    def number(self, symbol: Symbol) -> int | None:
        """Return the value of a symbol that counts layers or the units of a kind."""
        if not symbol.value.startswith("number of "):
            return None
        what = symbol.value.removeprefix("number of ")
        return max(self.layers) if what == "layers" and self.layers else self.kinds[what].size

    def read(self, latex: str) -> list[tuple[Statement, Node]]:
        """Cut and parse the LaTeX of a display with the names declared here."""
        cut = statements(latex, self.macros, frozenset(self.symbols))
        return [(statement, parse(statement, self.functions)) for statement in cut]


@dataclass
class _Row:
    item: Kind | Symbol
    section: int = 0
    closed: bool = False


@dataclass
class Notation:
    """The tables read so far, and the scope they make.

    Parameters
    ----------
    macros : mapping, optional
        The book's own macros.
    """

    macros: Mapping[str, str] = field(default_factory=dict)
    _rows: list[_Row] = field(default_factory=list)
    _open: list[tuple[int, int]] = field(default_factory=list)
    _sections: int = 0
    _scope: Scope | None = None

    def chapter(self) -> Notation:
        """Return a notation that starts from this one's rows, for a chapter of the book."""
        for row in self._rows:
            if isinstance(row.item, Symbol):
                row.item.scope = self.scope
        return Notation(self.macros, [_Row(row.item) for row in self._rows])

    def heading(self, level: int) -> None:
        """Open a section; sections of this level or a deeper one end."""
        ended = {number for depth, number in self._open if depth >= level}
        for row in self._rows:
            row.closed = row.closed or row.section in ended
        self._sections += 1
        self._open = [(d, n) for d, n in self._open if d < level] + [(level, self._sections)]
        self._scope = None

    @property
    def _section(self) -> int:
        return self._open[-1][1] if self._open else -1

    @property
    def scope(self) -> Scope:
        """What is declared here."""
        if self._scope is None:
            rows: dict[object, _Row] = {}
            for row in self._rows:
                if not (row.closed and row.item.key in rows):
                    rows[row.item.key] = row
            items = [row.item for row in rows.values()]
            kinds = {item.name: item for item in items if isinstance(item, Kind)}
            symbols: dict[str, tuple[Symbol, ...]] = {}
            for item in items:
                if isinstance(item, Symbol):
                    symbols[item.name] = (*symbols.get(item.name, ()), item)
            self._scope = Scope(kinds, symbols, self.macros, _codes(rows.values()))
        return self._scope

    def _add(self, item: Kind | Symbol, what: str) -> None:
        if any(row.section == self._section and row.item.key == item.key for row in self._rows):
            raise Fault(f"{what} is declared twice in one section")
        self._rows.append(_Row(item, self._section))
        self._scope = None

    def add_kind(self, cells: Mapping[str, str]) -> None:
        """Add a row of a Layer table.

        Parameters
        ----------
        cells : mapping
            The row's cells by the lower-case headings of their columns.

        Raises
        ------
        Fault
            When the size is no whole number from 1 to 64, or the name is taken in this section.
        """
        name = _words(cells["layer"])
        units = cells["units"].strip().strip("$").strip()
        if not name:
            raise Fault("a Layer row without a name")
        if not re.fullmatch(r"[0-9]{1,9}", units) or not 1 <= int(units) <= MAX_UNITS:
            raise Fault(
                f"Units of “{name}” is “{units}”; expected a whole number from 1 to {MAX_UNITS}"
            )
        self._add(Kind(name, int(units)), f"the layer “{name}”")

    def add_symbol(self, cells: Mapping[str, str]) -> Symbol:
        """Add a row of a symbol table.

        Parameters
        ----------
        cells : mapping
            The row's cells by the lower-case headings of their columns.

        Returns
        -------
        Symbol
            The row. Its ``scope`` is still to be set, when the table is complete.

        Raises
        ------
        Fault
            When a cell cannot be read, or the symbol is declared already in this section.
        """
        symbol = _template(cells["symbol"], self.macros)
        _over(symbol, cells["over"], self.scope)
        _value(symbol, cells["value"], self.scope)
        symbol.code = cells.get("code", "").strip().strip("`").strip()
        symbol.meaning = cells.get("meaning", "").strip()
        self._add(symbol, f"the symbol {symbol.latex} over these kinds")
        return symbol


def _codes(rows: Iterable[_Row]) -> dict[str, list[Symbol]]:
    """Return who has each name in code: the rows of the innermost section that uses it."""
    holders: dict[str, tuple[tuple[bool, int], list[Symbol]]] = {}
    for row in rows:
        if isinstance(row.item, Symbol):
            rank = (not row.closed, row.section)
            best, symbols = holders.get(row.item.code, (rank, []))
            if rank >= best:
                kept = symbols if rank == best else []
                holders[row.item.code] = rank, [*kept, row.item]
    return {code: symbols for code, (_, symbols) in holders.items()}


def _words(cell: str) -> str:
    text = cell.replace("$", "").replace("\\", "").replace("−", "-").replace("’", "'")
    return " ".join(text.split()).casefold()


def _template(cell: str, macros: Mapping[str, str]) -> Symbol:
    match = re.fullmatch(r"\s*\$([^$]+)\$\s*", cell)
    if not match:
        raise Fault(f"Symbol is “{cell.strip()}”; expected one formula between dollar signs")
    latex = match.group(1)
    (statement, *more) = statements(latex, macros)
    tree = parse(statement)
    factors = list(tree.children[0].children[0].children)
    if more or len(tree.children) > 1 or not factors or not _is(factors[0], "symbol"):
        raise Fault(f"{latex} is no symbol; expected a letter with its indices")
    head = factors[0]
    parameters: tuple[str, ...] = ()
    if len(factors) == 2 and _is(factors[1], "bracket"):
        parameters = tuple(source(part, statement) for part in factors[1].children)
    elif len(factors) > 1:
        raise Fault(f"{latex} is no symbol; expected a letter with its indices")
    name, bold = name_of(str(head.children[0]))
    symbol = Symbol(name, latex, (), {}, parameters=parameters, whole=bold)
    subs: list[str] = []
    for script in head.children[1:]:
        if script.data == "prime":
            symbol.name += "'"
        elif script.data == "sub":
            subs += [str(item) for item in script.children]
        else:
            _superscript(symbol, source(script.children[0], statement))
    symbol.letters = (*symbol.letters, *subs)
    return symbol


def _superscript(symbol: Symbol, text: str) -> None:
    inner = text.strip("()[]")
    symbol.plain = inner == text
    if inner.isdigit():
        symbol.superscript = int(inner)
    elif re.fullmatch(r"[A-Za-z]|\\[A-Za-z]+", inner):
        symbol.superscript = "sample"
        symbol.letters = (inner,)
    else:
        raise Fault(f"the superscript {text} of {symbol.latex}; expected (l), (n) or a number")


def _is(node: object, rule: str) -> bool:
    return isinstance(node, Tree) and node.data == rule


def source(node: Node | Token, statement: Statement) -> str:
    """Return the text that a node was read from."""
    if isinstance(node, Token):
        return str(node)
    if node.meta.empty:
        return ""
    return statement.text[node.meta.start_pos : node.meta.end_pos]


def _over(symbol: Symbol, cell: str, scope: Scope) -> None:
    """Find the kinds of the indices, at every layer where the symbol exists."""
    text, *conditions = _words(cell).split(",")
    parts = [part.strip() for part in re.split(r"×|\btimes\b|\bx\b", text) if part.strip()]
    shifts = [re.fullmatch(r"layer ([a-z])\s*(?:([+-])\s*(\d+))?", part) for part in parts]
    letters = {shift.group(1) for shift in shifts if shift}
    letters |= {found.group() for c in conditions if (found := re.match(r"[a-z]", c.strip()))}
    if not letters:
        symbol.over = {None: tuple(_kind(part, scope) for part in parts)}
    else:
        (letter, *others) = sorted(letters)
        if others:
            raise Fault(f"Over names the layers {', '.join(sorted(letters))}; expected one letter")
        _claim_layer(symbol, letter)
        for layer in scope.layers:
            names = [
                f"layer {layer + int((s.group(2) or '+') + (s.group(3) or '0'))}" if s else part
                for s, part in zip(shifts, parts, strict=True)
            ]
            missing = any(
                s and name not in scope.kinds for s, name in zip(shifts, names, strict=True)
            )
            if not missing and all(_allows(c, layer) for c in conditions):
                symbol.over[layer] = tuple(_kind(name, scope) for name in names)
        if not symbol.over:
            raise Fault(f"{symbol.latex} exists in no layer of the Layer table")
    over = next(iter(symbol.over.values()))
    count = sum(kind is not ONE for kind in over)
    if symbol.parameters:
        if count or symbol.letters:
            raise Fault(f"the function {symbol.latex} has indices; that is outside the dialect")
    elif (symbol.whole and symbol.letters) or (len(symbol.letters) != count and symbol.letters):
        if symbol.superscript == "sample":
            raise Fault(
                f"{symbol.latex} has {len(symbol.letters)} indices, Over names {count} kinds"
            )
        symbol.name += "_{" + "".join(symbol.letters) + "}"
        symbol.letters, symbol.whole = (), True
    elif not symbol.letters:
        symbol.whole = True


def _claim_layer(symbol: Symbol, letter: str) -> None:
    if symbol.superscript != "sample" or symbol.letters[:1] != (letter,):
        raise Fault(f"Over names the layer {letter}, which is no superscript of {symbol.latex}")
    symbol.superscript, symbol.letters = "layer", symbol.letters[1:]


def _kind(name: str, scope: Scope) -> Kind:
    if name == "1":
        return ONE
    if name not in scope.kinds:
        raise Fault(
            f"Over names “{name}”, which no Layer table declares{nearest(name, scope.kinds)}"
        )
    return scope.kinds[name]


def _allows(condition: str, layer: int) -> bool:
    match = re.fullmatch(r"\s*[a-z]\s*(≥|>=|geq?|≤|<=|leq?)\s*(\d+)\s*", condition)
    if not match:
        raise Fault(f"Over says “{condition.strip()}”; expected a bound such as “l ≥ 1”")
    bound = int(match.group(2))
    return layer >= bound if match.group(1)[0] in "≥>g" else layer <= bound


def _value(symbol: Symbol, cell: str, scope: Scope) -> None:
    match = re.fullmatch(r"\s*\$([^$]+)\$\s*", cell)
    words = _words(cell)
    if match:
        found = statements(match.group(1), scope.macros, frozenset(scope.symbols))
        if len(found) != 1:
            raise Fault(f"Value of {symbol.latex} holds {len(found)} formulas; expected one")
        symbol.value, symbol.formula = "formula", found[0]
    elif words in WORDS or words in ("number of layers", "the depth"):
        symbol.value = {"the depth": "number of layers"}.get(words, words)
    elif words.startswith("number of ") and words.removeprefix("number of ") in scope.kinds:
        symbol.value = words
    else:
        known = [*WORDS, *(f"number of {kind}" for kind in scope.kinds)]
        hint = nearest(words, known)
        raise Fault(
            f"Value of {symbol.latex} is “{cell.strip()}”; expected one of {', '.join(WORDS)}, "
            f"“number of …” or a formula between dollar signs{hint}"
        )
    kinds = next(iter(symbol.over.values()))
    if symbol.value == "kronecker delta" and (len(kinds) != 2 or kinds[0] is not kinds[1]):
        raise Fault(f"a Kronecker delta has two indices of one kind; {symbol.latex} has not")
    if symbol.value == "one-hot" and not kinds:
        raise Fault(f"{symbol.latex} is one-hot over nothing")
    if symbol.parameters and symbol.value != "defined":
        raise Fault(f"the function {symbol.latex} must be “defined”")


def nearest(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """Return a hint that names the nearest known name, or nothing."""
    close = get_close_matches(name, list(known), 1, 0.5)
    if not close:
        close = [other for other in known if other.casefold() == name.casefold()]
    return f" (the nearest known one is {close[0]})" if close else ""
