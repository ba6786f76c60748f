"""From sentence templates to what Vosk may hear: phrases that hold every pair of neighbouring words.

Vosk estimates a bigram model from a list of phrases. So the list need not hold every sentence, only every pair
of words, every first word and every last word that the templates allow, about as often as a fair choice at every
fork would bring them up. The phrases are real sentences: some drawn by chance (the same ones every time), and
one for each pair that chance left out.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from itertools import accumulate

from hassil.expression import Expression, ListReference, RuleReference, TextChunk

from keepmum.listener.sentences.nearest import Nearest
from keepmum.listener.sentences.network import Network, Step
from keepmum.listener.sentences.templates import Sentences, Template, meant

DRAWS = 40
"""Sentences drawn for each template. Fewer, and Vosk's smoothing lets it wander between templates; more only costs."""

START, END = "<s>", "</s>"
_HOLE = "\0"


def faults(sentences: Sentences, known_words: Collection[str]) -> list[str]:
    """What stands in the templates but cannot be heard: unknown lists, rules and words, rules that hold themselves."""
    found = [fault for template in _templates(sentences) for fault in _reference_faults(template, sentences)]
    if not found:
        found = [
            f"{rule.place}: <{name}> holds itself"
            for name, rule in sentences.rules.items()
            if _holds(rule.expression, name, sentences, set())
        ]
    return found + [
        fault for template in _templates(sentences) for fault in _word_faults(template, sentences, known_words)
    ]


def _templates(sentences: Sentences) -> Iterable[Template]:
    yield from (wording.template for wording in sentences.wordings)
    yield from sentences.rules.values()
    for values in sentences.lists.values():
        yield from values.templates


def _references(expression: Expression) -> Iterable[ListReference | RuleReference]:
    if isinstance(expression, ListReference | RuleReference):
        yield expression
    for item in getattr(expression, "items", ()):
        yield from _references(item)


def _reference_faults(template: Template, sentences: Sentences) -> Iterable[str]:
    for reference in _references(template.expression):
        if isinstance(reference, ListReference):
            name, known, kind = reference.list_name, list(sentences.lists), "list"
        else:
            name, known, kind = reference.rule_name, list(sentences.rules), "rule"
        if name not in known:
            yield f"{template.place}: unknown {kind} {name!r}{meant(name, known)} in {template.text!r}"


def _holds(expression: Expression, rule: str, sentences: Sentences, seen: set[str]) -> bool:
    for reference in _references(expression):
        name = reference.rule_name if isinstance(reference, RuleReference) else "{" + reference.list_name
        if name == rule:
            return True
        if name not in seen:
            seen.add(name)
            if any(_holds(inner, rule, sentences, seen) for inner in stands_for(reference, sentences)):
                return True
    return False


def stands_for(reference: Expression, sentences: Sentences) -> list[Expression]:
    """The expressions that a list or a rule may be replaced by."""
    if isinstance(reference, RuleReference):
        return [sentences.rules[reference.rule_name].expression]
    assert isinstance(reference, ListReference)
    return [template.expression for template in sentences.lists[reference.list_name].templates]


def words_of(sentences: Sentences) -> frozenset[str]:
    """Every word that the sentences are spelled with, whether it can be heard or not."""
    polite = {word for phrase in sentences.skip_words for word in phrase.split()}
    return frozenset(polite.union(*(_spelled(template) for template in _templates(sentences))))


def _spelled(template: Template) -> set[str]:
    network = Network()
    start, _ = network.add(template.expression, lambda _: [TextChunk(_HOLE)])
    words = {step.word for _, steps in network.reachable([start]) for step in steps.words}
    return {word for word in words if _HOLE not in word}


def _word_faults(template: Template, sentences: Sentences, known_words: Collection[str]) -> Iterable[str]:
    for word in sorted(_spelled(template)):
        if word not in known_words and word not in sentences.if_known:
            yield (
                f"{template.place}: the speech model cannot hear the word {word!r}{meant(word, known_words)}"
                f" in {template.text!r}"
            )


