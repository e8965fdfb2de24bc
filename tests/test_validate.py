"""What shapes in words mean, what errors say, and what is accepted as it stands."""

import numpy as np
import pytest

from bp._validate import Spec, numbers, of_type, positive, sound, whole
from bp.two_layer import Deltas

LAYER = Spec(("x", "N m"), ("w", "m n"), ("b", "1 n"))


def layer(*values):
    return LAYER.accept(values)


def message(call, *args, **kwargs):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def one(words, value, *limits):
    return Spec(("x", words, *limits)).accept((value,))[0]


def test_a_wrong_size_says_where_the_right_one_comes_from():
    assert (
        message(layer, np.ones((4, 2)), np.ones((3, 3)), np.ones((1, 3)))
        == "w must have shape (2, n) (m = 2 as in x), got (3, 3)"
    )
    assert (
        message(layer, np.ones((4, 2)), np.ones((2, 3)), np.ones((1, 4)))
        == "b must have shape (1, 3) (n = 3 as in w), got (1, 4)"
    )


def test_a_wrong_rank():
    assert message(layer, np.ones(4), 0, 0) == "x must have shape (N, m), got (4,)"
    assert message(layer, 1.0, 0, 0) == "x must have shape (N, m), got ()"


def test_two_sizes_come_from_two_arguments():
    spec = Spec(("x", "N n"), ("w", "m"), ("t", "N m"))
    assert (
        message(spec.accept, (np.ones((4, 3)), np.ones(2), np.ones((2, 4))))
        == "t must have shape (4, 2) (N = 4 as in x, m = 2 as in w), got (2, 4)"
    )


def test_an_empty_array():
    assert (
        message(layer, np.ones((0, 2)), 0, 0)
        == "x must have shape (N, m) and no size 0, got (0, 2)"
    )
    assert message(one, "...", []) == "x must have shape (...) and no size 0, got (0,)"


def test_a_word_twice_in_one_shape_is_one_size():
    assert one("n n", np.ones((3, 3))).shape == (3, 3)
    assert message(one, "n n", np.ones((2, 3))) == "x must have shape (n, n), got (2, 3)"


def test_sizes_above_one_can_be_fixed_too():
    assert one("2 12", np.ones((2, 12))).shape == (2, 12)
    assert message(one, "12", np.ones(11)) == "x must have shape (12), got (11,)"


def test_no_words_are_one_number():
    assert one("", 3) == 3.0
    assert message(one, "", [3]) == "x must have shape (), got (1,)"


def test_the_first_bad_number_is_named():
    bad = np.ones((2, 3))
    bad[1, 0], bad[1, 2] = np.inf, np.nan
    assert message(one, "...", bad) == "x must hold finite numbers only, got inf at index (1, 0)"
    assert message(one, "...", bad, "limits") == "x must hold numbers only, got nan at index (1, 2)"
    assert message(one, "...", np.nan) == "x must hold finite numbers only, got nan at index ()"


def test_an_infinity_that_is_a_limit_is_let_through():
    assert one("N", np.array([np.inf, 1.0]), "limits")[0] == np.inf


def test_float64_is_handed_on_without_a_copy():
    value = np.ones(3)
    assert numbers("x", value) is value
    assert one("N", value) is value


@pytest.mark.parametrize("size", [3, 1000])
def test_numbers_are_sound_or_not_whether_they_are_few_or_many(size):
    """Python adds few, and BLAS multiplies many; neither says yes to a lost number."""
    value = np.ones(size)
    assert sound([value, value])
    for bad in (np.nan, np.inf, -np.inf):
        value[-1] = bad
        assert not sound([value])
    assert not sound([np.array([np.inf, -np.inf])])
    assert not sound([np.ones(size, dtype=np.float32)]) and not sound([value.tolist()])


@pytest.mark.parametrize("size", [2, 1000])
@pytest.mark.parametrize("large", [1e200, -1e308, 1e200 + 1e200j])
def test_large_numbers_are_finite(large, size):
    """Their sum or their squares are not."""
    with np.errstate(all="raise"):
        assert one("N", np.full(size, large))[0] == large
    assert message(one, "N", np.array([large] * size + [np.inf])).endswith(f"at index ({size},)")


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


def test_what_asks_for_its_numbers_says_why_it_has_none():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("call detach first")

    assert message(numbers, "x", Tensor()).endswith("Tensor: call detach first")


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
