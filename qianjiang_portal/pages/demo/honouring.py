"""Honours in the villages with a history: some awarded, some on notice, some waiting; and one household suspended."""

import datetime as dt
import random
from functools import partial

from points import awards, honours, suspensions
from points.honours import Nominee, Sitting
from points.models import Honour, HonourKind, HonourNotice, PanelMember
from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo.agenda import Agenda
from qianjiang_portal.pages.demo.people import Cast
from villages.models import Household, Resident, Village

DEEDS = {
    "文明家庭": "家里和睦，院坝常年干净，组里的事情都出力",
    "最美庭院": "院子种花，柴草码放整齐，垃圾分类投放",
    "好媳妇": "照看公婆多年，邻里都说好",
    "好儿女": "每周回家看望老人，带老人看病",
    "乡贤": "回乡出资修组里的便道",
}
# Which member of a household is praised for what; elsewhere it is the household, or its head.
PRAISED = {"好媳妇": ("配偶",), "好儿女": ("儿子", "女儿")}
# Working days before the end on which a village nominates, decides and puts up.
FIRST, SECOND, LAST = (24, 22, 21), (5, 3, 2), 1


def plan(seed: str, agenda: Agenda, casts: list[tuple[Village, Cast]], days: list[dt.date]) -> None:
    """Put the honours of every third village on the agenda."""
    for village, cast in casts[::3]:
        rng = random.Random(f"{seed}/{village.code}/honours")  # noqa: S311 - invention, not secrecy
        _Town(agenda, village, cast, rng, days).plan()


class _Town:
    def __init__(self, agenda: Agenda, village: Village, cast: Cast, rng: random.Random, days: list[dt.date]) -> None:
        self.agenda, self.village, self.cast, self.rng, self.days = agenda, village, cast, rng, days
        own = {member.household_id for member in cast.panel if member.user_id}
        homes = Household.objects.filter(village=village).active().exclude(pk__in=own).in_number_order()
        self.homes = rng.sample(list(homes), k=min(6, len(homes)))

    def plan(self) -> None:
        names = list(DEEDS)
        for (nominated, decided, put_up), kinds in ((FIRST, names[:3]), (SECOND, names[3:4])):
            if put_up >= len(self.days) or nominated >= len(self.days):
                continue
            self._on(nominated, 10, partial(self._nominate, kinds))
            self._on(decided, 15, self._decide)
            self._on(put_up, 9, self._publish)
        self._on(LAST, 11, partial(self._nominate, names[-1:]))
        self._on(LAST, 14, self._suspend)

    def _nominate(self, kinds: list[str], now: dt.datetime) -> None:
        for name in kinds:
            kind = HonourKind.objects.get(name=name)
            nominee = Nominee(name="田学文") if kind.holder == HonourKind.Holder.PERSON else self._of_a_home(name)
            said = {"village": self.village, "year": now.year, "deed": DEEDS[name], "by": self.cast.maker, "now": now}
            if nominee.household:
                nominee.household.refresh_from_db()
            if nominee.household is None or nominee.household.state == Household.State.ACTIVE:
                honours.nominate(kind=kind, nominee=nominee, **said)

    def _of_a_home(self, name: str) -> Nominee:
        """A household that nobody took yet, with the member who is praised where it has one."""
        members = Resident.objects.filter(household__in=self.homes, relation__in=PRAISED.get(name, ()))
        member = members.select_related("household").order_by("household__serial", "pk").first()
        home = next(one for one in self.homes if member is None or one.pk == member.household_id)
        self.homes.remove(home)
        return Nominee(home, member)

    def _decide(self, now: dt.datetime) -> None:
        waiting = Honour.objects.filter(village=self.village, state=Honour.State.NOMINATED)
        ids = list(waiting.values_list("pk", flat=True))
        seated = set(PanelMember.objects.filter(village=self.village).current(now.date()))
        sitting = Sitting([one for one in self.cast.panel if one in seated], now - dt.timedelta(hours=1), "同意")
        if ids:
            honours.decide(
                village=self.village, passed=ids, declined={}, sitting=sitting, by=self.cast.checker, now=now
            )

    def _publish(self, now: dt.datetime) -> None:
        if Honour.objects.filter(village=self.village, state=Honour.State.PASSED).exists():
            notice = awards.publish(village=self.village, by=self.cast.maker, now=now)
            self.agenda.at(notice.due_at, partial(self._award, notice))

    def _award(self, notice: HonourNotice, now: dt.datetime) -> None:
        awards.award(notice=notice, now=now)

    def _suspend(self, now: dt.datetime) -> None:
        home = self.homes[0]
        home.refresh_from_db()
        if home.state == Household.State.ACTIVE:
            veto = suspensions.Veto("V03", "虚报参加劳动 3 次", "镇核查结论 7 号")
            until = dt.date(now.year + 1, 5, 31)
            suspensions.suspend(household=home, veto=veto, ends_on=until, by=self.cast.leader, now=now)

    def _on(self, days_before: int, hour: int, action: object) -> None:
        if days_before < len(self.days):
            self.agenda.at(calendar.moment(self.days[-1 - days_before], hour), action)  # type: ignore[arg-type]
