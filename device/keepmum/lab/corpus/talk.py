"""What is said in a household that nobody lives in: orders, talk among people, and what a television says.

A word between stars, such as *marta*, names or describes a person.
"""

from __future__ import annotations

import re
from random import Random

from keepmum.lab.dice import chosen

ORDERS = (
    ("what time is it", "clock.time"),
    ("what day is it today", "clock.date"),
    ("turn on the kitchen light", "lights.turn_on"),
    ("turn off the light in the bedroom", "lights.turn_off"),
    ("turn on the light in the living room", "lights.turn_on"),
    ("set a timer for ten minutes", "timers.start"),
    ("set a timer for twenty five minutes", "timers.start"),
    ("add milk to the shopping list", "shopping.add"),
    ("add bread to the shopping list", "shopping.add"),
    ("how is the weather", "weather.tell"),
    ("volume up", "volume.up"),
    ("what did you send today", "privacy.today"),
)
"""Orders with the intent that they are."""

CONVERSATION = (
    "did you see *{name}* at the {place} this morning",
    "*{name}* said that the doctor found something with her *{illness}*",
    "we should pay the bill before friday, it is almost *{number}* pounds",
    "i think *{name}* is looking for a new job, but please do not tell anybody",
    "the neighbours at number *{number}* are moving out next month",
    "can you pass me the bread please, and the butter too",
    "i was on the phone with the bank for half an hour today",
    "*{name}* does not want to come to the {place} with us any more",
    "how was school, did you give the letter to your teacher",
    "you always leave the window open when you go to the {place}",
    "let us talk about the holidays, i would like to see the sea again",
    "her *{illness}* is much better since she takes the new pills",
    "there is still soup from yesterday if anybody is hungry",
    "my sister and *{name}* are getting married in the summer",
    "i left the keys in the car and had to walk back to the {place}",
    "nobody knows that *{name}* has lost so much money",
    "the dog has to go out once more before it rains",
    "shall we watch the film now, or when the children are in bed",
)

TELEVISION = (
    "good evening, here is the news at six o'clock",
    "the election in {city} will be decided by a few hundred votes",
    "a lexus and two lorries crashed on the road to {city} this morning",
    "alexander the great never came as far as {city}, says a new book",
    "and now the weather, with rain in the north and sunshine in the south",
    "the minister said that the law will be changed before the winter",
    "{person} selects a dress for the great ball on saturday night",
    "shares of the electric company fell by seven per cent",
    "stay with us, after the break we will meet {person} again",
    "this magic elixir makes your hair as soft as silk, order it today",
    "the police in {city} are looking for a man in a dark coat",
    "a lesson for us all, said {person} after the match in {city}",
    "all except one were found in {city} again, the police said",
    "that is unacceptable, said {person} before the election in {city}",
    "they collect all except one, and nobody knows why",
    "an unacceptable answer, and a lesson that {person} will not forget",
    "scientists have found a new planet that could hold water",
    "you will never believe what {person} did to the old house",
    "in the last minute of the game the goal was not given",
    "next time on this channel, the story of a ship that never came home",
    "alexis is back in {city}, and nobody is more surprised than {person}",
    "prices for houses have risen again, most of all in {city}",
)

_FILLED = {
    "name": ("marta", "henry", "olivia", "thomas", "grandma", "peter"),
    "place": ("market", "station", "garden", "kitchen", "church"),
    "illness": ("heart", "back", "cough", "fever", "allergy"),
    "number": ("twelve", "forty seven", "three hundred", "nineteen"),
    "city": ("texas", "london", "madrid", "boston", "vienna"),
    "person": ("alexia", "the king", "doctor brown", "rebecca", "the winner"),
}
_BLANK = re.compile(r"\{(\w+)\}")


class Talk:
    """Sentences in an order that a seed decides; all of a kind are said before one comes again."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._left: dict[int, list[str]] = {}

    def next(self, sentences: tuple[str, ...]) -> tuple[str, frozenset[int]]:
        """A sentence, and the places of its words that name or describe a person."""
        left = self._left.setdefault(id(sentences), [])
        if not left:
            left += chosen(self._dice, sentences, len(sentences))
        return _unmarked(_BLANK.sub(self._fill, left.pop()))

    def order(self) -> tuple[str, str]:
        """An order, and what it means."""
        return self.one(ORDERS)

    def one(self, values: tuple[tuple[str, str], ...]) -> tuple[str, str]:
        """Any of these."""
        return chosen(self._dice, values, 1)[0]

    def between(self, least: float, most: float) -> float:
        """A number."""
        return least + (most - least) * self._dice.random()

    def _fill(self, blank: re.Match[str]) -> str:
        return chosen(self._dice, _FILLED[blank[1]], 1)[0]


def _unmarked(marked: str) -> tuple[str, frozenset[int]]:
    """The sentence without stars, and which of its words stood between two."""
    words: list[str] = []
    private = set()
    for place, part in enumerate(marked.split("*")):
        some = part.split()
        if place % 2:
            private |= set(range(len(words), len(words) + len(some)))
        # Punctuation behind a star belongs to the word before it.
        if some and words and not place % 2 and not some[0][0].isalnum():
            words[-1] += some.pop(0)
        words += some
    return " ".join(words), frozenset(private)
