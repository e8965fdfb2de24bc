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

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from proofread.parse import BOLD, NAME, Fault, Node, Statement, name_of, parse, refuse, statements

MAX_UNITS = 64
DRAWN = ("any number", "positive", "between 0 and 1", "one-hot", "probability vector")
ANY = "any function"
WORDS = (*DRAWN, "ones", "kronecker delta", "euler's number", "defined", ANY)


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of index: its name and how many values it has.

    Steps of time or of an iteration begin at a number, `first`: they are no index but, as layers
    are, part of a symbol's name. A kind that is `printed` is that of the rows or columns of a
    matrix that a formula writes out: it is any kind of its size.
    """

    name: str
    size: int
    first: int | None = None
    printed: bool = False

    @property
    def steps(self) -> range:
        """The numbers of the steps; none for an index."""
        return range(0) if self.first is None else range(self.first, self.first + self.size)

    @property
    def key(self) -> str:
        """What makes two rows one kind."""
        return self.name

    def __str__(self) -> str:
        """Describe the kind for a report."""
        return f"{self.name} ({self.size})"


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
    below : bool
        Whether the layer or step is the first subscript, and no superscript.
    value : str
        One of the words of the Value column, ``"number of ..."`` or ``"formula"``.
    counted : Kind or None
        The kind whose size is the value.
    parameters : tuple of str
        The arguments of a function; empty for anything else.
    shown : str
        The name with the arguments. It is a name as it stands, of a value that shows what it rests
        on, where an argument is no symbol by itself, as in J(W, b) with a W in every layer.
    whole : bool
        Whether the symbol without indices is the whole array, as bold is.
    serial : int
        How many rows before declare the same; each is a symbol of its own, and drawn anew.
    """

    name: str
    latex: str
    letters: tuple[str, ...] = ()
    over: dict[int | None, tuple[Kind, ...]] = field(default_factory=dict)
    superscript: int | str | None = None
    plain: bool = False
    below: bool = False
    value: str = "defined"
    formula: Statement | None = None
    counted: Kind | None = None
    parameters: tuple[str, ...] = ()
    shown: str = ""
    whole: bool = False
    code: str = ""
    meaning: str = ""
    scope: Scope | None = None
    serial: int = 0

    def kinds(self, layer: int | None) -> tuple[Kind, ...]:
        """Return the kinds of the indices."""
        return tuple(kind for kind in self.over[layer] if kind is not ONE)

    def matrix(self, layer: int | None) -> tuple[Kind, Kind]:
        """Return the kinds of the rows and columns of the whole array; a vector is a row."""
        over = self.over[layer]
        refuse(len(over) > 2, f"{self.latex} has more than two indices and is no matrix")
        rows, columns = (ONE, ONE, *over)[-2:]
        return rows, columns

    @cached_property
    def arguments(self) -> list[Symbol]:
        """The rows of a function's arguments, as it was declared."""
        names = self.scope.symbols if self.scope else {}
        rows = ((one for one in names.get(name, ()) if one.superscript is None)
                for name in self.parameters)  # fmt: skip
        return [next(found) for found in rows]

    @property
    def layered(self) -> bool:
        """Whether a superscript counts layers: it says so, or the kinds are layers."""
        *_, kinds = self.key
        return self.superscript == "layer" or any(name.startswith("layer ") for name in kinds)

    @property
    def key(self) -> tuple[str, object, tuple[str, ...]]:
        """What makes two rows one symbol: the name, the layer and the kinds' names."""
        kinds = tuple(kind.name for over in self.over.values() for kind in over)
        return self.name, self.superscript, kinds


