"""The equations of the book, one function each.

Every array holds one example a row: ``x`` is (N, inputs), so ``x @ w + b`` is the formula as it is
printed. Every function is pure: it returns a new value and changes nothing.
"""

import numpy as np

from bp.shapes import Array, array, shapes


@shapes(x="N m", w="m n", b="1 n")
def linear(x: Array, w: Array, b: Array) -> Array:
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

    Raises
    ------
    TypeError, ValueError
        If an argument is not an array of finite numbers of its shape.

    Notes
    -----
    Equations `eq-hidden-linear` and `eq-output-linear`; section 2 of the source.
    """
    return x @ w + b


@shapes(a=array("...", finite=False))
def sigmoid(a: Array) -> Array:
    """Return the sigmoid of every element.

    Parameters
    ----------
    a : ndarray, any shape
        Linear combinations. Infinity is allowed: its sigmoid is the limit, 0 or 1.

    Returns
    -------
    ndarray, shape of `a`
        Values from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        If `a` is not made of numbers, is empty, or holds NaN.

    Notes
    -----
    Equation `def-sigmoid`; section 3 of the source. Where a < 0 the fraction is extended by e^a, as
    in `eq-sigmoid-extended`, so that no exponent is above 0 and no exponential can overflow.
    """
    sigma: Array = np.exp(np.minimum(a, 0.0)) / (1 + np.exp(np.minimum(a, -a)))
    return sigma


@shapes(a=array("...", finite=False))
def sigmoid_prime(a: Array) -> Array:
    """Return the derivative of the sigmoid at every element.

    Parameters
    ----------
    a : ndarray, any shape
        Linear combinations. Infinity is allowed: the slope there is 0.

    Returns
    -------
    ndarray, shape of `a`
        Slopes, from 0 to 1/4.

    Raises
    ------
    TypeError, ValueError
        If `a` is not made of numbers, is empty, or holds NaN.

    Notes
    -----
    Equation `eq-sigmoid-slope`; section 3 of the source. 1 − σ(a) stands as σ(−a), which it equals,
    because the subtraction loses every digit where σ(a) is close to 1.
    """
    return sigmoid(a) * sigmoid(-a)


@shapes(y="N outputs", t="N outputs")
def loss(y: Array, t: Array) -> np.float64:
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

    Raises
    ------
    TypeError, ValueError
        If an argument is not an array of finite numbers of its shape.

    Notes
    -----
    Equation `def-loss`; section 3 of the source.
    """
    return np.sum((y - t) ** 2) / 2


@shapes(y="N outputs", t="N outputs")
def delta_output(y: Array, t: Array) -> Array:
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

    Raises
    ------
    TypeError, ValueError
        If an argument is not an array of finite numbers of its shape.

    Notes
    -----
    Equation `eq-output-delta`; section 4 of the source.
    """
    return (y - t) * y * (1 - y)


@shapes(delta="N n", u="m n", h="N m")
def delta_hidden(delta: Array, u: Array, h: Array) -> Array:
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

    Raises
    ------
    TypeError, ValueError
        If an argument is not an array of finite numbers of its shape.

    Notes
    -----
    Equation `eq-hidden-delta`; sections 5 and 6 of the source.
    """
    return (delta @ u.T) * h * (1 - h)


@shapes(x="N m", delta="N n")
def weight_gradient(x: Array, delta: Array) -> Array:
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

    Raises
    ------
    TypeError, ValueError
        If an argument is not an array of finite numbers of its shape.

    Notes
    -----
    Equation `eq-output-gradient-matrix`; sections 4 and 5 of the source.
    """
    return x.T @ delta


@shapes(delta="N n")
def bias_gradient(delta: Array) -> Array:
    """Return the gradient of the loss with respect to the biases of a layer.

    Parameters
    ----------
    delta : ndarray, shape (N, n)
        Error signal of the layer.

    Returns
    -------
    ndarray, shape (1, n)
        The gradient: the sum of the rows.

    Raises
    ------
    TypeError, ValueError
        If `delta` is not an array of finite numbers of its shape.

    Notes
    -----
    Equation `eq-output-bias-gradient`; the source leaves the biases out.
    """
    gradient: Array = delta.sum(axis=0, keepdims=True)
    return gradient
