"""The page "The net, alive": its drawing, its steps, and links to its situations.

The page is complete before any script runs: every number on it is computed here, by `bp`, for the
running example. Each stands in an element with its name as `data-value`, and
_static/explore/explore.js writes the numbers of other situations into the same places.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from sphinx.application import Sphinx
from sphinx.util.docutils import ReferenceRole, SphinxDirective

from bp import activations, drawing, equations, forward_mode, losses, two_layer, updates
from bp._validate import Array
from bp.gradient_check import central_difference, relative_error
from bp.two_layer import Params

from .drawings import themed

PAGE = "book/explore"
LIMIT = 1e6
RANGES = {"eta": (1e-6, 1000.0), "eps": (1e-15, 1.0)}
SIZES = {"w": 6, "b1": 3, "u": 6, "b2": 2, "x": 2, "t": 2, "eta": 1, "eps": 1}
ACTIVATIONS = {
    "sigmoid": activations.sigmoid,
    "tanh": activations.tanh,
    "relu": activations.relu,
    "leaky": activations.leaky_relu,
}
ENDS = {
    "squares": (activations.sigmoid, losses.squares),
    "cross-entropy": (activations.sigmoid, losses.cross_entropy),
    "softmax": (activations.softmax, losses.softmax_cross_entropy),
}
UPDATES = {"plain": updates.Plain, "momentum": updates.Momentum, "adam": updates.Adam}
ETA, EPS = 0.5, 1e-5


# --- The numbers --------------------------------------------------------------------------------


def named(name: str, array: Array, dims: int = 1) -> dict[str, float]:
    """Return the entries of an array by name: w23 for row 2 and column 3, h1 for a row."""
    table = np.atleast_2d(array)
    return {
        name + (f"{i + 1}{j + 1}" if dims == 2 else f"{j + 1}"): float(value)
        for (i, j), value in np.ndenumerate(table)
    }


def named_params(prefix: str, params: Params) -> dict[str, float]:
    """Return all parameters, or what belongs to each, by name."""
    found: dict[str, float] = {}
    for field, array in params._asdict().items():
        found |= named(prefix + field, array, 2 if field in "wu" else 1)
    return found


DIALS = list(named_params("", two_layer.worked_example()[0]))
WORDS = {
    "mode": ["step", "change", "check"],
    "rule": ["right", "u-first", "source"],
    "act": list(ACTIVATIONS),
    "end": list(ENDS),
    "by": list(UPDATES),
    "dial": DIALS,
}


@dataclass(frozen=True)
class Choices:
    """What the selects of the page choose."""

    rule: str = "right"
    act: str = "sigmoid"
    end: str = "squares"
    by: str = "plain"
    dial: str = "w11"


def trace_of(params: Params, x: Array, choices: Choices) -> two_layer.Trace:
    """Run the net forward with the activation functions that are chosen."""
    a1 = equations.linear(x, params.w, params.b1)
    h = ACTIVATIONS[choices.act](a1)
    a2 = equations.linear(h, params.u, params.b2)
    return two_layer.Trace(x, a1, h, a2, ENDS[choices.end][0](a2))


def loss_of(params: Params, x: Array, t: Array, choices: Choices) -> np.float64:
    """Return the loss that is chosen."""
    output, loss = ENDS[choices.end]
    return loss.at(output, trace_of(params, x, choices).a2, t)


def gradients(
    params: Params, x: Array, t: Array, eta: float, choices: Choices = Choices()
) -> Params:
    """Return the gradients by the right rule, or with a mistake that the book refutes."""
    trace = trace_of(params, x, choices)
    output, loss = ENDS[choices.end]
    delta2 = loss.delta(output, trace.y, t)
    u, b2 = equations.weight_gradient(trace.h, delta2), equations.bias_gradient(delta2)
    back = {"right": params.u, "u-first": params.u - eta * u, "source": params.w.T}[choices.rule]
    delta1 = ACTIVATIONS[choices.act].back(delta2 @ back.T, trace.h)
    return Params(equations.weight_gradient(x, delta1), equations.bias_gradient(delta1), u, b2)


def dots(params: Params, trace: two_layer.Trace, choices: Choices) -> forward_mode.Dots:
    """Return how fast every value changes while one parameter turns at speed 1."""
    nudge = Params(*(np.zeros_like(array) for array in params))
    key, place = re.fullmatch(r"(b\d|[wu])(\d+)", choices.dial).groups()
    row, column = (int(digit) - 1 for digit in place.rjust(2, "1"))
    getattr(nudge, key)[row, column] = 1.0
    a1 = trace.x @ nudge.w + nudge.b1
    # Slopes of outputs are a symmetric table, so that they serve both ways.
    h = ACTIVATIONS[choices.act].back(a1, trace.h)
    a2 = h @ params.u + trace.h @ nudge.u + nudge.b2
    return forward_mode.Dots(a1, h, a2, ENDS[choices.end][0].back(a2, trace.y))


def values(
    params: Params,
    x: Array,
    t: Array,
    eta: float = ETA,
    eps: float = EPS,
    choices: Choices = Choices(),
    state: Any = None,
) -> dict[str, float]:
    """Return every number that the page shows, by the name of its place.

    `state` is what the update rule has kept from the steps before; nothing, at the start.
    """
    trace = trace_of(params, x, choices)
    _, _, h, _, y = trace
    output, loss = ENDS[choices.end]
    delta2 = loss.delta(output, y, t)
    grads = gradients(params, x, t, eta, choices)
    rule = UPDATES[choices.by](eta)
    after, _ = rule.step(params, grads, state or rule.start(params))

    def of(moved: Params) -> np.float64:
        return loss_of(moved, x, t, choices)

    differences = central_difference(of, params, eps=eps)
    paths = delta2 * params.u
    slopes = ACTIVATIONS[choices.act].back(np.ones_like(h), h)
    found = {"L": float(of(params)), "Lnext": float(of(after)), "eta": eta, "eps": eps}
    found["worst"] = relative_error(grads, differences)
    for name, row in trace._asdict().items():
        found |= named(name, row)
    found |= named("t", t) | named("ey", y - t) | named("sy", y * (1 - y)) | named("sh", slopes)
    # The gradient of a bias is the error signal of its unit.
    found |= named("d1", grads.b1) | named("d2", delta2)
    found |= named("p", paths, 2) | named("gh", paths.sum(axis=1))
    found |= named("q", paths[0] * slopes[0, 0] * x[0, 0])
    found |= named_params("", params) | named_params("g", grads) | named_params("n", after)
    found |= named_params("c", differences)
    # What a nudge is worth, added up at four cuts through the net.
    speeds, along = dots(params, trace, choices), loss.slope(y, t)
    prices = (grads.b1, delta2 @ params.u.T, delta2, along)
    sums = [np.sum(price * speed) for price, speed in zip(prices, speeds, strict=True)]
    found |= named("k", np.array(sums)) | named("ly", along)
    for name, row in speeds._asdict().items():
        found |= named(f"f{name}", row)
    apart = Params(*(c - g for c, g in zip(differences, grads, strict=True)))
    return found | named_params("o", apart)


def shown(name: str, value: float) -> str:
    """Return a number as the page shows it."""
    given = re.fullmatch(r"eta|eps|[xtwu]\d+|b\d\d", name)
    if not math.isfinite(value):
        text = "∞"
    elif value and not 5e-5 <= abs(value) < 1e4:
        text = re.sub(r"(\.0)?e(-?)\+?0*", r"e\2", f"{value:.1e}")
    elif given:
        text = re.sub(r"(\.\d+?)0+$", r"\1", f"{value:.4f}")
    else:
        text = f"{value:.4f}" if value else "0"
    return text.replace("-", "−")


# --- The drawing --------------------------------------------------------------------------------

NET = drawing.two_layer(column=330, row=300, radius=60)
# How far along an arrow its label of two lines stands; a steep arrow crosses others.
LABELS = {"w": 0.36, "u": 0.42, "w21": 0.69, "w13": 0.62, "u31": 0.4, "u12": 0.305}
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


# --- The steps ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One formula: its LaTeX, the same with the numbers put in, and the equation that it is."""

    latex: str
    numbers: str
    label: str


