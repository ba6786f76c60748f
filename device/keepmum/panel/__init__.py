"""The page of a household member, on their phone: it shows how the speaker is, and asks for quiet. HAS visitors of the
local network on a socket that systemd opened, and one line to the listener. HAS NO way out: no socket of its own, no
devices, no files that it could write.
"""
