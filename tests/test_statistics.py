"""BatchNorm by the batch, without a step of training."""

import numpy as np
import torch

from helpers import pytorch
from helpers.pytorch import statistics
from helpers.spec import UNetSpec

SPEC = UNetSpec(widths=(4, 8), norm="batch")
IMAGES = np.random.default_rng(0).random((4, 16, 16, 3)).astype(np.float32)


def test_it_predicts_what_the_network_does_in_training_mode():
    net = pytorch.build(SPEC)
    found = pytorch.predict(statistics.by_batch(net), IMAGES, 4, precision="float32")
    with torch.no_grad():
        logits = net.train()(torch.from_numpy(IMAGES).permute(0, 3, 1, 2))
    expected = logits.sigmoid().permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_network_itself_keeps_its_statistics():
    net = pytorch.build(SPEC)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    pytorch.predict(statistics.by_batch(net), IMAGES, 2, precision="float32")
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_without_batchnorm_nothing_changes():
    net = pytorch.build(SPEC.replace(norm=None))
    one, other = (
        pytorch.predict(each, IMAGES, precision="float32")
        for each in (net, statistics.by_batch(net))
    )
    np.testing.assert_array_equal(one, other)
