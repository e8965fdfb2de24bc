"""The runtime of live pages: what is taken, what is refused, and what a second run finds."""

import base64
import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

import live

NAMES = ("numpy", "matplotlib", "fonttools")


def wheel(name: str) -> bytes:
    """Return a small wheel."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo(f"{name}-1.dist-info/METADATA"),
            f"Name: {name}\nLicense: of {name}\n",
        )
    return file.getvalue()


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a release of three wheels, where Matplotlib needs what no page needs."""
    folder = tmp_path / "release" / "inside"
    folder.mkdir(parents=True)
    packages = {}
    for name in NAMES:
        (folder / f"{name}-1.whl").write_bytes(wheel(name))
        packages[name] = {
            "name": name,
            "file_name": f"{name}-1.whl",
            "sha256": hashlib.sha256(wheel(name)).hexdigest(),
            "depends": ["numpy", "fonttools"] if name == "matplotlib" else [],
        }
    lock = json.dumps({"info": {"version": "0"}, "packages": packages}).encode()
    core = {**dict.fromkeys((*live.CORE, live.LOADER), b"core" * 100), live.LOCK: lock}
    monkeypatch.setattr(live, "core", lambda: dict(core))
    # Only the real Pyodide can compile.
    monkeypatch.setattr(live, "prepared", lambda files: {})
    return tmp_path / "release"


def listed(folder: Path) -> dict:
    """Return the list of what was assembled."""
    return json.loads((folder / live.LIST).read_text(encoding="utf-8"))


def test_a_release_is_assembled_and_every_file_is_listed_as_it_is(release: Path, tmp_path: Path):
    folder = tmp_path / "live"
    assert live.main(["--from", str(release), "--to", str(folder)]) == 0
    runtime = listed(folder)
    files = [runtime["licences"], *runtime["core"], *runtime["figures"]]
    for file in files:
        content = (folder / file["file"]).read_bytes()
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert file["integrity"] == f"sha256-{digest}" and file["bytes"] == len(content)
    assert [file["name"] for file in runtime["figures"]] == ["matplotlib-1.whl"]
    assert gzip.decompress((folder / "numpy-1.whl.packed").read_bytes()) == wheel("numpy")
    lock = json.loads(gzip.decompress((folder / f"{live.LOCK}.packed").read_bytes()))
    assert lock["packages"]["matplotlib"]["depends"] == ["numpy"]
    assert b"of numpy" in gzip.decompress((folder / "licences.txt.packed").read_bytes())
    with zipfile.ZipFile(
        io.BytesIO(gzip.decompress((folder / "packages.zip.packed").read_bytes()))
    ) as packages:
        assert {"lark/__init__.py", "yaml/__init__.py"} <= set(packages.namelist())
        assert not [name for name in packages.namelist() if name.endswith((".so", ".pyc"))]


@pytest.mark.parametrize("packed", ["folder", "archive"])
def test_a_tampered_wheel_is_refused_and_named(packed: str, release: Path, tmp_path: Path, capsys):
    place = release
    (release / "inside" / "matplotlib-1.whl").write_bytes(wheel("matplotlib") + b"more")
    if packed == "archive":
        place = tmp_path / "all.whl"
        with zipfile.ZipFile(place, "w") as archive:
            for file in (release / "inside").iterdir():
                archive.write(file, f"assets/{file.name}")
    folder = tmp_path / "live"
    assert live.main(["--from", str(place), "--to", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "matplotlib-1.whl" in said and "refused" in said
    # Nothing counts as assembled, and what was verified is kept.
    assert not (folder / live.LIST).exists()
    assert [path.name for path in folder.glob("**/*.whl")] == ["numpy-1.whl"]


def test_a_missing_wheel_is_named(release: Path, tmp_path: Path, capsys):
    (release / "inside" / "numpy-1.whl").unlink()
    assert live.main(["--from", str(release), "--to", str(tmp_path / "live")]) == 1
    assert "numpy-1.whl is not in" in capsys.readouterr().err


def test_a_run_goes_on_where_the_last_one_ended(release: Path, tmp_path: Path):
    folder, empty = tmp_path / "live", tmp_path / "empty"
    empty.mkdir()
    assert live.main(["--from", str(release), "--to", str(folder)]) == 0
    first = (folder / live.LIST).read_bytes()
    # Where the wheels came from is not needed any more; what changed meanwhile is.
    assert live.main(["--from", str(empty), "--to", str(folder)]) == 0
    assert (folder / live.LIST).read_bytes() == first
    (folder / "numpy-1.whl.packed").write_bytes(b"broken")
    assert live.main(["--from", str(empty), "--to", str(folder)]) == 0
    assert (folder / live.LIST).read_bytes() == first
    assert gzip.decompress((folder / "numpy-1.whl.packed").read_bytes()) == wheel("numpy")
    (folder / "verified" / "numpy-1.whl").write_bytes(b"broken")
    assert live.main(["--from", str(empty), "--to", str(folder)]) == 1
    assert live.main(["--from", str(release), "--to", str(folder)]) == 0
    assert (folder / live.LIST).read_bytes() == first


def test_the_core_is_the_archive_that_the_lock_of_npm_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    tampered = json.loads((live.ROOT / "package-lock.json").read_text(encoding="utf-8"))
    tampered["packages"]["node_modules/pyodide"]["integrity"] = "sha512-AAAA"
    (tmp_path / "package-lock.json").write_text(json.dumps(tampered), encoding="utf-8")

    def pack(command: list[str], cwd: str, **_: object):
        Path(cwd, "pyodide.tgz").write_bytes(b"another archive")

    monkeypatch.setattr(live, "ROOT", tmp_path)
    monkeypatch.setattr(live.run, "npm", lambda: "npm")
    monkeypatch.setattr(live.subprocess, "run", pack)
    assert live.main(["--to", str(tmp_path / "live")]) == 1
    assert "is not the archive that package-lock.json names" in capsys.readouterr().err


def test_a_place_that_is_not_there_is_an_error(tmp_path: Path, capsys):
    assert live.main(["--from", str(tmp_path / "nowhere"), "--to", str(tmp_path / "live")]) == 1
    assert "neither a folder nor a file" in capsys.readouterr().err
