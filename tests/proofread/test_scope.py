# ruff: noqa: E501 (a formula stands on one line)
"""Tables and their scope: what a row means, where, and for how long."""

import pytest

HEAD = "| Symbol | Over | Value | Meaning |\n|-|-|-|-|\n"
LAYERS = "| Layer | Units |\n|-|-|\n| inputs | 2 |\n| outputs | 3 |\n\n"


def in_order(text) -> dict[str, bool]:
    assert not text.problems, text.problems[0].report()
    return {v.display.label: v.in_order for v in text.verdicts(20)}


def test_a_row_replaces_to_the_end_of_its_section(write):
    text = write(
        f"# Chapter\n\n{HEAD}| $k$ | | any number | |\n| $L$ | | $k^2$ | |\n\n"
        f"## One\n\n$$ L = k \\cdot k $$ (eq-before)\n\n{HEAD}| $L$ | | $2 k$ | |\n\n"
        "$$ L = k + k $$ (eq-inside)\n\n### Deeper\n\n$$ L = k + k $$ (eq-deeper)\n\n"
        "## Two\n\n$$ L = k \\cdot k $$ (eq-after)\n\n$$ L = k + k $$ (wrong-after)\n"
    )
    assert in_order(text) == dict.fromkeys(
        ["eq-before", "eq-inside", "eq-deeper", "eq-after", "wrong-after"], True
    )


def test_a_row_over_other_kinds_adds_a_meaning_from_there_on(write):
    text = write(
        f"# Chapter\n\n{LAYERS}{HEAD}| $x_i$ | inputs | positive | |\n| $t_i$ | outputs | positive | |\n\n"
        f"## One\n\n$$ x_i + x_i = 2 x_i $$ (eq-one)\n\n{HEAD}| $x_i$ | outputs | $t_i$ | |\n\n"
        "$$ x_i + x_i = 2 x_i $$ (eq-both)\n\n## Two\n\n$$ x_i + x_i = 2 x_i $$ (eq-still)\n\n"
        "$$ x_i = 1 \\cdot t_i $$ (eq-where-it-fits)\n"
    )
    assert all(in_order(text).values())
    counts = {v.display.label: (v.count, v.readings) for v in text.verdicts(20)}
    expected = {"eq-one": (2, 1), "eq-both": (5, 2), "eq-still": (5, 2), "eq-where-it-fits": (3, 1)}
    assert counts == expected


def test_a_claim_must_hold_in_every_reading(write):
    text = write(
        f"{LAYERS}{HEAD}| $x_i$ | inputs | positive | |\n| $x_i$ | outputs | any number | |\n\n"
        "$$ \\sqrt{x_i^2} = \\sqrt{x_i \\cdot x_i} $$ (eq-both)\n\n$$ x_i = \\sqrt{x_i^2} $$ (eq-one-only)\n"
    )
    assert in_order(text) == {"eq-both": True, "eq-one-only": False}


def test_a_symbol_is_unknown_before_its_table(write):
    text = write(
        f"$$ k = k + 0 $$ (eq-early)\n\n{HEAD}| $k$ | | positive | |\n\n$$ k = k + 0 $$ (eq-late)\n"
    )
    assert in_order(text) == {"eq-early": False, "eq-late": True}


def test_another_net_in_a_section_has_its_own_layers_and_loss(write):
    net = f"{HEAD}| $x_i$ | inputs | any number | |\n| $L$ | | defined | the loss |\n\n"
    text = write(
        f"# Chapter\n\n{LAYERS}{net}$$ L = \\sum_i x_i^2 $$ (def-first)\n\n$$ L = x_1^2 + x_2^2 $$ (eq-first)\n\n"
        f"## Larger\n\n| Layer | Units |\n|-|-|\n| inputs | 4 |\n\n{net}"
        "$$ L = \\sum_i x_i^3 $$ (def-second)\n\n$$ L = x_1^3 + x_2^3 + x_3^3 + x_4^3 $$ (eq-second)\n\n"
        "## Back\n\n$$ \\frac{\\partial L}{\\partial x_i} = 2 x_i $$ (eq-third)\n\n"
        f"{HEAD}| $z_i$ | inputs | positive | |\n\n$$ z_i + z_i = 2 z_i $$ (eq-layer)\n"
    )
    assert all(in_order(text).values()), [v.report() for v in text.verdicts(5)]
    assert text.verdict(text.find("eq-layer"), 5).count == 2


