"""The whole book: in order, every display labelled, and every mutant killed or true."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from proofread.contents import chapters_of
from proofread.project import NETWORKS, current_book, settings_here

ROOT = settings_here(Path(__file__).parent).root

EVEN = "σ' is even: σ'(−a) = σ'(a)"
EVEN_SQUARE = "σ(−a) − ½ = −(σ(a) − ½), and the square does not see the sign"
BIAS = "∂a_j/∂b_j = 1, so a derivative with respect to b_j is one with respect to a_j"
BIAS_SLOPE = r"\frac{\partial a^{(2)}_{k}}{\partial b^{(2)}_{k}}"
OWN_SLOPE = "∂a/∂a = ∂b/∂b = 1 = ∂a/∂b"
ONE = "the factor is 1"
PICKS = "I_mk is 0 unless m = k, so m and k are the same in this sum"
SYMMETRIC = "I_mk = I_km"
IDEMPOTENT = "I_mk is 0 or 1, its own square"
OWN = "y_m depends on u_jk only for m = k, so the other summands are 0 with any first factor"
NORM = "a norm does not see a sign or a transpose"
ZERO = "−0 = 0"
UNIT_SQUARE = "(−1)² = 1, which is its own inverse and its own square"
SQUARE = "a square does not see the sign"
ADJOINT = "the adjoint of a linear combination is its error signal"

# Why mutants are true, the change, and in which claims; ":2" is the second of equal changes.
TRUE = [
    (PICKS, "the index k for m", "loss-slope loss-slope:2"),
    (SYMMETRIC, "these two indices swapped", "loss-slope softmax-slope softmax-delta"),
    (IDEMPOTENT, "the factor I_{mk} twice", "loss-slope softmax-slope softmax-delta"),
    (ONE, r"the factor \frac{1+e^{-a}}{1+e^{-a}} twice", "sigmoid-symmetry"),
    (EVEN, "another sign before a", "sigmoid-slope sigmoid-quarter"),
    (EVEN, "another sign before a^{(2)}_{k}", "output-slope"),
    (EVEN_SQUARE, "another sign before a", "sigmoid-quarter:2"),
    (OWN, "the index k for m", "output-all-paths"),
    (BIAS, "b for a", "output-chain output-slope output-delta output-delta:2 output-bias-slope"),
    (BIAS, "b for a", "hidden-chain hidden-slope first-hidden first-hidden:3 hidden-unit"),
    (BIAS, "b for a", "hidden-delta-component hidden-delta-component:2 deep-base"),
    (BIAS, "b for a", "deep-delta-component deep-delta-component:3 curve-delta softmax-slope"),
    (BIAS, "b for a", "cross-entropy-delta cross-entropy-delta:2 softmax-delta"),
    (BIAS, "a for b", "output-bias-slope output-bias-gradient hidden-bias-gradient"),
    (BIAS, "a for b", "deep-bias-component deep-bias"),
    (BIAS, f"no factor {BIAS_SLOPE}", "output-bias-slope"),
    (BIAS, f"the factor {BIAS_SLOPE} twice", "output-bias-slope"),
    (OWN_SLOPE, "a for b", "output-bias-slope:2"),
    (OWN_SLOPE, "b for a", "output-bias-slope:2"),
    (NORM, r"another sign before \mathbf{h}", "next-linear"),
    (NORM, r"\mathbf{h} transposed", "next-linear"),
    (NORM, r"another sign before \boldsymbol{\delta}^{(2)}", "order-of-updates"),
    (NORM, r"\boldsymbol{\delta} transposed", "order-of-updates"),
    (ZERO, r"another sign before \sum_{k=1}^{2}\delta^{(2)}_{k}", "softmax-cancel"),
    (ZERO, "another sign before 0", "softmax-cancel kink-half kink-half:2 momentum-best"),
    ("tanh² is even: tanh²(−a) = tanh²(a)", "another sign before a", "tanh-slope:2"),
    (SQUARE, r"another sign before \delta^{(2)}_{k}u_{jk}", "mixed-terms"),
    (SQUARE, "another sign before 1", "momentum-edge"),
    (UNIT_SQUARE, "another sign before 2", "momentum-edge"),
    (UNIT_SQUARE, "the factor (-1)^{2} twice", "momentum-edge"),
    ("|−g| = |g|", "another sign before g", "adam-first:2"),
    (ADJOINT, r"\delta for \bar{a}", "adjoint"),
]
KEYS = {
    (f"eq-{label}", change, int(number or 1))
    for _, change, claims in TRUE
    for label, _, number in (claim.partition(":") for claim in claims.split())
}


def labels_of(prefix: str) -> list[str]:
    labels = [entry.display.label for entry in current_book(ROOT).entries]
    return [label for label in labels if label.startswith(prefix)]


# Every sixth on every run, and the others where there is more time.
PARTS = 6
each_part = pytest.mark.parametrize(
    "first", [0, *(pytest.param(k, marks=pytest.mark.whole) for k in range(1, PARTS))]
)


@each_part
def test_mutants_of_claims_are_killed_or_true(first, mutants):
    labels = set(labels_of("eq-")[first::PARTS])
    seen, passed = Counter(), {}
    for entry, change, verdict in mutants(current_book(ROOT), labels.__contains__):
        seen[entry.display.label, change.what] += 1
        if verdict.in_order:
            key = entry.display.label, change.what
            passed[*key, seen[key]] = change.latex
    assert {key: latex for key, latex in passed.items() if key not in KEYS} == {}
    needed = {key for key in KEYS if key[0] in labels}
    assert not needed - passed.keys(), "a reason that no mutant needs"
    assert {label for label, _ in seen} == labels
    assert seen.total() > 500 and len(passed) <= 0.02 * seen.total()


def test_every_reason_is_about_a_claim_of_the_book():
    assert {key[0] for key in KEYS} <= set(labels_of("eq-"))


@each_part
def test_mutants_of_definitions_are_killed_by_the_pins(first, mutants):
    labels = set(labels_of("def-")[first::PARTS])
    found = [*mutants(current_book(ROOT), labels.__contains__)]
    assert [(c.what, c.latex) for _, c, verdict in found if verdict.in_order] == []
    assert {entry.display.label for entry, _, _ in found} == labels
    assert len(found) > 600 / PARTS


def test_every_display_of_the_chapters_is_found():
    """The displays are counted here by their dollar signs alone; each is a test of the plugin."""
    dollars, displayed, inline = 0, 0, 0
    for file in {*chapters_of(ROOT / "_toc.yml"), "book/symbols"}:
        # A chapter that is edited as text lies beside its notebook, as hidden-layer.myst.md.
        (path,) = filter(Path.is_file, (ROOT / f"{file}{kind}" for kind in (".md", ".ipynb")))
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(content)["cells"]
            content = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        assert "{math}" not in content
        dollars += content.count("$$")
        displayed += len(re.findall(r"\$\$ \((def|eq|show|wrong)-[\w-]+\)", content))
        inline += len(re.findall(r"\$\]\{#(def|eq|show|wrong)-[\w-]+\}", content))
    assert dollars == 2 * displayed > 100
    text = current_book(ROOT)
    assert not text.problems
    assert len(text.entries) == displayed + inline


def test_every_definition_is_pinned():
    text = current_book(ROOT)
    verdicts = [text.verdict(e, 5) for e in text.entries if e.display.label.startswith("def-")]
    assert verdicts and all(verdict.pinned for verdict in verdicts)


def test_true_claims_are_far_from_false_ones():
    verdicts = current_book(ROOT).verdicts(NETWORKS)
    assert 0 < max(v.error for v in verdicts if v.kind == "claim") < 1e-13
    assert min(v.error for v in verdicts if v.counterexample) > 1e-2
