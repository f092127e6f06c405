"""Pictures of the papers a running demonstration makes, first pages, for docs/screens.

    make run                        # in one window
    make papers                     # in another; ONLY="circular case" takes just those

Papers come as PDF where the portal makes one, else as Word through LibreOffice (soffice); both need pdftoppm. Those two
are no part of the portal and are looked for on the machine.
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page
from screen_list import CANDIDATE, FIRST
from screens import SCREENS, asked, desks, keep

RESOLUTION = 70


@dataclass(frozen=True)
class Paper:
    """Where its link stands: a list, the first page behind it, `then` a page further, and how the link ends."""

    name: str
    who: str
    address: str
    follow: str
    link: str
    then: str = ""
    via: str = ""  # the words of a choice of period that the list offers


OWN, SUMMARIES = "main a[href$='/500114/']", "/reports/summaries/"
TOWNSHIP = "main tbody a[href^='/reports/']:not([href*='download'], [href$='/500114/'])"
PAPERS = (
    Paper("quarter", "district", "/reports/", OWN, "download.pdf", via="季度"),
    Paper("half-year", "district", "/reports/", OWN, "download.pdf", via="半年"),
    Paper("year", "district", "/reports/", OWN, "download.pdf", via="年度"),
    Paper("township", "district", "/reports/", TOWNSHIP, "download.pdf", via="半年"),
    Paper("village", "clerk", "/reports/", "main a[href$='/villages/']", "download.pdf", via="半年"),
    Paper("summary-district", "district", SUMMARIES, OWN, "download.pdf", via="半年"),
    Paper("summary-township", "clerk", SUMMARIES, FIRST, "download.pdf", via="半年"),
    Paper("summary-unit", "liaison", SUMMARIES, FIRST, "download.pdf", via="半年"),
    Paper("circular", "district", "/reports/circulars/", FIRST, "download.pdf"),
    Paper("case", "district", "/reports/cases/", FIRST, "download.pdf"),
    Paper("acceptance", "district", "/demos/", CANDIDATE, "acceptance.pdf", "criteria/"),
    Paper("minutes", "district", "/meetings/", "main a[href^='/meetings/']:not([href*='?'])", "minutes.docx"),
    Paper("notice", "clerk", "/notices/", "main a[href^='/notices/GS-']", "sheet.pdf"),
    Paper("pairing", "liaison", "/pairings/", FIRST, "sheet.pdf", "print/"),
)


def fetch(page: Page, base: str, paper: Paper) -> bytes | None:
    """The paper of the first page in the list that offers one."""
    page.goto(f"{base}{paper.address}")
    if paper.via:
        exact = page.locator(".c-head").get_by_role("link", name=paper.via, exact=True)
        choice = exact if exact.count() else page.locator(".c-head a", has_text=paper.via).last
        page.goto(f"{base}{paper.address}{choice.get_attribute('href')}")
    ways = [link.get_attribute("href") or "" for link in page.locator(paper.follow).all()]
    for way in dict.fromkeys(ways):
        page.goto(f"{base}{way}{paper.then}")
        link = page.locator(f"a[href$='{paper.link}']")
        if link.count():
            return page.request.get(f"{base}{link.first.get_attribute('href')}").body()
    return None


def first_page(paper: Paper, content: bytes, folder: Path) -> bytes:
    made = folder / f"paper{Path(paper.link).suffix}"
    made.write_bytes(content)
    if made.suffix == ".docx":
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(made)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = ["pdftoppm", "-r", str(RESOLUTION), "-png", "-f", "1", "-l", "1", "-singlefile"]
    subprocess.run([*command, str(folder / "paper.pdf"), str(folder / "page")], check=True)
    return (folder / "page.png").read_bytes()


def main() -> None:
    given = asked("Take the pictures of a running demonstration's papers in docs/screens.")
    missing = [name for name in ("pdftoppm", "soffice") if not shutil.which(name)]
    if missing:
        sys.exit(f"not on this machine: {', '.join(missing)}")
    with desks(given.base) as page_of:
        for paper in PAPERS:
            if given.only and paper.name not in given.only:
                continue
            content = fetch(page_of(paper.who), given.base, paper)
            if content is None:
                print(f"{paper.name}: nothing on {paper.address} leads to one")
                continue
            with tempfile.TemporaryDirectory() as folder:
                keep(first_page(paper, content, Path(folder)), SCREENS / f"paper-{paper.name}.png")


if __name__ == "__main__":
    main()
