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

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Tree, UnexpectedInput, UnexpectedToken

MAX_LENGTH = 8_000
MAX_DEPTH = 40

BOLD = ("mathbf", "boldsymbol", "bm", "vec", "pmb")
ACCENTS = ("tilde", "hat", "bar", "dot", "check", "mathcal", "mathbb", "mathsf", "mathit", "mathrm")
SYNONYMS = {"widetilde": "tilde", "widehat": "hat", "overline": "bar", "operatorname": "mathrm"}
LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi"
    " pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma"
    " Upsilon Phi Psi Omega ell"
).split()
BUILTINS = ("exp", "ln", "log", "tanh", "sin", "cos", "max", "min", "diag")

Node = Tree[Any]
"""A node of a syntax tree; its children are nodes and tokens."""

GRAMMAR = r"""
start: sum (RELATION sum)*
sum: SIGN? _term (SIGN _term)*
_term: _ratio | hadamard | _big
hadamard: _ratio _ODOT _term
_ratio: product | quotient
quotient: product "/" (_number | _factor)
product: _items
_items: _number | _factor | _items _factor | _items TIMES (_number | _factor)
_number: NUMBER | numeral
numeral: NUMBER sup
_big: scaled | _bare_big
scaled: _items TIMES? _bare_big
_bare_big: total | outer_call
total: BIG "_" "{" bounds "}" ("^" "{" sum "}")? _term
bounds: NAME ("," NAME)* | NAME "=" sum
outer_call: BUILTIN _bare_big
_factor: symbol | _fenced | _applied | frac | derivative | operator | gradient | bare_call | top
_unfenced: symbol | frac | _applied
symbol: NAME _script*
_fenced: bracket | scripted
scripted: (bracket | norm_) _script+
norm_: _LNORM sum _RNORM
_applied: call | root | norm_ | extreme | scripted_call
scripted_call: (call | root) _script+
bracket: "(" sum ("," sum)* ")" | "[" sum ("," sum)* "]"
call: FUNCTION _script* bracket | BUILTIN bracket
bare_call: BUILTIN _unfenced
extreme: BUILTIN "_" "{" bounds "}" (symbol | bracket)
root: _SQRT "{" sum "}"
frac: _FRAC "{" sum "}" "{" sum "}"
derivative: _FRAC "{" _PARTIAL (sum | function) "}" "{" _PARTIAL symbol "}"
operator: _FRAC "{" _PARTIAL "}" "{" _PARTIAL symbol "}" bracket
function: FUNCTION
gradient: _NABLA "_" "{" symbol "}" symbol
top: _TOP
_script: sup | sub | prime
sup: "^" "{" sum "}"
sub: "_" "{" _index (","? _index)* "}"
_index: NAME | DIGIT | shifted
shifted: NAME SIGN DIGIT
prime: _PRIME

RELATION: ":=" | "=" | "\\leftarrow"
SIGN: "+" | "-"
TIMES: "\\cdot" | "\\times"
_ODOT: "\\odot"
BIG: "\\sum" | "\\prod"
NUMBER: /[0-9]+(\.[0-9]+)?/
DIGIT: /[0-9]/
_LNORM: "\\lVert"
_RNORM: "\\rVert"
_SQRT: "\\sqrt"
_FRAC: "\\frac"
_PARTIAL: "\\partial"
_NABLA: "\\nabla"
_TOP: "\\top"
_PRIME: "'"
%ignore " "
"""


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


_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|%[^\n]*|\s+|.", re.DOTALL)
_SPACING = set(
    r"\, \; \: \! \> ~ \displaystyle \textstyle \limits \nolimits \left \right \big \Big \bigg"
    r" \Bigg \bigl \bigr \Bigl \Bigr \biggl \biggr \Biggl \Biggr \middle \notag \nonumber".split()
) | {"\\ "}
_ENVIRONMENTS = (
    "aligned alignedat align align* split gather gather* gathered equation equation*".split()
)
_RESPELL = {
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\intercal": "\\top",
    "\\gets": "\\leftarrow", "\\coloneqq": ":=", "\\coloneq": ":=", "\\circ": "\\odot",
    "\\lbrack": "[", "\\rbrack": "]", "\\Vert": "\\|", "\\ast": "\\odot",
}  # fmt: skip
_DROP_WITH_ARGUMENT = set(r"\color \vphantom \hphantom \phantom \hspace \mathstrut".split())
_TRANSPARENT = {
    "\\textcolor": 1, "\\class": 1, "\\htmlClass": 1, "\\htmlId": 1, "\\cssId": 1, "\\boxed": 0,
    "\\underbrace": 0, "\\overbrace": 0, "\\underline": 0, "\\mathrel": 0, "\\mathbin": 0,
    "\\overset": 1, "\\underset": 1, "\\stackrel": 1,
}  # fmt: skip
_TEXT = {"\\text", "\\textrm", "\\textit", "\\textbf", "\\mbox", "\\textsf"}
_OUTSIDE = {
    "\\int": "integrals", "\\lim": "limits", "\\neq": "inequalities", "\\ne": "inequalities",
    "\\le": "inequalities", "\\leq": "inequalities", "\\ge": "inequalities",
    "\\geq": "inequalities", "<": "inequalities", ">": "inequalities", "\\approx": "approximations",
    "\\sim": "approximations", "\\propto": "proportionality", "|": "bars for absolute values",
    "\\in": "set membership", "\\equiv": "equivalences", "\\cancel": "struck-out terms",
    "\\to": "limits and maps", "\\rightarrow": "limits and maps", "\\dots": "dots",
    "\\ldots": "dots", "\\cdots": "dots", "\\label": "labels inside a display",
    "\\tag": "tags", "\\ensuremath": "this macro",
}  # fmt: skip
_NEWLINE, _AMPERSAND, _GAP, _FOR = "\x01", "\x02", "\x03", "\x04"
_OPERATORS = ("=", ":", "+", "-", "\\cdot", "\\times", "\\odot", "\\leftarrow", "/")

