"""I6, I7, I8, I11, I14, I17, I19, I20, I24: what a sealed clip gives away, where it is, and when it is gone."""

from __future__ import annotations

import getpass
import hashlib
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invariants_room import NOON
from real_broker import Mosquitto

from keepmum.clip import Clip, Word, new_id, pack
from keepmum.consent import DAY, Flow, Kind, Purpose, Rung
from keepmum.errors import SealError
from keepmum.ledger import Ledger
from keepmum.listener.batch import Batch
from keepmum.listener.command import Command
from keepmum.listener.consents.identity import Identity
from keepmum.listener.release import Release
from keepmum.listener.reset import reset
from keepmum.listener.rungs.make import make
from keepmum.outbox import Outbox
from keepmum.privacy import Boxed
from keepmum.seal import OVERHEAD, SOUND_BUCKET, TEXT_BUCKET, Keys, epoch_of, label_of, open_seal, seal
from keepmum.settings import FolderSettings
from keepmum.sound import RATE
from keepmum.uplink.pace import Attempts, Pace

WEEK = 7 * DAY
CANARY = b"\x13\x37\x42\x99" * 40
WORDS = (Word("xylophone", 0.0, 0.5, 1.0),)
IDENTITY = Identity(bytes(range(32)))


def fresh(wall: float = NOON) -> Keys:
    """A recipient whose weeks begin now."""
    return Keys.generate("lab", "lab@example.org", "a cellar", "Utopia", 3, 30, 2, ("research",), wall)


KEYS_NOW = fresh()


def sealed(keys: Keys, clip: Clip, wall: float = NOON, bucket: int = SOUND_BUCKET) -> bytes:
    """A clip as it leaves."""
    deletion = hashlib.sha256(IDENTITY.secret(clip.id)).hexdigest()
    return seal(keys.card, clip.id, "research", "c" * 32, deletion, pack(clip), wall, bucket)


