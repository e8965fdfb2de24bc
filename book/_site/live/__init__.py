"""Cells that run in the page: what `tools/live.py` has assembled, and what the page needs with it.

Without an assembled runtime the book is complete, and its cells do not run.
"""

import base64
import gzip
import hashlib
import json
import posixpath
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from bp.palette import LIGHT

from .. import latex
from ..npm import package
from .parcels import (
    ARCHIVE,
    DOWNLOADS,
    PACKAGE,
    begin_wheel,
    is_notebook,
    notebook_of,
    write_archive,
    write_notebook,
)

HERE = Path(__file__).parent
LOG = logging.getLogger(__name__)
COMMAND = "python3 tools/run.py python tools/live.py"
# A cell with this tag prints something else in a browser, and the text says why.
DIFFERS = "differs-in-a-browser"
# Where all of it lies in the site.
LIVE = "_static/live"
# What others wrote goes with its licences, as a text that a reader can open.
LICENCES = "licences.txt"


def integrity(content: bytes) -> str:
    """Return the hash of a file as a browser reads it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


def find(app: Sphinx, config: Any) -> None:
    """Look for the runtime, and compare each of its files with its hash."""
    folder = Path(app.srcdir) / "_build" / "live"
    runtime = folder / "runtime.json"
    if not runtime.is_file():
        LOG.info("live pages: there is no runtime, so cells will not run; %s assembles it", COMMAND)
        return
    text = runtime.read_text(encoding="utf-8")
    for file in files(json.loads(text)):
        path = folder / file["file"]
        if not path.is_file() or integrity(path.read_bytes()) != file["integrity"]:
            LOG.warning("live pages: %s is not as assembled; %s mends it", path, COMMAND)
            return
    # A value of the configuration, so that pages are written anew when the runtime comes or goes.
    config.live_runtime = text


def files(runtime: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of all files of a runtime."""
    return [runtime["licences"], *runtime["core"], *runtime["figures"]]


def begin(app: Sphinx, env: BuildEnvironment) -> None:
    """Begin to build the wheel and to bundle the scripts, by programs that run meanwhile."""
    begun: dict[str, Callable[[], Any]] = {}
    if any(is_notebook(app, name) for name in env.found_docs):
        begun["live_wheel"] = begin_wheel(app)
    if app.config.live_runtime:
        begun["live_scripts"] = begin_bundle(Path(app.outdir) / LIVE)
    app.live_begun = begun  # type: ignore[attr-defined]


def await_programs(app: Sphinx, builder: Builder) -> None:
    """Wait for both before any page is written: pages name the wheel and the scripts."""
    app.live_scripts = {}  # type: ignore[attr-defined]
    for name, ended in app.live_begun.items():  # type: ignore[attr-defined]
        setattr(app, name, ended())


def scripts(app: Sphinx) -> dict[str, str]:
    """Return the names of the bundled scripts; none without a runtime."""
    names: dict[str, str] = app.live_scripts  # type: ignore[attr-defined]
    return names


COMMON = "--bundle --minify --loader:.css=text --loader:.py=text --log-level=warning".split()
KINDS = {("page", "ask"): "--format=esm --splitting", ("worker",): "--format=iife"}


