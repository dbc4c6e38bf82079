"""Masks that are not of the logits, in Keras: refused as in PyTorch."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch

import helpers.keras
from helpers.keras import losses, metrics
from helpers.keras.pixels import check
from helpers.pytorch import pixels as twin
from helpers.recipe import CHOICES
from helpers.spec import UNetSpec

LOGITS = np.zeros((2, 6, 8, 3), np.float32)
MASKS = np.zeros((2, 6, 8), np.uint8)
BAD = {
    "of one image": MASKS[0],
    "of other images": MASKS[:1],
    "too low": MASKS[:, :4],
    "too narrow": MASKS[:, :, :7],
    "floats": MASKS.astype(np.float32),
    "booleans": MASKS > 0,
}
OF_OTHER_SHAPES = {k: v for k, v in BAD.items() if v.shape != MASKS.shape}

EVERY = [
    "binary_cross_entropy",
    "cross_entropy",
    "dice",
    "focal",
    "iou",
    "pixel_cross_entropy",
    "tversky",
    "weighted_cross_entropy",
]


def refused(function, *arguments) -> str:
    """What the ValueError says, without what the frameworks name in their own way."""
    with pytest.raises(ValueError) as error:
        function(*arguments)
    said = str(error.value).split("; convert")[0].replace("torch.", "")
    for theirs, ours in (
        ("(2, 3, 6, 8)", "(2, 6, 8, 3)"),
        ("(N, classes, H', W')", "(N, H', W', classes)"),
    ):
        said = said.replace(theirs, ours)
    return said


@pytest.mark.parametrize("masks", BAD.values(), ids=BAD)
def test_masks_that_do_not_fit_are_refused_as_in_pytorch(masks):
    tensors = torch.from_numpy(masks), torch.from_numpy(LOGITS).movedim(-1, 1)
    assert refused(check, LOGITS, masks) == refused(twin.cut_to, *tensors)
    graph = tf.function(check, autograph=False)
    assert refused(graph, LOGITS, masks) == refused(check, LOGITS, masks)


@pytest.mark.parametrize("masks", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", EVERY)
def test_every_loss_refuses_them(name, masks):
    logits = LOGITS[..., :1] if name == "binary_cross_entropy" else LOGITS
    loss = getattr(losses, name)
    more = [masks.astype(np.float32)] if name == "weighted_cross_entropy" else []
    assert refused(loss, logits, masks, *more) == refused(check, logits, masks)
    graph = tf.function(loss, autograph=False)
    assert refused(graph, logits, masks, *more) == refused(check, logits, masks)


@pytest.mark.parametrize("masks", OF_OTHER_SHAPES.values(), ids=OF_OTHER_SHAPES)
@pytest.mark.parametrize(
    "called",
    [
        *(losses.make(name, 3) for name in CHOICES["loss"]),
        *(kind.update_state for kind in (metrics.MeanIoU(3), metrics.Accuracy())),
        metrics.CrossEntropy().update_state,
    ],
)
def test_what_compile_takes_refuses_their_shapes(called, masks):
    """Floats it takes: `fit` may make them of masks."""
    said = refused(check, LOGITS, masks)
    for given in (masks, masks.astype(np.float32)):
        assert refused(called, given, LOGITS) == said
        assert refused(tf.function(called, autograph=False), given, LOGITS) == said


@pytest.mark.parametrize("loss", [losses.make("dice", 3), metrics.MeanIoU(3)])
def test_what_compile_takes_lets_open_lengths_pass(loss):
    graph = tf.function(loss, autograph=False)
    masks, logits = (tf.TensorSpec((None, None, *rest)) for rest in ((None,), (8, 3)))
    graph.get_concrete_function(masks, logits)


def test_the_error_says_the_way_out():
    with pytest.raises(ValueError, match=r"convert with keras\.ops\.cast\(masks, "):
        check(LOGITS, BAD["floats"])
    check(LOGITS, keras.ops.cast(BAD["floats"], "int32"))
    with pytest.raises(ValueError, match=r"masks of shape \(2, 6, 8, 3\) do not fit"):
        check(LOGITS, np.eye(3, dtype=np.uint8)[MASKS])


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_masks_that_fit_pass(kind):
    masks = MASKS.astype(kind)
    for some in (masks, masks[..., None], np.pad(masks, ((0, 0), (1, 2), (0, 3)))):
        check(LOGITS, some)
        check(LOGITS, keras.ops.convert_to_tensor(some))


def test_lengths_that_a_graph_leaves_open_pass():
    graph = tf.function(check, autograph=False)
    logits = tf.TensorSpec((None, None, 8, 3))
    graph.get_concrete_function(logits, tf.TensorSpec((2, 6, None), tf.uint8))
    with pytest.raises(ValueError, match=r"\(None, None, 8, 3\).*\(2, None, 7\)"):
        graph.get_concrete_function(logits, tf.TensorSpec((2, None, 7), tf.uint8))


@pytest.mark.parametrize("as_given", [np.uint8, np.float32])
def test_fit_takes_the_masks_that_it_makes_floats_of(as_given):
    model = helpers.keras.build(UNetSpec(classes=3, widths=(2, 2), convs=1))
    images, masks = np.ones((2, 6, 8, 3), np.float32), MASKS + 1
    loss = losses.make("cross_entropy+dice", 3)
    wanted = float(loss(masks, model(images)))
    scored = [metrics.MeanIoU(3), metrics.Accuracy(), metrics.CrossEntropy()]
    model.compile("sgd", loss, metrics=scored)
    history = model.fit(images, masks.astype(as_given), verbose=0).history
    assert history["loss"] == [pytest.approx(wanted, rel=1e-5)]
