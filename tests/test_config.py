"""The owner's configuration: one place per wish, every mistake named, nothing guessed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from keepmum import config, schema, shipped
from keepmum.errors import ConfigError
from keepmum.settings import Settings

SHIPPED = shipped.folder() / "keepmum.yaml"


@pytest.fixture(autouse=True)
def _no_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KEEPMUM_CONFIG", raising=False)
    monkeypatch.setattr(config, "OWNERS_FILE", tmp_path / "etc" / "keepmum.yaml")


def owners(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return file


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(owners(tmp_path, text))
    return str(caught.value).replace(str(tmp_path / "mine.yaml"), "mine.yaml")


def leaves(model: type[BaseModel], above: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += leaves(field.annotation, f"{above}{name}.")
        else:
            keys.append(above + name)
    return keys


# ---- the shipped file


def test_the_shipped_file_says_what_the_program_does_anyway() -> None:
    """Its values are the defaults of settings.py, so reading it is reading the truth."""
    assert config.load() == Settings()


def test_the_shipped_file_names_every_key() -> None:
    """Each key stands in the file; `speech.model` as a comment, because its default is a place in the package."""
    said = yaml.safe_load(SHIPPED.read_text().replace("  # model:", "  model:"))
    flat = set()
    for key in leaves(Settings):
        value = said
        for part in key.split("."):
            assert part in value, f"{key} is missing"
            value = value[part]
        flat.add(key)
    assert flat == {entry.key for entry in config.explain()}


def test_every_key_of_the_shipped_file_is_explained() -> None:
    """Above each key, or above the group of keys it belongs to, stands a comment."""
    lines = SHIPPED.read_text().splitlines()
    for number, line in enumerate(lines):
        is_key = line.strip() and not line.lstrip().startswith("#")
        if is_key and number and not line.strip().startswith(("microphone", "ring", "button", "speaker")):
            above = lines[number - 1].strip()
            assert above.startswith("#") or ":" in above, f"line {number + 1} is not explained: {line}"


def test_editors_find_the_schema_beside_the_file() -> None:
    """The first line names the schema, and the schema is what the program enforces."""
    first = SHIPPED.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=keepmum.schema.json"
    assert (shipped.folder() / "keepmum.schema.json").read_text() == schema.document(), (
        "run: keepmum config --schema >config/keepmum.schema.json"
    )


def test_the_schema_takes_the_shipped_file_and_refuses_a_slip() -> None:
    """An editor sees the same mistakes as the program; nothing in the schema names the machine it was made on."""
    whole = json.loads(schema.document())
    good = yaml.safe_load(SHIPPED.read_text())
    jsonschema.Draft202012Validator.check_schema(whole)
    jsonschema.validate(good, whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"wake": {"triger": 0.3}}, whole)
    assert str(Path(shipped.__file__).parent) not in schema.document()


# ---- whose word counts


def test_the_owner_says_only_what_differs(tmp_path: Path) -> None:
    """What the file does not mention stays as shipped."""
    settings = config.load(owners(tmp_path, "wake:\n  phrases: [computer]\n"))
    assert settings.wake.phrases == ("computer",)
    assert settings.wake.trigger == Settings().wake.trigger


def test_a_single_key_on_the_command_line_counts_most(tmp_path: Path) -> None:
    """Command line over owner's file over shipped file, and `explain` says who won."""
    file = owners(tmp_path, "wake:\n  trigger: 0.5\n  second: 0.1\n")
    effective = {entry.key: entry for entry in config.explain(file, {"wake.trigger": "0.7"})}
    assert (effective["wake.trigger"].value, effective["wake.trigger"].source) == (0.7, "--set wake.trigger")
    assert (effective["wake.second"].value, effective["wake.second"].source) == (0.1, f"{file}:3")
    assert (effective["wake.confirm"].value, effective["wake.confirm"].source) == (True, "shipped")
    assert [entry.key for entry in effective.values() if entry.changed] == ["wake.trigger", "wake.second"]