def begin_bundle(target: Path) -> Callable[[], dict[str, str]]:
    """Begin to bundle the scripts into a folder.

    Returns
    -------
    callable
        Waits for them, and returns what each is called there. The licences of the packages inside
        are written beside them.
    """
    esbuild = shutil.which("esbuild", path=str(package(".bin")))
    if esbuild is None:
        raise ExtensionError("the npm package esbuild is not installed: python3 tools/run.py")
    # A build that broke off may have left its own.
    for old in target.glob("*.js"):
        old.unlink()
    started = {
        entries: subprocess.Popen(
            [
                esbuild,
                *(str(HERE / f"{entry}.ts") for entry in entries),
                *COMMON,
                *kind.split(),
                f"--outdir={target}",
                "--entry-names=[name]-[hash]",
                f"--metafile={report_of(target, entries)}",
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        for entries, kind in KINDS.items()
    }

    def bundle() -> dict[str, str]:
        made: dict[str, str] = {}
        inside: set[Path] = set()
        for entries, process in started.items():
            _, errors = process.communicate()
            if process.returncode:
                raise ExtensionError(f"esbuild: {errors.strip()}")
            report = report_of(target, entries)
            inside |= packages_in(json.loads(report.read_text(encoding="utf-8")))
            report.unlink()
            for entry in entries:
                (file,) = target.glob(f"{entry}-*.js")
                made[entry] = file.name
        write_licences(target, inside)
        return made

    return bundle


def report_of(target: Path, entries: tuple[str, ...]) -> Path:
    """Return the file in which esbuild reports what it has bundled."""
    return target / f"{entries[0]}.report.json"


def packages_in(report: dict[str, Any]) -> set[Path]:
    """Return the folders of the packages that esbuild has bundled."""
    found = set()
    for source in report["inputs"]:
        # The last part of a path such as ../node_modules/@codemirror/view/dist/index.js.
        _, inside, path = source.rpartition("node_modules/")
        if inside:
            names = path.split("/")
            found.add(package("/".join(names[: 2 if path.startswith("@") else 1])))
    return found


def write_licences(target: Path, folders: set[Path]) -> None:
    """Write the licences of packages into one file."""
    texts = [
        f"== {folder.relative_to(package('.')).as_posix()}\n{licence.read_text(encoding='utf-8')}"
        for folder in sorted(folders)
        for licence in folder.glob("LICEN*")
    ]
    (target / LICENCES).write_text("\n\n".join(texts), encoding="utf-8")


def folder_of(app: Sphinx, name: str) -> str:
    """Return the way from a page to the folder of all that runs cells."""
    return posixpath.relpath(LIVE, posixpath.dirname(app.builder.get_target_uri(name)) or ".")


def add_downloads(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Offer the notebook at the end of its chapter, and the formulas as LaTeX."""
    if not is_notebook(app, name):
        return
    write_notebook(app, name, app.live_wheel[0])  # type: ignore[attr-defined]
    up = posixpath.relpath(DOWNLOADS, posixpath.dirname(app.builder.get_target_uri(name)) or ".")
    own = posixpath.basename(name)
    offers = {f"{own}.ipynb": "this chapter as a notebook"}
    if latex.write(app, doctree, name, Path(app.outdir) / DOWNLOADS / f"{own}.tex"):
        offers[f"{own}.tex"] = "its formulas as LaTeX"
    links = [f'<a href="{up}/{file}" download>{words}</a>' for file, words in offers.items()]
    every = f'<a href="{up}/{ARCHIVE}" download>all chapters with the code of the book</a>'
    text = f"To take away: {', '.join(links)}, or {every}."
    text = f'<p class="take">{text}</p>'
    next(iter(doctree.findall(nodes.section))).append(nodes.raw("", text, format="html"))


def add_buttons(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Give each cell with code its button, and the chapter two of its own."""
    made, notebook = scripts(app), notebook_of(app, name)
    if not made or notebook is None:
        return
    found = [
        cell
        for cell in doctree.findall(nodes.container)
        if cell.get("nb_element") == "cell_code"
        and any(
            part.get("nb_element") == "cell_code_source" for part in cell.findall(nodes.container)
        )
    ]
    for cell in found:
        run = '<button type="button">Run</button>'
        bar = f'<p class="live" data-cell="{cell["cell_index"]}">{run}</p>'
        outputs = [
            place
            for place, part in enumerate(cell.children)
            if isinstance(part, nodes.container) and part.get("nb_element") == "cell_code_output"
        ]
        cell.insert(outputs[0] if outputs else len(cell), nodes.raw("", bar, format="html"))
    if found:
        up = folder_of(app, name)
        top = (
            f'<p class="live" data-cells="{name.replace("/", "-")}"'
            f' data-script="{up}/{made["page"]}">'
            "The cells run in the page, and can be changed."
            ' <button type="button">Run all</button> <button type="button">Restart</button>'
            f' <a href="{up}/{LICENCES}">Licences</a></p>'
        )
        first = found[0]
        first.parent.insert(first.parent.index(first), nodes.raw("", top, format="html"))
    cells = Path(app.outdir) / LIVE / "cells"
    cells.mkdir(parents=True, exist_ok=True)
    text = json.dumps(cells_of(notebook), ensure_ascii=False, separators=(",", ":"))
    (cells / f"{name.replace('/', '-')}.json").write_text(text, encoding="utf-8")


def cells_of(notebook: Any) -> list[dict[str, Any]]:
    """Return the code cells of a notebook: their source, and what they print."""
    return [
        {
            "index": index,
            "source": cell["source"],
            "differs": DIFFERS in cell["metadata"].get("tags", []),
            "outputs": [item(output) for output in cell["outputs"]],
        }
        for index, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
    ]


def item(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output as the page compares it; of a drawing it compares no bytes."""
    if output["output_type"] == "stream":
        return {"kind": output["name"], "text": output["text"]}
    data = {mime: "" if mime == "image/svg+xml" else text for mime, text in output["data"].items()}
    return {"kind": "show", "data": data}


def equations(app: Sphinx) -> dict[str, tuple[str, str]]:
    """Return for each label of an equation how a link to it reads, and where it leads."""
    env, found = app.env, {}
    for label, (page, _) in env.get_domain("math").equations.items():  # type: ignore[attr-defined]
        place = nodes.make_id(f"equation-{label}")
        numbers = env.toc_fignumbers.get(page, {}).get("displaymath", {}).get(place, ())
        number = app.config.math_eqref_format.format(number=".".join(map(str, numbers)))
        found[label] = number, f"{app.builder.get_target_uri(page)}#{place}"
    return found


def names(app: Sphinx) -> dict[str, str]:
    """Return for each name of the API page where it stands."""
    return {
        name: f"{app.builder.get_target_uri(entry.docname)}#{entry.node_id}"
        for name, entry in app.env.get_domain("py").objects.items()  # type: ignore[attr-defined]
    }


def publish(app: Sphinx) -> None:
    """Put the package, the notebooks, the runtime and the list of all into the site."""
    if not any(is_notebook(app, name) for name in app.env.found_docs):
        return
    name, content = app.live_wheel  # type: ignore[attr-defined]
    write_archive(app, name, content)
    if not app.config.live_runtime:
        return
    runtime = json.loads(app.config.live_runtime)
    source, target = Path(app.srcdir) / "_build" / "live", Path(app.outdir) / LIVE
    for file in [*runtime["core"], *runtime["figures"]]:
        shutil.copy(source / file["file"], target)
    # A reader is to read it, so it is not packed.
    own = gzip.decompress((source / runtime["licences"]["file"]).read_bytes()).decode()
    bundled = (target / LICENCES).read_text(encoding="utf-8")
    (target / LICENCES).write_text(f"{own}\n{bundled}", encoding="utf-8")
    (target / name).write_bytes(content)
    book = {"name": name, "file": name, "bytes": len(content), "integrity": integrity(content)}
    live = {
        "version": runtime["version"],
        "package": PACKAGE,
        "worker": scripts(app)["worker"],
        "ask": scripts(app)["ask"],
        "core": runtime["core"],
        "book": [book],
        "figures": runtime["figures"],
        "equations": equations(app),
        "names": names(app),
        "colours": {colour: name for name, colour in LIGHT.items()},
    }
    (target / "live.json").write_text(json.dumps(live, ensure_ascii=False), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the steps."""
    app.add_config_value("live_runtime", "", "html", str)
    app.connect("config-inited", find)
    # When the equations are judged, which takes all processors.
    app.connect("env-updated", begin)
    app.connect("write-started", await_programs)
    app.connect("doctree-resolved", add_buttons)
    app.connect("doctree-resolved", add_downloads)
    app.connect("pages-written", publish)
