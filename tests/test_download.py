"""Downloads from a server in a thread: resumed, mirrored, checked, unpacked safely."""

import errno
import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from helpers import download as module
from helpers.download import Archive, Resuming, download


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


CUT = 3 * module._PIECE
NOISE = np.random.default_rng(0).bytes(400_000)  # does not compress
FILES = {
    "annotations.tar.gz": _tar({"annotations/trimaps/Cat_1.png": b"mask"}),
    "images.tar.gz": _tar({"images/Cat_1.jpg": NOISE, "images/Cat_2.jpg": b"two"}),
}


def _archives(files=FILES):
    return [
        Archive(name, len(data), hashlib.sha256(data).hexdigest())
        for name, data in files.items()
    ]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(module, "_PAUSE", 0)


@pytest.fixture(params=["3.11.0", "3.11.4"])
def python(request, monkeypatch):
    """Python without, and with, the filter for archives that 3.11.4 added."""
    if request.param == "3.11.0":
        for name in ("data_filter", "FilterError"):
            monkeypatch.delattr(tarfile, name, raising=False)


class Server:
    """Serves `files`; cuts the first `cuts` answers of over 100 kB after 48 KiB."""

    def __init__(self, files=FILES, ranges=True, cuts=0, status=None):
        self.asked, self.sent, self.cuts = [], 0, cuts
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                wanted = self.headers.get("Range")
                outer.asked.append((self.path, wanted))
                if status:
                    self.send_error(status)
                    return
                data = files[self.path.strip("/")]
                start = int(wanted[6:-1]) if wanted and ranges else 0
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                body = data[start:]
                if outer.cuts and len(body) > 100_000:
                    outer.cuts -= 1
                    body = body[:CUT]
                outer.sent += len(body)
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_download_unpacks_everything_and_cleans_up(tmp_path, python):
    with Server() as server:
        root = download(tmp_path / "pets", archives=_archives(), sources=[server.url])
        asked = len(server.asked)
        again = download(tmp_path / "pets", archives=_archives(), sources=[server.url])
        assert len(server.asked) == asked == 2  # the second call asks for nothing
    assert root == again == tmp_path / "pets"
    assert (root / "images" / "Cat_1.jpg").read_bytes() == NOISE
    assert (root / "annotations" / "trimaps" / "Cat_1.png").read_bytes() == b"mask"
    assert [p.name for p in tmp_path.iterdir()] == ["pets"]


def test_cut_connection_goes_on_with_range(tmp_path):
    with Server(cuts=3) as server:
        root = download(tmp_path / "pets", archives=_archives(), sources=[server.url])
        ranges = [r for path, r in server.asked if path == "/images.tar.gz"]
    assert (root / "images" / "Cat_1.jpg").read_bytes() == NOISE
    assert ranges == [None, *(f"bytes={k * CUT}-" for k in (1, 2, 3))]
    assert server.sent == sum(map(len, FILES.values()))  # no byte was sent twice


def test_later_call_goes_on_from_the_part(tmp_path):
    data = FILES["images.tar.gz"]
    folder = tmp_path / "pets.download"
    folder.mkdir()
    (folder / "images.tar.gz.part").write_bytes(data[:300_000])
    with Server() as server:
        download(tmp_path / "pets", archives=_archives(), sources=[server.url])
        assert ("/images.tar.gz", "bytes=300000-") in server.asked


def test_server_without_range_starts_over(tmp_path):
    with Server(ranges=False, cuts=1) as server:
        root = download(tmp_path / "pets", archives=_archives(), sources=[server.url])
    assert (root / "images" / "Cat_1.jpg").read_bytes() == NOISE


@pytest.mark.parametrize("status", [404, 503])
def test_mirror_is_asked_when_the_first_server_fails(tmp_path, status):
    with Server(status=status) as broken, Server() as mirror:
        urls = [broken.url, mirror.url]
        download(tmp_path / "pets", archives=_archives(), sources=urls)
        assert broken.asked and len(mirror.asked) == 2


