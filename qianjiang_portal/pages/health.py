"""Is the portal well? Each reading with its limit; the page, the probe and the metrics show the same.

Ready means that a request can be answered: the database is there and its tables are those of this version. Everything
else that is wrong makes the portal *unwell*, not unready: clerks go on entering while the broker or a backup is away.
"""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from qianjiang_portal.foundation import calendar, jobs, replica, upkeep

State = Literal["ok", "late", "down"]

QUEUE_MINUTES = 10
BEAT_MINUTES = 5
DAILY_HOURS = 26
LAG_SECONDS = 60
LAG_BYTES = 64 * 2**20
DISK_SHARE = 0.1
# Backups taken and logs fetched by PostgreSQL's own tools are no replicas.
REPLICAS = """
    SELECT count(*), count(*) FILTER (WHERE state IS NULL), coalesce(extract(epoch FROM max(replay_lag)), 0),
           coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0)
      FROM pg_stat_replication WHERE application_name NOT IN ('pg_basebackup', 'pg_receivewal')
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing looked at. `number` is in the unit that the name ends with; None: never done, or not to be seen."""

    name: str
    label: str
    state: State
    words: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    readings: list[Reading]

    @property
    def is_ready(self) -> bool:
        return all(reading.state != "down" for reading in self.readings)

    @property
    def state(self) -> str:
        if not self.is_ready:
            return "unready"
        return "ready" if all(reading.state == "ok" for reading in self.readings) else "unwell"


def look(now: dt.datetime | None = None) -> Health:
    """All readings; where the database is away only what can be seen without it."""
    database = _database()
    if database.state == "down":
        return Health([database, _broker(), _disk()])
    now = now or calendar.now()
    daily = [_daily(name, label, now) for name, label in DAILY.items()]
    return Health([database, _tables(), _broker(), _queue(now), _beat(now), *daily, _replicas(), _disk()])


DAILY = {upkeep.RECONCILE: "账本核对", upkeep.AUDIT: "操作记录封签", upkeep.BACKUP: "备份"}


def _database() -> Reading:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            (only_read,) = cursor.fetchone()
    except DatabaseError:
        return Reading("database_up", "数据库", "down", "连不上", 0)
    if only_read:
        return Reading("database_up", "数据库", "down", "是只读副本，还没有升为主库", 0)
    return Reading("database_up", "数据库", "ok", "正常", 1)


def _tables() -> Reading:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    words = f"还有 {missing} 步没有升级" if missing else "与程序一致"
    return Reading("migrations_missing", "数据表", "down" if missing else "ok", words, missing)


def _broker() -> Reading:
    try:
        cache.get("health")
    except Exception:  # any trouble of the broker's client means the same here
        return Reading("broker_up", "消息服务", "late", "连不上，后台任务要等它恢复", 0)
    return Reading("broker_up", "消息服务", "ok", "正常", 1)


def _queue(now: dt.datetime) -> Reading:
    age = jobs.oldest_waiting(now)
    minutes = int(age.total_seconds() // 60)
    words = f"最早一件已等 {minutes} 分钟" if minutes else "没有久等的任务"
    state: State = "late" if minutes >= QUEUE_MINUTES else "ok"
    return Reading("oldest_job_seconds", "后台任务", state, words, age.total_seconds())


def _beat(now: dt.datetime) -> Reading:
    done = upkeep.last(upkeep.BEAT)
    if done is None:
        return Reading("beat_age_seconds", "定时任务", "late", "还没有运行过")
    age = (now - done.at).total_seconds()
    state: State = "late" if age > BEAT_MINUTES * 60 else "ok"
    return Reading("beat_age_seconds", "定时任务", state, f"上次运行 {_clock(done.at)}", age)


def _daily(name: str, label: str, now: dt.datetime) -> Reading:
    """A duty of every day: late when it ended badly or more than a day ago."""
    done = upkeep.last(name)
    if done is None:
        return Reading(f"{name}_age_seconds", label, "late", "还没有做过")
    age = (now - done.at).total_seconds()
    state: State = "ok" if done.ok and age <= DAILY_HOURS * 3600 else "late"
    words = f"{_clock(done.at)} {done.note or ('通过' if done.ok else '未通过')}"
    return Reading(f"{name}_age_seconds", label, state, words, age)


def _replicas() -> Reading:
    """How far behind the replica is. The one that pages read from says it itself; of others the primary knows.

    The primary's own figure in seconds stands still while a replica stands still: what it has not done yet does not.
    """
    with connection.cursor() as cursor:
        cursor.execute(REPLICAS)
        count, hidden, lag, waiting = cursor.fetchone()
    if replica.is_named():
        seconds = replica.behind()
        words = "连不上" if seconds is None else f"落后 {seconds:.0f} 秒"
        return _replica("late" if seconds is None or seconds > LAG_SECONDS else "ok", words, seconds)
    if not count:
        return _replica("ok", "没有配置", 0.0)
    if hidden:
        return _replica("late", f"{count} 个，落后多少看不到：数据库账号缺 pg_read_all_stats", None)
    state: State = "late" if lag > LAG_SECONDS or waiting > LAG_BYTES else "ok"
    return _replica(state, f"{count} 个，最慢落后 {lag:.0f} 秒，{waiting / 2**20:.0f} MB", float(lag))


def _replica(state: State, words: str, number: float | None) -> Reading:
    return Reading("replica_lag_seconds", "只读副本", state, words, number)


def _disk() -> Reading:
    """The fullest of the disks that hold data, stored files and backups."""
    folders = [Path(place) for place in (settings.DATA_DIR, settings.FILES_DIR, settings.BACKUP_DIR)]
    usages = [shutil.disk_usage(place) for place in folders if place.exists()]
    usage = min(usages, key=lambda one: one.free / one.total)
    state: State = "late" if usage.free < DISK_SHARE * usage.total else "ok"
    return Reading("disk_free_bytes", "磁盘", state, f"剩余 {usage.free / 2**30:.1f} GB", usage.free)


def _clock(moment: dt.datetime) -> str:
    return f"{moment.astimezone(calendar.SHANGHAI):%m-%d %H:%M}"
