# ruff: noqa: E501 (a formula stands on one line)
"""What the dialect reads, what it refuses, and that what it reads is what is printed."""

import re

import pytest

from proofread.parse import Fault, grammar, parse, statements

TRUE = [
    # the same product in the ways that texts write it
    r"\dfrac{\partial L}{\partial u_{ij}} = \delta_j h_i",
    r"\tfrac{\partial L}{\partial u_{ij}} = \delta_j \cdot h_i",
    r"\frac{\partial L}{\partial u_{ij}} = \left( y_j - t_j \right) y_j \bigl( 1 - y_j \bigr) h_i",
    r"\frac{\partial L}{\partial u_{ij}} = \underbrace{(y_j - t_j) y_j (1 - y_j)}_{\text{error}} h_i",
    r"\frac{\partial L}{\partial u_{ij}} = \underbrace{(y_j - t_j) y_j (1 - y_j)}_{\delta_j} \, h_i",
    r"\frac{\partial L}{\partial u_{ij}} = \underbrace{(y_j - t_j) y_j (1 - y_j)}_{{\delta_j}} h_i",
    r"\frac{\partial L}{\partial u_{ij}} = \textcolor{red}{\delta_j} {\color{blue} h_i}",
    r"\frac{\partial L}{\partial u_{ij}} = \htmlClass{error}{\delta_j} \class{unit}{h_i}",
    r"\frac{\partial L}{\partial u_{ij}} = \delta_j h_i \qquad \text{for all } i, j",
    r"\frac{\partial L}{\partial u_{ij}} = \delta_j h_i, \quad \text{for every } i \text{ and } j.",
    r"\begin{aligned} \frac{\partial L}{\partial u_{ij}} &= \delta_j h_i && \text{(chain rule)} \\"
    r" &= (y_j - t_j) y_j (1 - y_j) h_i \end{aligned}",
    r"\begin{aligned} y_j &= \sigma(a_j^{(2)}) + 0 \\ h_j &= \sigma(a_j^{(1)}) + 0 \end{aligned}",
    r"\begin{aligned} L &= \frac12 (y_1 - t_1)^2 \\ &\quad + \frac12 (y_2 - t_2)^2 \end{aligned}",
    r"\begin{aligned} y_1 y_2 &= y_2 \\ &\quad y_1 \end{aligned}",
    r"\frac{\partial L}{\partial y_j} = y_j - t_j \quad\text{and}\quad \frac{\partial L}{\partial t_j} = t_j - y_j",
    # whole arrays
    r"\nabla_{\mathbf{u}} L = \mathbf{h}^\top \boldsymbol{\delta}",
    r"\nabla_\mathbf{u} L = \mathbf{h}^T \boldsymbol\delta",
    r"\frac{\partial L}{\partial \mathbf{u}} = \mathbf{h}^{\top} \boldsymbol{\delta}",
    r"(\nabla_{\mathbf{u}} L)_{ij} = [\mathbf{h}^\top \boldsymbol{\delta}]_{ij} = h_i \delta_j",
    r"\boldsymbol{\delta} = (\mathbf{y} - \mathbf{t}) \odot \mathbf{y} \odot (1 - \mathbf{y})",
    r"\boldsymbol{\delta} = (\mathbf{y} - \mathbf{t}) \odot \sigma'(\mathbf{a}^{(2)})",
    r"\nabla_{\mathbf{h}} L = \boldsymbol{\delta} \mathbf{u}^\top",
    r"\nabla_{\mathbf{a}^{(1)}} L = \boldsymbol{\delta}\mathbf{u}^\top \odot \mathbf{h} \odot (1 - \mathbf{h})",
    r"\nabla_{\mathbf{a}^{(1)}} L = \boldsymbol{\delta} \mathbf{u}^\top \operatorname{diag}(\sigma'(\mathbf{a}^{(1)}))",
    r"L = \frac12 \lVert \mathbf{y} - \mathbf{t} \rVert^2 = \frac12 \| \mathbf{y} - \mathbf{t} \|_2^2",
    r"\boldsymbol{\delta} \boldsymbol{\delta}^\top = \left\| \boldsymbol{\delta} \right\|^2",
    # sums, functions, derivatives
    r"L = \frac{1}{2} \sum_{k=1}^{2} (y_k - t_k)^2",
    r"L = \sum_k (y_k - t_k)^2 / 2",
    r"\frac{\partial L}{\partial h_i} = \sum_k \frac{\partial L}{\partial y_k} \frac{\partial y_k}{\partial h_i}",
    r"\frac{\partial y_j}{\partial h_i} = \sigma'(a^{(2)}_j) u_{ij}",
    r"\frac{d\sigma}{dx} = \sigma(x)(1 - \sigma(x)) = \frac{\mathrm{d}\sigma(x)}{\mathrm{d}x}",
    r"\sigma(x) = \frac{1}{2}(1 + \tanh(x / 2)) = \frac{\exp(x)}{1 + \exp x}",
    r"\sigma^\prime(x) = \frac{e^{-x}}{(1 + e^{-x})^2}",
    r"\ln \sigma(x) = -\ln(1 + e^{-x})",
    r"\max(x, 0) + \min(x, 0) = x + 0",
    r"\frac{\partial}{\partial x}\left( x^2 + 3x \right) = 2x + 3",
    r"\frac{\partial}{\partial y_j} \left( \frac12 \sum_k (y_k - t_k)^2 \right) = y_j - t_j",
    r"\sqrt{x^2} \sqrt{x^2} = x^2 \cdot 1",
    r"b^{(2)}_j \leftarrow b^{(2)}_j - \eta \delta_j",
    r"\mathbf{w} \leftarrow \mathbf{w} - \eta \nabla_{\mathbf{w}} L = \mathbf{w} - \eta \frac{\partial L}{\partial \mathbf{w}}",
    r"w_{ij} \gets w_{ij} - \eta \frac{\partial L}{\partial w_{ij}}",
    r"y_j(1 - y_j) = y_j - y_j^2",
    r"\delta_1 = (y_1 - t_1) y_1 (1 - y_1)",
]  # fmt: skip

