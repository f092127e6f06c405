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


def courtyard(rng: random.Random) -> bytes:
    """Hills, a farmhouse and the yard before it, with a row of stools put out for a meeting."""
    wide, high = 1200, 800
    picture = Image.new("RGB", (wide, high), "#cfe0ea")
    draw = ImageDraw.Draw(picture)
    for at, shade in enumerate(("#a9bfae", "#86a68d", "#6c9074")):
        _hill(draw, rng, wide, 180 + at * 70, shade)
    draw.rectangle((0, 560, wide, high), fill="#c9bfa9")
    draw.rectangle((260, 350, 940, 600), fill="#eee8da", outline="#8d8779", width=3)
    draw.polygon([(210, 350), (600, 230), (990, 350)], fill="#5d5f66")
    draw.rectangle((550, 430, 650, 600), fill="#7b4f35")
    for left in (320, 760):
        draw.rectangle((left, 420, left + 120, 520), fill="#5f7785", outline="#ffffff", width=6)
    for left in range(170, 1050, 110):
        top = 660 + rng.randint(-8, 8)
        draw.rectangle((left, top, left + 60, top + 14), fill="#8a6f55")
        for leg in (left + 6, left + 48):
            draw.rectangle((leg, top + 14, leg + 6, top + 50), fill="#6e5844")
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=78)
    return target.getvalue()


def _hill(draw: ImageDraw.ImageDraw, rng: random.Random, wide: int, top: int, shade: str) -> None:
    ridge = [(across, top + rng.randint(-45, 45)) for across in range(0, wide + 200, 200)]
    draw.polygon([(0, 600), *ridge, (wide, 600)], fill=shade)