@dataclass(frozen=True)
class Step:
    """One step of a pass through the net: what it does, and which parts of the net take part."""

    part: str
    title: str
    lit: str
    lines: tuple[Line, ...]


def forward_steps() -> Iterator[Step]:
    """Yield the way forward, unit by unit."""
    for j in (1, 2, 3):
        a = f"a^{{(1)}}_{j}"
        yield Step(
            "Forward",
            f"hidden unit {j}",
            f"x1 x2 w1{j} w2{j} b1{j} h{j}",
            (
                Line(
                    rf"{a} = x_1 w_{{1{j}}} + x_2 w_{{2{j}}} + b^{{(1)}}_{j}",
                    f"x1 · w1{j} + x2 · w2{j} + b1{j} = a1{j}",
                    "def-hidden-linear",
                ),
                Line(rf"h_{j} = \sigma({a})", f"σ(a1{j}) = h{j}", "def-hidden"),
            ),
        )
    for k in (1, 2):
        a = f"a^{{(2)}}_{k}"
        yield Step(
            "Forward",
            f"output {k}",
            f"h1 h2 h3 u1{k} u2{k} u3{k} b2{k} y{k}",
            (
                Line(
                    rf"{a} = h_1 u_{{1{k}}} + h_2 u_{{2{k}}} + h_3 u_{{3{k}}} + b^{{(2)}}_{k}",
                    f"h1 · u1{k} + h2 · u2{k} + h3 · u3{k} + b2{k} = a2{k}",
                    "def-output-linear",
                ),
                Line(rf"y_{k} = \sigma({a})", f"σ(a2{k}) = y{k}", "def-output"),
            ),
        )
    squares = r"L = \frac{1}{2} \left( (y_1 - t_1)^2 + (y_2 - t_2)^2 \right)"
    line = Line(squares, "½ · ((y1 − t1)² + (y2 − t2)²) = L", "def-loss")
    yield Step("Forward", "the loss", "y1 y2 t1 t2 L", (line,))


