"""`keepmum words`: teach the speaker a room, a name or a wake phrase that its model never heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keepmum.commands.wishes import settings
from keepmum.errors import ForgeError

if TYPE_CHECKING:
    from keepmum.forge.language import Language
    from keepmum.forge.lexicon import Lexicon, Pronunciation
    from keepmum.settings import Settings

app = typer.Typer(no_args_is_help=True)

_Word = Annotated[str, typer.Argument(metavar="WORD", help="One word; of a phrase each that is new.")]
_NEXT = "The speaker hears it from its next start on."


@app.command(epilog='Examples:  keepmum words add mabel  ·  keepmum words add Wohnzimmer --say "V OW N T S IH M ER"')
def add(
    context: typer.Context,
    word: _Word,
    say: Annotated[
        list[str] | None, typer.Option("--say", metavar="PHONES", help="How it is said; may be repeated.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option("--voice", help="espeak-ng's voice that guesses: `de` for a German word.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Also if it is known: it is then said like this.")] = False,
) -> None:
    """Add a word. Without --say espeak-ng guesses how it is said; what it guessed is shown, to be corrected."""
    from keepmum.forge import own_words
    from keepmum.listener.reset import as_owner_of

    chosen = settings(context)
    language, known = _model(chosen)
    added = word.strip().lower()
    _refuse(word, own_words.problem_of(added, language), known)
    with as_owner_of(chosen.folders.state):
        own = own_words.read(chosen.folders.words, language)
        if not replace:
            _refuse_known(added, own, known)
        said = _said(added, say, voice, language)
        words = {**own.words, added: said}
        own_words.write(chosen.folders.words, type(own)(words))
    for each in said:
        typer.echo(f"{added}  {' '.join(each)}")
    if not say:
        typer.echo("espeak-ng guessed that. If it is said otherwise:")
        typer.echo(f'  keepmum words add {added} --replace --say "{" ".join(said[0])}"')
        typer.echo(f"The phones are {' '.join(language.phones)}.")
    typer.echo(_NEXT)


@app.command("list")
def list_words(context: typer.Context) -> None:
    """Show the household's own words, with how each is said."""
    from keepmum.forge import own_words

    chosen = settings(context)
    language, _ = _model(chosen)
    typer.echo(own_words.read(chosen.folders.words, language).text().rstrip() or "no words of one's own")


@app.command(epilog="Example:  keepmum words remove mabel")
def remove(context: typer.Context, word: _Word) -> None:
    """Take a word back. The model's own words stay."""
    from keepmum import layers
    from keepmum.forge import own_words
    from keepmum.listener.reset import as_owner_of

    chosen = settings(context)
    language, _ = _model(chosen)
    with as_owner_of(chosen.folders.state):
        own = own_words.read(chosen.folders.words, language)
        gone = word.strip().lower()
        if gone not in own:
            raise ForgeError(f"{gone!r} is none of this household's words", layers.meant(gone, sorted(own.words)))
        own_words.write(chosen.folders.words, type(own)({each: own.words[each] for each in own.words if each != gone}))
    typer.echo(f"{gone} is removed. {_NEXT.replace('hears it', 'forgets it')}")


@app.command()
def check(context: typer.Context) -> None:
    """Look at every word that is not the model's: those that were added, and those of the sentences.

    Words of the sentences that the model lacks are guessed at each start; here is how. Exit code 1 if a file is broken.
    """
    from keepmum.forge import own_words, pronounce
    from keepmum.listener.speech.household import wanted

    chosen = settings(context)
    language, known = _model(chosen)
    own = own_words.read(chosen.folders.words, language)
    words = wanted(chosen, frozenset(known.words))
    sayable = sorted(word for word in words.missing if not language.word_problem(word))
    guessed = pronounce.guesses(sayable, language) if sayable else {}
    for word, said in sorted(own.words.items()):
        like = sorted(_like(word, said, {**known.words, **own.words}))
        typer.echo(f"{word}: yours" + (f"; it sounds like {', '.join(like[:5])}" if like else ""))
    for word in sorted(words.missing):
        how = f"guessed as {' '.join(guessed[word])}" if word in guessed else "cannot be heard"
        typer.echo(f"{word}: of the sentences, {how}")
    typer.echo(f"{len(own)} words of yours, {len(guessed)} guessed, {len(known):,} of the model's.")


def _model(chosen: Settings) -> tuple[Language, Lexicon]:
    """The model's language and words. Raises ModelError for a model that cannot learn."""
    from keepmum.forge import lexicon, origin

    source = origin.read(chosen.speech.model)
    return source.spoken(), lexicon.read(chosen.speech.model / origin.LEXICON, source.inventory)


def _refuse(word: str, problem: str, known: Lexicon) -> None:
    if problem:
        parts = [part for part in word.lower().split() if part not in known]
        hint = "write it as it is spelled, in letters"
        if len(word.split()) > 1:
            adds = "  ·  ".join(f"keepmum words add {part}" for part in parts[:4])
            hint = f"add each that is new: {adds}" if parts else "the model knows each of them: the phrase can be heard"
        raise ForgeError(f"{word[:60]!r} {problem}", hint)


def _refuse_known(word: str, own: Lexicon, known: Lexicon) -> None:
    for whose, lexicon in (("one of yours", own), ("one of the model's", known)):
        if word in lexicon:
            said = " or ".join(" ".join(each) for each in lexicon.words[word])
            raise ForgeError(f"{word!r} is {whose} already, said {said}", "--replace has it said otherwise")


def _said(
    word: str, untrusted_say: list[str] | None, voice: str | None, language: Language
) -> tuple[Pronunciation, ...]:
    """What was told, else what espeak-ng guesses. Raises ForgeError for everything that is wrong with what was told."""
    from keepmum.forge import pronounce
    from keepmum.forge.lexicon import said_problem

    if not untrusted_say:
        return (pronounce.guess(word, language, voice),)
    told = tuple(tuple(each.upper().split()) for each in untrusted_say)
    wrong = [problem for each in told if (problem := said_problem(each, language.inventory))]
    if wrong:
        raise ForgeError(f"{word!r} {'; '.join(wrong)}", f"the phones are {' '.join(language.phones)}")
    return tuple(dict.fromkeys(told))


def _like(word: str, said: tuple[Pronunciation, ...], every: dict[str, tuple[Pronunciation, ...]]) -> set[str]:
    """Other words that are said just like this one: Vosk cannot tell them apart."""
    return {other for other, others in every.items() if other != word and set(others) & set(said)}
