"""What the people of the townships with a history were taught, and how their first year was judged."""

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal

from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages.demo.people import Cast
from villages import cadres
from villages.cadres import Judged, Lesson
from villages.models import Post, Township, User, Village

# topic, hours, organiser, the duties it is for; days after the opening
COURSES = (
    ("乡村治理积分制操作培训", "3", "区农业农村委", None, 12),
    ("基层党组织书记履职培训", "16", "区委组织部", ("first", "direct", "secretary"), 40),
    ("人民调解和民法典", "6", "区司法局", ("law", "mediator"), 75),
    ("村务公开和村务监督", "4", "区民政局", ("council", "supervisors", "oversight"), 110),
    ("移风易俗和院坝会主持", "3", "区委宣传部", ("board", "council", "law"), 150),
    ("防汛和森林防火入户宣传", "2", "区应急局", ("team", "staff", "secretary"), 190),
)
LOCAL = ("积分评议怎么开", "2", 60)
GRADES = ("good", "good", "excellent", "good", "good", "fair")
NOTES = {"fair": "到村天数不够，台账补得晚", "excellent": "调解和走访都做在前面"}


def record(seed: str, casts: Sequence[tuple[Village, Cast]], officer: User, opening: dt.date, until: dt.date) -> None:
    """Courses for each township, one of its own in every second village; the grades of the year before."""
    rng = random.Random(f"{seed}/cadres")  # noqa: S311 - invention, not secrecy
    by_town: dict[Township, list[tuple[Village, Cast]]] = {}
    for village, cast in casts:
        by_town.setdefault(village.township, []).append((village, cast))
    for township, here in by_town.items():
        people = list(Post.objects.of_township(township).order_by("pk"))
        for topic, hours, organiser, kinds, after in COURSES:
            invited = [post for post in people if kinds is None or post.kind in kinds]
            there = [post for post in invited if rng.random() < 0.8] or invited[:1]
            lesson = Lesson(topic, opening + dt.timedelta(days=after), Decimal(hours), organiser)
            _teach(township, None, lesson, there, here[0][1].maker, until)
        for village, cast in here[::2]:
            topic, hours, after = LOCAL
            lesson = Lesson(topic, opening + dt.timedelta(days=after), Decimal(hours), f"{village.short_name}委员会")
            own = [post for post in people if post.village_id == village.pk]
            _teach(township, village, lesson, own, cast.maker, until)
        _judge(rng, people, here[0][1].leader, officer, opening)


def _teach(
    township: Township, village: Village | None, lesson: Lesson, people: list[Post], maker: User, until: dt.date
) -> None:
    serving = [post for post in people if post.begins_on <= lesson.held_on <= (post.ends_on or lesson.held_on)]
    if lesson.held_on >= until or not serving:
        return
    now = calendar.moment(lesson.held_on + dt.timedelta(days=1), 10)
    given = {"township": township, "village": village, "lesson": lesson, "people": serving}
    with calendar.at(now):
        cadres.enter_training(**given, by=maker, now=now)


def _judge(rng: random.Random, people: list[Post], leader: User, officer: User, opening: dt.date) -> None:
    """Those who served in the year before the opening have its grade, given in that year's last weeks."""
    year, day = opening.year - 1, dt.date(opening.year - 1, 12, 20)
    now = calendar.moment(opening, 15)
    for post in people:
        if post.begins_on > day:
            continue
        grade = rng.choice(GRADES)
        by = officer if post.kind in Post.OF_TOWNSHIP else leader
        judged = Judged(year, grade, day, NOTES.get(grade, ""))
        with calendar.at(now):
            cadres.appraise(post=post, judged=judged, by=by, now=now)
