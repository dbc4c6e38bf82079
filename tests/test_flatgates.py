"""Gates that let the same through everywhere."""

import numpy as np
import pytest
import torch

from helpers import pytorch
from helpers.pytorch import flatgates, gates
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(4, 6, 8), skip="attention", norm="batch")
IMAGES = np.random.default_rng(0).random((2, 16, 16, 3)).astype(np.float32)


def answer(net):
    return pytorch.predict(net, IMAGES, precision="float32")


@pytest.mark.parametrize("gate", ["fine", "coarse"])
def test_gates_that_were_flat_before_change_nothing(gate):
    net = pytorch.build(SPEC.replace(gate=gate))
    for each in net.gate:
        torch.nn.init.zeros_(each.psi.weight)  # then it always says one half
    maps = gates.attention_maps(net, IMAGES)
    flat = flatgates.flattened(net, maps)
    np.testing.assert_allclose(answer(flat), answer(net), atol=1e-6)


def test_the_mean_alone_passes_and_the_network_stays_as_it_was():
    net = pytorch.build(SPEC)
    before = answer(net)
    shut = flatgates.flattened(net, [np.zeros((1, 2, 2))] * 2)
    opened = flatgates.flattened(net, [np.array([[[0.5, 1.5]]])] * 2)
    assert np.abs(answer(shut) - answer(opened)).max() > 1e-4
    plain = pytorch.build(SPEC.replace(skip="concat"))
    weights = {k: v for k, v in net.state_dict().items() if not k.startswith("gate")}
    plain.load_state_dict(weights)
    np.testing.assert_allclose(answer(opened), answer(plain), atol=1e-6)
    np.testing.assert_array_equal(answer(net), before)
    assert opened.head.weight.data_ptr() == net.head.weight.data_ptr()


def test_what_has_no_gates_or_other_levels_is_refused():
    with pytest.raises(ValueError, match="attention"):
        flatgates.flattened(pytorch.build(SPEC.replace(skip="concat")), [])
    with pytest.raises(ValueError, match="1 maps for 2 gates"):
        flatgates.flattened(pytorch.build(SPEC), [np.ones((1, 2, 2))])
