"""What other texts write: each construct with a statement that is true, and one that is false."""

import pytest

TEXT = r"""
| Layer | Units |
|-|-|
| steps | 0 to 4 |
| inputs | 2 |
| outputs | 3 |

| Symbol | Over | Value | Meaning |
|-|-|-|-|
| $e$ | | Euler's number | |
| $T$ | | number of steps | |
| $q$ | | number of outputs | |
| $d$ | | number of inputs | |
| $u$ | | any number | |
| $v$ | | any number | |
| $s_0$ | | any number | |
| $s_t$ | steps t, t ≥ 1 | $\tanh(u s_{t-1} + v)$ | |
| $S$ | | $\frac{1}{2} \sum_{t=1}^T s_t^2$ | |
| $\mathbf{x}$ | inputs × 1 | any number | |
| $W$ | outputs × inputs | any number | |
| $V$ | outputs × outputs | any number | |
| $\mathbf{o}$ | outputs × 1 | $W \mathbf{x}$ | |
| $\mathbf{h}_0$ | outputs × 1 | any number | |
| $\mathbf{h}_t$ | steps t × outputs × 1, t ≥ 1 | $V \mathbf{h}_{t-1}$ | |
| $R$ | | $\frac{1}{2} \lVert \mathbf{h}_T \rVert^2$ | |
| $\mathbf{a}$ | outputs × 1 | any number | the argument of a function |
| $l(\mathbf{a}, v)$ | | any function | |
| $\mathrm{softmax}(\mathbf{a})$ | | $\frac{\exp(\mathbf{a})}{\sum_j \exp(a_j)}$ | |
| $\phi(u)$ | | any function | |
| $f(u, v)$ | | any function | |
| $p_j$ | outputs | probability vector | |
| $y^*_j$ | outputs | any number | |
| $\delta_{jk}$ | outputs × outputs | Kronecker delta | |
| $I$ | outputs × outputs | Kronecker delta | |
| $J(W; \mathbf{x}^{(i)})$ | | $\frac{1}{2} \lVert W \mathbf{x} \rVert^2$ | |
| $Cost$ | | $u^2$ | |
| $\bar{u}$ | | $\frac{\partial S}{\partial u}$ | |

$$ u v $$ (show-all)
"""
CASES = {
    "a step as a subscript": (
        r"\frac{\partial S}{\partial s_t} = s_t + \frac{\partial S}{\partial s_{t+1}}"
        r" (1 - s_{t+1}^2) u \qquad \text{for } t = 1, 2, 3",
        r"\frac{\partial S}{\partial s_t} = s_t + \frac{\partial S}{\partial s_{t+1}}"
        r" (1 - s_{t}^2) u \qquad \text{for } t = 1, 2, 3",
    ),
    "a sum and a product over steps": (
        r"\frac{\partial s_T}{\partial v} ="
        r" \sum_{t=1}^T \left(\prod_{k=t+1}^T u (1 - s_k^2)\right) (1 - s_t^2)",
        r"\frac{\partial s_T}{\partial v} ="
        r" \sum_{t=1}^T \left(\prod_{k=t}^T u (1 - s_k^2)\right) (1 - s_t^2)",
    ),
    "arrays at every step": (
        r"\frac{\partial R}{\partial \mathbf{h}_t} ="
        r" V^\top \frac{\partial R}{\partial \mathbf{h}_{t+1}}",
        r"\frac{\partial R}{\partial \mathbf{h}_t} ="
        r" V \frac{\partial R}{\partial \mathbf{h}_{t+1}}",
    ),
    "a power of a matrix": (
        r"\mathbf{h}_T = V^2 \mathbf{h}_2", r"\mathbf{h}_T = V^3 \mathbf{h}_2"),
    "the number of a step": (
        r"\mathbf{h}_T = V^{T-t} \mathbf{h}_t", r"\mathbf{h}_T = V^{T-t+1} \mathbf{h}_t"),
    "an inverse": (
        r"(I - V)^{-1} \mathbf{o} = \mathbf{o} + V (I - V)^{-1} \mathbf{o}",
        r"(I - V)^{-1} \mathbf{o} = \mathbf{o} - V (I - V)^{-1} \mathbf{o}",
    ),
    "any function": (
        r"\frac{\partial \phi(u v)}{\partial u} = v \phi'(u v)",
        r"\frac{\partial \phi(u v)}{\partial u} = u \phi'(u v)",
    ),
    "a function of an array": (
        r"\sum_j \mathrm{softmax}(\mathbf{o})_j = 1", r"\sum_j \mathrm{softmax}(\mathbf{o})_j = 2"),
    "the slope of a function of an array": (
        r"\frac{\partial l(\mathbf{o}, v)}{\partial \mathbf{x}} ="
        r" W^\top \frac{\partial l(\mathbf{o}, v)}{\partial \mathbf{o}}",
        r"\frac{\partial l(\mathbf{o}, v)}{\partial \mathbf{x}} ="
        r" 2 W^\top \frac{\partial l(\mathbf{o}, v)}{\partial \mathbf{o}}",
    ),
    "a derivative by one argument, the others held": (
        r"\frac{\partial f(s_1, s_2)}{\partial u} = \frac{\partial f(s_1, s_2)}{\partial s_1}"
        r" \frac{\partial s_1}{\partial u} + \frac{\partial f(s_1, s_2)}{\partial s_2}"
        r" \frac{\partial s_2}{\partial u}",
        r"\frac{\partial f(s_1, s_2)}{\partial u} = \frac{\partial f(s_1, s_2)}{\partial s_2}"
        r" \frac{\partial s_2}{\partial u}",
    ),
    "a table of slopes": (
        r"\frac{\partial}{\partial o_k} \mathrm{softmax}(\mathbf{o})_j ="
        r" \mathrm{softmax}(\mathbf{o})_j (\delta_{jk} - \mathrm{softmax}(\mathbf{o})_k)",
        r"\frac{\partial}{\partial o_k} \mathrm{softmax}(\mathbf{o})_j ="
        r" \mathrm{softmax}(\mathbf{o})_j (1 - \mathrm{softmax}(\mathbf{o})_k)",
    ),
    "an operator with a subscript": (
        r"\partial_{u} \phi(u v) = v \phi'(u v)", r"\partial_{u} \phi(u v) = \phi'(u v)"),
    "a space": (
        r"\mathbf{o} = W \mathbf{x} \in \mathbb{R}^q",
        r"\mathbf{o} = W \mathbf{x} \in \mathbb{R}^d",
    ),
    "a space of matrices": (
        r"W \in \mathbb{R}^{q \times d}", r"W \in \mathbb{R}^{d \times q}"),
    "an index left out": (
        r"\sum_{j \neq k} p_j = 1 - p_k", r"\sum_{j \neq k} p_j = 1 - 2 p_k"),
    "a sum up to a size": (r"\sum_j^q p_j = 1", r"\sum_j^q p_j^2 = 1"),
    "a star": (r"\sum_j (y^*_j - p_j) = \sum_j y^*_j - 1", r"\sum_j (y^*_j - p_j) = \sum_j y^*_j"),
    "a norm with a letter": (
        r"\frac{\partial}{\partial W} \left(\|W\|_F^2\right) = 2 W",
        r"\frac{\partial}{\partial W} \left(\|W\|_F^2\right) = W",
    ),
    "a sum of sizes": (r"\|\mathbf{o}\|_1 = \sum_j |o_j|", r"\|\mathbf{o}\|_1 = \sum_j o_j"),
    "an absolute value": (r"|u v| = |u| |v|", r"|u + v| = |u| + |v|"),
    "a name that shows what its value rests on": (
        r"\frac{\partial}{\partial W} J(W; \mathbf{x}^{(i)}) = \mathbf{o} \mathbf{x}^\top",
        r"\frac{\partial}{\partial W} J(W; \mathbf{x}^{(i)}) = 2 \mathbf{o} \mathbf{x}^\top",
    ),
    "a name of several letters": (
        r"\frac{\partial Cost}{\partial u} = 2 u", r"\frac{\partial Cost}{\partial u} = 3 u"),
    "a prime with the variable": (r"Cost'(u) = 2 u", r"Cost'(u) = u"),
    "a bar over an index": (
        r"\overline{u} = \sum_{t=1}^T \frac{\partial S}{\partial s_t} (1 - s_t^2) s_{t-1}",
        r"\overline{u} = \sum_{t=1}^T \frac{\partial S}{\partial s_t} (1 - s_t^2) s_{t}",
    ),
    "what cancels": (
        r"u = \frac{\cancel{v} u}{\cancel{v}} = \frac{v u}{v}", r"u = \frac{\cancel{v} u}{v^2}"),
    "a conclusion": (
        r"u + u = 2 u \Rightarrow v + v = 2 v", r"u + u = 2 u \Rightarrow v + v = 3 v"),
}  # fmt: skip
REFUSED = {
    r"\operatorname{argmax}_j p_j = q": "argmax",
    r"\frac{\partial}{\partial u} u v = v": "Put what is in brackets",
    r"\|W\|_2 = \|W\|_F": "largest singular value",
    r"s_t^2 = \phi(u)(v": "breaks off",
    r"\prod_{t=1}^2 \mathbf{h}_t = \mathbf{h}_1": "whole arrays",
    r"W \in \mathbb{R}^{e}": "is no size",
    r"u \approx v": "approximations are outside the dialect",
    r"|p_j| = p_j": "one sign on every network",
    r"\mathbf{o}^2 = \mathbf{o}": "not square",
    r"\mathrm{softmax}(u) = u": "takes no array that is a single number",
    r"\frac{\partial s_t}{\partial \mathbf{x}} = 0": "0 by construction",
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    from proofread.sources import Display, Place
    from proofread.text import Entry, read_file

    path = tmp_path_factory.mktemp("constructs") / "text.md"
    path.write_text(TEXT, encoding="utf-8")
    text = read_file(path)
    assert not text.problems, text.problems[0].report()
    scope = text.entries[0].scope

    def judge(latex, label="eq-new"):
        return text.verdict(Entry(Display(label, latex, Place("new.md", 1)), scope), 200)

    return judge


@pytest.mark.parametrize("name", CASES)
def test_the_true_one_holds_and_the_false_one_does_not(name, judge):
    true, false = CASES[name]
    verdict = judge(true)
    assert verdict.in_order, verdict.report()
    assert not judge(false).in_order
    assert judge(false, "wrong-new").in_order, judge(false, "wrong-new").report()


@pytest.mark.parametrize("latex", REFUSED)
def test_what_is_outside_is_refused_by_name(latex, judge):
    verdict = judge(latex)
    assert not verdict.in_order
    assert verdict.counterexample is None
    assert REFUSED[latex] in verdict.message, verdict.report()
