"""A headless Chromium, driven through ChromeDriver's own protocol (https://www.w3.org/TR/webdriver2/)."""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

# Without a sandbox, because tests may run as root in a container; without anything that calls Google's hosts.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def missing() -> str:
    """Why no browser can be started; "" if one can."""
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"{' and '.join(absent)} not installed (Debian: apt-get install chromium chromium-driver)" if absent else ""


class Browser:
    """One window, as a context manager."""

    def __init__(self, profile: Path):
        self._profile = profile

    def __enter__(self) -> "Browser":
        self._process = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self._process.stdout:
            started = re.search(r"started successfully on port (\d+)", line)
            if started:
                self._address = f"http://127.0.0.1:{started.group(1)}"
                break
        options = {"binary": shutil.which("chromium"), "args": [*_FLAGS, f"--user-data-dir={self._profile}"]}
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"}, "goog:chromeOptions": options}
        self._session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        return self

    def __exit__(self, *exception: object) -> None:
        self._ask("DELETE", f"/session/{self._session}")
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def open(self, page: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Show a page in a window of this width."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._command("url", {"url": page.resolve().as_uri()})

    def run(self, script: str) -> Any:
        """The value that a script returns."""
        return self._command("execute/sync", {"script": script, "args": []})

    def console(self) -> list[str]:
        """What the page has written to the console since the last time."""
        return [f"{entry['level']}: {entry['message']}" for entry in self._command("se/log", {"type": "browser"})]

    def _devtools(self, method: str, parameters: dict) -> Any:
        return self._command("goog/cdp/execute", {"cmd": method, "params": parameters})

    def _command(self, name: str, body: dict) -> Any:
        return self._ask("POST", f"/session/{self._session}/{name}", body)

    def _ask(self, method: str, path: str, body: dict | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._address + path, data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