@dataclass(frozen=True, eq=False)
class Scope:
    """What is declared at one place of a text."""

    kinds: Mapping[str, Kind]
    symbols: Mapping[str, Sequence[Symbol]]
    macros: Mapping[str, str]
    codes: Mapping[str, Sequence[Symbol]] = field(default_factory=dict)
    # What was read here: the sizes of kinds make no difference to it.
    trees: dict[Statement | str, Any] = field(default_factory=dict)

    @cached_property
    def functions(self) -> dict[str, Symbol]:
        """The functions, by name."""
        rows = [row for rows in self.symbols.values() for row in reversed(rows)]
        return {row.name: row for row in rows if row.parameters}

    @cached_property
    def words(self) -> frozenset[str]:
        """The names of several letters, and those that show what their value rests on."""
        rows = (row for rows in self.symbols.values() for row in rows)
        heads = [re.split("[_'⋆]", row.name)[0] for row in rows]
        heads += [name for name, rows in self.symbols.items() if rows[0].shown == name]
        return frozenset(head for head in heads if re.match("[A-Za-z]{2}|.*[(\\[]", head))

    def parse(self, statement: Statement) -> Node:
        """Parse one statement with the names declared here."""
        if statement not in self.trees:
            self.trees[statement] = parse(statement, self.functions, self.words)
        return self.trees[statement]

    @cached_property
    def layers(self) -> dict[int, Kind]:
        """The kinds that are layers, by number."""
        layers = {name: kind for name, kind in self.kinds.items() if re.match(r"layer \d+$", name)}
        return {int(name.split()[1]): kind for name, kind in layers.items()}

    @cached_property
    def numbers(self) -> list[int]:
        """Every number that a layer letter may stand for."""
        rows = [row.superscript for rows in self.symbols.values() for row in rows]
        steps = (number for kind in self.kinds.values() for number in kind.steps)
        return sorted({*self.layers, *steps, *(n for n in rows if isinstance(n, int))})

    def counts(self, name: str) -> list[Kind]:
        """Return the kinds whose size a name gives."""
        return [row.counted for row in self.symbols.get(name, ()) if row.counted]

    def read(self, latex: str) -> list[tuple[Statement, Node]]:
        """Cut and parse the LaTeX of a display with the names declared here."""
        if latex not in self.trees:
            cut = statements(latex, self.macros, frozenset(self.symbols))
            self.trees[latex] = [(statement, self.parse(statement)) for statement in cut]
        found: list[tuple[Statement, Node]] = self.trees[latex]
        return found


def resized(scopes: Iterable[Scope], kept: Iterable[Kind], least: int = 2) -> dict[Scope, Scope]:
    """Return scopes that say the same of kinds of other sizes.

    The sizes tell apart what only coincides in the tables: two kinds that are alike there are not
    alike here. They are small, as the large ones choose first. Kinds and symbols that scopes share
    stay shared; the kinds `kept` have their own sizes, and no other is below `least`.
    """
    scopes, beside = list(scopes), dict[Kind, set[Kind]]()
    for each in scopes:
        for one in each.kinds.values():
            beside.setdefault(one, {ONE}).update(each.kinds.values())
    kinds: dict[Kind, Kind] = {ONE: ONE} | {one: one for one in kept}

    def tells_apart(size: int, old: Kind) -> bool:
        """Say whether no size, and no difference, sum or product of two, stays as it was.

        That 2 to the 4 is 4 to the 2, and no other pair of sizes, is a thing of its own.
        """
        return size**old.size != old.size**size and all(
            size - new.size != old.size - one.size
            and size + new.size != old.size + one.size
            and size * new.size != old.size * one.size
            for one, new in kinds.items()
            if one in beside.get(old, kinds)
        )

    def kind(old: Kind) -> Kind:
        if old not in kinds:
            fixed = old.name == "layers" or old.first is not None
            size = next(n for n in itertools.count(least) if tells_apart(n, old))
            kinds[old] = old if fixed else Kind(old.name, size)
        return kinds[old]

    for one in sorted(beside, key=lambda one: -one.size):
        kind(one)
    return _copied(scopes, kind)


def as_columns(scopes: Iterable[Scope]) -> dict[Scope, Scope]:
    """Return scopes in which a vector of which the tables do not say so is a column."""
    return _copied(scopes, lambda kind: kind, ONE)


def _copied(
    scopes: Iterable[Scope], kind: Callable[[Kind], Kind], *more: Kind
) -> dict[Scope, Scope]:
    """Return scopes with other kinds, and with `more` kinds behind that of a vector."""
    symbols: dict[Symbol, Symbol] = {}
    found: dict[Scope, Scope] = {}

    def symbol(old: Symbol) -> Symbol:
        if old not in symbols:
            over = {layer: tuple(kind(one) for one in over) for layer, over in old.over.items()}
            over = {layer: (*o, *more) if len(o) == 1 else o for layer, o in over.items()}
            counted = kind(old.counted) if old.counted else None
            symbols[old] = new = replace(old, over=over, counted=counted, scope=None)
            new.scope = scope(old.scope) if old.scope else None
        return symbols[old]

    def scope(old: Scope) -> Scope:
        if old not in found:
            names: dict[str, list[Symbol]] = {}
            sizes = {n: kind(one) for n, one in old.kinds.items()}
            found[old] = Scope(sizes, names, old.macros, trees=old.trees)
            names |= {n: [symbol(one) for one in rows] for n, rows in old.symbols.items()}
        return found[old]

    return {old: scope(old) for old in scopes}


