"""The addresses of figures, gathered by the project's own router."""

from reports.api.figures import Figures

routes = [
    ("figures", Figures, "figure"),
]
