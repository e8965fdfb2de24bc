"""What every public function does with bad input, and with unusual good input.

One table, `CALLS`, holds a good call of every public function, its arrays as shapes in words. Bad
calls are made from it by spoiling one place at a time. A function that is missing fails a test.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest

import bp
from bp import (
    activations,
    deep,
    descent,
    equations,
    gradient_check,
    in_place,
    losses,
    multiplications,
    starts,
    two_layer,
)

SIZES = {"N": 4, "m": 3, "n": 5, "inputs": 2, "hidden": 3, "outputs": 5}
SIZES |= {"n0": 2, "n1": 3, "n2": 5, "1": 1, "p": 2, "q": 3, "r": 5, "s": 4}

PARAMS = two_layer.Params("inputs hidden", "1 hidden", "hidden outputs", "1 outputs")
TRACE = two_layer.Trace("N inputs", "N hidden", "N hidden", "N outputs", "N outputs")
LAYERS = (deep.Layer("n0 n1", "1 n1"), deep.Layer("n1 n2", "1 n2"))
DEEP_TRACE = deep.Trace(("N n1", "N n2"), ("N n0", "N n1", "N n2"))
CURVES = {"hidden": activations.sigmoid, "output": activations.sigmoid}
LOSS = {"loss": losses.squares}
RNG = np.random.default_rng(0)
# Any shapes, the same twice where two of these meet.
TREE = (deep.Layer("p q", "r"), deep.Layer("s", "p s"))
RUN = {"params": PARAMS, "x": "N inputs", "t": "N outputs", "eta": 0.1, "steps": 3}


def total(params):
    """A loss for the gradient checks."""
    return sum(np.sum(leaf) for layer in params for leaf in layer)


CALLS = {
    two_layer.init: {"rng": RNG, "n_in": 2, "n_hidden": 3, "n_out": 2},
    two_layer.worked_example: {},
    two_layer.forward: {"params": PARAMS, "x": "N inputs"},
    two_layer.deltas: {"params": PARAMS, "trace": TRACE, "t": "N outputs"},
    two_layer.gradients: {"params": PARAMS, "trace": TRACE, "t": "N outputs"},
    two_layer.backpropagate: {"params": PARAMS, "x": "N inputs", "t": "N outputs"},
    deep.init: {"rng": RNG, "sizes": [2, 3, 2]},
    starts.glorot: {"rng": RNG, "sizes": [2, 3, 2]},
    starts.centred: {"rng": RNG, "sizes": [2, 3, 2]},
    starts.as_tanh: {"layers": LAYERS},
    deep.from_two_layer: {"params": PARAMS},
    multiplications.count: {"sizes": [2, 3, 2], "rows": 4},
    multiplications.paths: {"sizes": [2, 3, 2]},
    deep.forward: {"layers": LAYERS, "x": "N n0", **CURVES},
    deep.deltas: {"layers": LAYERS, "trace": DEEP_TRACE, "t": "N n2", **LOSS},
    deep.gradients: {"layers": LAYERS, "trace": DEEP_TRACE, "t": "N n2", **LOSS},
    deep.backpropagate: {"layers": LAYERS, "x": "N n0", "t": "N n2", **CURVES, **LOSS},
    descent.update: {"params": TREE, "grads": TREE, "eta": 0.1},
    descent.descend: {"gradients": two_layer.backpropagate, **RUN},
    in_place.train: {**RUN, **CURVES, **LOSS},
    gradient_check.central_difference: {"loss_of": total, "params": TREE, "eps": 1e-5},
    gradient_check.complex_step: {"loss_of": total, "params": TREE},
    gradient_check.relative_error: {"grads": TREE, "reference": TREE, "floor": 1e-3},
    gradient_check.worst_entry: {"grads": TREE, "reference": TREE, "floor": 1e-3},
    gradient_check.directional: {"loss_of": total, "params": TREE, "grads": TREE, "rng": RNG},
}
CHECKS = {gradient_check.central_difference, gradient_check.complex_step}
REAL = {f for f in CALLS if f.__module__ in ("bp.gradient_check", "bp.descent", "bp.in_place")}
COMPLEX = {two_layer.forward, deep.forward}
# Figures, listings, pins, answers, training and the tape have their tests elsewhere. What only
# computes checks nothing.
ELSEWHERE = {
    *("figures", "drawing", "charts", "listing", "pins", "palette", "answers"),
    *("tape", "arithmetic", "forward_mode", "routes"),
    *("equations", "activations", "losses"),
    *("digits", "updates", "training", "notice"),
}


def test_no_public_function_is_forgotten():
    names = [module.name for module in pkgutil.iter_modules(bp.__path__)]
    modules = [
        importlib.import_module(f"bp.{name}")
        for name in names
        if name not in ELSEWHERE and name[0] != "_"
    ]
    public = {
        value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and name[0] != "_"
    }
    assert public == set(CALLS)


def test_the_table_names_every_argument():
    for function, arguments in CALLS.items():
        assert list(arguments) == list(inspect.signature(function).parameters)


def is_words(value):
    return isinstance(value, str) and all(word in SIZES for word in value.split())


def fill(spec, rng):
    """Return a spec with random arrays in place of its words."""
    if isinstance(spec, dict):
        return {name: fill(part, rng) for name, part in spec.items()}
    if hasattr(spec, "_fields"):
        return type(spec)(*(fill(part, rng) for part in spec))
    if isinstance(spec, tuple):
        return tuple(fill(part, rng) for part in spec)
    return rng.uniform(0.1, 0.9, [SIZES[w] for w in spec.split()]) if is_words(spec) else spec


def good(function):
    return fill(CALLS[function], np.random.default_rng(0))


def places(value, path, put=lambda new: new):
    """Yield each array: its name in an error, its value, and how to put another in its place."""
    if isinstance(value, np.ndarray) or is_words(value):
        yield path, value, put
    elif isinstance(value, tuple):
        names = [f".{f}" for f in getattr(value, "_fields", ())] or [f"[{k}]" for k in range(9)]
        for k, part in enumerate(value):
            yield from places(part, path + names[k], partial(put_part, put, value, k))


def put_part(put, whole, k, new):
    parts = [*whole[:k], new, *whole[k + 1 :]]
    return put(type(whole)(*parts) if hasattr(whole, "_fields") else tuple(parts))


def spots(arguments):
    """Yield each array of a call: its name, its value, and how to make the call with another."""
    for name, value in arguments.items():
        for path, leaf, put in places(value, name):
            yield path, leaf, partial(put_argument, arguments, name, put)


def put_argument(arguments, name, put, new):
    return {**arguments, name: put(new)}


def name_of(function):
    return f"{function.__module__}.{function.__name__}"


def every(functions):
    """Run a test once for each function; it goes through the arrays of the call itself."""
    chosen = [function for function in CALLS if function in functions]
    return pytest.mark.parametrize("function", chosen, ids=name_of)


WITH_ARRAYS = {function for function in CALLS if any(spots(CALLS[function]))}
every_function = pytest.mark.parametrize("function", CALLS, ids=name_of)


def formulas_entered(call):
    """Return the formulas that ran, and what was raised."""
    formulas = {f.__code__ for f in vars(equations).values() if inspect.isfunction(f)}
    entered, raised = [], None

    def watch(frame, event, _):
        if event == "call" and frame.f_code in formulas:
            entered.append(frame.f_code.co_name)

    sys.setprofile(watch)
    try:
        call()
    except (TypeError, ValueError) as error:
        raised = error
    finally:
        sys.setprofile(None)
    return entered, raised


def assert_refused(function, arguments, pattern):
    """Refuse at the call, before anything is computed, and say where, what and what instead."""
    entered, error = formulas_entered(lambda: function(**arguments))
    assert entered == []
    assert re.search(pattern, str(error)), error


def test_the_watch_sees_a_formula_that_runs():
    arguments = good(two_layer.forward)
    entered, _ = formulas_entered(lambda: two_layer.forward(**arguments))
    assert entered == ["linear", "sigmoid", "linear", "sigmoid"]


def spoiled(value, what):
    """Return a copy with one number changed."""
    copy = value.astype(complex if isinstance(what, complex) else float)
    copy.flat[-1] = what
    return copy


NO_ARRAYS = [None, "0.5", b"0.5", object(), [[1.0], [1.0, 2.0]], [["a", "b"]], {1.0, 2.0}, {}]
NO_ARRAYS += [np.array([[None, 1.0]]), np.array(["2020-01-01"], "M8[D]"), lambda: 1.0, 10**400]
NO_ARRAYS += [np.ma.masked_array([[1.0, 2.0]], [[True, False]]), (one for one in [1.0])]


class NeedsGradient:
    """What asks to be detached before it gives its numbers."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("call detach first")


