"""What is to be said next, in which order, and what follows when it was heard to its end.

A notice that was broken off has told nobody what they would agree to, and a clip that was broken off has been heard by
nobody: what counts only once it was heard whole waits here for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from keepmum.listener import outcome
from keepmum.listener.mouth import Mouth
from keepmum.listener.news import Fact

AUDIBLE = 30
"""Percent of the volume: what must be heard is at least so loud, also in a household that has turned the voice off."""

MOST = 4
"""Sentences that wait; of more, the oldest go: nobody may make it talk for hours."""


@dataclass(frozen=True)
class Utterance:
    """Something to say."""

    text: str = ""
    recording: Callable[[], bytes] | None = None
    """Sound to be played behind the words, fetched when its turn has come."""
    then: Callable[[], str] | None = None
    """What is done once it was heard to its end; it gives the next sentence, or nothing."""
    holds: Callable[[], bool] = lambda: True
    """As soon as it does not, it is broken off."""


class Talk:
    """The sentences that wait, and the one that is being said."""

    def __init__(self, mouth: Mouth, chimes: Callable[[], int]) -> None:
        """`chimes` gives the alarm sounds to be played before the next sentence, and none for the one after it."""
        self._mouth = mouth
        self._chimes = chimes
        self._waiting: deque[Utterance] = deque(maxlen=MOST)
        self._now: Utterance | None = None

    def first(self, utterance: Utterance) -> None:
        """Before everything that waits."""
        if len(self._waiting) == MOST:
            self._waiting.popleft()
        self._waiting.appendleft(utterance)

    def later(self, utterance: Utterance) -> None:
        """Behind everything that waits; what waits already is not said twice."""
        if utterance.text not in [each.text for each in self._waiting]:
            self._waiting.append(utterance)

    def told(self, kind: str, facts: Mapping[str, Fact]) -> None:
        """For the news: what came of something that was asked is said as soon as nobody else speaks."""
        sentence = outcome.sentence(kind, facts)
        if sentence:
            self.later(Utterance(sentence))

    @property
    def waits(self) -> bool:
        """Whether there is something to say."""
        return bool(self._waiting)

    def begin(self) -> None:
        """Say the next thing that still holds."""
        while self._waiting and not self._waiting[0].holds():
            self._waiting.popleft()
        self._say(self._waiting.popleft() if self._waiting else Utterance(), self._chimes())

    def apologise(self, text: str) -> None:
        """Say this now, without alarms."""
        self._say(Utterance(text), 0)

    def _say(self, utterance: Utterance, chimes: int) -> None:
        self._now = utterance
        recording = utterance.recording() if utterance.recording is not None else None
        self._mouth.say(utterance.text, chimes, recording, AUDIBLE if utterance.then is not None else 0)

    def over(self) -> bool:
        """Whether nothing is being said any more; what had to be heard whole has its effect now, or never."""
        if self._now is not None and not self._now.holds():
            self._mouth.hush()
        if self._mouth.remaining() > 0:
            return False
        said, self._now = self._now, None
        if said is not None and said.then is not None and said.holds() and self._mouth.whole():
            following = said.then()
            if following:
                self.first(Utterance(following))
        return True

    def hush(self) -> None:
        """Stop in the middle of the word; what counts only when it is heard is dropped, whether or not it had begun."""
        self._mouth.hush()
        self.drop()

    def drop(self) -> None:
        """Nothing that waits for an answer is said any more."""
        self._now = None
        self._waiting = deque((each for each in self._waiting if each.then is None), MOST)
