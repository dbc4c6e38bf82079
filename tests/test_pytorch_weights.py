"""Weights come back as they were, and other files are refused."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from helpers.pytorch import build, load, save
from helpers.pytorch.weights import note
from helpers.spec import UNetSpec

SPEC = UNetSpec(3, 3, (4, 8), norm="batch")


def test_weights_spec_and_notes_come_back(tmp_path):
    net = build(SPEC, seed=4).to(memory_format=torch.channels_last)
    net.encoder[0].norm1.running_mean += 0.5
    note(net, 255.0, (160, 128), ("pet", "background", "border"))
    save(net, tmp_path / "a" / "model.safetensors")
    again = load(tmp_path / "a" / "model.safetensors", spec=SPEC)
    assert again.spec == SPEC and not again.training
    assert again.image_range == 255.0 and again.size == (160, 128)
    assert again.class_names == ("pet", "background", "border")
    for name, value in net.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "model.safetensors"
    ]


def test_other_tools_read_the_file(tmp_path):
    net = build(SPEC)
    save(net, tmp_path / "w.safetensors")
    tensors = load_file(tmp_path / "w.safetensors")
    assert np.array_equal(tensors["head.weight"], net.head.weight.detach())


def test_weights_of_another_spec_are_refused_by_field(tmp_path):
    save(build(SPEC), tmp_path / "w.safetensors")
    with pytest.raises(ValueError) as error:
        load(tmp_path / "w.safetensors", spec=SPEC.replace(classes=2, up="bilinear"))
    for words in ("w.safetensors", "classes is 3 there and 2 here", "'bilinear' here"):
        assert words in str(error.value)
    assert "widths" not in str(error.value)


def test_a_file_of_another_kind_is_refused_by_name(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not weights at all, but long enough to look like a header")
    with pytest.raises(ValueError, match=r"notes\.txt is no \.safetensors file"):
        load(path)


def test_a_cut_file_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    save(build(SPEC), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="damaged"):
        load(path)


def test_weights_that_do_not_say_their_network_are_refused(tmp_path):
    path = tmp_path / "bare.safetensors"
    save_file({"w": torch.zeros(2)}, path)
    with pytest.raises(ValueError, match=r"bare\.safetensors does not say which"):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.safetensors"):
        load(tmp_path / "none.safetensors")


def test_an_unwritable_place_is_named(tmp_path):
    path = tmp_path / "w.safetensors"
    path.mkdir()
    with pytest.raises(OSError, match=r"cannot write .*w\.safetensors"):
        save(build(SPEC), path)
    assert list(tmp_path.iterdir()) == [path]
