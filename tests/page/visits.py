"""A visit to a built page: nothing outside is reached, and all is written down.

The pages are served as a host of many sites would: from a folder, text compressed,
with a 404 page.
"""

import functools
import gzip
import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

from tests.page import built

FOLDER = "/some/folder/"
SCRIPT = Path(__file__).with_name("in_page.js")
TEXT = ("text/", "image/svg+xml", "application/json", "application/javascript")
PATIENCE = 20_000  # ms that a condition may take on a machine with other work
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
FEW = 8  # findings of one kind that a failure lists
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name and no number but our own is ever found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class Handler(SimpleHTTPRequestHandler):
    """Serves the built book from FOLDER, and its 404 page elsewhere."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        """The file of an address; one that does not exist for places outside FOLDER."""
        inside = path.startswith(FOLDER)
        name = path.removeprefix(FOLDER) if inside else "outside"
        return super().translate_path("/" + name)

    def send_head(self) -> io.BufferedIOBase | None:
        """Headers, and the file; text in gzip where the browser takes that."""
        path = self.file()
        kind = self.guess_type(path)
        takes = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (takes and kind.startswith(TEXT) and path.is_file()):
            return super().send_head()
        body = compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def send_error(self, code: int, *rest: object, **more: object) -> None:
        """The 404 page, as GitHub Pages sends it for every address without a file."""
        page = built.HTML / "404.html"
        if code != 404 or not page.exists():
            return super().send_error(code, *rest, **more)
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return None

    def copyfile(self, source: object, outputfile: object) -> None:
        """Count what the files sent weigh, before compression."""
        outputfile.write(source.read())
        self.server.sent[self.path] = self.file().stat().st_size

    def file(self) -> Path:
        """What the address stands for; of a folder its index.html."""
        path = Path(self.translate_path(self.path))
        return path / "index.html" if self.path.endswith("/") else path

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Tells of what went wrong, but not that a browser left while it was loading."""

    daemon_threads = True

    def handle_error(self, *request: object) -> None:
        """Called where a request raised."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*request)


@functools.lru_cache(maxsize=64)
def compressed(path: Path, _changed: int) -> bytes:
    """A file in gzip, made once for each time that it was changed."""
    return gzip.compress(path.read_bytes())


@contextmanager
def serving(folder: Path | None = None) -> Iterator[Server]:
    """A server of a folder, the built book's by default, on a port of its own."""

    def handler(*args: object) -> Handler:
        return Handler(*args, directory=str(folder or built.HTML))

    with Server(("127.0.0.1", 0), handler) as server:
        server.sent = {}
        server.root = f"http://127.0.0.1:{server.server_port}{FOLDER}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def launch(playwright: Playwright) -> Browser:
    """A browser with a folder of its own, and no way out of this machine."""
    return playwright.chromium.launch(
        executable_path=built.chromium(), args=FLAGS, chromium_sandbox=False
    )


class Visit:
    """One page, open in a browser, and what was found wrong with it."""

    def __init__(self, page: Page, inside: str) -> None:
        self.page = page
        self.findings: list[str] = []
        self.inside = inside  # how the address of everything of ours begins
        page.set_default_timeout(PATIENCE)
        page.on("request", self._asked)
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.note(f"script error: {error}"))

    def note(self, finding: str) -> None:
        """Keep a finding."""
        self.findings.append(finding)

    def check(self, fine: object, finding: str) -> None:
        """Keep the finding unless all is fine."""
        if not fine:
            self.note(finding)

    def keep(self, name: str) -> None:
        """Keep what a function of in_page.js finds: the first few, and how many."""
        found = self.look(name)
        self.findings += found[:FEW]
        if len(found) > FEW:
            self.note(f"... and {len(found) - FEW} more such")

    def settle(self, condition: str, argument: object, finding: str) -> bool:
        """Wait until a function of JavaScript holds; a finding where it never does."""
        from playwright.sync_api import TimeoutError

        try:
            self.page.wait_for_function(condition, arg=argument, polling=20)
        except TimeoutError:
            self.note(finding)
            return False
        return True

    def look(self, name: str, argument: object = None) -> object:
        """What a function of in_page.js says."""
        return self.page.evaluate(f"argument => look.{name}(argument)", argument)

    def _asked(self, request: object) -> None:
        if not request.url.startswith((self.inside, "data:", "blob:")):
            self.note(f"asks for {request.url[:200]}, outside the book")

    def _answered(self, response: object) -> None:
        if response.status >= 400:
            self.note(f"{response.status} for {response.url}")

    def _failed(self, request: object) -> None:
        # Whoever leaves a page ends what it was still loading.
        if request.failure != "net::ERR_ABORTED":
            self.note(f"{request.failure} for {request.url[:200]}")

    def _said(self, message: object) -> None:
        answered = message.text.startswith("Failed to load resource: the server")
        if message.type in ("error", "warning") and not answered:
            where = message.location.get("url", "")
            self.note(f"console, {message.type}: {message.text} ({where})")


@contextmanager
def visit(
    browser: Browser,
    address: str,
    inside: str | None = None,
    *,
    wait: str = "load",
    **options: object,
) -> Iterator[Visit]:
    """Open an address as a reader who was never here; fails with all findings.

    inside: how the address of everything that the page may ask for begins. options:
    those of the browser's context, as a screen or a color scheme.
    """
    inside = inside or address.rpartition(FOLDER)[0] + FOLDER
    size = {"width": 1280, "height": 800}
    with browser.new_context(**{"viewport": size, **options}) as context:
        context.add_init_script(path=SCRIPT)
        here = Visit(context.new_page(), inside)
        here.page.goto(address, wait_until=wait)
        yield here
        here.page.remove_listener("requestfailed", here._failed)
    name = address.removeprefix(inside)
    assert not here.findings, f"{name}:\n- " + "\n- ".join(here.findings)
