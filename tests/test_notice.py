"""The wrong gradients of the digits, and the command that measures them."""

import json
from functools import partial

import numpy as np
import pytest

import notice as command
from bp import charts, deep, losses, notice
from bp.gradient_check import complex_step, relative_error
from nets import identical


def test_without_a_mistake_it_is_the_gradient_of_the_package():
    layers, x, t = notice.start(0)
    expected = deep.backpropagate(layers, x, t, loss=losses.softmax_cross_entropy)
    assert identical(notice.backpropagate(layers, x, t), expected)


def test_every_mistake_is_one_for_an_independent_derivative():
    layers, x, t = notice.start(1)
    true = complex_step(lambda net: notice.loss(net, x[:2], t[:2]), layers)
    errors = {
        name: relative_error(gradient(layers, x[:2], t[:2]), true)
        for name, gradient in notice.GRADIENTS.items()
    }
    assert errors.pop(notice.RIGHT) < 1e-12
    assert len(errors) >= 15 and min(errors.values()) > 1e-3


def test_what_is_stored_keeps_its_promises():
    stored = notice.measured()
    assert stored["settings"] == command.settings()
    assert [(run["name"], run["seed"]) for run in stored["runs"]] == [
        (name, seed) for seed in range(command.SEEDS) for name in notice.GRADIENTS
    ]
    assert command.reads(stored, notice.RIGHT).mean() >= 0.975 * 360
    assert stored["directions"][notice.RIGHT] == 0


@pytest.mark.parametrize("name", notice.GRADIENTS)
def test_a_part_of_what_is_stored_is_measured_again(name):
    """The rest is measured again by `python benchmarks/notice.py --check`."""
    for run in notice.measured()["runs"]:
        if run["name"] == name and run["seed"] == 3:
            again = command.begin(name, 3)
            np.testing.assert_allclose([run[key] for key in again], list(again.values()), rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: notice.train(notice.backpropagate, seed=-1), "^seed must be"),
        (lambda: notice.train(notice.backpropagate, seed=0, epochs=1.5), "^epochs must be"),
        (
            lambda: notice.backpropagate(
                notice.start(0)[0][:1], np.ones((1, 64)), np.ones((1, 32))
            ),
            "^layers must be 2, one hidden and one of outputs, got 1$",
        ),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.fixture
def small(monkeypatch):
    """Make every measurement small, so that the whole command can be run."""
    names = (*command.PICTURES, "last row lost")
    some = {name: notice.GRADIENTS[name] for name in names}
    monkeypatch.setattr(command, "GRADIENTS", some)
    monkeypatch.setattr(command, "SEEDS", 2)
    monkeypatch.setattr(command, "DIRECTIONS", 5)
    monkeypatch.setattr(command, "SLOPES", 2)
    monkeypatch.setattr(command, "STEPS", np.array([1e-3, 1e-2]))
    monkeypatch.setattr(notice, "EPOCHS", 0)
    monkeypatch.setattr(notice, "train", partial(notice.train, epochs=0))
    monkeypatch.setattr(
        command, "begin", lambda name, seed: {"error": 1.0, "cosine": seed, "loss": len(name)}
    )


def test_a_measurement_that_is_broken_off_goes_on_where_it_stopped(small, tmp_path, monkeypatch):
    whole, parted = tmp_path / "whole.json", tmp_path / "parted.json"
    assert command.main(["--file", str(whole)]) == 0
    run, count = command.run, []

    def breaks(name, seed):
        count.append(name)
        if len(count) == 4:
            raise KeyboardInterrupt
        return run(name, seed)

    monkeypatch.setattr(command, "run", breaks)
    with pytest.raises(KeyboardInterrupt):
        command.main(["--file", str(parted)])
    assert len(json.loads(parted.read_text())["runs"]) == 3
    assert command.main(["--file", str(parted)]) == 0
    assert len(count) == 4 + 5 and parted.read_text() == whole.read_text()
    assert not list(tmp_path.glob("*.part"))


def test_the_check_names_what_is_no_longer_so(small, tmp_path, capsys):
    file = tmp_path / "found.json"
    command.main(["--file", str(file)])
    assert command.main(["--file", str(file), "--check"]) == 0
    found = json.loads(file.read_text())
    found["runs"][2]["loss"] += 1e-4
    for run in found["runs"]:
        run["read"] += 40 * (run["name"] == "last row lost")
    found["directions"]["last row lost"] += 1
    found["valley"]["double"][0] *= 9
    found["pictures"][notice.RIGHT][0][5] += 0.1
    file.write_text(json.dumps(found))
    assert command.main(["--file", str(file), "--check"]) == 1
    printed = capsys.readouterr().out
    for part in (
        "hidden layer frozen, seed 0: loss",
        "images read, now",
        "last row lost: caught in",
        "the valley in double precision",
        "no mistake: the pictures",
        "8 runs measured again, 5 differences",
    ):
        assert part in printed


def test_runs_of_two_kinds_never_stand_in_one_file(small, tmp_path, monkeypatch):
    file = tmp_path / "found.json"
    command.main(["--file", str(file)])
    before = file.read_text()
    monkeypatch.setattr(command, "LIMIT", 1e-2)
    with pytest.raises(SystemExit, match="other settings"):
        command.main(["--file", str(file)])
    assert file.read_text() == before


def test_the_figures_show_what_they_are_given():
    points = {"one": (0.1, 90.0, 1.0), "other": (3.0, 50.0, 2.0)}
    axes = charts.scatter(points, {"other": "left"}, level=97, xlabel="x", ylabel="y").axes[0]
    assert [text.get_text() for text in axes.texts] == ["other"]
    level, *dots = axes.get_lines()
    assert list(level.get_ydata()) == [97, 97]
    assert [dot.get_xydata().tolist() for dot in dots] == [[[0.1, 90]], [[3, 50]]]

    steps, error = np.array([0.1, 1.0]), np.array([2.0, 3.0])
    axes = charts.valleys(steps, {"double": error}, {"double": 2 * error}).axes[0]
    assert [line.get_ydata().tolist() for line in axes.get_lines()] == [[2, 3], [4, 6]]

    image = np.zeros((1, 64))
    image[0, [0, 1, 9]] = 4.0, -1.0, 1e-9
    ground, positive, negative = charts.weights({"one": image}).axes[0].patches
    assert positive.get_path().get_extents().bounds == (0, -1, 1, 1)
    assert negative.get_path().get_extents().bounds == (1.25, -0.75, 0.5, 0.5)
    assert len({patch.get_facecolor() for patch in (ground, positive, negative)}) == 3
