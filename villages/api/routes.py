"""The addresses of places and people, gathered by the project's own router."""

from villages.api.households import Households
from villages.api.indicators import Indicators, IndicatorValues
from villages.api.places import Grids, Townships, Villages

routes = [
    ("townships", Townships, "township"),
    ("villages", Villages, "village"),
    ("grids", Grids, "grid"),
    ("households", Households, "household"),
    ("indicators", Indicators, "indicator"),
    ("indicator-values", IndicatorValues, "indicator-value"),
]
