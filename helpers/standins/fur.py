"""Round, furry shapes: the brush that the stand-ins are painted with."""

from __future__ import annotations

import cv2
import numpy as np

# What is known of every pixel of a creature. ALPHA: how much of it is creature; U, V:
# place along and across its part; DX, DY: where the hair points; SHADE: how much light
# it gets; POINT, LIGHT, PINK: shares of dark points (2 on a dog's ears), pale belly and
# bare skin; HEAD: 1 on the head, where U and V are the head's own coordinates.
ALPHA, U, V, DX, DY, SHADE, POINT, LIGHT, PINK, HEAD = range(10)


def clouds(
    height: int, width: int, cell: float, rng: np.random.Generator
) -> np.ndarray:
    """Smooth noise (height, width) float32 in about -1..1, `cell` pixels a bump."""
    rows, columns = int(height / cell) + 3, int(width / cell) + 3
    grid = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    size = (max(int(columns * cell), width), max(int(rows * cell), height))
    return cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC)[:height, :width]


def smooth_step(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


class Canvas:
    """Buffers (H, W, 10) that shapes are painted into, back to front.

    Args:
        height, width: in pixels.
        light: direction to the light, (x, y, z) with z towards the viewer.
    """

    def __init__(
        self, height: int, width: int, light: tuple[float, float, float]
    ) -> None:
        self.buffers = np.zeros((height, width, 10), np.float32)
        self.light = np.asarray(light, np.float32) / np.linalg.norm(light)

    def limb(
        self,
        spine: np.ndarray,
        radii: np.ndarray,
        *,
        unit: float,
        point: tuple[float, float] = (0.0, 0.0),
        light: float = 0.0,
        pink: float = 0.0,
        dim: float = 1.0,
        spread: float = 0.5,
        tint: bool = False,
        fade: bool = False,
    ) -> None:
        """Paint a bent round shape: circles of `radii` along the curve `spine`.

        Args:
            spine: (K, 2) points x, y in pixels.
            radii: (K,) in pixels.
            unit: pixels per unit of the coordinate U.
            point: share of dark points at the start and at the end of the spine.
            light, pink: shares of pale hair and of bare skin.
            dim: factor of the light, under 1 for what lies in shadow.
            spread: how much the hair points away from the spine.
            tint: change nothing but LIGHT, and that softly.
            fade: let the start of the limb pass softly into what lies behind it.
        """
        spine, radii = _densified(np.asarray(spine, float), np.asarray(radii, float))
        window = self._window(spine, radii)
        if window is None:
            return
        (top, bottom, left, right), part = window
        x = np.arange(left, right, dtype=np.float32)[None, :]
        y = np.arange(top, bottom, dtype=np.float32)[:, None]
        spine, radii = spine.astype(np.float32), radii.astype(np.float32)
        best = np.full(part.shape[:2], np.inf, np.float32)
        nearest = np.zeros(part.shape[:2], np.int32)
        for k, ((cx, cy), radius) in enumerate(zip(spine, radii)):
            distance = np.sqrt((x - cx) ** 2 + (y - cy) ** 2) - radius
            nearest[distance < best] = k
            np.minimum(best, distance, out=best)
        if tint:
            soft = smooth_step(0, -0.8 * radii.max(), best) * (part[..., ALPHA] > 0)
            part[..., LIGHT] += soft * (light - part[..., LIGHT])
            return
        steps = np.gradient(spine, axis=0)
        steps /= np.linalg.norm(steps, axis=1, keepdims=True) + 1e-6
        table = np.column_stack([spine, radii, steps]).astype(np.float32)
        cx, cy, radius, tx, ty = np.moveaxis(table[nearest], -1, 0)
        ox, oy = (x - cx) / radius, (y - cy) / radius
        lengths = np.linalg.norm(np.diff(spine, axis=0), axis=1)
        along = np.concatenate([[0], np.cumsum(lengths)]).astype(np.float32)
        ahead = tx * ox + ty * oy
        u = along[nearest] + ahead * radius
        # between the ends the surface slopes sideways only: no rings of circles
        ends = ((nearest == 0) & (ahead < 0)) | (
            (nearest == len(spine) - 1) & (ahead > 0)
        )
        ahead[ends] = 0
        ox, oy = ox - ahead * tx, oy - ahead * ty
        share = np.clip(u / max(along[-1], 1e-6), 0, 1)
        new = np.empty_like(part)
        new[..., ALPHA] = 1
        new[..., U] = u / unit
        new[..., V] = tx * oy - ty * ox
        new[..., DX] = tx + spread * ox
        new[..., DY] = ty + spread * oy
        new[..., SHADE] = self._lit(ox, oy) * dim
        new[..., POINT] = point[0] + (point[1] - point[0]) * share
        new[..., LIGHT] = light
        new[..., PINK] = pink
        new[..., HEAD] = 0
        alpha = np.clip(0.5 - best, 0, 1)
        if fade:
            alpha *= smooth_step(-0.9 * radii[0], 0.4 * radii[0], u)
        self._blend(part, alpha, new, 0.06 if fade else 0.34)

    def ball(self, center: np.ndarray, axes: tuple[float, float], turn: float) -> None:
        """Paint a head: an ellipse whose hair points away from the nose.

        Args:
            center: x, y in pixels.
            axes: half width and half height in pixels.
            turn: angle in radians.
        """
        reach = np.array([max(axes)])
        window = self._window(np.asarray(center, float)[None], reach)
        if window is None:
            return
        (top, bottom, left, right), part = window
        x = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(center[0])
        y = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(center[1])
        cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
        u, v = (cos * x + sin * y) / axes[0], (cos * y - sin * x) / axes[1]
        new = np.zeros_like(part)
        new[..., ALPHA], new[..., HEAD] = 1, 1
        new[..., U], new[..., V] = u, v
        new[..., DX] = cos * u - sin * (v - 0.3)
        new[..., DY] = sin * u + cos * (v - 0.3)
        new[..., SHADE] = self._lit(cos * u - sin * v, sin * u + cos * v)
        distance = (np.sqrt(u * u + v * v) - 1) * min(axes)
        self._blend(part, np.clip(0.5 - distance, 0, 1), new, 0.34)

    def _lit(self, nx: np.ndarray, ny: np.ndarray) -> np.ndarray:
        """Light on a round surface with the normal (nx, ny, .)."""
        nz = np.sqrt(np.clip(1 - nx * nx - ny * ny, 0, 1))
        facing = nx * self.light[0] + ny * self.light[1] + nz * self.light[2]
        return 0.52 + 0.5 * np.clip(facing, -0.25, 1)

    def _window(self, spine: np.ndarray, radii: np.ndarray):
        height, width = self.buffers.shape[:2]
        pad = radii.max() + 10  # room for the shadow around the shape
        low = np.floor((spine - pad).min(axis=0)).astype(int)
        high = np.ceil((spine + pad).max(axis=0)).astype(int)
        left, top = max(low[0], 0), max(low[1], 0)
        right, bottom = min(high[0], width), min(high[1], height)
        if right - left < 2 or bottom - top < 2:
            return None
        return (top, bottom, left, right), self.buffers[top:bottom, left:right]

    def _blend(
        self, part: np.ndarray, alpha: np.ndarray, new: np.ndarray, shadow: float
    ) -> None:
        # a soft shadow on what lies behind keeps a leg apart from the body
        part[..., SHADE] *= 1 - shadow * cv2.GaussianBlur(alpha, (0, 0), 3.5)
        keep = np.maximum(part[..., ALPHA], alpha)
        part += alpha[..., None] * (new - part)
        part[..., ALPHA] = keep

    def hair(self, rng: np.random.Generator, length: int = 7) -> np.ndarray:
        """Noise (H, W) smeared along the hair, of unit variance."""
        height, width = self.buffers.shape[:2]
        noise = rng.standard_normal((height, width)).astype(np.float32)
        dx, dy = self.directions()
        y, x = np.mgrid[:height, :width].astype(np.float32)
        total = noise.copy()
        for k in range(1, length):
            step = np.float32(1.1 * k)
            total += cv2.remap(
                noise,
                x - step * dx,
                y - step * dy,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT,
            )
        return total / total.std()

    def directions(self) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors along the hair, dx and dy, each (H, W)."""
        dx, dy = self.buffers[..., DX], self.buffers[..., DY]
        norm = np.sqrt(dx * dx + dy * dy) + 1e-3
        return dx / norm, dy / norm


def fringe(
    image: np.ndarray,
    canvas: Canvas,
    coat: np.ndarray,
    rng: np.random.Generator,
    length: float,
) -> None:
    """Draw single hairs over the outline of what `canvas` holds, into `image`.

    Args:
        image: (H, W, 3) uint8, changed in place.
        canvas: what was painted.
        coat: (H, W, 3) uint8, the colors of the hairs.
        length: of a hair, in pixels.
    """
    alpha = canvas.buffers[..., ALPHA]
    soft = cv2.GaussianBlur(alpha, (0, 0), 2.5)
    rows, columns = np.nonzero((soft > 0.45) & (soft < 0.93) & (alpha > 0.9))
    if not len(rows):
        return
    chosen = rng.integers(0, len(rows), len(rows) // 2)
    rows, columns = rows[chosen], columns[chosen]
    dx, dy = canvas.directions()
    out_x, out_y = -cv2.Sobel(soft, -1, 1, 0), -cv2.Sobel(soft, -1, 0, 1)
    norm = np.sqrt(out_x**2 + out_y**2)[rows, columns] + 1e-3
    vx = dx[rows, columns] + 0.8 * out_x[rows, columns] / norm
    vy = dy[rows, columns] + 0.8 * out_y[rows, columns] / norm
    reach = length * rng.uniform(0.4, 1.1, len(rows)) / (np.hypot(vx, vy) + 1e-3)
    starts = np.column_stack([columns, rows])
    ends = np.rint(starts + np.column_stack([vx, vy]) * reach[:, None]).astype(int)
    colors = coat[rows, columns] * rng.uniform(0.82, 1.15, (len(rows), 1))
    colors = np.clip(colors, 0, 255)
    for start, end, color in zip(starts.tolist(), ends.tolist(), colors.tolist()):
        cv2.line(image, start, end, color, 1, cv2.LINE_AA)


def _densified(spine: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """More circles along a smooth curve through the given ones, close enough that
    their outlines merge."""
    lengths = np.linalg.norm(np.diff(spine, axis=0), axis=1)
    at = np.concatenate([[0], np.cumsum(lengths)])
    count = int(np.clip(at[-1] / max(0.45 * radii.min(), 1.5), 3, 40))
    t = np.linspace(0, at[-1], count)
    if len(spine) > 2:  # a parabola through neighbors bends softly where lines break
        degree = min(len(spine) - 1, 3)
        fit = [np.polynomial.Polynomial.fit(at, spine[:, i], degree) for i in (0, 1)]
        curve = np.column_stack([f(t) for f in fit])
    else:
        curve = np.column_stack([np.interp(t, at, spine[:, i]) for i in (0, 1)])
    return curve, np.interp(t, at, radii)
