"""积分超市: two outlets, what stands on their shelves, and what households took home on market days."""

import datetime as dt
import random
import uuid
from collections.abc import Iterable
from itertools import pairwise

from points import passbooks, stock, store
from points.models import Outlet, Redemption
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo import places
from qianjiang_portal.pages.demo.agenda import Agenda
from qianjiang_portal.pages.demo.people import NEXT_TOWN, TOWN, Staff
from villages.models import Household, User, Village

# code, name, unit, points, bar code of the kind that shops give out themselves
GOODS = (
    ("XYY", "洗衣液 2kg", "瓶", 20, "2000000000015"),
    ("DM5", "大米 5kg", "袋", 45, "2000000000022"),
    ("CYY", "菜籽油 1.8L", "桶", 40, "2000000000039"),
    ("MJ", "毛巾", "条", 6, "2000000000046"),
    ("YG", "牙膏", "支", 5, "2000000000053"),
    ("XZ", "香皂", "块", 3, "2000000000060"),
    ("SY", "食盐", "袋", 2, "2000000000077"),
    ("ZJ", "抽纸 3包", "提", 8, "2000000000084"),
    ("BWB", "保温杯", "个", 25, "2000000000091"),
    ("LJT", "分类垃圾桶", "个", 15, "2000000000107"),
)
# The home outlet serves its neighbour too: a counter covers more than one village.
OUTLETS = ((places.HOME, TOWN + "003"), (NEXT_TOWN + "200",))
CALLERS = 3
MARKET = 5


class Shop:
    """One outlet and whoever stands behind its counter."""

    def __init__(self, seed: str, villages: list[Village], counter: User) -> None:
        self.rng = random.Random(f"{seed}/shop/{villages[0].code}")  # noqa: S311 - invention, not secrecy
        self.villages, self.counter = villages, counter
        self.outlet = Outlet()

    def open(self, now: dt.datetime) -> None:
        """Doors open, goods on the shelf."""
        said = {"by": self.counter, "now": now}
        self.outlet = stock.keep_outlet(
            village=self.villages[0], name=f"{self.villages[0].short_name}积分超市", serves=self.villages,
            weekdays="1234567", opens_at=dt.time(8), closes_at=dt.time(18), by=None, now=now, keepers=[self.counter],
        )  # fmt: skip
        for code, name, unit, points, barcode in GOODS:
            stock.keep_item(outlet=self.outlet, code=code, name=name, unit=unit, points=points, barcode=barcode, **said)
        self._fill(now)

    def market(self, now: dt.datetime) -> None:
        """A few households come, the poorest in points not among them; who has little takes little."""
        homes = Household.objects.active().filter(village__in=self.villages).order_by("number")
        able = list(passbooks.with_figures(homes).filter(available__gte=10))
        for at, home in enumerate(self.rng.sample(able, k=min(CALLERS, len(able)))):
            self._hand_out(home, now + dt.timedelta(minutes=7 * at))

    def regret(self, now: dt.datetime) -> None:
        """The slip of a morning that was for somebody else."""
        self.market(now)
        last = Redemption.objects.filter(outlet=self.outlet, on=calendar.local_date(now)).newest_first().first()
        if last:
            then = last.made_at + dt.timedelta(minutes=4)
            store.undo(redemption=last, reason="录错了户", by=self.counter, now=then)

    def count(self, now: dt.datetime) -> None:
        """Once a month what stands there is counted; a towel may be missing. Then the shelves are filled."""
        towels = self.outlet.items.get(code="MJ")
        lines = [stock.Typed(item, item.stock) for item in self.outlet.items.exclude(code="MJ")]
        if towels.stock:
            lines.append(stock.Typed(towels, towels.stock - 1, "少一条，原因不明"))
        key = uuid.UUID(int=self.rng.getrandbits(128))
        stock.book(outlet=self.outlet, kind="count", lines=lines, key=key, by=self.counter, now=now)
        self._fill(now)

    def _hand_out(self, home: Household, now: dt.datetime) -> None:
        have = store.available(home)
        goods = [item for item in self.outlet.items.listed().in_code_order() if item.stock and item.points <= have]
        if not goods:
            return
        item = self.rng.choice(goods)
        most = min(3, item.stock, have // item.points)
        key = uuid.UUID(int=self.rng.getrandbits(128))
        store.redeem(
            outlet=self.outlet, household=home, basket={item.pk: self.rng.randint(1, most)}, key=key, by=self.counter,
            now=now, collector=self.rng.choice(("", "", "家人代领")),
        )  # fmt: skip

    def _fill(self, now: dt.datetime) -> None:
        lines = [stock.Typed(item, 24 - item.stock, "补货") for item in self.outlet.items.all() if item.stock < 12]
        if lines:
            key = uuid.UUID(int=self.rng.getrandbits(128))
            stock.book(outlet=self.outlet, kind="receipt", lines=lines, key=key, by=self.counter, now=now)


def plan(seed: str, agenda: Agenda, staff: Staff, villages: Iterable[Village], days: list[dt.date]) -> None:
    """Put the market days of the outlets on the agenda, from a third of the working `days` on."""
    lived = {village.code: village for village in villages}
    for at, codes in enumerate(OUTLETS):
        served = [lived[code] for code in codes if code in lived]
        if served:
            counter = staff.counter(served[0].code)
            _plan_shop(Shop(seed, served, counter), agenda, days[len(days) // 3 + at :])


def _plan_shop(shop: Shop, agenda: Agenda, days: list[dt.date]) -> None:
    agenda.at(calendar.moment(days[0], 8, 30), shop.open)
    markets = days[2::MARKET]
    for day in markets[:-1]:
        agenda.at(calendar.moment(day, 9, 5), shop.market)
    agenda.at(calendar.moment(markets[-1], 9, 5), shop.regret)
    for before, day in pairwise(days):
        if before.month != day.month:
            agenda.at(calendar.moment(day, 16), shop.count)
