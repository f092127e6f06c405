"""What still stands between a candidate and its next stage."""

import datetime as dt

from demos.models import Candidate, Stage
from qianjiang_portal.foundation import options


def missing(candidate: Candidate, to: Stage, on: dt.date) -> list[str]:
    """What to do before the candidate may enter `to` on a day, a sentence each; none when the gate is open."""
    found = []
    if to.key == Stage.Key.APPLY and not candidate.owner:
        found.append("还没有定责任人")
    if to.key == Stage.Key.RECOGNISED and (days := notice_left(candidate, on)) > 0:
        found.append(f"公示还差 {days} 天")
    return found


def notice_left(candidate: Candidate, on: dt.date) -> int:
    """Days until the notice of a candidate has been up long enough; 0 where it has."""
    if candidate.stage.key != Stage.Key.NOTICE:
        return 0
    until = candidate.since + dt.timedelta(days=options.get("notice_days"))
    return max((until - on).days, 0)
