"""What the dashboards show, worked out before a template sees it."""

from reports.dashboards.district import DistrictPage, district_page
from reports.dashboards.township import TownshipPage, township_page
from reports.dashboards.village import VillagePage, village_page
from reports.dashboards.village_list import Group, village_groups

__all__ = [
    "DistrictPage",
    "Group",
    "TownshipPage",
    "VillagePage",
    "district_page",
    "township_page",
    "village_groups",
    "village_page",
]
