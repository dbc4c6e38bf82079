"""One picture file to an array, whatever is inside it."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

_ORIENTATION = 0x0112  # the EXIF tag: how the camera was held
_TURNED = (5, 6, 7, 8)  # its values that swap width and height
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow and the formats' parsers raise over broken bytes.
_BROKEN = (
    OSError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    cv2.error,
)


class Damaged(ValueError):
    """A file that is there but cannot be decoded."""


def _damaged(path: str | Path, error: Exception) -> Damaged:
    if isinstance(error, UnidentifiedImageError):  # its text names a buffer
        return Damaged(f"{path}: no picture, or its beginning is broken")
    return Damaged(f"{path}: {error}")


def read_image(
    path: str | Path, size: int | tuple[int, int] | None = None
) -> np.ndarray:
    """Any picture as RGB, its pixels as they are stored (EXIF turns are not applied).

    Gray, 16-bit, CMYK and palette pictures are converted, alpha is laid on white, an
    animation gives its first frame, and the file's ending does not matter.

    Args:
        path: the file.
        size: None for the picture's own size, a side, or (height, width).

    Returns:
        (H, W, 3) uint8.

    Raises:
        FileNotFoundError: there is no such file.
        Damaged: it is no picture, or a broken one.
    """
    data = Path(path).read_bytes()
    height, width = (size, size) if isinstance(size, int) else size or (None, None)
    try:
        with Image.open(BytesIO(data)) as image:
            if height is None:
                return np.array(_to_rgb(image))
            return _resized(data, image, height, width)
    except _BROKEN as error:
        raise _damaged(path, error) from error


def read_mask(path: str | Path) -> np.ndarray:
    """A mask as class indices: the gray values, or the indices of a palette.

    Returns:
        (H, W) uint8.

    Raises:
        FileNotFoundError: there is no such file.
        Damaged: it is no picture, or a broken one.
        ValueError: a color picture, fractions, or values outside 0..255.
    """
    data = Path(path).read_bytes()
    try:
        with Image.open(BytesIO(data)) as image:
            return _mask(data, image, path)
    except _BROKEN as error:
        raise _damaged(path, error) from error


def read_pair(
    image_path: Path,
    mask_path: Path,
    image_out: np.ndarray,
    mask_out: np.ndarray,
    mask_offset: int = 0,
) -> None:
    """Read an image and its mask into arrays, both resized to the arrays' size.

    An EXIF orientation is followed only where the mask's size shows that the mask
    was drawn on the turned image; otherwise both stay as stored.

    Args:
        image_path, mask_path: the files.
        image_out: (H, W, 3) uint8, written.
        mask_out: (H, W) uint8, written.
        mask_offset: subtracted from the mask.

    Raises:
        ValueError: image and mask have different sizes, the mask has values below
            the offset, or is no mask (see `read_mask`).
        Damaged: one of the files cannot be decoded.
    """
    height, width = mask_out.shape
    # outside the try: a file that cannot be opened is an error, not a damaged one
    data, mask_data = image_path.read_bytes(), mask_path.read_bytes()
    path = mask_path
    try:
        with Image.open(BytesIO(mask_data)) as opened:
            mask = _mask(mask_data, opened, path)
        path = image_path
        with Image.open(BytesIO(data)) as image:
            turn = _turn(image, mask.shape[::-1], image_path, mask_path)
            if turn is None:
                image_out[:] = _resized(data, image, height, width)
            else:
                turned = np.asarray(_to_rgb(image).transpose(turn))
                image_out[:] = _shrunk(turned, height, width)
    except _BROKEN as error:
        raise _damaged(path, error) from error
    # NEAREST_EXACT takes the pixel at the center, as Pillow does; NEAREST shifts
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    if mask_offset and small.min() < mask_offset:
        raise ValueError(
            f"mask {mask_path} holds the value {small.min()}, but mask_offset="
            f"{mask_offset} expects values from {mask_offset} on; use mask_offset=0"
        )
    np.subtract(small, mask_offset, out=mask_out, casting="unsafe")


def _turn(
    image: Image.Image, mask_size: tuple[int, int], image_path: Path, mask_path: Path
) -> Image.Transpose | None:
    if image.size == mask_size:
        return None
    turn = image.getexif().get(_ORIENTATION, 1) if "exif" in image.info else 1
    if turn in _TURNED and image.size == mask_size[::-1]:
        return _UPRIGHT[turn]
    raise ValueError(
        f"{image_path} is {image.size[0]}x{image.size[1]} pixels (width x height) but "
        f"its mask {mask_path} is {mask_size[0]}x{mask_size[1]}; a mask needs the size "
        "of its image: export it again, or leave the pair out"
    )


def _resized(data: bytes, image: Image.Image, height: int, width: int) -> np.ndarray:
    """Decode and shrink. A plain JPEG is decoded at 1/2, 1/4 or 1/8 where that is
    still no smaller than the target: the decoder then skips most of the work, and
    averages as it goes."""
    plain = image.format == "JPEG" and image.mode == "RGB"
    if not (plain and data.rstrip(b"\0").endswith(b"\xff\xd9")):
        # cut-off files end here too: Pillow refuses them, OpenCV would pad with gray
        return _shrunk(np.asarray(_to_rgb(image)), height, width)
    ratio = min(image.width // width, image.height // height)
    flag = next((f for r, f in _REDUCED if ratio >= r), cv2.IMREAD_COLOR)
    buffer = np.frombuffer(data, np.uint8)
    decoded = cv2.imdecode(buffer, flag | cv2.IMREAD_IGNORE_ORIENTATION)
    if decoded is None:
        raise OSError("cannot be decoded as JPEG")
    return cv2.cvtColor(_shrunk(decoded, height, width), cv2.COLOR_BGR2RGB)


_REDUCED = (
    (8, cv2.IMREAD_REDUCED_COLOR_8),
    (4, cv2.IMREAD_REDUCED_COLOR_4),
    (2, cv2.IMREAD_REDUCED_COLOR_2),
)


def _shrunk(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize with antialiasing: every pixel counts, none is skipped.

    Up to a factor of two, a kernel [a, 1 - 2a, a] before bilinear sampling has the
    width that Pillow's antialiased bilinear filter has (variance r^2 / 6 for a factor
    r, of which sampling brings 1 / 6), at a quarter of its time.
    """
    ratios = image.shape[0] / height, image.shape[1] / width
    if max(ratios) > 2:
        small = Image.fromarray(image).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        return np.asarray(small)
    if max(ratios) > 1:
        sides = [max(r * r - 1, 0) / 12 for r in ratios]
        rows, columns = (np.array([a, 1 - 2 * a, a], np.float32) for a in sides)
        border = cv2.BORDER_REPLICATE
        image = cv2.sepFilter2D(image, -1, columns, rows, borderType=border)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        values = np.asarray(image)
        if image.mode == "F" or values.min() < 0 or values.max() > 65535:
            raise OSError(f"has {image.mode!r} pixels outside 0..65535; save it as PNG")
        return Image.fromarray((values >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _mask(data: bytes, image: Image.Image, path: str | Path) -> np.ndarray:
    if image.mode == "L" and image.format == "PNG":
        mask = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if mask is not None and mask.ndim == 2 and mask.dtype == np.uint8:
            return mask
    mask = np.asarray(image if image.mode != "LA" else image.getchannel("L"))
    if mask.ndim == 3:
        mask = np.asarray(image.convert("RGB"))
        if (mask != mask[..., :1]).any():
            raise ValueError(
                f"mask {path} is a color picture; expected one gray value or palette "
                "index per pixel, the index of its class"
            )
        mask = mask[..., 0]
    if mask.dtype.kind == "f":
        raise ValueError(
            f"mask {path} holds {mask.dtype} numbers; expected whole ones, the index "
            "of a class per pixel: round them and save the mask as PNG"
        )
    if mask.min() < 0 or mask.max() > 255:
        worst = mask.min() if mask.min() < 0 else mask.max()
        raise ValueError(
            f"mask {path} holds the value {worst}; class indices go from 0 to 255"
        )
    return mask.astype(np.uint8)
