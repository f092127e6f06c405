"""Checks an exported ledger against its seals, with nothing but Python's standard library (3.8 or newer).

    python verify.py                          checks the files beside this one
    python verify.py FOLDER-OR-ZIP            checks an unpacked or a packed proof pack
    python verify.py . --seal 3f2a-91c0-...   also looks for a seal copied from a paper notice (may be repeated)

Exit status 0: every entry, seal and link comes out and every seal asked for is there; 1: something does not.
It knows nothing of the portal: the rule it follows stands in README.txt and is written out again below.
"""

import argparse
import csv
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

FORMAT = "qj1"
SHORTEST = 20
FIELDS = 13


def main(arguments=None):
    parser = argparse.ArgumentParser(description="校验一个村的积分账本")
    parser.add_argument("pack", nargs="?", default=str(Path(__file__).resolve().parent), help="证明包的文件夹或 zip")
    parser.add_argument("--seal", action="append", default=[], help="公示单上抄来的封签，可写多次")
    asked = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        faults, seals, entries = check(read_files(Path(asked.pack)))
    except (OSError, KeyError, ValueError, TypeError, AttributeError, csv.Error, zipfile.BadZipFile) as error:
        faults, seals, entries = [f"证明包不完整或读不出（{type(error).__name__}：{error}）"], [], 0
    else:
        faults += find_seals(asked.seal, seals)
    for fault in faults:
        print("不符：" + fault)
    if faults:
        print(f"共 {len(faults)} 处不符，账本不能采信。")
        return 1
    print(f"{seals[0]['village'] if seals else '这个村'}：{len(seals)} 枚封签、{entries} 笔流水全部相符。")
    return 0


def read_files(pack):
    """The texts of a pack by name, as bytes."""
    names = ("ledger.jsonl", "seals.csv", "notices.csv")
    if pack.is_dir():
        return {name: (pack / name).read_bytes() for name in names}
    with zipfile.ZipFile(pack) as packed:
        return {name: packed.read(name) for name in names}


def check(files):
    """Every fault found, the seals, and how many entries there are."""
    seals = read_table(files, "seals.csv", "digest")
    notices = read_table(files, "notices.csv", "previous_seal")
    by_seal, faults = read_entries(files["ledger.jsonl"])
    if not seals:
        faults.append("seals.csv 里一枚封签也没有，没有可以校验的")
    known = set()
    previous = ""
    for number, seal in enumerate(seals, 1):
        faults += check_seal(number, previous, seal, by_seal.pop(int(seal["number"]), []))
        previous = seal["digest"]
        known.add(plain(seal["digest"])[:SHORTEST])
    faults += [f"第 {number} 枚封签不在册，却有 {len(rows)} 笔流水" for number, rows in by_seal.items()]
    for notice in notices:
        printed = plain(notice["previous_seal"])[:SHORTEST]
        if printed and printed not in known:
            faults.append(f"公示 {notice['code']} 上印的封签 {notice['previous_seal']} 不在链上")
    return faults, seals, sum(int(seal["entry_count"]) for seal in seals)


def read_table(files, name, column):
    """The rows of a file; one without its headings is no table of that kind."""
    rows = csv.DictReader(io.StringIO(files[name].decode("utf-8-sig")))
    if column not in (rows.fieldnames or ()):
        raise ValueError(f"{name} 没有 {column} 一列")
    return list(rows)


def read_entries(content):
    """Entries by the number of their seal, and the lines that cannot be read."""
    by_seal, faults = {}, []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            row = json.loads(line.decode("utf-8"))
            bytes.fromhex(row["salt"]), bytes.fromhex(row["leaf"])
            if len(row["entry"]) != FIELDS or type(row["position"]) is not int:
                raise ValueError("fields")
            by_seal.setdefault(int(row["seal"]), []).append(row)
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(f"ledger.jsonl 第 {number} 行读不出：{line[:60].decode('utf-8', 'replace')}")
    return by_seal, faults


def check_seal(number, previous, seal, rows):
    name = f"第 {seal['number']} 枚封签"
    faults = []
    if int(seal["number"]) != number:
        faults.append(f"{name}前面缺了第 {number} 枚")
    if seal["previous"] != previous:
        faults.append(f"{name}没有接着上一枚")
    rows = sorted(rows, key=lambda row: row["position"])
    for position, row in enumerate(rows, 1):
        if row["position"] != position:
            faults.append(f"{name}的第 {position} 笔流水 {row['entry'][0]} 位置写成了 {row['position']}")
        canonical = json.dumps([FORMAT, *row["entry"]], ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        if digest(seal["algorithm"], bytes.fromhex(row["salt"]) + canonical) != row["leaf"]:
            faults.append(f"{name}的第 {row['position']} 笔流水 {row['entry'][0]} 被改过")
    if len(rows) != int(seal["entry_count"]):
        faults.append(f"{name}封了 {seal['entry_count']} 笔，账本里有 {len(rows)} 笔")
    if not faults and sum(int(row["entry"][7]) for row in rows) != int(seal["points_sum"]):
        faults.append(f"{name}的合计不是 {seal['points_sum']} 分")
    head = f"{FORMAT}|{seal['previous']}|{seal['village']}|{seal['number']}|".encode()
    leaves = b"".join(bytes.fromhex(row["leaf"]) for row in rows)
    if digest(seal["algorithm"], head + leaves) != seal["digest"]:
        faults.append(f"{name}和它封的流水对不上")
    return faults


def find_seals(asked, seals):
    """What is not on the chain of the seals asked for; what is, is said."""
    faults = []
    for text in asked:
        wanted = plain(text)
        if len(wanted) < SHORTEST:
            faults.append(f"封签 {text} 不足 {SHORTEST} 位")
            continue
        found = [seal for seal in seals if seal["digest"].startswith(wanted)]
        if found:
            print(
                f"封签 {text} 是第 {found[0]['number']} 枚，{found[0]['sealed_at']} 封，{found[0]['entry_count']} 笔。"
            )
        else:
            faults.append(f"封签 {text} 不在链上")
    return faults


def plain(seal):
    return seal.replace("-", "").replace(" ", "").lower()


def digest(algorithm, content):
    """Hex; SM3 is worked out here where this machine's library does not know it."""
    if algorithm == "sm3" and "sm3" not in hashlib.algorithms_available:
        return sm3(content)
    state = hashlib.new(algorithm)
    state.update(content)
    return state.hexdigest()


MASK = 0xFFFFFFFF
START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def turn(word, by):
    by %= 32
    return ((word << by) | (word >> (32 - by))) & MASK


def sm3(content):
    """GB/T 32905-2016."""
    padded = content + b"\x80" + b"\0" * ((55 - len(content)) % 64) + (len(content) * 8).to_bytes(8, "big")
    state = START
    for at in range(0, len(padded), 64):
        state = sm3_block(state, padded[at : at + 64])
    return "".join(f"{word:08x}" for word in state)


def sm3_block(state, block):
    w = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ turn(w[j - 3], 15)
        w.append(x ^ turn(x, 15) ^ turn(x, 23) ^ turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        s1 = turn((turn(a, 12) + e + turn(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & MASK, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        t1 = (ff + d + (s1 ^ turn(a, 12)) + (w[j] ^ w[j + 4])) & MASK
        t2 = (gg + h + s1 + w[j]) & MASK
        a, b, c, d, e, f, g, h = t1, a, turn(b, 9), c, t2 ^ turn(t2, 9) ^ turn(t2, 17), e, turn(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h)))


if __name__ == "__main__":
    sys.exit(main())
