"""What an import costs: NumPy, and nothing heavier; the API page has all that is public."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bp

MODULES = "equations two_layer deep descent in_place multiplications gradient_check".split()
MODULES += ["activations", "losses", "listing", "digits", "updates", "training"]
HEAVY = {"matplotlib", "lark", "IPython", "sympy", "yaml", "markdown_it", "nbformat", "scipy"}


def loaded_after(statement):
    """Return the top-level modules that a fresh interpreter holds after a statement."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", f"{statement}; {show}"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.parametrize("names", ["bp", ", ".join(f"bp.{name}" for name in MODULES)])
def test_import_needs_numpy_and_the_standard_library_alone(names):
    new = loaded_after(f"import {names}") - loaded_after("import numpy.random")
    assert not new & HEAVY
    assert new - set(sys.stdlib_module_names) == {"bp"}


def test_the_api_page_has_every_public_module():
    text = (Path(__file__).parents[1] / "book" / "api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\.\. automodule:: bp\.(\w+)$", text, re.MULTILINE)
    names = [module.name for module in pkgutil.iter_modules(bp.__path__)]
    assert sorted(listed) == sorted(name for name in names if name[0] != "_")
