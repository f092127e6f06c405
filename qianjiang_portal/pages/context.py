"""What the frame of every page needs: navigation by role, the place, counts, marks."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.badges import badges

# key → label, URL name, icon
ITEMS = {
    "home": ("工作台", "home", "home"),
    "entry": ("快速录入", "points:entry", "pencil"),
    "import": ("Excel导入", "points:import-list", "table"),
    "batches": ("我的批次", "points:batch-list", "layers"),
    "activities": ("村级活动", "points:activity-list", "calendar"),
    "review": ("审核", "points:review-queue", "shield"),
    "notices": ("公示", "points:notice-list", "notice"),
    "households": ("农户存折", "points:passbook-list", "book"),
    "villages": ("村情", "reports:village-list", "village"),
    "indicators": ("指标填报", "villages:indicator-list", "table"),
    "people": ("人员", "villages:people-list", "users"),
    "charters": ("村规民约", "villages:charter-list", "file"),
    "disclosures": ("三公开", "villages:disclosure-list", "notice"),
    "errands": ("便民代办", "villages:errand-list", "notice"),
    "honours": ("荣誉", "points:honour-list", "flag"),
    "redeem": ("积分兑换", "points:redeem", "bag"),
    "redeem-day": ("今日清单", "points:redeem-day", "calendar"),
    "stock": ("物品库存", "points:stock", "layers"),
    "rules": ("积分细则", "points:rule-set-list", "rules"),
    "dashboard": ("数据看板", "reports:dashboard", "chart"),
    "demos": ("示范创建", "demos:board", "flag"),
    "reports": ("材料报送", "reports:report-list", "file"),
    "meetings": ("会议与结对", "demos:meeting-list", "users"),
    "funds": ("经费", "demos:fund-list", "book"),
    "audit": ("审计", "audit", "shield"),
    "oddities": ("统计疑点", "points:oddity-list", "filter"),
    "ledger": ("账本校验", "points:ledger-check", "lock"),
    "year-end": ("年末结转", "points:year-end-list", "calendar"),
    "jobs": ("任务", "jobs:list", "refresh"),
    "rights": ("权限一览", "rights", "lock"),
    "staff": ("账号", "villages:staff-list", "users"),
    "admin": ("系统管理", "admin:index", "settings"),
}

# Pages that belong to another item than the one whose address they begin with.
ELSEWHERE = {"/import/roster/": "households", "/import/opening/": "households", "/import/registers/": "households"}

LOOK_UP = (
    "households",
    "villages",
    "activities",
    "indicators",
    "people",
    "charters",
    "disclosures",
    "errands",
    "honours",
    "redeem",
    "rules",
)

# role → daily work, look-up, programme
LAYOUT: dict[str, tuple[tuple[str, ...], ...]] = {
    "district": (
        ("dashboard", "home"),
        ("review", "notices", *LOOK_UP),
        ("demos", "reports", "meetings", "funds", "year-end", "jobs", "rights"),
    ),
    "leader": (
        ("home", "review", "notices"),
        LOOK_UP,
        ("dashboard", "demos", "reports", "meetings", "funds", "year-end"),
    ),
    "clerk": (
        ("home", "entry", "activities", "import", "batches"),
        ("notices", *LOOK_UP),
        ("dashboard", "demos", "reports", "meetings", "funds", "year-end"),
    ),
    "reviewer": (
        ("home", "review", "notices"),
        ("households", "villages", "activities", "honours", "rules"),
        ("dashboard",),
    ),
    "counter": (("redeem", "redeem-day", "households", "stock"), ("home",), ()),
    "liaison": (("home",), ("villages", "indicators"), ("demos", "reports", "meetings", "funds")),
    "admin": (("home", "staff"), ("rules",), ("admin", "rights", "jobs")),
    "auditor": (("audit", "ledger", "oddities", "home"), ("dashboard", "reports"), ("rights",)),
}

# role → the places beside 更多, each with a name short enough for a quarter of a phone; the first three stand there
TABS = {
    "district": (("dashboard", "看板"), ("home", "工作台"), ("reports", "材料")),
    "leader": (("home", "工作台"), ("dashboard", "看板"), ("reports", "材料")),
    "clerk": (("home", "工作台"), ("entry", "录入"), ("batches", "批次")),
    "reviewer": (("home", "工作台"), ("review", "审核"), ("notices", "公示")),
    "counter": (("redeem", "兑换"), ("households", "存折"), ("redeem-day", "今日")),
    "liaison": (("home", "工作台"), ("villages", "村情"), ("meetings", "会议")),
    "admin": (("home", "工作台"), ("staff", "账号"), ("admin", "管理")),
    "auditor": (("audit", "审计"), ("ledger", "校验"), ("dashboard", "看板"), ("home", "工作台")),
}

TABS_SHOWN = 3

DENSITIES = ("compact", "default", "roomy")
TEXT_SIZES = ("100", "115", "130")


@dataclass(frozen=True)
class Item:
    key: str
    label: str
    url: str
    icon: str
    badge: int = 0
    current: bool = False


class Frame:
    """Worked out when the page asks for it, once: a fragment without a frame costs no query."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)

    @cached_property
    def roles(self) -> list[str]:
        """The roles held now, the one that shapes the page first."""
        held = {post.role for post in self._posts}
        return [role for role in LAYOUT if role in held]

    @cached_property
    def nav(self) -> list[list[Item]]:
        groups = [self._group(column) for column in range(3)]
        return [group for group in groups if group]

    @cached_property
    def phone_tabs(self) -> list[Item]:
        tabs = TABS[self.roles[0]] if self.roles else (("home", "工作台"),)
        return [item for key, label in tabs if (item := self._item(key, label))][:TABS_SHOWN]

    @cached_property
    def place_name(self) -> str:
        names = list(dict.fromkeys(post.place_name for post in self._posts))
        return f"{names[0]}等{len(names)}处" if len(names) > 1 else "".join(names)

    @cached_property
    def todo_count(self) -> int:
        return self._badges.get("todo", 0)

    @cached_property
    def _posts(self) -> list[Any]:
        return list(self.user.appointments_now) if self.user and self.user.is_authenticated else []

    @cached_property
    def _badges(self) -> dict[str, int]:
        return badges(self.user) if self._posts else {}

    @cached_property
    def _urls(self) -> dict[str, str]:
        return {key: url for key, (_, name, _) in ITEMS.items() if (url := link(name))}

    @cached_property
    def _current(self) -> str:
        """The key of the item whose address holds this page; the longest wins."""
        path = self.request.path
        if away := next((key for start, key in ELSEWHERE.items() if path.startswith(start)), ""):
            return away
        over = [key for key, url in self._urls.items() if path.startswith(url) and url != "/"]
        return max(over, key=lambda key: len(self._urls[key]), default="")

    def _group(self, column: int) -> list[Item]:
        keys = dict.fromkeys(key for role in self.roles for key in LAYOUT[role][column])
        earlier = {key for role in self.roles for group in LAYOUT[role][:column] for key in group}
        return [item for key in keys if key not in earlier and (item := self._item(key))]

    def _item(self, key: str, label: str = "") -> Item | None:
        name, _, icon = ITEMS[key]
        url = self._urls.get(key)
        return Item(key, label or name, url, icon, self._badges.get(key, 0), key == self._current) if url else None


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame, the reader's preferences, and the marks of a demonstration."""
    shown = Frame(request)
    return {
        "nav": SimpleLazyObject(lambda: shown.nav),
        "phone_tabs": SimpleLazyObject(lambda: shown.phone_tabs),
        "place_name": SimpleLazyObject(lambda: shown.place_name),
        "todo_count": SimpleLazyObject(lambda: shown.todo_count),
        "demo": settings.PORTAL_DEMO,
        "clock_shifted": SimpleLazyObject(lambda: bool(calendar.offset())),
        "today": SimpleLazyObject(calendar.today),
        "office": settings.PORTAL_OFFICE,
        "office_phone": settings.PORTAL_OFFICE_PHONE,
        "site_numbers": getattr(settings, "PORTAL_SITE_NUMBERS", ()),
        "idle_seconds": SimpleLazyObject(lambda: request.session.get_expiry_age()),
        "help_url": link("help"),
        "search_url": link("search"),
        **preferences(request),
    }


def preferences(request: HttpRequest) -> dict[str, Any]:
    """How this reader wants pages shown: from cookies, so that it holds before sign-in as well."""
    cookies = request.COOKIES
    large = request.GET.get("large", cookies.get("large", ""))
    return {
        "density": _one_of(cookies.get("density"), DENSITIES, "default"),
        "textsize": _one_of(cookies.get("textsize"), TEXT_SIZES, "100"),
        "contrast": _one_of(cookies.get("contrast"), ("normal", "high"), "normal"),
        "reduce_motion": cookies.get("motion") == "less",
        "nav_state": _one_of(cookies.get("nav"), ("wide", "narrow"), "wide"),
        "large": large == "1",
    }


@cache
def link(name: str) -> str:
    """The address of a page, or nothing while this portal does not have it. Worked out once: each page has thirty."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _one_of(value: str | None, allowed: tuple[str, ...], default: str) -> str:
    return value if value in allowed else default
