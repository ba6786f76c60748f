"""Timers and alarms: any number, named or not, and they outlive a restart because the listener keeps them."""

from __future__ import annotations

from datetime import timedelta

from keepmum.messages import Answer, Ask, Chime
from keepmum.skills import wording
from keepmum.skills.skill import local_time, say
from keepmum.skills.timers_memory import Timer, recall, remember

_DAY = 86_400
_MOST = 20
_LATE = 120.0
"""Seconds after which a ring says that it comes late: the speaker was off."""


class Timers:
    """One memory for timers and alarms: both are a moment and what to say then."""

    name = "timers"
    intents = ("timers.start", "timers.alarm", "timers.cancel", "timers.left")

    def answer(self, ask: Ask) -> Answer:
        """Set, cancel, tell, or ring."""
        timers = recall(ask.memory)
        match ask.intent:
            case "timers.start" | "timers.alarm" if len(timers) >= _MOST:
                return say(ask, f"I already have {_MOST}. Cancel one first.")
            case "timers.start":
                return _set(ask, timers, _new_timer(ask))
            case "timers.alarm":
                return _set(ask, timers, _new_alarm(ask))
            case "timers.cancel":
                return _cancel(ask, timers)
            case "timers.left":
                return _left(ask, timers)
            case _:
                return _ring(ask, timers)


def _new_timer(ask: Ask) -> Timer:
    length = float(ask.slots["duration"])
    return Timer("timer", str(ask.slots.get("name", "")), ask.now + length, length)


def _new_alarm(ask: Ask) -> Timer:
    """The next time that the clock shows it; when the half of the day was left open, whichever half comes first."""
    hour, minute = (int(part) for part in str(ask.slots["time"]).split(":"))
    now = local_time(ask)
    open_half = ask.slots.get("time_half") == "either"
    day = str(ask.slots.get("day", ""))
    hours = [hour]
    if open_half:
        early = hour % 12
        morning = ask.slots.get("morning") or day not in ("", "today", "tonight")
        hours = [early + 12] if day == "tonight" else [early] if morning else [early, early + 12]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=_days_ahead(day, now.weekday()))
    moments = [(midnight + timedelta(hours=h, minutes=minute)).timestamp() for h in hours]
    again = 7 * _DAY if day.startswith("on ") else _DAY
    at = min(moment + (again if moment <= now.timestamp() else 0) for moment in moments)
    return Timer("alarm", "", at - ask.utc_offset, 0.0)


def _days_ahead(day: str, today: int) -> int:
    weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    if day == "tomorrow":
        return 1
    if day.removeprefix("on ") in weekdays:
        return (weekdays.index(day.removeprefix("on ")) - today) % 7
    return 0


def _set(ask: Ask, timers: list[Timer], new: Timer) -> Answer:
    what = _moment(ask, new) if new.kind == "alarm" else wording.duration(new.length)
    speech = f"Alarm set for {what}." if new.kind == "alarm" else f"{_title(new)}, {what}."
    return _keep(ask, speech, [*timers, new])


def _moment(ask: Ask, timer: Timer) -> str:
    """When an alarm rings: the time, and the day if it is not within the next twelve hours."""
    now = local_time(ask)
    rings = now + timedelta(seconds=timer.at - ask.now)
    days = (rings.date() - now.date()).days
    said = wording.time(rings.hour, rings.minute)
    if timer.at - ask.now <= _DAY / 2 or not days:
        return said
    return f"{said} tomorrow" if days == 1 else f"{said} on {rings:%A}"


def _title(timer: Timer) -> str:
    name = timer.name or ("" if timer.kind == "alarm" else wording.duration(timer.length))
    return f"{name} {timer.kind}".strip().capitalize() if timer.name else timer.kind.capitalize()


def _described(ask: Ask, timer: Timer) -> str:
    if timer.kind == "alarm":
        return f"alarm for {_moment(ask, timer)}"
    return f"{timer.name} timer" if timer.name else f"{wording.duration(timer.length)} timer"


def _chosen(ask: Ask, timers: list[Timer]) -> list[Timer]:
    """The ones that the question is about."""
    kind = str(ask.slots.get("kind", "timer"))
    found = [timer for timer in timers if timer.kind == kind]
    if "name" in ask.slots:
        found = [timer for timer in found if timer.name == ask.slots["name"]]
    if "duration" in ask.slots:
        found = [timer for timer in found if timer.length == ask.slots["duration"]]
    if "time" in ask.slots:
        found = [timer for timer in found if _rings_at(ask, timer)]
    return found


def _rings_at(ask: Ask, timer: Timer) -> bool:
    hour, minute = (int(part) for part in str(ask.slots["time"]).split(":"))
    rings = local_time(ask) + timedelta(seconds=timer.at - ask.now)
    half = 12 if ask.slots.get("time_half") == "either" else 24
    return (rings.hour % half, rings.minute) == (hour % half, minute)


def _cancel(ask: Ask, timers: list[Timer]) -> Answer:
    kind, chosen = str(ask.slots.get("kind", "timer")), _chosen(ask, timers)
    if not chosen:
        return say(ask, f"There is no such {kind}.")
    if len(chosen) > 1 and ask.slots.get("which") != "all":
        return say(ask, f"Which one? There is {wording.together([f'the {_described(ask, t)}' for t in chosen])}.")
    rest = [timer for timer in timers if timer not in chosen]
    gone = f"{_title(chosen[0])} cancelled." if len(chosen) == 1 else f"All {len(chosen)} {kind}s cancelled."
    return _keep(ask, gone, rest)


def _left(ask: Ask, timers: list[Timer]) -> Answer:
    chosen = _chosen(ask, timers)
    if not chosen:
        return say(ask, f"There is no {ask.slots.get('name', '')} {ask.slots.get('kind', 'timer')}.".replace("  ", " "))
    if chosen[0].kind == "alarm":
        return say(ask, f"There is an {wording.together([_described(ask, timer) for timer in chosen])}.")
    if len(chosen) == 1:
        return say(ask, f"{wording.duration(chosen[0].at - ask.now)} left.")
    each = [f"{wording.duration(timer.at - ask.now)} on the {_described(ask, timer)}" for timer in chosen]
    return say(ask, wording.sentence(wording.together(each)))


def _ring(ask: Ask, timers: list[Timer]) -> Answer:
    over = [timer for timer in timers if timer.at <= ask.now]
    if not over:
        return _keep(ask, "", timers)
    speech = " ".join(_ringing(ask, timer) for timer in over)
    times = 10 if any(timer.kind == "alarm" for timer in over) else 3
    answer = _keep(ask, speech, [timer for timer in timers if timer not in over])
    return answer.model_copy(update={"actions": [Chime(times=times)]})


def _ringing(ask: Ask, timer: Timer) -> str:
    late = ask.now - timer.at
    if late > _LATE:
        return f"While I was off, your {_described(ask, timer)} rang {wording.duration(late)} ago."
    if timer.kind == "alarm":
        now = local_time(ask)
        return f"It is {wording.time(now.hour, now.minute)}."
    return f"Your {_described(ask, timer)} is done."


def _keep(ask: Ask, speech: str, timers: list[Timer]) -> Answer:
    in_order = sorted(timers, key=lambda timer: timer.at)
    return say(ask, speech, memory=remember(in_order), due=in_order[0].at if in_order else 0.0)