COLUMNS = f"""\
{LAYERS}| Meaning | Value | Shape | Symbol | Over | Code |
|-|-|-|-|-|-|
| input | any number | (2, 1) | $x$ | inputs × 1 | `x` |
| weight | any number | (3, 2) | $W$ | outputs × inputs | `w` |
| output | defined | (3, 1) | $y$ | outputs × 1 | `y` |

$$ y = W x $$ (def-y)

$$ y_i = \\sum_j W_{{ij}} x_j $$ (eq-entries)

$$ \\frac{{\\partial y_i}}{{\\partial x_j}} = W_{{ij}} $$ (eq-slope)

$$ y^T y = \\lVert y \\rVert^2 $$ (eq-norm)

$$ y^\\top = x^\\top W^\\top $$ (eq-turned)

$$ y = x W $$ (wrong-order)
"""


def test_columns_in_any_order_and_column_vectors(write):
    assert all(in_order(write(COLUMNS)).values())


NOTATIONS = {
    "square brackets": r"""
| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $W^{[l]}_{ij}$ | layer l-1 × layer l | any number | |
| $a^{[0]}_i$ | layer 0 | any number | |
| $a^{[l]}_i$ | layer l, l ≥ 1 | defined | |

$$ \mathbf{a}^{[l]} = \mathbf{a}^{[l-1]} \mathbf{W}^{[l]} $$ (def-a)

$$ a^{[2]}_j = \sum_i a^{[1]}_i W^{[2]}_{ij} $$ (eq-two)
""",
    "words": r"""
| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $W_h$ | layer 0 × layer 1 | any number | |
| $x_i$ | layer 0 | any number | |
| $\hat{z}_j$ | layer 1 | defined | |
| $L_{\text{reg}}$ | | defined | |
| $\mathrm{cost}$ | | defined | |

$$ \hat{\mathbf{z}} = \mathbf{x} W_h $$ (def-z)

$$ L_{\text{reg}} = \lVert W_h \rVert^2 $$ (def-reg)

$$ \text{cost} = \sum_j \hat{z}_j^2 + L_{\text{reg}} $$ (def-cost)

$$ \frac{\partial L_{\text{reg}}}{\partial W_h} = 2 W_h $$ (eq-slope)

$$ \frac{\partial\, \mathrm{cost}}{\partial \hat{z}_j} = 2 \hat{z}_j $$ (eq-cost)
""",
}


@pytest.mark.parametrize("name", NOTATIONS)
def test_notations_of_other_texts(name, write):
    layers = "| Layer | Units |\n|-|-|\n| layer 0 | 2 |\n| layer 1 | 3 |\n| layer 2 | 2 |\n"
    text = write(layers + NOTATIONS[name])
    assert not text.problems, [p.report() for p in text.problems]
    assert all(in_order(text).values()), [v.report() for v in text.verdicts(5) if not v.in_order]


NORMED = f"""\
{LAYERS}{HEAD}| $x_i$ | inputs | any number | |
| $s$ | | any number | |
| $f(s)$ | | defined | |
| $y$ | | defined | |

$$ f(s) = s \\lVert \\mathbf{{x}} \\rVert^2 + \\sum_i x_i $$ (def-f)

$$ f(x_i) = \\sum_j x_i x_j^2 + \\sum_j x_j $$ (eq-entries)

$$ f(\\mathbf{{x}})_i = f(x_i) $$ (eq-whole)

$$ f(\\mathbf{{x}}) = \\mathbf{{x}} $$ (wrong-whole)

$$ y = f(s)^2 $$ (def-y)

$$ \\frac{{\\partial y}}{{\\partial x_i}} = 2 f(s) (2 s x_i + 1) $$ (eq-chain)

$$ f'(x_i) = \\lVert \\mathbf{{x}} \\rVert^2 + 0 $$ (eq-slope)
"""


