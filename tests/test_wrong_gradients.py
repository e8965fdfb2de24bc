"""Wrong equations, planted one by one: the checks must reject each and accept the right ones.

A check that accepts a wrong equation is worth nothing, so these are the tests of the tests.
"""

import pytest

from _site import mistakes
from _site.mistakes import planted
from bp import deep, descent, two_layer
from bp.gradient_check import central_difference, complex_step, relative_error
from nets import deep_problem, gradients, loss_of, two_layer_problem

WRONG = [mistake for mistake in mistakes.mistakes() if mistake.in_a_formula]
WAYS = [mistake for mistake in mistakes.mistakes() if mistake.place == "backward"]
UPDATES = [mistake for mistake in mistakes.mistakes() if mistake.place == "update"]


def label(mistake):
    return mistake.label


def errors(net, found, params, x, t):
    """Return the relative errors against both independent derivatives."""
    loss = loss_of(net, x, t)
    return (
        relative_error(found, central_difference(loss, params, eps=1e-5)),
        relative_error(found, complex_step(loss, params)),
    )


def accepted(net, found, params, x, t):
    """Return the verdicts of the two checks that the gradients of the package pass."""
    by_differences, by_complex_step = errors(net, found, params, x, t)
    return by_differences < 1e-7, by_complex_step < 1e-12


# Everything of size 3, so that every transposition and every wrong axis runs without an error.
SQUARE = [(two_layer, two_layer_problem, (3, 3, 3, 3)), (deep, deep_problem, ((3, 3, 3, 3), 3))]
NETS = pytest.mark.parametrize(("net", "problem", "sizes"), SQUARE, ids=["two_layer", "deep"])


@NETS
@pytest.mark.parametrize("seed", range(3))
def test_the_right_equations_are_accepted(net, problem, sizes, seed):
    params, x, t = problem(seed, *sizes)
    assert accepted(net, gradients(net, params, x, t), params, x, t) == (True, True)


@NETS
@pytest.mark.parametrize("wrong", WRONG, ids=label)
def test_a_wrong_equation_is_rejected(net, problem, sizes, wrong):
    if net is deep and wrong.name == "u transposed":
        pytest.skip("deep sends signals back itself, and only their slopes can be exchanged")
    params, x, t = problem(0, *sizes)
    with planted(wrong):
        assert accepted(net, gradients(net, params, x, t), params, x, t) == (False, False)


@pytest.mark.parametrize("wrong", WRONG, ids=label)
def test_a_wrong_equation_shows_on_the_worked_example_unless_it_cannot(wrong):
    params, x, t = two_layer.worked_example()
    with planted(wrong):
        if wrong.hidden == "shapes":
            with pytest.raises(ValueError):
                errors(two_layer, gradients(two_layer, params, x, t), params, x, t)
            return
        found = gradients(two_layer, params, x, t)
        if wrong.hidden == "rows":
            assert accepted(two_layer, found, params, x, t) == (True, True)
        else:
            assert min(errors(two_layer, found, params, x, t)) > 0.05


# Mistakes in the way through the net: the equations are right, what is put into them is not.


@pytest.mark.parametrize("way", [None, *WAYS], ids=mistakes.label)
def test_a_wrong_way_through_the_net_is_rejected(way):
    params, x, t = two_layer_problem(0, 3, 3, 3, rows=3)
    found = mistakes.backward(way.code if way else "")(params, x, t)
    assert accepted(two_layer, found, params, x, t) == ((way is None,) * 2)


@pytest.mark.parametrize("way", WAYS, ids=label)
def test_a_wrong_way_shows_on_the_worked_example_unless_it_cannot(way):
    params, x, t = two_layer.worked_example()
    if way.hidden == "shapes":
        with pytest.raises(ValueError):
            errors(two_layer, mistakes.backward(way.code)(params, x, t), params, x, t)
    else:
        found = mistakes.backward(way.code)(params, x, t)
        assert min(errors(two_layer, found, params, x, t)) > (0.001 if way.small else 0.5)


# Wrong updates: as eta falls, the loss must fall by eta ‖gradient‖².


@pytest.mark.parametrize("update", [None, *UPDATES], ids=mistakes.label)
def test_a_wrong_update_is_rejected(update):
    rule = mistakes.updated(update.code) if update else descent.update
    assert (abs(mistakes.fall(rule) - 1) < 1e-4) == (update is None)


# What is right in the list is the code of the book, and what is stored was measured.


@pytest.mark.parametrize("place", [*mistakes.PLACES][:-2])
def test_the_right_formula_of_the_list_is_that_of_the_book(place):
    params, x, t = two_layer_problem(0, 3, 4, 2, rows=5)
    right = mistakes.Mistake(place, "right", mistakes.listed()[place]["right"], "")
    expected = gradients(two_layer, params, x, t)
    with planted(right):
        assert relative_error(gradients(two_layer, params, x, t), expected) < 1e-14
        assert accepted(two_layer, expected, params, x, t) == (True, True)


def test_every_mistake_has_a_measured_row():
    rows = {mistake.label: mistakes.measured(mistake) for mistake in mistakes.mistakes()}
    assert len(rows) == len(mistakes.mistakes()) >= 46
    assert {row.caught for row in rows.values()} == {"shapes", "one row", "several rows", "a step"}
    assert rows.keys() | {"none"} == mistakes.trained().keys()


@pytest.mark.parametrize(
    ("place", "name", "seed"),
    [("delta_output", "slope missing", 0), ("delta_output", "sign", 1), ("backward", "x for h", 0)],
)
def test_stored_training_comes_out_again(place, name, seed):
    mistake = mistakes.named(f"{place}: {name}")
    assert mistakes.learns(mistake, seed) == mistakes.trained()[mistake.label][seed]


def test_the_right_gradient_learns_from_every_start():
    assert mistakes.trained()["none"] == [True] * mistakes.STARTS