_Piece = tuple[str, int]
_Items = list["tuple[str | _Items, int]"]


def _nested(tokens: Iterable[_Piece]) -> _Items:
    """Put what stands in braces into lists of its own."""
    opened: list[tuple[_Items, int]] = [([], 0)]
    for token, place in tokens:
        if token == "{":
            opened.append(([], place))
            if len(opened) > MAX_DEPTH + 1:
                raise Fault(f"braces are nested more than {MAX_DEPTH} deep", place)
        elif token == "}":
            if len(opened) == 1:
                raise Fault("this brace closes nothing", place)
            group = opened.pop()
            opened[-1][0].append(group)
        else:
            opened[-1][0].append((token, place))
    if len(opened) > 1:
        raise Fault("this brace is never closed", opened[-1][1])
    return opened[0][0]


def _raw(items: _Items) -> str:
    return "".join(one if isinstance(one, str) else "{" + _raw(one) + "}" for one, _ in items)


def _next(rest: _Items) -> object:
    """Return what comes next after space, which is taken away."""
    while rest and isinstance(rest[-1][0], str) and rest[-1][0].isspace():
        rest.pop()
    return rest[-1][0] if rest else None


def _argument(rest: _Items, place: int) -> _Items:
    """Take the argument of a macro off the rest: a group, or one token with its own."""
    if _next(rest) is None:
        raise Fault("an argument is missing here", place)
    item, start = rest.pop()
    if not isinstance(item, str):
        return item
    wraps = item.lstrip("\\") in (*BOLD, *ACCENTS, *SYNONYMS)
    return [(item, start), (_argument(rest, start), start)] if wraps else [(item, start)]