def test_a_value_on_the_command_line_is_written_as_in_the_file() -> None:
    """Lists and sections work too."""
    settings = config.load(overrides={"wake.phrases": "[alexa, computer]", "home.things": "{lamp: a/b}"})
    assert settings.wake.phrases == ("alexa", "computer")
    assert settings.home.things == {"lamp": "a/b"}


def test_the_owners_file_is_where_everybody_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/etc/keepmum/keepmum.yaml if there is one, $KEEPMUM_CONFIG over it, an explicit path over both."""
    places = [tmp_path / name for name in ("etc.yaml", "env.yaml", "path.yaml")]
    for number, place in enumerate(places, 1):
        place.write_text(f"wake:\n  trigger: 0.{number}\n")
    monkeypatch.setattr(config, "OWNERS_FILE", places[0])
    assert config.load().wake.trigger == 0.1
    monkeypatch.setenv("KEEPMUM_CONFIG", str(places[1]))
    assert config.load().wake.trigger == 0.2
    assert config.load(places[2]).wake.trigger == 0.3


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A speaker must not start with settings that its owner did not mean."""
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read: No such file"):
        config.load(tmp_path / "none.yaml")
    monkeypatch.setenv("KEEPMUM_CONFIG", str(tmp_path / "env.yaml"))
    with pytest.raises(ConfigError, match=r"env\.yaml cannot be read"):
        config.load()


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are not guessed at, and a folder is not a file."""
    (tmp_path / "latin.yaml").write_bytes(b"home:\n  topic: k\xfcche\n")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        config.load(tmp_path / "latin.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        config.load(tmp_path)


def test_a_relative_path_is_seen_from_the_owners_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program is started, `model: voices/x` means the folder beside the file."""
    monkeypatch.chdir("/")
    file = owners(tmp_path, "speech:\n  model: voices/x\n  sentences: /abs/s.yaml\n")
    settings = config.load(file, {"hardware.scene": "here.txt"})
    assert settings.speech.model == tmp_path / "voices/x"
    assert settings.speech.sentences == Path("/abs/s.yaml")
    assert settings.hardware.scene == Path("here.txt")
    assert settings.hardware.speaker.file == Path("replies.wav")


def test_an_empty_section_changes_nothing(tmp_path: Path) -> None:
    """A section whose keys are all commented out is no mistake; nor is an empty file."""
    assert config.load(owners(tmp_path, "wake:\n  # trigger: 0.5\nhome:\n  things:\n")) == Settings()
    assert config.load(owners(tmp_path, "# nothing yet\n")) == Settings()


def test_a_thing_in_the_house_can_be_added_alone(tmp_path: Path) -> None:
    """Names are the owner's own, so any word is a key there; two places add up."""
    file = owners(tmp_path, 'home:\n  things:\n    kitchen light: z/k/set\n    "on": z/on\n')
    assert config.load(file, {"home.things.lamp": "z/l"}).home.things == {
        "kitchen light": "z/k/set",
        "on": "z/on",
        "lamp": "z/l",
    }


