"""The keys of the exercises, and the judge of formulas and functions, as the page asks them."""

import functools
import itertools
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import yaml
from py_mini_racer import MiniRacer

from _site.answers.keys import BadKey, Key, Part, keys, keys_in
from bp.answers import CASES, NOT_YET, RIGHT, WRONG, cases_of, judge, mend

ROOT = Path(__file__).parents[1]
KEYS = keys(ROOT / "book" / "answers")
EXERCISE = re.compile(r"^`{3,}\{exercise\}.*\n:label: (\S+)", re.MULTILINE)

PARTS = [
    pytest.param(key, part, id=f"{key.label}-{count}")
    for key in KEYS.values()
    for count, part in enumerate(key.parts, 1)
]
OF_PYTHON = [param for param in PARTS if param.values[1].kind in ("formula", "code")]


@functools.cache
def cells() -> list[tuple[str, Any]]:
    """Return every cell of the book with its chapter."""
    return [
        (notebook.stem, cell)
        for notebook in sorted((ROOT / "book").glob("*.ipynb"))
        for cell in nbformat.read(notebook, as_version=4).cells
    ]


def solutions() -> dict[str, str]:
    """Return what stands in the printed solution of each exercise, code and its output included."""
    shown = itertools.chain.from_iterable(
        (cell.source, *(output.get("text", "") for output in cell.get("outputs", [])))
        for _, cell in cells()
    )
    solution = r"\{solution-start\} (\S+)\n(.*?)\{solution-end\}"
    return dict(re.findall(solution, "\n".join(shown), re.DOTALL))


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
# Solutions that give a number in words or as a formula, and which number that is.
IN_WORDS = {
    ("ex-one-dial", 2): (4, "a dial too many for each hidden unit, and one for the biases"),
    ("ex-loss-mistakes", 1): (4, "holds for all but the third"),
    ("ex-hidden-mistakes", 1): (5, "All others run, and the check rejects each"),
    ("ex-hundred", 2): (25**5, "$25^5$"),
    ("ex-count-dials", 1): (4 * 5 + 5 + 5 * 3 + 3, "$nm + m$"),
    ("ex-curve-mistakes", 1): (5, "The last is the smallest mistake here"),
    ("ex-fastest", 1): (2 / 3, r"$y = \frac{2}{3}$"),
    ("ex-damage", 1): (3, "So it is three"),
    ("ex-check-mistakes", 1): (4, "Four."),
}


def test_the_number_of_a_key_is_that_of_the_printed_solution() -> None:
    printed, missing = solutions(), []
    for key in KEYS.values():
        text = printed[key.label]
        found = NUMBER.findall(text.replace("−", "-").replace(",000", "000"))
        for count, part in enumerate(key.parts, 1):
            if part.kind != "number":
                continue
            number, words = IN_WORDS.get((key.label, count), (part.right, ""))
            assert words in text and part.right == pytest.approx(number)
            if not words and not any(rounds_to(part.right, one) for one in found):
                missing.append((key.label, count, part.right))
    assert missing == []


def rounds_to(number: float, written: str) -> bool:
    """Tell whether a number is written like this, with two digits or more if it is rounded."""
    if float(written) == pytest.approx(number, rel=1e-9):
        return True
    digits = Decimal(written).as_tuple()
    return len(digits.digits) > 1 and abs(float(written) - number) <= 0.51 * 10**digits.exponent


def test_the_right_option_of_a_choice_is_that_of_the_printed_solution() -> None:
    printed = {label: " ".join(text.split()) for label, text in solutions().items()}
    rows = yaml.safe_load((ROOT / "tests" / "choices.yml").read_text(encoding="utf-8"))
    right = [
        [key.label, count, option["say"]]
        for key in KEYS.values()
        for count, part in enumerate(key.parts, 1)
        if part.kind == "choice"
        for option in part.right
        if option.get("right")
    ]
    assert sorted(right) == sorted(row[:3] for row in rows)
    assert [row for row in rows if not row[3] or row[3] not in printed[row[0]]] == []


