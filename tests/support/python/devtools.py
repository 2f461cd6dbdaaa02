"""Chromium driven by its own protocol over a pipe: pages are opened, asked, and photographed."""

import base64
import contextlib
import fcntl
import json
import os
import select
import time

from browsers import BROWSER_PATIENCE, browser_environment, chromium_command
from processes import Child, wait_until

# Above all that a shell has open.
_LEAST_DESCRIPTOR = 20


class Browser:
    """A headless Chromium with a fresh profile in `folder`."""

    def __init__(self, folder):
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # It reads descriptor 3 and writes descriptor 4.
        theirs = [fcntl.fcntl(each, fcntl.F_DUPFD, _LEAST_DESCRIPTOR) for each in (commands, answers)]
        shell = f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}'
        command = [*chromium_command(folder), "--hide-scrollbars", "--remote-debugging-pipe", "about:blank"]
        self._child = Child(
            ["bash", "-c", shell, "bash", *command], env=browser_environment(folder), pass_fds=theirs
        )
        for each in (commands, answers, *theirs):
            os.close(each)
        self._read = b""
        self._number = 0
        self._done = {}
        self.events = []

    def close(self):
        self._child.close()
        for each in (self._commands, self._answers):
            with contextlib.suppress(OSError):
                os.close(each)

    def call(self, method, session=None, **parameters):
        """The result of a command."""
        self._number += 1
        number = self._number
        command = {"id": number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        until = time.monotonic() + BROWSER_PATIENCE
        while number not in self._done:
            self._receive(until)
        answer = self._done.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def _receive(self, until):
        if not select.select([self._answers], [], [], max(0, until - time.monotonic()))[0]:
            raise AssertionError(f"the browser does not answer\n{self._child}")
        some = os.read(self._answers, 1 << 20)
        if not some:
            raise AssertionError(f"the browser has ended\n{self._child}")
        *messages, self._read = (self._read + some).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._done[message["id"]] = message
            else:
                self.events.append(message)

    def open(self, url, **looks):
        """A page, as wide as a desktop's or as `looks` say."""
        return Page(self, url, **looks)


class Page:
    """A tab."""

    def __init__(self, browser, url, *, width=1280, height=900, dark=False):
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        self.look(width=width, height=height, dark=dark)
        self._call("Page.navigate", url=url)

    def _call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def look(self, *, width, height, dark):
        """Changes the size of the window, and what its user prefers."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])

    def reload(self):
        self._call("Page.reload")

    def ask(self, expression):
        """The value of a JavaScript expression."""
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression, what, *, timeout=BROWSER_PATIENCE):
        """The value of an expression, once it is true."""
        try:
            return wait_until(lambda: self.ask(expression), f"{what}: {expression}", timeout=timeout)
        except AssertionError as failure:
            text = self.ask("document.body.innerText")
            raise AssertionError(f"{failure}\n{text}\n{self.complaints()}") from failure

    def complaints(self):
        """What the browser has to say against the page: errors of scripts, and what a policy forbids."""
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            parameters = event["params"]
            if event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(parameters["entry"]["text"])
            elif event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(parameters["exceptionDetails"]))
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                found.append(json.dumps(parameters["args"]))
        return found

    def picture(self, path):
        """The whole page as PNG."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(answer["data"]))
