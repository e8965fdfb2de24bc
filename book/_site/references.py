"""References: their labels are short, and those of a project carry its name."""

import re

from pybtex.database import Person
from pybtex.plugin import register_plugin
from pybtex.style.formatting.alpha import Style
from pybtex.style.labels.alpha import LabelStyle
from sphinx.application import Sphinx

# What is said of a group, beside its name.
GROUP = {"The", "authors", "community", "lab", "Academy"}


class Labels(LabelStyle):  # type: ignore[misc]
    """Makes labels of the first letters of authors and of the year, or of a project's name."""

    def format_lab_names(self, persons: list[Person]) -> str:
        """Return what the names give to the label: Bis of Bishop, PyTorch of its authors."""
        if len(persons) > 1:
            return str(super().format_lab_names(persons))
        words = re.sub(r"[^\w ]", "", " ".join(persons[0].last_names)).split()
        return words[0][:3] if len(words) == 1 else "".join(w for w in words if w not in GROUP)


class BookStyle(Style):  # type: ignore[misc]
    """The style `alpha`, with these labels."""

    default_label_style = Labels


def setup(app: Sphinx) -> None:
    """Register the style."""
    register_plugin("pybtex.style.formatting", "book", BookStyle)
