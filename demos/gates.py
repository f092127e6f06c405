"""What still stands between a candidate and its next stage."""

import datetime as dt
from collections.abc import Iterable

from demos.models import Candidate, Criterion, Score, Stage
from qianjiang_portal.foundation import metrics, options, periods

Key, Column = Stage.Key, Score.Column

# The column that has to be full before a candidate enters a stage.
SCORED_BEFORE = {
    Key.TOWN: Column.SELF,
    Key.DISTRICT: Column.TOWN,
    Key.CITY: Column.DISTRICT,
    Key.NOTICE: Column.DISTRICT,
}


def missing(candidate: Candidate, to: Stage, on: dt.date) -> list[str]:
    """What to do before the candidate may enter `to` on a day, a sentence each; none when the gate is open.

    A programme that sets no criteria asks for no scores and no evidence.
    """
    found = []
    if to.key == Key.APPLY and not candidate.owner:
        found.append("还没有定责任人")
    if column := SCORED_BEFORE.get(Key(to.key)):
        found += _unscored(candidate, column)
    if to.key == Key.TOWN:
        found += _unproved(candidate, on)
    if to.key not in (Key.APPLY, Key.CARE):
        found += _vetoes(candidate)
    if to.key == Key.RECOGNISED and (days := notice_left(candidate, on)) > 0:
        found.append(f"公示还差 {days} 天")
    return found


def notice_left(candidate: Candidate, on: dt.date) -> int:
    """Days until the notice of a candidate has been up long enough; 0 where it has."""
    if candidate.stage.key != Key.NOTICE:
        return 0
    until = candidate.since + dt.timedelta(days=options.get("notice_days"))
    return max((until - on).days, 0)


def figures(candidate: Candidate, criteria: Iterable[Criterion], on: dt.date) -> dict[int, metrics.Metric]:
    """The portal's own figures behind criteria, by criterion id; a name nobody registers any more is left out."""
    known = {metric.name: metric for metric in metrics.known()}
    return {one.pk: known[one.metric] for one in criteria if one.metric in known}


def period_of(on: dt.date) -> periods.Period:
    """Figures are read for the last quarter that is over."""
    return periods.of(on, "quarter").previous()


def _items(candidate: Candidate) -> list[Criterion]:
    return list(Criterion.objects.filter(standard=candidate.standard_id, is_veto=False).order_by("position"))


def _unscored(candidate: Candidate, column: Score.Column) -> list[str]:
    given = set(candidate.scores.filter(column=column).values_list("criterion", flat=True))
    return _sentence(f"{column.label}还差", [one for one in _items(candidate) if one.pk not in given])


def _unproved(candidate: Candidate, on: dt.date) -> list[str]:
    """Items that need evidence and have neither a record nor a figure of the portal; a figure of 0 proves nothing."""
    proved = set(candidate.evidence.filter(withdrawn_at=None).values_list("criterion", flat=True))
    needing = [one for one in _items(candidate) if one.needs_evidence and one.pk not in proved]
    counted = figures(candidate, needing, on)
    period = period_of(on)
    return _sentence(
        "材料还差",
        [one for one in needing if one.pk not in counted or not counted[one.pk].compute(candidate.place, period)],
    )


def _vetoes(candidate: Candidate) -> list[str]:
    found = candidate.findings.filter(cleared_on=None).select_related("criterion").order_by("criterion__position")
    return [f"负面清单没有销号：{one.criterion.text}" for one in found]


def _sentence(lead: str, items: list[Criterion]) -> list[str]:
    if not items:
        return []
    return [f"{lead} {len(items)} 条：第 {_numbers([one.position for one in items])} 条"]


def _numbers(positions: list[int]) -> str:
    """1—4、7、9、10: three and more in a row are joined."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and position == runs[-1][-1] + 1:
            runs[-1].append(position)
        else:
            runs.append([position])
    said = (f"{run[0]}—{run[-1]}" if len(run) > 2 else "、".join(map(str, run)) for run in runs)
    return "、".join(said)
