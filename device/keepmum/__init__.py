"""keepmum: a smart speaker that keeps mum.

The map, one line per process:

    listener   HAS the microphone, button, ring, loudspeaker and all state on disk.  HAS NO network.
    uplink     HAS the network and the broker's credentials.       HAS NO devices, files or memory of its own.
    skills     HAS text in, text out.                              HAS NO devices, no network, no files.
    panel      HAS visitors of the local network, while it is turned on.    HAS NO way out, no devices, no files.
    desk       runs elsewhere: the collector that a household may agree to send clips to.

`README.md` beside this file draws how they talk.
"""
