"""Random token edits: no crash, and nothing false that holds."""

import random
import re

from proofread import parse
from proofread.parse import Fault

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
EDITS = 2_000

# What an edit may do without changing the value: each pair is an identity.
IDENTITIES = [
    (r"[\s{}&]|\\\\", ""),  # what only sets the page
    (r"==", "="),  # one relation over a line break
    (r"(?<![\d_])1(?=[\\A-Za-z\[(])", ""),  # a factor 1
    (r"\((\w_\w)\)", r"\1"),  # brackets around one symbol
    (r"partial\+", "partial"),  # a plus in front
    (r"(?<=[=(\[])\+", ""),
    (r"(?<=leftarrow)\+", ""),
    (r"(?<=frac\\partial)(\\partial\w_\w+)L(?==)", r"L\1"),  # what is differentiated, behind
]
SECTION_6 = [(r"(?<=-)[xh]_j", "y_j"), (r"(?<=\\delta_j)[yh]_i", "x_i"), (r"[xh]_j\(", "y_j(")]


def plain(latex: str, label: str) -> str:
    rules = IDENTITIES + (SECTION_6 if label.startswith("eq-any") else [])
    for pattern, replacement in rules:
        latex = re.sub(pattern, replacement, latex)
    return latex


def edited(tokens: list[str], pool: list[str], rng: random.Random) -> str:
    tokens = list(tokens)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        match rng.randrange(4):
            case 0:
                tokens[at] = ""
            case 1:
                tokens[at] = rng.choice(pool)
            case 2:
                tokens.insert(at, rng.choice(pool))
            case 3:
                tokens[at], tokens[other] = tokens[other], tokens[at]
    return "".join(tokens)


def test_token_edits(source):
    rng = random.Random(7)
    entries = source.entries("eq-")
    tokens = {e.display.label: TOKEN.findall(e.display.latex) for e in entries}
    pool = [token for found in tokens.values() for token in found if not token.isspace()]
    originals = {plain(e.display.latex, e.display.label) for e in entries}
    held, false = 0, list[str]()
    for _ in range(EDITS):
        entry = rng.choice(entries)
        latex = edited(tokens[entry.display.label], pool, rng)
        verdict = source.changed(entry, latex)
        if verdict.in_order:
            held += 1
            if plain(latex, entry.display.label) not in originals:
                false.append(latex)
        else:
            assert verdict.message
    assert false == []
    assert 0 < held < EDITS // 10


ANY = [
    *r"\\ & { } [ ] ( ) . , ; ' ^ _ + - = := / % ~ 1 2 a x y h L e \, \| \# $ | < \quad".split(),
    *r"\frac \sqrt \text{for} \text{and} \text{2} \forall \left \right \sum \max \ln".split(),
    *r"\begin{aligned} \end{aligned} \underbrace \mathrm \mathbf \operatorname \prime".split(),
    *r"\partial \nabla \top".split(),
    *r"\color \phantom \hspace \textcolor \class \overset \stackrel \boxed \overbrace".split(),
    *parse._RESPELL, *" ".join(parse._OUTSIDE.values()).split(), "\n",
]  # fmt: skip


def test_any_tokens(source):
    """Nothing but a fault comes of what nobody would write."""
    rng = random.Random(11)
    scope, read = source.text.entries[0].scope, 0
    for _ in range(6_000):
        latex = " ".join(rng.choices(ANY, k=rng.randrange(1, 9)))
        try:
            read += len(scope.read(latex))
        except Fault as fault:
            assert fault.place is None or 0 <= fault.place <= len(latex)
    assert read > 100