NO_ARRAYS += [[np.ma.masked_array([1.0, 2.0], [True, False])], [[1.0, np.ma.masked]]]
NO_ARRAYS += [NeedsGradient(), [NeedsGradient()]]


@every(WITH_ARRAYS)
def test_what_is_no_array_of_numbers(function):
    for path, _, put in spots(good(function)):
        for bad in NO_ARRAYS:
            assert_refused(function, put(bad), rf"^{re.escape(path)} must be an array.*, got ")


@every(WITH_ARRAYS)
def test_nan_and_infinity(function):
    for path, leaf, put in spots(good(function)):
        last = re.escape(str(tuple(size - 1 for size in leaf.shape)))
        # The sigmoid has limits, so a linear combination may be infinite.
        limits = re.search(r"^trace\.a", path) is not None
        what = "numbers" if limits else "finite numbers"
        for bad in [np.nan] if limits else [np.nan, np.inf, -np.inf]:
            pattern = rf"^{re.escape(path)} must hold {what} only, got {bad} at index {last}$"
            assert_refused(function, put(spoiled(leaf, bad)), pattern)


NAME = r"\w+(\.\w+|\[\d+\])*"


@every(WITH_ARRAYS - CHECKS)
def test_a_wrong_rank(function):
    """(3,) for (1, 3), (1, 3, 1) for (1, 3), and one number for an array."""
    for _, leaf, put in spots(good(function)):
        for bad in (leaf[0], leaf[..., np.newaxis], leaf.flat[0]):
            assert_refused(function, put(bad), rf"^{NAME} must have shape .*, got \(")


