"""What a chapter shows: the code as it stands, without its documentation."""

import functools

import pytest

from bp import arithmetic, deep, equations, listing, two_layer
from bp.listing import source


class Documented:
    """Documentation of the class."""

    field: int = 1
    """Documentation of the field."""

    def method(self):
        """Return a string, and this is documentation on
        two lines."""
        # A comment stays.
        return "a string stays"


def one_line(x): "Documentation."; return x  # fmt: skip  # noqa: E702


def documented_alone():
    """Nothing else."""


def with_a_string():
    """Documentation.

    Two lines of it.
    """
    text = """first

    third"""

    return text


def noted(function):
    return function


@noted
def decorated(x):
    """Documentation."""
    return x


def test_a_function_without_its_docstring():
    shown = source(equations.weight_gradient)
    assert shown.code == (
        "def weight_gradient(x: np.ndarray, delta: np.ndarray) -> np.ndarray:\n"
        "    return x.T @ delta"
    )
    assert shown.names == ("bp.equations.weight_gradient",)
    assert not shown.checks


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (one_line, "def one_line(x): return x  # fmt: skip  # noqa: E702"),
        (documented_alone, "def documented_alone():\n    ..."),
        (
            with_a_string,
            'def with_a_string():\n    text = """first\n\n    third"""\n    return text',
        ),
        (decorated, "@noted\ndef decorated(x):\n    return x"),
    ],
)
def test_what_is_shown_runs_and_means_the_same(function, code):
    """Blank lines in strings stay, lines shared with a docstring stay, and decorators stay."""
    assert source(function).code == code
    made = {"noted": noted}
    exec(code, made)
    arguments = [1] if function in (one_line, decorated) else []
    assert made[function.__name__](*arguments) == function(*arguments)


def test_the_check_of_the_arguments_is_left_out_and_that_is_said():
    shown = source(two_layer.forward)
    assert "_arguments" not in shown.code and shown.checks
    assert shown._repr_markdown_().endswith(
        "{py:obj}`bp.two_layer.forward`, without the check of its arguments"
    )


def test_a_listing_begins_with_the_imports_that_nothing_else_shows():
    assert source(two_layer.Params).code.startswith("from typing import NamedTuple\n\n\nclass ")
    assert source(deep.forward).code.startswith("from bp.activations import Activation, sigmoid\n")
    assert source(two_layer.forward).code.startswith("def forward(")


def test_several_in_one_listing():
    shown = source(two_layer.Params, two_layer.Deltas)
    assert shown.names == ("bp.two_layer.Params", "bp.two_layer.Deltas")
    assert shown.code.count("import NamedTuple") == 1
    assert shown.code.endswith(
        "b2: np.ndarray\n\n\nclass Deltas(NamedTuple):\n"
        "    delta1: np.ndarray\n    delta2: np.ndarray"
    )


def test_several_take_all_that_one_module_gives_in_one_line():
    code = source(arithmetic.Number, arithmetic.value_of, arithmetic.exp).code
    assert code.startswith("from typing import Any, Self\nimport cmath\nimport math\n\n\nclass ")


def test_comments_and_strings_that_are_values_stay():
    assert source(Documented).code == (
        "class Documented:\n"
        "    field: int = 1\n"
        "    def method(self):\n"
        "        # A comment stays.\n"
        '        return "a string stays"'
    )


def test_a_method_starts_at_the_margin():
    shown = source(Documented.method)
    assert shown.code.startswith("def method(self):\n    # A comment")
    assert shown.names[0].endswith("Documented.method")


def test_two_ways_to_show_it():
    shown = listing.Listing(("bp.name",), "code")
    assert repr(shown) == "code"
    assert shown._repr_markdown_() == "```python\ncode\n```\n\n{py:obj}`bp.name`"


@pytest.mark.parametrize(
    "obj",
    [None, "linear", 3, equations, functools.partial(print)],
    ids=lambda obj: type(obj).__name__,
)
def test_only_functions_and_classes_are_shown(obj):
    with pytest.raises(TypeError, match=r"^objects must be functions or classes, got "):
        source(obj)


def test_nothing_to_show():
    with pytest.raises(TypeError, match=r"^objects must be 1 function or class or more, got none$"):
        source()


def test_what_stands_in_no_file_cannot_be_shown():
    made = {}
    exec("def function(): pass", made)
    for obj in (made["function"], int):
        with pytest.raises(ValueError, match=r"^objects must stand in a file, got "):
            source(obj)