# ---- mistakes


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Form and content, each with line, key, value, what is allowed, and the word that was probably meant."""
    text = (
        "wake:\n  triger: 0.2\n  second: 2\n  confirm: yes\n  phrases: []\n"
        'hardware:\n  button: {driver: gpoi, pin: "17"}\n  microphone: {channel: maen}\n'
        "home:\n  things: {lamp: 3}\nspeech: 7\n"
    )
    assert complaint(tmp_path, text).splitlines() == [
        "9 problems in the configuration",
        "  mine.yaml:2: wake.triger: there is no such key",
        "    hint: did you mean trigger?",
        "  mine.yaml:3: wake.second: 2 cannot be; it must be a number at least 0 and less than 1",
        "  mine.yaml:4: wake.confirm: yes is not a value here",
        "    hint: write true or false, or put the word in quotes",
        "  mine.yaml:5: wake.phrases: [] cannot be; it must be a list, as in [a, b] with 1 to 4 entries",
        '  mine.yaml:7: hardware.button.driver: "gpoi" cannot be; it must be one of gpio, keyboard, scripted',
        "    hint: did you mean gpio?",
        '  mine.yaml:7: hardware.button.pin: "17" cannot be; it must be a whole number at least 0 and at most 53',
        '  mine.yaml:8: hardware.microphone.channel: "maen" cannot be; '
        "it must be a whole number at least 0 and at most 7 or one of mean, beam",
        "    hint: did you mean mean?",
        "  mine.yaml:10: home.things.lamp: 3 cannot be; it must be text",
        "  mine.yaml:11: speech: 7 cannot be; it must be a section with keys",
        "  hint: config/keepmum.yaml explains every key",
    ]


def test_a_single_mistake_is_one_line_and_its_hint(tmp_path: Path) -> None:
    """No list for one thing."""
    assert complaint(tmp_path, "wake:\n  tigger: 1\n") == (
        "mine.yaml:2: wake.tigger: there is no such key\n  hint: did you mean trigger?"
    )


def test_keys_that_do_not_go_together_are_named_with_their_section(tmp_path: Path) -> None:
    """A channel that the array does not have is found before the microphone is opened."""
    said = complaint(tmp_path, "hardware:\n  microphone:\n    channels: 2\n    channel: 2\n")
    assert said.startswith("mine.yaml:2: hardware.microphone: channel 2 of 2 is not there; they are counted from 0")


def test_a_password_in_the_file_is_refused_without_being_printed(tmp_path: Path) -> None:
    """The value of an unknown key never reaches a screen or a log; the hint names the right key."""
    said = complaint(tmp_path, "broker:\n  password: hunter2\n")
    assert "did you mean password_file?" in said
    assert "hunter2" not in said


def test_mistakes_on_the_command_line_name_the_option() -> None:
    """The same checks hold there, one error for all."""
    with pytest.raises(ConfigError) as caught:
        config.load(overrides={"wake.nix": "1", "wake.confirm": "yes", "wake": "3"})
    said = str(caught.value)
    assert "--set wake.nix: there is no such key\n" not in said, "a later --set wake replaces what is below it"
    assert "--set wake.confirm: yes is not a value here" in said
    assert "--set wake: 3 cannot be; it must be a section with keys" in said


@pytest.mark.parametrize(
    "text",
    [
        "upload: no\nupload: yes\n",
        "x: &a {show_words: true}\npanel:\n  <<: *a\n",
        "panel: !!map {show_words: true}\n",
        "panel:\n  show_words: on\n",
        'panel:\n  show_words: "true"\n',
        "panel:\n  show_words: 1\n",
        "panel: {show_words: true, show_words: true}\n",
        "[" * 500,
        "- panel\n",
        "just words\n",
        "panel:\n  show_words: null\n",
        "--- {}\n--- {panel: {show_words: true}}\n",
    ],
)
def test_no_trick_of_yaml_loosens_anything(tmp_path: Path, text: str) -> None:
    """A file that could be read in two ways is read in none."""
    assert complaint(tmp_path, text)


@pytest.mark.parametrize("key", leaves(Settings))
def test_every_key_refuses_a_value_of_the_wrong_kind(key: str, tmp_path: Path) -> None:
    """Whatever the key, nonsense is an error that names it and says what is allowed."""
    *sections, last = key.split(".")
    text = "".join(f"{'  ' * depth}{part}:\n" for depth, part in enumerate(sections))
    said = complaint(tmp_path, f"{text}{'  ' * len(sections)}{last}: [[nonsense]]\n")
    assert f"mine.yaml:{len(sections) + 1}: {key}: " in said
    assert "it must be" in said
