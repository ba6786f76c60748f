"""`keepmum lab tap` and `capture`: what goes over a wire, and what was captured of a speaker that somebody owns."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from keepmum.lab.evaluate.row import Row

PANEL = "Captures"
HEADINGS = ("policy or device", "figures", "uploads/h", "95 %", "s/h", "MB/h", "idle kB/h")
NOTES = (
    "measured: from the captures. Uploads are bursts over the idle rate; s/h is how long they took on the wire, MB/h "
    "all that was sent, coded, sealed and with its headers.",
    "simulated, control: the golden household, spread over whole days; s/h is sound, MB/h 16-bit samples of it. "
    "keepmum's own policies are simulated here as well.",
)

app = typer.Typer()


def register(lab: typer.Typer) -> None:
    """Let `keepmum lab` know these commands."""
    lab.add_typer(app)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab tap --listen 1884 --to 127.0.0.1:1883 --out tapped  ·  "
    "keepmum lab tap --listen 0.0.0.0:1884 --to broker.lan:8883 --out tapped",
)
def tap(
    *,
    listen: Annotated[str, typer.Option(metavar="[HOST:]PORT", help="Where the device calls; this machine alone.")],
    to: Annotated[str, typer.Option(metavar="HOST:PORT", help="The broker that it means.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where tap.pcap and tap.csv go.")],
) -> None:
    """Stand between a device and its broker, pass everything on, and write it down: pcap and CSV. Needs no root.

    Ctrl-C ends it. The capture names no machine: its addresses are 192.0.2.1 (device) and 192.0.2.2 (broker).
    """
    from keepmum.lab.capture.record import Record
    from keepmum.lab.capture.tap import Tap, address

    logging.basicConfig(format="keepmum: %(message)s")
    here, there = address(listen), address(to)
    one = Tap(here, there, time.time)
    with closing(one), closing(Record(out)) as record:
        try:
            typer.echo(f"listening at {one.address} for {there}; Ctrl-C ends it", err=True)
            one.run(record)
        except KeyboardInterrupt:
            counts = f"{one.visits} connections, {record.outward:,} bytes out and {record.inward:,} in"
            typer.echo(f"\n{counts}: {out / 'tap.pcap'}, {out / 'tap.csv'}", err=True)


@app.command(
    rich_help_panel=PANEL,
    epilog="Examples:  keepmum lab capture moniotr  ·  keepmum lab capture tapped --device 192.0.2.1  ·  "
    "keepmum lab capture echo --csv run/measured/echo.csv",
)
def capture(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="country/device/activity/date.seconds.pcap, …")],
    *,
    device: Annotated[str, typer.Option(help="Its MAC or IP address, if it is not the one with a local address.")] = "",
    file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the figures there, as `lab report` reads them.")
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="Without the policies.")] = False,
) -> None:
    """What speakers really sent, from captures (pcap, pcapng, time,size,direction), beside what the policies say."""
    from keepmum.commands.lab_replay import table
    from keepmum.errors import LabError
    from keepmum.lab.capture.beside import policies
    from keepmum.lab.capture.measured import measured
    from keepmum.lab.evaluate.row import written

    rows = measured(folder, device)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written(rows), "utf-8")
        except OSError as error:
            raise LabError(f"{file} cannot be written: {error.strerror}", "name another file: --csv") from error
    table(HEADINGS, _lines([*rows, *([] if alone else policies())]))
    typer.echo("\n" + "\n".join(NOTES[: 1 if alone else 2]))


def _lines(rows: list[Row]) -> list[tuple[str, ...]]:
    from keepmum.lab.capture.measured import per_device
    from keepmum.lab.evaluate.row import between, told

    lines = []
    for name, figures in per_device(rows).items():
        clips = figures["clips_per_h"]
        numbers = [_told(figures.get(metric), scale) for metric, scale in _COLUMNS]
        lines.append((name, clips.kind, told(clips.value), between(clips) or "–", *numbers))
    return lines


_COLUMNS = (("upload_s_per_h", 1.0), ("wire_bytes_per_h", 1e6), ("idle_bytes_per_h", 1e3))


def _told(row: Row | None, scale: float) -> str:
    from keepmum.lab.evaluate.row import told

    return told(row.value / scale) if row is not None and row.value is not None else "–"
