"""A chart inside a paper: bars in one dark grey with their values beside them, drawn in workers only."""

import io
from functools import lru_cache
from typing import Any

import pylopdf_fonts_zh_cn as fonts

from reports.documents.model import Chart, shown

WIDTH, ROW, HEAD = 6.14, 0.24, 0.3  # inches; the width is 156 mm
INK, FILL = "#222222", "#595959"
DPI = 200


@lru_cache(maxsize=64)
def png(chart: Chart) -> bytes:
    """The picture; equal charts give equal bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEAD + ROW * len(chart.labels)), dpi=DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.2, 0.02, 0.68, 0.96))
    _draw(axes, chart)
    target = io.BytesIO()
    figure.savefig(target, format="png", metadata={"Software": None})
    return target.getvalue()


def _draw(axes: Any, chart: Chart) -> None:
    from matplotlib.font_manager import FontProperties

    font = FontProperties(fname=str(fonts.sans_path()), size=9)
    places = range(len(chart.labels))
    values = [float(value or 0) for value in chart.values]
    axes.barh(places, values, color=FILL, height=0.62)
    axes.invert_yaxis()
    axes.set_yticks(places, chart.labels, fontproperties=font, color=INK)
    axes.set_xlim(0, max(values, default=0) * 1.12 or 1)
    axes.xaxis.set_visible(False)
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    for place, value in zip(places, chart.values, strict=True):
        text = f" {shown(value, chart.kind)}"
        axes.text(float(value or 0), place, text, va="center", fontproperties=font, color=INK)