FALSE = [
    # false on numbers
    (r"y_j(1 - y_j) = y_j", "does not hold"),
    (r"\sigma'(x) = \sigma(x)", "does not hold"),
    (r"L = \sum_k (y_k - t_k)^2", "does not hold"),
    (r"L = \frac12 \sum_{k=1}^{1} (y_k - t_k)^2", "does not hold"),
    (r"\frac{\partial L}{\partial u_{ij}} = \underbrace{(y_j - t_j) y_j}_{\delta_j} (1 - y_j) h_i", "does not hold"),
    (r"\begin{aligned} y_j &= \sigma(a_j^{(2)}) + 0 \\ h_j &= \sigma(a_j^{(1)}) + 1 \end{aligned}", "does not hold"),
    (r"y_j = \sigma(a_j^{(2)}) + 0, \quad h_j = 1", "does not hold"),
    (r"\mathbf{u} \leftarrow \mathbf{u} + \eta \nabla_{\mathbf{u}} L", "does not hold"),
    (r"\mathbf{w} \leftarrow \mathbf{w} - \eta \nabla_{\mathbf{w}} L = \mathbf{w}", "does not hold"),
    (r"u_{ij} \leftarrow u_{ij} - \frac{\eta}{2} \delta_j h_i", "does not hold"),
    (r"\frac{\partial a_j^{(2)}}{\partial u_{ik}} = h_i", "does not hold|stands on the right"),
    (r"\sigma(x)^2 = \sigma(x^2)", "does not hold"),
    (r"{y_j - t_j}^2 = (y_j - t_j)^2", "does not hold"),
    (r"\delta_j = (y_j - t_j) y_j 1 - y_j", "does not fit here"),
    # no reading fits
    (r"\delta_j = \sum_k \delta_k w_{jk} h_j (1 - h_j)", "runs over"),
    (r"\nabla_{\mathbf{u}} L = \boldsymbol{\delta} \mathbf{h}^\top", "a product of arrays"),
    (r"\nabla_{\mathbf{u}} L = \boldsymbol{\delta}^\top \mathbf{h}", "the left side is|hidden"),
    (r"\boldsymbol{\delta} = (\mathbf{y} - \mathbf{t}) \mathbf{y} (1 - \mathbf{y})", "a product of arrays"),
    (r"\mathbf{y} + L = \mathbf{y}", "single number"),
    (r"\nabla_{\mathbf{h}} L = \boldsymbol{\delta} \mathbf{w}", "a product of arrays"),
    (r"\mathbf{x} + \mathbf{y} = \mathbf{y}", "a sum joins arrays"),
    (r"\mathbf{y} = y_1", "single number|left side"),
    (r"y_j = t_k", "stands on the right"),
    (r"h_i = y_i", "runs over"),
    (r"\sum_k h_k y_k = 1", "runs over"),
    (r"\sum_{k=1}^{3} y_k = y_1 + y_2", "runs from 1 to 3"),
    (r"(\mathbf{h}^\top \boldsymbol{\delta})_{ji} = h_i \delta_j", "on an array that is"),
    (r"2 \odot \mathbf{y} = \mathbf{y} + \mathbf{y}", "one side is a single number"),
    # never silently as something else
    (r"y_j (t_j) = 2 y_j t_j", "a call or a product"),
    (r"L(x) = L", "a call or a product"),
    (r"\frac{\partial L(\mathbf{u})}{\partial u_{ij}} = \delta_j h_i", "a call or a product"),
    (r"\delta_j = (y_j - t_j) y_j (1 - y_j) \quad \text{for } j < 2", "cannot read the clause"),
    (r"L(\mathbf{u}) = L", "a call or a product"),
    (r"\nabla_{\mathbf{u}} L(\mathbf{w}) = \mathbf{h}^\top \boldsymbol{\delta}", "the brackets after it"),
    (r"\nabla_{\mathbf{u}} L(\mathbf{u})(\mathbf{u}) = \mathbf{h}^\top \boldsymbol{\delta}", "product"),
    (r"\sigma x = \sigma(x)", "does not fit here"),
    (r"L = \frac{1}\,{2} \sum_k (y_k - t_k)^2", "does not fit here"),
    (r"\sigma' = \sigma(1 - \sigma)", "does not fit here"),
    (r"\ln x y_j = 1", "put its argument in brackets"),
    (r"\mathbf{y}^2 = \mathbf{y} \odot \mathbf{y}", "a power of a whole array"),
    (r"\frac{1}{\mathbf{y}} = \mathbf{y}", "a division by a whole array"),
    (r"x^{(2)} = x", "has no superscript"),
    (r"a_j = \mathbf{x}", "without the superscript"),
    (r"y_{j+1} = y_j", "a shifted index"),
    (r"\delta_j = (y_j - t_j) y_j (1 - y_j) \text{2}", "looks like part of the formula"),
    (r"\delta_j = (y_j - t_j) y_j (1 - y_j) \text{ h}", "looks like part of the formula"),
    (r"\delta_j = (y_j - t_j) \text{times} y_j (1 - y_j)", "unknown symbol"),
    (r"\delta_j = (y_j - t_j) \quad y_j (1 - y_j)", "does not hold|equality is expected"),
    (r"\frac{\partial^2 L}{\partial x^2} = 1", "second derivatives"),
    (r"|x| = x", "does not hold"),
    (r"x \approx x", "approximations"),
    (r"\begin{cases} x & x \end{cases} = x", "condition of a case"),
    (r"L = \frac12 \sum_k (y_k - t_k)^2 \text{ is not } 2 L", "may change the claim"),
    (r"y_j = \sigma(a_j^{(2)}) + 0 \quad 2", "an equality is expected"),
    (r"L \leftarrow L - \eta", "no parameter"),
    (r"\mathbf{y} \leftarrow \mathbf{y} - \eta \nabla_{\mathbf{y}} L", "no parameter"),
    (r"\frac{\partial L}{\partial e} = L", "a constant"),
    (r"\frac{\partial y_j}{\partial x} = L", "0 by construction"),
]  # fmt: skip