def test_a_function_may_rest_on_whole_arrays_and_take_one(write):
    text = write(NORMED)
    assert all(in_order(text).values()), [v.report() for v in text.verdicts(5) if not v.in_order]


def test_labelled_formulas_in_lines_are_displays_and_the_others_are_listed(write):
    text = write(
        f"{HEAD}| $k$ | | positive | |\n\n- an item with [$k + k = 2k$]{{#eq-item}} and $k = 3$\n\n"
        "| A | table |\n|-|-|\n| [$k = k + 1$]{#wrong-cell} | **[$k$]{#show-cell}** |\n\n"
        "A [link](#eq-item), a [span]{.class}, `code`, $k$ and $k \\leftarrow 2$.\n"
    )
    assert in_order(text) == dict.fromkeys(["eq-item", "wrong-cell", "show-cell"], True)
    assert [formula.latex for formula in text.unread] == ["k = 3", "k \\leftarrow 2"]


@pytest.mark.parametrize("table", [
    "| Layer | Size |\n|-|-|\n| a | large |\n", "| Layer | Size | Use |\n|-|-|-|\n| a | 2 | b |\n",
    "| Depth | Size |\n|-|-|\n| a | 2 |\n", "| Layer | Width |\n|-|-|\n| a | 2 |\n",
    "| Symbol | Value |\n|-|-|\n| $e$ | 2.72 |\n", "| Symbol | Meaning |\n|-|-|\n| $e$ | positive |\n",
    "| Name | Over | Value |\n|-|-|-|\n| a | b | c |\n", "| Unit | Units |\n|-|-|\n| a | 2 |\n",
])  # fmt: skip
def test_a_table_for_the_reader_alone_declares_nothing(table, write):
    assert not write(table).problems


BOTH = r"""
| Layer | Units |
|-|-|
| inputs | 2 |
| hidden units | 3 |
| layer 0 | 2 |
| layer 1 | 4 |
| layer 2 | 3 |

| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $x_i$ | inputs | any number | |
| $w_{ij}$ | inputs × hidden units | any number | |
| $a^{(1)}_j$ | hidden units | defined | |
| $h_j$ | hidden units | defined | |
| $h^{(0)}_i$ | layer 0 | any number | |
| $h^{(l)}_j$ | layer l, l ≥ 1 | defined | |
| $a^{(l)}_j$ | layer l, l ≥ 1 | defined | |
| $W^{(l)}_{ij}$ | layer l-1 × layer l | any number | |
| $D$ | | number of layers | the depth |

$$ \mathbf{a}^{(1)} = \mathbf{x}\mathbf{w} $$ (def-shallow)

$$ \mathbf{h} = \tanh(\mathbf{a}^{(1)}) $$ (def-h)

$$ \mathbf{a}^{(l)} = \mathbf{h}^{(l-1)}\mathbf{W}^{(l)} $$ (def-deep)

$$ \mathbf{h}^{(l)} = \tanh(\mathbf{a}^{(l)}) \qquad \text{for } l = 1, \dots, D $$ (def-deep-h)

$$ \frac{\partial h_j}{\partial a^{(1)}_j} = 1 - h_j^2 $$ (eq-shallow)

$$ \frac{\partial h^{(l)}_j}{\partial a^{(l)}_j} = 1 - (h^{(l)}_j)^2 $$ (eq-deep)

$$ a^{(D)}_j = \sum_i h^{(D-1)}_i W^{(D)}_{ij} $$ (eq-depth)
"""


def test_a_numbered_row_and_a_row_of_layers_side_by_side(write):
    text = write(BOTH)
    assert all(in_order(text).values()), [v.report() for v in text.verdicts(5) if not v.in_order]
    counts = {v.display.label: v.count for v in text.verdicts(5)}
    assert (counts["eq-shallow"], counts["eq-deep"], counts["eq-depth"]) == (3, 7, 3)
