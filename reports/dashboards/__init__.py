"""What the dashboards show, worked out before a template sees it."""

from reports.dashboards.district import DistrictPage, district_page
from reports.dashboards.township import TownshipPage, township_page
from reports.dashboards.village import VillagePage, village_page
from reports.dashboards.village_list import Group, VillageList, village_list

__all__ = [
    "DistrictPage",
    "Group",
    "TownshipPage",
    "VillageList",
    "VillagePage",
    "district_page",
    "township_page",
    "village_list",
    "village_page",
]
