"""The cast: the same people in the same places in every test, and a stranger who must never see any of it.

濯水镇 500114112: 桐木村 (home) and 三门社区 (next door)      石会镇 500114106: 中元村 (where the stranger works)
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from playwright.sync_api import expect

from points import batches, notices, postings, review, rules
from points.models import Batch, Entry, Notice, PanelMember, Rule, RuleSet
from qianjiang_portal import testing, testing_sessions
from qianjiang_portal.foundation import calendar, periods
from qianjiang_portal.testing_kept import kept
from villages import appointments, roster, tokens
from villages.models import Household, Token, Township, Unit, User, Village

pytest_plugins = ["qianjiang_portal.testing_ground"]

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=calendar.SHANGHAI)
TODAY = NOW.date()
SINCE = dt.date(2026, 1, 1)
PASSWORD = "correct-horse-7"

HOME_HEADS = ("冉光明", "覃世明", "单淑芬", "曾国良", "欧阳娜", "庹世全", "龚素芳", "向德珍")


@dataclass(frozen=True)
class District:
    """The places of the cast and their households, each village with two grids."""

    zhuoshui: Township
    shihui: Township
    tongmu: Village
    sanmen: Village
    zhongyuan: Village
    homes: list[Household]
    next_door: list[Household]
    far: list[Household]


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests live on 23 November 2026, except those marked `chaos`, which have processes of their own."""
    if request.node.get_closest_marker("chaos"):
        yield
        return
    with calendar.at(NOW):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    testing.use_template()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """A browser on a busy machine may take its time; only what fails takes longer by it."""
    expect.set_options(timeout=testing.PATIENCE)
    return browser_type_launch_args | testing.browser_options()


@pytest.fixture
@kept
def district(db: None) -> District:
    zhuoshui = Township.objects.create(code="500114112", name="濯水镇", kind="town", phone="023-0000 0236")
    shihui = Township.objects.create(code="500114106", name="石会镇", kind="town")
    tongmu = _village(zhuoshui, "500114112202", "桐木村", phone="023-0000 0618")
    sanmen = _village(zhuoshui, "500114112003", "三门社区")
    zhongyuan = _village(shihui, "500114106200", "中元村")
    return District(
        zhuoshui,
        shihui,
        tongmu,
        sanmen,
        zhongyuan,
        homes=_households(tongmu, HOME_HEADS),
        next_door=_households(sanmen, ("罗昌碧", "田茂云", "向兴国")),
        far=_households(zhongyuan, ("石远方", "谭秀英", "陶德华")),
    )


def _village(township: Township, code: str, name: str, phone: str = "") -> Village:
    return Village.objects.create(
        township=township,
        code=code,
        name=name,
        short_name=name,
        kind=Village.kind_of(code),
        phone=phone,
        uses_points=True,
    )


def _households(village: Village, heads: tuple[str, ...]) -> list[Household]:
    grids = [roster.add_grid(village=village, number=number) for number in (1, 2)]
    return [
        roster.enrol(
            grid=grids[at % 2],
            head_name=head,
            joined_on=SINCE,
            members=4,
            people=(roster.Person(head, "户主", is_head=True), roster.Person(f"{head[0]}小妹", "女")),
        )
        for at, head in enumerate(heads)
    ]


def make_person(username: str, name: str, *posts: dict[str, object], **fields: object) -> User:
    """An account with its appointments since the beginning of the year."""
    user = User.objects.create_user(username, PASSWORD, name=name, must_change_password=False, **fields)
    for post in posts:
        appointments.appoint(user=user, begins_on=SINCE, **post)
    return user


@pytest.fixture
@kept
def clerk(district: District) -> User:
    return make_person("clerk", "冉晓莉", {"role": "clerk", "township": district.zhuoshui})


@pytest.fixture
@kept
def reviewer(district: District) -> User:
    return make_person("reviewer", "覃正芬", {"role": "reviewer", "village": district.tongmu})


@pytest.fixture
@kept
def leader(district: District) -> User:
    return make_person("leader", "向副镇长", {"role": "leader", "township": district.zhuoshui})


@pytest.fixture
@kept
def counter(district: District) -> User:
    return make_person("counter", "杨店员", {"role": "counter", "covers": [district.tongmu]})


@pytest.fixture
@kept
def liaison(district: District) -> User:
    unit = Unit.objects.create(code="minzheng", name="区民政局")
    return make_person("liaison", "周联络", {"role": "liaison", "unit": unit, "covers": [district.tongmu]})


@pytest.fixture
@kept
def district_officer(district: District) -> User:
    return make_person("district", "田雨禾", {"role": "district"})


@pytest.fixture
@kept
def auditor(district: District) -> User:
    return make_person("auditor", "沈审计", {"role": "auditor"})


@pytest.fixture
@kept
def admin_person(district: District) -> User:
    return make_person("admin", "管理员", {"role": "admin"})


@pytest.fixture
@kept
def stranger(district: District) -> User:
    """The same role as the clerk's, one township away."""
    return make_person("stranger", "石外人", {"role": "clerk", "township": district.shihui})


@pytest.fixture
@kept
def double(district: District) -> User:
    """A clerk in 三门社区 and a reviewer in 桐木村: never a reviewer in 三门社区."""
    return make_person(
        "double",
        "双任职",
        {"role": "clerk", "village": district.sanmen},
        {"role": "reviewer", "village": district.tongmu},
    )