NEAR = "eq-output-gradient"


@pytest.mark.parametrize("latex", TRUE)
def test_a_true_claim_holds_and_may_not_be_refuted(source, latex):
    verdict = source.verdict(latex, near=NEAR)
    assert verdict.in_order, verdict.report()
    assert not source.verdict(latex, "wrong-new", near=NEAR).in_order


@pytest.mark.parametrize(("latex", "message"), FALSE)
def test_a_claim_that_does_not_hold_may_be_refuted(source, latex, message):
    verdict = source.verdict(latex, near=NEAR)
    assert not verdict.in_order
    assert re.search(message, verdict.message), verdict.message
    if "does not hold" in message:
        verdict = source.verdict(latex, "wrong-new", near=NEAR)
        assert verdict.in_order, verdict.report()
        assert verdict.message.startswith(("false: ", "no reading fits: "))


def test_a_refutation_must_be_readable(source):
    assert not source.verdict(r"y_j = \foo", "wrong-new").in_order
    assert not source.verdict(r"y_j = \tau_j", "wrong-new").in_order
    assert not source.verdict(r"y_j = y_j", "wrong-new").in_order


def test_macros_are_expanded_and_carets_stay_right():
    (statement,) = statements(r"\E = \frac{\R}{2}", {r"\E": "L_1", r"\R": r"\mathbf{x}"})
    assert statement.text == r"L_{1}=\frac{\mathbf{x}}{2}"
    assert statement.places[statement.text.index(r"\mathbf")] == 11
    with pytest.raises(Fault, match="expands to itself"):
        statements(r"\E", {r"\E": r"\E + 1"})


