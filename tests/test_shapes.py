"""The door itself: what shapes mean, what errors say, and what stands inside."""

import functools

import numpy as np
import pytest

from bp.shapes import array, fields, has_door, numbers, of_type, positive, shapes, whole
from bp.two_layer import Deltas


@shapes(x="N m", w="m n", b="1 n")
def layer(x, w, b):
    """Return what came in."""
    return x, w, b


def message(call, *args, **kwargs):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_the_door_keeps_the_function_s_name_and_documentation():
    assert layer.__name__ == "layer"
    assert layer.__doc__ == "Return what came in."


def test_arguments_by_position_by_name_and_mixed():
    x, w, b = np.ones((4, 2)), np.ones((2, 3)), np.ones((1, 3))
    for result in (layer(x, w, b), layer(b=b, x=x, w=w), layer(x, b=b, w=w)):
        assert [one.shape for one in result] == [(4, 2), (2, 3), (1, 3)]


def test_arguments_that_are_not_named_in_the_shapes_pass():
    @shapes(x="N")
    def scaled(x, factor):
        return x * factor

    assert scaled([1, 2], 3).tolist() == [3.0, 6.0]


def test_a_wrong_size_says_where_the_right_one_comes_from():
    assert (
        message(layer, np.ones((4, 2)), np.ones((3, 3)), np.ones((1, 3)))
        == "w must have shape (2, n) (m = 2 as in x), got (3, 3)"
    )
    assert (
        message(layer, np.ones((4, 2)), np.ones((2, 3)), np.ones((1, 4)))
        == "b must have shape (1, 3) (n = 3 as in w), got (1, 4)"
    )


def test_a_fixed_size():
    assert (
        message(layer, np.ones((4, 2)), np.ones((2, 3)), np.ones((2, 3)))
        == "b must have shape (1, 3) (n = 3 as in w), got (2, 3)"
    )


def test_a_wrong_rank():
    assert message(layer, np.ones(4), 0, 0) == "x must have shape (N, m), got (4,)"
    assert message(layer, 1.0, 0, 0) == "x must have shape (N, m), got ()"


def test_two_sizes_come_from_two_arguments():
    check, sizes = array("N m"), {"N": (4, "x"), "m": (2, "w")}
    assert (
        message(check, "t", np.ones((2, 4)), sizes)
        == "t must have shape (4, 2) (N = 4 as in x, m = 2 as in w), got (2, 4)"
    )


def test_an_empty_array():
    assert (
        message(layer, np.ones((0, 2)), 0, 0)
        == "x must have shape (N, m) and no size 0, got (0, 2)"
    )
    assert message(array("..."), "a", [], {}) == "a must have shape (...) and no size 0, got (0,)"


def test_a_word_twice_in_one_shape_is_one_size():
    square = array("n n")
    assert square("u", np.ones((3, 3)), {}).shape == (3, 3)
    assert message(square, "u", np.ones((2, 3)), {}) == "u must have shape (n, n), got (2, 3)"


def test_sizes_above_one_can_be_fixed_too():
    assert array("2 12")("a", np.ones((2, 12)), {}).shape == (2, 12)
    assert message(array("12"), "a", np.ones(11), {}) == "a must have shape (12), got (11,)"


def test_no_words_are_one_number():
    assert array("")("a", 3, {}) == 3.0
    assert message(array(""), "a", [3], {}) == "a must have shape (), got (1,)"


def test_sizes_are_remembered_with_the_argument_that_gave_them():
    sizes = {}
    array("N m")("x", np.ones((4, 2)), sizes)
    array("N n")("t", np.ones((4, 3)), sizes)
    assert sizes == {"N": (4, "x"), "m": (2, "x"), "n": (3, "t")}


def test_the_first_bad_number_is_named():
    bad = np.ones((2, 3))
    bad[1, 0], bad[1, 2] = np.inf, np.nan
    assert (
        message(array("..."), "x", bad, {})
        == "x must hold finite numbers only, got inf at index (1, 0)"
    )
    assert (
        message(array("...", finite=False), "x", bad, {})
        == "x must hold numbers only, got nan at index (1, 2)"
    )
    assert (
        message(array("..."), "x", np.nan, {})
        == "x must hold finite numbers only, got nan at index ()"
    )