@every(WITH_ARRAYS)
def test_an_empty_array(function):
    for path, leaf, put in spots(good(function)):
        for axis in range(leaf.ndim):
            pattern = rf"^{re.escape(path)} must have shape \(.*\).* and no size 0, got \("
            assert_refused(function, put(leaf.take([], axis=axis)), pattern)


def shared_axes(function):
    """Yield every axis whose size another place must have too, or that must be 1."""
    words = [(k, leaf.split()) for k, (_, leaf, _) in enumerate(spots(CALLS[function]))]
    everywhere = [word for _, leaf in words for word in leaf]
    for k, leaf in words:
        for axis, word in enumerate(leaf):
            if word == "1" or everywhere.count(word) > 1:
                yield k, axis


@every(WITH_ARRAYS - CHECKS)
def test_a_wrong_size(function):
    """One more, and a size of 1, which NumPy would stretch to fit."""
    places_of = list(spots(good(function)))
    for k, axis in shared_axes(function):
        _, leaf, put = places_of[k]
        bad = [np.concatenate([leaf, leaf.take([0], axis=axis)], axis=axis)]
        if leaf.shape[axis] > 1:
            bad.append(leaf.take([0], axis=axis))
        for one in bad:
            assert_refused(function, put(one), rf"^{NAME} must have shape \(.*\).*, got \(")


@every(REAL & WITH_ARRAYS)
def test_parameters_are_real_in_the_update_and_the_checks(function):
    for path, leaf, put in spots(good(function)):
        pattern = rf"^{re.escape(path)} must be an array of real numbers, got complex128$"
        assert_refused(function, put(spoiled(leaf, 0.5 + 0.5j)), pattern)


@every(COMPLEX)
def test_the_way_to_the_loss_carries_complex_numbers(function):
    """`complex_step` needs that, and nothing else does."""
    for _, leaf, put in spots(good(function)):
        for kind in (np.complex64, np.complex128):
            kinds = [one.dtype for one in leaves(function(**put(spoiled(leaf, 0.5j).astype(kind))))]
            assert np.complex128 in kinds and np.complex64 not in kinds