def spoken(seconds: float) -> Clip:
    """A clip that says the canary over and over."""
    size = int(seconds * RATE) * 2
    pcm = (CANARY * (size // len(CANARY) + 1))[:size]
    return Clip(new_id(), Rung.VOICE, IDENTITY.pseudonym("research", NOON, 0.0), "alexa", words=WORDS, pcm=pcm)


def identifiers() -> dict[str, bytes]:
    """What would tell this machine, or this speaker, from all others."""
    machine = Path("/etc/machine-id")
    known = {
        "hostname": socket.gethostname().encode(),
        "user": getpass.getuser().encode(),
        "mac": uuid.getnode().to_bytes(6, "big"),
        "device key": IDENTITY.signing_key.public_key().public_bytes_raw(),
        "identity": bytes(range(32)),
        "microphone": IDENTITY.microphone("a microphone").encode(),
        "consent": b"c" * 32,
        "purpose": b"research",
    }
    if machine.exists() and machine.read_bytes().strip():
        known["machine-id"] = machine.read_bytes().strip()
    return {name: value for name, value in known.items() if len(value) >= 4}


def test_i06_a_sealed_clip_names_no_device() -> None:
    """Nothing of the machine, the speaker or the consent stands outside the seal; the control finds them inside."""
    body = sealed(KEYS_NOW, spoken(3.0))
    assert [name for name, value in identifiers().items() if value in body] == []
    opened, inside = open_seal(KEYS_NOW, body)
    assert (opened.consent, opened.purpose, CANARY in inside) == ("c" * 32, "research", True)


def test_i06_two_clips_have_nothing_in_common_but_the_week() -> None:
    """Whoever carries them sees two random numbers and the key of the week, which every household has."""
    one, other = (label_of(sealed(KEYS_NOW, spoken(3.0))) for _ in range(2))
    assert (one.epoch, one.key_id) == (other.epoch, other.key_id)
    assert one.parcel != other.parcel
    assert one.deletion != other.deletion


@given(st.floats(0.0, 20.0), st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_i07_the_size_tells_two_seconds_or_nothing(seconds: float, text: bool) -> None:
    """Whatever a clip holds, its size is one of a few, and text is always the same."""
    clip = Clip(new_id(), Rung.TEXT, text="turn on the light") if text else spoken(seconds)
    bucket = TEXT_BUCKET if text else SOUND_BUCKET
    size = len(sealed(KEYS_NOW, clip, bucket=bucket)) - OVERHEAD
    assert size % bucket == 0
    assert size - bucket < len(pack(clip)) + 4 <= size


@given(st.floats(0, DAY, exclude_max=True), st.floats(0, 1, exclude_max=True))
def test_i07_nothing_leaves_outside_its_window(second: float, chance: float) -> None:
    """A clip of any moment waits for the next night, at a moment that chance chose."""
    midnight = 20_000 * DAY
    after = Batch("03:00-05:00", lambda: chance, lambda: 0.0).after(midnight + second)
    assert after > midnight + second
    assert 3 * 3600.0 - 0.01 <= after % DAY <= 5 * 3600.0 + 0.01


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A mosquitto that writes what it is given to its disk."""
    lines = f"allow_anonymous true\npersistence true\npersistence_location {tmp_path}/\nautosave_interval 1"
    one = Mosquitto(tmp_path, lines).start()
    yield one
    one.kill()


def test_i08_a_broker_that_keeps_everything_keeps_nothing_readable(broker: Mosquitto, tmp_path: Path) -> None:
    """Its database holds the sealed parcel, and not sixteen bytes of what was said; sent open, it is found there."""
    clip = spoken(3.0)
    for topic, content in (("sealed", sealed(KEYS_NOW, clip)), ("open", pack(clip))):
        file = tmp_path / topic
        file.write_bytes(content)
        words = ["mosquitto_pub", "-p", str(broker.port), "-q", "1", "-r", "-t", topic, "-f", str(file)]
        subprocess.run(words, check=True, timeout=20)
        file.unlink()
    process = broker._process
    assert process is not None
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    stored = (tmp_path / "mosquitto.db").read_bytes()
    body = stored.replace(pack(clip), b"")
    assert pack(clip) in stored
    assert (CANARY[:16] in body, b"xylophone" in body, clip.id.encode() in body) == (False, False, False)


def test_i11_after_its_retention_no_copy_opens_any_more() -> None:
    """The week's private keys are destroyed when week and retention are over; a later week's clips open as before."""
    keys = fresh()
    first, later = sealed(keys, spoken(1.0)), sealed(keys, spoken(1.0), NOON + 2 * WEEK)
    over = (epoch_of(NOON) + 1) * WEEK + 31 * DAY
    copies = [first, bytes(first)]
    left = keys.destroy_ended(over + WEEK)
    for copy in copies:
        with pytest.raises(SealError):
            open_seal(left, copy)
    assert open_seal(left, later)[0].consent == "c" * 32
    assert open_seal(keys, first)[0].consent == "c" * 32


@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=60), st.floats(0, 1, exclude_max=True))
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_i14_a_broker_that_breaks_every_connection_is_left_alone(lives: list[float], chance: float) -> None:
    """However long each connection lives, there are never more than six fruitless ones in any minute."""
    attempts, now = Attempts(Pace(), lambda: chance), 0.0
    tried: list[float] = []
    for life in lives:
        attempts.tried(now)
        tried.append(now)
        now = max(now + life, attempts.broken(now + life))
    assert all(len([each for each in tried if begin <= each < begin + 60.0]) <= 6 for begin in tried)


class Silent:
    """No voice is needed for a sound."""

    def speak(self, text: str) -> bytes:
        return b""


@pytest.mark.parametrize("rung", [Rung.VOICE, Rung.DISGUISED])
def test_i17_a_word_that_is_not_allowed_is_never_audible(rung: Rung) -> None:
    """A loud tone in the place of a private word leaves no trace of its frequency; in an allowed word it would."""
    times = np.arange(2 * RATE) / RATE
    tone = (9_000 * np.sin(2 * np.pi * 1_234.0 * times)).astype("<i2")

    def heard(word: str) -> float:
        words = (Word("turn", 0.5, 1.0, 1.0), Word(word, 1.0, 1.4, 1.0), Word("on", 1.4, 1.9, 1.0))
        quiet = tone.copy()
        quiet[:RATE] = quiet[int(1.4 * RATE) :] = 0
        quiet[::97] += 300  # the allowed words are not digital silence
        command = Command(bytearray(quiet.tobytes()), "alexa", (0.0, 0.4), (0.4, 2.0), words)
        made = make(command, rung, {"turn", "on", "light"}, Silent(), Random(1), purpose=Purpose.RESEARCH)
        samples = np.frombuffer(bytes(made.pcm), "<i2").astype(float)
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
        frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
        near = (frequencies > 900) & (frequencies < 1_700)
        return float(spectrum[near].max() / np.median(spectrum[near]))

    assert heard("light") > 20 * heard("margaret")


def test_i19_no_plaintext_is_on_the_card(tmp_path: Path) -> None:
    """Pulled at any moment, the card holds sealed parcels, rows and nothing that was said; planted, it is found."""
    outbox, ledger = Outbox(tmp_path / "outbox"), Ledger(tmp_path / "ledger")
    release = Release(outbox, KEYS_NOW.card, IDENTITY.secret)
    clip = spoken(2.0)
    pcm = bytearray(clip.pcm)
    release.hold_clip(replace(clip, pcm=b""), pcm)
    release.shelve(clip.id)
    assert found(tmp_path) == []
    flow = Flow(Kind.CLIP, "research", KEYS_NOW.card.fingerprint, 2.0, True, True)
    release.seal(clip.id, flow, "c" * 32, NOON)
    ledger.add("release", NOON, {"parcel": clip.id}, {"seconds": 2.0})
    release.put(Boxed(clip.id, flow, "c" * 32))
    assert (found(tmp_path), outbox.waiting()) == ([], [clip.id])
    (tmp_path / "planted").write_bytes(clip.pcm)
    assert found(tmp_path) == ["planted"]


def found(folder: Path) -> list[str]:
    """Files below a folder in which sixteen bytes of the clip, or a word of it, stand."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(part in path.read_bytes() for part in (CANARY[:16], b"xylophone"))]


def test_i20_no_log_holds_a_heard_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A clip is held, shelved, refused, sealed and fails to be sealed: not one line names what is in it."""
    caplog.set_level(0)
    release = Release(Outbox(tmp_path / "outbox"), replace(KEYS_NOW.card, epochs=()), IDENTITY.secret)
    clip = spoken(1.0)
    release.hold_clip(replace(clip, pcm=b""), bytearray(clip.pcm))
    with pytest.raises(SealError) as caught:
        release.seal(clip.id, Flow(Kind.CLIP, "research", "x", 1.0, True, True), "c" * 32, NOON)
    release.forget(clip.id)
    told = caplog.text + str(caught.value)
    assert ("xylophone" in told, CANARY[:16].hex() in told) == (False, False)


def test_i24_a_reset_leaves_nobody(tmp_path: Path) -> None:
    """Identity, receipts, consents and what waits are destroyed; the ledger says so and stays."""
    folders = FolderSettings(run=tmp_path, state=tmp_path / "state", outbox=tmp_path / "outbox")
    folders.state.mkdir(0o700)
    identity = Identity.open(folders.identity)
    ledger = Ledger(folders.ledger, NOON, signer=identity.signing_key)
    ledger.add("start", NOON, {})
    (folders.state / "privacy.json").write_text("{}")
    folders.receipts.mkdir()
    (folders.receipts / ("c" * 32 + ".json")).write_text("{}")
    Outbox(folders.outbox)
    reset(folders, NOON, ledger_too=False)
    left = {path.name for path in folders.state.rglob("*") if path.is_file()}
    assert not left & {"identity.json", "privacy.json", "c" * 32 + ".json"}
    assert [row.what for row in Ledger(folders.ledger).rows()][-1] == "reset"
    assert Identity.open(folders.identity).device_key != identity.device_key
