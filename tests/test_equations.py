"""What no derivative can judge: the forward formulas by hand, and the sigmoid against mpmath.

Error signals and gradients are judged in `test_deep.py`, which any slip in one of them fails;
`test_wrong_gradients.py` plants the slips.
"""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bp import equations as eq

mpmath.mp.prec = 200

EXTREMES = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, -2.2e-308, 1e-17, -1e-17, 36.7, -36.7]
EXTREMES += [709.7, -709.7, 709.8, -709.8, -744.4, -745.1, -745.2, 1e5, -1e5, 1.7e308, -1.7e308]


def any_bits(count):
    """Return floats with random bits: every exponent is equally likely, subnormal ones included."""
    bits = np.random.default_rng(0).integers(0, 2**64, count, dtype=np.uint64).view(np.float64)
    return bits[np.isfinite(bits)]


def dense():
    moderate = np.random.default_rng(1).standard_normal(4000) * 20
    return np.concatenate([EXTREMES, np.linspace(-750, 750, 6001), moderate, any_bits(4000)])


def exact_sigmoid(a):
    return 1 / (1 + mpmath.exp(-mpmath.mpf(a)))


def exact_slope(a):
    e = mpmath.exp(-abs(mpmath.mpf(a)))
    return e / (1 + e) ** 2


def ulps(got, exact):
    return max(
        float(abs(mpmath.mpf(float(g)) - e) / mpmath.mpf(float(np.spacing(float(e)))))
        for g, e in zip(got, exact, strict=True)
    )


def array(*rows):
    return np.array(rows, dtype=float)


def test_linear_by_hand():
    # Row 1: 1·10 + 2·30 + 0.5, 1·20 + 2·40 − 0.5. Row 2: 3·10 + 4·30 + 0.5, 3·20 + 4·40 − 0.5.
    a = eq.linear(array([1, 2], [3, 4]), array([10, 20], [30, 40]), array([0.5, -0.5]))
    np.testing.assert_array_equal(a, [[70.5, 99.5], [150.5, 219.5]])


def test_loss_by_hand():
    # ½ (1² + 2² + 2² + 4²) = 12.5
    loss = eq.loss(array([1, 0], [3, 1]), array([0, 2], [1, 5]))
    assert loss == 12.5
    assert isinstance(loss, float)


@pytest.mark.parametrize(
    ("function", "exact", "bound"),
    [(eq.sigmoid, exact_sigmoid, 3), (eq.sigmoid_prime, exact_slope, 6)],
)
def test_exact_to_a_few_ulp_over_the_whole_range(function, exact, bound):
    a = dense()
    assert ulps(function(a), [exact(one) for one in a]) <= bound


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_sigmoid_and_slope_at_any_float(a):
    assert ulps([eq.sigmoid(a)], [exact_sigmoid(a)]) <= 3
    assert ulps([eq.sigmoid_prime(a)], [exact_slope(a)]) <= 6


def test_infinity_has_its_limits():
    np.testing.assert_array_equal(eq.sigmoid(np.array([-np.inf, np.inf])), [0, 1])
    np.testing.assert_array_equal(eq.sigmoid_prime(np.array([-np.inf, np.inf])), [0, 0])


def test_sigmoid_never_falls():
    assert (np.diff(eq.sigmoid(np.sort(dense()))) >= 0).all()


def test_no_floating_point_error():
    """Whatever NumPy has been told: the sigmoid is computed quietly, and so are its limits."""
    with np.errstate(all="raise"):
        eq.sigmoid(np.concatenate([dense(), [np.inf, -np.inf]]))
    # The product of two small numbers may well underflow to 0, which is the right slope.
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        eq.sigmoid_prime(np.concatenate([dense(), [np.inf, -np.inf]]))


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64, np.float32])
def test_numbers_of_other_kinds(kind):
    """The negative of an unsigned number is a large one, so none is taken."""
    a = np.array([0, 1, 3, 100], dtype=kind)
    np.testing.assert_allclose(eq.sigmoid(a), eq.sigmoid(a.astype(float)), rtol=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (3, 2), (2, 3, 4)])
@pytest.mark.parametrize("function", [eq.sigmoid, eq.sigmoid_prime])
def test_any_shape(function, shape):
    assert function(np.ones(shape)).shape == shape


@given(st.floats(-30, 30), st.floats(-3, 3))
def test_sigmoid_of_a_complex_number(re, im):
    exact = complex(1 / (1 + mpmath.exp(-mpmath.mpc(re, im))))
    assert abs(eq.sigmoid(complex(re, im)) - exact) <= 1e-13 * abs(exact)


@pytest.mark.parametrize("a", [-700.0, -40.0, -1e-9, -0.0, 0.0, 1e-9, 0.7, 3.0, 30.0])
def test_the_imaginary_part_carries_the_slope(a):
    slope = eq.sigmoid(a + 1e-30j).imag / 1e-30
    assert slope == pytest.approx(eq.sigmoid_prime(a), rel=1e-14)
