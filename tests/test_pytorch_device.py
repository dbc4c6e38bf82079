"""Precision follows from what the hardware says, asked the right way."""

import pytest
import torch

from helpers.pytorch import device

CPU, CUDA, MPS = (torch.device(name) for name in ("cpu", "cuda", "mps"))


@pytest.mark.parametrize(
    ("capability", "wanted"),
    [
        ((6, 1), "float32"),
        ((7, 0), "float16"),
        ((7, 5), "float16"),
        ((8, 0), "bfloat16"),
        ((9, 0), "bfloat16"),
    ],
)
def test_a_gpu_is_judged_by_its_capability(monkeypatch, capability, wanted):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    # What a T4 answers, though it only emulates bfloat16.
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)
    assert device.precision("auto", CUDA) == wanted


@pytest.mark.parametrize(("able", "wanted"), [(True, "bfloat16"), (False, "float32")])
def test_a_cpu_is_judged_by_what_it_multiplies(monkeypatch, able, wanted):
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: able)
    assert device.precision("auto", CPU) == wanted


def test_an_apple_gpu_computes_in_float32_unless_asked():
    assert device.precision("auto", MPS) == "float32"
    assert device.precision("float16", MPS) == "float16"


def test_what_is_asked_for_comes(monkeypatch):
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: False)
    for name in ("float32", "bfloat16"):
        assert device.precision(name, CPU) == name


def test_float16_on_a_cpu_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"float16.*CPU.*choose 'auto'"):
        device.precision("float16", CPU)


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match=r"'half' is not known.*'float16'"):
        device.precision("half", CPU)


def test_a_second_accelerator_has_its_own_precision():
    first = device.accelerator("bfloat16")
    assert first.mixed_precision == "bf16"
    assert device.accelerator("float32").mixed_precision == "no"


def test_older_gpus_get_a_gradient_scaler(monkeypatch):
    """accelerate scales gradients by itself wherever it is told fp16."""
    monkeypatch.setattr(device, "precision", lambda _: "float16")
    made = {}

    class Accelerator:
        def __init__(self, **arguments):
            made.update(arguments)

    monkeypatch.setattr("accelerate.Accelerator", Accelerator)
    device.accelerator("auto", compiled=True)
    assert made["mixed_precision"] == "fp16"
    assert made["dynamo_backend"] == "inductor"


@pytest.mark.parametrize(
    ("batch", "processes", "nearest"), [(8, 3, "6 and 9"), (1, 2, ": 2")]
)
def test_a_batch_must_divide_among_processes(batch, processes, nearest):
    device.check_share(8, 4)
    with pytest.raises(ValueError, match=nearest):
        device.check_share(batch, processes)


def test_info_tells_device_precision_and_versions():
    info = device.info()
    assert info["precision"] in device.MIXED
    assert info["versions"]["torch"] == torch.__version__
    assert info["device"]
