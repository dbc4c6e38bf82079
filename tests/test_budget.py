"""The budget that fits a machine, and the one that was asked for."""

import sys
from types import SimpleNamespace

import pytest

from helpers import budget, spec


def test_a_budget_by_name_by_variable_or_by_hardware(monkeypatch):
    monkeypatch.delenv("UNET_BOOK_BUDGET", raising=False)
    monkeypatch.setattr(budget, "gpu_visible", lambda: False)
    assert budget.budget().name == budget.choose() == "small"
    monkeypatch.setattr(budget, "gpu_visible", lambda: True)
    assert budget.budget().name == budget.choose() == "large"
    assert budget.budget("small").name == "small"
    monkeypatch.setenv("UNET_BOOK_BUDGET", "small")
    assert budget.budget().name == "small"
    for name in ("huge", "Small"):
        with pytest.raises(ValueError, match=rf"{name}.*choose from small, large"):
            budget.budget(name)


def test_budgets_name_networks_and_sizes_that_fit():
    for each in budget.BUDGETS.values():
        spec.preset(each.preset).check_size(each.size, each.size)


@pytest.mark.parametrize(("cuda", "mps"), [(True, False), (False, True), (False,) * 2])
def test_a_loaded_pytorch_is_asked_for_the_gpu(cuda, mps, monkeypatch):
    torch = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: cuda),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert budget.gpu_visible() is (cuda or mps)


def test_a_hidden_gpu_is_not_seen(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(budget.platform, "system", lambda: "Linux")
    monkeypatch.setattr(budget.Path, "exists", lambda _: True)
    assert budget.gpu_visible()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not budget.gpu_visible()
