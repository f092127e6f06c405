"""What a report is found by in an address: `2026Q3`, `2026H1`, `2026Y`, and a place's statistics code."""

from django.urls.converters import StringConverter

from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period


class Span:
    regex = r"\d{4}(?:Q[1-4]|H[12]|Y)"

    def to_python(self, value: str) -> Period:
        return periods.parse(value)

    def to_url(self, value: Period | str) -> str:
        return value if isinstance(value, str) else value.slug


class SummaryPeriod(Span):
    """Summaries are asked for each half-year and each whole year: 2026H1, 2026Y."""

    regex = r"\d{4}(?:H1|Y)"


class PlaceCode(StringConverter):
    regex = r"\d{6}(?:\d{3})?"


class VillageCode(StringConverter):
    regex = r"\d{12}"


class Printed(StringConverter):
    regex = "docx|pdf"


class Suffix(StringConverter):
    regex = "docx|xlsx|pdf"
