"""Boxes against scikit-image's regions, PIL's resizing, and the stand-ins' files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import regionprops

from helpers import boxes, pets, standins
from helpers.boxes import Box
from helpers.pictures import read_mask


@pytest.mark.parametrize("seed", range(5))
def test_the_box_around_a_mask_is_that_of_scikit_image(seed):
    rng = np.random.default_rng(seed)
    mask = (rng.random((17, 23)) < 0.02).astype(np.uint8)
    mask[rng.integers(17), rng.integers(23)] = 1
    assert boxes.around(mask) == regionprops(mask)[0].bbox


def test_an_empty_mask_has_no_box():
    with pytest.raises(ValueError, match="the mask is empty"):
        boxes.around(np.zeros((4, 4)))


def test_masks_come_one_at_a_time():
    with pytest.raises(ValueError, match=r"shape \(1, 4, 4\); expected \(H, W\)"):
        boxes.around(np.ones((1, 4, 4)))


@given(
    st.integers(0, 20), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)
)  # fmt: skip
def test_filling_and_finding_a_box_are_inverse(top, left, tall, wide):
    box = Box(top, left, top + tall, left + wide)
    mask = boxes.filled(box, (40, 50))
    assert mask.sum() == tall * wide
    assert boxes.around(mask) == box
    assert boxes.vector(box, 7).tolist() == [left, top, tall, wide, 7]


VOC = """<annotation><size><width>200</width><height>100</height><depth>3</depth>
</size><object><name>dog</name><bndbox><xmin>1</xmin><ymin>51</ymin><xmax>100</xmax>
<ymax>100</ymax></bndbox></object><object><name>cat</name><bndbox><xmin>200</xmin>
<ymin>100</ymin><xmax>200</xmax><ymax>100</ymax></bndbox></object></annotation>"""


def test_xml_counts_from_one_and_is_stretched(tmp_path):
    path = tmp_path / "dog.xml"
    path.write_text(VOC)
    whole = boxes.read(path, (100, 200))
    assert whole == [("dog", Box(50, 0, 100, 100)), ("cat", Box(99, 199, 100, 200))]
    small = boxes.read(path, (20, 20))
    assert small == [("dog", Box(10, 0, 20, 10)), ("cat", Box(19, 19, 20, 20))]


def test_an_xml_without_a_size_says_so(tmp_path):
    path = tmp_path / "dog.xml"
    path.write_text("<annotation><object/></annotation>")
    with pytest.raises(ValueError, match="has no size/height"):
        boxes.read(path, (10, 10))


def test_a_box_outside_the_image_is_refused():
    with pytest.raises(ValueError, match=r"does not lie in an image of 10x10"):
        boxes.resized(Box(0, 0, 11, 5), (10, 10), (20, 20))


def test_heads_of_the_stand_ins_lie_on_their_pets(tmp_path):
    root = standins.draw(tmp_path / "drawn", count=6)
    for pair in pets.files(root=root):
        [(name, box)] = boxes.heads(pair, (64, 64))
        assert name == ("cat" if pair.name[0].isupper() else "dog")
        seen = read_mask(pair.mask) != 2
        tall, wide = seen.shape
        rows = np.linspace(box.top, box.bottom, 9)[1:-1] * tall / 64
        columns = np.linspace(box.left, box.right, 9)[1:-1] * wide / 64
        assert seen[np.ix_(rows.astype(int), columns.astype(int))].mean() > 0.5
        (root / "annotations" / "xmls" / f"{pair.name}.xml").unlink()
        assert boxes.heads(pair, (64, 64)) == []
