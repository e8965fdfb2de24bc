"""The digits, the update rules, mini-batches and the loop over them."""

import hashlib
import re
from functools import partial
from itertools import combinations

import numpy as np
import pytest

from bp import activations, deep, digits, losses, training
from bp.descent import descend
from bp.training import batches, train
from bp.updates import Adam, Moments, Momentum, Plain
from nets import deep_problem, flat, identical

RULES = [Plain(0.1), Momentum(0.1), Momentum(0.1, convention="average"), Adam(0.1)]


def apart(one, other):
    return max(np.abs(a - b).max() for a, b in zip(flat(one), flat(other), strict=True))


# --- the digits


def test_the_digits_are_those_of_the_repository():
    """The sum is that of the rows in scikit-learn's digits.csv.gz, as bytes."""
    train_with, test_with = digits.load()
    rows = np.empty((1797, 65), np.uint8)
    tested = np.arange(1797) % 5 == 0
    for part, where in ((train_with, ~tested), (test_with, tested)):
        rows[where] = np.column_stack([16 * part.x, part.labels])
    assert (
        hashlib.sha256(rows.tobytes()).hexdigest()
        == "68aea062d35a127749050fa0e52dca09d6569ac08092c925610e0954e172dde2"
    )
    assert [len(part.x) for part in (train_with, test_with)] == [1437, 360]
    for part in (train_with, test_with):
        assert part.x.shape[1:] == (64,) and 0 == part.x.min() < part.x.max() == 1
        np.testing.assert_array_equal(part.t.argmax(axis=1), part.labels)
        np.testing.assert_array_equal(part.t.sum(axis=1), 1)


# --- the rules


def slopes_of(p):
    return (3.0 * p[0],)


def follow(rule, steps, start=2.0):
    """Return a dial's places under the loss 3p²/2."""
    params, places = (np.array([start]),), [start]
    state = rule.start(params)
    for _ in range(steps):
        params, state = rule.step(params, slopes_of(params), state)
        places.append(float(params[0][0]))
    return np.array(places)


def test_plain_steps_shrink_by_one_factor():
    np.testing.assert_allclose(follow(Plain(0.1), 30), 2 * 0.7 ** np.arange(31.0), atol=1e-12)


@pytest.mark.parametrize("convention", ["sum", "average", "velocity"])
def test_momentum_is_the_sum_of_two_powers(convention):
    """The recursion d_{s+1} = (1 + β − 3η) d_s − β d_{s−1} is solved by its two roots."""
    eta, beta = 0.2, 0.5
    r = np.roots([1, -(1 + beta - 3 * eta), beta])
    weights = np.linalg.solve(np.vander(r, 2, increasing=True).T, [2, 2 * (1 - 3 * eta)])
    exact = sum(w * r0 ** np.arange(31.0) for w, r0 in zip(weights, r, strict=True)).real
    rule = Momentum(eta, beta).to(convention)
    assert rule.convention == convention
    np.testing.assert_allclose(follow(rule, 30), exact, rtol=0, atol=1e-12)


def test_a_way_round_the_conventions_ends_where_it_began():
    rule = Momentum(0.3, 0.8).to("average")
    assert rule.eta == pytest.approx(1.5, rel=1e-14)
    assert rule.to("velocity").to("sum").eta == pytest.approx(0.3, rel=1e-14)


