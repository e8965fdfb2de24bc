"""The work that everyone does: the nets, their data, and a plain script to compare with."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bp.equations import sigmoid

ETA = 0.1
"""The learning rate of the mean loss; divided by the rows it is that of the sum."""


@dataclass(frozen=True)
class Work:
    """One net and one batch for gradient descent in float64, with sigmoids and half squares."""

    sizes: tuple[int, ...]
    rows: int

    def __str__(self) -> str:
        """Return a name for tables."""
        if len(set(self.sizes)) == 1 and len(self.sizes) > 3:
            return f"{len(self.sizes) - 1} layers of {self.sizes[0]}, N = {self.rows}"
        return f"{'-'.join(map(str, self.sizes))}, N = {self.rows}"

    @property
    def eta(self) -> float:
        """The learning rate of the sum."""
        return ETA / self.rows

    def start(self) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """Return weights and biases of each layer in turn, inputs and targets: always the same."""
        rng = np.random.default_rng(0)
        leaves = []
        for m, n in pairwise(self.sizes):
            leaves += [rng.standard_normal((m, n)) / np.sqrt(m), rng.standard_normal((1, n)) / 10]
        x = rng.standard_normal((self.rows, self.sizes[0]))
        return leaves, x, rng.uniform(size=(self.rows, self.sizes[-1]))


WORK = [
    Work((2, 3, 2), 1),
    Work((2, 3, 2), 64),
    Work((2, 3, 2), 4096),
    Work((64, 32, 10), 32),
    Work((784, 100, 10), 10),
    Work((784, 100, 10), 256),
    Work((64,) * 21, 64),
    Work((784, 1000, 1000, 10), 256),
]


# A script as one writes it: arrays, formulas, and no checks. Its sigmoid is that of the book, so
# that both compute the same numbers; `printed_sigmoid` is the shorter one, which warns of overflow.

book_sigmoid = sigmoid


def printed_sigmoid(a):
    """Return the sigmoid by its formula as printed."""
    return 1 / (1 + np.exp(-a))


def plain_two_layer(w, b1, u, b2, x, t, sigmoid):
    """Return the gradients of a net with one hidden layer."""
    h = sigmoid(x @ w + b1)
    y = sigmoid(h @ u + b2)
    delta2 = (y - t) * y * (1 - y)
    delta1 = (delta2 @ u.T) * h * (1 - h)
    return (
        x.T @ delta1,
        delta1.sum(axis=0, keepdims=True),
        h.T @ delta2,
        delta2.sum(axis=0, keepdims=True),
    )


def plain_deep(layers, x, t, sigmoid):
    """Return the gradients of a net of any depth."""
    hs = [x]
    for w, b in layers:
        hs.append(sigmoid(hs[-1] @ w + b))
    y = hs[-1]
    delta = (y - t) * y * (1 - y)
    grads = []
    for k in range(len(layers) - 1, -1, -1):
        grads.append((hs[k].T @ delta, delta.sum(axis=0, keepdims=True)))
        if k:
            h = hs[k]
            delta = (delta @ layers[k][0].T) * h * (1 - h)
    return grads[::-1]


def duration(value: float) -> str:
    """Return seconds in a unit that fits."""
    return f"{value * 1e6:.1f} µs" if value < 1e-3 else f"{value * 1e3:.2f} ms"
