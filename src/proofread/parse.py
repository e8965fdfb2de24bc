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

import hashlib
import itertools
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput
from lark import __version__ as lark_version
from platformdirs import user_cache_dir

MAX_LENGTH = 8_000
MAX_DEPTH = 40
MAX_DIGITS = 12

BOLD = ("mathbf", "boldsymbol", "bm", "vec", "pmb")
ACCENTS = (
    "tilde", "hat", "bar", "dot", "check", "underline",
    "mathcal", "mathbb", "mathsf", "mathit", "mathrm",
)  # fmt: skip
LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi"
    " pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma"
    " Upsilon Phi Psi Omega ell"
).split()
BUILTINS = (
    "exp", "ln", "log", "tanh", "sin", "cos", "sinh", "cosh", "max", "min", "diag",
    "relu", "sigmoid", "softplus", "softmax",
)  # fmt: skip

Node = Any
"""A tree or a token of lark, which leaves the types of a tree's children open."""

SECOND = "second derivatives are outside the dialect"

GRAMMAR = (resources.files("proofread") / "grammar.lark").read_text(encoding="utf-8")


class Cause(Enum):
    """What kind of fault it is, for those who say it in words of their own."""

    OTHER = "anything else"
    VACUOUS = "both sides are the same"
    UNKNOWN = "a symbol that no table declares"
    BARE = "a symbol without its indices"
    LAYERLESS = "a symbol without its layer"
    INFINITE = "no value on some networks"
    DIALECT = "LaTeX that the checker does not know"
    SCRIPT = "a script on the name of a function"


