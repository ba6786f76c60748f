"""scripts/fetch-model, against a web server on this machine that is sometimes slow to finish and sometimes lies."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAME = "vosk-model-tiny-0.1"


def zipped(files: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as whole:
        for name, content in files.items():
            whole.writestr(name, content)
    return archive.getvalue()


GOOD = zipped({f"{NAME}/am/final.mdl": os.urandom(200_000), f"{NAME}/conf/mfcc.conf": b"--sample-frequency=16000\n"})


class Site(ThreadingHTTPServer):
    """Serves one archive; `stops_after` cuts an answer short, `can_resume` obeys Range."""

    archive = GOOD
    stops_after: int | None = None
    can_resume = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/models"


class Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.path != f"/models/{NAME}.zip":
            self.send_error(404)
            return
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.can_resume else 0
        if begin >= len(self.server.archive):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        body = self.server.archive[begin:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.server.stops_after is None else body[: self.server.stops_after])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetch(*words: str, limit: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/models"), *words]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "COLUMNS": "400"}
    shell = ["bash", "-c", f'{limit} exec "$@"', "-", *command]
    return subprocess.run(shell, capture_output=True, text=True, env=environment, timeout=60, check=False)


def fetch_tiny(site: Site, into: Path, archive: bytes = GOOD, limit: str = "") -> subprocess.CompletedProcess[str]:
    digest = hashlib.sha256(archive).hexdigest()
    return fetch(NAME, "--sha256", digest, "--mirror", site.address, "--into", str(into), limit=limit)


def test_a_model_is_fetched_checked_and_unpacked(site: Site, tmp_path: Path) -> None:
    """A good archive becomes a folder, and the answer says what to write into the configuration."""
    done = fetch_tiny(site, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / NAME / "am/final.mdl").stat().st_size == 200_000
    assert f"model: {tmp_path / NAME}" in done.stdout
    assert "licence" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == [NAME]


def test_a_model_that_is_there_is_not_fetched_again(site: Site, tmp_path: Path) -> None:
    """A second run asks the server for nothing."""
    fetch_tiny(site, tmp_path)
    asked = len(site.ranges)
    assert fetch_tiny(site, tmp_path).returncode == 0
    assert len(site.ranges) == asked == 1


def test_an_interrupted_download_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    """What came before the cut is kept, and the next run asks only for the rest."""
    site.stops_after = 70_000
    cut = fetch_tiny(site, tmp_path)
    assert cut.returncode == 1
    assert f"ended after 70000 of {len(GOOD)} bytes" in cut.stderr
    assert not (tmp_path / NAME).exists()
    site.stops_after = None
    assert fetch_tiny(site, tmp_path).returncode == 0
    assert site.ranges == [None, "bytes=70000-"]
    assert (tmp_path / NAME / "am/final.mdl").exists()


def test_a_server_that_cannot_resume_sends_all_again(site: Site, tmp_path: Path) -> None:
    """An answer that begins at the beginning replaces what was there instead of following it."""
    site.stops_after = 70_000
    fetch_tiny(site, tmp_path)
    site.stops_after, site.can_resume = None, False
    assert fetch_tiny(site, tmp_path).returncode == 0
    assert (tmp_path / NAME / "am/final.mdl").exists()


def test_a_complete_part_is_checked_without_another_byte(site: Site, tmp_path: Path) -> None:
    """If only the unpacking was missing, the server's "nothing more to send" is no error."""
    (tmp_path / f"{NAME}.zip.part").write_bytes(GOOD)
    assert fetch_tiny(site, tmp_path).returncode == 0
    assert site.ranges == [f"bytes={len(GOOD)}-"]