def test_nine_of_ten_exercises_take_an_answer() -> None:
    found = {label: chapter for chapter, cell in cells() for label in EXERCISE.findall(cell.source)}
    assert set(KEYS) <= set(found), "keys of no exercise"
    assert {key.label: key.chapter for key in KEYS.values()}.items() <= found.items()
    assert len(KEYS) >= 0.9 * len(found), sorted(set(found) - set(KEYS))


@pytest.mark.parametrize(("key", "part"), PARTS)
def test_a_wrong_answer_has_a_message_of_its_own(key: Key, part: Part) -> None:
    assert key.hints
    if part.kind == "choice":
        reasons = [option["because"] for option in part.right]
        assert len(set(reasons)) >= 3
    else:
        assert len(part.slips) >= 3
        if part.kind == "number":
            wrong = [value for value, _ in part.slips]
            assert part.right not in wrong
            assert len({f"{value:.3g}" for value in wrong}) == len(wrong)


def test_no_place_among_the_options_tells_which_is_right() -> None:
    """Whoever always ticks the same place is wrong more often than right."""
    choices = [part.right for key in KEYS.values() for part in key.parts if part.kind == "choice"]
    places = [[bool(option.get("right")) for option in options].index(True) for options in choices]
    assert max(map(places.count, range(4))) < len(choices) / 2


def told(key: Key, part: Part) -> dict[str, Any]:
    """Return what the page sends to Python."""
    return {"chapter": f"{key.chapter}.ipynb", "slips": part.slips, **part.more}


@pytest.mark.parametrize(("key", "part"), OF_PYTHON)
def test_the_right_answer_passes_and_each_slip_is_named(key: Key, part: Part) -> None:
    assert judge(part.kind, told(key, part), part.right).verdict == RIGHT
    for slip, reason in part.slips:
        assert judge(part.kind, told(key, part), slip) == (WRONG, reason)


SPELLED = [
    (label, lists)
    for group in yaml.safe_load_all((ROOT / "tests" / "spellings.yml").read_text(encoding="utf-8"))
    for label, lists in group.items()
    if "slips" in lists
]


@pytest.mark.parametrize(("label", "lists"), SPELLED)
def test_a_slip_is_named_however_it_is_spelled(label: str, lists: dict[str, Any]) -> None:
    key, engine = KEYS[label], MiniRacer()
    part = key.parts[lists["part"] - 1]
    for script in ("speak", "answers"):
        engine.eval((ROOT / f"book/_static/answers/{script}.js").read_text(encoding="utf-8"))
    for slip, spellings in lists["slips"].items():
        for typed in spellings:
            latex = engine.call("speech.latexOf", typed)
            assert judge("formula", told(key, part), latex) == (WRONG, dict(part.slips)[slip])


A_TANH = r"\tanh'(a)"
TANH = {
    "chapter": "useful-formulas.ipynb",
    "left": r"\frac{d}{da} \tanh(a)",
    "names": [A_TANH],
    "slips": [[r"1 - \tanh(a)", "not squared"]],
    "without": [[r"\sigma", "Without the sigmoid."]],
}


