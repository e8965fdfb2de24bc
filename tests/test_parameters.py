"""Parameters as a row of arrays: their names, their structure, and what fits together."""

from typing import NamedTuple

import numpy as np
import pytest

from bp._parameters import arrays, finite, fitting, rebuild
from bp.deep import Layer
from bp.two_layer import Params
from nets import identical, two_layer_problem


class Other(NamedTuple):
    """Has the fields of a Layer, and is none."""

    w: np.ndarray
    b: np.ndarray


LAYER = Layer(np.array([[1.0, 2.0]]), np.array([[3.0]]))
LAYERS = (LAYER, Layer(np.array([[4.0]]), np.array([[5.0]])))


def test_names_and_order():
    params, _, _ = two_layer_problem(0)
    assert list(arrays("p", params)) == ["p.w", "p.b1", "p.u", "p.b2"]
    assert list(arrays("p", LAYERS)) == ["p[0].w", "p[0].b", "p[1].w", "p[1].b"]
    assert list(arrays("p", (1.0, (2.0, LAYER)))) == ["p[0]", "p[1][0]", "p[1][1].w", "p[1][1].b"]


def test_a_field_is_one_array_however_it_is_written():
    written = Layer(w=((1, 2),), b=[[3]])
    assert identical(tuple(arrays("p", written).values()), tuple(LAYER))


@pytest.mark.parametrize("tree", [two_layer_problem(0)[0], LAYER, LAYERS, (np.ones(2), LAYERS)])
def test_rebuild_undoes_arrays(tree):
    again = rebuild(tree, arrays("p", tree).values())
    assert type(again) is type(tree)
    assert [type(part) for part in again] == [type(part) for part in tree]
    assert identical(again, tree)


def test_what_fits_is_handed_on_as_it_is():
    reference, tree = fitting("g", LAYERS, "p", LAYERS)
    assert reference is LAYERS and tree is LAYERS


def test_what_is_written_as_lists_becomes_arrays_in_order():
    reference, tree = fitting("g", LAYER._replace(b=[[7]]), "p", LAYER)
    assert identical(reference, LAYER) and identical(tree, LAYER._replace(b=np.array([[7.0]])))
    reference, tree = fitting("g", LAYER, "p", LAYER._replace(b=[[7]]))
    assert identical(reference, LAYER._replace(b=np.array([[7.0]]))) and identical(tree, LAYER)


def test_infinity_fits_only_where_it_is_asked_for():
    lost = LAYER._replace(b=np.array([[np.inf]]))
    assert identical(fitting("g", lost, "p", LAYER, finite=False)[1], lost)
    with pytest.raises(ValueError, match=r"^g\.b must hold finite numbers only, got inf"):
        fitting("g", lost, "p", LAYER)


def test_finite_parameters():
    assert finite(LAYERS) and finite(LAYER._replace(b=np.array([[1e300, 1e308, 1e308]])))
    for bad in (np.nan, np.inf):
        assert not finite((LAYER, LAYER._replace(b=np.array([[bad]]))))


@pytest.mark.parametrize(
    ("tree", "got"),
    [
        (Other(*LAYER), "Other of .w, .b"),
        (tuple(LAYER), "tuple of [0], [1]"),
        ((LAYER,), "tuple of [0].w, [0].b"),
        (Params(*LAYER, *LAYER), "Params of .w, .b1, .u, .b2"),
    ],
)
def test_another_structure(tree, got):
    with pytest.raises(TypeError) as caught:
        fitting("grads", tree, "params", LAYER)
    assert (
        str(caught.value) == f"grads must have the structure of params, Layer of .w, .b, got {got}"
    )


def test_another_number_of_layers():
    with pytest.raises(TypeError, match=r"got tuple of \[0\]\.w, \[0\]\.b$"):
        fitting("grads", LAYERS[:1], "params", LAYERS)


def test_the_same_arrays_in_other_brackets():
    one = np.ones(1)
    for tree in ((one, one), ((one, one),), (one, (one,))):
        with pytest.raises(TypeError, match="must have the structure of params"):
            fitting("grads", tree, "params", ((one,), one))


def test_another_shape():
    with pytest.raises(ValueError) as caught:
        fitting("grads", LAYER._replace(b=np.ones(1)), "params", LAYER)
    assert str(caught.value) == "grads.b must have shape (1, 1) as params.b has, got (1,)"
