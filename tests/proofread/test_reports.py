# ruff: noqa: E501 (a formula stands on one line)
"""What a person reads when an equation is not in order."""

import dataclasses

import pytest

from proofread.mutate import repair
from proofread.text import Entry

SLIPS = [
    (r"u_{ij} \leftarrow u_{ij} + \eta \delta_j h_i", "another sign before"),
    (r"\frac{\partial L}{\partial u_{ij}} = (y_j - t_j) y_j (1 + y_j) h_i", "another sign before y_{j}"),
    (r"\frac{\partial L}{\partial u_{ij}} = (t_j - y_j) y_j (1 - y_j) h_i", "another sign before (t_{j}-y_{j})"),
    (r"\frac{\partial L}{\partial u_{ij}} = \delta_i h_j", "these two indices swapped: \\frac{\\partial L}{\\partial u_{ji}}"),
    (r"\frac{\partial L}{\partial u_{ij}} = \delta_j h_j", "the index i for j"),
    (r"\frac{\partial L}{\partial h_i} = \sum_k \delta_k u_{ki}", "these two indices swapped"),
    (r"\frac{\partial L}{\partial u_{ij}} = 2 \delta_j h_i", "no factor 2"),
    (r"\frac{\partial L}{\partial u_{ij}} = \delta_j h_i h_i", "no factor h_{i}"),
    (r"\nabla_{\mathbf{u}} L = \mathbf{h} \boldsymbol{\delta}", r"\mathbf{h} transposed"),
    (r"\nabla_{\mathbf{h}} L = \boldsymbol{\delta}^\top \mathbf{u}^\top", "no transpose"),
    (r"\frac{\partial y_j}{\partial h_i} = \sigma'(a^{(1)}_j) u_{ij}", "the layer 2"),
    (r"\frac{\partial y_j}{\partial h_i} = \sigma(a^{(2)}_j) u_{ij}", r"the derivative of \sigma"),
    (r"\frac{\partial L}{\partial u_{ij}} = \delta_j y_i", "h for y"),
]  # fmt: skip


@pytest.mark.parametrize(("latex", "what"), SLIPS)
def test_the_single_slip_is_named(source, latex, what):
    near = source.text.find("eq-output-gradient")
    entry = Entry(dataclasses.replace(near.display, latex=latex), near.scope)
    verdict = source.text.verdict(entry, 20)
    assert not verdict.in_order
    found = repair(source.text, entry)
    assert found.startswith(what) if what else found == ""
    if found:
        assert source.changed(near, found.split(": ", 1)[1]).in_order


def test_a_false_claim_names_place_label_indices_numbers_and_caret(source):
    entry = source.text.find("eq-output-gradient")
    latex = entry.display.latex.replace(r"\delta_j h_i", r"\delta_j 2 h_i").replace(
        "2 h_i", r"\cdot 2 h_i"
    )
    report = source.changed(entry, latex, 100).report()
    first, shown, caret = report.split("\n")
    at = 1 + latex.split("\n")[1].index(r"\delta_j \cdot 2 h_i")
    assert first.startswith(f"{source.path}:90:{at} (eq-output-gradient): does not hold: at i = ")
    assert "the left side is" in first and "the right side" in first
    assert shown[caret.index("^") :].startswith(r"\delta_j \cdot 2 h_i")


@pytest.mark.parametrize(
    ("latex", "at", "message"),
    [
        (r"y_j = \sigma(a_j^{(2)}) + \tau_j", r"\tau_j", r"unknown symbol \tau"),
        (r"y_j = \sigma(a_j^{(2)}) + y_k", r"y_k", "the index k stands on the right"),
        (r"y_j = \foo{2}", r"\foo", "outside the dialect"),
        (r"y_j = h_j", "h_j", "runs over hidden units (3), and elsewhere over outputs (2)"),
        (r"y_j = \sigma(a_j)", "a_j", "stands without the superscript"),
    ],
)
def test_the_caret_points_at_the_term(source, latex, at, message):
    verdict = source.verdict(latex, near="eq-output-gradient")
    assert message in verdict.message
    _, line, caret = verdict.report().split("\n")
    where = line[caret.index("^") :]
    assert where.startswith(at) or "the index k" in message


def test_the_nearest_symbol_is_suggested(write):
    text = write(
        "| Symbol | Over | Value |\n|-|-|-|\n| $\\delta$ | | positive |\n\n$$ \\Delta = \\delta $$ (eq-x)\n"
    )
    (verdict,) = text.verdicts(5)
    assert r"the nearest known one is \delta" in verdict.message


def test_a_long_line_is_cut_around_the_caret(source):
    _, line, caret = source.verdict(f"L = {'L + ' * 100}q{' + L' * 100}").report().split("\n")
    assert len(line) <= 110
    assert line[caret.index("^")] == "q"


@pytest.mark.parametrize(
    ("slip", "holds", "refuted"),
    [("0.000000000000001", True, False), ("0.0000000000001", False, False), ("0.0000001", False, False),
     ("0.00001", False, True)],
)  # fmt: skip
def test_between_true_and_false_there_is_a_gap(write, slip, holds, refuted):
    """An error of 1e-15 is rounding, one of 1e-5 is false, and nothing in between is either."""
    text = write(
        "| Symbol | Over | Value |\n|-|-|-|\n| $k$ | | positive |\n\n"
        f"$$ k = k + {slip} k $$ (eq-k)\n\n$$ k = k + {slip} k $$ (wrong-k)\n"
    )
    claim, refutation = text.verdicts(20)
    assert (claim.in_order, refutation.in_order) == (holds, refuted)
    assert holds or refuted or "neither holds nor fails" in refutation.message
