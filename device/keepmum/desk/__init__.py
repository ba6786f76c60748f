"""The other end, which never runs on the speaker: whom a household may agree to send clips to."""
