"""Activation functions and losses: each line of their modules, as soon as it is there."""

import copy
import pickle

import mpmath
import numpy as np
import pytest

from bp import activations, losses
from bp.activations import Activation
from bp.gradient_check import central_difference, complex_step, relative_error
from bp.losses import Loss

ACTIVATIONS = [one for one in vars(activations).values() if isinstance(one, Activation)]
LOSSES = [one for one in vars(losses).values() if isinstance(one, Loss)]
each_activation = pytest.mark.parametrize("phi", ACTIVATIONS, ids=repr)
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)
OUTPUTS = [activations.sigmoid, activations.softmax]

RNG = np.random.default_rng(0)
A, SIGNAL = RNG.normal(size=(2, 5, 4)) * 3
TARGETS = RNG.dirichlet(np.ones(4), size=5)
TARGETS[0] = [0, 1, 0, 0]


@each_activation
def test_a_signal_is_sent_back_by_the_derivative(phi):
    """Two independent derivatives of Σ signal · φ(a), away from every kink."""
    back = (phi.back(SIGNAL, phi(A)),)

    def weighted(params):
        return np.sum(SIGNAL * phi(params[0]))

    assert relative_error(back, complex_step(weighted, (A,))) < 1e-12
    assert relative_error(back, central_difference(weighted, (A,), eps=1e-5)) < 1e-8


@each_activation
def test_the_slope_at_0_is_a_slope_from_one_side(phi):
    """Where there is a kink the two differ, and one of them is as good as the other."""
    if phi is activations.softmax:
        pytest.skip("a row of outputs has no slope of its own")
    here, eps = phi(np.zeros(1)), 1e-7
    sides = [(phi(np.full(1, step)) - here) / step for step in (-eps, eps)]
    assert min(abs(phi.slope(np.zeros(1)) - side)[0] for side in sides) < 1e-6


@each_activation
def test_far_out_there_is_no_warning_and_no_lost_number(phi):
    a = np.array([[-1e5, -800.0, -40.0, 0.0], [40.0, 800.0, 1e5, 0.0]])
    with np.errstate(all="raise"):
        h = phi(a)
        back = phi.back(np.ones_like(a), h)
    assert np.isfinite(h).all() and np.isfinite(back).all()


@each_activation
def test_nothing_is_changed_and_nothing_is_shared(phi):
    a, signal = A.copy(), SIGNAL.copy()
    h = phi(a)
    back = phi.back(signal, h)
    np.testing.assert_array_equal(a, A)
    np.testing.assert_array_equal(signal, SIGNAL)
    assert not np.shares_memory(h, a) and not np.shares_memory(back, signal)


EXACT = {
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "tanh": mpmath.tanh,
    "relu": lambda a: max(a, 0),
    "leaky_relu": lambda a: a if a > 0 else a * mpmath.mpf(0.01),
    "identity": lambda a: a,
}


@pytest.mark.parametrize("name", EXACT)
def test_values(name):
    expected = [[float(EXACT[name](mpmath.mpf(a))) for a in row] for row in A.tolist()]
    np.testing.assert_allclose(getattr(activations, name)(A), expected, rtol=1e-14)


def test_softmax_by_hand():
    # e^0, e^ln 2, e^ln 5 are 1, 2, 5 of 8. A shift of the row, however large, changes nothing.
    a = np.log(np.array([[1.0, 2.0, 5.0]]))
    for shift in (0.0, 1000.0, -1000.0):
        np.testing.assert_allclose(activations.softmax(a + shift), [[1 / 8, 2 / 8, 5 / 8]])


@each_loss
@pytest.mark.parametrize("output", OUTPUTS, ids=repr)
def test_the_slope_and_the_delta_of_a_loss_are_derivatives(loss, output):
    y = output(A)
    slope = (loss.slope(y, TARGETS),), lambda params: loss(params[0], TARGETS), (y,)
    delta = (
        (loss.delta(output, y, TARGETS),),
        lambda params: loss.at(output, params[0], TARGETS),
        (A,),
    )
    for found, judge, at in (slope, delta):
        assert relative_error(found, complex_step(judge, at)) < 1e-10
        assert relative_error(found, central_difference(judge, at, eps=1e-6)) < 1e-5


