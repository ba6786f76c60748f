"""Sentence templates: what may be heard, what it means, and what is wrong with a file."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hassil.expression import Alternative, Expression, ListReference, Permutation, RuleReference, TextChunk
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum import shipped
from keepmum.errors import ConfigError
from keepmum.listener.outlook import Outlook
from keepmum.listener.sentences import grammar, templates
from keepmum.listener.sentences.understand import NUMBERS, Intent, Understanding
from keepmum.listener.speech.model_folder import vocabulary
from keepmum.settings import SpeechSettings

SHIPPED = shipped.folder() / "sentences" / "en.yaml"
WORDS = vocabulary(SpeechSettings().model)
BENCH = Path(__file__).parents[3] / "scripts" / "benches" / "commands.tsv"

UNDERSTOOD: dict[str, tuple[str, dict[str, object]]] = {
    "What time is it?": ("clock.time", {}),
    "alexa what's the date": ("clock.date", {}),
    "[unk] set a timer for five minutes": ("timers.start", {"duration": 300}),
    "please set a pasta timer for an hour and a half": ("timers.start", {"name": "pasta", "duration": 5400}),
    "set an alarm for quarter to six in the evening": ("timers.alarm", {"time": "17:45"}),
    "wake me up at seven thirty": ("timers.alarm", {"time": "07:30", "time_half": "either", "morning": 1}),
    "wake me up at noon": ("timers.alarm", {"time": "12:00", "morning": 1}),
    "cancel all timers": ("timers.cancel", {"which": "all"}),
    "turn on the reading corner please": ("lights.turn_on", {"thing": "reading corner"}),
    "turn off the living room lights": ("lights.turn_off", {"room": "living room", "fixture": "light"}),
    "set the bedroom lamp to 50%": ("lights.dim", {"room": "bedroom", "fixture": "lamp", "percent": 50}),
    "could you turn the volume up": ("volume.up", {}),
    "add milk and eggs to the shopping list": ("shopping.add", {"item": "milk", "item2": "eggs"}),
    "can i get a large latte with two shots of espresso and some sugar please": (
        "coffee.order",
        {"size": "large", "drink": "latte", "shots": 2, "sugar": "sugar", "sugar_amount": "some"},
    ),
    "mute the microphone": ("privacy.mute", {}),
    "privacy mode local": ("privacy.local", {}),
    "share what I say": ("privacy.share", {"rung": "voice"}),
    "share what I say in a disguised voice, and ask me first": ("privacy.share", {"rung": "disguised", "asks": 1}),
    "share my words for research": ("privacy.share", {"rung": "text", "purpose": "research"}),
    "yes, please send it": ("privacy.send", {}),
    "do not send it": ("privacy.keep", {"last": 1}),
    "who has listened to me?": ("privacy.listened", {}),
}

NO_YES = [
    *("send it", "[unk] send it", "don't send it", "do not send it", "never send it", "no send it", "send", "yes"),
    *(
        "[unk] it",
        "please send it",
        "alexa send it",
        "yes",
        "yes it",
        "yes forget it",
        "yes don't send it",
        "send that",
    ),
]
"""What may never let a clip leave: of every no, noise may leave a part."""

NOT_UNDERSTOOD = [
    "",
    "[unk]",
    "alexa",
    "please",
    "set a timer for five",
    "set the volume to 150 percent",
    "turn on the [unk] light",
    "turn the kitchen light",
    "make me an iced coffee with milk and cream",
    "what a nice day it is and how good to see you",
]


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    """The shipped sentences, with one thing of the owner's."""
    return Understanding.load(SHIPPED, None, ("Reading corner",), WORDS, ("alexa",))


@pytest.fixture(scope="module")
def read() -> templates.Sentences:
    """The shipped sentences as they stand in the file."""
    found = templates.read([SHIPPED], NUMBERS)
    found.lists["named_thing"] = templates.Values()
    return found


@pytest.mark.parametrize("text", NO_YES)
def test_no_part_of_a_no_is_a_yes(understanding: Understanding, text: str) -> None:
    """Letting something leave takes the words for it, all of them."""
    intent = understanding.parse(text)
    assert intent is None or intent.name != "privacy.send" or "plain" in intent.slots


@pytest.mark.parametrize(("text", "meant"), UNDERSTOOD.items())
def test_a_sentence_is_its_intent(
    understanding: Understanding, text: str, meant: tuple[str, dict[str, object]]
) -> None:
    """What is said, with or without the wake phrase and manners, comes out as one intent with its slots."""
    intent = understanding.parse(text.replace("reading corner", "Reading corner"))
    assert intent is not None
    name, slots = meant
    assert (intent.name, {key: str(value).lower() for key, value in intent.slots.items()}) == (
        name,
        {key: str(value).lower() for key, value in slots.items()},
    )