class _Layout:
    """The walk over a display that keeps what carries meaning.

    `rest` is always what is still to be read, the next item last.
    """

    def __init__(self, latex: str, macros: Mapping[str, str], names: frozenset[str]) -> None:
        self.names = names
        self.out: list[_Piece] = []
        self.extra: list[list[_Piece]] = []
        self.round = 0
        self.bars = 0
        self.clause = False
        self.environments: list[str] = []
        self.walk(_nested(_expand(latex, macros)), inside=False)

    def walk(self, items: _Items, inside: bool) -> list[_Piece]:
        """Read items; `inside` an argument there is no page layout. Return what they added."""
        rest, begin = items[::-1], len(self.out)
        while rest:
            item, place = rest.pop()
            if isinstance(item, str):
                self._token(_RESPELL.get(item, item), place, rest, inside)
            else:
                self.walk(item, inside)
        return self.out[begin:]

    def _token(self, token: str, place: int, rest: _Items, inside: bool) -> None:
        name = token[1:].rstrip("*")
        if token.isspace() or token in _SPACING or token.startswith("%"):
            return
        if token in ("\\begin", "\\end"):
            self._environment(token, _raw(_argument(rest, place)), place)
        elif token in _DROP_WITH_ARGUMENT:
            _argument(rest, place)
        elif token in _TRANSPARENT:
            self._transparent(token, place, rest, inside)
        elif token in _TEXT:
            self._text(_raw(_argument(rest, place)), place, inside)
        elif token in ("\\\\", "&", "\\quad", "\\qquad", "\\forall"):
            self._page(token, place, rest, inside)
        elif token in ",;" and not inside and self.round == 0:
            self.out.append((_GAP, place))
        elif token in ("^", "_", "\\frac", "\\sqrt"):
            self._with_arguments(token, place, rest)
        elif name in SYNONYMS or name in BOLD or name in ACCENTS:
            self._wrapped(SYNONYMS.get(name, name), place, rest)
        elif token in _OUTSIDE and not self.clause:
            raise Fault(f"{_OUTSIDE[token]} are outside the dialect", place)
        else:
            if token == "\\|":
                token = ("\\lVert", "\\rVert")[self.bars % 2]
                self.bars += 1
            self.round += (token in "([") - (token in ")]")
            self.out.append((token, place))

    def _environment(self, token: str, name: str, place: int) -> None:
        if name not in _ENVIRONMENTS:
            raise Fault(f"the environment {name} is outside the dialect", place)
        if token == "\\begin":
            self.environments.append(name)
        elif not self.environments or self.environments.pop() != name:
            raise Fault(f"this ends the environment {name}, which is not open", place)

    def _transparent(self, macro: str, place: int, rest: _Items, inside: bool) -> None:
        for _ in range(_TRANSPARENT[macro]):
            _argument(rest, place)
        content = self.walk(_argument(rest, place), inside)
        if macro in ("\\underbrace", "\\overbrace") and _next(rest) in ("_", "^"):
            label = _argument(rest, rest.pop()[1])
            if label and label[0][0] not in _TEXT:
                # A brace with a formula at its tip is what the reader sees: an equality.
                begin = len(self.out)
                tip = self.walk(label, inside=True)
                del self.out[begin:]
                self.extra.append([*content, ("=", label[0][1]), *tip])

    def _text(self, words: str, place: int, inside: bool) -> None:
        name = "\\mathrm{" + words.strip() + "}"
        if inside or name in self.names:
            self.out.append((name, place))
        elif re.match(r"\s*for\b", words):
            self.out.append((_FOR, place))
            self.clause = True
        elif re.search(r"[^\W\d_]{2}", words) or not re.search(r"\w", words):
            self.out.append((_GAP, place))
        else:
            raise Fault(f"the text “{words}” looks like part of the formula", place)

    def _page(self, token: str, place: int, rest: _Items, inside: bool) -> None:
        if inside and token in ("\\quad", "\\qquad"):
            return
        if inside:
            raise Fault(f"{token} stands inside an argument", place)
        mark = {"\\\\": _NEWLINE, "&": _AMPERSAND, "\\forall": _FOR}.get(token, _GAP)
        self.out.append((mark, place))
        self.clause = mark == _FOR or (self.clause and mark != _NEWLINE)
        if mark == _NEWLINE and _next(rest) == "[":
            while rest and rest.pop()[0] != "]":
                pass

    def _wrapped(self, name: str, place: int, rest: _Items) -> None:
        argument = _argument(rest, place)
        words = _raw(argument).strip()
        if name == "mathrm" and words in BUILTINS:
            self.out.append(("\\" + words, place))
        elif name in ("mathrm", "mathsf") and words in ("T", "d"):
            self.out.append(("\\top" if words == "T" else "d", place))
        else:
            self.out.append(("\\" + name, place))
            self._braced(argument, place)

    def _braced(self, argument: _Items, place: int) -> int:
        """Write an argument in braces; return where its content starts."""
        self.out.append(("{", place))
        start = len(self.out)
        self.walk(argument, inside=True)
        self.out.append(("}", place))
        return start

    def _with_arguments(self, token: str, place: int, rest: _Items) -> None:
        argument = _argument(rest, place)
        if token == "^" and re.fullmatch(r"(\s*\\prime\s*)+", _raw(argument)):
            self.out += [("'", place)] * _raw(argument).count("\\prime")
            return
        self.out.append((token, place))
        above = self._braced(argument, place)
        if token == "\\frac":
            below = self._braced(_argument(rest, place), place)
            if "d" not in self.names and self.out[above][0] == self.out[below][0] == "d":
                for at in (above, below):
                    self.out[at] = ("\\partial", self.out[at][1])