def test_float64_is_handed_on_without_a_copy():
    value = np.ones(3)
    assert numbers("x", value) is value


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(True, np.float64), (1, np.float64), (np.float32(1), np.float64), (1j, np.complex128)],
)
def test_numbers_become_float64_or_complex128(value, dtype):
    assert numbers("x", value).dtype == dtype
    assert numbers("x", np.array([value])).dtype == dtype


def test_complex64_becomes_complex128():
    assert numbers("x", np.complex64(1j)).dtype == np.complex128


def test_what_came_is_in_the_message():
    assert message(numbers, "x", None) == "x must be an array of numbers, got None"
    assert message(numbers, "x", "1.5") == "x must be an array of numbers, got '1.5'"
    assert message(numbers, "x", ["a"]) == "x must be an array of numbers, got <U1"
    assert message(numbers, "x", [None]) == "x must be an array of numbers, got object"
    assert (
        message(numbers, "x", 1j, real=True) == "x must be an array of real numbers, got complex128"
    )
    assert (
        message(numbers, "x", [[1], [1, 2]]) == "x must be an array, got rows of different lengths"
    )
    assert (
        message(numbers, "x", np.ma.masked_array([1.0], [True]))
        == "x must be an array without a mask, got a MaskedArray"
    )


def test_fields_keep_their_type_and_their_order():
    check = fields(Deltas, delta1="N m", delta2="N n")
    one, two = np.ones((4, 2)), np.ones((4, 3))
    result = check("d", Deltas(delta1=one, delta2=two), {})
    assert type(result) is Deltas
    assert result.delta1 is one and result.delta2 is two
    assert (
        message(check, "d", Deltas(one, two[:3]), {})
        == "d.delta2 must have shape (4, n) (N = 4 as in d.delta1), got (3, 3)"
    )


def test_types_are_named_as_a_reader_imports_them():
    assert message(of_type, "p", [], Deltas) == "p must be of type bp.two_layer.Deltas, got list"
    assert (
        message(of_type, "rng", np.ones(1), np.random.Generator)
        == "rng must be of type numpy.random.Generator, got numpy.ndarray"
    )
    of_type("p", (), tuple)


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int8(3), 5e-324, 1.7e308])
def test_positive_numbers_become_floats(value):
    result = positive("eta", value)
    assert type(result) is float
    assert result == value


@pytest.mark.parametrize("value", [2, np.int8(2), np.uint64(2)])
def test_whole_numbers_become_ints(value):
    result = whole("steps", value, least=2)
    assert type(result) is int
    assert result == 2


# Checked once: an inner call is not checked, and every outer call is.


def recorded():
    """Return a function with a door, and the names of what was checked there."""
    seen = []

    def note(name, value, sizes):
        seen.append(name)
        return value + 1

    @shapes(x=note)
    def twice(x, times=2):
        return x * times

    return seen, twice


def test_the_door_checks_and_the_inside_does_not():
    seen, twice = recorded()
    assert twice(1) == 4
    assert seen == ["x"]
    assert twice.inside(1) == 2
    assert seen == ["x"]


def test_the_check_alone_returns_the_arguments_by_name():
    seen, twice = recorded()
    assert twice.check(1, 5) == {"x": 2, "times": 5}
    assert seen == ["x"]


def test_a_function_inside_has_the_same_name():
    assert layer.inside.__name__ == "layer"


def test_a_wrapper_has_no_door():
    """What a wrapper adds must not be lost by going inside."""

    @functools.wraps(layer)
    def counted(*args):
        return layer(*args)

    assert has_door(layer)
    assert not has_door(layer.inside)
    assert not has_door(counted)
    assert not has_door([])


def test_a_function_gets_its_own_copy_where_it_asks_for_one():
    given = np.ones((2, 2))
    kept, own = array("N m")("x", given, {}), array("N m", own=True)("x", given, {})
    given[0, 0] = 7
    assert kept[0, 0] == 7
    assert own[0, 0] == 1


@pytest.mark.parametrize("large", [1e200, -1e308, 1e200 + 1e200j])
def test_large_numbers_are_finite(large):
    """Their squares are not."""
    with np.errstate(all="raise"):
        assert array("N")("x", np.array([large, 1.0]), {})[0] == large
    assert message(array("N"), "x", np.array([large, np.inf]), {}).endswith("at index (1,)")
