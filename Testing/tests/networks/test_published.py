from __future__ import annotations

import hashlib
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.published import PublishedFile, UnknownWeightsWarning, identify, load_into, read_tensors


class Evil:
    def __reduce__(self):
        return (print, ("ran",))


@pytest.fixture
def a_state():
    return {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.tensor([0.5, -0.5])}


@pytest.mark.parametrize("kind", ["torch", "torch of old", "safetensors", "npz"])
def test_every_format_gives_the_same_tensors_whatever_the_name(tmp_path, a_state, kind):
    path = tmp_path / "weights.bin"
    if kind == "safetensors":
        from safetensors.torch import save_file

        save_file(a_state, path)
    elif kind == "npz":
        with path.open("wb") as file:
            np.savez(file, **{name: tensor.numpy() for name, tensor in a_state.items()})
    else:
        torch.save(a_state, path, _use_new_zipfile_serialization=kind == "torch")
    read = read_tensors(path)
    assert set(read) == {"weight", "bias"}
    assert all(torch.equal(read[name], a_state[name]) for name in a_state)


@pytest.mark.parametrize("key", ["model", "state_dict"])
def test_the_parameters_of_a_whole_checkpoint_are_found(tmp_path, a_state, key):
    torch.save({key: a_state, "epoch": 3, "optimizer": {"state": {}}}, tmp_path / "a.pth")
    assert set(read_tensors(tmp_path / "a.pth")) == {"weight", "bias"}


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD])
def test_the_optimiser_that_training_code_saved_along_is_left_alone(tmp_path, kind):
    network = torch.nn.Linear(3, 2)
    optimizer = kind(network.parameters(), lr=1e-3)
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    torch.save({"model": network.state_dict(), "optimizer": optimizer}, tmp_path / "sam-med2d_b.pth")
    read = read_tensors(tmp_path / "sam-med2d_b.pth")
    assert torch.equal(read["weight"], network.weight)


@pytest.mark.parametrize("new", [True, False])
def test_pickled_code_is_refused_and_does_not_run(tmp_path, capsys, new):
    torch.save({"weight": Evil()}, tmp_path / "evil.pth", _use_new_zipfile_serialization=new)
    with pytest.raises(
        ScarSegError, match=r"evil\.pth hold something other than tensors \(print\), which could run as code"
    ):
        read_tensors(tmp_path / "evil.pth")
    assert "ran" not in capsys.readouterr().out


def test_an_npz_of_objects_is_refused(tmp_path):
    np.savez(tmp_path / "evil.npz", weight=np.array([Evil()], dtype=object))
    with pytest.raises(ScarSegError, match=r"evil\.npz hold something other than numbers"):
        read_tensors(tmp_path / "evil.npz")


@pytest.mark.parametrize("kind", ["torch", "torch of old", "safetensors", "npz"])
def test_a_file_that_is_cut_short_is_refused(tmp_path, a_state, kind):
    path = tmp_path / "short.pth"
    if kind == "safetensors":
        from safetensors.torch import save_file

        save_file(a_state, path)
    elif kind == "npz":
        with path.open("wb") as file:
            np.savez(file, weight=np.zeros((64, 64)))
    else:
        torch.save(a_state, path, _use_new_zipfile_serialization=kind == "torch")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ScarSegError, match=r"short\.pth are cut short"):
        read_tensors(path)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", bytes(100)], ids=["empty", "web page", "zeros"])
def test_a_file_that_holds_no_weights_is_refused(tmp_path, content):
    (tmp_path / "page.pth").write_bytes(content)
    with pytest.raises(ScarSegError, match=r"page\.pth (are cut short|hold something other than tensors)"):
        read_tensors(tmp_path / "page.pth")


def test_a_file_of_other_things_is_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "log.pt")
    with pytest.raises(ScarSegError, match=r"log\.pt hold no parameters"):
        read_tensors(tmp_path / "log.pt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ScarSegError, match=r"none\.pth cannot be read: No such file"):
        read_tensors(tmp_path / "none.pth")
    with pytest.raises(ScarSegError, match=r"none\.pth cannot be read: No such file"):
        identify(tmp_path / "none.pth", ())


def test_a_file_is_identified_by_sha256_or_by_git_blob_id_and_others_warn(tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(b"hello\n")
    by_sha256 = PublishedFile("a.pth", "", "", sha256=hashlib.sha256(b"hello\n").hexdigest())
    by_blob = PublishedFile("b.pt", "", "", git_blob_id="ce013625030ba8dba906f756967f9e9ca394464a")  # git hash-object
    other = PublishedFile("c.pt", "", "", sha256="0" * 64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert identify(path, [other, by_sha256]) is by_sha256
        assert identify(path, [other, by_blob]) is by_blob
    with pytest.warns(
        UnknownWeightsWarning, match=r"a\.pth is none of the published files c\.pt \(its SHA-256 is 5891b5"
    ):
        assert identify(path, [other]) is None


def test_weights_are_copied_only_when_every_key_and_shape_fits(tmp_path, a_state):
    network = torch.nn.Linear(3, 2)
    load_into(network, a_state, tmp_path)
    assert torch.equal(network.weight, a_state["weight"])
    for change, text in (
        ({"weight": None}, "it lacks weight;"),
        ({"scale": torch.ones(1)}, "it has the unknown scale;"),
        ({"weight": torch.zeros(3, 2)}, r"it has another shape of weight \(\(3, 2\), expected \(2, 3\)\);"),
        ({"bias": torch.tensor([0.0, np.nan])}, "it has values that are not finite in bias;"),
    ):
        changed = {name: tensor for name, tensor in {**a_state, **change}.items() if tensor is not None}
        with pytest.raises(ScarSegError, match=text):
            load_into(network, changed, tmp_path / "other.pth")
    assert torch.equal(network.weight, a_state["weight"])
    assert torch.equal(network.bias, a_state["bias"])


def test_looking_at_a_file_needs_no_torch():
    code = "import sys, ScarSegLogic.networks.published; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