@each_loss
@pytest.mark.parametrize("output", OUTPUTS, ids=repr)
def test_the_loss_is_the_same_from_a_and_from_y(loss, output):
    assert loss.at(output, A, TARGETS) == pytest.approx(loss(output(A), TARGETS), rel=1e-12)


def test_losses_by_hand():
    y, t = np.array([[0.25, 0.5]]), np.array([[1.0, 0.0]])
    assert losses.squares(y, t) == (0.75**2 + 0.5**2) / 2
    assert losses.cross_entropy(y, t) == pytest.approx(np.log(4) + np.log(2))
    assert losses.softmax_cross_entropy(y, t) == pytest.approx(np.log(4))


ENTROPIES = pytest.mark.parametrize(
    "loss", [losses.cross_entropy, losses.softmax_cross_entropy], ids=repr
)


@ENTROPIES
def test_the_partner_leaves_nothing_but_the_difference(loss):
    y = loss.partner(A)
    one_hot = np.eye(4)[[0, 1, 2, 3, 0]]
    np.testing.assert_array_equal(loss.delta(loss.partner, y, one_hot), y - one_hot)


@ENTROPIES
def test_a_unit_that_is_surely_wrong_has_a_finite_loss(loss):
    """Its output rounds to 0 where the target is 1, and its loss is how far out its a is."""
    a, t = np.array([[-2000.0, 0.0]]), np.array([[1.0, 0.0]])
    with np.errstate(all="raise"):
        found = loss.at(loss.partner, a, t)
        assert loss.delta(loss.partner, loss.partner(a), t)[0, 0] == -1
        assert loss(loss.partner(a), t) == np.inf
    assert found == pytest.approx(2000, rel=1e-3)


@ENTROPIES
def test_a_unit_that_is_surely_right_has_a_finite_slope(loss):
    """Its output is 0 or 1, as its target is: the slope is that from inside."""
    y = t = np.array([[1.0, 0.0]])
    with np.errstate(all="raise"):
        found = loss.delta(activations.identity, y, t)
    inside = central_difference(lambda p: loss(p[0], t), (np.array([[1 - 1e-7, 1e-7]]),), eps=1e-8)
    np.testing.assert_allclose(found, inside[0], rtol=1e-6)


@pytest.mark.parametrize("one", [*ACTIVATIONS, *LOSSES], ids=repr)
def test_a_copy_is_the_thing_itself(one):
    assert pickle.loads(pickle.dumps(one)) is one
    assert copy.deepcopy(one) is one


@pytest.mark.parametrize("module", [activations, losses])
def test_each_is_called_by_its_name(module):
    mine = Activation if module is activations else Loss
    own = {name: one for name, one in vars(module).items() if isinstance(one, mine)}
    assert len(own) >= 3
    assert [repr(one) for one in own.values()] == [one.name for one in own.values()] == list(own)


def test_at_the_kink_the_slope_is_that_from_the_left():
    kink = np.zeros((1, 1))
    assert activations.relu.slope(kink) == 0
    assert activations.leaky_relu.slope(kink) == 0.01


def test_the_signal_of_softmax_holds_for_targets_that_add_up_to_anything():
    a, t = np.array([[0.3, -1.2, 0.4]]), np.array([[0.3, 0.9, 0.4]])
    found = losses.softmax_cross_entropy.delta(activations.softmax, activations.softmax(a), t)
    for k, eps in enumerate(np.eye(3)[:, None] * 1e-6):
        above, below = (
            losses.softmax_cross_entropy.at(activations.softmax, a + way * eps, t)
            for way in (1, -1)
        )
        assert found[0, k] == pytest.approx((above - below) / 2e-6, abs=1e-9)
