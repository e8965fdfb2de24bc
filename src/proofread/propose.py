r"""The labels and the symbol table that a file still lacks, as far as its formulas tell.

A display whose left side is a symbol that nothing gives a value yet is taken for its definition,
any other equality for a claim, and what has no relation for an expression.

Every letter of a display that no table declares gets a row. Index letters that stand at one place
of one symbol run over one kind. What a formula cannot tell (sizes, meanings, whether a number is
positive) is proposed, for the author to correct.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lark import Token, Tree

from proofread import labels as kinds
from proofread.labels import Labels
from proofread.parse import Fault, Node, is_a, name_of, parse, statements
from proofread.scope import DRAWN
from proofread.sources import Display
from proofread.text import Crash, Entry, Text

LAYERS = 3
"""How many layers are proposed where formulas count them."""
_CALLED = r"(?<![A-Za-z\\_^{{,]){}\s*'*\s*(?:\\left)?\("
_HEAD = re.compile(r"\s*(?:\\begin\{\w+\*?\}\s*)?(\\?[A-Za-z]+)\s*\(\s*(\\?[A-Za-z]+)\s*\)\s*&?:?=")
_SYMBOLS = ("symbol", "function")


@dataclass
class Found:
    """What formulas show of one symbol.

    Attributes
    ----------
    places : list of list
        The index letters, and numbers, that were seen at each place below it.
    above : set of str
        What was seen above it in brackets.
    """

    name: str
    bold: bool = False
    places: list[list[str]] = field(default_factory=list)
    above: set[str] = field(default_factory=set)
    defined: bool = False
    argument: str = ""
    value: str = "any number"
    meaning: str = ""


@dataclass
class Proposal:
    """The rows and labels that a text lacks.

    Attributes
    ----------
    labels : list of tuple
        Each display without a label, and one for it.
    layers : list of tuple
        Name and size of each kind.
    rows : list of tuple
        Symbol, Over, Value and Meaning of each symbol.
    unread : list of str
        A report for each display that could not be read.
    """

    labels: list[tuple[Display, str]]
    layers: list[tuple[str, int]]
    rows: list[tuple[str, str, str, str]]
    unread: list[str]

    def __str__(self) -> str:
        """Return the tables as Markdown."""
        tables = []
        if self.layers:
            sizes = [f"| {name} | {size} |" for name, size in self.layers]
            tables.append(["| Layer | Units |", "|-|-|", *sizes])
        if self.rows:
            lines = [f"| {' | '.join(row)} |".replace("  ", " ") for row in self.rows]
            tables.append(["| Symbol | Over | Value | Meaning |", "|-|-|-|-|", *lines])
        return "\n\n".join("\n".join(lines) for lines in tables)


def propose(text: Text, chapter: str = "") -> Proposal:
    """Propose the labels and tables that a text lacks.

    Parameters
    ----------
    text : Text
        The text, with the tables that it has.
    chapter : str, optional
        The chapter of a book that is meant; all of the text, where empty.
    """
    entries = [one for one in text.entries if not chapter or one.chapter == chapter]
    reader = _Reader(text.labels)
    functions = _functions(entries)
    named = _named(text, entries, functions)
    for entry in named:
        try:
            reader.display(entry, functions)
        except Exception as error:
            fault = error if isinstance(error, Fault) else Crash(error)
            reader.unread.append(f"{entry.display.place}: {fault.message}")
    for name, argument in functions.items():
        if name in reader.found:
            reader.found[name].argument = argument
            reader.symbol(argument)
    proposal = reader.proposal()
    pairs = zip(entries, named, strict=True)
    proposal.labels = [(old.display, new.display.label) for old, new in pairs if old is not new]
    return proposal


def _named(text: Text, entries: list[Entry], functions: dict[str, str]) -> list[Entry]:
    """Return displays with a label for each that has none: what it is, its file, its symbol."""
    taken, known, found = {one.display.label for one in text.entries}, set[str](), list[Entry]()
    prefixes = {kind: prefix for prefix, kind in {**kinds.PREFIXES, **text.labels.prefixes}.items()}
    for number, entry in enumerate(entries, 1):
        old = entry.display.label
        kind, head = _kind(entry, functions, known)
        if kind == kinds.DEFINITION if not old else text.labels.kind_of(old) == kinds.DEFINITION:
            known.add(name_of(head)[0])
        if old:
            found.append(entry)
            continue
        name = "-".join(re.findall("[A-Za-z0-9]+", head)) if kind == kinds.DEFINITION else ""
        stem = "-".join(re.findall("[A-Za-z0-9]+", Path(entry.display.place.file).stem))
        label = "-".join(filter(None, (prefixes[kind] + stem, name or str(number))))
        tries = (f"{label}-{again}" for again in range(2, len(taken) + 3))
        label = next(one for one in (label, *tries) if one not in taken)
        taken.add(label)
        found.append(replace(entry, display=replace(entry.display, label=label)))
    return found


def _kind(entry: Entry, functions: dict[str, str], known: set[str]) -> tuple[str, str]:
    """Return what a display is by its form, and the symbol on its left side."""
    scope = entry.scope
    try:
        cut = statements(entry.display.latex, scope.macros, frozenset(scope.symbols))
        tree = parse(cut[0], {*scope.functions, *functions}, scope.words)
    except (Fault, IndexError):
        return kinds.CLAIM, ""
    relations = [str(one) for one in tree.children[1::2]]
    if not relations:
        return kinds.EXPRESSION, ""
    head = next(_heads(tree), "")
    name, _ = name_of(head)
    primed = any(tree.children[0].find_data("prime"))
    given = any(row.value in DRAWN for row in scope.symbols.get(name, ()))
    own = any(name == name_of(str(one.children[0]))[0] and "sub" not in [each.data for each in
              one.children[1:]] for one in tree.children[2].find_data("symbol"))  # fmt: skip
    new = head and not primed and not given and not own and name not in known
    defines = new and relations[0].lstrip(":") == "="
    return (kinds.DEFINITION if defines else kinds.CLAIM), head


def _functions(entries: list[Entry]) -> dict[str, str]:
    """Return the letters that are functions, each with its argument.

    They are called wherever they stand, and defined or differentiated as such, or are greek: f(x)
    with a Latin f that is neither may be a product.
    """
    whole = "\n\n".join(entry.display.latex for entry in entries)
    heads = [found for entry in entries if (found := _HEAD.match(entry.display.latex))]
    arguments: dict[str, str] = {found[1]: found[2] for found in heads}
    primed = set(re.findall(r"(\\?[A-Za-z]+)\s*'+\s*(?:\\left)?\(", whole))
    sigmoids = {rf"\{name}" for name in ("sigma", "phi", "varphi", "psi", "rho", "theta")}
    called = {
        name for name in arguments.keys() | primed | sigmoids
        if re.search(_CALLED.format(re.escape(name)), whole)
        and not re.search(rf"{re.escape(name)}(?![A-Za-z])\s*[_^]\s*\{{?[a-z]", whole)
    }  # fmt: skip
    return {name: arguments.get(name, "r") for name in sorted(called)}


class _Reader:
    """Walks the formulas of a text; `kin` says what runs over the same kind."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.found: dict[str, Found] = {}
        self.kin: dict[object, object] = {}
        self.sizes: dict[object, int] = {}
        self.counts: dict[str, str] = {}
        self.indices: set[str] = set()
        self.known: set[str] = set()
        self.taken: set[str] = set()
        self.unread: list[str] = []

    def root(self, one: object) -> object:
        """Return what stands for all that runs over the same kind."""
        while (above := self.kin.get(one, one)) != one:
            one = above
        return one

    def join(self, one: object, other: object) -> None:
        """Note that two run over the same kind; a kind that a table declares stays."""
        first, second = self.root(one), self.root(other)
        if isinstance(first, tuple) and first[0] == "kind":
            first, second = second, first
        if first != second and not (isinstance(first, tuple) and first[0] == "kind"):
            self.kin[first] = second

    def display(self, entry: Entry, functions: dict[str, str]) -> None:
        """Take in one display."""
        scope = entry.scope
        self.known |= scope.symbols.keys()
        self.taken |= scope.kinds.keys()
        for name, rows in scope.symbols.items():
            for place, kind in enumerate(rows[0].kinds(next(iter(rows[0].over)))):
                self.join((name, place), ("kind", kind.name))
        cut = statements(entry.display.latex, scope.macros, frozenset(scope.symbols))
        for statement in cut:
            tree = parse(statement, {*scope.functions, *functions}, scope.words)
            self.walk(tree)
            self.arrays(tree)
            relations = [str(one) for one in tree.children[1::2]]
            if "\\leftarrow" in relations:
                self.update(tree)
            if self.labels.kind_of(entry.display.label) == kinds.DEFINITION and statement is cut[0]:
                for one in _heads(tree):
                    self.symbol(one).defined = True

    def symbol(self, token: str) -> Found:
        """Return what is known of a symbol."""
        name, bold = name_of(token)
        found = self.found.setdefault(name, Found(name))
        found.bold = found.bold or bold
        return found

    def walk(self, node: Node) -> None:
        """Take in a tree."""
        if not isinstance(node, Tree):
            return
        if is_a(node, "call", "function") and is_a(node.children[0], "FUNCTION"):
            self.symbol(str(node.children[0]))
        if is_a(node, "symbol"):
            self.scripts(node)
        if is_a(node, "bounds"):
            self.indices |= {str(one) for one in node.children if is_a(one, "NAME")}
        if is_a(node, "total"):
            bounds, *above, _ = [one for one in node.children if isinstance(one, Tree)]
            if above and (count := _single(above[0])):
                self.counts[count] = str(bounds.children[0])
        for child in node.children:
            self.walk(child)

    def scripts(self, node: Tree[Token]) -> None:
        """Take in a symbol with what stands above and below it."""
        head, *scripts = node.children
        found = self.symbol(str(head))
        for script in scripts:
            if not isinstance(script, Tree):
                continue
            if is_a(script, "sub"):
                self.below(found, script)
            elif is_a(script, "sup") and (inner := _bracketed(script)):
                found.above.add(inner)

    def below(self, found: Found, script: Tree[Token]) -> None:
        """Take in the indices below a symbol."""
        for place, index in enumerate(script.children):
            while len(found.places) <= place:
                found.places.append([])
            letter = str(index if isinstance(index, Token) else index.children[0])
            found.places[place].append(letter)
            slot = (found.name, place)
            if letter.isdigit():
                root = self.root(slot)
                self.sizes[root] = max(self.sizes.get(root, 0), int(letter))
            else:
                self.indices.add(letter)
                self.join(letter, slot)

    def arrays(self, tree: Node) -> None:
        """Join the kinds of whole arrays: along a product, and of what is added or equal."""
        for node in (*tree.find_data("sum"), tree):
            rests = [rest for one in node.children if (rest := self.rest(one))]
            for rest in rests[1:]:
                if len(rest) == len(rests[0]):
                    for one, other in zip(rests[0], rest, strict=True):
                        self.join(one, other)

    def rest(self, node: Node) -> list[tuple[str, int]]:
        """Return the places that are left of a product of whole arrays, or of a sum of such."""
        if is_a(node, "sum"):
            return next((rest for one in node.children if (rest := self.rest(one))), [])
        factors = [self.array(one) for one in node.children] if is_a(node, "product") else []
        if not factors or not all(factors):
            return []
        left = factors[0]
        for other in factors[1:]:
            if left:
                self.join(left[-1], other[0])
                left = left[:-1] + other[1:]
        return left

    def array(self, node: Node) -> list[tuple[str, int]]:
        """Return the places of a bold symbol; nothing for whatever else a factor is."""
        if not is_a(node, "symbol") or not name_of(str(node.children[0]))[1]:
            return []
        slots, scripts = _slots(self.symbol(str(node.children[0]))), node.children[1:]
        if not scripts:
            return slots
        # A vector that is turned makes a number or a matrix, by what stands beside it.
        turned = len(scripts) == 1 and is_a(scripts[0], "turn") and len(slots) == 2
        return slots[::-1] if turned else []

    def update(self, tree: Node) -> None:
        """Take in an update: what is differentiated is the loss, the number beside it a step."""
        losses = {_single(one.children[0]) for one in tree.find_data("derivative")} - {""}
        left = {name_of(one)[0] for one in _heads(tree)}
        for name in losses:
            self.symbol(name).meaning = "the loss"
        for one in tree.find_data("symbol"):
            name, _ = name_of(str(one.children[0]))
            if len(one.children) == 1 and name not in losses | left | self.indices:
                self.symbol(name).value, self.symbol(name).meaning = "positive", "the learning rate"

    def proposal(self) -> Proposal:
        """Make the tables of what was seen."""
        layered = {inner[0] for one in self.found.values() for inner in one.above if inner[1:]}
        names: dict[object, str] = {}
        sizes: dict[str, int] = {}
        arguments = {one.argument for one in self.found.values()} - {""}
        bare = self.indices - {name for name, one in self.found.items() if one.places}
        shown = list[tuple[Found, str, str]]()
        for one in sorted(self.found.values(), key=lambda one: bool(one.argument)):
            index = one.name in bare and one.name not in arguments
            if one.name in self.known or index or one.name in layered:
                continue
            above = min(one.above, key=len) if one.above else ""
            if above and above[0] in layered:
                above, over = above[0], self.layers(one)
            else:
                over = self.over(one, above, names, sizes)
            shown.append((one, above, " × ".join(over)))
        rows = [(self.cell(one, above), over, self.value(one, names), one.meaning)
                for one, above, over in shown]  # fmt: skip
        if layered and any("layer" in row[1] for row in rows):
            sizes |= {f"layer {number}": 1 + number for number in range(1, LAYERS + 1)}
        declared = [(name, size) for name, size in sizes.items() if name not in self.taken]
        return Proposal([], declared, rows, self.unread)

    def layers(self, one: Found) -> list[str]:
        """Return the kinds of a symbol that has one array for each layer."""
        if (len(one.places) or len(_slots(one))) == 2:
            return ["layer l - 1", "layer l"]
        # What is never taken one layer lower begins behind the inputs.
        return ["layer l" if any(inner[1:] for inner in one.above) else "layer l, l ≥ 2"]

    def over(
        self, one: Found, above: str, names: dict[object, str], sizes: dict[str, int]
    ) -> list[str]:
        """Return the kinds of a symbol's indices."""
        slots: list[object] = [above] if above.isalpha() else []
        slots += [(one.name, place) for place in range(len(one.places))]
        if one.bold and not one.places:
            slots += _slots(one)
        found = []
        for slot in slots:
            root = self.root(slot)
            if root not in names:
                names[root] = self.name(root, set(names.values()))
                least = max([1, *(n for r, n in self.sizes.items() if self.root(r) == root)])
                size = max(least, 2)
                while size in sizes.values():
                    size += 1
                sizes[names[root]] = size
            found.append(names[root])
        return found

    def name(self, root: object, used: set[str]) -> str:
        """Return a name for a kind: that of its table, or after its first letter."""
        if isinstance(root, tuple) and root[0] == "kind":
            return str(root[1])
        letters = sorted(
            letter for letter in self.indices if self.root(letter) == root and letter.isalpha()
        )
        # An x between two words stands for ×.
        name = f"units {letters[0]}" if letters and letters[0] != "x" else ""
        return name if name and name not in used else f"axis {len(used) + 1}"

    def cell(self, one: Found, above: str) -> str:
        """Return the cell Symbol."""
        if one.argument:
            return f"${one.name}({one.argument})$"
        letters = list[str]()
        for place, seen in enumerate(one.places):
            named = next((each for each in seen if not each.isdigit()), "ijk"[place % 3])
            letters.append(named if named not in letters else _other(letters))
        name = f"\\mathbf{{{one.name}}}" if one.bold and not letters else one.name
        super_ = f"^{{({above})}}" if above else ""
        return f"${name}{super_}" + (f"_{{{' '.join(letters)}}}$" if letters else "$")

    def value(self, one: Found, names: dict[object, str]) -> str:
        """Return the cell Value."""
        if one.defined or one.argument:
            return "defined"
        if one.name in self.counts and not one.places:
            root = self.root(self.counts[one.name])
            if root in names:
                return f"number of {names[root]}"
        alike = len(one.places) == 2 and self.root((one.name, 0)) == self.root((one.name, 1))
        if one.name == "\\delta" and alike:
            return "Kronecker delta"
        if one.name == "e" and not (one.places or one.bold or one.above):
            return "Euler's number"
        return "positive" if one.name in ("\\eta", "\\epsilon", "\\varepsilon") else one.value


