"""The colours can be read, and told apart, by all readers."""

from itertools import combinations

import numpy as np
import pytest
from colorspacious import cspace_convert

from bp.palette import DARK, LIGHT

TEXT = ["ink", "muted", "input", "hidden", "output", "target", "delta"]
PARTS = ["ink", "input", "hidden", "output", "target", "delta"]
SIGHT = [None, "protanomaly", "deuteranomaly", "tritanomaly"]


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255


def luminance(colour: str) -> float:
    """Return the relative luminance, as WCAG 2.2 defines it."""
    value = rgb(colour)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, sight: str | None) -> np.ndarray:
    """Return a colour in CAM02-UCS as eyes of a kind see it."""
    value = rgb(colour)
    if sight:
        space = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
        value = np.clip(cspace_convert(value, space, "sRGB1"), 0, 1)
    return cspace_convert(value, "sRGB1", "CAM02-UCS")


def test_white_on_black_has_the_contrast_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_both_themes_name_the_same_colours() -> None:
    assert list(LIGHT) == list(DARK)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_names_share_a_colour(theme: dict[str, str]) -> None:
    assert len(set(theme.values())) == len(theme)


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(theme: dict[str, str], name: str) -> None:
    assert contrast(theme[name], theme["paper"]) >= 4.5


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_parts_of_the_net_differ_for_all_eyes(theme: dict[str, str], sight: str | None) -> None:
    distances = [
        np.linalg.norm(seen(theme[one], sight) - seen(theme[other], sight))
        for one, other in combinations(PARTS, 2)
    ]
    assert min(distances) >= 12 - 0.05