class Grammar:
    """All templates as one network; raises nothing, `faults` comes first."""

    def __init__(self, sentences: Sentences, known_words: Collection[str]) -> None:
        self._known = known_words
        self._network = Network()
        self._starts: list[int] = []
        self._wording_of: dict[int, int] = {}
        self._nearest = Nearest(self._network, self._starts, sentences.small_words)
        self._skip_words = [words for words in sentences.skip_words if all(w in known_words for w in words.split())]
        for index, wording in enumerate(sentences.wordings):
            start, final = self._network.add(wording.template.expression, lambda ref: stands_for(ref, sentences))
            self._starts.append(start)
            self._wording_of[final] = index

    def follow(self, words: list[str]) -> tuple[list[int], bool]:
        """The templates, by index, that these words fill completely, and whether more words could follow."""
        if not words:
            return [], True
        states = set(self._starts)
        for word in words:
            states = {step.target for state in states for step in self._network.following(state, word)}
        following = [self._network.steps(state) for state in states]
        complete = sorted({self._wording_of[end] for steps in following for end in steps.ends})
        return complete, any(steps.words for steps in following)

    def wordless(self) -> list[int]:
        """The templates, by index, that would take silence for a sentence."""
        return [index for index, start in enumerate(self._starts) if self._network.steps(start).ends]

    def near(self, words: list[str]) -> list[tuple[int, tuple[str, ...]]]:
        """Sentences that these words were probably meant to be: each a template, by index, and its words."""
        return [(self._wording_of[near.end], near.words) for near in self._nearest.to(words)]

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Every pair of neighbouring words that can be heard, with START and END at the edges."""
        return frozenset(_Cover(self._network, self._starts, self._known).witnesses)

    def words(self, template: int) -> set[str]:
        """The words of one template, by index, that can be heard."""
        reachable = self._network.reachable([self._starts[template]])
        return {step.word for _, steps in reachable for step in steps.words if step.word in self._known}

    def phrases(self, templates: Iterable[int] | None = None) -> tuple[str, ...]:
        """What Vosk is given, without `[unk]`, for some templates or for all; the same every time."""
        starts = self._starts if templates is None else [self._starts[index] for index in templates]
        cover, chance = _Cover(self._network, starts, self._known), random.Random(1)
        drawn = [cover.draw(start, chance) for start in starts if start in cover.onward for _ in range(DRAWS)]
        covered = {pair for sentence in drawn for pair in neighbours(sentence)}
        for pair, witness in cover.witnesses.items():
            if pair not in covered:
                drawn.append(cover.through(*witness))
                covered.update(neighbours(drawn[-1]))
        return tuple(" ".join(words) for words in drawn + list(self._polite(drawn)))

    def _polite(self, drawn: list[list[str]]) -> Iterable[list[str]]:
        """A sentence for each first word with each skip phrase before it, and for each last word with one after it."""
        first = {sentence[0]: sentence for sentence in drawn}
        last = {sentence[-1]: sentence for sentence in drawn}
        for words in self._skip_words:
            yield from ([*words.split(), *sentence] for sentence in first.values())
            yield from ([*sentence, *words.split()] for sentence in last.values())


def neighbours(words: list[str]) -> Iterable[tuple[str, str]]:
    """The pairs of neighbouring words of one sentence, edges included."""
    return zip([START, *words], [*words, END], strict=True)


class _Cover:
    """The part of a network that can be heard: how to get to each state, on from it, and through each pair of words."""

    def __init__(self, network: Network, starts: list[int], known_words: Collection[str]) -> None:
        self._network = network
        steps = {
            state: [step for step in following.words if step.word in known_words]
            for state, following in network.reachable(starts)
        }
        self.onward = self._shortest_ways_on(steps)
        self._steps = {state: [step for step in found if step.target in self.onward] for state, found in steps.items()}
        self._chances: dict[int, tuple[list[Step | None], list[float]]] = {}
        self._way_to = self._shortest_ways_to([start for start in starts if start in self.onward])
        self.witnesses: dict[tuple[str, str], tuple[int, Step | None, Step | None]] = {}
        for state in self._way_to:
            self._witness(state, state in starts)

    def draw(self, start: int, chance: random.Random) -> list[str]:
        """One sentence, by a fair choice at every fork."""
        words: list[str] = []
        step: Step | None = self._drawn(start, chance)
        while step is not None:
            words.append(step.word)
            step = self._drawn(step.target, chance)
        return words

    def _drawn(self, state: int, chance: random.Random) -> Step | None:
        """One step from this state; None is the end of the sentence."""
        if state not in self._chances:
            steps, end = self._steps[state], sum(self._network.steps(state).ends.values())
            shares = list(accumulate([*(step.likely for step in steps), end]))
            self._chances[state] = [*steps, None], shares
        choice, shares = self._chances[state]
        return choice[0] if len(choice) == 1 else chance.choices(choice, cum_weights=shares)[0]

    def through(self, state: int, step: Step | None, following: Step | None) -> list[str]:
        """The shortest sentence that takes these two steps from this state."""
        words = list(self._way_to[state])
        for taken in (step, following):
            if taken:
                words.append(taken.word)
                state = taken.target
        return words + self.onward[state]

    def _witness(self, state: int, is_start: bool) -> None:
        for step in self._steps[state]:
            if is_start:
                self.witnesses.setdefault((START, step.word), (state, step, None))
            if self._network.steps(step.target).ends:
                self.witnesses.setdefault((step.word, END), (state, step, None))
            for following in self._steps[step.target]:
                self.witnesses.setdefault((step.word, following.word), (state, step, following))

    def _shortest_ways_on(self, steps: dict[int, list[Step]]) -> dict[int, list[str]]:
        arriving: dict[int, list[tuple[int, str]]] = {}
        for state, found in steps.items():
            for step in found:
                arriving.setdefault(step.target, []).append((state, step.word))
        ways: dict[int, list[str]] = {state: [] for state in steps if self._network.steps(state).ends}
        waiting = list(ways)
        for state in waiting:
            for before, word in arriving.get(state, ()):
                if before not in ways:
                    ways[before] = [word, *ways[state]]
                    waiting.append(before)
        return ways

    def _shortest_ways_to(self, starts: list[int]) -> dict[int, list[str]]:
        ways: dict[int, list[str]] = {start: [] for start in starts}
        waiting = list(starts)
        for state in waiting:
            for step in self._steps[state]:
                if step.target not in ways:
                    ways[step.target] = [*ways[state], step.word]
                    waiting.append(step.target)
        return ways
