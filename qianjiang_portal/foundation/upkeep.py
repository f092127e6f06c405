"""What keeps the portal itself well, and when it was last done: the source of the health page."""

import datetime as dt

from qianjiang_portal.foundation.models import Upkeep

BEAT = "beat"
BACKUP = "backup"
RECONCILE = "reconcile"
AUDIT = "audit"


def note(*, name: str, ok: bool, text: str = "", now: dt.datetime) -> Upkeep:
    """Write down that a duty was done at `now` and whether it ended well."""
    done, _ = Upkeep.objects.update_or_create(name=name, defaults={"at": now, "ok": ok, "note": text[:200]})
    return done


def last(name: str) -> Upkeep | None:
    """The last time a duty was done; None when it never was."""
    return Upkeep.objects.filter(name=name).first()
