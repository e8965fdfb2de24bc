"""What a chapter shows: the code as it stands, without its documentation."""

import functools

import pytest

from bp import equations, listing, two_layer
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


def test_a_function_without_its_docstring_and_with_its_decorator():
    shown = source(equations.weight_gradient)
    assert shown.code == (
        '@shapes(x="N m", delta="N n")\n'
        "def weight_gradient(x: Array, delta: Array) -> Array:\n"
        "    return x.T @ delta"
    )
    assert shown.name == "bp.equations.weight_gradient"


def test_a_class_without_any_documentation():
    shown = source(two_layer.Deltas)
    assert shown.code == "class Deltas(NamedTuple):\n    delta1: Array\n    delta2: Array"
    assert shown.name == "bp.two_layer.Deltas"


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
    assert shown.name.endswith("Documented.method")


def test_two_ways_to_show_it():
    shown = listing.Listing("bp.name", "code")
    assert repr(shown) == "code"
    assert shown._repr_markdown_() == "```python\ncode\n```\n\n{py:obj}`bp.name`"


@pytest.mark.parametrize(
    "obj",
    [None, "linear", 3, equations, functools.partial(print)],
    ids=lambda obj: type(obj).__name__,
)
def test_only_functions_and_classes_are_shown(obj):
    with pytest.raises(TypeError, match=r"^obj must be a function or a class, got "):
        source(obj)


def test_what_stands_in_no_file_cannot_be_shown():
    made = {}
    exec("def function(): pass", made)
    for obj in (made["function"], int):
        with pytest.raises(ValueError, match=r"^obj must stand in a file, got "):
            source(obj)
