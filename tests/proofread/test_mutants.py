"""Every claim and definition with one slip in it: rejected, or true for a stated reason."""

from pathlib import Path

import numpy as np
import pytest

from proofread.text import Text, read_file

NETWORKS = 20
SAME = "σ' is even: σ'(−x) = σ'(x)"
BIAS = "∂a_j/∂b_j = 1, so a derivative with respect to b_j is one with respect to a_j"
ALIAS = "section 6 gives x_i and y_i of hidden units the value h_i, and w_jk the value u_jk"
NAMED = "brackets after a gradient only name its variable"

TRUE = {
    ("eq-sigmoid-slope", "another sign before x"): SAME,
    ("eq-descent", r"no factor (\mathbf{u})"): NAMED,
    ("eq-output-chain", "b for a"): BIAS,
    ("eq-output-slope", "b for a"): BIAS,
    ("eq-output-gradient", "b for a"): BIAS,
    ("eq-hidden-chain", "b for a"): BIAS,
    ("eq-hidden-slope", "b for a"): BIAS,
    ("eq-first-hidden", "b for a"): BIAS,
    ("eq-any-gradient", "u for w"): ALIAS,
    ("eq-any-gradient", "h for x"): ALIAS,
    ("eq-any-gradient", "y for x"): ALIAS,
    ("eq-any-delta", "u for w"): ALIAS,
    ("eq-any-delta", "x for y"): ALIAS,
    ("eq-any-delta", "h for y"): ALIAS,
}


@pytest.mark.whole
def test_mutants_of_claims_are_rejected(source, mutants):
    found = [*mutants(source.text, lambda label: label.startswith("eq-"))]
    count, passed = len(found), [
        (entry.display.label, change.what, change.latex)
        for entry, change, verdict in found if verdict.in_order
    ]  # fmt: skip
    unexplained = [latex for label, what, latex in passed if (label, what) not in TRUE]
    assert not unexplained, "\n".join(unexplained)
    assert {(label, what) for label, what, _ in passed} == set(TRUE), (
        "a reason that no mutant needs"
    )
    assert count > 600 and len(passed) / count < 0.02
    errors = [verdict.error for _, _, verdict in found if verdict.counterexample]
    assert len(errors) > 400
    assert min(errors) > 1e-2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def code(label, values, sigmoid=sigmoid):
    """The forward pass of the 2-3-2 net as a book's code would compute it."""
    found = {"sigma": sigmoid}
    found["a1"] = values["x"] @ values["w"] + values["b1"]
    found["h"] = sigmoid(found["a1"])
    found["a2"] = found["h"] @ values["u"] + values["b2"]
    found["y"] = sigmoid(found["a2"])
    found["loss"] = 0.5 * float(np.sum((found["y"] - values["t"]) ** 2))
    return found


CODE = {
    "$x_i$": "x", "$w_{ij}$": "w", "$b^{(1)}_j$": "b1", "$u_{ij}$": "u", "$b^{(2)}_j$": "b2",
    "$t_j$": "t", r"$\sigma(x)$": "sigma", "$a^{(1)}_j$": "a1", "$h_j$": "h", "$a^{(2)}_j$": "a2",
    "$y_j$": "y", "$L$": "loss",
}  # fmt: skip


def coded(path: Path) -> str:
    """Return the source's equations with a Code column in the first symbol table."""
    lines = []
    for line in path.read_text().split("\n## 4")[0].split("\n"):
        cell = line.split("|")[1].strip() if line.count("|") == 5 else ""
        extra = {"Symbol": "Code |", "-------------": "- |"}.get(cell, f"{CODE.get(cell, '')} |")
        lines.append(line + extra if cell else line)
    return "\n".join(lines)


def pinned(content: str, tmp_path: Path, pins=code) -> Text:
    path = tmp_path / "coded.md"
    path.write_text(content)
    text = read_file(path)
    text.pins = pins
    return text


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda z: sigmoid(np.clip(z, -20, 20)), id="cut where it is nearly flat"),
        pytest.param(lambda z: sigmoid(z) + 1e-13, id="more than rounding"),
        pytest.param(lambda z: 0.5 * (1 + np.tanh(z / 2)), id="loses the digits of small values"),
    ],
)
def test_code_that_differs_where_a_plain_draw_does_not_reach_disagrees(source, tmp_path, other):
    text = pinned(coded(source.path), tmp_path, lambda *given: code(*given, other))
    verdict = text.verdict(text.find("def-sigmoid"), NETWORKS)
    assert not verdict.in_order and "disagrees with sigma" in verdict.message


def test_mutants_of_definitions_are_rejected_by_the_pins(source, mutants, tmp_path):
    text = pinned(coded(source.path), tmp_path)
    assert [v.report() for v in text.verdicts(NETWORKS) if not v.in_order] == []
    found = [*mutants(text, lambda label: label.startswith("def-"))]
    assert len(found) > 120
    assert [change.latex for _, change, verdict in found if verdict.in_order] == []