def slope(of: str, along: str) -> str:
    """Return a partial derivative as LaTeX."""
    return rf"\frac{{\partial {of}}}{{\partial {along}}}"


def output_steps() -> Iterator[Step]:
    """Yield the way back through the output layer, factor by factor."""
    for k in (1, 2):
        y, a, delta = f"y_{k}", f"a^{{(2)}}_{k}", rf"\delta^{{(2)}}_{k}"
        part = f"Back through output {k}"
        error, steepness = slope("L", y), slope(y, a)
        yield Step(
            part,
            "first factor, the error",
            f"y{k} t{k} L",
            (Line(f"{error} = {y} - t_{k}", f"y{k} − t{k} = ey{k}", "eq-output-first-factor"),),
        )
        yield Step(
            part,
            "second factor, the slope of the sigmoid",
            f"y{k}",
            (
                Line(
                    f"{steepness} = {y} (1 - {y})", f"y{k} · (1 − y{k}) = sy{k}", "eq-output-slope"
                ),
            ),
        )
        yield Step(
            part,
            "their product, the error signal",
            f"y{k} t{k}",
            (Line(f"{delta} = {error} {steepness}", f"ey{k} · sy{k} = d2{k}", "eq-output-delta"),),
        )
        weights = tuple(
            Line(
                f"{slope('L', f'u_{{{j}{k}}}')} = h_{j} {delta}",
                f"h{j} · d2{k} = gu{j}{k}",
                "eq-output-gradient",
            )
            for j in (1, 2, 3)
        )
        bias = Line(f"{slope('L', f'b^{{(2)}}_{k}')} = {delta}", f"gb2{k}", "eq-output-bias-slope")
        yield Step(
            part,
            "what comes in, times the error signal",
            f"h1 h2 h3 u1{k} u2{k} u3{k} b2{k} y{k}",
            (*weights, bias),
        )


def hidden_steps() -> Iterator[Step]:
    """Yield the way back through the hidden layer, path by path and factor by factor."""
    for j in (1, 2, 3):
        h, a, delta = f"h_{j}", f"a^{{(1)}}_{j}", rf"\delta^{{(1)}}_{j}"
        part = f"Back through hidden unit {j}"
        paths = "eq-first-hidden" if j == 1 else "eq-hidden-unit"
        for k in (1, 2):
            latex = slope("L", f"a^{{(2)}}_{k}") + slope(f"a^{{(2)}}_{k}", h)
            yield Step(
                part,
                f"the path through output {k}",
                f"h{j} u{j}{k} y{k}",
                (
                    Line(
                        rf"{latex} = \delta^{{(2)}}_{k} u_{{{j}{k}}}",
                        f"d2{k} · u{j}{k} = p{j}{k}",
                        paths,
                    ),
                ),
            )
        both = rf"{slope('L', h)} = \delta^{{(2)}}_1 u_{{{j}1}} + \delta^{{(2)}}_2 u_{{{j}2}}"
        yield Step(
            part,
            "add over paths",
            f"h{j} u{j}1 u{j}2 y1 y2",
            (Line(both, f"p{j}1 + p{j}2 = gh{j}", paths),),
        )
        yield Step(
            part,
            "the slope of the sigmoid",
            f"h{j}",
            (
                Line(
                    f"{slope(h, a)} = {h} (1 - {h})",
                    f"h{j} · (1 − h{j}) = sh{j}",
                    "eq-hidden-slope",
                ),
            ),
        )
        signal = f"{delta} = {slope('L', h)} {slope(h, a)}"
        yield Step(
            part,
            "their product, the error signal",
            f"h{j}",
            (Line(signal, f"gh{j} · sh{j} = d1{j}", "eq-hidden-delta-component"),),
        )
        weights = tuple(
            Line(
                f"{slope('L', f'w_{{{i}{j}}}')} = x_{i} {delta}",
                f"x{i} · d1{j} = gw{i}{j}",
                "eq-hidden-gradient",
            )
            for i in (1, 2)
        )
        bias = Line(
            f"{slope('L', f'b^{{(1)}}_{j}')} = {delta}", f"gb1{j}", "eq-hidden-bias-gradient"
        )
        yield Step(
            part,
            "what comes in, times the error signal",
            f"x1 x2 w1{j} w2{j} b1{j} h{j}",
            (*weights, bias),
        )