def test_another_archive_than_the_pinned_one_is_refused_and_removed(site: Site, tmp_path: Path) -> None:
    """One changed byte, and nothing is unpacked or kept."""
    site.archive = GOOD[:-1] + b"\x01"
    refused = fetch_tiny(site, tmp_path)
    assert refused.returncode == 1
    assert "instead of " + hashlib.sha256(GOOD).hexdigest() in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_archive_cannot_write_beside_its_folder(site: Site, tmp_path: Path) -> None:
    """A path that climbs out of the folder stops the unpacking before the first file."""
    for stray in (f"{NAME}/../../stray", "/stray", "elsewhere/am/final.mdl", f"{NAME}\\..\\stray"):
        site.archive = zipped({f"{NAME}/am/final.mdl": b"x", stray: b"y"})
        into = tmp_path / "models"
        refused = fetch_tiny(site, into, site.archive)
        assert refused.returncode == 1
        assert "where it does not belong" in refused.stderr
        assert not (into / NAME).exists()
        assert list(into.iterdir()) == []
        assert not list(tmp_path.rglob("*stray*"))


def test_an_archive_cannot_bring_a_link(site: Site, tmp_path: Path) -> None:
    """A symbolic link could lead out of the folder, so it is refused."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as whole:
        link = zipfile.ZipInfo(f"{NAME}/am")
        link.external_attr = 0o120777 << 16
        whole.writestr(link, "/etc")
        whole.writestr(f"{NAME}/final.mdl", b"x")
    site.archive = archive.getvalue()
    refused = fetch_tiny(site, tmp_path, site.archive)
    assert refused.returncode == 1
    assert "where it does not belong" in refused.stderr


def test_what_is_no_zip_or_no_model_is_refused(site: Site, tmp_path: Path) -> None:
    """Bytes with the right hash must still be a zip, and the zip must hold a model."""
    for archive, complaint in ((b"<html>", "not a zip"), (zipped({f"{NAME}/README": b"x"}), "no Vosk model")):
        site.archive = archive
        refused = fetch_tiny(site, tmp_path / hashlib.sha256(archive).hexdigest(), archive)
        assert refused.returncode == 1
        assert complaint in refused.stderr


def test_a_full_disk_is_one_clear_error(site: Site, tmp_path: Path) -> None:
    """When a file cannot grow any more (a real limit of the kernel's), the error names the file and a way out."""
    full = fetch_tiny(site, tmp_path, limit="ulimit -f 64;")
    assert full.returncode == 1
    assert "cannot be written: File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert not (tmp_path / NAME).exists()


def test_without_a_network_it_is_one_clear_error(tmp_path: Path) -> None:
    """Nobody answers: exit code 1, the reason, and the comfort that the bundled model works."""
    done = fetch("vosk-model-small-en-us-0.15", "--mirror", "http://127.0.0.1:9/models", "--into", str(tmp_path))
    assert done.returncode == 1
    assert "Connection refused" in done.stderr
    assert "works without any download" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_that_the_server_lacks_is_one_clear_error(site: Site, tmp_path: Path) -> None:
    """A 404 is said as it is."""
    done = fetch("vosk-model-none-1", "--sha256", "0" * 64, "--mirror", site.address, "--into", str(tmp_path))
    assert done.returncode == 1
    assert "the server says 404" in done.stderr


def test_a_model_that_nobody_pinned_needs_a_hash(tmp_path: Path) -> None:
    """Without a hash, with a malformed one, or against a pinned one, nothing is fetched."""
    for words, complaint in (
        ([NAME], "not on the shelf"),
        ([NAME, "--sha256", "abc"], "is not one"),
        (["vosk-model-small-en-us-0.15", "--sha256", "0" * 64], "differs from the one that is pinned"),
        (["../../etc", "--sha256", "0" * 64], "is not the name of a Vosk model"),
    ):
        done = fetch(*words, "--into", str(tmp_path), "--mirror", "http://127.0.0.1:9")
        assert done.returncode == 1
        assert complaint in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_list_names_every_pinned_model_with_its_licence() -> None:
    """Called without a name it lists the shelf and fetches nothing."""
    done = fetch()
    assert done.returncode == 0
    assert "vosk-model-small-en-us-0.15" in done.stdout
    assert done.stdout.count("licence Apache-2.0") == 2
