"""培训和考核 to read: a year's training and grade of everybody with a post, the trainings, one person's record."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from villages import permissions, scope
from villages.models import Appraisal, Attended, Post, Township, Training, Village
from villages.models.cadres import GRADE_READERS
from villages.people_pages import ORDER

YEARS = 3


@dataclass(frozen=True)
class Line:
    """Somebody with a post: how often and how long they were taught in a year, and the year's grade if one may know."""

    post: Post
    times: int
    hours: Decimal
    grade: Appraisal | None


@dataclass(frozen=True)
class Person:
    """One post with all its trainings and grades, and which years still lack one."""

    post: Post
    trainings: tuple[Training, ...]
    hours: Decimal
    appraisals: tuple[Appraisal, ...]
    sees_grades: bool
    can_appraise: bool
    by_whom: str
    years: tuple[int, ...]


def years(today: dt.date) -> list[int]:
    return [today.year - back for back in range(YEARS)]


def year_of(asked: str, today: dt.date) -> int:
    return int(asked) if asked in {str(year) for year in years(today)} else today.year


def lines(user: Any, township: Township, year: int, village: Village | None = None) -> list[Line]:
    """Everybody of a township who served in the year, by place and duty. Three queries."""
    found = Post.objects.visible_to(user).of_township(township)
    found = found.filter(begins_on__lte=dt.date(year, 12, 31)).exclude(ends_on__lt=dt.date(year, 1, 1))
    posts = list((found.filter(village=village) if village else found).select_related("township", "village__township"))
    taught: dict[int, list[Decimal]] = defaultdict(list)
    there = Attended.objects.filter(
        post__in=posts, training__held_on__year=year, training__withdrawn_at__isnull=True
    ).values_list("post_id", "training__hours")
    for pk, hours in there:
        taught[pk].append(hours)
    grades = {
        one.post_id: one for one in Appraisal.objects.visible_to(user).standing().filter(post__in=posts, year=year)
    }
    made = [Line(post, len(taught[post.pk]), sum(taught[post.pk], Decimal()), grades.get(post.pk)) for post in posts]
    return sorted(made, key=_place)


def trainings(user: Any, township: Township, year: int, village: Village | None = None) -> QuerySet[Training]:
    """The trainings of a year, the newest first; a village's own or those of the whole township."""
    found = Training.objects.visible_to(user).standing().filter(township=township, held_on__year=year)
    if village:
        found = found.filter(village=village)
    counted = found.select_related("township", "village__township").annotate(heads=Count("attended"))
    return counted.order_by("-held_on", "-pk")


def attendance(user: Any, training: Training) -> list[Post]:
    """Who was there, of those whom one may see."""
    posts = Post.objects.visible_to(user).filter(attended__training=training)
    return sorted(posts.select_related("township", "village__township"), key=_order)


def candidates(user: Any, township: Township, villages: list[Village], today: dt.date) -> list[Post]:
    """Who may be ticked: whoever serves now or did within the last year, in the places one names people for."""
    posts = Post.objects.of_township(township).filter(begins_on__lte=today)
    posts = posts.exclude(ends_on__lt=today - dt.timedelta(days=366)).select_related("township", "village__township")
    own = {village.pk for village in villages}
    whole = permissions.can_name(user, township)
    return sorted((post for post in posts if whole or post.village_id in own), key=_order)


def person(user: Any, post: Post, today: dt.date) -> Person:
    """A person's page. Two queries."""
    taught = Training.objects.visible_to(user).standing().filter(attended__post=post).order_by("-held_on", "-pk")
    taught_rows = tuple(taught.select_related("township", "village__township"))
    given = tuple(
        Appraisal.objects.visible_to(user).filter(post=post).select_related("made_by").order_by("-year", "-pk")
    )
    graded = {one.year for one in given if not one.withdrawn_at}
    return Person(
        post=post,
        trainings=taught_rows,
        hours=sum((one.hours for one in taught_rows), Decimal()),
        appraisals=given,
        sees_grades=_sees_grades(user, post),
        can_appraise=permissions.can_appraise(user, post),
        by_whom=str(Appraisal.by_whom(post).label),
        years=tuple(year for year in years(today) if _served(post, year) and year not in graded),
    )


def sees_grades(user: Any) -> bool:
    return scope.holds(user, *GRADE_READERS)


def _sees_grades(user: Any, post: Post) -> bool:
    places = scope.places(user, GRADE_READERS)
    if post.village:
        return places.covers(post.village)
    return post.township is not None and places.covers_township(post.township)


def _served(post: Post, year: int) -> bool:
    return post.begins_on.year <= year and (post.ends_on is None or post.ends_on.year >= year)


def _place(line: Line) -> tuple[Any, ...]:
    return _order(line.post)


def _order(post: Post) -> tuple[Any, ...]:
    return (post.village.code if post.village else "", ORDER[post.kind], post.pk)
