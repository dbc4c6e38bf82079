"""Probabilities and scores against torchmetrics and numpy."""

import numpy as np
import pytest
import torch
from torchmetrics.functional import accuracy, jaccard_index

from helpers import scores
from helpers.pytorch import build, evaluate, predict
from helpers.samples import Samples
from helpers.spec import UNetSpec

THREE = UNetSpec(3, 3, (4, 8), norm="batch")
BINARY = UNetSpec(3, 1, (4, 8))


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def samples(classes: int = 3, count: int = 5, size: int = 16) -> Samples:
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (count, size, size, 3), np.uint8)
    masks = rng.integers(0, max(classes, 2), images.shape[:3])
    return Samples(images, masks.astype(np.uint8))


def logits(net, images) -> torch.Tensor:
    with torch.inference_mode():
        return net.eval()(
            torch.from_numpy(images / np.float32(255)).permute(0, 3, 1, 2)
        )


@pytest.mark.parametrize("spec", [THREE, BINARY])
def test_probabilities_are_those_of_the_network(spec):
    net, images = build(spec), samples().images
    found = predict(net, images, batch_size=2, precision="float32")
    assert found.shape == (5, 16, 16, spec.classes) and found.dtype == np.float32
    wanted = logits(net, images)
    wanted = wanted.sigmoid() if spec.classes == 1 else wanted.softmax(1)
    assert np.allclose(found, wanted.permute(0, 2, 3, 1), atol=1e-6)


def test_floats_and_bytes_give_the_same():
    net, images = build(THREE), samples().images
    floats = images.astype(np.float32) / 255
    assert np.allclose(predict(net, images), predict(net, floats), atol=1e-6)


def test_a_network_of_0_to_255_gets_0_to_255():
    net, images = build(THREE), samples().images
    wanted = logits(net, images * np.float32(255)).softmax(1).permute(0, 2, 3, 1)
    asked = predict(net, images, image_range=255.0, precision="float32")
    assert np.allclose(asked, wanted, atol=1e-5)
    net.image_range = 255.0
    assert np.array_equal(predict(net, images, precision="float32"), asked)


def test_flip_is_the_mean_with_the_mirror_image():
    net, images = build(THREE), samples().images
    plain, mirrored = (
        predict(net, x, precision="float32") for x in (images, images[:, :, ::-1])
    )
    found = predict(net, images, flip=True, precision="float32")
    assert np.allclose(found, (plain + mirrored[:, :, ::-1]) / 2, atol=1e-6)
    assert not np.allclose(found, plain, atol=1e-3)


def test_valid_padding_gives_the_middle():
    net = build(UNetSpec(3, 2, (4, 8), convs=1, padding="valid"))
    size = net.spec.valid_sizes(16, 1)[0]
    drawn = samples(2, size=size)
    side = net.spec.output_size(size)
    assert predict(net, drawn.images).shape == (5, side, side, 2)
    cut = (size - side) // 2
    found = evaluate(net, drawn)["confusion"].sum(1)
    middle = drawn.masks[:, cut : cut + side, cut : cut + side]
    assert np.array_equal(found, np.bincount(middle.ravel(), minlength=2))


@pytest.mark.parametrize("spec", [THREE, BINARY])
@pytest.mark.parametrize(("batch_size", "flip"), [(2, False), (8, False), (2, True)])
def test_scores_are_those_of_other_libraries(spec, batch_size, flip):
    net, drawn = build(spec, seed=2), samples(spec.classes)
    found = evaluate(net, drawn, batch_size, flip, precision="float32")
    p = predict(net, drawn.images, flip=flip, precision="float32")
    guess = p[..., 0] > 0.5 if spec.classes == 1 else p.argmax(-1)
    a, b = torch.from_numpy(guess).long(), torch.from_numpy(drawn.masks).long()
    count = max(spec.classes, 2)
    task = {"task": "multiclass", "num_classes": count}
    iou = jaccard_index(a, b, average="none", **task)
    assert np.allclose(found["iou"], iou, atol=1e-6)
    assert found["mean_iou"] == pytest.approx(iou.mean().item(), abs=1e-6)
    share = accuracy(a, b, average="micro", **task).item()
    assert found["accuracy"] == pytest.approx(share, abs=1e-6)
    assert found["cross_entropy"] == pytest.approx(
        scores.cross_entropy(p, drawn.masks), rel=1e-5
    )
    wanted = scores.confusion(drawn.masks, guess.astype(np.uint8), count)
    assert np.array_equal(found["confusion"], wanted)


def test_a_class_that_occurs_nowhere_does_not_spoil_the_mean():
    net, drawn = build(THREE), samples(2)
    torch.nn.init.zeros_(net.head.weight)
    net.head.bias.data = torch.tensor([1.0, 0.0, -9.0])
    found = evaluate(net, drawn)
    assert np.isnan(found["iou"][2])
    share = (drawn.masks == 0).mean()
    assert found["mean_iou"] == pytest.approx(share / 2, abs=1e-6)


def test_flipped_scores_stay_finite_where_the_network_is_certain():
    for spec in (THREE, BINARY):
        net = build(spec)
        torch.nn.init.constant_(net.head.weight, 1e4)
        assert np.isfinite(
            evaluate(net, samples(spec.classes), flip=True)["cross_entropy"]
        )


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_in_its_mode_and_with_its_statistics(training):
    net, drawn = build(THREE).train(training), samples()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    evaluate(net, drawn)
    predict(net, drawn.images)
    assert net.training == training
    assert all(torch.equal(before[name], v) for name, v in net.state_dict().items())


def test_bfloat16_stays_near_float32():
    net, images = build(THREE), samples().images
    exact = predict(net, images, precision="float32")
    half = predict(net, images, precision="bfloat16")
    assert half.dtype == np.float32
    assert 0 < np.abs(half - exact).max() < 0.05


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((16, 16, 3), np.uint8), ["(16, 16, 3)", "images[None]"]),
        (np.zeros((1, 3, 16, 16), np.uint8), ["(1, 3, 16, 16)", "(N, H, W, 3)"]),
        (np.zeros((0, 16, 16, 3), np.uint8), ["(0, 16, 16, 3)", "at least one"]),
        (np.zeros((1, 16, 16, 3), np.int64), ["int64", "uint8"]),
        (np.full((1, 16, 16, 3), 200.0), ["200", "divide"]),
        (np.full((1, 16, 16, 3), np.nan), ["nan", "finite"]),
        (np.zeros((1, 15, 16, 3), np.uint8), ["15", "14", "16"]),
    ],
)
def test_bad_images_are_refused(images, words):
    with pytest.raises(ValueError) as error:
        predict(build(THREE), images)
    assert [word for word in words if word not in str(error.value)] == []


def test_bad_samples_are_refused():
    drawn = samples()
    masks = np.where(drawn.masks > 0, 255, 0).astype(np.uint8)
    with pytest.raises(ValueError, match="0/255"):
        evaluate(build(THREE), Samples(drawn.images, masks))
