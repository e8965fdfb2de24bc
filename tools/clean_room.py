"""A clean room for chapters: what a machine or its user has set does not reach them.

Chapters are run, to be stored and to be tested, by the Python that runs this, with settings, fonts
and history of their own in `_build/clean-room`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from files import replace

FOLDER = Path(__file__).resolve().parent.parent / "_build" / "clean-room"
# What steers Python, IPython, Jupyter, Matplotlib and NumPy.
STEERING = ("PYTHON", "IPYTHON", "JUPYTER", "MPL", "MATPLOTLIB", "NPY_")
OWN = {
    "IPYTHONDIR": str(FOLDER / "ipython"),
    "JUPYTER_CONFIG_DIR": str(FOLDER / "config"),
    "JUPYTER_DATA_DIR": str(FOLDER / "data"),
    "JUPYTER_PATH": str(FOLDER / "data"),
    "JUPYTER_RUNTIME_DIR": str(FOLDER / "runtime"),
    "MPLCONFIGDIR": str(FOLDER / "matplotlib"),
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
}
# A kernel loads a debugger, a quarter of its start, and chapters need none.
LAUNCH = """\
import sys
sys.modules["debugpy"] = None
from ipykernel import kernelapp
kernelapp.launch_new_instance()"""
KERNEL = {
    "argv": [sys.executable, "-P", "-c", LAUNCH, "-f", "{connection_file}"],
    "display_name": "Python 3",
    "language": "python",
}

# Kernels at work at the same time would wait for one file of history.
SETTINGS = 'get_config().HistoryManager.hist_file = ":memory:"\n'
FILES = {
    FOLDER / "data" / "kernels" / "python3" / "kernel.json": json.dumps(KERNEL),
    FOLDER / "ipython" / "profile_default" / "ipython_config.py": SETTINGS,
}


def furnish() -> None:
    """Put into the room what has to be there before a chapter runs."""
    for folder in (OWN["MPLCONFIGDIR"], OWN["JUPYTER_RUNTIME_DIR"]):
        Path(folder).mkdir(parents=True, exist_ok=True)
    for file, content in FILES.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        replace(file, content)
    # The first use of Matplotlib looks for fonts, and says so where that is slow.
    if not any(Path(OWN["MPLCONFIGDIR"]).glob("fontlist-*")):
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def clean_room() -> Iterator[None]:
    """Let kernels that are started inside know nothing of the user's settings."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(STEERING):
            del os.environ[name]
    os.environ.update(OWN)
    try:
        furnish()
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