@pytest.mark.parametrize(
    ("typed", "verdict", "said"),
    [
        (r"1 - \tanh(a)^2", RIGHT, "100 random networks"),
        (r"(1 - \tanh(a)) (1 + \tanh(a))", RIGHT, ""),
        (r"\frac{4}{(e^a + e^{-a})^2}", RIGHT, ""),
        (r"- \tanh(a) + 1", WRONG, "not squared"),
        (r"1 + \tanh^2(a)", WRONG, "and your formula gives"),
        (r"\tanh(a)", WRONG, "on a random network, with a = "),
        (A_TANH, NOT_YET, "the question itself"),
        (f"2 {A_TANH} - 1", NOT_YET, "still holds a derivative"),
        (r"1 - \nosuch", NOT_YET, "nosuch is not known here"),
        ("h", NOT_YET, "needs its indices"),
        ("b", NOT_YET, "say of which layer: b^(1)_j or b^(2)_k"),
        (r"\ln(a)", NOT_YET, "no value everywhere: a logarithm of a negative number"),
        (r"\sigma^2(a)", NOT_YET, "a power after the brackets"),
        (r"\frac{d}{da} \tanh(a)", NOT_YET, "the question itself"),
        (r"\dfrac{d}{da} \tanh(a) + 0", NOT_YET, "still holds a derivative"),
        (r"\frac {\mathrm{d}}{\mathrm{d}a}\left[\tanh(a)\right] + 0", NOT_YET, "still holds"),
        (r"\partial\tanh(a) / \partial a + 0", NOT_YET, "still holds a derivative"),
        (r"4\sigma'(2a)", NOT_YET, "still holds a derivative"),
        (r"\tanh'(a) = 1 - \tanh^2(a)", RIGHT, ""),
        (r"\frac{d}{da} \tanh(a) = 1 - \tanh^2(a)", RIGHT, ""),
        (r"(1 - \tanh(a)) (1 + \tanh(a)) = 1 - \tanh^2(a)", RIGHT, ""),
        (r"\tanh(a) = 1 - \tanh^2(a)", NOT_YET, "“tanh(a) =” is not what is asked for"),
        (r"1 - \tanh^2(a), \quad 2", NOT_YET, "several formulas"),
        (r"\tanh^2(a) - 1", WRONG, "gives"),
        (r"1 - \tanh^2(a) + 0.000001", WRONG, ""),
        (r"\frac{d}{da} \tanh(a) \cdot 1", NOT_YET, "still holds a derivative"),
        (r"4 \sigma(2a) (1 - \sigma(2a))", NOT_YET, "Without the sigmoid."),
        (r"1 - \nosuch(a)", NOT_YET, "cannot be read"),
        (r"1 - \tanh^2(", NOT_YET, "cannot be read"),
        ("", NOT_YET, "no formula"),
        ("q", NOT_YET, "unknown symbol"),
    ],
)
def test_a_formula_is_judged(typed: str, verdict: str, said: str) -> None:
    judgement = judge("formula", TANH, typed)
    assert judgement.verdict == verdict
    assert said in judgement.reason
    assert "\\" not in judgement.reason


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (r"1 + \tanh^2(a)", "It would hold with another sign before tanh^2(a)."),
        (r"2 (1 - \tanh^2(a))", "It would hold with no factor 2."),
        # With the derivative of the sigmoid it would hold, and that is not what was asked for.
        (r"4 \sigma(2a)", ""),
        (r"\tanh(a) + 5", ""),
        # What is said is what a reader could type.
        (
            r"-\frac{4}{e^{2a} + 2 + e^{-2a}}",
            "It would hold with another sign before (4)/(e^(2a)+2+e^(-2a)).",
        ),
    ],
)
def test_a_wrong_formula_is_mended_by_one_change_that_is_right(typed: str, said: str) -> None:
    assert mend(TANH, typed) == said
    assert mend(TANH, typed, 0) == ""


def test_a_counterexample_tells_what_stands_in_the_formula() -> None:
    key = KEYS["ex-tied"]
    reason = judge("formula", told(key, key.parts[1]), r"x_1 \delta^{(1)}_2 + 1").reason
    number = r"-?\d[\d.e-]*"
    said = rf"with x_1 = {number}, δ\^.1._2 = {number}, it is {number}, and your formula gives"
    assert re.search(said, reason), reason


def test_a_power_is_not_named_as_what_it_is_a_power_of() -> None:
    reason = judge("formula", TANH, r"\tanh(a)^3 + a^2").reason
    assert re.search(r"with a = -?[\d.]+, it is", reason), reason


HIDDEN = {"function": "delta_hidden", "slips": []}
BODY = "def delta_hidden(delta, u, h):\n    return "


