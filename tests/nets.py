"""Random nets for the tests, and ways to look into parameters without the package's own.

Every weight and every bias is drawn, between 0.3 and 1.3 in size, so that no block of a gradient is
zero by chance. Targets are 0 or 1.
"""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from bp import deep, equations, two_layer

SEEDS = st.integers(0, 2**32 - 1)
UNITS = st.integers(1, 5)


def signed(rng, *shape):
    return rng.uniform(0.3, 1.3, shape) * rng.choice([-1.0, 1.0], shape)


def two_layer_problem(seed, n_in=3, n_hidden=4, n_out=2, rows=4):
    """Return parameters, inputs and targets."""
    rng = np.random.default_rng(seed)
    params = two_layer.Params(
        signed(rng, n_in, n_hidden),
        signed(rng, 1, n_hidden),
        signed(rng, n_hidden, n_out),
        signed(rng, 1, n_out),
    )
    return params, signed(rng, rows, n_in), rng.integers(0, 2, (rows, n_out)).astype(float)


def deep_problem(seed, sizes=(3, 4, 5, 2), rows=4):
    """Return layers, inputs and targets."""
    rng = np.random.default_rng(seed)
    layers = tuple(deep.Layer(signed(rng, m, n), signed(rng, 1, n)) for m, n in pairwise(sizes))
    return layers, signed(rng, rows, sizes[0]), rng.integers(0, 2, (rows, sizes[-1])).astype(float)


two_layer_problems = st.builds(
    two_layer_problem, SEEDS, n_in=UNITS, n_hidden=UNITS, n_out=UNITS, rows=st.integers(1, 8)
)
deep_problems = st.builds(
    deep_problem, SEEDS, sizes=st.lists(UNITS, min_size=2, max_size=5), rows=st.integers(1, 8)
)


def gradients(net, params, x, t):
    """Run one of the two modules forward and backward."""
    return net.gradients(params, net.forward(params, x), t)


def output(trace):
    return trace.y if isinstance(trace, two_layer.Trace) else trace.outputs[-1]


def loss_of(net, x, t):
    """Return the loss as a function of the parameters alone."""
    return lambda params: equations.loss(output(net.forward(params, x)), t)


def flat(tree):
    """Return every array of nested tuples in one list."""
    return [leaf for part in tree for leaf in flat(part)] if isinstance(tree, tuple) else [tree]


def identical(one, other):
    """Say whether two nested tuples hold the same bits in the same shapes."""
    return [(a.shape, a.tobytes()) for a in flat(one)] == [
        (a.shape, a.tobytes()) for a in flat(other)
    ]
