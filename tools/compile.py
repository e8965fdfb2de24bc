"""What compile.mjs runs inside Pyodide: its Python alone compiles for its Python."""

import importlib
import io
import py_compile
import re
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

# What chapters import, with all that these import in turn, and what runs the cells.
STARTED = (
    "numpy", "numpy.random", "lark", "markdown_it", "mdit_py_plugins.amsmath",
    "mdit_py_plugins.attrs", "mdit_py_plugins.colon_fence", "mdit_py_plugins.dollarmath",
    "yaml", "interegular",
    "ast", "decimal", "inspect", "linecache", "random", "tempfile", "tomllib", "traceback",
)  # fmt: skip
DRAWN = ("matplotlib.figure", "matplotlib.patches", "matplotlib.backends.backend_svg")

UNUSED = (".a", ".c", ".cpp", ".h", ".pxd", ".pyi", ".afm")
# Processes, servers and windows cannot be had in a page; tests and samples are not asked for.
FOLDERS = {
    "multiprocessing", "xmlrpc", "curses", "dbm", "f2py", "tests", "sample_data", "web_backend",
    "images", "pdfcorefonts",
}  # fmt: skip
SITE = Path("/lib/python3.12/site-packages")
FONTS = "matplotlib/fontlist.json"
# Compiled parts of NumPy that its own tests alone import.
TESTS = ("lapack_lite.", "_operand_flag_tests.", "_rational_tests.", "_struct_ufunc_tests.")
# Alphabets of other times.
RARE = re.compile(
    r"encodings/(cp(?!437|1252)|iso(?!8859_15?\.)|mac_|koi8|big5|gb|euc|shift|johab|hz|kz|ptcp|tis|hp_).*"
)
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH


def compiled(name: str, text: bytes) -> bytes:
    """Return a module as Python stores it compiled."""
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "module.py"), Path(folder, "module.pyc")
        source.write_bytes(text)
        py_compile.compile(
            str(source), str(target), name, doraise=True, invalidation_mode=UNCHECKED
        )
        return target.read_bytes()


def prepare(archive: str, imported: set[str]) -> None:
    """Write an archive anew: without what no page uses, and with what it imports compiled."""
    with (
        zipfile.ZipFile(f"/from/{archive}") as old,
        zipfile.ZipFile(f"/to/{archive}", "w", zipfile.ZIP_STORED) as new,
    ):
        for name in sorted(old.namelist()):
            folders, _, file = name.rpartition("/")
            if file.endswith(UNUSED) or FOLDERS & set(folders.split("/")):
                continue
            if not file or file.startswith(TESTS) or RARE.fullmatch(name):
                continue
            # The list of fonts in the wheel is of another version; a page would make it anew.
            text = (SITE / name).read_bytes() if name == FONTS else old.read(name)
            if name.endswith(".py") and name in imported:
                name, text = name + "c", compiled(name, text)
            new.writestr(zipfile.ZipInfo(name), text)


def draw() -> None:
    """Draw something, so that all that drawing needs is imported, and the fonts are listed."""
    for name in DRAWN:
        importlib.import_module(name)
    figure = sys.modules["matplotlib.figure"].Figure(layout="constrained")
    figure.add_subplot().set_title("$x_1$")
    figure.savefig(io.StringIO(), format="svg")


for name in STARTED:
    importlib.import_module(name)
if any(name.startswith("matplotlib-") for name in archives):  # noqa: F821
    draw()
places = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
found = {
    place.partition(root)[2]
    for place in places
    for root in ("/lib/python312.zip/", f"{SITE}/")
    if place.startswith(root)
}
for one in archives:  # noqa: F821
    prepare(one, found)
