"""Handwritten digits: 1,797 images of 8 × 8 pixels, and what each of them shows.

E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
Repository (1998), https://doi.org/10.24432/C50P49, licence CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/). These are the images of the file ``optdigits.tes``,
as scikit-learn hands them on. The authors divided scans of 32 × 32 black and white points into
blocks of 4 × 4; a pixel is the number of black points in its block, 0 to 16. Here the rows are
packed into one array of bytes, and nothing else is changed.
"""

from importlib.resources import files
from typing import NamedTuple

import numpy as np

from bp._validate import Array


class Digits(NamedTuple):
    """Some of the images, with their targets."""

    x: Array
    """Pixels, shape (N, 64), each from 0 (white) to 1 (black); an image row by row."""
    t: Array
    """Targets, shape (N, 10): 1 in the column of the digit, 0 elsewhere."""
    labels: np.ndarray
    """Digits, shape (N,), whole numbers from 0 to 9."""


def load() -> tuple[Digits, Digits]:
    """Read the images from the package.

    Returns
    -------
    tuple of Digits
        The 1,437 images to train with, and the 360 to test with. Every fifth image, beginning with
        the first, is for testing.

    Notes
    -----
    The images are by 13 people, and each person's hand is in both parts. The test tells how well a
    net reads further digits of people it knows.
    """
    with files("bp").joinpath("digits.npz").open("rb") as file:
        rows = np.load(file)["rows"]
    tested = np.arange(len(rows)) % 5 == 0
    return _digits(rows[~tested]), _digits(rows[tested])


def _digits(rows: np.ndarray) -> Digits:
    labels = rows[:, -1].astype(np.int64)
    return Digits(rows[:, :-1] / 16.0, np.eye(10)[labels], labels)
