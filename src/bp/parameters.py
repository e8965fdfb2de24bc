"""The arrays inside the parameters of either net, one after the other.

Parameters are tuples: `bp.two_layer.Params`, `bp.deep.Layer`, or a tuple of `Layer`. What is done
to every parameter alike, an update or a derivative, is written once, over these arrays.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, cast

from bp.shapes import Array, array

Tree = TypeVar("Tree", bound=tuple[Any, ...])
"""The type of the parameters."""

_any_shape = array("...")


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
        If `tree` is not a tuple, or an array in it is not made of finite numbers.
    """
    if not isinstance(tree, tuple):
        raise TypeError(f"{name} must be the parameters of a net, got {type(tree).__name__}")
    return {where: _any_shape(where, leaf, {}) for where, leaf in _leaves(name, tree)}


def _leaves(name: str, tree: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(tree, tuple):
        yield name, tree
        return
    fields = getattr(tree, "_fields", None)
    for k, part in enumerate(tree):
        yield from _leaves(f"{name}.{fields[k]}" if fields else f"{name}[{k}]", part)


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
    if not isinstance(like, tuple):
        return next(leaves)
    parts = [_fill(part, leaves) for part in like]
    return type(like)(*parts) if hasattr(like, "_fields") else tuple(parts)


def same_structure(
    name: str, tree: tuple[Any, ...], other: str, reference: tuple[Any, ...]
) -> None:
    """Raise `TypeError` or `ValueError` unless two sets of parameters fit, array by array.

    Parameters
    ----------
    name, other : str
        The names of the two arguments, for errors.
    tree, reference : tuple
        The parameters, and those whose structure they should have.
    """
    got, want = arrays(name, tree), arrays(other, reference)
    got_names = [where.removeprefix(name) for where in got]
    want_names = [where.removeprefix(other) for where in want]
    if type(tree) is not type(reference) or got_names != want_names:
        raise TypeError(
            f"{name} must have the structure of {other}, {_describe(reference)}, "
            f"got {_describe(tree)}"
        )
    for (where, value), (there, model) in zip(got.items(), want.items(), strict=True):
        if value.shape != model.shape:
            raise ValueError(
                f"{where} must have shape {model.shape} as {there} has, got {value.shape}"
            )


def _describe(tree: tuple[Any, ...]) -> str:
    kind = type(tree).__name__
    return f"a {kind} of {len(tree)}" if kind == "tuple" else f"a {kind}"
