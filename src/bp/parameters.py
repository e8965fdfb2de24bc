"""The arrays inside the parameters of either net, one after the other.

Parameters are tuples: `bp.two_layer.Params`, `bp.deep.Layer`, or a tuple of `Layer`. What is done
to every parameter alike, an update or a derivative, is written once, over these arrays. They are
real: the complex step alone moves a parameter off the real line, inside.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from typing import Any, TypeVar, cast

from bp.shapes import Array, array

Tree = TypeVar("Tree", bound=tuple[Any, ...])
"""The type of the parameters."""

_leaf = array("...", real=True)


def arrays(name: str, tree: tuple[Any, ...]) -> dict[str, Array]:
    """Return every array inside the parameters, checked, under the name a reader would use.

    Parameters
    ----------
    name : str
        The name of the argument, for errors.
    tree : tuple
        Parameters, or anything of their structure.

    Returns
    -------
    dict
        From names such as ``"params.w"`` or ``"params[0].b"`` to arrays, in order.

    Raises
    ------
    TypeError, ValueError
        If `tree` is not a tuple, holds no array, or an array in it is not made of finite real
        numbers.
    """
    if not isinstance(tree, tuple):
        raise TypeError(f"{name} must be the parameters of a net, got {type(tree).__name__}")
    found = {where: _leaf(where, leaf, {}) for where, leaf in _leaves(name, tree)}
    if not found:
        raise ValueError(f"{name} must hold 1 array or more, got {tree!r}")
    return found


def _leaves(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a NamedTuple, or those of every part of a tuple."""
    if hasattr(tree, "_fields"):
        for field, leaf in zip(tree._fields, tree, strict=True):
            yield f"{name}.{field}", leaf
    elif isinstance(tree, tuple):
        for k, part in enumerate(tree):
            yield from _leaves(f"{name}[{k}]", part)
    else:
        yield name, tree


def rebuild(like: Tree, leaves: Iterable[Any]) -> Tree:
    """Return arrays in the structure of some parameters.

    Parameters
    ----------
    like : tuple
        The parameters that give the structure.
    leaves : iterable
        One value for each array in `like`, in the order of `arrays`.

    Returns
    -------
    same type as `like`
        The new parameters.
    """
    return cast(Tree, _fill(like, iter(leaves)))


def _fill(like: Any, leaves: Iterator[Any]) -> Any:
    if hasattr(like, "_fields"):
        return type(like)(*islice(leaves, len(like)))
    if isinstance(like, tuple):
        return tuple(_fill(part, leaves) for part in like)
    return next(leaves)


def mapped(function: Callable[[Any, Any], Any], tree: Tree, other: Tree) -> Tree:
    """Return what a function makes of the arrays of two sets of parameters, in their structure."""
    result: Tree = _map(function, tree, other)
    return result


def _map(function: Callable[[Any, Any], Any], tree: Any, other: Any) -> Any:
    make = getattr(tree, "_make", None)
    if make:
        return make(map(function, tree, other))
    if isinstance(tree, tuple):
        return tuple(map(_map, repeat(function), tree, other))
    return function(tree, other)


def pairs(
    name: str, tree: tuple[Any, ...], other: str, reference: tuple[Any, ...]
) -> list[tuple[Array, Array]]:
    """Return the arrays of two sets of parameters two by two, once it is sure that they fit.

    Parameters
    ----------
    name, other : str
        The names of the two arguments, for errors.
    tree, reference : tuple
        The parameters, and those whose structure they should have.

    Returns
    -------
    list of tuple
        Each array of `tree`, and the array that stands in its place in `reference`.

    Raises
    ------
    TypeError, ValueError
        If the two have not the same structure and shapes, or an array is not made of finite real
        numbers.
    """
    got, want = arrays(name, tree), arrays(other, reference)
    if not _alike(tree, reference):
        inside, model = _structure(name, tree, got), _structure(other, reference, want)
        raise TypeError(f"{name} must have the structure of {other}, {model}, got {inside}")
    for (where, value), (there, fit) in zip(got.items(), want.items(), strict=True):
        if value.shape != fit.shape:
            raise ValueError(
                f"{where} must have shape {fit.shape} as {there} has, got {value.shape}"
            )
    return list(zip(got.values(), want.values(), strict=True))


def _alike(one: Any, other: Any) -> bool:
    """Say whether two trees branch in the same way; the fields of a NamedTuple are leaves."""
    if type(one) is not type(other):
        return not isinstance(one, tuple) and not isinstance(other, tuple)
    if hasattr(one, "_fields") or not isinstance(one, tuple):
        return True
    return len(one) == len(other) and all(map(_alike, one, other))


def _structure(name: str, tree: tuple[Any, ...], names: Iterable[str]) -> str:
    return f"{type(tree).__name__} of {', '.join(where.removeprefix(name) for where in names)}"
