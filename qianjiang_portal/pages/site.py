"""What 系统管理 lists on its first page and beside every other: by what it is for, not by the room it lives in."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("单位与行政区划", ("villages.Township", "villages.Village", "villages.Grid", "villages.Unit")),
    ("人员与权限", ("villages.User",)),
    ("积分细则与荣誉", ("points.RuleSet", "points.HonourKind")),
    ("登记与创建", ("villages.Indicator", "villages.DisclosureItem", "demos.Criterion")),
    ("设置", ("foundation.Option",)),
)
# Pages of the portal that belong to a group: (name, address).
BESIDES = {
    "人员与权限": (
        ("账号：批量建、换岗、重置密码、解锁", "villages:staff-list"),
        ("权限一览", "rights"),
    )
}


class AdministrationSite(AdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The groups, with what this person may see; the contents of one room where it is asked for."""
        rooms: list[Any] = super().get_app_list(request, app_label)
        if app_label:
            return rooms
        found = {f"{room['app_label']}.{one['object_name']}": one for room in rooms for one in room["models"]}
        listed = [self._group(name, [found[label] for label in labels if label in found]) for name, labels in GROUPS]
        return [group for group in listed if group["models"]]

    def _group(self, name: str, models: list[Any]) -> dict[str, Any]:
        pages = [self._page(*page) for page in BESIDES.get(name, ())] if models else []
        return {
            "name": name,
            "app_label": f"group-{[group for group, _ in GROUPS].index(name)}",
            "app_url": reverse("admin:index"),
            "has_module_perms": True,
            "models": [*models, *pages],
        }

    def _page(self, name: str, address: str) -> dict[str, Any]:
        link = reverse(address)
        return {
            "name": name,
            "object_name": address.replace(":", "-"),
            "admin_url": link,
            "add_url": None,
            "view_only": True,
        }
