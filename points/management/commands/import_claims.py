import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from points import import_rows, imports
from points.models import Import
from qianjiang_portal.foundation import calendar, jobs
from qianjiang_portal.foundation.refusals import Refused
from villages.models import User, Village


class Command(BaseCommand):
    help = "Check a workbook of awards and, with --commit, import what stands; prints a JSON summary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--village", required=True, help="statistics code, 12 digits")
        parser.add_argument("--user", required=True, help="sign-in name of the clerk it is done for")
        parser.add_argument("--commit", action="store_true", help="write the lines that stand into a draft batch")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        village = Village.objects.select_related("township").filter(code=options["village"]).first()
        user = User.objects.filter(username=options["user"]).first()
        if village is None or user is None:
            raise CommandError("No such village." if village is None else "No such user.")
        try:
            source = self._check(options["file"], village, user)
            problems = import_rows.problem_codes(source)
            if options["commit"] and source.counts.get("new"):
                source = self._commit(source, user)
        except (Refused, OSError) as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(_summary(source, problems, began), ensure_ascii=False))

    def _check(self, path: Path, village: Village, user: User) -> Import:
        now = calendar.now()
        content = path.read_bytes()
        try:
            source = imports.begin(
                village=village,
                maker=user,
                name=path.name,
                content=content,
                default_day=calendar.local_date(now),
                now=now,
            )
        except imports.AlreadyThere as found:
            if found.source.maker_id != user.pk or found.source.state != Import.State.CHECKED:
                raise
            source = imports.recheck(source=found.source, now=now)
        return _run(source)

    def _commit(self, source: Import, user: User) -> Import:
        now = calendar.now()
        return _run(imports.confirm(source=source, maker=user, expected=source.counts["new"], now=now))


def _run(source: Import) -> Import:
    """Do the queued job here; where a worker was quicker, wait for it."""
    assert source.job is not None
    if not jobs.run(source.job.uuid):
        while source.job.is_open:
            time.sleep(0.2)
            source.job.refresh_from_db()
    return Import.objects.select_related("village", "batch").get(pk=source.pk)


def _summary(source: Import, problems: dict[str, int], began: float) -> dict[str, Any]:
    counts = source.counts
    return {
        "file": source.name,
        "state": source.state,
        "message": source.message,
        "rows": counts.get("all", 0),
        "ok": counts.get("new", 0),
        "problems": problems,
        "problem_rows": counts.get("problem", 0),
        "duplicates": counts.get("duplicate", 0),
        "warnings": counts.get("warning", 0),
        "points": counts.get("points", 0),
        "remarks": source.remarks,
        "batch": source.batch.number if source.batch else None,
        "seconds": round(time.perf_counter() - began, 2),
    }
