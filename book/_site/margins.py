"""The reasons for the lines of a derivation stand beside it, where the screen is wide enough."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)


class JoinReasons(SphinxPostTransform):
    """Put each display and the reasons that follow it into one box."""

    default_priority = 6

    def run(self) -> None:
        """Join the pairs of one page."""
        for reasons in list(self.document.findall(nodes.admonition)):
            if "reasons" not in reasons["classes"]:
                continue
            display = reasons.previous_sibling()
            if not isinstance(display, nodes.math_block):
                LOGGER.warning("reasons stand below no displayed formula", location=reasons)
                continue
            parent, start = display.parent, display.parent.index(display)
            box = nodes.container(classes=["derivation"])
            parent[start : start + 2] = [box]
            box += [display, reasons]


def setup(app: Sphinx) -> None:
    """Join them on every page."""
    app.add_post_transform(JoinReasons)