@pytest.mark.parametrize("corrected", [True, False])
def test_adam_by_the_sums_it_abbreviates(corrected):
    rule = Adam(0.05, 0.8, 0.9, 1e-3, corrected)
    places = follow(rule, 20)
    for s in range(1, 21):
        g, age = 3 * places[:s], np.arange(s - 1, -1, -1)
        m, v = 0.2 * np.sum(0.8**age * g), 0.1 * np.sum(0.9**age * g**2)
        if corrected:
            m, v = m / (1 - 0.8**s), v / (1 - 0.9**s)
        there = places[s - 1] - 0.05 * m / (np.sqrt(v) + 1e-3)
        assert places[s] == pytest.approx(there, rel=0, abs=1e-12)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_rule_changes_nothing_that_it_is_given(rule):
    layers, x, t = deep_problem(3)
    grads = deep.backpropagate(layers, x, t)
    params, state = rule.step(layers, grads, rule.start(layers))
    averages = tuple(state)[:2]
    before = [leaf.copy() for leaf in flat((layers, grads, params, averages))]
    rule.step(params, grads, state)
    after = flat((layers, grads, params, averages))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert type(params[0]) is deep.Layer


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Plain(0.0), "^eta must be positive and finite, got 0.0$"),
        (lambda: Momentum(-1.0), "^eta must be positive"),
        (lambda: Momentum(0.1, 1.0), "^beta must be 0 or more and less than 1, got 1.0$"),
        (lambda: Momentum(0.1, np.nan), "^beta must be 0 or more and less than 1, got nan$"),
        (lambda: Momentum(0.1, "0.9"), "^beta must be one number, got '0.9'$"),
        (lambda: Momentum(0.1, convention="mean"), "^convention must be one of sum, average, vel"),
        (lambda: Momentum(0.1).to("mean"), "^convention must be one of sum"),
        (lambda: Adam("x"), "^eta must be one positive number"),
        (lambda: Adam(0.1, beta2=-0.1), "^beta2 must be 0 or more"),
        (lambda: Adam(0.1, beta1=1), "^beta1 must be 0 or more"),
        (lambda: Adam(0.1, eps=0), "^eps must be positive"),
        (lambda: Adam(0.1, corrected=1), "^corrected must be True or False, got 1$"),
        (lambda: Plain(0.1).start(None), "^params must be the parameters of a net"),
        (lambda: Adam(0.1).step((np.ones(2),), (np.ones(3),), None), r"^grads\[0\] must have sha"),
        (lambda: Adam(0.1).step((np.ones(2),), (np.ones(2),), ()), "^state must be what start ret"),
        (
            lambda: Momentum(0.1).step((np.ones(2),), (np.ones(2),), (np.ones(3),)),
            r"^state\[0\] must have shape \(2,\)",
        ),
        (
            lambda: Adam(0.1).step(
                (np.ones(2),), (np.ones(2),), Moments((np.ones(2),), (np.ones(2),), -1)
            ),
            "^state.steps must be 0 or more",
        ),
    ],
)
def test_bad_rules_and_steps(make, says):
    with pytest.raises((TypeError, ValueError), match=says):
        make()


# --- mini-batches


def test_mini_batches_deal_every_row_once_and_repeat_from_a_seed():
    dealt = list(batches(np.random.default_rng(5), 9, 4))
    assert [len(one) for one in dealt] == [4, 4, 1]
    assert sorted(np.concatenate(dealt)) == list(range(9))
    again = list(batches(np.random.default_rng(5), 9, 4))
    assert all(np.array_equal(a, b) for a, b in zip(dealt, again, strict=True))
    other = np.concatenate(list(batches(np.random.default_rng(6), 9, 4)))
    assert not np.array_equal(np.concatenate(dealt), other)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_the_variance_of_all_mini_batches(size):
    """Var = S/B (1 − B/N) for a batch of B among N rows, by going through all of them."""
    layers, x, t = deep_problem(7, rows=5)
    rows = [flat(deep.backpropagate(layers, x[[n]], t[[n]])) for n in range(5)]
    gradients = np.array([np.concatenate([g.ravel() for g in row]) for row in rows])
    picks = list(combinations(range(5), size))
    found = np.array(
        [
            np.concatenate(
                [g.ravel() / size for g in flat(deep.backpropagate(layers, x[[*p]], t[[*p]]))]
            )
            for p in picks
        ]
    )
    np.testing.assert_allclose(found.mean(axis=0), gradients.mean(axis=0), rtol=0, atol=1e-12)
    spread = gradients.var(axis=0, ddof=1) / size * (1 - size / 5)
    np.testing.assert_allclose(found.var(axis=0), spread, rtol=0, atol=1e-12)


# --- the loop


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_loop_takes_the_steps_of_the_rule(rule):
    layers, x, t = deep_problem(2, rows=5)
    choices = {"hidden": activations.tanh, "loss": losses.softmax_cross_entropy}
    kept = [leaf.copy() for leaf in flat(layers)]
    rng = np.random.default_rng(9)
    last = train(layers, x, t, rule=rule, epochs=3, size=2, rng=rng, **choices)
    params, state, rng = layers, rule.start(layers), np.random.default_rng(9)
    for _ in range(3):
        for pick in batches(rng, 5, 2):
            grads = deep.backpropagate(params, x[pick], t[pick], **choices)
            params, state = rule.step(params, grads, state)
    assert apart(last, params) < 1e-12
    assert type(last) is tuple and type(last[0]) is deep.Layer
    assert all(np.array_equal(a, b) for a, b in zip(kept, flat(layers), strict=True))