def test_a_relation_over_a_line_break_is_one():
    (statement,) = statements(r"\begin{aligned} a &= b = \\ &= c \end{aligned}")
    assert statement.text == "a=b=c"
    assert len(parse(statement).children) == 5


def test_digits_after_an_underscore_are_indices_and_elsewhere_a_number():
    (statement,) = statements("u_{12} = 12 u_1")
    tokens = [
        str(token)
        for token in parse(statement).scan_values(lambda t: t.type in ("DIGIT", "NUMBER"))
    ]
    assert tokens == ["1", "2", "12", "1"]


TOY = r"""
| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $p$ | | any number | the setting |
| $q$ | | any number | another number |
| $L(p)$ | | defined | the loss at the setting $p$ |
| $\eta$ | | positive | learning rate |

$$ L(p) = (p - 2)^3 $$ (def-loss)

$$ p \leftarrow p - \eta\, L'(p) = p - 3 \eta (p - 2)^2 $$ (eq-update)

$$ p \leftarrow p + \eta\, L'(p) $$ (wrong-sign)

$$ p \leftarrow p - \eta\, L(p) $$ (wrong-slope)

$$ q \leftarrow q - \eta\, L'(q) $$ (eq-another)
"""


def test_an_update_of_the_argument_of_the_loss(write):
    text = write(TOY)
    *in_order, another = text.verdicts(20)
    assert not text.problems and all(verdict.in_order for verdict in in_order)
    assert "or a function of q" in another.message


def test_no_token_and_no_rule_of_the_grammar_can_be_read_in_two_ways():
    grammar(strict=True)


def test_what_one_text_declares_is_nothing_to_another():
    (one,) = statements("f(r) = r", {})
    assert parse(one, ["f"]).find_data("call").__next__()
    assert not list(parse(one).find_data("call"))
    assert not list(parse(one, ["g"]).find_data("call"))
