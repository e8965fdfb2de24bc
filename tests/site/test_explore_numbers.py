"""What the page "The net, alive" computes and reads, in a JavaScript engine without a page."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from contents import ROOT
from py_mini_racer import MiniRacer

from _site import explore
from bp import two_layer
from bp.gradient_check import relative_error

RULES = explore.WORDS["rule"]
# Each activation function and each loss with each rule, and every dial.
PAIRS = [(act, end) for act in explore.ACTIVATIONS for end in explore.ENDS]
BY = list(explore.UPDATES)
STATIC = ROOT / "book" / "_static" / "explore"
STEPS = len(explore.steps())


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Any]]:
    """Return a function that calls a function of the scripts, given as an expression."""
    engine = MiniRacer()
    for name in ("net.js", "state.js"):
        engine.eval((STATIC / name).read_text(encoding="utf-8"))

    def call(function: str, *arguments: object) -> Any:
        sent = ", ".join(json.dumps(argument) for argument in arguments)
        return json.loads(str(engine.eval(f"JSON.stringify(({function})({sent}))")))

    yield call
    engine.close()


def situation(rng: np.random.Generator, rule: str, *ends: str) -> tuple[Any, ...]:
    """Return random parameters, input, target, learning rate, step and choices."""
    arrays = [rng.normal(size=shape) for shape in ((2, 3), (1, 3), (3, 2), (1, 2), (1, 2))]
    t = rng.uniform(size=(1, 2))
    chosen = explore.Choices(rule, *ends, dial=str(rng.choice(explore.DIALS)))
    return two_layer.Params(*arrays[:4]), arrays[4], t, float(rng.uniform(0.01, 2)), 1e-5, chosen


def for_page(
    params: Any, x: Any, t: Any, eta: float, eps: float, choices: explore.Choices
) -> dict[str, Any]:
    w, b1, u, b2 = (array.tolist() for array in params)
    rows = {"params": {"w": w, "b1": b1[0], "u": u, "b2": b2[0]}, "x": x[0].tolist()}
    return {**rows, "t": t[0].tolist(), "eta": eta, "eps": eps, **asdict(choices)}


def apart(got: dict[str, float], want: dict[str, float], least: float = 0.0) -> dict[str, float]:
    """Return how far each number is off, relative to the largest of its array, or to `least`.

    As in `bp.gradient_check.relative_error`: an entry in which terms cancel has no more digits than
    they leave. The differences have the rounding of the losses, and are compared elsewhere.
    """
    size: dict[str, float] = {}
    for name, value in want.items():
        size[array_of(name)] = max(size.get(array_of(name), 0.0), abs(value))
    return {
        name: abs(got[name] - want[name]) / (max(size[array_of(name)], least) or 1.0)
        for name in want
        if name[0] not in "co" and name != "worst"
    }


def off(got: dict[str, float], want: dict[str, float]) -> dict[str, float]:
    """Return how far each number is off, each by itself, relative to the terms it is made of.

    The error of an output is the difference of y and t. Where the net has learned its targets they
    are nearly equal, and no program can know more digits of the difference than they leave: it is
    compared with |y| + |t|, and a sum over paths with the sum of the sizes of the paths. So the
    scale of a number is its own formula, with every term counted as positive.
    """
    size = {name: abs(value) for name, value in want.items()}
    scale = dict(size)
    for k in "12":
        scale["ey" + k] = scale["ly" + k] = size["y" + k] + size["t" + k]
        scale["d2" + k] = scale["gb2" + k] = scale["ey" + k] * size["sy" + k]
        scale["a2" + k] = size["b2" + k]
        for j in "123":
            scale["gu" + j + k] = size["h" + j] * scale["d2" + k]
            scale["p" + j + k] = scale["d2" + k] * size["u" + j + k]
            scale["a2" + k] += size["h" + j] * size["u" + j + k]
        scale["q" + k] = scale["p1" + k] * size["sh1"] * size["x1"]
    scale["L"] = scale["Lnext"] = (scale["ey1"] ** 2 + scale["ey2"] ** 2) / 2
    for j in "123":
        scale["gh" + j] = scale[f"p{j}1"] + scale[f"p{j}2"]
        scale["d1" + j] = scale["gb1" + j] = scale["gh" + j] * size["sh" + j]
        scale["a1" + j] = size["b1" + j]
        for i in "12":
            scale["gw" + i + j] = size["x" + i] * scale["d1" + j]
            scale["a1" + j] += size["x" + i] * size["w" + i + j]
    for name in scale:
        if re.fullmatch(r"n([wu]\d\d|b\d\d)", name):
            scale[name] = size[name[1:]] + size["eta"] * scale["g" + name[1:]]
    return {
        name: abs(got[name] - want[name]) / (scale[name] or 1.0)
        for name in want
        # Speeds and their sums are compared as arrays.
        if name[0] not in "cofk" and name != "worst"
    }


@cache
def array_of(name: str) -> str:
    return re.sub(r"(?<=[wup])\d\d$|\d$", "", name)


# --- The numbers ---


@pytest.mark.parametrize("rule", RULES)
def test_every_number_is_that_of_bp(rule: str, run: Callable[..., Any]) -> None:
    rng = np.random.default_rng(RULES.index(rule))
    states = [situation(rng, rule) for _ in range(300 if rule == "right" else 60)]
    found = run("states => states.map(net.values)", [for_page(*state) for state in states])
    for state, got in zip(states, found, strict=True):
        want = explore.values(*state)
        assert set(got) == set(want)
        # A difference of two losses has the rounding of the losses, divided by the step.
        rounding = 4 * np.spacing(max(1.0, want["L"])) / state[4]
        for name in want:
            if name[0] in "co":
                assert abs(got[name] - want[name]) <= rounding, name
        assert max(apart(got, want).values()) <= 1e-12
        if rule == "right":
            assert max(off(got, want).values()) <= 1e-12


@pytest.mark.parametrize(("act", "end"), PAIRS)
def test_every_number_is_that_of_bp_with_other_functions(
    act: str, end: str, run: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(PAIRS.index((act, end)))
    states = [situation(rng, rule, act, end) for rule in RULES for _ in range(20)]
    found = run("states => states.map(net.values)", [for_page(*state) for state in states])
    for state, got in zip(states, found, strict=True):
        want = explore.values(*state)
        assert set(got) == set(want)
        # Where a curve is flat its slope 1 − h² has fewer digits than its terms.
        assert max(apart(got, want, least=0.01).values()) <= 1e-12
        rounding = 16 * np.spacing(max(1.0, want["L"])) / state[4]
        assert all(abs(got[name] - want[name]) <= rounding for name in want if name[0] in "co")
        # A central difference knows nothing of either. Near a kink it says little.
        if state[5].rule == "right" and min(abs(want[f"a1{j}"]) for j in (1, 2, 3)) > 1e-3:
            assert want["worst"] < 1e-5


@pytest.mark.parametrize(("act", "end"), PAIRS)
def test_large_numbers_are_no_trouble(act: str, end: str, run: Callable[..., Any]) -> None:
    params, *others = situation(np.random.default_rng(6), "right", act, end)
    large = two_layer.Params(*(1000 * array for array in params))
    got = run("({ L, y1, y2 }) => [L, y1, y2]", run("net.values", for_page(large, *others)))
    x, t, *_, chosen = others
    y = explore.trace_of(large, x, chosen).y[0]
    assert got == pytest.approx([explore.loss_of(large, x, t, chosen), *y], rel=1e-12)


@pytest.mark.parametrize(("act", "end"), PAIRS)
def test_every_cut_behind_a_dial_has_its_gradient(act: str, end: str) -> None:
    rng = np.random.default_rng(3)
    for dial in explore.DIALS:
        params, x, t, eta, eps, chosen = situation(rng, "right", act, end)
        got = explore.values(params, x, t, eta, eps, replace(chosen, dial=dial))
        late = dial[0] == "u" or dial.startswith("b2")
        for cut in ("k3", "k4") if late else ("k1", "k2", "k3", "k4"):
            assert got[cut] == pytest.approx(got["g" + dial], rel=1e-12, abs=1e-14)
        assert not late or got["k1"] == got["k2"] == 0


@pytest.mark.parametrize("rule", RULES)
def test_a_hundred_steps_are_those_of_bp(rule: str, run: Callable[..., Any]) -> None:
    rng = np.random.default_rng(10 + RULES.index(rule))
    states = [situation(rng, rule) for _ in range(60)]
    if rule == "right":
        states += [situation(rng, rule, act, end) for act, end in PAIRS for _ in range(5)]
        states += [situation(rng, rule, *PAIRS[0], by) for by in BY for _ in range(10)]
    walk = "s => { for (let k = 0; k < 100; k++) s = net.stepped(s); return net.values(s); }"
    found = run(f"states => states.map({walk})", [for_page(*state) for state in states])
    for (params, x, t, eta, eps, chosen), got in zip(states, found, strict=True):
        update = explore.UPDATES[chosen.by](eta)
        kept = update.start(params)
        for _ in range(100):
            grads = explore.gradients(params, x, t, eta, chosen)
            params, kept = update.step(params, grads, kept)
        want = explore.values(params, x, t, eta, eps, chosen, kept)
        # Where training has come to its end, y − t is but the rounding of y.
        assert max(apart(got, want, least=1e-5).values()) <= 1e-9
        if chosen == replace(explore.Choices(), dial=chosen.dial):
            assert max(off(got, want).values()) <= 1e-12


def test_the_relative_error_is_that_of_bp(run: Callable[..., Any]) -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        pair = [situation(rng, "right")[0] for _ in range(2)]
        flat = [
            for_page(p, np.zeros((1, 2)), np.zeros((1, 2)), 1, 1, explore.Choices()) for p in pair
        ]
        got = run("net.relativeError", *(state["params"] for state in flat))
        assert got == pytest.approx(relative_error(*pair), rel=1e-14)


# --- What the address holds ---


def read(run: Callable[..., Any], text: str) -> dict[str, Any]:
    found: dict[str, Any] = run("states.readState", text, STEPS)
    return found


def test_the_page_starts_from_the_running_example(run: Callable[..., Any]) -> None:
    params, x, t = two_layer.worked_example()
    state = read(run, "")["state"]
    want = for_page(params, x, t, explore.ETA, explore.EPS, explore.Choices())
    assert state == {"situation": want, "mode": "step", "step": 1}


def test_what_is_written_is_read_again(run: Callable[..., Any]) -> None:
    rng = np.random.default_rng(5)
    for rule in RULES:
        for ends in PAIRS:
            there = for_page(*situation(rng, rule, *ends, str(rng.choice(BY))))
            wanted = {"situation": there, "mode": "check", "step": 1}
            text = run("states.writeState", wanted)
            assert read(run, text) == {"state": wanted, "complaints": []}


@pytest.mark.parametrize("text", ["mode=change&b2=6,-0.4&eta=1e-05", "rule=u-first&step=33"])
def test_an_address_may_be_encoded_in_part_or_whole(text: str, run: Callable[..., Any]) -> None:
    plain = read(run, text)
    assert plain["complaints"] == []
    whole = quote(text, safe="")
    for sent in (quote(text), quote(text, safe="=&"), whole, quote(whole), text.replace("-", "−")):
        assert read(run, sent) == plain, sent


@pytest.mark.parametrize("name", ["toString", "__proto__", "constructor", "hasOwnProperty"])
def test_names_that_every_object_has_mean_nothing(name: str, run: Callable[..., Any]) -> None:
    running = read(run, "")["state"]
    for text in (f"rule={name}", f"mode={name}", f"step={name}", f"{name}=1", f"w={name}", name):
        found = read(run, text)
        assert found["state"] == running, text
        assert len(found["complaints"]) == 1, text


VALUES = ["0", "1", "-1", "-0.7", "1000", "1000.5", "1e-6", "1e-7", "1e-16", "2000000", "1e6"]
VALUES += ["right", "source", "step", "check", "34", "99", "00", "01", "1.5", "", "1,2", "-1e-5,3"]
VALUES += ["adam", "momentum", "tanh", "leaky", "softmax", "u32", "u33", "b24"]


@pytest.mark.parametrize("key", [*explore.SIZES, *explore.WORDS, "step", "other", "toString"])
def test_the_build_and_the_page_accept_the_same(key: str, run: Callable[..., Any]) -> None:
    count = explore.SIZES.get(key, 1)
    texts = {value for one in VALUES for value in (one, ",".join([one] * count))}
    for text in sorted(f"{key}={value}" for value in texts):
        assert bool(explore.mistake(text)) == bool(read(run, text)["complaints"]), text
