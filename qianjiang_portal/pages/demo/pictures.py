"""Photographs for the demonstration: drawn, so that they show nobody."""

import io
import random

from PIL import Image, ImageDraw

PAPER, INK, LINE, DESK = "#f4f1e8", "#27303f", "#9aa3ad", "#8a6f55"
WIDE, HIGH, EDGE = 900, 1200, 60


def sign_in_sheet(rng: random.Random, rows: int = 18) -> bytes:
    """A sheet of paper on a desk: a table, and a scribble in every line somebody signed."""
    picture = Image.new("RGB", (WIDE, HIGH), DESK)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((EDGE, EDGE, WIDE - EDGE, HIGH - EDGE), fill=PAPER)
    step = (HIGH - 4 * EDGE) // rows
    left, right, top = 2 * EDGE, WIDE - 2 * EDGE, 2 * EDGE
    for at in range(rows + 1):
        draw.line((left, top + at * step, right, top + at * step), fill=LINE, width=2)
    for part in (0, 0.15, 0.55, 1):
        across = left + int((right - left) * part)
        draw.line((across, top, across, top + rows * step), fill=LINE, width=2)
    for at in range(rng.randint(rows // 2, rows)):
        _scribble(draw, rng, left + int((right - left) * 0.6), top + at * step, step)
    target = io.BytesIO()
    picture.rotate(rng.uniform(-2, 2), fillcolor=DESK).save(target, "JPEG", quality=70)
    return target.getvalue()


def _scribble(draw: ImageDraw.ImageDraw, rng: random.Random, left: int, top: int, step: int) -> None:
    points = [(left + at * 14, top + rng.randint(step // 4, step - step // 4)) for at in range(rng.randint(6, 12))]
    draw.line(points, fill=INK, width=4, joint="curve")