@pytest.mark.parametrize("line", BENCH.read_text("utf-8").splitlines())
def test_the_bench_asks_for_what_the_templates_say(understanding: Understanding, line: str) -> None:
    """Every command of the bench, typed instead of spoken, has the intent and the slots that the bench expects."""
    text, name, slots = line.split("\t")
    assert understanding.parse(text) == Intent(name, json.loads(slots))


def test_the_bench_covers_every_intent(read: templates.Sentences) -> None:
    """No intent is shipped that the bench does not speak."""
    spoken = {line.split("\t")[1] for line in BENCH.read_text("utf-8").splitlines()}
    assert spoken == {wording.intent for wording in read.wordings}


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_what_no_template_allows_is_not_understood(understanding: Understanding, text: str) -> None:
    """A sentence that is cut short, contradicts itself or has a hole in it means nothing."""
    assert understanding.parse(text) is None


@pytest.mark.parametrize(
    ("heard", "same_as"),
    {
        "may i have a a light roast mocha with sweetener": "may i have a light roast mocha with sweetener",
        "turn on kitchen light": "turn on the kitchen light",
        "what time is it in": "what time is it",
        "add to milk to the shopping list": "add milk to the shopping list",
    }.items(),
)
def test_a_misheard_small_word_changes_nothing(understanding: Understanding, heard: str, same_as: str) -> None:
    """One small word too many or too few, and the sentence still means the same."""
    assert understanding.parse(heard) == understanding.parse(same_as)
    assert understanding.parse(heard) is not None


@pytest.mark.parametrize(
    "heard",
    [
        "turn the kitchen light",  # on or off?
        "set a timer for minutes",  # how many?
        "set the kitchen light to percent",
        "turn on the room light",  # which room?
        "can i have a large",  # a large what?
        "cancel the",
    ],
)
def test_a_word_that_decides_is_never_made_up(understanding: Understanding, heard: str) -> None:
    """On or off, a number, a room, a drink: what was not heard is not filled in."""
    assert understanding.parse(heard) is None


def test_a_garbled_sentence_is_heard_again_with_the_words_of_its_skill(understanding: Understanding) -> None:
    """When most words are about coffee, the same sound is heard once more with the coffee phrases alone."""
    offered: list[tuple[str, ...]] = []

    def listen_again(phrases: tuple[str, ...]) -> str:
        offered.append(phrases)
        return "make me a single shot mocha with sweetener"

    garbled = "cabbage single shot mocha what the sweetener"
    assert understanding.parse(garbled) is None
    assert understanding.parse_or_listen_again(garbled, listen_again) == Intent(
        "coffee.order", {"shots": 1, "drink": "mocha", "sugar": "sweetener"}
    )
    intents = {intent.name for phrase in offered[0][::50] if (intent := understanding.parse(phrase))}
    assert intents == {"coffee.order"}


@pytest.mark.parametrize(
    "text", ["turn on the kitchen light", "cabbage umbrella", "the", "", "stop weather mocha timer"]
)
def test_only_a_garbled_sentence_with_a_topic_is_heard_again(understanding: Understanding, text: str) -> None:
    """A clear sentence is taken at its word, and words from everywhere are not forced into one skill."""
    assert understanding.parse_or_listen_again(text, lambda _: pytest.fail("heard again")) == understanding.parse(text)


def test_a_second_hearing_that_helps_nothing_leaves_the_first(understanding: Understanding) -> None:
    """If the second text means nothing either, a small slip in the first one is still forgiven."""
    first = "may i have a a light roast mocha with sweetener"
    assert understanding.parse_or_listen_again(first, lambda _: "[unk]") == understanding.parse(first) is not None


@pytest.mark.parametrize(
    ("text", "outlook"),
    {
        "turn on the kitchen light": Outlook.WHOLE,
        "turn on the kitchen light please": Outlook.WHOLE,
        "alexa turn off the living room lights": Outlook.WHOLE,
        "tell me the time": Outlook.WHOLE,
        "turn on the": Outlook.BEGUN,
        "set a timer for five": Outlook.BEGUN,
        "": Outlook.BEGUN,
        "turn on the light": Outlook.MAY_GO_ON,  # in the kitchen
        "set a timer for five minutes": Outlook.MAY_GO_ON,  # and thirty seconds
        "set a timer for five minutes and thirty seconds": Outlook.MAY_GO_ON,  # for the pasta
        "volume fifty": Outlook.MAY_GO_ON,  # five
        "turn on kitchen light": Outlook.NONE,  # understood, but only nearly
        "the the": Outlook.NONE,
    }.items(),
)
def test_what_can_follow_is_known(understanding: Understanding, text: str, outlook: Outlook) -> None:
    """A command ends at once only if no template goes on from there."""
    assert understanding.outlook(text) is outlook


