"""The listener: HAS the microphone, button, ring, loudspeaker and all state on disk. HAS NO network."""
