"""The formulas as the source writes them out, on plain floats, without NumPy and without `bp`.

Every partial derivative of the 2-3-2 net stands here by itself. `w_11` is the source's own final
expression of its section 5, character for character but for the brackets of Python.
"""

from math import exp

import numpy as np
import pytest
from hypothesis import given

from bp import deep, two_layer
from nets import SEEDS, gradients, signed, two_layer_problem

PARAMETERS = "w11 w12 w13 w21 w22 w23 b1_1 b1_2 b1_3 u11 u12 u21 u22 u31 u32 b2_1 b2_2".split()


def by_the_source(p, x1, x2, t1, t2):
    """Return ∂L/∂p for each of the 17 parameters, by name."""
    h1 = 1 / (1 + exp(-(x1 * p["w11"] + x2 * p["w21"] + p["b1_1"])))
    h2 = 1 / (1 + exp(-(x1 * p["w12"] + x2 * p["w22"] + p["b1_2"])))
    h3 = 1 / (1 + exp(-(x1 * p["w13"] + x2 * p["w23"] + p["b1_3"])))
    u11, u12, u21, u22, u31, u32 = (p[name] for name in PARAMETERS[9:15])
    y1 = 1 / (1 + exp(-(h1 * u11 + h2 * u21 + h3 * u31 + p["b2_1"])))
    y2 = 1 / (1 + exp(-(h1 * u12 + h2 * u22 + h3 * u32 + p["b2_2"])))
    return {
        "w11": ((y1 - t1) * y1 * (1 - y1) * u11 + (y2 - t2) * y2 * (1 - y2) * u12)
        * h1 * (1 - h1) * x1,
        "w12": ((y1 - t1) * y1 * (1 - y1) * u21 + (y2 - t2) * y2 * (1 - y2) * u22)
        * h2 * (1 - h2) * x1,
        "w13": ((y1 - t1) * y1 * (1 - y1) * u31 + (y2 - t2) * y2 * (1 - y2) * u32)
        * h3 * (1 - h3) * x1,
        "w21": ((y1 - t1) * y1 * (1 - y1) * u11 + (y2 - t2) * y2 * (1 - y2) * u12)
        * h1 * (1 - h1) * x2,
        "w22": ((y1 - t1) * y1 * (1 - y1) * u21 + (y2 - t2) * y2 * (1 - y2) * u22)
        * h2 * (1 - h2) * x2,
        "w23": ((y1 - t1) * y1 * (1 - y1) * u31 + (y2 - t2) * y2 * (1 - y2) * u32)
        * h3 * (1 - h3) * x2,
        "b1_1": ((y1 - t1) * y1 * (1 - y1) * u11 + (y2 - t2) * y2 * (1 - y2) * u12)
        * h1 * (1 - h1),
        "b1_2": ((y1 - t1) * y1 * (1 - y1) * u21 + (y2 - t2) * y2 * (1 - y2) * u22)
        * h2 * (1 - h2),
        "b1_3": ((y1 - t1) * y1 * (1 - y1) * u31 + (y2 - t2) * y2 * (1 - y2) * u32)
        * h3 * (1 - h3),
        "u11": (y1 - t1) * y1 * (1 - y1) * h1,
        "u12": (y2 - t2) * y2 * (1 - y2) * h1,
        "u21": (y1 - t1) * y1 * (1 - y1) * h2,
        "u22": (y2 - t2) * y2 * (1 - y2) * h2,
        "u31": (y1 - t1) * y1 * (1 - y1) * h3,
        "u32": (y2 - t2) * y2 * (1 - y2) * h3,
        "b2_1": (y1 - t1) * y1 * (1 - y1),
        "b2_2": (y2 - t2) * y2 * (1 - y2),
    }  # fmt: skip


def named(params):
    """Return the 17 entries of 2-3-2 parameters as plain floats, by name."""
    values = [float(entry) for block in params for row in block for entry in row]
    return dict(zip(PARAMETERS, values, strict=True))


def expected(params, x, t):
    """Return the source's gradients, added over the rows."""
    rows = [
        by_the_source(named(params), *map(float, row), *map(float, target))
        for row, target in zip(x, t, strict=True)
    ]
    return {name: sum(row[name] for row in rows) for name in PARAMETERS}


# The worked example once more, as a reader would copy it out to calculate by hand.
WORKED = {
    "w11": 0.1, "w12": -1.0, "w13": 0.6,
    "w21": 1.2, "w22": 0.4, "w23": -0.8,
    "b1_1": -0.2, "b1_2": 0.9, "b1_3": 1.1,
    "u11": -0.7, "u12": 0.5,
    "u21": 0.3, "u22": -0.9,
    "u31": 0.8, "u32": -0.5,
    "b2_1": -0.3, "b2_2": -0.4,
}  # fmt: skip
X_AND_T = (1.2, 1.5, 0.0, 1.0)


def test_the_worked_example_is_the_one_copied_out():
    params, x, t = two_layer.worked_example()
    assert named(params) == WORKED
    assert (*x[0].tolist(), *t[0].tolist()) == X_AND_T


def test_every_partial_of_the_worked_example():
    found = named(gradients(two_layer, *two_layer.worked_example()))
    assert found == pytest.approx(by_the_source(WORKED, *X_AND_T), rel=1e-13, abs=0)


@given(SEEDS)
def test_every_partial_on_random_nets_of_4_rows(seed):
    """The targets need not be 0 or 1."""
    params, x, _ = two_layer_problem(seed, 2, 3, 2, rows=4)
    t = signed(np.random.default_rng(seed), 4, 2)
    want = expected(params, x, t)
    assert named(gradients(two_layer, params, x, t)) == pytest.approx(want, rel=1e-12, abs=1e-15)
    w, b1, u, b2 = (
        layer for pair in gradients(deep, deep.from_two_layer(params), x, t) for layer in pair
    )
    assert named((w, b1, u, b2)) == pytest.approx(want, rel=1e-12, abs=1e-15)