def _say(expression: Expression, found: templates.Sentences, choose: Callable[[int], int]) -> str:
    """One sentence of a template, walked on hassil's own tree and not on the network under test."""
    if isinstance(expression, TextChunk):
        return expression.text
    if isinstance(expression, ListReference):
        values = found.lists[expression.list_name].templates
        return _say(values[choose(len(values))].expression, found, choose)
    if isinstance(expression, RuleReference):
        return _say(found.rules[expression.rule_name].expression, found, choose)
    items = list(expression.items)
    if isinstance(expression, Alternative):
        items = [items[choose(len(items))]]
    elif isinstance(expression, Permutation):
        random.Random(choose(1000)).shuffle(items)
    return "".join(_say(item, found, choose) for item in items)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_pair_of_words_that_a_template_allows_is_in_the_grammar(
    data: st.DataObject, understanding: Understanding, read: templates.Sentences
) -> None:
    """Whatever sentence is drawn from the templates, Vosk has been given each two neighbouring words of it."""
    wording = data.draw(st.sampled_from(read.wordings))
    if any(reference.list_name == "named_thing" for reference in _lists(wording.template.expression, read)):
        return
    words = _say(wording.template.expression, read, lambda count: data.draw(st.integers(0, count - 1))).lower().split()
    if all(word in WORDS for word in words):
        given_to_vosk = {pair for phrase in understanding.phrases for pair in grammar.neighbours(phrase.split())}
        assert set(grammar.neighbours(words)) <= given_to_vosk


def _lists(expression: Expression, found: templates.Sentences) -> list[ListReference]:
    if isinstance(expression, ListReference):
        return [expression]
    if isinstance(expression, RuleReference):
        return _lists(found.rules[expression.rule_name].expression, found)
    return [reference for item in getattr(expression, "items", ()) for reference in _lists(item, found)]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_every_sentence_that_a_template_allows_is_understood(
    data: st.DataObject, understanding: Understanding, read: templates.Sentences
) -> None:
    """Whatever is drawn from a template parses; a double mention may be refused, but never as another intent's."""
    wording = data.draw(st.sampled_from(read.wordings))
    text = " ".join(
        _say(wording.template.expression, read, lambda count: data.draw(st.integers(0, max(0, count - 1)))).split()
        if not any(r.list_name == "named_thing" for r in _lists(wording.template.expression, read))
        else ["stop"]
    )
    intent = understanding.parse(text)
    doubled = wording.intent in ("coffee.order", "timers.cancel")
    assert intent is not None or doubled
    if intent is not None and text != "stop":
        assert intent.name == wording.intent


def test_all_phrases_can_be_heard_and_are_always_the_same(understanding: Understanding) -> None:
    """Vosk gets no word that it does not know, and every start-up gives it the same list."""
    assert {word for phrase in understanding.phrases for word in phrase.split()} <= WORDS
    again = Understanding.load(SHIPPED, None, ("Reading corner",), WORDS, ("alexa",))
    assert again.phrases == understanding.phrases


def test_words_that_the_model_lacks_are_used_as_soon_as_it_knows_them(understanding: Understanding) -> None:
    """A word listed under if_known can be typed, and stands in the grammar of a model that has a sound for it."""
    smaller = Understanding.load(SHIPPED, None, (), WORDS - {"noon"})
    assert smaller.parse("wake me up at noon") is not None
    assert not any("noon" in phrase.split() for phrase in smaller.phrases)
    assert any(phrase.endswith("at noon") for phrase in understanding.phrases)