def _slots(one: Found) -> list[tuple[str, int]]:
    """Return the places of a whole array: a capital letter is a matrix."""
    return [(one.name, place) for place in range(1 + one.name[:1].isupper())]


def _heads(tree: Node) -> Iterator[str]:
    """Yield the symbol that the first side is, alone or called."""
    side = tree.children[0]
    found = _single(side) or next((str(one.children[0]) for one in side.find_data("call")), "")
    if found:
        yield found


def _single(side: Node) -> str:
    """Return the symbol that a side consists of, if it is one."""
    while isinstance(side, Tree) and len(side.children) == 1 and side.data not in _SYMBOLS:
        side = side.children[0]
    return str(side.children[0]) if is_a(side, *_SYMBOLS) else ""


def _bracketed(script: Tree[Token]) -> str:
    """Return what stands above a symbol in brackets: a letter, perhaps with a step."""
    brackets = list(script.find_data("bracket"))
    if not brackets:
        return ""
    tokens = [str(one) for one in brackets[0].scan_values(lambda one: isinstance(one, Token))]
    inner = "".join(tokens)
    return inner if re.fullmatch(r"[a-zA-Z]([+-]\d)?|\d", inner) else ""


def _other(letters: list[str]) -> str:
    return next(one for one in "ijkmnpq" if one not in letters)