def first_weight_steps() -> Iterator[Step]:
    """Yield the two paths of the weight w11, each multiplied through, and their sum."""
    part = "One weight, two paths"
    prices = [
        rf"(y_{k} - t_{k})\, y_{k} (1 - y_{k})\, u_{{1{k}}}\, h_1 (1 - h_1)\, x_1" for k in (1, 2)
    ]
    for k in (1, 2):
        yield Step(
            part,
            f"from the loss to w₁₁ through output {k}",
            f"x1 w11 h1 u1{k} y{k} t{k} L",
            (Line(prices[k - 1], f"ey{k} · sy{k} · u1{k} · sh1 · x1 = q{k}", "eq-first-weight"),),
        )
    sum_ = (
        rf"{slope('L', 'w_{11}')} = \left[ (y_1 - t_1)\, y_1 (1 - y_1)\, u_{{11}}"
        rf" + (y_2 - t_2)\, y_2 (1 - y_2)\, u_{{12}} \right] h_1 (1 - h_1)\, x_1"
    )
    yield Step(
        part,
        "both paths together",
        "x1 w11 h1 u11 u12 y1 y2 t1 t2 L",
        (Line(sum_, "q1 + q2 = gw11", "eq-first-weight"),),
    )


def steps() -> list[Step]:
    """Return all steps, in order."""
    return [*forward_steps(), *output_steps(), *hidden_steps(), *first_weight_steps()]


def first_shown(all_steps: list[Step]) -> dict[str, int]:
    """Return for each number that a step finds the first step that finds it, counted from 1."""
    found: dict[str, int] = {}
    for count, step in enumerate(all_steps, 1):
        for line in step.lines:
            found.setdefault(line.numbers.split()[-1], count)
    return found


def put_in(numbers: str, running: dict[str, float]) -> str:
    """Return a formula in numbers as HTML: each name becomes the place of its value."""

    def value(match: re.Match[str]) -> str:
        name = match[0]
        if name not in running:
            return name
        text = shown(name, running[name])
        if match.end() == len(numbers):
            return f'<b data-value="{name}">{text}</b>'
        # After a sign or a factor a negative number stands in brackets.
        inside = match.start() > 0 and not numbers[: match.start()].endswith("(")
        if inside and text.startswith("−"):
            text = f"({text})"
        return f'<span data-value="{name}"{" data-inside" if inside else ""}>{text}</span>'

    return re.sub(r"[A-Za-z]+\d*", value, numbers)


# --- The page -----------------------------------------------------------------------------------

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), trim_blocks=True, lstrip_blocks=True
)


def symbol(name: str) -> str:
    """Return the symbol of a parameter, an input or a target as HTML."""
    if name.startswith("b"):
        return f"<i>b</i><sup>({name[1]})</sup><sub>{name[2]}</sub>"
    return f"<i>{name[0]}</i><sub>{name[1:]}</sub>"


def plain(name: str) -> str:
    """Return the symbol of a parameter as plain text, for an option."""
    letter, index = (f"b{BRACKETED[name[1]]}", name[2:]) if name[0] == "b" else (name[0], name[1:])
    return letter + index.translate(SUBSCRIPT)


