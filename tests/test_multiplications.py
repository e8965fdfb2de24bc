"""The counts from the sizes against a run that counts its own multiplications."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bp import deep, descent, two_layer
from bp.multiplications import count
from nets import UNITS, deep_problem, two_layer_problem


class Counted(np.ndarray):
    """An array whose operations count the multiplications of numbers that they make."""

    products = entrywise = 0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(one) for one in inputs]
        result = getattr(ufunc, method)(*plain, **kwargs)
        if ufunc is np.matmul:
            Counted.products += result.size * plain[0].shape[-1]
        elif ufunc is np.multiply:
            Counted.entrywise += result.size
        else:
            assert ufunc in {
                np.add,
                np.subtract,
                np.divide,
                np.exp,
                np.minimum,
                np.maximum,
                np.negative,
            }
        return result.view(Counted)


def counted(tree):
    if isinstance(tree, tuple):
        parts = [counted(part) for part in tree]
        return tree._make(parts) if hasattr(tree, "_make") else tuple(parts)
    return tree.view(Counted)


def measured(call):
    """Return the multiplications of a call in matrix products and entry by entry."""
    Counted.products = Counted.entrywise = 0
    return call(), Counted.products, Counted.entrywise


def assert_counted(net, problem, sizes, rows):
    """Run one step with the mark of what has been checked, where arrays that count pass."""
    params, x, t = map(counted, problem)
    marked = net._marked(params)
    expected = count(sizes, rows)
    trace, products, entrywise = measured(lambda: net.forward(marked, x))
    assert (products, entrywise) == (expected.forward, 0)
    grads, products, entrywise = measured(lambda: net.gradients(marked, trace, t))
    assert (products, entrywise) == (expected.backward, expected.slopes)
    _, products, entrywise = measured(
        lambda: descent.update(params, descent._checked(grads), eta=0.5)
    )
    assert (products, entrywise) == (0, expected.update)


@given(st.lists(UNITS, min_size=2, max_size=6), st.integers(1, 8))
def test_nets_of_any_depth(sizes, rows):
    assert_counted(deep, deep_problem(0, sizes, rows), sizes, rows)


@pytest.mark.parametrize(("sizes", "rows"), [((2, 3, 2), 1), ((3, 1, 4), 5), ((5, 7, 1), 2)])
def test_the_net_of_the_source(sizes, rows):
    assert_counted(two_layer, two_layer_problem(0, *sizes, rows), sizes, rows)


def test_the_running_example_by_hand():
    # Products 2·3 + 3·2; backward again, and 3·2 to send the signals back; 2 for each of 3 + 2
    # units; 17 parameters.
    assert count((2, 3, 2)) == (12, 18, 10, 17)


@given(st.lists(UNITS, min_size=2, max_size=6), st.integers(1, 8))
def test_backward_takes_at_most_twice_the_products_of_forward(sizes, rows):
    found = count(sizes, rows)
    assert found.forward <= found.backward < 2 * found.forward
