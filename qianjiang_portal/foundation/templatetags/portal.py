"""The few shared widgets: icons, states, and how numbers, dates and shares are written."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from qianjiang_portal.foundation import calendar

register = template.Library()

MINUS = "−"
NOTHING = "—"
WEEKDAYS = "一二三四五六日"

# state → the word, the kind of tag; the icon carries the state's own name
STATES = {
    "draft": ("草稿", "plain"),
    "submitted": ("待审核", "info"),
    "returned": ("已退回", "warn"),
    "approved": ("待公示", "info"),
    "published": ("公示中", "info"),
    "contested": ("核实中", "warn"),
    "effective": ("已生效", "ok"),
    "withdrawn": ("已撤销", "plain"),
}
IN_PARTS = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)+")
DIMENSIONS = {"self": "自治", "law": "法治", "virtue": "德治"}

Moment = dt.datetime | dt.date | None


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """A drawing of the sprite; silent beside a word, named by `label` where it stands alone.

    Drawn once: a page has forty of them, and where the sprite lies does not change while a process lives.
    """
    css = "c-icon c-icon--s" if size == "s" else "c-icon"
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>',
            css,
            label,
            href,
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, href)


@register.simple_tag
def state(value: str, word: str = "") -> SafeString:
    """One state for a whole page or row: icon and word on a ground."""
    return _marked("c-tag", value, word)


@register.simple_tag
def row_state(value: str, word: str = "") -> SafeString:
    """A state inside a table or sentence: icon and word without a ground, and quiet when all is well."""
    return _marked("c-st", value, word)


@register.simple_tag
def tag(kind: str, word: object, name: str = "") -> SafeString:
    """Any other tag: kind is ok, info, warn, err or plain; the icon follows the kind unless it is named."""
    return _labelled("c-tag", kind, name or _icon_of(kind), word)


@register.simple_tag
def mark(kind: str, word: object, name: str = "") -> SafeString:
    """The quiet form of `tag`, for rows: 已保存, a warning, what must be changed."""
    return _labelled("c-st", kind, name or _icon_of(kind), word)


@register.simple_tag
def dimension(value: str) -> SafeString:
    """自治, 法治 or 德治 with its own shape; anything else is written as nothing."""
    keys = {word: key for key, word in DIMENSIONS.items()}
    key = keys.get(value, value)
    if key not in DIMENSIONS:
        return format_html('<span class="is-2">{}</span>', NOTHING)
    return format_html('<span class="c-dim c-dim--{}">{}</span>', key, DIMENSIONS[key])


@register.filter
def signed(value: int | Decimal | None) -> str:
    """+5, −2 or 0, with thousands."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{abs(value):,}"


@register.filter
def thousands(value: int | Decimal | None) -> str:
    return NOTHING if value is None else f"{value:,}".replace("-", MINUS)


@register.filter
def yuan(value: Decimal | None) -> str:
    """1,200 or 1,200.50: cents only where there are any."""
    if value is None:
        return NOTHING
    return thousands(int(value)) if value == int(value) else thousands(round(value, 2))


@register.filter
def percent(ratio: float | Decimal | None, places: int = 1) -> str:
    """A share written as 52.9%, halves rounded up; nothing where there is nothing to divide by."""
    if ratio is None:
        return NOTHING
    exact = Decimal(str(ratio)) * 100
    return f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)}%"


@register.filter
def day(value: Moment) -> str:
    """2026-11-23, for tables."""
    return _local(value).isoformat() if value else NOTHING


@register.filter
def day_short(value: Moment) -> str:
    """11-23, where the year stands in the title."""
    return f"{_local(value):%m-%d}" if value else NOTHING


@register.filter
def day_zh(value: Moment) -> str:
    """11月23日, for sentences."""
    return f"{_local(value).month}月{_local(value).day}日" if value else NOTHING


@register.filter
def day_full(value: Moment) -> str:
    """2026年11月23日, for documents and titles."""
    return f"{_local(value).year}年{day_zh(value)}" if value else NOTHING


@register.filter
def overdue(due: dt.date, today: dt.date) -> str:
    """逾期 4 天."""
    return f"逾期 {(today - due).days} 天"


@register.filter
def week(value: Moment) -> str:
    """周日."""
    return f"周{WEEKDAYS[_local(value).weekday()]}" if value else ""


@register.filter
def clock(value: dt.datetime | None) -> str:
    """10:42 in Asia/Shanghai."""
    return f"{value.astimezone(calendar.SHANGHAI):%H:%M}" if value else NOTHING


@register.filter
def moment(value: dt.datetime | None) -> str:
    """11-23 10:44 in Asia/Shanghai."""
    return f"{value.astimezone(calendar.SHANGHAI):%m-%d %H:%M}" if value else NOTHING


@register.filter
def unbroken(value: object) -> SafeString:
    """A sentence in which no date, telephone or number breaks at its hyphens: YY-2026-0031.

    One that brings marks of its own says itself what stays together.
    """
    text = str(value)
    if isinstance(text, SafeString):
        return text
    return mark_safe(IN_PARTS.sub(r'<span class="u-nowrap">\g<0></span>', escape(text)))  # noqa: S308


@register.filter
def lines_of(value: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line for line in value.splitlines() if line.strip()]


def _marked(css: str, value: str, word: str) -> SafeString:
    known, kind = STATES[value]
    return _labelled(css, kind, value, word or known)


def _labelled(css: str, kind: str, name: str, word: object) -> SafeString:
    return format_html('<span class="{0} {0}--{1}">{2}{3}</span>', css, kind, icon(name), word)


def _icon_of(kind: str) -> str:
    return {
        "ok": "check",
        "good": "check",
        "info": "info",
        "warn": "warn",
        "err": "error",
    }.get(kind, "draft")


def _local(value: dt.datetime | dt.date) -> dt.date:
    return calendar.local_date(value) if isinstance(value, dt.datetime) else value
