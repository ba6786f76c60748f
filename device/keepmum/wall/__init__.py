"""What the owner's settings mean for systemd: the few files of the wall that no release can know beforehand."""
