"""The card that stands for the book where its address is shared."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from contents import ROOT
from PIL import Image

import card

# The drawing, above the words: which font these are set in depends on the machine.
DRAWING = (0, 0, 1200, 380)


def test_the_stored_card_has_the_size_that_programs_expect() -> None:
    with Image.open(card.CARD) as stored:
        assert (stored.format, stored.size) == ("PNG", (1200, 630))
    assert card.CARD.stat().st_size < 50_000


def test_the_stored_card_was_drawn_from_what_is_there_now() -> None:
    with Image.open(card.CARD) as stored:
        assert stored.text["digest"] == card.digest(), "run tools/card.py"


@pytest.mark.usefixtures("browser")
def test_the_command_draws_the_stored_card(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "card.py"), "--to", str(tmp_path / "card.png")]
    subprocess.run(command, check=True)
    drawn, stored = (
        np.asarray(Image.open(file).convert("RGB").crop(DRAWING), dtype=float)
        for file in (tmp_path / "card.png", card.CARD)
    )
    assert np.abs(drawn - stored).mean() < 0.5
    assert np.ptp(stored) > 100