WRONG_TYPES = [
    (two_layer.forward, "params", [None, 1, np.ones(3), list(PARAMS), LAYERS]),
    (two_layer.backpropagate, "params", [None, list(PARAMS)]),
    (two_layer.deltas, "params", [None, TRACE]),
    (two_layer.deltas, "trace", [None, PARAMS, tuple(TRACE), DEEP_TRACE]),
    (two_layer.gradients, "trace", [None, PARAMS, tuple(TRACE), DEEP_TRACE]),
    (deep.from_two_layer, "params", [None, LAYERS, tuple(PARAMS)]),
    (deep.forward, "layers", [None, np.ones(3), list(LAYERS), PARAMS, LAYERS[0], ("a",)]),
    (deep.deltas, "trace", [None, TRACE, tuple(DEEP_TRACE), deep.Trace(None, ()), TRACE[0]]),
    (deep.gradients, "trace", [None, TRACE, deep.Trace((), [None]), deep.Trace([], ())]),
]


ACTIVATED = (deep.forward, deep.backpropagate, in_place.train)
WITH_LOSS = (deep.deltas, deep.gradients, deep.backpropagate, in_place.train)
WRONG_TYPES += [(f, "hidden", [None, "tanh", np.tanh, losses.squares]) for f in ACTIVATED]
WRONG_TYPES += [(f, "output", ["tanh", np.tanh, losses.squares]) for f in ACTIVATED]
WRONG_TYPES += [(f, "loss", [None, "squares", equations.loss, activations.relu]) for f in WITH_LOSS]
WRONG_TYPES += [
    (f, "trace", [DEEP_TRACE._replace(hidden=None), DEEP_TRACE._replace(output=np.tanh)])
    for f in (deep.deltas, deep.gradients)
]
WRONG_TYPES += [
    (f, "rng", [None, 0, np.random, np.random.RandomState(0)])
    for f in (two_layer.init, deep.init, starts.glorot, starts.centred, gradient_check.directional)
]


@pytest.mark.parametrize(
    ("function", "name", "bads"),
    [pytest.param(*one, id=f"{name_of(one[0])}-{one[1]}") for one in WRONG_TYPES],
)
def test_another_type(function, name, bads):
    for bad in bads:
        pattern = rf"^{name}(\[\d\]|\.\w+)? must be of type ([a-z_]+\.)*\w+, got [\w.]+$"
        assert_refused(function, {**good(function), name: bad}, pattern)


SPECIAL = [
    (deep.forward, "layers", (), "^layers must hold 1 layer or more, got none$"),
    (deep.gradients, "trace", deep.Trace((), ()), "^trace must hold 2 a and 3 outputs, .*0 and 0"),
    (deep.deltas, "trace", deep.Trace((1,), (1, 2)), "^trace must hold 2 a and 3 outputs, .*1 and"),
    (descent.update, "params", (), r"^params must hold 1 array or more, got \(\)$"),
    (descent.update, "grads", ((), ()), "^grads must hold 1 array or more, got "),
    (descent.update, "params", [1.0], "^params must be the parameters of a net, got list$"),
    (descent.update, "grads", None, "^grads must be the parameters of a net, got NoneType$"),
    (descent.update, "grads", (np.ones(3),), "^grads must have the structure of params, tuple of "),
    (descent.descend, "params", None, "^params must be the parameters of a net, got NoneType$"),
    (in_place.train, "params", None, "^params must be the parameters of a net, got NoneType$"),
    (in_place.train, "params", (1.0,), r"^layers\[0\] must be of type bp.deep.Layer, got float$"),
    (
        gradient_check.complex_step,
        "params",
        {},
        "^params must be the parameters of a net, got dict$",
    ),
    (gradient_check.central_difference, "params", (), "^params must hold 1 array or more, got "),
    (gradient_check.relative_error, "reference", 1.0, "^reference must be the parameters of a net"),
    (gradient_check.relative_error, "grads", PARAMS, "^grads(.w)? must "),
    (gradient_check.relative_error, "floor", -1.0, "^floor must be positive and finite"),
    (gradient_check.relative_error, "floor", "0", "^floor must be one positive number"),
    (gradient_check.directional, "grads", (1.0,), "^grads must have the structure of params"),
]
RATES = [
    (descent.update, "eta"),
    (in_place.train, "eta"),
    (descent.descend, "eta"),
    (gradient_check.central_difference, "eps"),
    (gradient_check.worst_entry, "floor"),
]
NO_RATES = ["0.1", None, True, np.True_, [0.1], np.array([0.1]), np.array(0.1), 1 + 0j]
BAD_RATES = [0, 0.0, -0.0, -0.1, -1, np.nan, np.inf, -np.inf, np.float32(-1), np.float16("inf")]
BAD_RATES += [10**400]
for function, name in RATES:
    SPECIAL += [(function, name, bad, f"^{name} must be one positive number") for bad in NO_RATES]
    SPECIAL += [(function, name, bad, f"^{name} must be positive and fin") for bad in BAD_RATES]
