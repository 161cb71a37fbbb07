"""The page as a person has it: the real command, the practice services, and Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from anitrakt_plan.planfile import read_plan
from anitrakt_plan.sandbox import environment
from tests.practice import serve
from tests.web.page_plans import ENTRIES, plan_text

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

WAIT = 20
IS_NEEDED = bool(os.environ.get("ANITRAKT_NEEDS_BROWSER"))
"""Where a browser must be there (.ci/run), its absence is a failure."""


def _why_no_browser() -> str | None:
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} not found (Debian's chromium and chromium-driver have them)"
    return None


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One Chromium for all tests of a process."""
    if why := _why_no_browser():
        assert not IS_NEEDED, why
        pytest.skip(why)
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"),
        *(
            "--disable-component-update",
            "--no-first-run",
            f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
        ),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    yield driver
    driver.quit()


class Page:
    """The page in a window, with a person's eyes and fingers."""

    def __init__(
        self,
        chrome: Chrome,
        address: str,
        process: subprocess.Popen[str] | None,
        plan: Path,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.chrome, self.address, self.plan = chrome, address, plan
        self._process, self._environment = process, environment

    @property
    def process(self) -> subprocess.Popen[str]:
        """The command behind it; a report has none."""
        assert self._process is not None
        return self._process

    def run(self, *arguments: str) -> int:
        """Another command of the same person meanwhile; its exit code."""
        command = [sys.executable, "-m", "anitrakt_plan", *arguments]
        return subprocess.run(command, env=self._environment, check=False, capture_output=True).returncode

    def memory(self) -> float:
        """What the command holds, in MB; 0 where the system does not say."""
        status = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found is not None else 0.0

    def open(self, width: int = 1400, height: int = 900, *, dark: bool = False) -> None:
        """Open the address from the terminal, and wait for the entries."""
        self.size(width, height, dark=dark)
        self.chrome.get(self.address)
        self.until(lambda: self.standing != "Loading …")
        self.until(lambda: not self.all("#panel .skeleton"))

    def size(self, width: int = 1400, height: int = 900, *, dark: bool = False) -> None:
        """Give the window this size, and the person this taste."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def all(self, css: str) -> list[WebElement]:
        """Everything that a selector names."""
        return self.chrome.find_elements("css selector", css)

    def one(self, css: str) -> WebElement:
        """The one thing that a selector names, waited for."""
        self.until(lambda: bool(self.all(css)))
        return self.all(css)[0]

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something to become so."""
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(
            self.chrome, WAIT, poll_frequency=0.03, ignored_exceptions=[StaleElementReferenceException]
        ).until(lambda _: is_so())

    def press(self, keys: str) -> None:
        """Type where the keyboard is."""
        from selenium.webdriver import ActionChains

        ActionChains(self.chrome).send_keys(keys).perform()

    def click(self, css: str, text: str = "") -> None:
        """Click the first thing of this selector that says this."""
        self.until(lambda: any(text in one.text for one in self.all(css)))
        next(one for one in self.all(css) if text in one.text).click()

    def queue(self, name: str) -> None:
        """Go to a queue, and wait for its first entry's panel."""
        self.click(f"[data-queue='{name}']")
        self.until(lambda: not self.all("#panel .skeleton"))

    def go_to(self, key: str) -> None:
        """Click an entry, and wait for all of its panel."""
        self.click(f"[data-key='{key}'] .name")
        number = key.partition(":")[2]
        self.until(lambda: number in self.one("#panel .lead").text and not self.all("#panel .skeleton"))

    def says(self, words: str) -> None:
        """Wait until the page says this in passing."""
        self.until(lambda: words in self.one("#toast").text)

    @property
    def standing(self) -> str:
        """What the head says of the whole review."""
        return self.one("#standing").text

    @property
    def keys(self) -> list[str]:
        """The entries that are listed."""
        return [str(row.get_attribute("data-key")) for row in self.all(".row")]

    @property
    def active(self) -> str | None:
        """The entry that the keys are about."""
        rows = self.all(".row.active")
        return rows[0].get_attribute("data-key") if rows else None

    def decisions(self) -> dict[str, str]:
        """What the file says of each entry."""
        plan = read_plan(self.plan).plan
        assert plan is not None
        return {str(entry.key): entry.decision.value for entry in plan.entries}

    def text(self) -> str:
        """The file."""
        return self.plan.read_text(encoding="utf-8")

    def until_decided(self, key: str, decision: str) -> None:
        """Wait until the file says so."""
        self.until(lambda: self.decisions()[key] == decision)

    def wrong(self) -> list[dict[str, Any]]:
        """What the browser complained of, but for answers that are refusals by design."""
        logs: list[dict[str, Any]] = self.chrome.get_log("browser")  # type: ignore[no-untyped-call]
        return [one for one in logs if not re.search(r"status of 4(09|22|00)", str(one["message"]))]


Begin = Callable[..., Page]


@pytest.fixture
def begin(chrome: Chrome, tmp_path: Path) -> Iterator[Begin]:
    """Start `anitrakt review --web` on a plan, or a repair, of this text, and open its page."""
    processes: list[subprocess.Popen[str]] = []
    with serve(None) as sandbox:

        def begin(
            text: str = plan_text(*ENTRIES),
            *,
            keyless: bool = False,
            practice: bool = False,
            options: Sequence[str] = (),
            file: str = "plan.yaml",
            **size: Any,
        ) -> Page:
            services = environment(sandbox.addresses)
            if keyless:
                services = {
                    k: v for k, v in services.items() if "TRAKT_CLIENT" not in k and "TMDB_TOKEN" not in k
                }
            plan = tmp_path / file
            plan.write_text(text, encoding="utf-8", newline="\n")
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "anitrakt_plan", *(["--sandbox"] if practice else [])),
                    *("review", "--web", "--no-browser", *options, str(plan)),
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=(own := {**os.environ, **services}),
            )
            processes.append(process)
            assert process.stdout is not None
            page = Page(chrome, process.stdout.readline().rstrip("\n"), process, plan, own)
            page.open(**size)
            page.wrong()  # what was before
            return page

        yield begin
        for window in chrome.window_handles[1:]:
            chrome.switch_to.window(window)
            chrome.close()
        chrome.switch_to.window(chrome.window_handles[0])
        chrome.get("about:blank")  # it asks nobody any more
        for process in processes:
            process.terminate()  # Ctrl-C is ignored where the tests themselves run in the background
            process.wait(WAIT)
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def page(begin: Begin) -> Page:
    """The page on a few entries of each queue."""
    return begin()
