"""Everyone who does the work: the package, plain scripts, and the peers that are installed.

A contender is made for one piece of work. It has `gradient`, which returns the gradient at the
start, weights and biases of each layer in turn; and `steps`, which takes that many full steps of
gradient descent and returns when they are done.
"""

import math
import warnings
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from bp import deep, descent, in_place, two_layer
from work import Work, book_sigmoid, plain_deep, plain_two_layer, printed_sigmoid


def layers_of(leaves):
    """Return weights and biases two by two."""
    return list(zip(leaves[::2], leaves[1::2], strict=True))


def net_of(leaves):
    """Return weights and biases as the parameters of `bp.deep`."""
    return tuple(deep.Layer(*pair) for pair in layers_of(leaves))


def leaves_of(tree):
    """Return the arrays of nested tuples or lists."""
    if isinstance(tree, tuple | list):
        return [leaf for part in tree for leaf in leaves_of(part)]
    return [np.asarray(tree)]


class Contender:
    """What all contenders share: the start of the work."""

    package = "numpy"

    def __init__(self, work: Work) -> None:
        self.work, self.eta = work, work.eta
        self.leaves, self.x, self.t = work.start()

    @staticmethod
    def suits(work: Work) -> bool:
        """Say whether the contender can do this work."""
        return True


# --- bp ---


class Readable(Contender):
    """The functions of the book, in the loop of `bp.descent.descend`."""

    package = "bp"
    net = deep

    def __init__(self, work):
        super().__init__(work)
        self.params = net_of(self.leaves)

    def gradient(self):
        return leaves_of(self.net.backpropagate(self.params, self.x, self.t))

    def steps(self, count):
        run = descent.descend(
            self.net.backpropagate, self.params, self.x, self.t, eta=self.eta, steps=count
        )
        for params in run:
            self.params = params


class BpDeep(Readable):
    name = "bp.deep"


class BpTwoLayer(Readable):
    name, net = "bp.two_layer", two_layer

    def __init__(self, work):
        super().__init__(work)
        self.params = two_layer.Params(*self.leaves)

    @staticmethod
    def suits(work):
        return len(work.sizes) == 3


class BpLoop(BpTwoLayer):
    """The loop that a reader writes, of public functions that check what they are given."""

    name = "bp.two_layer, own loop"

    def steps(self, count):
        params, x, t = self.params, self.x, self.t
        for _ in range(count):
            trace = two_layer.forward(params, x)
            grads = two_layer.gradients(params, trace, t)
            params = descent.update(params, grads, eta=self.eta)
        self.params = params


class BpInPlace(Contender):
    name, package = "bp.in_place", "bp"

    def __init__(self, work):
        super().__init__(work)
        self.params = net_of(self.leaves)
        self.run = in_place._Run(self.params, self.x, self.t, 1.0)

    def gradient(self):
        """Read it where a step leaves it: a difference of parameters would lose digits."""
        self.run.step()
        ends = [(one.gradient, one.n) for one in self.run.layers]
        return [part for g, n in ends for part in (g[:-1, :n], g[-1:, :n])]

    def steps(self, count):
        self.params = in_place.train(self.params, self.x, self.t, eta=self.eta, steps=count)


class Products(BpInPlace):
    """The matrix products of `bp.in_place` and nothing else: what no arrangement can save."""

    name = "its products alone"
    gradient = None

    def __init__(self, work):
        super().__init__(work)
        self.run.step()  # Numbers of the usual size everywhere.

    def steps(self, count):
        run = self.run
        for _ in range(count):
            for layer in run.layers:
                np.dot(layer.inputs, layer.weights, layer.h)
            for layer in reversed(run.layers):
                np.dot(layer.inputs.T, layer.delta, layer.gradient)
                if layer.before is not None:
                    np.dot(layer.delta, layer.weights.T, layer.before.delta)


# --- Plain scripts ---


