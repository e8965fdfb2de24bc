"""The equations that the book computes, one function each: plain NumPy, to be read and copied.

Every array holds one example a row: ``x`` is (N, inputs), so ``x @ w + b`` is the formula as it is
printed. Every function is pure: it returns a new value and changes nothing. None checks what it is
given, and NumPy stretches what does not fit where it can; the nets of `bp.two_layer` and `bp.deep`
check their arguments.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bp import _floats as np
else:
    import numpy as np


def linear(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the linear combination of the inputs of one layer.

    Parameters
    ----------
    x : ndarray, shape (N, m)
        Inputs of the layer, one example a row.
    w : ndarray, shape (m, n)
        Weights: ``w[i, j]`` runs from unit i to unit j.
    b : ndarray, shape (1, n)
        Biases.

    Returns
    -------
    ndarray, shape (N, n)
        The linear combinations, called a in the book.

    Notes
    -----
    Equations `eq-hidden-linear` and `eq-output-linear`; section 2 of the source.
    """
    return x @ w + b


def sigmoid(a: np.ndarray) -> np.ndarray:
    """Return the sigmoid of every element.

    Parameters
    ----------
    a : ndarray, any shape
        Linear combinations, or one number. The sigmoid of an infinity is its limit, 0 or 1.

    Returns
    -------
    ndarray, shape of `a`
        Values from 0 to 1.

    Notes
    -----
    Equation `def-sigmoid`; section 3 of the source. Where a < 0 the fraction is extended by e^a, as
    in `eq-sigmoid-extended`, so that no exponent is above 0 and no exponential can overflow. One
    that is too small for a float is 0, whatever NumPy has been told to do about underflow. 0 − a
    stands for −a, which of an unsigned number is a large one.
    """
    with np.errstate(under="ignore"):
        return np.exp(np.minimum(a, 0.0)) / (1 + np.exp(np.minimum(a, 0.0 - a)))


def sigmoid_prime(a: np.ndarray) -> np.ndarray:
    """Return the derivative of the sigmoid at every element.

    Parameters
    ----------
    a : ndarray, any shape
        Linear combinations, or one number. The slope at an infinity is 0.

    Returns
    -------
    ndarray, shape of `a`
        Slopes, from 0 to 1/4.

    Notes
    -----
    Equation `eq-sigmoid-slope`; section 3 of the source. 1 − σ(a) stands as σ(−a), which it equals,
    because the subtraction loses every digit where σ(a) is close to 1.
    """
    return sigmoid(a) * sigmoid(-a)


def loss(y: np.ndarray, t: np.ndarray) -> np.float64:
    """Return half the sum of the squared errors, over outputs and rows.

    Parameters
    ----------
    y : ndarray, shape (N, outputs)
        Outputs of the net.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    float
        The loss L. It is a sum, not a mean: it grows with N.

    Notes
    -----
    Equation `def-loss`; section 3 of the source.
    """
    return np.sum((y - t) ** 2) / 2


def delta_output(y: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the error signal of the output layer.

    Parameters
    ----------
    y : ndarray, shape (N, outputs)
        Outputs of the net, sigmoids of their linear combinations.
    t : ndarray, shape (N, outputs)
        Targets.

    Returns
    -------
    ndarray, shape (N, outputs)
        ∂L/∂a of the output layer, for the loss of `loss` and sigmoid outputs.

    Notes
    -----
    Equation `eq-output-delta`; section 4 of the source.
    """
    return (y - t) * y * (1 - y)


def delta_hidden(delta: np.ndarray, u: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Return the error signal of a hidden layer from that of the next layer.

    Parameters
    ----------
    delta : ndarray, shape (N, n)
        Error signal of the next layer.
    u : ndarray, shape (m, n)
        Weights from this layer to the next, at the values that the forward pass used.
    h : ndarray, shape (N, m)
        Outputs of this layer, sigmoids of their linear combinations.

    Returns
    -------
    ndarray, shape (N, m)
        ∂L/∂a of this layer.

    Notes
    -----
    Equation `eq-hidden-delta`; sections 5 and 6 of the source.
    """
    return (delta @ u.T) * h * (1 - h)


def weight_gradient(x: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """Return the gradient of the loss with respect to the weights of a layer.

    Parameters
    ----------
    x : ndarray, shape (N, m)
        Inputs of the layer.
    delta : ndarray, shape (N, n)
        Error signal of the layer.

    Returns
    -------
    ndarray, shape (m, n)
        The gradient, summed over rows, in the shape of the weights.

    Notes
    -----
    Equation `eq-output-gradient-matrix`; sections 4 and 5 of the source.
    """
    return x.T @ delta


def bias_gradient(delta: np.ndarray) -> np.ndarray:
    """Return the gradient of the loss with respect to the biases of a layer.

    Parameters
    ----------
    delta : ndarray, shape (N, n)
        Error signal of the layer.

    Returns
    -------
    ndarray, shape (1, n)
        The gradient: the sum of the rows.

    Notes
    -----
    Equation `eq-output-bias-gradient`; the source leaves the biases out.
    """
    return delta.sum(axis=0, keepdims=True)  # type: ignore[no-any-return]
