"""What can be wrong with a computer, its clock and its power, and what the doctor must say then."""

from __future__ import annotations

from doctor_changes import SILENT, Defect, both, gone, lacks, put, says, settings

MACHINE = [
    Defect("an old Python", "computer", "problem", "Python 3.9.2", "3.11 or newer", says(python=[3, 9, 2])),
    Defect("a 32-bit system", "computer", "note", "32 bit", "best effort", says(bits=32)),
    Defect(
        "a first Pi",
        "computer",
        "note",
        "Raspberry Pi Zero W",
        "no board profile",
        put("/proc/device-tree/model", "Raspberry Pi Zero W Rev 1.1\0"),
    ),
    Defect(
        "too little memory",
        "memory",
        "problem",
        "97 MB of 416 MB",
        "1 GB or more",
        both(put("/proc/meminfo", "MemTotal: 426000 kB\nMemAvailable: 100000 kB\n"), lacks(SILENT)),
    ),
    Defect("a kernel that hides its memory", "memory", "note", "does not say", "", gone("/proc/meminfo")),
    Defect(
        "a warm Pi", "temperature", "note", "72 °C", "slows down", put("/sys/class/thermal/thermal_zone0/temp", "72000")
    ),
    Defect(
        "a hot Pi",
        "temperature",
        "problem",
        "84 °C",
        "heat sink",
        put("/sys/class/thermal/thermal_zone0/temp", "84100"),
    ),
    Defect(
        "a broken thermometer",
        "temperature",
        "note",
        "no thermometer",
        "",
        put("/sys/class/thermal/thermal_zone0/temp", "hot"),
    ),
    Defect(
        "a user without rights",
        "user",
        "problem",
        "the groups audio, gpio, spi",
        "usermod -aG audio,gpio,spi $USER",
        both(put("/proc/self/status", "Uid:\t1000\t1000\nGroups:\t1000\n"), lacks(SILENT)),
    ),
    Defect(
        "root", "user", "note", "root", "as the user that runs", put("/proc/self/status", "Uid:\t0\t0\nGroups:\t0\n")
    ),
    Defect(
        "a system without the group",
        "user",
        "note",
        "no the group spi",
        "",
        put("/etc/group", "audio:x:29:anna\ngpio:x:986:anna\nanna:x:1000:\n"),
    ),
    Defect(
        "a folder that cannot be written",
        "folders",
        "problem",
        "/var/lib/keepmum cannot be written",
        "install -d -o $USER /var/lib/keepmum",
        both(says(denied=["/var/lib/keepmum"]), lacks(SILENT)),
    ),
    Defect(
        "a root that is in memory",
        "folders",
        "note",
        "in memory (overlay)",
        "partition",
        put("/proc/mounts", "overlay / overlay rw 0 0\ntmpfs /run tmpfs rw 0 0\n"),
    ),
    Defect(
        "an outbox on a disk",
        "folders",
        "note",
        "is on a disk",
        "/run",
        put("/proc/mounts", "/dev/sda / ext4 rw 0 0\n"),
    ),
    Defect(
        "a state file from the future",
        "kept state",
        "problem",
        "version 99, from a newer keepmum",
        "begins muted",
        put("/var/lib/keepmum/privacy.json", '{"version": 99}'),
    ),
    Defect(
        "a damaged state file",
        "kept state",
        "problem",
        "not what keepmum wrote",
        "begins muted",
        put("/var/lib/keepmum/privacy.json", '{"version": 2, "mutes": ['),
    ),
    Defect("no listener", "listener", "note", "does not run", "keepmum run listener", lacks(SILENT)),
    Defect(
        "a listener in alarm",
        "listener",
        "problem",
        "muted by fault",
        "its log",
        lambda words: words["listener"].update(mutes=["fault"], microphone="closed"),
    ),
]

HOUSE = [
    Defect(
        "a recipient's card that is lost",
        "recipient",
        "problem",
        "No such file",
        "ask the recipient",
        settings("recipient:\n  card: lost.card\n"),
    ),
    Defect(
        "a clock that cannot be",
        "clock",
        "problem",
        "1970-01-01",
        "timedatectl",
        lambda words: words.update(now=words["now"].replace(year=1970, month=1, day=1)),
    ),
    Defect(
        "a clock that nobody set",
        "clock",
        "problem",
        "nobody has synchronised it",
        "timedatectl",
        both(gone("/run/systemd/timesync/synchronized"), gone("/sys/class/rtc/rtc0/name")),
    ),
    Defect(
        "a clock that only its battery keeps",
        "clock",
        "note",
        "nobody has synchronised it",
        "timedatectl",
        gone("/run/systemd/timesync/synchronized"),
    ),
    Defect(
        "a weak supply",
        "power",
        "problem",
        "too little voltage, it is throttled",
        "power supply",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=0x50005\n"}),
    ),
    Defect(
        "a supply that was weak once",
        "power",
        "note",
        "since the start: too little voltage",
        "power supply",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=0x10000\n"}),
    ),
    Defect(
        "a Pi that was too hot",
        "power",
        "problem",
        "it is near its heat limit",
        "fan",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=0x80008\n"}),
    ),
    Defect(
        "no vcgencmd",
        "power",
        "note",
        "vcgencmd is missing",
        "raspi-utils",
        lambda words: words["programs"].pop("vcgencmd get_throttled"),
    ),
    Defect(
        "a vcgencmd that may not ask",
        "power",
        "note",
        "Can't open device file",
        "video",
        lambda words: words["programs"].update(
            {"vcgencmd get_throttled": {"status": 255, "err": "Can't open device file: /dev/vcio\n"}}
        ),
    ),
    Defect(
        "a vcgencmd that babbles",
        "power",
        "note",
        "does not tell",
        "",
        lambda words: words["programs"].update({"vcgencmd get_throttled": "throttled=lots\n"}),
    ),
]
