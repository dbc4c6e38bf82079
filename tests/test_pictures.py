"""Odd picture files, judged by Pillow."""

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from helpers.pictures import Damaged, read_image, read_mask, read_pair


def scene(height=60, width=80, seed=0):
    """A picture smooth enough to survive JPEG: (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def close(a, b, tolerance):
    assert a.shape == b.shape
    return np.abs(a.astype(int) - b.astype(int)).mean() <= tolerance


def test_png_gif_and_gray_under_a_jpg_name(tmp_path):
    array = scene()
    image = Image.fromarray(array)
    image.save(tmp_path / "png.jpg", format="PNG")
    assert (read_image(tmp_path / "png.jpg") == array).all()
    image.save(tmp_path / "gif.jpg", format="GIF")
    expected = np.asarray(Image.open(tmp_path / "gif.jpg").convert("RGB"))
    assert (read_image(tmp_path / "gif.jpg") == expected).all()
    image.convert("L").save(tmp_path / "gray.jpg")
    gray = read_image(tmp_path / "gray.jpg")
    assert gray.shape == (60, 80, 3) and (gray == gray[..., :1]).all()
    assert close(gray[..., 0], np.asarray(image.convert("L")), 3)


def test_cmyk_jpeg(tmp_path):
    image = Image.fromarray(scene())
    image.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    assert close(read_image(tmp_path / "cmyk.jpg"), scene(), 5)
    assert close(read_image(tmp_path / "cmyk.jpg", 40), read_image_by_pillow(image), 6)


def read_image_by_pillow(image, size=40):
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))


def test_sixteen_bits_keep_their_shades(tmp_path):
    ramp = np.linspace(0, 65535, 60 * 80).reshape(60, 80).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    image = read_image(tmp_path / "deep.png")
    assert close(image[..., 0], (ramp / 257).astype(np.uint8), 1)
    assert image.min() == 0 and image.max() == 255


def test_alpha_is_laid_on_white(tmp_path):
    rgba = np.dstack([scene(), np.full((60, 80), 255, np.uint8)])
    rgba[:30, :, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    image = read_image(tmp_path / "alpha.png")
    assert (image[:30] == 255).all() and (image[30:] == rgba[30:, :, :3]).all()


def test_palette_with_transparency(tmp_path):
    image = Image.fromarray((np.arange(4800).reshape(60, 80) % 3).astype(np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.save(tmp_path / "palette.png", transparency=1)
    got = read_image(tmp_path / "palette.png")
    assert [tuple(got[0, i].tolist()) for i in range(3)] == [
        (255, 0, 0),
        (255, 255, 255),
        (0, 0, 255),
    ]


def test_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (20, 10), c) for c in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (read_image(tmp_path / "a.gif") == (255, 0, 0)).all()


@pytest.mark.parametrize("kind", ["cut", "text", "empty"])
def test_damaged_files(tmp_path, kind):
    path = tmp_path / "bad.jpg"
    Image.fromarray(scene(300, 400)).save(path, quality=95)
    data = path.read_bytes()
    path.write_bytes(
        {"cut": data[: len(data) // 2], "text": b"text", "empty": b""}[kind]
    )
    for size in (None, 64):
        with pytest.raises(Damaged, match=r"bad\.jpg") as error:
            read_image(path, size)
        assert "BytesIO" not in str(error.value)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.jpg")


@pytest.mark.parametrize("shape", [(160, 160), (100, 150), (217, 301), (375, 500),
                                   (1000, 330), (333, 1400)])  # fmt: skip
def test_resized_like_pillow_with_antialiasing(tmp_path, shape):
    rng = np.random.default_rng(1)
    array = np.asarray(
        Image.fromarray(scene(*shape)).convert("RGB"), np.int16
    ) + rng.integers(-60, 60, (*shape, 1))
    array = np.clip(array, 0, 255).astype(np.uint8)
    Image.fromarray(array).save(tmp_path / "a.jpg", quality=95)
    decoded = Image.open(tmp_path / "a.jpg")
    expected = read_image_by_pillow(decoded, 160)
    nearest = np.asarray(decoded.resize((160, 160), Image.Resampling.NEAREST))
    got = read_image(tmp_path / "a.jpg", 160)

    def likeness(other):
        return structural_similarity(expected, other, channel_axis=-1)

    assert got.shape == (160, 160, 3)
    assert likeness(got) > 0.9
    if min(shape) > 300:  # the article's nearest neighbor keeps the noise
        assert likeness(nearest) < likeness(got) - 0.2
    assert np.abs(got.mean((0, 1)) - expected.mean((0, 1))).max() < 2


def test_antialiasing_averages_a_checkerboard(tmp_path):
    board = (np.indices((320, 320)).sum(0) % 2 * 255).astype(np.uint8)
    Image.fromarray(board).save(tmp_path / "board.png")
    small = read_image(tmp_path / "board.png", 160)
    assert np.abs(small.astype(int) - 127)[1:-1, 1:-1].max() <= 2
    Image.fromarray(board[:240, :240]).save(tmp_path / "board.png")
    part = read_image(tmp_path / "board.png", 160)[10:-10, 10:-10]
    assert part.std() < 15  # 127 where pixels are skipped, 1.5 by Pillow's slower way


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGB", "I;16"])
def test_masks_in_several_modes(tmp_path, mode):
    values = (np.arange(600).reshape(20, 30) // 100 % 2).astype(np.uint8)
    image = {
        "L": lambda: Image.fromarray(values),
        "P": lambda: Image.fromarray(values, "P"),
        "1": lambda: Image.fromarray(values.astype(bool)),
        "LA": lambda: Image.fromarray(np.dstack([values, values * 0 + 255])),
        "RGB": lambda: Image.fromarray(np.dstack([values] * 3)),
        "I;16": lambda: Image.fromarray(values.astype(np.uint16)),
    }[mode]()
    if mode == "P":
        image.putpalette([10, 20, 30, 200, 100, 0])
    image.save(tmp_path / "mask.png")
    got = read_mask(tmp_path / "mask.png")
    assert got.dtype == np.uint8 and (got == values).all()


def test_color_masks_and_deep_values_are_refused(tmp_path):
    Image.fromarray(scene()).save(tmp_path / "color.png")
    with pytest.raises(ValueError, match=r"color\.png is a color picture"):
        read_mask(tmp_path / "color.png")
    Image.fromarray(np.full((4, 4), 300, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match=r"deep\.png holds the value 300"):
        read_mask(tmp_path / "deep.png")
    for dtype, expected in ((np.float32, "float32 numbers"), (np.int32, "value -1")):
        Image.fromarray(np.full((4, 4), -1, dtype)).save(tmp_path / "odd.tif")
        with pytest.raises(ValueError, match=rf"odd\.tif holds .*{expected}"):
            read_mask(tmp_path / "odd.tif")


def pair_of(tmp_path, array, mask, exif=None):
    options = {"exif": exif} if exif else {}
    Image.fromarray(array).save(tmp_path / "i.jpg", quality=95, **options)
    Image.fromarray(mask).save(tmp_path / "m.png")
    image_out, mask_out = np.zeros((32, 48, 3), np.uint8), np.zeros((32, 48), np.uint8)
    read_pair(tmp_path / "i.jpg", tmp_path / "m.png", image_out, mask_out, 1)
    return image_out, mask_out


def test_mask_is_resized_like_pillow_nearest(tmp_path):
    mask = np.random.default_rng(0).integers(1, 4, (60, 80), dtype=np.uint8)
    _, got = pair_of(tmp_path, scene(), mask)
    nearest = Image.fromarray(mask).resize((48, 32), Image.Resampling.NEAREST)
    assert (got == np.asarray(nearest) - 1).all()


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_exif_turns_follow_the_mask(tmp_path, turn):
    """The mask's size tells whether it was drawn on the turned image."""
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = scene()
    plain, _ = pair_of(tmp_path, stored, np.ones((60, 80), np.uint8))
    kept, _ = pair_of(tmp_path, stored, np.ones((60, 80), np.uint8), exif)
    assert (plain == kept).all()  # a mask of the stored size: nothing turns
    if turn in (6, 8):
        turned, _ = pair_of(tmp_path, stored, np.ones((80, 60), np.uint8), exif)
        upright = np.rot90(stored, 1 if turn == 8 else 3)
        expected = Image.fromarray(upright).resize((48, 32), Image.Resampling.BILINEAR)
        assert close(turned, np.asarray(expected), 3)


def test_image_and_mask_of_different_sizes(tmp_path):
    with pytest.raises(ValueError, match=r"i\.jpg is 80x60 .*m\.png is 80x61"):
        pair_of(tmp_path, scene(), np.ones((61, 80), np.uint8))
    with pytest.raises(ValueError, match="80x60"):  # turned, but no EXIF says so
        pair_of(tmp_path, scene(), np.ones((80, 60), np.uint8))


def test_offset_below_zero_would_wrap(tmp_path):
    with pytest.raises(ValueError, match=r"m\.png holds the value 0.*mask_offset=0"):
        pair_of(tmp_path, scene(), np.zeros((60, 80), np.uint8))
