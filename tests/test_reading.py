"""What a reader who goes from the first page to the last can rely on."""

import functools
import re
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).parent.parent / "book"
ORDER = (
    "motivation", "notation", "useful-formulas", "output-layer", "hidden-layer", "generalization",
    "silent-shapes", "learning", "why-backwards", "another-loss",
    "other-curves", "how-far-back", "the-step", "would-you-notice",
)  # fmt: skip

# What each symbol looks like in LaTeX, and the words that define it.
DEFINED = {
    "p": "set to a number $p$",
    "L": "Call it the {define}`loss` $L$",
    r"\varepsilon": "a small step",
    "'": "the slope of the curve $L$ at $p$, written $L'(p)$",
    r"\eta": "the {define}`learning rate`, written",
    r"\leftarrow": r'The arrow $\leftarrow$ reads as "becomes"',
    "A": "with $A = p - 2$",
    "B": r"and $B = \varepsilon$",
    r"\partial": r"written $\partial L / \partial p$ with round letters",
    r"\nabla": r"written $\nabla L$ (nabla)",
    r"\rVert": "is called the {define}`length` of the gradient",
    "P": "write $P$ for the number of parameters",
    "x": "{define}`input`s $x_1, x_2$",
    "v": "| $v$ | | any number | the velocity of the dial",
    r"\beta": r"| $\beta$ | | between 0 and 1 | how much of the velocity stays",
    "d": "Write $d$ for a distance",
    r"\lvert": r"Write $\lvert g \rvert$ for $g$ without its sign",
    r"\rvert": r"Write $\lvert g \rvert$ for $g$ without its sign",
    "S": "Let $S$ be the variance of a slope",
    r"\gamma": r"one of their squares, with $\gamma = 0.999$",
    r"\lambda": r"by a share $\lambda$ of itself",
    "h": "{define}`hidden unit`s $h_1, h_2, h_3$",
    "y": "{define}`output`s $y_1, y_2$",
    "t": "the {define}`target`s $t_1, t_2$",
    "w": "from inputs to hidden units are called\n$w$",
    "u": "those from hidden units to outputs $u$",
    "i": "$w_{ij}$ leads\n**from** input $i$ **to** hidden unit $j$",
    "j": "$w_{ij}$ leads\n**from** input $i$ **to** hidden unit $j$",
    "k": "$u_{jk}$ leads from hidden\nunit $j$ to output $k$",
    "b": "has a {define}`bias` $b$",
    "a": "The result is a number $a$",
    r"\sum": r"The sign $\sum$ (a capital sigma) adds up",
    "z": "is often written $z$",
    r"\sigma": r"It is written $\sigma$ (a small sigma)",
    "e": "Euler's number $e",
    r"\top": r"called a {define}`transpose`, written $\mathbf{w}^\top$",
    "n": "with $n$ inputs",
    "m": "$m$ hidden units",
    "q": "$q$ outputs",
    "l": "of layer $l$",
    "N": "With $N$ examples, one in each row",
    "I": "Write $I_{mk}$ for that 1 or 0",
    "g": "error of a gradient $g$",
    r"\tanh": r"$\tanh(a) = 2 \sigma(2a) - 1$",
    "s": "Let $s =",
    r"\delta": "Call it the {define}`error signal`",
    r"\odot": r"The sign $\odot$ is the product element by",
    "W": r"as $W = \mathbf{u}^\top$",
    r"\tilde": r"Let $\tilde{\mathbf{u}}$ be the new weights",
    "D": "Let $D$ be the {define}`depth`",
    "H": "Call the stack of inputs $H^{(0)}$",
    "T": "| $T_{nj}$ | samples",
    r"\dot": "This speed is written with a dot",
    r"\ln": r"Write $\ln$ for the natural logarithm",
    "M": "| $M$ | | defined | the largest linear combination",
    r"\max": r"the largest linear combination, $\max$ of the two",
    "C": r"That is $\partial C / \partial a$",
    r"\varphi": r"Now let $\varphi$ be any activation function",
    "c": "and $c = b + b$",
    "r": "where $r$ is half the square root",
    r"\sqrt": r"the square root of $m$, written $1 / \sqrt{m}$",
    r"\bar": "It is written with a bar",
    r"\Delta": r"| $\Delta^{(l)}_{nj}$ | samples",
    "f": "Let $f$ be a loss with two dials",
    "K": "the size of the third derivative along the direction $K$",
    "R": "the rounding error of a loss $R$",
}
LAYOUT = {
    *[r"\mathbf", r"\boldsymbol", r"\frac", r"\left", r"\right", r"\quad", r"\qquad"],
    *[r"\cdot", r"\ldots", r"\times", r"\ge", r"\le", r"\lVert"],
}