_Path = tuple[tuple[int, int], ...]


@dataclass
class Notation:
    """The tables read so far, and the scope they make.

    Parameters
    ----------
    macros : mapping, optional
        The book's own macros.
    """

    macros: Mapping[str, str] = field(default_factory=dict)
    # Every row with the path of its section: level and number of the sections around it.
    _rows: list[tuple[Kind | Symbol, _Path]] = field(default_factory=list)
    _path: _Path = ()
    _sections: int = 0
    _scope: Scope | None = None
    # What a new row is read with: the kinds that hold here, and every name so far.
    _around: Scope | None = None
    _names: set[str] = field(default_factory=set)
    _taken: set[tuple[_Path, object]] = field(default_factory=set)
    _declared: Counter[object] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Note what the rows that it starts from have taken."""
        self._taken = {(path, item.key) for item, path in self._rows}
        self._names = {item.name for item, _ in self._rows if isinstance(item, Symbol)}
        self._declared = Counter(item.key for item, _ in self._rows)

    def chapter(self) -> Notation:
        """Return a notation that starts from this one's rows, for a chapter of the book."""
        for item, _ in self._rows:
            if isinstance(item, Symbol):
                item.scope = self.scope
        return Notation(self.macros, [(item, ()) for item, _ in self._rows])

    def heading(self, level: int) -> None:
        """Open a section; sections of this level or a deeper one end."""
        self._sections += 1
        around = (section for section in self._path if section[0] < level)
        self._path = (*around, (level, self._sections))
        self._scope = self._around = None

    @property
    def scope(self) -> Scope:
        """What is declared here."""
        if self._scope is None:
            rows: dict[object, tuple[Kind | Symbol, tuple[bool, int]]] = {}
            for item, path in self._rows:
                holds = path == self._path[: len(path)]
                if holds or item.key not in rows:
                    rows[item.key] = item, (holds, path[-1][1] if path else 0)
            kinds = {item.name: item for item, _ in rows.values() if isinstance(item, Kind)}
            symbols: dict[str, list[Symbol]] = {}
            codes: dict[str, dict[tuple[bool, int], list[Symbol]]] = {}
            for item, inner in rows.values():
                if isinstance(item, Symbol):
                    symbols.setdefault(item.name, []).append(item)
                    if item.shown and not item.parameters:
                        symbols.setdefault(item.shown, []).append(item)
                    codes.setdefault(item.code, {}).setdefault(inner, []).append(item)
            # A name in code belongs to the rows of the innermost section that uses it.
            innermost = {code: holders[max(holders)] for code, holders in codes.items()}
            self._scope = Scope(kinds, symbols, self.macros, innermost)
        return self._scope

    def complete(self, rows: Iterable[Symbol]) -> None:
        """Tell the functions among the rows of a table from other names, and give all their scope.

        A function has arguments that are symbols: single numbers, or whole arrays.
        """
        rows = list(rows)
        for row in rows:
            declared = (self.scope.symbols.get(name, ()) for name in row.parameters)
            known = (any(one.superscript is None and not one.parameters for one in others)
                     for others in declared)  # fmt: skip
            if not all(known) or any(row.over.values()):
                row.parameters = ()
                self._scope = None
            for name in row.parameters:
                self._add_argument(name, row)
        for row in rows:
            row.scope = self.scope

    def _add_argument(self, name: str, row: Symbol) -> None:
        """Add a number for the argument of a function that has the letter of an array's entries."""
        entries = all(one.letters for one in self.scope.symbols[name])
        if entries and not re.search(rf"\\(?:{'|'.join(BOLD)})\{{{re.escape(name)}\}}", row.shown):
            latex = f"the argument {name} of {row.latex}"
            argument = Symbol(name, latex, over={None: ()}, value=DRAWN[0])
            self._rows.append((argument, self._path))
            self._scope = None

    def _add(self, item: Kind | Symbol, what: str) -> None:
        key = self._path, item.key
        refuse(key in self._taken, f"{what} is declared twice in one section")
        self._taken.add(key)
        self._rows.append((item, self._path))
        self._scope = None
        if isinstance(item, Symbol):
            item.serial = self._declared[item.key]
            self._declared[item.key] += 1
            self._names.add(item.name)
        else:
            self._around = None

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
        name, units = _words(cells["layer"]), _words(cells["units"])
        refuse(not name, "a Layer row without a name")
        steps = re.fullmatch(r"([0-9]{1,3}) to ([0-9]{1,3})", units)
        size = int(steps[2]) - int(steps[1]) + 1 if steps else 0
        if not steps and re.fullmatch(r"[0-9]{1,9}", units):
            size = int(units)
        if not 1 <= size <= MAX_UNITS:
            expected = f"expected a whole number from 1 to {MAX_UNITS}, or steps such as 0 to 4"
            raise Fault(f"Units of “{name}” is “{units}”; {expected}")
        self._add(Kind(name, size, int(steps[1]) if steps else None), f"the layer “{name}”")

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
        # A scope with all symbols for each row would take quadratic time.
        self._around = self._around or Scope(self.scope.kinds, {}, self.macros)
        _over(symbol, cells["over"], self._around)
        _fit_letters(symbol)
        _value(symbol, cells["value"], self._around, self._names | {symbol.name})
        symbol.code = cells.get("code", "").strip("` ")
        symbol.meaning = cells.get("meaning", "")
        self._add(symbol, f"the symbol {symbol.latex} over these kinds")
        return symbol


