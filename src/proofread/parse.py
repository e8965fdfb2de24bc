r"""From the LaTeX of a display to syntax trees.

Two steps, both blind to what the letters mean:

1. :func:`statements` takes away what only sets the page (spacing, alignment, colour, annotations,
   braces that group nothing visible) and cuts the display into statements. Every remaining
   character remembers its place in the LaTeX, so that a report can point a caret at it.
2. :func:`parse` reads one statement with a strict LALR(1) grammar. Which letters are functions
   comes from the symbol tables, so ``\sigma(x)`` is a call and ``y(1 - y)`` a product by
   declaration, and the grammar never has to guess.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from lark import Lark, Tree, UnexpectedInput

MAX_LENGTH = 8_000
MAX_DEPTH = 40

BOLD = ("mathbf", "boldsymbol", "bm", "vec", "pmb")
ACCENTS = ("tilde", "hat", "bar", "dot", "check", "mathcal", "mathbb", "mathsf", "mathit", "mathrm")
LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi"
    " pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma"
    " Upsilon Phi Psi Omega ell"
).split()
BUILTINS = ("exp", "ln", "log", "tanh", "sin", "cos", "max", "min", "diag")

Node = Any
"""A tree or a token of lark, which leaves the types of a tree's children open."""

GRAMMAR = (resources.files("proofread") / "grammar.lark").read_text(encoding="utf-8")