class Fault(Exception):
    """Something that the author has to put right.

    Parameters
    ----------
    message : str
        What was wrong and what was expected.
    place : int, optional
        Offset into the LaTeX, for the caret.
    cause : Cause
        What kind of fault it is.
    about : str
        The symbol, the LaTeX or the operation at fault, where the cause is of one.
    """

    def __init__(
        self, message: str, place: int | None = None, cause: Cause = Cause.OTHER, about: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.cause, self.about = cause, about


def refuse(
    wrong: object, message: str, place: int | None = None,
    cause: Cause = Cause.OTHER, about: str = "",
) -> None:  # fmt: skip
    """Raise a fault where something is wrong."""
    if wrong:
        raise Fault(message, place, cause, about)


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


class Turned(Fault):
    """Shapes that differ, perhaps only since a vector is a row here and a column elsewhere."""


class Misdefined(Fault):
    """A definition that fits in no reading."""


class Unreached(Fault):
    """A branch that no network took, so that what it says was not judged."""


def unreached(wrong: object, message: str) -> None:
    """Raise where no network took a branch."""
    if wrong:
        raise Unreached(message)


class TooLarge(Fault):
    """What would take too much memory: a limit of this program, and nothing about the text."""


def misfit(
    wrong: object, message: str, place: int | None = None,
    cause: Cause = Cause.OTHER, about: str = "",
) -> None:  # fmt: skip
    """Raise where a reading does not fit."""
    if wrong:
        raise Unfit(message, place, cause, about)


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


_SPACE = r"(?P<blank>\n[ \t]*\n\s*)|%[^\n]*|\s+|(?<=\\\\)\[[^\]]*\]"
_SKIPPED = (
    r"\\(?:left|right)\s*\.|\\[,;:!> ]|~|\\(?:displaystyle|textstyle|(?:no)?limits"
    r"|left|right|middle|[bB]igg?[lr]?|notag|nonumber|boxed|[bx]?cancel|mathrel|mathbin)(?![A-Za-z])"
    r"|\\(?:require|color|textcolor|class|htmlClass|htmlId|cssId|[vh]?phantom"
    r"|hspace)\s*\{(?:[^{}]|\{[^{}]*\})*\}"
)
_TEXT = r"\\(?:text|textrm|textit|textbf|textsf|mbox)\s*\{([^{}]*)\}"
_TOKEN = rf"{_TEXT}|\\(?:begin|end)\s*\{{\w*\*?\}}|\\[A-Za-z]+\*?|\\.|."
_ENVIRONMENTS = "aligned align align* split gather gather* gathered equation equation*".split()
# What stands in a grid of cells: its first sign, that of its next row, and its last.
_GRIDS = {
    "cases": "⎧⏎⎭", "dcases": "⎧⏎⎭", "matrix": "⎡⏎⎦", "pmatrix": "⎡⏎⎦", "bmatrix": "⎡⏎⎦",
}  # fmt: skip
_ENVIRONMENTS += _GRIDS
_CLOSES = {"{": "}"} | {f"\\begin{{{name}}}": f"\\end{{{name}}}" for name in _ENVIRONMENTS}
_RESPELL = {
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\intercal": "\\top",
    "\\gets": "\\leftarrow", "\\coloneqq": ":=", "\\coloneq": ":=", "\\lbrack": "[",
    "\\rbrack": "]", "\\Vert": "\\|", "\\overline": "\\bar", "\\widetilde": "\\tilde",
    "\\widehat": "\\hat", "\\operatorname": "\\mathrm", "\\equiv": ":=",
    "\\{": "(", "\\}": ")", "\\lbrace": "(", "\\rbrace": ")",
    "\\ne": "\\neq", "\\triangleq": ":=", "\\Re": "\\mathbb{R}",
}  # fmt: skip
_FOREIGN = {
    "integrals": r"\int", "limits": r"\lim \to \rightarrow", "dots": r"\dots \ldots \cdots",
    "inequalities": r"\le \leq \ge \geq < >", "bars for a condition": r"\mid \vert",
    "places of a minimum or maximum": r"\arg \argmin \argmax \operatorname*",
    "signs with two readings (⊙ is the product entry by entry)": r"\ast \circ \otimes \star",
    "decorations above or below a sign": r"\overset \underset \stackrel",
    "approximations": r"\approx \sim \propto", "labels and tags in a display": r"\label \tag",
}  # fmt: skip
_OUTSIDE = {token: what for what, tokens in _FOREIGN.items() for token in tokens.split()}
# What the page sets apart: a line, a blank line or one of gather, a cell, a space, a comma or a
# word between statements, a remark in brackets, and the word that begins a clause.
_NEWLINE, _BREAK, _CELL, _GAP, _STOP, _REMARK, _FOR = map(chr, range(1, 8))
_WEIGHT = ["", _REMARK, _GAP, _NEWLINE, _CELL, _STOP, _BREAK]
_MARKS = {
    "\\\\": _NEWLINE, "\\break": _BREAK, "&": _CELL, "\\quad": _GAP, "\\qquad": _GAP,
    "\\forall": _FOR,
}  # fmt: skip
_RELATIONS = {"=", ":", ":=", "\\leftarrow"}
_OPERATORS = {*_RELATIONS, "+", "-", "\\cdot", "\\times", "\\odot", "/"}
_BETWEEN = set("and or so where hence thus then with therefore that is i.e. which gives".split())
_EVERY = {"all", "every", "each", "any", "and", "the"}
_DENIES = re.compile(r"\b(not|no|never|false|wrong|half|twice|times|minus|plus|un\w*)\b|n't")
_UPRIGHT = {"T": "\\top", "d": "\\partial", **{word: "\\" + word for word in BUILTINS}}
_UPRIGHT |= {"ReLU": "\\relu", "Softmax": "\\softmax", "SoftMax": "\\softmax"}
_COMPARED = {"<": "<", ">": ">", "\\le": "\\leq", "\\ge": "\\geq",
             "\\leq": "\\leq", "\\geq": "\\geq", "\\neq": "\\neq"}  # fmt: skip
_SAID = {"if": "", "when": "", "for": "", "and": ",", "otherwise": "\\otherwise",
         "else": "\\otherwise"}  # fmt: skip
_HENCE = (
    "\\rightarrow", "\\Rightarrow", "\\longrightarrow", "\\Longrightarrow", "\\implies", "\\iff",
)  # fmt: skip
_SET_OVER = {
    "\\" + name for name in (*BOLD, *ACCENTS) if name not in ("mathrm", "mathsf", "mathit")
}
_WRAPS = {"\\" + name for name in (*BOLD, *ACCENTS)}

_Piece = tuple[str, int]
_Items = list["tuple[str | _Items, int]"]


def _tokens(
    latex: str, macros: Mapping[str, str], origin: int | None = None, depth: int = 0
) -> Iterator[_Piece]:
    """Yield what is no space and no comment, with the book's own macros expanded."""
    for match in re.finditer(rf"{_SPACE}|(?P<token>{_SKIPPED}|{_TOKEN})", latex, re.DOTALL):
        token, place = match["token"], match.start() if origin is None else origin
        refuse(token and token in "⎧⏎⎭⎡⎦⏐", f"{token} does not fit here", place)
        if match["blank"]:
            yield "\\break", place
        elif token in macros:
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
            if opener.removeprefix("\\begin{")[:-1] in _GRIDS:
                return _grid(items, _GRIDS[opener.removeprefix("\\begin{")[:-1]], start)
            lines = "\\break" if "{gather" in opener else "\\\\"
            return [(lines if item == "\\\\" else item, at) for item, at in items]
        else:
            items.append((token, place))
    refuse(opener, f"this {opener} is never closed", start)
    return items


def _grid(items: _Items, signs: str, start: int) -> _Items:
    """Return the cells of a grid as groups, between the signs that tell its rows apart."""
    first, new, last = tuple(signs)
    rows: list[list[_Items]] = [[[]]]
    for item, at in items:
        if item == "\\\\":
            rows.append([[]])
        elif item == "&":
            rows[-1].append([])
        elif item != "\\break":
            rows[-1][-1].append((item, at))
    found: _Items = []
    for row in rows:
        if any(row):
            found.append((new if found else first, start))
            found += [(cell, cell[0][1] if cell else start) for cell in row]
    return [*found, (last, start)]


def _raw(items: _Items) -> str:
    return "".join(one if isinstance(one, str) else "{" + _raw(one) + "}" for one, _ in items)


def _argument(rest: _Items, place: int) -> _Items:
    """Take the argument of a macro off the rest: a group, or one token with its own."""
    refuse(not rest, "an argument is missing here", place)
    item, start = rest.pop()
    if not isinstance(item, str):
        return item
    return [(item, start), (_argument(rest, start), start)] if item in _WRAPS else [(item, start)]


def _scripts_outside(items: _Items, rest: _Items) -> _Items:
    r"""Put the scripts of a letter under an accent, \bar{y_i}, after it: \bar{y}_i."""
    head = 2 if items and items[0][0] in _WRAPS else 1
    if len(items) > head and items[head][0] in ("_", "^"):
        rest += items[head:][::-1]
        return items[:head]
    return items


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
        self.single = 0
        self.clause = False
        self.condition = False
        self.lefts = 0

    def walk(self, items: _Items, inside: bool = True) -> list[_Piece]:
        """Read items, and return what is left of them."""
        if items and items[0][0] == "\\rm":
            return self.walk([("\\mathrm", items[0][1]), (items[1:], items[0][1])])
        rest, kept = items[::-1], list[_Piece]()
        while rest:
            item, place = rest.pop()
            if item == "." and rest and rest[-1][0] in ("(", "*"):
                # A point says, in Julia and Matlab, that what follows goes entry by entry.
                called = rest[-1][0] == "(" and kept and kept[-1][0] in self.names | {"}"}
                kept += [] if called else [("\\odot" if rest[-1][0] == "*" else ".", place)]
                del rest[-1 if rest[-1][0] == "*" else len(rest) :]
            elif isinstance(item, str):
                kept += self._token(item, place, rest, inside)
            else:
                kept += self.walk(item, inside)
        return kept

    def _token(self, token: str, place: int, rest: _Items, inside: bool) -> list[_Piece]:
        outside = _OUTSIDE.get(token, "")
        top = not inside and self.round == 0
        if top and (token in _HENCE or token.startswith("\\hspace")):
            return [(_STOP if token in _HENCE else _GAP, place)]
        if token in "⎧⎡":
            return self._cells(token, place, rest)
        if self.condition and token in _COMPARED:
            return [(_COMPARED[token], place)]
        if token.startswith("\\left") and re.fullmatch(r"\\left\s*\.", token):
            # What a bar closes that says where a value is taken.
            self.lefts += 1
            self.round += 1
            return [("(", place)]
        if token[0] in "\\~" and re.fullmatch(_SKIPPED, token):
            return [] if token[1:2].isalpha() else [(" ", place)]
        if token[0] == "\\" and (match := re.fullmatch(_TEXT, token)):
            return [(piece, place) for piece in self._text(match[1], place, inside)]
        if token in ("\\underbrace", "\\overbrace"):
            return self._brace(rest, place, inside)
        if token in _MARKS:
            return self._mark(token, place, inside)
        if token in ",;" and not inside and self.round == 0:
            return [(_STOP, place)]
        if token == "\\partial" and rest and rest[-1][0] != "_":
            # A fraction, which _with_arguments reads, is the other derivative.
            return [("∂", place)]
        if token in ("^", "_", "\\frac", "\\sqrt") or token in _WRAPS:
            return self._with_arguments(token, place, rest)
        if token in ("|", "\\vert", "\\rvert") and rest and rest[-1][0] == "_" and not self.clause:
            return self._bar(place, rest)
        refuse(outside and not self.clause, f"{outside} are outside the dialect", place,
               Cause.DIALECT, outside)  # fmt: skip
        if token == "\\|":
            token = ("\\lVert", "\\rVert")[self.bars % 2]
            self.bars += 1
        if token == "|" and not self.clause:
            token = ("\\lvert", "\\rvert")[self.single % 2]
            self.single += 1
        self.round += (token in "([") - (token in ")]")
        refuse(self.round > MAX_DEPTH, f"brackets are nested more than {MAX_DEPTH} deep", place)
        return [(token, place)]

    def _text(self, words: str, place: int, inside: bool) -> list[str]:
        """Read a text: a name, a word between statements, a remark, or the start of a clause."""
        if self.condition:
            parts = re.findall(r"\w+|[^\s\w]", words)
            known = all(word in _SAID or word in ",.;" for word in parts)
            expected = "expected if, and, or otherwise"
            refuse(not known, f"a case says “{words.strip()}”; {expected}", place)
            return [_SAID[word] for word in parts if _SAID.get(word)]
        joined = "".join(words.split())
        name = "\\mathrm{" + joined + "}"
        if joined in _UPRIGHT and name not in self.names:
            return [_UPRIGHT[joined]]
        if inside or name in self.names:
            return [name]
        said = re.findall(r"[^\s,;:]+", words)
        if said[:1] == ["for"] or self.clause:
            letters = [word for word in said if word not in ("for", *_EVERY)]
            strange = " ".join(word for word in letters if len(word) > 1)
            refuse(
                strange, f"cannot read the clause “{words.strip()}”: what is “{strange}”?", place
            )
            start = [_STOP if self.clause else _FOR]
            self.clause = True
            return start + ",".join(letters).split() if letters else start
        if {word.rstrip(".").casefold() for word in said} <= {w.rstrip(".") for w in _BETWEEN}:
            return [_STOP]
        if re.fullmatch(r"\s*[(\[].*[)\]][.,;]?\s*", words) and not _DENIES.search(words):
            return [_REMARK]
        if words.rstrip().endswith(":") and not _DENIES.search(words):
            return [_STOP]
        formula = not re.search(r"[^\W\d_]{2}", words)
        refuse(formula, f"the text “{words}” looks like part of the formula", place)
        expected = "expected and, so, where …; a clause “for …”; or a remark in brackets"
        refuse(len(said) > 1, f"the text “{words.strip()}” may change the claim: {expected}", place)
        return [name]

    def _cells(self, token: str, place: int, rest: _Items) -> list[_Piece]:
        """Read the cells of a grid; in a row of cases the second says when the first holds."""
        kept: list[_Piece] = [(token, place)]
        number = 0
        while rest:
            cell, at = rest.pop()
            if isinstance(cell, str):
                kept.append((cell, at))
                number = 0
                continue
            number += 1
            refuse(token == "⎧" and number > 2, "a case with more than one condition", at)
            outer, self.condition = self.condition, token == "⎧" and number == 2
            pieces = [piece for piece in self.walk(cell) if piece[0] != " "]
            self.condition = outer
            while token == "⎧" and pieces and pieces[-1][0] in ",.;":
                pieces.pop()
            compared = {"=", "\\otherwise", *_COMPARED.values()} & {one for one, _ in pieces}
            unclear = token == "⎧" and number == 2 and not compared
            refuse(unclear, "the condition of a case; expected such as r > 0, or otherwise", at)
            kept += [("{", at), *pieces, ("}", at)]
        return kept

    def _bar(self, place: int, rest: _Items) -> list[_Piece]:
        """Read a bar that says where a value is taken."""
        _, at = rest.pop()
        refuse(self.single % 2, "a bar that says where a value is taken, between bars", place)
        closed = [(")", place)] * bool(self.lefts)
        self.round -= len(closed)
        self.lefts -= len(closed)
        return [*closed, ("⏐", place), ("{", at), *self.walk(_argument(rest, at)), ("}", at)]

    def _brace(self, rest: _Items, place: int, inside: bool) -> list[_Piece]:
        content = self.walk(_argument(rest, place), inside)
        if rest and rest[-1][0] in ("_", "^"):
            tip = _argument(rest, rest.pop()[1])
            if not re.match(_TEXT, _raw(tip)):
                # A brace with a formula at its tip is what the reader sees: an equality.
                said = self.walk(tip[1:] if tip[0][0] == "=" else tip)
                self.tips.append([*content, ("=", place), *said])
        return content

    def _mark(self, token: str, place: int, inside: bool) -> list[_Piece]:
        mark = _MARKS[token]
        if token == "\\break" and inside:
            return []
        refuse(inside and mark != _GAP, f"{token} stands inside an argument", place)
        self.clause = mark == _FOR or (self.clause and mark not in (_NEWLINE, _BREAK))
        return [(mark, place)] if not inside else []

    def _with_arguments(self, token: str, place: int, rest: _Items) -> list[_Piece]:
        arguments = [_argument(rest, place) for _ in range(2 if token == "\\frac" else 1)]
        if token in _SET_OVER:
            arguments[0] = _scripts_outside(arguments[0], rest)
        words = _raw(arguments[0])
        if token == "^" and words in ("*", "\\star", "\\odot"):
            return [("⋆", place)]
        if token == "^" and words and not words.replace("\\prime", ""):
            return [("'", place)] * words.count("\\prime")
        declared = "\\mathrm{" + words + "}" in self.names
        if token in ("\\mathrm", "\\mathsf") and words in _UPRIGHT and not declared:
            return [(_UPRIGHT[words], place)]
        groups = [self.walk(argument) for argument in arguments]
        if token == "^" and groups[0] and groups[0][-1][0] in {"\\top", "T"} - self.names:
            # A transpose is a superscript by itself, also behind another: ^{(l)\top}.
            groups[0][-1:] = [(mark, place) for mark in ("}", "{", "}", "^", "{", "\\top")]
            groups[0] = groups[0][5:] if len(groups[0]) == 6 else groups[0]
        partial = all(group and group[0][0] in ("∂", "\\partial") for group in groups)
        refuse(token == "\\frac" and _twice(groups), SECOND, place)
        if token == "\\frac" and (partial or _differentials(groups)):
            for group in groups:
                group[0] = ("\\partial", group[0][1])
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
    pieces = layout.walk(_group(_tokens(latex, macros or {})), inside=False)
    found: list[tuple[list[_Piece], list[str]]] = []
    first: list[_Piece] = []
    for mark, line in _cut(pieces, _NEWLINE + _BREAK):
        (_, body), *clauses = _cut(line, _FOR)
        first = first or body
        # Where the first line has no ampersand in front, one in front continues a line.
        goes_on = body[:1] and body[0][0] == _CELL and first[0][0] != _CELL
        _add_line(found, body, mark or _BREAK, bool(goes_on))
        for _, clause in clauses if found else ():
            marks = _GAP + _STOP + _CELL
            found[-1][1].append("".join("," if t in marks else t for t, _ in clause))
    refuse(not found, "the display holds no formula")
    shared = [clause for _, clauses in found for clause in clauses]
    return [_statement(*one) for one in [*found, *((tip, shared) for tip in layout.tips)]]


def _differentials(groups: list[list[_Piece]]) -> bool:
    """Say whether a fraction is a derivative in d: a d in front of something, above and below.

    Above, a d may stand alone: d/dx is an operator.
    """
    above, below = ([token for token, _ in group] for group in groups)
    scripts = {"_", "^", "'", *_OPERATORS}
    of_something = bool(below[1:]) and below[1] not in scripts and not scripts & {*above[1:2]}
    return above[:1] == below[:1] == ["d"] and of_something


def _twice(groups: list[list[_Piece]]) -> bool:
    """Say whether a fraction is a derivative of a higher order: d² above, and a d and ² below."""
    above, below = ("".join(token for token, _ in group) for group in groups)
    order = re.match(r"(d|∂|\\partial)\^\{(\w+)\}", above)
    return bool(order and below.startswith(order[1]) and below.endswith(f"^{{{order[2]}}}"))


def _add_line(
    found: list[tuple[list[_Piece], list[str]]], line: list[_Piece], mark: str, goes_on: bool
) -> None:
    """Cut a line into parts, and make each part a statement or join it to the one before."""
    remark = False
    for own, part in _cut(_columns(line), _CELL + _GAP + _STOP + _REMARK + _BREAK):
        remark = own == _REMARK or (remark and own == _GAP)
        mark = max(mark, own, key=_WEIGHT.index)
        text = [piece for piece in part if piece[0] != " "]
        if "".join(token for token, _ in text) in ("", "."):
            continue
        refuse(remark, "a remark stands inside a formula", text[0][1])
        if not found or _apart(found[-1][0], text, mark, goes_on):
            found.append((part, []))
        else:
            _join(found[-1][0], part)
        if found[-1][0][-1][0] == ".":
            found[-1][0].pop()
        mark, goes_on = "", False


def _columns(line: list[_Piece]) -> list[_Piece]:
    """Join what a line aligns, and break it between two columns of equations.

    The first ampersand of each pair aligns, the second begins another column. What stays is an
    ampersand with nothing before it.
    """
    joined: list[_Piece] = []
    for number, (_, cell) in enumerate(_cut(line, _CELL)):
        before, first = joined[-1:], [token for token, _ in cell if token not in (" ", _GAP)][:1]
        last = [token for token, _ in joined if token not in (" ", _GAP)][-1:]
        if last and last[0] in _RELATIONS:
            # As in eqnarray, where a cell holds the relation alone.
            pass
        elif number % 2 == 0:
            joined += [(_BREAK, at) for _, at in before]
        elif not before or before[0][0] == _BREAK:
            joined += [(_CELL, at) for _, at in cell[:1]]
        elif first and first[0] not in _RELATIONS and _relates(cell) and _relates(joined):
            joined += [(_BREAK, at) for _, at in cell[:1]]
        joined += cell
    return joined


def _apart(before: list[_Piece], part: list[_Piece], mark: str, goes_on: bool) -> bool:
    """Say whether a part is a statement of its own, and not the rest of the one before."""
    first, place = part[0]
    unfinished, operator = before[-1][0] in _OPERATORS, first in _OPERATORS
    relation = first in _RELATIONS
    own = _relates(part[1:])
    if mark in (_STOP, _BREAK):
        refuse(unfinished, "the formula breaks off here", before[-1][1])
        nothing = operator and first not in "+-"
        refuse(nothing, f"nothing goes on across a comma, a word or a column; {first} does", place)
        return True
    if relation or unfinished:
        return False
    if operator:
        clear = not own or (first == "-" and not goes_on)
        unclear = "goes on the line before, or states something of its own? Write it on one line"
        refuse(not clear, f"does this {first} {unclear}", place)
        return own
    if mark == _CELL:
        return own and (goes_on or _relates(before))
    return True


def _relates(pieces: list[_Piece]) -> bool:
    """Say whether a relation stands in a part, outside all braces."""
    depth = 0
    for token, _ in pieces:
        depth += (token in "{(") - (token in "})")
        if depth == 0 and token in _RELATIONS:
            return True
    return False


def _cut(pieces: list[_Piece], marks: str) -> list[tuple[str, list[_Piece]]]:
    """Cut at marks; each part comes with the mark before it."""
    parts: list[tuple[str, list[_Piece]]] = [("", [])]
    for piece in pieces:
        if piece[0] in marks:
            parts.append((piece[0], []))
        else:
            parts[-1][1].append(piece)
    return parts


def _join(before: list[_Piece], after: list[_Piece]) -> None:
    r"""Continue a statement on the next line; ``= \\ &=`` is one relation."""
    if before[-1][0] == after[0][0] == "=":
        before.pop()
    before += after


def _statement(pieces: list[_Piece], ranges: list[str]) -> Statement:
    text, places = "", list[int]()
    for (before, _), (token, place) in itertools.pairwise([("", 0), *_unspaced(pieces)]):
        apart = before[:1] == "\\" and before[-1:].isalpha() and token[:1].isalpha()
        text += " " + token if apart else token
        places += [place] * (len(text) - len(places))
    return Statement(text, tuple(places), tuple(ranges))


def _unspaced(pieces: list[_Piece]) -> Iterator[_Piece]:
    """Leave spaces out, but for those that part two numbers and not the thousands of one."""
    tokens = [token for token, _ in pieces]
    for number, piece in enumerate(pieces):
        after = "".join(tokens[number + 1 : number + 5])
        numbers = number and tokens[number - 1].isdigit() and after[:1].isdigit()
        if piece[0] != " " or (numbers and not re.fullmatch(r"\d{3}\D?", after)):
            yield piece


_LETTERS = rf"[A-Za-z]|\\(?:{'|'.join(LETTERS)})(?![A-Za-z])"
_DRESSED = rf"\\(?:{'|'.join((*BOLD, *ACCENTS))})"
NAME = _WORD = "[A-Za-z0-9][A-Za-z0-9-]*"
for _ in range(4):
    NAME = rf"(?:{_LETTERS}|{_DRESSED}\{{(?:{_WORD}|{NAME})\}})"


def grammar(*, strict: bool = False, cache: str | bool = False) -> Lark:
    """Build the parser.

    Parameters
    ----------
    strict : bool
        Also look for what could be read in two ways, which takes long; a test does it.
    cache : str or bool
        The file to take it from, or to put it into.

    Raises
    ------
    lark.exceptions.LarkError
        When the grammar is ambiguous.
    """
    builtin = rf"\\(?:{'|'.join(BUILTINS)})(?![A-Za-z])"
    # What is a function, a text declares: nothing is named so here.
    nothing = r"\\nofunction"
    terminals = f"FUNCTION.3: /{nothing}/\nBUILTIN.2: /{builtin}/\nNAME: /{NAME}/\n"
    return Lark(
        GRAMMAR + terminals, parser="lalr", strict=strict, propagate_positions=True, cache=cache
    )


def _cache() -> str | bool:
    """Return the file in which lark keeps the parser that it has built; none where none may be."""
    folder = Path(user_cache_dir("proofread", appauthor=False))
    made = hashlib.sha256(f"{GRAMMAR}{NAME}{BUILTINS}{lark_version}{sys.version}".encode())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return str(folder / f"{made.hexdigest()[:16]}.parser") if os.access(folder, os.W_OK) else False


_Signs = list[tuple[str, "re.Pattern[str]"]]


@lru_cache(maxsize=1)
def _parser() -> tuple[Lark, _Signs]:
    """Return the parser, and what a sign of each kind looks like, in the order of looking."""
    parser = grammar(cache=_cache())
    signs = sorted(
        parser.terminals, key=lambda one: (-one.priority, -one.pattern.max_width, one.name)
    )
    return parser, [(one.name, re.compile(one.pattern.to_regexp())) for one in signs]


@lru_cache(maxsize=64)
def _signs(functions: frozenset[str], words: frozenset[str]) -> _Signs:
    """Return the signs of a text that declares these functions and names of several letters."""
    ends = [re.escape(name) + ("(?![A-Za-z])" if name[-1].isalpha() else "") for name in functions]
    function = re.compile("|".join(sorted(ends, key=len, reverse=True)) or "(?!)")
    # A name that shows what its value rests on comes before the function it begins like.
    listed = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    word = re.compile("|".join(listed) or "(?!)")
    found: _Signs = []
    for name, pattern in _parser()[1]:
        found += [("NAME", word)] * (name == "NAME")
        found.append((name, function if name == "FUNCTION" else pattern))
    return found


def _read(text: str, signs: _Signs) -> Node:
    """Parse a text. What a sign is rests on what may stand at its place: `12` is an index twice.

    Raises
    ------
    lark.UnexpectedInput
        Where no sign fits that may stand there.
    """
    reader, at = _parser()[0].parse_interactive(), 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        expected = reader.choices()  # type: ignore[no-untyped-call]
        for name, pattern in signs:
            if name in expected and (found := pattern.match(text, at)):
                reader.feed_token(Token(name, found[0], at, end_pos=found.end()))
                at = found.end()
                break
        else:
            raise UnexpectedCharacters(text, at, 1, at)  # type: ignore[no-untyped-call]
    return reader.feed_eof()  # type: ignore[no-untyped-call]


def parse(statement: Statement, functions: Iterable[str] = (), words: Iterable[str] = ()) -> Node:
    """Parse one statement.

    Parameters
    ----------
    statement : Statement
        As :func:`statements` gives it.
    functions : iterable of str
        The names that the symbol tables declare as functions.
    words : iterable of str
        The names of several letters.

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
    for found in re.finditer(r"\d+(?:\.\d+)?", statement.text):
        digits = len(found[0].replace(".", "").strip("0"))
        expected = "a decimal is exact, and what differs in a later one is taken for rounding"
        refuse(digits > MAX_DIGITS or len(found[0]) > 100,
               f"a number of {digits} digits; expected at most {MAX_DIGITS}: {expected}",
               statement.places[found.start()])  # fmt: skip
    try:
        names = frozenset(functions)
        return _read(statement.text, _signs(names, frozenset(words) - names))
    except UnexpectedInput as error:
        # Lark declares it as always None.
        at = cast("int | None", error.pos_in_stream)
        if at is None or not 0 <= at < len(statement.text) or getattr(error, "token", "x") == "":
            raise Fault("the formula breaks off here", statement.places[-1]) from None
        what = re.findall(r"\\begin{\w*}|\\[A-Za-z]+|.", statement.text[at:], re.DOTALL)[0]
        known = what[1:] in (*LETTERS, *BUILTINS) or what in GRAMMAR.replace("\\\\", "\\")
        foreign = what[0] == "\\" and not known
        reason = "is outside the dialect" if foreign else "does not fit here"
        cause = Cause.DIALECT if foreign else Cause.OTHER
        if what == "^" and statement.text[:at].endswith(("\\partial", "∂")):
            reason += f"; {SECOND}"
        raise Fault(f"{what} {reason}", statement.places[at], cause, what) from None


def name_of(token: str) -> tuple[str, bool]:
    r"""Split a NAME into the letter with its accents and whether it is bold.

    Examples
    --------
    >>> name_of(r"\tilde{\mathbf{u}}")
    ('\\tilde{u}', True)
    """
    if "(" in token or "[" in token:
        return token, False
    name, fonts = re.subn(rf"\\(?:{'|'.join(BOLD)})\{{", "", token)
    return name[: len(name) - fonts], fonts > 0


def is_a(node: object, *names: str) -> bool:
    """Say whether a node is of one of these rules, or a token of one of these types."""
    return (node.data if isinstance(node, Tree) else getattr(node, "type", None)) in names
