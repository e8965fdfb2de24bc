"""Random expressions and their derivatives, rewritten by SymPy: true, or false by a little.

``pytest tests/proofread/test_expressions.py --expressions 1000`` tries as many as it says.
"""

import collections
import random

import sympy

from proofread.sources import Display, Place
from proofread.text import Entry

TABLE = """
| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $x$ | | any number | |
| $y$ | | any number | |
| $p$ | | positive | |
| $e$ | | Euler's number | |

$$ x y p $$ (show-all)
"""
X, Y, P = sympy.symbols("x y p", real=True)
POINTS = [{X: 0.31, Y: -0.57, P: 1.27}, {X: -1.13, Y: 0.71, P: 0.64}, {X: 0.83, Y: 1.21, P: 2.3}]
REWRITE = (sympy.expand, sympy.factor, sympy.together, lambda one: one.rewrite(sympy.exp))


def expression(rng: random.Random, depth: int) -> sympy.Expr:
    """Return an expression that is defined for every x and y, and for p above 0."""
    if depth == 0:
        return rng.choice([X, Y, P, sympy.Integer(rng.randint(1, 4)), sympy.Rational(1, 2)])
    one, other = expression(rng, depth - 1), expression(rng, rng.randrange(depth))
    made = [
        lambda: one + other, lambda: one - other, lambda: one * other, lambda: one / (1 + other**2),
        lambda: one ** rng.randint(2, 3), lambda: sympy.tanh(one), lambda: sympy.sin(one),
        lambda: sympy.exp(-(one**2)), lambda: sympy.log(1 + one**2), lambda: one * sympy.sqrt(P),
        lambda: 1 / (1 + sympy.exp(-one)),
    ]  # fmt: skip
    return rng.choice(made)()


def size(one: sympy.Expr, at: dict) -> float:
    return abs(complex(one.subs(at).evalf()))


def apart(one: sympy.Expr, other: sympy.Expr) -> bool:
    """Say whether two expressions differ by more than rounding at a point."""
    return any(size(one - other, at) > 1e-6 * (size(one, at) + 1e-9) for at in POINTS)


def off(rng: random.Random, one: sympy.Expr) -> sympy.Expr:
    """Return an expression that differs from another in one place, by a little."""
    places = list(sympy.preorder_traversal(one))
    place = rng.choice([node for node in places if node.is_Symbol or node.is_Number] or places)
    changed = rng.choice(
        [place + 1, place * sympy.Rational(101, 100), -place, place + Y / 1000, 2 * place]
    )
    # Only the first of its places: a change of all of them may change nothing.
    done = False

    def walk(node: sympy.Expr) -> sympy.Expr:
        nonlocal done
        if node == place and not done:
            done = True
            return changed
        return node.func(*map(walk, node.args)) if node.args else node

    return walk(one)


def cases(count: int):
    """Yield claims: kind, LaTeX, and whether it is true."""
    rng, made = random.Random(18), 0
    while made < count:
        one = expression(rng, rng.randint(2, 4))
        if not one.has(X) or one.has(sympy.zoo, sympy.nan):
            continue
        slope = sympy.diff(one, X)
        # SymPy would simplify a long one before it prints it, which may take hours.
        if slope == 0 or slope.count_ops() > 150 or len(sympy.latex(slope)) > 700:
            continue
        made += 1
        ways = [same for way in REWRITE if (same := way(3 * one)) != 3 * one]
        same = rng.choice([way for way in ways if not way.has(sympy.I)] or [sympy.expand(3 * one)])
        wrong, wrong_slope = off(rng, one), off(rng, slope)
        latex, slash = sympy.latex(one), r"\frac{\partial}{\partial x}\left(%s\right)"
        yield "value", rf"3 \left({latex}\right) = {sympy.latex(same)}", True
        yield "slope", f"{slash % latex} = {sympy.latex(slope)}", True
        if apart(one, wrong):
            yield "value", f"{latex} = {sympy.latex(wrong)}", False
        if apart(slope, wrong_slope):
            yield "slope", f"{slash % latex} = {sympy.latex(wrong_slope)}", False


def test_no_false_one_is_accepted_and_no_true_one_is_called_false(write, pytestconfig):
    text = write(TABLE)
    scope, counts, wrong = text.entries[0].scope, collections.Counter(), []
    for kind, latex, true in cases(pytestconfig.getoption("--expressions", 40)):
        display = Display("eq-new", latex, Place("new.md", 1))
        verdict = text.verdict(Entry(display, scope), 50)
        said = "holds" if verdict.in_order else "false" if verdict.counterexample else "refused"
        counts[kind, true, said] += 1
        if said == ("false" if true else "holds"):
            wrong.append(f"{kind} {latex}\n{verdict.message}")
    print(*sorted(counts.items()), sep="\n")
    assert not wrong, "\n".join(wrong)
    for kind in ("value", "slope"):
        assert counts[kind, False, "false"] > 0.5 * sum(
            counts[kind, False, said] for said in ("false", "refused")
        )
        assert counts[kind, True, "holds"] > 0.5 * sum(
            counts[kind, True, said] for said in ("holds", "refused")
        ), "most are judged"


def test_a_value_as_small_as_the_square_of_a_step_is_kept(write):
    scope = (text := write(TABLE)).entries[0].scope
    small = r"\frac{1}{1 + e^{-x}}"
    latex = rf"\frac{{\partial}}{{\partial x}}\left(x^2 \sin\left({small}\right)\right) = 2 x"
    latex += rf" \sin\left({small}\right) + x^2 \cos\left({small}\right) {small} (1 - {small})"
    display = Display("eq-new", latex, Place("new.md", 1))
    verdict = text.verdict(Entry(display, scope), 4000)
    assert verdict.in_order, verdict.report()
