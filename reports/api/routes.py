"""The addresses of figures, gathered by the project's own router."""

from reports.api.figures import Figures
from reports.api.summaries import Summaries

routes = [
    ("figures", Figures, "figure"),
    ("summaries", Summaries, "summary"),
]
