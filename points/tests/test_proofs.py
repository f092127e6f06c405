"""The proof pack: checked on another computer, without the portal, and naming whatever was touched."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest
from django.core.management import CommandError, call_command

from conftest import NOW
from points import proofs
from points.data import verify
from points.models import Seal
from qianjiang_portal.foundation.models import AuditEvent
from villages.models import Household, Resident


@pytest.fixture
def pack(posted, tmp_path):
    out = tmp_path / "pack.zip"
    call_command("proof_pack", village=posted.village.code, out=out)
    with zipfile.ZipFile(out) as packed:
        packed.extractall(tmp_path / "pack")
    return tmp_path / "pack"


def run(pack, *arguments):
    """The verifier in a clean interpreter: no environment, no site packages, no portal."""
    command = [sys.executable, "-I", "-S", str(pack / "verify.py"), *arguments]
    done = subprocess.run(command, cwd="/", env={}, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_an_intact_pack_comes_out(pack):
    assert run(pack) == (0, "500114112202：1 枚封签、3 笔流水全部相符。\n")


def test_it_is_checked_packed_as_well(pack):
    assert run(pack, str(pack.parent / "pack.zip"))[0] == 0


@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_byte_changed_names_the_entry(pack, at):
    lines = (pack / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    source = json.loads(lines[at])["entry"][0]
    lines[at] = lines[at].replace(b",5,", b",8,", 1)
    (pack / "ledger.jsonl").write_bytes(b"".join(lines))

    code, said = run(pack)

    assert code == 1
    assert f"第 1 枚封签的第 {at + 1} 笔流水 {source} 被改过" in said


def test_any_byte_of_any_entry_is_noticed(pack):
    """Every hundredth byte turned over, one at a time; none goes through."""
    files = verify.read_files(pack)
    whole = files["ledger.jsonl"]
    assert verify.check(files)[0] == []
    unnoticed = []
    for at in range(0, len(whole), 20):
        if whole[at : at + 1] != b"\n":
            touched = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            if not verify.check(files | {"ledger.jsonl": touched})[0]:
                unnoticed.append(at)

    assert unnoticed == []


def test_an_entry_left_out_is_noticed(pack):
    lines = (pack / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (pack / "ledger.jsonl").write_bytes(b"".join(lines[1:]))

    assert "第 1 枚封签封了 3 笔，账本里有 2 笔" in run(pack)[1]


def test_a_pack_that_cannot_be_read_is_told_in_a_sentence(pack):
    """Whatever is missing or mangled: no traceback for an auditor, and never an exit status of 0."""
    kept = {name: (pack / name).read_bytes() for name in ("ledger.jsonl", "seals.csv", "notices.csv")}
    harms = [(name, harm) for name in kept for harm in (None, b"\xff\xfe\x00", b"PK")]
    seals = kept["seals.csv"].decode().splitlines()
    harms += [
        ("seals.csv", text.encode()) for text in ("", seals[0], "\n".join([seals[0], seals[1].replace(",3,", ",x,")]))
    ]
    for name, harm in harms:
        (pack / name).unlink() if harm is None else (pack / name).write_bytes(harm)
        code, said = run(pack)
        assert (code, "账本不能采信" in said) == (1, True), (name, harm, said)
        assert "Traceback" not in said
        (pack / name).write_bytes(kept[name])
    (pack.parent / "pack.zip").write_bytes(b"PK\x03\x04")
    assert "读不出" in run(pack, str(pack.parent / "pack.zip"))[1]
    assert run(pack)[0] == 0


def test_a_seal_from_a_paper_sheet_is_found_or_missed(pack):
    seal = Seal.objects.get()

    assert f"封签 {seal.short} 是第 1 枚" in run(pack, str(pack), "--seal", seal.short)[1]
    code, said = run(pack, str(pack), "--seal", "0000-0000-0000-0000-0000")
    assert (code, "不在链上" in said) == (1, True)


def test_a_chain_written_anew_does_not_hold_the_printed_seal(pack):
    """The harm: whoever rewrites entry, leaf and seal makes a pack that agrees with itself. The paper still tells."""
    printed = Seal.objects.get().short
    rows = [json.loads(line) for line in (pack / "ledger.jsonl").read_bytes().splitlines()]
    rows[0]["entry"][7] = 8
    [seal] = csv.DictReader(io.StringIO((pack / "seals.csv").read_text("utf-8-sig")))
    text = json.dumps(["qj1", *rows[0]["entry"]], ensure_ascii=False, separators=(",", ":")).encode()
    rows[0]["leaf"] = verify.digest("sm3", bytes.fromhex(rows[0]["salt"]) + text)
    leaves = b"".join(bytes.fromhex(row["leaf"]) for row in rows)
    seal |= {"digest": verify.digest("sm3", f"qj1||{seal['village']}|1|".encode() + leaves), "points_sum": "18"}
    (pack / "ledger.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    with (pack / "seals.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, seal)
        writer.writeheader()
        writer.writerow(seal)

    assert run(pack)[0] == 0
    assert run(pack, str(pack), "--seal", printed)[0] == 1


def test_the_verifier_knows_sm3_by_itself():
    """Where the machine's library has none: the standard's own example, and lengths around a block."""
    assert verify.sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    for length in (0, 55, 56, 63, 64, 65, 200):
        assert verify.sm3(b"q" * length) == hashlib.new("sm3", b"q" * length).hexdigest()


def test_no_name_is_in_the_pack(posted, district):
    content = proofs.pack(village=posted.village, by=None, now=NOW)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        text = "".join(packed.read(name).decode("utf-8-sig") for name in packed.namelist())
    people = {*Household.objects.values_list("head_name", flat=True), *Resident.objects.values_list("name", flat=True)}

    assert {name for name in people if name in text} == set()


def test_the_same_ledger_gives_the_same_bytes_and_taking_it_is_recorded(posted, clerk):
    packs = {proofs.pack(village=posted.village, by=clerk, now=NOW) for _ in range(2)}

    assert len(packs) == 1
    assert AuditEvent.objects.filter(action="ledger.export", target=posted.village.code).count() == 2


def test_the_command_refuses_what_it_cannot_do(posted, tmp_path):
    with pytest.raises(CommandError, match="no village"):
        call_command("proof_pack", village="1", out=tmp_path / "a.zip")
    (tmp_path / "b.zip").write_text("kept")
    with pytest.raises(CommandError, match="already there"):
        call_command("proof_pack", village=posted.village.code, out=tmp_path / "b.zip")