@pytest.mark.parametrize(
    ("typed", "verdict", "said"),
    [
        (BODY + "(delta @ u.T) * h * (1 - h)", RIGHT, "4 nets"),
        (BODY + "np.einsum('nk,jk->nj', delta, u) * (h - h ** 2)", RIGHT, ""),
        (BODY + "(delta @ u.T) * h * (1 - h) * (1 + 1e-7)", WRONG, "relative error"),
        (BODY + "delta @ u.T * np.nan", WRONG, "holds nan or infinity"),
        (BODY + "((delta @ u.T) * h * (1 - h))[0]", WRONG, "must have"),
        (BODY + "delta @ u", NOT_YET, "line 2"),
        (BODY + "'text'", WRONG, "shape"),
        (BODY + "np.full(h.shape, 'text')", WRONG, "no numbers"),
        (BODY + "(delta @ u.T) * h * (1 - h) + 5j", WRONG, "complex"),
        (BODY + "((delta @ u.T) * h * (1 - h)).astype(np.float32)", RIGHT, "single precision"),
        (BODY + "(delta @ u.T * h * (1 - h + 1e-4)).astype(np.float32)", WRONG, "relative error"),
        (BODY + "[[1], [2, 3]]", WRONG, "rows differ in length"),
        (BODY + "None", WRONG, "“return” missing"),
        (BODY + "quit()", NOT_YET, ""),
        ("raise KeyboardInterrupt", NOT_YET, "line 1: KeyboardInterrupt"),
        (BODY.replace("return ", "raise KeyboardInterrupt"), NOT_YET, "line 2: KeyboardInterrupt"),
        ("raise SystemExit(3)", NOT_YET, "line 1: SystemExit"),
        ("\ndef delta_hidden(:", NOT_YET, "line 2: SyntaxError"),
        ("def other():\n    pass", NOT_YET, "defines no function delta_hidden"),
        ("def delta_hidden(:", NOT_YET, "SyntaxError"),
        ("1 / 0", NOT_YET, "line 1: ZeroDivisionError"),
        (BODY + "delta_hidden(delta, u, h)", NOT_YET, "line 2: RecursionError"),
        (f"raise ValueError('x' * {10**7})", NOT_YET, "line 1: ValueError: xxx"),
        (BODY + "(h for h in delta)", WRONG, "must have"),
        (BODY + "Late()\nclass Late:\n    __array__ = lambda *_, **__: 1 / 0", NOT_YET, "line 4"),
        (BODY + "np.array([[one] for one in h], object)", WRONG, ""),
    ],
)
def test_a_function_is_judged(typed: str, verdict: str, said: str) -> None:
    judgement = judge("code", HIDDEN, typed)
    assert judgement.verdict == verdict
    assert said in judgement.reason and len(judgement.reason) < 500


