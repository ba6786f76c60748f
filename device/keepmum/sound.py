"""The one audio format inside keepmum: mono, 16,000 samples a second, signed 16 bit little-endian."""

RATE = 16_000
"""Samples per second: what the wake-word engines and Vosk take."""

SAMPLE_BYTES = 2

BLOCK = 1_280
"""Samples in one block from a microphone: 80 ms, the step of openWakeWord."""

BLOCK_BYTES = BLOCK * SAMPLE_BYTES
BLOCK_SECONDS = BLOCK / RATE


def seconds(pcm: bytes | bytearray | memoryview) -> float:
    """How long a piece of sound lasts, in seconds."""
    return len(pcm) / (RATE * SAMPLE_BYTES)