def _words(cell: str) -> str:
    text = cell.replace("$", "").replace("\\", "").replace("−", "-").replace("’", "'")
    return " ".join(text.split()).casefold()


def _formula(cell: str) -> str:
    return "".join(re.findall(r"^\s*\$([^$]+)\$\s*$", cell))


_SYMBOL = re.compile(
    rf"({NAME}|[A-Za-z]{{2,}})"
    rf"((?:\^\{{((?:[^{{}}]|\{{[^{{}}]*\}})+)\}}|_\{{((?:{NAME}|[\d,])+)\}}|'|⋆)*)"
    r"(?:\((.+)\)|\[(.+)\])?",
    re.DOTALL,
)


def _template(cell: str, macros: Mapping[str, str]) -> Symbol:
    latex = _formula(cell)
    # A standard name that a table declares is the table's own.
    own = re.findall(r"\\(?:mathrm|operatorname|text(?:rm)?)\s*\{(\w+)\}", latex)
    names = frozenset(f"\\mathrm{{{word}}}" for word in own if len(word) > 1)
    cut = statements(latex, macros, names) if latex else []
    refuse(len(cut) != 1, f"Symbol is “{cell.strip()}”; expected one formula between dollar signs")
    text = cut[0].text
    match = _SYMBOL.fullmatch(text)
    if not match or match[2].count("^{") > 1 or match[2].count("_{") > 1:
        raise Fault(f"{latex} is no symbol; expected a letter with its indices")
    head, scripts, above, below, *given = match.groups()
    arguments = given[0] or given[1]
    name, bold = name_of(head)
    name += "⋆" * scripts.count("⋆") + "'" * scripts.count("'")
    symbol = Symbol(name, latex, whole=bold)
    symbol.letters = tuple(re.findall(rf"{NAME}|\d", below or ""))
    inner = (above or "").strip("()[]")
    symbol.plain = above == inner
    if inner.isdigit():
        symbol.superscript = int(inner)
    elif above:
        expected = "expected (l), (n) or a number"
        refuse(not re.fullmatch(NAME, inner), f"the superscript {above} of {latex}; {expected}")
        symbol.superscript, symbol.letters = "sample", (inner, *symbol.letters)
    if arguments:
        symbol.parameters = tuple(name_of(one)[0] for one in re.split("[,;]", arguments))
        symbol.shown = text
    return symbol


_LAYER = re.compile(r"\blayer ([a-z])\b *(?:([+-]) *(\d+))?")
_BOUND = re.compile(r"\s*([a-z])\s*(≥|>=|geq?|≤|<=|leq?)\s*(\d+)\s*")


def _over(symbol: Symbol, cell: str, scope: Scope) -> None:
    """Find the kinds of the indices, at every layer where the symbol exists."""
    text, *conditions = _words(cell).split(",")
    bounds = [found for condition in conditions if (found := _BOUND.fullmatch(condition))]
    if len(bounds) < len(conditions):
        raise Fault(f"Over says “{', '.join(conditions)}”; expected a bound such as “l ≥ 1”")
    steps, text = _steps(text, scope)
    found_letters = {found[1] for found in (*_LAYER.finditer(text), *bounds)}
    letters = "".join(sorted(found_letters | set(steps)))
    if not letters:
        symbol.over[None] = _kinds(text, scope)
        return
    symbol.below = symbol.superscript is None and symbol.letters[:1] == (letters,)
    apart = symbol.superscript != "sample" or symbol.letters[0] != letters
    where = f"which is no superscript of {symbol.latex}, and not its first subscript"
    refuse(apart and not symbol.below, f"Over names the layer {letters}, {where}")
    symbol.superscript, symbol.letters = "layer", symbol.letters[1:]
    for layer in steps.get(letters, scope.layers):
        named, allowed = text, all(_allows(layer, found[2], int(found[3])) for found in bounds)
        for found in _LAYER.finditer(text):
            shifted = layer + int((found[2] or "+") + (found[3] or "0"))
            named = named.replace(found[0], f"layer {shifted}", 1)
            allowed = allowed and shifted in scope.layers
        if allowed:
            symbol.over[layer] = _kinds(named, scope)
    refuse(not symbol.over, f"{symbol.latex} exists in no layer of the Layer table")


