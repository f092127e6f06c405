"""The client of docs/api.md, run as it stands there against a portal that is up."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import NOW, TODAY, District, api_token
from points.models import Batch, Rule
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from villages.models import User

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


@pytest.fixture
def client_file(tmp_path: Path) -> Path:
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    file = tmp_path / "client.py"
    file.write_text(code)
    return file


def run(file: Path, url: str, token: str, village: str) -> subprocess.CompletedProcess[str]:
    said = {"PORTAL_URL": url, "PORTAL_TOKEN": token, "VILLAGE": village, "DAY": TODAY.isoformat()}
    return subprocess.run(
        [sys.executable, file], env=os.environ | said, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_client_enters_submits_and_looks_again(
    live_server: Any, district: District, rule: Rule, clerk: User, client_file: Path
) -> None:
    with calendar.at(NOW):
        ended = run(client_file, live_server.url, api_token(clerk), district.tongmu.code)

    assert ended.returncode == 0, ended.stderr
    batch = Batch.objects.get()
    points = sum(batch.claims.values_list("points", flat=True))
    assert ended.stdout.splitlines() == [
        f"entered {batch.number}: 2 rows, {points} points",
        f"sent {batch.number}: submitted",
        "nothing new",
    ]
    assert list(batch.claims.order_by("line").values_list("household__head_name", flat=True)) == [
        home.head_name for home in sorted(district.homes, key=lambda home: home.number)[:2]
    ]
    assert AuditEvent.objects.filter(action__in=["api.batch.create", "api.batch.submit"]).count() == 2


def test_the_client_says_what_the_portal_refused(
    live_server: Any, district: District, rule: Rule, clerk: User, client_file: Path
) -> None:
    ended = run(client_file, live_server.url, api_token(clerk, "read", "people"), district.tongmu.code)

    assert ended.returncode == 1
    assert "403 这个令牌没有勾选“录入和提交”" in ended.stderr
    assert not Batch.objects.exists()
