"""A real Chromium, driven through its debugging pipe: what people see, and not what the page meant to say."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60.0
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def _command(folder: str) -> list[str]:
    return [str(CHROMIUM), *_QUIET, f"--user-data-dir={folder}", "about:blank"]


class Browser:
    """One page in one browser, ended on the way out."""

    def __init__(self) -> None:
        assert CHROMIUM, "chromium is not installed"
        self._folder = tempfile.mkdtemp(prefix="km-chromium-", dir="/tmp")
        (theirs, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs} 4>&{theirs_out}', "-", *_command(self._folder)],
            pass_fds=(theirs, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(theirs_out)
        self._out, self._in = os.fdopen(ours_out, "wb", buffering=0), os.fdopen(ours_in, "rb", buffering=0)
        self._buffer, self._number, self._session = b"", 0, ""
        self.told: list[dict[str, Any]] = []
        """Every event of the browser: console, requests, security."""
        target = self._targets()[0]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _targets(self) -> list[str]:
        found = self.call("Target.getTargets")["targetInfos"]
        pages = [each["targetId"] for each in found if each["type"] == "page"]
        return pages or [self.call("Target.createTarget", url="about:blank")["targetId"]]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._in.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # ---- the pipe

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = self._in.read(1 << 16)
            assert more, "the browser has gone"
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.told.append(message)
        return message

    # ---- what a person does

    def look(self, width: int, height: int, *, dark: bool = False, still: bool = False, script: bool = True) -> None:
        """Be a screen of this size, with these wishes."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        wishes = {"prefers-color-scheme": "dark" if dark else "light"}
        wishes["prefers-reduced-motion"] = "reduce" if still else "no-preference"
        self.call("Emulation.setEmulatedMedia", features=[{"name": name, "value": wishes[name]} for name in wishes])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)

    def open(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        self.wait_for("Page.loadEventFired", lambda: self.call("Page.navigate", url=url))

    def wait_for(self, event: str, do: Any = lambda: None) -> dict[str, Any]:
        """Do something and wait for an event that comes after it."""
        seen = len(self.told)
        do()
        while not (later := [each for each in self.told[seen:] if each["method"] == event]):
            self._next()
        return dict(later[0]["params"])

    def say(self, expression: str) -> Any:
        """The value of a script expression in the page; waits if it is a promise."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until it holds in the page; whoever starts the tests ends one that hangs."""
        self.say(
            f"new Promise(done => {{ const look = () => ({expression}) ? done() : setTimeout(look, 20); look(); }})"
        )

    def click(self, selector: str) -> None:
        """Press a button that leads to a new page."""
        press = f"document.querySelector({json.dumps(selector)}).click()"
        self.wait_for("Page.loadEventFired", lambda: self.say(press))

    def press(self, selector: str) -> None:
        """The same with a real tap, which needs no script."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        x, y, _, _, right, bottom, _, _ = self.call("DOM.getBoxModel", nodeId=node)["model"]["content"]
        place = {"x": (x + right) / 2, "y": (y + bottom) / 2, "button": "left", "clickCount": 1}

        def tap() -> None:
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, **place)

        self.wait_for("Page.loadEventFired", tap)

    def picture(self, file: Path) -> None:
        """A screenshot of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """What the browser has logged as an error: a broken policy, a script that fell, a file that is not there."""
        logged = [each["params"]["entry"] for each in self.told if each["method"] == "Log.entryAdded"]
        thrown = [str(each["params"]) for each in self.told if each["method"] == "Runtime.exceptionThrown"]
        return [entry["text"] for entry in logged if entry["level"] == "error"] + thrown