class Fault(Exception):
    """Something that the author has to put right.

    Parameters
    ----------
    message : str
        What was wrong and what was expected.
    place : int, optional
        Offset into the LaTeX, for the caret.
    """

    def __init__(self, message: str, place: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def refuse(wrong: object, message: str, place: int | None = None) -> None:
    """Raise a fault where something is wrong."""
    if wrong:
        raise Fault(message, place)


class Waits(Fault):
    """What cannot be judged because a definition that it rests on is not in order.

    Parameters
    ----------
    label : str
        The label of that definition, which has its own report.
    """

    def __init__(self, label: str, name: str) -> None:
        super().__init__(f"{name} rests on {label}, which was found but could not be read")
        self.label = label


class Unfit(Fault):
    """A reading whose indices or shapes do not fit."""


def misfit(wrong: object, message: str, place: int | None = None) -> None:
    """Raise where a reading does not fit."""
    if wrong:
        raise Unfit(message, place)


@dataclass(frozen=True)
class Statement:
    """One equation, update or expression of a display, ready to be parsed.

    Attributes
    ----------
    text : str
        What is left of the LaTeX.
    places : tuple of int
        For every character of `text`, its offset in the display.
    ranges : tuple of str
        The contents of its "for all" clauses.
    """

    text: str
    places: tuple[int, ...]
    ranges: tuple[str, ...] = ()

    def span(self, node: object) -> tuple[int, int]:
        """Return where a node of the tree starts and ends in `text`."""
        at = getattr(node, "meta", node)
        return getattr(at, "start_pos", None) or 0, getattr(at, "end_pos", None) or 0

    def source(self, node: object) -> str:
        """Return the text that a node was read from."""
        start, end = self.span(node)
        return self.text[start:end]

    def place(self, node: object) -> int:
        """Return the offset of a node in the display."""
        return self.places[min(self.span(node)[0], len(self.places) - 1)]


_SPACE = r"%[^\n]*|\s+|(?<=\\\\)\[[^\]]*\]"
_SKIPPED = (
    r"\\[,;:!> ]|~|\\(?:displaystyle|textstyle|(?:no)?limits|left|right|middle|[bB]igg?[lr]?"
    r"|notag|nonumber|boxed|underline|mathrel|mathbin)(?![A-Za-z])"
    r"|\\(?:color|textcolor|class|htmlClass|htmlId|cssId|[vh]?phantom|hspace|overset|underset"
    r"|stackrel)\s*\{(?:[^{}]|\{[^{}]*\})*\}"
)
_TEXT = r"\\(?:text|textrm|textit|textbf|textsf|mbox)\s*\{([^{}]*)\}"
_TOKEN = rf"{_TEXT}|\\(?:begin|end)\s*\{{\w*\*?\}}|\\[A-Za-z]+\*?|\\.|."
_ENVIRONMENTS = "aligned align align* split gather gather* gathered equation equation*".split()
_CLOSES = {"{": "}"} | {f"\\begin{{{name}}}": f"\\end{{{name}}}" for name in _ENVIRONMENTS}
_RESPELL = {
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\intercal": "\\top",
    "\\gets": "\\leftarrow", "\\coloneqq": ":=", "\\coloneq": ":=", "\\circ": "\\odot",
    "\\lbrack": "[", "\\rbrack": "]", "\\Vert": "\\|", "\\ast": "\\odot", "\\overline": "\\bar",
    "\\widetilde": "\\tilde", "\\widehat": "\\hat", "\\operatorname": "\\mathrm",
}  # fmt: skip
_OUTSIDE = {
    "integrals": r"\int", "limits": r"\lim \to \rightarrow", "dots": r"\dots \ldots \cdots",
    "inequalities": r"\neq \ne \le \leq \ge \geq < >", "bars for absolute values": "|",
    "approximations": r"\approx \sim \propto", "labels and tags in a display": r"\label \tag",
}  # fmt: skip
_NEWLINE, _AMPERSAND, _GAP, _FOR = "\x01", "\x02", "\x03", "\x04"
_MARKS = {"\\\\": _NEWLINE, "&": _AMPERSAND, "\\quad": _GAP, "\\qquad": _GAP, "\\forall": _FOR}
_OPERATORS = {"=", ":", ":=", "+", "-", "\\cdot", "\\times", "\\odot", "\\leftarrow", "/"}
_UPRIGHT = {"T": "\\top", "d": "d", **{word: "\\" + word for word in BUILTINS}}
_WRAPS = {"\\" + name for name in (*BOLD, *ACCENTS)}

_Piece = tuple[str, int]
_Items = list["tuple[str | _Items, int]"]


def _tokens(
    latex: str, macros: Mapping[str, str], origin: int | None = None, depth: int = 0
) -> Iterator[_Piece]:
    """Yield what is no space and no comment, with the book's own macros expanded."""
    for match in re.finditer(rf"{_SPACE}|({_SKIPPED}|{_TOKEN})", latex, re.DOTALL):
        token, place = match[1], match.start() if origin is None else origin
        if token in macros:
            refuse(depth > 8, f"the macro {token} expands to itself", place)
            yield from _tokens(macros[token], macros, place, depth + 1)
        elif token:
            yield _RESPELL.get(token, token), place


def _group(tokens: Iterator[_Piece], opener: str = "", start: int = 0, depth: int = 0) -> _Items:
    """Read to what closes the opener; braces and environments become lists of their own."""
    items: _Items = []
    for token, place in tokens:
        if token in _CLOSES:
            refuse(depth == MAX_DEPTH, f"braces are nested more than {MAX_DEPTH} deep", place)
            items.append((_group(tokens, token, place, depth + 1), place))
        elif token in _CLOSES.values():
            refuse(token != _CLOSES.get(opener), f"this {token} closes nothing", place)
            return items
        else:
            items.append((token, place))
    refuse(opener, f"this {opener} is never closed", start)
    return items


def _raw(items: _Items) -> str:
    return "".join(one if isinstance(one, str) else "{" + _raw(one) + "}" for one, _ in items)


def _argument(rest: _Items, place: int) -> _Items:
    """Take the argument of a macro off the rest: a group, or one token with its own."""
    refuse(not rest, "an argument is missing here", place)
    item, start = rest.pop()
    if not isinstance(item, str):
        return item
    return [(item, start), (_argument(rest, start), start)] if item in _WRAPS else [(item, start)]


class _Layout:
    """The walk over a display that keeps what carries meaning.

    `rest` is always what is still to be read, the next item last; `inside` an argument there is
    no page layout.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.tips: list[list[_Piece]] = []
        self.round = 0
        self.bars = 0
        self.clause = False

    def walk(self, items: _Items, inside: bool = True) -> list[_Piece]:
        """Read items, and return what is left of them."""
        rest, kept = items[::-1], list[_Piece]()
        while rest:
            item, place = rest.pop()
            if isinstance(item, str):
                kept += self._token(item, place, rest, inside)
            else:
                kept += self.walk(item, inside)
        return kept

    def _token(self, token: str, place: int, rest: _Items, inside: bool) -> list[_Piece]:
        outside = [what for what, tokens in _OUTSIDE.items() if token in tokens.split()]
        if re.fullmatch(_SKIPPED, token):
            return []
        if match := re.fullmatch(_TEXT, token):
            return [(self._text(match[1], place, inside), place)]
        if token in ("\\underbrace", "\\overbrace"):
            return self._brace(rest, place, inside)
        if token in _MARKS:
            return self._mark(token, place, inside)
        if token in ",;" and not inside and self.round == 0:
            return [(_GAP, place)]
        if token in ("^", "_", "\\frac", "\\sqrt") or token in _WRAPS:
            return self._with_arguments(token, place, rest)
        refuse(outside and not self.clause, f"{''.join(outside)} are outside the dialect", place)
        if token == "\\|":
            token = ("\\lVert", "\\rVert")[self.bars % 2]
            self.bars += 1
        self.round += (token in "([") - (token in ")]")
        refuse(self.round > MAX_DEPTH, f"brackets are nested more than {MAX_DEPTH} deep", place)
        return [(token, place)]

    def _text(self, words: str, place: int, inside: bool) -> str:
        name = "\\mathrm{" + "".join(words.split()) + "}"
        if inside or name in self.names:
            return name
        if re.match(r"\s*for\b", words):
            self.clause = True
            return _FOR
        formula = re.search(r"\w", words) and not re.search(r"[^\W\d_]{2}", words)
        refuse(formula, f"the text “{words}” looks like part of the formula", place)
        return _GAP

    def _brace(self, rest: _Items, place: int, inside: bool) -> list[_Piece]:
        content = self.walk(_argument(rest, place), inside)
        if rest and rest[-1][0] in ("_", "^"):
            tip = _argument(rest, rest.pop()[1])
            if not re.match(_TEXT, _raw(tip)):
                # A brace with a formula at its tip is what the reader sees: an equality.
                self.tips.append([*content, ("=", place), *self.walk(tip)])
        return content

    def _mark(self, token: str, place: int, inside: bool) -> list[_Piece]:
        mark = _MARKS[token]
        refuse(inside and mark != _GAP, f"{token} stands inside an argument", place)
        self.clause = mark == _FOR or (self.clause and mark != _NEWLINE)
        return [] if inside else [(mark, place)]

    def _with_arguments(self, token: str, place: int, rest: _Items) -> list[_Piece]:
        arguments = [_argument(rest, place) for _ in range(2 if token == "\\frac" else 1)]
        words = _raw(arguments[0])
        if token == "^" and words and not words.replace("\\prime", ""):
            return [("'", place)] * words.count("\\prime")
        if token in ("\\mathrm", "\\mathsf") and words in _UPRIGHT:
            return [(_UPRIGHT[words], place)]
        groups = [self.walk(argument) for argument in arguments]
        if token == "^" and groups[0] and groups[0][-1][0] in {"\\top", "T"} - self.names:
            # A transpose is a superscript by itself, also behind another: ^{(l)\top}.
            groups[0][-1:] = [(mark, place) for mark in ("}", "{", "}", "^", "{", "\\top")]
            groups[0] = groups[0][5:] if len(groups[0]) == 6 else groups[0]
        if token == "\\frac" and all(group[:1] and group[0][0] == "d" for group in groups):
            for group in groups:
                group[0] = ("d" if "d" in self.names else "\\partial", group[0][1])
        fenced = [[("{", place), *group, ("}", place)] for group in groups]
        return [(token, place), *itertools.chain(*fenced)]


def statements(
    latex: str, macros: Mapping[str, str] | None = None, names: frozenset[str] = frozenset()
) -> list[Statement]:
    r"""Cut a display into its statements.

    Parameters
    ----------
    latex : str
        What stands between the dollar signs.
    macros : mapping, optional
        The book's own macros without arguments, ``{"\\R": "\\mathbb{R}"}``.
    names : frozenset of str, optional
        The names that the symbol tables declare.

    Returns
    -------
    list of Statement
        The last ones are the equalities that braces with a formula at their tip state.

    Raises
    ------
    Fault
        Where the LaTeX is outside the dialect.
    """
    length = len(latex)
    refuse(length > MAX_LENGTH, f"a display of {length} characters; the most is {MAX_LENGTH}")
    layout = _Layout(names)
    lines = _cut(layout.walk(_group(_tokens(latex, macros or {})), inside=False), _NEWLINE)
    found: list[tuple[list[_Piece], list[str]]] = []
    firsts: list[str] = []
    for line in lines:
        body, *clauses = _cut(line, _FOR)
        firsts += [token for token, _ in body if token != _GAP][:1]
        # Where the first line has no ampersand in front, one in front continues a line.
        goes_on = firsts[-1:] == [_AMPERSAND] and firsts[0] != _AMPERSAND
        for part in _cut([piece for piece in body if piece[0] != _AMPERSAND], _GAP):
            if "".join(token for token, _ in part) in ("", "."):
                continue
            if found and (goes_on or {part[0][0], found[-1][0][-1][0]} & _OPERATORS):
                _join(found[-1][0], part)
            else:
                found.append((part, []))
            goes_on = False
        for clause in clauses if found else ():
            found[-1][1].append("".join(t if t != _GAP else "," for t, _ in clause))
        if found and found[-1][0][-1][0] == "." and len(found[-1][0]) > 1:
            found[-1][0].pop()
    refuse(not found, "the display holds no formula")
    shared = [clause for _, clauses in found for clause in clauses]
    return [_statement(*one) for one in [*found, *((tip, shared) for tip in layout.tips)]]


def _cut(pieces: list[_Piece], mark: str) -> list[list[_Piece]]:
    parts: list[list[_Piece]] = [[]]
    for piece in pieces:
        if piece[0] == mark:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _join(before: list[_Piece], after: list[_Piece]) -> None:
    r"""Continue a statement on the next line; ``= \\ &=`` is one relation."""
    if before[-1][0] == after[0][0] == "=":
        before.pop()
    before += after


def _statement(pieces: list[_Piece], ranges: list[str]) -> Statement:
    text, places = "", list[int]()
    for (before, _), (token, place) in itertools.pairwise([("", 0), *pieces]):
        apart = re.fullmatch(r"\\[A-Za-z]+", before) and token[:1].isalpha()
        text += " " + token if apart else token
        places += [place] * (len(text) - len(places))
    return Statement(text, tuple(places), tuple(ranges))


_LETTERS = rf"[A-Za-z]|\\(?:{'|'.join(LETTERS)})(?![A-Za-z])"
_DRESSED = rf"\\(?:{'|'.join((*BOLD, *ACCENTS))})"
NAME = _WORD = "[A-Za-z0-9][A-Za-z0-9-]*"
for _ in range(4):
    NAME = rf"(?:{_LETTERS}|{_DRESSED}\{{(?:{_WORD}|{NAME})\}})"


@lru_cache(maxsize=64)
def _parser(functions: frozenset[str]) -> Lark:
    ends = [re.escape(name) + ("(?![A-Za-z])" if name[-1].isalpha() else "") for name in functions]
    declared = "|".join(sorted(ends, key=len, reverse=True)) or r"\\nofunction"
    builtin = rf"\\(?:{'|'.join(BUILTINS)})(?![A-Za-z])"
    terminals = f"FUNCTION.3: /{declared}/\nBUILTIN.2: /{builtin}/\nNAME: /{NAME}/\n"
    return Lark(GRAMMAR + terminals, parser="lalr", strict=True, propagate_positions=True)


def parse(statement: Statement, functions: Iterable[str] = ()) -> Node:
    """Parse one statement.

    Parameters
    ----------
    statement : Statement
        As :func:`statements` gives it.
    functions : iterable of str
        The names that the symbol tables declare as functions.

    Returns
    -------
    lark.Tree
        A ``start`` tree: sides and the relations between them. Positions are offsets into
        ``statement.text``.

    Raises
    ------
    Fault
        At the first token that fits no formula of the dialect.
    """
    if long := re.search(r"\d{100}", statement.text):
        raise Fault("a number of more than 100 digits", statement.places[long.start()])
    try:
        return _parser(frozenset(functions)).parse(statement.text)
    except UnexpectedInput as error:
        at = error.pos_in_stream
        if at is None or not 0 <= at < len(statement.text) or getattr(error, "token", "x") == "":
            raise Fault("the formula breaks off here", statement.places[-1]) from None
        what = re.findall(r"\\begin{\w*}|\\[A-Za-z]+|.", statement.text[at:], re.DOTALL)[0]
        known = what[1:] in (*LETTERS, *BUILTINS) or what in GRAMMAR.replace("\\\\", "\\")
        reason = "is outside the dialect" if what[0] == "\\" and not known else "does not fit here"
        raise Fault(f"{what} {reason}", statement.places[at]) from None


def name_of(token: str) -> tuple[str, bool]:
    r"""Split a NAME into the letter with its accents and whether it is bold.

    Examples
    --------
    >>> name_of(r"\tilde{\mathbf{u}}")
    ('\\tilde{u}', True)
    """
    name, fonts = re.subn(rf"\\(?:{'|'.join(BOLD)})\{{", "", token)
    return name[: len(name) - fonts], fonts > 0


def is_a(node: object, *names: str) -> bool:
    """Say whether a node is of one of these rules, or a token of one of these types."""
    return (node.data if isinstance(node, Tree) else getattr(node, "type", None)) in names