@pytest.fixture
def cast(
    clerk: User,
    reviewer: User,
    leader: User,
    counter: User,
    liaison: User,
    district_officer: User,
    auditor: User,
    admin_person: User,
    stranger: User,
    double: User,
) -> dict[str, User]:
    people = (clerk, reviewer, leader, counter, liaison, district_officer, auditor, admin_person, stranger, double)
    return {person.username: person for person in people}


@pytest.fixture
@kept
def rule_set(district: District, leader: User) -> RuleSet:
    """The reference of 2026 and 濯水镇's version of it, adopted by a meeting and in force since January."""
    return publish_rules(district.zhuoshui, leader)


def publish_rules(township: Township, leader: User) -> RuleSet:
    reference, _ = RuleSet.objects.get_or_create(scope="district", defaults={"title": "参考细则", "year": 2026})
    if not reference.rules.exists():
        Rule.objects.bulk_create(rules._catalogue(reference))
    drafted = rules.draft(
        title=f"{township.name}积分细则(2026版)", year=2026, by=leader, township=township, based_on=reference
    )
    adoption = rules.Adoption("delegates", dt.date(2025, 12, 18), 78, 60, 52, "会议记录 2025-12")
    return rules.publish(rule_set=drafted, by=leader, effective_from=SINCE, adoption=adoption, now=NOW)


@pytest.fixture
@kept
def rule(rule_set: RuleSet) -> Rule:
    """Z02 参加公共劳动, +2 to +8, at most 24 points a month."""
    return rule_set.rules.get(code="Z02")


@pytest.fixture
@kept
def panel(district: District, reviewer: User) -> list[PanelMember]:
    """Three members in 桐木村; the reviewer is one of them and lives in the last household."""
    names = ("覃正芬", "冉启文", "庹世全")
    return [
        PanelMember.objects.create(
            village=district.tongmu,
            name=name,
            begins_on=SINCE,
            user=reviewer if at == 0 else None,
            household=district.homes[-1] if at == 0 else None,
            is_head=at == 0,
        )
        for at, name in enumerate(names)
    ]


MakeBatch = Callable[..., Batch]


@pytest.fixture
def make_batch(district: District, clerk: User, rule: Rule) -> MakeBatch:
    return batch_maker(district, clerk, rule)


def batch_maker(district: District, clerk: User, rule: Rule) -> MakeBatch:
    """Makes drafts of 桐木村 with a row for each household given (the first three by default)."""

    def make(
        households: list[Household] | None = None,
        *,
        rule: Rule = rule,
        points: int | None = None,
        on: dt.date = TODAY,
        maker: User = clerk,
        village: Village = district.tongmu,
    ) -> Batch:
        batch = batches.open_draft(
            maker=maker, village=village, rule=rule, occurred_on=on, key=uuid.uuid4().hex, now=calendar.now()
        )
        for household in district.homes[:3] if households is None else households:
            batches.put_claim(
                batch=batch,
                editor=maker,
                client_key=uuid.uuid4(),
                household=household,
                rule=rule,
                points=rule.default if points is None else points,
                occurred_on=on,
                now=calendar.now(),
            )
        batch.refresh_from_db()
        return batch

    return make


@pytest.fixture
@kept
def submitted(district: District, clerk: User, rule: Rule) -> Batch:
    batch = batches.submit(batch=batch_maker(district, clerk, rule)(), maker=clerk, now=calendar.now())
    batch.refresh_from_db()
    return batch


def approve(batch: Batch, checker: User, panel: list[PanelMember]) -> Batch:
    """Pass every row of a submitted batch."""
    batch.refresh_from_db()
    ids = list(batch.claims.filter(state="submitted").values_list("pk", flat=True))
    now = calendar.now()
    review.decide(batch=batch, checker=checker, version=batch.version, approve=ids, present=panel, held_at=now, now=now)
    batch.refresh_from_db()
    return batch


@pytest.fixture
@kept
def approved(submitted: Batch, reviewer: User, panel: list[PanelMember]) -> Batch:
    return approve(submitted, reviewer, panel)


@pytest.fixture
@kept
def notice(approved: Batch, clerk: User) -> Notice:
    """An open notice over 桐木村's first three households, +5 each."""
    return notices.publish(village=approved.village, period=periods.of(TODAY), publisher=clerk, now=calendar.now())


@pytest.fixture
@kept
def posted(notice: Notice) -> Notice:
    """The same notice after its period: three entries of +5 under the village's first seal."""
    with calendar.at(notice.due_at):
        return postings.post(notice=notice, now=calendar.now()).notice


@pytest.fixture
@kept
def entry(posted: Notice) -> Entry:
    return Entry.objects.order_by("pk").first()


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """The test client, signed in as somebody."""

    def sign_in(user: User) -> Client:
        testing_sessions.sign_in(client, user)
        return client

    return sign_in


def api_token(user: User, *scopes: str) -> str:
    """The text of a token of this person; without scopes it may do everything they may."""
    return tokens.make(user=user, name="测试", scopes=scopes or Token.Scope.values, days=30, now=calendar.now()).text


@pytest.fixture
def api() -> Callable[..., Client]:
    """A client that shows somebody's token: `api(clerk)`, `api(clerk, "read")`."""

    def ask_as(user: User, *scopes: str) -> Client:
        return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {api_token(user, *scopes)}"})

    return ask_as