COUNTS = [(descent.descend, "steps", 0), (in_place.train, "steps", 0)]
COUNTS += [(multiplications.count, "rows", 1)]
COUNTS += [(two_layer.init, name, 1) for name in ("n_in", "n_hidden", "n_out")]
NO_COUNTS = [1.0, np.float64(2), True, np.True_, "3", None, [3], np.array(3), 2 + 0j]
for function, name, least in COUNTS:
    SPECIAL += [(function, name, bad, f"^{name} must be a whole number") for bad in NO_COUNTS]
    SPECIAL += [
        (function, name, bad, f"^{name} must be {least} or more, got {bad}$")
        for bad in [least - 1, -7, np.int64(-1)]
    ]
SIZED = (deep.init, starts.glorot, starts.centred, multiplications.count, multiplications.paths)
SPECIAL += [
    (function, "sizes", bad, "^sizes must be a sequence of whole numbers, got ")
    for function in SIZED
    for bad in [None, 3, "232", b"232", {2, 3}, np.array(3), iter([2, 3])]
]
SPECIAL += [
    (function, "sizes", bad, r"^sizes\[1\] must be a whole number, got ")
    for function in SIZED
    for bad in [[2, 3.0, 2], (2, "3"), [2, None], [2, True]]
]
BAD_SIZES = [
    (np.array([2.0, 3.0]), r"^sizes\[0\] must be a whole number, got 2.0$"),
    (np.array([[2, 3]]), r"^sizes\[0\] must be a whole number, got \[2, 3\]$"),
    ([2, 0, 2], r"^sizes\[1\] must be 1 or more, got 0$"),
    ([-1, 2], r"^sizes\[0\] must be 1 or more, got -1$"),
    ([], r"^sizes must hold 2 numbers or more \(.*\), got \[\]$"),
    ([3], r"^sizes must hold 2 numbers or more \(.*\), got \[3\]$"),
]
SPECIAL += [(function, "sizes", *case) for function in SIZED for case in BAD_SIZES]
SPECIAL += [
    (function, name, bad, f"^{name} must be a function, got ")
    for function, name in [
        (descent.descend, "gradients"),
        (gradient_check.central_difference, "loss_of"),
        (gradient_check.complex_step, "loss_of"),
        (gradient_check.directional, "loss_of"),
    ]
    for bad in [None, 0.5, "loss"]
]


@pytest.mark.parametrize(
    ("function", "name"),
    [
        pytest.param(*one, id=f"{name_of(one[0])}-{one[1]}")
        for one in dict.fromkeys((f, name) for f, name, *_ in SPECIAL)
    ],
)
def test_bad_values_of_the_other_arguments(function, name):
    for _, _, bad, pattern in (one for one in SPECIAL if one[:2] == (function, name)):
        assert_refused(function, {**good(function), name: bad}, pattern)


class Other(NamedTuple):
    """Has the fields of a Layer, and is none."""

    w: np.ndarray
    b: np.ndarray


LAYER = deep.Layer(np.array([[1.0, 2.0]]), np.array([[3.0]]))
NET = two_layer.Params(*(np.ones(shape) for shape in [(2, 3), (1, 3), (3, 2), (1, 2)]))
HIDES = np.ma.masked_array([[1.0, 2.0]], [[True, False]])


def of_x(x):
    return lambda: two_layer.forward(NET, x)


def of_w(w):
    return lambda: two_layer.forward(NET._replace(w=w), np.ones((4, 2)))


def of_grads(grads, params=LAYER):
    return lambda: descent.update(params, grads, eta=0.1)