def _expand(
    latex: str, macros: Mapping[str, str], origin: int | None = None, depth: int = 0
) -> Iterator[_Piece]:
    for match in _TOKEN.finditer(latex):
        token, place = match.group(), match.start() if origin is None else origin
        if token in macros:
            if depth > 8:
                raise Fault(f"the macro {token} expands to itself", place)
            yield from _expand(macros[token], macros, place, depth + 1)
        else:
            yield token, place


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
    if len(latex) > MAX_LENGTH:
        raise Fault(f"a display of {len(latex)} characters; the most is {MAX_LENGTH}")
    layout = _Layout(latex, macros or {}, names)
    if layout.environments:
        raise Fault(f"the environment {layout.environments[-1]} is never closed")
    joined: list[list[_Piece]] = []
    ranges: list[list[str]] = []
    aligned: list[bool] = []
    for row in _cut(layout.out, _NEWLINE):
        body, *clauses = _cut(row, _FOR)
        marks = [token for token, _ in body if token != _GAP]
        parts = [[p for p in part if p[0] != _AMPERSAND] for part in _cut(body, _GAP)]
        goes_on = marks[:1] == [_AMPERSAND] and aligned[:1] != [True]
        for part in (part for part in parts if "".join(t for t, _ in part) not in ("", ".")):
            goes_on = goes_on or part[0][0] in _OPERATORS
            if joined and (goes_on or joined[-1][-1][0] in _OPERATORS):
                _join(joined[-1], part)
            else:
                joined.append(part)
                ranges.append([])
            goes_on = False
        aligned += [marks[0] == _AMPERSAND] if marks else []
        if ranges:
            ranges[-1] += ["".join(t if t != _GAP else "," for t, _ in one) for one in clauses]
        if joined and joined[-1][-1][0] == "." and len(joined[-1]) > 1:
            joined[-1].pop()
    if not joined:
        raise Fault("the display holds no formula")
    shared = [clause for row in ranges for clause in row]
    result = [_statement(part, row) for part, row in zip(joined, ranges, strict=True)]
    return result + [_statement(part, shared) for part in layout.extra]


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
    if before and after and before[-1][0] == after[0][0] == "=":
        before.pop()
    before += after


def _statement(pieces: list[_Piece], ranges: list[str]) -> Statement:
    text, places, before = "", list[int](), ""
    for token, place in pieces:
        if before[:1] == "\\" and before[-1:].isalpha() and token[:1].isalpha():
            text, places = text + " ", [*places, place]
        text += token
        places += [place] * len(token)
        before = token
    return Statement(text, tuple(places), tuple(ranges))


def _name_pattern() -> str:
    wrap = "|".join((*BOLD, *ACCENTS))
    plain = rf"[A-Za-z]|\\(?:{'|'.join(LETTERS)})(?![A-Za-z])"
    pattern = rf"{plain}|\\(?:{wrap})\{{[A-Za-z0-9][A-Za-z0-9 \-]*\}}"
    for _ in range(3):
        pattern = rf"{plain}|\\(?:{wrap})\{{(?:[A-Za-z0-9][A-Za-z0-9 \-]*|{pattern})\}}"
    return pattern


_NAME = _name_pattern()


@lru_cache(maxsize=64)
def _parser(functions: frozenset[str]) -> Lark:
    ends = [re.escape(name) + ("(?![A-Za-z])" if name[-1].isalpha() else "") for name in functions]
    declared = "|".join(sorted(ends, key=len, reverse=True)) or r"\\nofunction"
    builtin = rf"\\(?:{'|'.join(BUILTINS)})(?![A-Za-z])"
    terminals = f"FUNCTION.3: /{declared}/\nBUILTIN.2: /{builtin}/\nNAME: /{_NAME}/\n"
    return Lark(
        GRAMMAR + terminals,
        parser="lalr",
        strict=True,
        propagate_positions=True,
        maybe_placeholders=False,
    )


def parse(statement: Statement, functions: frozenset[str] = frozenset()) -> Node:
    """Parse one statement.

    Parameters
    ----------
    statement : Statement
        As :func:`statements` gives it.
    functions : frozenset of str
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
    depth = 0
    for character, place in zip(statement.text, statement.places, strict=True):
        depth += (character in "([{") - (character in ")]}")
        if depth > MAX_DEPTH:
            raise Fault(f"brackets are nested more than {MAX_DEPTH} deep", place)
    try:
        return _parser(functions).parse(statement.text)
    except UnexpectedInput as error:
        at = error.pos_in_stream
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        if ended or at is None or not 0 <= at < len(statement.text):
            last = statement.places[-1] if statement.places else None
            raise Fault("the formula breaks off here", last) from None
        found = re.match(r"\\[A-Za-z]+|.", statement.text[at:], re.DOTALL)
        what = found.group() if found else ""
        known = what.lstrip("\\") in (*LETTERS, *BUILTINS) or not what.startswith("\\")
        known = known or what in GRAMMAR.replace("\\\\", "\\")
        reason = "does not fit here" if known else "is outside the dialect"
        raise Fault(f"{what} {reason}", statement.places[at]) from None


def name_of(token: str) -> tuple[str, bool]:
    r"""Split a NAME into the letter with its accents and whether it is bold.

    Examples
    --------
    >>> name_of(r"\tilde{\mathbf{u}}")
    ('\\tilde{u}', True)
    """
    bold = False
    for font in BOLD:
        pattern = rf"\\{font}\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
        token, count = re.subn(pattern, r"\1", token)
        bold = bold or count > 0
    return token, bold
