import io
import zipfile
from decimal import Decimal

import docx
import pypdf

from reports.documents import bars, pdf
from reports.documents import docx as word
from reports.documents.model import Chart, Kind, Sheet, Workbook
from reports.documents.xlsx import render
from reports.tests.documents import samples

CHART = Chart("图1　各村（社区）参与户率", ("濯水社区", "五福村"), (Decimal("0.6335"), None), Kind.RATE)


def test_equal_charts_give_equal_bytes() -> None:
    first = bars.png(CHART)
    bars.png.cache_clear()
    assert bars.png(CHART) == first
    assert first[:8] == b"\x89PNG\r\n\x1a\n"


def test_only_greys_are_used() -> None:
    from PIL import Image

    pixels = Image.open(io.BytesIO(bars.png(CHART))).convert("RGB").getcolors(1 << 20)
    assert all(max(colour) - min(colour) <= 2 for _, colour in pixels)


def test_word_holds_it_with_words_for_whoever_does_not_see() -> None:
    document = docx.Document(io.BytesIO(word.render(samples.document(blocks=(CHART, samples.TABLE)))))
    (shape,) = document.inline_shapes
    assert shape._inline.docPr.get("descr") == CHART.caption
    assert round(shape.width.mm) == 156
    assert CHART.caption in [paragraph.text for paragraph in document.paragraphs]


def test_pdf_draws_it_with_its_values() -> None:
    made = pypdf.PdfReader(io.BytesIO(pdf.render(samples.document(blocks=(CHART, samples.TABLE)))))
    words = "".join(made.pages[0].extract_text().split())
    assert words.index("濯水社区63.4%") < words.index("五福村—") < words.index("各村（社区）参与户率")


def test_the_workbook_draws_its_own_chart_from_its_cells() -> None:
    book = Workbook("甲", (Sheet("表1", samples.TABLE, 2),), samples.METADATA)
    with zipfile.ZipFile(io.BytesIO(render(book))) as package:
        chart = package.read("xl/charts/chart1.xml").decode()
    assert "表1!$C$3:$C$4" in chart.replace("'", "")
