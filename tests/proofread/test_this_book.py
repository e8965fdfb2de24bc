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

# Label, change, which of the equal changes in the order of reading: why the mutant is true.
TRUE = {
    ("eq-loss-slope", "the index k for m", 1): PICKS,
    ("eq-loss-slope", "the index k for m", 2): PICKS,
    ("eq-loss-slope", "these two indices swapped", 1): SYMMETRIC,
    ("eq-loss-slope", "the factor I_{mk} twice", 1): IDEMPOTENT,
    ("eq-sigmoid-symmetry", r"the factor \frac{1+e^{-a}}{1+e^{-a}} twice", 1): ONE,
    ("eq-sigmoid-slope", "another sign before a", 1): EVEN,
    ("eq-sigmoid-quarter", "another sign before a", 1): EVEN,
    ("eq-sigmoid-quarter", "another sign before a", 2): EVEN_SQUARE,
    ("eq-output-all-paths", "the index k for m", 1): OWN,
    ("eq-output-chain", "b for a", 1): BIAS,
    ("eq-output-slope", "b for a", 1): BIAS,
    ("eq-output-slope", "another sign before a^{(2)}_{k}", 1): EVEN,
    ("eq-output-delta", "b for a", 1): BIAS,
    ("eq-output-delta", "b for a", 2): BIAS,
    ("eq-output-bias-slope", "a for b", 1): BIAS,
    ("eq-output-bias-slope", "a for b", 2): OWN_SLOPE,
    ("eq-output-bias-slope", "b for a", 1): BIAS,
    ("eq-output-bias-slope", "b for a", 2): OWN_SLOPE,
    ("eq-output-bias-slope", f"no factor {BIAS_SLOPE}", 1): BIAS,
    ("eq-output-bias-slope", f"the factor {BIAS_SLOPE} twice", 1): BIAS,
    ("eq-output-bias-gradient", "a for b", 1): BIAS,
    ("eq-next-linear", r"another sign before \mathbf{h}", 1): NORM,
    ("eq-next-linear", r"\mathbf{h} transposed", 1): NORM,
    ("eq-hidden-chain", "b for a", 1): BIAS,
    ("eq-hidden-slope", "b for a", 1): BIAS,
    ("eq-first-hidden", "b for a", 1): BIAS,
    ("eq-first-hidden", "b for a", 3): BIAS,
    ("eq-hidden-unit", "b for a", 1): BIAS,
    ("eq-hidden-delta-component", "b for a", 1): BIAS,
    ("eq-hidden-delta-component", "b for a", 2): BIAS,
    ("eq-hidden-bias-gradient", "a for b", 1): BIAS,
    ("eq-order-of-updates", r"another sign before \boldsymbol{\delta}^{(2)}", 1): NORM,
    ("eq-order-of-updates", r"\boldsymbol{\delta} transposed", 1): NORM,
    ("eq-deep-base", "b for a", 1): BIAS,
    ("eq-deep-delta-component", "b for a", 1): BIAS,
    ("eq-deep-delta-component", "b for a", 3): BIAS,
    ("eq-deep-bias-component", "a for b", 1): BIAS,
    ("eq-deep-bias", "a for b", 1): BIAS,
    ("eq-cross-entropy-delta", "b for a", 1): BIAS,
    ("eq-cross-entropy-delta", "b for a", 2): BIAS,
    ("eq-softmax-slope", "b for a", 1): BIAS,
    ("eq-softmax-slope", "the factor I_{mk} twice", 1): IDEMPOTENT,
    ("eq-softmax-slope", "these two indices swapped", 1): SYMMETRIC,
    ("eq-softmax-delta", "b for a", 1): BIAS,
    ("eq-softmax-delta", "the factor I_{mk} twice", 1): IDEMPOTENT,
    ("eq-softmax-delta", "these two indices swapped", 1): SYMMETRIC,
    ("eq-softmax-cancel", r"another sign before \sum_{k=1}^{2}\delta^{(2)}_{k}", 1): ZERO,
    ("eq-softmax-cancel", "another sign before 0", 1): ZERO,
    ("eq-tanh-slope", "another sign before a", 2): "tanh² is even: tanh²(−a) = tanh²(a)",
    ("eq-curve-delta", "b for a", 1): BIAS,
    ("eq-kink-half", "another sign before 0", 1): ZERO,
    ("eq-kink-half", "another sign before 0", 2): ZERO,
    ("eq-mixed-terms", r"another sign before \delta^{(2)}_{k}u_{jk}", 1): SQUARE,
    ("eq-momentum-edge", "another sign before 1", 1): SQUARE,
    ("eq-momentum-edge", "another sign before 2", 1): UNIT_SQUARE,
    ("eq-momentum-edge", "the factor (-1)^{2} twice", 1): UNIT_SQUARE,
    ("eq-momentum-best", "another sign before 0", 1): ZERO,
    ("eq-adam-first", "another sign before g", 2): "|−g| = |g|",
    ("eq-adjoint", r"\delta for \bar{a}", 1): ADJOINT,
}


def labels_of(prefix: str) -> list[str]:
    labels = [entry.display.label for entry in current_book(ROOT).entries]
    return [label for label in labels if label.startswith(prefix)]


# Every sixth claim on every run, and the others where there is more time.
PARTS = 6


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(k, marks=pytest.mark.whole) for k in range(1, PARTS))]
)
def test_mutants_of_claims_are_killed_or_true(first, mutants):
    labels = set(labels_of("eq-")[first::PARTS])
    seen, passed = Counter(), {}
    for entry, change, verdict in mutants(current_book(ROOT), labels.__contains__):
        seen[entry.display.label, change.what] += 1
        if verdict.in_order:
            key = entry.display.label, change.what
            passed[*key, seen[key]] = change.latex
    assert {key: latex for key, latex in passed.items() if key not in TRUE} == {}
    needed = {key for key in TRUE if key[0] in labels}
    assert not needed - passed.keys(), "a reason that no mutant needs"
    assert {label for label, _ in seen} == labels
    assert seen.total() > 500 and len(passed) <= 0.02 * seen.total()


def test_every_reason_is_about_a_claim_of_the_book():
    assert {key[0] for key in TRUE} <= set(labels_of("eq-"))


@pytest.mark.whole
def test_mutants_of_definitions_are_killed_by_the_pins(mutants):
    labels = set(labels_of("def-"))
    found = [*mutants(current_book(ROOT), labels.__contains__)]
    assert [(c.what, c.latex) for _, c, verdict in found if verdict.in_order] == []
    assert {entry.display.label for entry, _, _ in found} == labels
    assert len(found) > 600


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
