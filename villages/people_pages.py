"""人员 to read: who serves where, whose term is over, and what nobody has been named for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from villages.models import Post, Township, Village

GROUPS = {
    "duty": ("责任人和专班", Post.OF_TOWNSHIP),
    "people": ("村里的人员", (Post.Kind.SECRETARY, Post.Kind.LAW, Post.Kind.MEDIATOR, Post.Kind.KEEPER)),
    "bodies": ("村级组织", (Post.Kind.COUNCIL, Post.Kind.BOARD, Post.Kind.SUPERVISORS, Post.Kind.OVERSIGHT)),
}
ORDER = {kind.value: at for at, kind in enumerate(Post.Kind)}
SOON = dt.timedelta(days=60)


@dataclass(frozen=True)
class Line:
    post: Post
    state: str

    @property
    def merged_into(self) -> Village | None:
        """The village their own became part of, while their term goes on."""
        return self.post.village.successor if self.post.village and self.state != "over" else None


def lines(user: Any, township: Township, group: str, today: dt.date) -> list[Line]:
    """The people of a township, by place and duty; past terms last. One query."""
    found = Post.objects.visible_to(user).of_township(township).filter(kind__in=GROUPS[group][1])
    posts = list(found.select_related("township", "village__township", "village__successor"))
    made = [Line(post, _state(post, today)) for post in posts]
    return sorted(made, key=lambda line: (line.state == "over", _code(line.post), ORDER[line.post.kind], line.post.pk))


def to_end(user: Any, township: Township, today: dt.date) -> list[tuple[str, str, int]]:
    """Groups with terms that go on in a village that became part of another one: key, words, how many. One query."""
    there = Post.objects.visible_to(user).filter(village__in=Village.objects.closed().filter(township=township))
    going_on = there.filter(Q(ends_on=None) | Q(ends_on__gte=today)).order_by()
    kinds = dict(going_on.values_list("kind").annotate(count=Count("pk")))
    counted = [(key, words, sum(kinds.get(kind, 0) for kind in own)) for key, (words, own) in GROUPS.items()]
    return [(key, words, count) for key, words, count in counted if count]


def missing(posts: Iterable[Line]) -> list[str]:
    """The duties of a township that nobody holds today."""
    held = {line.post.kind for line in posts if line.state != "over"}
    return [str(kind.label) for kind in (Post.Kind.FIRST, Post.Kind.DIRECT, Post.Kind.STAFF) if kind not in held]


def _state(post: Post, today: dt.date) -> str:
    if post.ends_on and post.ends_on < today:
        return "over"
    return "soon" if post.ends_on and post.ends_on <= today + SOON else "now"


def _code(post: Post) -> str:
    return post.village.code if post.village else ""
