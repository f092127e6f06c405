"""What the dashboards show, worked out before a template sees it."""

from reports.dashboards.district import DistrictPage, UnknownKind, district_page
from reports.dashboards.township import TownshipPage, township_page
from reports.dashboards.village import VillagePage, village_page
from reports.dashboards.village_list import Group, VillageList, village_list
from reports.dashboards.wall import WallPage, wall_page
from reports.dashboards.workbook import district_workbook, township_workbook

__all__ = [
    "DistrictPage",
    "Group",
    "TownshipPage",
    "UnknownKind",
    "VillageList",
    "VillagePage",
    "WallPage",
    "district_page",
    "district_workbook",
    "township_page",
    "township_workbook",
    "village_list",
    "village_page",
    "wall_page",
]
