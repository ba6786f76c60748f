"""Writes what was trained as a folder that Vosk loads, with what a speaker needs to give it other words later."""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from keepmum.errors import ForgeError
from keepmum.forge.acoustic import checkpoint, kaldi
from keepmum.forge.acoustic.folding import Affine, Folded, folded
from keepmum.forge.acoustic.network import KEPT
from keepmum.forge.acoustic.phone_trigram import PhoneTrigram
from keepmum.forge.acoustic.training import CHECKPOINT
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.corpus.features import CONF
from keepmum.forge.corpus.shards import CEPSTRA
from keepmum.forge.corpus.texts import Texts
from keepmum.forge.graph.folder import UNKNOWN, Unknown, write_graph
from keepmum.forge.language import Language, Shelf
from keepmum.forge.lexicon import Lexicon
from keepmum.forge.origin import LEXICON, ORIGIN, Origin, UnknownCosts
from keepmum.forge.phones import Phones
from keepmum.forge.recipe import Recipe

NETWORK = "am/final.mdl"
SUMS = "SHA256SUMS"
SILENCE = 0.5
"""How probable a silence is between two words."""

SETTINGS = """\
--min-active=200
--max-active=3000
--beam=10.0
--lattice-beam=4.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""
"""How Vosk searches, and after how much silence an utterance is over (seconds; the surer the end, the sooner).

The lattice's beam decides what a word's confidence can say. Measured on 60 recordings of people with `[unk]` in the
grammar: with 2, 23 % of the wrong words had confidence 1, with 4 none. 4 took 1.7 times the time of 2, 6 took 6 times.
"""


def export(recipe: Recipe, trained: Path, model: Path) -> None:
    """Write the whole folder `model` anew out of the checkpoint in `trained`; it appears only when it is complete.

    Raises ForgeError, ConfigError or CorpusError for what is missing or does not fit together.
    """
    language = Shelf().language(recipe.language)
    kept = checkpoint.read(trained / CHECKPOINT)
    if kept.trigram.phones != language.inventory.count:
        what = f"it was trained with {kept.trigram.phones} phones, and {language.name} has {language.inventory.count}"
        raise ForgeError(what, f"delete {trained} and train again: the language has changed")
    network = checkpoint.network(recipe, language.inventory.outputs)
    try:
        network.load_state_dict(kept.average)
    except RuntimeError as error:
        raise ForgeError(
            f"{trained} is of a network of another size", "train again, or bring the recipe back"
        ) from error
    network.eval()
    new = model.with_name(f".{model.name}.new")
    try:
        shutil.rmtree(new, ignore_errors=True)
        (new / "am").mkdir(parents=True)
        (new / "conf").mkdir()
        (new / NETWORK).write_bytes(final_mdl(language.inventory, folded(network)))
        (new / "conf" / "mfcc.conf").write_text(CONF, "utf-8")
        (new / "conf" / "model.conf").write_text(SETTINGS, "utf-8")
        _words(recipe, language, kept.trigram, new)
        (new / SUMS).write_text(sums(new), "utf-8")
        _take_its_place(new, model)
    except OSError as error:
        raise ForgeError(f"{model} cannot be written: {error}", "make room, or choose another --work") from error


def final_mdl(phones: Phones, network: Folded, compressed: bool = True) -> bytes:
    """The network as Kaldi's `final.mdl`."""
    written = _Written(compressed)
    hidden = written.rectified("first", network.first, spliced("input", range(-2, 3)))
    hidden = written.rectified("second", network.second, spliced(hidden, range(-1, 2)))
    for number, (linear, layer) in enumerate(network.blocks, 1):
        hidden = written.block(f"block{number}", linear, layer, hidden)
    written.affine("output.affine", network.last, hidden)
    written.nodes.append("output-node name=output input=output.affine objective=linear")
    return kaldi.HEADER + kaldi.transition_model(phones) + kaldi.network(written.nodes, written.components)


class _Written:
    """Nodes and components of a network while they are written down."""

    def __init__(self, compressed: bool) -> None:
        self.nodes = [f"input-node name=input dim={CEPSTRA}"]
        self.components: list[tuple[str, bytes]] = []
        self._compressed = compressed

    def affine(self, name: str, affine: Affine, source: str) -> str:
        return self._add(name, kaldi.affine(affine.weights, affine.bias, self._compressed), source)

    def rectified(self, name: str, affine: Affine, source: str) -> str:
        found = self.affine(f"{name}.affine", affine, source)
        return self._add(f"{name}.relu", kaldi.rectified(len(affine.bias)), found)

    def block(self, name: str, linear: np.ndarray, layer: Affine, source: str) -> str:
        narrow = Affine(linear, np.zeros(len(linear), np.float32))
        found = self.affine(f"{name}.linear", narrow, spliced(source, (-3, 0)))
        found = self.rectified(name, layer, spliced(found, (0, 3)))
        return self._add(f"{name}.sum", kaldi.as_it_is(len(layer.bias)), f"Sum(Scale({KEPT}, {source}), {found})")

    def _add(self, name: str, component: bytes, source: str) -> str:
        self.nodes.append(f"component-node name={name} component={name} input={source}")
        self.components.append((name, component))
        return name


def spliced(source: str, frames: Iterable[int]) -> str:
    """Kaldi's words for frames of a node side by side, in frames of 10 ms from the one that is asked for."""
    return f"Append({', '.join(source if at == 0 else f'Offset({source}, {at})' for at in frames)})"


def _words(recipe: Recipe, language: Language, trigram: PhoneTrigram, folder: Path) -> None:
    phones = language.inventory
    dictionary = Dictionary(recipe, language)
    texts = Texts(recipe, dictionary)
    lexicon: Lexicon = dictionary.lexicon(texts.vocabulary())
    unknown = unknown_costs(recipe, phones, trigram)
    # Without a grammar of the moment: what the household says, who is called, and anything else.
    sentences = [*texts.sentences, *recipe.wake_phrases, UNKNOWN]
    write_graph(folder, phones, lexicon, sentences, unknown, silence=SILENCE)
    (folder / LEXICON).write_text(lexicon.text(), "utf-8")
    costs = UnknownCosts(entry=unknown.entry, phones=dict(unknown.phones))
    origin = Origin(
        language=language.id,
        phones=phones.names,
        silence=SILENCE,
        unknown=costs,
        recipe=recipe.id,
        grammar=list(recipe.sentences),
    )
    (folder / ORIGIN).write_text(origin.text(), "utf-8")


def unknown_costs(recipe: Recipe, phones: Phones, trigram: PhoneTrigram) -> Unknown:
    """What `[unk]` costs: entering it, and for each sound how rare the phone is in what was said."""
    scale = recipe.unknown.scale
    costs = {name: -math.log(float(trigram.single[at])) * scale for at, name in enumerate(phones.names, 1)}
    return Unknown(recipe.unknown.entry, {name: round(cost, 4) for name, cost in costs.items()})


def sums(folder: Path) -> str:
    """The content of a model folder's SHA256SUMS, in the format of sha256sum. Raises OSError."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    )


def _take_its_place(new: Path, model: Path) -> None:
    old = model.with_name(f".{model.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if model.exists():
        model.rename(old)
    new.rename(model)
    shutil.rmtree(old, ignore_errors=True)
