"""What the label of a display says: its prefix names the kind of the display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFINITION, CLAIM, EXPRESSION, REFUTED = "definition", "claim", "expression", "refuted claim"
PREFIXES = {"def-": DEFINITION, "eq-": CLAIM, "show-": EXPRESSION, "wrong-": REFUTED}


@dataclass(frozen=True)
class Labels:
    """The prefixes that a text uses, beside the four that always hold.

    Parameters
    ----------
    prefixes : mapping, optional
        From a prefix, or a whole label, to a kind: ``{"eq:": "claim", "eq:loss": "definition"}``.
        The longest one that fits decides.
    """

    prefixes: Mapping[str, str] = field(default_factory=dict)

    def kind_of(self, label: str) -> str:
        """Return what the display of this label is, or nothing."""
        known = {**PREFIXES, **self.prefixes}
        fitting = [one for one in known if label.startswith(one) and label not in PREFIXES]
        return known[max(fitting, key=len)] if fitting else ""

    def __str__(self) -> str:
        """Return the prefixes for a report."""
        *first, last = [f"({one}…)" for one in {**PREFIXES, **self.prefixes}]
        return f"{', '.join(first)} or {last}"
