"""Answers to exercises and drills, as the page's scripts and Python judge them."""

import json
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import yaml
from contents import ROOT
from py_mini_racer import JSEvalException, MiniRacer

from _site.answers import answer_of
from _site.answers.keys import Part, keys
from bp import answers, deep, two_layer

STATIC = ROOT / "book" / "_static"
SCRIPTS = ("explore/net.js", "answers/speak.js", "answers/answers.js", "answers/drills.js")
KEYS = keys(ROOT / "book" / "answers")
NUMBERS = [
    pytest.param(part, id=f"{key.label}-{count}")
    for key in KEYS.values()
    for count, part in enumerate(key.parts, 1)
    if part.kind == "number"
]


@pytest.fixture(scope="module")
def script() -> Callable[..., Any]:
    """Return a function that calls one of the page's own with arguments."""
    engine = MiniRacer()
    engine.eval("\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS))

    def call(function: str, *arguments: object) -> Any:
        given = ", ".join(json.dumps(one) for one in arguments)
        return json.loads(engine.eval(f"JSON.stringify({function}({given}))"))

    return call


@pytest.fixture(scope="module")
def book() -> Any:
    return answers.current_book()


def judge(script: Callable[..., Any], part: Part, typed: str) -> tuple[str, str]:
    key = {"kind": "number", "right": part.right, "slips": part.slips, **part.more}
    judgement = script("answers.number", key, typed)
    return judgement["verdict"], judgement["reason"]


def spellings(value: float, digits: int) -> list[str]:
    """Return a number as readers write it."""
    plain = np.format_float_positional(value, digits, fractional=False, trim="-")
    exact = np.format_float_positional(value, digits + 2, fractional=False, trim="-")
    power = f"{value:.{digits - 1}e}"
    return [plain, f" {exact} ", plain.replace(".", ","), plain.replace("-", "−"), power]


@pytest.mark.parametrize("part", NUMBERS)
def test_a_number_passes_in_every_spelling_and_each_slip_is_named(
    part: Part, script: Callable[..., Any]
) -> None:
    for typed in spellings(part.right, part.more["digits"]):
        assert judge(script, part, typed) == ("Right", ""), typed
    for value, reason in part.slips:
        for typed in spellings(value, 4):
            assert judge(script, part, typed) == ("Wrong", reason), typed


@pytest.mark.parametrize(
    ("typed", "verdict", "said"),
    [
        ("2/3", "Right", ""),
        (" 2 / 3 ", "Right", ""),
        ("0.667", "Right", ""),
        (".667", "Right", ""),
        ("+0.667", "Right", ""),
        ("0,667", "Right", ""),
        ("0.667.", "Right", ""),
        ("0.66667", "Right", ""),
        ("6.67e-1", "Right", ""),
        ("66.7 · 10^-2", "Right", ""),
        ("0.668", "Right", ""),  # Each step was rounded.
        ("0.67", "Not yet", "3 digits"),
        ("0.7", "Not yet", "3 digits"),
        ("1", "Not yet", "3 digits"),
        ("0.66", "Not yet", "3 digits"),  # Cut off, not rounded.
        ("0", "Wrong", "not 0"),
        ("0.00", "Wrong", "not 0"),
        ("= 0.667", "Right", ""),
        ("y ≈ 0.667", "Right", ""),
        ("\uff10.667", "Right", ""),
        ("66.7 × 10⁻²", "Right", ""),
        ("66.7 x 10^(-2)", "Right", ""),
        ("2 ÷ 3", "Right", ""),
        ("(-2)/-3", "Right", ""),
        ("66.7%", "Not yet", "percent"),
        ("1,000", "Wrong", "read as 1."),
        ("10^-1", "Wrong", ""),
        ("— 0.667", "Wrong", "sign"),
        ("9" * 400, "Not yet", "9…” is no number"),
        ("0.669", "Wrong", ""),
        ("0.670", "Wrong", ""),
        ("0.6700", "Wrong", ""),
        ("-0.667", "Wrong", "sign"),
        ("−2/3", "Wrong", "sign"),
        ("0.5", "Wrong", "half"),
        ("1/2", "Wrong", "half"),
        ("", "Not yet", "missing"),
        ("two thirds", "Not yet", "no number"),
        ("1/0", "Not yet", "no number"),
        ("1.2.3", "Not yet", "no number"),
        ("-", "Not yet", "no number"),
        ("1e400", "Not yet", "no number"),
    ],
)
def test_a_number_is_read_as_it_is_meant(
    typed: str, verdict: str, said: str, script: Callable[..., Any]
) -> None:
    part = Part("number", "", 2 / 3, [(0.5, "half")], {"digits": 3})
    judgement = judge(script, part, typed)
    assert judgement[0] == verdict, judgement
    assert said in judgement[1]


@pytest.mark.parametrize(
    ("right", "typed", "verdict"),
    [
        (1000.0, "1,000", "Right"),
        (1000.0, "1\u202f000", "Right"),
        (1000.0, "1 000", "Right"),
        (1.0, "1,000", "Right"),
        (1234567.0, "1,234,567", "Right"),
        (0.0001, "10^-4", "Right"),
        (0.0001, "10⁻⁴", "Right"),
        (-1000.0, "−10³", "Right"),
        (-26 / 250, "26/-250", "Right"),
        (0.5, "½", "Right"),
        (-0.5, "minus 0.5", "Right"),
        (-0.5, r"$-\frac{1}{2}$", "Right"),
        (0.5, r"5 \cdot 10^{-1}\,", "Right"),
        (0.5, r"\(0.5\)", "Right"),
        (0.5, "5∙10⁻¹", "Right"),
        (0.5, "−½", "Wrong"),
        (0.5, r"\frac{1}{3}", "Wrong"),
    ],
)
def test_a_large_or_small_number_is_read(
    right: float, typed: str, verdict: str, script: Callable[..., Any]
) -> None:
    part = Part("number", "", right, [], {"digits": 3})
    assert judge(script, part, typed)[0] == verdict


def test_a_comma_that_can_be_read_in_two_ways_is_asked_about(script: Callable[..., Any]) -> None:
    part = Part("number", "", 1.0, [(1000.0, "slip")], {"digits": 3})
    said = "“1,000” can be read as 1 and as 1000. Write it without the comma."
    assert judge(script, part, "1,000") == ("Not yet", said)
    part = Part("number", "", 1000.0, [(1.0, "slip")], {"digits": 3})
    assert judge(script, part, "1,000") == ("Right", "")


@pytest.mark.parametrize("part", NUMBERS)
def test_what_teachers_are_told_of_a_number_is_what_its_reader_is_told(
    part: Part, script: Callable[..., Any]
) -> None:
    """Also of a thousand, which is listed with its comma."""
    for value, said in [
        (part.right, ("Right", "")),
        *((at, ("Wrong", why)) for at, why in part.slips),
    ]:
        (listed,) = answer_of(part, value)
        found = judge(script, part, listed.astext())
        assert found == said or found[1].endswith("Write it without the comma."), listed


@pytest.mark.parametrize(("value", "listed"), [(120.4, "120"), (-999.6, "−1000"), (12.01, "12.0")])
def test_a_number_is_listed_without_a_bare_point(value: float, listed: str) -> None:
    assert answer_of(Part("number", "", value, [], {}), value)[0].astext() == listed


@pytest.mark.parametrize("part", NUMBERS)
def test_two_correct_digits_are_too_few_and_not_wrong(
    part: Part, script: Callable[..., Any]
) -> None:
    right, digits = part.right, part.more["digits"]
    short = np.format_float_positional(right, 2, fractional=False, trim="k")
    if right % 1 and digits > 2 and float(short) not in [value for value, _ in part.slips]:
        assert judge(script, part, short)[0] in ("Not yet", "Right")
    if right:
        assert judge(script, part, "0")[0] == "Wrong"


SPOKEN = {
    "(y_k-t_k)y_k(1-y_k)h_j": r"(y_k - t_k) y_k (1 - y_k) h_j",
    "(yk-tk)yk(1-yk)hj": r"(y_k - t_k) y_k (1 - y_k) h_j",
    "(yₖ−tₖ)·yₖ·(1−yₖ)": r"(y_k - t_k) y_k (1 - y_k)",
    "delta2_k": r"\delta^{(2)}_k",
    "delta^(2)_k h_j": r"\delta^{(2)}_k h_j",
    "delta_k^(2)*h_j": r"\delta^{(2)}_k h_j",
    "δ⁽²⁾_k hj": r"\delta^{(2)}_k h_j",
    "sum_k delta2_k u_jk": r"\sum_k \delta^{(2)}_k u_{jk}",
    "sum_(k=1)^2 delta2_k ujk": r"\sum_{k=1}^{2} \delta^{(2)}_k u_{jk}",
    "[sum_k delta2_k u_jk]h_j(1-h_j)": r"\sum_k \delta^{(2)}_k u_{jk} h_j (1 - h_j)",
    "hj(1-hj) sum_k delta2_k ujk": r"\sum_k \delta^{(2)}_k u_{jk} h_j (1 - h_j)",
    "x_i delta1_j": r"x_i \delta^{(1)}_j",
    "sum_i x_i w_ij + b1_j": r"\sum_i x_i w_{ij} + b^{(1)}_j",
    "sum_j h_j u_jk + b^(2)_k": r"\sum_j h_j u_{jk} + b^{(2)}_k",
    "1/2 sum_k (y_k-t_k)^2": r"\frac{1}{2} \sum_k (y_k - t_k)^2",
    "½ sum_k (yk-tk)²": r"\frac{1}{2} \sum_k (y_k - t_k)^2",
    "sigma(a)(1-sigma(a))": r"\sigma(a) (1 - \sigma(a))",
    "1/(1+e^-a)": r"\sigma(a)",
    "1/(1+e^(-a))": r"\sigma(a)",
    "1/(1+exp(-a))": r"\sigma(a)",
    "e^a/(1+e^a)^2": r"\sigma(a) (1 - \sigma(a))",
    "1-tanh^2(a)": r"1 - \tanh^2(a)",
    "1-tanh(a)^2": r"1 - \tanh^2(a)",
    "2sigma(2a)-1": r"\tanh(a)",
    "(y_k-t_k) y_k (1-y_k) u_jk": r"(y_k - t_k) y_k (1 - y_k) u_{jk}",
    "dL/dy_k": r"\frac{\partial L}{\partial y_k}",
    "dL/dw11": r"\frac{\partial L}{\partial w_{11}}",
    "partial L/partial u_jk": r"\frac{\partial L}{\partial u_{jk}}",
    "∂L/∂b1_j": r"\frac{\partial L}{\partial b^{(1)}_j}",
    "x1 w11 + x2 w21 + b1_1": r"x_1 w_{11} + x_2 w_{21} + b^{(1)}_1",
    "-h_1^2": r"-h_1^2",
    "2/3 y1": r"\frac{2}{3} y_1",
    "1,5 a": r"\frac{3}{2} a",
    "3 y_1 / 2": r"\frac{3}{2} y_1",
    r"\delta^{(2)}_k h_j": r"\delta^{(2)}_k h_j",
    "d/da sigma(a)": r"\sigma(a) (1 - \sigma(a))",
    "d sigma/da": r"\sigma(a) (1 - \sigma(a))",
    "dsigma(2a)/da": r"2 \sigma(2a) (1 - \sigma(2a))",
    "eps/2": r"\frac{\varepsilon}{2}",
    r"{1 \over 1+e^{-a}}": r"\sigma(a)",
    r"a \over {1 \over 2}": "2a",
}


@pytest.mark.parametrize("typed", SPOKEN)
def test_what_is_spoken_arrives_as_meant(typed: str, script: Callable[..., Any], book: Any) -> None:
    latex = script("speech.latexOf", typed)
    assert answers.agree(book, "generalization.ipynb", latex, SPOKEN[typed])


SPELLINGS = [
    pytest.param(label, lists, id=f"{label}-{group}")
    for group, of_exercises in enumerate(
        yaml.safe_load_all((ROOT / "tests" / "spellings.yml").read_text(encoding="utf-8")), 1
    )
    for label, lists in of_exercises.items()
]


@pytest.mark.parametrize(("label", "lists"), SPELLINGS)
def test_a_right_formula_passes_however_it_is_spelled_and_no_wrong_or_unclear_one(
    label: str, lists: dict[str, Any], script: Callable[..., Any]
) -> None:
    key = KEYS[label]
    part = key.parts[lists["part"] - 1]
    told = {"chapter": f"{key.chapter}.ipynb", "slips": part.slips, **part.more}
    # Every fourth is another spelling of the same LaTeX.
    judge = cache(partial(answers.judge, "formula", told))

    def judged(typed: str) -> answers.Judgement:
        try:
            latex = script("speech.latexOf", typed)
        except JSEvalException as error:
            return answers.Judgement(answers.NOT_YET, str(error))
        return judge(latex)

    verdicts = {typed: judged(typed).verdict for typed in (*lists["right"], *lists["wrong"])}
    assert [one for one in lists["right"] if verdicts[one] != answers.RIGHT] == []
    assert [one for one in lists["wrong"] if verdicts[one] == answers.RIGHT] == []
    for typed, said in lists.get("unclear", ()):
        verdict, reason = judged(typed)
        assert (verdict, said in reason) == (answers.NOT_YET, True), (typed, reason)


def symbols() -> list[str]:
    """Return the symbols of the book's table that stand for a number, as LaTeX."""
    text = (ROOT / "book" / "symbols.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| \$([^$]+)\$ \|[^|]*\| (?:any|defined|positive|\$)", text, re.MULTILINE)
    return [
        symbol for symbol in found if not re.search(r"\\mathbf|\\boldsymbol|I_|\\mathrm", symbol)
    ]


@pytest.mark.parametrize("symbol", symbols())
def test_every_symbol_can_be_typed(symbol: str, script: Callable[..., Any], book: Any) -> None:
    typed = re.sub(r"[\\{}]|var(?=epsilon)", "", symbol)
    latex = script("speech.latexOf", typed)
    assert answers.agree(book, "generalization.ipynb", f"2 {symbol}", f"{latex} + {symbol}")


@pytest.mark.parametrize(
    "typed", ["(1+", "y_", "1 +", ")", "2 ** ", "a ? b", "sum_", "h_j)", "(" * 3000]
)
def test_what_cannot_be_read_is_said(typed: str, script: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match=r"breaks off|does not fit|missing|too many"):
        script("speech.latexOf", typed)


def test_drills_are_right_and_their_slips_are_wrong(script: Callable[..., Any]) -> None:
    kinds = script("(() => Object.keys(drills.KINDS))")
    assert len(kinds) == 8
    make = "(kind => Array.from({ length: 100 }, (_, k) => drills.make(kind, k + 1)))"
    decide = "(all => all.map(([key, typed]) => answers.number(key, typed).verdict))"
    for kind in kinds:
        made = script(make, kind)
        assert made == script(make, kind)
        assert len({json.dumps(drill["given"]) for drill in made}) > 95
        assert all(drill["way"] and len(drill["asked"]) >= 2 for drill in made)
        keys = [{"digits": 3, **one} for drill in made for one in drill["asked"]]
        shown = script("(all => all.map(drills.show))", [key["right"] for key in keys])
        typed = list(zip(keys, shown, strict=True))
        slips = [(key, f"{value:.4g}") for key in keys for value, _ in key["slips"]]
        for given, wanted in ((typed, "Right"), (slips, "Wrong")):
            verdicts = script(decide, given)
            assert (
                given
                and [one for one, verdict in zip(given, verdicts, strict=True) if verdict != wanted]
                == []
            )


def numbers_in(text: str) -> list[float]:
    plain = re.sub(r"<su[bp]>.*?</su[bp]>|\(\d\)", "", text).replace("−", "-")
    return [float(one) for one in re.findall(r"= (-?\d+(?:\.\d+)?)", plain)]


@pytest.mark.parametrize("seed", range(1, 21))
def test_drills_compute_as_the_book_does(seed: int, script: Callable[..., Any]) -> None:
    for kind, depth in (("chain", 2), ("layers", 3)):
        drill = script("drills.make", kind, seed)
        (x,), *layers, (t,) = map(numbers_in, [drill["given"][0], *drill["given"][1:]])
        net = tuple(deep.Layer(np.array([[w]]), np.array([[b]])) for w, b in layers)
        trace = deep.forward(net, np.array([[x]]))
        signals = [d.item() for d in deep.deltas(net, trace, np.array([[t]]))]
        slope = deep.gradients(net, trace, np.array([[t]]))[0].w.item()
        wanted = [trace.outputs[-1].item(), *reversed(signals), slope]
        assert len(layers) == depth
        assert [one["right"] for one in drill["asked"]] == pytest.approx(wanted, rel=1e-12)
    drill = script("drills.make", "forward", seed)
    x, w, b1, u, b2 = map(numbers_in, drill["given"])
    params = two_layer.Params(
        *(np.reshape(n, s) for n, s in zip((w, b1, u, b2), ((2, 2), (1, 2)) * 2, strict=True))
    )
    way = two_layer.forward(params, np.array([x]))
    wanted = [way.a1[0, 0], way.h[0, 1], way.y[0, 0]]
    assert [one["right"] for one in drill["asked"]] == pytest.approx(wanted, rel=1e-12)