PROGRAMS = yaml.safe_load((ROOT / "tests" / "programs.yml").read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("label", PROGRAMS)
def test_a_program_is_right_in_any_style_and_wrong_if_it_holds_for_some_arrays_alone(
    label: str,
) -> None:
    key, programs = KEYS[label], PROGRAMS[label]
    (part,) = (part for part in key.parts if part.kind == "code")

    def verdict(typed: str) -> str:
        return judge("code", told(key, part), typed).verdict

    assert [typed for typed in programs["right"] if verdict(typed) != RIGHT] == []
    assert [typed for typed in programs["wrong"] if verdict(typed) == RIGHT] == []


def test_what_a_function_does_to_its_arguments_does_not_count() -> None:
    spoils = "def delta_hidden(delta, u, h):\n    h *= 0\n    return delta @ u.T * h"
    right = BODY + "(delta @ u.T) * h * (1 - h)"
    # One piece of memory for all results, of which each is a view: what a caller in a hurry does.
    view = (
        "room = np.zeros((50, 50))\n"
        "def delta_hidden(delta, u, h):\n"
        "    result = room[: h.shape[0], : h.shape[1]]\n"
        "    result[:] = (delta @ u.T) * h * (1 - h)\n"
        "    return result"
    )
    assert judge("code", HIDDEN, spoils).verdict == WRONG
    assert judge("code", HIDDEN, view).verdict == RIGHT
    assert judge("code", HIDDEN, right).verdict == RIGHT


@pytest.mark.parametrize(
    "patch",
    [
        "np.linalg.norm = lambda *_: 0.0",
        "np.asarray = lambda *_: np.zeros(3)",
        "import builtins; builtins.vars = lambda _: {}; builtins.all = lambda _: True",
        "import bp.answers; bp.answers.distance = lambda *_: 0.0",
        "import bp.answers; bp.answers.distance.__code__ = (lambda *_: 0.0).__code__",
        "import bp.answers; bp.answers.distance.__defaults__ = (h,) = (0,)",
        "import gc\nfor one in gc.get_objects():\n    if getattr(one, '__name__', '') == 'tried':\n"
        "        one.__code__ = (lambda *_: 1 / 0).__code__",
        "import sys; frame = sys._getframe(2); frame.f_globals['distance'] = lambda *_: 0.0",
        "import sys; cases = sys._getframe(3).f_locals['cases']\n"
        "for _, right in cases:\n    right.flags.writeable = True; right[:] = 0",
        "import bp.answers as a; a.Judgement.__new__ = lambda *_: ('Right', '')",
        "from bp import deep, equations; equations.loss = lambda y, t: 0 * y.sum()",
        "import sys; sys.modules['numpy'] = sys",
        "import sys; sys.setrecursionlimit(60)",
        "import sys; sys.settrace(lambda *_: 1 / 0)",
        "import warnings; warnings.simplefilter('error')",
        "np.seterr(all='raise')",
        "print('x' * 10**7)",
    ],
)
def test_what_an_answer_replaces_judges_nothing_and_comes_back(patch: str) -> None:
    kept = sys.getrecursionlimit(), sys.gettrace(), sys.stdout
    assert judge("code", HIDDEN, f"{patch}\n{BODY}h * 2").verdict != RIGHT
    assert (sys.getrecursionlimit(), sys.gettrace(), sys.stdout) == kept
    assert judge("code", HIDDEN, f"{BODY}(delta @ u.T) * h * (1 - h)").verdict == RIGHT
    assert np.linalg.norm(np.asarray([3, 4])) == 5


@pytest.mark.parametrize("name", CASES)
def test_cases_have_several_shapes_and_rows(name: str) -> None:
    cases = cases_of(name)
    assert len({tuple(array.shape for array in given) for given, _ in cases}) == len(cases) >= 3
    assert any(given[0].shape[0] > 1 for given, _ in cases)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ex-a: {ask: [{say: x, number: nothing}]}", "ex-a, part 1: NameError"),
        ("ex-a: {ask: [{say: x}]}", "expects “say” and one of number"),
        ("ex-a: {ask: [{number: 1}]}", "expects “say”"),
        ("ex-a: {ask: [{say: x, number: 1, silps: []}]}", "a number has no silps"),
        ("ex-a: {ask: [{say: x, choice: [{say: a, because: b}]}]}", "one option of a choice"),
        ("ex-a: {ask: [{say: x, choice: [{say: a, right: true}]}]}", "“because”"),
        ("ex-a: {ask: [{say: x, formula: a}]}", "a formula needs left"),
        ("ex-a: {given: 1/0, ask: []}", "ex-a: ZeroDivisionError"),
        ("ex-a: {}", "ex-a: KeyError"),
        ("ex-a: [", "chapter.yml"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "chapter.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadKey, match=re.escape(complaint)):
        list(keys_in(file))
    (tmp_path / "one.yml").write_text("ex-b: {ask: []}", encoding="utf-8")
    (tmp_path / "two.yml").write_text("ex-b: {ask: []}", encoding="utf-8")
    file.unlink()
    with pytest.raises(BadKey, match="ex-b has a key in another file"):
        keys(tmp_path)
