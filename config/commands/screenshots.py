"""`make screenshots`: the pictures of docs/images, taken anew from a demo of its own. Deletes its data when it is done."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from config.commands.variables import say
from config.embedded.installation import CHECKOUT
from config.health_system.wards import EASTERN
from tenancy.wall import local_date

IMAGES = CHECKOUT / "docs" / "images"
_READY_SECONDS = 300.0


@dataclass(frozen=True)
class Shot:
    """A picture: of which page, as whom, how wide, in which theme.

    `{grid}` in a path is Anesthesiology's current schedule, `{Epic OpTime}` the connection of that name.
    """

    name: str
    who: str  # the beginning of an e-mail address
    path: str
    width: int = 1440
    height: int = 1000
    theme: Literal["light", "dark"] = "light"
    press: tuple[str, ...] = ()


SHOTS = (
    Shot("schedule", "ostrander", "{grid}?start={soon}", press=("Enter",)),
    Shot("schedule-dark", "ostrander", "{grid}?rows=person&start={soon}", theme="dark"),
    Shot("schedule-phone", "ostrander", "{grid}", width=390, height=844),
    Shot("publish", "ostrander", "{grid}publish"),
    Shot("today", "viewer", "/today"),
    Shot("requests", "scheduler", "/requests/"),
    Shot("swaps", "scheduler", "/swaps/?show=all"),
    Shot("tallies", "ostrander", "/tallies/"),
    Shot("me-phone", "adaeze", "/me/", width=390, height=844),
    Shot("integrations-dark", "administrator", "/integrations/", theme="dark"),
    Shot("layout", "administrator", "{Epic OpTime}layout"),
    Shot("matrix", "administrator", "{Kronos payroll}mapping"),
)


def main() -> int:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        say("Chromium is not installed: apt-get install chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        process = _demo_started(Path(folder))
        try:
            demo = _demo_told(Path(folder), process)
            _taken(program, demo)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return 0


def _demo_started(folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DATA": str(folder / "data"), "PORT": os.environ.get("PORT", "8010")}
    return subprocess.Popen([sys.executable, "-m", "config.commands.demo"], cwd=CHECKOUT, env=environment)


def _demo_told(folder: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    told = folder / "data" / "demo.json"
    started = time.monotonic()
    while not told.exists():
        if process.poll() is not None or time.monotonic() - started > _READY_SECONDS:
            raise SystemExit("The demo did not become ready; it says above why.")
        time.sleep(0.5)
    demo: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return demo


def _taken(program: str, demo: dict[str, Any]) -> None:
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            context = browser.new_context(
                viewport={"width": shot.width, "height": shot.height}, base_url=demo["web"], color_scheme=shot.theme
            )
            page = context.new_page()
            _sign_in(page, next(one for one in demo["users"] if one["email"].startswith(shot.who)))
            page.goto(_address(page, shot.path))
            page.wait_for_load_state("networkidle")
            for key in shot.press:
                page.locator('table[role=grid] td[tabindex="0"]').press(key)
                page.locator("[data-inspector-body] .pick").wait_for()
            page.screenshot(path=str(IMAGES / f"{shot.name}.png"))
            say(f"docs/images/{shot.name}.png")
            context.close()
        browser.close()


def _sign_in(page: Any, user: dict[str, str]) -> None:
    page.goto("/signin")
    page.fill("[name=email]", user["email"])
    page.fill("[name=password]", user["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "signin" not in url)


def _address(page: Any, path: str) -> str:
    """The path with what stands in braces: `{soon}` is tomorrow, words with capitals are a connection."""
    soon = local_date(datetime.now(UTC), EASTERN) + timedelta(days=1)
    grid = _grid(page) if "{grid}" in path else ""
    path = path.replace("{grid}", grid).replace("{soon}", soon.isoformat())
    return re.sub(r"\{([A-Z][^}]+)\}", lambda name: _connection(page, name[1]), path)


def _connection(page: Any, name: str) -> str:
    """The address of a connection, as the board links to it."""
    page.goto("/integrations/")
    return str(page.get_by_role("link", name=name, exact=True).first.get_attribute("href"))


def _grid(page: Any) -> str:
    """The address of the schedule that waits to be published."""
    page.goto("/schedules/")
    row = page.locator("tr", has_text="Anesthesiology").filter(has_text="changes").first
    address = row.locator("a[href*='/schedules/']").first.get_attribute("href")
    return str(address)


if __name__ == "__main__":
    raise SystemExit(main())
