"""Paths between latents."""

import numpy as np

PATHS = ("slerp", "lerp")


def lerp(start, end, fraction):
    """Linear interpolation `(1 - t) a + t b`.

    Args:
        start, end: float arrays [..., D].
        fraction: float t in [0, 1].

    Returns:
        Array [..., D]; exactly `start` at 0 and `end` at 1.
    """
    return (1.0 - fraction) * np.asarray(start) + fraction * np.asarray(end)


def slerp(start, end, fraction):
    """Spherical linear interpolation (Shoemake 1985; for latents: White 2016, arXiv:1609.04468).

        (sin((1 - t) w) a + sin(t w) b) / sin(w),    w the angle between a and b

    Between ends of equal norm every point has that norm, as samples of a high-dimensional normal
    distribution nearly have; a straight line passes close to the origin instead.

    Args:
        start, end: float arrays [..., D] without a zero vector; each pair along the last axis is
            interpolated on its own. Parallel pairs follow the straight line; opposite pairs have no
            unique path and are refused.
        fraction: float t in [0, 1].

    Returns:
        Array [..., D]; exactly `start` at 0 and `end` at 1.
    """
    start, end = np.asarray(start), np.asarray(end)
    start_norm = np.linalg.norm(start, axis=-1, keepdims=True)
    end_norm = np.linalg.norm(end, axis=-1, keepdims=True)
    if not (start_norm.all() and end_norm.all()):
        raise ValueError("slerp needs latents other than zero; use lerp.")
    # The half-angle formula keeps all digits for nearly parallel vectors, where arccos loses half.
    a, b = start / start_norm, end / end_norm
    difference = np.linalg.norm(a - b, axis=-1, keepdims=True)
    total = np.linalg.norm(a + b, axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(difference, total)
    sine = np.sin(angle)
    if np.any((sine < 1e-6) & (total < difference)):
        raise ValueError("slerp has no unique path between opposite latents; use other ends.")
    parallel = sine < 1e-6
    divisor = np.where(parallel, 1.0, sine)
    start_weight = np.where(parallel, 1.0 - fraction, np.sin((1.0 - fraction) * angle) / divisor)
    end_weight = np.where(parallel, fraction, np.sin(fraction * angle) / divisor)
    return start_weight * start + end_weight * end


def interpolate(start, end, steps, path="slerp"):
    """Latents on the way from `start` to `end`, both included.

    Args:
        start, end: float arrays [..., D].
        steps: int, at least 2.
        path: "slerp" or "lerp".

    Returns:
        Array [steps, ..., D].
    """
    if path not in PATHS:
        raise ValueError(f"path must be one of {', '.join(PATHS)}, got {path!r}.")
    if steps < 2:
        raise ValueError(f"steps must be at least 2, got {steps}.")
    function = slerp if path == "slerp" else lerp
    return np.stack([function(start, end, t) for t in np.linspace(0.0, 1.0, steps)])
