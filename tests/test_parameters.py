"""Parameters as a row of arrays: their names, their structure, and what fits together."""

from typing import NamedTuple

import numpy as np
import pytest

from bp.deep import Layer
from bp.parameters import arrays, pairs, rebuild
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


def test_pairs_stand_in_order():
    found = pairs("g", LAYERS, "p", LAYERS)
    assert [(float(a[0, 0]), float(b[0, 0])) for a, b in found] == [(k, k) for k in (1, 3, 4, 5)]
    one, two = LAYER._replace(b=[[7]]), LAYER
    assert [float(a[0, 0]) for a, _ in pairs("g", one, "p", two)] == [1, 7]
    assert [float(b[0, 0]) for _, b in pairs("g", one, "p", two)] == [1, 3]


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
        pairs("grads", tree, "params", LAYER)
    assert (
        str(caught.value) == f"grads must have the structure of params, Layer of .w, .b, got {got}"
    )


def test_another_number_of_layers():
    with pytest.raises(TypeError, match=r"got tuple of \[0\]\.w, \[0\]\.b$"):
        pairs("grads", LAYERS[:1], "params", LAYERS)


def test_another_shape():
    with pytest.raises(ValueError) as caught:
        pairs("grads", LAYER._replace(b=np.ones(1)), "params", LAYER)
    assert str(caught.value) == "grads.b must have shape (1, 1) as params.b has, got (1,)"