# What a reader knows from school, and words that are met as words before they become terms.
EVERYDAY = {
    *["chain rule", "cross-entropy", "error", "input", "length", "output", "path", "shape"],
    *["softmax", "weight"],
}


@functools.cache
def cells(chapter):
    return nbformat.read(BOOK / f"{chapter}.ipynb", as_version=4).cells


def prose(chapter):
    """Return the text of a chapter without the notes on the source, which are folded."""
    text = "\n\n".join(cell.source for cell in cells(chapter) if cell.cell_type == "markdown")
    return re.sub(r"```\{admonition\} What the source says\n.*?\n```", "", text, flags=re.DOTALL)


def blocks():
    """Return the paragraphs, lists, tables and displays of the book in the order of reading."""
    return [block for chapter in ORDER for block in re.split(r"\n\s*\n", prose(chapter))]


def symbols(block):
    """Return the letters and signs of the formulas in a block."""
    display = block.startswith("$$")
    text = re.sub(r"`[^`]*`|\$\$ \(.*", "", block)
    for formula in [text] if display else re.findall(r"\$([^$]+)\$", text):
        bare = re.sub(r"\\text\{[^}]*\}|\\(begin|end)\{aligned\}", "", formula)
        yield from re.findall(r"\\[a-zA-Z]+|[A-Za-z]|'", bare)


def test_every_symbol_is_defined_where_or_before_it_is_first_used():
    read, seen = "", set()
    for block in blocks():
        read += block + "\n\n"
        for symbol in set(symbols(block)) - seen - LAYOUT:
            assert symbol in DEFINED, f"{symbol} is defined nowhere:\n{block}"
            assert DEFINED[symbol] in read, f"{symbol} is used before it is defined:\n{block}"
            seen.add(symbol)
    assert seen == set(DEFINED)


def test_every_term_is_defined_once_and_no_chapter_before_uses_it():
    terms, before = set(), {}
    for chapter in ORDER:
        text = prose(chapter)
        for term in re.findall(r"\{define\}`([^`]+)`", text):
            assert term not in terms, f"{term} is defined twice"
            terms.add(term)
            for earlier, words in before.items() if term not in EVERYDAY else ():
                found = re.search(rf"\b{re.escape(term)}s?\b", words, flags=re.IGNORECASE)
                assert not found, f"{term} of {chapter} is used before: {earlier}, {found.span()}"
        before[chapter] = re.sub(r"(\{(doc|ref|eq|numref|alive|cite)\})?`[^`]*`", "", text)
    assert len(terms) > 40


def test_the_glossary_has_exactly_the_terms_of_the_chapters():
    glossary = (BOOK / "glossary.md").read_text(encoding="utf-8")
    listed = re.findall(r"^(\S.*)\n  \S", glossary, flags=re.MULTILINE)
    defined = re.findall(r"\{define\}`([^`]+)`", "\n".join(map(prose, ORDER)))
    assert listed == sorted(defined, key=str.lower)


def by_hand():
    """Return the problems by hand: label, text of the solution, code of the solution."""
    found, label = {}, ""
    for chapter in ORDER:
        for cell in cells(chapter):
            if cell.cell_type == "code":
                if label:
                    found[label]["code"] += cell.source
                continue
            # A solution may begin and end inside a cell.
            for part in re.split(r"(?=```\{solution-start\})|(?<=\{solution-end\})", cell.source):
                if start := re.search(r"\{solution-start\} (ex-by-hand-\S+)", part):
                    label = start[1]
                    found[label] = {"chapter": chapter, "text": "", "code": ""}
                if label:
                    found[label]["text"] += part
                if "{solution-end}" in part:
                    label = ""
    return found


BY_HAND = by_hand()


def test_chapters_2_to_6_end_with_problems_by_hand():
    for chapter in ORDER[1:6]:
        assert sum(each["chapter"] == chapter for each in BY_HAND.values()) in (2, 3)


@pytest.mark.parametrize("label", BY_HAND)
def test_every_number_of_a_solution_by_hand_stands_in_its_asserted_code(label):
    solution = BY_HAND[label]
    formulas = " ".join(re.findall(r"\$([^$]+)\$", solution["text"]))
    numbers = set(re.findall(r"(?<![\w.(^{])\d+\.\d+", re.sub(r"[_^]\{?\(?\d\)?\}?", "", formulas)))
    assert numbers
    missing = {number for number in numbers if float(number) not in literals(solution["code"])}
    assert not missing
    assert solution["code"].count("assert") >= 2


def literals(code):
    return {float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", code)}
