"""One picture for each page of help, of the part of a page its steps are about, from a running demonstration.

    make run                        # in one window
    make help-pictures              # in another; ONLY="entry" takes just that

At the size it is shown in, so that its words are read as on the page itself.
"""

import io
import sys

from PIL import Image
from playwright.sync_api import Page
from screen_list import HELP, Picture
from screens import ROOT, arrive, asked, desks

PICTURES = ROOT / "static" / "help"
HEIGHT = 900
QUALITY = 60


def take(page: Page, base: str, picture: Picture) -> None:
    page.set_viewport_size({"width": picture.wide, "height": HEIGHT})
    if not arrive(page, base, picture):
        return
    found = page.locator(picture.part)
    part = found.first.bounding_box() if found.count() else None
    if part is None:
        print(f"{picture.name}: {picture.part} is not on {page.url}")
        return
    clip = {"x": part["x"], "y": part["y"], "width": part["width"], "height": picture.high}
    path = PICTURES / f"{picture.name}.webp"
    drawn = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]
    drawn.save(path, quality=QUALITY, method=6)
    print(f"{path.relative_to(ROOT)} {drawn.width}×{drawn.height} {path.stat().st_size // 1024} KB")


def main() -> None:
    given = asked("Take the pictures of the help pages from a running demonstration.")
    PICTURES.mkdir(exist_ok=True)
    with desks(given.base) as page_of:
        for picture in HELP:
            if not given.only or picture.name in given.only:
                take(page_of(picture.who), given.base, picture)


if __name__ == "__main__":
    sys.exit(main())