def lost(layers, x, t):
    return tuple(deep.Layer(np.nan * w, b) for w, b in layers)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_gradient_can_be_given_and_must_fit(rule):
    layers, x, t = deep_problem(2, rows=5)
    settings = {"rule": rule, "epochs": 3}
    given = train(layers, x, t, **settings, gradient=deep.backpropagate)
    assert apart(given, train(layers, x, t, **settings)) < 1e-12
    with pytest.raises(ValueError, match=r"^grads\[0\].w must have shape"):
        train(layers, x, t, **settings, gradient=lambda layers, x, t: layers[::-1])
    with pytest.raises(ValueError, match=r"^at step 1 with eta = 0.1 the parameters"):
        train(layers, x, t, **settings, gradient=lost)


@pytest.mark.parametrize("size", [None, 2])
def test_no_epoch_is_a_copy_of_the_start(size):
    layers, x, t = deep_problem(2)
    for rule in RULES:
        rng = np.random.default_rng(0)
        last = train(layers, x, t, rule=rule, epochs=0, size=size, rng=rng)
        assert identical(last, layers)
        assert not any(
            np.shares_memory(a, b) for a, b in zip(flat(last), flat(layers), strict=True)
        )


@pytest.mark.parametrize("eta", [1e200, 1e308], ids=["gradient first", "parameters first"])
@pytest.mark.parametrize("rule", [Plain, Momentum, partial(Momentum, convention="velocity")])
@pytest.mark.parametrize("size", [None, 4])
def test_divergence_is_told_as_the_descent_tells_it(rule, eta, size):
    layers, x, t = deep_problem(2)
    linear = {"hidden": activations.identity, "output": activations.identity}
    slope = partial(deep.backpropagate, **linear)
    with pytest.raises(ValueError) as expected:
        list(descend(slope, layers, x, 1e3 * t, eta=eta, steps=9))
    with pytest.raises(ValueError, match=f"^{re.escape(str(expected.value))}$"):
        rng = np.random.default_rng(0)
        train(layers, x, 1e3 * t, rule=rule(eta), epochs=9, size=size, rng=rng, **linear)


def test_a_state_that_is_lost_is_a_divergence():
    """Adam's squares overflow before the parameters do."""
    layers, x, t = deep_problem(2)
    with pytest.raises(ValueError, match=r"^at step \d+ with eta = 0.1 the parameters are no lon"):
        choices = {"hidden": activations.identity, "output": activations.identity}
        train(layers, 1e160 * x, t, rule=Adam(0.1), epochs=9, **choices)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"rule": 0.1}, "^rule must be one of bp.updates, got float$"),
        ({"rule": Plain}, "^rule must be one of bp.updates, got type$"),
        ({"epochs": -1}, "^epochs must be 0 or more, got -1$"),
        ({"epochs": 1.0}, "^epochs must be a whole number"),
        ({"size": 0}, "^size must be 1 or more, got 0$"),
        ({"size": 2.0}, "^size must be a whole number"),
        ({"rng": None}, "^rng must be of type numpy.random.Generator, got NoneType$"),
        ({"rng": 0}, "^rng must be of type numpy.random.Generator, got int$"),
        ({"x": np.ones((4, 9))}, "^x must have shape"),
        ({"hidden": np.tanh}, "^hidden must be of type bp.activations.Activation"),
        ({"gradient": 1}, "^gradient must be a function, got 1$"),
    ],
)
def test_bad_arguments_are_refused_before_a_step(bad, says, monkeypatch):
    layers, x, t = deep_problem(2)
    given = {"layers": layers, "x": x, "t": t, "rule": Plain(0.1), "epochs": 2, "size": 2}
    given |= {"rng": np.random.default_rng(0), **bad}
    monkeypatch.setattr(training, "_follow", None)
    with pytest.raises((TypeError, ValueError), match=says):
        train(**given)


@pytest.mark.parametrize("bad", [{"rng": 0}, {"rows": 0}, {"size": 0}, {"size": "2"}])
def test_bad_mini_batches_are_refused_at_the_call(bad):
    with pytest.raises((TypeError, ValueError), match=f"^{next(iter(bad))} must be "):
        batches(**{"rng": np.random.default_rng(0), "rows": 4, "size": 2, **bad})