X_HAS = "x must have shape (N, 2) (inputs = 2 as in params.w)"
LIKE = "grads must have the structure of params"
# A whole sentence for each kind of fault: where, what is wanted and why, and what came.
SENTENCES = [
    (of_x(np.ones(2)), f"{X_HAS}, got (2,)"),
    (of_x(1.0), f"{X_HAS}, got ()"),
    (of_x(np.ones((4, 3))), f"{X_HAS}, got (4, 3)"),
    (of_x(np.ones((0, 2))), f"{X_HAS} and no size 0, got (0, 2)"),
    (
        of_w(np.ones((2, 4))),
        "params.b1 must have shape (1, 4) (hidden = 4 as in params.w), got (1, 3)",
    ),
    (
        lambda: two_layer.backpropagate(NET, np.ones((4, 2)), np.ones((2, 4))),
        "t must have shape (4, 2) (N = 4 as in x, outputs = 2 as in params.u), got (2, 4)",
    ),
    (
        lambda: gradient_check.complex_step(lambda p: [1.0], (1.0,)),
        "loss_of(params) must have shape (), got (1,)",
    ),
    (
        of_x([[1.0, 1.0], [np.inf, np.nan]]),
        "x must hold finite numbers only, got inf at index (1, 0)",
    ),
    (of_x(None), "x must be an array of numbers, got None"),
    (of_x("1.5"), "x must be an array of numbers, got '1.5'"),
    (of_x([["a"]]), "x must be an array of numbers, got <U1"),
    (of_x([[None]]), "x must be an array of numbers, got object"),
    (of_x([[1], [1, 2]]), "x must be an array, got rows of different lengths"),
    (of_x(HIDES), "x must be an array without a mask, got a MaskedArray"),
    (
        of_x(NeedsGradient()),
        "x must be an array of numbers, got test_bad_input.NeedsGradient: call detach first",
    ),
    (
        lambda: two_layer.deltas(NET, deep.Trace((), ()), np.ones((4, 2))),
        "trace must be of type bp.two_layer.Trace, got bp.deep.Trace",
    ),
    (
        lambda: two_layer.init(np.ones(1), 2, 3, 2),
        "rng must be of type numpy.random.Generator, got numpy.ndarray",
    ),
    (
        of_grads((1.0, (2.0, LAYER._replace(b=[[1j]]))), (1.0, (2.0, LAYER))),
        "grads[1][1].b must be an array of real numbers, got complex128",
    ),
    (of_grads(Other(*LAYER)), f"{LIKE}, Layer of .w, .b, got Other of .w, .b"),
    (of_grads(tuple(LAYER)), f"{LIKE}, Layer of .w, .b, got tuple of [0], [1]"),
    (
        of_grads((LAYER,), (LAYER, LAYER)),
        f"{LIKE}, tuple of [0].w, [0].b, [1].w, [1].b, got tuple of [0].w, [0].b",
    ),
    # The same arrays in other brackets.
    (
        of_grads((1.0, (1.0,)), ((1.0,), 1.0)),
        f"{LIKE}, tuple of [0][0], [1], got tuple of [0], [1][0]",
    ),
    (of_grads(LAYER._replace(b=[1.0])), "grads.b must have shape (1, 1) as params.b has, got (1,)"),
]


