"""The card that stands for the book where its address is shared."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from contents import ROOT
from PIL import Image

import card
from bp.palette import LIGHT

# What a picture shows is compared, never its pixels: how letters and edges are drawn, and in which
# font, depends on the machine.
PARTS = ("ink", "input", "hidden", "output", "target")


def check(file: Path) -> None:
    """Check that a file is a card of this book, with each part of the net in its colour."""
    assert file.stat().st_size < 50_000
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        assert picture.text["digest"] == card.digest(), "run tools/card.py"
        pixels = np.asarray(picture.convert("RGB"), dtype=int)
    for name in PARTS:
        colour = [int(LIGHT[name][at : at + 2], 16) for at in (1, 3, 5)]
        near = np.abs(pixels - colour).max(axis=-1) < 16
        assert near.sum() > 100, f"nothing is {name}"
    paper = np.abs(pixels - pixels[0, 0]).max(axis=-1) < 16
    assert 0.5 < paper.mean() < 0.99


def test_the_stored_card_is_that_of_this_book() -> None:
    check(card.CARD)


@pytest.mark.usefixtures("browser")
def test_the_command_draws_a_card(tmp_path: Path) -> None:
    file = tmp_path / "card.png"
    command = [sys.executable, str(ROOT / "tools" / "card.py"), "--to", str(file)]
    subprocess.run(command, check=True)
    check(file)
    assert list(tmp_path.iterdir()) == [file]