def test_mirror_is_asked_when_the_first_server_has_another_file(tmp_path):
    false = {name: b"?" * len(data) for name, data in FILES.items()}
    with Server(false) as other, Server() as mirror:
        urls = [other.url, mirror.url]
        root = download(tmp_path / "pets", archives=_archives(), sources=urls)
        assert len(other.asked) == len(mirror.asked) == 2
    assert (root / "images" / "Cat_1.jpg").read_bytes() == NOISE


def test_no_server_answers(tmp_path):
    with Server() as server:
        closed = server.url
    with pytest.raises(OSError, match=r"annotations\.tar\.gz.*run .* again") as error:
        download(tmp_path / "pets", archives=_archives(), sources=[closed])
    assert closed in str(error.value)
    assert not (tmp_path / "pets").exists()


def test_gives_up_but_keeps_the_part(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TRIES", 1)

    class Cutting(Resuming):
        def _append(self, url, part, start, bar):
            if start:
                raise module.requests.ConnectionError("gone")
            part.write_bytes(b"x" * 10)
            raise module.requests.ConnectionError("cut")

    monkeypatch.setattr(module, "Resuming", Cutting)
    with pytest.raises(OSError, match="goes on from what is kept in"):
        download(tmp_path / "pets", archives=_archives(), sources=["http://nowhere/"])
    part = tmp_path / "pets.download" / "annotations.tar.gz.part"
    assert part.read_bytes() == b"x" * 10


def test_checksum_mismatch_names_file_and_both_sums(tmp_path):
    wrong = dict(FILES, **{"images.tar.gz": bytes(len(FILES["images.tar.gz"]))})
    expected = hashlib.sha256(FILES["images.tar.gz"]).hexdigest()
    got = hashlib.sha256(wrong["images.tar.gz"]).hexdigest()
    with (
        Server(files=wrong) as server,
        pytest.raises(ValueError, match=r"images\.tar\.gz.*again") as error,
    ):
        download(tmp_path / "pets", archives=_archives(), sources=[server.url])
    assert expected in str(error.value) and got in str(error.value)
    assert not (tmp_path / "pets").exists()
    assert not list(tmp_path.rglob("images*"))


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("images/../../evil.txt", tarfile.REGTYPE, ""),
        ("images/../../evil", tarfile.DIRTYPE, ""),
        ("{outside}/evil.txt", tarfile.REGTYPE, ""),
        ("images/link", tarfile.SYMTYPE, "/etc"),
        ("images/link", tarfile.SYMTYPE, "../../../evil"),
        ("images/link", tarfile.LNKTYPE, "../../evil"),
        ("images/pipe", tarfile.FIFOTYPE, ""),
        ("images/null", tarfile.CHRTYPE, ""),
    ],
)
def test_archive_that_writes_outside_is_refused(tmp_path, python, name, kind, link):
    info = tarfile.TarInfo(name.format(outside=tmp_path))
    info.type, info.linkname = kind, link
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(info)
    files = dict(FILES, **{"images.tar.gz": buffer.getvalue()})
    with (
        Server(files=files) as server,
        pytest.raises(ValueError, match=r"outside of its folder.*delete") as error,
    ):
        download(tmp_path / "a" / "pets", archives=_archives(files),
                 sources=[server.url])  # fmt: skip
    assert repr(info.name) in str(error.value)
    assert not (tmp_path / "a" / "pets").exists()
    assert not list(tmp_path.rglob("evil*")) and not list(tmp_path.rglob("*.partial"))


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path, monkeypatch):
    usage = module.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)
    with Server() as server:
        with pytest.raises(OSError, match=r"is full: \d+ MB are needed") as error:
            download(tmp_path / "pets", archives=_archives(), sources=[server.url])
        assert not server.asked
    assert error.value.errno == errno.ENOSPC and str(tmp_path) in str(error.value)
    assert not list(tmp_path.iterdir())


def test_disk_that_fills_up_midway_is_given_back(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_unpack", full)
    with Server() as server, pytest.raises(OSError, match="is full"):
        download(tmp_path / "pets", archives=_archives(), sources=[server.url])
    assert not list(tmp_path.iterdir())


def test_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="something other"):
        download(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_real_archives_are_the_published_ones():
    assert sum(a.size for a in module.ARCHIVES) == 811_092_049
    assert all(len(a.sha256) == 64 for a in module.ARCHIVES)
    assert all(s.startswith("https://") for s in module.SOURCES)