BRACKETED = {"1": "⁽¹⁾", "2": "⁽²⁾"}
# Where the net is cut: how fast the values there move, and the slope of the loss along each.
CUTS = [
    {
        "symbol": f"<i>{symbol}</i>" + (f"<sup>({name[1]})</sup>" if name[1:] else ""),
        "dots": [f"f{name}{k}" for k in range(1, size + 1)],
        "slopes": [f"{slope}{k}" for k in range(1, size + 1)],
        "sum": f"k{count}",
    }
    for count, (symbol, name, slope, size) in enumerate(
        [("a", "a1", "d1", 3), ("h", "h", "gh", 3), ("a", "a2", "d2", 2), ("y", "y", "ly", 2)], 1
    )
]


class Explore(SphinxDirective):
    """Put the net into the page."""

    def run(self) -> list[nodes.Node]:
        """Draw, and write every step with a link to its equation."""
        params, x, t = two_layer.worked_example()
        running = values(params, x, t)
        all_steps = steps()
        names = {name: symbol(name) for name in named_params("", params)}
        context = {
            "value": lambda name: shown(name, running[name]),
            "net": NET,
            "weights": drawing.WEIGHTS,
            "ids": {unit: bias[1:] for bias, unit in drawing.BIASES.items()},
            "roles": drawing.ROLES,
            "labels": LABELS,
            "small": lambda name: name.translate(SUBSCRIPT),
            "steps": all_steps,
            "first": first_shown(all_steps),
            "params": names,
            "plain": {name: plain(name) for name in names},
            "cuts": CUTS,
            "given": {name: symbol(name) for name in ("x1", "x2", "t1", "t2")},
        }
        for file in (Path(__file__), Path(__file__).with_name("explore.html")):
            self.env.note_dependency(str(file))
        html = themed(TEMPLATES.get_template("explore.html").render(context))
        before, after = html.split("<!-- steps -->")
        return [raw(before), *self.written(all_steps, running), raw(after)]

    def written(self, all_steps: list[Step], running: dict[str, float]) -> Iterator[nodes.Node]:
        """Yield the steps, one item of a list each."""
        for count, step in enumerate(all_steps, 1):
            now = ' class="now"' if count == 1 else ""
            way = "forward" if step.part == "Forward" else "back"
            yield raw(
                f'<li data-way="{way}" data-lit="{step.lit}"{now}>'
                f'<p class="title"><span class="way">{step.part}:</span> {step.title}</p>'
            )
            for line in step.lines:
                text = rf"${{\displaystyle {line.latex}}}$ {{eq}}`{line.label}`"
                yield from self.parse_text_to_nodes(text)
                yield raw(f'<p class="path">{put_in(line.numbers, running)}</p>')
            yield raw("</li>")


def raw(html: str) -> nodes.raw:
    """Return HTML as it stands."""
    return nodes.raw("", html, format="html")


def mistake(state: str) -> str:
    """Return what is wrong with the situation that a link asks for, or nothing."""
    for item in state.split("&"):
        key, _, text = item.partition("=")
        if key in WORDS:
            if text not in WORDS[key]:
                return f"{key} must be one of {', '.join(WORDS[key])}, got {text!r}"
        elif key == "step":
            if text not in map(str, range(1, len(steps()) + 1)):
                return f"step must be a number from 1 to {len(steps())}, got {text!r}"
        elif key in SIZES:
            least, most = RANGES.get(key, (-LIMIT, LIMIT))
            numbers = text.split(",")
            pattern = r"-?\d+(\.\d+)?(e-?\d+)?"
            fit = (re.fullmatch(pattern, n) and least <= float(n) <= most for n in numbers)
            if len(numbers) != SIZES[key] or not all(fit):
                return (
                    f"{key} must be {SIZES[key]} numbers from {least:g} to {most:g}"
                    f" with commas between, got {text!r}"
                )
        else:
            return f"unknown name {key!r}; known are {', '.join([*WORDS, 'step', *SIZES])}"
    return ""


class Alive(ReferenceRole):
    """Link to a situation: ``{alive}`a dead end <mode=change&u=0,0,0.3,-0.9,0.8,-0.5>` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Check the situation, and make the link."""
        if wrong := mistake(self.target):
            message = self.inliner.reporter.error(f"alive: {wrong}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        address = self.env.app.builder.get_relative_uri(self.env.docname, PAGE)
        link = nodes.reference("", self.title, refuri=f"{address}#{self.target}", internal=True)
        return [link], []


def setup(app: Sphinx) -> None:
    """Register the directive of the page and the role of the links to it."""
    app.add_directive("explore", Explore)
    app.add_role("alive", Alive())
