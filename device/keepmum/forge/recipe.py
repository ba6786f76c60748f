"""What a recipe says: of which voices, recordings and words a model is made, how large it is, how long it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from keepmum import layers
from keepmum.layers import Layers
from keepmum.named_files import NamedFiles
from keepmum.settings_hardware import Section

EXPLAINED_IN = "device/keepmum/forge/README.md"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Phrase = Annotated[str, Field(pattern=r"^[^\W\d_']([^\W\d_]|['-])*( [^\W\d_']([^\W\d_]|['-])*)*$", max_length=60)]
"""Words with one space between them."""
Pronunciation = Annotated[str, Field(pattern=r"^[^\s]+( [^\s]+)*$", max_length=120)]
Share = Annotated[float, Field(ge=0, le=1)]


class Words(Section):
    """What the model knows, beyond every word of its sentences and phrases."""

    common: Annotated[int, Field(ge=0, le=100_000)] = 0
    """How many of the language's most frequent words are added."""
    also: tuple[Phrase, ...] = ()
    """Single words that are added."""
    pronounced: dict[str, Annotated[tuple[Pronunciation, ...], Field(min_length=1)]] = Field(default={})
    """Words that the dictionary lacks or has wrong, as phones of the language: `nabu: ["N AA B UW"]`."""
    together: dict[str, Annotated[tuple[Pronunciation, ...], Field(min_length=1)]] = Field(default={})
    """Words that sound otherwise beside each other than alone: `"a m": ["EY EH M"]`."""


class Engine(Section):
    """One program that speaks."""

    program: Literal["espeak-ng", "flite", "festival"]
    utterances: Annotated[int, Field(ge=1, le=1_000_000)]
    voices: tuple[str, ...] = ()
    """Its voices by name; empty: all that this recipe's language has."""
    accents: tuple[str, ...] = ()
    """espeak-ng's voices that a variant is laid over; one that stands here twice is drawn twice as often. Empty: all
    of the language."""
    held_out: tuple[str, ...] = ()
    """Voices that never train; the evaluation hears them alone."""
    optional: bool = False
    """Whether the recipe goes on without it where it is not installed."""


class Synthetic(Section):
    """Sentences spoken by programs."""

    engines: Annotated[tuple[Engine, ...], Field(min_length=1)]
    commands: Share = 0.5
    """How many are household sentences, with and without a wake phrase."""
    phrases: Share = 0.15
    """How many are a wake phrase or one of its rivals alone; the others are frequent words in any order."""
    held_out: Annotated[int, Field(ge=1)] = 300
    """How many sentences the held-out voices say for the evaluation."""
    copies: Annotated[int, Field(ge=1, le=20)] = 2
    """How often each is prepared, each time with other noise, room, gain and speed."""
    texts: tuple[Name, ...] = ()
    """Of `config/texts/`: sentences of a home beyond what the speaker understands; a third of the household ones."""
    spelt: dict[str, str] = Field(default={})
    """How words are written so that programs say them as people do: `nabu: nah boo`."""


class Source(Section):
    """Where recordings come from, for the model's card."""

    title: Annotated[str, Field(min_length=1, max_length=300)]
    licence: Annotated[str, Field(min_length=1, max_length=200)]
    attribution: Annotated[str, Field(max_length=500)] = ""


class Recordings(Section):
    """People, out of the folders given by `--speech`. A recipe with no such folder has synthetic voices alone."""

    copies: Annotated[int, Field(ge=1, le=20)] = 6
    held_out: Share = 0.04
    """The share of each source's speakers that never trains and measures the word error rate."""
    longest: Annotated[float, Field(gt=1, le=60)] = 18.0
    """Seconds: what is longer is left out."""
    sources: dict[str, Source] = Field(default={})
    """What is known of each source that a manifest names; a `SOURCES.yaml` beside the manifest says it, too."""


class Network(Section):
    """A time-delay network with factored layers; it reads 100 frames a second and answers every third."""

    width: Annotated[int, Field(ge=16, le=2048)] = 384
    bottleneck: Annotated[int, Field(ge=8, le=512)] = 112
    blocks: Annotated[int, Field(ge=1, le=10)] = 9
    """Each looks 30 ms further ahead and back; the sum is what a word waits for at its end."""


class Training(Section):
    """How long it learns, and from what seed."""

    steps: Annotated[int, Field(ge=1, le=10_000_000)]
    rounds: Annotated[int, Field(ge=1, le=20)] = 1
    """How often the learning rate falls over those steps; each time it begins at half of what it began at before.
    A model that is trained can so learn on, by another round."""
    rate: Annotated[float, Field(gt=0, le=0.1)] = 0.003
    """The highest learning rate."""
    batch: Annotated[float, Field(ge=5, le=1000)] = 50.0
    """Seconds of sound in a step."""
    dropout: Share = 0.1
    seed: int = 1


class Unknown(Section):
    """What `[unk]`, a loop over all phones, costs against words. A smaller cost swallows more."""

    entry: float = 0.5
    scale: Annotated[float, Field(gt=0)] = 1.0
    """Of each phone's own cost, which is how rare it is."""


class Recipe(Section):
    """One model's recipe, out of `config/recipes/NAME.yaml`."""

    id: Name
    about: Annotated[str, Field(min_length=10, max_length=300)]
    language: Name
    """Of `config/languages/`."""
    sentences: tuple[Name, ...] = ()
    """Of `config/sentences/`: their words, and the word pairs of the graph that ships with the model."""
    wake_phrases: tuple[Phrase, ...] = ()
    rivals: tuple[Phrase, ...] = ()
    """What sounds like a wake phrase and is none; they have pronunciations in the graph, so that they can win."""
    words: Words = Words()
    synthetic: Synthetic
    recordings: Recordings = Recordings()
    network: Network = Network()
    training: Training
    unknown: Unknown = Unknown()


class Shelf(NamedFiles):
    """The recipes that can be named."""

    def __init__(self, owners: Path | None = None) -> None:
        """`owners` is a folder with recipes of one's own; it need not be there."""
        super().__init__("recipes", "recipe", owners)

    def recipe(self, name: str) -> Recipe:
        """One recipe. Raises ConfigError with everything that is wrong with it."""
        return read(self.file(name))


def read(file: Path) -> Recipe:
    """The recipe in a file. Raises ConfigError with everything that is wrong with it, by line and key."""
    said = Layers(Recipe)
    said.lay(layers.file(file, str(file), "name a recipe: keepmum forge make --help lists those that ship"))
    layers.refuse(said.problems(), EXPLAINED_IN)
    return said.built()