def _owner(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_owners_file_adds_sentences_values_and_rules(tmp_path: Path) -> None:
    """An owner's new intent, list value and rule work beside the shipped ones."""
    mine = _owner(
        tmp_path,
        """
        intents:
          garden.water:
            data:
              - sentences: ["(water|give water to) the {plant} [for {duration}]"]
        lists:
          plant: {values: [tomatoes, {in: "apple tree[s]", out: tree}]}
          room: {values: [library]}
        expansion_rules:
          suggest: "surprise me with"
        """,
    )
    understanding = Understanding.load(SHIPPED, mine, (), WORDS)
    assert understanding.parse("water the apple trees for ten minutes") == Intent(
        "garden.water", {"plant": "tree", "duration": 600}
    )
    assert understanding.parse("turn on the library light") == Intent(
        "lights.turn_on", {"room": "library", "fixture": "light"}
    )
    assert understanding.parse("surprise me with a holiday idea") == Intent("holidays.idea", {})
    assert understanding.parse("find me a holiday idea") is None
    assert "give water to the tomatoes" in understanding.phrases


BAD: dict[str, tuple[str, ...]] = {
    "intents: {clock.time: {data: [{sentences: ['what is the [time']}]}}": ("mine.yaml:1: ", "what is the [time"),
    "intents: {clock.time: {data: [{sentences: ['in the {rooom}']}]}}": ("unknown list 'rooom'", "'room'"),
    "intents: {clock.time: {data: [{sentences: ['<a_thin> off']}]}}": ("unknown rule 'a_thin'", "'a_thing'"),
    "intents: {clock.time: {data: [{sentences: ['tell the tyme']}]}}": ("cannot hear the word 'tyme'", "did you mean"),
    "intents: {clock: {data: [{sentences: ['the time']}]}}": ("'clock' must be called <skill>.<verb>",),
    "intents: {clock.time: {data: [{sentence: ['the time']}]}}": ("unknown key 'sentence'", "'sentences'"),
    "intents: {clock.time: {data: [{sentences: ['[please]']}]}}": ("'[please]' allows a sentence without a word",),
    "intents: {clock.time: {data: [{sentences: [[a, b]]}]}}": ("expected a sentence",),
    "intents: [clock.time]": ("expected `key: value` lines",),
    "intents: {a.b: {data: [{sentences: ['{}']}]}}": ("'{}' cannot be read",),
    "lsts: {}": ("unknown key 'lsts'", "'lists'"),
    "lists: {x: {wildcard: true}}": ("'x' is a wildcard",),
    "lists: {x: {range: {from: 1, to: nine}}}": ("a range needs whole numbers",),
    "lists: {x: {range: {from: 1, to: 9000}}}": ("a range from 1 to 9000",),
    "lists: {x: {quantity: secnds, values: [one second]}}": ("unknown quantity 'secnds'", "'seconds'"),
    "lists: {x: {values: [{out: 3}]}}": ("has no `in`",),
    "lists: {x: {values: one}}": ("expected a list of `- ` lines",),
    "lists: {x: {values: []}, x: {values: []}}": ("'x' stands here twice",),
    "expansion_rules: {one: '<two>', two: '[<one>]'}": ("<one> holds itself", "<two> holds itself"),
    "intents: [": ("is no YAML",),
}


@pytest.mark.parametrize(("text", "expected"), BAD.items())
def test_a_mistake_in_a_sentence_file_is_named(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    """The error tells the file, the line, the template and what was probably meant."""
    with pytest.raises(ConfigError) as caught:
        Understanding.load(SHIPPED, _owner(tmp_path, text), (), WORDS)
    for part in ("mine.yaml", *expected):
        assert part in str(caught.value)
    assert caught.value.hint


def test_all_mistakes_of_a_file_come_at_once(tmp_path: Path) -> None:
    """An owner repairs a file in one go: every line that is wrong is listed, none twice."""
    mine = _owner(
        tmp_path,
        "intents:\n  a.b:\n    data:\n      - sentences:\n"
        "          - 'turn on the {lamp}'\n          - 'show me the <sky>'\n          - 'a fnord'\n",
    )
    with pytest.raises(ConfigError) as caught:
        Understanding.load(SHIPPED, mine, (), WORDS)
    assert caught.value.what.startswith("3 mistakes")
    assert [line.split(":")[1] for line in caught.value.what.splitlines()[1:]] == ["5", "6", "7"]


def test_a_thing_that_cannot_be_heard_is_named() -> None:
    """A name in home.things with a word that the model lacks is an error before anything is heard."""
    with pytest.raises(ConfigError, match="'aquarum'"):
        Understanding.load(SHIPPED, None, ("the aquarum",), WORDS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is told with the path."""
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        Understanding.load(SHIPPED, tmp_path / "nowhere.yaml", (), WORDS)


@pytest.mark.parametrize(
    ("heard", "left_out"),
    [
        ("turn on the kitchen light", ""),
        ("can you turn on the kitchen light please", ""),
        ("[unk] turn on the kitchen light [unk]", "[unk] [unk]"),
        ("turn on a the kitchen light", "a"),
        ("turn on the talk up a tell kitchen light", "turn on the talk up a tell kitchen light"),
        ("more bread", "more bread"),
    ],
)
def test_words_that_no_sentence_consists_of_are_told(understanding: Understanding, heard: str, left_out: str) -> None:
    """Politeness counts to a command, a slip does not, and of what is not understood no word stands."""
    words = heard.split()
    stands = understanding.accounts_for(words)
    assert len(stands) == len(words)
    assert " ".join(word for word, each in zip(words, stands, strict=True) if not each) == left_out
