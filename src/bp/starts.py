"""Ways to start a net: each draws the parameters of `bp.deep` from a generator.

`bp.deep.init`, with weights of standard deviation 1/√m, is the usual one. Here are two others, and
the exchange of sigmoids for tanh that the second is derived from.
"""

from collections.abc import Sequence

import numpy as np

from bp import deep
from bp.deep import Layer


def glorot(rng: np.random.Generator, sizes: Sequence[int]) -> tuple[Layer, ...]:
    """Draw parameters at random, with weights that suit both directions of a net of tanh.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.
    sizes : sequence of int
        The number of inputs, of the units of each hidden layer in order, and of outputs.

    Returns
    -------
    tuple of Layer
        Weights from a normal distribution with standard deviation √(2/(m + n)), where m units feed
        a layer of n. Biases are 0.

    Raises
    ------
    TypeError, ValueError
        As `bp.deep.init`.

    Notes
    -----
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks"
    (2010), equation 12.
    """
    return tuple(
        Layer(w * np.sqrt(2 * len(w) / (len(w) + b.size)), b) for w, b in deep.init(rng, sizes)
    )


def centred(rng: np.random.Generator, sizes: Sequence[int]) -> tuple[Layer, ...]:
    """Draw parameters at random for a net of sigmoids, so that it starts as a net of tanh does.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.
    sizes : sequence of int
        The number of inputs, of the units of each hidden layer in order, and of outputs.

    Returns
    -------
    tuple of Layer
        Weights from a normal distribution with standard deviation 4/√m, where m is the number of
        units that feed the layer. Each bias is minus half the sum of the weights into its unit. The
        first layer, which no sigmoid feeds, has standard deviation 2/√m and biases of 0.

    Raises
    ------
    TypeError, ValueError
        As `bp.deep.init`.

    Notes
    -----
    Equation `eq-sigmoid-as-tanh`: the hidden layers are those that `bp.deep.init` gives a net of
    tanh, as `as_tanh` shows.
    """
    first, *rest = deep.init(rng, sizes)
    return (
        Layer(2 * first.w, first.b),
        *(Layer(4 * w, -2 * w.sum(axis=0, keepdims=True)) for w, _ in rest),
    )


def as_tanh(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return the net with tanh in its hidden layers that computes what this net of sigmoids does.

    Parameters
    ----------
    layers : tuple of Layer
        The parameters of a net whose hidden layers are sigmoids.

    Returns
    -------
    tuple of Layer
        Parameters for the same function with tanh in the hidden layers. The activation function of
        the last layer stays what it is.

    Raises
    ------
    TypeError, ValueError
        If `layers` are not those of a net, or hold a number that is not finite.

    Notes
    -----
    Equation `eq-sigmoid-as-tanh`, in every layer.
    """
    leaves = tuple(deep._leaves(layers))
    layers = deep._in_layers(deep._spec(len(layers)).accept(leaves))
    last = len(layers) - 1
    changed = []
    for k, (w, b) in enumerate(layers):
        # What a sigmoid hands on is half of tanh, and a half that goes into the bias.
        onward, bias = (w, b) if k == 0 else (w / 2, b + w.sum(axis=0, keepdims=True) / 2)
        changed.append(Layer(onward, bias) if k == last else Layer(onward / 2, bias / 2))
    return tuple(changed)