def _steps(text: str, scope: Scope) -> tuple[dict[str, range], str]:
    """Find the steps that an Over cell names by a letter, “steps t”, and what else it names."""
    found, rest = dict[str, range](), list[str]()
    for part in re.split(r"×|\btimes\b", text):
        name, _, letter = part.strip().rpartition(" ")
        kind = scope.kinds.get(name)
        if kind and kind.steps and re.fullmatch("[a-z]", letter):
            found[letter] = kind.steps
        else:
            rest.append(part)
    return found, "×".join(rest)


def _allows(layer: int, relation: str, bound: int) -> bool:
    return layer >= bound if relation[0] in "≥>g" else layer <= bound


def _kinds(text: str, scope: Scope) -> tuple[Kind, ...]:
    known = {"1": ONE, **scope.kinds}
    names = [part.strip() for part in re.split(r"×|\btimes\b|\bx\b", text) if part.strip()]
    for name in names:
        steps = name in known and known[name].steps
        refuse(steps, f"Over names “{name}” without a letter; expected “{name} t”")
        if name not in known:
            hint = nearest(name, scope.kinds)
            raise Fault(f"Over names “{name}”, which no Layer table declares{hint}")
    return tuple(known[name] for name in names)


def _fit_letters(symbol: Symbol) -> None:
    """Compare the letters of a symbol with its kinds; a subscript that is no index is a word."""
    letters, count = len(symbol.letters), len(symbol.kinds(next(iter(symbol.over))))
    numbered = any(letter.isdigit() for letter in symbol.letters)
    if letters and (symbol.whole or symbol.parameters or numbered or letters != count):
        if symbol.superscript == "sample":
            raise Fault(f"{symbol.latex} has {letters} indices, Over names {count} kinds")
        symbol.name += "_{" + "".join(symbol.letters) + "}"
        symbol.letters = ()
    symbol.whole = symbol.whole or not symbol.letters


def _value(symbol: Symbol, cell: str, scope: Scope, names: set[str]) -> None:
    latex, words, name = _formula(cell), _words(cell), symbol.latex
    counts = {f"number of {kind.name}": kind for kind in scope.kinds.values()}
    for kind in scope.kinds.values():
        if kind.steps:
            counts[f"number of {kind.name}"] = Kind(kind.name, kind.steps[-1], kind.first)
    if scope.layers:
        counts["number of layers"] = Kind("layers", max(scope.layers))
    symbol.value, symbol.counted = "formula" if latex else words, counts.get(words)
    kinds = symbol.kinds(next(iter(symbol.over)))
    if latex:
        found = statements(f"{name} = {latex}", scope.macros, frozenset(names))
        refuse(len(found) != 1, f"Value of {name} holds {len(found)} formulas; expected one")
        symbol.formula = found[0]
    elif words not in (*WORDS, *counts):
        hint = nearest(words, [*WORDS, *counts])
        expected = f"expected one of {', '.join(WORDS)}, “number of …” or a formula between $"
        raise Fault(f"Value of {name} is “{cell.strip()}”; {expected}{hint}")
    delta = words == "kronecker delta" and (len(kinds) != 2 or kinds[0] is not kinds[1])
    refuse(delta, f"a Kronecker delta has two indices of one kind; {name} has not")
    refuse(words in DRAWN[3:] and not kinds, f"{name} is “{words}” over nothing")
    function = words in ("defined", ANY) or latex
    refuse(symbol.parameters and not function, f"{name} must be “defined”, “{ANY}” or a formula")
    refuse(words == ANY and not symbol.parameters, f"{name} is a function of nothing")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known name, or nothing."""
    close = get_close_matches(name, list(known), 1, 0.5)
    close += [other for other in known if other.casefold() == name.casefold()]
    return f" (the nearest known one is {close[0]})" if close else ""