@pytest.mark.parametrize(("call", "sentence"), SENTENCES, ids=[said for _, said in SENTENCES])
def test_what_a_refusal_says(call, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("size", [2, 1000])
@pytest.mark.parametrize("large", [1e200, -1e308])
def test_large_numbers_are_finite_and_lost_ones_are_found_among_them(large, size):
    """Their sum, or their squares, are not: Python adds few, and BLAS multiplies many."""
    params, still = (np.full(size, large),), (np.zeros(size),)
    with np.errstate(all="raise"):
        (moved,) = descent.update(params, still, eta=1.0)
        ((same,),) = descent.descend(lambda _: still, params, eta=1.0, steps=1)
    assert (moved == large).all() and (same == large).all()
    for lost in ([np.nan], [np.inf], [-np.inf, np.inf]):
        bad = np.concatenate([params[0], lost])
        with pytest.raises(ValueError, match=rf"must hold finite .* at index \({size},\)$"):
            descent.update((np.zeros_like(bad),), (bad,), eta=1.0)


def test_an_infinity_that_is_a_limit_is_let_through():
    arguments = good(two_layer.gradients)
    limit = arguments["trace"]._replace(a1=np.full((4, 3), np.inf))
    found = two_layer.gradients(**{**arguments, "trace": limit})
    assert all(np.isfinite(leaf).all() for leaf in found)


def test_every_argument_has_a_bad_case():
    """An argument is spoiled above as an array, as another type, or as a bad value."""
    arrays = {(f, re.match(r"\w+", path)[0]) for f in CALLS for path, _, _ in spots(CALLS[f])}
    others = {(f, name) for f, name, *_ in [*WRONG_TYPES, *SPECIAL]}
    assert {(f, name) for f, names in CALLS.items() for name in names} == arrays | others


@pytest.mark.parametrize("judge", [gradient_check.complex_step, gradient_check.central_difference])
def test_gradient_checks_refuse_before_any_loss_is_computed(judge):
    def never(params):
        raise AssertionError("loss_of was called")

    arguments = {"eps": 1.0} if judge is gradient_check.central_difference else {}
    with pytest.raises(ValueError, match=r"^params"):
        judge(never, (np.ones(2), np.array([np.nan])), **arguments)


# What is accepted: everything that is numbers, as float64.


def leaves(value):
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [value] if isinstance(value, np.ndarray | np.generic) else []


def run(function, arguments):
    rng = {"rng": np.random.default_rng(0)} if "rng" in arguments else {}
    result = function(**arguments | rng)
    return tuple(result) if inspect.isgenerator(result) else result


KINDS = {
    "bool": lambda a: a > 0.5,
    "int8": lambda a: np.rint(a).astype(np.int8),
    "uint64": lambda a: np.rint(a).astype(np.uint64),
    "float16": np.float16,
    "float32": np.float32,
    "longdouble": np.longdouble,
    "the other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "list": np.ndarray.tolist,
    "tuple": lambda a: tuple(map(tuple, a)) if a.ndim == 2 else tuple(a),
    "ints in a list": lambda a: np.rint(a).astype(int).tolist(),
    "by columns": np.asfortranarray,
    "a subclass": lambda a: np.asmatrix(a) if a.ndim == 2 else a.view(np.recarray),
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "a memory map": lambda a: a.view(np.memmap),
}


class Frame:
    """A table that hands out its own memory, as a data frame does."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return self.values


KINDS["a table"] = Frame
KINDS["a memory view"] = memoryview


@every(WITH_ARRAYS)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_any_kind_of_numbers_counts_as_float64(function):
    for _, leaf, put in spots(good(function)):
        for kind in KINDS.values():
            unusual = kind(leaf)
            found = leaves(run(function, put(unusual)))
            usual = leaves(run(function, put(np.array(unusual, dtype=np.float64))))
            assert all(type(one) in (np.ndarray, np.float64) for one in found)
            for one, other in zip(found, usual, strict=True):
                assert one.dtype == np.float64
                np.testing.assert_allclose(one, other, rtol=1e-14)


@every_function
def test_nothing_that_comes_in_is_changed(function):
    arguments = good(function)
    before = [leaf.copy() for leaf in leaves(tuple(arguments.values()))]
    for leaf in leaves(tuple(arguments.values())):
        leaf.flags.writeable = False
    run(function, arguments)
    for leaf, copy in zip(leaves(tuple(arguments.values())), before, strict=True):
        np.testing.assert_array_equal(leaf, copy)


@every_function
@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_nothing_that_goes_out_shares_memory_with_what_came_in(function):
    arguments = good(function)
    owners = leaves(tuple(arguments.values()))
    for kind in (np.asarray, Frame, memoryview, lambda a: a.view(np.memmap), np.asmatrix):
        given = arguments
        for k in reversed(
            range(len(list(spots(arguments))))
        ):  # An array put in is none to `spots`.
            _, leaf, put = list(spots(given))[k]
            given = put(kind(leaf)) if leaf.ndim == 2 else given
        for result in leaves(run(function, given)):
            assert type(result) in (np.ndarray, np.float64, float)
            assert not any(np.shares_memory(result, one) for one in owners)


def test_a_learning_rate_is_named_by_whoever_gives_it():
    taken = [inspect.signature(function).parameters.get("eta") for function in CALLS]
    kinds = [eta.kind for eta in taken if eta]
    assert kinds == [inspect.Parameter.KEYWORD_ONLY] * 3


@every_function
def test_the_documentation_names_every_argument(function):
    documentation = inspect.getdoc(function)
    for name in inspect.signature(function).parameters:
        assert re.search(rf"^(.*, )?{name}(, .*)? : ", documentation, re.MULTILINE)
    assert "Returns\n-------" in documentation
    # A module says once what all of its functions raise.
    module = inspect.getdoc(inspect.getmodule(function))
    said = "Raises\n------" in documentation or "every function raises" in module
    assert said or not CALLS[function]