class PlainTwoLayer(Contender):
    name = "plain script, two layers"

    @staticmethod
    def suits(work):
        return len(work.sizes) == 3

    def gradient(self):
        return list(plain_two_layer(*self.leaves, self.x, self.t, book_sigmoid))

    def steps(self, count):
        params, eta = self.leaves, self.eta
        for _ in range(count):
            grads = plain_two_layer(*params, self.x, self.t, book_sigmoid)
            params = [p - eta * g for p, g in zip(params, grads, strict=True)]
        self.leaves = params


class PlainDeep(Contender):
    name, sigmoid = "plain script, any depth", staticmethod(book_sigmoid)

    def gradient(self):
        return leaves_of(plain_deep(layers_of(self.leaves), self.x, self.t, self.sigmoid))

    def steps(self, count):
        layers, eta = layers_of(self.leaves), self.eta
        for _ in range(count):
            grads = plain_deep(layers, self.x, self.t, self.sigmoid)
            layers = [
                (w - eta * gw, b - eta * gb) for (w, b), (gw, gb) in zip(layers, grads, strict=True)
            ]
        self.leaves = leaves_of(layers)


class PlainPrinted(PlainDeep):
    name, sigmoid = "the same, σ as printed", staticmethod(printed_sigmoid)


# --- Peers ---


class Torch(Contender):
    name = package = "torch"

    def __init__(self, work):
        super().__init__(work)
        import torch

        self.torch = torch
        self.params = [torch.tensor(leaf, requires_grad=True) for leaf in self.leaves]
        self.x, self.t = torch.tensor(self.x), torch.tensor(self.t)
        self.optimizer = torch.optim.SGD(self.params, lr=self.eta)

    def backward(self):
        h = self.x
        for w, b in zip(self.params[::2], self.params[1::2], strict=True):
            h = self.torch.sigmoid(h @ w + b)
        self.optimizer.zero_grad()
        (((h - self.t) ** 2).sum() / 2).backward()

    def gradient(self):
        self.backward()
        return [p.grad.numpy().copy() for p in self.params]

    def steps(self, count):
        for _ in range(count):
            self.backward()
            self.optimizer.step()


class Jax(Contender):
    name = package = "jax"

    def __init__(self, work):
        super().__init__(work)
        import jax

        jax.config.update("jax_enable_x64", True)
        eta, sigmoid = self.eta, jax.nn.sigmoid

        def loss(leaves, x, t):
            h = x
            for w, b in zip(leaves[::2], leaves[1::2], strict=True):
                h = sigmoid(h @ w + b)
            return ((h - t) ** 2).sum() / 2

        def step(leaves, x, t):
            grads = jax.grad(loss)(leaves, x, t)
            return [p - eta * g for p, g in zip(leaves, grads, strict=True)]

        self.wait = jax.block_until_ready
        self.grad, self.step = jax.jit(jax.grad(loss)), jax.jit(step, donate_argnums=0)
        self.params = [jax.numpy.asarray(leaf) for leaf in self.leaves]
        self.x, self.t = jax.numpy.asarray(self.x), jax.numpy.asarray(self.t)

    def gradient(self):
        return leaves_of(self.grad(self.params, self.x, self.t))

    def steps(self, count):
        for _ in range(count):
            self.params = self.step(self.params, self.x, self.t)
        self.wait(self.params)


class Autograd(Contender):
    name = package = "autograd"

    def __init__(self, work):
        super().__init__(work)
        import autograd
        from autograd import numpy as np_

        def loss(layers):
            h = self.x
            for w, b in layers:
                h = 1 / (1 + np_.exp(-(np_.dot(h, w) + b)))
            return np_.sum((h - self.t) ** 2) / 2

        self.grad, self.layers = autograd.grad(loss), layers_of(self.leaves)

    def gradient(self):
        return leaves_of(self.grad(self.layers))

    def steps(self, count):
        for _ in range(count):
            self.layers = [
                (w - self.eta * gw, b - self.eta * gb)
                for (w, b), (gw, gb) in zip(self.layers, self.grad(self.layers), strict=True)
            ]


