"""What the dashboards show, worked out before a template sees it."""

from reports.dashboards.district import DistrictPage, district_page
from reports.dashboards.township import TownshipPage, township_page
from reports.dashboards.village import VillagePage, village_page
from reports.dashboards.village_list import Group, VillageList, village_list
from reports.dashboards.wall import WallPage, wall_page

__all__ = [
    "DistrictPage",
    "Group",
    "TownshipPage",
    "VillageList",
    "VillagePage",
    "WallPage",
    "district_page",
    "township_page",
    "village_list",
    "village_page",
    "wall_page",
]