class ScikitLearn(Contender):
    """Its regressor has no sigmoid at the outputs. One more layer, of ones on the diagonal, makes
    the hidden layer before it the outputs; it is set back after each step.
    """

    name = package = "scikit-learn"

    def __init__(self, work):
        super().__init__(work)
        from sklearn.neural_network import MLPRegressor

        self.net = MLPRegressor(
            hidden_layer_sizes=work.sizes[1:],
            activation="logistic",
            solver="sgd",
            alpha=0.0,
            batch_size=work.rows,
            # It takes the mean over the rows.
            learning_rate_init=self.eta * work.rows,
            momentum=0.0,
            nesterovs_momentum=False,
            shuffle=False,
        )
        self.seen = None
        self.fit()
        for k, (w, b) in enumerate(layers_of(self.leaves)):
            self.net.coefs_[k][:], self.net.intercepts_[k][:] = w, b[0]
        self.set_back()
        optimizer = self.net._optimizer
        self.update = optimizer.update_params

    def fit(self):
        t = self.t[:, 0] if self.t.shape[1] == 1 else self.t
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.net.partial_fit(self.x, t)

    def set_back(self):
        self.net.coefs_[-1][:] = np.eye(self.work.sizes[-1])
        self.net.intercepts_[-1][:] = 0

    def gradient(self):
        """Read the gradient where it comes to the optimizer, and let it move nothing."""
        seen = []
        self.net._optimizer.update_params = lambda params, grads: seen.extend(
            np.array(one) * self.work.rows for one in grads
        )
        self.fit()
        self.net._optimizer.update_params = self.update
        half = len(seen) // 2
        return [
            one.reshape(-1, one.shape[-1])
            for pair in zip(seen[: half - 1], seen[half:-1], strict=True)
            for one in pair
        ]

    def steps(self, count):
        for _ in range(count):
            self.fit()
            self.set_back()


class Micrograd(Contender):
    """Every number is an object, so it does the smallest work alone."""

    name = package = "micrograd"

    def __init__(self, work):
        super().__init__(work)
        from micrograd.engine import Value

        self.value = Value
        self.params = [
            np.vectorize(lambda one: Value(float(one)), otypes=[object])(leaf)
            for leaf in self.leaves
        ]

    @staticmethod
    def suits(work):
        return work.rows == 1 and max(work.sizes) < 10

    def sigmoid(self, a):
        """Add what micrograd lacks, in its own way: a value that knows its slope."""
        out = self.value(1 / (1 + math.exp(-a.data)), (a,), "sigmoid")

        def backward():
            a.grad += out.data * (1 - out.data) * out.grad

        out._backward = backward
        return out

    def backward(self):
        h = list(self.x[0])
        for w, b in zip(self.params[::2], self.params[1::2], strict=True):
            sums = [
                sum((h[i] * w[i, j] for i in range(len(w))), b[0, j]) for j in range(w.shape[1])
            ]
            h = [self.sigmoid(a) for a in sums]
        for leaf in self.params:
            for one in leaf.flat:
                one.grad = 0.0
        loss = sum((y - float(t)) ** 2 for y, t in zip(h, self.t[0], strict=True)) * 0.5
        loss.backward()

    def gradient(self):
        self.backward()
        return [np.vectorize(lambda one: one.grad)(leaf) for leaf in self.params]

    def steps(self, count):
        for _ in range(count):
            self.backward()
            for leaf in self.params:
                for one in leaf.flat:
                    one.data -= self.eta * one.grad


CONTENDERS = [BpTwoLayer, BpLoop, BpDeep, BpInPlace, Products]
CONTENDERS += [PlainTwoLayer, PlainDeep, PlainPrinted]
CONTENDERS += [Torch, Jax, Autograd, ScikitLearn, Micrograd]


def installed(contender: type[Contender]) -> str | None:
    """Return the version of a contender's package, or None where it is missing."""
    try:
        return version(contender.package)
    except PackageNotFoundError:
        return None
